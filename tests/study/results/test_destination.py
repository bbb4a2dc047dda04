"""Where results may go, and which files of a folder a run may replace or remove: known before it
computes.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bevdrivers.study import StudyError, pipeline, run_study
from bevdrivers.study.request.plan import Plan
from bevdrivers.study.results.destination import check_folder, earlier_results
from bevdrivers.study.results.folder import sha256
from bevdrivers.study.steps import steps
from bevdrivers.study.steps.steps import possible_files, steps_of

from ..conftest import edit
from .kills import read, write


@pytest.fixture
def quick(small: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small study with two of its steps."""
    few = {"Collinearity", "Stages"}

    def chosen(plan: Plan) -> list[steps.Step]:
        return [step for step in steps_of(plan) if step.title in few]

    monkeypatch.setattr(pipeline, "steps_of", chosen)
    monkeypatch.setattr(steps, "steps_of", chosen)
    return small


@pytest.fixture
def not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def computed(*values: object) -> None:
        raise AssertionError("something was computed")

    monkeypatch.setattr(pipeline, "_outputs", computed)


@pytest.mark.usefixtures("not_computed")
@pytest.mark.parametrize(
    "name", ["", "..", "data.csv", "study.toml", "/", "~", "~/..", "link", "link/.."]
)
def test_a_folder_that_is_none_for_results_is_refused(
    name: str, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The study's folder and those above, its files, a root, a home folder, also by a link."""
    (tmp_path / "home" / "user").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "user"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home" / "user"))
    (tmp_path / "link").symlink_to(tmp_path)
    out = os.path.expanduser(name) if name.startswith("~") else small.parent / name
    before = read(tmp_path)
    with pytest.raises(StudyError, match=r"^--out: expected a folder"):
        run_study(small, out)
    assert read(tmp_path) == before


def test_folders_beside_and_below_the_study_are_for_results(small: Path) -> None:
    inputs = [small, small.with_name("data.csv")]
    for name in ("results", "a/b", "../results"):
        check_folder(small.parent / name, inputs)


@pytest.mark.usefixtures("not_computed")
@pytest.mark.parametrize(
    ("name", "make", "what"),
    [
        ("report.html", "folder", "expected a file or nothing; got a folder"),
        ("manifest.json", "folder", "expected a file or nothing; got a folder"),
        ("tables/stages.tex", "folder", "expected a file or nothing; got a folder"),
        ("figures", "file", "expected a folder or nothing; got a file"),
        ("tables", "link", "expected a folder or nothing; got a link to "),
        ("texts/selection_path.txt", "link", "expected a file or nothing; got a link to "),
        ("report.html", "dangling", "expected a file or nothing; got a link to "),
        ("report.html", "pipe", "expected a file or nothing; got a device, pipe or socket"),
    ],
)
def test_what_stands_in_the_way_is_named(
    name: str, make: str, what: str, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    path = out / name
    path.parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    makers = {
        "folder": path.mkdir,
        "file": path.touch,
        "link": lambda: path.symlink_to(tmp_path / "elsewhere"),
        "dangling": lambda: path.symlink_to("nowhere"),
        "pipe": lambda: os.mkfifo(path),
    }
    makers[make]()
    for replace in (False, True):
        with pytest.raises(StudyError, match=what) as caught:
            run_study(small, out, replace=replace)
        assert str(caught.value).startswith(f"{path}: ")
        assert "Nothing has changed." in str(caught.value)
    assert [path.name for path in out.iterdir()] == [Path(name).parts[0]]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_files_of_the_run_before_that_are_not_made_any_more_are_removed(
    quick: Path, tmp_path: Path
) -> None:
    out, lines = tmp_path / "out", []
    run_study(quick, out)
    write(out, {"notes.txt": "mine", "tables/own.tex": "mine", "tables/stages.md": "changed"})
    edit(quick, 'tables = ["tex", "md", "html"]', 'tables = ["html"]')
    result = run_study(quick, out, progress=lines.append)
    assert result.removed == (
        "tables/collinearity.md",
        "tables/collinearity.tex",
        "tables/stages.tex",
    )
    assert result.kept == ("tables/stages.md",)
    assert set(read(out)) == {*result.files, "notes.txt", "tables/own.tex", "tables/stages.md"}
    assert "Removed: tables/stages.tex (of the run before; this one does not make it)" in lines
    assert (
        "Kept: tables/stages.md (of the run before and changed since; this run does not make it)"
        in lines
    )


@pytest.mark.parametrize("name", ["tables/stages.html", "report.html", "manifest.json"])
def test_a_file_that_the_user_wrote_or_changed_is_replaced_only_when_asked(
    name: str, quick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write(out, {name: "mine"})
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_outputs", None)
        with pytest.raises(StudyError, match=r"no run made: \['" + name) as caught:
            run_study(quick, out)
    assert "--replace (replace=True)" in str(caught.value)
    assert read(out) == {name: "mine"}
    result = run_study(quick, out, replace=True)
    assert result.replaced == (name,)
    assert set(read(out)) == set(result.files)


def test_a_file_that_appears_while_a_run_computes_is_not_replaced(
    quick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, plain = tmp_path / "out", pipeline.write_report

    def meanwhile(*values: object) -> None:
        plain(*values)  # type: ignore[arg-type]
        write(out, {"report.html": "mine"})

    monkeypatch.setattr(pipeline, "write_report", meanwhile)
    with pytest.raises(StudyError, match="no run made"):
        run_study(quick, out)
    assert read(out) == {"report.html": "mine"}


def test_results_of_another_study_are_named_and_kept(quick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run_study(quick, out)
    write(out, {"notes.txt": "mine"})
    before = read(out)
    other = quick.with_name("other.toml")
    other.write_text(
        edit(quick, "Small study", "Other study").read_text(encoding="utf-8"), encoding="utf-8"
    )
    edit(other, 'tables = ["tex", "md", "html"]', 'tables = ["html"]')
    with pytest.raises(
        StudyError, match=r"got results of another study, 'Small study' \(study.toml\)"
    ):
        run_study(other, out)
    assert read(out) == before
    result = run_study(other, out, replace=True)
    assert set(read(out)) == {*result.files, "notes.txt"}
    assert set(result.removed) == set(first.files) - set(result.files)


def test_the_same_study_may_change_its_title_or_its_data(quick: Path, tmp_path: Path) -> None:
    run_study(quick, tmp_path / "out")
    run_study(edit(quick, "Small study", "Another title"), tmp_path / "out")
    data = quick.with_name("data.csv")
    data.write_text(data.read_text() + "\n")
    run_study(quick, tmp_path / "out")
    edit(quick, "Another title", "A third")
    data.write_text(data.read_text() + "\n")
    with pytest.raises(StudyError, match="results of another study"):
        run_study(quick, tmp_path / "out")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"study": 1}', '{"study": {}, "inputs": [], "outputs": []}', "\0"]
)
def test_a_manifest_that_is_none_vouches_for_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    assert earlier_results(tmp_path) is None


def test_a_manifest_cannot_have_files_outside_removed(quick: Path, tmp_path: Path) -> None:
    """Written by hand, with the hash of a file of the user."""
    out = tmp_path / "out"
    run_study(quick, out)
    (tmp_path / "mine.txt").write_text("mine")
    manifest = out / "manifest.json"
    line = f'"../mine.txt": "{sha256(tmp_path / "mine.txt")}",\n'
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace('"outputs": {', f'"outputs": {{{line}')
    )
    assert run_study(quick, out).removed == ()
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_step_names_all_its_pieces(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in the way is found before anything is computed only if all names are known by
    then.
    """
    edit(
        small,
        'compare = ["pooled", "sar", "sdm"]',
        'compare = ["sdm"]\ndynamic = "time"\ncov_type = "classical"',
    )
    edit(small, "split = 2014", "")
    plans: list[Plan] = []
    plain = pipeline.make_plan

    def kept(config: object) -> Plan:
        plans.append(plain(config))  # type: ignore[arg-type]
        return plans[-1]

    monkeypatch.setattr(pipeline, "make_plan", kept)
    result = run_study(small, tmp_path / "out")
    assert set(result.files) <= set(possible_files(plans[0]))
    assert "tables/impacts_long.tex" in result.files


def test_an_empty_folder_may_be_reached_by_a_link(quick: Path, tmp_path: Path) -> None:
    """The folder itself; inside it no link is followed."""
    shell, linked = tmp_path / "shell", tmp_path / "linked"
    shell.mkdir()
    linked.symlink_to(shell)
    result = run_study(quick, linked)
    assert set(read(shell)) == set(result.files)
    assert linked.is_symlink()
