"""The plot of a sensitivity: contours, the line where the estimate is overturned, benchmarks."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd


@pytest.fixture(scope="module")
def found(bev, queen) -> bd.Sensitivity:
    fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + policy + tertiary_share").fit(
        bev, queen
    )
    return bd.sensitivity(fit, "policy", benchmarks=["tertiary_share"])


@pytest.mark.parametrize("component", ["direct", "total"])
def test_the_heavy_line_is_where_nothing_is_left(found: bd.Sensitivity, component: str) -> None:
    ax = bd.sensitivity_plot(found, component=component)
    heavy = ax.collections[-1]
    points = np.concatenate([path.vertices for path in heavy.get_paths()])
    assert len(points) > 10
    estimate = found.frame.loc[component, "estimate"]
    for of_term, of_outcome in points:
        left = found.adjusted(of_term, of_outcome, component)
        # the line is drawn through a grid
        assert abs(left["estimate"]) < 0.01 * abs(estimate)


def test_benchmarks_and_the_robustness_value_are_marked(found: bd.Sensitivity) -> None:
    ax = bd.sensitivity_plot(found, labels={"policy": "Policies"})
    share = found.frame.loc["total", "robustness_value"]
    points = {(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines}
    assert (share, share) in points
    total = found.benchmarks[found.benchmarks["component"] == "total"].dropna()
    for row in total.itertuples():
        assert (row.r2_term, row.r2_outcome) in points
    assert "Policies" in ax.get_xlabel()
    assert "1 \u00d7 tertiary_share" in [text.get_text() for text in ax.texts]


def test_refusals(found: bd.Sensitivity) -> None:
    with pytest.raises(bd.InputError, match="a result of sensitivity"):
        bd.sensitivity_plot(found.frame)
    with pytest.raises(bd.OptionError, match="component"):
        bd.sensitivity_plot(found, component="long-run")
