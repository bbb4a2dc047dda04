"""Properties that must hold whatever the data: special cases that collapse, invariances, scores,
refusals.
"""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy import optimize, stats

import bevdrivers as bd
from bevdrivers.models.ml.information import expected_information
from bevdrivers.models.ml.likelihood import Likelihood

from ..conftest import MUNNELL
from ..made_up import ALL, ML, drawn, ring, scattered, uneven


class TestOptimum:
    @pytest.mark.parametrize("model", ML)
    @pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
    def test_score_is_zero_and_no_start_finds_better(self, model, effects):
        W = scattered()
        panel = drawn(model, W, effects=effects)
        fit = model("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)
        likelihood = Likelihood.of(fit.sample)
        p = fit.estimate.point.p
        value, gradient, hessian = likelihood.score(p)
        # what is left of the way to the optimum, in the parameters
        # the search stops within 1e-8 of the range, which is two or more long
        assert np.abs(np.linalg.solve(hessian, gradient)).max() < 2.5e-8
        assert value == pytest.approx(likelihood.value(p), abs=1e-9)
        rng = np.random.default_rng(1)
        low, high = likelihood.bounds.T
        inside = [(a + 1e-4, b - 1e-4) for a, b in likelihood.bounds]
        for _ in range(5):
            start = low + rng.uniform(0.1, 0.9, len(p)) * (high - low)
            other = optimize.minimize(lambda q: -likelihood.value(q), start, bounds=inside)
            assert -other.fun <= value + 1e-7

    @pytest.mark.parametrize("model", ML)
    def test_derivatives_equal_differences(self, model):
        W = scattered()
        likelihood = Likelihood.of(model("y ~ x1 + x2").fit(drawn(model, W), W).sample)
        p = np.array([0.15, -0.2])[: len(likelihood.bounds)]
        _, gradient, hessian = likelihood.score(p)
        for i in range(len(p)):
            step = np.eye(len(p))[i] * 1e-5
            slope = (likelihood.value(p + step) - likelihood.value(p - step)) / 2e-5
            curvature = (likelihood.score(p + step)[1] - likelihood.score(p - step)[1]) / 2e-5
            assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-6)
            np.testing.assert_allclose(hessian[i], curvature, rtol=1e-6, atol=1e-5)

    @pytest.mark.parametrize("model", ML)
    @pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
    def test_likelihood_equals_that_of_explicit_contrasts(self, model, effects):
        """The Lee-Yu likelihood, and its expected information against the mean of the outer product
        of the score.
        """
        W = scattered(N=9)
        panel = drawn(model, W, T=5, effects=effects)
        fit = model("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)
        F_T = _contrasts(5) if fit.sample.within.unit else np.eye(5)
        F_N = _contrasts(9) if fit.sample.within.time else np.eye(9)
        y = F_T.T @ fit.sample.y @ F_N
        Z = np.einsum("ts,tnk,nm->smk", F_T, fit.sample.Z, F_N)
        W_star = F_N.T @ W.dense @ F_N
        rho, lam = np.nan_to_num([fit.rho, fit.lam])
        A, R = (np.eye(len(W_star)) - value * W_star for value in (rho, lam))
        e = (y @ A.T - Z @ fit.params.to_numpy()[: Z.shape[2]]) @ R.T
        n = e.size
        s2 = float(np.sum(e**2)) / n
        volume = len(y) * (np.linalg.slogdet(A)[1] + np.linalg.slogdet(R)[1])
        assert fit.sigma2 == pytest.approx(s2, rel=1e-10)
        assert fit.loglik == pytest.approx(volume - n / 2 * (np.log(2 * np.pi * s2) + 1), abs=1e-8)


def _contrasts(n: int) -> np.ndarray:
    """Orthonormal columns that span the complement of the constant, (n, n - 1)."""
    return np.linalg.svd(np.eye(n) - 1.0 / n)[0][:, : n - 1]


@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialError, bd.GeneralNesting])
@pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
def test_information_is_the_variance_of_the_score(model, effects):
    """Monte Carlo over e at fixed mean, in explicit contrasts: the variance of the score is the
    expected information.

    (Direct likelihoods with dummies are checked against spatialreg's full information instead.)
    """
    W = scattered(N=8)
    panel = drawn(model, W, T=9, seed=1, effects=effects)
    fit = model("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)
    sample = fit.sample
    information = expected_information(sample, fit.estimate.point)
    F_T = _contrasts(9) if fit.sample.within.unit else np.eye(9)
    F_N = _contrasts(8) if fit.sample.within.time else np.eye(8)
    W_star = F_N.T @ W.dense @ F_N
    Z = np.einsum("ts,tnk,nm->smk", F_T, sample.Z, F_N)
    rho, lam = np.nan_to_num([fit.rho, fit.lam])
    K = Z.shape[2]
    A, R = (np.eye(len(W_star)) - value * W_star for value in (rho, lam))
    systematic = Z @ fit.params.to_numpy()[:K]
    rng = np.random.default_rng(0)
    e = np.sqrt(fit.sigma2) * rng.standard_normal((40_000, *systematic.shape))
    u = e @ np.linalg.inv(R).T
    y = (systematic + u) @ np.linalg.inv(A).T
    s2 = fit.sigma2
    scores = [np.einsum("rtn,tnk->rk", e, np.einsum("mn,tnk->tmk", R, Z)) / s2]
    if sample.W is not None:
        drift = np.sum(e * (y @ W_star.T @ R.T), axis=(1, 2)) / s2 - len(systematic) * np.trace(
            W_star @ np.linalg.inv(A)
        )
        scores.append(drift[:, None])
    if sample.M is not None:
        drift = np.sum(e * (u @ W_star.T), axis=(1, 2)) / s2 - len(systematic) * np.trace(
            W_star @ np.linalg.inv(R)
        )
        scores.append(drift[:, None])
    scores.append((np.sum(e**2, axis=(1, 2)) / (2 * s2**2) - systematic.size / (2 * s2))[:, None])
    variance = np.cov(np.hstack(scores).T)
    scale = np.sqrt(np.diag(information))
    # 40,000 draws: correlations are good to 0.005, variances to 1 % (fourth moments), five standard
    # errors
    np.testing.assert_allclose(
        variance / np.outer(scale, scale), information / np.outer(scale, scale), atol=0.05
    )


class TestCollapse:
    def test_without_dependence_the_lag_model_is_least_squares_at_rho_zero(self, munnell, states):
        sample = bd.SpatialLag(MUNNELL, correction=None).fit(munnell, states).sample
        at_zero = Likelihood.of(sample).value(np.array([0.0]))
        direct = bd.NonSpatial(MUNNELL, correction=None)
        assert at_zero == pytest.approx(direct.fit(munnell).loglik, abs=1e-8)

    def test_error_model_is_the_durbin_model_under_the_common_factor(self, munnell, states):
        sem = bd.SpatialError(MUNNELL, correction=None).fit(munnell, states)
        durbin = Likelihood.of(
            bd.SpatialDurbin(MUNNELL, correction=None).fit(munnell, states).sample
        )
        lam, b = sem.lam, sem.params.to_numpy()[:4]
        # the Durbin likelihood at rho = lam, theta = -lam beta, by its compressed columns
        e = durbin.plain @ np.concatenate([-b, lam * b, [1.0, -lam]])
        assert durbin.at(np.array([lam]), float(e @ e)) == pytest.approx(sem.loglik, abs=1e-8)

    def test_unit_effects_under_lee_yu_change_sigma2_only(self, munnell, states):
        lee_yu = bd.SpatialDurbin(MUNNELL, fixed_effects="unit").fit(munnell, states)
        direct = bd.SpatialDurbin(MUNNELL, fixed_effects="unit", correction=None).fit(
            munnell, states
        )
        np.testing.assert_allclose(lee_yu.params, direct.params, rtol=1e-7, atol=1e-9)
        assert lee_yu.sigma2 == pytest.approx(direct.sigma2 * 17 / 16, rel=1e-9)

    def test_general_model_nests_all(self, munnell, states):
        logliks = {model: model(MUNNELL).fit(munnell, states).loglik for model in ML}
        top = logliks.pop(bd.GeneralNesting)
        assert all(value <= top + 1e-8 for value in logliks.values())
        assert logliks[bd.SpatialLag] <= logliks[bd.SpatialDurbin]
        assert logliks[bd.SpatialLag] <= logliks[bd.SpatialCombined]


class TestInvariance:
    @pytest.mark.parametrize("model", ALL)
    def test_row_order_unit_names_and_weights_order(self, model, munnell_frame, munnell, states):
        rng = np.random.default_rng(0)
        names = {state: f"z{k:02d}" for k, state in enumerate(rng.permutation(list(munnell.units)))}
        frame = munnell_frame.assign(state=munnell_frame["state"].map(names)).sample(
            frac=1, random_state=1
        )
        order = rng.permutation(48)
        shuffled = bd.SpatialWeights.from_matrix(
            states.sparse[order][:, order], [names[states.ids[i]] for i in order], name="shuffled"
        )
        there = model(MUNNELL).fit(bd.Panel.from_frame(frame, unit="state", time="year"), shuffled)
        here = model(MUNNELL).fit(munnell, states)
        # the optimum is good to 1e-9 of the range of rho, and the coefficients with it
        np.testing.assert_allclose(there.params, here.params, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(there.cov, here.cov, rtol=1e-6, atol=1e-10)
        assert there.loglik == pytest.approx(here.loglik, abs=1e-7)

    @pytest.mark.parametrize("model", ALL)
    def test_scale_of_outcome_and_regressor(self, model, munnell, states):
        scaled = munnell.with_columns(
            lgsp=lambda p: 1000 * p["lgsp"], unemp=lambda p: p["unemp"] / 100
        )
        a, b = (model(MUNNELL).fit(panel, states) for panel in (munnell, scaled))
        factor = np.array(
            [1e5 if "unemp" in term else 1.0 if term in ("rho", "lam") else 1e3 for term in a.terms]
        )
        np.testing.assert_allclose(b.params, a.params * factor, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(b.tstats, a.tstats, rtol=1e-6)

    def test_inputs_are_not_changed(self, munnell_frame, munnell, states):
        before, weights = munnell_frame.copy(), states.sparse.toarray()
        bd.SpatialDurbin(MUNNELL).fit(munnell, states).impacts(draws=10, seed=1)
        assert before.equals(munnell_frame)
        np.testing.assert_array_equal(states.sparse.toarray(), weights)


class TestResult:
    def test_effects_reproduce_the_outcome(self, munnell, states):
        for model in ALL:
            fit = model(MUNNELL).fit(munnell, states)
            effects = fit.effects
            assert effects.unit.sum() == pytest.approx(0, abs=1e-9)
            assert effects.time.sum() == pytest.approx(0, abs=1e-9)
            # what is left of the outcome is u; filtered by the error's lag and demeaned it is e
            u = munnell["lgsp"] - fit.fitted_values.to_numpy()
            e = u if not model.lag_u else u - fit.lam * states.align(munnell.units).lag(u)
            np.testing.assert_allclose(fit.sample.within.demean(e), fit.resids, atol=1e-9)

    def test_effects_of_a_lag_model_are_those_of_dummies(self, munnell, states):
        """The unit effects keep the rho Wy term: regress y - rho Wy on X and explicit dummies."""
        fit = bd.SpatialLag(MUNNELL, fixed_effects="unit").fit(munnell, states)
        left = munnell["lgsp"] - fit.rho * states.align(munnell.units).lag(munnell["lgsp"])
        X = np.stack([munnell[name] for name in fit.sample.names], axis=2)
        expected = (left - X @ fit.params.to_numpy()[:4]).mean(axis=0)
        np.testing.assert_allclose(fit.effects.unit + fit.effects.intercept, expected, atol=1e-10)

    def test_predictions(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        structural = fit.predict(reduced=False)
        np.testing.assert_allclose(structural, fit.fitted_values, atol=1e-10)
        reduced = fit.predict().to_numpy()
        W = states.align(munnell.units)
        np.testing.assert_allclose(
            reduced - fit.rho * W.lag(reduced) + fit.rho * W.lag(munnell["lgsp"]),
            structural,
            atol=1e-9,
        )

    def test_tidy_and_glance(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        frame = fit.tidy(level=0.9)
        assert list(frame["component"]) == ["main"] * 4 + ["wx"] * 4 + ["spatial"]
        np.testing.assert_allclose(
            frame["conf_high"] - frame["conf_low"], 2 * 1.6448536269514722 * frame["std_error"]
        )
        glance = fit.glance().iloc[0]
        assert (glance["model"], glance["correction"], glance["fixed_effects"]) == (
            "SpatialDurbin",
            "lee-yu",
            "two-way",
        )
        assert glance["bic"] == pytest.approx(-2 * fit.loglik + 10 * np.log(47 * 16))

    def test_summary_says_what_was_done(self, munnell, states):
        text = bd.SpatialDurbin(MUNNELL).fit(munnell, states).summary()
        for needed in ("Lee-Yu", "two-way", "48 x 17", "W_lemp", "impacts()"):
            assert needed in text
        direct = bd.SpatialLag(MUNNELL, correction=None).fit(munnell, states).summary()
        assert "biased in short cross-sections" in direct

    def test_pickle_and_provenance(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        again = pickle.loads(pickle.dumps(fit))
        assert again.params.equals(fit.params)
        assert again.provenance.data_sha256 == fit.provenance.data_sha256
        other = bd.SpatialDurbin(MUNNELL).fit(
            munnell.with_columns(lpc=lambda p: p["lpc"] + 1e-9), states
        )
        assert other.provenance.data_sha256 != fit.provenance.data_sha256
        assert other.provenance.weights_sha256 == fit.provenance.weights_sha256


class TestImpacts:
    @pytest.mark.parametrize("normalise", ["row", "spectral", None])
    def test_formula_of_the_matrix(self, normalise):
        """Direct, indirect, total against the N x N matrices, for any normalisation."""
        W = uneven(N=15, normalise=normalise)
        if normalise is None:
            W = bd.SpatialWeights.from_matrix(W.links / 60.0, W.ids, normalise=None)
        panel = drawn(bd.SpatialDurbin, W, effects="unit")
        fit = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects="unit").fit(panel, W)
        impacts = fit.impacts()
        for term in ("x1", "x2"):
            S = np.linalg.inv(np.eye(15) - fit.rho * W.dense) @ (
                fit.params[term] * np.eye(15) + fit.params[f"W_{term}"] * W.dense
            )
            assert impacts.direct[term] == pytest.approx(np.trace(S) / 15, rel=1e-10)
            assert impacts.total[term] == pytest.approx(S.sum() / 15, rel=1e-10)
            assert impacts.indirect[term] == pytest.approx(
                (S.sum() - np.trace(S)) / 15, rel=1e-9, abs=1e-12
            )

    def test_delta_errors_equal_numerical_derivatives(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        W = states.align(munnell.units).dense

        def all_impacts(values: np.ndarray) -> np.ndarray:
            B = np.linalg.inv(np.eye(48) - values[-1] * W)
            S = [B @ (values[k] * np.eye(48) + values[4 + k] * W) for k in range(4)]
            direct, total = (
                np.array([np.trace(s) / 48 for s in S]),
                np.array([s.sum() / 48 for s in S]),
            )
            return np.concatenate([direct, total - direct, total])

        point = fit.params.to_numpy()
        steps = 1e-5 * np.eye(9)
        J = np.column_stack(
            [(all_impacts(point + s) - all_impacts(point - s)) / 2e-5 for s in steps]
        )
        expected = np.sqrt(np.diag(J @ fit.cov.to_numpy() @ J.T)).reshape(3, 4)
        np.testing.assert_allclose(fit.impacts().errors, expected, rtol=1e-6)

    def test_simulation_agrees_with_the_delta_method(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        simulated, delta = fit.impacts(draws=20_000, seed=3), fit.impacts()
        # rho is 0.41 with a standard error of 0.04: nearly linear there
        np.testing.assert_allclose(simulated.errors, delta.errors, rtol=0.05)
        assert simulated.glance().iloc[0]["rejected"] == 0

    def test_draws_are_reproducible_and_rejections_counted(self):
        W = ring(12)
        model = bd.SpatialLag("y ~ x1 + x2")
        panel = bd.simulate_panel(
            model, W, params={"x1": 0.1, "x2": 0.1, "rho": 0.9}, periods=3, seed=2
        )
        fit = model.fit(panel, W)
        a, b = (fit.impacts(draws=4000, seed=5) for _ in range(2))
        np.testing.assert_array_equal(a.sample_of_draws, b.sample_of_draws)
        assert len(a.sample_of_draws) == 4000
        low, high = W.spectrum.bounds
        error = fit.std_errors["rho"]
        outside = stats.norm.sf(high, fit.rho, error) + stats.norm.cdf(low, fit.rho, error)
        assert 0.005 < outside < 0.5, "the case must have something to reject"
        seen = 4000 + a.rejected
        assert a.rejected / seen == pytest.approx(outside, abs=5 * np.sqrt(outside / seen))

    def test_models_without_lags(self, munnell, states):
        for model in (bd.NonSpatial, bd.SpatialError):
            fit = model(MUNNELL).fit(munnell, states)
            impacts = fit.impacts()
            np.testing.assert_allclose(impacts.direct, fit.params.iloc[:4])
            np.testing.assert_allclose(impacts.std_errors("direct"), fit.std_errors.iloc[:4])
            assert (impacts.indirect == 0).all()
            assert (impacts.std_errors("indirect") == 0).all()

    def test_subset_of_lagged_regressors(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL, durbin=["lpc", "unemp"]).fit(munnell, states)
        assert list(fit.params.index) == [
            "lpcap",
            "lpc",
            "lemp",
            "unemp",
            "W_lpc",
            "W_unemp",
            "rho",
        ]
        impacts = fit.impacts()
        assert impacts.total["lpcap"] == pytest.approx(
            fit.params["lpcap"] / (1 - fit.rho), rel=1e-10
        )
        assert impacts.total["lpc"] == pytest.approx(
            (fit.params["lpc"] + fit.params["W_lpc"]) / (1 - fit.rho), rel=1e-10
        )

    def test_terms_that_share_a_variable_are_refused(self, munnell, states):
        fit = bd.SpatialLag("lgsp ~ lpc * unemp").fit(munnell, states)
        with pytest.raises(bd.OptionError, match="no impact of its own"):
            fit.impacts()


class TestRequests:
    def test_hashable_comparable_replaceable(self):
        a = bd.SpatialDurbin("y ~ x", durbin=["x"])
        assert a == bd.SpatialDurbin("y ~ x", durbin=("x",))
        assert (
            len({a, bd.SpatialDurbin("y ~ x", durbin=["x"]), a.replace(fixed_effects="unit")}) == 2
        )
        assert pickle.loads(pickle.dumps(a)) == a
        assert a.to(bd.SpatialLag) == bd.SpatialLag("y ~ x")
        assert a.to(bd.SpatialLag) != bd.SpatialDurbin("y ~ x")
        assert bd.SpatialDurbin("y ~ x", correction="lee-yu").to(bd.NonSpatial) == bd.NonSpatial(
            "y ~ x"
        )
        with pytest.raises(AttributeError):
            a.formula = "y ~ z"

    @pytest.mark.parametrize(
        ("options", "argument"),
        [
            ({"fixed_effects": "twoways"}, "fixed_effects"),
            ({"correction": "leeyu"}, "correction"),
            ({"cov_type": "HC1"}, "cov_type"),
            ({"correction": "lee-yu", "fixed_effects": None}, "correction"),
            ({"demean": "before-lag"}, "demean"),
            ({"durbin": "x"}, "durbin"),
        ],
    )
    def test_options_are_checked_in_the_constructor(self, options, argument):
        with pytest.raises(bd.OptionError) as caught:
            bd.SpatialDurbin("y ~ x", **options)
        assert caught.value.argument == argument

    def test_correction_does_not_apply_to_least_squares(self):
        with pytest.raises(bd.OptionError, match="least squares"):
            bd.NonSpatial("y ~ x", correction="lee-yu")
        with pytest.raises(bd.OptionError, match="lags of X"):
            bd.SpatialLag("y ~ x", durbin=["x"])


class TestRefusals:
    def test_equal_weights_with_time_effects(self):
        W = bd.SpatialWeights.from_matrix(
            np.ones((10, 10)) - np.eye(10), [f"u{i:02d}" for i in range(10)]
        )
        panel = drawn(bd.SpatialLag, scattered(10))
        for model in (bd.SpatialLag, bd.SpatialError, bd.SpatialCombined):
            with pytest.raises(bd.IdentificationError, match=r"weights.*flat"):
                model("y ~ x1 + x2").fit(panel, W)
        with pytest.raises(bd.IdentificationError, match="W_x1.*combination"):
            bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)
        assert bd.SpatialLag("y ~ x1 + x2", fixed_effects="unit").fit(panel, W).converged

    def test_national_series(self):
        W = scattered()
        panel = drawn(bd.SpatialLag, W)
        national = panel.with_columns(gdp=np.arange(8.0)[:, None] ** 2 + np.zeros((8, 12)))
        with pytest.raises(bd.IdentificationError, match="W_gdp.*combination.*durbin"):
            bd.SpatialDurbin("y ~ x1 + gdp", fixed_effects="unit").fit(national, W)
        assert (
            "gdp"
            in bd.SpatialDurbin("y ~ x1 + gdp", fixed_effects="unit", durbin=["x1"])
            .fit(national, W)
            .params
        )
        with pytest.raises(bd.IdentificationError, match="equal for all units in each period"):
            bd.SpatialLag("y ~ x1 + gdp").fit(national, W)

    def test_unit_constant_regressor(self):
        W = scattered()
        panel = drawn(bd.SpatialLag, W).with_columns(area=np.arange(12.0) + np.zeros((8, 12)))
        with pytest.raises(bd.IdentificationError, match="'area'.*constant over time"):
            bd.SpatialLag("y ~ x1 + area").fit(panel, W)

    def test_collinear_regressors_are_named(self):
        W = scattered()
        panel = drawn(bd.SpatialLag, W).with_columns(x3=lambda p: 2 * p["x1"] - p["x2"])
        with pytest.raises(
            bd.IdentificationError, match=r"'x3' is a combination of \['x1', 'x2'\]"
        ):
            bd.SpatialLag("y ~ x1 + x2 + x3").fit(panel, W)

    def test_small_samples(self):
        W = scattered()
        panel = drawn(bd.SpatialLag, W)
        with pytest.raises(bd.IdentificationError, match="at least 2 periods"):
            bd.SpatialLag("y ~ x1", fixed_effects="two-way").fit(panel.select(periods=[3]), W)
        assert (
            bd.SpatialLag("y ~ x1", fixed_effects="time").fit(panel.select(periods=[3]), W).nobs
            == 12
        )
        with pytest.raises(bd.IdentificationError, match="at least 3 units"):
            bd.NonSpatial("y ~ x1").fit(panel.select(units=["u00", "u01"]))
        with pytest.raises(bd.IdentificationError, match="fewer regressors than observations"):
            bd.NonSpatial("y ~ x1 + x2").fit(panel.select(units=panel.units[:3], periods=[1, 2]))

    def test_time_effects_need_row_normalised_weights(self):
        W = uneven()
        panel = drawn(bd.SpatialLag, scattered())
        with pytest.raises(bd.InputError, match=r"rows that sum to one.*normalise='spectral'"):
            bd.SpatialLag("y ~ x1").fit(panel, W)
        with pytest.raises(bd.InputError, match="error_weights"):
            bd.SpatialError("y ~ x1", correction=None).fit(panel, W)
        assert bd.SpatialLag("y ~ x1", fixed_effects="unit").fit(panel, W).converged
        assert bd.SpatialLag("y ~ x1", correction=None).fit(panel, W).converged
        assert bd.SpatialDurbin("y ~ x1").fit(panel, scattered(), x_weights=W).converged

    def test_weights_are_needed_and_are_weights(self):
        panel = drawn(bd.SpatialLag, scattered())
        with pytest.raises(bd.WeightsError, match="spatial weights for SpatialDurbin"):
            bd.SpatialDurbin("y ~ x1").fit(panel)
        with pytest.raises(bd.WeightsError, match="from_matrix"):
            bd.SpatialDurbin("y ~ x1").fit(panel, scattered().dense)
        with pytest.raises(bd.InputError, match="error_weights"):
            bd.SpatialLag("y ~ x1").fit(panel, scattered(), error_weights=scattered())

    def test_unknown_durbin_term(self):
        with pytest.raises(bd.OptionError, match="durbin.*'x9'"):
            bd.SpatialDurbin("y ~ x1 + x2", durbin=["x9"]).fit(
                drawn(bd.SpatialLag, scattered()), scattered()
            )

    def test_outcome_without_variation(self):
        panel = drawn(bd.SpatialLag, scattered()).with_columns(y=np.ones((8, 12)))
        with pytest.raises(bd.IdentificationError, match="an outcome that varies"):
            bd.SpatialLag("y ~ x1").fit(panel, scattered())

    def test_estimate_at_the_bound_warns(self):
        """Data that follow their neighbours without noise push rho to its end."""
        W = ring(12)
        rng = np.random.default_rng(0)
        smooth = np.cos(2 * np.pi * np.arange(12) / 12)[None, :] * rng.normal(size=(8, 1)) * 100
        panel = drawn(bd.SpatialLag, W).with_columns(y=smooth + 1e-3 * rng.standard_normal((8, 12)))
        with pytest.warns(bd.BoundWarning, match="rho"):
            bd.SpatialLag("y ~ x1").fit(panel, W)


class TestWeightsOfTheirOwn:
    def test_separate_weights_enter_where_they_should(self):
        W, V = scattered(seed=1), scattered(seed=2)
        panel = drawn(bd.GeneralNesting, W)
        fit = bd.GeneralNesting("y ~ x1 + x2").fit(panel, W, x_weights=V, error_weights=V)
        x = np.stack([panel["x1"], panel["x2"]], axis=2)
        np.testing.assert_allclose(fit.sample.Z[:, :, 2:], V.lag(x))
        assert fit.sample.W is W.align(panel.units)
        assert fit.sample.M is V.align(panel.units)

    def test_lag_in_the_formula(self):
        W = scattered()
        panel = drawn(bd.SpatialDurbin, W)
        by_formula = bd.NonSpatial("y ~ x1 + W(x1)").fit(panel, W)
        by_model = bd.SpatialLagX("y ~ x1").fit(panel, W)
        np.testing.assert_allclose(by_formula.params, by_model.params, rtol=1e-10)

    def test_directed_ring_has_a_stated_floor(self):
        W = ring(7, both=False)
        assert W.spectrum.bounds == (pytest.approx(-10.0), pytest.approx(1.0))
        panel = drawn(bd.SpatialLag, W, T=20)
        assert bd.SpatialLag("y ~ x1 + x2").fit(panel, W).rho == pytest.approx(0.3, abs=0.15)


class TestHypotheses:
    def test_wald_of_one_coefficient_is_its_z_squared(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        test = fit.wald_test("W_lemp = 0")
        assert test.statistic == pytest.approx(fit.tstats["W_lemp"] ** 2)
        assert test.p_value == pytest.approx(fit.pvalues["W_lemp"])

    def test_wald_reads_sums_and_labels_with_brackets(self, bev, queen):
        fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + log1p(policy)").fit(bev, queen)
        test = fit.wald_test("log(gdp_pc) - 2*W_log(gdp_pc) = 0.5 + rho")
        R = np.zeros(5)
        R[[0, 2, 4]] = 1, -2, -1
        gap = R @ fit.params - 0.5
        assert test.statistic == pytest.approx(gap**2 / (R @ fit.cov @ R))

    @pytest.mark.parametrize("text", ["lpcc = 0", "lpc lemp", "", "lpc = 0, 2*lpc = 0", "lpc == 0"])
    def test_wald_refuses(self, text, munnell, states):
        with pytest.raises(bd.InputError, match="hypothesis"):
            bd.SpatialLag(MUNNELL).fit(munnell, states).wald_test(text)

    def test_least_squares_wald_is_f(self, munnell):
        fit = bd.NonSpatial(MUNNELL).fit(munnell)
        test = fit.wald_test("lpcap = 0, lpc = 0, lemp = 0, unemp = 0")
        restricted = (
            munnell["lgsp"]
            - munnell["lgsp"].mean(0)
            - munnell["lgsp"].mean(1, keepdims=True)
            + munnell["lgsp"].mean()
        )
        rss = float(np.sum(fit.resids.to_numpy() ** 2))
        assert test.statistic == pytest.approx(
            (np.sum(restricted**2) - rss) / 4 / fit.sigma2, rel=1e-9
        )
        assert test.df == (4, 748)

    def test_lr_equals_spatialreg(self, munnell, states):
        import json

        from ..conftest import REFERENCE

        truth = json.loads((REFERENCE / "munnell/lsdv.json").read_text())["LR"]
        for kind, effects in (("individual", "unit"), ("time", "time"), ("twoways", "two-way")):
            durbin = bd.SpatialDurbin(MUNNELL, fixed_effects=effects, correction=None).fit(
                munnell, states
            )
            lag = durbin.estimator.to(bd.SpatialLag).fit(munnell, states)
            error = durbin.estimator.to(bd.SpatialError).fit(munnell, states)
            assert durbin.lr_test(lag).statistic == pytest.approx(
                truth[kind]["LR_sdm_vs_sar"], abs=1e-6
            )
            # twice the 3e-7 of spatialreg's error models
            assert error.lr_test(durbin).statistic == pytest.approx(
                truth[kind]["LR_sdm_vs_sem"], abs=1e-6
            )
            assert durbin.lr_test(lag).df == (4,)

    def test_likelihoods_of_different_data_are_not_compared(self, munnell, states):
        durbin = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        for other in (
            durbin.estimator.to(bd.SpatialLag).replace(fixed_effects="unit"),
            durbin.estimator.to(bd.SpatialLag).replace(correction=None),
            bd.NonSpatial(MUNNELL, correction=None),
        ):
            with pytest.raises(bd.InputError, match="correction=None"):
                durbin.lr_test(other.fit(munnell, states))
        with pytest.raises(bd.InputError, match="outcome"):
            durbin.lr_test(bd.SpatialLag("lpc ~ lemp").fit(munnell, states))
        with pytest.raises(bd.InputError, match="nobs"):
            durbin.lr_test(
                bd.SpatialLag(MUNNELL).fit(munnell.select(periods=range(1970, 1980)), states)
            )
