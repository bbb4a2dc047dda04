"""What follows from a fit with missing cells: effects, predictions, impacts, tests, words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import bevdrivers as bd

from ...made_up import scattered, uneven
from .panels import UNITS, YEARS, N, complete, cut, long_frame, panel_of

pytestmark = [pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.SampleWarning")]

FRAME = long_frame()
PANEL = panel_of(FRAME)
W = scattered(N)
SAME = {"rtol": 1e-9, "atol": 1e-11}


@pytest.fixture(scope="module")
def dummies():
    """The same regression with a dummy for each unit and year."""
    return smf.ols("y ~ x + z + C(id, Sum) + C(year, Sum)", complete(FRAME)).fit()


class TestEffects:
    def test_they_are_those_of_dummies_that_sum_to_zero(self, dummies):
        effects = bd.NonSpatial("y ~ x + z").fit(PANEL).effects
        assert effects.intercept == pytest.approx(dummies.params["Intercept"], rel=1e-8)
        for unit in UNITS[:-1]:
            own = dummies.params[f"C(id, Sum)[S.{unit}]"]
            assert effects.unit[unit] == pytest.approx(own, rel=1e-8, abs=1e-11)
        for year in YEARS[:-1]:
            own = dummies.params[f"C(year, Sum)[S.{year}]"]
            assert effects.time[year] == pytest.approx(own, rel=1e-8, abs=1e-11)
        assert effects.unit.sum() == pytest.approx(0.0, abs=1e-10)

    def test_predictions_fill_cells_that_are_missing(self, dummies):
        fit = bd.NonSpatial("y ~ x + z").fit(PANEL)
        pd.testing.assert_frame_equal(fit.predict(), fit.fitted_values)
        assert fit.fitted_values.isna().to_numpy()[~fit.sample.there].all()
        filled = PANEL.with_columns(x=np.nan_to_num(PANEL["x"]), z=np.nan_to_num(PANEL["z"]))
        own = fit.predict(filled)
        frame = filled.frame
        other = dummies.predict(frame[["x", "z", "id", "year"]])
        np.testing.assert_allclose(own.to_numpy().ravel(), other, **SAME)

    def test_effects_of_units_alone(self):
        fit = bd.NonSpatial("y ~ x + z", fixed_effects="unit").fit(PANEL)
        other = smf.ols("y ~ x + z + C(id, Sum)", complete(FRAME)).fit()
        assert fit.effects.unit["u03"] == pytest.approx(other.params["C(id, Sum)[S.u03]"], rel=1e-8)

    @pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")  # the dummies
    def test_groups_without_a_link_have_no_unique_effects(self):
        frame = FRAME.copy()
        early = frame["id"].isin(UNITS[:6])
        frame.loc[early != (frame["year"] < 2013), "y"] = np.nan
        fit = bd.NonSpatial("y ~ x + z").fit(panel_of(frame))
        with pytest.raises(bd.OptionError, match="groups of them without a link"):
            _ = fit.effects
        other = smf.ols("y ~ x + z + C(id) + C(year)", complete(frame)).fit()
        assert fit.df_resid == other.df_resid
        np.testing.assert_allclose(fit.values, other.params[["x", "z"]], **SAME)


class TestImpacts:
    @pytest.mark.parametrize(("make", "missing"), [(scattered, "cut"), (uneven, "keep-weights")])
    def test_of_lags_of_regressors_they_are_means_over_the_cells(self, make, missing):
        W = make(N)
        fit = bd.SpatialLagX("y ~ x + z", missing=missing).fit(PANEL, W)
        B = cut(W, complete(FRAME), again=missing == "cut")
        n = len(B)
        for term in ("x", "z"):
            matrix = fit.params[term] * np.eye(n) + fit.params[f"W_{term}"] * B
            impacts = fit.impacts()
            assert impacts.direct[term] == pytest.approx(np.trace(matrix) / n, rel=1e-10)
            assert impacts.total[term] == pytest.approx(matrix.sum() / n, rel=1e-10)

    @pytest.mark.parametrize("missing", ["cut", "keep-weights"])
    def test_of_a_lag_of_y_they_are_means_over_the_cells(self, missing):
        fit = bd.SpatialDurbin("y ~ x + z", missing=missing).fit(PANEL, W)
        B = cut(W, complete(FRAME), again=missing == "cut")
        n = len(B)
        inverse = np.linalg.inv(np.eye(n) - fit.rho * B)
        impacts = fit.impacts()
        for term in ("x", "z"):
            matrix = inverse @ (fit.params[term] * np.eye(n) + fit.params[f"W_{term}"] * B)
            assert impacts.direct[term] == pytest.approx(np.trace(matrix) / n, rel=1e-9)
            assert impacts.total[term] == pytest.approx(matrix.sum() / n, rel=1e-9)
        # the delta method, by differences of the whole calculation
        step, values = 1e-6, fit.values
        place = {term: fit.terms.index(term) for term in ("x", "W_x", "rho")}

        def total(at: np.ndarray) -> float:
            own = at[place["x"]] * np.eye(n) + at[place["W_x"]] * B
            return float(np.linalg.solve(np.eye(n) - at[place["rho"]] * B, own).sum() / n)

        moves = step * np.eye(len(values))
        gradient = np.array([(total(values + m) - total(values - m)) / (2 * step) for m in moves])
        error = np.sqrt(gradient @ fit.covariance @ gradient)
        assert impacts.std_errors("total")["x"] == pytest.approx(error, rel=1e-6)
        # draws of another part of the code scatter about them
        drawn = fit.impacts(draws=50, seed=1)
        assert drawn.sample_of_draws.shape == (50, 3, 2)

    def test_at_the_means_of_the_sample(self):
        fit = bd.NonSpatial("y ~ x + I(x**2) + z").fit(PANEL)
        found = fit.impacts(at={})
        mean = complete(FRAME)["x"].mean()
        slope = fit.params["x"] + 2 * mean * fit.params["I(x ** 2)"]
        assert found.at["x"] == pytest.approx(mean, rel=1e-12)
        assert found.direct["x"] == pytest.approx(slope, rel=1e-7)


class TestTests:
    def test_likelihood_ratio_counts_the_cells(self):
        kept = complete(FRAME)
        large = bd.NonSpatial("y ~ x + z", correction=None).fit(PANEL)
        small = bd.NonSpatial("y ~ x", correction=None).fit(
            panel_of(FRAME.assign(x=FRAME["x"].where(FRAME["z"].notna())))
        )
        big = smf.ols("y ~ x + z + C(id) + C(year)", kept).fit()
        little = smf.ols("y ~ x + C(id) + C(year)", kept).fit()
        assert large.loglik == pytest.approx(big.llf, rel=1e-10)
        test = large.lr_test(small)
        assert test.statistic == pytest.approx(2 * (big.llf - little.llf), rel=1e-8)
        assert large.n_params == big.df_model + 1 + 1

    def test_fits_of_other_cells_do_not_compare(self):
        frame = FRAME.assign(z=FRAME["z"].where(FRAME["year"] > 2010))
        large = bd.NonSpatial("y ~ x + z", correction=None).fit(panel_of(frame))
        small = bd.NonSpatial("y ~ x", correction=None).fit(PANEL)
        with pytest.raises(bd.InputError, match="same nobs"):
            large.lr_test(small)


class TestWords:
    def test_words(self):
        fit = bd.SpatialLagX("y ~ x + z").fit(PANEL, W)
        counts = complete(FRAME).groupby("id").size()
        said = str(fit.summary())
        low, high, mean = counts.min(), counts.max(), counts.mean()
        assert "12, 7 (2010-2016)" in said
        assert max(map(len, said.split("-----")[0].splitlines())) <= 92
        missing = f"{84 - counts.sum()} of 84 cells are missing, so that a unit has {low} to {high}"
        assert f"{missing} periods, {mean:.4g} in the mean; panel.balance(drop=" in said
        assert "the links among the units present were cut from W and normalised again" in said
        row = fit.glance().iloc[0]
        assert (row["nobs"], row["n_units"], row["n_periods"]) == (counts.sum(), 12, 7)
        assert (row["periods_min"], row["periods_max"]) == (low, high)
        for table in (bd.regression_table(fit), bd.impacts_table(fit.impacts())):
            note = str(table)
            assert f"Missing cells: {84 - counts.sum()}, so that a unit has {low} to {high}" in note
            assert "the links among the units present normalised again in each period" in note
        kept = bd.SpatialLagX("y ~ x + z", missing="keep-weights").fit(PANEL, W)
        assert "links to absent units count as zero" in str(kept.summary())
        assert "links to absent units left out" in str(bd.regression_table(kept))
        assert f"{counts.sum()} observations" in repr(fit)

    def test_complete_fits_say_nothing_of_it(self):
        panel = PANEL.balance(drop="units", columns=["x", "y", "z"])
        fit = bd.NonSpatial("y ~ x + z").fit(panel)
        assert "missing_cells" not in fit.glance()
        assert "Units x periods" in str(fit.summary())

    def test_units_that_are_never_there_do_not_count(self):
        frame = FRAME.assign(y=FRAME["y"].where(FRAME["id"] != "u05"))
        fit = bd.NonSpatial("y ~ x + z").fit(panel_of(frame))
        assert fit.described["n_units"] == 11
        alone = bd.NonSpatial("y ~ x + z").fit(panel_of(frame[frame["id"] != "u05"]))
        np.testing.assert_allclose(fit.values, alone.values, rtol=1e-11)
        np.testing.assert_allclose(fit.covariance, alone.covariance, rtol=1e-10)


class TestIdentification:
    def test_what_the_effects_absorb_is_named(self):
        frame = FRAME.assign(fixed=FRAME["id"].str[1:].astype(float))
        with pytest.raises(bd.IdentificationError, match=r"\['fixed'\].*constant over time"):
            bd.NonSpatial("y ~ x + fixed").fit(panel_of(frame))

    def test_what_varies_in_missing_cells_alone_is_absorbed(self):
        odd = FRAME["y"].isna() | FRAME["z"].isna()
        frame = FRAME.assign(flag=odd.astype(float))
        with pytest.raises(bd.IdentificationError, match="no variation left"):
            bd.NonSpatial("y ~ x + z + flag").fit(panel_of(frame))

    def test_combinations_are_named(self):
        frame = FRAME.assign(both=FRAME["x"] + 2 * FRAME["z"])
        with pytest.raises(bd.IdentificationError, match="combination"):
            bd.NonSpatial("y ~ x + z + both").fit(panel_of(frame))

    def test_an_exact_fit_is_refused(self):
        frame = FRAME.assign(y=FRAME["x"] - 3 * FRAME["z"] + FRAME["year"])
        with pytest.raises(bd.IdentificationError, match="explain exactly"):
            bd.NonSpatial("y ~ x + z").fit(panel_of(frame))

    def test_an_outcome_that_is_constant_where_it_is_there(self):
        frame = FRAME.assign(y=FRAME["y"].where(FRAME["y"].isna(), 5.0))
        with pytest.raises(bd.IdentificationError, match="varies"):
            bd.NonSpatial("y ~ x", fixed_effects=None).fit(panel_of(frame))

    def test_more_effects_than_cells(self):
        frame = FRAME[FRAME["year"] < 2012]
        with pytest.raises(bd.IdentificationError, match="fewer regressors than observations"):
            bd.NonSpatial("y ~ x + z + C(kind) + I(x**2) + I(z**2) + x:z + I(x**3)").fit(
                panel_of(frame[frame["id"].isin(UNITS[:5])])
            )

    def test_nothing_there_at_all(self):
        frame = FRAME.assign(y=np.nan)
        with pytest.raises(bd.DataError, match="missing"):
            bd.NonSpatial("y ~ x").fit(panel_of(frame))


class TestWhatNeedsEveryCell:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"method": "gmm"}, "method='gmm'"),
            ({"dynamic": "time"}, "dynamic='time'"),
            ({"random_effects": "kkp"}, "random_effects='kkp'"),
            ({"fixed_effects": None, "serial_errors": True}, "serial_errors=True"),
            ({"demean": "before-lag", "correction": None}, "demean='before-lag'"),
        ],
    )
    def test_cells_are_named_and_weights_by_period_refused(self, options, said):
        request = bd.SpatialLag("y ~ x + z", **options)
        with pytest.raises(bd.DataError) as caught:
            request.fit(PANEL, W)
        assert said in str(caught.value)
        assert "missing (unit, period, column)" in str(caught.value)
        assert "panel.balance" in str(caught.value)
        whole = PANEL.with_columns(
            **{name: np.nan_to_num(PANEL[name], nan=0.3) for name in ("x", "y", "z")}
        )
        option = said.split("=")[0]
        with pytest.raises(bd.OptionError, match=f"{option}.*weights by period"):
            request.fit(whole, dict.fromkeys(YEARS, W))
