"""Combinations of options and samples at the edge of what can be computed: an answer, or an error
that says why not.
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import helmert

import bevdrivers as bd
from bevdrivers.errors import (
    EstimationError,
    IdentificationError,
    InputError,
    OptionError,
    SampleWarning,
)

N = 12
UNITS = [f"u{i:02d}" for i in range(N)]
# two ways through the same least squares
ROUNDING = 1e-9
# two searches for the same maximum
OPTIMUM = 1e-7
few_clusters = pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")


def panel_of(T: int, seed: int = 0) -> bd.Panel:
    rng = np.random.default_rng(seed)
    x, z, w = (rng.standard_normal(N) + rng.standard_normal((T, N)) for _ in range(3))
    kind = rng.choice(["b", "c", "d"], (T, N)).astype(object)
    kind[0, ::2] = "a"  # a level that the first period alone has
    y = (
        x
        + 0.5 * z
        + rng.standard_normal(N)
        + rng.standard_normal((T, 1))
        + rng.standard_normal((T, N))
    )
    columns = {"y": y, "x": x, "z": z, "w": w, "kind": kind, "c": kind == "c", "d": kind == "d"}
    long = {name: np.ravel(values) for name, values in columns.items()}
    frame = pd.DataFrame({"unit": UNITS * T, "year": np.repeat(range(2001, 2001 + T), N), **long})
    return bd.Panel.from_frame(frame.astype({"c": float, "d": float}), unit="unit", time="year")


@pytest.fixture(scope="module")
def panel() -> bd.Panel:
    return panel_of(8)


@pytest.fixture(scope="module")
def ring() -> bd.SpatialWeights:
    apart = np.abs(np.subtract.outer(np.arange(N), np.arange(N)))
    near = np.minimum(apart, N - apart)
    return bd.SpatialWeights.from_matrix((near <= 2) & (near > 0), UNITS, name="ring")


class TestCategoriesBesideLags:
    """The periods that lags use up take levels of categories with them; explicit columns are the
    other route.
    """

    def test_period_dummies_in_a_dynamic_model(self, panel, ring):
        options = {"dynamic": "time", "correction": None}
        dummies = bd.SpatialLag("y ~ x + C(year)", fixed_effects="unit", **options).fit(panel, ring)
        effects = bd.SpatialLag("y ~ x", fixed_effects="two-way", **options).fit(panel, ring)
        names = ["x", "tau", "rho"]
        np.testing.assert_allclose(dummies.params[names], effects.params[names], rtol=OPTIMUM)
        assert "C(year)[T.2002]" not in dummies.terms  # the base of the periods that are left

    def test_a_category_in_a_dynamic_model(self, panel):
        fit = bd.NonSpatial(
            "y ~ x + C(kind)", fixed_effects="unit", dynamic="time", correction=None
        ).fit(panel)
        explicit = bd.NonSpatial("y ~ x + c + d + lag(y)", fixed_effects="unit").fit(panel)
        assert set(fit.terms) == {"x", "C(kind)[T.c]", "C(kind)[T.d]", "tau"}
        np.testing.assert_allclose(fit.params["tau"], explicit.params["lag(y)"], rtol=ROUNDING)
        np.testing.assert_allclose(fit.params["C(kind)[T.d]"], explicit.params["d"], rtol=ROUNDING)

    def test_instruments_that_cost_a_period(self, panel):
        options = {
            "fixed_effects": "unit",
            "method": "gmm",
            "endogenous": ["z"],
            "instruments": ["w", "lag(w)"],
        }
        fit = bd.NonSpatial("y ~ x + z + C(kind)", **options).fit(panel)
        explicit = bd.NonSpatial("y ~ x + z + c + d", **options).fit(panel)
        for ours, theirs in {"x": "x", "z": "z", "C(kind)[T.c]": "c", "C(kind)[T.d]": "d"}.items():
            assert fit.params[ours] == pytest.approx(explicit.params[theirs], rel=ROUNDING)

    def test_categories_by_the_words_of_the_formula_in_durbin(self, panel, ring):
        late = panel.select(periods=range(2002, 2009))
        one, other = (
            bd.SpatialLagX("y ~ x + C(kind)", durbin=[name]).fit(late, ring)
            for name in ("C(kind)", "kind")
        )
        assert one.terms == other.terms
        assert any(name.startswith("W_C(kind)") for name in one.terms)


class TestNoRegressors:
    def test_a_lag_of_y_alone(self, panel, ring):
        """Against the likelihood of the contrasts on a fine grid."""
        fit = bd.SpatialLag("y ~ 1").fit(panel, ring)
        F, G = helmert(8), helmert(N)
        W = G @ ring.dense @ G.T
        Y = F @ panel["y"] @ G.T

        def loglik(rho: float) -> float:
            ssr = np.sum((Y - rho * Y @ W.T) ** 2)
            volume = 7 * np.linalg.slogdet(np.eye(N - 1) - rho * W)[1]
            return float(volume - Y.size / 2 * (np.log(2 * np.pi * ssr / Y.size) + 1))

        step = 1e-4
        assert fit.loglik == pytest.approx(loglik(fit.rho), abs=1e-9)
        assert fit.loglik > max(loglik(fit.rho - step), loglik(fit.rho + step))
        curvature = (loglik(fit.rho + step) - 2 * fit.loglik + loglik(fit.rho - step)) / step**2
        # rho and sigma2 concentrated: second differences of that step are good to 1e-5
        assert fit.with_cov("hessian").std_errors["rho"] == pytest.approx(
            (-curvature) ** -0.5, rel=1e-4
        )

    def test_nothing_to_estimate(self, panel):
        with pytest.raises(IdentificationError, match="nothing to estimate"):
            bd.NonSpatial("y ~ 1").fit(panel)

    def test_no_instruments(self, panel, ring):
        with pytest.raises(IdentificationError, match="at least 1 instruments"):
            bd.SpatialLag("y ~ 1", method="gmm").fit(panel, ring)


class TestCovariances:
    @few_clusters
    def test_two_way_clusters_give_a_variance(self, ring):
        """Unit plus time less both need not be positive; the mended one is, and does not depend on
        scale.
        """
        mended = 0
        for seed in range(12):
            panel = panel_of(3, seed)
            fit = bd.SpatialLagX("y ~ x*z", fixed_effects="unit").fit(panel, ring)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                both = fit.with_cov("clustered", cluster="both")
            if not any("semi-definite" in str(one.message) for one in caught):
                continue
            mended += 1
            assert np.linalg.eigvalsh(both.covariance).min() > -ROUNDING
            larger = panel.with_columns(x=1e3 * panel["x"])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SampleWarning)
                scaled = bd.SpatialLagX(
                    "y ~ x*z", fixed_effects="unit", cov_type="clustered", cluster="both"
                )
                assert scaled.fit(larger, ring).tstats["x"] == pytest.approx(
                    both.tstats["x"], rel=1e-6
                )
        assert mended > 0

    def test_one_period_has_no_clusters_of_periods(self, ring):
        fit = bd.SpatialCombined("y ~ x", fixed_effects=None).fit(panel_of(1), ring)
        for kind in ({"cov_type": "clustered", "cluster": "time"}, {"cov_type": "driscoll-kraay"}):
            with pytest.raises(OptionError, match="at least 2 periods"):
                fit.with_cov(**kind)

    @few_clusters
    def test_sums_that_the_effects_make_zero(self, ring):
        """With unit effects and two periods the scores of both are equal, and add up to zero."""
        fit = bd.SpatialLag("y ~ x", fixed_effects="unit").fit(panel_of(2), ring)
        with pytest.raises(OptionError, match="add up to zero"):
            fit.with_cov("clustered", cluster="time")

    @few_clusters
    def test_dummies_of_the_clusters(self, panel):
        fit = bd.NonSpatial("y ~ x + C(year)", fixed_effects=None).fit(panel)
        with pytest.warns(SampleWarning, match="Standard errors of 8 regressors are zero"):
            fit.with_cov("clustered", cluster="time")

    @pytest.mark.parametrize("method", ["ml", "gmm"])
    def test_no_skewness_in_mirrored_errors(self, method, ring):
        """Two periods with unit effects are one of differences, whose errors are symmetric."""
        panel = panel_of(2)
        kind = "qml" if method == "ml" else "classical"
        model = bd.SpatialError if method == "gmm" else bd.SpatialLag
        fit = model("y ~ x + z", fixed_effects="unit", method=method, cov_type=kind).fit(
            panel, ring
        )
        # the sign of all errors changes the third moment and nothing else
        mirrored = panel.with_columns(y=-panel["y"], x=-panel["x"], z=-panel["z"])
        again = fit.estimator.fit(mirrored, ring)
        np.testing.assert_allclose(fit.covariance, again.covariance, rtol=OPTIMUM)
        assert (fit.std_errors > 0).all()

    @few_clusters
    def test_draws_and_tests_under_a_covariance_without_full_rank(self, ring):
        panel = panel_of(3)
        fit = bd.SpatialDurbin(
            "y ~ x + z", fixed_effects="time", cov_type="clustered", cluster="time"
        )
        fit = fit.fit(panel, ring)
        assert (
            np.linalg.matrix_rank(
                fit.covariance / np.outer(fit.std_errors, fit.std_errors), tol=1e-8
            )
            < 5
        )
        drawn = fit.impacts(draws=4000, seed=1)
        delta = fit.impacts()
        # 4,000 draws: two per cent for a standard error, and the impacts are not linear in rho
        np.testing.assert_allclose(
            drawn.std_errors("direct"), delta.std_errors("direct"), rtol=0.15
        )
        wald = fit.wald_test("x = 0, z = 0, W_x = 0, W_z = 0")
        assert not wald.applies
        assert "singular" in wald.reason


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (bd.SpatialLagX, {"demean": "before-lag"}, "without a lag of y or of the error"),
        (
            bd.SpatialLag,
            {"demean": "before-lag", "fixed_effects": None, "correction": None},
            "demeaned for",
        ),
        (
            bd.SpatialLag,
            {"fixed_effects": None, "serial_errors": True, "dynamic": "time"},
            "got 'time'",
        ),
        (
            bd.SpatialError,
            {"correction": "adjusted-score"},
            "got SpatialError with fixed_effects='two-way'",
        ),
        (
            bd.SpatialLag,
            {"correction": "second-order", "random_effects": "kkp"},
            "^correction: .*got 'second-order'",
        ),
        (
            bd.SpatialLag,
            {"correction": "elhorst", "fixed_effects": "time"},
            "got SpatialLag with fixed_effects='time'",
        ),
        (
            bd.SpatialLag,
            {"method": "gmm", "instruments": ["z"]},
            "^endogenous: .* got no endogenous=",
        ),
    ],
)
def test_refusals_say_what_was_asked(model, options, message):
    with pytest.raises(OptionError, match=message):
        model("y ~ x", **options)


@pytest.mark.parametrize(
    "target", [bd.NonSpatial, bd.SpatialLagX, bd.SpatialError, bd.SpatialCombined, bd.SpatialDurbin]
)
@pytest.mark.parametrize(
    "options", [{"correction": None}, {"correction": "elhorst"}, {"method": "gmm"}]
)
def test_the_same_request_for_another_model_can_be_made(target, options):
    made = bd.SpatialLag("y ~ x", demean="before-lag", **options).to(target)
    assert isinstance(made, target)
    assert made.formula == "y ~ x"


def test_samples_too_short_for_what_was_asked(ring):
    with pytest.raises(InputError, match="^dynamic: expected at least 2 periods; got T = 1"):
        bd.SpatialLag("y ~ x", dynamic="time", fixed_effects=None).fit(panel_of(1), ring)
    with pytest.raises(InputError, match="^lag: expected a panel of at least 2 periods"):
        bd.SpatialLag("y ~ lag(x)", fixed_effects=None).fit(panel_of(1), ring)
    with pytest.raises(IdentificationError, match="after lags took 1"):
        bd.SpatialLag("y ~ x", dynamic="time").fit(panel_of(2), ring)


def test_effects_where_the_filter_of_the_error_has_no_inverse(ring):
    """lam = 1, the edge of the range of row-normalised weights: no effects; a search that ends
    there warns.
    """
    fit = bd.SpatialError("y ~ x", method="gmm").fit(panel_of(4), ring)
    at_edge = np.append(fit.estimate.values[:-1], ring.spectrum.bounds[1])
    fit = replace(fit, estimate=replace(fit.estimate, values=at_edge))
    assert fit.effects.tidy()["estimate"].isna().all()
    assert np.isfinite(fit.predict(effects=False).to_numpy()).all()
    with pytest.raises(EstimationError, match="edge of its range"):
        fit.predict()


class TestOptionsThatWereIgnored:
    def test_bayesian_comparison_refuses_serial_errors(self, panel, ring):
        model = bd.SpatialDurbin("y ~ x", fixed_effects=None, serial_errors=True)
        with pytest.raises(OptionError, match="^serial_errors"):
            bd.compare_models(model, panel, [ring])

    def test_unit_means_of_endogenous_regressors(self):
        """mean_x of an endogenous x is no instrument: Mundlak's form with it would be
        inconsistent.
        """
        options = {
            "random_effects": "baltagi",
            "method": "gmm",
            "endogenous": ["z"],
            "instruments": ["w"],
        }
        with pytest.raises(OptionError, match="^mundlak: .* endogenous too"):
            bd.NonSpatial("y ~ x + z", mundlak=True, **options)

    @pytest.mark.parametrize("right", ["y", "x + W(y)", "x + I(y**2)", "x:y", "`y`"])
    def test_the_outcome_among_its_regressors(self, right, panel, ring):
        with pytest.raises(InputError, match="no 'y' of the same period"):
            bd.SpatialDurbin(f"y ~ {right}").fit(panel, ring)
        # what was before, and parts of a ratio, may stand there
        assert "lag(y)" in bd.NonSpatial("y ~ lag(y)", fixed_effects=None).fit(panel).terms
        assert "z" in bd.NonSpatial("I(x / (5 + z**2)) ~ z", fixed_effects=None).fit(panel).terms

    def test_lags_of_own_making_beside_the_variable(self, panel, ring):
        fit = bd.SpatialLag("y ~ x + W(x)").fit(panel, ring)
        for at in (None, {}):
            with pytest.raises(OptionError, match="Let the model lag"):
                fit.impacts(at=at)


@pytest.fixture(scope="module")
def fit(panel, ring) -> bd.FitResult:
    return bd.SpatialDurbin("y ~ x*z").fit(panel, ring)


@pytest.mark.parametrize(
    ("ask", "argument"),
    [
        (lambda fit: fit.shock("x", {"u03": "much"}, at={}), "changes"),
        (lambda fit: fit.shock("x", {"u03": np.inf}, at={}), "changes"),
        (lambda fit: fit.shock("x", ["u03"], at={}), "changes"),
        (lambda fit: fit.shock("x", {"u03": 1.0}, at={}, horizon=1.5), "horizon"),
        (lambda fit: fit.impacts(draws=1, at={}), "draws"),
        (lambda fit: fit.impacts(draws=True, at={}), "draws"),
        (lambda fit: fit.impacts(draws=9, seed="a", at={}), "seed"),
        (lambda fit: fit.impacts(at=5), "at"),
        (lambda fit: fit.conf_int(95), "level"),
        (lambda fit: fit.tidy(level=0), "level"),
        (lambda fit: fit.impacts(draws=9, seed=1, at={}).tidy(level=95), "level"),
        (lambda fit: fit.predict("panel"), "panel"),
        (lambda fit: fit.lr_test("fit"), "other"),
        (lambda fit: fit.estimator.to("SpatialLag"), "model"),
        (lambda fit: fit.estimator.fit(None), "panel"),
        (lambda fit: bd.SpatialDurbin(None), "formula"),
        (lambda fit: bd.SpatialDurbin("y ~ x", durbin=5), "durbin"),
        (lambda fit: bd.SpatialDurbin("y ~ x", absorb=5), "absorb"),
        (
            lambda fit: bd.NonSpatial("y ~ x", method="gmm", endogenous=["x"], instruments=[1]),
            "instruments",
        ),
        (lambda fit: bd.NonSpatial("y ~ C(kind, Treatment('zz'))").fit(fit.panel), "formula"),
        (lambda fit: bd.NonSpatial("y ~ lag(x, z)").fit(fit.panel), "lag"),
    ],
)
def test_arguments_of_the_wrong_kind(ask, argument, fit):
    with pytest.raises(InputError) as caught:
        ask(fit)
    assert caught.value.argument == argument
    assert len(str(caught.value)) < 400
