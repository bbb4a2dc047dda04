"""Two-stage least squares and generalised moments against splm, spatialreg, sphet, spreg and
linearmodels.
"""

from __future__ import annotations

import contextlib
import io
import pickle
from dataclasses import replace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.gmm.error_moments import iid_moments, residuals_and_lag, robust_moments
from bevdrivers.models.gmm.fixed_effects import _efficient_weight, _minimise, moments_estimate
from bevdrivers.models.gmm.instruments import Instruments
from bevdrivers.models.gmm.two_stage import filtered_columns, influence, two_stage

from ...conftest import MUNNELL, reference
from ...made_up import drawn, scattered

GMM = reference("munnell/gmm")
MODELS = {
    "sar": bd.SpatialLag,
    "sar_durbin": bd.SpatialDurbin,
    "sem": bd.SpatialError,
    "sem_durbin": bd.SpatialDurbinError,
    "sarar": bd.SpatialCombined,
    "sarar_durbin": bd.GeneralNesting,
    "endog_nospatial": bd.NonSpatial,
    "endog_lag": bd.SpatialLag,
}
# closed forms on both sides
EXACT = 1e-9
# nlminb in R, L-BFGS with numerical derivatives in spreg: lam is flat to about this
OPTIMISER = 1e-6
IV = {"endogenous": ["lpcap"], "instruments": ["log(hwy)"]}


def theirs(name: str, labels) -> str:
    """splm and sphet call the lag's parameter lambda, spatialreg Rho or Rho_Wy."""
    lag = {"lambda", "Rho", "Rho_Wy"} & set(labels)
    return {"rho": next(iter(lag), ""), "Intercept": "(Intercept)"}.get(
        name, name.replace("W_", "lag_")
    )


@pytest.fixture
def year(munnell) -> bd.Panel:
    return munnell.select(periods=[1986])


def cross_section(model: type, year, states, **options) -> bd.models.FitResult:
    return model(MUNNELL, method="gmm", fixed_effects=None, **options).fit(year, states)


class TestSplm:
    @pytest.mark.parametrize("case", [case for case in GMM if case.endswith("w2sls")])
    @pytest.mark.parametrize("demean", ["after-lag", "before-lag"])
    def test_two_stage_least_squares(self, case, demean, munnell, states):
        truth, kind = GMM[case], case.removesuffix("_w2sls")
        formula, more = (
            ("lgsp ~ lpc + unemp + lpcap", IV) if kind.startswith("endog") else (MUNNELL, {})
        )
        request = MODELS[kind](formula, fixed_effects="unit", method="gmm", demean=demean, **more)
        fit = request.fit(munnell, states)
        # splm divides by NT - P, here the 48 effects count as well
        P = len(fit.params)
        scale = np.sqrt((816 - P) / (816 - 48 - P))
        for name in fit.params.index:
            label = theirs(name, truth["coefficients"])
            assert fit.params[name] == pytest.approx(truth["coefficients"][label], rel=EXACT)
            assert fit.std_errors[name] == pytest.approx(truth["se"][label] * scale, rel=EXACT)

    @pytest.mark.parametrize("case", [case for case in GMM if case.endswith("within_initial")])
    def test_generalised_moments(self, case, munnell, states):
        truth, kind = GMM[case], case.removesuffix("_within_initial")
        fit = MODELS[kind](MUNNELL, fixed_effects="unit", method="gmm", gmm="initial").fit(
            munnell, states
        )
        assert fit.lam == pytest.approx(truth["lam"], rel=OPTIMISER)
        # sigma2 is SSR / (NT - K) in splm's error models, the moments' own in its SARAR models
        K = fit.sample.n_regressors
        scale = (
            (816 - K) / (816 - 48 - K)
            if kind.startswith("sem")
            else fit.sigma2 / truth["sigma2_moments"]
        )
        for name in fit.params.index.drop("lam"):
            label = theirs(name, truth["coefficients"])
            assert fit.params[name] == pytest.approx(truth["coefficients"][label], rel=OPTIMISER)
            assert fit.std_errors[name] == pytest.approx(
                truth["se"][label] * np.sqrt(scale), rel=OPTIMISER
            )


