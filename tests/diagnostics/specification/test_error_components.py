"""Error components: splm, plm and spdep, numerical scores, dense information."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.specification.error_components import (
    NAMES,
    ErrorComponents,
    independent_errors,
)
from bevdrivers.diagnostics.specification.random_effects_lm import _mixed

from ...conftest import MUNNELL, reference
from ...made_up import drawn, ring, scattered

R = reference("munnell/tests")
RESIDUALS = reference("munnell/residual_tests")
# the optimum of splm's search
OPTIMISER = 1e-6
THETA = np.array([0.6, 0.4, 0.3, 0.2])


def errors(theta: np.ndarray, T: int = 4) -> ErrorComponents:
    W = scattered(7)
    panel = drawn(bd.SpatialError, W, T=T, effects=None)
    X = np.stack([panel["x1"], panel["x2"], np.ones((T, 7))], axis=2)
    return ErrorComponents(panel["y"], X, W, theta)


def dense(at: ErrorComponents) -> tuple[np.ndarray, list[np.ndarray]]:
    """Omega and its slopes with units in order and periods within, written out."""
    s2, mu, psi, lam = at.theta
    T, N = at.y.shape

    def V(psi: float) -> np.ndarray:
        return np.array([[psi ** abs(t - s) for s in range(T)] for t in range(T)]) / (1 - psi**2)

    def inner(lam: float) -> np.ndarray:
        B = np.eye(N) - lam * at.W.dense
        return np.linalg.inv(B.T @ B)

    h = 1e-6
    J = np.kron(np.eye(N), np.ones((T, T)))
    slopes = [
        np.kron(inner(lam), V(psi)),
        J,
        s2 * np.kron(inner(lam), (V(psi + h) - V(psi - h)) / (2 * h)),
        s2 * np.kron((inner(lam + h) - inner(lam - h)) / (2 * h), V(psi)),
    ]
    return mu * J + s2 * slopes[0], slopes


@pytest.mark.parametrize(
    "theta", [THETA, np.array([0.7, 0.0, 0.0, 0.0]), np.array([0.5, 0.2, -0.4, -0.3])]
)
def test_likelihood_score_and_information_equal_the_dense_ones(theta):
    at = errors(theta)
    omega, slopes = dense(at)
    y, X = at.y.T.ravel(), at.X.transpose(1, 0, 2).reshape(at.y.size, -1)
    inverse = np.linalg.inv(omega)
    b = np.linalg.solve(X.T @ inverse @ X, X.T @ inverse @ y)
    e = y - X @ b
    value = -0.5 * (np.linalg.slogdet(omega)[1] + e @ inverse @ e + len(y) * np.log(2 * np.pi))
    assert at.loglik == pytest.approx(value, rel=1e-12)
    score, information = at.score_and_information
    parts = [inverse @ S for S in slopes]
    for k, S in enumerate(slopes):
        assert score[k] == pytest.approx(
            (e @ inverse @ S @ inverse @ e - np.trace(parts[k])) / 2, rel=1e-7, abs=1e-7
        )
        for m, other in enumerate(parts):
            assert information[k, m] == pytest.approx(
                np.sum(parts[k] * other.T) / 2, rel=1e-7, abs=1e-7
            )


@pytest.mark.parametrize(
    "free", [("sigma2", "sigma2_mu", "lam"), ("sigma2", "sigma2_mu"), ("sigma2", "lam")]
)
def test_maximum_equals_the_estimators(free, munnell, states):
    """The package's own fits by another route: quasi-demeaning and Newton's method."""
    sample = bd.NonSpatial(MUNNELL, fixed_effects=None).fit(munnell).sample
    at = independent_errors(sample.y, sample.Z, states.align(munnell.units)).maximise(free)
    kind = bd.SpatialError if "lam" in free else bd.NonSpatial
    random = {"random_effects": "baltagi"} if "sigma2_mu" in free else {"fixed_effects": None}
    fit = kind(MUNNELL, **random).fit(munnell, states)
    assert at.loglik == pytest.approx(fit.loglik, abs=1e-8)
    if "lam" in free:
        assert at.theta[NAMES.index("lam")] == pytest.approx(fit.lam, abs=1e-6)


def test_baltagi_song_koh_equal_splm(munnell, states):
    tests = bd.random_effects_lm_tests(bd.NonSpatial(MUNNELL), munnell, states)
    for name, (code, label) in {
        "LM-H": ("LMH", "LM-H"),
        "LM1": ("LM1", "LM1"),
        "LM2": ("LM2", "LM2"),
        "SLM1": ("SLM1_standardized", "SLM1"),
        "LM-mu": ("CLMmu", "LM*-mu"),
    }.items():
        truth = R[f"bsktest_{code}"]["statistic"][label]
        assert tests[name].statistic == pytest.approx(truth, rel=OPTIMISER)
    root = R["bsktest_CLMlambda"]["statistic"]["LM*-lambda"]
    assert tests["LM-lambda"].statistic == pytest.approx(root**2, rel=OPTIMISER)
    assert tests["LM-lambda"].p_value == pytest.approx(R["bsktest_CLMlambda"]["p.value"], rel=1e-4)
    # splm's SLM2 takes W for symmetric in its variance (12.272); Moran's I of the residuals is the
    # same test
    assert tests["SLM2"].statistic == pytest.approx(11.8467400735965, rel=1e-9)
    assert tests["LM2"].statistic ** 2 == pytest.approx(
        R["slmtest_lme_pooling"]["statistic"]["LM"], rel=1e-9
    )


def test_joint_test_with_serial_correlation_equals_splm(munnell, states):
    tests = bd.random_effects_lm_tests(bd.NonSpatial(MUNNELL), munnell, states, serial=True)
    assert tests["LM joint"].statistic == pytest.approx(
        R["bsjktest_J"]["statistic"]["LM"], rel=1e-9
    )
    assert tests["LM joint"].df == (3,)
    # on this panel the serial correlation leaves no variance to the effects
    assert "estimated at 0" in tests["LM-lambda"].reason


def test_serial_correlation_beside_effects_equals_plm(munnell, states):
    """Without a spatial error the test of psi is Baltagi and Li's (1995)."""
    sample = bd.NonSpatial(MUNNELL, fixed_effects=None).fit(munnell).sample
    at = independent_errors(sample.y, sample.Z, states.align(munnell.units)).maximise(
        ("sigma2", "sigma2_mu")
    )
    score, information = at.score_and_information
    variance = 1 / np.linalg.inv(information[:3, :3])[2, 2]
    assert score[2] ** 2 / variance == pytest.approx(
        RESIDUALS["pbltest"]["statistic"], rel=OPTIMISER
    )


