"""Dynamic models: independent software, the bias and its correction, stability, and impacts over
time.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models import covariance
from bevdrivers.models.dynamic import score_bias
from bevdrivers.models.estimate import labels
from bevdrivers.models.impacts.multipliers import multiplier
from bevdrivers.models.interface import sample_of
from bevdrivers.models.ml.covariance import ml_scores
from bevdrivers.models.ml.information import expected_information, residuals, score_terms
from bevdrivers.models.ml.optimum import Point

from ...conftest import MUNNELL, reference
from ...made_up import scattered

# splm's optimiser leaves up to 2e-7 of a parameter in the coefficients
OPTIMISER = 1e-6

DYNAMIC = reference("munnell/dynamic")
EFFECTS = {"individual": "unit", "time": "time", "twoways": "two-way"}
KINDS = {"tl": "time", "stl": "space", "tl_stl": "both"}
MODELS = {"sar": bd.SpatialLag, "sdm": bd.SpatialDurbin}
FORMULA = "y ~ x1 + x2"
SLOPES = {"x1": 1.0, "x2": -0.5, "W_x1": 0.4, "W_x2": 0.3}
PROCESS = {"tau": 0.4, "eta": 0.1, "rho": 0.3}


def theirs(name: str) -> str:
    return {"tau": "ylag", "eta": "w_ylag"}.get(name, name.replace("W_", "w_"))


def truth_of(model: bd.SpatialLag) -> dict[str, float]:
    """True values of the parameters that a model has."""
    slopes = {
        name: value for name, value in SLOPES.items() if model.lag_x or not name.startswith("W_")
    }
    lags = {"time": ["tau"], "space": ["eta"], "both": ["tau", "eta"]}[model.dynamic]
    lags += ["rho"] if model.lag_y else []
    return slopes | {name: PROCESS[name] for name in lags} | ({"lam": 0.2} if model.lag_u else {})


def drawn(model: bd.SpatialLag, W: bd.SpatialWeights, T: int, seed: int = 0) -> bd.Panel:
    return bd.simulate_panel(model, W, params=truth_of(model), periods=T, seed=seed)


class TestReference:
    # without its correction one of them has a root of 1.03 at an eigenvalue of -0.7
    @pytest.mark.filterwarnings("ignore:The dynamic estimates:bevdrivers.errors.BoundWarning")
    @pytest.mark.parametrize("case", DYNAMIC)
    def test_direct_ml_equals_splm(self, case, munnell, states):
        truth = DYNAMIC[case]
        _, model, effects, kind = case.split("_", 3)
        options = {"fixed_effects": EFFECTS[effects], "dynamic": KINDS[kind]}
        request = MODELS[model](MUNNELL, correction=None, demean="before-lag", **options)
        fit = request.fit(munnell, states)
        expected = {**truth["coefficients"], "rho": truth["rho"]}
        for name in fit.params.index:
            assert fit.params[name] == pytest.approx(expected[theirs(name)], rel=OPTIMISER)
            assert fit.std_errors[name] == pytest.approx(truth["se"][theirs(name)], rel=OPTIMISER)
        assert fit.sigma2 == pytest.approx(truth["sigma2"], rel=OPTIMISER)
        assert fit.loglik == pytest.approx(truth["logLik"], abs=1e-9)

    def test_order_of_parameters_and_periods(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL, durbin=["lpc"], dynamic="both").fit(munnell, states)
        assert list(fit.params.index) == [
            "lpcap",
            "lpc",
            "lemp",
            "unemp",
            "W_lpc",
            "tau",
            "eta",
            "rho",
        ]
        components = fit.tidy().set_index("term")["component"]
        assert list(components) == [*["main"] * 4, "wx", "dynamic", "dynamic", "spatial"]
        assert fit.sample.design.periods == tuple(range(1971, 1987))
        assert (fit.tau, fit.eta) == (fit.params["tau"], fit.params["eta"])
        assert fit.described["dynamic"] == "both"
        text = fit.summary()
        assert "given the outcome of 1970" in text
        assert "Yu, de Jong and Lee's correction" in text

    def test_it_is_the_static_model_with_lagged_columns(self, munnell, states):
        """A lag of the formula and a column made by hand: the same direct likelihood."""
        y = munnell["lgsp"]
        lagged = munnell.with_columns(
            spill=np.concatenate([y[:1], states.align(munnell.units).lag(y)[:-1]])
        )
        static = bd.SpatialLag("lgsp ~ lpc + lag(lgsp, 1) + spill", correction=None).fit(
            lagged, states
        )
        fit = bd.SpatialLag("lgsp ~ lpc", dynamic="both", correction=None).fit(munnell, states)
        np.testing.assert_allclose(fit.params, static.params, rtol=1e-9)
        np.testing.assert_allclose(fit.cov, static.cov, rtol=1e-7)
        assert fit.loglik == pytest.approx(static.loglik, rel=1e-12)
        assert fit.n_params == static.n_params


class TestBias:
    @pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.GeneralNesting, bd.SpatialDurbinError])
    @pytest.mark.parametrize("effects", ["two-way", "unit"])
    def test_mean_of_the_score(self, model, effects):
        """At the true parameters the mean of the score over samples is what `score_bias` says."""
        W, T, R = scattered(seed=6), 6, 3000
        request = model(FORMULA, dynamic="both" if model.lag_y else "time", fixed_effects=effects)
        truth = truth_of(request)
        sample = sample_of(request, drawn(request, W, T), W)
        K = sample.n_regressors
        values = np.array([truth[name] for name in labels(sample)])
        at_truth = Point(values[:K], values[K:], 1.0)
        rng = np.random.default_rng(3)
        scores = np.array([_score(_drawn_again(sample, truth, rng), at_truth) for _ in range(R)])
        expected = score_bias(sample, truth, 1.0)
        errors = scores.std(axis=0) / np.sqrt(R)
        z = (scores.mean(axis=0) - expected) / errors
        assert np.abs(z).max() < 3.5
        # and it is far from zero: tau, sigma2
        assert np.abs(scores.mean(axis=0) / errors)[[sample.names.index("tau"), -1]].min() > 20

    def test_sums_of_powers(self):
        """The traces by eigenvalues against matrices, in contrasts."""
        W = scattered(seed=6)
        request = bd.SpatialDurbin(FORMULA, dynamic="both")
        sample = sample_of(request, drawn(request, W, 7), W)
        T = sample.shape[0]
        tau, eta, rho = (PROCESS[name] for name in ("tau", "eta", "rho"))
        S = np.eye(12) - rho * W.dense
        A = np.linalg.solve(S, tau * np.eye(12) + eta * W.dense)
        C = sum(
            (1 - (h + 1) / T) * np.linalg.matrix_power(A, h) for h in range(T - 1)
        ) @ np.linalg.inv(S)
        G = W.dense @ np.linalg.inv(S)
        J = np.eye(12) - 1 / 12
        traces = [
            np.trace(J @ M)
            for M in (C, W.dense @ C, G + G @ (tau * np.eye(12) + eta * W.dense) @ C)
        ]
        bias = score_bias(sample, PROCESS, 0.5)
        np.testing.assert_allclose(bias[-4:-1], -np.array(traces), rtol=1e-10)
        assert bias[-1] == pytest.approx(-11 / (2 * 0.5))
        assert (bias[:-4] == 0).all()

    @pytest.mark.parametrize("effects", ["time", None])
    def test_without_unit_effects_there_is_nothing_to_correct(self, effects):
        W = scattered()
        request = bd.SpatialLag(FORMULA, dynamic="both", fixed_effects=effects)
        truth = truth_of(request) | ({} if effects else {"Intercept": 1.0})
        panel = bd.simulate_panel(request, W, params=truth, periods=8, seed=0)
        fit = request.fit(panel, W)
        b, ssr = _likelihood(fit).solve(fit.estimate.point.p)
        np.testing.assert_array_equal(b, fit.params.to_numpy()[: len(b)])
        direct = request.replace(correction=None).fit(panel, W)
        assert (effects is None) == np.allclose(direct.params, fit.params)

    def test_correction_vanishes_with_the_number_of_periods(self):
        """Ten times the periods, a tenth of the step."""
        W = scattered(N=20)
        request = bd.SpatialLag(FORMULA, dynamic="both", fixed_effects="unit")
        steps = []
        for T in (31, 301):
            panel = drawn(request, W, T)
            corrected, direct = (
                request.replace(correction=c).fit(panel, W) for c in ("lee-yu", None)
            )
            steps.append(corrected.tau - direct.tau)
        assert steps[0] > 0
        assert steps[0] / steps[1] == pytest.approx(10, rel=0.25)

    def test_recovery(self):
        W = scattered(N=40)
        request = bd.SpatialDurbin(FORMULA, dynamic="both")
        truth = truth_of(request)
        fit = request.fit(drawn(request, W, 200, seed=5), W)
        distance = (fit.params - [truth[name] for name in fit.terms]) / fit.std_errors
        assert distance.abs().max() < 3.5
        assert fit.std_errors.max() < 0.05
        assert fit.sigma2 == pytest.approx(1.0, abs=0.07)

    @pytest.mark.parametrize("model", [bd.SpatialLag, bd.GeneralNesting])
    def test_names_and_order_of_units_do_not_matter(self, model):
        W = scattered()
        request = model(FORMULA, dynamic="both")
        panel = drawn(request, W, 20)
        fit = request.fit(panel, W)
        names = {unit: f"z{(7 * k) % 12:02d}" for k, unit in enumerate(W.ids)}
        frame = panel.frame.assign(**{panel.unit: panel.frame[panel.unit].map(names)})
        other = bd.Panel.from_frame(frame, unit=panel.unit, time=panel.time)
        weights = bd.SpatialWeights.from_matrix(W.links, [names[unit] for unit in W.ids])
        there = request.fit(other, weights)
        np.testing.assert_allclose(there.params, fit.params, rtol=1e-7)
        np.testing.assert_allclose(there.std_errors, fit.std_errors, rtol=1e-7)


def _drawn_again(sample, truth, rng, errors=None):
    """The same regressors with new errors (T, N), from a first outcome that is noise."""
    T, N = sample.shape
    K = sample.n_regressors - len(sample.dynamic)
    W = sample.W.dense if sample.W is not None else np.zeros((N, N))
    M = sample.M.dense if sample.M is not None else np.zeros((N, N))
    inverse = np.linalg.inv(np.eye(N) - truth.get("rho", 0.0) * W)
    spread = np.linalg.inv(np.eye(N) - truth.get("lam", 0.0) * M)
    systematic = sample.Z[:, :, :K] @ np.array([truth[name] for name in sample.names[:K]])
    y = np.empty((T + 1, N))
    y[0] = rng.standard_normal(N)
    for t in range(T):
        own = truth["tau"] * y[t] + truth.get("eta", 0.0) * W @ y[t]
        e = rng.standard_normal(N) if errors is None else errors[t]
        y[t + 1] = inverse @ (own + systematic[t] + spread @ e)
    lags = {"tau": y[:-1], "eta": y[:-1] @ W.T}
    before = np.stack([lags[name] for name in sample.dynamic], axis=2)
    return replace(sample, y=y[1:], Z=np.concatenate([sample.Z[:, :, :K], before], axis=2))


def _likelihood(fit):
    from bevdrivers.models.ml.likelihood import Likelihood

    return Likelihood.of(fit.sample)


def _score(sample, fit):
    """Score of (b, rho, lam, sigma2) from its definition."""
    at, dims = score_terms(sample, fit), sample.contrasts
    parts = list(np.einsum("tik,ti->k", at.Z, at.e) / fit.sigma2)
    for lag, A in zip(at.lags, at.operators, strict=True):
        parts.append(
            np.sum(lag * at.e) / fit.sigma2 - dims.periods * np.trace(dims.project(A.matrix))
        )
    return np.array([*parts, np.sum(at.e**2) / (2 * fit.sigma2**2) - dims.nobs / (2 * fit.sigma2)])


class TestWithoutALagOfY:
    """y of the period before in least squares and in error models: the corrections at rho = 0."""

    @pytest.mark.parametrize("effects", ["two-way", "unit", None])
    def test_uncorrected_it_is_the_regression_on_the_lagged_outcome(self, effects, munnell):
        request = bd.NonSpatial(MUNNELL, dynamic="time", fixed_effects=effects, correction=None)
        fit = request.fit(munnell)
        static = bd.NonSpatial(f"{MUNNELL} + lag(lgsp, 1)", fixed_effects=effects, correction=None)
        plain = static.fit(munnell)
        for cov_type in ("classical", "robust", "clustered"):
            a, b = fit.with_cov(cov_type), plain.with_cov(cov_type)
            np.testing.assert_allclose(a.params, b.params, rtol=1e-9)
            np.testing.assert_allclose(a.cov, b.cov, rtol=1e-7, atol=1e-14)
        assert fit.tau == fit.params["tau"]
        assert fit.loglik == pytest.approx(plain.loglik)

    def test_correction_by_hand(self, munnell):
        """One evaluation of Kiviet's leading term, then one more at what it corrects to."""
        fit, direct = (
            bd.NonSpatial(MUNNELL, dynamic="time", correction=c).fit(munnell)
            for c in ("auto", None)
        )
        Z, T = direct.sample.columns[:, :, :5].reshape(-1, 5), 16
        y = direct.sample.columns[:, :, 5].ravel()
        b, s2 = direct.params.to_numpy(), direct.sigma2
        for _ in range(2):
            total = sum((1 - (h + 1) / T) * b[-1] ** h for h in range(T - 1))
            # 47 contrasts over the units
            b = direct.params + np.linalg.inv(Z.T @ Z)[:, -1] * s2 * 47 * total
            b = b.to_numpy()
            s2 = np.sum((y - Z @ b) ** 2) / direct.df_resid
        np.testing.assert_allclose(fit.params, b, rtol=1e-9)
        assert fit.sigma2 == pytest.approx(s2)
        assert fit.glance()["correction"].item() == "yu-de-jong-lee"
        assert "Yu, de Jong and Lee" in bd.regression_table([fit]).to_markdown()
        assert "bias corrected" in fit.summary()

    @pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLagX, bd.SpatialError])
    def test_bias_is_gone(self, model):
        """T = 8: direct estimates of tau are 0.08 too small; 40 draws have a standard error of
        0.007.
        """
        W = scattered(N=30)
        request = model(FORMULA, dynamic="time")
        taus = {"auto": [], None: []}
        for seed in range(40):
            panel = drawn(request, W, 9, seed)
            for correction, computed in taus.items():
                computed.append(request.replace(correction=correction).fit(panel, W).tau)
        assert np.mean(taus["auto"]) == pytest.approx(0.4, abs=0.025)
        assert np.mean(taus[None]) < 0.4 - 0.05

    def test_impacts_over_time(self):
        W = scattered(N=30)
        request = bd.SpatialLagX(FORMULA, dynamic="time")
        fit = request.fit(drawn(request, W, 15), W)
        beta, theta, tau = (fit.params[name] for name in ("x1", "W_x1", "tau"))
        total = beta + theta
        for horizon, factor in (("short", 1.0), (2, 1 + tau + tau**2), ("long", 1 / (1 - tau))):
            impacts = fit.impacts(horizon=horizon)
            assert impacts.direct["x1"] == pytest.approx(beta * factor)
            assert impacts.total["x1"] == pytest.approx(total * factor)
        for horizon, slope, factor in (
            (2, 1 + 2 * tau, 1 + tau + tau**2),
            ("long", (1 - tau) ** -2, 1 / (1 - tau)),
        ):
            gradient = np.zeros(len(fit.params))
            gradient[[fit.terms.index(name) for name in ("x1", "W_x1")]] = factor
            gradient[fit.terms.index("tau")] = slope * total
            expected = np.sqrt(gradient @ fit.covariance @ gradient)
            assert fit.impacts(horizon=horizon).std_errors("total")["x1"] == pytest.approx(expected)
        drawn_errors = fit.impacts(draws=4000, seed=1, horizon=2).errors
        np.testing.assert_allclose(drawn_errors, fit.impacts(horizon=2).errors, rtol=0.1, atol=1e-6)
        assert fit.largest_root == pytest.approx(abs(tau))