class TestOneCrossSection:
    @pytest.mark.parametrize(
        ("case", "options", "scale"),
        [
            # spatialreg counts degrees of freedom as here, but for HC0
            ("stsls", {}, 1.0),
            ("stsls_robust_HC0", {"cov_type": "robust"}, 48 / 42),
            ("gstsls", {"gmm": "initial"}, 1.0),
            ("sphet_spreg_sarar_het", {"cov_type": "robust"}, 48 / 42),
        ],
    )
    def test_lag_and_combined_models(self, case, options, scale, year, states):
        truth = GMM[case]
        model = bd.SpatialLag if case.startswith("stsls") else bd.SpatialCombined
        fit = cross_section(model, year, states, **options)
        for name in fit.params.index.drop("lam", errors="ignore"):
            label = theirs(name, truth["coefficients"])
            assert fit.params[name] == pytest.approx(truth["coefficients"][label], rel=OPTIMISER)
            assert fit.std_errors[name] == pytest.approx(
                truth["se"].get(label, np.nan) * np.sqrt(scale), rel=1e-7
            )
        if "lam" in fit.params:
            assert fit.lam == pytest.approx(
                truth.get("lambda", truth["coefficients"].get("rho")), rel=OPTIMISER
            )

    def test_error_model_of_kelejian_and_prucha(self, year, states):
        truth, fit = GMM["GMerrorsar"], cross_section(bd.SpatialError, year, states, gmm="initial")
        assert fit.lam == pytest.approx(truth["lambda"], rel=OPTIMISER)
        for name in fit.params.index.drop("lam"):
            label = theirs(name, truth["coefficients"])
            assert fit.params[name] == pytest.approx(truth["coefficients"][label], rel=OPTIMISER)
            # their sigma2 is that of the moments
            scale = np.sqrt(fit.sigma2 / truth["s2"])
            assert fit.std_errors[name] == pytest.approx(truth["se"][label] * scale, rel=OPTIMISER)

    def test_error_model_of_sphet_instruments_filtered_by_unfiltered_regressors(self, year, states):
        """With X alone as instruments of (I - lam M) X this package gives sphet's figures:
        consistent only.
        """
        truth, fit = GMM["sphet_spreg_error_het"], cross_section(bd.SpatialError, year, states)
        full = fit.estimate.instruments
        K = full.n_exogenous
        only = Instruments(full.names[:K], full.basis[:, :, :K], K, (), ())
        estimate = moments_estimate(fit.sample, only, "robust")
        np.testing.assert_allclose(estimate.values, list(truth["coefficients"].values()), rtol=1e-6)
        robust = fit.with_cov("robust")
        covariance = fit.method.covariance(fit.sample, estimate, robust.kind, year)
        errors = np.sqrt(np.diag(covariance) * 43 / 48)
        np.testing.assert_allclose(errors[:K], list(truth["se"].values())[:K], rtol=1e-5)

    @pytest.mark.parametrize("step", ["lag", "error", "combined"])
    @pytest.mark.filterwarnings("ignore")  # of spreg and libpysal, on their own account
    def test_spreg_in_the_same_run(self, step, year, states):
        import libpysal
        import spreg
        from scipy import sparse

        W = libpysal.weights.WSP(sparse.csr_matrix(states.sparse)).to_W(silence_warnings=True)
        y, X = (
            year["lgsp"].T,
            np.column_stack([year[name].ravel() for name in MUNNELL.split(" ~ ")[1].split(" + ")]),
        )
        model, program, more = {
            "lag": (bd.SpatialLag, spreg.GM_Lag, {"w_lags": 2, "robust": "white"}),
            "error": (bd.SpatialError, spreg.GM_Error, {}),
            "combined": (bd.SpatialCombined, spreg.GM_Combo_Het, {"w_lags": 2}),
        }[step]
        with contextlib.redirect_stdout(io.StringIO()):
            other = program(y, X, w=W, **more)
        if step == "error":
            fit = cross_section(model, year, states, gmm="initial")
        else:
            fit = cross_section(model, year, states, cov_type="robust")
        np.testing.assert_allclose(fit.params, other.betas.ravel(), rtol=1e-5)
        K = len(fit.params) - ("lam" in fit.params)
        errors = np.sqrt(np.diag(other.vm)) * np.sqrt(48 / (48 - K))
        np.testing.assert_allclose(fit.std_errors.iloc[:K], errors[:K], rtol=1e-6)
        if step == "combined":
            # spreg takes the weights to be efficient at the final lam; here they are those that
            # were used
            assert fit.std_errors["lam"] == pytest.approx(errors[K], rel=2e-3)
            estimate, moments = fit.estimate, fit.estimate.moments
            weight = _efficient_weight(
                fit.sample, estimate.instruments, moments, estimate.values[:-1], fit.lam
            )
            again = replace(estimate, moments=replace(moments, weight=weight))
            covariance = fit.method.covariance(fit.sample, again, fit.kind, year)
            np.testing.assert_allclose(np.sqrt(np.diag(covariance)), errors, rtol=1e-6)


