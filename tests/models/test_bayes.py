"""Posterior probabilities of models: brute-force integrals, SDPDmod with its slips rebuilt, limits,
invariances.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

import bevdrivers as bd
from bevdrivers.models.bayes import MarginalLikelihood
from bevdrivers.models.interface import sample_of
from bevdrivers.numerics.quadrature import integrate_log

from ..conftest import MUNNELL, reference
from ..made_up import drawn, scattered, uneven

# thousands of log-likelihood units, an eigenvalue by RSpectra, and a sum over a grid
SAME_STEPS = 1e-9
# three-dimensional product rules over all of the parameters' mass
BRUTE_FORCE = 1e-6

COMPARED = (bd.SpatialLagX, bd.SpatialLag, bd.SpatialDurbin, bd.SpatialError, bd.SpatialDurbinError)
SDPDMOD = reference("munnell/bayes")
EFFECTS = {"individual": "unit", "time": "time", "twoways": "two-way"}
MODELS = {
    "ols": bd.NonSpatial,
    "slx": bd.SpatialLagX,
    "sar": bd.SpatialLag,
    "sdm": bd.SpatialDurbin,
    "sem": bd.SpatialError,
    "sdem": bd.SpatialDurbinError,
}


def contrasts(n: int) -> np.ndarray:
    """Orthonormal columns that are orthogonal to the constant, (n, n - 1)."""
    return np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]


def by_brute_force(
    panel: bd.Panel, W: bd.SpatialWeights, lag: str, effects: str | None, g: float, a: float
) -> float:
    """ln of the integral over rho, beta (one) and ln sigma2 of likelihood times priors, on explicit
    contrasts.
    """
    y, x, matrix = panel["y"], panel["x1"], W.align(panel.units).dense
    T, N = y.shape
    over_time = contrasts(T) if effects in ("unit", "two-way") else np.eye(T)
    over_units = contrasts(N) if effects in ("time", "two-way") else np.eye(N)
    y, x = (over_time.T @ values @ over_units for values in (y, x))
    low, high = bd.SpatialWeights.from_matrix(matrix, W.ids, normalise=None).rho_bounds
    matrix = over_units.T @ matrix @ over_units
    share, mass = np.polynomial.legendre.leggauss(90)
    share, mass = (share + 1) / 2, mass / 2
    steps, step_mass = np.polynomial.legendre.leggauss(150)
    totals = []
    for p, weight in zip(low + share * (high - low), mass, strict=True):
        A = np.eye(len(matrix)) - p * matrix
        left = y @ A.T
        right = x if lag == "y" else x @ A.T
        volume = len(y) * np.linalg.slogdet(A)[1]
        zz, zy, yy = np.sum(right**2), np.sum(right * left), np.sum(left**2)
        prior_rho = -np.log(high - low) + (a - 1) * np.log(
            (p - low) * (high - p) / (high - low) ** 2
        )
        prior_rho -= 2 * gammaln(a) - gammaln(2 * a)
        # the rules cover twelve standard deviations of beta and all sigma2 that matter; where they
        # stand is no matter
        s2 = np.exp(np.log(yy / y.size) - 3 + 11 * steps)[None, :]
        reach = 12 * np.sqrt(s2 / zz)
        b = zy / zz * g / (1 + g) + reach * steps[:, None]
        likelihood = (
            volume - y.size / 2 * np.log(2 * np.pi * s2) - (yy - 2 * b * zy + b * b * zz) / (2 * s2)
        )
        prior = -0.5 * np.log(2 * np.pi * g * s2 / zz) - b * b * zz / (2 * g * s2)
        masses = np.log(step_mass[:, None] * reach * step_mass * 11)
        totals.append(
            logsumexp(likelihood + prior + masses) + prior_rho + np.log(weight * (high - low))
        )
    return float(logsumexp(totals))


@pytest.mark.parametrize("effects", ["unit", "time", "two-way"])
@pytest.mark.parametrize(("model", "lag"), [(bd.SpatialLag, "y"), (bd.SpatialError, "u")])
@pytest.mark.parametrize("a", [1.0, 2.5])
def test_it_is_the_integral(model, lag, effects, a):
    W = scattered(5, k=2)
    panel = drawn(model, W, T=4, effects=effects)
    request = model("y ~ x1", fixed_effects=effects)
    g = 7.0
    comparison = bd.compare_models(request, panel, W, models=[model], g=g, concentration=a)
    expected = by_brute_force(panel, W, lag, effects, g, a)
    assert comparison.frame["log_marginal"][0] == pytest.approx(expected, abs=BRUTE_FORCE)


@pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLag, bd.SpatialError])
def test_flat_intercept_is_the_limit_of_a_wide_prior(model):
    """The marginal density of y under alpha ~ N(0, v) times sqrt(2 pi v), v large; rho and ln
    sigma2 by rules.
    """
    W = scattered(5, k=2)
    panel = drawn(bd.SpatialLagX, W, T=4, effects=None)
    comparison = bd.compare_models(
        model("y ~ x1", fixed_effects=None), panel, W, models=[model], g=3.0
    )
    y, x = panel["y"], panel["x1"]
    n, v = y.size, 1e10
    low, high = W.rho_bounds
    places, sizes = (
        np.polynomial.legendre.leggauss(60) if comparison.frame["parameter"][0] else ([0.0], [2.0])
    )
    steps, step_sizes = np.polynomial.legendre.leggauss(80)
    totals = []
    for p, size in zip(
        (np.array(places) + 1) / 2 * (high - low) + low, np.array(sizes) / 2, strict=True
    ):
        A = np.eye(5) - (p if model.lag_y or model.lag_u else 0.0) * W.align(panel.units).dense
        left = (y @ A.T).ravel() if model.lag_y or model.lag_u else y.ravel()
        right = (x @ A.T).ravel() if model.lag_u else x.ravel()
        one = (np.ones_like(x) @ A.T).ravel() if model.lag_u else np.ones(n)
        z = right - one * (one @ right) / (one @ one)
        volume = 4 * np.linalg.slogdet(A)[1]
        for ln_s2, weight in zip(-0.5 + 5 * steps, 5 * step_sizes, strict=True):
            s2 = np.exp(ln_s2)
            V = s2 * np.eye(n) + v * np.outer(one, one) + 3.0 * s2 * np.outer(z, z) / (z @ z)
            density = -0.5 * (
                n * np.log(2 * np.pi) + np.linalg.slogdet(V)[1] + left @ np.linalg.solve(V, left)
            )
            totals.append(volume + density + np.log(weight * size) + 0.5 * np.log(2 * np.pi * v))
    assert comparison.frame["log_marginal"][0] == pytest.approx(logsumexp(totals), abs=1e-5)


class TestSdpdmod:
    """blmpSDPD takes the integral itself, of rho df and not f drho, for its log; 2 pi for pi; and
    counts the fixed effects twice under Lee-Yu. With these steps put in the place of ours the
    pieces must give its numbers.
    """

    @pytest.mark.parametrize("name", MODELS)
    @pytest.mark.parametrize("effects", EFFECTS)
    def test_its_numbers_from_our_pieces(self, name, effects, munnell, states):
        expected = SDPDMOD[f"blmp_static_{effects}_uniform_LYtrans"]["lmarginal"][name]
        request = MODELS[name](MUNNELL, fixed_effects=EFFECTS[effects])
        one = MarginalLikelihood.of(sample_of(request, munnell, states), np.inf)
        T, N = 17 - (effects != "time"), 48 - (effects != "individual")
        assert one.nobs == T * N
        again = {"individual": N, "time": T, "twoways": N + T - 1}[effects]
        ours, theirs = (one.nobs - one.n_regressors) / 2, (one.nobs - one.n_regressors - again) / 2

        def theirs_at(p: np.ndarray) -> np.ndarray:
            """ln of SDPDmod's integrand: ours with other degrees of freedom."""
            squares = np.sum(one._factor(p)[:, one.n_regressors :, one.n_regressors] ** 2, axis=1)
            constant = (
                gammaln(theirs) - gammaln(ours) - theirs * np.log(2 * np.pi) + ours * np.log(np.pi)
            )
            return one.at(p) + constant + (ours - theirs) * np.log(squares)

        if one.spectrum is None:
            assert theirs_at(np.zeros(1))[0] == pytest.approx(expected, abs=SAME_STEPS)
            return
        omega = one.spectrum.values.real
        low, high = 1 / omega.min(), 1 / omega.max()
        rho = (
            low + 0.001 + 0.001 * np.arange(int(np.floor((high - low - 0.002) / 0.001 + 1e-9)) + 1)
        )
        log_f = theirs_at(rho) - np.log(high - low)
        f = np.exp(log_f - log_f.max())
        slip = np.sum((rho[1:] + rho[:-1]) * np.diff(f) / 2)
        assert log_f.max() + slip == pytest.approx(expected, abs=SAME_STEPS)

    def test_what_it_should_have_been(self, munnell, states):
        """The trapezoid rule on such a grid, with the log taken, is the flat-prior log marginal
        likelihood.
        """
        request = bd.SpatialDurbin(MUNNELL, fixed_effects="unit")
        one = MarginalLikelihood.of(sample_of(request, munnell, states), np.inf)
        low, high = one.bounds
        rho = np.linspace(low, high, 4001)[1:-1]
        log_f = one.at(rho) - np.log(high - low)
        expected = logsumexp(log_f) + np.log(rho[1] - rho[0])
        comparison = bd.compare_models(
            request, munnell, states, models=[bd.SpatialDurbin], g=np.inf
        )
        assert comparison.frame["log_marginal"][0] == pytest.approx(expected, abs=1e-8)


