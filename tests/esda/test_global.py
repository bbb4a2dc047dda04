"""Global statistics against R's spdep, esda and their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from esda import G, Geary, Join_Counts, Moran_BV

import bevdrivers as bd
from bevdrivers.results import TIDY_COLUMNS

from ..conftest import MUNNELL, reference

SPDEP = reference("munnell/esda")
DENSITY = "log1p(bev_density)"


@pytest.fixture(scope="module")
def binary(bev):
    """Queen contiguity of the provinces as zeros and ones."""
    return bd.SpatialWeights.from_matrix(
        bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(bev).links,
        bev.units,
        normalise=None,
        name="Queen 0/1",
    )


@pytest.mark.parametrize("case", [case for case in SPDEP if case.startswith("geary")])
def test_geary_equals_spdep(case, munnell, states):
    truth = SPDEP[case]
    kind = "normal" if "_norm_" in case else "randomisation"
    geary = bd.Geary("lgsp", permutations=0, inference=kind, alternative="greater").fit(
        munnell, states
    )
    row = geary.frame[geary.frame["period"] == truth["year"]].iloc[0]
    assert row["C"] == pytest.approx(truth["estimate"]["Geary C statistic"], rel=1e-10)
    assert row[f"variance_{kind}"] == pytest.approx(truth["estimate"]["Variance"], rel=1e-9)
    assert row[f"z_{kind}"] == pytest.approx(
        truth["statistic"]["Geary C statistic standard deviate"], rel=1e-9
    )
    assert row[f"p_{kind}"] == pytest.approx(truth["p.value"], rel=1e-8)
    assert row["expected"] == pytest.approx(1, rel=1e-12)


def test_geary_equals_esda(bev, queen):
    geary = bd.Geary(DENSITY, permutations=0).fit(bev, queen).frame
    graph = queen.align(bev.units).to_libpysal()
    for t, values in enumerate(bev.evaluate(DENSITY)):
        other = Geary(values, graph, permutations=0)
        assert geary["C"][t] == pytest.approx(other.C, rel=1e-10)
        assert geary["z_randomisation"][t] == pytest.approx(
            -other.z_rand, rel=1e-9
        )  # the other sign there


def test_getis_ord_equals_esda(bev, binary):
    getis_ord = bd.GetisOrd("gdp_pc", permutations=0).fit(bev, binary).frame
    for t, values in enumerate(bev["gdp_pc"]):
        other = G(values, binary.to_libpysal(), permutations=0)
        assert getis_ord["G"][t] == pytest.approx(other.G, rel=1e-10)
        assert getis_ord["expected"][t] == pytest.approx(other.EG, rel=1e-10)
        # G lies within a few per cent of its mean, which costs digits in the difference
        assert getis_ord["z_randomisation"][t] == pytest.approx(other.z_norm, rel=1e-6)


# esda 2.9 calls pandas in a way that pandas 3.1 deprecates
@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_join_counts_equal_esda(bev, binary):
    panel = bev.with_columns(
        any=(bev["firms_midstream"] > np.median(bev["firms_midstream"])).astype(float)
    )
    join_counts = (
        bd.JoinCounts("any", permutations=0).fit(panel, binary).frame.set_index(["period", "joins"])
    )
    for t, period in enumerate(panel.periods):
        other = Join_Counts(panel["any"][t], binary.to_libpysal(), permutations=0)
        counts = join_counts.loc[period, "count"]
        assert (counts["BB"], counts["WW"], counts["BW"]) == pytest.approx(
            (other.bb, other.ww, other.bw)
        )
        assert counts.sum() == pytest.approx(other.J)
        assert join_counts.loc[period, "expected"].sum() == pytest.approx(other.J)


def test_join_counts_expect_what_chance_gives():
    """BB of n1 ones among n units: J n1 (n1 - 1) / (n (n - 1)), on a ring of six."""
    ring = bd.SpatialWeights.from_matrix(
        np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0), list("abcdef")
    )
    panel = bd.Panel.from_arrays(
        {"x": np.array([[1.0, 1, 1, 0, 0, 0]])}, units=list("abcdef"), periods=[1]
    )
    join_counts = bd.JoinCounts("x", permutations=0).fit(panel, ring).frame.set_index("joins")
    assert join_counts["count"].to_dict() == pytest.approx({"BB": 2, "WW": 2, "BW": 2})
    assert join_counts["expected"].to_dict() == pytest.approx({"BB": 1.2, "WW": 1.2, "BW": 3.6})


@pytest.mark.parametrize("moves", ["pairs", "neighbour"])
def test_bivariate_moran_equals_esda(moves, bev, queen):
    request = bd.BivariateMoran(
        DENSITY, neighbour="log(gdp_pc)", permutations=999, seed=1, moves=moves
    )
    result = request.fit(bev, queen)
    x, y = bev.evaluate(DENSITY), bev.evaluate("log(gdp_pc)")
    np.random.seed(0)  # noqa: NPY002 (esda draws from the global generator)
    for t in (0, 9):
        other = Moran_BV(x[t], y[t], queen.align(bev.units).to_libpysal(), permutations=999)
        row = result.frame.iloc[t]
        assert row["I"] == pytest.approx(other.I, rel=1e-10)
        if moves == "neighbour":  # what esda permutes
            assert row["expected"] == pytest.approx(0, abs=1e-12)
            assert np.sqrt(row["variance_randomisation"]) == pytest.approx(other.seI_sim, rel=0.1)
        else:
            assert row["expected"] == pytest.approx(-np.corrcoef(x[t], y[t])[0, 1] / 30, rel=1e-9)


def test_a_variable_with_itself_is_moran(bev, queen):
    panel = bev.with_columns(twin=bev.evaluate(DENSITY))
    pair = bd.BivariateMoran(DENSITY, neighbour="twin", seed=1).fit(panel, queen).frame
    plain = bd.Moran(DENSITY, seed=1).fit(panel, queen).frame
    for column in ("I", "expected", "variance_randomisation", "p_permutation"):
        np.testing.assert_allclose(pair[column], plain[column], rtol=1e-9)


def test_lagged_moran_takes_the_neighbours_of_the_year_before(bev, queen):
    bivariate = bd.BivariateMoran(DENSITY, lag=2, permutations=0).fit(bev, queen)
    z = bev.evaluate(DENSITY) - bev.evaluate(DENSITY).mean(axis=1, keepdims=True)
    now, before = z[2:], z[:-2]
    expected = (now * queen.align(bev.units).lag(before)).sum(axis=1) / np.sqrt(
        (now**2).sum(1) * (before**2).sum(1)
    )
    np.testing.assert_allclose(bivariate.frame["I"], expected, rtol=1e-10)
    assert list(bivariate.frame["period"]) == list(bev.periods[2:])
    assert bivariate.glance()["variable"].item() == f"{DENSITY} with W {DENSITY} (t-2)"


def test_bivariate_refusals(bev, queen):
    with pytest.raises(bd.OptionError, match=r"That is Moran\('firms'\)"):
        bd.BivariateMoran("firms")
    with pytest.raises(bd.DataError, match=r"a gap after \[2012\]"):
        bd.BivariateMoran("firms", lag=1).fit(bev.select(periods=[2011, 2012, 2015, 2016]), queen)
    with pytest.raises(bd.DataError, match="fewer than the 10 periods"):
        bd.BivariateMoran("firms", lag=10).fit(bev, queen)
    with pytest.raises(bd.OptionError, match="another than 'normal'"):
        bd.BivariateMoran("firms", lag=1, inference="normal")


def test_variables_that_do_not_fit(bev, queen):
    with pytest.raises(bd.DataError, match="zero or more for G"):
        bd.GetisOrd("log(science_share)").fit(bev, queen)
    with pytest.raises(bd.DataError, match="zeros and ones"):
        bd.JoinCounts("firms").fit(bev, queen)
    with pytest.raises(bd.WeightsError, match="SpatialWeights, or a recipe .*; got str"):
        bd.Moran("firms").fit(bev, [queen, "queen"])


# ---- regression residuals


@pytest.mark.parametrize("year", ["pooled", 1986])
def test_residual_moran_equals_spdep(year, munnell, states):
    truth = SPDEP[f"lm_morantest_{year}"]
    panel = munnell if year == "pooled" else munnell.select(periods=[year])
    fit = bd.NonSpatial(MUNNELL, fixed_effects=None).fit(panel)
    row = bd.ResidualMoran(alternative="greater").fit(fit, states).frame.iloc[0]
    assert row["I"] == pytest.approx(truth["estimate"]["Observed Moran I"], rel=1e-9)
    assert row["expected"] == pytest.approx(truth["estimate"]["Expectation"], rel=1e-9)
    assert row["variance_normal"] == pytest.approx(truth["estimate"]["Variance"], rel=1e-9)
    assert row["p_normal"] == pytest.approx(truth["p.value"], rel=1e-6)


@pytest.mark.parametrize("effects", [None, "unit", "time", "two-way"])
@pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLagX])
def test_residual_moments_equal_those_of_the_whole_projection(effects, model, munnell):
    """Against M = I - X X^+ with explicit dummies, and weights whose rows do not sum to one."""
    rng = np.random.default_rng(0)
    panel = munnell.select(periods=range(1970, 1974), units=munnell.units[:12])
    links = rng.uniform(0.1, 1, size=(12, 12)) * (1 - np.eye(12))
    fit = model("lgsp ~ lpcap + unemp", fixed_effects=effects).fit(
        panel, bd.SpatialWeights.from_matrix(links**4, panel.units)
    )
    X = [fit.sample.Z.reshape(48, -1)]
    X += [np.tile(np.eye(12), (4, 1))] if effects in ("unit", "two-way") else []
    X += [np.kron(np.eye(4), np.ones((12, 1)))] if effects in ("time", "two-way") else []
    M = np.eye(48) - np.hstack(X) @ np.linalg.pinv(np.hstack(X))
    W = np.kron(np.eye(4), links)
    MW, free, scale = M @ W, round(np.trace(M)), 48 / W.sum()
    expected = scale * np.trace(MW) / free
    traces = np.trace(MW @ M @ W.T) + np.trace(MW @ MW) + np.trace(MW) ** 2
    row = (
        bd.ResidualMoran()
        .fit(fit, bd.SpatialWeights.from_matrix(links, panel.units, normalise=None))
        .frame.iloc[0]
    )
    assert row["expected"] == pytest.approx(expected, rel=1e-9)
    assert row["variance_normal"] == pytest.approx(
        scale**2 * traces / (free * (free + 2)) - expected**2, rel=1e-8
    )


def test_residual_moran_refuses_what_is_not_least_squares(munnell, states):
    fit = bd.SpatialLag(MUNNELL).fit(munnell, states)
    with pytest.raises(bd.OptionError, match="NonSpatial or SpatialLagX"):
        bd.ResidualMoran().fit(fit, states)


# ---- several weights, several tests, stages, pooled


def test_several_weights_at_once(bev, queen, binary):
    request = bd.Moran(DENSITY, permutations=199, seed=1)
    both = request.fit(bev, [queen, binary])
    assert [result.weights.name for result in both] == ["Queen", "Queen 0/1"]
    assert both[0].frame.equals(request.fit(bev, queen).frame)
    table = bd.moran_table(both)
    assert "Queen 0/1" in table.to_markdown()


def test_adjusted_p_values_are_over_all_that_was_asked(bev, queen, binary):
    request = bd.Moran("log(gdp_pc)", permutations=0, adjust="holm")
    one = request.fit(bev, queen)
    np.testing.assert_allclose(
        one.frame["p_adjusted"], bd.adjust_p_values(one.frame["p_randomisation"], "holm")
    )
    both = request.fit(bev, [queen, binary])
    p = np.concatenate([result.frame["p_randomisation"] for result in both])
    np.testing.assert_allclose(
        np.concatenate([result.tidy()["p_value"] for result in both]), bd.adjust_p_values(p, "holm")
    )
    assert both[0].glance()["n_tests"].item() == 20
    assert "adjusted over 20 tests (Holm)" in bd.moran_table(both).to_markdown()


@pytest.mark.parametrize(("method", "name"), [("holm", "holm"), ("fdr", "fdr_bh")])
def test_adjustment_equals_statsmodels(method, name):
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(0).uniform(size=40) ** 2
    p[3] = p[7]
    np.testing.assert_allclose(
        bd.adjust_p_values(p, method), multipletests(p, method=name)[1], rtol=1e-12
    )
    with_gap = np.insert(p, 5, np.nan)
    np.testing.assert_allclose(
        np.delete(bd.adjust_p_values(with_gap, method), 5), bd.adjust_p_values(p, method)
    )
    assert np.isnan(bd.adjust_p_values(with_gap, method)[5])
    with pytest.raises(bd.InputError, match="between 0 and 1"):
        bd.adjust_p_values([0.1, 1.2], method)


def test_pooled_is_the_ratio_of_sums(bev, queen):
    moran = bd.Moran(DENSITY, permutations=1999, seed=1, pooled=True).fit(bev, queen)
    row, z = moran.frame.iloc[-1], moran.z
    W = queen.align(bev.units)
    assert row["period"] == "pooled"
    assert row["I"] == pytest.approx((z * W.lag(z)).sum() / (z**2).sum(), rel=1e-10)
    assert row["expected"] == pytest.approx(-1 / 30, rel=1e-9)
    # a history that stands still is one observation a unit: ten equal years say no more than one
    still = bev.with_columns(still=np.tile(bev.evaluate(DENSITY)[0], (10, 1)))
    frozen = bd.Moran("still", permutations=99, seed=1, pooled=True).fit(still, queen).frame
    for column in ("variance_randomisation", "p_permutation"):
        assert frozen[column].iloc[-1] == pytest.approx(frozen[column].iloc[0], rel=1e-9)


def test_stages_are_means_over_their_years(bev, queen):
    moran = bd.Moran(
        DENSITY, permutations=0, stages={"early": (2011, 2015), "late": (2016, 2020)}
    ).fit(bev, queen)
    values = bev.evaluate(DENSITY)
    means = np.array([values[:5].mean(axis=0), values[5:].mean(axis=0)])
    np.testing.assert_allclose(moran.z, means - means.mean(axis=1, keepdims=True))
    assert list(moran.tidy()["term"]) == ["early", "late"]
    assert hash(moran.request) == hash(
        bd.Moran(DENSITY, permutations=0, stages=moran.request.stages)
    )
    with pytest.raises(bd.DataError, match=r"none in \['2031-2032'\]"):
        bd.Moran(DENSITY, stages=[(2031, 2032)]).fit(bev, queen)
    with pytest.raises(bd.OptionError, match="stages"):
        bd.Moran(DENSITY, stages={"early": (2015, 2011)})


@pytest.mark.parametrize(
    "request_",
    [
        bd.Moran(DENSITY, permutations=99, seed=1, pooled=True),
        bd.Geary(DENSITY, permutations=99, seed=1, adjust="fdr"),
        bd.GetisOrd("bev_density", permutations=99, seed=1),
        bd.BivariateMoran(DENSITY, lag=1, permutations=99, seed=1, pooled=True),
    ],
    ids=lambda r: type(r).__name__,
)
def test_every_result_answers_tidy_and_glance(request_, bev, queen):
    result = request_.fit(bev, queen)
    assert tuple(result.tidy().columns) == TIDY_COLUMNS
    assert len(result.glance()) == 1
    assert result.glance()["weights"].item() == "Queen"
    assert request_.title in repr(result)
    assert result.tidy()["p_value"].between(0, 1).all()
    assert bd.moran_table([result]).to_markdown()


def test_join_counts_answer_tidy_and_glance(bev, binary):
    panel = bev.with_columns(rich=(bev["gdp_pc"] > np.median(bev["gdp_pc"])).astype(float))
    join_counts = bd.JoinCounts("rich", permutations=99, seed=1, pooled=True).fit(panel, binary)
    tidy = join_counts.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert set(tidy["component"]) == {"BB", "WW", "BW"}
    assert not tidy.duplicated(["term", "component"]).any()
    assert join_counts.glance()["n_periods"].item() == 10
    assert "BW" in repr(join_counts)
    # pooled, the mean count of a year
    counts = join_counts.frame.set_index(["joins", "period"])["count"]
    assert counts["BB", "pooled"] == pytest.approx(counts["BB"].drop("pooled").mean())


def test_permuted_and_exact_moments_agree(bev, queen):
    """Two-sided permutation p-values near those of the exact moments where the statistic is close
    to normal.
    """
    for request in (
        bd.Moran("secondary_share"),
        bd.Geary("secondary_share"),
        bd.GetisOrd("secondary_share"),
    ):
        frame = request.replace(permutations=9999, seed=1).fit(bev, queen).frame
        np.testing.assert_allclose(frame["p_permutation"], frame["p_randomisation"], atol=0.05)


def test_equal_weights_have_no_variance(bev):
    """Everybody's neighbour is everybody: I is -1/(N-1) whatever the order, and there is nothing to
    test.
    """
    equal = bd.SpatialWeights.from_matrix(np.ones((31, 31)) - np.eye(31), bev.units)
    frame = bd.Moran(DENSITY, permutations=99, seed=1).fit(bev, equal).frame
    np.testing.assert_allclose(frame["I"], -1 / 30, rtol=1e-9)
    assert frame["z_randomisation"].isna().all()
    assert (frame["p_permutation"] == 1).all()


def test_a_refused_lag_says_that_it_counts_periods():
    with pytest.raises(bd.OptionError, match="lag: expected a whole number of periods, 0 or more"):
        bd.BivariateMoran("y", lag=-1)
