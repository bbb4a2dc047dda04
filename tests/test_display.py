"""What results show in a console, a notebook and a figure."""

from __future__ import annotations

from html.parser import HTMLParser
from inspect import getmembers, isclass

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.display import MOST_ROWS, Shown, cell_text, table_html
from bevdrivers.results import Text

from .made_up import drawn, scattered

FORMULA = "y ~ x1 + x2"


class Reader(HTMLParser):
    """Checks that each element is closed in its order, and keeps rows, captions and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.caption = ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        if self.open and self.open[-1] == "caption":
            self.caption += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def results():
    W = scattered(12)
    panel = drawn(bd.SpatialDurbin, W, T=6)
    model = bd.SpatialDurbin(FORMULA)
    fit = model.fit(panel, W)
    return {
        "panel": panel,
        "weights": W,
        "fit": fit,
        "impacts": fit.impacts(),
        "tests": bd.lm_tests(fit),
        "test": bd.lm_tests(fit)["LM lag"],
        "moran": bd.Moran("y", permutations=99, seed=1).fit(panel, W),
        "local": bd.LocalMoran("y", permutations=99, seed=1).fit(panel, W),
        "path": bd.select_model(model, panel, W, permutations=99),
        "bootstrap": bd.bootstrap(fit, 19, seed=1),
        "descriptives": bd.describe(panel, ["y", "x1"]),
        "shares": bd.driver_shares(fit, groups={"a": ["x1"], "b": ["x2"]}),
        "influence": bd.influence(fit),
        "sensitivity": bd.sensitivity(fit, "x1"),
        "grid": bd.SpecGrid(model, weights=[W]).check(panel),
    }


KINDS = [
    *("panel", "weights", "fit", "impacts", "tests", "test", "moran", "local", "path", "bootstrap"),
    *("descriptives", "shares", "influence", "sensitivity", "grid"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_notebook(results, kind):
    result = results[kind]
    reader = read(result._repr_html_())
    first = repr(result).partition("\n")[0]
    assert reader.caption == ("Selection path" if kind == "path" else first)
    head, *body = reader.rows
    assert body
    assert all(head)
    assert isinstance(result.summary(), Text)
    assert str(result.summary())


def test_numbers_are_those_of_the_tidy_frame(results):
    fit = results["fit"]
    head, *body = read(fit._repr_html_()).rows
    column = head.index("estimate")
    assert [row[column] for row in body] == [cell_text(float(value)) for value in fit.params]
    assert [row[0] for row in body] == list(fit.terms)


def test_every_result_shows_itself():
    """All public classes with a tidy frame, and those that stand for data."""
    public = [cls for _, cls in getmembers(bd, isclass) if hasattr(cls, "tidy")]
    tables = {bd.Table}
    assert [
        cls.__name__ for cls in public if not issubclass(cls, Shown) and cls not in tables
    ] == []
    assert issubclass(bd.Panel, Shown)
    assert issubclass(bd.SpatialWeights, Shown)


class TestTable:
    def test_what_is_shown_is_text(self):
        frame = pd.DataFrame({"<b>": ["<script>alert(1)</script>"], "x&y": ["a\"b'"]})
        html = table_html(frame, "<i>caption</i>")
        assert "<script>" not in html
        reader = read(html)
        assert reader.caption == "<i>caption</i>"
        assert reader.rows == [["<b>", "x&y"], ["<script>alert(1)</script>", "a\"b'"]]

    def test_long_frames_end_and_say_so(self):
        frame = pd.DataFrame({"term": [f"x{i}" for i in range(100)], "estimate": 1.0})
        reader = read(table_html(frame, "long"))
        assert len(reader.rows) == 1 + MOST_ROWS + 1
        assert reader.rows[-1] == ["and 70 more rows"]

    def test_columns_without_a_value_are_left_out(self):
        frame = pd.DataFrame({"term": ["x"], "std_error": [np.nan], "text": [""], "p_value": [0.5]})
        assert read(table_html(frame, "")).rows == [["term", "p"], ["x", "0.5"]]


PLOTS = ["fit", "impacts", "shares", "influence", "sensitivity"]


@pytest.mark.parametrize("kind", PLOTS)
def test_figures_from_results(results, kind):
    from matplotlib import pyplot as plt

    options = {"quantity": "x1"} if kind == "influence" else {}
    axes = results[kind].plot(title="Here", **options)
    assert axes.get_title() == "Here" or axes.get_title(loc="left") == "Here"
    plt.close("all")
