"""Random effects: splm's figures, a dense likelihood written from the definition, special cases,
refusals.
"""

from __future__ import annotations

import pickle
import warnings
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import optimize, special

import bevdrivers as bd
from bevdrivers.models.ml.likelihood import Likelihood
from bevdrivers.models.random.covariance import unit_scores
from bevdrivers.models.random.information import score_and_information
from bevdrivers.models.random.likelihood import RandomLikelihood
from bevdrivers.models.sandwich import independent
from bevdrivers.simulation.panels import autoregression

from ...conftest import MUNNELL, reference
from ...made_up import ALL, drawn, scattered, uneven
from ..test_reference import theirs

SPLM = reference("munnell/random")
MODELS = {
    "nospatial": bd.NonSpatial,
    "sar": bd.SpatialLag,
    "sem": bd.SpatialError,
    "sarsem": bd.SpatialCombined,
    "nospatial_durbin": bd.SpatialLagX,
    "sar_durbin": bd.SpatialDurbin,
    "sem_durbin": bd.SpatialDurbinError,
    "sarsem_durbin": bd.GeneralNesting,
}
KINDS = {"none": "baltagi", "b": "baltagi", "kkp": "kkp"}
# splm's optimiser stops this far from the optimum: 5e-6 in the intercept of its SARAR fits, 2e-6 of
# phi
OPTIMISER = 1e-5
# splm's standard errors of phi and of a single spatial parameter are those of a numerical Hessian
# by differences
DIFFERENCES = 5e-3


def fitted(case: str, panel: bd.Panel, weights: bd.SpatialWeights, **options) -> bd.FitResult:
    model, kind = case.split("_random_")
    return MODELS[model](MUNNELL, random_effects=KINDS[kind], **options).fit(panel, weights)


class TestSplm:
    @pytest.mark.parametrize("case", [case for case in SPLM if "_random_" in case])
    def test_estimates_and_log_likelihood(self, case, munnell, states):
        truth, fit = SPLM[case], fitted(case, munnell, states)
        for name in fit.params.index:
            label = name if name == "lam" else theirs(name)
            assert fit.params[name] == pytest.approx(truth["coefficients"][label], abs=OPTIMISER)
        assert fit.variance_components.phi == pytest.approx(truth["phi"], rel=OPTIMISER)
        assert fit.variance_components.sigma2_e == pytest.approx(truth["sigma2"], rel=OPTIMISER)
        # both to the rounding of 816 terms
        assert fit.loglik >= truth["logLik"] - 1e-9
        assert fit.loglik == pytest.approx(truth["logLik"], abs=1e-8)

    @pytest.mark.parametrize(
        "case", [case for case in SPLM if "_random_" in case and case.startswith(("nos", "sem_"))]
    )
    def test_standard_errors_without_a_lag_of_y(self, case, munnell, states):
        truth, fit = SPLM[case], fitted(case, munnell, states)
        observed = fit.with_cov("hessian")
        for name in fit.sample.names:
            assert fit.std_errors[name] == pytest.approx(
                truth["se"][theirs(name)], rel=2 * OPTIMISER
            )
        assert observed.variance_components.std_errors["phi"] == pytest.approx(
            truth["se_phi"], rel=DIFFERENCES
        )
        if "lam" in fit.params:
            assert observed.std_errors["lam"] == pytest.approx(truth["se"]["lam"], rel=DIFFERENCES)

    @pytest.mark.parametrize("case", ["sar_random_none", "sar_durbin_random_none"])
    def test_standard_errors_with_a_lag_of_y(self, case, munnell, states):
        """Those of rho and phi agree; splm's of the coefficients are conditional on rho, so never
        larger than ours.
        """
        truth, fit = SPLM[case], fitted(case, munnell, states)
        observed = fit.with_cov("hessian")
        assert observed.std_errors["rho"] == pytest.approx(truth["se"]["rho"], rel=DIFFERENCES)
        assert observed.variance_components.std_errors["phi"] == pytest.approx(
            truth["se_phi"], rel=DIFFERENCES
        )
        for name in fit.sample.names:
            assert fit.std_errors[name] >= truth["se"][theirs(name)] * (1 - 1e-6)

    def test_pooled_log_likelihood(self, munnell):
        fit = bd.NonSpatial(MUNNELL, random_effects="kkp").fit(munnell)
        assert fit.estimate.pooled_loglik == pytest.approx(
            SPLM["nospatial_pooling"]["logLik"], abs=1e-9
        )


# --- the likelihood as the definition has it: one NT x NT covariance matrix -----------------------


