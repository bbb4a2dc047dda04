"""Intervals are those of tidy(), in looks that differ without colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.results import tidy_frame

TERMS = ("gdp", "policy", "patents")


class Stub:
    """A result of four components, as any of the package or of a user."""

    def __init__(self, terms: tuple[str, ...] = TERMS, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.rows = [
            (term, c) for c in ("direct", "indirect", "total", "spatial") for term in terms
        ]
        self.estimates, self.errors = rng.normal(size=len(self.rows)), rng.random(len(self.rows))

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        term, component = zip(*self.rows, strict=True)
        return tidy_frame(term, component, self.estimates, self.errors, level=level)

    def glance(self) -> pd.DataFrame:
        return pd.DataFrame([{"nobs": 1}])


def drawn(ax: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """Estimates of shape (K,) and intervals of shape (K, 2) of each series."""
    estimates = [
        line.get_xdata() for line in ax.lines if line.get_marker() not in ("None", None, "")
    ]
    intervals = [np.array([path.vertices[:, 0] for path in c.get_paths()]) for c in ax.collections]
    return list(zip(estimates, intervals, strict=True))


@pytest.mark.parametrize("level", [0.9, 0.95, None])
def test_estimates_and_intervals_are_those_of_tidy(level: float | None) -> None:
    result = Stub()
    ax = bd.impacts_plot(result, level=level)
    tidy = result.tidy(level or 0.95)
    for (estimates, intervals), component in zip(
        drawn(ax), ("direct", "indirect", "total"), strict=True
    ):
        rows = tidy[tidy["component"] == component]
        assert np.allclose(estimates, rows["estimate"])
        assert np.allclose(intervals, rows[["conf_low", "conf_high"]])
    assert ax.get_xlabel() == ("Impact" if level is None else f"Impact ({level * 100:g}% interval)")


def test_terms_from_top_to_bottom_with_their_labels_and_a_zero_line() -> None:
    ax = bd.impacts_plot(Stub(), labels={"gdp": "GDP per head"})
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "GDP per head",
        "policy",
        "patents",
    ]
    assert ax.yaxis_inverted()
    assert list(ax.lines[0].get_xdata()) == [0, 0]


def test_series_differ_in_marker_and_colour() -> None:
    ax = bd.impacts_plot(Stub())
    lines = [line for line in ax.lines if line.get_marker() not in ("None", None, "")]
    assert (
        len({line.get_marker() for line in lines}) == len({line.get_color() for line in lines}) == 3
    )
    heights = np.array([line.get_ydata() for line in lines])
    assert np.all(np.diff(heights, axis=0) > 0)  # direct above indirect above total
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "Direct",
        "Indirect",
        "Total",
    ]


@pytest.mark.parametrize("n", [2, 6])
def test_title_stands_above_the_legend(n: int) -> None:
    ax = bd.coefficient_plot({f"Model {i}": Stub(seed=i) for i in range(n)}, title="Coefficients")
    figure: Any = ax.figure
    figure.draw_without_rendering()
    assert ax.title.get_window_extent().y0 >= ax.get_legend().get_window_extent().y1
    assert ax.title.get_window_extent().y1 <= figure.bbox.y1


def test_chosen_components_in_their_order() -> None:
    ax = bd.impacts_plot(Stub(), components=["total"])
    assert len(drawn(ax)) == 1
    assert ax.get_legend() is None
    with pytest.raises(bd.OptionError, match="'direct', 'indirect', 'total'"):
        bd.impacts_plot(Stub(), components=["spill"])


def test_a_model_of_the_package() -> None:
    panel = bd.load_panel(2015, 2020)
    queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    impacts = (
        bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + policy").fit(panel, queen).impacts()
    )
    for (estimates, _), values in zip(drawn(bd.impacts_plot(impacts)), impacts.values, strict=True):
        assert np.allclose(estimates, values)


def test_coefficients_of_several_fits() -> None:
    first, second = Stub(("x", "W_x", "rho")), Stub(("x", "z"), seed=1)
    ax = bd.coefficient_plot({"A": first, "B": second}, labels={"x": "Income"})
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "Income",
        "W × Income",
        "ρ",
        "z",
    ]
    (a, _), (b, _) = drawn(ax)
    assert np.isnan(b[1:3]).all()
    assert np.allclose(a[:3], first.estimates[:3])


def test_coefficients_chosen_and_numbered() -> None:
    ax = bd.coefficient_plot([Stub(), Stub(seed=2)], terms=["policy"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["(1)", "(2)"]
    assert len(ax.get_yticklabels()) == 1
    assert len(drawn(bd.coefficient_plot(Stub()))) == 1
    with pytest.raises(bd.OptionError, match="nosuch"):
        bd.coefficient_plot(Stub(), terms=["nosuch"])
    with pytest.raises(bd.InputError, match="at least one"):
        bd.coefficient_plot([])


def test_errors_name_what_is_wrong() -> None:
    with pytest.raises(bd.InputError, match=r"tidy\(\)"):
        bd.impacts_plot(3)
    with pytest.raises(bd.OptionError, match="level"):
        bd.impacts_plot(Stub(), level=95)

    class Bare(Stub):
        def tidy(self, level: float = 0.95) -> pd.DataFrame:
            return super().tidy(level).drop(columns="conf_low")

    with pytest.raises(bd.InputError, match="conf_low"):
        bd.impacts_plot(Bare())


def test_a_choice_of_terms_is_refused_in_its_own_words() -> None:
    for wrong, words in [
        ([], r"an empty list\. Name at least one"),
        ("policy", r"Write terms=\['policy'\]"),
        (["policies"], "Did you mean 'policy'"),
    ]:
        with pytest.raises(bd.OptionError, match=words):
            bd.coefficient_plot(Stub(), terms=wrong)
    with pytest.raises(bd.OptionError, match="level: expected the coverage"):
        bd.impacts_plot(Stub(), level="95")