def test_one_sided_tests_do_not_reject_on_the_wrong_side():
    W = ring(10)
    panel = drawn(bd.NonSpatial, W, effects=None)
    # residuals of opposite sign in the two halves: unit means are far too small for effects
    half = len(panel["y"]) // 2
    base = np.random.default_rng(0).standard_normal((half, 10))
    panel = panel.with_columns(y=panel["x1"] + np.concatenate([base, -base]))
    tests = bd.random_effects_lm_tests(bd.NonSpatial("y ~ x1 + x2"), panel, W)
    assert tests["LM1"].statistic < 0
    assert tests["LM1"].p_value > 0.5
    assert tests["LM-H"].statistic <= tests["LM joint"].statistic


def test_start_is_least_squares():
    at = errors(THETA)
    plain = independent_errors(at.y, at.X, at.W)
    assert plain.score_and_information[0][0] == pytest.approx(0.0, abs=1e-9)
    assert replace(plain, theta=plain.theta * 1.01).loglik < plain.loglik


def test_one_sided_joint_test_has_the_mixed_distribution():
    """The sum of squares of the positive parts of two independent normal scores, drawn."""
    z = np.maximum(np.random.default_rng(0).standard_normal((400_000, 2)), 0.0)
    squares = np.sum(z**2, axis=1)
    for statistic in (0.5, 2.95, 4.23):
        # the standard error of the share is 0.0008 at most
        share = float((squares > statistic).mean())
        assert _mixed("LM-H", "", statistic).p_value == pytest.approx(share, abs=4e-3)
    assert _mixed("LM-H", "", 0.0).p_value == 1.0


def test_errors_that_unit_effects_explain_wholly_are_said_to_be_that():
    # y is constant in each unit: with random effects the variance of the errors goes to zero
    W = scattered(7)
    panel = drawn(bd.SpatialDurbin, W, T=5)
    constant = panel.with_columns(y=np.broadcast_to(panel["y"][0], (5, 7)))
    model = bd.NonSpatial("y ~ x1 + x2", fixed_effects=None)
    tests = bd.random_effects_lm_tests(model, constant, W, serial=False)
    conditional = [test for test in tests if not test.applies]
    assert conditional
    assert all("has no maximum" in test.reason for test in conditional)


NEAR_A_BOUND = {
    "lam": (
        bd.NonSpatial,
        [
            [-1.307657, -0.783442, 0.130147],
            [0.839603, 1.363818, 2.277407],
            [0.692047, 1.216262, 2.129851],
        ],
    ),
    "psi": (
        bd.SpatialLagX,
        [
            [0.903453, 0.997942, 2.165],
            [0.931425, 0.564185, 2.140885],
            [1.075749, 1.489346, 1.066615],
        ],
    ),
}


@pytest.mark.parametrize("name", NEAR_A_BOUND)
def test_a_likelihood_that_rises_to_a_bound_is_named(name):
    """Nine observations: scoring comes so near to the bound that its filter has no inverse."""
    model, y = NEAR_A_BOUND[name]
    x1 = [
        [0.125730, -0.132105, 0.640423],
        [0.1049, -0.535669, 0.361595],
        [1.304, 0.947081, -0.703735],
    ]
    x2 = [
        [-1.245911, -0.732267, -0.544259],
        [-0.3163, 0.411631, 1.042513],
        [-0.128535, 1.366463, -0.665195],
    ]
    columns = {key: np.array(v) for key, v in {"y": y, "x1": x1, "x2": x2}.items()}
    panel = bd.Panel.from_arrays(columns, units=["a", "b", "c"], periods=[2001, 2002, 2003])
    W = bd.SpatialWeights.from_matrix(np.ones((3, 3)) - np.eye(3), panel.units)
    tests = bd.random_effects_lm_tests(model("y ~ x1 + x2"), panel, W, serial=True)
    reasons = [test.reason for test in tests if not test.applies]
    assert any("has no maximum that scoring could find" in reason for reason in reasons)
