"""Intervals against plain loops of refits through the public functions, against restricted maxima
of the whole likelihood, and what each is refused for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize, special

import bevdrivers as bd
from bevdrivers.models.impacts.fieller import Fieller
from bevdrivers.models.interface import expected_information, invert_information
from bevdrivers.models.ml.inversion import Inversion
from bevdrivers.numerics.streams import generator
from bevdrivers.simulation.disturbances import drawn_errors, wild_errors
from bevdrivers.simulation.intervals import Bca, _acceleration
from bevdrivers.simulation.process import Process

from ..made_up import drawn, scattered, uneven

FORMULA = "y ~ x1 + x2"
# a plain loop and the batch take the same draws
SAME = {"rtol": 1e-8, "atol": 1e-8}
# two searches for one restricted maximum
SEARCHED = {"rtol": 1e-6, "atol": 1e-6}
DRAWS = 39
LEVEL = 0.9


@pytest.fixture(scope="module")
def W() -> bd.SpatialWeights:
    return scattered(14, k=4)


@pytest.fixture(scope="module", params=[bd.SpatialDurbin, bd.SpatialError])
def fit(W, request) -> bd.FitResult:
    return request.param(FORMULA).fit(drawn(request.param, W, T=6), W)


def refits(fit, W, errors) -> list[bd.FitResult]:
    """The request fitted to panels of the drawn outcomes, one by one."""
    outcomes = Process.of(fit).outcomes(errors, np.random.default_rng())
    fits = []
    for y in np.moveaxis(outcomes, 2, 0):
        panel = fit.panel.with_columns(y=y)
        fits.append(fit.estimator.fit(panel, W))
    return fits


def numbers(fit) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and impacts with their standard errors."""
    tidy = fit.impacts().tidy()
    values = np.concatenate([fit.params, tidy["estimate"]])
    return values, np.concatenate([fit.std_errors, tidy["std_error"]])


def bounds(fit, method, **options) -> np.ndarray:
    """Of parameters and impacts, (m, 2)."""
    own = fit.conf_int(LEVEL, method, **options).to_numpy()
    impacts = fit.impacts(interval=method, **options).tidy(LEVEL)
    return np.concatenate([own, impacts[["conf_low", "conf_high"]]])


@pytest.fixture(scope="module")
def loop(fit, W):
    rng = generator(3, "bootstrap")
    errors = drawn_errors(Process.of(fit), "normal", DRAWS, rng)
    pairs = [numbers(each) for each in refits(fit, W, errors)]
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])


