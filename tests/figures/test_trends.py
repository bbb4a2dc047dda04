"""Trends with names at their ends, shares by stage, and the settling of simulations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.figures.charts.trends import _spread
from bevdrivers.results import TIDY_COLUMNS

YEARS = list(range(2011, 2021))


@pytest.fixture
def lines(rng: np.random.Generator) -> pd.DataFrame:
    """Three groups, of which two end at one height."""
    steps = rng.normal(size=(10, 3)).cumsum(axis=0)
    steps[-1] = [5.0, 5.01, -3.0]
    return pd.DataFrame(steps, index=YEARS, columns=["a", "b", "c"])


def test_each_group_has_a_line_of_its_own_look(lines: pd.DataFrame) -> None:
    ax = bd.trend_plot(lines, labels={"a": "Group A"}, ylabel="Firms", title="T")
    drawn = [line for line in ax.lines if len(line.get_xdata()) == 10]
    values = np.array([line.get_ydata() for line in drawn])
    np.testing.assert_allclose(values.T, lines)
    for look in ("get_color", "get_marker", "get_linestyle"):
        assert len({str(getattr(line, look)()) for line in drawn}) >= 2
    assert len({line.get_marker() for line in drawn}) == 3
    assert [text.get_text() for text in ax.texts] == ["Group A", "b", "c"]
    assert (ax.get_ylabel(), ax.get_title()) == ("Firms", "T")
    assert ax.get_legend() is None


def test_names_stand_at_the_ends_and_do_not_touch(lines: pd.DataFrame) -> None:
    lines.loc[2019:, "c"] = np.nan
    ax = bd.trend_plot(lines)
    assert [text.xy for text in ax.texts] == [
        (2020, 5.0),
        (2020, 5.01),
        (2018, lines.loc[2018, "c"]),
    ]
    figure: Any = ax.figure
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(box.x1 <= figure.bbox.x1 for box in boxes)


def test_spreading_moves_least() -> None:
    """Against brute force over a grid."""
    wanted, gap = np.array([0.0, 0.4, 5.0, 0.2]), 1.0
    spread = _spread(wanted, gap)
    assert np.diff(np.sort(spread)).min() >= gap - 1e-12
    assert spread[2] == 5.0
    grid = np.linspace(-2, 3, 51)
    a, b, c = np.meshgrid(grid, grid, grid, indexing="ij")  # in the order 0, 3, 1
    apart = (b - a >= gap - 1e-9) & (c - b >= gap - 1e-9)
    costs = np.where(apart, (a - 0.0) ** 2 + (b - 0.2) ** 2 + (c - 0.4) ** 2, np.inf)
    assert ((spread - wanted) ** 2).sum() <= costs.min() + 1e-9


def test_intervals_and_events(lines: pd.DataFrame) -> None:
    part = lines[["b"]]
    ax = bd.trend_plot(lines, low=part - 1, high=part + 2, events={2013: "Start"})
    known = [band.get_paths()[0].vertices for band in ax.collections if len(band.get_paths())]
    (band,) = [v for v in known if len(v) > 4]
    assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx(
        ((part - 1).min().item(), (part + 2).max().item())
    )
    assert ax.texts[0].get_text() == "Start"
    assert 2013 in [line.get_xdata()[0] for line in ax.lines]


def test_periods_may_be_dates(lines: pd.DataFrame) -> None:
    dates = pd.date_range("2011-12-31", periods=10, freq="YE")
    ax = bd.trend_plot(lines.set_axis(dates, axis=0), events={dates[2]: "Start"})
    assert [text.get_text() for text in ax.texts] == ["Start", "a", "b", "c"]
    assert ax.texts[-1].xy[0] == dates[-1].to_numpy()


def test_trend_errors(lines: pd.DataFrame) -> None:
    with pytest.raises(bd.OptionError, match="at most 7"):
        bd.trend_plot(pd.concat([lines.add_prefix(p) for p in "xyz"], axis=1))
    with pytest.raises(bd.OptionError, match="both ends"):
        bd.trend_plot(lines, low=lines)
    with pytest.raises(bd.DataError, match="swapped"):
        bd.trend_plot(lines, low=lines + 1, high=lines - 1)
    with pytest.raises(bd.DataError, match="'c'"):
        bd.trend_plot(lines.assign(c=np.nan))
    with pytest.raises(bd.DataError, match="2011"):
        bd.trend_plot(lines.set_axis([2011, 2011, *YEARS[2:]], axis=0))


class Shares:
    """Two groups in two stages; with `prefix` as driver shares have them, among other rows."""

    def __init__(self, prefix: str = "", ends: bool = True) -> None:
        stages = [f"{prefix}early", f"{prefix}late"]
        rows = [
            (group, stage, 0.1 * k)
            for k, (stage, group) in enumerate((s, g) for s in stages for g in "ab")
        ]
        rows += (
            [("a", f"{prefix}late less early", 0.9), ("a", "contribution early", 7.0)]
            if prefix
            else []
        )
        frame = pd.DataFrame(rows, columns=["term", "component", "estimate"])
        if ends:
            frame = frame.assign(
                conf_low=frame["estimate"] - 0.05, conf_high=frame["estimate"] + 0.02
            )
        self.frame = frame.reindex(columns=list(TIDY_COLUMNS))

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        return self.frame.assign(conf_high=self.frame["conf_high"] + level)

    def glance(self) -> pd.DataFrame:
        return pd.DataFrame([{"n": 1}])


@pytest.mark.parametrize("prefix", ["", "share "])
def test_shares_by_stage(prefix: str) -> None:
    ax = bd.share_plot(Shares(prefix), labels={"a": "Policy"}, level=0.9)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["early", "late"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Policy", "b"]
    points = [line.get_xdata() for line in ax.lines if line.get_marker() not in ("None", None, "")]
    assert np.array(points) == pytest.approx(np.array([[0.0, 0.1], [0.2, 0.3]]))
    intervals = np.array([[path.vertices[:, 0] for path in c.get_paths()] for c in ax.collections])
    assert intervals[1] == pytest.approx(np.array([[0.15, 0.2 + 0.92], [0.25, 0.3 + 0.92]]))
    assert ax.get_xlabel() == "Share (90% interval)"
    assert ax.xaxis.get_major_formatter()(0.25) == "25%"


def test_shares_without_intervals_say_nothing_of_them() -> None:
    ax = bd.share_plot(Shares("share ", ends=False), stages=["late"])
    assert (ax.get_xlabel(), ax.get_legend()) == ("Share", None)
    with pytest.raises(bd.OptionError, match="groups"):
        bd.share_plot(Shares(), groups=["z"])


def test_convergence_lines_are_running_moments(rng: np.random.Generator) -> None:
    draws = 1e6 + rng.normal(size=(500, 2))
    figure = bd.convergence_plot(
        pd.DataFrame(draws, columns=["x", "y"]), labels={"y": "Why"}, ylabel="Impact", title="T"
    )
    upper, lower = figure.axes[:2], figure.axes[2:]
    assert [ax.get_title() for ax in upper] == ["x", "Why"]
    for k in range(2):
        (mean, _), (spread, _) = upper[k].lines, lower[k].lines
        rows = mean.get_xdata()
        assert (rows[0], rows[-1]) == (10, 500)
        assert mean.get_ydata() == pytest.approx([draws[:r, k].mean() for r in rows], rel=1e-12)
        assert spread.get_ydata() == pytest.approx(
            [draws[:r, k].std(ddof=1) for r in rows], rel=1e-6
        )
        band = upper[k].collections[0].get_paths()[0].vertices
        last = draws[:, k].mean() + 2 * draws[:, k].std(ddof=1) / np.sqrt(500) * np.array([-1, 1])
        assert np.sort(np.unique(band[band[:, 0] == 500][:, 1])) == pytest.approx(last, rel=1e-9)


def test_convergence_of_impacts(bev: bd.Panel, queen: bd.SpatialWeights) -> None:
    fit = bd.SpatialDurbin("log1p(bev_density) ~ log1p(inventions) + policy").fit(bev, queen)
    impacts = fit.impacts(draws=200, seed=1)
    tidy = impacts.tidy().set_index(["component", "term"])
    figure = bd.convergence_plot(impacts)
    for ax, term in zip(figure.axes[2:], impacts.terms, strict=True):
        assert ax.lines[0].get_ydata()[-1] == pytest.approx(tidy.loc[("total", term), "std_error"])
    assert [ax.get_title() for ax in figure.axes[:2]] == [f"total {term}" for term in impacts.terms]
    one = bd.convergence_plot(impacts, terms=["direct policy"])
    assert one.axes[1].lines[0].get_ydata()[-1] == pytest.approx(
        tidy.loc[("direct", "policy"), "std_error"]
    )
    with pytest.raises(bd.DataError, match="draws=1000"):
        bd.convergence_plot(fit.impacts())


def test_convergence_of_many_and_errors(rng: np.random.Generator) -> None:
    figure = bd.convergence_plot(rng.normal(size=(50, 6)))
    assert len(figure.axes) == 12, "empty places are taken out"
    with pytest.raises(bd.OptionError, match="1 to 12"):
        bd.convergence_plot(rng.normal(size=(50, 13)))
    with pytest.raises(bd.DataError, match="20 or more"):
        bd.convergence_plot(np.ones(10))
    with pytest.raises(bd.DataError, match="finite"):
        bd.convergence_plot(np.full(30, np.nan))
    with pytest.raises(bd.DataError, match="shape"):
        bd.convergence_plot(np.zeros((20, 2, 2)))


def test_draws_that_are_no_numbers_are_counted(rng: np.random.Generator) -> None:
    draws = rng.normal(size=50)
    draws[3] = np.nan
    with pytest.raises(bd.DataError, match=r"in 1 of 50 draws\. Leave"):
        bd.convergence_plot(draws)


def test_groups_of_text_or_without_cells_are_named() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}, index=[2011, 2012])
    with pytest.raises(bd.DataError, match=r"others in \['b'\]"):
        bd.trend_plot(frame)
    with pytest.raises(bd.DataError, match="one without cells"):
        bd.trend_plot(frame[[]])
    with pytest.raises(bd.DataError, match="low: expected a frame"):
        bd.trend_plot(frame[["a"]], low=0.0, high=3.0)
    with pytest.raises(bd.DataError, match=r"frame\.T\.groupby"):
        bd.trend_plot(pd.concat([frame[["a"]], frame[["a"]]], axis=1))
