"""Two stages compared: interacted regressions, simulation of the size."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

import bevdrivers as bd
from bevdrivers.diagnostics.comparison.stages import fit_stages
from bevdrivers.models.joint import cross_covariance, impacts_jacobian

from ...conftest import MUNNELL
from ...made_up import drawn, dummies, scattered

NAMES = ["lpcap", "lpc", "lemp", "unemp"]


def interacted(
    panel: bd.Panel, lengths: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, regressors times each stage with dummies by stage, and clusters by unit, of a panel
    in two stages.
    """
    N = panel.n_units
    X = np.stack([panel[name] for name in NAMES], axis=2)
    blocks, start = [], 0
    for length in lengths:
        part = X[start : start + length].reshape(-1, 4)
        blocks.append(np.hstack([part, dummies(length, N)]))
        start += length
    widths = [block.shape[1] for block in blocks]
    Z = np.zeros((sum(len(block) for block in blocks), sum(widths)))
    Z[: len(blocks[0]), : widths[0]] = blocks[0]
    Z[len(blocks[0]) :, widths[0] :] = blocks[1]
    return panel["lgsp"].ravel(), Z, np.tile(np.arange(N), sum(lengths))


class TestStages:
    def test_clustered_wald_test_is_that_of_one_interacted_regression(self, munnell):
        panel = munnell.select(periods=munnell.periods[:16])
        model = bd.NonSpatial(MUNNELL, cov_type="clustered")
        comparison = bd.compare_stages(model, panel, split=1978)
        y, Z, groups = interacted(panel, (8, 8))
        fit = sm.OLS(y, Z).fit(
            cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
        )
        R = np.zeros((4, Z.shape[1]))
        R[np.arange(4), np.arange(4)] = -1.0
        R[np.arange(4), 4 + 48 + 7 + np.arange(4)] = 1.0
        gap = R @ fit.params
        # our small-sample factor of each stage: 8 N observations less coefficients and effects
        scale = 8 * 48 / (8 * 48 - 4 - 55)
        wald = gap @ np.linalg.solve(R @ fit.cov_params() @ R.T, gap) / scale
        assert comparison.tests["All coefficients"].statistic * 4 == pytest.approx(wald, rel=1e-6)
        assert comparison.differences["estimate"][:4].to_numpy() == pytest.approx(gap, rel=1e-6)
        assert np.abs(cross_covariance(*comparison.fits)).max() > 0

    def test_chow_is_the_f_test_of_the_interacted_regression(self, munnell):
        comparison = bd.compare_stages(bd.NonSpatial(MUNNELL), munnell, split=1978)
        y, Z, _ = interacted(munnell, (8, 9))
        split = 4 + 48 + 7
        common = Z[:, :4] + Z[:, split : split + 4]
        small = np.hstack([common, Z[:, 4:split], Z[:, split + 4 :]])
        statistic, p, df = sm.OLS(y, Z).fit().compare_f_test(sm.OLS(y, small).fit())
        test = comparison.tests["Chow"]
        assert (test.statistic, test.p_value) == pytest.approx((statistic, p), rel=1e-6)
        assert test.df == (df, y.size - Z.shape[1])

    @pytest.mark.parametrize(
        "kind", [bd.SpatialDurbin, bd.SpatialError, bd.GeneralNesting, bd.SpatialLagX]
    )
    def test_covariance_with_itself_is_the_clustered_covariance(self, kind):
        """The blocks of the joint covariance and its diagonal follow one formula, the quadratic
        score included.
        """
        W = scattered(24)
        fit = kind("y ~ x1 + x2", cov_type="clustered").fit(drawn(kind, W), W)
        assert cross_covariance(fit, fit) == pytest.approx(fit.covariance, rel=1e-9, abs=1e-15)
        independent = fit.with_cov("robust")
        assert not cross_covariance(independent, independent).any()

    def test_random_effects_and_kernels_over_time_are_refused(self, munnell, states):
        for options in ({"random_effects": "baltagi"}, {"cov_type": "driscoll-kraay"}):
            with (
                pytest.raises(bd.OptionError),
                pytest.warns(bd.SampleWarning) if "cov_type" in options else _nothing(),
            ):
                bd.compare_stages(bd.SpatialLag(MUNNELL, **options), munnell, states, split=1978)

    def test_jacobian_gives_the_standard_errors_of_the_impacts(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        values, J = impacts_jacobian(fit)
        errors = np.sqrt(np.einsum("ckp,pq,ckq->ck", J, fit.covariance, J))
        # central differences by rho
        assert errors == pytest.approx(fit.impacts().errors, rel=1e-7)
        assert values == pytest.approx(fit.impacts().values)

    def test_differences_of_impacts_are_those_of_the_fits(self, munnell, states):
        comparison = bd.compare_stages(bd.SpatialDurbin(MUNNELL), munnell, states, split=1978)
        first, second = (fit.impacts() for fit in comparison.fits)
        total = comparison.differences[comparison.differences["component"] == "total"]
        assert total["estimate"].to_numpy() == pytest.approx(
            (second.total - first.total).to_numpy()
        )
        together = np.sqrt(first.std_errors("total") ** 2 + second.std_errors("total") ** 2)
        assert total["std_error"].to_numpy() == pytest.approx(together.to_numpy(), rel=1e-6)
        assert comparison.stages == ("1970-1977", "1978-1986")
        assert (
            comparison.glance().iloc[0]["statistic"]
            == comparison.tests["All coefficients"].statistic
        )
        assert "rho" in str(comparison)

    def test_a_stage_that_cannot_be_estimated_is_named(self, bev, queen):
        with pytest.raises(
            bd.IdentificationError,
            match="in the stage 2016-2020; got no variation left in \\['policy'",
        ):
            bd.compare_stages(
                bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + policy"), bev, queen, split=2016
            )
        with pytest.raises(bd.InputError, match="leaves two and more"):
            bd.compare_stages(bd.NonSpatial("bev_density ~ gdp_pc"), bev, split=2020)


class _nothing:
    def __enter__(self):
        return None

    def __exit__(self, *_):
        return False


@pytest.mark.slow
def test_size_of_the_clustered_stage_test():
    """Errors of a unit with correlation 0.6 from year to year and a variance of its own, no break,
    N = 60.

    The clustered joint covariance keeps the level of 5 % up to what 60 clusters cost, the classical
    one does not: it rejects in 14 % of 400 samples. Two standard errors of 100 samples are 0.044
    and 0.069.
    """
    kinds = [bd.NonSpatial("y ~ x", cov_type=kind) for kind in ("clustered", "classical")]
    rng = np.random.default_rng(7)
    rejected = np.zeros(2)
    for _ in range(100):
        shocks = rng.standard_normal((2, 10, 60)) * np.linspace(0.3, 2.0, 60)
        shocks[:, 0] /= 0.8
        for t in range(1, 10):
            shocks[:, t] += 0.6 * shocks[:, t - 1]
        x, e = shocks
        panel = bd.Panel.from_arrays(
            {"x": x, "y": 0.5 * x + e}, units=range(60), periods=range(1, 11)
        )
        for k, model in enumerate(kinds):
            first, second = fit_stages(model, panel, 6)
            V = first.covariance + second.covariance - 2 * cross_covariance(first, second)
            rejected[k] += (second.params["x"] - first.params["x"]) ** 2 / V[0, 0] > 3.84
    assert rejected[0] / 100 < 0.10
    assert rejected[1] / 100 > max(0.08, rejected[0] / 100)


def test_impacts_of_least_squares_are_compared_as_the_coefficients_they_are(bev):
    """Under clusters too, where the two stages share the sums of a unit's scores."""
    model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + science_share", cov_type="clustered")
    comparison = bd.compare_stages(model, bev, split=2016)
    coefficients, impacts = comparison.tests["All coefficients"], comparison.tests["Total impacts"]
    assert impacts.statistic == pytest.approx(coefficients.statistic, rel=1e-6)
    assert impacts.df == coefficients.df
    errors = comparison.tidy().pivot(index="term", columns="component", values="std_error")
    assert errors["total"].to_numpy() == pytest.approx(errors["coefficient"].to_numpy(), rel=1e-6)