def moments(fit: bd.FitResult, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (NT,) and covariance (NT, NT) of y at (b, rho, lam, psi, phi, sigma2)."""
    sample = fit.sample
    (T, N), K = sample.shape, sample.n_regressors
    rest = list(values[K:])
    rho = rest.pop(0) if sample.W is not None else 0.0
    lam = rest.pop(0) if sample.M is not None else 0.0
    psi = rest.pop(0) if sample.serial else 0.0
    phi, s2 = rest
    over_time = psi ** np.abs(np.subtract.outer(np.arange(T), np.arange(T))) / (1.0 - psi**2)
    eye = np.eye(N)
    A = eye - rho * sample.W.dense if sample.W is not None else eye
    R = eye - lam * sample.M.dense if sample.M is not None else eye
    to_y = np.kron(np.eye(T), np.linalg.inv(A))
    filtered = np.kron(np.eye(T), np.linalg.inv(R))
    of_e, of_mu = np.kron(over_time, eye), phi * np.kron(np.ones((T, T)), eye)
    if fit.estimator.random_effects == "baltagi":
        of_v = filtered @ of_e @ filtered.T + of_mu
    else:
        of_v = filtered @ (of_e + of_mu) @ filtered.T
    return to_y @ (sample.Z @ values[:K]).ravel(), s2 * to_y @ of_v @ to_y.T


def dense_loglik(fit: bd.FitResult, values: np.ndarray) -> float:
    mean, variance = moments(fit, values)
    e = fit.sample.y.ravel() - mean
    return float(
        -0.5
        * (
            np.linalg.slogdet(variance)[1]
            + e @ np.linalg.solve(variance, e)
            + len(e) * np.log(2 * np.pi)
        )
    )


def estimates(fit: bd.FitResult) -> np.ndarray:
    return np.array([*fit.params, fit.variance_components.phi, fit.sigma2])


def errors(fit: bd.FitResult) -> np.ndarray:
    of_variances = fit.variance_components.std_errors
    return np.array([*fit.std_errors, of_variances["phi"], of_variances["sigma2_e"]])


def small(
    model: type, kind: str | None, W: bd.SpatialWeights, seed: int = 3, **options
) -> bd.FitResult:
    request = model("y ~ x1 + x2", random_effects=kind, **options)
    truth = {
        "Intercept": 1.0,
        "x1": 1.0,
        "x2": -0.5,
        "W_x1": 0.4,
        "W_x2": 0.3,
        "rho": 0.3,
        "lam": 0.3,
        "psi": 0.4,
    }
    wanted = ["Intercept", "x1", "x2", *["W_x1", "W_x2"] * request.lag_x]
    wanted += ["rho"] * request.lag_y + ["lam"] * request.lag_u + ["psi"] * request.serial_errors
    params = {name: truth[name] for name in wanted}
    return request.fit(
        bd.simulate_panel(request, W, params=params, periods=5, sigma2=0.5, seed=seed), W
    )


CASES = [
    (bd.NonSpatial, "baltagi", False),
    (bd.SpatialDurbin, "baltagi", False),
    *product([bd.SpatialError, bd.SpatialCombined, bd.GeneralNesting], ["baltagi", "kkp"], [False]),
    (bd.NonSpatial, "baltagi", True),
    (bd.SpatialLag, "kkp", True),
    *product([bd.SpatialError, bd.SpatialCombined], ["baltagi", "kkp"], [True]),
]


@pytest.mark.parametrize("weights", [scattered, uneven])
@pytest.mark.parametrize(("model", "kind", "serial"), CASES)
class TestDenseLikelihood:
    def test_log_likelihood_and_optimum(self, model, kind, serial, weights):
        fit = small(model, kind, weights(), serial_errors=serial)
        point, scale = estimates(fit), errors(fit)
        assert fit.loglik == pytest.approx(dense_loglik(fit, point), abs=1e-9)
        score = score_and_information(fit.sample, kind, point)[0]
        # what is left of the way to the optimum, in standard errors
        assert np.abs(score * scale).max() < 1e-6
        # 1e-3 standard errors: central differences of the dense likelihood leave some 1e-6
        steps = np.diag(1e-3 * scale)
        slopes = [
            (dense_loglik(fit, point + m) - dense_loglik(fit, point - m)) / 2e-3 for m in steps
        ]
        assert np.abs(slopes).max() < 1e-5

    def test_observed_information_is_the_numerical_hessian(self, model, kind, serial, weights):
        fit = small(model, kind, weights(), serial_errors=serial, cov_type="hessian")
        point, scale = estimates(fit), errors(fit)
        step = 5e-3
        steps = np.diag(step * scale)

        def bend(a: np.ndarray, b: np.ndarray) -> float:
            ways = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
            return sum(i * j * dense_loglik(fit, point + i * a + j * b) for i, j in ways) / (
                4 * step**2
            )

        hessian = np.array([[bend(a, b) for b in steps] for a in steps])
        expected = np.sqrt(np.diag(np.linalg.inv(-hessian)))
        # in units of our own standard errors these are ones; the differences leave some 1e-4
        np.testing.assert_allclose(expected, 1.0, rtol=5e-4)

    def test_expected_information_is_that_of_the_dense_moments(self, model, kind, serial, weights):
        fit = small(model, kind, weights(), serial_errors=serial)
        point = estimates(fit)
        inverse = np.linalg.inv(moments(fit, point)[1])
        steps = np.diag(1e-5 * np.maximum(np.abs(point), 0.1))
        pairs = [(moments(fit, point + s), moments(fit, point - s), 2 * s.sum()) for s in steps]
        of_mean = [(up[0] - down[0]) / width for up, down, width in pairs]
        of_variance = [inverse @ (up[1] - down[1]) / width for up, down, width in pairs]
        expected = np.array(
            [
                [
                    m @ inverse @ n + np.sum(D * E.T) / 2
                    for n, E in zip(of_mean, of_variance, strict=True)
                ]
                for m, D in zip(of_mean, of_variance, strict=True)
            ]
        )
        information = score_and_information(fit.sample, kind, point)[1]
        size = np.sqrt(np.diag(expected))
        np.testing.assert_allclose(
            information / np.outer(size, size), expected / np.outer(size, size), atol=1e-7
        )
        np.testing.assert_allclose(
            errors(fit), np.sqrt(np.diag(np.linalg.inv(expected))), rtol=1e-6
        )

    def test_predicted_effects_are_the_conditional_mean(self, model, kind, serial, weights):
        fit = small(model, kind, weights(), serial_errors=serial)
        sample, point = fit.sample, estimates(fit)
        T, N = sample.shape
        mean, variance = moments(fit, point)
        eye = np.eye(N)
        A = eye - fit.rho * sample.W.dense if sample.W is not None else eye
        R = eye - fit.lam * sample.M.dense if sample.M is not None and kind == "kkp" else eye
        inside = np.linalg.inv(R)
        of_mu = point[-2] * point[-1] * inside @ inside.T
        with_y = np.kron(np.ones((1, T)), of_mu) @ np.kron(np.eye(T), np.linalg.inv(A).T)
        expected = with_y @ np.linalg.solve(variance, sample.y.ravel() - mean)
        np.testing.assert_allclose(fit.effects.unit, expected, atol=1e-9)

    def test_gradient_equals_differences(self, model, kind, serial, weights):
        likelihood = RandomLikelihood.of(
            small(model, kind, weights(), serial_errors=serial).sample, kind
        )
        for q in (0.2, 0.8):
            p = np.array(
                [{"rho": 0.15, "lam": -0.2, "psi": 0.3, "q": q}[name] for name in likelihood.names]
            )
            value, gradient, _ = likelihood.score(p)
            assert value == likelihood.value(p)
            steps = 1e-6 * np.eye(len(p))
            slopes = [
                (likelihood.value(p + step) - likelihood.value(p - step)) / 2e-6 for step in steps
            ]
            np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-5)

    def test_no_start_finds_better(self, model, kind, serial, weights):
        fit = small(model, kind, weights(), serial_errors=serial)
        likelihood = RandomLikelihood.of(fit.sample, kind)
        rng = np.random.default_rng(1)
        low, high = likelihood.bounds.T
        inside = [(a + 1e-4, b - 1e-4) for a, b in likelihood.bounds]
        for _ in range(4):
            start = low + rng.uniform(0.1, 0.9, len(low)) * (high - low)
            other = optimize.minimize(lambda q: -likelihood.value(q), start, bounds=inside)
            assert -other.fun <= fit.loglik + 1e-7


# --- special cases and invariances ----------------------------------------------------------------


class TestCollapse:
    @pytest.mark.parametrize("kind", ["baltagi", "kkp"])
    @pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialError, bd.GeneralNesting])
    def test_phi_zero_is_the_pooled_likelihood(self, model, kind):
        sample = small(model, kind, scattered()).sample
        p = np.array([0.2, -0.3])[: model.lag_y + model.lag_u]
        at_zero = RandomLikelihood.of(sample, kind).value(np.append(p, 1.0))
        assert at_zero == pytest.approx(Likelihood.of(sample).value(p), abs=1e-9)

    def test_both_kinds_agree_without_an_error_lag(self, munnell, states):
        for model in (bd.NonSpatial, bd.SpatialDurbin):
            a, b = (
                model(MUNNELL, random_effects=kind).fit(munnell, states)
                for kind in ("baltagi", "kkp")
            )
            np.testing.assert_array_equal(a.params, b.params)
            np.testing.assert_array_equal(a.cov, b.cov)
        sample = small(bd.GeneralNesting, "kkp", scattered()).sample
        values = [
            RandomLikelihood.of(sample, kind).value(np.array([0.2, 0.0, 0.4]))
            for kind in ("baltagi", "kkp")
        ]
        assert values[0] == pytest.approx(values[1], abs=1e-10)

    @pytest.mark.parametrize("model", ALL)
    def test_at_the_bound_it_warns_and_is_the_pooled_fit(self, model):
        """Variables without unit means leave nothing for mu: phi = 0."""
        W = scattered()
        panel = drawn(model, W, T=6, effects="unit")
        centred = {name: panel[name] - panel[name].mean(axis=0) for name in ("y", "x1", "x2")}
        panel = panel.with_columns(**centred)
        request = model("y ~ x1 + x2", random_effects="kkp")
        with pytest.warns(bd.BoundWarning, match="pooled fit"):
            fit = request.fit(panel, W)
        pooled = request.replace(random_effects=None, fixed_effects=None).fit(panel, W)
        np.testing.assert_array_equal(fit.params, pooled.params)
        assert fit.loglik == pooled.loglik
        assert fit.variance_components.phi == 0.0
        assert np.isnan(fit.variance_components.std_errors["phi"])
        assert fit.variance_components.std_errors["sigma2_e"] > 0
        if pooled.df_resid is None:
            np.testing.assert_allclose(fit.cov, pooled.cov, rtol=1e-8, atol=1e-12)
            observed = (f.with_cov("hessian").cov for f in (fit, pooled))
            np.testing.assert_allclose(*observed, rtol=1e-4, atol=1e-7)
        test = bd.random_effects_test(fit)
        assert (test.statistic, test.p_value) == (0.0, 1.0)
        assert "at its bound" in fit.summary()

    @pytest.mark.parametrize("kind", ["baltagi", "kkp"])
    @pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialError])
    def test_relabelled_units(self, model, kind, munnell_frame, munnell, states):
        rng = np.random.default_rng(0)
        names = {state: f"z{k:02d}" for k, state in enumerate(rng.permutation(list(munnell.units)))}
        frame = munnell_frame.assign(state=munnell_frame["state"].map(names)).sample(
            frac=1, random_state=1
        )
        order = rng.permutation(48)
        shuffled = bd.SpatialWeights.from_matrix(
            states.sparse[order][:, order], [names[states.ids[i]] for i in order], name="shuffled"
        )
        request = model(MUNNELL, random_effects=kind)
        there = request.fit(bd.Panel.from_frame(frame, unit="state", time="year"), shuffled)
        here = request.fit(munnell, states)
        np.testing.assert_allclose(estimates(there), estimates(here), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(errors(there), errors(here), rtol=1e-6)
        assert there.loglik == pytest.approx(here.loglik, abs=1e-7)


class TestMundlak:
    def test_slopes_are_those_of_fixed_effects(self, munnell):
        """Mundlak (1978): with the means of all regressors GLS is the within estimator."""
        fit = bd.NonSpatial(MUNNELL, random_effects="baltagi", mundlak=True).fit(munnell)
        within = bd.NonSpatial(MUNNELL, fixed_effects="unit").fit(munnell)
        np.testing.assert_allclose(fit.params[within.params.index], within.params, rtol=1e-9)

    def test_means_of_lagged_regressors_too(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL, random_effects="kkp", mundlak=True, durbin=["lpc"]).fit(
            munnell, states
        )
        assert [name for name in fit.terms if name.startswith("mean_")] == [
            "mean_lpcap",
            "mean_lpc",
            "mean_lemp",
            "mean_unemp",
            "mean_W_lpc",
        ]
        assert list(fit.impacts().terms) == ["lpcap", "lpc", "lemp", "unemp"]

    def test_dummies_and_constants_get_none(self, munnell, states):
        panel = munnell.with_columns(
            region=lambda p: np.broadcast_to(np.arange(48) % 5, p["lpc"].shape)
        )
        fit = bd.SpatialLag(
            "lgsp ~ lpc + region + C(year)", random_effects="baltagi", mundlak=True
        ).fit(panel, states)
        assert [name for name in fit.terms if name.startswith("mean_")] == ["mean_lpc"]

    def test_test_is_the_wald_test_of_the_means(self, munnell, states):
        fit = bd.SpatialLag(MUNNELL, random_effects="baltagi", mundlak=True).fit(munnell, states)
        test = bd.mundlak_test(fit)
        R = np.array(
            [
                [term == f"mean_{name}" for term in fit.terms]
                for name in ("lpcap", "lpc", "lemp", "unemp")
            ]
        )
        gap = R @ fit.params.to_numpy()
        assert test.statistic == pytest.approx(
            gap @ np.linalg.solve(R @ fit.cov.to_numpy() @ R.T, gap)
        )
        assert test.df == (4,)
        with pytest.raises(bd.InputError, match="mundlak=True"):
            bd.mundlak_test(bd.SpatialLag(MUNNELL, random_effects="baltagi").fit(munnell, states))


class TestLikelihoodRatio:
    def test_phi_at_its_bound_takes_half_the_p_value(self, munnell, states):
        fit = bd.SpatialLag(MUNNELL, random_effects="baltagi").fit(munnell, states)
        pooled = bd.SpatialLag(MUNNELL, fixed_effects=None).fit(munnell, states)
        test = fit.lr_test(pooled)
        assert test.statistic == pytest.approx(2 * (1426.57670518143 - 827.041966036973), abs=1e-6)
        assert bd.random_effects_test(fit).statistic == pytest.approx(test.statistic, rel=1e-12)
        assert test.p_value == pytest.approx(special.chdtrc(1, test.statistic) / 2)
        with pytest.raises(bd.InputError, match="random effects"):
            bd.random_effects_test(pooled)

    def test_mixture_with_further_restrictions(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL, random_effects="baltagi").fit(munnell, states)
        test = fit.lr_test(bd.NonSpatial(MUNNELL, fixed_effects=None).fit(munnell))
        tails = [special.chdtrc(df, test.statistic) for df in (5, 6)]
        assert test.df == (6,)
        assert test.p_value == pytest.approx(sum(tails) / 2)

    def test_between_fits_with_random_effects_it_is_plain(self, munnell, states):
        large = bd.SpatialCombined(MUNNELL, random_effects="kkp").fit(munnell, states)
        test = large.lr_test(bd.SpatialError(MUNNELL, random_effects="kkp").fit(munnell, states))
        assert test.statistic == pytest.approx(2 * (1491.94160792931 - 1491.91155855788), abs=1e-7)
        assert test.p_value == pytest.approx(special.chdtrc(1, test.statistic))
        assert large.wald_test("rho = 0").statistic == pytest.approx(large.tstats["rho"] ** 2)

    def test_what_does_not_nest_is_refused(self, munnell, states):
        fit = bd.SpatialError(MUNNELL, random_effects="baltagi").fit(munnell, states)
        for other in (
            bd.SpatialError(MUNNELL, fixed_effects="unit", correction=None),
            bd.SpatialCombined(MUNNELL, random_effects="kkp"),
        ):
            with pytest.raises(bd.InputError, match="other"):
                fit.lr_test(other.fit(munnell, states))

    def test_size_at_the_bound(self):
        """Without unit effects phi = 0 in half of the samples or more, and the test rejects in
        about 5 %.
        """
        W = scattered(N=20)
        request = bd.NonSpatial("y ~ x1", random_effects="baltagi")
        statistics = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", bd.BoundWarning)
            for seed in range(200):
                panel = bd.simulate_panel(
                    request,
                    W,
                    params={"Intercept": 1.0, "x1": 1.0},
                    periods=6,
                    unit_effects=0.0,
                    seed=seed,
                )
                statistics.append(bd.random_effects_test(request.fit(panel)))
        # 200 draws: standard errors 3.3 and 1.5 points. phi = 0 where the sum of squares of the 20
        # unit means, with 18 degrees of freedom after two coefficients, is below 20 s2: P(chi2(18)
        # < 20) = 0.67
        assert np.mean([test.statistic == 0 for test in statistics]) == pytest.approx(0.67, abs=0.1)
        assert np.mean([test.rejected for test in statistics]) == pytest.approx(0.05, abs=0.04)


# --- clusters of units ----------------------------------------------------------------------------


class TestClustered:
    """The sandwich: its scores, its middle, and the sandwich itself where units share nothing."""

    CASES = [
        (bd.NonSpatial, "kkp", False),
        (bd.SpatialDurbin, "baltagi", False),
        (bd.SpatialCombined, "kkp", True),
        (bd.SpatialError, None, True),
    ]

    @pytest.mark.parametrize(("model", "kind", "serial"), CASES)
    def test_contributions_add_up_to_the_score(self, model, kind, serial):
        options = {} if kind else {"fixed_effects": None}
        fit = small(model, kind, uneven(), serial_errors=serial, **options)
        values = np.array([*fit.params, fit.estimate.phi, fit.sigma2]) * 1.05
        parts = unit_scores(fit.sample, kind, values)
        total = parts.linear.sum(axis=(0, 1))
        for position, S in parts.quadratic:
            total[position] += np.sum((parts.e @ S) * parts.e) / 2
        score = score_and_information(fit.sample, kind, values)[0]
        free = np.arange(len(score)) != (len(score) - 2 if kind is None else -1)
        np.testing.assert_allclose(total[free], score[free], atol=1e-9)

    @pytest.mark.parametrize("serial", [False, True])
    def test_without_spatial_lags_it_is_the_sandwich_of_unit_likelihoods(self, serial):
        """Scores of each unit's own log-likelihood by differences, and its Hessian."""
        fit = small(bd.NonSpatial, "kkp", scattered(N=25), serial_errors=serial)
        sample, point = fit.sample, estimates(fit)
        T, K = len(sample.y), sample.n_regressors

        def by_unit(values: np.ndarray) -> np.ndarray:
            psi, (phi, s2) = values[K] if serial else 0.0, values[-2:]
            V = psi ** np.abs(np.subtract.outer(np.arange(T), np.arange(T))) / (1 - psi**2) + phi
            e = sample.y - sample.Z @ values[:K]
            return -0.5 * (
                np.linalg.slogdet(s2 * V)[1] + np.sum(e * np.linalg.solve(s2 * V, e), axis=0)
            )

        steps = np.diag(1e-4 * errors(fit))
        scores = np.array(
            [(by_unit(point + m) - by_unit(point - m)) / (2 * m.sum()) for m in steps]
        ).T
        shifts = np.diag(5e-3 * errors(fit))
        ways = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        hessian = np.array(
            [
                [
                    sum(i * j * by_unit(point + i * a + j * b).sum() for i, j in ways)
                    / (4 * a.sum() * b.sum())
                    for b in shifts
                ]
                for a in shifts
            ]
        )
        bread = np.linalg.inv(-hessian)
        expected = np.sqrt(np.diag(bread @ scores.T @ scores @ bread) * 25 / 24)
        # central differences leave some 1e-4
        np.testing.assert_allclose(errors(fit.with_cov("clustered")), expected, rtol=1e-3)

    @pytest.mark.parametrize(
        ("model", "serial"), [(bd.SpatialDurbin, False), (bd.SpatialCombined, True)]
    )
    def test_middle_is_the_variance_of_the_score(self, model, serial):
        """Skewed mu and e: at the truth the mean of the estimated variance is the variance of the
        score.
        """
        fit = small(model, "kkp", scattered(), serial_errors=serial)
        values = estimates(fit)
        rng = np.random.default_rng(4)
        (T, N), K = fit.sample.shape, fit.sample.n_regressors
        psi, (phi, s2) = fit.psi if serial else 0.0, values[-2:]
        A, R = (
            np.eye(N) if W is None else np.eye(N) - value * W.dense
            for W, value in ((fit.sample.W, fit.rho), (fit.sample.M, fit.lam))
        )
        back = np.linalg.inv(R @ A)
        middles, scores = [], []
        for _ in range(1500):
            e = np.sqrt(s2) * (rng.exponential(size=(T, N)) - 1.0)
            mu = np.sqrt(s2 * phi) * (rng.exponential(size=N) - 1.0)
            y = (fit.sample.Z @ values[:K]) @ np.linalg.inv(A).T + (
                mu + autoregression(e, psi)
            ) @ back.T
            sample = replace(fit.sample, y=y)
            scores.append(score_and_information(sample, "kkp", values)[0])
            middles.append(independent(unit_scores(sample, "kkp", values), by_unit=True))
        expected = np.cov(np.array(scores).T)
        size = np.sqrt(np.diag(expected))
        # 1,500 draws of heavy-tailed squares: some 6 % of a variance
        scale = np.outer(size, size)
        np.testing.assert_allclose(np.mean(middles, axis=0) / scale, expected / scale, atol=0.2)
        normal = score_and_information(fit.sample, "kkp", values)[1]
        assert expected[-1, -1] / normal[-1, -1] > 2

    def test_where_it_does_not_hold(self):
        for model in (bd.SpatialError, bd.GeneralNesting):
            with pytest.raises(bd.OptionError, match="random_effects='kkp'"):
                model("y ~ x", random_effects="baltagi", cov_type="clustered")
        assert (
            bd.SpatialLag("y ~ x", random_effects="baltagi", cov_type="clustered").cluster is None
        )

    def test_few_units_warn(self):
        fit = small(bd.SpatialLag, "kkp", scattered())
        with pytest.warns(bd.SampleWarning, match="12 clusters"):
            fit.with_cov("clustered")


# --- what a fit answers ---------------------------------------------------------------------------


class TestResult:
    def test_tidy_glance_and_summary(self, munnell, states):
        fit = bd.SpatialCombined(MUNNELL, random_effects="kkp").fit(munnell, states)
        assert list(fit.tidy()["term"]) == [
            "Intercept",
            "lpcap",
            "lpc",
            "lemp",
            "unemp",
            "rho",
            "lam",
        ]
        glance = fit.glance().iloc[0]
        assert (glance["random_effects"], glance["fixed_effects"], glance["correction"]) == (
            "kkp",
            "none",
            "none",
        )
        assert glance["phi"] == fit.variance_components.phi
        assert glance["aic"] == pytest.approx(-2 * fit.loglik + 2 * 9)
        components = fit.variance_components
        assert components.sigma2_mu == pytest.approx(components.phi * fit.sigma2)
        assert list(components.tidy()["term"]) == ["phi", "sigma2_mu", "sigma2_e"]
        assert components.glance()["share_mu"].item() == pytest.approx(
            components.phi / (1 + components.phi)
        )
        for needed in ("Random effects", "kkp", "sigma2_mu", "phi"):
            assert needed in fit.summary()
        assert "Kapoor" in bd.regression_table([fit]).to_markdown()

    def test_delta_method_of_sigma2_mu(self):
        fit = small(bd.SpatialError, "baltagi", scattered())
        J = np.array([fit.sigma2, fit.variance_components.phi])
        cov = fit.variance_components.cov.loc[["phi", "sigma2_e"], ["phi", "sigma2_e"]].to_numpy()
        assert fit.variance_components.std_errors["sigma2_mu"] == pytest.approx(
            np.sqrt(J @ cov @ J)
        )

    def test_impacts_equal_splm(self, munnell, states):
        fit = fitted("sar_random_none", munnell, states)
        truth = {
            "lpc": (0.227009032227612, 0.26903346974204),
            "unemp": (-0.00583456189047987, -0.00691466949317952),
        }
        for term, (direct, total) in truth.items():
            assert fit.impacts().direct[term] == pytest.approx(direct, abs=1e-6)
            assert fit.impacts().total[term] == pytest.approx(total, abs=1e-6)
        simulated = fit.impacts(draws=5000, seed=1)
        np.testing.assert_allclose(simulated.errors, fit.impacts().errors, rtol=0.06)

    def test_predictions_and_residuals(self, munnell, states):
        W = states.align(munnell.units)
        for model, kind in product((bd.SpatialLag, bd.GeneralNesting), ("baltagi", "kkp")):
            fit = model(MUNNELL, random_effects=kind).fit(munnell, states)
            structural = fit.predict(reduced=False).to_numpy()
            np.testing.assert_allclose(structural, fit.fitted_values, atol=1e-10)
            u = munnell["lgsp"] - structural
            e = u - (fit.lam * W.lag(u) if model.lag_u else 0.0)
            np.testing.assert_allclose(fit.resids, e, atol=1e-10)
            reduced = fit.predict().to_numpy()
            back = reduced - fit.rho * W.lag(reduced) + fit.rho * W.lag(munnell["lgsp"])
            np.testing.assert_allclose(back, structural, atol=1e-9)
            without = fit.predict(reduced=False, effects=False).to_numpy()
            np.testing.assert_allclose(
                structural - without, np.tile(fit.effects.unit, (17, 1)), atol=1e-10
            )

    def test_pickle(self, munnell, states):
        fit = bd.SpatialError(MUNNELL, random_effects="baltagi").fit(munnell, states)
        assert (
            pickle.loads(pickle.dumps(fit)).variance_components.phi == fit.variance_components.phi
        )

    def test_fixed_effects_tests_leave_random_ones_aside(self, munnell):
        model = bd.NonSpatial(MUNNELL, random_effects="kkp")
        plain = bd.hausman_test(bd.NonSpatial(MUNNELL), munnell)
        assert bd.hausman_test(model, munnell).statistic == plain.statistic


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "match"),
        [
            ({"random_effects": "swamy"}, "random_effects"),
            ({"random_effects": "kkp", "fixed_effects": "unit"}, r"C\(period\)"),
            ({"random_effects": "kkp", "fixed_effects": "time"}, "no fixed effects"),
            ({"random_effects": "kkp", "correction": "lee-yu"}, "correction"),
            ({"random_effects": "kkp", "correction": "elhorst"}, "correction"),
            ({"random_effects": "kkp", "demean": "before-lag"}, "demean"),
            ({"random_effects": "kkp", "cov_type": "clustered", "cluster": "time"}, "by time"),
            ({"random_effects": "kkp", "cov_type": "qml"}, "cov_type"),
            ({"mundlak": True}, "mundlak"),
            ({"random_effects": "kkp", "mundlak": 1}, "mundlak"),
        ],
    )
    def test_options(self, options, match):
        with pytest.raises(bd.OptionError, match=match):
            bd.SpatialDurbin(MUNNELL, **options)

    def test_data(self, munnell, states):
        request = bd.SpatialLag(MUNNELL, random_effects="kkp")
        with pytest.raises(bd.IdentificationError, match="2 periods"):
            request.fit(munnell.select(periods=[1986]), states)
        with pytest.raises(bd.OptionError, match="cov_type"):
            request.fit(munnell, states).with_cov("robust")
        panel = munnell.with_columns(mean_lpc=lambda p: p["lemp"])
        with pytest.raises(bd.OptionError, match="mean_lpc"):
            bd.NonSpatial("lgsp ~ lpc + mean_lpc", random_effects="kkp", mundlak=True).fit(panel)
        with pytest.raises(bd.OptionError, match="random_effects"):
            bd.lm_tests(request, munnell, states)

    def test_moving_to_another_model_keeps_them(self):
        request = bd.GeneralNesting(MUNNELL, random_effects="kkp", mundlak=True, cov_type="hessian")
        plain = request.to(bd.NonSpatial)
        assert (plain.random_effects, plain.mundlak, plain.cov_type) == ("kkp", True, "hessian")
        assert plain.effects is None
        clustered = bd.SpatialLag(
            MUNNELL, random_effects="baltagi", cov_type="clustered", cluster="unit"
        )
        assert clustered.to(bd.SpatialError).cov_type == "classical"
        moments = bd.SpatialLag(
            MUNNELL, random_effects="baltagi", method="gmm", two_stage="between"
        )
        assert moments.to(bd.SpatialError).random_effects == "kkp"
        assert moments.to(bd.NonSpatial).two_stage is None


