"""Moran's I against R's spdep and against its definition."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.esda.cross_products import ValueProducts
from bevdrivers.esda.permutation import over_orders

from ..conftest import reference

SPDEP = reference("munnell/moran")


@pytest.mark.parametrize("case", [case for case in SPDEP if "_mc_" not in case])
def test_moran_equals_spdep(case, munnell, states):
    truth = SPDEP[case]
    two_sided = "two.sided" in case
    inference = "normal" if "_norm_" in case else "randomisation"
    request = bd.Moran(
        "lgsp",
        permutations=0,
        inference=inference,
        alternative="two-sided" if two_sided else "greater",
    )
    result = request.fit(munnell, states)
    row = result.frame[result.frame["period"] == truth["year"]].iloc[0]
    assert row["I"] == pytest.approx(truth["estimate"]["Moran I statistic"], rel=1e-9)
    assert row["expected"] == pytest.approx(truth["estimate"]["Expectation"], rel=1e-12)
    assert row[f"variance_{inference}"] == pytest.approx(truth["estimate"]["Variance"], rel=1e-9)
    assert row[f"p_{inference}"] == pytest.approx(truth["p.value"], rel=1e-8)


def test_permutation_p_value_agrees_with_spdep(munnell, states):
    truth = SPDEP["moran_mc_9999_1970"]
    moran = bd.Moran("lgsp", permutations=9999, alternative="greater", seed=2).fit(munnell, states)
    # two simulated p-values of 9,999 draws each: five standard errors of their difference
    error = 5 * np.sqrt(2 * truth["p.value"] / 9999)
    assert moran.frame["p_permutation"].iloc[0] == pytest.approx(truth["p.value"], abs=error)


def test_permutations_have_the_exact_moments_and_a_seed(bev, queen):
    request = bd.Moran("log1p(bev_density)", permutations=4000, seed=3)
    result = request.fit(bev, queen)
    form = ValueProducts(queen.align(bev.units).sparse, result.z)
    parts = over_orders(
        lambda orders: np.concatenate([form.reordered(order) for order in orders]),
        31,
        4000,
        3,
        width=form.x.size,
    )
    drawn = np.concatenate(parts) / (result.z**2).sum(axis=1)
    sd = np.sqrt(result.frame["variance_randomisation"].to_numpy())
    np.testing.assert_allclose(
        drawn.mean(axis=0), -1 / 30, atol=float(5 * sd.max() / np.sqrt(4000))
    )
    np.testing.assert_allclose(drawn.std(axis=0), sd, rtol=0.06)
    assert request.fit(bev, queen).frame.equals(result.frame)
    extreme = (np.abs(drawn + 1 / 30) >= np.abs(result.frame["I"].to_numpy() + 1 / 30)).sum(axis=0)
    np.testing.assert_allclose(result.frame["p_permutation"], (extreme + 1) / 4001)


def test_alternatives_fit_together(bev, queen):
    p = {
        name: bd.Moran("secondary_share", permutations=499, alternative=name, seed=1)
        .fit(bev, queen)
        .frame
        for name in ("greater", "less", "two-sided")
    }
    for kind in ("normal", "randomisation"):
        np.testing.assert_allclose(p["greater"][f"p_{kind}"] + p["less"][f"p_{kind}"], 1)
        smaller = np.minimum(p["greater"][f"p_{kind}"], p["less"][f"p_{kind}"])
        np.testing.assert_allclose(p["two-sided"][f"p_{kind}"], 2 * smaller)
    # ties (the observed map among the draws) count on both sides
    assert ((p["greater"]["p_permutation"] + p["less"]["p_permutation"]) >= 1).all()


def test_bundled_panel_has_the_pattern_of_the_first_look(bev, queen):
    """0.46 in 2011 and 0.43 in 2020, found with other software from the same tables."""
    moran = bd.Moran("log1p(bev_density)", seed=1).fit(bev, queen).frame.set_index("period")
    assert moran.loc[2011, "I"] == pytest.approx(0.46, abs=0.005)
    assert moran.loc[2020, "I"] == pytest.approx(0.43, abs=0.005)
    assert (moran.loc[[2011, 2020], "p_permutation"] < 0.01).all()


def test_scatter_slope_is_the_index(bev, queen):
    moran = bd.Moran("log1p(bev_density)", permutations=0).fit(bev, queen)
    x, lag = moran.scatter
    slopes = (x * lag).sum(axis=1) / (x * x).sum(axis=1)
    np.testing.assert_allclose(slopes, moran.frame["I"], rtol=1e-10)


def test_tidy_and_glance_say_what_was_done(bev, queen):
    moran = bd.Moran("log1p(bev_density)", permutations=99, seed=1).fit(bev, queen)
    tidy, glance = moran.tidy(), moran.glance().iloc[0]
    assert list(tidy["term"]) == [str(year) for year in range(2011, 2021)]
    np.testing.assert_allclose(tidy["p_value"], moran.frame["p_permutation"])
    assert (glance["inference"], glance["alternative"], glance["islands"]) == (
        "permutation",
        "two-sided",
        "Hainan joined to Guangdong",
    )


def test_refusals(bev, queen):
    with pytest.raises(
        bd.DataError, match=r"one value for all in \[2016, 2017, 2018, 2019, 2020\]"
    ):
        bd.Moran("policy").fit(bev, queen)
    with pytest.raises(bd.OptionError, match="permutations"):
        bd.Moran("firms", permutations=0, inference="permutation")
    with pytest.raises(bd.OptionError, match="alternative"):
        bd.Moran("firms", alternative="two.sided")
    with pytest.raises(bd.DataError, match="Did you mean 'firms'"):
        bd.Moran("firm").fit(bev, queen)
