"""Many outcomes at once: each fit is that of `fit`, draw by draw."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.interface import Sample
from bevdrivers.simulation import curves
from bevdrivers.simulation.batch import Batch, fitter
from bevdrivers.simulation.curves import FIRST_NODES, _interpolated
from bevdrivers.simulation.replication import replicate

from ..made_up import drawn, scattered, uneven

# two searches that each stop within 1e-8 of the optimum, in units of the range of rho; beside a rho
# near zero that is a larger share, hence an absolute part
OPTIMUM = {"rtol": 1e-6, "atol": 2e-7}

TOGETHER = [
    (model, options)
    for model in (bd.SpatialLag, bd.SpatialDurbin, bd.SpatialError, bd.SpatialDurbinError)
    for options in (
        {},
        {"correction": None},
        {"fixed_effects": "unit"},
        {"fixed_effects": "time"},
        {"fixed_effects": None},
        {"correction": None, "demean": "before-lag"},
        {"correction": "elhorst"},
        {"correction": "elhorst", "fixed_effects": "unit"},
    )
    if model.lag_y or options.get("correction") != "elhorst"
]


def others(panel: bd.Panel, count: int, seed: int = 0) -> np.ndarray:
    """Outcomes of other samples: the panel's own with noise of its size, (T, N, count)."""
    y = panel["y"]
    noise = np.random.default_rng(seed).standard_normal((*y.shape, count))
    return y[:, :, None] + 0.7 * y.std() * noise


def one_by_one(
    request: bd.Estimator, panel: bd.Panel, outcomes: np.ndarray, **weights: bd.SpatialWeights
) -> Batch:
    """By `fit` on a panel with each outcome."""
    fits = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.BoundWarning)
        for y in np.moveaxis(outcomes, 2, 0):
            fits.append(Batch.of(request.fit(panel.with_columns(y=y), **weights)))
    return Batch.joined(fits)


def fit_many(request: bd.Estimator, sample: Sample, panel: bd.Panel, outcomes: np.ndarray) -> Batch:
    """By what the simulations use, in one go."""
    fits = fitter(request, sample, panel)
    fits.add(outcomes)
    return fits.batch()


def assert_equal(batch: Batch, expected: Batch) -> None:
    assert batch.terms == expected.terms
    assert batch.impact_terms == expected.impact_terms
    for name in ("values", "covariances", "sigma2", "impacts", "impact_errors"):
        np.testing.assert_allclose(
            getattr(batch, name), getattr(expected, name), err_msg=name, **OPTIMUM
        )


@pytest.mark.parametrize(("model", "options"), TOGETHER)
def test_together_equals_fit(model, options):
    """More draws than nodes of the curves, weights with complex eigenvalues."""
    W = scattered(12)
    panel = drawn(model, W)
    request = model("y ~ x1 + x2", **options)
    sample = request.fit(panel, W).sample
    outcomes = others(panel, FIRST_NODES + 8)
    assert_equal(
        fit_many(request, sample, panel, outcomes), one_by_one(request, panel, outcomes, weights=W)
    )


