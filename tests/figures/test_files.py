"""Files are whole or not there, the same each time; nothing of matplotlib is loaded or changed on
the way.
"""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from matplotlib.figure import Figure

import bevdrivers as bd

HEADS = {".pdf": b"%PDF", ".svg": b"<?xml", ".png": b"\x89PNG"}
DRAW = """
import sys
import bevdrivers as bd
panel = bd.load_panel(2019, 2020)
assert "matplotlib" not in sys.modules, "loaded before a figure was drawn"
bd.choropleth
assert "matplotlib" not in sys.modules, "loaded by the name of a figure"
import pandas as pd
values = pd.Series(panel["bev_density"][-1], index=panel.units).drop("Tibet")
ax = bd.choropleth(panel.geometry, values, title="T", caption="c")
assert "matplotlib.pyplot" not in sys.modules, "pyplot was loaded"
for suffix in ("pdf", "svg", "png"):
    bd.save_figure(ax, f"{sys.argv[1]}/map.{suffix}", dpi=100)
"""


def draw() -> Any:
    return bd.moran_scatter([1.0, 2.0, 4.0, 3.0], [2.0, 2.5, 3.0, 4.0], labels=list("abcd"))


@pytest.mark.parametrize("suffix", HEADS)
def test_a_second_run_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    one = bd.save_figure(draw(), tmp_path / f"one{suffix}").read_bytes()
    other = bd.save_figure(draw(), str(tmp_path / f"other{suffix.upper()}")).read_bytes()
    assert one.startswith(HEADS[suffix])
    assert one == other


def test_another_process_gives_the_same_bytes_without_pyplot(tmp_path: Path) -> None:
    written = []
    for run in ("a", "b"):
        subprocess.run([sys.executable, "-W", "error", "-c", DRAW, str(tmp_path / run)], check=True)
        written.append(
            {path.name: path.read_bytes() for path in sorted((tmp_path / run).iterdir())}
        )
    assert sorted(written[0]) == ["map.pdf", "map.png", "map.svg"]
    assert written[0] == written[1]


def test_folders_are_made_and_a_file_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "figure.png"
    assert bd.save_figure(draw(), target, dpi=50) == target
    small = target.read_bytes()
    bd.save_figure(draw().figure, target, dpi=100)
    assert target.read_bytes() != small
    assert [path.name for path in target.parent.iterdir()] == ["figure.png"]


def test_a_failure_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "figure.svg"
    target.write_text("old")

    def fail(self: Figure, file: BytesIO, **options: Any) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        bd.save_figure(draw(), target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["figure.tiff", "figure", ".png"])
def test_an_unknown_suffix_names_what_there_is(name: str, tmp_path: Path) -> None:
    with pytest.raises(bd.OptionError) as caught:
        bd.save_figure(draw(), tmp_path / "new" / name)
    assert "['.pdf', '.png', '.svg']" in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_what_is_not_a_figure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bd.OptionError, match="Axes or a Figure"):
        bd.save_figure("figure", tmp_path / "figure.png")


def test_settings_and_open_figures_stay_as_they_were(
    tmp_path: Path, squares: Any, values: Any
) -> None:
    import matplotlib.pyplot as plt

    before, open_before = dict(matplotlib.rcParams), plt.get_fignums()
    bd.save_figure(draw(), tmp_path / "a.pdf")
    bd.save_figure(bd.choropleth(squares, values), tmp_path / "b.svg")
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == open_before


def test_fonts_are_the_users_where_there_are_any() -> None:
    with matplotlib.rc_context({"font.family": ["DejaVu Serif"]}):
        ax = draw()
    assert ax.title.get_fontfamily() == ["DejaVu Serif"]
    assert ax.get_xticklabels()[0].get_fontfamily() == ["DejaVu Serif"]


def test_letters_that_no_font_has_are_named(tmp_path: Path, squares: Any, values: Any) -> None:
    """DejaVu Sans has Latin and Greek letters, and no Chinese ones."""
    with matplotlib.rc_context({"font.family": ["DejaVu Sans"]}):
        ax = bd.choropleth(squares, values, title="企业 per km², β", caption="Š")
        with pytest.warns(bd.FontWarning, match="has the 2 letters 企业: ") as caught:
            bd.save_figure(ax, tmp_path / "map.png", dpi=50)
        assert len(caught) == 1, "matplotlib's own warnings, one a letter, are left out"
        bd.save_figure(
            bd.choropleth(squares, values, title="per km², β"), tmp_path / "plain.png", dpi=50
        )


def test_a_font_that_has_the_letters_is_enough(tmp_path: Path, squares: Any, values: Any) -> None:
    """The first family has Latin letters only, the second has this one, too."""
    with matplotlib.rc_context({"font.family": ["STIXSizeOneSym", "DejaVu Sans"]}):
        bd.save_figure(bd.choropleth(squares, values, title="β", caption="x"), tmp_path / "map.svg")


def test_chinese_where_a_font_is_installed(tmp_path: Path, squares: Any, values: Any) -> None:
    from matplotlib.font_manager import fontManager

    from bevdrivers.figures.style import _CHINESE

    if not set(_CHINESE) & set(fontManager.get_font_names()):
        pytest.skip("no Chinese font is installed")
    ax = bd.choropleth(squares, values, title="新能源汽车企业", caption="审图号")
    assert bd.save_figure(ax, tmp_path / "map.pdf").exists()
