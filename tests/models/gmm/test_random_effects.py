"""Two-stage least squares and generalised moments with random effects: splm's figures, definitions,
special cases.
"""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy import optimize

import bevdrivers as bd

from ...conftest import MUNNELL, reference
from ...made_up import scattered

SPLM = reference("munnell/gmm_random")
MODELS = {
    "sar": bd.SpatialLag,
    "sar_durbin": bd.SpatialDurbin,
    "sem": bd.SpatialError,
    "sem_durbin": bd.SpatialDurbinError,
    "sarar": bd.SpatialCombined,
    "sarar_durbin": bd.GeneralNesting,
}
FORMS = {"b2sls": "between", "g2sls": "gls", "ec2sls": "error-components"}
TWO_STAGE = [case for case in SPLM if "_random_" not in case]
# splm's optimiser of the moments stops this far from their minimum
OPTIMISER = 2e-7


def label(name: str) -> str:
    return {"rho": "lambda", "Intercept": "(Intercept)"}.get(name, name.replace("W_", "lag_"))


def two_stage(case: str, panel: bd.Panel, weights: bd.SpatialWeights) -> bd.FitResult:
    options = {"method": "gmm", "random_effects": "kkp", "two_stage": FORMS[case.split("_")[-1]]}
    if not case.startswith("endog"):
        return MODELS[case.rpartition("_")[0]](MUNNELL, **options).fit(panel, weights)
    model = bd.NonSpatial if "nospatial" in case else bd.SpatialLag
    request = model(
        "lgsp ~ lpcap + lpc + unemp", endogenous=["lpcap"], instruments=["log(hwy)"], **options
    )
    return request.fit(panel, weights)


def by_moments(case: str, panel: bd.Panel, weights: bd.SpatialWeights) -> bd.FitResult:
    """splm's models with both lags take the instruments of error components."""
    model, gmm = case.split("_random_")
    form = "error-components" if "sarar" in model else None
    request = MODELS[model](MUNNELL, method="gmm", random_effects="kkp", gmm=gmm, two_stage=form)
    return request.fit(panel, weights)


class TestSplm:
    @pytest.mark.parametrize("case", TWO_STAGE)
    def test_two_stage_least_squares(self, case, munnell, states):
        truth, fit = SPLM[case], two_stage(case, munnell, states)
        for name in fit.params.index:
            assert fit.params[name] == pytest.approx(truth["coefficients"][label(name)], abs=1e-10)
            assert fit.std_errors[name] == pytest.approx(truth["se"][label(name)], rel=1e-9)

    @pytest.mark.parametrize(
        "case", [case for case in SPLM if case.endswith(("_initial", "_fullweights"))]
    )
    def test_moments(self, case, munnell, states):
        truth, fit = SPLM[case], by_moments(case, munnell, states)
        assert fit.lam == pytest.approx(truth["lam"], abs=OPTIMISER)
        components = fit.variance_components
        assert 1 + 17 * components.phi == pytest.approx(truth["s1"] / truth["s2"], rel=1e-6)
        for name in fit.params.index.drop("lam"):
            assert fit.params[name] == pytest.approx(
                truth["coefficients"][label(name)], abs=OPTIMISER
            )
            # splm takes the variance of the moments, we the mean square of what is left at the end
            scaled = truth["se"][label(name)] * np.sqrt(fit.sigma2 / truth["s2"])
            assert fit.std_errors[name] == pytest.approx(scaled, rel=1e-6)

    def test_weights_minimises_the_criterion(self, munnell, states):
        """The criterion of Kapoor, Kelejian and Prucha with both parts, by its definition; splm
        stops above it.
        """
        computed = by_moments("sem_random_weights", munnell, states)
        first, stopped = SPLM["sem_random_initial"], SPLM["sem_random_weights"]
        W = states.align(munnell.units).dense
        Z = np.stack(
            [np.ones((17, 48)), *(munnell[name] for name in ("lpcap", "lpc", "lemp", "unemp"))],
            axis=2,
        )
        y = munnell["lgsp"]
        u = y - Z @ np.linalg.lstsq(Z.reshape(-1, 5), y.ravel(), rcond=None)[0]
        parts = [
            (u - u.mean(axis=0), 16, first["s2"]),
            (np.tile(u.mean(axis=0), (17, 1)), 1, first["s1"]),
        ]
        expected = np.array([1.0, np.sum(W**2) / 48, 0.0])

        def criterion(lam: float) -> float:
            total = 0.0
            for part, periods, scale in parts:
                e = part - lam * part @ W.T
                Me = e @ W.T
                g = np.array([np.sum(e * e), np.sum(Me * Me), np.sum(e * Me)]) / (48 * periods)
                variance = expected @ g / (expected @ expected)
                total += periods / scale**2 * float(np.sum((g - variance * expected) ** 2))
            return total

        best = optimize.minimize_scalar(
            criterion, bounds=(0.2, 0.8), method="bounded", options={"xatol": 1e-10}
        )
        # the scales are splm's, to its optimiser's tolerance
        assert computed.lam == pytest.approx(best.x, abs=1e-6)
        assert criterion(computed.lam) < criterion(stopped["lam"]) * 0.9999