class TestQuadrature:
    @pytest.mark.parametrize("spread", [1.0, 1e-2])
    @pytest.mark.parametrize("height", [0.0, 2000.0, -5000.0])
    def test_two_peaks_that_overflow(self, spread, height):
        """Two normal peaks of masses 1 and 3, exp(height) high, in a range that holds all but
        nothing of them.
        """

        def f(x: np.ndarray) -> np.ndarray:
            far = -0.5 * ((x - 0.6) / spread) ** 2 + np.log(3)
            return (
                height
                + np.logaddexp(-0.5 * (x / spread) ** 2, far)
                - np.log(spread * np.sqrt(2 * np.pi))
            )

        nodes, masses = integrate_log(f, -40.0, 41.3)
        assert logsumexp(masses) == pytest.approx(height + np.log(4), abs=1e-9)
        mean = np.exp(masses - logsumexp(masses)) @ nodes
        assert mean == pytest.approx(0.45, abs=1e-9)

    @pytest.mark.parametrize("spread", [1e-4, 1e-7])
    def test_needle(self, spread):
        masses = integrate_log(lambda x: -0.5 * ((x - 0.123) / spread) ** 2 + 3000.0, -1.4, 1.0)[1]
        assert logsumexp(masses) == pytest.approx(
            3000.0 + np.log(spread * np.sqrt(2 * np.pi)), abs=1e-9
        )

    def test_end_of_the_range(self):
        """A singular slope at the end: the integral of sqrt(1 - x^2) is pi / 2."""
        masses = integrate_log(lambda x: 0.5 * np.log1p(-(x**2)), -1.0, 1.0)[1]
        assert np.exp(logsumexp(masses)) == pytest.approx(np.pi / 2, rel=1e-9)


