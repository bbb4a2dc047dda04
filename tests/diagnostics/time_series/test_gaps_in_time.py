"""Tests over time say that they need every period; a common distance is one step."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

GAPPY = [1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]
EVEN = list(range(1900, 2020, 2))
SIDE_BY_SIDE = list(range(60))


def walks(periods: list[int]) -> bd.Panel:
    """Two random walks of ten units."""
    steps = np.random.default_rng(3).normal(size=(2, len(periods), 10))
    y, x = np.cumsum(steps, axis=1)
    return bd.Panel.from_arrays({"y": y, "x": x}, units=range(10), periods=periods)


@pytest.mark.parametrize("test", ["llc", "ips", "fisher-adf", "fisher-pp", "cips"])
def test_unit_roots(test):
    with pytest.raises(bd.DataError, match=r"panel: expected year without a gap.*\[7\]"):
        bd.unit_root_test(walks(GAPPY), "y", test=test)
    statistics = []
    for periods in (EVEN, SIDE_BY_SIDE):
        result = bd.unit_root_test(walks(periods), "y", test=test)
        statistics.append(result.tidy()["statistic"])
    assert np.isfinite(statistics).all()
    np.testing.assert_array_equal(*statistics)


def test_cointegration():
    with pytest.raises(bd.DataError, match=r"panel: expected year without a gap.*\[7\]"):
        bd.cointegration_test(walks(GAPPY), "y", ["x"])
    statistics = []
    for periods in (EVEN, SIDE_BY_SIDE):
        cointegration = bd.cointegration_test(walks(periods), "y", ["x"])
        statistics.append(cointegration.tidy()["statistic"])
    assert np.isfinite(statistics).all()
    np.testing.assert_array_equal(*statistics)
