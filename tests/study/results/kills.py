"""A program for tests: exchange results and be killed after the k-th change of the folder, for
every k.

It forks a child for each k, so that the package is imported once; a child is killed by SIGKILL,
without any clean-up. ``python -m tests.study.results.kills CASE FOLDER`` prints how many kills there were
and how often the old and the new results were found after the next run; it stops with an assertion
where anything else was found.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from bevdrivers.study.results import claim, exchange, staging

Files = dict[str, str]
OWN = {
    "notes.txt": "mine",
    "tables/own.tex": "mine",
    ".bevdrivers-mine/owner.json": "mine",
    f".bevdrivers-{'0' * 32}/own.txt": "mine",
}
STUDY = ("study.toml", "Study", frozenset({"hash of the data"}))


def with_manifest(files: Files) -> Files:
    outputs = {name: sha256(text.encode()).hexdigest() for name, text in files.items()}
    study = {"file": STUDY[0], "title": STUDY[1]}
    return files | {"manifest.json": json.dumps({"study": study, "inputs": {}, "outputs": outputs})}


OLD = with_manifest(
    {"report.html": "old", "tables/a.tex": "old", "tables/gone.tex": "old", "texts/gone.txt": "old"}
)
NEW = with_manifest(
    {
        "report.html": "new",
        "tables/a.tex": "new",
        "figures/b.svg": "new",
        "figures/deep/c.svg": "new",
    }
)


def write(folder: Path, files: Files) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def read(folder: Path) -> Files:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def run(out: Path) -> None:
    """A run whose results take the places of those before."""
    with staging.staged(out) as draft:
        draft.expect(NEW, study=STUDY, replace=False)
        write(draft.folder, NEW)


def look(out: Path) -> None:
    """A run that fails after what was there has been put in order."""
    try:
        with staging.staged(out):
            raise RuntimeError
    except RuntimeError:
        pass


def watch(happens: Callable[[int], None], *, before: bool = False) -> None:
    """Let something happen before or after each change of a folder, which is told the number of the
    change.
    """
    number = count(1)

    def act(operation: Callable[..., Any], *values: Any) -> None:
        position = next(number)
        if before:
            happens(position)
        operation(*values)
        if not before:
            happens(position)

    for module in (claim, exchange, staging):
        module.act = act  # type: ignore[attr-defined]


def is_killed(work: Callable[[Path], None], out: Path, changes: int) -> bool:
    """Whether a process that does the work was killed after so many changes of the folder, or ended
    before.
    """
    child = os.fork()
    if child == 0:
        watch(
            lambda position: os.kill(os.getpid(), signal.SIGKILL) if position == changes else None
        )
        work(out)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0, "the run failed"
    return os.WIFSIGNALED(status)


def state_of(out: Path, *, mine: Files, before: Files) -> str:
    """Which results stand in the folder: "old" or "new", the user's files beside them and nothing
    else.
    """
    there = read(out) if out.exists() else {}
    assert there in (before | mine, NEW | mine), f"a mix: {sorted(there.items())}"
    left = [path.name for path in out.glob(".bevdrivers*")] if out.exists() else []
    assert sorted(left) == sorted(
        {name.partition("/")[0] for name in mine if name.startswith(".")}
    ), left
    folders = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_dir()}
    needed = {parent.as_posix() for name in there for parent in Path(name).parents[:-1]}
    assert folders == needed, f"empty folders: {folders - needed}"
    return "new" if there == NEW | mine else "old"


def replaced(room: Path) -> Counter[str]:
    """Results over earlier ones, among the user's files."""
    seen: Counter[str] = Counter()
    for changes in count(1):
        out = room / str(changes)
        write(out, OLD | OWN)
        killed = is_killed(run, out, changes)
        look(out)
        seen[state_of(out, mine=OWN, before=OLD)] += 1
        if not killed:
            return seen
    raise AssertionError


def first(room: Path) -> Counter[str]:
    """Results into a folder that was not there."""
    seen: Counter[str] = Counter()
    for changes in count(1):
        out = room / str(changes) / "deep" / "results"
        killed = is_killed(run, out, changes)
        look(out)
        seen[state_of(out, mine={}, before={})] += 1
        if not killed:
            return seen
    raise AssertionError


def twice(room: Path) -> Counter[str]:
    """The next run is killed as well, at every second point, and then the one after it: at odd ones
    after odd points of the first, at even ones after even points.
    """
    seen: Counter[str] = Counter()
    for changes in count(1):
        for more in count(1 + changes % 2, 2):
            out = room / f"{changes}-{more}"
            write(out, OLD | OWN)
            killed = is_killed(run, out, changes)
            again = is_killed(look, out, more)
            look(out)
            seen[state_of(out, mine=OWN, before=OLD)] += 1
            if not again:
                break
        if not killed:
            return seen
    raise AssertionError


if __name__ == "__main__":
    cases = {"replaced": replaced, "first": first, "twice": twice}
    print(json.dumps(cases[sys.argv[1]](Path(sys.argv[2]))))
