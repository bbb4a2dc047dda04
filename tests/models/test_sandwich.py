"""The middle of a sandwich, by sums that are written out."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.covariance import Clustered
from bevdrivers.models.ml.covariance import ml_scores
from bevdrivers.models.ml.information import expected_information, score_terms
from bevdrivers.models.sandwich import Scores, autocovariances, error_moments, usable
from bevdrivers.panel.time_axis import TimeAxis

from ..made_up import drawn, scattered

few_clusters = pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")


class TestDriscollKraay:
    @pytest.mark.parametrize(("T", "lags"), [(10, 2), (25, 2), (100, 4), (400, 5)])
    def test_lags_by_default_are_4_times_T_over_100_to_the_power_2_over_9(self, T, lags):
        """Rounded down, by hand: 2.40, 2.94, 4 and 5.44."""
        totals = np.random.default_rng(0).standard_normal((T, 2))
        axis = TimeAxis.of(range(T))
        autocovariances_of_totals = autocovariances(totals, axis, "bartlett", None)
        np.testing.assert_array_equal(
            autocovariances_of_totals, autocovariances(totals, axis, "bartlett", lags)
        )

    @pytest.mark.parametrize(
        ("kernel", "weights"),
        [
            # Parzen: 1 - 6 z^2 + 6 z^3 up to z = 1/2, 2 (1 - z)^3 beyond, z = lag / (lags + 1)
            ("bartlett", [3 / 4, 1 / 2, 1 / 4]),
            ("parzen", [1 - 6 / 16 + 6 / 64, 1 / 4, 2 / 64]),
        ],
    )
    def test_weights_of_three_lags(self, kernel, weights):
        s = np.random.default_rng(1).standard_normal((7, 2))
        expected = sum(np.outer(s[t], s[t]) for t in range(7))
        for lag, weight in enumerate(weights, start=1):
            for t in range(lag, 7):
                expected = expected + weight * (np.outer(s[t], s[t - lag]))
                expected = expected + weight * (np.outer(s[t - lag], s[t]))
        np.testing.assert_allclose(
            autocovariances(s, TimeAxis.of(range(7)), kernel, 3), expected, rtol=1e-12
        )


class TestNegativeEigenvalues:
    """They are put to zero of the variance in units of the scores' spread."""

    def indefinite(self) -> tuple[np.ndarray, Scores]:
        """A variance with one negative eigenvalue, and scores whose sizes differ by 1,000."""
        rng = np.random.default_rng(2)
        linear = rng.standard_normal((6, 5, 3)) * np.array([1.0, 1000.0, 30.0])
        spread = np.sqrt(np.sum(linear**2, axis=(0, 1)))
        correlated = np.array([[1.0, 0.9, -0.4], [0.9, 1.0, 0.5], [-0.4, 0.5, 1.0]])
        return correlated * np.outer(spread, spread), Scores(linear, np.ones((6, 5)), ())

    def test_by_the_spread_of_observations(self):
        variance, scores = self.indefinite()
        spread = np.sqrt(np.sum(scores.linear**2, axis=(0, 1)))
        values, vectors = np.linalg.eigh(variance / np.outer(spread, spread))
        assert values[0] < 0 < values[1]
        kept = sum(values[k] * np.outer(vectors[:, k], vectors[:, k]) for k in (1, 2))
        with pytest.warns(bd.SampleWarning, match="negative eigenvalues"):
            covariance = usable(variance, scores, "clustered")
        np.testing.assert_allclose(covariance, kept * np.outer(spread, spread), rtol=1e-10)

    def test_a_score_that_is_zero_stays_zero(self):
        variance, scores = self.indefinite()
        linear = np.concatenate([scores.linear, np.zeros((6, 5, 1))], axis=2)
        wide = np.zeros((4, 4))
        wide[:3, :3] = variance
        with pytest.warns(bd.SampleWarning, match="negative eigenvalues"):
            covariance = usable(wide, Scores(linear, scores.e, ()), "clustered")
        with pytest.warns(bd.SampleWarning, match="negative eigenvalues"):
            expected = usable(variance, scores, "clustered")
        np.testing.assert_allclose(covariance[:3, :3], expected, rtol=1e-10)
        np.testing.assert_array_equal(covariance[3], 0.0)


