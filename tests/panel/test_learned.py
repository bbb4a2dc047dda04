"""Another panel is measured as the first: against formulaic's own record of a model matrix."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from formulaic import model_matrix

import bevdrivers as bd
from bevdrivers.panel import build_design
from bevdrivers.panel.formula import design_like

CODINGS = (
    "contr.treatment()",
    "contr.treatment('south')",
    "contr.SAS()",
    "contr.SAS('east')",
    "contr.sum()",
    "contr.helmert()",
    "contr.diff()",
    "contr.poly()",
)
WITH_STATE = (
    "center(x)",
    "scale(x)",
    "scale(x, ddof=0)",
    "scale(x, center=False)",
    "center(log(x))",
    "poly(x, 3)",
    "poly(log(x), 2)",
    "bs(x, df=4)",
    "bs(x, df=5, degree=2, include_intercept=True)",
    "scale(x):poly(z, 2)",
    "C(kind)",
    "C(number)",
    "C(kind):C(number)",
    "C(kind) + C(number) + C(kind):C(number)",
    *(f"C(kind, {coding})" for coding in CODINGS),
    *(f"z:C(kind, {coding})" for coding in CODINGS),
    *(f"scale(z) + C(kind, {coding}) + scale(z):C(kind, {coding})" for coding in CODINGS),
)
# another order of additions in the two programs
ROUNDING = 1e-11


def frame_of(seed: int, periods: range, kinds: list[str]) -> pd.DataFrame:
    """Rows of six units; x stays within 1 and 9, so that splines know its range."""
    rng = np.random.default_rng(seed)
    units = [f"u{k}" for k in range(6)] * len(periods)
    return pd.DataFrame(
        {
            "id": units,
            "year": np.repeat(periods, 6),
            "y": rng.standard_normal(len(units)),
            "x": rng.uniform(2.0, 8.0, len(units)),
            "z": rng.standard_normal(len(units)),
            "kind": rng.choice(kinds, len(units)),
            "number": rng.choice([1.0, 2.0, 3.0], len(units)),
        }
    )


@pytest.fixture(scope="module")
def first() -> pd.DataFrame:
    frame = frame_of(1, range(2010, 2018), ["east", "north", "south", "west"])
    frame.loc[[0, 1], "x"] = [1.0, 9.0]
    return frame


OTHERS: dict[str, Any] = {
    "other periods": frame_of(2, range(2020, 2024), ["east", "north", "south", "west"]),
    "one period of one kind": frame_of(3, range(2020, 2021), ["south"]).assign(number=2.0),
}


def panel_of(frame: pd.DataFrame) -> bd.Panel:
    return bd.Panel.from_frame(frame, unit="id", time="year")


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("right", WITH_STATE)
@pytest.mark.parametrize("intercept", ["1", "0"])
def test_equals_formulaics_own_record(first, right, intercept, name):
    """formulaic evaluates the text itself here, keeps its record, and applies it to the new rows."""
    formula = f"y ~ {intercept} + {right}"
    other = OTHERS[name]
    theirs = model_matrix(formula, first).rhs.model_spec.get_model_matrix(other)
    design = build_design(panel_of(first), formula)
    ours = design_like(design, panel_of(other))
    assert ours.terms == design.terms
    np.testing.assert_allclose(
        ours.X.reshape(-1, len(ours.terms)), theirs.to_numpy(float), rtol=ROUNDING, atol=ROUNDING
    )
    kept = pickle.loads(pickle.dumps(design))  # fits travel to other processes
    np.testing.assert_array_equal(design_like(kept, panel_of(other)).X, ours.X)


@pytest.mark.parametrize("outcome", ["scale(y)", "center(exp(y))"])
def test_the_outcome_too(first, outcome):
    other = OTHERS["other periods"]
    formula = f"{outcome} ~ x"
    theirs = model_matrix(formula, first).lhs.model_spec.get_model_matrix(other)
    design = build_design(panel_of(first), formula)
    ours = design_like(design, panel_of(other))
    np.testing.assert_allclose(ours.y.ravel(), theirs.to_numpy(float).ravel(), rtol=ROUNDING)
    without = design_like(design, panel_of(other.drop(columns="y")), with_outcome=False)
    np.testing.assert_array_equal(without.X, ours.X)
    assert without.outcome == design.outcome
    assert not without.y.any()


def test_weights_and_lags_of_the_other_panel(first):
    """W(x) and lag(x) are taken of the new data; what center() subtracts is of the first."""
    panel, other = panel_of(first), panel_of(OTHERS["other periods"])

    def mean_of_all(values: np.ndarray) -> np.ndarray:
        return np.repeat(values.mean(axis=1, keepdims=True), values.shape[1], axis=1)

    design = build_design(panel, "y ~ 0 + center(W(x)) + lag(center(z), 1)", mean_of_all)
    computed = design_like(design, other, mean_of_all)
    assert (computed.lost, computed.periods) == (1, other.periods[1:])
    centred = mean_of_all(other["x"]) - mean_of_all(panel["x"]).mean()
    np.testing.assert_allclose(computed.X[..., 0], centred[1:], atol=ROUNDING)
    np.testing.assert_allclose(
        computed.X[..., 1], (other["z"] - panel["z"].mean())[:-1], atol=ROUNDING
    )


@pytest.mark.parametrize("divisor", ["center", "scale"])
def test_what_is_learned_of_a_lag(first, divisor):
    """The first period, in which lag() has no value, is none of the sample's."""
    panel, other = panel_of(first), panel_of(OTHERS["other periods"])
    design = build_design(panel, f"y ~ 0 + {divisor}(lag(x))")
    known = panel["x"][:-1]
    spread = known.std(ddof=1) if divisor == "scale" else 1.0
    np.testing.assert_allclose(design.X[..., 0], (known - known.mean()) / spread, rtol=ROUNDING)
    computed = design_like(design, other)
    theirs = (other["x"][:-1] - known.mean()) / spread
    np.testing.assert_allclose(computed.X[..., 0], theirs, rtol=ROUNDING)


@pytest.mark.parametrize(("column", "level"), [("kind", "centre"), ("number", 7.0)])
def test_levels_that_are_new_are_named(first, column, level):
    design = build_design(panel_of(first), f"y ~ x + z:C({column})")
    other = OTHERS["other periods"].copy()
    other.loc[3, column] = level
    with pytest.raises(bd.InputError, match=f"categories of '{column}'.*got.*{level}"):
        design_like(design, panel_of(other))


@pytest.mark.parametrize("number", [False, True])
def test_levels_of_periods_that_a_lag_loses(first, number):
    """They have no dummies, cannot be the base, and are no matter in another panel either."""
    column, rare = ("number", 0.0) if number else ("kind", "arctic")
    frame = first.copy()
    frame.loc[:2, column] = rare
    formula = f"y ~ lag(x, 1) + C({column})"
    design = build_design(panel_of(frame), formula)
    assert design.terms == build_design(panel_of(first), formula).terms
    np.testing.assert_array_equal(design_like(design, panel_of(frame)).X, design.X)
    frame.loc[10, column] = rare
    with pytest.raises(bd.InputError, match=f"categories of '{column}'"):
        design_like(design, panel_of(frame))


def test_splines_stay_in_their_range(first):
    design = build_design(panel_of(first), "y ~ bs(x, df=4)")
    other = OTHERS["other periods"].copy()
    other.loc[3, "x"] = 9.5
    with pytest.raises(bd.InputError, match=r"x from 1 to 9.*bs\(x, df=4\).*9\.5"):
        design_like(design, panel_of(other))