class TestInstrumentalVariables:
    FORMULA = "lgsp ~ lpc + unemp + lpcap"
    OPTIONS = {"endogenous": ["lpcap"], "instruments": ["log(hwy)", "log(water)"]}

    @pytest.fixture
    def demeaned(self, munnell_frame):
        frame = munnell_frame.assign(
            lhwy=np.log(munnell_frame["hwy"]), lwater=np.log(munnell_frame["water"])
        )
        frame = frame.set_index(["state", "year"])[
            ["lgsp", "lpc", "unemp", "lpcap", "lhwy", "lwater"]
        ]
        unit, time = (
            frame.groupby(level=0).transform("mean"),
            frame.groupby(level=1).transform("mean"),
        )
        return frame - unit - time + frame.mean()

    @pytest.mark.parametrize(
        ("ours", "others"),
        [
            ({}, {"cov_type": "unadjusted"}),
            ({"cov_type": "robust"}, {"cov_type": "robust"}),
            ({"cov_type": "clustered"}, {"cov_type": "clustered"}),
        ],
    )
    def test_linearmodels_on_demeaned_data(self, ours, others, demeaned, munnell):
        from linearmodels.iv import IV2SLS, IVGMM

        d = demeaned - demeaned.mean()
        parts = d["lgsp"], d[["lpc", "unemp"]], d[["lpcap"]], d[["lhwy", "lwater"]]
        more = {"clusters": d.index.codes[0]} if others["cov_type"] == "clustered" else {}
        truth = IV2SLS(*parts).fit(**others, **more)
        fit = bd.NonSpatial(self.FORMULA, method="gmm", **self.OPTIONS, **ours).fit(munnell)
        labels = list(fit.params.index)
        np.testing.assert_allclose(fit.params, truth.params[labels], rtol=1e-9)
        df = 816 - (48 + 17 - 1)
        np.testing.assert_allclose(
            fit.cov, truth.cov.loc[labels, labels] * 816 / (df - 3), rtol=1e-8
        )
        if not ours:
            assert fit.overidentification.name == "Sargan"
            assert fit.overidentification.statistic == pytest.approx(
                truth.sargan.stat * df / 816, rel=1e-8
            )
        else:
            # the weights of the second step come from two-stage least squares on both sides
            weights = {"weight_type": others["cov_type"], **more}
            start = IVGMM(*parts, **weights)
            n = len(d)
            Z = d[["lpc", "unemp", "lhwy", "lwater"]].to_numpy()
            second = start.fit(iter_limit=2, initial_weight=np.linalg.inv(Z.T @ Z / n))
            test = fit.overidentification
            assert test.name == "Hansen J"
            share = 1.0 if more else df / 816
            assert test.statistic == pytest.approx(second.j_stat.stat * share, rel=1e-6)
        assert fit.overidentification.df == (1,)

    def test_first_stage(self, demeaned, munnell):
        d = (demeaned - demeaned.mean()).to_numpy()
        fit = bd.NonSpatial(self.FORMULA, method="gmm", **self.OPTIONS).fit(munnell)
        x, own, all_of_them = d[:, 3], d[:, 1:3], d[:, [1, 2, 4, 5]]
        small, large = (
            float(np.sum((x - A @ np.linalg.lstsq(A, x)[0]) ** 2)) for A in (own, all_of_them)
        )
        df = 816 - 64 - 4
        assert len(fit.first_stage) == 1
        test = fit.first_stage["First-stage F: lpcap"]
        assert test.df == (2, df)
        assert test.statistic == pytest.approx((small - large) / 2 / (large / df), rel=1e-8)

    def test_conditional_first_stage(self, munnell, states):
        from linearmodels.iv import IV2SLS

        fit = bd.SpatialLag(self.FORMULA, fixed_effects="unit", method="gmm", **self.OPTIONS).fit(
            munnell, states
        )
        flat = fit.sample.columns.reshape(816, -1)
        basis = fit.estimate.instruments.basis.reshape(816, -1)
        assert fit.estimate.instruments.names == (
            *("lpc", "unemp", "log(hwy)", "log(water)", "W_lpc", "W_unemp", "W_W_lpc", "W_W_unemp"),
        )
        left = IV2SLS(flat[:, 4], flat[:, :2], flat[:, 2], basis[:, 2:]).fit().resids.to_numpy()
        explained = basis[:, 2:].T @ left
        unexplained = float(np.sum((left - basis @ (basis.T @ left)) ** 2))
        df = 816 - 48 - 8
        test = fit.first_stage["Sanderson-Windmeijer F: W_lgsp"]
        assert test.df == (5, df)
        assert test.statistic == pytest.approx(
            float(explained @ explained) / 5 / (unexplained / df), rel=1e-8
        )

    def test_lags_of_endogenous_regressors_are_endogenous(self, munnell, states):
        fit = bd.SpatialDurbin(
            self.FORMULA, fixed_effects="unit", method="gmm", **self.OPTIONS
        ).fit(munnell, states)
        made = fit.estimate.instruments
        assert made.labels == ("lpcap", "W_lpcap", "W_lgsp")
        assert made.names[: made.n_exogenous] == ("lpc", "unemp", "W_lpc", "W_unemp")
        assert made.names[made.n_exogenous :] == (
            *("log(hwy)", "log(water)", "W_log(hwy)", "W_log(water)"),
            *("W_W_lpc", "W_W_unemp", "W_W_W_lpc", "W_W_W_unemp"),
        )

    def test_lags_cost_the_same_periods_everywhere(self, munnell):
        request = bd.NonSpatial(
            self.FORMULA, method="gmm", endogenous=["lpcap"], instruments=["lag(lpcap, 1)"]
        )
        fit = request.fit(munnell)
        assert fit.described["first_period"] == 1971
        assert fit.sample.excluded.values.shape == fit.sample.y.shape + (1,)
        assert fit.overidentification.verdict == "does not apply"


