"""The same links in other units, c W: lam is then lam / c, where the weights of the moments of the
error know of the unit.

With cM the moments of e = u - (lam / c) cM u with the matrices I, M'M and M are g = D g(lam) of M,
D = diag(1, c^2, c). A criterion g'Vg is that of M when V is D^-1 V D^-1: so it is for the inverse
of a covariance, and is not for equal weights.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.gmm.error_moments import iid_moments, robust_moments
from bevdrivers.models.gmm.fixed_effects import _efficient_weight
from bevdrivers.models.gmm.instruments import make_instruments
from bevdrivers.models.gmm.two_stage import filtered_columns, two_stage

from ...made_up import scattered

# not N / tr M'M, three here, at which equal weights happen to give the same
SCALE = 2.0
BY_MOMENT = {"iid": np.array([1.0, SCALE**2, SCALE]), "robust": np.array([SCALE**2, SCALE])}


def both(seed: int) -> tuple[bd.Panel, bd.SpatialWeights, bd.SpatialWeights]:
    """A panel with lagged errors, W, and c W."""
    W = scattered(20, seed)
    x, e = np.random.default_rng([9, seed]).normal(size=(2, 5, 20))
    y = 1 + x + np.linalg.solve(np.eye(20) - 0.4 * W.dense, e.T).T
    panel = bd.Panel.from_arrays({"y": y, "x": x}, units=list(W.ids), periods=range(2000, 2005))
    scaled = bd.SpatialWeights.from_matrix(SCALE * W.dense, list(W.ids), normalise=None)
    return panel, W, scaled


def fits(seed: int, **options: object) -> tuple[bd.FitResult, bd.FitResult]:
    panel, W, scaled = both(seed)
    request = bd.SpatialError("y ~ x", method="gmm", **options)
    return request.fit(panel, W), request.fit(panel, scaled)


@pytest.mark.parametrize("effects", [None, "unit"])
@pytest.mark.parametrize("seed", range(4))
def test_full_weights_with_fixed_effects_know_no_scale(effects, seed):
    plain, scaled = fits(seed, gmm="fullweights", fixed_effects=effects)
    assert SCALE * scaled.lam == pytest.approx(plain.lam, rel=1e-9)
    b = [fit.params.drop("lam").to_numpy() for fit in (plain, scaled)]
    np.testing.assert_allclose(b[1], b[0], rtol=1e-9)
    assert SCALE * scaled.std_errors["lam"] == pytest.approx(plain.std_errors["lam"], rel=1e-7)


@pytest.mark.parametrize("kind", ["iid", "robust"])
def test_moments_have_the_scale_of_their_matrices(kind):
    samples = [fit.sample for fit in fits(0, fixed_effects="unit")]
    if kind == "iid":
        plain, scaled = (iid_moments(sample, full=True) for sample in samples)
    else:
        plain, scaled = map(robust_moments, samples)
    D = BY_MOMENT[kind]
    np.testing.assert_allclose(scaled.matrices, D[:, None, None] * plain.matrices, atol=1e-12)
    as_of_plain = D[:, None] * scaled.weight * D
    if kind == "iid":
        np.testing.assert_allclose(as_of_plain, plain.weight, atol=1e-12)
    else:
        # equal weights of the first round: those of the square and of the lag move apart
        np.testing.assert_allclose(as_of_plain, np.diag(D**2))


def test_efficient_weights_are_invariant_at_one_first_round():
    """What moves "robust" is the lam of its first round, by equal weights, at which its second
    round takes residuals and variances; at one lam they know no scale.
    """
    found = []
    for fit, c in zip(fits(1, fixed_effects="unit", gmm="robust"), (1.0, SCALE), strict=True):
        sample, lam = fit.sample, 0.3 / c
        instruments = make_instruments(sample)
        b = two_stage(*filtered_columns(sample, lam), instruments)
        D = BY_MOMENT["robust"] if c != 1.0 else np.ones(2)
        weight = _efficient_weight(sample, instruments, robust_moments(sample), b, lam)
        found.append(D[:, None] * weight * D)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-8)


@pytest.mark.parametrize(
    "options",
    [
        {"gmm": "initial", "fixed_effects": "unit"},
        {"gmm": "robust", "fixed_effects": "unit"},
        {"gmm": "initial", "random_effects": "kkp"},
        {"gmm": "weights", "random_effects": "kkp"},
        {"gmm": "fullweights", "random_effects": "kkp"},
    ],
)
@pytest.mark.filterwarnings("ignore:The variance of unit means:bevdrivers.errors.BoundWarning")
def test_where_equal_weights_come_in_lam_moves_by_less_than_its_error(options):
    """Of "kkp" with full weights it is the variances s2 and s1, taken at the first round's lam, that
    weigh the two parts.
    """
    gaps, errors = [], []
    for seed in range(4):
        plain, scaled = fits(seed, **options)
        gaps.append(abs(SCALE * scaled.lam - plain.lam))
        errors.append(plain.std_errors["lam"])
    assert max(gaps) > 1e-8
    assert (np.array(gaps) < 0.5 * np.array(errors)).all()
