"""Statistics of change: transitions, persistence, spatial Markov chains, directions."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

import bevdrivers as bd
from bevdrivers.results import TIDY_COLUMNS

DENSITY = "log1p(bev_density)"


@pytest.fixture(scope="module")
def local(bev, queen):
    return bd.LocalMoran(DENSITY, permutations=999, seed=1, adjust=None).fit(bev, queen)


def test_transitions_count_every_move(local):
    transitions = bd.lisa_transitions(local)
    quadrants = local.wide("quadrant")
    pairs = pd.crosstab(quadrants.to_numpy()[:-1].ravel(), quadrants.to_numpy()[1:].ravel())
    for start in pairs.index:
        for end in pairs.columns:
            assert transitions.counts.loc[start, end] == pairs.loc[start, end]
    assert transitions.counts.to_numpy().sum() == 31 * 9
    np.testing.assert_allclose(transitions.probabilities.sum(axis=1), 1)
    same = transitions.frame["from"] == transitions.frame["to"]
    assert transitions.stability == pytest.approx(same.mean())
    np.testing.assert_array_equal(transitions.frame["move"] == "neither", same)


def test_transitions_between_chosen_periods_and_clusters(local):
    transitions = bd.lisa_transitions(local, [2011, 2020], by="cluster")
    assert transitions.counts.to_numpy().sum() == 31
    assert "not significant" in transitions.counts.index
    assert set(transitions.frame["start"]) == {2011}
    with pytest.raises(bd.InputError, match=r"unknown \[2031\]"):
        bd.lisa_transitions(local, [2011, 2031])
    with pytest.raises(bd.OptionError, match="by"):
        bd.lisa_transitions(local, by="quadrants")


def test_transitions_are_over_spans_of_one_length(bev, queen, local):
    """Moves over one year and over three have different probabilities; every third year has
    one.
    """
    with pytest.raises(bd.DataError, match=r"periods: .*a gap after \[2012\]"):
        bd.lisa_transitions(local, [2011, 2012, 2015, 2016])
    gappy = bev.select(periods=[2011, 2012, 2015, 2016])
    of_gappy = bd.LocalMoran(DENSITY, permutations=0).fit(gappy, queen)
    with pytest.raises(bd.DataError, match=r"a gap after \[2012\]"):
        bd.lisa_transitions(of_gappy)
    transitions = bd.lisa_transitions(local, [2011, 2014, 2017, 2020])
    pairs = [bd.lisa_transitions(local, ends) for ends in ([2011, 2014], [2014, 2017])]
    last = bd.lisa_transitions(local, [2017, 2020])
    np.testing.assert_array_equal(
        transitions.counts, pairs[0].counts + pairs[1].counts + last.counts
    )


def test_spells_need_every_period(bev, queen):
    gappy = bev.select(periods=[2011, 2012, 2015, 2016])
    of_gappy = bd.LocalMoran(DENSITY, permutations=0).fit(gappy, queen)
    with pytest.raises(bd.DataError, match=r"a gap after \[2012\]"):
        bd.hotspot_persistence(of_gappy)


def test_markov_over_every_third_year_counts_those_moves(bev, queen):
    """What stands between the periods does not matter."""
    every_third = bev.select(periods=[2011, 2014, 2017, 2020])
    markov = bd.SpatialMarkov("gdp_pc", bounds=[5, 8]).fit(every_third, queen)
    renamed = bd.Panel.from_arrays(
        {"gdp_pc": every_third["gdp_pc"]}, units=bev.units, periods=[1, 2, 3, 4]
    )
    side_by_side = bd.SpatialMarkov("gdp_pc", bounds=[5, 8]).fit(renamed, queen)
    np.testing.assert_array_equal(markov.tidy()["estimate"], side_by_side.tidy()["estimate"])


def test_moves_say_who_moved():
    """Two blocks of units that change sides: who is high and whose neighbours are."""
    x = np.array([[3.0, 3, 0, 0], [0, 3, 3, 0]])
    ring = bd.SpatialWeights.from_matrix(
        np.roll(np.eye(4), 1, 1), list("abcd")
    )  # each looks at the next
    panel = bd.Panel.from_arrays({"x": x}, units=list("abcd"), periods=[1, 2])
    local = bd.LocalMoran("x", permutations=0).fit(panel, ring)
    transitions = bd.lisa_transitions(local).frame.set_index("unit")
    assert transitions[["from", "to", "move"]].to_numpy().tolist() == [
        ["HH", "LH", "unit only"],
        ["HL", "HH", "neighbours only"],
        ["LL", "HL", "unit only"],
        ["LH", "LL", "neighbours only"],
    ]


def test_transitions_between_stages(bev, queen):
    stages = {"early": (2011, 2014), "middle": (2015, 2017), "late": (2018, 2020)}
    local = bd.LocalMoran(DENSITY, permutations=0, stages=stages).fit(bev, queen)
    transitions = bd.lisa_transitions(local)
    assert list(transitions.frame["start"].unique()) == ["early", "middle"]
    assert transitions.glance()["last_period"].item() == "late"


def test_persistence(local):
    persistence = bd.hotspot_persistence(local, "LL")
    inside = (local.clusters == "LL").sum(axis=0)
    pd.testing.assert_series_equal(
        persistence["periods"], inside[persistence.index], check_names=False
    )
    assert persistence["periods"].is_monotonic_decreasing
    assert (persistence.loc[persistence["periods"] == 10, "class"] == "persistent").all()
    assert set(bd.hotspot_persistence(local)["class"]) <= {
        "persistent",
        "emerging",
        "vanishing",
        "sporadic",
        "never",
    }
    with pytest.raises(bd.OptionError, match="kind"):
        bd.hotspot_persistence(local, "hot")


@pytest.mark.parametrize(
    ("years", "kind", "longest"),
    [
        ("1111", "persistent", 4),
        ("0011", "emerging", 2),
        ("1100", "vanishing", 2),
        ("1011", "sporadic", 2),
        ("0000", "never", 0),
    ],
)
def test_classes_of_persistence(years, kind, longest):
    from bevdrivers.esda.transitions import _persistence

    persistence = _persistence(np.array([year == "1" for year in years]), [1, 2, 3, 4])
    assert (persistence["class"], persistence["longest"]) == (kind, longest)


# ---- spatial Markov


def test_markov_counts_by_hand():
    """Two classes cut at 1, on a ring where each unit looks at the next."""
    x = np.array([[0.0, 2, 2, 0], [2, 2, 0, 0], [2, 0, 0, 2]])
    ring = bd.SpatialWeights.from_matrix(np.roll(np.eye(4), 1, 1), list("abcd"))
    panel = bd.Panel.from_arrays({"x": x}, units=list("abcd"), periods=[1, 2, 3])
    markov = bd.SpatialMarkov("x", bounds=[1]).fit(panel, ring)
    # by class of the next unit, from, to
    assert markov.counts.tolist() == [[[2, 0], [2, 0]], [[0, 2], [0, 2]]]
    assert markov.probabilities(1).to_numpy().tolist() == [[1, 0], [1, 0]]
    assert markov.pooled.to_numpy().tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_markov_tests_equal_contingency_tables(munnell, states):
    markov = bd.SpatialMarkov("unemp", classes=4).fit(munnell, states)
    assert markov.counts.sum() == 48 * 16
    for name, power in (("LR", "log-likelihood"), ("Pearson", "pearson")):
        total = df = 0
        for start in range(4):
            table = markov.counts[:, start]
            table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
            result = chi2_contingency(table, correction=False, lambda_=power)
            total, df = total + result.statistic, df + result.dof
        test = markov.tests[f"{name} test of homogeneity"]
        assert test.statistic == pytest.approx(total, rel=1e-10)
        assert test.df == (df,)


def test_markov_probabilities_and_long_run(munnell, states):
    markov = bd.SpatialMarkov("unemp", classes=3, relative=True).fit(munnell, states)
    np.testing.assert_allclose(markov.pooled.sum(axis=1), 1)
    P, p = markov.pooled.to_numpy(), markov.long_run.loc["pooled"].to_numpy(float)
    np.testing.assert_allclose(p @ P, p, atol=1e-12)
    assert p.sum() == pytest.approx(1)
    assert tuple(markov.tidy().columns) == TIDY_COLUMNS
    assert len(markov.tidy()) == 4 * 9
    assert markov.glance()["moves"].item() == markov.counts.sum()
    assert "neighbours in class 3" in repr(markov)
    with pytest.raises(bd.OptionError, match="lag_class"):
        markov.probabilities(4)


def test_markov_finds_neighbours_that_matter_and_none_that_do_not():
    """Units move towards their neighbours, or by themselves."""
    rng = np.random.default_rng(0)
    position = np.stack(np.divmod(np.arange(100), 10), axis=1)
    links = (np.abs(position[:, None] - position).sum(axis=2) == 1).astype(float)
    W = bd.SpatialWeights.from_matrix(links, list(range(100)))
    p_values = {}
    for pull in (0.0, 0.6):
        x = [rng.normal(size=100)]
        for _ in range(20):
            x.append(0.3 * x[-1] + pull * W.lag(x[-1][None])[0] + rng.normal(size=100))
        panel = bd.Panel.from_arrays(
            {"x": np.array(x)}, units=list(range(100)), periods=range(2000, 2021)
        )
        p_values[pull] = (
            bd.SpatialMarkov("x", classes=3).fit(panel, W).glance()["lr_p_value"].item()
        )
    assert p_values[0.6] < 1e-6 < 0.01 < p_values[0.0]


def test_markov_refusals(bev, queen):
    with pytest.raises(bd.DataError, match="quantiles that differ"):
        bd.SpatialMarkov("policy").fit(bev, queen)
    with pytest.raises(bd.DataError, match="row-normalised"):
        bd.SpatialMarkov("gdp_pc").fit(bev, bd.Queen(islands="keep").fit(bev))
    with pytest.raises(bd.DataError, match=r"a gap after \[2012\]"):
        bd.SpatialMarkov("gdp_pc").fit(bev.select(periods=[2011, 2012, 2015]), queen)
    with pytest.raises(bd.OptionError, match="ascending"):
        bd.SpatialMarkov("gdp_pc", bounds=[2, 1])
    with pytest.raises(bd.OptionError, match="classes"):
        bd.SpatialMarkov("gdp_pc", classes=1)


# ---- directions


def test_directions_by_hand():
    """Four units of a ring: up alone, with the neighbour, down, against it."""
    x = np.array([[1.0, 2, 3, 4], [4.0, 3, 2, 1]])
    ring = bd.SpatialWeights.from_matrix(np.roll(np.eye(4), 1, 1), list("abcd"))
    panel = bd.Panel.from_arrays({"x": x}, units=list("abcd"), periods=[1, 2])
    directional = bd.DirectionalLisa("x", sectors=4, permutations=0).fit(panel, ring)
    # moves 3, 1, -1, -3 over one scale; lags 1, -1, -3, 3
    np.testing.assert_allclose(
        directional.frame["angle"], np.degrees(np.arctan2([1, -1, -3, 3], [3, 1, -1, -3])) % 360
    )
    assert directional.sectors["count"].tolist() == [1, 1, 1, 1]


def test_directions_have_the_counts_of_all_units(bev, queen):
    directional = bd.DirectionalLisa(DENSITY, permutations=999, seed=1, adjust="holm").fit(
        bev, queen
    )
    assert directional.sectors["count"].sum() == 31
    assert directional.sectors["expected"].sum() == pytest.approx(31)
    np.testing.assert_allclose(
        directional.sectors["p_adjusted"],
        bd.adjust_p_values(directional.sectors["p_permutation"], "holm"),
    )
    assert tuple(directional.tidy().columns) == TIDY_COLUMNS
    assert directional.glance()["last_period"].item() == 2020
    assert "2011 to 2020" in repr(directional)
    counts = directional.frame["sector"].value_counts()
    np.testing.assert_array_equal(
        counts.reindex(directional.sectors["sector"], fill_value=0), directional.sectors["count"]
    )


def test_directions_expect_what_all_orders_give():
    """Mean counts by sector over the 120 orders of five histories, five standard errors of 5,000
    draws.
    """
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2, 5))
    W = bd.SpatialWeights.from_matrix(rng.uniform(size=(5, 5)) * (1 - np.eye(5)), list("abcde"))
    panel = bd.Panel.from_arrays({"x": x}, units=list("abcde"), periods=[1, 2])
    directional = bd.DirectionalLisa("x", sectors=4, permutations=5000, seed=1).fit(panel, W)
    z = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    changes = np.array([(z[1] - z[0])[list(order)] for order in permutations(range(5))])
    quadrant = np.degrees(np.arctan2(changes @ W.dense.T, changes)) % 360 // 90
    counts = np.stack([(quadrant == k).sum(axis=1) for k in range(4)], axis=1)
    error = 5 * counts.std(axis=0).max() / np.sqrt(5000)
    np.testing.assert_allclose(directional.sectors["expected"], counts.mean(axis=0), atol=error)


def test_directions_refusals(bev, queen):
    with pytest.raises(bd.DataError, match="start, end"):
        bd.DirectionalLisa(DENSITY, end=2031).fit(bev, queen)
    with pytest.raises(bd.OptionError, match="sectors"):
        bd.DirectionalLisa(DENSITY, sectors=1)
