"""Speed and memory against peers, as ratios of times taken in turns in one process.

    python benchmarks/run.py [--quick | --million] [--growth] [--out benchmarks/results]

Each case runs in a process of its own, whose peak memory is reported; every process computes with
one thread. Peers that are not installed are left out: spreg, StatsPAI, linearmodels, esda from
PyPI, and R's splm or spatialreg. --quick takes small cases only; --million adds a million units (16
GB); --growth adds the curves over N and T and their figure.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

THREADS = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
os.environ.update(THREADS)

import cases  # noqa: E402
import growth  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from bevdrivers.results import installed_versions  # noqa: E402

HERE = Path(__file__).resolve()
FIGURE = HERE.parents[1] / "docs" / "images" / "growth.png"


@dataclass(frozen=True)
class Case:
    """A case: what runs it, when it belongs to a run, and the peer that it needs."""

    task: Callable[[], list[cases.Row]]
    size: int = 0  # 0 quick, 1 in every full run, 2 only where asked for
    needs: str = ""

    def can_run(self) -> bool:
        if self.needs.startswith("R "):
            return cases.has_r(self.needs.removeprefix("R "))
        return not self.needs or importlib.util.find_spec(self.needs) is not None


CASES = {
    "start": Case(cases.start),
    "small": Case(lambda: cases.against_spreg(31, 15, 20), needs="spreg"),
    "grid": Case(cases.grid),
    "many-specifications": Case(cases.many_specifications, 1, "pyarrow"),
    "bootstrap": Case(cases.bootstrap),
    "middle": Case(lambda: cases.against_spreg(300, 15, 4), needs="spreg"),
    "statspai": Case(
        lambda: cases.against_statspai(31, 5) + cases.against_statspai(300, 2), needs="statspai"
    ),
    "unbalanced": Case(lambda: cases.unbalanced(3000, 20, 3)),
    "least-squares": Case(cases.least_squares, needs="linearmodels"),
    "thousand": Case(lambda: cases.against_spreg(1000, 3, 2), 1, "spreg"),
    "three-thousand": Case(lambda: cases.against_spreg(3000, 1, 1), 1, "spreg"),
    "moran": Case(cases.moran, 1, "esda"),
    "splm": Case(lambda: cases.against_r("splm", 300, 15), 1, "R splm"),
    "spatialreg": Case(lambda: cases.against_r("spatialreg", 1000, 1), 1, "R spatialreg"),
    "hundred-thousand": Case(lambda: cases.alone(100_000, 10), 1),
    "unbalanced-hundred-thousand": Case(lambda: cases.unbalanced(100_000, 5), 1),
    "beyond-factors": Case(cases.beyond_factors, 1),
    "million": Case(lambda: cases.alone(1_000_000, 5), 2),
}


def in_process(*arguments: str) -> Any:
    """What this file prints as JSON when it is run with these arguments."""
    done = subprocess.run(
        [sys.executable, str(HERE), *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def run_case(name: str) -> list[cases.Row]:
    found = CASES[name].task()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [{"case": name, **row, "peak_gb": peak} for row in found]


def machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "threads": 1,
        "load_at_start": round(os.getloadavg()[0], 2),
        **installed_versions(),
    }


def table(size: int) -> pd.DataFrame:
    """All rows of the cases up to a size."""
    rows = []
    for name, case in CASES.items():
        if case.size > size:
            continue
        if not case.can_run():
            print(f"{name}: left out, {case.needs} is not installed", file=sys.stderr)
            continue
        begin = time.perf_counter()
        rows += in_process("--case", name)
        print(f"{name}: {time.perf_counter() - begin:.0f} s", file=sys.stderr)
    frame = pd.DataFrame(rows)
    frame.insert(
        frame.columns.get_loc("peer_seconds") + 1, "ratio", frame["peer_seconds"] / frame["seconds"]
    )
    return frame


def curves() -> pd.DataFrame:
    """The points of the growth curves."""
    points = [(N, growth.FIXED_T) for N in growth.UNITS] + [
        (growth.FIXED_N, T) for T in growth.PERIODS
    ]
    return pd.DataFrame([in_process("--point", str(N), str(T)) for N, T in points])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small cases only, about a minute")
    parser.add_argument("--million", action="store_true", help="one million units as well")
    parser.add_argument("--growth", action="store_true", help="growth curves over N and T as well")
    parser.add_argument(
        "--out",
        type=Path,
        help="folder for results.csv, machine.json and growth.csv; growth.png goes to docs/images",
    )
    parser.add_argument("--case", choices=list(CASES), help="one case, printed as JSON")
    parser.add_argument(
        "--point",
        nargs=2,
        type=int,
        metavar=("N", "T"),
        help="one point of a curve, printed as JSON",
    )
    options = parser.parse_args()
    if options.case or options.point:
        found = run_case(options.case) if options.case else growth.point(*options.point)
        print(json.dumps(found))
        return
    about = machine()
    frame = table(0 if options.quick else 2 if options.million else 1)
    print(
        frame.replace(np.nan, "").to_string(index=False, float_format=lambda value: f"{value:.3g}")
    )
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        frame.to_csv(options.out / "results.csv", index=False, float_format="%.4g")
        (options.out / "machine.json").write_text(
            json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
    if options.growth:
        grown = curves()
        print(grown.to_string(index=False, float_format=lambda value: f"{value:.3g}"))
        if options.out:
            grown.to_csv(options.out / "growth.csv", index=False, float_format="%.4g")
            growth.draw(grown, FIGURE)


if __name__ == "__main__":
    main()
