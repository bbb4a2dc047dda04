"""Recipes that make one W a period: of a covariate, of flows, within others, on unbalanced panels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd

UNITS = ("a", "b", "c", "d")
YEARS = (2010, 2011, 2012)
X = np.array([[1.0, 2.0, 4.0, 8.0], [1.0, 3.0, 4.0, 9.0], [5.0, 2.0, 4.5, 8.0]])
EACH = bd.EconomicDistance("x", period="each")


def panel_of(x: np.ndarray = X, **columns: np.ndarray) -> bd.Panel:
    return bd.Panel.from_arrays({"x": x, **columns}, units=UNITS, periods=YEARS)


def inverse_gaps(x: np.ndarray) -> np.ndarray:
    """The row-normalised weights of one period by their definition."""
    gap = np.abs(x[:, None] - x[None])
    np.fill_diagonal(gap, np.inf)
    raw = 1.0 / gap
    return raw / raw.sum(axis=1, keepdims=True)


def test_each_period_has_the_weights_of_its_own_values():
    W = EACH.fit(panel_of())
    assert isinstance(W, bd.PeriodWeights)
    assert W.periods == YEARS
    for x, operator in zip(X, W.operators, strict=True):
        np.testing.assert_allclose(operator.toarray(), inverse_gaps(x), rtol=1e-14)
    assert W.notes == ("x of each period",)
    assert W.made_of == (("x", YEARS),)
    assert W.changes


def test_an_expression_is_read_in_each_period():
    W = bd.EconomicDistance("log(x)", period="each").fit(panel_of())
    np.testing.assert_allclose(W.operators[2].toarray(), inverse_gaps(np.log(X[2])), rtol=1e-13)


def test_inside_other_recipes_what_is_fixed_stays_a_mean_of_all_periods():
    z = X[::-1] ** 2
    recipe = bd.Nested(bd.EconomicDistance("z"), EACH, share=0.3)
    W = recipe.fit(panel_of(z=z))
    mean = inverse_gaps(z.mean(axis=0))
    for x, operator in zip(X, W.operators, strict=True):
        expected = 0.3 * mean + 0.7 * inverse_gaps(x)
        np.testing.assert_allclose(operator.toarray(), expected, rtol=1e-13)
    assert dict(W.made_of) == {"x": YEARS, "z": YEARS}


def test_asymmetric_weights_by_period():
    recipe = bd.EconomicGeographic(bd.EconomicDistance("z"), "x", period="each", normalise=None)
    z = np.tile([1.0, 2.0, 4.0, 8.0], (3, 1))
    W = recipe.fit(panel_of(z=z))
    gaps = np.abs(z[0][:, None] - z[0][None])
    np.fill_diagonal(gaps, np.inf)
    for x, operator in zip(X, W.operators, strict=True):
        np.testing.assert_allclose(operator.toarray(), x / x.mean() / gaps, rtol=1e-13)


def test_a_unit_without_a_value_in_a_period_has_no_links_in_it():
    x = X.copy()
    x[1, 2] = np.nan
    panel = panel_of(x)
    W = EACH.fit(panel)
    there = [0, 1, 3]
    np.testing.assert_allclose(
        W.operators[1].toarray()[np.ix_(there, there)], inverse_gaps(x[1, there]), rtol=1e-14
    )
    assert not W.operators[1].toarray()[2].any()
    # the sample that has the cell is refused, one that lacks it is not
    with pytest.raises(bd.WeightsError, match=r"x of each period.*\('c', 2011\)"):
        W.among(np.ones((3, 4), bool))
    W.among(~np.isnan(x))


def test_a_fit_refuses_cells_that_its_weights_know_nothing_of():
    rng = np.random.default_rng(3)
    units = [f"u{i}" for i in range(8)]
    y, z, x = rng.normal(size=(3, 6, 8))
    x[4, 5] = np.nan
    panel = bd.Panel.from_arrays({"y": y, "z": z, "x": x}, units=units, periods=range(6))
    with pytest.raises(bd.WeightsError, match=r"none for 1 \(unit, period\): \[\('u5', 4\)\]"):
        bd.SpatialLag("y ~ z").fit(panel, EACH)
    fit = bd.SpatialLag("y ~ x + z").fit(panel, EACH)
    assert fit.nobs == 47
    assert fit.sample.W is not None
    by_hand = bd.PeriodWeights.of(
        {
            t: bd.SpatialWeights.from_matrix(
                inverse_gaps(np.where(np.isnan(x[t]), 99.0, x[t])), units
            )
            for t in range(6)
        },
        range(6),
    )
    np.testing.assert_allclose(
        fit.params, bd.SpatialLag("y ~ x + z").fit(panel, by_hand).params, rtol=1e-8
    )


def test_periods_lost_to_lags_need_no_weights():
    x = X.copy()
    x[0] = np.nan
    rng = np.random.default_rng(0)
    panel = panel_of(x, y=rng.normal(size=(3, 4)), z=rng.normal(size=(3, 4)))
    fit = bd.SpatialLagX("y ~ lag(z)", fixed_effects=None).fit(panel, EACH)
    assert fit.nobs == 8


def test_flows_of_each_period():
    rows = [
        ("a", "b", 3.0, 2010),
        ("b", "a", 1.0, 2010),
        ("b", "c", 1.0, 2010),
        ("c", "a", 2.0, 2010),
        ("a", "c", 5.0, 2011),
        ("b", "a", 4.0, 2011),
        ("c", "b", 1.0, 2011),
    ]
    frame = pd.DataFrame(rows, columns=["seat", "branch", "n", "year"])
    W = bd.FromFlows(frame, "seat", "branch", "n", time="year").fit()
    assert W.ids == ("a", "b", "c")
    assert W.periods == (2010, 2011)
    first = [[0, 1, 0], [0.5, 0, 0.5], [1, 0, 0]]
    second = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    np.testing.assert_array_equal(W.operators[0].toarray(), first)
    np.testing.assert_array_equal(W.operators[1].toarray(), second)
    assert W.made_of == (("flows seat to branch", (2010, 2011)),)
    both = bd.FromFlows(frame, "seat", "branch", "n").fit()
    assert both.links.toarray()[0].tolist() == [0, 3, 5]
    assert both.made_of == ()
    panel = bd.Panel.from_arrays({"x": np.ones((2, 3))}, units=list("abc"), periods=[2010, 2012])
    with pytest.raises(bd.WeightsError, match=r"flows of every period.*none of \[2012\]"):
        bd.FromFlows(frame, "seat", "branch", "n", time="year").fit(panel)
    with pytest.raises(bd.DataError, match="time: expected a whole year"):
        bd.FromFlows(frame.assign(year=2010.5), "seat", "branch", "n", time="year")


def test_how_the_weights_move_by_hand():
    one = bd.SpatialWeights.from_matrix([[0, 1, 0], [1, 0, 1], [0, 1, 0]], list("abc"))
    other = bd.SpatialWeights.from_matrix([[0, 1, 1], [1, 0, 0], [0, 1, 0]], list("abc"))
    moved = bd.PeriodWeights.of({1: one, 2: other}, (1, 2)).glance().loc[2]
    # of four links and four, three are in both: two of five are in one alone
    assert moved["links_kept"] == 3 / 4
    assert moved["links_changed"] == pytest.approx(2 / 5)
    off = ~np.eye(3, dtype=bool)
    expected = np.corrcoef(one.dense[off], other.dense[off])[0, 1]
    assert moved["correlation"] == pytest.approx(expected, abs=1e-12)
    assert (moved["weight_mean"], moved["weight_min"], moved["weight_max"]) == (0.75, 0.5, 1.0)


REFUSED = {
    "years": (lambda: bd.EconomicDistance("x", period="each", years=2010), "years.*None with"),
    "drop": (
        lambda: bd.EconomicDistance("x", "each", islands="drop").fit(panel_of()),
        "same units",
    ),
    "ties": (
        lambda: EACH.fit(panel_of(np.where(X == 3.0, 4.0, X))),
        "1 ties.* in 2011",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused(case):
    ask, message = REFUSED[case]
    with pytest.raises(bd.InputError, match=message):
        ask()


def test_a_map_has_no_periods():
    with pytest.raises(bd.WeightsError, match="a Panel, each of whose periods"):
        EACH.fit(bd.load_panel().geometry)


def test_what_needs_one_w_refuses_the_recipe_as_it_does_the_weights():
    panel = panel_of(y=X**2)
    with pytest.raises(bd.WeightsError, match="PeriodWeights"):
        bd.Moran("y").fit(panel, EACH)
    with pytest.raises(bd.OptionError, match="same weights in all periods"):
        bd.lm_tests(bd.NonSpatial("y ~ x"), panel, EACH)


def test_the_caution_says_which_periods_of_the_sample():
    panel = bd.load_panel()
    model = bd.SpatialLag("log1p(bev_density) ~ log1p(inventions)")

    def found(recipe, sample=panel):
        cautions = model.fit(sample, recipe.fit(panel)).cautions
        return [one for one in cautions if one.name == "endogenous weights"]

    [of_mean] = found(bd.EconomicDistance("gdp_pc"))
    assert "gdp_pc of 2011-2020, periods of the sample" in of_mean.statement
    assert 'period="pre-sample"' in of_mean.remedy
    assert found(bd.InverseDistance()) == []
    late = panel.select(periods=range(2013, 2021))
    before = bd.EconomicDistance("gdp_pc", period="pre-sample", years=[2011, 2012])
    assert found(before, late) == []
    [of_one] = found(bd.EconomicDistance("gdp_pc", years=[2012, 2013]), late)
    assert of_one.figures == {"periods": 1}
    fit = model.fit(panel, bd.EconomicDistance("gdp_pc", period="each"))
    text = bd.regression_table({"SAR": fit}).to_markdown()
    assert "weights made of values of the sample, which may be endogenous" in text
    assert "gdp_pc of each period" in fit.summary()
