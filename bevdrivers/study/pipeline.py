"""A checked plan, step by step, to a folder of results."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from ..errors import BevdriversWarning
from .config import StudyConfig, load_config
from .errors import placed
from .folder import files_in, staged
from .manifest import manifest_of, write_manifest
from .pieces import Piece
from .plan import Plan, make_plan
from .report import write_report
from .steps import steps_of
from .work import Work

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
    pieces : tuple of Piece
        The tables, figures and texts, in the order of the report.
    """

    folder: Path
    files: tuple[str, ...]
    warnings: tuple[str, ...]
    pieces: tuple[Piece, ...]

    @property
    def report(self) -> Path:
        return self.folder / "report.html"


def bundled_study() -> Path:
    """The study file that comes with the package: the battery electric vehicle industry of China's provinces."""
    return Path(str(files(__package__) / "bev.toml"))


def check_study(study: str | Path | StudyConfig) -> Plan:
    """Read a study file and check everything in it against its data, computing nothing.

    Raises
    ------
    StudyError
        Naming file, section and key, what was expected, what came, and the remedy.
    """
    return make_plan(study if isinstance(study, StudyConfig) else load_config(study))


def run_study(study: str | Path | StudyConfig, out: str | Path, *, progress: Progress | None = None) -> StudyResult:
    """Run a study: tables, figures, a report and a manifest.

    Everything is checked before anything is computed, and files take their places in `out` only when all are written.
    A second run of the same study gives the same bytes.

    Parameters
    ----------
    study : path or StudyConfig
    out : path
        The folder of the results.
    progress : function, optional
        Called with a line of text when a step begins.

    Raises
    ------
    StudyError
        The study cannot be run, or a step of it breaks down; nothing in `out` has changed.
    """
    say = progress or _silent
    say("Checking the study")
    notes: dict[str, None] = {}
    with staged(out) as folder:
        with _noted("Check", notes):
            plan = check_study(study)
        for step, reason in plan.left_out.items():
            say(f"Left out: {step} ({reason})")
        pieces = _pieces(plan, folder, say, notes)
        say("Report and manifest")
        write_report(plan, pieces, list(notes), folder / "report.html")
        write_manifest(manifest_of(plan, folder, list(notes)), folder / "manifest.json")
        names = tuple(path.relative_to(folder).as_posix() for path in files_in(folder))
    for text in notes:
        say(f"Note: {text}")
    return StudyResult(Path(out), names, tuple(notes), tuple(pieces))


def _silent(line: str) -> None:
    """No progress is shown."""


def _pieces(plan: Plan, folder: Path, say: Progress, notes: dict[str, None]) -> list[Piece]:
    """The pieces of all steps, saved in `folder`."""
    work, steps = Work(plan), steps_of(plan)
    saved = []
    for place, step in enumerate(steps, start=1):
        say(f"[{place}/{len(steps)}] {step.title}")
        with _noted(step.title, notes), placed(f"{plan.config.file}: step {step.title!r}"):
            made = [replace(piece, step=step.title) for piece in step.make(work)]
            saved += [piece.save(folder, plan.config.outputs) for piece in made]
    return saved


@contextmanager
def _noted(where: str, notes: dict[str, None]) -> Iterator[None]:
    """Note the package's warnings with the step that they come from; other warnings go their way."""
    show = warnings.showwarning

    def keep(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
        if issubclass(category, BevdriversWarning):
            notes[f"{where}: {message}"] = None
        else:
            show(message, category, *place, **more)  # type: ignore[arg-type]

    with warnings.catch_warnings():
        warnings.simplefilter("always", BevdriversWarning)
        warnings.showwarning = keep
        yield
