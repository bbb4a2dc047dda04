"""What one period means, and where periods are missing."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.panel.time_axis import TimeAxis


@pytest.mark.parametrize(
    ("periods", "step", "positions", "gaps"),
    [
        ((2011, 2012, 2013), 1, [0, 1, 2], ()),
        ((2010, 2012, 2014), 2, [0, 1, 2], ()),
        ((2000, 2004), 4, [0, 1], ()),
        ((2000, 2001, 2004, 2005), 1, [0, 1, 4, 5], (2001,)),
        ((2000, 2004, 2006, 2008), 2, [0, 2, 3, 4], (2000,)),
        # no distance is the step itself
        ((2000, 2002, 2005), 1, [0, 2, 5], (2000, 2002)),
        ((2010,), 1, [0], ()),
    ],
)
def test_step_positions_and_gaps(periods, step, positions, gaps):
    time_axis = TimeAxis.of(periods)
    assert time_axis.step == step
    assert time_axis.positions.tolist() == positions
    assert time_axis.gaps == gaps


def panel_in(periods: list[int]) -> bd.Panel:
    x = np.random.default_rng(1).normal(size=(len(periods), 5))
    return bd.Panel.from_arrays(
        {"x": x, "y": x**2}, units=list("abcde"), periods=periods, time="wave"
    )


def test_a_lag_is_one_step():
    """Every second year is a panel without a gap."""
    panel = panel_in([2010, 2012, 2014, 2016])
    fit = bd.NonSpatial("y ~ lag(x)", fixed_effects=None).fit(panel)
    assert list(fit.resids.index) == [2012, 2014, 2016]
    np.testing.assert_array_equal(fit.sample.Z[:, :, 1], panel["x"][:-1])
    assert "A period is a step of 2 (wave)." in fit.summary()
    assert "in steps of 2" in bd.regression_table([fit]).to_markdown()


def test_years_side_by_side_need_no_word():
    fit = bd.NonSpatial("y ~ lag(x)", fixed_effects=None).fit(panel_in([2010, 2011, 2012]))
    assert "step" not in fit.summary()
    assert "in steps" not in bd.regression_table([fit]).to_markdown()


def test_a_lag_over_a_gap_is_refused_with_the_remedy():
    with pytest.raises(bd.DataError) as caught:
        bd.NonSpatial("y ~ lag(x)").fit(panel_in([2010, 2011, 2014, 2015]))
    message = str(caught.value)
    assert "lag: expected wave without a gap; got a gap after [2011]." in message
    assert "panel.select(periods=...)" in message


def test_new_data_have_the_step_of_the_fit():
    """A lag of one year is another variable than a lag of two."""
    fit = bd.NonSpatial("y ~ lag(x)", fixed_effects=None).fit(panel_in([2010, 2011, 2012, 2013]))
    with pytest.raises(bd.InputError, match="periods in steps of 1, as those of the fit"):
        fit.predict(panel_in([2014, 2016, 2018]), effects=False)
    assert fit.predict(panel_in([2014, 2015]), effects=False).shape == (1, 5)
