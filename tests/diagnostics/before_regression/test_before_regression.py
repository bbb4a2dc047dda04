"""Descriptive statistics, correlations, collinearity and the outcome's shape, against other
packages and by hand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.outliers_influence import variance_inflation_factor

import bevdrivers as bd

from ...conftest import MUNNELL

NAMES = ["lpcap", "lpc", "lemp", "unemp"]
# the same least squares by another route
SAME = 1e-9


class TestDescribe:
    def test_as_xtsum_defines_them(self, munnell):
        """The definitions of Stata's xtsum, by pandas."""
        cells = munnell.frame
        means = cells.groupby("state")["lemp"].mean()
        within = (
            cells["lemp"] - cells.groupby("state")["lemp"].transform("mean") + cells["lemp"].mean()
        )
        frame = bd.describe(munnell, ["lemp"]).frame.loc["lemp"]
        for kind, series, n in (
            ("overall", cells["lemp"], 816),
            ("between", means, 48),
            ("within", within, 17),
        ):
            row = frame.loc[kind]
            assert row["N"] == n
            assert list(row[["mean", "std", "min", "max"]]) == pytest.approx(
                [series.mean(), series.std(), series.min(), series.max()], rel=1e-12
            )

    def test_missing_cells_are_left_out(self, munnell):
        values = munnell["lemp"].copy()
        values[3:, 5], values[:, 7] = np.nan, np.nan
        frame = bd.describe(munnell.with_columns(x=values), ["x"]).frame.loc["x"]
        assert list(frame["N"]) == pytest.approx([816 - 14 - 17, 47, (816 - 14 - 17) / 47])
        assert frame.loc["overall", "mean"] == pytest.approx(np.nanmean(values))

    def test_it_agrees_with_the_panels_own_figures(self, munnell):
        description = bd.describe(munnell, [*NAMES, "log(unemp)"])
        plain = munnell.describe([*NAMES, "log(unemp)"])
        for kind, name in (
            ("overall", "std"),
            ("between", "std_between"),
            ("within", "std_within"),
        ):
            assert description.frame.xs(kind, level=1)["std"].to_numpy() == pytest.approx(
                plain[name].to_numpy(dtype=float)
            )
        assert len(description.tidy()) == 5 * 3 * 5
        assert description.glance().iloc[0]["variables"] == 5

    def test_text_and_empty_columns_are_refused(self, bev):
        with pytest.raises(bd.DataError, match="numeric column"):
            bd.describe(bev, ["region"])
        with pytest.raises(bd.DataError, match="not missing"):
            bd.describe(bev.with_columns(gone=np.full((10, 31), np.nan)), ["gone"])
        with pytest.raises(bd.InputError, match="list of columns"):
            bd.describe(bev, "gdp_pc")


class TestCorrelations:
    def test_overall_and_between_are_scipys(self, munnell):
        for of, take in (("overall", np.ravel), ("between", lambda v: v.mean(axis=0))):
            correlations = bd.correlations(munnell, NAMES, of=of)
            truth = stats.pearsonr(take(munnell["lpc"]), take(munnell["unemp"]))
            assert correlations.values.loc["lpc", "unemp"] == pytest.approx(
                truth.statistic, rel=SAME
            )
            assert correlations.p_values.loc["lpc", "unemp"] == pytest.approx(
                truth.pvalue, rel=1e-6
            )

    @pytest.mark.parametrize(("of", "effects"), [("within", "unit"), ("two-way", "two-way")])
    def test_within_p_value_is_that_of_the_regression_with_effects(self, of, effects, munnell):
        correlations = bd.correlations(munnell, ["unemp", "lpc"], of=of)
        fit = bd.NonSpatial("unemp ~ lpc", fixed_effects=effects).fit(munnell)
        assert correlations.df == fit.df_resid
        assert correlations.p_values.iloc[0, 1] == pytest.approx(fit.pvalues["lpc"], rel=1e-8)
        assert correlations.values.iloc[0, 1] ** 2 == pytest.approx(
            1 - np.sum(fit.resids.to_numpy() ** 2) / np.sum(fit.sample.columns[:, :, 1] ** 2),
            rel=1e-9,
        )

    def test_clustered_p_value_by_hand(self, munnell):
        a, b = (munnell[name] - munnell[name].mean(axis=0) for name in ("unemp", "lpc"))
        sums = [float(np.sum(a[:, i] * b[:, i])) for i in range(48)]
        z = sum(sums) / np.sqrt(sum(value**2 for value in sums))
        correlations = bd.correlations(munnell, ["unemp", "lpc"], of="within")
        assert correlations.clustered.iloc[0, 1] == pytest.approx(
            2 * stats.t.sf(abs(z), 47), rel=1e-9
        )
        assert correlations.tidy()["p_value"].iloc[0] == correlations.clustered.iloc[0, 1]

    def test_refused(self, bev):
        with pytest.raises(bd.InputError, match="at least two"):
            bd.correlations(bev, ["gdp_pc"])
        with pytest.raises(bd.DataError, match="vary \\(within\\)"):
            bd.correlations(
                bev.with_columns(area=np.tile(np.arange(31.0), (10, 1))),
                ["gdp_pc", "area"],
                of="within",
            )
        with pytest.raises(bd.OptionError):
            bd.correlations(bev, ["gdp_pc", "policy"], of="spatial")


