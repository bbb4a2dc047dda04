"""Concentration by its formulas, on vectors small enough to do by hand, and at its limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, strategies as st
from hypothesis.extra.numpy import arrays

import bevdrivers as bd


def panel(values: Any, **more: Any) -> bd.Panel:
    """`values` as periods x units."""
    x = np.atleast_2d(np.asarray(values, dtype=float))
    T, N = x.shape
    index = {
        "unit": np.tile([f"u{i}" for i in range(N)], T),
        "year": np.repeat(2001 + np.arange(T), N),
    }
    columns = {name: np.ravel(column) for name, column in more.items()}
    return bd.Panel.from_frame(
        pd.DataFrame(index | {"x": x.ravel()} | columns), unit="unit", time="year"
    )


def row(values: Any, **options: Any) -> pd.Series:
    return bd.concentration(panel(values), "x", **options).frame.iloc[0]


def test_by_hand() -> None:
    """Shares 0.1, 0.2, 0.3, 0.4."""
    measures = row([3, 1, 4, 2], top=(1, 2, 3))
    assert measures["hhi"] == pytest.approx(0.30)
    assert measures[["cr_1", "cr_2", "cr_3"]].tolist() == pytest.approx([0.4, 0.7, 0.9])
    # half the mean absolute difference over the mean: 2 (1+2+3+1+2+1) / (2 * 16 * 2.5)
    assert measures["gini"] == pytest.approx(0.25)
    theil = 0.1 * np.log(0.4) + 0.2 * np.log(0.8) + 0.3 * np.log(1.2) + 0.4 * np.log(1.6)
    assert measures["theil"] == pytest.approx(theil)
    assert measures[["total", "units", "occupied"]].tolist() == [10, 4, 4]


def test_equal_shares_and_one_unit_with_all() -> None:
    same, alone = row([7, 7, 7, 7, 7]), row([0, 0, 9, 0, 0])
    measures = ["hhi", "cr_1", "cr_4", "cr_8", "gini", "theil"]
    assert same[measures].tolist() == pytest.approx([0.2, 0.2, 0.8, 1.0, 0.0, 0.0], abs=1e-15)
    assert alone[measures].tolist() == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.8, np.log(5)])
    assert (same["occupied"], alone["occupied"]) == (5, 1)


def test_groups_by_hand() -> None:
    """Group a has 1 and 3, group b has 4 and 0, of 8."""
    concentration = bd.concentration(
        panel([1, 3, 4, 0], region=["a", "a", "b", "b"]), "x", groups="region"
    )
    parts = concentration.by_group.set_index("group")
    assert parts["share"].tolist() == [0.5, 0.5]
    inner_a = 0.25 * np.log(0.5) + 0.75 * np.log(1.5)
    assert parts["theil"].tolist() == pytest.approx([inner_a, np.log(2)])
    first = concentration.frame.iloc[0]
    assert first["theil_between"] == pytest.approx(0.0, abs=1e-15)
    assert first["theil_within"] == pytest.approx(0.5 * inner_a + 0.5 * np.log(2)) == first["theil"]


def test_limits_of_groups() -> None:
    """All inequality is between groups that are equal within, and within one group of all; an empty
    group is none.
    """
    between = bd.concentration(
        panel([1, 1, 3, 3], g=["a", "a", "b", "b"]), "x", groups="g"
    ).frame.iloc[0]
    assert between["between_share"] == pytest.approx(1.0)
    within = bd.concentration(panel([1, 2, 3, 4], g=["a"] * 4), "x", groups="g").frame.iloc[0]
    assert within["between_share"] == pytest.approx(0.0)
    empty = bd.concentration(
        panel([0, 0, 3, 1], g=["a", "a", "b", "b"]), "x", groups="g"
    ).frame.iloc[0]
    assert empty["theil_between"] == pytest.approx(np.log(2))
    even = bd.concentration(panel([1, 1, 1], g=["a", "a", "b"]), "x", groups="g").frame.iloc[0]
    assert np.isnan(even["between_share"])


vectors = arrays(float, st.integers(2, 12), elements=st.floats(0, 1e6).map(lambda v: round(v, 3)))


@given(vectors.filter(lambda x: x.sum() > 0), st.integers(0, 1000))
@example(np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.75, 326149.938]), 0)
@example(np.array([0.0, 1e-17, 1.0]), 0)
def test_properties(x: np.ndarray, seed: int) -> None:
    """Bounds; order and scale do not matter; the parts of Theil's index add up; Gini by its other
    formula.
    """
    rng = np.random.default_rng(seed)
    groups = rng.choice(["a", "b", "c"], x.size)
    whole = bd.concentration(panel(x, g=groups), "x", groups="g").frame.iloc[0]
    N = x.size
    assert 1 / N - 1e-12 <= whole["hhi"] <= 1 + 1e-12
    assert -1e-12 <= whole["gini"] <= 1 - 1 / N + 1e-12
    assert -1e-12 <= whole["theil"] <= np.log(N) + 1e-12
    assert whole["cr_1"] <= whole["cr_4"] <= whole["cr_8"] <= 1 + 1e-12
    assert whole["theil_between"] + whole["theil_within"] == pytest.approx(
        whole["theil"], abs=1e-12
    )
    assert whole["theil_between"] >= -1e-12
    differences = np.abs(x[:, None] - x[None, :]).mean()
    assert whole["gini"] == pytest.approx(differences / (2 * x.mean()), abs=1e-12)
    other = row(rng.permutation(x) * 7.0)
    for name in ("hhi", "cr_1", "cr_4", "gini", "theil"):
        assert other[name] == pytest.approx(whole[name], abs=1e-10)


# the package sets shapes of arrays, which NumPy 2.5 deprecates
@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")
def test_equals_the_inequality_package() -> None:
    gini = pytest.importorskip("inequality.gini")
    theil = pytest.importorskip("inequality.theil")
    rng = np.random.default_rng(3)
    x, groups = rng.lognormal(size=40), rng.choice(["a", "b", "c"], 40)
    measures = bd.concentration(panel(x, g=groups), "x", groups="g").frame.iloc[0]
    assert measures["gini"] == pytest.approx(gini.Gini(x).g, abs=1e-12)
    # it adds 1e-12 to each value
    assert measures["theil"] == pytest.approx(theil.Theil(x).T, abs=1e-9)
    parts = theil.TheilD(x, groups)
    assert measures["theil_between"] == pytest.approx(float(np.squeeze(parts.bg)), abs=1e-9)
    assert measures["theil_within"] == pytest.approx(float(np.squeeze(parts.wg)), abs=1e-9)


def test_periods_are_apart_and_groups_may_change(bev: bd.Panel) -> None:
    x = [[1, 2, 3, 4], [4, 4, 0, 0]]
    two = bd.concentration(
        panel(x, g=[["a", "a", "b", "b"], ["a", "b", "a", "b"]]), "x", groups="g"
    )
    for t, groups in enumerate((["a", "a", "b", "b"], ["a", "b", "a", "b"])):
        one = bd.concentration(panel(x[t], g=groups), "x", groups="g").frame.iloc[0]
        pd.testing.assert_series_equal(
            two.frame.iloc[t].drop("period"), one.drop("period"), check_names=False
        )
    assert two.frame["period"].tolist() == [2001, 2002]
    concentration = bd.concentration(bev, "firms", groups="region")
    assert concentration.frame["total"].tolist() == bev["firms"].sum(axis=1).tolist()
    assert concentration.by_group.groupby("period")["units"].sum().eq(31).all()


def test_answers_tidy_and_glance(bev: bd.Panel) -> None:
    concentration = bd.concentration(bev, "firms", top=[2], groups="region")
    tidy = concentration.tidy()
    assert set(tidy["term"]) == {"hhi", "cr_2", "gini", "theil", "theil_between", "theil_within"}
    assert len(tidy) == 6 * 10
    last = tidy[(tidy["term"] == "gini") & (tidy["component"] == "2020")]["estimate"].item()
    (summary,) = concentration.glance().to_dict("records")
    assert summary["gini_last"] == last == concentration.frame["gini"].iloc[-1]
    assert (summary["n_units"], summary["first_period"], summary["groups"]) == (31, 2011, "region")
    assert "firms among 31 units, groups region" in repr(concentration)


def test_what_is_refused() -> None:
    with pytest.raises(bd.DataError, match=r"no negative.*u1"):
        row([1, -2, 3])
    with pytest.raises(bd.DataError, match=r"zeros only in \[2002\]"):
        bd.concentration(panel([[1, 2], [0, 0]]), "x")
    with pytest.raises(bd.DataError, match="x"):
        row([1, np.nan, 3])
    with pytest.raises(bd.DataError, match=r"g: .*none for \['u1'\]"):
        bd.concentration(panel([1, 2], g=["a", None]), "x", groups="g")
    for top in [(0,), (1, 1), (1.5,), (True,), 0]:
        with pytest.raises(bd.OptionError, match="top"):
            row([1, 2, 3], top=top)
