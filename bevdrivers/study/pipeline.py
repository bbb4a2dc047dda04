"""A checked plan, step by step, to a folder of results."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace as changed
from importlib.resources import files
from pathlib import Path

from ..errors import BevdriversWarning
from .errors import StudyError, errors_at
from .report.report import write_report
from .request.config import StudyConfig, load_config
from .request.inputs import input_files
from .request.plan import Plan, make_plan
from .results.destination import MANIFEST
from .results.folder import names_in, sha256
from .results.manifest import manifest_of, write_manifest
from .results.staging import Draft, staged
from .steps.outputs import Output
from .steps.robustness_steps import CHECKS
from .steps.shared_results import GridRun, SharedResults
from .steps.steps import REPORT, Step, possible_files, robustness_steps, steps_of

Progress = Callable[[str], None]


@dataclass(frozen=True)
class StudyResult:
    """What a run left behind.

    Attributes
    ----------
    folder : Path
    files : tuple of str
        Paths relative to the folder.
    warnings : tuple of str
    outputs : tuple of Output
        The tables, figures and texts, in the order of the report.
    removed : tuple of str
        Files of the run before that this one does not make, and that stood as it had left them.
    kept : tuple of str
        The others that it does not make: they were changed since.
    replaced : tuple of str
        Files that no run made, or that were changed since, where their replacement was asked for.
    """

    folder: Path
    files: tuple[str, ...]
    warnings: tuple[str, ...]
    outputs: tuple[Output, ...]
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    @property
    def report(self) -> Path:
        return self.folder / REPORT


def bundled_study() -> Path:
    """The study file that comes with the package: the battery electric vehicle industry of China's
    provinces.
    """
    return Path(str(files(__package__) / "bev.toml"))


def check_study(study: str | Path | StudyConfig) -> Plan:
    """Read a study file and check everything in it against its data, computing nothing.

    Raises
    ------
    StudyError
        Naming file, section and key, what was expected, what came, and the remedy.
    """
    return make_plan(study if isinstance(study, StudyConfig) else load_config(study))


def run_study(
    study: str | Path | StudyConfig,
    out: str | Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
    n_jobs: int = 1,
    store: str | Path | None = None,
) -> StudyResult:
    """Run a study: tables, figures, a report and a manifest.

    Everything is checked before anything is computed, and the files take their places in `out` all
    together when all are written: what a run that fails or is stopped leaves is what was there.
    Where the process is killed while they do, the next run into `out` first finishes that. A second
    run of the same study gives the same bytes.

    Parameters
    ----------
    study : path or StudyConfig
    out : path
        The folder of the results. Results of an earlier run of the same study are replaced, and
        those that the new run does not make are removed. The user's own files stay.
    replace : bool
        Replace also results of another study, and files in the places of results that no run made
        or that were changed since.
    progress : function, optional
        Called with a line of text when a step begins.
    n_jobs, store
        Of the specifications under ``[robustness]``, as in `run_grid`: processes that share them,
        and a folder from which a run that was cut off goes on. The bytes do not depend on them.

    Raises
    ------
    StudyError
        The study cannot be run, or a step of it breaks down; `out` holds the inputs, is a root or a
        home folder, has results of another study or files that no run made in its places, or
        another run works in it. Nothing in `out` has changed.
    FileError
        A file cannot be written. Nothing in `out` has changed.
    """
    run = GridRun(n_jobs, store, progress=progress is not None)
    return _run(study, out, replace, progress or _silent, run, steps_of)


def run_robustness(
    study: str | Path | StudyConfig,
    out: str | Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
    n_jobs: int = 1,
    store: str | Path | None = None,
) -> StudyResult:
    """Run the specifications of a study's section ``[robustness]`` alone.

    Parameters
    ----------
    study, out, replace, progress, n_jobs, store
        As in `run_study`; `out` is another folder than that of the whole study.

    Raises
    ------
    StudyError, FileError
        As `run_study`; the study has no such section, or `out` has results of the whole study,
        which these would take the place of.
    """
    run = GridRun(n_jobs, store, progress=progress is not None)
    return _run(study, out, replace, progress or _silent, run, _only_robustness, part=CHECKS)


def fill_store(
    study: str | Path | StudyConfig,
    store: str | Path,
    shard: tuple[int, int],
    *,
    n_jobs: int = 1,
    progress: bool = False,
) -> int:
    """Fit a part of the specifications of a study into a store, and write nothing else.

    Parameters
    ----------
    study : path or StudyConfig
    store : path
        A folder that the parts share; `run_study` and `run_robustness` read it.
    shard : (int, int)
        (i, n): the i-th of n parts.
    n_jobs, progress
        As in `run_grid`.

    Returns
    -------
    int
        How many specifications the store has an estimate of, or a reason why there is none.

    Raises
    ------
    StudyError, FileError
        As `run_robustness`.
    """
    plan = check_study(study)
    _check_robustness(plan)
    run = GridRun(n_jobs, store, shard, progress)
    with errors_at(f"{plan.config.file}: [robustness]"):
        return run.of(plan).rows["specification"].nunique()


def _only_robustness(plan: Plan) -> list[Step]:
    _check_robustness(plan)
    return robustness_steps(plan)


def _check_robustness(plan: Plan) -> None:
    """Refuse a study that varies nothing."""
    if plan.robustness is None:
        raise StudyError(
            plan.config.location("robustness", "").rstrip(),
            expected="a section that says what is varied around the main model",
            got="none",
            remedy='Add [robustness] with a line such as cov_type = ["robust"].',
        )


def _run(
    study: str | Path | StudyConfig,
    out: str | Path,
    replace: bool,
    say: Progress,
    grid_run: GridRun,
    steps_of_plan: Callable[[Plan], list[Step]],
    *,
    part: str = "",
) -> StudyResult:
    """Run these steps of a study; a `part` of it has files whose names begin so."""
    say("Checking the study")
    notes: dict[str, None] = {}
    config = study if isinstance(study, StudyConfig) else load_config(study)
    with staged(out, _read_by(config)) as draft:
        with _noted("Check", notes):
            plan = check_study(config)
        grid_run.check(plan)
        steps = steps_of_plan(plan)
        names = possible_files(plan, steps)
        draft.expect(names, study=_identity(config), replace=replace, part=part)
        for step, reason in plan.left_out.items():
            say(f"Left out: {step} ({reason})")
        shared = SharedResults(plan, grid_run)
        outputs = _outputs(shared, steps, draft, say, notes)
        say("Report and manifest")
        draft.check()
        write_report(plan, outputs, list(notes), draft.folder / REPORT)
        write_manifest(manifest_of(plan, draft.folder, list(notes)), draft.folder / MANIFEST)
        written = tuple(names_in(draft.folder))
    for text in (*(f"Note: {text}" for text in notes), *_said_of(draft)):
        say(text)
    return StudyResult(
        Path(out), written, tuple(notes), tuple(outputs), draft.removed, draft.kept, draft.replaced
    )


def _read_by(config: StudyConfig) -> list[Path]:
    """The study file and what it names."""
    return [config.folder / config.file, *input_files(config).values()]


def _identity(config: StudyConfig) -> tuple[str, str, frozenset[str]]:
    """What tells one study's results from another's: the file's name, the title, the hashes of the
    inputs.
    """
    return config.file, config.title, frozenset(map(sha256, input_files(config).values()))


def _said_of(draft: Draft) -> Iterator[str]:
    """What became of files that were there, a line each."""
    for name in draft.removed:
        yield f"Removed: {name} (of the run before; this one does not make it)"
    for name in draft.kept:
        yield f"Kept: {name} (of the run before and changed since; this run does not make it)"
    for name in draft.replaced:
        yield f"Replaced: {name} (changed since the run before, or made by none)"


def _silent(line: str) -> None:
    """No progress is shown."""


def _outputs(
    shared: SharedResults,
    steps: list[Step],
    draft: Draft,
    say: Progress,
    notes: dict[str, None],
) -> list[Output]:
    """The outputs of all steps, saved in the draft."""
    config = shared.plan.config
    saved: list[Output] = []
    for number, step in enumerate(steps, start=1):
        say(f"[{number}/{len(steps)}] {step.title}")
        with _noted(step.title, notes), errors_at(f"{config.file}: step {step.title!r}"):
            made = [changed(output, step=step.title) for output in step.make(shared)]
            draft.check()
            saved += [output.save(draft.folder, config.outputs) for output in made]
    return saved


@contextmanager
def _noted(where: str, notes: dict[str, None]) -> Iterator[None]:
    """Note the package's warnings with the step that they come from; other warnings go their
    way.
    """
    show = warnings.showwarning

    def keep(
        message: Warning | str,
        category: type[Warning],
        *line: object,
        **more: object,
    ) -> None:
        if issubclass(category, BevdriversWarning):
            notes[f"{where}: {message}"] = None
        else:
            show(message, category, *line, **more)  # type: ignore[arg-type]

    with warnings.catch_warnings():
        warnings.simplefilter("always", BevdriversWarning)
        warnings.showwarning = keep
        yield