class TestSpecialCases:
    def test_between_is_two_stage_least_squares_of_unit_means(self, munnell, states):
        fit = two_stage("endog_lag_b2sls", munnell, states)
        columns = {
            name: munnell[name].mean(axis=0)[None] for name in ("lgsp", "lpcap", "lpc", "unemp")
        }
        columns["hwy"] = np.exp(np.log(munnell["hwy"]).mean(axis=0))[None]
        one = bd.Panel.from_arrays(columns, units=munnell.units, periods=[1986])
        request = bd.SpatialLag(
            "lgsp ~ lpcap + lpc + unemp",
            fixed_effects=None,
            method="gmm",
            endogenous=["lpcap"],
            instruments=["log(hwy)"],
        )
        alone = request.fit(one, states)
        np.testing.assert_allclose(fit.params, alone.params, atol=1e-10)
        for mine, plain in zip(fit.first_stage, alone.first_stage, strict=True):
            assert mine.statistic == pytest.approx(plain.statistic, rel=1e-8)
            assert mine.df == plain.df

    @pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialError])
    def test_without_variance_of_unit_means_it_is_the_pooled_fit(self, model):
        W = scattered(N=30)
        truth = {"Intercept": 1.0, "x1": 1.0} | ({"rho": 0.3} if model.lag_y else {"lam": 0.3})
        pooled = model(
            "y ~ x1", fixed_effects=None, method="gmm", gmm="initial" if model.lag_u else None
        )
        # of a seed whose unit means happen to vary less than errors do
        panel = bd.simulate_panel(
            pooled.replace(method="ml", gmm=None), W, params=truth, periods=5, seed=5
        )
        with pytest.warns(bd.BoundWarning, match="phi = 0"):
            fit = pooled.replace(random_effects="kkp").fit(panel, W)
        assert fit.variance_components.phi == 0.0
        if model.lag_y:
            np.testing.assert_allclose(fit.params, pooled.fit(panel, W).params, atol=1e-8)

    def test_order_of_units(self):
        W = scattered(N=30)
        request = bd.SpatialCombined(
            "y ~ x1", random_effects="kkp", method="gmm", cov_type="clustered"
        )
        truth = {"Intercept": 1.0, "x1": 1.0, "rho": 0.3, "lam": 0.3}
        panel = bd.simulate_panel(request, W, params=truth, periods=5, seed=1)
        order = np.random.default_rng(3).permutation(30)
        turned = bd.Panel.from_arrays(
            {name: panel[name][:, order] for name in ("y", "x1")},
            units=[panel.units[i] for i in order],
            periods=panel.periods,
        )
        first, second = request.fit(panel, W), request.fit(turned, W)
        np.testing.assert_allclose(first.params, second.params, rtol=1e-7)
        np.testing.assert_allclose(first.cov, second.cov, rtol=1e-6, atol=1e-12)


