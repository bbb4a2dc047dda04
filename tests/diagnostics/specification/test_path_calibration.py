"""The selection path in its own design: the shares are those of the path itself, gone draw by
draw.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.specification.decisions import decided
from bevdrivers.language.words import Words
from bevdrivers.numerics.streams import generator

F = "log1p(bev_density) ~ log(gdp_pc) + tertiary_share"
MODELS = ["NonSpatial", "SpatialLagX", "SpatialLag", "SpatialError", "SpatialDurbin"]
REPLICATIONS = 19


@pytest.fixture(scope="module")
def panel() -> bd.Panel:
    return bd.load_panel()


@pytest.fixture(scope="module")
def queen(panel: bd.Panel) -> bd.SpatialWeights:
    return bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)


@pytest.fixture(scope="module")
def path(panel: bd.Panel, queen: bd.SpatialWeights) -> bd.SelectionPath:
    return bd.select_model(bd.SpatialDurbin(F), panel, queen, permutations=0)


@pytest.fixture(scope="module")
def found(path: bd.SelectionPath) -> bd.PathCalibration:
    return bd.calibrate(path, REPLICATIONS, seed=3)


@pytest.mark.parametrize(
    "formula",
    [
        F,
        "log1p(bev_density) ~ log(gdp_pc)",
        "log1p(bev_density) ~ log(gdp_pc) + tertiary_share + log1p(inventions) + policy",
        "log1p(firms) ~ urban_share + science_share",
        "log(gdp_pc) ~ lag(urban_share, 1)",
        "log(gdp_pc) ~ science_share",
    ],
)
def test_what_decides_alone_ends_where_the_path_ends(formula, panel, queen):
    model = bd.SpatialDurbin(formula)
    path = bd.select_model(model, panel, queen, permutations=0)
    assert decided(model, panel, queen) == path.chosen


def test_shares_are_those_of_the_path_on_outcomes_drawn_by_hand(path, found, panel, queen):
    """y* = (I - rho W)^-1 ((I - rho W) y - e + e*), with normal e* of the fit's variance."""
    chosen = path.chosen
    truth = chosen.to(bd.SpatialLag).fit(panel, queen)
    A = np.eye(panel.n_units) - truth.rho * queen.dense
    y = np.log1p(panel["bev_density"])
    mean = y @ A.T - truth.resids.to_numpy()
    rng = generator(3, "calibration of paths")
    drawn = rng.standard_normal((REPLICATIONS, *y.shape)) * np.sqrt(truth.sigma2)
    ends: Counter[str] = Counter()
    effects: Counter[str] = Counter()
    for e in drawn:
        again = panel.with_columns(y=np.linalg.solve(A, (mean + e).T).T)
        model = bd.SpatialDurbin("y ~ log(gdp_pc) + tertiary_share")
        end = bd.select_model(model, again, queen, permutations=0).chosen
        ends[type(end).__name__] += 1
        effects[end.effects or "none"] += 1
    assert len(ends) > 1
    for name in MODELS:
        assert found.shares.loc["SpatialLag", name] == ends[name] / REPLICATIONS
    for kind in found.effects.columns:
        assert found.effects.loc["SpatialLag", kind] == effects[kind] / REPLICATIONS