@pytest.mark.parametrize(
    ("model", "kind", "serial"),
    [
        (bd.SpatialDurbin, "baltagi", False),
        (bd.SpatialError, "kkp", False),
        (bd.NonSpatial, "kkp", True),
    ],
)
def test_recovers_the_truth(model, kind, serial):
    """40 panels: means within four standard errors of the truth, standardised estimates of unit
    variance.
    """
    W = scattered(N=40, k=4)
    request = model("y ~ x1", random_effects=kind, serial_errors=serial)
    more = {
        bd.SpatialDurbin: {"W_x1": 0.4, "rho": 0.3},
        bd.SpatialError: {"lam": 0.4},
        bd.NonSpatial: {"psi": 0.4},
    }
    truth = {"Intercept": 1.0, "x1": 1.0} | more[model]
    computed, z = [], []
    for seed in range(40):
        panel = bd.simulate_panel(
            request, W, params=truth, periods=6, unit_effects=np.sqrt(2.0), seed=seed
        )
        fit = request.fit(panel, W)
        target = np.array([*(truth[name] for name in fit.terms), 2.0, 1.0])
        computed.append(estimates(fit) - target)
        z.append((estimates(fit) - target) / errors(fit))
    gap = np.mean(computed, axis=0) / (np.std(computed, axis=0) / np.sqrt(40))
    # ML leaves the intercept's degree of freedom out of phi: a bias of 1 / N, far below what 40
    # draws can tell
    assert np.abs(gap).max() < 4
    # the variance of 40 standard normal ones has a standard error of 0.22
    assert np.mean(np.square(z), axis=0).max() < 1.9
    assert np.mean(np.square(z), axis=0).min() > 0.35


def test_no_clustered_variance_is_negative_beside_nearly_collinear_regressors():
    """Three clusters, five coefficients, and an outlier of 1e6: the covariance has rank three."""
    x1 = [[1, 0, 0], [0, 1, 1], [0, 1, 1]]
    x2 = [[1e6, -0.1, 0.5], [-0.6, 0.1, -0.9], [0.8, 0.2, 0.3]]
    y = [[2.65, 2.73, 0.62], [0.41, 2.80, 0.33], [0.47, 2.76, 0.73]]
    columns = {name: np.array(v, float) for name, v in {"y": y, "x1": x1, "x2": x2}.items()}
    panel = bd.Panel.from_arrays(columns, units=["a", "b", "c"], periods=[2001, 2002, 2003])
    W = bd.SpatialWeights.from_matrix(np.ones((3, 3)) - np.eye(3), panel.units)
    request = bd.SpatialLagX("y ~ x1 + x2", random_effects="baltagi", cov_type="clustered")
    with pytest.warns(bd.SampleWarning, match="3 clusters"):
        covariance = request.fit(panel, W).cov.to_numpy()
    size = np.sqrt(np.diag(covariance))
    assert np.linalg.eigvalsh(covariance / np.outer(size, size)).min() >= -1e-12