class TestSandwich:
    """Covariances for errors that are not normal, of different variances, or dependent through
    them.
    """

    @pytest.mark.parametrize("kind", ["robust", "clustered"])
    @pytest.mark.parametrize("effects", ["two-way", "unit"])
    def test_middle_is_the_variance_of_the_score(self, kind, effects):
        """Errors whose variance follows their own past (ARCH): the mean of the estimate against the
        spread.
        """
        W, T, R = scattered(seed=6), 25, 400
        request = bd.SpatialLag(FORMULA, dynamic="both", fixed_effects=effects)
        truth = truth_of(request)
        sample = sample_of(request, drawn(request, W, T + 1), W)
        K, N = sample.n_regressors, sample.shape[1]
        values = np.array([truth[name] for name in labels(sample)])
        at_truth = Point(values[:K], values[K:], 1.0)
        rng = np.random.default_rng(3)
        scores, middles = [], []
        for _ in range(R):
            e = np.zeros((T + 1, N))
            for t in range(1, T + 1):
                e[t] = rng.standard_normal(N) * np.sqrt(0.6 + 0.4 * e[t - 1] ** 2)
            again = _drawn_again(sample, truth, rng, e[1:])
            scores.append(_score(again, at_truth))
            errors = residuals(again, at_truth)
            scale = 1.0 / np.mean(errors**2) if kind == "robust" else N / (N - 1)
            supposed = covariance.KINDS[kind]()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", bd.SampleWarning)
                middles.append(supposed.variance(ml_scores(again, at_truth), None) * scale)
        expected = np.cov(np.array(scores).T)
        size = np.sqrt(np.diag(expected))[:-1]
        gap = (np.mean(middles, axis=0) - expected)[:-1, :-1] / np.outer(size, size)
        # 400 draws: 7 % of a variance; clusters of 12 units in demeaned data are too small by some
        # 1/T more
        assert np.abs(gap).max() < 0.2
        # the information matrix is far off for tau
        tau = sample.names.index("tau")
        information = expected_information(again, at_truth)
        assert expected[tau, tau] / information[tau, tau] > 1.2

    def test_normal_errors_of_one_variance(self):
        """All kinds estimate the same thing then."""
        W = scattered(N=60)
        request = bd.SpatialDurbin(FORMULA, dynamic="both")
        fit = request.fit(drawn(request, W, 60), W)
        for kind in ("hessian", "qml", "robust", "clustered"):
            np.testing.assert_allclose(fit.with_cov(kind).std_errors, fit.std_errors, rtol=0.3)
        with pytest.raises(bd.OptionError, match="endogenous"):
            fit.with_cov("driscoll-kraay")