class TestMoments:
    @pytest.mark.parametrize("effects", [None, "unit", "time", "two-way"])
    def test_expectations_are_zero(self, effects):
        """Whatever the variances for "robust"; for equal ones in the direction that is left of
        sigma2 otherwise.
        """
        W = scattered()
        fit = bd.SpatialError("y ~ x1 + x2", method="gmm", fixed_effects=effects).fit(
            drawn(bd.SpatialError, W, effects=effects), W
        )
        T, N = fit.sample.shape
        Q_N = np.eye(N) - (1 / N if fit.sample.within.time else 0.0)
        Q_T = np.eye(T) - (1 / T if fit.sample.within.unit else 0.0)
        variances = np.random.default_rng(0).uniform(0.1, 5.0, T * N)
        for A in robust_moments(fit.sample).matrices:
            whole = np.kron(Q_T, Q_N @ A @ Q_N)
            assert np.diag(whole) @ variances == pytest.approx(0.0, abs=1e-10)
        for full in (False, True):
            moments = iid_moments(fit.sample, full=full)
            expected = np.array([np.trace(np.kron(Q_T, Q_N @ A @ Q_N)) for A in moments.matrices])
            np.testing.assert_allclose(moments.weight @ expected, 0.0, atol=1e-10)

    @pytest.mark.parametrize("make", [robust_moments, lambda s: iid_moments(s, full=True)])
    def test_the_minimum_is_global(self, make):
        W = scattered()
        fit = bd.SpatialError("y ~ x1 + x2", method="gmm").fit(drawn(bd.SpatialError, W), W)
        moments = make(fit.sample)
        b = fit.estimate.values[:-1]
        u, v = residuals_and_lag(fit.sample, b)
        low, high = W.spectrum.bounds

        def criterion(lam: float) -> float:
            e = u - lam * v
            g = np.einsum("ti,kij,tj->k", e, moments.matrices, e)
            return g @ moments.weight @ g

        grid = np.linspace(low, high, 4001)
        best = _minimise(fit.sample, moments, b)
        assert criterion(best) <= min(criterion(lam) for lam in grid) + 1e-12
        assert low < best < high

    @pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialCombined])
    def test_influence_is_the_derivative(self, model):
        """b moves with e as its influence says, at given instruments, and the lag of y with it."""
        W = scattered()
        fit = model("y ~ x1 + x2", method="gmm").fit(drawn(model, W), W)
        lam = float(np.nan_to_num(fit.lam))
        X, y = filtered_columns(fit.sample, lam)
        instruments = fit.estimate.instruments
        e = fit.sample.within.demean(np.random.default_rng(0).standard_normal(y.shape))
        moved = two_stage(X, y + e, instruments) - two_stage(X, y, instruments)
        np.testing.assert_allclose(
            moved, np.einsum("tip,ti->p", influence(fit.sample, instruments, lam), e), rtol=1e-8
        )


