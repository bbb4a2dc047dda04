"""Results are exchanged as one: whatever stops a run, and wherever, they are all old or all new."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from bevdrivers.errors import BevdriversError
from bevdrivers.study import StudyError
from bevdrivers.study.errors import Unsettled
from bevdrivers.study.results import claim, exchange, staging

from .kills import NEW, OLD, OWN, look, read, run, state_of, watch, write

REPOSITORY = Path(__file__).parents[3]
# changes of the folder until the old report is away and the new one not there yet
HALF_WAY = 18
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")


@pytest.fixture
def each_change() -> Iterator[Callable[..., None]]:
    """`watch`, undone after the test."""
    plain = exchange.act
    yield watch
    restore(plain)


def restore(act: Callable[..., None]) -> None:
    for module in (claim, exchange, staging):
        module.act = act  # type: ignore[attr-defined]


def killed(case: str, folder: Path) -> dict[str, int]:
    """How often the old and the new results were found, over kills after each change of the
    folder.
    """
    command = [sys.executable, "-m", "tests.study.results.kills", case, str(folder)]
    # one thread: a process with more of them should not fork
    single = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=single, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, int] = json.loads(done.stdout)
    return seen


@needs_fork
@pytest.mark.parametrize("case", ["replaced", "first"])
def test_a_run_killed_after_any_change_leaves_old_or_new_results(case: str, tmp_path: Path) -> None:
    seen = killed(case, tmp_path)
    assert seen["old"] >= 7, (
        "before the journal: the folder is claimed in four changes, the draft made in three"
    )
    assert seen["new"] >= len(NEW) + 5, (
        "after it: each file moves, and the working folder is cleared away"
    )


@needs_fork
@pytest.mark.slow
def test_so_does_a_run_that_is_killed_while_it_finishes_another(tmp_path: Path) -> None:
    seen = killed("twice", tmp_path)
    assert min(seen.values()) > 50


def refused(*places: object) -> None:
    raise OSError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize("lasts", [False, True], ids=["once", "from then on"])
def test_a_change_that_is_refused_leaves_old_or_new_results(
    lasts: bool, tmp_path: Path, each_change: Callable[..., None]
) -> None:
    """Any one change, or all from it on, as on a disk that was taken away."""
    plain, outcomes = exchange.act, []
    for changes in count(1):
        out = tmp_path / str(changes)
        write(out, OLD | OWN)
        happened: list[int] = []

        def happens(position: int, changes: int = changes, happened: list[int] = happened) -> None:
            if position == changes or (lasts and position > changes):
                happened.append(position)
                refused()

        each_change(happens, before=True)
        outcome = outcome_of(out)
        restore(plain)
        if outcome == "Unsettled":
            assert lasts, "one refusal can be undone"
        else:
            there = {
                name: text for name, text in read(out).items() if not name.startswith(".bevdrivers")
            }
            right = NEW if outcome == "done" else OLD
            assert there == right | {
                name: text for name, text in OWN.items() if not name.startswith(".")
            }
        look(out)
        outcomes.append((outcome, state_of(out, mine=OWN, before=OLD)))
        assert outcome == "Unsettled" or (outcome == "done") == (outcomes[-1][1] == "new")
        if not happened:
            break
    assert {("FileError", "old"), ("done", "new")} <= set(outcomes)
    assert (("Unsettled", "new") in outcomes) == lasts


def outcome_of(out: Path) -> str:
    """How a run ended: "done" or the name of its error, which has to be one line without the
    system's number.
    """
    error: BevdriversError | None = None
    try:
        run(out)
    except BevdriversError as raised:
        error = raised
    if error is None:
        return "done"
    assert "Errno" not in str(error)
    assert "\n" not in str(error)
    assert isinstance(error, Unsettled) or f"Nothing in {str(out)!r} has changed." in str(error)
    return type(error).__name__


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_exchange_has_ended(
    number: signal.Signals, tmp_path: Path, each_change: Callable[..., None]
) -> None:
    """Before the exchange it stops the run at once and nothing has changed; during it all is
    exchanged first.
    """
    plain, outcomes = exchange.act, set()
    before = signal.signal(number, signal.default_int_handler)
    try:
        for changes in count(1):
            out = tmp_path / str(changes)
            write(out, OLD | OWN)
            sent: list[int] = []

            def happens(position: int, changes: int = changes, sent: list[int] = sent) -> None:
                if position == changes:
                    sent.append(position)
                    signal.raise_signal(number)

            each_change(happens)
            try:
                run(out)
                stopped = False
            except KeyboardInterrupt:
                stopped = True
            restore(plain)
            look(out)
            outcomes.add((stopped, state_of(out, mine=OWN, before=OLD)))
            if not sent:
                break
    finally:
        signal.signal(number, before)
    assert outcomes == {(True, "old"), (True, "new"), (False, "new")}


def test_what_cannot_be_moved_back_is_said_and_kept(
    tmp_path: Path, each_change: Callable[..., None]
) -> None:
    out, plain = tmp_path / "out", exchange.act
    write(out, OLD)
    each_change(lambda position: refused() if position > HALF_WAY else None, before=True)
    with pytest.raises(Unsettled, match="mixed there until the next run finishes this") as caught:
        run(out)
    restore(plain)
    assert str(out) in str(caught.value)
    assert set(OLD.values()) | set(NEW.values()) <= set(read(out).values()), "nothing is lost"
    look(out)
    assert read(out) == NEW


def test_a_file_of_the_user_that_has_come_since_is_not_overwritten(
    tmp_path: Path, each_change: Callable[..., None]
) -> None:
    """In the place of a file that waits to be finished."""
    out, plain = tmp_path / "out", exchange.act
    write(out, OLD)
    each_change(lambda position: refused() if position > HALF_WAY else None, before=True)
    with pytest.raises(Unsettled):
        run(out)
    restore(plain)
    assert not (out / "report.html").exists()
    write(out, {"report.html": "mine"})
    with pytest.raises(Unsettled, match="has come since"):
        look(out)
    assert (out / "report.html").read_text() == "mine"
    (out / "report.html").unlink()
    look(out)
    assert read(out) == NEW


@pytest.mark.parametrize(
    "name", ["../stolen", "/etc/stolen", "a/../../b", "", ".", "c:d", "a\\b", "a//b", "a\0b"]
)
def test_a_journal_cannot_lead_outside(name: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal.json"
    journal.write_text(json.dumps({"new": [], "old": {name: "hash"}, "folders": []}))
    with pytest.raises(StudyError, match="names of files below the folder"):
        exchange.read_journal(journal)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"new": 1, "old": {}, "folders": []}', '{"new": [], "old": {}}', "\x00"],
)
def test_a_journal_that_is_none_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "journal.json").write_text(text)
    with pytest.raises(StudyError, match="expected a journal of this program"):
        exchange.read_journal(tmp_path / "journal.json")


@pytest.mark.parametrize("link", [False, True])
def test_a_journal_takes_away_only_what_it_means(link: bool, tmp_path: Path) -> None:
    """A file that the user changed since, or that a link leads to, is not cleared away when a later
    run finishes.
    """
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    write(out, OLD)
    journal = {"new": [], "old": {"tables/a.tex": "hash of another"}, "folders": []}
    if link:
        (out / "tables").rename(elsewhere)
        (out / "tables").symlink_to(elsewhere)
        journal["old"] = {"tables/a.tex": exchange.sha256(elsewhere / "a.tex")}
    write(tmp_path / "work", {"journal.json": json.dumps(journal)})
    with pytest.raises(StudyError, match="come since" if link else "changed since"):
        exchange.settle(tmp_path / "work", out)
    assert (out / "tables" / "a.tex").read_text() == "old"
    assert not (tmp_path / "work" / "journal.json").exists()