class TestStability:
    def test_the_condition_is_that_of_the_matrix(self):
        W = scattered(seed=6)
        assert np.iscomplexobj(W.spectrum.values)
        request = bd.SpatialLag(FORMULA, dynamic="both", fixed_effects="unit")
        fit = request.fit(drawn(request, W, 40), W)
        A = np.linalg.solve(
            np.eye(12) - fit.rho * W.dense, fit.tau * np.eye(12) + fit.eta * W.dense
        )
        assert fit.largest_root == pytest.approx(np.abs(np.linalg.eigvals(A)).max(), rel=1e-9)
        assert fit.stable

    def test_sum_below_one_is_not_enough(self):
        """tau -0.5, rho 0.6, eta -0.4: the sum is -0.3 and the process explodes."""
        W = scattered()
        request = bd.SpatialLag(FORMULA, dynamic="both")
        with pytest.raises(bd.InputError, match="largest root below 1"):
            bd.simulate_panel(
                request,
                W,
                params={"x1": 1, "x2": 0, "tau": -0.5, "eta": -0.4, "rho": 0.6},
                periods=5,
                seed=0,
            )

    def test_an_explosive_panel_warns(self):
        W = scattered()
        rng = np.random.default_rng(0)
        y, x = np.ones((12, 12)), rng.standard_normal((12, 12))
        for t in range(1, 12):
            y[t] = 1.3 * y[t - 1] + x[t] + 0.1 * rng.standard_normal(12)
        panel = bd.Panel.from_arrays({"y": y, "x": x}, units=W.ids, periods=range(12))
        with pytest.warns(bd.BoundWarning, match="not stable"):
            fit = bd.SpatialLag("y ~ x", dynamic="time", fixed_effects="unit").fit(panel, W)
        assert not fit.stable
        with pytest.raises(bd.OptionError, match="largest root"):
            fit.impacts(horizon="long")
        assert np.isfinite(fit.impacts(horizon=2).frame).all(axis=None)

    def test_static_models_are_stable(self, munnell, states):
        fit = bd.SpatialLag(MUNNELL).fit(munnell, states)
        assert fit.stable
        assert fit.largest_root == 0.0
        assert np.isnan(fit.tau)


