"""Formula -> design: every term is what it says, and every cell that cannot be used is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.panel import build_design


def panel_of(frame: pd.DataFrame) -> bd.Panel:
    return bd.Panel.from_frame(frame, unit="id", time="year")


def refusal(panel: bd.Panel, formula: str, kind: type[bd.InputError] = bd.DataError) -> str:
    with pytest.raises(kind) as caught:
        build_design(panel, formula)
    return str(caught.value)


# --- terms ----------------------------------------------------------------------------------------


def test_a_design_is_named_arrays(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    design = build_design(panel, "log1p(z) ~ x + log(x)")
    assert design.outcome == "log1p(z)"
    assert design.terms == ("Intercept", "x", "log(x)")
    assert design.X.shape == (4, 3, 3)
    np.testing.assert_allclose(design.y, np.log1p(panel["z"]), rtol=1e-15)
    np.testing.assert_allclose(design.X[..., 2], np.log(panel["x"]), rtol=1e-15)
    assert design.variables["log(x)"] == {"x"}
    assert (design.units, design.periods, design.lost) == (panel.units, panel.periods, 0)


@pytest.mark.parametrize("name", ["log", "log1p", "exp", "sqrt"])
def test_functions_are_numpys(frame: pd.DataFrame, name: str) -> None:
    panel = panel_of(frame)
    values = build_design(panel, f"y ~ 0 + {name}(z)").X[..., 0]
    np.testing.assert_allclose(values, getattr(np, name)(panel["z"]), rtol=1e-15)


def test_asinh_abs_and_arithmetic(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    design = build_design(panel, "I(x * z) ~ 0 + asinh(y) + abs(y) + I(x**2)")
    np.testing.assert_allclose(design.X[..., 0], np.arcsinh(panel["y"]), rtol=1e-15)
    np.testing.assert_allclose(design.X[..., 1], np.abs(panel["y"]), rtol=1e-15)
    np.testing.assert_allclose(design.X[..., 2], panel["x"] ** 2, rtol=1e-15)


def test_interactions_are_products(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    design = build_design(panel, "y ~ x * log(z)")
    assert design.terms == ("Intercept", "x", "log(z)", "x:log(z)")
    np.testing.assert_allclose(design.X[..., 3], panel["x"] * np.log(panel["z"]), rtol=1e-14)
    assert design.variables["x:log(z)"] == {"x", "z"}


@pytest.mark.parametrize("power", ["x**2", "log(z)**2", "x^2", "`x`**2"])
def test_a_bare_power_is_refused(frame: pd.DataFrame, power: str) -> None:
    """In formulas ** crosses terms, and x crossed with itself is x: the square would be lost in
    silence.
    """
    text = refusal(panel_of(frame), f"y ~ x + {power}", bd.InputError)
    assert "powers of a variable inside I()" in text
    assert "Write I(" in text


def test_crossing_sums_is_not_a_power(frame: pd.DataFrame) -> None:
    assert build_design(panel_of(frame), "y ~ (x + z)**2 + I(x**2)").terms == (
        "Intercept",
        "x",
        "z",
        "I(x ** 2)",
        "x:z",
    )


def test_factors_of_a_term(frame: pd.DataFrame) -> None:
    design = build_design(panel_of(frame), "y ~ x:log(z) + C(kind) + I(x**2)")
    assert design.factors["x:log(z)"] == ("x", "log(z)")
    assert design.factors["C(kind)[T.west]"] == ("C(kind)",)
    assert (design.factors["Intercept"], design.factors["I(x ** 2)"]) == ((), ("I(x ** 2)",))


def test_centred_and_scaled_terms(frame: pd.DataFrame) -> None:
    """Functions that keep a state: their columns count as used, are lagged and are checked for
    missing cells.
    """
    panel = panel_of(frame)
    design = build_design(panel, "y ~ center(x) + scale(log(z)) + poly(x, 2)")
    np.testing.assert_allclose(design.X[..., 1], panel["x"] - panel["x"].mean(), atol=1e-13)
    logs = np.log(panel["z"])
    np.testing.assert_allclose(
        design.X[..., 2], (logs - logs.mean()) / logs.std(ddof=1), atol=1e-13
    )
    assert design.variables["poly(x, 2)[2]"] == {"x"}
    assert design.never_lagged == {"Intercept"}
    broken = frame.assign(x=frame["x"].where(frame["year"] != 2012))
    assert "2012, 'x'" in refusal(panel_of(broken), "y ~ center(x)")


def test_categories_become_dummies(frame: pd.DataFrame) -> None:
    design = build_design(panel_of(frame), "y ~ C(kind) + x:C(kind)")
    assert design.terms[:2] == ("Intercept", "C(kind)[T.west]")
    np.testing.assert_array_equal(design.X[..., 1], np.tile([0.0, 1.0, 1.0], (4, 1)))
    assert design.variables["C(kind)[T.west]"] == {"kind"}


def test_only_the_intercept_and_the_period_are_never_lagged(frame: pd.DataFrame) -> None:
    design = build_design(panel_of(frame), "y ~ x + C(year) + x:C(year)")
    assert design.never_lagged == {
        "Intercept",
        "C(year)[T.2012]",
        "C(year)[T.2013]",
        "C(year)[T.2014]",
    }


def test_names_in_backticks(frame: pd.DataFrame) -> None:
    panel = panel_of(frame.rename(columns={"x": "gdp per head", "z": "gdp.pc"}))
    design = build_design(panel, "y ~ 0 + log(`gdp per head`) + `gdp.pc` + log(`gdp.pc`)")
    np.testing.assert_allclose(design.X[..., 0], np.log(panel["gdp per head"]), rtol=1e-15)
    np.testing.assert_array_equal(design.X[..., 1], panel["gdp.pc"])
    assert [design.variables[term] for term in design.terms[1:]] == [{"gdp.pc"}, {"gdp.pc"}]


def test_chinese_names(frame: pd.DataFrame) -> None:
    panel = panel_of(frame.rename(columns={"x": "人均GDP"}))
    values = build_design(panel, "y ~ 0 + log(人均GDP)").X[..., 0]
    np.testing.assert_allclose(values, np.log(panel["人均GDP"]), rtol=1e-15)


def test_a_column_may_bear_a_functions_name(frame: pd.DataFrame) -> None:
    panel = panel_of(frame.rename(columns={"x": "W"}))
    np.testing.assert_array_equal(build_design(panel, "y ~ 0 + W").X[..., 0], panel["W"])


def test_row_order_does_not_matter(frame: pd.DataFrame) -> None:
    formula = "y ~ lag(log(x), 1) + C(kind)"
    one = build_design(panel_of(frame), formula)
    other = build_design(panel_of(frame.sample(frac=1, random_state=9)), formula)
    np.testing.assert_array_equal(one.X, other.X)


# --- lags -----------------------------------------------------------------------------------------


def test_lag_stays_within_the_unit_and_states_the_lost_periods(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    design = build_design(panel, "y ~ 0 + x + lag(x, 2)")
    assert design.lost == 2
    assert design.periods == (2013, 2014)
    np.testing.assert_array_equal(design.X[..., 1], panel["x"][:2])
    np.testing.assert_array_equal(design.y, panel["y"][2:])


def test_lags_of_expressions_and_expressions_of_lags(frame: pd.DataFrame) -> None:
    design = build_design(panel_of(frame), "y ~ 0 + lag(log(x), 1) + log(lag(x, 1))")
    np.testing.assert_array_equal(design.X[..., 0], design.X[..., 1])
    assert design.lost == 1


def test_a_lag_of_a_lag_loses_both(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    design = build_design(panel, "y ~ 0 + lag(lag(x, 1), 2)")
    assert design.lost == 3
    np.testing.assert_array_equal(design.X[..., 0], panel["x"][:1])


def test_lag_meets_a_gap(frame: pd.DataFrame) -> None:
    message = refusal(panel_of(frame[frame["year"] != 2012]), "y ~ lag(x, 1)")
    assert "year without a gap; got a gap after [2011]" in message
    assert "panel.select(periods=...)" in message


@pytest.mark.parametrize("k", ["0", "4", "-1", "1.5"])
def test_lag_wants_a_number_of_periods(frame: pd.DataFrame, k: str) -> None:
    assert "a whole number of periods from 1 to 3" in refusal(
        panel_of(frame), f"y ~ lag(x, {k})", bd.InputError
    )


def test_spatial_lag_is_taken_period_by_period(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    W = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]])
    design = build_design(panel, "y ~ 0 + W(x) + lag(W(x), 1)", lambda values: values @ W.T)
    np.testing.assert_allclose(design.X[..., 0], (panel["x"] @ W.T)[1:], rtol=1e-15)
    np.testing.assert_allclose(design.X[..., 1], (panel["x"] @ W.T)[:-1], rtol=1e-15)
    assert "expected weights for W(x); got none" in refusal(panel, "y ~ W(x)", bd.InputError)


# --- what is refused ------------------------------------------------------------------------------


def test_an_unknown_column_offers_the_nearest(frame: pd.DataFrame) -> None:
    message = refusal(panel_of(frame), "y ~ costal")
    assert "unknown ['costal'] in 'y ~ costal'" in message
    assert "Did you mean 'coastal'?" in message
    assert "The panel has ['coastal', 'count', 'kind', 'x', 'y', ... 1 more]" in refusal(
        panel_of(frame), "y ~ qqqq"
    )


@pytest.mark.parametrize("formula", ["~ x", "y + z ~ x", "y ~ x | z", "y ~ x ~ z", "y ~ (x", "x"])
def test_a_formula_needs_one_outcome_and_one_right_hand_side(
    frame: pd.DataFrame, formula: str
) -> None:
    assert "one outcome and one right-hand side" in refusal(panel_of(frame), formula, bd.InputError)


def test_a_formula_is_text(frame: pd.DataFrame) -> None:
    with pytest.raises(bd.InputError, match="a text such as 'y ~ x1 \\+ x2'; got int"):
        build_design(panel_of(frame), 3)  # type: ignore[arg-type]


def test_an_unknown_function_is_an_input_error(frame: pd.DataFrame) -> None:
    assert "terms that can be computed" in refusal(panel_of(frame), "y ~ logg(x)", bd.InputError)


def test_missing_cells_are_named_and_only_where_used(frame: pd.DataFrame) -> None:
    frame.loc[[0, 4], "x"] = np.nan
    frame.loc[5, "kind"] = None
    panel = panel_of(frame)
    message = refusal(panel, "y ~ log(x) + C(kind)")
    assert (
        "3 missing (unit, period, column): [('a', 2011, 'x'), ('b', 2012, 'x'), ('c', 2012, "
        "'kind')]" in message
    )
    assert build_design(panel, "y ~ z").X.shape == (4, 3, 2)


@pytest.mark.parametrize("text", ["1,234", "—", "n/a"])
def test_texts_in_a_column_of_numbers_are_named(frame: pd.DataFrame, text: str) -> None:
    frame["x"] = [
        *(str(value) for value in frame["x"][:4]),
        text,
        *(str(value) for value in frame["x"][5:]),
    ]
    message = refusal(panel_of(frame), "y ~ log(x)")
    assert (
        f"numbers in ['x']; got 1 (unit, period, column, text): [('b', 2012, 'x', '{text}')]"
        in message
    )
    assert 'thousands=","' in message
    assert "C(x)" in message


def test_a_category_is_asked_for_by_name(frame: pd.DataFrame) -> None:
    assert "12 (unit, period, column, text): [('a', 2011, 'kind', 'east')" in refusal(
        panel_of(frame), "y ~ kind"
    )
    assert "numbers in ['kind']" in refusal(panel_of(frame), "kind ~ x")


def test_infinite_cells_are_named_as_cells_of_the_data(frame: pd.DataFrame) -> None:
    frame.loc[7, "x"] = np.inf
    frame.loc[3, "z"] = -np.inf
    message = refusal(panel_of(frame), "y ~ exp(-x) + z")
    assert "2 infinite (unit, period, column): [('b', 2013, 'x'), ('a', 2012, 'z')]" in message


def test_a_constant_column_is_the_estimators_business(frame: pd.DataFrame) -> None:
    assert build_design(panel_of(frame.assign(x=1.0)), "y ~ x").terms == ("Intercept", "x")


@pytest.mark.parametrize(
    ("function", "value", "limit"), [("log", 0.0, "0"), ("log", -2.0, "0"), ("log1p", -1.0, "-1")]
)
def test_logs_name_the_cells_outside_their_domain(
    frame: pd.DataFrame, function: str, value: float, limit: str
) -> None:
    frame.loc[4, "x"] = value
    message = refusal(panel_of(frame), f"y ~ {function}(x)")
    assert (
        f"{function}(x): expected values above {limit}; got 1 (unit, period) at or below: [('b', "
        "2012)]" in message
    )
    assert "log1p() or asinh()" in message


def test_what_is_not_finite_after_all_is_named_by_term(frame: pd.DataFrame) -> None:
    message = refusal(panel_of(frame.assign(x=frame["x"] - 1.0)), "y ~ I(1 / x)")
    assert "1 (unit, period, term) that are not: [('a', 2011, 'I(1 / x)')]" in message


def test_ids_in_messages_are_plain_values() -> None:
    frame = pd.DataFrame(
        {"id": [110000, 120000], "year": [2011, 2011], "y": [1.0, None], "x": ["—", "1"]}
    )
    assert "[(120000, 2011, 'y')]" in refusal(panel_of(frame), "y ~ 1")
    assert "[(110000, 2011, 'x', '—')]" in refusal(panel_of(frame), "x ~ 1")


def test_the_design_is_read_only_and_kept_for_the_next_fit(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    for values in (build_design(panel, "y ~ x").y, build_design(panel, "y ~ x").X):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.0
    assert build_design(panel, "y ~ x") is build_design(panel, "y ~ x")
    assert build_design(panel.with_columns(x=2 * panel["x"]), "y ~ 0 + x").X[0, 0, 0] == 2.0


def test_dummies_of_periods_that_a_lag_uses_up_do_not_stay() -> None:
    """The base of C(year) is the first year that is kept, so that the dummies are not collinear
    with an intercept.
    """
    rng = np.random.default_rng(0)
    columns = {"x": rng.normal(size=(5, 4)), "y": rng.normal(size=(5, 4))}
    panel = bd.Panel.from_arrays(columns, units=list("abcd"), periods=range(2011, 2016))
    design = build_design(panel, "y ~ lag(x, 2) + C(year)")
    assert design.terms == ("Intercept", "lag(x, 2)", "C(year)[T.2014]", "C(year)[T.2015]")
    assert np.linalg.matrix_rank(design.X.reshape(-1, 4)) == 4
    np.testing.assert_array_equal(design.X[:, :, 1], panel["x"][:3])


@pytest.mark.parametrize("outcome", ["a - b", "a + b", "a / b", "a - 1", "log(a) - log(b)"])
def test_signs_that_would_not_calculate_in_an_outcome_are_refused(outcome):
    """Formulas take terms out with a minus: ``a - b`` was a, in silence."""
    columns = {"a": np.array([[3.0, 5.0], [4.0, 9.0]]), "b": np.array([[1.0, 2.0], [3.0, 4.0]])}
    panel = bd.Panel.from_arrays(
        {**columns, "x": columns["a"] ** 2}, units=["u", "v"], periods=[1, 2]
    )
    for ask in (
        lambda: panel.evaluate(outcome),
        lambda: bd.NonSpatial(f"{outcome} ~ x").fit(panel),
    ):
        with pytest.raises(
            bd.InputError, match=r"sums and differences of columns inside I\(\).*Write I\("
        ):
            ask()
    np.testing.assert_array_equal(panel.evaluate("I(a - b)"), columns["a"] - columns["b"])
    np.testing.assert_array_equal(panel.evaluate("log(a / b)"), np.log(columns["a"] / columns["b"]))


def test_arrays_of_texts_are_refused_with_the_way_in():
    with pytest.raises(bd.DataError, match=r"columns: expected arrays of numbers.*with_columns"):
        bd.Panel.from_arrays({"y": np.array([["a", "b"]])}, units=["u", "v"], periods=[1])
