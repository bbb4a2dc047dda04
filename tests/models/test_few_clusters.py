"""Covariances and tests for few clusters: against R's clubSandwich, against the algebra written out
with explicit dummies, against estimates without a cluster, and against every sign vector.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import linalg, stats

import bevdrivers as bd
from bevdrivers.models.interface import expected_information, invert_information, score_terms
from bevdrivers.models.ml.covariance import (
    inverse_slope,
    leverage,
    scores_for,
    small_sample_scale,
)
from bevdrivers.models.wild import signs_of
from bevdrivers.tables import regression_table

from ..conftest import MUNNELL, reference
from ..made_up import drawn, scattered

FORMULA = "y ~ x1 + x2"
EFFECTS = {"none": None, "unit": "unit", "time": "time", "twoway": "two-way"}
ALL_EFFECTS = ["two-way", "unit", "time", None]
CLUSTERS = {"state": "unit", "year": "time"}
CLUB_SANDWICH = reference("munnell/club_sandwich")
# two ways to the same number, with pseudo-inverses of 800 rows in one of them
ALGEBRA = {"rtol": 1e-7, "atol": 1e-12}


@pytest.fixture(scope="module")
def W() -> bd.SpatialWeights:
    return scattered(8, k=3)


def dummies(effects: str | None, T: int, N: int) -> np.ndarray:
    """Of units and periods, (TN, q), periods first in the order of the rows."""
    columns = [np.zeros((T * N, 0))]
    if effects in ("unit", "two-way"):
        columns.append(np.kron(np.ones((T, 1)), np.eye(N)))
    if effects in ("time", "two-way"):
        columns.append(np.kron(np.eye(T), np.ones((N, 1))))
    return np.column_stack(columns)


def groups(by: str, T: int, N: int) -> np.ndarray:
    """Which cluster each row is in, (TN,)."""
    return np.tile(np.arange(N), T) if by == "unit" else np.repeat(np.arange(T), N)


class TestLeastSquares:
    @pytest.mark.parametrize("case", CLUB_SANDWICH)
    def test_equals_club_sandwich(self, case, munnell):
        effects, cluster, kind = case.split("_")
        theirs = CLUB_SANDWICH[case]
        fit = bd.NonSpatial(
            MUNNELL,
            fixed_effects=EFFECTS[effects],
            cov_type="clustered",
            cluster=CLUSTERS[cluster],
            cluster_type=kind,
        ).fit(munnell)
        G = fit.df_resid + 1
        # theirs leaves out the factor of the jackknife
        factor = (G - 1) / G if kind == "CR3" else 1.0
        terms = theirs["terms"]
        expected = np.array(theirs["cov"]) * factor
        np.testing.assert_allclose(fit.cov.loc[terms, terms], expected, **ALGEBRA)
        if kind == "CR2":
            np.testing.assert_allclose(fit.df[terms], theirs["df"], **ALGEBRA)

    @pytest.mark.parametrize("effects", ALL_EFFECTS)
    @pytest.mark.parametrize("by", ["unit", "time"])
    def test_cr3_is_the_jackknife_that_leaves_out_a_cluster(self, effects, by, W):
        panel = drawn(bd.NonSpatial, W, T=6, effects=effects)
        model = bd.NonSpatial(
            FORMULA, fixed_effects=effects, cov_type="clustered", cluster=by, cluster_type="CR3"
        )
        fit = model.fit(panel)
        T, N = fit.sample.shape
        K = len(fit.terms)
        X = np.column_stack([fit.sample.Z.reshape(T * N, K), dummies(effects, T, N)])
        y, of = fit.sample.y.ravel(), groups(by, T, N)
        apart = []
        for g in range(of.max() + 1):
            b = np.linalg.lstsq(X[of != g], y[of != g], rcond=None)[0][:K]
            apart.append(b - fit.params)
        G = len(apart)
        expected = (G - 1) / G * np.array(apart).T @ np.array(apart)
        np.testing.assert_allclose(fit.cov, expected, **ALGEBRA)

    @pytest.mark.parametrize("effects", ALL_EFFECTS)
    @pytest.mark.parametrize("by", ["unit", "time"])
    def test_cr2_is_unbiased_under_iid_errors(self, effects, by, W):
        """Its expectation is s2 (Z'Z)^-1: the sum of the products with (I - H)_gg in the middle."""
        panel = drawn(bd.SpatialLagX, W, T=6, effects=effects)
        model = bd.SpatialLagX(
            FORMULA, fixed_effects=effects, cov_type="clustered", cluster=by, cluster_type="CR2"
        )
        fit = model.fit(panel, W)
        T, N = fit.sample.shape
        K = len(fit.terms)
        X = np.column_stack([fit.sample.Z.reshape(T * N, K), dummies(effects, T, N)])
        left = np.eye(T * N) - X @ np.linalg.pinv(X)
        pinv = np.linalg.pinv(X)[:K]
        of, e = groups(by, T, N), left @ fit.sample.y.ravel()
        expected, mean = np.zeros((K, K)), np.zeros((K, K))
        for g in range(of.max() + 1):
            rows = of == g
            block = left[np.ix_(rows, rows)]
            # with the dummies of the clusters the block is singular: its root on the rest
            A = linalg.fractional_matrix_power(np.linalg.pinv(block, rcond=1e-9) + 0j, 0.5).real
            s = pinv[:, rows] @ A @ e[rows]
            expected += np.outer(s, s)
            mean += pinv[:, rows] @ A @ block @ A @ pinv[:, rows].T
        np.testing.assert_allclose(fit.cov, expected, rtol=1e-6, atol=1e-10)
        np.testing.assert_allclose(mean, pinv @ pinv.T, rtol=1e-6, atol=1e-10)

    def test_an_impact_has_the_degrees_of_freedom_of_its_coefficient(self, W):
        panel = drawn(bd.SpatialLagX, W, T=6)
        model = bd.SpatialLagX(FORMULA, cov_type="clustered", cluster_type="CR2")
        fit = model.fit(panel, W)
        direct = fit.impacts().tidy().iloc[0]
        own = fit.tidy().iloc[0]
        assert direct["p_value"] == pytest.approx(own["p_value"], rel=1e-10)
        assert own["p_value"] == pytest.approx(
            2 * stats.t.sf(abs(own["statistic"]), fit.df["x1"]), rel=1e-10
        )
        assert fit.df["x1"] < fit.df_resid == 7

    def test_groups_by_period_leave_what_their_dummies_leave(self, W):
        """Effects that are no product of time and units."""
        panel = drawn(bd.NonSpatial, W, T=6)
        region = np.arange(6)[:, None] // 3 * 10 + (np.arange(8) // 4)[None]
        panel = panel.with_columns(cell=np.broadcast_to(region, (6, 8)).astype(float))
        model = bd.NonSpatial(FORMULA, absorb=["cell"], cov_type="clustered", cluster_type="CR3")
        fit = model.fit(panel)
        assert fit.sample.within.rest is not None
        T, N, K = 6, 8, 2
        of_cells = (region.ravel()[:, None] == np.unique(region)).astype(float)
        X = np.column_stack([fit.sample.Z.reshape(T * N, K), dummies("two-way", T, N), of_cells])
        y, of = fit.sample.y.ravel(), groups("unit", T, N)
        apart = [
            np.linalg.lstsq(X[of != g], y[of != g], rcond=None)[0][:K] - fit.params
            for g in range(N)
        ]
        expected = (N - 1) / N * np.array(apart).T @ np.array(apart)
        np.testing.assert_allclose(fit.cov, expected, **ALGEBRA)


SPATIAL = [bd.SpatialLag, bd.SpatialDurbin, bd.SpatialError, bd.SpatialDurbinError]


class TestMaximumLikelihood:
    @pytest.mark.parametrize("model", SPATIAL)
    @pytest.mark.parametrize("by", ["unit", "time"])
    def test_residuals_by_the_algebra_written_out(self, model, by, W):
        """I - H with explicit dummies and the information by (b, rho), whose powers make the scores.

        The score of b alone is linear: its block of the middle is compared.
        """
        fit = model(FORMULA, cov_type="clustered", cluster=by, cluster_type="CR2").fit(
            drawn(model, W, T=7), W
        )
        sample, point = fit.sample, fit.estimate.point
        T, N = sample.shape
        K, P = sample.n_regressors, len(fit.terms)
        terms = score_terms(sample, point)
        X = np.column_stack([terms.Z.reshape(T * N, K), *(mean.ravel() for mean in terms.means)])
        inverse = invert_information(expected_information(sample, point))
        D = dummies("two-way", T, N)
        left = np.eye(T * N) - D @ np.linalg.pinv(D)
        left = left - X @ inverse[:P, :P] @ X.T / point.sigma2
        of, e = groups(by, T, N), terms.e.ravel()
        middle = np.zeros((K, K))
        for g in range(of.max() + 1):
            rows = of == g
            block = np.linalg.pinv(left[np.ix_(rows, rows)], rcond=1e-9)
            A = linalg.fractional_matrix_power(block + 0j, 0.5).real
            s = X[rows, :K].T @ A @ e[rows] / point.sigma2
            middle += np.outer(s, s)
        whole = _middle_of(fit)
        np.testing.assert_allclose(whole[:K, :K], middle, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(inverse[:P] @ whole @ inverse[:, :P], fit.covariance, rtol=1e-8)

    @pytest.mark.parametrize("model", SPATIAL)
    def test_cr3_is_a_step_without_the_cluster(self, model, W):
        """What a cluster's score is to the estimates without it: one step of Newton's method from
        the information that is left, in the direction of b and rho that is linear in e.
        """
        fit = model(FORMULA, cov_type="clustered", cluster_type="CR3").fit(drawn(model, W, T=7), W)
        sample, point = fit.sample, fit.estimate.point
        terms = score_terms(sample, point)
        information = expected_information(sample, point)
        P = len(fit.terms)
        # sigma2 is concentrated out: the information by (b, rho) that is left
        inverse = invert_information(information)[:P, :P]
        slope = np.linalg.inv(inverse)
        lev = leverage(sample, point, inverse_slope(sample, point), "unit")
        adjusted = lev.adjusted(terms.e, "CR3")
        N = sample.shape[1]
        for g in range(N):
            X = lev.X[:, g]
            # the effects of time leave (N - 1) / N of what stands alone
            own = X.T @ terms.e[:, g] / point.sigma2 / (1 - 1 / N)
            left = slope - X.T @ X / point.sigma2 / (1 - 1 / N)
            step = np.linalg.solve(left, own)
            expected = inverse @ X.T @ adjusted[:, g] / point.sigma2
            np.testing.assert_allclose(expected, step, **ALGEBRA)

    def test_degrees_of_freedom_come_to_those_of_least_squares(self, W):
        """Where W links nothing to the regressors, in a long panel: b and lam are independent."""
        panel = drawn(bd.SpatialError, W, T=40)
        few = {"cov_type": "clustered", "cluster_type": "CR2"}
        fit = bd.SpatialError(FORMULA, **few).fit(panel, W)
        sample = fit.sample
        # generalised least squares at lam is least squares of the filtered data
        y, Z = (
            a - fit.lam * np.einsum("ij,tj...->ti...", W.dense, a) for a in (sample.y, sample.Z)
        )
        filtered = bd.Panel.from_arrays(
            {"y": y, "x1": Z[:, :, 0], "x2": Z[:, :, 1]}, units=W.ids, periods=range(40)
        )
        own = bd.NonSpatial(FORMULA, **few).fit(filtered)
        np.testing.assert_allclose(fit.params[["x1", "x2"]], own.params, rtol=1e-6)
        # sigma2 of the likelihood counts contrasts, that of least squares coefficients too
        np.testing.assert_allclose(fit.df[["x1", "x2"]], own.df, rtol=1e-6)
        assert fit.df["lam"] == 7

    def test_order_and_degrees_of_freedom(self, W):
        classical = bd.SpatialDurbin(FORMULA).fit(drawn(bd.SpatialDurbin, W, T=7), W)
        with pytest.warns(bd.errors.SampleWarning, match="cluster_type"):
            plain = classical.with_cov("clustered")
        with pytest.warns(bd.errors.SampleWarning, match="8 clusters"):
            first = classical.with_cov("clustered", cluster_type="CR1")
        fits = {kind: classical.with_cov("clustered", cluster_type=kind) for kind in ("CR2", "CR3")}
        fits["CR1"] = first
        np.testing.assert_array_equal(fits["CR1"].cov, plain.cov)
        assert (fits["CR2"].std_errors < fits["CR3"].std_errors).all()
        assert plain.df_resid is None
        assert np.isinf(plain.df).all()
        for fit in fits.values():
            assert (fit.df <= 7).all()
            assert fit.estimator.cluster_type == "CR2" or (fit.df == 7).all()
            limits = fit.conf_int()
            half = stats.t.ppf(0.975, fit.df) * fit.std_errors
            np.testing.assert_allclose(limits["upper"] - fit.params, half)
            assert fit.impacts().df_resid == 7
            assert " t " in str(fit.summary())


def _middle_of(fit) -> np.ndarray:
    """Variance of the score under the fit's clusters, (P + 1, P + 1)."""
    scores = scores_for(fit.sample, fit.estimate.point, fit.kind)
    return fit.kind.variance(scores, fit.panel) * small_sample_scale(fit.estimate, fit.kind)


class TestWildBootstrap:
    @pytest.mark.parametrize("effects", ALL_EFFECTS)
    @pytest.mark.parametrize("by", ["unit", "time"])
    @pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
    def test_p_values_of_all_sign_vectors_by_refits(self, effects, by, W):
        """Restricted least squares, outcomes drawn with every sign vector, each fitted again."""
        panel = drawn(bd.NonSpatial, W, T=6, effects=effects)
        model = bd.NonSpatial(FORMULA, fixed_effects=effects, cov_type="clustered", cluster=by)
        fit = model.fit(panel)
        T, N = fit.sample.shape
        K, k = len(fit.terms), fit.terms.index("x1")
        X = np.column_stack([fit.sample.Z.reshape(T * N, K), dummies(effects, T, N)])
        y, of = fit.sample.y.ravel(), groups(by, T, N)
        pinv = np.linalg.pinv(X)
        G = of.max() + 1

        def t_of(outcome, r):
            b = pinv @ outcome
            parts = pinv[k] * (outcome - X @ b)
            return (b[k] - r) / np.sqrt(np.sum(np.bincount(of, parts, G) ** 2))

        [test] = [fit.impacts(interval="wild", draws=2**G).limits.tests[0]]
        for u in (0.2, -0.4):
            r = fit.params["x1"] - u
            rest = np.delete(X, k, axis=1)
            left = y - r * X[:, k]
            e = left - rest @ (np.linalg.pinv(rest) @ left)
            own = abs(t_of(y, r))
            t = [t_of(y - e + np.array(w)[of] * e, r) for w in product((-1, 1), repeat=G)]
            expected = np.mean(np.abs(t) >= own * (1 - 1e-9))
            assert test.p_value(u) == pytest.approx(expected, abs=1e-12)

    @pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
    @pytest.mark.parametrize("model", [bd.SpatialLagX, bd.SpatialDurbin])
    def test_an_interval_keeps_what_is_not_rejected(self, model, W):
        fit = model(FORMULA, cov_type="clustered").fit(drawn(model, W, T=6), W)
        impacts = fit.impacts(interval="wild", draws=999, seed=1)
        tests, estimates = impacts.limits.tests, impacts.values.ravel()
        for level in (0.8, 0.95):
            tidy = impacts.tidy(level)
            for test, b, low, high in zip(
                tests, estimates, tidy["conf_low"], tidy["conf_high"], strict=True
            ):
                room = 1e-6 * (high - low)
                assert test.p_value(b - low - room) > 1 - level >= test.p_value(b - low + room)
                assert test.p_value(b - high + room) > 1 - level >= test.p_value(b - high - room)
        np.testing.assert_array_equal(
            tidy["p_value"], [test.p_value(b) for test, b in zip(tests, estimates, strict=True)]
        )

    @pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
    @pytest.mark.parametrize("by", ["unit", "time"])
    def test_scores_of_maximum_likelihood_with_all_signs_have_the_clustered_variance(self, by, W):
        """The mean of the squared moves of the draws is the sandwich, without its scale."""
        model = bd.GeneralNesting(FORMULA, cov_type="clustered", cluster=by)
        fit = model.fit(drawn(bd.GeneralNesting, W, T=6), W)
        G = {"unit": 8, "time": 6}[by]
        limits = fit.impacts(interval="wild", draws=2**G).limits
        squares = [np.mean(test.moves[0] ** 2) for test in limits.tests]
        scaled = fit.impacts().errors.ravel() ** 2 * (G - 1) / G
        np.testing.assert_allclose(squares, scaled, rtol=1e-8)
        np.testing.assert_allclose([test.spread**2 for test in limits.tests], scaled, rtol=1e-8)

    @pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
    def test_too_few_clusters_for_a_level_leave_no_bound(self, W):
        """Of 2^4 sign vectors two make the same |t|: no p-value lies below 1/8."""
        panel = drawn(bd.NonSpatial, W, T=4)
        fit = bd.NonSpatial(FORMULA, cov_type="clustered", cluster="time").fit(panel)
        assert np.isinf(fit.conf_int(0.95, "wild")).all(axis=None)
        assert np.isfinite(fit.conf_int(0.5, "wild")).all(axis=None)

    def test_signs(self):
        signs, every = signs_of(3, 8, None)
        assert every
        assert len(np.unique(signs, axis=1).T) == 8
        first, every = signs_of(31, 999, 4)
        assert not every
        np.testing.assert_array_equal(first, signs_of(31, 999, 4)[0])
        assert set(np.unique(first)) == {-1.0, 1.0}


REFUSED = [
    ({"cluster_type": "CR2"}, "cluster_type"),
    ({"cov_type": "clustered", "cluster_type": "CR4"}, "cluster_type"),
    ({"cov_type": "clustered", "cluster": "both", "cluster_type": "CR2"}, "cluster_type"),
    (
        {"cov_type": "clustered", "cluster_type": "CR2", "random_effects": "baltagi"},
        "cluster_type",
    ),
    ({"cov_type": "clustered", "cluster_type": "CR1", "method": "gmm"}, "cluster_type"),
]


@pytest.mark.parametrize(("options", "argument"), REFUSED)
def test_what_has_no_types_is_refused(options, argument):
    with pytest.raises(bd.errors.OptionError) as error:
        bd.SpatialDurbin(FORMULA, **options)
    assert error.value.argument == argument


@pytest.mark.parametrize("options", [{}, {"cov_type": "clustered", "cluster": "both"}])
@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
@pytest.mark.filterwarnings("ignore:.*semi-definite:bevdrivers.errors.SampleWarning")
def test_the_wild_bootstrap_needs_clusters(options, W):
    fit = bd.SpatialLag(FORMULA, **options).fit(drawn(bd.SpatialLag, W, T=6), W)
    with pytest.raises(bd.errors.OptionError, match="clustered"):
        fit.conf_int(method="wild")


def test_another_covariance_of_the_same_fit(W):
    fit = bd.SpatialLag(FORMULA).fit(drawn(bd.SpatialLag, W, T=6), W)
    few = fit.with_cov("clustered", cluster_type="CR2")
    assert few.estimator.cluster_type == "CR2"
    assert few.with_cov("classical").df_resid is None
    note = regression_table({"a": few}).to_markdown()
    assert "clustered (CR2)" in note


WARNED = [
    ({"cov_type": "clustered", "cluster": "unit"}, 8, 'cluster_type="CR2"'),
    ({"cov_type": "clustered", "cluster": "time"}, 24, 'cluster_type="CR2"'),
    ({"cov_type": "driscoll-kraay"}, 24, "Clusters of units are more, if they are what is wanted"),
    ({"cov_type": "clustered", "cluster": "both"}, 24, 'cluster="unit"'),
    ({"cov_type": "driscoll-kraay"}, 8, "Say so beside the standard errors"),
]


@pytest.mark.parametrize(("options", "N", "remedy"), WARNED)
@pytest.mark.filterwarnings("ignore:.*semi-definite:bevdrivers.errors.SampleWarning")
def test_the_remedy_of_few_clusters_is_one_that_there_is(options, N, remedy):
    W = scattered(N, k=3)
    panel = drawn(bd.SpatialLag, W, T=6)
    with pytest.warns(bd.SampleWarning, match="clusters") as warned:
        bd.SpatialLag(FORMULA, **options).fit(panel, W)
    [message] = [str(one.message) for one in warned if "needs some" in str(one.message)]
    assert remedy in message


@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
def test_a_caution_offers_cr2_where_it_is(W):
    panel = drawn(bd.SpatialLag, W, T=6)
    for method, offers in (("ml", True), ("gmm", False)):
        request = bd.SpatialLag(FORMULA, method=method, cov_type="clustered")
        [caution] = [one for one in request.fit(panel, W).cautions if one.name == "few clusters"]
        assert ("CR2" in caution.remedy) == offers