class TestBootstrap:
    def test_percentiles(self, fit, loop):
        expected = np.quantile(loop[0], [0.05, 0.95], axis=0).T
        np.testing.assert_allclose(bounds(fit, "percentile", draws=DRAWS, seed=3), expected, **SAME)

    def test_bootstrap_t(self, fit, loop):
        point, errors = numbers(fit)
        free = errors > 0
        t = (loop[0] - point)[:, free] / loop[1][:, free]
        quantiles = np.quantile(t, [0.95, 0.05], axis=0).T
        expected = np.column_stack([point, point])
        expected[free] = point[free, None] - quantiles * errors[free, None]
        interval = bounds(fit, "bootstrap-t", draws=DRAWS, seed=3)
        np.testing.assert_allclose(interval, expected, **SAME)

    def test_bca(self, fit, loop):
        """Efron's formula, with the acceleration as the skewness of drawn scores."""
        point, _ = numbers(fit)
        z0 = special.ndtri((loop[0] < point).mean(axis=0))
        z = special.ndtri(np.array([0.05, 0.95]))
        interval = bounds(fit, "bca", draws=DRAWS, seed=3)
        accelerations = skewness_of_scores(fit) / 6
        # known to 0.003, and not small where rho or lam is concerned
        analytic = _acceleration(fit, None)
        np.testing.assert_allclose(analytic, accelerations, atol=5 * np.sqrt(6 / 20_000) / 6)
        assert np.abs(analytic).max() > 0.05
        for j in range(len(fit.terms)):
            moved = z0[j] + z
            levels = special.ndtr(z0[j] + moved / (1 - accelerations[j] * moved))
            # the skewness of 20,000 draws is known to 0.02, a third of a percentile point here
            near = np.quantile(loop[0][:, j], np.clip([levels - 0.01, levels + 0.01], 0, 1))
            assert (near[0] - 1e-8 <= interval[j]).all()
            assert (interval[j] <= near[1] + 1e-8).all()

    def test_p_values_are_the_levels_at_which_zero_is_left_out(self, fit):
        for method in ("bootstrap-t", "bca", "percentile", "profile"):
            draws = {} if method == "profile" else {"draws": 199, "seed": 5}
            impacts = fit.impacts(interval=method, **draws)
            tidy = impacts.tidy()
            for k in np.flatnonzero((tidy["std_error"] > 0) & (tidy["p_value"] > 0.05)):
                p = tidy["p_value"][k]
                # p-values of 199 draws are steps of 1 / 100, and quantiles lie between draws
                step = 1e-5 if method == "profile" else 0.021
                if not step < p < 1 - step:
                    continue
                inside, outside = (impacts.tidy(1 - q).iloc[k] for q in (p - step, p + step))
                assert inside["conf_low"] <= 0 <= inside["conf_high"]
                assert not outside["conf_low"] < 0 < outside["conf_high"]

    @pytest.mark.filterwarnings("ignore::bevdrivers.errors.SampleWarning")
    def test_errors_are_drawn_as_the_covariance_supposes(self, W):
        fit = bd.SpatialLag(FORMULA, cov_type="clustered").fit(drawn(bd.SpatialLag, W, T=6), W)
        rng = generator(1, "bootstrap")
        errors = wild_errors(Process.of(fit), "unit", "rademacher", 19, rng)
        expected = [numbers(each)[0] for each in refits(fit, W, errors)]
        interval = bounds(fit, "percentile", draws=19, seed=1)
        quantiles = np.quantile(expected, [0.05, 0.95], axis=0).T
        np.testing.assert_allclose(interval, quantiles, **SAME)

    def test_impacts_at_a_place(self, W):
        panel = drawn(bd.SpatialDurbin, W, T=6)
        fit = bd.SpatialDurbin("y ~ x1 * x2").fit(panel, W)
        options = {"draws": 19, "seed": 2}
        impacts = fit.impacts(interval="percentile", at={"x1": 1.0, "x2": 0.5}, **options)
        assert impacts.terms == ("x1", "x2")
        loop = bd.bootstrap(fit, 19, seed=2)
        b, rho = loop.draws["x1"] + 0.5 * loop.draws["x1:x2"], loop.draws["rho"]
        theta = loop.draws["W_x1"] + 0.5 * loop.draws["W_x1:x2"]
        expected = np.quantile((b + theta) / (1 - rho), [0.025, 0.975])
        row = impacts.tidy().query("component == 'total' and term == 'x1'").iloc[0]
        np.testing.assert_allclose([row["conf_low"], row["conf_high"]], expected, **SAME)


def skewness_of_scores(fit) -> np.ndarray:
    """Of the parameters' directions, from 20,000 drawn outcomes and numerical scores."""
    rng = np.random.default_rng(0)
    process = Process.of(fit)
    y = process.outcomes(drawn_errors(process, "normal", 20_000, rng), rng)
    point = fit.estimate.point
    theta = point.with_sigma2
    scores = []
    for k in range(len(theta)):
        ends = []
        for sign in (1, -1):
            moved = theta.copy()
            moved[k] += sign * 1e-5
            ends.append(log_likelihood(fit, moved, y))
        scores.append((ends[0] - ends[1]) / 2e-5)
    inverse = invert_information(expected_information(fit.sample, point))
    directions = (inverse @ np.array(scores))[: len(fit.terms)]
    centred = directions - directions.mean(axis=1, keepdims=True)
    return np.mean(centred**3, axis=1) / np.mean(centred**2, axis=1) ** 1.5