class TestResult:
    def test_what_it_answers(self, munnell, states):
        fit = by_moments("sarar_random_fullweights", munnell, states)
        components = fit.variance_components
        assert components.sigma2_mu == pytest.approx(components.phi * fit.sigma2)
        assert components.std_errors.isna().all()
        np.testing.assert_allclose(fit.fitted_values, fit.predict(reduced=False), atol=1e-10)
        assert fit.effects.unit.std() > 0.05
        text = fit.summary()
        assert "error-components" in text
        assert "(at its bound)" not in text
        assert "error components" in bd.regression_table([fit]).to_markdown()
        assert fit.impacts().total["lpc"] > 0
        assert pickle.loads(pickle.dumps(fit)).lam == fit.lam
        with pytest.raises(bd.InputError, match="maximum likelihood"):
            bd.random_effects_test(fit)

    def test_over_identification(self, munnell, states):
        fit = two_stage("sar_ec2sls", munnell, states)
        classical, clustered = fit.overidentification, fit.with_cov("clustered").overidentification
        # 3 x 4 instruments in deviations and as many in means, the intercept, less 6 coefficients
        assert classical.df == clustered.df == (2 * 12 + 1 - 6,)
        assert classical.name == "Sargan"
        assert clustered.statistic < classical.statistic


@pytest.mark.parametrize(
    ("model", "options", "argument"),
    [
        (bd.SpatialError, {"gmm": "robust"}, "gmm"),
        (bd.SpatialError, {"random_effects": "baltagi"}, "random_effects"),
        (bd.SpatialError, {"two_stage": "between"}, "two_stage"),
        (bd.SpatialLag, {"two_stage": "gls", "random_effects": None}, "two_stage"),
        (bd.SpatialLag, {"two_stage": "gls", "method": "ml"}, "method"),
        (bd.SpatialError, {"gmm": "weights", "random_effects": None}, "gmm"),
        (bd.SpatialLag, {"cov_type": "robust"}, "cov_type"),
        (bd.SpatialLag, {"cov_type": "clustered", "cluster": "time"}, "cov_type"),
        (bd.NonSpatial, {}, "method"),
    ],
)
def test_refusals(model, options, argument):
    with pytest.raises(bd.OptionError) as caught:
        model("y ~ x", **{"method": "gmm", "random_effects": "kkp", **options})
    assert caught.value.argument == argument


def test_more_regressors_than_units(munnell):
    few = munnell.select(units=munnell.units[:6])
    weights = bd.SpatialWeights.from_matrix(np.ones((6, 6)) - np.eye(6), few.units, normalise="row")
    with pytest.raises(bd.IdentificationError, match="variance of unit means"):
        bd.SpatialError(f"{MUNNELL} + water", method="gmm", random_effects="kkp").fit(few, weights)


@pytest.mark.slow
def test_standard_errors_are_the_spread():
    """Both lags, N = 60, T = 6, 200 draws: standard errors of spread 5 %, of coverage 1.5
    points.
    """
    W = scattered(N=60, k=5)
    request = bd.SpatialCombined("y ~ x1 + x2", random_effects="kkp", method="gmm")
    truth = {"Intercept": 1.0, "x1": 1.0, "x2": 1.0, "rho": 0.3, "lam": 0.3}
    gaps, errors = [], {"classical": [], "clustered": []}
    for seed in range(200):
        draw = request.replace(method="ml")
        fit = request.fit(bd.simulate_panel(draw, W, params=truth, periods=6, seed=seed), W)
        gaps.append(fit.params - [truth[name] for name in fit.terms])
        for kind, rows in errors.items():
            rows.append(fit.with_cov(kind).std_errors)
    gap = np.array(gaps)
    for rows in errors.values():
        np.testing.assert_allclose(np.mean(rows, axis=0), gap.std(axis=0), rtol=0.18)
        held = np.mean(np.abs(gap) < 1.96 * np.array(rows), axis=0)
        assert ((held > 0.89) & (held < 0.99)).all(), held
