"""A label that would be code in some format is text in every one."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from pathlib import Path
from shutil import which

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from bevdrivers.cells import original_text, text_cell
from bevdrivers.figures import save_figure
from bevdrivers.tables import Table, descriptive_table

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
MARK = "ranByScript"
SCRIPT = f"<script>document.title='{MARK}'</script>"
IMAGE = f"<img src=x onerror=document.body.className='{MARK}'>"
HOSTILE = f"""=HYPERLINK("http://127.0.0.1","a")]]>'"--></title></style></text>{SCRIPT}{IMAGE}\\input{{/etc/passwd}}[a](javascript:1)|`b`"""


def table(label: str = HOSTILE) -> Table:
    frame = pd.DataFrame({"N": [4], "mean": [-1.5]}, index=["x"])
    return descriptive_table(frame, title=label, labels={"x": label}).note(label)


def dumped(page: Path, profile: Path) -> str:
    """The page as a browser holds it after its scripts have run."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking "
        "--disable-component-update --disable-sync --virtual-time-budget=2000 --dump-dom"
    )
    done = subprocess.run(
        [CHROMIUM, *flags.split(), f"--user-data-dir={profile}", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


def ran(dom: str) -> bool:
    """Whether a script set one of its marks, beside the text that would."""
    return f"<title>{MARK}" in dom or f'class="{MARK}"' in dom or "data-ran" in dom


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    folder = tmp_path / "profile"
    folder.mkdir()
    return folder


def test_a_browser_would_show_the_marks(tmp_path: Path, profile: Path) -> None:
    """The pages below are not quiet because no script runs at all."""
    for text in (SCRIPT, IMAGE):
        page = tmp_path / "bare.html"
        page.write_text(f"<title>a</title><body>{text}</body>", encoding="utf-8")
        assert ran(dumped(page, profile))


def test_no_script_runs_in_a_table(tmp_path: Path, profile: Path) -> None:
    dom = dumped(table().save(tmp_path / "a.html"), profile)
    assert "HYPERLINK" in dom
    assert not ran(dom)


def test_no_script_runs_in_a_figure(tmp_path: Path, profile: Path) -> None:
    figure, axes = plt.subplots()
    hostile = HOSTILE.replace("\\", "").replace("$", "")
    axes.plot([0, 1], label=hostile)
    axes.set_title(hostile)
    axes.legend()
    path = save_figure(figure, tmp_path / "a.svg")
    plt.close(figure)
    dom = dumped(path, profile)
    assert "<svg" in dom
    assert not ran(dom)


@pytest.mark.parametrize("suffix", [".html", ".tex", ".md", ".docx", ".xlsx", ".csv", ".json"])
def test_every_format_takes_the_label(suffix: str, tmp_path: Path) -> None:
    if suffix in (".docx", ".xlsx"):
        pytest.importorskip({".docx": "docx", ".xlsx": "openpyxl"}[suffix])
    assert table().save(tmp_path / f"a{suffix}").stat().st_size > 0


def test_html_and_markdown_and_latex_hold_no_code_of_the_label(tmp_path: Path) -> None:
    html, md, tex = (
        table().save(tmp_path / f"a.{kind}").read_text(encoding="utf-8")
        for kind in ("html", "md", "tex")
    )
    for text in (html, md):
        assert not re.search(r"(?<!\\)<(script|img)", text)
    assert not re.search(r"(?<!\\)\]\(javascript", md)
    assert "\\input" not in tex


@pytest.mark.parametrize(
    "label", ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "'=1"]
)
def test_a_label_in_csv_is_no_formula(label: str, tmp_path: Path) -> None:
    path = table(label).save(tmp_path / "a.csv")
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
    held = [cell for row in rows[1:] for cell in row]
    assert text_cell(label) in held
    assert original_text(text_cell(label)) == label
    assert not [cell for cell in held if cell[:1] in ("=", "+", "@", "\t", "\r", "＝")]


def test_negative_numbers_in_csv_stay_numbers(tmp_path: Path) -> None:
    frame = pd.read_csv(table("-0.25").save(tmp_path / "a.csv"))
    assert frame["value"].tolist() == [4.0, -1.5]
    assert set(frame["label"].astype(float)) == {-0.25}


def test_several_tables_in_one_csv_are_neutral_too(tmp_path: Path) -> None:
    from bevdrivers.tables import save_tables

    path = save_tables([table("=1"), table("=2")], tmp_path / "a.csv")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert not [cell for row in rows for cell in row if cell.startswith("=")]


def test_the_report_of_a_study_with_hostile_texts_runs_no_script(
    tmp_path: Path, profile: Path
) -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    from bevdrivers.study import run_study
    from bevdrivers.study.template import made_up_data
    from tests.study.conftest import SMALL

    frame = made_up_data()
    frame = frame[(frame["place"] <= "Place 12") & (frame["year"] <= 2016)]
    first = f"Place {SCRIPT}"
    frame.assign(place=frame["place"].replace("Place 01", first)).to_csv(
        tmp_path / "data.csv", index=False
    )
    quoted = HOSTILE.replace("\\", "\\\\").replace('"', '\\"').replace("$", "")
    study = SMALL.replace('"Small study"', f'"{quoted}"').replace(
        '"Innovation & ideas"', f'"=1{IMAGE}"'
    )
    (tmp_path / "study.toml").write_text(study.replace("svg", "png"), encoding="utf-8")
    result = run_study(tmp_path / "study.toml", tmp_path / "out")
    dom = dumped(result.report, profile)
    assert "HYPERLINK" in dom
    assert not ran(dom)