def log_likelihood(fit, theta: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of the contrasts, at (b, p, sigma2) for outcomes (T, N, R), up to what does not depend on
    theta.
    """
    sample = fit.sample
    T, N = sample.shape
    matrix = (sample.W or sample.M).dense
    b, p, s2 = theta[:-2], theta[-2], theta[-1]
    A = np.eye(N) - p * matrix
    left = y - (sample.Z @ b)[:, :, None] if sample.M is not None else y
    e = np.einsum("ij,tjr->tir", A, left)
    if sample.M is None:
        e = e - (sample.Z @ b)[:, :, None]
    e = e - e.mean(axis=0)
    e = e - e.mean(axis=1, keepdims=True)
    volume = np.linalg.slogdet(A)[1] - np.log(1 - p)
    ssr = np.einsum("tir,tir->r", e, e)
    return (T - 1) * volume - (T - 1) * (N - 1) / 2 * np.log(s2) - ssr / (2 * s2)


class TestProfile:
    """Restricted maxima of the whole likelihood, found with a general search."""

    @staticmethod
    def restricted(fit, column: int, c: float) -> float:
        """Maximum of the likelihood over the other parameters, with one held at c."""
        y = fit.sample.y[:, :, None]
        free = [k for k in range(len(fit.estimate.point.with_sigma2)) if k != column]
        start = fit.estimate.point.with_sigma2

        def height(x: np.ndarray) -> float:
            theta = start.copy()
            theta[column], theta[free] = c, x
            theta[-1] = np.exp(theta[-1])
            return -float(log_likelihood(fit, theta, y)[0])

        x = start[free]
        x[-1] = np.log(x[-1])
        options = {"gtol": 1e-9, "maxiter": 500}
        optimum = optimize.minimize(height, x, method="BFGS", options=options)
        return -optimum.fun

    def test_at_the_bounds_the_ratio_is_the_critical_value(self, fit):
        y = fit.sample.y[:, :, None]
        top = float(log_likelihood(fit, fit.estimate.point.with_sigma2, y)[0])
        critical = special.chdtri(1.0, 1 - LEVEL)
        intervals = fit.conf_int(LEVEL, "profile")
        for term in ("x1", fit.terms[-1]):
            column = fit.terms.index(term)
            for c in intervals.loc[term]:
                ratio = 2 * (top - self.restricted(fit, column, c))
                assert ratio == pytest.approx(critical, rel=1e-5)

    def test_impacts_are_coefficients_where_the_model_says_so(self, W):
        fit = bd.SpatialError(FORMULA).fit(drawn(bd.SpatialError, W, T=6), W)
        total = fit.impacts(interval="profile").tidy(LEVEL).query("component == 'total'")
        own = fit.conf_int(LEVEL, "profile").loc[["x1", "x2"]].to_numpy()
        np.testing.assert_allclose(total[["conf_low", "conf_high"]], own, **SEARCHED)

    def test_total_impacts_by_their_own_parameter(self, W):
        """With the total impact c in place of beta the restriction is y - W y rho - c (1 - rho)
        x.
        """
        fit = bd.SpatialLag("y ~ x1").fit(drawn(bd.SpatialLag, W, T=6), W)
        row = fit.impacts(interval="profile").tidy(LEVEL).iloc[2]
        sample = fit.sample
        y = sample.y[:, :, None]
        T, N = sample.shape

        def restricted(c: float) -> float:
            def height(rho: float) -> float:
                theta = np.array([c * (1 - rho), rho, 1.0])
                # the sum of squares, then sigma2 at its optimum
                base = log_likelihood(fit, theta, y)[0]
                volume = (T - 1) * (
                    np.linalg.slogdet(np.eye(N) - rho * W.dense)[1] - np.log(1 - rho)
                )
                ssr = 2 * (volume - base)
                n = (T - 1) * (N - 1)
                return -(volume - n / 2 * np.log(ssr / n) - n / 2)

            return -optimize.minimize_scalar(height, bounds=(-0.9, 0.999), method="bounded").fun

        top = float(log_likelihood(fit, fit.estimate.point.with_sigma2, y)[0])
        for c in (row["conf_low"], row["conf_high"]):
            ratio = 2 * (top - restricted(c))
            assert ratio == pytest.approx(special.chdtri(1.0, 1 - LEVEL), rel=1e-5)

    def test_without_bound_where_rho_may_be_at_its_end(self):
        """Dense weights, few observations: the likelihood does not fall towards rho = 1."""
        W = uneven(10, normalise="row")
        params = {"x1": 1.0, "rho": 0.7}
        model = bd.SpatialLag("y ~ x1")
        intervals = []
        for seed in range(4):
            panel = bd.simulate_panel(model, W, params=params, periods=4, seed=seed)
            fit = model.fit(panel, W)
            high = fit.impacts(interval="profile").tidy()["conf_high"].to_numpy()[2]
            upper = fit.conf_int(method="profile").loc["rho", "upper"]
            at_end = upper > 0.999 * W.spectrum.bounds[1]
            assert np.isinf(high) == at_end
            # coefficients have a limit there
            assert np.isfinite(fit.conf_int(method="profile")).all(axis=None)
            intervals.append(at_end)
            if at_end:
                assert "without bound" in str(fit.impacts(interval="profile").summary())
        assert any(intervals), "the case must have something to show"

    def test_an_indirect_impact_is_zero_where_rho_is(self, W):
        """Without lags of X: the hypothesis holds at rho = 0, whatever beta is, and at beta = 0."""
        fit = bd.SpatialLag(FORMULA).fit(drawn(bd.SpatialLag, W, T=6), W)
        at_zero = bd.NonSpatial(FORMULA).fit(fit.panel)
        impacts = fit.impacts(interval="profile")
        tidy = impacts.tidy().set_index(["component", "term"])
        ratio = 2 * (fit.loglik - at_zero.loglik)
        p = tidy.loc[("indirect", "x1"), "p_value"]
        assert p == pytest.approx(special.chdtrc(1.0, ratio), rel=1e-6)
        assert p > 1e6 * tidy.loc[("direct", "x1"), "p_value"]
        row = impacts.tidy(1 - p).set_index(["component", "term"]).loc[("indirect", "x1")]
        assert min(abs(row["conf_low"]), abs(row["conf_high"])) < 1e-5

    @pytest.mark.parametrize("seed", range(3))
    def test_total_impacts_near_the_lower_end(self, seed):
        """On a grid of rho that closes in on -1, without effects."""
        W = bd.SpatialWeights.from_matrix(bipartite(4), [f"u{i}" for i in range(8)])
        params = {"x1": 1.0, "rho": -0.9, "Intercept": 0.0}
        model = bd.SpatialLag("y ~ x1", fixed_effects=None)
        fit = model.fit(bd.simulate_panel(model, W, params=params, periods=2, seed=seed), W)
        tidy = fit.impacts(interval="profile").tidy(LEVEL).set_index("component")
        total = tidy.loc["total", ["conf_low", "conf_high"]].to_numpy(float)
        np.testing.assert_allclose(total, profile_by_hand(fit, W), rtol=2e-3, atol=2e-3)


def bipartite(n: int) -> np.ndarray:
    """Links of each of n units to each of n others, (2 n, 2 n): eigenvalues 1 and -1, and zeros."""
    return np.kron([[0, 1], [1, 0]], np.ones((n, n)) / n)


def profile_by_hand(fit, W: bd.SpatialWeights) -> tuple[float, float]:
    """The smallest and the largest total impact of x1 that the likelihood ratio keeps, on a grid of
    rho, without effects.
    """
    y, x = fit.panel["y"], fit.panel["x1"]
    T, N = y.shape
    X = np.column_stack([np.ones(T * N), x.ravel()])
    half = special.chdtri(1.0, 1 - LEVEL) / 2
    inverse = np.linalg.inv(X.T @ X)
    grid = np.concatenate([-1 + np.geomspace(1e-6, 0.5, 3000), np.linspace(-0.5, 0.999, 3000)])
    rows = []
    for rho in grid:
        left = (y - rho * W.lag(y)).ravel()
        b = inverse @ (X.T @ left)
        ssr = np.sum((left - X @ b) ** 2)
        volume = T * np.linalg.slogdet(np.eye(N) - rho * W.dense)[1]
        rows.append((volume - T * N / 2 * np.log(ssr), b[1], ssr))
    values, slopes, ssr = np.array(rows).T
    slack = values - values.max() + half
    kept = slack >= 0
    reach = np.sqrt(inverse[1, 1] * ssr * np.expm1(2 * np.maximum(slack, 0) / (T * N)))
    ends = (slopes - reach) / (1 - grid), (slopes + reach) / (1 - grid)
    return float(ends[0][kept].min()), float(ends[1][kept].max())


@dataclass(frozen=True)
class TwoHills:
    """A likelihood of p with two maxima of one height; b(p) = p, and nothing else."""

    bounds = np.array([[-1.0, 1.0]])
    nobs = 10

    def value(self, p: np.ndarray) -> float:
        return float(-50 * (p[0] ** 2 - 0.25) ** 2)

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]:
        return np.array([1.0 - p[0] ** 2]), 1.0

    def at(self, p: np.ndarray, ssr: float) -> float:
        return self.value(p)

    def root(self, p: np.ndarray) -> np.ndarray:
        # so large that what is added to b(p) is nothing
        return np.array([[1e9]])


def test_between_two_ranges_nothing_is_kept():
    """b(p) = 1 - p^2 is highest at zero, between the two ranges of p that the test keeps."""
    inversion = Inversion(TwoHills(), 0.0, 0.5, 1.0)
    # 50 (p^2 - 1/4)^2 = 1/2
    ends = np.sqrt(0.25 - 0.1), np.sqrt(0.25 + 0.1)
    expected = [(-ends[1], -ends[0]), (ends[0], ends[1])]
    np.testing.assert_allclose(inversion.pieces(), expected, atol=1e-8)
    np.testing.assert_allclose(inversion.region(), (-ends[1], ends[1]), atol=1e-8)
    low, high = inversion.limits(lambda p: np.eye(1))
    assert high == pytest.approx(1 - ends[0] ** 2, abs=1e-6)
    assert low == pytest.approx(1 - ends[1] ** 2, abs=1e-6)


class FarBounds(TwoHills):
    """The same, with a range that is far wider than the hills."""

    bounds = np.array([[-3000.0, 1.0]])


def test_two_ranges_are_found_where_the_range_of_p_is_far_wider():
    """As under weights whose lowest eigenvalue is nearly zero, so that rho may be -3000."""
    inversion = Inversion(FarBounds(), 0.0, 0.5, 1.0)
    ends = np.sqrt(0.25 - 0.1), np.sqrt(0.25 + 0.1)
    expected = [(-ends[1], -ends[0]), (ends[0], ends[1])]
    np.testing.assert_allclose(inversion.pieces(), expected, atol=1e-8)


@dataclass(frozen=True)
class Flat(TwoHills):
    """A likelihood that does not fall towards the upper end; the slope at one has a limit, 2."""

    def value(self, p: np.ndarray) -> float:
        return -10.0 * max(-p[0], 0.0) ** 2

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]:
        return np.array([1.0 + p[0]]), 1.0


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_a_bound_is_infinite_whatever_the_unit_of_the_regressor(unit):
    """r'b = unit (1 + p) / (1 - p), and unit (1 + p), over p from -sqrt(1/20) to one."""
    inversion = Inversion(Flat(), 0.0, 0.5, 1.0)
    low, high = inversion.limits(lambda p: unit * np.array([[1 / (1 - p)], [1.0]]))
    start = -np.sqrt(1 / 20)
    np.testing.assert_allclose(low, unit * (1 + start) / np.array([1 - start, 1.0]), rtol=1e-6)
    np.testing.assert_allclose(high, [np.inf, 2.0 * unit], rtol=1e-6)


def test_a_range_that_a_search_ends_just_before_the_end_has_a_bound():
    """The end of what is kept is a thousand times further from one than `range` is."""
    inversion = Inversion(Flat(), 0.0, 0.5, 1.0)
    pieces = [(-0.5, 1.0 - 1e-3), (-0.5, inversion.range[1] - 1e-10), (-0.5, inversion.range[1])]
    bounds = [
        inversion._limits_on(piece, lambda p: np.array([[1 / (1 - p)]]))[1, 0] for piece in pieces
    ]
    assert bounds[0] == pytest.approx(1.999 / 1e-3, rel=1e-6)
    # rounding does not make a bound of what has none
    assert np.isinf(bounds[1:]).all()


class TestBcaAtTheEdge:
    """Draws 1 to 999 about 500, so that a level is a draw."""

    @staticmethod
    def intervals(point: float, acceleration: float) -> Bca:
        drawn = np.arange(1.0, 1000.0)[:, None]
        return Bca(np.array([point]), drawn, np.array([acceleration]))

    @pytest.mark.parametrize("acceleration", [-0.6, -0.3, 0.3, 0.6])
    @pytest.mark.parametrize("point", [500.0, 900.0, 0.0, 1000.0])
    def test_intervals_of_higher_levels_hold_those_of_lower_ones(self, point, acceleration):
        bca = self.intervals(point, acceleration)
        bounds = [np.ravel(bca.at(level)) for level in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)]
        for inner, outer in pairwise(bounds):
            assert outer[0] <= inner[0] <= inner[1] <= outer[1]

    def test_an_acceleration_that_has_no_level_left_gives_the_last_draw(self):
        """1 - a (z0 + z) is below zero at 0.6 and 2.58: the level is one, not near none."""
        low, high = self.intervals(500.0, 0.6).at(0.99)
        assert high[0] == 999.0
        level = special.ndtr(-2.5758293 / (1 + 0.6 * 2.5758293))
        assert low[0] == pytest.approx(1 + 998 * level, rel=1e-6)
        low, high = self.intervals(500.0, -0.6).at(0.99)
        assert low[0] == 1.0
        assert 999.0 > high[0] > 500.0

    def test_the_p_value_is_the_level_that_leaves_zero_out(self):
        """Draws from -99 to 899: a tenth of them below zero."""
        drawn = np.arange(-99.0, 900.0)[:, None]
        bca = Bca(np.array([400.0]), drawn, np.array([0.2]))
        p = bca.pvalues[0]
        inside, outside = bca.at(1 - 0.99 * p)[0][0], bca.at(1 - 1.01 * p)[0][0]
        assert inside < 0.5
        assert outside > -0.5
        # with a of 0.9 no level has so few draws below its lower bound
        assert Bca(np.array([400.0]), drawn, np.array([0.9])).pvalues[0] == 0.0