@pytest.mark.parametrize(
    "request_",
    [
        bd.SpatialDurbin("y ~ x1 + x2", durbin=["x2"]),
        bd.SpatialDurbin("y ~ x1 + x1:x2"),
        bd.SpatialLag("y ~ C(wave) + x1", fixed_effects="unit"),
        bd.SpatialDurbin("y ~ x1 + x2", absorb=["unit[wave]"]),
        bd.SpatialLag("y ~ x1 + x2", absorb=["side:year"]),
        bd.SpatialError("y ~ x1 + x2", absorb=["side:half"]),
        bd.SpatialDurbin("y ~ x1 + x2", correction="adjusted-score"),
        bd.SpatialDurbin("y ~ x1 + x2", correction="second-order"),
    ],
)
def test_other_designs(request_):
    W = scattered(12)
    panel = drawn(bd.SpatialDurbin, W)
    T, N = panel["y"].shape
    time, unit = np.mgrid[:T, :N]
    panel = panel.with_columns(wave=time.astype(float), side=unit % 2, half=time // 4)
    outcomes = others(panel, 5)
    sample = request_.fit(panel, W).sample
    assert_equal(
        fit_many(request_, sample, panel, outcomes),
        one_by_one(request_, panel, outcomes, weights=W),
    )


def test_other_weights_for_x():
    W, Wx = scattered(12), uneven(12)
    panel = drawn(bd.SpatialDurbin, W)
    request, outcomes = bd.SpatialDurbin("y ~ x1 + x2"), others(panel, 5)
    sample = request.fit(panel, W, x_weights=Wx).sample
    expected = one_by_one(request, panel, outcomes, weights=W, x_weights=Wx)
    assert_equal(fit_many(request, sample, panel, outcomes), expected)


@pytest.mark.parametrize("effects", ["unit", "time"])
def test_weights_whose_rows_do_not_sum_to_one(effects):
    """With time effects G does not keep the constant: what the curves suppose does not hold, and
    they are not used.
    """
    W = uneven(12)
    request = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects=effects, correction=None)
    panel = drawn(bd.SpatialDurbin, scattered(12))
    outcomes = others(panel, 5)
    sample = request.fit(panel, W).sample
    assert_equal(
        fit_many(request, sample, panel, outcomes), one_by_one(request, panel, outcomes, weights=W)
    )


@pytest.mark.parametrize(
    "request_",
    [
        bd.NonSpatial("y ~ x1 + x2"),
        bd.SpatialLagX("y ~ x1 + x2", cov_type="clustered"),
        bd.SpatialDurbin("y ~ x1 + x2", cov_type="robust"),
        bd.SpatialCombined("y ~ x1 + x2"),
        bd.SpatialLag("y ~ x1 + x2", method="gmm"),
        bd.SpatialLag("y ~ x1 + x2", random_effects="baltagi"),
        bd.SpatialLag("y ~ x1 + x2", fixed_effects=None, serial_errors=True),
        bd.SpatialDurbin("y ~ x1 + x2", dynamic="both"),
        bd.NonSpatial("y ~ x1 + x2", dynamic="time"),
        bd.SpatialLag("y ~ x1 + x2", dynamic="space", fixed_effects="unit"),
    ],
)
def test_draw_by_draw_equals_fit(request_):
    W = scattered(25, k=4)
    panel = drawn(bd.SpatialDurbin, W)
    outcomes = others(panel, 3)
    if request_.dynamic:
        outcomes[0] = panel["y"][0][:, None]  # the outcome before the sample, which all draws share
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.BoundWarning)
        warnings.simplefilter("ignore", bd.SampleWarning)
        sample = request_.fit(panel, W).sample
        expected = one_by_one(request_, panel, outcomes, weights=W)
    batch = fit_many(request_, sample, panel, outcomes[-len(sample.y) :])
    assert_equal(batch, expected)
    assert batch.df_resid == expected.df_resid


def test_a_second_optimum_is_found():
    """Twelve observations, four regressors: an eighth of the likelihoods have two hills. The higher
    is taken.
    """
    W = scattered(6, k=2)
    rng = np.random.default_rng(0)
    names = ["x1", "x2", "x3", "x4"]
    columns = {name: rng.standard_normal((2, 6)) for name in names}
    panel = bd.Panel.from_arrays(
        {"y": rng.standard_normal((2, 6)), **columns}, units=W.ids, periods=range(2)
    )
    request = bd.SpatialError("y ~ " + " + ".join(names), fixed_effects=None)
    outcomes = rng.standard_normal((2, 6, 100))
    batch = fit_many(request, request.fit(panel, W).sample, panel, outcomes)
    fits = [request.fit(panel.with_columns(y=outcomes[:, :, r]), W) for r in range(100)]
    assert sum(len(fit.estimate.search.rivals) > 0 for fit in fits) >= 5
    np.testing.assert_allclose(batch.values, [fit.estimate.values for fit in fits], **OPTIMUM)