LAGGED = [
    bd.SpatialLag,
    bd.SpatialError,
    bd.SpatialDurbin,
    bd.SpatialDurbinError,
    bd.SpatialCombined,
    bd.GeneralNesting,
]


class TestResults:
    @pytest.mark.parametrize("model", LAGGED)
    @pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
    @pytest.mark.filterwarnings("ignore:.*edge of its range:bevdrivers.errors.BoundWarning")
    def test_everything_that_a_fit_offers(self, model, effects):
        W = scattered(N=20)
        panel = drawn(model, W, effects=effects)
        fit = model("y ~ x1 + x2", fixed_effects=effects, method="gmm").fit(panel, W)
        assert np.isnan([fit.loglik, fit.aic, fit.bic]).all()
        assert fit.df_resid is None
        assert np.isfinite(fit.tidy()[["estimate", "std_error", "p_value"]].to_numpy()).all()
        assert fit.glance()["estimation"][0] in ("GMM", "2SLS")
        assert fit.glance()["correction"][0] == "none"
        assert np.linalg.eigvalsh(fit.cov.to_numpy()).min() > 0
        assert fit.wald_test("x1 = 1").df == (1,)
        assert np.isfinite(fit.impacts().tidy()["estimate"]).all()
        assert "nan" not in fit.summary()
        assert len(fit.first_stage.frame) == 1
        assert fit.first_stage.tests[0].applies == fit.estimator.lag_y
        assert fit.overidentification.df == (fit.estimate.instruments.surplus,)
        clustered = fit.with_cov("clustered")
        np.testing.assert_array_equal(clustered.params, fit.params)
        assert (clustered.std_errors != fit.std_errors).all()
        assert pickle.loads(pickle.dumps(fit.estimator)) == fit.estimator
        with pytest.raises(bd.errors.InputError, match="fits with a likelihood"):
            fit.lr_test(fit)

    @pytest.mark.parametrize("model", LAGGED)
    def test_order_of_units_does_not_matter(self, model):
        W = scattered(N=40)
        panel = drawn(model, W)
        order = np.random.default_rng(3).permutation(40)
        request = model("y ~ x1 + x2", method="gmm", cov_type="robust")
        turned = bd.Panel.from_arrays(
            {name: panel[name][:, order] for name in ("y", "x1", "x2")},
            units=[panel.units[i] for i in order],
            periods=panel.periods,
        )
        first, second = request.fit(panel, W), request.fit(turned, W)
        np.testing.assert_allclose(first.params, second.params, rtol=1e-7)
        np.testing.assert_allclose(first.cov, second.cov, rtol=1e-5, atol=1e-10)

    def test_tables_say_how(self, munnell, states):
        fit = bd.SpatialLag(MUNNELL, method="gmm").fit(munnell, states)
        text = bd.regression_table([fit]).to_markdown()
        assert "two-stage least squares" in text
        assert "maximum likelihood" not in text
        assert "nan" not in text


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (bd.SpatialLag, {"correction": "lee-yu"}, "no such bias"),
        (bd.SpatialLag, {"gmm": "robust"}, "without a lag of the error"),
        (bd.SpatialError, {"gmm": "weights"}, "'initial' without random effects"),
        (bd.SpatialError, {"gmm": "initial", "cov_type": "robust"}, "gmm='robust'"),
        (bd.SpatialError, {"demean": "before-lag"}, "after-lag"),
        (bd.SpatialLag, {"cov_type": "qml"}, "least squares and GMM"),
        (
            bd.SpatialLag,
            {"fixed_effects": None, "serial_errors": True},
            "'ml' with serial_errors=True",
        ),
        (bd.SpatialLag, {"dynamic": "time"}, "'ml' with dynamic='time'"),
        (bd.NonSpatial, {}, "without endogenous"),
        (bd.NonSpatial, {"endogenous": ["x1"]}, "together"),
        (bd.NonSpatial, {"endogenous": "x1", "instruments": ["z"]}, "a list of names"),
        (
            bd.SpatialLag,
            {"method": "ml", "endogenous": ["x1"], "instruments": ["z"]},
            "'gmm' with endogenous=",
        ),
    ],
)
def test_options_that_do_not_go_together(model, options, message):
    with pytest.raises(bd.errors.OptionError, match=message):
        model("y ~ x1 + x2", **{"method": "gmm", **options})