class TestImpacts:
    @pytest.mark.parametrize("horizon", ["short", 0, 1, 4, "long"])
    def test_they_are_those_of_the_difference_equation(self, horizon, munnell, states):
        """A lasting unit change of one regressor in one unit at a time, run through the fitted
        equation.
        """
        fit = bd.SpatialDurbin(MUNNELL, dynamic="both").fit(munnell, states)
        W = states.align(munnell.units).dense
        N = len(W)
        periods = {"short": 1, "long": 800}.get(
            horizon, horizon if isinstance(horizon, str) else horizon + 1
        )
        beta, theta = fit.params["lpc"], fit.params["W_lpc"]
        push = beta * np.eye(N) + theta * W  # a column a changed unit
        y = np.zeros((N, N))
        for _ in range(periods):
            y = np.linalg.solve(np.eye(N) - fit.rho * W, fit.tau * y + fit.eta * W @ y + push)
        frame = fit.impacts(horizon=horizon).frame.loc["lpc"]
        assert frame["direct"] == pytest.approx(np.trace(y) / N, rel=1e-9)
        assert frame["total"] == pytest.approx(y.sum() / N, rel=1e-9)
        assert frame["indirect"] == pytest.approx((y.sum() - np.trace(y)) / N, rel=1e-9)

    def test_one_period_change_is_the_difference_of_horizons(self):
        W = scattered()
        tau, eta, rho = PROCESS.values()
        B = np.linalg.inv(np.eye(12) - rho * W.dense)
        A = B @ (tau * np.eye(12) + eta * W.dense)
        late, before = (multiplier(W.dense, PROCESS, h)[0] for h in (3, 2))
        np.testing.assert_allclose(late - before, np.linalg.matrix_power(A, 3) @ B, atol=1e-14)

    @pytest.mark.parametrize("horizon", [0, 1, 5, "long"])
    @pytest.mark.parametrize("name", ["tau", "eta", "rho"])
    def test_derivatives_of_the_multiplier(self, horizon, name):
        W, step = scattered(normalise="spectral").dense, 1e-6
        slope = multiplier(W, PROCESS, horizon)[1][name]
        ends = [
            multiplier(W, PROCESS | {name: PROCESS[name] + move}, horizon)[0]
            for move in (step, -step)
        ]
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * step), atol=1e-7)

    @pytest.mark.parametrize("horizon", ["short", 3, "long"])
    @pytest.mark.parametrize("kind", ["time", "space", "both"])
    def test_simulated_errors_agree_with_the_delta_method(self, horizon, kind):
        """Many periods, so that the impacts are nearly linear over the spread of the estimates."""
        W = scattered(N=25, k=4)
        request = bd.SpatialDurbin(FORMULA, dynamic=kind)
        fit = request.fit(drawn(request, W, 400), W)
        delta, drawn_ = (
            fit.impacts(horizon=horizon),
            fit.impacts(horizon=horizon, draws=4000, seed=1),
        )
        for component in ("direct", "indirect", "total"):
            # 4,000 draws give a standard deviation to 1.1 %, the curvature adds a little
            np.testing.assert_allclose(
                drawn_.std_errors(component), delta.std_errors(component), rtol=0.06
            )
        assert drawn_.glance().loc[0, "horizon"] == horizon

    def test_unstable_draws_are_rejected_and_counted(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL, dynamic="both").fit(munnell, states)
        rng = np.random.default_rng(0)
        draws = (
            fit.params.to_numpy()
            + rng.standard_normal((20_000, 11)) @ np.linalg.cholesky(fit.cov).T
        )
        tau, eta, rho = (draws[:, [fit.terms.index(name)]] for name in ("tau", "eta", "rho"))
        omega = states.spectrum.values
        outside = np.mean(np.abs((tau + eta * omega) / (1 - rho * omega)).max(axis=1) >= 1)
        assert 0.005 < outside < 0.5, "the case must have something to reject"
        impacts = fit.impacts(horizon="long", draws=2000, seed=3)
        seen = 2000 + impacts.rejected
        assert impacts.rejected / seen == pytest.approx(outside, abs=5 * np.sqrt(outside / seen))

    @pytest.mark.parametrize("horizon", [-1, 1.5, True, "medium"])
    def test_horizons_are_checked(self, horizon):
        W = scattered()
        request = bd.SpatialLag(FORMULA, dynamic="time")
        with pytest.raises(bd.OptionError, match="horizon"):
            request.fit(drawn(request, W, 8), W).impacts(horizon=horizon)

    def test_a_static_model_has_one_horizon(self, munnell, states):
        with pytest.raises(bd.OptionError, match="not dynamic"):
            bd.SpatialLag(MUNNELL).fit(munnell, states).impacts(horizon="long")


