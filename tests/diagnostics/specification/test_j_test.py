"""J tests between weights: linearmodels, known truth."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ...conftest import MUNNELL, reference
from ...made_up import drawn, ring, scattered, uneven

R = reference("munnell/residual_tests")


@pytest.mark.parametrize("kind", [bd.SpatialLag, bd.SpatialDurbin])
def test_j_test_equals_two_stage_least_squares_of_linearmodels(kind):
    from linearmodels.iv import IV2SLS

    W, other = scattered(15), uneven(15, normalise="row")
    panel = drawn(kind, W, T=7)
    test = bd.j_tests(kind("y ~ x1 + x2"), panel, {"a": W, "b": other})["J a against b"]

    def within(values: np.ndarray) -> np.ndarray:
        values = values - values.mean(axis=0)
        return (values - values.mean(axis=1, keepdims=True)).ravel()

    def columns(V: bd.SpatialWeights) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        X = [panel["x1"], panel["x2"]]
        Z = X + ([V.lag(x) for x in X] if kind is bd.SpatialDurbin else [])
        H = Z + [V.lag(z) for z in Z] + [V.lag(V.lag(z)) for z in Z]
        # W Z repeats W X in Durbin models
        H = (
            H
            if kind is bd.SpatialLag
            else [*Z, *[V.lag(z) for z in Z[2:]], *[V.lag(V.lag(z)) for z in Z[2:]]]
        )
        return tuple(
            np.column_stack([within(v) for v in part]) for part in (Z, H, [V.lag(panel["y"])])
        )

    y = within(panel["y"])
    (Z, H, Wy), (Z1, H1, Wy1) = columns(W), columns(other)
    rival = IV2SLS(y, Z1, Wy1, H1[:, Z1.shape[1] :]).fit(cov_type="unadjusted")
    predicted = np.column_stack([Z1, Wy1]) @ rival.params.to_numpy()
    extra = [v for v in np.hstack([H[:, Z.shape[1] :], H1]).T]
    kept = Z.copy()
    chosen = []
    for v in extra:  # instruments that are no combination of those before
        if np.linalg.norm(
            v - kept @ np.linalg.lstsq(kept, v, rcond=None)[0]
        ) > 1e-8 * np.linalg.norm(v):
            kept = np.column_stack([kept, v])
            chosen.append(v)
    wide = IV2SLS(y, Z, np.column_stack([Wy, predicted]), np.column_stack(chosen)).fit(
        cov_type="unadjusted"
    )
    t = float(wide.tstats.iloc[-1])
    df = len(y) - (15 + 7 - 1) - Z.shape[1] - 2
    assert test.statistic == pytest.approx(t**2 * df / len(y), rel=1e-6)


def test_j_tests_find_the_weights_that_made_the_data():
    W, other = ring(20), uneven(20, normalise="row")
    W = bd.SpatialWeights.from_matrix(W.links, other.ids)
    truth = {"x1": 1.0, "x2": -0.5, "rho": 0.5}
    panel = bd.simulate_panel(
        bd.SpatialLag("y ~ x1 + x2"), W, params=truth, periods=10, sigma2=0.25, seed=2
    )
    tests = bd.j_tests(
        bd.SpatialLag("y ~ x1 + x2"), panel, {"ring": W, "distance": other}, draws=49, seed=1
    )
    assert tests["J distance against ring"].p_value == pytest.approx(1 / 50)
    assert not tests["J ring against distance"].rejected
    again = bd.j_tests(
        bd.SpatialLag("y ~ x1 + x2"), panel, {"ring": W, "distance": other}, draws=49, seed=1
    )
    assert [test.p_value for test in tests] == [test.p_value for test in again]


def test_j_tests_refuse(munnell, states):
    with pytest.raises(bd.OptionError, match="SpatialLag or SpatialDurbin"):
        bd.j_tests(bd.SpatialError(MUNNELL), munnell, {"a": states, "b": states})
    with pytest.raises(bd.InputError, match="at least two"):
        bd.j_tests(bd.SpatialLag(MUNNELL), munnell, {"a": states})
