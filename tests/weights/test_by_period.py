"""`PeriodWeights`: other weights in other periods, and links among the units that are there."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ..made_up import ring, scattered

N, YEARS = 6, (2010, 2011, 2012)
ONE, OTHER = scattered(N, k=2), ring(N)
UNITS = list(ONE.ids)
THERE = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 1, 1], [1, 1, 1, 0, 1, 1]], bool)


@pytest.fixture
def moving() -> bd.PeriodWeights:
    return bd.PeriodWeights.of({2010: ONE, 2011: OTHER, 2012: OTHER}, YEARS)


def test_each_period_has_its_own_lag(moving):
    x = np.random.default_rng(0).normal(size=(3, N))
    own = np.stack([ONE.dense @ x[0], OTHER.dense @ x[1], OTHER.dense @ x[2]])
    np.testing.assert_allclose(moving.lag(x), own, rtol=1e-14)
    np.testing.assert_allclose(moving.lag(x[:, :, None])[:, :, 0], own, rtol=1e-14)
    assert moving.operators[1] is moving.operators[2]


def test_periods_without_weights_are_named():
    with pytest.raises(bd.WeightsError, match=r"every period.*\[2012\]"):
        bd.PeriodWeights.of({2010: ONE, 2011: OTHER}, YEARS)


def test_links_among_units_present_by_hand():
    cut = bd.PeriodWeights.of(dict.fromkeys(YEARS, OTHER), YEARS).among(THERE)
    W = cut.operators[1].toarray()
    assert not W[3].any()
    assert not W[:, 3].any()
    assert W[2, 1] == 1.0  # u02 keeps one of its two neighbours
    assert W[0, 1] == W[0, 5] == 0.5
    kept = bd.PeriodWeights.of(dict.fromkeys(YEARS, OTHER), YEARS).among(THERE, "keep-weights")
    V = kept.operators[1].toarray()
    assert V[2, 1] == 0.5
    assert V[2].sum() == 0.5
    assert cut.row_normalised
    assert not kept.row_normalised
    n = int(THERE.sum())
    assert cut.over_cells.shape == (n, n)
    x = np.random.default_rng(1).normal(size=(3, N))
    np.testing.assert_allclose(cut.over_cells @ x[THERE], cut.lag(x)[THERE], rtol=1e-14)
    x[~THERE] = np.nan
    assert np.isfinite(cut.lag(x)).all()


def test_the_range_of_rho_is_that_of_all_periods(moving):
    cut = moving.among(THERE)
    ends = []
    for part in (ONE.dense, *(operator.toarray() for operator in cut.operators[1:])):
        real = np.linalg.eigvals(part)
        real = real[np.abs(real.imag) < 1e-9].real
        ends.append((1 / real.min(), 1 / real.max()))
    low, high = cut.bounds
    assert low == pytest.approx(max(end[0] for end in ends), rel=1e-6)
    assert high == pytest.approx(min(end[1] for end in ends), rel=1e-6)


def test_solved_is_the_inverse_of_the_filter(moving):
    cut = moving.among(THERE)
    x = np.where(THERE, np.random.default_rng(2).normal(size=(3, N)), 0.0)
    y = cut.solved(0.4, x)
    np.testing.assert_allclose(y - 0.4 * cut.lag(y), x, atol=1e-13)


def test_units_left_alone_need_a_decision():
    chain = np.zeros((4, 4))
    chain[0, 1] = chain[1, 0] = chain[2, 3] = chain[3, 2] = 1.0
    there = np.array([[1, 1, 1, 1], [1, 0, 1, 1]], bool)
    W = bd.SpatialWeights.from_matrix(chain, list("abcd"))
    both = bd.PeriodWeights.of(dict.fromkeys((2010, 2011), W), (2010, 2011))
    with pytest.raises(bd.WeightsError, match=r"\('a', 2011\).*islands='keep'"):
        both.among(there)
    keeping = bd.SpatialWeights.from_matrix(chain, list("abcd"), islands="keep")
    cut = bd.PeriodWeights.of(dict.fromkeys((2010, 2011), keeping), (2010, 2011)).among(there)
    assert cut.bare == (("a", 2011),)
    assert cut.islands == ("1 (unit, period) without a neighbour present keep a lag of zero",)
    assert not cut.operators[1][[0]].toarray().any()


def test_how_the_weights_move(moving):
    frame = moving.glance()
    assert frame["links"].tolist() == [ONE.links.nnz, OTHER.links.nnz, OTHER.links.nnz]
    kept = ((ONE.dense > 0) & (OTHER.dense > 0)).sum() / ONE.links.nnz
    assert frame.loc[2011, "links_kept"] == pytest.approx(kept)
    off = ~np.eye(N, dtype=bool)
    expected = np.corrcoef(ONE.dense[off], OTHER.dense[off])[0, 1]
    assert frame.loc[2011, "correlation"] == pytest.approx(expected)
    assert frame.loc[2012, ["links_kept", "correlation"]].tolist() == [1.0, pytest.approx(1.0)]
    assert "2011" in str(moving.summary())


def test_they_are_matched_by_id(moving):
    turned = UNITS[::-1]
    x = np.random.default_rng(3).normal(size=(3, N))
    again = moving.align(turned, YEARS)
    np.testing.assert_allclose(again.lag(x[:, ::-1])[:, ::-1], moving.lag(x), rtol=1e-14)
    assert moving.last(2).periods == (2011, 2012)
