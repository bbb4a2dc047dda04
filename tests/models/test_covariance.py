"""Covariances: linearmodels for least squares; for maximum likelihood the variance of simulated
scores.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.models.covariance import Clustered, Robust
from bevdrivers.models.ml.covariance import excess, ml_scores
from bevdrivers.models.ml.information import observed_information, score_terms
from bevdrivers.models.ml.likelihood import Likelihood
from bevdrivers.models.ml.maximisation import maximise
from bevdrivers.models.sandwich import Scores, independent

from ..conftest import MUNNELL, reference
from ..made_up import drawn, scattered, uneven

LINEARMODELS = reference("munnell/linearmodels")
EFFECTS = {"individual": "unit", "time": "time", "twoways": "two-way"}
OPTIONS = {
    "robust": {"cov_type": "robust"},
    "clustered": {"cov_type": "clustered", "cluster": "unit"},
    "clustered2": {"cov_type": "clustered", "cluster": "both"},
    "kernel": {"cov_type": "driscoll-kraay", "bandwidth": 3},
}
ML = [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin, bd.GeneralNesting]


@pytest.mark.parametrize("case", [case for case in LINEARMODELS if case.split("_")[-1] in OPTIONS])
@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
def test_least_squares_equals_linearmodels_reference(case, munnell, states):
    truth = LINEARMODELS[case]
    kind, effects, cov = case.split("_")
    model = bd.NonSpatial if kind == "ols" else bd.SpatialLagX
    fit = model(MUNNELL, fixed_effects=EFFECTS[effects], **OPTIONS[cov]).fit(munnell, states)
    expected = pd.DataFrame(truth["cov"]["values"], truth["cov"]["rows"], truth["cov"]["cols"])
    labels = [name.replace("W_", "w_") for name in fit.params.index]
    np.testing.assert_allclose(fit.cov, expected.loc[labels, labels], rtol=1e-8, atol=1e-15)


@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
@pytest.mark.parametrize("kernel", ["bartlett", "parzen", "quadratic-spectral"])
@pytest.mark.parametrize("bandwidth", [None, 2, 5])
@pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
def test_driscoll_kraay_equals_linearmodels_in_the_same_run(
    kernel, bandwidth, effects, munnell, munnell_frame
):
    from linearmodels import PanelOLS

    frame = munnell_frame.set_index(["state", "year"])
    names = ["lpcap", "lpc", "lemp", "unemp"]
    model = PanelOLS(
        frame["lgsp"],
        frame[names],
        entity_effects=effects != "time",
        time_effects=effects != "unit",
    )
    theirs = model.fit(
        cov_type="kernel",
        kernel=kernel if kernel != "quadratic-spectral" else "qs",
        bandwidth=bandwidth,
    )
    ours = bd.NonSpatial(
        MUNNELL,
        fixed_effects=effects,
        cov_type="driscoll-kraay",
        kernel=kernel,
        bandwidth=bandwidth,
    )
    np.testing.assert_allclose(ours.fit(munnell).cov, theirs.cov, rtol=1e-7, atol=1e-14)


@pytest.mark.parametrize("effects", ["unit", "time", "two-way"])
@pytest.mark.parametrize("cluster", ["unit", "time", "both"])
@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
def test_clusters_equal_linearmodels_in_the_same_run(effects, cluster, munnell, munnell_frame):
    from linearmodels import PanelOLS

    frame = munnell_frame.set_index(["state", "year"])
    names = ["lpcap", "lpc", "lemp", "unemp"]
    model = PanelOLS(
        frame["lgsp"],
        frame[names],
        entity_effects=effects != "time",
        time_effects=effects != "unit",
    )
    theirs = model.fit(
        cov_type="clustered", cluster_entity=cluster != "time", cluster_time=cluster != "unit"
    )
    ours = bd.NonSpatial(MUNNELL, fixed_effects=effects, cov_type="clustered", cluster=cluster).fit(
        munnell
    )
    np.testing.assert_allclose(ours.cov, theirs.cov, rtol=1e-7, atol=1e-14)


@pytest.mark.parametrize("model", [*ML, bd.SpatialCombined, bd.SpatialDurbinError])
@pytest.mark.parametrize("effects", ["two-way", "unit", None])
def test_observed_information_is_the_hessian_of_the_likelihood(model, effects):
    """Its block for (rho, lam), the rest concentrated out, against the likelihood's own second
    derivative.
    """
    W = scattered()
    fit = model("y ~ x1 + x2", fixed_effects=effects).fit(drawn(model, W, effects=effects), W)
    information = observed_information(fit.sample, fit.estimate.point)
    q = len(fit.estimate.point.p)
    K = fit.sample.n_regressors
    inside = np.linalg.inv(information)[K : K + q, K : K + q]
    hessian = Likelihood.of(fit.sample).score(fit.estimate.point.p)[2]
    np.testing.assert_allclose(np.linalg.inv(inside), -hessian, rtol=1e-6)
    observed = fit.with_cov("hessian")
    np.testing.assert_allclose(
        observed.cov, np.linalg.inv(information)[:-1, :-1], rtol=1e-7, atol=1e-14
    )
    # the coefficients' block by the numerical Hessian of the whole likelihood in one direction
    assert observed.std_errors.iloc[0] == pytest.approx(_profile_error(fit), rel=2e-4)


def _profile_error(fit) -> float:
    """Standard error of the first coefficient from the curvature of its profile likelihood."""
    step = 0.01 * fit.std_errors.iloc[0]
    held = Likelihood.of(fit.sample)
    K = fit.sample.n_regressors

    def profiled(value: float) -> float:
        # the first regressor, at this coefficient, moves over to the outcome
        plain, lagged = held.plain.copy(), held.lagged.copy()
        for columns in (plain, lagged):
            columns[:, K] -= value * columns[:, 0]
        reduced = {"plain": np.delete(plain, 0, axis=1), "lagged": np.delete(lagged, 0, axis=1)}
        return maximise(replace(held, n_regressors=K - 1, **reduced)).search.value

    b = fit.params.iloc[0]
    curvature = (profiled(b + step) - 2 * profiled(b) + profiled(b - step)) / step**2
    return float(1 / np.sqrt(-curvature))


def _truth(model, W, T, effects):
    """A fit whose sample and estimates serve as the truth of a simulation of scores."""
    panel = drawn(model, W, T=T, effects=effects)
    return model("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)


def _simulated_scores(fit, draws, errors):
    """Scores of (b, rho, lam, sigma2) at the truth for many draws of errors (R, T, N), from their
    definition.
    """
    sample, at = fit.sample, score_terms(fit.sample, fit.estimate.point)
    dims, s2 = sample.contrasts, fit.sigma2
    e = sample.within.demean(np.moveaxis(errors, 0, 2))
    parts = [np.einsum("tir,tik->rk", e, at.Z) / s2]
    for A, m in zip(at.operators, at.means, strict=True):
        trace = np.trace(dims.project(A.matrix))
        quadratic = np.einsum("tir,ij,tjr->r", e, A.matrix, e, optimize=True)
        parts.append(
            ((np.einsum("tir,ti->r", e, m) + quadratic) / s2 - dims.periods * trace)[:, None]
        )
    parts.append((np.einsum("tir,tir->r", e, e) / (2 * s2**2) - dims.nobs / (2 * s2))[:, None])
    return np.hstack(parts)


def _scaled_difference(computed, expected):
    scale = np.sqrt(np.diag(expected))
    return (computed - expected) / np.outer(scale, scale)


@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.GeneralNesting])
@pytest.mark.parametrize("effects", ["two-way", "unit", None])
def test_qml_is_the_variance_of_the_score_under_skewed_errors(model, effects):
    """Centred exponential errors: third moment 2, fourth 9 (in units of the standard deviation)."""
    W = uneven(8, normalise="row")
    fit = _truth(model, W, 6, effects)
    rng = np.random.default_rng(1)
    errors = np.sqrt(fit.sigma2) * (rng.exponential(size=(60_000, 6, 8)) - 1)
    expected = np.cov(_simulated_scores(fit, 60_000, errors).T)
    # the moments are given, not estimated: put them in place of those of the residuals
    from bevdrivers.models.ml import covariance as module
    from bevdrivers.models.ml.information import expected_information

    held = module.error_moments
    module.error_moments = lambda *_: (2 * fit.sigma2**1.5, 9 * fit.sigma2**2)
    try:
        extra = excess(fit.sample, fit.estimate.point)
    finally:
        module.error_moments = held
    information = expected_information(fit.sample, fit.estimate.point) + extra
    # variances of sums of heavy-tailed squares from 60,000 draws: 2 %, five of them
    assert np.abs(_scaled_difference(information, expected)).max() < 0.1
    # and the addition matters: without it the test would fail
    assert np.abs(_scaled_difference(information - extra, expected)).max() > 0.3


def test_error_moments_undo_the_demeaning():
    from bevdrivers.models.sandwich import error_moments

    fit = _truth(bd.SpatialLag, scattered(8), 5, "two-way")
    rng = np.random.default_rng(0)
    v = rng.exponential(size=(5, 8, 40_000)) - 1
    e = fit.sample.within.demean(v)
    third, fourth = error_moments(e.reshape(5, -1), fit.sample, 1.0)
    # sampling errors of a third and a fourth moment of 1.6 million values
    assert third == pytest.approx(2, abs=0.1)
    assert fourth == pytest.approx(9, abs=0.6)


@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.GeneralNesting])
@pytest.mark.parametrize("kind", ["robust", "unit", "time", "both"])
@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
def test_middle_is_the_variance_of_the_score(model, kind):
    """Mean of the estimated variance of the score over draws, at the true parameters, against the
    scores' own variance.

    Heteroskedastic errors for "robust"; with a common unit shock over time for "unit"; with a
    common period shock for "time" (where the quadratic part has a mean of its own, so that its
    second moment is compared).
    """
    N, T = 10, 6
    W = scattered(N, k=4)
    fit = _truth(model, W, T, None)
    rng = np.random.default_rng(2)
    R = 20_000
    errors = np.sqrt(fit.sigma2) * rng.standard_normal((R, T, N))
    if kind in ("unit", "both"):
        errors = 0.8 * errors + 0.6 * np.sqrt(fit.sigma2) * rng.standard_normal((R, 1, N))
    if kind == "robust":
        # variances that differ by observation and average to sigma2 for every unit, so that the
        # score keeps mean zero
        size = 1 + 0.6 * np.where(np.add.outer(np.arange(T), np.arange(N)) % 2, 1, -1)
        errors = errors * np.sqrt(size)
    scores = _simulated_scores(fit, R, errors)
    expected = scores.T @ scores / R
    if kind == "robust":
        # the spread of the variances counts as noise in the diagonal part, as documented
        expected = expected + _spread(fit, size)
    supposed = Robust() if kind == "robust" else Clustered(kind)
    at, s2, K = score_terms(fit.sample, fit.estimate.point), fit.sigma2, fit.sample.n_regressors
    computed = np.zeros_like(expected)
    template = ml_scores(fit.sample, fit.estimate.point)
    for e in errors[:4000]:
        linear = np.empty_like(template.linear)
        linear[:, :, :K] = at.Z * e[:, :, None] / s2
        for k, (A, m) in enumerate(zip(at.operators, at.means, strict=True), start=K):
            linear[:, :, k] = (m * e + np.diag(A.matrix) * (e**2 - s2)) / s2
        linear[:, :, -1] = (e**2 - s2) / (2 * s2**2)
        computed += supposed.summed(Scores(linear, e, template.quadratic), None) / 4000
    # 4,000 draws of an estimated variance, whose own spread is large with few clusters
    assert np.abs(_scaled_difference(computed, expected)).max() < 0.12


def _spread(fit, size):
    """Sum of outer products of the means of the contributions when variances are s2 times `size`,
    (T, N).
    """
    K = fit.sample.n_regressors
    means = np.zeros((*size.shape, K + 1 + len(fit.estimate.point.p)))
    for k, A in enumerate(score_terms(fit.sample, fit.estimate.point).operators, start=K):
        means[:, :, k] = np.diag(A.matrix) * (size - 1)
    means[:, :, -1] = (size - 1) / (2 * fit.sigma2)
    return np.einsum("tip,tiq->pq", means, means)


def test_scores_sum_to_zero_at_the_estimates(munnell, states):
    for model in ML:
        fit = model(MUNNELL).fit(munnell, states)
        total = ml_scores(fit.sample, fit.estimate.point).by_period().sum(axis=0)
        scale = np.sqrt(
            np.diag(independent(ml_scores(fit.sample, fit.estimate.point), by_unit=False))
        )
        assert np.abs(total / scale).max() < 1e-6


@pytest.mark.parametrize("cov_type", ["hessian", "qml", "robust", "clustered", "driscoll-kraay"])
def test_all_agree_when_the_model_is_right(cov_type):
    """Normal errors, many observations: every covariance estimates the same thing."""
    W = scattered(60, k=4, seed=4)
    panel = drawn(bd.SpatialDurbin, W, T=60)
    fit = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)
    other = fit.with_cov(cov_type)
    np.testing.assert_array_equal(other.params, fit.params)
    # cluster covariances from 60 groups have relative standard deviation of about 0.1 in the
    # standard error
    tolerance = {"clustered": 0.4, "driscoll-kraay": 0.4, "robust": 0.12}.get(cov_type, 0.06)
    np.testing.assert_allclose(other.std_errors, fit.std_errors, rtol=tolerance)


@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
@pytest.mark.parametrize(
    "options",
    [
        {"cov_type": "qml"},
        {"cov_type": "robust"},
        {"cov_type": "clustered", "cluster": "unit"},
        {"cov_type": "clustered", "cluster": "both"},
        {"cov_type": "spatial-hac", "cutoff_km": 1500},
    ],
)
def test_names_and_order_of_units_do_not_matter(options, bev, queen):
    formula = "log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)"
    here = bd.SpatialDurbin(formula, **options).fit(bev, queen)
    order = np.random.default_rng(0).permutation(31)
    names = {unit: f"z{k:02d}" for unit, k in zip(bev.units, order, strict=True)}
    frame = bev.frame.assign(province=bev.frame["province"].map(names))
    geometry = bev.geometry.rename(index=names).rename_axis("province")
    panel = bd.Panel.from_frame(frame, unit="province", time="year", geometry=geometry)
    weights = bd.SpatialWeights.from_matrix(queen.links, [names[unit] for unit in queen.ids])
    there = bd.SpatialDurbin(formula, **options).fit(panel, weights)
    assert panel.units != bev.units
    np.testing.assert_allclose(there.std_errors, here.std_errors, rtol=1e-7)


def _centroid_by_proj(shape) -> tuple[float, float]:
    """Longitude and latitude of the centroid of one shape, in PROJ's equal-area plane about it."""
    lon, lat = shape.total_bounds.reshape(2, 2).mean(axis=0)
    for _ in range(4):
        middle = shape.to_crs(f"+proj=laea +lon_0={lon} +lat_0={lat} +datum=WGS84").centroid
        at = middle.to_crs(4326).iloc[0]
        lon, lat = at.x, at.y
    return lon, lat


