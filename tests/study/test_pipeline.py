"""A run: files, the same bytes twice, nothing lost on failure."""

from __future__ import annotations

import base64
import json
import re
import warnings
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bevdrivers import load_panel
from bevdrivers.errors import BoundWarning, EstimationError
from bevdrivers.study import StudyError, StudyResult, bundled_study, run_study
from bevdrivers.study.request.config import load_config
from bevdrivers.study.results.folder import sha256
from bevdrivers.study.results.staging import staged
from bevdrivers.study.steps import steps
from bevdrivers.study.steps.shared_results import SharedResults

from .conftest import edit


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return run_study(bundled_study(), tmp_path_factory.mktemp("bundled") / "results")


def read(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    first, second = run_study(small, tmp_path / "a"), run_study(small, tmp_path / "b")
    assert first.files == second.files
    assert read(first.folder) == read(second.folder)


def test_progress_names_each_step(small: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    run_study(small, tmp_path / "a", progress=lines.append)
    assert lines[0] == "Checking the study"
    assert "[1/12] Descriptive statistics" in lines
    assert lines[-1] == "Report and manifest"


def test_a_dynamic_study_shows_both_runs_of_its_impacts(small: Path, tmp_path: Path) -> None:
    edit(
        small,
        'compare = ["pooled", "sar", "sdm"]',
        'compare = ["sdm"]\ndynamic = "time"\ncov_type = "classical"',
    )
    result = run_study(edit(small, "split = 2014", ""), tmp_path / "a")
    short = (result.folder / "tables" / "impacts.md").read_text(encoding="utf-8")
    long = (result.folder / "tables" / "impacts_long.md").read_text(encoding="utf-8")
    assert "short-run impacts" in short
    assert "long-run impacts" in long


def test_the_path_is_simulated_where_the_study_asks(small: Path, tmp_path: Path) -> None:
    asked = "replications = 20\npath_replications = 19"
    result = run_study(edit(small, "replications = 20", asked), tmp_path / "a")
    table = (result.folder / "tables" / "picks.md").read_text(encoding="utf-8")
    assert "19 replications of each truth (seed 7)" in table
    assert (result.folder / "figures" / "picks_figure.svg").is_file()
    tests = (result.folder / "tables" / "tests.md").read_text(encoding="utf-8")
    assert "where each is the truth, this path picks SLX in" in tests
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert manifest["study"]["calibration"]["path_replications"] == 19


def test_a_study_that_does_not_ask_records_nothing_of_it(small: Path) -> None:
    assert "path_replications" not in load_config(small).as_dict()["calibration"]


def test_the_manifest_vouches_for_every_file(small: Path, tmp_path: Path) -> None:
    result = run_study(small, tmp_path / "a")
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert set(manifest["outputs"]) == set(result.files) - {"manifest.json"}
    assert all(
        sha256(result.folder / name) == recorded for name, recorded in manifest["outputs"].items()
    )
    assert manifest["inputs"] == {"data.csv": sha256(small.with_name("data.csv"))}
    assert manifest["seeds"] == {"moran": 7, "impacts": 7, "calibration": 7}
    assert manifest["study"]["model"]["formula"] == "log(output) ~ log(income) + innovation"
    assert str(tmp_path) not in json.dumps(manifest)


@pytest.mark.slow
def test_a_run_that_fails_leaves_what_was_there(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a"
    run_study(small, out)
    (out / "own notes.txt").write_text("mine")
    before = read(out)

    def broken(shared: SharedResults) -> list[steps.Output]:
        raise EstimationError("no convergence")

    monkeypatch.setattr(steps, "stages_step", broken)
    edit(small, "Small study", "Another title")
    with pytest.raises(StudyError, match=r"study\.toml: step 'Stages': .*no convergence"):
        run_study(small, out)
    monkeypatch.undo()
    assert read(out) == before
    run_study(small, out)
    assert (out / "own notes.txt").read_text() == "mine"
    assert b"Another title" in (out / "report.html").read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_nothing_is_computed_when_the_check_fails(small: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError):
        run_study(edit(small, "+ innovation", "+ nothing"), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_out_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StudyError, match="--out: expected a folder; got a file"),
        staged(tmp_path / "file"),
    ):
        pass


def test_warnings_of_the_package_go_into_the_report(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = steps.moran_step

    def warned(shared: SharedResults) -> list[steps.Output]:
        warnings.warn("rho at <1>", BoundWarning, stacklevel=2)
        return plain(shared)

    monkeypatch.setattr(steps, "moran_step", warned)
    result = run_study(small, tmp_path / "a")
    assert result.warnings == ("Moran's I by year: rho at <1>",)
    assert "rho at &lt;1&gt;" in result.report.read_text()


def test_delta_method_least_squares_and_one_matrix(small: Path, tmp_path: Path) -> None:
    edit(small, "draws = 50", "draws = 0")
    edit(small, '[weights.far]\nkind = "knearest"\nk = 5\npoints = ["lon", "lat"]\n', "")
    edit(small, 'compare = ["pooled", "sar", "sdm"]', 'compare = ["fe", "slx"]\nmain = "sem"')
    result = run_study(small, tmp_path / "a")
    assert "tables/models.tex" in result.files
    assert not {"tables/weights.tex", "tables/impacts.tex"} & set(result.files)


class Page(HTMLParser):
    """What the report holds: ids, links, images and elements that fetch something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.downloads: dict[str, str] = {}
        self.copied: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.ids += [attributes["id"] or ""] if "id" in attributes else []
        if tag == "a" and "download" in attributes:
            self.downloads[attributes["download"] or ""] = attributes["href"] or ""
        elif tag == "a":
            self.links += [attributes["href"] or ""]
        self.copied += [attributes["data-copy"] or ""] if "data-copy" in attributes else []
        self.images += [attributes] if tag == "img" else []
        self.fetched += (
            [tag] if tag in ("link", "iframe") or "src" in attributes and tag != "img" else []
        )


@pytest.mark.slow
def test_the_report_stands_alone_and_its_links_lead_somewhere(bundled: StudyResult) -> None:
    page = Page(bundled.report.read_text(encoding="utf-8"))
    assert page.fetched == []
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link[1:] in page.ids if link.startswith("#") else (bundled.folder / link).is_file()
    made = {Path(name).name: bundled.folder / name for name in bundled.files if "/" in name}
    assert set(page.downloads) == set(made)
    for name, link in page.downloads.items():
        assert link.startswith("data:")
        assert base64.b64decode(link.partition(";base64,")[2]) == made[name].read_bytes()
    assert len(page.copied) == 11
    assert set(page.copied) <= set(page.ids)
    assert len(page.images) == 4
    for image in page.images:
        assert (image["src"] or "").startswith("data:image/png;base64,")
        assert len(image["alt"] or "") > 40


@pytest.mark.slow
def test_the_report_says_what_the_data_are(bundled: StudyResult) -> None:
    text = bundled.report.read_text(encoding="utf-8")
    data = text[text.index('<section id="data"') : text.index('<section id="descriptive"')]
    panel = load_panel()
    assert "31 units in 10 years, 2011 to 2020: 310 observations." in data
    assert f'<td class="number">{panel["gdp_pc"].max():,.0f}</td>' in data
    assert "Xinjiang" in data
    assert "per 10,000 residents" in data  # a definition of the data package


@pytest.mark.slow
def test_the_bundled_study_makes_every_piece(bundled: StudyResult) -> None:
    tables = {
        "descriptive",
        "collinearity",
        "moran",
        "tests",
        "models",
        "impacts",
        "residuals",
        "calibration",
    }
    tables |= {"stages", "weights", "covariances"}
    figures = {"maps", "moran_scatter", "impacts_figure", "spillover_map"}
    assert {f"tables/{name}.{kind}" for name in tables for kind in ("tex", "md", "html")} <= set(
        bundled.files
    )
    assert {f"figures/{name}.{kind}" for name in figures for kind in ("pdf", "png")} <= set(
        bundled.files
    )
    assert bundled.warnings == ()


@pytest.mark.slow
def test_the_stages_say_what_was_left_out(bundled: StudyResult) -> None:
    text = (bundled.folder / "tables/stages.md").read_text(encoding="utf-8")
    assert "Policy-driven, 2011–2015" in text
    assert "Pilot programmes left out in Technology and market, 2016–2020." in text


@pytest.mark.slow
def test_the_path_is_told_under_each_matrix(bundled: StudyResult) -> None:
    text = (bundled.folder / "texts/selection_path.txt").read_text(encoding="utf-8")
    assert re.findall("^Weights: (.*)$", text, re.M) == ["Queen", "4 nearest", "1/d²"]
    assert text.rstrip().endswith(
        "The study file asks for the spatial Durbin model with two-way effects."
    )
