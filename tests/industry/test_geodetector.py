"""The geographical detector: least squares on dummies, tests of two means, sizes by simulation."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

import bevdrivers as bd
from bevdrivers.industry import geodetector
from bevdrivers.industry.geodetector import central_p, cut, noncentral_p, power_of, q_of

RNG = np.random.default_rng(0)
N = 31


@pytest.fixture(scope="module")
def panel() -> bd.Panel:
    x, z = RNG.normal(size=(2, 3, N))
    y = x + 0.5 * z + RNG.normal(size=(3, N))
    kind = np.tile(RNG.choice(["a", "b", "c"], size=N), (3, 1))
    numbers = bd.Panel.from_arrays(
        {"y": y, "x": x, "z": z},
        units=[f"u{i:02d}" for i in range(N)],
        periods=[2001, 2002, 2003],
    )
    return numbers.with_columns(kind=kind)


@pytest.fixture(scope="module")
def result(panel) -> bd.GeodetectorResult:
    return bd.Geodetector("y", ["x", "z", "kind"], seed=1).fit(panel)


def test_q_is_the_r2_of_dummies(result):
    for name, labels in result.strata.items():
        dummies = (labels[:, None] == np.unique(labels)).astype(float)
        fit = sm.OLS(result.y, np.column_stack([np.ones(N), dummies[:, 1:]])).fit()
        row = result.factors.loc[name]
        assert row["q"] == pytest.approx(fit.rsquared, rel=1e-12)
        assert row["F"] == pytest.approx(fit.fvalue, rel=1e-10)
        assert central_p(result.y, labels) == pytest.approx(fit.f_pvalue, rel=1e-8)


def test_by_hand():
    """Two strata: 1, 3 and 5, 7. Means 2 and 6, variance within 1, in all 5: q = 1 - 1/5."""
    y, labels = np.array([1.0, 3.0, 5.0, 7.0]), np.array([0, 0, 1, 1])
    assert q_of(y, labels) == pytest.approx(0.8)
    # noncentrality: [4 + 36 - (sqrt 2 * 8)^2 / 4] / 5
    law = stats.ncf(1, 2, (40 - 32) / 5)
    assert noncentral_p(y, labels) == pytest.approx(law.sf(2 / 1 * 0.8 / 0.2))


def test_strata():
    x = np.arange(12.0)
    assert np.bincount(cut(x, 4, "quantiles")).tolist() == [3, 3, 3, 3]
    skewed = np.array([0.0, 1, 2, 3, 100])
    assert cut(skewed, 2, "equal").tolist() == [0, 0, 0, 0, 1]
    # classes of equal width that hold nobody are no strata
    assert cut(skewed, 4, "equal").tolist() == [0, 0, 0, 0, 1]
    # the end of a class belongs to it
    assert cut(np.array([0.0, 1.0, 2.0]), 2, "equal").tolist() == [0, 0, 1]


def test_risks_are_welch_s_tests(result):
    rows = result.risks
    assert set(rows["driver"]) == {"x", "z", "kind"}
    for row in rows.itertuples():
        labels = result.strata[row.driver]
        first, second = result.y[labels == row.first], result.y[labels == row.second]
        other = stats.ttest_ind(first, second, equal_var=False)
        assert row.t == pytest.approx(other.statistic, rel=1e-10)
        assert row.df == pytest.approx(other.df, rel=1e-10)
        assert row.p_value == pytest.approx(other.pvalue, rel=1e-8)


def test_interactions(result):
    pairs = result.interactions
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [
        ("x", "z"),
        ("x", "kind"),
        ("z", "kind"),
    ]
    for row in pairs.itertuples():
        both = [f"{a}/{b}" for a, b in zip(*(result.strata[n] for n in row[1:3]), strict=True)]
        labels = np.unique(both, return_inverse=True)[1]
        assert row.q_joint == pytest.approx(float(q_of(result.y, labels)), rel=1e-12)
        assert row.q_joint >= max(row.q_first, row.q_second) - 1e-12
    assert geodetector.interaction(0.2, 0.3, 0.6) == "enhanced, nonlinear"
    assert geodetector.interaction(0.2, 0.3, 0.4) == "enhanced, bivariate"
    assert geodetector.interaction(0.25, 0.5, 0.75) == "independent"
    assert geodetector.interaction(0.2, 0.3, 0.3) == "that of one driver alone"


def test_ecological(result):
    row = result.ecological.iloc[0]
    within = [1 - result.factors.loc[name, "q"] for name in ("x", "z")]
    assert row["F"] == pytest.approx(within[0] / within[1])
    assert row["p_value"] == pytest.approx(stats.f.sf(row["F"], N - 1, N - 1))


def test_sizes_of_the_three_ways():
    """31 units in four strata without a difference: the central F keeps its level, the printed
    noncentral one rejects far too seldom (1.7 %).
    """
    rng = np.random.default_rng(1)
    labels = np.arange(N) % 4
    samples = rng.normal(size=(2000, N))
    central = np.mean([central_p(y, labels) < 0.05 for y in samples])
    printed = np.mean([noncentral_p(y, labels) < 0.05 for y in samples])
    # three standard errors
    assert central == pytest.approx(0.05, abs=0.015)
    assert printed < 0.03


def test_permutations_allow_for_chosen_strata(panel):
    """Without any relation, the largest q of several numbers of strata rejects 5 %."""
    rng = np.random.default_rng(2)
    x = panel["x"].mean(axis=0)
    rejected = []
    for seed in range(200):
        noise = panel.with_columns(noise=np.tile(rng.normal(size=N), (3, 1)))
        request = bd.Geodetector("noise", ["x"], strata=[2, 3, 4, 5], permutations=99, seed=seed)
        found = request.fit(noise)
        rejected.append(found.p_values["x"] <= 0.05)
        best = max(q_of(found.y, cut(x, count, "quantiles")) for count in (2, 3, 4, 5))
        assert found.factors.loc["x", "q"] == pytest.approx(float(best))
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.046)


def test_power_is_that_of_simulated_strata(result):
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), 8)
    q = result.detectable["x"]
    means = np.array([-1.0, -1.0, 1.0, 1.0]) * np.sqrt(q / (1 - q))
    samples = means[labels] + rng.normal(size=(1000, 32))
    found = np.mean([central_p(y, labels) < 0.05 for y in samples])
    assert found == pytest.approx(power_of(q, 32, 4), abs=0.04)
    assert power_of(q, N, 4) == pytest.approx(0.8, abs=1e-6)


def test_a_seed_and_the_order_of_drivers(panel, result):
    again = bd.Geodetector("y", ["kind", "x", "z"], seed=1).fit(panel)
    assert again.p_values == result.p_values
    assert bd.Geodetector("y", ["x"], inference="F").fit(panel).p_values["x"] == pytest.approx(
        central_p(result.y, result.strata["x"])
    )


def test_one_period(panel):
    found = bd.Geodetector("y", ["x", "kind"], period=2002, seed=1).fit(panel)
    assert np.array_equal(found.y, panel["y"][1])
    assert found.glance().iloc[0]["period"] == 2002
    assert "2002" in repr(found)


def test_tidy(result):
    frame = result.tidy()
    assert frame["component"].tolist() == ["factor"] * 3 + ["interaction"] * 3
    assert frame.loc[0, "estimate"] == result.factors.loc["x", "q"]
    assert frame.loc[3, "term"] == "x & z"


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"drivers": []}, "drivers"),
        ({"drivers": ["x", "x"]}, "drivers"),
        ({"strata": 1}, "strata"),
        ({"strata": [3, 4], "inference": "F"}, "inference"),
        ({"inference": "exact"}, "inference"),
        ({"scheme": "natural"}, "scheme"),
        ({"permutations": 5}, "permutations"),
    ],
)
def test_options_are_checked(options, argument):
    with pytest.raises(bd.OptionError) as error:
        bd.Geodetector("y", **{"drivers": ["x"], **options})
    assert error.value.argument == argument


def test_data_are_checked(panel):
    flat = panel.with_columns(flat=np.ones((3, N)), moving=panel["kind"][:, ::-1].copy())
    with pytest.raises(bd.DataError, match="values that differ between units"):
        bd.Geodetector("flat", ["x"]).fit(flat)
    with pytest.raises(bd.DataError, match="two strata or more"):
        bd.Geodetector("y", ["flat"]).fit(flat)
    with pytest.raises(bd.DataError, match=r"one of \[2001, 2002, 2003\]"):
        bd.Geodetector("y", ["x"], period=1999).fit(flat)
    kinds = panel["kind"].copy()
    kinds[0] = kinds[0][::-1]
    with pytest.raises(bd.DataError, match="Choose a period"):
        bd.Geodetector("y", ["kind"]).fit(panel.with_columns(kind=kinds))
