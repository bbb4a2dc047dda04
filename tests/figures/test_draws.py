"""The figures of curves under the null, placebos and resampling: what is drawn is what the result says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from tests.robustness.grids import NEAR, panel


@pytest.fixture(scope="module")
def found() -> bd.Placebo:
    fit = bd.SAR("y ~ x1 + x2").fit(panel(), NEAR)
    return bd.placebo(fit, "weight-labels", draws=19, seed=1)


@pytest.fixture(scope="module")
def tested() -> bd.CurveTest:
    """Two specifications, the lower one second, and three draws."""
    observed = pd.DataFrame({"estimate": [0.3, 0.1], "std_error": 0.1, "df_resid": np.nan})
    drawn = np.array([[0.1, -0.1], [0.2, 0.3], [-0.4, 0.1]])
    described = pd.DataFrame([{"model": "m", "outcome": "y"}])
    errors = np.ones_like(drawn)
    return bd.CurveTest("x", "total", 0.95, "unit", 1, observed, drawn, errors, {}, described)


def test_the_bars_hold_all_draws_and_the_line_is_the_estimate(found: bd.Placebo) -> None:
    ax = found.plot(term="rho", labels={"rho": "Spillover"})
    assert sum(bar.get_height() for bar in ax.patches) == 19
    row = found.tidy().set_index("term").loc["rho"]
    assert ax.lines[-1].get_xdata()[0] == row["estimate"]
    [own, draws] = [text.get_text() for text in ax.get_legend().get_texts()]
    assert own.endswith(f"p = {row['p_value']:.3g}")
    assert draws == "19 draws"
    assert ax.get_xlabel() == "Spatial parameter, Spillover"


def test_the_last_quantity_is_drawn_by_default(found: bd.Placebo) -> None:
    assert bd.draws_plot(found).get_xlabel() == "Indirect impact, x2"


def test_points_are_sorted_before_the_band_of_their_ranks(tested: bd.CurveTest) -> None:
    ax = tested.plot()
    band, points = ax.collections
    assert points.get_offsets()[:, 1].tolist() == [0.1, 0.3]
    # 0.1 +- 0.196 holds zero, 0.3 does not
    faces = points.get_facecolors()
    assert faces[0].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert not np.array_equal(faces[0], faces[1])
    frame = tested.band()
    [path] = band.get_paths()
    assert path.vertices[:, 1].min() == pytest.approx(frame["null_low"].min())
    assert path.vertices[:, 1].max() == pytest.approx(frame["null_high"].max())
    # the drawn medians are 0, 0.25 and -0.15: the data's 0.2 is reached once
    assert "Median effect: 0.2, p = 0.5" in ax.get_xlabel()


def test_something_else_is_refused(found: bd.Placebo) -> None:
    with pytest.raises(bd.InputError, match="curve_test"):
        bd.curve_test_plot(found)
    with pytest.raises(bd.InputError, match="placebo"):
        bd.draws_plot(found.fit)
    with pytest.raises(bd.OptionError, match="rho"):
        bd.draws_plot(found, "nosuch")
