"""Permuted adoption: the same years on other units, and the p-value by its formula."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.errors import InputError

from .made import adoption_years, made_panel, since


def test_the_p_value_counts_what_is_at_least_as_large() -> None:
    years = adoption_years()
    panel, W = made_panel(years, (since(years) >= 0).astype(float), noise=0.5)
    study = bd.Imputation("y ~ x", first="first", last=2)
    # the observed statistic, then those of nine permutations
    values = iter([2.0, 1.0, -2.0, 3.0, 0.5, 2.0, -1.9, 1.0, 0.0, -7.0])
    seen = []

    def statistic(result) -> float:
        seen.append(result.cells.own.years)
        return next(values)

    placebo = bd.adoption_placebo(study, panel, W, statistic=statistic, draws=9, seed=1)
    assert placebo.p_value == pytest.approx((1 + 4) / (1 + 9))
    assert placebo.statistic == 2.0
    np.testing.assert_array_equal(seen[0], years)
    for drawn in seen[1:]:
        np.testing.assert_array_equal(np.sort(drawn), np.sort(years))
    assert not np.array_equal(seen[1], seen[2], equal_nan=True)


@pytest.mark.parametrize(
    "study",
    [
        bd.EventStudy(bd.NonSpatial("y ~ x"), first="first", window=(-2, 2)),
        bd.Imputation("y ~ x", first="first", last=2),
    ],
)
def test_an_effect_is_beyond_all_permutations(study) -> None:
    years = adoption_years()
    panel, W = made_panel(years, 2.0 * (since(years) >= 0), noise=0.5)
    placebo = bd.adoption_placebo(study, panel, W, draws=19, seed=1)
    assert placebo.p_value == 1 / 20
    assert placebo == bd.adoption_placebo(study, panel, W, draws=19, seed=1)


def test_what_is_no_study() -> None:
    years = adoption_years()
    panel, W = made_panel(years, np.zeros((12, 24)), noise=0.5)
    with pytest.raises(InputError, match="study: expected an EventStudy or an Imputation"):
        bd.adoption_placebo(bd.SLX("y ~ x"), panel, W)