class TestRefusals:
    @pytest.mark.parametrize(
        ("model", "options", "argument"),
        [
            (bd.NonSpatial, {"dynamic": "space"}, "dynamic"),
            (bd.SpatialError, {"dynamic": "both"}, "dynamic"),
            (bd.SpatialLag, {"dynamic": "spatial"}, "dynamic"),
            (bd.SpatialLag, {"dynamic": "both", "correction": "elhorst"}, "correction"),
            (bd.SpatialLag, {"dynamic": "both", "cov_type": "driscoll-kraay"}, "cov_type"),
            (bd.SpatialLag, {"dynamic": "both", "random_effects": "kkp"}, "dynamic"),
        ],
    )
    def test_options(self, model, options, argument):
        with pytest.raises(bd.OptionError) as caught:
            model(FORMULA, **options)
        assert caught.value.argument == argument

    def test_to_a_model_that_cannot_be_dynamic(self):
        request = bd.SpatialDurbin(FORMULA, dynamic="both")
        assert request.to(bd.SpatialLag).dynamic == "both"
        assert request.to(bd.NonSpatial).dynamic is None

    def test_the_lagged_outcome_in_the_formula(self, munnell, states):
        with pytest.raises(bd.InputError, match="no lag of the outcome beside"):
            bd.SpatialLag("lgsp ~ lpc + lag(lgsp, 1)", dynamic="time").fit(munnell, states)

    def test_a_regressor_named_tau(self, munnell, states):
        panel = munnell.with_columns(tau=munnell["lpc"])
        with pytest.raises(bd.InputError, match="no regressor named"):
            bd.SpatialLag("lgsp ~ tau", dynamic="time").fit(panel, states)

    def test_a_gap_in_the_years(self, munnell, states):
        panel = munnell.select(periods=[1970, 1971, 1973, 1974, 1975])
        with pytest.raises(bd.DataError, match="gap"):
            bd.SpatialLag("lgsp ~ lpc", dynamic="time").fit(panel, states)

    def test_tests_from_least_squares(self, munnell, states):
        request = bd.SpatialDurbin(MUNNELL, dynamic="both")
        for test in (bd.lm_tests, bd.effects_tests, bd.select_model):
            with pytest.raises(bd.OptionError, match="not dynamic"):
                test(request, munnell, states)
        with pytest.raises(bd.OptionError, match="not dynamic"):
            bd.hausman_test(request, munnell)