def test_data_that_do_not_identify(munnell, states):
    def fit(model, formula, **options):
        return model(formula, method="gmm", **options).fit(munnell, states)

    with pytest.raises(bd.errors.OptionError, match="not regressors"):
        fit(bd.NonSpatial, MUNNELL, endogenous=["lpcap"], instruments=["lpc"])
    with pytest.raises(bd.errors.OptionError, match="regressors of the formula"):
        fit(bd.NonSpatial, MUNNELL, endogenous=["hwy"], instruments=["water"])
    with pytest.raises(bd.errors.IdentificationError, match="at least 2 instruments"):
        fit(bd.NonSpatial, MUNNELL, endogenous=["lpcap", "lpc"], instruments=["hwy"])
    with pytest.raises(bd.errors.OptionError, match='method="gmm"'):
        _ = bd.NonSpatial(MUNNELL).fit(munnell).first_stage


def test_what_compares_likelihoods_refuses(munnell, states):
    lag = bd.SpatialLag(MUNNELL, method="gmm")
    for function in (bd.effects_tests, bd.lm_tests, bd.select_model):
        with pytest.raises(bd.errors.OptionError, match="method='ml' for"):
            function(lag, munnell, states)
    with pytest.raises(bd.errors.OptionError, match="Hausman"):
        bd.hausman_test(lag, munnell)


def test_other_models_of_the_same_request():
    error = bd.SpatialError("y ~ x", method="gmm", gmm="initial")
    assert error.to(bd.SpatialLag) == bd.SpatialLag("y ~ x", method="gmm")
    assert error.to(bd.NonSpatial) == bd.NonSpatial("y ~ x")
    assert hash(error) == hash(bd.SpatialError("y ~ x", method="gmm", gmm="initial"))
    # lists are frozen, and stay with the request
    iv = bd.SpatialDurbin("y ~ x", method="gmm", endogenous=["x"], instruments=["z"])
    assert iv.to(bd.NonSpatial) == bd.NonSpatial(
        "y ~ x", method="gmm", endogenous=("x",), instruments=("z",)
    )


def test_an_estimate_outside_its_range_warns(bev, queen):
    """Weak instruments: two-stage least squares of the bundled panel leads to rho = 1.6."""
    formula = "log1p(bev_density) ~ log(gdp_pc) + tertiary_share + log1p(inventions) + policy"
    with pytest.warns(bd.BoundWarning, match=r"rho = 1\.6.* lies outside its range"):
        fit = bd.SpatialDurbin(formula, method="gmm").fit(bev, queen)
    assert fit.rho > 1