REFUSED = {
    "gmm": (bd.SpatialLag, {"method": "gmm"}, ("profile", "bca")),
    "random effects": (
        bd.SpatialLag,
        {"fixed_effects": None, "random_effects": "baltagi"},
        ("profile", "bca"),
    ),
    "clusters": (bd.SpatialLag, {"cov_type": "clustered"}, ("profile", "bca")),
    "periods": (
        bd.SpatialLag,
        {"cov_type": "driscoll-kraay"},
        ("profile", "bca", "bootstrap-t", "percentile"),
    ),
    "plug-in": (bd.SpatialLag, {"correction": "elhorst"}, ("profile",)),
    "both lags": (bd.SpatialCombined, {}, ("profile",)),
    "least squares": (bd.NonSpatial, {}, ("profile",)),
    "dynamic": (bd.SpatialLag, {"dynamic": "time"}, ("profile", "bca")),
}


@pytest.mark.parametrize("case", list(REFUSED))
@pytest.mark.filterwarnings("ignore::bevdrivers.errors.BevdriversWarning")
def test_what_a_method_cannot_do_is_refused_with_the_remedy(W, case):
    model, options, methods = REFUSED[case]
    request = model(FORMULA, **options)
    panel = drawn(model, W, T=7, effects=None if "random_effects" in options else "two-way")
    fit = request.fit(panel, *([] if model is bd.NonSpatial else [W]))
    for method in (*methods, "fieller"):
        with pytest.raises(bd.OptionError, match=method) as caught:
            fit.conf_int(method=method)
        assert caught.value.remedy
        with pytest.raises(bd.OptionError, match=method):
            fit.impacts(interval=method)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"method": "exact"}, "method"),
        ({"method": "profile", "draws": 99}, "draws"),
        ({"method": "bootstrap-t", "draws": 1.5}, "draws"),
        ({"method": "simulated", "draws": 1}, "draws"),
        ({"method": "bca", "level": 1.5}, "level"),
        ({"method": "delta", "level": 0.0}, "level"),
    ],
)
def test_options_are_checked(fit, options, argument):
    with pytest.raises(bd.OptionError, match=argument):
        fit.conf_int(**options)


