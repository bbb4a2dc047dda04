"""Parts of a panel and the treatment of outliers."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from .grids import panel


@pytest.fixture(scope="module")
def whole() -> bd.Panel:
    return panel()


def test_nothing_asked_for_is_the_whole_panel(whole):
    part = bd.Subsample().apply(whole)
    assert (part.units, part.periods) == (whole.units, whole.periods)
    np.testing.assert_array_equal(part["y"], whole["y"])


def test_units_and_periods(whole):
    asked = bd.Subsample(units=whole.units[:5], drop_units=["u01"], drop_periods=whole.periods[:2])
    part = asked.apply(whole)
    assert part.units == ("u00", "u02", "u03", "u04")
    assert part.periods == whole.periods[2:]
    np.testing.assert_array_equal(part["x1"], whole["x1"][2:][:, [0, 2, 3, 4]])


def test_groups_that_stay_and_that_go(whole):
    north = bd.Subsample(groups={"region": ["north"]}).apply(whole)
    assert north.units == whole.units[::2]
    south = bd.Subsample(drop_groups={"region": ["north"]}).apply(whole)
    assert south.units == whole.units[1::2]
    both = bd.Subsample(units=["u00", "u01"], groups={"region": ["north"]}).apply(whole)
    assert both.units == ("u00",)


def test_a_request_is_frozen_and_hashable():
    one = bd.Subsample(periods=range(3), drop_groups={"region": ["north"]})
    other = bd.Subsample(periods=[0, 1, 2], drop_groups={"region": ("north",)})
    assert one == other
    assert hash(one) == hash(other)


def test_without_each(whole):
    units = bd.Subsample.without_each_unit(whole)
    assert list(units)[:2] == ["without u00", "without u01"]
    assert all(one.apply(whole).n_units == 11 for one in units.values())
    periods = bd.Subsample.without_each_period(whole)
    assert [one.apply(whole).n_periods for one in periods.values()] == [7] * 8


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"drop_units": ["nobody"]}, "units"),
        ({"units": ["nobody"]}, "units"),
        ({"drop_periods": [1800]}, "drop_periods"),
        ({"groups": {"region": ["west"]}}, "region"),
        ({"groups": {"x1": [1.0]}}, "x1"),
        ({"drop_groups": {"region": ["north", "south"]}}, "panel"),
    ],
)
def test_what_the_panel_does_not_have_is_named(whole, asked, named):
    with pytest.raises(bd.DataError) as caught:
        bd.Subsample(**asked).apply(whole)
    assert caught.value.argument == named
    assert caught.value.remedy


@pytest.mark.parametrize("asked", [{"units": "u01"}, {"periods": 2011}, {"groups": ["north"]}])
def test_what_is_no_list_is_refused(asked):
    with pytest.raises(bd.DataError):
        bd.Subsample(**asked)


def test_winsorised_cells_take_the_quantile_and_dummies_stay(whole):
    treated = bd.Winsorise(0.1, 0.8).apply(whole, "y ~ x1 + dummy")
    low, high = np.quantile(whole["x1"], [0.1, 0.8])
    beyond_low, beyond_high = whole["x1"] < low, whole["x1"] > high
    assert (treated["x1"][beyond_low] == low).all()
    assert (treated["x1"][beyond_high] == high).all()
    inside = ~(beyond_low | beyond_high)
    np.testing.assert_array_equal(treated["x1"][inside], whole["x1"][inside])
    np.testing.assert_array_equal(treated["dummy"], whole["dummy"])
    np.testing.assert_array_equal(treated["x2"], whole["x2"])


def test_trimming_leaves_whole_units_out(whole):
    treated = bd.Trim(0.0, 0.99, columns=["x1"]).apply(whole, "y ~ x1")
    high = np.quantile(whole["x1"], 0.99)
    stays = (whole["x1"] <= high).all(axis=0)
    assert 0 < stays.sum() < 12
    assert treated.units == tuple(np.array(whole.units, object)[stays])
    assert bd.Trim(0.0, 1.0).apply(whole, "y ~ x1") is whole


@pytest.mark.parametrize("shares", [(0.5, 0.5), (-0.1, 0.9), (0.1, 1.1), ("a", 0.9)])
def test_shares_that_are_none(shares):
    with pytest.raises(bd.OptionError):
        bd.Winsorise(*shares)


def test_texts_have_no_quantiles(whole):
    with pytest.raises(bd.DataError, match="region"):
        bd.Winsorise(columns=["region"]).apply(whole, "y ~ x1")
