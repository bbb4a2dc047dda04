"""Predictions: against R's spatialreg, in the sample and on other panels, and beside shocks and
measures of fit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd

from ..conftest import MUNNELL, reference
from ..made_up import ALL, drawn, scattered

# R prints fifteen digits; its optimum of rho is good to 1e-8 and the predictions, of size ten, with
# it
R_OPTIMUM = 1e-6


@pytest.mark.parametrize(
    ("model", "name"), [(bd.SpatialLag, "lagsarlm"), (bd.SpatialDurbin, "durbin")]
)
def test_equal_spatialreg(model, name, munnell, states):
    """pred.type "TS" is the structural form, "TC" the reduced one; the latter also for the
    regressors of 1985.
    """
    published = reference("munnell/predictions")
    theirs = {
        kind: pd.Series(published[name][kind], index=published["states"])
        for kind in ("TS", "TC", "TC_1985")
    }
    fit = model(MUNNELL, fixed_effects=None).fit(munnell.select(periods=[1986]), states)
    ours = {
        "TS": fit.predict(reduced=False).loc[1986],
        "TC": fit.predict().loc[1986],
        "TC_1985": fit.predict(munnell.select(periods=[1985])).loc[1985],
    }
    assert fit.rho == pytest.approx(published[name]["rho"], abs=R_OPTIMUM)
    for kind, values in ours.items():
        np.testing.assert_allclose(
            values, theirs[kind][list(munnell.units)], atol=R_OPTIMUM, err_msg=kind
        )


@pytest.fixture(scope="module")
def sample() -> tuple[bd.Panel, bd.SpatialWeights]:
    return drawn(bd.GeneralNesting, scattered()), scattered()


class TestSomeUnits:
    """A model without a lag of y or X predicts each unit by itself."""

    @pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialError])
    @pytest.mark.parametrize("options", [{}, {"fixed_effects": None}, {"absorb": ["unit[year]"]}])
    def test_they_are_predicted_as_among_all(self, sample, model, options):
        panel, W = sample
        fit = model("y ~ x1 + center(x2)", **options).fit(panel, W)
        some = [panel.units[row] for row in (7, 2, 11)]
        predictions = fit.predict(panel.select(units=some))
        expected = fit.predict()[list(predictions.columns)]
        assert set(predictions.columns) == set(some)
        pd.testing.assert_frame_equal(predictions, expected, rtol=1e-12)

    @pytest.mark.parametrize(
        ("model", "formula", "reason"),
        [
            (bd.SpatialLag, "y ~ x1", "a spatial lag of y"),
            (bd.SpatialDurbinError, "y ~ x1", "spatial lags of X"),
            (bd.SpatialLagX, "y ~ x1", "spatial lags of X"),
        ],
    )
    def test_neighbours_are_asked_for_by_name(self, sample, model, formula, reason):
        panel, W = sample
        fit = model(formula).fit(panel, W)
        some = panel.select(units=panel.units[:5])
        with pytest.raises(bd.InputError, match=rf"since it has {reason}.*{panel.units[5]}"):
            fit.predict(some)

    def test_others_are_refused(self, sample):
        panel, _ = sample
        fit = bd.NonSpatial("y ~ x1").fit(panel)
        frame = panel.frame.assign(unit=panel.frame["unit"].map(lambda name: f"other {name}"))
        other = bd.Panel.from_frame(frame, unit="unit", time="year")
        with pytest.raises(bd.InputError, match="expected units of the fit, such as"):
            fit.predict(other)


class TestAnotherPanel:
    @pytest.mark.parametrize("model", ALL)
    @pytest.mark.parametrize("options", [{}, {"fixed_effects": None}, {"absorb": ["unit[year]"]}])
    def test_the_sample_itself(self, sample, model, options):
        panel, W = sample
        fit = model("y ~ x1 + x2", **options).fit(panel, W)
        for reduced in (True, False):
            for effects in (True, False):
                here = fit.predict(reduced=reduced, effects=effects)
                pd.testing.assert_frame_equal(
                    fit.predict(panel, reduced=reduced, effects=effects), here
                )
        np.testing.assert_allclose(fit.predict(reduced=False), fit.fitted_values, atol=1e-10)

    def test_order_and_number_of_units(self, sample):
        panel, W = sample
        fit = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)
        order = np.random.default_rng(0).permutation(12)
        columns = {
            name: np.column_stack([panel[name][:, order], np.ones(8)]) for name in ("x1", "x2")
        }
        units = [*(panel.units[k] for k in order), "one more"]
        other = bd.Panel.from_arrays(columns, units=units, periods=panel.periods)
        pd.testing.assert_frame_equal(fit.predict(other), fit.predict(), check_names=False)

    def test_new_periods(self, sample):
        """Reduced form written out: unit effects and intercept, time effects at their mean of
        zero.
        """
        panel, W = sample
        fit = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)
        rng = np.random.default_rng(3)
        columns = {name: rng.standard_normal((2, 12)) for name in ("x1", "x2")}
        new = bd.Panel.from_arrays(columns, units=panel.units, periods=[9, 10])
        b = fit.params
        right = sum(
            b[x] * columns[x] + b[f"W_{x}"] * (columns[x] @ W.dense.T) for x in ("x1", "x2")
        )
        right = right + fit.effects.unit.to_numpy() + fit.effects.intercept
        expected = np.linalg.solve(np.eye(12) - fit.rho * W.dense, right.T).T
        predictions = fit.predict(new, effects="unit")
        assert list(predictions.index) == [9, 10]
        np.testing.assert_allclose(predictions, expected, atol=1e-10)
        with pytest.raises(
            bd.OptionError, match="False or unit.*\\[9, 10\\].*mean of the sample's periods"
        ):
            fit.predict(new)
        # unit effects alone need no such choice
        alone = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects="unit").fit(panel, W)
        pd.testing.assert_frame_equal(alone.predict(new), alone.predict(new, effects="unit"))

    def test_a_change_is_what_shock_says(self, sample):
        panel, W = sample
        for model in (bd.SpatialLagX, bd.SpatialDurbin):
            fit = model("y ~ x1 + x2").fit(panel, W)
            changed = panel.with_columns(x1=panel["x1"] + 0.5 * (np.arange(12) == 4))
            difference = fit.predict(changed) - fit.predict()
            shock = fit.shock("x1", {"u04": 0.5}).frame["estimate"]
            np.testing.assert_allclose(difference, np.tile(shock, (8, 1)), atol=1e-12)

    def test_no_outcome_is_needed_for_the_reduced_form(self, sample):
        panel, W = sample
        without = bd.Panel.from_arrays(
            {name: panel[name] for name in ("x1", "x2")}, units=panel.units, periods=panel.periods
        )
        fit = bd.SpatialLag("y ~ x1 + x2").fit(panel, W)
        pd.testing.assert_frame_equal(fit.predict(without), fit.predict(), check_names=False)
        with pytest.raises(bd.DataError, match="'y'"):
            fit.predict(without, reduced=False)

    def test_lags_and_categories(self, sample):
        panel, W = sample
        kinds = np.random.default_rng(4).integers(0, 3, size=(8, 12)).astype(float)
        held = panel.with_columns(kind=kinds)
        fit = bd.SpatialLag("y ~ x1 + lag(x2, 1) + W(x2) + C(kind)").fit(held, W)
        pd.testing.assert_frame_equal(fit.predict(held), fit.predict())
        with pytest.raises(bd.InputError, match="categories of 'kind'.*3.0"):
            fit.predict(held.with_columns(kind=kinds + (kinds == 2)))
        # two of the three kinds are enough
        fewer = fit.predict(held.with_columns(kind=np.minimum(kinds, 1.0)))
        same = (kinds[1:] < 2).all(axis=1)
        pd.testing.assert_frame_equal(fewer[same], fit.predict()[same])
        assert not np.allclose(fewer[~same], fit.predict()[~same])

    def test_refusals(self, sample):
        panel, W = sample
        fit = bd.SpatialLag("y ~ x1 + x2").fit(panel, W)
        with pytest.raises(bd.InputError, match="u03"):
            fit.predict(panel.drop_units("u03"))
        with pytest.raises(bd.OptionError, match="effects: expected one of"):
            fit.predict(effects="time")
        later = bd.Panel.from_arrays(
            {name: panel[name] for name in ("x1", "x2", "y")},
            units=panel.units,
            periods=range(21, 29),
        )
        absorbed = bd.SpatialLag("y ~ x1", absorb=["unit[year]"]).fit(panel, W)
        with pytest.raises(bd.OptionError, match="Predict without effects"):
            absorbed.predict(later)
        with pytest.raises(bd.OptionError, match="True or False with absorb"):
            absorbed.predict(effects="unit")
        assert absorbed.predict(later, effects=False).shape == (8, 12)
        for request, what in (
            (bd.SpatialLag("y ~ x1", dynamic="time"), "a dynamic model"),
            (bd.SpatialLag("y ~ x1", random_effects="kkp", mundlak=True), "unit means"),
            (bd.NonSpatial("y ~ x1 + W(x2)"), "keeps no weights"),
        ):
            fitted = request.fit(panel, W)
            with pytest.raises(bd.OptionError, match=what):
                fitted.predict(panel)


WITH_STATE = (
    "center(x1) + scale(x2)",
    "x1 + poly(x2, 2)",
    "x1 + bs(x2, df=4)",
    "x1 + C(kind)",
    "x1 + C(kind, contr.treatment('b')) + x1:C(kind, contr.treatment('b'))",
    "x1 + x1:C(kind, contr.sum()) + scale(x2)",
    "center(x1) + center(W(x2))",
)


@pytest.fixture(scope="module")
def kinds(sample) -> tuple[bd.Panel, bd.SpatialWeights]:
    """The sample with a category; in the last period all units are of one kind."""
    panel, W = sample
    letters = np.random.default_rng(6).choice(["a", "b", "c"], size=(8, 12))
    letters[-1] = "c"
    return panel.with_columns(kind=letters), W


class TestMeasuredAsInTheFit:
    """Means, scales, polynomials, knots and codings are those of the sample, whatever panel is
    predicted.
    """

    @pytest.mark.parametrize("right", WITH_STATE)
    @pytest.mark.parametrize("periods", [[8], [1], [2, 3], [1, 4, 5, 8]])
    @pytest.mark.parametrize("effects", [True, "unit", False])
    def test_rows_of_the_sample_are_predicted_as_in_it(self, kinds, right, periods, effects):
        panel, W = kinds
        fit = bd.SpatialLag(f"scale(y) ~ {right}").fit(panel, W)
        order = np.random.default_rng(1).permutation(12)
        chosen = panel.select(periods=periods, units=[panel.units[k] for k in order])
        for reduced in (True, False):
            predictions = fit.predict(chosen, reduced=reduced, effects=effects)
            whole = fit.predict(reduced=reduced, effects=effects)
            pd.testing.assert_frame_equal(predictions, whole.loc[periods], atol=1e-11)

    def test_no_outcome_is_needed(self, kinds):
        panel, W = kinds
        fit = bd.SpatialDurbin("scale(y) ~ scale(x1) + center(x2)").fit(panel, W)
        without = bd.Panel.from_arrays(
            {name: panel[name] for name in ("x1", "x2")}, units=panel.units, periods=panel.periods
        )
        pd.testing.assert_frame_equal(fit.predict(without), fit.predict(), check_names=False)

    def test_a_shift_moves_the_prediction_by_its_coefficient(self, kinds):
        panel, _ = kinds
        fit = bd.NonSpatial("y ~ center(x1) + scale(x2)").fit(panel)
        moved = panel.with_columns(x1=panel["x1"] + 2.0, x2=panel["x2"] - 3.0)
        spread = panel["x2"].std(ddof=1)
        change = 2.0 * fit.params["center(x1)"] - 3.0 / spread * fit.params["scale(x2)"]
        np.testing.assert_allclose(fit.predict(moved) - fit.predict(), change, atol=1e-11)

    def test_a_shift_in_one_unit_is_what_shock_says(self, kinds):
        panel, W = kinds
        fit = bd.SpatialDurbin("y ~ center(x1) + x2").fit(panel, W)
        moved = panel.with_columns(x1=panel["x1"] + 0.5 * (np.arange(12) == 4))
        shock = fit.shock("center(x1)", {"u04": 0.5}).frame["estimate"]
        difference = fit.predict(moved) - fit.predict()
        np.testing.assert_allclose(difference, np.tile(shock, (8, 1)), atol=1e-11)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("scale(x1) + center(x2)", "x1 + x2"),
            ("poly(x1, 3) + x2", "x1 + I(x1**2) + I(x1**3) + x2"),
            ("bs(x1, df=3) + x2", "x1 + I(x1**2) + I(x1**3) + x2"),
            ("x1 * C(kind, contr.sum())", "x1 * C(kind)"),
            ("x1 * C(kind, contr.treatment('c'))", "x1 * C(kind, contr.helmert())"),
            ("scale(x1) * center(x2)", "x1 * x2"),
        ],
    )
    def test_two_ways_to_write_a_model_predict_alike(self, kinds, one, other):
        """The columns span the same space, so that the model is the same, and its predictions for
        any panel.
        """
        panel, W = kinds
        rng = np.random.default_rng(8)
        new = bd.Panel.from_arrays(
            {
                "x1": rng.uniform(0.2, 0.9, (3, 12)) * panel["x1"].max(),
                "x2": rng.standard_normal((3, 12)) + 4.0,
            },
            units=panel.units,
            periods=[21, 22, 23],
        ).with_columns(kind=np.full((3, 12), "b"))
        # the optimum of rho is good to 1e-8
        predictions = [
            bd.SpatialLag(f"y ~ {right}").fit(panel, W).predict(new, effects="unit")
            for right in (one, other)
        ]
        np.testing.assert_allclose(*predictions, atol=1e-5)

    def test_instruments_are_no_part_of_it(self, kinds):
        panel, _ = kinds
        held = panel.with_columns(z=panel["x1"] + np.random.default_rng(2).standard_normal((8, 12)))
        request = bd.NonSpatial(
            "y ~ scale(x1) + C(kind)",
            method="gmm",
            endogenous=["x1"],
            instruments=["center(z)", "lag(z, 1)"],
        )
        fit = request.fit(held)
        predictions = fit.predict(panel.select(periods=[3, 8]))
        pd.testing.assert_frame_equal(predictions, fit.predict().loc[[3, 8]], atol=1e-11)

    def test_beyond_the_knots(self, kinds):
        panel, W = kinds
        fit = bd.SpatialLag("y ~ bs(x1, df=4) + x2").fit(panel, W)
        with pytest.raises(bd.InputError, match=r"panel: expected x1 from .* bs\(x1, df=4\)"):
            fit.predict(panel.with_columns(x1=panel["x1"] + 1.0))
        with pytest.raises(bd.OptionError, match="at: expected x1 from"):
            fit.impacts(at={"x1": panel["x1"].max() + 1.0})
        assert np.isfinite(fit.impacts(at={}).values).all()


class TestMeasuresOfFit:
    @pytest.mark.parametrize("model", [m for m in ALL if not m.lag_u])
    @pytest.mark.parametrize("absorb", [None, ["unit[year]"]])
    def test_r_squared_is_that_of_the_predictions(self, sample, model, absorb):
        panel, W = sample
        fit = model("y ~ x1 + x2", absorb=absorb).fit(panel, W)
        y = panel["y"]
        left = y - fit.predict(reduced=False).to_numpy()
        assert fit.rsquared["inclusive"] == pytest.approx(
            1 - np.sum(left**2) / np.sum((y - y.mean()) ** 2)
        )
        demean = fit.sample.within.demean
        reduced = demean(fit.predict(effects=False).to_numpy()).ravel()
        assert fit.rsquared["correlation"] == pytest.approx(
            np.corrcoef(demean(y).ravel(), reduced)[0, 1] ** 2
        )

    @pytest.mark.parametrize("model", ALL)
    def test_effects_in_the_sample(self, sample, model):
        """With time effects at zero: the mean of the predictions of all periods keeps units and
        intercept apart.
        """
        panel, W = sample
        fit = model("y ~ x1 + x2").fit(panel, W)
        gap = fit.predict(effects=True) - fit.predict(effects="unit")
        own = np.tile(fit.effects.time.to_numpy()[:, None], (1, 12))
        rho = fit.rho if model.lag_y else 0.0
        np.testing.assert_allclose(
            gap, np.linalg.solve(np.eye(12) - rho * W.dense, own.T).T, atol=1e-10
        )