def test_simulated_intervals_are_those_of_the_impacts_draws(fit):
    intervals = fit.conf_int(method="simulated", draws=500, seed=4)
    total = fit.impacts(interval="simulated", draws=500, seed=4)
    assert total.glance().loc[0, "method"] == "simulated"
    if fit.terms[-1] == "lam":
        row = total.tidy().query("component == 'total' and term == 'x1'").iloc[0]
        np.testing.assert_allclose(intervals.loc["x1"], [row["conf_low"], row["conf_high"]], **SAME)


def test_a_note_says_which_interval(fit):
    impacts = fit.impacts(interval="bootstrap-t", draws=19, seed=1)
    table = bd.impacts_table([impacts], parentheses="conf_int")
    assert "bootstrap-t of 19 draws (seed 1)" in str(table)
    with pytest.raises(bd.OptionError, match="orders"):
        impacts.orders(2)


@pytest.fixture(scope="module")
def dynamic(W):
    request = bd.SpatialDurbin(FORMULA, dynamic="time")
    params = {"x1": 1.0, "x2": -0.5, "W_x1": 0.4, "W_x2": 0.3, "rho": 0.2, "tau": 0.5}
    panel = bd.simulate_panel(request, W, params=params, periods=9, seed=2)
    return request.fit(panel, W)


