"""Local statistics against R's spdep, esda, and the enumeration of all orders that leave a unit in
its place.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from esda import G_Local, Geary_Local, Moran_Local

import bevdrivers as bd
from bevdrivers.results import TIDY_COLUMNS

from ..conftest import reference

SPDEP = reference("munnell/esda")
DENSITY = "log1p(bev_density)"


@pytest.mark.parametrize("case", [case for case in SPDEP if case.startswith("localmoran")])
def test_local_moran_equals_spdep(case, munnell, states):
    truth, total = SPDEP[case], "total" in case
    local_moran = bd.LocalMoran("lgsp", permutations=0).fit(munnell, states).frame
    tail = "_total" if total else ""
    columns = [
        "I",
        f"expected{tail}",
        f"variance{tail}",
        f"z{tail}",
        "p_total" if total else "p_conditional",
    ]
    ours = local_moran.loc[local_moran["period"] == truth["year"], columns].to_numpy()
    np.testing.assert_allclose(ours, truth["values"], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("case", [case for case in SPDEP if case.startswith("localG")])
def test_gi_equals_spdep(case, munnell, states):
    truth = SPDEP[case]
    local_g = bd.LocalGetisOrd("lgsp", permutations=0, star=False).fit(munnell, states)
    np.testing.assert_allclose(
        local_g.wide("z").loc[truth["year"]], truth["values"], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("normalise", ["row", None])
def test_gi_star_equals_esda(normalise, bev, queen):
    links = queen.align(bev.units).links
    W = bd.SpatialWeights.from_matrix(links, bev.units, normalise=normalise)
    local_g = bd.LocalGetisOrd("gdp_pc", permutations=0).fit(bev, W)
    binary = bd.SpatialWeights.from_matrix(links, bev.units, normalise=None).to_libpysal().to_W()
    other = G_Local(bev["gdp_pc"][3], binary, transform="B", permutations=0, star=True)
    np.testing.assert_allclose(local_g.wide("z").iloc[3], other.Zs, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis for conditional randomization")
def test_local_moran_equals_esda_but_for_its_n_minus_1(bev, queen):
    values = bev.evaluate(DENSITY)[9]
    local_moran = (
        bd.LocalMoran(DENSITY, permutations=9999, seed=1)
        .fit(bev.select(periods=[2020]), queen)
        .frame
    )
    other = Moran_Local(values, queen.align(bev.units).to_libpysal(), permutations=9999, seed=1)
    np.testing.assert_allclose(local_moran["I"], other.Is * 31 / 30, rtol=1e-10)
    quadrant = np.array(["", "HH", "LH", "LL", "HL"])[other.q]
    np.testing.assert_array_equal(local_moran["quadrant"], quadrant)
    # its p-value is the smaller tail, ours twice that: five standard errors of two simulations
    p = np.minimum(1, 2 * other.p_sim)
    bound = 5 * 2 * np.sqrt(2 * other.p_sim * (1 - other.p_sim) / 9999)
    agree = (np.abs(local_moran["p_permutation"] - p) < bound).to_numpy()
    # a unit with one neighbour has the observed value again in one draw of thirty: whether esda
    # counts these ties is rounding, which differs between versions of numpy
    one_neighbour = np.diff(queen.align(bev.units).sparse.indptr) == 1
    assert one_neighbour.sum() == 1
    assert agree[~one_neighbour].all()


# esda 2.9 calls pandas in a way that pandas 3.1 deprecates
@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_local_geary_equals_esda(bev, queen):
    local_geary = bd.LocalGeary(DENSITY, permutations=0).fit(bev, queen)
    graph = queen.align(bev.units).to_libpysal().to_W()
    for t in (0, 9):
        other = Geary_Local(connectivity=graph, permutations=0).fit(bev.evaluate(DENSITY)[t])
        order = [list(graph.id_order).index(unit) for unit in bev.units]
        np.testing.assert_allclose(local_geary.wide("c").iloc[t], other.localG[order], rtol=1e-9)


def tiny() -> tuple[bd.Panel, bd.SpatialWeights]:
    """Two periods of six units, and weights without symmetry whose rows do not sum to one."""
    rng = np.random.default_rng(4)
    panel = bd.Panel.from_arrays(
        {"x": rng.normal(size=(2, 6)) ** 3}, units=list("abcdef"), periods=[1, 2]
    )
    links = rng.uniform(size=(6, 6)) * (rng.uniform(size=(6, 6)) < 0.5) * (1 - np.eye(6))
    links += 0.3 * np.roll(np.eye(6), 1, axis=0)
    return panel, bd.SpatialWeights.from_matrix(links, list("abcdef"), normalise=None)


def enumerated(x: np.ndarray, unit: int, w: np.ndarray, letter: str, star: bool) -> np.ndarray:
    """The statistic of one unit under all 120 orders of the others; the observed one first."""
    others = [j for j in range(6) if j != unit]
    statistics = []
    for order in permutations(others):
        moved = x.copy()
        moved[others] = x[list(order)]
        z = moved - moved.mean()
        scale = (z**2).mean()
        statistics.append(
            {
                "I": z[unit] * (w @ z) / scale,
                "c": w @ (z[unit] - z) ** 2 / scale,
                "G": w @ moved + star * w.max() * moved[unit],
            }[letter]
        )
    return np.array(statistics)


@pytest.mark.parametrize("kind", ["moran", "geary", "gi", "gi*"])
def test_conditional_permutation_is_exact(kind):
    """Moments to the last digits; p-values within five standard errors of the share among all
    orders.
    """
    panel, W = tiny()
    request = {
        "moran": bd.LocalMoran("x", permutations=20_000, seed=1, alternative="greater"),
        "geary": bd.LocalGeary("x", permutations=20_000, seed=1, alternative="greater"),
        "gi": bd.LocalGetisOrd("x", permutations=20_000, seed=1, alternative="greater", star=False),
        "gi*": bd.LocalGetisOrd("x", permutations=20_000, seed=1, alternative="greater"),
    }[kind]
    result = request.fit(panel, W).frame.set_index(["period", "unit"])
    for t, period in enumerate(panel.periods):
        for i, unit in enumerate(panel.units):
            every = enumerated(panel["x"][t], i, W.dense[i], request.letter, kind == "gi*")
            row = result.loc[(period, unit)]
            assert row[request.letter] == pytest.approx(every[0], rel=1e-9)
            if kind != "gi*":  # whose published moments let the unit itself move
                assert row["expected"] == pytest.approx(every.mean(), rel=1e-9)
                assert row["variance"] == pytest.approx(every.var(), rel=1e-9)
            extreme = every <= every[0] + 1e-12 if kind == "geary" else every >= every[0] - 1e-12
            share = extreme.mean()
            assert row["p_permutation"] == pytest.approx(
                share, abs=5 * np.sqrt(share * (1 - share) / 20_000) + 1e-4
            )


def test_local_statistics_add_up_to_the_global_ones(bev, queen):
    W = queen.align(bev.units)
    local = bd.LocalMoran(DENSITY, permutations=0).fit(bev, W).wide("I").sum(axis=1)
    np.testing.assert_allclose(
        local / W.sparse.sum(), bd.Moran(DENSITY, permutations=0).fit(bev, W).frame["I"]
    )
    local = bd.LocalGeary(DENSITY, permutations=0).fit(bev, W).wide("c").sum(axis=1)
    C = bd.Geary(DENSITY, permutations=0).fit(bev, W).frame["C"]
    np.testing.assert_allclose(local * 30 / 31 / (2 * W.sparse.sum()), C)


def test_false_discovery_rate_is_by_period(bev, queen):
    local_moran = bd.LocalMoran(DENSITY, permutations=999, seed=1).fit(bev, queen)
    p = local_moran.wide("p_permutation").to_numpy(float)
    expected = np.array([bd.adjust_p_values(row, "fdr") for row in p])
    np.testing.assert_allclose(local_moran.wide("p_adjusted").to_numpy(float), expected)
    significant = local_moran.clusters != "not significant"
    np.testing.assert_array_equal(significant, expected <= 0.05)
    by_quadrant = (local_moran.clusters == local_moran.wide("quadrant")).to_numpy()[significant]
    assert by_quadrant.all()
    plain = bd.LocalMoran(DENSITY, permutations=999, seed=1, adjust=None).fit(bev, queen)
    assert (plain.clusters != "not significant").to_numpy().sum() >= significant.to_numpy().sum()


@pytest.mark.parametrize(
    ("adjust", "alternative", "needed"),
    [("fdr", "two-sided", 1239), ("holm", "greater", 619), (None, "two-sided", 39)],
)
def test_permutations_that_can_find_nothing_say_so(bev, queen, adjust, alternative, needed):
    """31 units of which one alone is as far out as can be: significant with that many permutations
    and not with one less.
    """
    tails = 2 if alternative == "two-sided" else 1
    for draws in (needed - 1, needed):
        p = np.ones(31)
        p[0] = tails / (draws + 1)
        is_found = bd.adjust_p_values(p, adjust)[0] <= 0.05
        request = bd.LocalMoran(
            DENSITY, permutations=draws, seed=1, adjust=adjust, alternative=alternative
        )
        result = request.fit(bev.select(periods=[2015]), queen)
        assert is_found == (draws == needed)
        assert bool(result.too_few_permutations) == (not is_found)
        assert (f"That takes {needed:,} permutations" in repr(result)) == (not is_found)
    assert bd.LocalMoran(DENSITY, permutations=0).fit(bev, queen).too_few_permutations == ""


def test_islands_have_no_test(bev):
    islands = bd.Queen(islands="keep").fit(bev)
    for request in (bd.LocalMoran, bd.LocalGeary, bd.LocalGetisOrd):
        result = request(DENSITY, permutations=99, seed=1).fit(bev, islands)
        hainan = result.frame[result.frame["unit"] == "Hainan"]
        assert (hainan["cluster"] == "no neighbours").all()
        assert hainan[["z", "p_permutation", "p_adjusted"]].isna().all(axis=None)
        assert result.frame.loc[result.frame["unit"] != "Hainan", "p_adjusted"].notna().all()
        assert (result.counts().sum(axis=1) == 31).all()


def test_hot_spots_do_not_change_if_a_row_of_weights_is_scaled(bev, queen):
    links = queen.align(bev.units).links.toarray()
    plain = bd.SpatialWeights.from_matrix(links, bev.units, normalise=None)
    scaled = bd.SpatialWeights.from_matrix(
        links * np.arange(1, 32)[:, None], bev.units, normalise=None
    )
    for star in (True, False):
        request = bd.LocalGetisOrd("gdp_pc", permutations=199, seed=1, star=star)
        a, b = request.fit(bev, plain).frame, request.fit(bev, scaled).frame
        np.testing.assert_allclose(a["z"], b["z"], rtol=1e-9)
        np.testing.assert_allclose(a["p_permutation"], b["p_permutation"])


def test_size_of_the_test():
    """Under no pattern 5 % of the units are at 0.05: 200 maps of 25 units, five standard errors of
    independent ones.
    """
    rng = np.random.default_rng(11)
    position = np.stack(np.divmod(np.arange(25), 5), axis=1)
    links = np.abs(position[:, None] - position).sum(axis=2) == 1
    W = bd.SpatialWeights.from_matrix(links.astype(float), list(range(25)))
    panel = bd.Panel.from_arrays(
        {"x": rng.normal(size=(200, 25))}, units=list(range(25)), periods=range(200)
    )
    for request in (bd.LocalMoran, bd.LocalGeary, bd.LocalGetisOrd):
        p = request("x", permutations=199, seed=2, adjust=None).fit(panel, W).frame["p_permutation"]
        assert (p <= 0.05).mean() == pytest.approx(0.05, abs=5 * np.sqrt(0.05 * 0.95 / 5000))


@pytest.mark.parametrize(
    "request_",
    [
        bd.LocalMoran(DENSITY, permutations=99, seed=1),
        bd.LocalMoran(DENSITY, inference="total", permutations=0),
        bd.LocalGeary(DENSITY, permutations=99, seed=1, adjust=None),
        bd.LocalGetisOrd(DENSITY, inference="conditional", permutations=0, adjust="holm"),
    ],
    ids=["moran", "total", "geary", "gi"],
)
def test_every_result_answers_tidy_and_glance(request_, bev, queen):
    result = request_.fit(bev, queen)
    tidy, glance = result.tidy(), result.glance().iloc[0]
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert len(tidy) == 310
    assert not tidy.duplicated(["term", "component"]).any()
    assert glance["level"] == 0.05
    assert request_.title in result.note
    assert "0.05" in result.note
    assert result.clusters.shape == (10, 31)
    assert str(result.counts().index[0]) in repr(result)


def test_refusals(bev, queen):
    with pytest.raises(bd.OptionError, match="another than 'total'"):
        bd.LocalGeary("firms", inference="total")
    with pytest.raises(bd.OptionError, match="level"):
        bd.LocalMoran("firms", level=5)
    with pytest.raises(bd.DataError, match="one value for all"):
        bd.LocalMoran("policy").fit(bev, queen)
    with pytest.raises(bd.OptionError, match="column"):
        bd.LocalMoran("firms", permutations=0).fit(bev, queen).wide("p_value")