class TestConley:
    FORMULA = "log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)"

    def test_no_distance_is_robust_and_all_distances_are_clusters_by_period(self, bev):
        model = bd.NonSpatial(self.FORMULA, fixed_effects="unit")
        near = model.replace(cov_type="spatial-hac", cutoff_km=0).fit(bev)
        np.testing.assert_allclose(
            near.cov, model.replace(cov_type="robust").fit(bev).cov, rtol=1e-10
        )
        far = model.replace(cov_type="spatial-hac", cutoff_km=30_000, kernel="uniform").fit(bev)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", bd.SampleWarning)
            periods = model.replace(cov_type="clustered", cluster="time").fit(bev)
        np.testing.assert_allclose(far.cov, periods.cov, rtol=1e-8, atol=1e-15)

    def test_weights_by_hand(self, bev):
        from bevdrivers.weights.points import EARTH_RADIUS_KM

        fit = bd.NonSpatial(self.FORMULA, cov_type="spatial-hac", cutoff_km=800).fit(bev)
        shapes = bev.geometry.geometry.segmentize(0.1)
        points = [_centroid_by_proj(shapes.iloc[[at]]) for at in range(len(shapes))]
        lon, lat = np.radians(points).T
        cosine = np.sin(lat)[:, None] * np.sin(lat) + np.cos(lat)[:, None] * np.cos(lat) * np.cos(
            lon[:, None] - lon
        )
        weight = np.maximum(1 - EARTH_RADIUS_KM * np.arccos(np.clip(cosine, -1, 1)) / 800, 0)
        x = fit.sample.columns[:, :, :2] * fit.resids.to_numpy()[:, :, None]
        middle = sum(x[t].T @ weight @ x[t] for t in range(10)) * 310 / (310 - 2 - 40)
        Z = fit.sample.columns[:, :, :2].reshape(-1, 2)
        bread = np.linalg.inv(Z.T @ Z)
        # centroids of lines with more points on them: some metres
        np.testing.assert_allclose(fit.cov, bread @ middle @ bread, rtol=1e-5)

    def test_it_needs_places(self, munnell, states):
        with pytest.raises(bd.InputError, match="a panel without one"):
            bd.SpatialLag(MUNNELL, cov_type="spatial-hac", cutoff_km=100).fit(munnell, states)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"cov_type": "HC1"}, "cov_type"),
        ({"cluster": "unit"}, "cluster"),
        ({"cov_type": "clustered", "cluster": "state"}, "cluster"),
        ({"cov_type": "robust", "bandwidth": 3}, "bandwidth"),
        ({"cov_type": "driscoll-kraay", "kernel": "uniform"}, "kernel"),
        ({"cov_type": "driscoll-kraay", "bandwidth": -1}, "bandwidth"),
        ({"cov_type": "spatial-hac"}, "cutoff_km"),
    ],
)
def test_options_are_checked(options, argument):
    with pytest.raises(bd.OptionError) as caught:
        bd.SpatialDurbin("y ~ x", **options)
    assert caught.value.argument == argument


def test_least_squares_has_no_information_matrix():
    with pytest.raises(bd.OptionError, match="least squares"):
        bd.NonSpatial("y ~ x", cov_type="qml")
    assert bd.SpatialLag("y ~ x", cov_type="qml").to(bd.NonSpatial).cov_type == "classical"


def test_few_clusters_warn(munnell, states):
    with pytest.warns(bd.SampleWarning, match="17 clusters"):
        bd.SpatialLag(MUNNELL, cov_type="clustered", cluster="time").fit(munnell, states)


@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
def test_bandwidth_below_the_number_of_periods(munnell, states):
    with pytest.raises(bd.OptionError, match="fewer lags than periods, 17"):
        bd.SpatialLag(MUNNELL, cov_type="driscoll-kraay", bandwidth=17).fit(munnell, states)