class TestCollinearity:
    @pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
    def test_vif_equals_statsmodels_on_demeaned_data(self, effects, munnell, states):
        collinearity = bd.collinearity(
            bd.SpatialDurbin(MUNNELL, fixed_effects=effects), munnell, states
        )
        columns = [munnell[name] for name in NAMES]
        columns += [np.einsum("ij,tj->ti", states.align(munnell.units).dense, x) for x in columns]
        for axis in {"two-way": (0, 1), "unit": (0,), "time": (1,)}[effects]:
            columns = [x - x.mean(axis=axis, keepdims=True) for x in columns]
        X = np.column_stack([x.ravel() for x in columns])
        truth = [variance_inflation_factor(X, k) for k in range(8)]
        assert collinearity.vif.to_numpy() == pytest.approx(truth, rel=1e-8)
        assert collinearity.condition_number == pytest.approx(
            np.linalg.cond(X / np.linalg.norm(X, axis=0)), rel=1e-9
        )
        assert list(collinearity.vif.index) == [*NAMES, *(f"W_{name}" for name in NAMES)]

    def test_without_effects_the_factors_are_centred_and_the_index_is_not(self, munnell):
        collinearity = bd.collinearity(bd.NonSpatial(MUNNELL, fixed_effects=None), munnell)
        X = sm.add_constant(np.column_stack([munnell[name].ravel() for name in NAMES]))
        assert collinearity.vif.to_numpy() == pytest.approx(
            [variance_inflation_factor(X, k) for k in range(1, 5)], rel=1e-8
        )
        assert collinearity.condition_number == pytest.approx(
            np.linalg.cond(X / np.linalg.norm(X, axis=0)), rel=1e-9
        )
        assert collinearity.condition_number > 30
        assert collinearity.near_dependencies

    def test_two_regressors_in_closed_form(self, munnell):
        """With correlation r: indices 1 and sqrt((1 + r)/(1 - r)), proportions (1 - r)/2 and (1 +
        r)/2.
        """
        model = bd.NonSpatial("lgsp ~ lpc + lemp", fixed_effects="unit")
        r = abs(bd.correlations(munnell, ["lpc", "lemp"], of="within").values.iloc[0, 1])
        collinearity = bd.collinearity(model, munnell)
        assert collinearity.vif.to_numpy() == pytest.approx([1 / (1 - r**2)] * 2, rel=SAME)
        assert collinearity.indices.to_numpy() == pytest.approx(
            [1, np.sqrt((1 + r) / (1 - r))], rel=SAME
        )
        assert collinearity.proportions.to_numpy() == pytest.approx(
            np.array([[1 - r] * 2, [1 + r] * 2]) / 2, rel=1e-8
        )

    def test_scale_does_not_matter_and_results_answer(self, munnell, states):
        model = bd.SpatialDurbin(MUNNELL)
        collinearity = bd.collinearity(model, munnell, states)
        scaled = bd.collinearity(model, munnell.with_columns(lpc=1000 * munnell["lpc"]), states)
        assert scaled.vif.to_numpy() == pytest.approx(collinearity.vif.to_numpy(), rel=1e-8)
        assert collinearity.proportions.sum(axis=0).to_numpy() == pytest.approx(np.ones(8))
        assert collinearity.glance().iloc[0]["fixed_effects"] == "two-way"
        assert len(collinearity.tidy()) == 8
        assert "Condition number" in str(collinearity)

    def test_exact_collinearity_is_named_by_the_regression(self, munnell):
        twice = munnell.with_columns(twice=2 * munnell["lpc"])
        with pytest.raises(bd.IdentificationError, match="'twice' is a combination"):
            bd.collinearity(bd.NonSpatial("lgsp ~ lpc + twice"), twice)