def test_a_lag_of_a_regressor_takes_its_own_periods(munnell, states):
    fit = bd.SpatialDurbin("lgsp ~ lag(lpc, 2) + lemp + unemp", dynamic="both").fit(munnell, states)
    assert fit.sample.design.periods == tuple(range(1972, 1987))
    np.testing.assert_array_equal(fit.sample.Z[:, :, -2], munnell["lgsp"][1:-1])


def test_information_has_the_predetermined_columns_as_they_are(munnell, states):
    fit = bd.SpatialLag(MUNNELL, dynamic="both").fit(munnell, states)
    information = expected_information(fit.sample, fit.estimate.point)
    before = fit.sample.within.demean(munnell["lgsp"][:-1])
    at = fit.terms.index("tau")
    assert information[at, at] == pytest.approx(np.sum(before**2) / fit.sigma2)


def test_tables_say_what_was_done(munnell, states):
    fit = bd.SpatialDurbin(MUNNELL, dynamic="both").fit(munnell, states)
    table = bd.regression_table([fit], impacts=[fit.impacts(horizon="long")])
    text = table.to_markdown()
    assert "Yu, de Jong and Lee (2008)" in text
    assert "long-run impacts" in text


def test_likelihood_ratio_between_kinds_of_dynamics(munnell, states):
    both = bd.SpatialLag(MUNNELL, dynamic="both").fit(munnell, states)
    time = bd.SpatialLag(MUNNELL, dynamic="time").fit(munnell, states)
    test = both.lr_test(time)
    assert test.df == (1,)
    assert test.statistic > 50
    assert both.wald_test("eta").statistic > 50
    later = munnell.select(periods=munnell.periods[1:])
    static = bd.SpatialLag(MUNNELL).fit(later, states)
    with pytest.raises(bd.InputError, match="same contrasts"):
        both.lr_test(static)
    direct = both.estimator.replace(correction=None).fit(munnell, states)
    assert direct.lr_test(static.estimator.replace(correction=None).fit(later, states)).df == (2,)


def test_fitted_values_add_up(munnell, states):
    """Outcome = tau y(-1) + eta W y(-1) + rho W y + X b + effects + residual, and the reduced form
    says the same.
    """
    fit = bd.SpatialDurbin(MUNNELL, dynamic="both").fit(munnell, states)
    y = munnell["lgsp"]
    np.testing.assert_allclose(fit.fitted_values + fit.resids, y[1:], rtol=1e-10)
    W = states.align(munnell.units).dense
    reduced = fit.predict().to_numpy()
    np.testing.assert_allclose(
        reduced - fit.rho * reduced @ W.T, fit.fitted_values - fit.rho * y[1:] @ W.T, rtol=1e-8
    )