class TestComparison:
    def test_sums_and_margins(self, munnell, states):
        other = scattered(48, seed=3, k=5)
        other = bd.SpatialWeights.from_matrix(other.dense, munnell.units, name="random")
        comparison = bd.compare_models(bd.SpatialDurbin(MUNNELL), munnell, [states, other])
        table = comparison.probabilities
        assert list(table.index) == [model.__name__ for model in COMPARED]
        assert list(table.columns) == ["contiguity", "random"]
        assert table.to_numpy().sum() == pytest.approx(1.0, abs=1e-12)
        np.testing.assert_allclose(comparison.model_probabilities, table.sum(axis=1))
        np.testing.assert_allclose(comparison.weights_probabilities, table.sum(axis=0))
        # odds are those of the marginal likelihoods, and do not depend on what else is compared
        fewer = bd.compare_models(
            bd.SpatialLag(MUNNELL),
            munnell,
            {"a": states},
            models=[bd.SpatialError, bd.SpatialLag],
            g=comparison.g,
        )
        gap = comparison.log_marginals["contiguity"]
        assert np.diff(fewer.frame["log_marginal"])[0] == pytest.approx(
            gap["SpatialLag"] - gap["SpatialError"]
        )
        assert comparison.weights_probabilities["contiguity"] > 0.999
        tidy = comparison.tidy().set_index(["term", "component"])["estimate"]
        assert tidy["SpatialError ~ contiguity", "lam"] == pytest.approx(
            bd.SpatialError(MUNNELL).fit(munnell, states).lam, abs=0.02
        )
        assert comparison.glance()["g"][0] == 47 * 16
        assert "any model" in str(comparison)

    @pytest.mark.parametrize("model", [*COMPARED, bd.NonSpatial])
    @pytest.mark.parametrize("effects", ["two-way", "unit", None])
    def test_units_of_measurement_do_not_matter(self, model, effects):
        W = scattered()
        panel = drawn(model, W, effects=effects)
        request = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects=effects)
        one = bd.compare_models(request, panel, W, models=[model])
        scaled = panel.with_columns(x1=1000 * panel["x1"] + 3, y=panel["y"] * 5)
        other = bd.compare_models(request, scaled, W, models=[model])
        # y in other units moves all models alike: |dy| to the power of n, less the flat intercept
        n = one.nobs - (effects is None)
        shift = other.frame["log_marginal"] - one.frame["log_marginal"]
        assert shift[0] == pytest.approx(-n * np.log(5), abs=1e-7)

    def test_not_row_normalised(self):
        W = uneven()
        panel = drawn(bd.SpatialDurbin, W, effects="unit")
        comparison = bd.compare_models(bd.SpatialDurbin("y ~ x1", fixed_effects="unit"), panel, W)
        assert np.isfinite(comparison.frame["log_marginal"]).all()
        with pytest.raises(bd.InputError, match="rows that sum to one"):
            bd.compare_models(bd.SpatialDurbin("y ~ x1"), panel, W)

    def test_many_units_need_no_eigenvalues(self, monkeypatch):
        W = scattered(30, k=4)
        panel = drawn(bd.SpatialDurbin, W)
        request = bd.SpatialDurbin("y ~ x1 + x2")
        expected = bd.compare_models(request, panel, W).frame["log_marginal"]
        monkeypatch.setattr("bevdrivers.weights.weights.EIGEN_UNITS", 10)
        monkeypatch.setattr("bevdrivers.weights.weights.EIGEN_UNITS_ASYMMETRIC", 10)
        fresh = bd.SpatialWeights.from_matrix(W.dense, W.ids)
        log_marginals = bd.compare_models(request, panel, fresh).frame["log_marginal"]
        # the range of rho is drawn in by 1e-3 of itself, and the density of the prior rises by as
        # much
        np.testing.assert_allclose(log_marginals, expected, atol=2e-3)

    def test_refusals(self, munnell, states):
        request = bd.SpatialDurbin(MUNNELL)
        for options, option in [
            ({"dynamic": "time"}, "dynamic"),
            ({"method": "gmm"}, "method"),
            ({"correction": None}, "correction"),
            ({"fixed_effects": None, "random_effects": "kkp"}, "random_effects"),
        ]:
            with pytest.raises(bd.OptionError, match=f"^{option}: "):
                bd.compare_models(request.replace(**options), munnell, states)
        for options in (
            {"models": [bd.GeneralNesting]},
            {"models": []},
            {"g": -1},
            {"concentration": 0.5},
        ):
            with pytest.raises(bd.OptionError, match=f"^{next(iter(options))}: "):
                bd.compare_models(request, munnell, states, **options)
        with pytest.raises(bd.OptionError, match="flat prior.*units of measurement"):
            bd.compare_models(request, munnell, states, g=np.inf)
        with pytest.raises(bd.OptionError, match="weights"):
            bd.compare_models(request, munnell, [])