class TestOutcome:
    def test_measures_by_hand(self, bev):
        check = bd.outcome_check(bev, "bev_density")
        y = bev["bev_density"]
        assert check.measures["zero_share"] == pytest.approx(np.mean(y == 0))
        assert check.measures["units_always_zero"] == sum(not y[:, i].any() for i in range(31))
        assert check.measures["skewness"] == pytest.approx(pd.Series(y.ravel()).skew(), rel=0.02)
        assert len(check.outliers) == check.measures["outliers_mad"] > 0
        said = " ".join(check.advice)
        assert "zero" in said
        assert "Poisson" in said

    def test_one_planted_outlier_is_found(self):
        rng = np.random.default_rng(2)
        y = rng.standard_normal((12, 20)) + 30.0 * np.arange(20)
        y[4, 3] += 12.0
        panel = bd.Panel.from_arrays({"y": y}, units=range(20), periods=range(1, 13))
        check = bd.outcome_check(panel, "y")
        assert list(check.outliers.iloc[0][["unit", "year"]]) == [3, 5]
        assert len(check.outliers) <= 3
        assert check.outliers.loc[0, "robust_z"] > 8

    def test_poisson_with_unit_effects_is_the_conditional_one(self):
        """The dummies of unit effects and conditioning on the units' sums give the same slopes."""
        from statsmodels.discrete.conditional_models import ConditionalPoisson

        panel = _counts()
        model = bd.NonSpatial("log1p(y) ~ x + z", fixed_effects="unit")
        signs = bd.outcome_check(panel, "y", model=model).signs
        kept = panel["y"].sum(axis=0) > 0
        X = np.column_stack([panel[name][:, kept].ravel() for name in ("x", "z")])
        groups = np.tile(np.arange(kept.sum()), 8)
        truth = (
            ConditionalPoisson(panel["y"][:, kept].ravel(), X, groups=groups).fit(disp=False).params
        )
        # the conditional fit stops at its optimiser's tolerance
        assert signs["poisson"].to_numpy() == pytest.approx(np.asarray(truth), abs=1e-4)
        assert signs.loc["x", "poisson"] == pytest.approx(0.5, abs=0.1)

    def test_signs_of_the_truth(self):
        panel = _counts()
        check = bd.outcome_check(panel, "y", model=bd.NonSpatial("log1p(y) ~ x + z"))
        assert check.signs["same_sign"].all()
        assert check.signs.loc["x", "p_poisson"] < 0.01
        assert "same sign" in check.advice[-1]
        assert check.tidy()["component"].tolist()[-2:] == ["poisson"] * 2
        assert "Signs" in str(check)

    def test_refused(self, bev):
        negative = bev.with_columns(y=bev["bev_density"] - 1)
        with pytest.raises(bd.DataError, match="0 and more"):
            bd.outcome_check(negative, "y", model=bd.NonSpatial("y ~ policy"))
        assert "negative" in bd.outcome_check(negative, "y").advice[0]
        with pytest.raises(bd.DataError, match="varies"):
            bd.outcome_check(bev.with_columns(y=np.ones((10, 31))), "y")

    def test_nothing_to_say_of_a_normal_variable(self):
        y = np.random.default_rng(4).normal(10, 1, (12, 20)).clip(8, 12)
        panel = bd.Panel.from_arrays({"y": y}, units=range(20), periods=range(1, 13))
        assert "Nothing" in bd.outcome_check(panel, "y").advice[0]


def _counts() -> bd.Panel:
    rng = np.random.default_rng(8)
    x, z = rng.standard_normal((2, 8, 60))
    effect = rng.standard_normal(60)
    effect[:4] = -50.0  # zero throughout
    y = rng.poisson(np.exp(0.5 * x - 0.3 * z + effect)).astype(float)
    return bd.Panel.from_arrays({"x": x, "z": z, "y": y}, units=range(60), periods=range(1, 9))