class TestLongRun:
    @staticmethod
    def excess(fit, c: float, level: float) -> float:
        """Wald statistic of beta + theta - c (1 - tau - rho) = 0 minus its critical value, for
        x1.
        """
        slopes = {"x1": 1.0, "W_x1": 1.0, "tau": c, "rho": c}
        r = np.array([slopes.get(term, 0.0) for term in fit.terms])
        gap = r @ fit.params.to_numpy() - c
        return gap**2 / (r @ fit.cov.to_numpy() @ r) - special.chdtri(1.0, 1 - level)

    @staticmethod
    def bounds(fit, level):
        tidy = fit.impacts(interval="fieller", horizon="long").tidy(level)
        row = tidy.query("component == 'total' and term == 'x1'").iloc[0]
        return row["conf_low"], row["conf_high"]

    def test_total_impacts_by_the_wald_test_of_a_linear_restriction(self, dynamic):
        low, high = self.bounds(dynamic, 0.9)
        for c in (low, high):
            assert self.excess(dynamic, c, 0.9) == pytest.approx(0, abs=1e-7)
        assert self.excess(dynamic, (low + high) / 2, 0.9) < 0

    def test_without_bound_where_the_long_run_is_not_identified(self, dynamic):
        """At a level at which 1 - tau - rho is not above zero."""
        gap = 1 - dynamic.tau - dynamic.rho
        cov = dynamic.cov.loc[["tau", "rho"], ["tau", "rho"]].to_numpy().sum()
        level = 1 - 2 * special.ndtr(-gap / np.sqrt(cov))
        assert np.isfinite(self.bounds(dynamic, level - 1e-4)).all()
        low, high = self.bounds(dynamic, level + (1 - level) / 2)
        assert high == np.inf
        if np.isfinite(low):
            statistic = self.excess(dynamic, low, level + (1 - level) / 2)
            assert statistic == pytest.approx(0, abs=1e-6)

    def test_by_the_wald_test_at_each_value_of_a_grid(self):
        """Also where d may be zero and h may not, with strongly correlated h and d: the ray of
        stable processes, whichever root is the nearer to zero.
        """
        rng = np.random.default_rng(5)
        grid = np.geomspace(1e-4, 1e4, 80_001)
        z2 = special.chdtri(1.0, 0.05)
        rays = 0
        for h in (3.0, 10.0, -3.0, -10.0):
            for _ in range(25):
                d, r = rng.uniform(0.1, 1.5), rng.uniform(-0.95, 0.95)
                of_h, of_d = rng.uniform(0.1, 2.0, 2)
                across = r * np.sqrt(of_h * of_d)
                fieller = Fieller(np.array([h]), d, np.array([of_h]), of_d, np.array([across]))
                low, high = (float(bound[0]) for bound in fieller.at(0.95))
                assert low <= h / d <= high
                if h**2 <= z2 * of_h or d**2 >= z2 * of_d:
                    continue
                rays += 1
                c = np.sign(h) * grid
                kept = c[(h - c * d) ** 2 <= z2 * (of_h - 2 * c * across + c**2 * of_d)]
                nearest = kept[np.abs(kept).argmin()]
                ends = (nearest, np.inf) if h > 0 else (-np.inf, nearest)
                np.testing.assert_allclose((low, high), ends, rtol=5e-4)
        assert rays > 40

    def test_an_interval_leaves_zero_out_where_the_test_does(self):
        """The root on the side of h is the further one here."""
        fieller = Fieller(np.array([10.0]), 0.1, np.array([1.0]), 1.0, np.array([0.9]))
        low, high = fieller.at(0.95)
        assert fieller.pvalues[0] < 1e-20
        assert low[0] > 0.0
        assert high[0] == np.inf

    def test_without_lags_the_interval_is_fieller_s(self):
        """beta / (1 - tau), by the quadratic equation written out."""
        panel = drawn(bd.NonSpatial, scattered(14), T=9)
        fit = bd.NonSpatial(FORMULA, dynamic="time").fit(panel)
        row = fit.impacts(interval="fieller", horizon="long").tidy(0.9).iloc[0]
        b, d = fit.params["x1"], 1 - fit.tau
        V, z2 = fit.cov, special.stdtrit(fit.df_resid, 0.95) ** 2
        a = d**2 - z2 * V.loc["tau", "tau"]
        half = b * d + z2 * V.loc["x1", "tau"]
        k = b**2 - z2 * V.loc["x1", "x1"]
        root = np.sqrt(half**2 - a * k)
        expected = (half - root) / a, (half + root) / a
        np.testing.assert_allclose([row["conf_low"], row["conf_high"]], expected, rtol=1e-10)

    def test_simulated_standard_errors_are_quartiles(self, dynamic):
        impacts = dynamic.impacts(draws=999, seed=1, horizon="long")
        low, high = np.quantile(impacts.sample_of_draws, [0.25, 0.75], axis=0)
        expected = (high - low) / (2 * special.ndtri(0.75))
        np.testing.assert_allclose(impacts.errors, expected, rtol=1e-12)
        share = impacts.glance().loc[0, "next_to_unit_root"]
        assert 0 <= share < 0.2

    def test_bootstrap_of_the_long_run(self, dynamic):
        options = {"draws": 19, "seed": 1}
        impacts = dynamic.impacts(interval="bootstrap-t", horizon="long", **options).tidy()
        draws = bd.bootstrap(dynamic, 19, seed=1)
        b = draws.draws
        total = (b["x1"] + b["W_x1"]) / (1 - b["tau"] - b["rho"])
        percentile = dynamic.impacts(interval="percentile", horizon="long", **options).tidy()
        row = percentile.query("component == 'total' and term == 'x1'").iloc[0]
        expected = np.quantile(total, [0.025, 0.975])
        np.testing.assert_allclose([row["conf_low"], row["conf_high"]], expected, **SAME)
        assert np.isfinite(impacts["conf_low"]).all()