def test_rows_are_shares_with_their_standard_errors(found):
    assert list(found.shares.index) == list(found.shares.columns) == MODELS
    np.testing.assert_allclose(found.shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(found.effects.sum(axis=1), 1.0)
    share = found.shares.loc["SpatialError", "SpatialLag"]
    error = np.sqrt(share * (1 - share) / REPLICATIONS)
    assert found.std_errors.loc["SpatialError", "SpatialLag"] == pytest.approx(error)
    assert found.size == pytest.approx(1 - found.shares.loc["NonSpatial", "NonSpatial"])
    assert found.power["SpatialLag"] == found.shares.loc["SpatialLag", "SpatialLag"]
    tidy = found.tidy().set_index(["component", "term"])
    assert tidy.loc[("SpatialError", "SpatialLag"), "estimate"] == share
    assert tidy[["conf_low", "conf_high"]].stack().between(0, 1).all()


@pytest.mark.slow
def test_a_seed_gives_the_same_shares_and_another_gives_others(path, found):
    pd.testing.assert_frame_equal(bd.calibrate(path, REPLICATIONS, seed=3).shares, found.shares)
    assert not bd.calibrate(path, REPLICATIONS, seed=4).shares.equals(found.shares)


@pytest.mark.slow
def test_plain_dependence_is_found_and_none_is_left_alone(queen):
    truth = {"x1": 1.0, "x2": -1.0, "rho": 0.5}
    panel = bd.simulate_panel(
        bd.SpatialLag("y ~ x1 + x2"), queen, params=truth, periods=12, sigma2=0.5, seed=2
    )
    path = bd.select_model(bd.SpatialDurbin("y ~ x1 + x2"), panel, queen, permutations=0)
    shares = bd.calibrate(path, REPLICATIONS, seed=1).shares
    # two LR and two Wald tests of 5 % stand in the way of a true lag model: 0.75 of 19 at least
    assert shares.loc["SpatialLag", "SpatialLag"] >= 0.75
    # without rho, what is drawn has no dependence that could be taken for a lag model of 0.5
    assert shares.loc["NonSpatial", ["SpatialDurbin", "SpatialLag", "SpatialError"]].sum() <= 0.3


def test_one_line_for_a_note_in_both_languages(found):
    share = f"{found.power['SpatialLag']:.1%}"
    assert f"SAR in {share}" in found.note
    assert "\n" not in found.note
    assert found.glance().loc[0, "note"] == found.note
    chinese = Words.checked("zh").said(found.note)
    assert f"SAR为{share}" in chinese
    assert "picks" not in chinese
    assert "Fixed effects kept" in found.summary()


def test_a_path_takes_no_options_of_one_estimator(path):
    with pytest.raises(bd.OptionError, match="params: expected nothing beside a selection path"):
        bd.calibrate(path, params={"rho": 0.5})
    with pytest.raises(bd.OptionError, match="estimators"):
        bd.calibrate(path, estimators={"gmm": path.chosen})
    with pytest.raises(bd.OptionError, match="replications"):
        bd.calibrate(path, 3)
    with pytest.raises(bd.OptionError, match="errors"):
        bd.calibrate(path, errors="t5")


def test_regressors_made_of_the_outcome_are_refused(panel, queen):
    model = bd.SpatialDurbin("log(gdp_pc) ~ urban_share + lag(log(gdp_pc), 1)")
    path = bd.select_model(model, panel, queen, permutations=0)
    with pytest.raises(bd.OptionError, match="not made of the outcome"):
        bd.calibrate(path, REPLICATIONS)


@pytest.mark.slow
def test_a_column_of_the_name_of_the_drawn_outcome_stays(panel, queen):
    kept = panel.with_columns(drawn_outcome=panel["tertiary_share"])
    model = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + drawn_outcome")
    path = bd.select_model(model, kept, queen, permutations=0)
    again = bd.calibrate(path, REPLICATIONS, seed=3)
    assert again.shares.loc["SpatialLag", "SpatialLag"] > 0


def test_cells_of_the_table_are_the_shares(found):
    table = bd.picks_table(found, labels={"SpatialLag": "SAR"})
    [section] = table.sections
    assert [row.key for row in section.rows] == MODELS
    for row in section.rows:
        values = [cell.value for cell in row.cells]
        errors = [cell.value for cell in row.below]
        np.testing.assert_allclose(values, 100 * found.shares.loc[row.key])
        np.testing.assert_allclose(errors, 100 * found.std_errors.loc[row.key])
    assert "SAR" in table.headings[1].texts
    note = " ".join(table.notes)
    assert "19 replications of each truth (seed 3)" in note
    assert "真实模型" in str(bd.picks_table(found, language="zh"))
    assert r"\begin{tabular" in table.to_latex()


def test_figure_shows_the_shares_with_the_right_ones_framed(found):
    ax = bd.picks_plot(found, labels={"SpatialLag": "SAR"})
    shown = [float(text.get_text()) for text in ax.texts]
    np.testing.assert_allclose(shown, 100 * found.shares.to_numpy().ravel(), atol=0.05)
    assert [label.get_text() for label in ax.get_yticklabels()][2] == "SAR"
    corners = [patch.get_xy() for patch in ax.patches]
    assert corners == [(place - 0.5, place - 0.5) for place in range(5)]


def test_other_results_are_refused(path, panel, queen):
    fit = path.fits["SpatialDurbin"]
    for made in (bd.picks_table, bd.picks_plot):
        with pytest.raises(bd.InputError, match="calibration: expected the calibration of a"):
            made(fit)
