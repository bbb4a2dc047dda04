"""LM tests on the residuals of the model without lags: splm, spdep, explicit contrasts, size."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ...conftest import MUNNELL, reference
from ...made_up import drawn, ring, scattered, uneven

R = reference("munnell/tests")
KINDS = {"individual": "unit", "time": "time", "twoways": "two-way"}
NAMES = {"lml": "LM lag", "rlml": "Robust LM lag", "lme": "LM error", "rlme": "Robust LM error"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", NAMES)
def test_published_lm_equals_splm(kind, code, munnell, states):
    tests = bd.lm_tests(
        bd.NonSpatial(MUNNELL, fixed_effects=KINDS[kind]), munnell, states, form="published"
    )
    truth = R[f"slmtest_{code}_within_{kind}"]
    assert tests[NAMES[code]].statistic == pytest.approx(truth["statistic"]["LM"], rel=1e-8)
    assert tests[NAMES[code]].p_value == pytest.approx(truth["p.value"], rel=1e-6)


@pytest.mark.parametrize("kind", ["individual", "twoways"])
def test_published_lm_with_lags_of_x_equals_splm(kind, munnell, states):
    tests = bd.lm_tests(
        bd.SpatialLagX(MUNNELL, fixed_effects=KINDS[kind]), munnell, states, form="published"
    )
    cases = {code: R.get(f"slmtest_{code}_slx_within_{kind}") for code in NAMES}
    held = {NAMES[code]: truth["statistic"]["LM"] for code, truth in cases.items() if truth}
    assert held
    for name, statistic in held.items():
        assert tests[name].statistic == pytest.approx(statistic, rel=1e-7)


@pytest.mark.parametrize("form", ["published", "corrected"])
def test_pooled_lm_equals_spdep_in_both_forms(form, munnell, states):
    tests = bd.lm_tests(bd.NonSpatial(MUNNELL, fixed_effects=None), munnell, states, form=form)
    names = {
        "LMlag": "LM lag",
        "RLMlag": "Robust LM lag",
        "LMErr": "LM error",
        "RLMerr": "Robust LM error",
    }
    for code in ("LMlag", "RLMlag", "LMerr", "RLMerr"):
        statistic = R[f"spdep_lm.LMtests_pooled_{code}"]["statistic"]
        (label, value) = next(iter(statistic.items()))
        assert tests[names[label]].statistic == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
@pytest.mark.parametrize("form", ["published", "corrected"])
@pytest.mark.parametrize("weights", ["row", "uneven"])
def test_lm_identity(effects, form, weights):
    """LM lag + robust LM error = LM error + robust LM lag, whatever the data and W."""
    W = scattered() if weights == "row" else uneven()
    panel = drawn(bd.SpatialDurbin, scattered())
    t = {
        x.name: x.statistic
        for x in bd.lm_tests(
            bd.NonSpatial("y ~ x1 + x2", fixed_effects=effects), panel, W, form=form
        )
    }
    assert t["LM lag"] + t["Robust LM error"] == pytest.approx(
        t["LM error"] + t["Robust LM lag"], rel=1e-10
    )


@pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
def test_corrected_lm_is_the_plain_test_in_explicit_contrasts(effects):
    """Transform y, X and W by orthonormal contrasts and apply the textbook formulas with tr W*
    kept.
    """
    W, panel = scattered(10), drawn(bd.SpatialLag, scattered(10), T=6)
    F_T = _contrasts(6) if effects != "time" else np.eye(6)
    F_N = _contrasts(10) if effects != "unit" else np.eye(10)
    y = F_T.T @ panel["y"] @ F_N
    X = np.stack([F_T.T @ panel[name] @ F_N for name in ("x1", "x2")], axis=2).reshape(y.size, 2)
    V = np.kron(np.eye(len(y)), F_N.T @ W.dense @ F_N)
    v = y.ravel()
    b = np.linalg.lstsq(X, v, rcond=None)[0]
    e = v - X @ b
    n, s2 = len(v), e @ e / len(v)
    trace = np.trace(V @ V + V.T @ V) - 2 * np.trace(V) ** 2 / n
    M = np.eye(n) - X @ np.linalg.pinv(X)
    J = (V @ X @ b) @ M @ (V @ X @ b) / s2 + trace
    lag, error = e @ V @ v / s2 - np.trace(V), e @ V @ e / s2 - np.trace(V)
    tests = bd.lm_tests(bd.NonSpatial("y ~ x1 + x2", fixed_effects=effects), panel, W)
    assert tests["LM lag"].statistic == pytest.approx(lag**2 / J, rel=1e-9)
    assert tests["LM error"].statistic == pytest.approx(error**2 / trace, rel=1e-9)
    assert tests["Robust LM lag"].statistic == pytest.approx(
        (lag - error) ** 2 / (J - trace), rel=1e-8
    )


def _contrasts(n: int) -> np.ndarray:
    return np.linalg.svd(np.eye(n) - 1.0 / n)[0][:, : n - 1]


def test_unit_effects_scale_the_published_error_test(munnell, states):
    model = bd.NonSpatial(MUNNELL, fixed_effects="unit")
    published, corrected = (
        bd.lm_tests(model, munnell, states, form=form) for form in ("published", "corrected")
    )
    assert corrected["LM error"].statistic == pytest.approx(
        published["LM error"].statistic * 16 / 17, rel=1e-10
    )


@pytest.mark.slow
def test_size_of_the_corrected_lm_tests():
    """Two-way effects, N = 30, T = 15, no dependence: 5 % level. Five standard errors of 400
    samples are 0.054.
    """
    W = uneven(30, normalise="row")
    model = bd.NonSpatial("y ~ x1 + x2")
    rejected = {form: np.zeros(4) for form in ("corrected", "published")}
    for seed in range(400):
        panel = bd.simulate_panel(model, W, params={"x1": 1.0, "x2": 1.0}, periods=15, seed=seed)
        for form, count in rejected.items():
            count += [test.rejected for test in bd.lm_tests(model, panel, W, form=form)]
    assert (rejected["corrected"] / 400 < 0.05 + 0.054).all()
    # the published LM error test, for the same samples
    assert rejected["published"][2] / 400 > 0.3


@pytest.mark.parametrize("N", [3, 4, 6])
def test_equal_weights_with_time_effects_leave_nothing_to_test(N):
    # QWQ = -Q / (N - 1): e'We is -e'e / (N - 1) whatever the errors
    panel = drawn(bd.SpatialLag, ring(N), T=4)
    equal = bd.SpatialWeights.from_matrix(np.ones((N, N)) - np.eye(N), panel.units)
    for test in bd.lm_tests(bd.NonSpatial("y ~ x1"), panel, equal):
        assert not test.applies
        assert "the same for all errors" in test.reason
    without = bd.lm_tests(bd.NonSpatial("y ~ x1", fixed_effects=None), panel, equal)
    assert all(test.applies for test in without)