class TestSumsOfZero:
    """Scores that add up to zero in each group mean nothing, whatever they are measured in."""

    @pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
    def test_sums_that_are_not_zero_pass_in_any_unit(self, size):
        linear = size * np.random.default_rng(3).standard_normal((6, 5, 2))
        sums = linear.sum(axis=0)
        variance = sums.T @ sums
        covariance = usable(variance, Scores(linear, np.ones((6, 5)), ()), "clustered")
        np.testing.assert_array_equal(covariance, variance)

    def test_one_of_two_warns_and_both_are_refused(self):
        linear = np.random.default_rng(4).standard_normal((6, 5, 2))
        linear[:, :, 1] -= linear[:, :, 1].mean(axis=0)
        scores = Scores(linear, np.ones((6, 5)), ())
        sums = linear.sum(axis=0)
        with pytest.warns(bd.SampleWarning, match="Standard errors of 1 regressors are zero"):
            usable(sums.T @ sums, scores, "clustered")
        with pytest.raises(bd.OptionError, match="sums of zero for all regressors"):
            usable(np.zeros((2, 2)), scores, "clustered")


@few_clusters
@pytest.mark.parametrize(("cluster", "count"), [("unit", 12), ("time", 8)])
def test_clusters_of_maximum_likelihood_are_scaled_by_their_number(cluster, count):
    """B C B G / (G - 1) with B the inverse expected information and C the sums over clusters."""
    W = scattered()
    request = bd.SpatialDurbin("y ~ x1 + x2", cov_type="clustered", cluster=cluster)
    fit = request.fit(drawn(bd.SpatialDurbin, W), W)
    bread = np.linalg.inv(expected_information(fit.sample, fit.estimate.point))
    middle = Clustered(cluster).summed(ml_scores(fit.sample, fit.estimate.point), None)
    expected = bread @ middle @ bread * count / (count - 1)
    np.testing.assert_allclose(fit.cov, expected[:-1, :-1], rtol=1e-8, atol=1e-14)


def test_score_of_sigma2_is_the_slope_of_the_normal_density():
    W = scattered()
    fit = bd.SpatialLag("y ~ x1 + x2", fixed_effects=None).fit(
        drawn(bd.SpatialLag, W, effects=None), W
    )
    point, h = fit.estimate.point, 1e-5
    e = score_terms(fit.sample, point).e

    def density(s2: float) -> np.ndarray:
        return -0.5 * np.log(s2) - e**2 / (2 * s2)

    slope = (density(point.sigma2 + h) - density(point.sigma2 - h)) / (2 * h)
    np.testing.assert_allclose(ml_scores(fit.sample, point).linear[:, :, -1], slope, atol=1e-6)


def test_errors_in_mirrored_pairs_show_no_skewness():
    """Of two periods and unit effects one error is minus the other."""
    W = scattered()
    panel = drawn(bd.SpatialLag, W, T=2, effects="unit")
    sample = bd.SpatialLag("y ~ x1 + x2", fixed_effects="unit").fit(panel, W).sample
    v = np.random.default_rng(5).exponential(size=(1, 12))
    assert error_moments(np.concatenate([v, -v]), sample, 1.0)[0] == 0.0


@pytest.mark.parametrize(("shape", "count"), [((6, 40), 6), ((40, 6), 6)])
def test_two_way_clusters_are_as_many_as_the_fewer_of_both(shape, count):
    """Cameron, Gelbach and Miller (2011), section 2.3."""
    assert Clustered("both").count(shape) == count