def test_a_draw_at_the_bound_is_marked_and_spoils_no_other():
    W = scattered(12)
    panel = drawn(bd.SpatialLag, W)
    request = bd.SpatialLag("y ~ x1 + x2", fixed_effects="unit", correction=None)
    sample = request.fit(panel, W).sample
    outcomes = others(panel, FIRST_NODES + 8)
    # a common shock a period is all there is: rho goes to one
    outcomes[:, :, 3] = 50.0 * np.arange(len(outcomes))[:, None] + 1e-6 * outcomes[:, :, 4]
    batch = fit_many(request, sample, panel, outcomes)
    assert list(np.flatnonzero(batch.at_bound)) == [3]
    keep = np.delete(np.arange(outcomes.shape[2]), 3)
    expected = one_by_one(request, panel, outcomes[:, :, keep], weights=W)
    np.testing.assert_allclose(batch.std_errors[keep], expected.std_errors, **OPTIMUM)


def test_curves_are_interpolated_to_rounding():
    """Functions with poles at both ends and beyond, against their values; NaN stays, an outlier is
    exact.
    """

    def function(x: float) -> np.ndarray:
        return np.array([1 / (1 - x) ** 2, x / (1 + x / 1.5), 1 / (1.2 + x**2), 1.0])

    x = np.random.default_rng(0).uniform(-0.9, 0.9, size=300)
    x[7], x[9] = np.nan, 1 - 1e-6
    computed = _interpolated(function, x, (-1.5, 1.0))
    good = ~np.isnan(x)
    assert np.isnan(computed[7]).all()
    expected = np.array([function(value) for value in x[good]])
    np.testing.assert_allclose(computed[good], expected, rtol=1e-9, atol=1e-10)
    assert (computed[9] == function(x[9])).all()


def test_many_units():
    """Factorisations instead of eigenvalues, probed traces."""
    W = scattered(450, k=4)
    panel = drawn(bd.SpatialDurbin, W, T=3)
    request, outcomes = bd.SpatialDurbin("y ~ x1 + x2"), others(panel, 3)
    sample = request.fit(panel, W).sample
    assert_equal(
        fit_many(request, sample, panel, outcomes), one_by_one(request, panel, outcomes, weights=W)
    )


def test_what_belongs_to_the_design_is_computed_once(monkeypatch):
    """N x N matrices for some values of rho, not for every draw; each draw costs no QR of its
    own.
    """
    calls = []
    exact = curves._lag_numbers
    monkeypatch.setattr(curves, "_lag_numbers", lambda *args: calls.append(args) or exact(*args))
    W = scattered(12)
    panel = drawn(bd.SpatialDurbin, W)
    request = bd.SpatialDurbin("y ~ x1 + x2")
    sample = request.fit(panel, W).sample
    factored = []
    qr = np.linalg.qr
    monkeypatch.setattr(
        np.linalg, "qr", lambda *args, **options: factored.append(args) or qr(*args, **options)
    )
    batch = fit_many(request, sample, panel, others(panel, 2000))
    assert not batch.failed.any()
    assert len(calls) <= 200
    assert len(factored) <= 3


def test_pieces_are_the_whole():
    """Drawn and fitted piece by piece: the same as all at once."""
    from bevdrivers.simulation import replication
    from bevdrivers.simulation.disturbances import drawn_errors
    from bevdrivers.simulation.process import Process

    W = scattered(12)
    panel = drawn(bd.SpatialDurbin, W)
    fit = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)
    process = Process.of(fit)

    def run() -> Batch:
        rng = np.random.default_rng(1)
        draw = lambda R, rng: drawn_errors(process, "normal", R, rng)  # noqa: E731
        return replicate(process, draw, [(fit.estimator, fit.sample)], panel, 50, rng)[0]

    whole = run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replication, "PIECE", 7 * process.residuals.size)
        np.testing.assert_allclose(run().estimates, whole.estimates, rtol=1e-10)


@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialDurbinError])
def test_an_outcome_that_is_explained_wholly_fails_alone(model):
    """An error that is a regressor leaves no residuals: no likelihood there, and no endless
    search.
    """
    W = scattered(seed=3)
    panel = drawn(model, W)
    request = model("y ~ x1 + x2")
    sample = request.fit(panel, W).sample
    outcomes = others(panel, 3)
    fine = fit_many(request, sample, panel, outcomes[:, :, 1:])
    outcomes[:, :, 0] = 0.0
    batch = fit_many(request, sample, panel, outcomes)
    assert list(batch.failed) == [True, False, False]
    np.testing.assert_allclose(batch.values[1:], fine.values, rtol=1e-9)
