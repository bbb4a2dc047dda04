"""Measures of segments by hand, by their identities, and at their limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

import bevdrivers as bd
from bevdrivers import industry
from bevdrivers.industry import Measures

SEGMENTS = ["firms_upstream", "firms_midstream", "firms_downstream"]


def made(**columns: Any) -> bd.Panel:
    """A panel of columns of shape (T, N) or (N,)."""
    grids = {name: np.atleast_2d(np.asarray(values)) for name, values in columns.items()}
    T, N = next(iter(grids.values())).shape
    digits = len(str(N - 1))
    index = {
        "unit": np.tile([f"u{i:0{digits}d}" for i in range(N)], T),
        "year": np.repeat(2001 + np.arange(T), N),
    }
    values = {name: grid.ravel() for name, grid in grids.items()}
    return bd.Panel.from_frame(pd.DataFrame(index | values), unit="unit", time="year")


def segments(values: np.ndarray) -> tuple[bd.Panel, list[str]]:
    """A panel of one period from units x segments, and the names of the segments."""
    names = [f"s{j}" for j in range(values.shape[1])]
    return made(**dict(zip(names, values.astype(float).T, strict=True))), names


def column(found: Measures, name: str) -> list[float]:
    return found.frame[name].tolist()


counts = arrays(float, st.tuples(st.integers(2, 7), st.integers(2, 5)), elements=st.integers(0, 9))
full = counts.filter(lambda x: x.sum() > 0)


def test_location_quotient_by_hand() -> None:
    """Unit u0 has 3 of a and 1 of b, u1 has 1 and 3: the whole is half and half."""
    found = industry.location_quotient(made(a=[3.0, 1.0], b=[1.0, 3.0]), ["a", "b"])
    assert column(found, "lq") == pytest.approx([1.5, 0.5, 0.5, 1.5])
    # deviations of one half in two units: a standard deviation of the square root of one half
    assert column(found, "standardised") == pytest.approx(
        [np.sqrt(0.5), -np.sqrt(0.5), -np.sqrt(0.5), np.sqrt(0.5)]
    )


def test_interval_of_a_quotient_is_that_of_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint

    panel, names = segments(np.array([[0, 6], [5, 5], [4, 0]]))
    frame = industry.location_quotient(panel, names, level=0.9).frame
    n = np.repeat([6, 10, 4], 2)
    low, high = proportion_confint(frame["value"], n, alpha=0.1, method="wilson")
    everywhere = np.tile([9 / 20, 11 / 20], 3)
    assert frame["conf_low"].to_numpy() == pytest.approx(low / everywhere, abs=1e-12)
    assert frame["conf_high"].to_numpy() == pytest.approx(high / everywhere, abs=1e-12)


@settings(max_examples=30)
@given(full)
def test_weighted_mean_of_quotients_is_one(x: np.ndarray) -> None:
    panel, names = segments(x)
    lq = industry.location_quotient(panel, names).frame["lq"].to_numpy().reshape(x.shape)
    weight = x.sum(axis=1) / x.sum()
    for j in range(x.shape[1]):
        if x[:, j].sum() == 0:
            assert np.isnan(lq[:, j]).all()
        else:
            assert np.nansum(weight * lq[:, j]) == pytest.approx(1)


def test_quotients_of_a_total_and_of_nothing() -> None:
    panel = made(a=[1.0, 1.0, 0.0], everything=[2.0, 8.0, 0.0])
    found = industry.location_quotient(panel, ["a"], total="everything")
    assert column(found, "lq") == pytest.approx([2.5, 0.625, np.nan], nan_ok=True)
    assert found.frame.iloc[2][["conf_low", "conf_high"]].isna().all()
    same = industry.location_quotient(made(a=[0.1, 0.3], b=[0.2, 0.6]), ["a", "b"], level=None)
    assert np.isnan(column(same, "standardised")).all()
    with pytest.raises(bd.DataError, match=r"everything: .*no smaller.*'u0', 2001"):
        industry.location_quotient(
            made(a=[3.0, 1.0], everything=[2.0, 8.0]), ["a"], total="everything"
        )
    with pytest.raises(bd.DataError, match=r"counts.*'a'.*level=None"):
        industry.location_quotient(made(a=[0.5, 1.0], b=[2.0, 8.0]), ["a", "b"])


def test_specialisation_by_hand() -> None:
    """The same mix, and nothing in common."""
    apart = industry.specialisation(made(a=[2.0, 0.0], b=[0.0, 5.0]), ["a", "b"])
    assert column(apart, "krugman") == [2, 2]
    assert column(apart, "hhi") == [1, 1]
    same = industry.specialisation(made(a=[2.0, 4.0], b=[1.0, 2.0]), ["a", "b"])
    assert column(same, "krugman") == pytest.approx([0, 0], abs=1e-15)
    assert column(same, "hhi") == pytest.approx([5 / 9, 5 / 9])
    panel = made(a=[3.0, 1.0, 0.0], b=[1.0, 1.0, 2.0])
    others = industry.specialisation(panel, ["a", "b"])
    # 3/4 against 1/4, 1/2 against 1/2, 0 against 2/3
    assert column(others, "krugman") == pytest.approx([1.0, 0.0, 4 / 3])
    everyone = industry.specialisation(panel, ["a", "b"], against="all")
    assert column(everyone, "krugman") == pytest.approx([0.5, 0.0, 1.0])


def test_one_region_has_no_others() -> None:
    alone = made(a=[[1.0], [2.0]], b=[[3.0], [4.0]])
    assert np.isnan(column(industry.specialisation(alone, ["a", "b"]), "krugman")).all()
    assert column(industry.specialisation(alone, ["a", "b"], against="all"), "krugman") == [0, 0]


def test_variety_by_hand() -> None:
    """Four equal segments in two groups: one bit between the groups, one within."""
    panel = made(a=[1.0, 1.0, 0.0], b=[1.0, 0.0, 0.0], c=[1.0, 1.0, 0.0], d=[1.0, 0.0, 0.0])
    found = industry.variety(panel, {"one": ["a", "b"], "two": ["c", "d"]})
    assert column(found, "unrelated")[:2] == pytest.approx([1, 1])
    assert column(found, "related")[:2] == pytest.approx([1, 0])
    assert found.frame.iloc[2][["variety", "unrelated", "related"]].isna().all()


@settings(max_examples=30)
@given(full)
def test_variety_adds_up(x: np.ndarray) -> None:
    panel, names = segments(x)
    frame = industry.variety(panel, {"first": names[:1], "rest": names[1:]}).frame
    both = frame["unrelated"] + frame["related"]
    assert both.to_numpy() == pytest.approx(frame["variety"].to_numpy(), nan_ok=True, abs=1e-12)
    assert (frame.dropna()[["variety", "unrelated", "related"]] >= -1e-12).all(axis=None)


def test_ellison_glaeser_by_hand() -> None:
    """Three plants in the first of two equal regions, one in the other: G = 1/8, H = 1/4."""
    panel = made(a=[3.0, 1.0], b=[1.0, 0.0], people=[50.0, 50.0])
    found = industry.ellison_glaeser(panel, ["a", "b"], reference="people").frame
    assert found.loc[0, ["G", "H"]].tolist() == pytest.approx([1 / 8, 1 / 4])
    assert found.loc[0, "gamma"] == pytest.approx((0.125 / 0.5 - 0.25) / 0.75, abs=1e-15)
    # a single plant says nothing
    assert found.loc[1, "H"] == 1
    assert np.isnan(found.loc[1, "gamma"])
    given_h = industry.ellison_glaeser(panel, ["a"], reference="people", plant_hhi={"a": 0.1})
    assert column(given_h, "gamma") == pytest.approx([(0.25 - 0.1) / 0.9])


def test_ellison_glaeser_is_zero_on_average_for_darts() -> None:
    """Over all ways in which three plants may fall on two regions of 30 and 70 %."""
    expected = 0.0
    for first, ways in enumerate([1, 3, 3, 1]):
        panel = made(a=[float(first), 3.0 - first], people=[30.0, 70.0])
        gamma = industry.ellison_glaeser(panel, ["a"], reference="people").frame["gamma"].item()
        expected += ways * 0.3**first * 0.7 ** (3 - first) * gamma
    assert expected == pytest.approx(0, abs=1e-12)


def test_coagglomeration_by_hand() -> None:
    panel = made(a=[1.0, 0.0], b=[3.0, 1.0], c=[0.0, 2.0], people=[1.0, 1.0])
    found = industry.coagglomeration(panel, ["a", "b", "c"], reference="people").frame
    assert found[["segment", "other"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    # excesses of 1/2, 1/4 and -1/2 in the first region, over 1 - 1/2
    assert found["gamma"].tolist() == pytest.approx([0.5, -1.0, -0.5])


def test_one_region_cannot_agglomerate() -> None:
    alone = made(a=[[1.0], [2.0]], b=[[1.0], [2.0]], people=[[3.0], [4.0]])
    with pytest.raises(bd.DataError, match="people: .*two units"):
        industry.ellison_glaeser(alone, ["a"], reference="people")
    with pytest.raises(bd.DataError, match="people: .*two units"):
        industry.coagglomeration(alone, ["a", "b"], reference="people")


def test_plant_sizes_that_cannot_be() -> None:
    panel = made(a=[0.5, 1.0], people=[1.0, 1.0])
    with pytest.raises(bd.DataError, match=r"numbers of plants.*'a'"):
        industry.ellison_glaeser(panel, ["a"], reference="people")
    with pytest.raises(bd.OptionError, match=r"plant_hhi: .*none for \['a'\]"):
        industry.ellison_glaeser(panel, ["a"], reference="people", plant_hhi={"b": 0.1})
    with pytest.raises(bd.OptionError, match="plant_hhi"):
        industry.ellison_glaeser(panel, ["a"], reference="people", plant_hhi={"a": 1.0})


def test_dagum_by_hand() -> None:
    """No overlap, and two groups of the same mean whose inequality is overlap alone between them."""
    apart = industry.dagum(made(x=[1.0, 2.0, 3.0, 4.0], g=["a", "a", "b", "b"]), "x", "g").frame
    assert apart.loc[0, ["gini", "within", "between", "overlap"]].tolist() == pytest.approx(
        [0.25, 0.05, 0.20, 0.0]
    )
    even = industry.dagum(made(x=[1.0, 4.0, 2.0, 3.0], g=["a", "a", "b", "b"]), "x", "g").frame
    assert even.loc[0, "between"] == pytest.approx(0, abs=1e-15)
    # 6 + 2 within, 12 between of both orders: shares of 2 * 16 * 2.5
    assert even.loc[0, ["within", "overlap"]].tolist() == pytest.approx([8 / 80, 12 / 80])


@settings(max_examples=30)
@given(counts.map(np.ravel).filter(lambda x: x.sum() > 0), st.integers(0, 99))
def test_dagum_adds_up_to_gini(x: np.ndarray, seed: int) -> None:
    """Its parts, by the published formula group by group, add up to the Gini of `concentration`."""
    groups = np.random.default_rng(seed).choice(["a", "b", "c"], x.size)
    panel = made(x=x, g=groups)
    found = industry.dagum(panel, "x", "g").frame.iloc[0]
    assert found["gini"] == pytest.approx(
        bd.concentration(panel, "x").frame["gini"].item(), abs=1e-12
    )
    assert (found[["within", "between", "overlap"]] >= -1e-12).all()
    within, between = 0.0, 0.0
    parts = [x[groups == name] for name in "abc" if (groups == name).any()]
    for part in parts:
        p, q = part.size / x.size, part.sum() / x.sum()
        if part.sum() > 0:
            within += np.abs(part[:, None] - part).mean() / (2 * part.mean()) * p * q
        for other in parts:
            if other.mean() < part.mean():
                gap = part[:, None] - other
                d, t = np.maximum(gap, 0).mean(), np.maximum(-gap, 0).mean()
                gini = (d + t) / (part.mean() + other.mean())
                p2, q2 = other.size / x.size, other.sum() / x.sum()
                between += gini * (p * q2 + p2 * q) * (d - t) / (d + t)
    assert [found["within"], found["between"]] == pytest.approx([within, between], abs=1e-12)


def test_relatedness_by_hand() -> None:
    """Two regions strong in a and b, one of them in c as well; the third has c and d."""
    x = np.array([[4, 4, 0, 0], [4, 4, 4, 0], [0, 0, 6, 6]])
    panel, names = segments(x)
    found = industry.relatedness_density(panel, names).frame
    strong = found["strong"].to_numpy().reshape(3, 4)
    assert strong.tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1]]
    density = found["density"].to_numpy().reshape(3, 4)
    # phi: ab 1, ac 1/2, bc 1/2, cd 1/2, others 0
    assert density[0].tolist() == pytest.approx([1 / 1.5, 1 / 1.5, 1 / 1.5, 0])
    assert density[2].tolist() == pytest.approx([0.5 / 1.5, 0.5 / 1.5, 0.5 / 1.5, 1])


@settings(max_examples=30)
@given(full)
def test_relatedness_is_a_share(x: np.ndarray) -> None:
    panel, names = segments(x)
    density = industry.relatedness_density(panel, names).frame["density"].dropna()
    assert density.between(-1e-12, 1 + 1e-12).all()


def test_entropy_index_by_hand() -> None:
    """One indicator has all in one of two cells, so that its entropy is 0 and the other's, at its
    limits as well, the same: half and half.
    """
    panel = made(a=[0.0, 5.0], b=[3.0, 1.0])
    found = industry.entropy_index(panel, ["a", "b"])
    assert found.weights["weight"].tolist() == pytest.approx([0.5, 0.5])
    assert column(found, "index") == pytest.approx([0.5, 0.5])
    turned = industry.entropy_index(panel, ["a", "b"], negative=["b"])
    assert column(turned, "index") == pytest.approx([0, 1])


def test_entropy_weights_by_their_formula() -> None:
    """z of a is 0, 1/2, 1 and of b 0, 0, 1: entropies of (1/3, 2/3) and of one cell."""
    found = industry.entropy_index(made(a=[1.0, 2.0, 3.0], b=[0.0, 0.0, 9.0]), ["a", "b"])
    entropy = (np.log(3) - 2 / 3 * np.log(2)) / np.log(3)
    assert found.weights["entropy"].tolist() == pytest.approx([entropy, 0])
    weight = (1 - entropy) / (2 - entropy)
    assert column(found, "index") == pytest.approx([0, weight / 2, 1])
    assert found.weights["weight"].sum() == pytest.approx(1)


def test_indicators_that_are_refused() -> None:
    panel = made(a=[1.0, 2.0], b=[3.0, 3.0])
    with pytest.raises(bd.DataError, match="b: .*differs"):
        industry.entropy_index(panel, ["a", "b"])
    with pytest.raises(bd.OptionError, match=r"negative: .*'c'"):
        industry.entropy_index(panel, ["a", "b"], negative=["c"])


@pytest.mark.parametrize(
    "measure",
    [
        industry.location_quotient,
        industry.specialisation,
        industry.relatedness_density,
        lambda panel, names: industry.variety(panel, {"one": names}),
        lambda panel, names: industry.coagglomeration(panel, names, reference="people"),
    ],
)
def test_bad_segments_are_refused(measure: Any) -> None:
    panel = made(a=[1.0, 2.0], b=[-1.0, 0.0], zero=[0.0, 0.0], nought=[0.0, 0.0], people=[1.0, 1.0])
    with pytest.raises(bd.DataError, match=r"b: .*negative.*u0"):
        measure(panel, ["a", "b"])
    with pytest.raises(bd.DataError, match=r"segments: .*zeros only in \[2001\]"):
        measure(panel, ["zero", "nought"])
    for names in (["a"], ["a", "a"]):
        with pytest.raises(bd.OptionError, match="segments: .*different"):
            measure(panel, names)


@pytest.mark.parametrize("groups", [{}, {"one": []}, {"one": "ab"}, ["a", "b"]])
def test_groups_that_are_none(groups: Any) -> None:
    with pytest.raises(bd.OptionError, match="groups|segments"):
        industry.variety(made(a=[1.0, 2.0], b=[1.0, 0.0]), groups)


def test_what_measures_show(bev: bd.Panel) -> None:
    found = industry.location_quotient(bev, SEGMENTS)
    tidy = found.tidy()
    assert tuple(tidy.columns) == bd.results.TIDY_COLUMNS
    assert len(tidy) == 2 * 10 * 31 * 3
    first = tidy.iloc[0]
    assert first["component"] == "2011, Anhui, firms_upstream"
    assert first["conf_low"] < first["estimate"] < first["conf_high"]
    glance = found.glance().iloc[0]
    assert glance[["n_period", "n_unit", "n_segment"]].tolist() == [10, 31, 3]
    assert "Location quotients of firms_upstream" in str(found.summary())
    assert "<table>" in found._repr_html_()


def test_long_results_are_printed_in_part():
    """A thousand rows are for `.frame`, not for a console."""
    panel = bd.load_panel()
    found = industry.location_quotient(panel, SEGMENTS)
    lines = repr(found).splitlines()
    assert len(found.frame) == 930
    assert len(lines) < 40
    assert lines[-1] == "930 rows; see .frame"
    short = industry.ellison_glaeser(panel, SEGMENTS[:1], reference="population_10k")
    assert len(repr(short).splitlines()) == 2 + len(short.frame)
