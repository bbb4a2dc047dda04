"""``absorb=``: against explicit dummies, explicit contrasts, and software that absorbs."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from linearmodels.iv.absorbing import AbsorbingLS, Interaction
from scipy import linalg, optimize
from statsmodels.tools.numdiff import approx_hess3

import bevdrivers as bd
from bevdrivers.models.design.transforms import Contrasts
from bevdrivers.models.gmm.error_moments import robust_moments
from bevdrivers.models.ml import operators
from bevdrivers.models.ml.information import observed_information
from bevdrivers.models.sandwich import error_moments
from bevdrivers.numerics.contrast_log_determinants import AdjustedSpectrum, QuotientSpectrum
from bevdrivers.numerics.eigenvalue_log_determinants import Spectrum
from bevdrivers.numerics.factored_log_determinants import FactoredSpectrum, factored_bounds
from bevdrivers.numerics.linalg import Pencil

from ...made_up import ALL, ML, TRUTH, scattered, uneven

# twelve units and eight periods are few clusters, which is of no matter where two routes to one
# number are compared
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.SampleWarning"),
    pytest.mark.filterwarnings(
        "ignore:Standard errors of:bevdrivers.SampleWarning"
    ),  # of the explicit dummies
]

T, N = 8, 12
UNITS = [f"u{i:02d}" for i in range(N)]
REGION = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2])
YEARS = np.arange(2001, 2001 + T)
# two programs that solve the same least squares by other factorisations
SAME = {"rtol": 1e-8, "atol": 1e-8}
# the optimum of rho and lam is good to 1e-9 of their range, and what follows from it a little less
OPTIMUM = {"rtol": 1e-6, "atol": 1e-7}


@pytest.fixture(scope="module")
def panel() -> bd.Panel:
    """Outcome with trends, groups by year and a spatial lag; columns of every kind to absorb."""
    rng = np.random.default_rng(5)
    x1, x2 = rng.standard_normal((2, T, N))
    base = rng.standard_normal(N)
    regime = rng.integers(0, 3, size=(T, N)).astype(float)
    systematic = (
        x1
        - 0.5 * x2
        + rng.standard_normal(N) * np.arange(T)[:, None]
        + rng.standard_normal((T, 3))[:, REGION]
    )
    u = systematic + regime + rng.standard_normal((T, N)) * 0.7
    y = u @ np.linalg.inv(np.eye(N) - 0.3 * scattered().dense).T
    columns = {"y": y, "x1": x1, "x2": x2, "base": np.tile(base, (T, 1)), "regime": regime}
    columns |= {
        "region": np.tile(REGION.astype(float), (T, 1)),
        "half": np.tile((YEARS > 2004)[:, None] * 1.0, (1, N)),
    }
    return bd.Panel.from_arrays(columns, units=UNITS, periods=YEARS)


def blocks() -> bd.SpatialWeights:
    """Links within the regions only: W maps effects of regions by year into themselves."""
    at = np.arange(N)
    # a path through each region, so that no unit is an island, and what links there are inside
    links = (scattered().dense + (np.abs(at[:, None] - at) == 1)) * (REGION[:, None] == REGION)
    return bd.SpatialWeights.from_matrix(links > 0, UNITS)


def grid(values: np.ndarray) -> np.ndarray:
    """(N,) or (T, 1) as (T, N)."""
    return np.broadcast_to(values, (T, N))


def dummies(term: str, panel: bd.Panel) -> np.ndarray:
    """Explicit columns (T, N, k) that span unit effects, year effects and those of `term`, written
    out by hand.
    """
    unit, year = np.eye(N), np.eye(T)
    t = (YEARS - 2000.0)[:, None]
    region = (np.arange(3)[:, None] == REGION).astype(float)
    two_way = [grid(row) for row in unit] + [grid(row[:, None]) for row in year]
    further = {
        "unit[year]": [grid(row) * t for row in unit],
        "region:year": [grid(r) * row[:, None] for r in region for row in year],
        "region[year]": [grid(r) * t for r in region],
        "year[base]": [grid(row[:, None]) * panel["base"] for row in year],
        "unit:half": [grid(row) * panel["half"] for row in unit],
        "regime": [(panel["regime"] == k).astype(float) for k in range(3)],
        "regime[x2]": [
            (panel["regime"] == k) * s for k in range(3) for s in (np.ones((T, N)), panel["x2"])
        ],
    }
    return np.stack([*two_way, *further[term]], axis=2)


def spanning(columns: np.ndarray) -> np.ndarray:
    """Linearly independent ones among columns (T, N, k), as (NT, k)."""
    flat = columns.reshape(T * N, -1)
    _, R, order = linalg.qr(flat, mode="economic", pivoting=True)
    return flat[:, np.sort(order[: int(np.sum(np.abs(np.diag(R)) > 1e-8 * abs(R[0, 0])))])]


TERMS = ("unit[year]", "region:year", "region[year]", "year[base]", "unit:half", "regime")
# of these no weights that link units keep the effects, but those of units with the same value
FREE = ("year[base]", "regime")


class TestLeastSquares:
    @pytest.mark.parametrize("term", [*TERMS, "regime[x2]"])
    def test_equals_explicit_dummies(self, panel, term):
        own = ["x1"] if term == "regime[x2]" else ["x1", "x2"]
        D = spanning(dummies(term, panel))
        X = np.column_stack([*(panel[name].ravel() for name in own), D])
        explicit = sm.OLS(panel["y"].ravel(), X).fit()
        request = bd.NonSpatial(f"y ~ {' + '.join(own)}", absorb=[term], correction=None)
        fit = request.fit(panel)
        K = len(own)
        assert fit.df_resid == explicit.df_resid
        assert fit.sample.within.absorbed(T, N) == D.shape[1]
        np.testing.assert_allclose(fit.params, explicit.params[:K], **SAME)
        np.testing.assert_allclose(fit.std_errors, explicit.bse[:K], **SAME)
        np.testing.assert_allclose(fit.resids.to_numpy().ravel(), explicit.resid, **SAME)
        assert fit.loglik == pytest.approx(explicit.llf, rel=1e-10)
        robust = fit.with_cov("robust")
        np.testing.assert_allclose(
            robust.std_errors, explicit.get_robustcov_results("HC1").bse[:K], **SAME
        )

    def test_several_terms_and_wx(self, panel):
        W = scattered()
        terms = ["unit[year]", "region:year", "regime"]
        D = spanning(np.concatenate([dummies(term, panel) for term in terms], axis=2))
        X = [panel[name] for name in ("x1", "x2")]
        explicit = sm.OLS(
            panel["y"].ravel(), np.column_stack([*(v.ravel() for v in (*X, *map(W.lag, X))), D])
        ).fit()
        fit = bd.SpatialLagX("y ~ x1 + x2", absorb=terms).fit(panel, W)
        np.testing.assert_allclose(fit.params, explicit.params[:4], **SAME)
        np.testing.assert_allclose(fit.std_errors, explicit.bse[:4], **SAME)

    @pytest.mark.parametrize("term", ["unit[year]", "region:year"])
    def test_equals_linearmodels(self, panel, term):
        frame = panel.frame.assign(cell=lambda f: f["region"] * 10000 + f["year"])
        kinds = frame[["unit", "year"] + (["cell"] if term == "region:year" else [])].astype(
            "category"
        )
        slopes = Interaction(
            frame[["unit"]].astype("category"), frame[["year"]].astype(float) - 2000
        )
        theirs = AbsorbingLS(
            frame["y"],
            frame[["x1", "x2"]],
            absorb=kinds,
            interactions=slopes if term == "unit[year]" else None,
        ).fit(cov_type="unadjusted", debiased=True)
        fit = bd.NonSpatial("y ~ x1 + x2", absorb=[term]).fit(panel)
        np.testing.assert_allclose(fit.params, theirs.params, **SAME)

    def test_further_effects_alone(self, panel):
        """Without fixed effects the intercept goes into the dummies; unit and time name the effects
        they stand for.
        """
        D = spanning(dummies("regime", panel)[:, :, -3:])
        explicit = sm.OLS(panel["y"].ravel(), np.column_stack([panel["x1"].ravel(), D])).fit()
        fit = bd.NonSpatial("y ~ x1", fixed_effects=None, absorb=["regime"]).fit(panel)
        assert fit.terms == ("x1",)
        np.testing.assert_allclose(fit.std_errors, explicit.bse[:1], **SAME)
        named = bd.NonSpatial("y ~ x1", fixed_effects=None, absorb=["unit", "year"]).fit(panel)
        plain = bd.NonSpatial("y ~ x1").fit(panel)
        np.testing.assert_allclose(named.cov, plain.cov, rtol=1e-10)


def with_dummies(term: str, panel: bd.Panel) -> tuple[bd.Panel, str]:
    """The panel with the dummies of `term` that two-way effects do not span, and their part of a
    formula.
    """
    within = bd.NonSpatial("y ~ x1").fit(panel).sample.within
    D = spanning(within.demean(dummies(term, panel)))
    names = [f"d{k}" for k in range(D.shape[1])]
    columns = dict(zip(names, D.T.reshape(-1, T, N), strict=True))
    return panel.with_columns(**columns), " + ".join(["y ~ x1 + x2", *names])


class TestMaximumLikelihood:
    # a lag of the error does not keep effects of a regime that units change: refused, as tested
    # below
    @pytest.mark.parametrize(
        ("term", "model"),
        [(term, model) for term in TERMS for model in ML if not (term in FREE and model.lag_u)],
    )
    def test_direct_equals_explicit_dummies(self, panel, model, term):
        """The same model with the dummies as regressors, through code that R and linearmodels
        confirm.
        """
        W = blocks() if term.startswith("region") and model.lag_u else scattered()
        request = model("y ~ x1 + x2", correction=None)
        fit = request.replace(absorb=[term]).fit(panel, W)
        longer, formula = with_dummies(term, panel)
        explicit = request.replace(
            formula=formula, durbin=["x1", "x2"] if model.lag_x else None
        ).fit(longer, W)
        names = list(fit.terms)
        assert fit.loglik == pytest.approx(explicit.loglik, abs=1e-8)
        assert fit.n_params == explicit.n_params
        np.testing.assert_allclose(fit.params, explicit.params[names], **OPTIMUM)
        for cov_type in ("classical", "hessian", "robust", "clustered", "driscoll-kraay"):
            ours, theirs = fit.with_cov(cov_type), explicit.with_cov(cov_type)
            np.testing.assert_allclose(ours.std_errors, theirs.std_errors[names], rtol=1e-5)
        np.testing.assert_allclose(fit.fitted_values, explicit.fitted_values, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(
            fit.impacts().frame, explicit.impacts().frame.loc[["x1", "x2"]], **OPTIMUM
        )

    @pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialDurbin])
    def test_distances_and_explicit_dummies(self, bev, queen, model):
        """Spatial HAC, clusters and heteroskedasticity on the bundled map, whose trends are
        regressors on the right.
        """
        t = np.arange(bev.n_periods)[:, None] - 4.5
        names = [f"t{k}" for k in range(bev.n_units - 1)]
        longer = bev.with_columns(
            **{name: t * (np.arange(bev.n_units) == k) for k, name in enumerate(names)}
        )
        formula = "log1p(bev_density) ~ log(gdp_pc) + tertiary_share"
        durbin = ["log(gdp_pc)", "tertiary_share"] if model.lag_x else None
        request = model(formula, durbin=durbin, correction=None)
        weights = (queen,) if model.lag_y else ()
        fit = request.replace(absorb=["province[year]"]).fit(bev, *weights)
        explicit = request.replace(formula=" + ".join([formula, *names])).fit(longer, *weights)
        for options in (
            {"cov_type": "spatial-hac", "cutoff_km": 800},
            {"cov_type": "clustered"},
            {"cov_type": "robust"},
        ):
            ours, theirs = fit.with_cov(**options), explicit.with_cov(**options)
            np.testing.assert_allclose(
                ours.std_errors, theirs.std_errors[list(fit.terms)], rtol=1e-5
            )

    @pytest.mark.parametrize("model", ML)
    def test_lee_yu_with_trends_equals_explicit_contrasts(self, panel, model):
        """T - 2 orthonormal contrasts over time, orthogonal to 1 and t, as the periods of a panel
        without trends.
        """
        trend = np.column_stack([np.ones(T), np.arange(T)])
        F = linalg.null_space(trend.T)
        columns = {name: np.einsum("ts,ti->si", F, panel[name]) for name in ("y", "x1", "x2")}
        contrasts = bd.Panel.from_arrays(columns, units=UNITS, periods=range(T - 2))
        W = scattered()
        for effects, left in (("two-way", "time"), ("unit", None)):
            fit = model("y ~ x1 + x2", fixed_effects=effects, absorb=["unit[year]"]).fit(panel, W)
            explicit = model("y ~ x1 + x2 - 1", fixed_effects=left).fit(contrasts, W)
            np.testing.assert_allclose(fit.params, explicit.params, **OPTIMUM)
            assert fit.loglik == pytest.approx(explicit.loglik, abs=1e-8)
            assert fit.sigma2 == pytest.approx(explicit.sigma2, rel=1e-6)
            assert fit.bic == pytest.approx(explicit.bic, abs=1e-6)
            for cov_type in ("classical", "hessian"):
                ours, theirs = fit.with_cov(cov_type), explicit.with_cov(cov_type)
                np.testing.assert_allclose(ours.std_errors, theirs.std_errors, rtol=1e-5)

    def test_lee_yu_with_groups_equals_explicit_contrasts(self, panel):
        """The likelihood of F_T' Y F_N written out, with rho and lam; standard errors from its
        numerical Hessian.
        """
        W = blocks()
        F_t, F_n = (
            linalg.null_space(np.atleast_2d(a)) for a in (np.ones((1, T)), np.eye(3)[REGION].T)
        )
        star = F_n.T @ W.dense @ F_n
        y, *X = (F_t.T @ panel[name] @ F_n for name in ("y", "x1", "x2"))
        identity = np.eye(N - 3)

        def negative(p: np.ndarray) -> float:
            A, R = identity - p[2] * star, identity - p[3] * star
            e = (y @ A.T - p[0] * X[0] - p[1] * X[1]) @ R.T
            volume = (T - 1) * (np.linalg.slogdet(A)[1] + np.linalg.slogdet(R)[1])
            return e.size / 2 * np.log(2 * np.pi * p[4]) + np.sum(e**2) / (2 * p[4]) - volume

        fit = bd.SpatialCombined("y ~ x1 + x2", absorb=["region:year"], cov_type="hessian").fit(
            panel, W
        )
        at = np.array([*fit.params, fit.sigma2])
        assert -negative(at) == pytest.approx(fit.loglik, abs=1e-8)
        assert np.abs(optimize.approx_fprime(at, negative, 1e-6)).max() < 1e-3
        errors = np.sqrt(np.diag(np.linalg.inv(approx_hess3(at, negative))))
        np.testing.assert_allclose(fit.std_errors, errors[:4], rtol=1e-4)

    @pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialDurbin])
    def test_other_dummies_are_regressors_under_lee_yu(self, panel, model):
        W = scattered()
        fit = model("y ~ x1 + x2", absorb=["regime"]).fit(panel, W)
        longer, formula = with_dummies("regime", panel)
        explicit = model(formula, durbin=["x1", "x2"] if model.lag_x else None).fit(longer, W)
        np.testing.assert_allclose(fit.params, explicit.params[list(fit.terms)], **OPTIMUM)
        for cov_type in ("classical", "hessian", "robust", "driscoll-kraay"):
            ours, theirs = fit.with_cov(cov_type), explicit.with_cov(cov_type)
            np.testing.assert_allclose(
                ours.std_errors, theirs.std_errors[list(fit.terms)], rtol=1e-5
            )
        assert "2 of them enter as dummies among the regressors" in fit.summary()


class TestAdjustedScore:
    @pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialDurbin])
    @pytest.mark.parametrize("effects", ["unit", "time", "two-way"])
    def test_is_lee_yu_where_contrasts_exist(self, panel, model, effects):
        plain = model("y ~ x1 + x2", fixed_effects=effects)
        cases = [(plain, scattered())]
        if effects == "two-way":
            cases += [
                (plain.replace(absorb=terms), blocks())
                for terms in (["region:year"], ["region:year", "unit[year]"])
            ]
        for request, W in cases:
            a = request.fit(panel, W)
            b = request.replace(correction="adjusted-score").fit(panel, W)
            np.testing.assert_allclose(b.params, a.params, **OPTIMUM)
            assert b.estimate.search.value == pytest.approx(a.loglik, abs=1e-8)
            for cov_type in (
                "classical",
                "hessian",
                "qml",
                "robust",
                "clustered",
                "driscoll-kraay",
            ):
                np.testing.assert_allclose(
                    b.with_cov(cov_type).cov, a.with_cov(cov_type).cov, rtol=1e-5, atol=1e-9
                )

    def test_solves_its_equations(self, panel):
        """e'Q(Wy) / s2 = (T-1) tr QG with s2 = SSR / n, every matrix written out; and the
        sandwich's three parts.
        """
        W = scattered()
        fit = bd.SpatialLag("y ~ x1 + x2", absorb=["region:year"]).fit(panel, W)
        assert fit.described["correction"] == "adjusted-score"
        D = np.eye(3)[REGION]
        P = D @ np.linalg.inv(D.T @ D) @ D.T
        Q = np.eye(N) - P
        Wy, y, *X = (
            (v - v.mean(axis=0)) @ Q
            for v in (W.lag(panel["y"]), panel["y"], panel["x1"], panel["x2"])
        )
        G = W.dense @ np.linalg.inv(np.eye(N) - fit.rho * W.dense)
        e = y - fit.rho * Wy - fit.params["x1"] * X[0] - fit.params["x2"] * X[1]
        s2 = np.sum(e**2) / ((T - 1) * (N - 3))
        assert fit.sigma2 == pytest.approx(s2, rel=1e-10)
        assert np.sum(e * Wy) / s2 == pytest.approx((T - 1) * np.trace(Q @ G), rel=1e-6)
        QGQ = Q @ G @ Q
        m = Wy - e @ QGQ.T
        Z = np.column_stack([*(x.ravel() for x in X), m.ravel()])
        V = np.zeros((4, 4))
        V[:3, :3] = Z.T @ Z / s2
        V[2, 2] += (T - 1) * (np.trace(QGQ @ QGQ) + np.sum(QGQ**2))
        V[2, 3] = V[3, 2] = (T - 1) * np.trace(QGQ) / s2
        V[3, 3] = (T - 1) * (N - 3) / (2 * s2**2)
        slope = V.copy()
        slope[2, 2] += (T - 1) * np.trace(Q @ G @ P @ G)
        bread = np.linalg.inv(slope)
        np.testing.assert_allclose(fit.cov, (bread @ V @ bread)[:3, :3], rtol=1e-6)

    def test_slope_of_the_score(self, panel):
        """ "hessian" has the slope of the score in (b, rho, sigma2), here by numerical
        derivatives.
        """
        W = scattered()
        fit = bd.SpatialLag("y ~ x1", absorb=["region:year"], cov_type="hessian").fit(panel, W)
        within = fit.sample.within
        Wy, y, x = (within.demean(v) for v in (W.lag(panel["y"]), panel["y"], panel["x1"]))
        Q = np.eye(N) - within.over_units @ within.over_units.T

        def score(p: np.ndarray) -> np.ndarray:
            e = y - p[1] * Wy - p[0] * x
            G = W.dense @ np.linalg.inv(np.eye(N) - p[1] * W.dense)
            of_rho = np.sum(e * Wy) / p[2] - (T - 1) * np.trace(Q @ G)
            return np.array(
                [
                    np.sum(e * x) / p[2],
                    of_rho,
                    np.sum(e**2) / (2 * p[2] ** 2) - (T - 1) * (N - 3) / (2 * p[2]),
                ]
            )

        at = np.array([fit.params["x1"], fit.rho, fit.sigma2])
        np.testing.assert_allclose(score(at), 0.0, atol=1e-4)
        slope = -optimize.approx_fprime(at, score, 1e-6)
        np.testing.assert_allclose(
            observed_information(fit.sample, fit.estimate.point), slope, rtol=1e-3, atol=1e-3
        )

    def test_trace_of_the_logarithm(self):
        """Against a matrix logarithm, for asymmetric weights near both ends of the range."""
        W = scattered()
        basis = np.linalg.qr(np.eye(3)[REGION])[0]
        Q = np.eye(N) - basis @ basis.T
        spectrum = AdjustedSpectrum(W.spectrum, W.dense, W.pencil, basis)
        low, high = W.spectrum.bounds
        for rho in (0.999 * low, -0.5, 0.0, 0.4, 0.9, 0.999 * high):
            exact = np.trace(Q @ linalg.logm(np.eye(N) - rho * W.dense)).real
            assert float(spectrum.log_determinant(rho)) == pytest.approx(exact, abs=1e-8)
            value, first, second = spectrum.at(rho)
            assert value == pytest.approx(exact, abs=1e-8)
            G = W.dense @ np.linalg.inv(np.eye(N) - rho * W.dense)
            assert first == pytest.approx(-np.trace(Q @ G), rel=1e-9)
            # next to the bound I - rho W is nearly singular
            assert second == pytest.approx(-np.trace(Q @ G @ G), rel=1e-7)

    def test_of_many_units(self):
        """Groups out of factorisations, and probed traces, against eigenvalues and exact traces."""
        rng = np.random.default_rng(2)
        links = np.triu(rng.uniform(size=(60, 60)) < 0.3, 1)
        group = np.repeat([0, 1, 2], 20)
        inside = links & (group[:, None] == group)
        W = bd.SpatialWeights.from_matrix(inside | inside.T, list(range(60)))
        bounds = factored_bounds(W.sparse, W.links, row_normalised=True)

        basis = np.eye(3)[group] / 20**0.5
        F = linalg.null_space(basis.T)
        exact = Spectrum(np.linalg.eigvals(F.T @ W.dense @ F))
        whole = FactoredSpectrum(Pencil(W.sparse), bounds, True)
        spectrum = QuotientSpectrum(whole, np.linalg.eigvals(basis.T @ W.dense @ basis))
        adjusted = AdjustedSpectrum(whole, W.sparse, whole.pencil, basis)
        for rho in (-0.4, 0.3, 0.8):
            np.testing.assert_allclose(spectrum.at(rho), exact.at(rho), rtol=1e-6)
            np.testing.assert_allclose(adjusted.at(rho), exact.at(rho), rtol=1e-6)
        V = bd.SpatialWeights.from_matrix(links | links.T, list(range(60)))
        dims = Contrasts(5, 57, True, basis, True)
        dense = operators.traces((operators.LagOperator(V, 0.5),), dims)
        held = operators.DENSE_UNITS
        operators.DENSE_UNITS = 0
        try:
            probed = operators.traces((operators.LagOperator(V, 0.5),), dims)
        finally:
            operators.DENSE_UNITS = held
        assert abs(probed.second[0, 0] / dense.second[0, 0] - 1) < 4 * probed.relative_error
        assert probed.square[0] == pytest.approx(dense.square[0], rel=1e-7)
        assert probed.slope_beyond_variance == pytest.approx(dense.slope_beyond_variance, abs=0.05)

    def test_weights_that_are_not_row_normalised(self, panel):
        W = uneven()
        request = bd.SpatialLag("y ~ x1 + x2")
        with pytest.raises(bd.InputError, match="adjusted-score"):
            request.fit(panel, W)
        fit = request.replace(correction="adjusted-score").fit(panel, W)
        J = np.eye(N) - 1 / N
        G = W.dense @ np.linalg.inv(np.eye(N) - fit.rho * W.dense)
        lag = fit.sample.columns[:, :, 3]
        assert np.sum(fit.resids.to_numpy() * lag) / fit.sigma2 == pytest.approx(
            (T - 1) * np.trace(J @ G), rel=1e-6
        )

    def test_there_is_no_likelihood(self, panel):
        fit = bd.SpatialLag("y ~ x1 + x2", absorb=["region:year"]).fit(panel, scattered())
        assert np.isnan([fit.loglik, fit.aic, fit.bic]).all()
        assert "Estimation     adjusted score" in fit.summary()
        with pytest.raises(bd.InputError, match="an adjusted score"):
            fit.lr_test(bd.SpatialLag("y ~ x1", absorb=["region:year"]).fit(panel, scattered()))


class TestMoments:
    @pytest.mark.parametrize("terms", [["unit[year]"], ["unit[year]", "region:year"]])
    def test_moments_of_the_errors(self, panel, terms):
        """Power sums over the rows of Q, written out as an (NT, NT) matrix."""
        sample = bd.NonSpatial("y ~ x1", absorb=terms).fit(panel).sample
        Q = sample.within.demean(np.eye(T * N).reshape(T, N, T * N)).reshape(T * N, T * N)
        e = np.random.default_rng(1).standard_normal((T, N)) ** 3
        third, fourth = error_moments(e, sample, 1.3)
        cubes, fourths = (np.mean(np.sum(Q**power, axis=1)) for power in (3, 4))
        assert third == pytest.approx(np.mean(e**3) / cubes)
        spread = 3 * 1.3**2 * (np.mean(np.diag(Q) ** 2) - fourths)
        assert fourth == pytest.approx((np.mean(e**4) - spread) / fourths)
        of_time, of_units = sample.within.shares(T, N)
        np.testing.assert_allclose(
            np.multiply.outer(of_time, of_units).ravel(), np.diag(Q), atol=1e-12
        )

    @pytest.mark.parametrize("W", [scattered(), blocks()])
    def test_two_stage_least_squares(self, panel, W):
        fit = bd.SpatialLag("y ~ x1 + x2", absorb=["unit[year]", "region:year"], method="gmm").fit(
            panel, W
        )
        demean = fit.sample.within.demean
        X = [panel[name] for name in ("x1", "x2")]
        H = np.column_stack(
            [demean(v).ravel() for v in (*X, *map(W.lag, X), *(W.lag(W.lag(v)) for v in X))]
        )
        Z = np.column_stack([demean(v).ravel() for v in (*X, W.lag(panel["y"]))])
        first = H @ np.linalg.lstsq(H, Z, rcond=None)[0]
        b = np.linalg.solve(first.T @ Z, first.T @ demean(panel["y"]).ravel())
        e = demean(panel["y"]).ravel() - Z @ b
        s2 = e @ e / (T * N - fit.sample.within.absorbed(T, N) - 3)
        np.testing.assert_allclose(fit.params, b, **SAME)
        np.testing.assert_allclose(fit.cov, s2 * np.linalg.inv(first.T @ first), **SAME)

    def test_moments_of_lam_are_zero_on_average(self, panel):
        """Under any variances: Q(B - D)Q has a zero diagonal, also with a group of two."""
        group = np.array([0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2])
        links = np.where(group[:, None] == group, 1.0, 0.0)
        links[4, 3] = links[5, 2] = links[8, 9] = 0.0
        np.fill_diagonal(links, 0.0)
        W = bd.SpatialWeights.from_matrix(links, UNITS)
        chosen = panel.with_columns(group=np.tile(group.astype(float), (T, 1)))
        fit = bd.SpatialError("y ~ x1 + x2", absorb=["group:year"]).fit(chosen, W)
        D = np.eye(3)[group]
        Q = np.eye(N) - D @ np.linalg.inv(D.T @ D) @ D.T
        for A in robust_moments(fit.sample).matrices:
            np.testing.assert_allclose(np.diag(Q @ A @ Q), 0.0, atol=1e-12)


class TestWhatIsSaid:
    def test_in_glance_summary_and_table(self, panel):
        W = scattered()
        trends, plain = (
            bd.SpatialLag("y ~ x1", absorb=terms).fit(panel, W) for terms in (["unit[year]"], None)
        )
        assert trends.glance()["absorb"].item() == "unit[year]"
        assert plain.glance()["absorb"].item() == "none"
        assert trends.described["correction"] == "lee-yu"
        assert "two-way and unit[year]" in trends.summary()
        table = bd.regression_table([trends, plain]).to_markdown()
        row = next(line for line in table.splitlines() if "unit\\[year\\] effects" in line)
        assert [cell.strip() for cell in row.split("|")[2:4]] == ["Yes", "No"]
        assert "unit and time; unit\\[year\\] in column (1)" in table

    def test_the_request_is_hashable_and_transfers(self):
        request = bd.SpatialDurbin("y ~ x1", absorb=["unit[year]"])
        assert hash(request) == hash(bd.SpatialDurbin("y ~ x1", absorb=("unit[year]",)))
        assert request.to(bd.NonSpatial).absorb == ("unit[year]",)

    def test_likelihoods_compare_without_transformation_only(self, panel):
        W = scattered()
        trends, plain = (bd.SpatialLag("y ~ x1", absorb=terms) for terms in (["unit[year]"], None))
        with pytest.raises(bd.InputError, match="correction=None"):
            trends.fit(panel, W).lr_test(plain.fit(panel, W))
        direct = [request.replace(correction=None).fit(panel, W) for request in (trends, plain)]
        assert direct[0].lr_test(direct[1]).df == (N - 1,)

    @pytest.mark.parametrize(
        ("options", "match"),
        [
            ({"absorb": "unit[year]"}, "a list of effects"),
            ({"absorb": []}, "a list of effects"),
            ({"absorb": ["unit[year]"], "random_effects": "kkp"}, "None beside random effects"),
            ({"absorb": ["unit[year]"], "dynamic": "time"}, "Leave dynamic out"),
            (
                {"absorb": ["unit[year]"], "serial_errors": True, "fixed_effects": None},
                "None beside serial_errors",
            ),
            ({"absorb": ["unit[year]"], "correction": "elhorst"}, "correction: expected"),
            (
                {"absorb": ["unit[year]"], "correction": None, "demean": "before-lag"},
                "demean: expected",
            ),
            ({"correction": "adjusted-score", "fixed_effects": None}, "with fixed effects"),
        ],
    )
    def test_options_that_exclude_each_other(self, options, match):
        with pytest.raises(bd.OptionError, match=match):
            bd.SpatialLag("y ~ x1", **options)

    @pytest.mark.parametrize("model", [bd.SpatialError, bd.SpatialCombined, bd.NonSpatial])
    def test_adjusted_score_is_of_lag_models(self, model):
        with pytest.raises(bd.OptionError, match="correction"):
            model("y ~ x1", correction="adjusted-score")

    @pytest.mark.parametrize("text", ["unit[", "a:b:c", "a:b[x]", "[year]", "a[]", "a[x]y", ":a"])
    def test_terms_that_cannot_be_read(self, panel, text):
        with pytest.raises(bd.OptionError, match="'a', 'a:b' or 'a\\[x\\]'"):
            bd.NonSpatial("y ~ x1", absorb=[text]).fit(panel)

    def test_data_that_cannot_be_used(self, panel):
        with pytest.raises(bd.DataError, match="'nowhere'"):
            bd.NonSpatial("y ~ x1", absorb=["nowhere:year"]).fit(panel)
        gap = panel.with_columns(z=np.where(np.arange(N) == 3, np.nan, panel["base"]))
        with pytest.raises(bd.DataError, match="8 missing.*u03"):
            bd.NonSpatial("y ~ x1", absorb=["year[z]"]).fit(gap)
        with pytest.raises(bd.OptionError, match="numbers within the brackets"):
            bd.NonSpatial("y ~ x1", absorb=["year[unit]"]).fit(panel)

    def test_what_the_effects_leave(self, panel):
        with pytest.raises(bd.IdentificationError, match="explained by absorb"):
            bd.NonSpatial("y ~ x1 + base:year", absorb=["year[base]"]).fit(panel)
        with pytest.raises(bd.IdentificationError, match="at least 3 periods"):
            bd.NonSpatial("y ~ x1", absorb=["unit[year]"]).fit(panel.select(periods=[2001, 2002]))
        with pytest.raises(bd.IdentificationError):
            bd.NonSpatial("y ~ x1", absorb=["unit:year"]).fit(panel)

    @pytest.mark.parametrize("options", [{}, {"correction": None}, {"method": "gmm"}])
    def test_lag_of_the_error_must_keep_the_effects(self, panel, options):
        for terms in (["region:year"], ["regime"]):
            with pytest.raises(bd.InputError, match="error_weights.*without a lag of the error"):
                bd.SpatialError("y ~ x1", absorb=terms, **options).fit(panel, scattered())

    def test_lee_yu_needs_groups_that_w_keeps(self, panel):
        request = bd.SpatialLag("y ~ x1", absorb=["region:year"], correction="lee-yu")
        with pytest.raises(bd.InputError, match="adjusted-score"):
            request.fit(panel, scattered())
        assert request.fit(panel, blocks()).described["correction"] == "lee-yu"

    def test_tests_that_know_two_effects_only(self, panel):
        W = scattered()
        request = bd.SpatialLag("y ~ x1", absorb=["unit[year]"])
        for refused in (bd.lm_tests, bd.effects_tests):
            with pytest.raises(bd.OptionError, match="absorb=None"):
                refused(request, panel, W)
        with pytest.raises(bd.OptionError, match="without absorb="):
            bd.ResidualMoran().fit(request.to(bd.NonSpatial).fit(panel), W)
        with pytest.raises(bd.OptionError, match="without absorb="):
            bd.simulate_panel(request, W, params={"x1": 1.0, "rho": 0.1})

    @pytest.mark.parametrize("model", ALL)
    def test_all_models_and_covariances(self, panel, model):
        fit = model("y ~ x1 + x2", absorb=["unit[year]"]).fit(panel, scattered())
        kinds = ["classical", "robust", "clustered", "driscoll-kraay"] + [
            "hessian",
            "qml",
        ] * fit.estimator.is_ml
        for cov_type in kinds:
            assert (np.linalg.eigvalsh(fit.with_cov(cov_type).cov) > 0).all()
        assert set(fit.tidy()["term"]) <= {*TRUTH}
