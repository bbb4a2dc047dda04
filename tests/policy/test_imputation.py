"""Imputation: least squares by brute force, effects that differ come back where the two-way
regression misses them, the variance is not too small, cells that cannot be imputed are named.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.errors import DataError, IdentificationError, WeightsError

from ..made_up import ring
from .made import PERIODS, adoption_years, made_panel, since

EXACT = 1e-8


def by_hand(panel: bd.Panel, W: np.ndarray | None) -> dict[str, np.ndarray]:
    """Explicit dummies of units and periods, x among them, least squares of the clean cells by the
    pseudoinverse.
    """
    T, N = panel.present.shape
    years = panel["first"][0]
    treated = since(years) >= 0
    around = np.zeros((T, N), bool)
    if W is not None:
        around = treated.astype(float) @ (W != 0).T.astype(float) > 0
    clean = (~treated & ~around).ravel()
    units = np.tile(np.eye(N), (T, 1))
    periods = np.repeat(np.eye(T), N, axis=0)
    Z = np.column_stack([units, periods, panel["x"].ravel()])
    y = panel["y"].ravel()
    pseudo = np.linalg.pinv(Z[clean], rcond=1e-10)
    left = y - Z @ (pseudo @ y[clean])
    # weights of y: of the effects themselves, less what the regression takes
    return {
        "left": left,
        "clean": clean,
        "operator": Z @ pseudo,
        "treated": treated.ravel(),
        "exposed": (~treated & around).ravel(),
        "unit": np.tile(np.arange(N), T),
    }


def variance_by_hand(parts: dict, chosen: np.ndarray, groups: np.ndarray) -> float:
    """Of the mean effect in the chosen cells, by the formula with explicit weights of y."""
    w = chosen / chosen.sum()
    v = w.copy()
    v[parts["clean"]] = -(w @ parts["operator"])
    residual = np.where(parts["clean"], parts["left"], 0.0)
    for g in np.unique(groups[chosen]):
        cells = chosen & (groups == g)
        # squares of the weights as weights, as in the source
        center = np.sum(v[cells] ** 2 * parts["left"][cells]) / np.sum(v[cells] ** 2)
        residual[cells] = parts["left"][cells] - center
    scores = np.bincount(parts["unit"], weights=v * residual)
    return float(np.sum(scores**2))


@pytest.mark.parametrize("with_weights", [True, False])
def test_it_is_least_squares_of_the_clean_cells(with_weights) -> None:
    years = adoption_years()
    effect = np.where(since(years) >= 0, 1 + 0.3 * np.nan_to_num(since(years)), 0.0)
    panel, W = made_panel(years, effect, noise=0.7)
    given = W if with_weights else None
    result = bd.Imputation("y ~ x", first="first", last=3).fit(panel, given, seed=1)
    parts = by_hand(panel, W.dense if with_weights else None)
    frame = result.tidy().set_index(["component", "event_time"])
    own = since(years)
    for component in ("treated", "exposed") if with_weights else ("treated",):
        event_time = own
        if component == "exposed":
            neighbours = np.where(W.dense != 0, years[None, :], np.inf)
            with np.errstate(invalid="ignore"):
                event_time = PERIODS[:, None] - np.nanmin(neighbours, axis=1)[None, :]
        event_time = event_time.ravel()
        for e in range(4):
            chosen = parts[component] & (event_time == e)
            row = frame.loc[(component, float(e))]
            assert row["estimate"] == pytest.approx(parts["left"][chosen].mean(), abs=EXACT)
            variance = variance_by_hand(parts, chosen, event_time)
            assert row["std_error"] ** 2 == pytest.approx(variance, rel=1e-7)
        means = result.averages.set_index("component").loc[component]
        everything = parts[component]
        assert means["estimate"] == pytest.approx(parts["left"][everything].mean(), abs=EXACT)
        variance = variance_by_hand(parts, everything, event_time)
        assert means["std_error"] ** 2 == pytest.approx(variance, rel=1e-7)
    if not with_weights:
        assert set(frame.index.get_level_values(0)) == {"treated"}


def staggered(N: int = 40) -> np.ndarray:
    """Four cohorts, one never treated, not side by side."""
    cohorts = np.array([2003.0, 2006.0, 2009.0, np.nan])
    return cohorts[np.arange(N) % 4]


def test_effects_that_differ_come_back_where_the_regression_misses_them() -> None:
    """Early adopters gain by one a year, late ones by little: the regression takes the early ones
    as controls of the late.
    """
    years = staggered()
    event_time = since(years)
    slope = np.where(years == 2003, 1.0, 0.1)
    effect = np.where(event_time >= 0, slope * (1 + np.nan_to_num(event_time)), 0.0)
    panel, _ = made_panel(years, effect, noise=1e-4)
    imputed = bd.Imputation("y ~ x", first="first", last=2).fit(panel, seed=1)
    truth = [effect[event_time == e].mean() for e in range(3)]
    frame = imputed.tidy()
    found = frame.loc[frame["event_time"].notna(), "estimate"]
    np.testing.assert_allclose(found, truth, atol=1e-3)
    study = bd.EventStudy(bd.NonSpatial("y ~ x"), first="first", window=(-3, 2))
    frame = study.fit(panel, seed=1).tidy()
    direct = frame[frame["component"] == "direct"].set_index("event_time")["estimate"]
    assert np.abs(direct.loc[[0, 1, 2]] - truth).max() > 0.2
    # and it finds effects before adoption, where there are none
    assert np.abs(direct.loc[-3]) > 0.1


def test_exposed_units_are_held_out_of_the_controls() -> None:
    """A spillover of half the effect: without W it is taken for the course of untreated units."""
    years = adoption_years()
    treated = (since(years) >= 0).astype(float)
    W = ring(len(years))
    around = treated @ (W.dense > 0).T.astype(float)
    effect = 2.0 * treated + 1.0 * (around > 0) * (1 - treated)
    panel, W = made_panel(years, effect, noise=1e-4)
    request = bd.Imputation("y ~ x", first="first", last=3)
    with_weights = request.fit(panel, W, seed=1).averages.set_index("component")["estimate"]
    assert with_weights["treated"] == pytest.approx(2.0, abs=1e-3)
    assert with_weights["exposed"] == pytest.approx(1.0, abs=1e-3)
    without = request.fit(panel, seed=1)
    assert without.overall < 1.95


def test_cells_without_a_clean_cell_are_named() -> None:
    years = adoption_years()
    years[14] = 1999
    panel, W = made_panel(years, np.zeros((12, 24)), noise=0.5)
    result = bd.Imputation("y ~ x", first="first", last=3).fit(panel, W, seed=1)
    left = result.not_imputed
    assert set(left["unit"]) == {"u13", "u14", "u15"}
    assert set(left["component"]) == {"treated", "exposed"}
    assert set(left["reason"]) == {"the unit has no clean cell"}
    assert len(left) == 3 * 12 == result.glance()["not_imputed"].iloc[0]
    assert "Not imputed: 36 cells" in result.summary()
    assert result.effects[["u13", "u14", "u15"]].isna().all(axis=None)


def test_periods_without_a_clean_cell_are_named() -> None:
    years = np.where(np.arange(24) < 12, 2004.0, 2008.0)
    panel, _ = made_panel(years, np.zeros((12, 24)), noise=0.5)
    result = bd.Imputation("y ~ 1", first="first", last=3).fit(panel, seed=1)
    left = result.not_imputed
    assert set(left["period"]) == {2008, 2009, 2010, 2011}
    assert set(left["reason"]) == {"the period has no clean cell"}
    everywhere = np.full(24, 2004.0)
    panel, _ = made_panel(everywhere, np.zeros((12, 24)), noise=0.5)
    with pytest.raises(IdentificationError, match="no treated cell that they can impute"):
        bd.Imputation("y ~ 1", first="first").fit(panel)


def test_a_regressor_that_the_clean_cells_do_not_identify() -> None:
    """It is zero in clean cells: where it is not, the cell cannot be imputed."""
    years = adoption_years()
    panel, _ = made_panel(years, np.zeros((12, 24)), noise=0.5)
    z = np.zeros((12, 24))
    z[10, 0] = 1.0
    result = bd.Imputation("y ~ x + z", first="first").fit(panel.with_columns(z=z), seed=1)
    left = result.not_imputed
    assert left[["unit", "period"]].to_numpy().tolist() == [["u00", 2010]]
    assert "regressors" in left["reason"].iloc[0]


def test_an_event_time_of_one_unit_has_no_standard_error() -> None:
    years = np.full(24, np.nan)
    years[0] = 2009
    years[5] = 2010
    panel, W = made_panel(years, np.zeros((12, 24)), noise=0.5)
    frame = bd.Imputation("y ~ x", first="first", last=2).fit(panel, W, seed=1).tidy()
    treated = frame[frame["component"] == "treated"].set_index("term")
    assert treated["std_error"].isna().to_dict() == {
        "0": False,
        "1": False,
        "2": True,
        "all": False,
    }
    assert np.isfinite(treated.loc[["0", "1"], "band_high"]).all()


def test_missing_cells_are_left_out() -> None:
    """As many clean cells as there are, and the numbers of least squares without them."""
    years = adoption_years()
    panel, _ = made_panel(years, np.zeros((12, 24)), noise=0.5)
    y = panel["y"].copy()
    y[2, 20] = np.nan
    whole = bd.Imputation("y ~ 1", first="first", last=1).fit(panel, seed=1)
    result = bd.Imputation("y ~ 1", first="first", last=1).fit(panel.with_columns(y=y), seed=1)
    clean = whole.glance()["clean_cells"].iloc[0]
    assert result.glance()["clean_cells"].iloc[0] == clean - 1
    T, N = y.shape
    Z = np.column_stack([np.tile(np.eye(N), (T, 1)), np.repeat(np.eye(T), N, axis=0)])
    there = (~(since(years) >= 0) & np.isfinite(y)).ravel()
    fitted = Z @ np.linalg.pinv(Z[there], rcond=1e-10) @ y.ravel()[there]
    expected = (y.ravel() - fitted).reshape(T, N)[since(years) == 0].mean()
    assert result.tidy()["estimate"].iloc[0] == pytest.approx(expected, abs=EXACT)


def test_what_the_formula_lags_is_lost_at_the_start() -> None:
    years = adoption_years()
    panel, W = made_panel(years, (since(years) >= 0).astype(float), noise=0.1)
    result = bd.Imputation("y ~ lag(x)", first="first", last=2).fit(panel, W, seed=1)
    assert result.glance()["n_periods"].iloc[0] == 11
    assert result.effects.index.tolist() == list(range(2001, 2012))
    assert result.overall == pytest.approx(1.0, abs=0.3)


def test_weights_that_change_are_refused() -> None:
    panel, W = made_panel(adoption_years(), np.zeros((12, 24)), noise=0.5)
    by_period = bd.PeriodWeights.of(dict.fromkeys(panel.periods, W), panel.periods)
    with pytest.raises(WeightsError):
        bd.Imputation("y ~ x", first="first").fit(panel, by_period)


def test_a_column_that_is_not_there() -> None:
    panel, _ = made_panel(adoption_years(), np.zeros((12, 24)), noise=0.5)
    with pytest.raises(DataError, match="first"):
        bd.Imputation("y ~ x", first="frist").fit(panel)


def test_a_table_and_a_figure() -> None:
    years = adoption_years()
    panel, W = made_panel(years, np.zeros((12, 24)), noise=0.5)
    result = bd.Imputation("y ~ x", first="first", last=3).fit(panel, W, seed=1)
    assert "Exposed" in bd.estimates_table(result).to_markdown()
    ax = result.plot()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Treated", "Exposed"]


@pytest.mark.slow
def test_the_variance_is_not_too_small() -> None:
    """Errors that are correlated within units, effects that differ: over 400 panels the mean of the
    estimated variances is no smaller than the variance of the estimates, and not twice as large.
    """
    years = staggered(60)
    event_time = since(years)
    rng = np.random.default_rng(3)
    estimates, variances = [], []
    request = bd.Imputation("y ~ 1", first="first", last=2)
    slope = rng.normal(1.0, 0.3, size=60)
    effect = np.where(event_time >= 0, slope, 0.0)
    for draw in range(400):
        panel, _ = made_panel(years, effect, noise=0.0, seed=draw)
        e = rng.normal(size=(12, 60))
        for t in range(1, 12):
            e[t] += 0.5 * e[t - 1]
        panel = panel.with_columns(y=panel["y"] - 0.5 * panel["x"] + e)
        averages = request.fit(panel, draws=100, seed=1).averages
        estimates.append(averages["estimate"].iloc[0])
        variances.append(averages["std_error"].iloc[0] ** 2)
    ratio = np.mean(variances) / np.var(estimates)
    # the standard error of a ratio of variances over 400 draws is 7 %
    assert 0.86 < ratio < 2.0
    assert np.mean(estimates) == pytest.approx(effect[event_time >= 0].mean(), abs=0.02)
