"""Least squares on panels with missing cells: against explicit dummies and linearmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from linearmodels.panel import PanelOLS
from scipy import linalg

import bevdrivers as bd

from ...made_up import scattered, uneven
from .panels import UNITS, YEARS, N, complete, cut, dummies, left, long_frame, panel_of

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.SampleWarning"),
    # of an even and an odd sum of cells, where clusters of both kinds are few
    pytest.mark.filterwarnings("ignore:The 'clustered' covariance:bevdrivers.SampleWarning"),
]

# two routes to the same least squares
SAME = {"rtol": 1e-10, "atol": 1e-12}
EFFECTS = {
    "two-way": {"entity_effects": True, "time_effects": True},
    "unit": {"entity_effects": True},
    "time": {"time_effects": True},
}
COVARIANCES = {
    "classical": ({}, {}),
    "robust": ({"cov_type": "robust"}, {"cov_type": "robust"}),
    "unit": (
        {"cov_type": "clustered", "cluster": "unit"},
        {"cov_type": "clustered", "cluster_entity": True},
    ),
    "time": (
        {"cov_type": "clustered", "cluster": "time"},
        {"cov_type": "clustered", "cluster_time": True},
    ),
    "both": (
        {"cov_type": "clustered", "cluster": "both"},
        {"cov_type": "clustered", "cluster_entity": True, "cluster_time": True},
    ),
    "driscoll-kraay": ({"cov_type": "driscoll-kraay"}, {"cov_type": "kernel"}),
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return long_frame()


@pytest.fixture(scope="module")
def panel(frame) -> bd.Panel:
    return panel_of(frame)


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("kind", COVARIANCES)
def test_as_linearmodels(frame, panel, effects, kind):
    own, theirs = COVARIANCES[kind]
    fit = bd.NonSpatial("y ~ x + z", fixed_effects=effects, **own).fit(panel)
    indexed = complete(frame).set_index(["id", "year"])
    other = PanelOLS(indexed["y"], indexed[["x", "z"]], **EFFECTS[effects]).fit(**theirs)
    np.testing.assert_allclose(fit.values, other.params, **SAME)
    np.testing.assert_allclose(fit.covariance, other.cov, **SAME)
    assert fit.nobs == other.nobs
    assert fit.df_resid == other.df_resid
    shares = (other.rsquared_within, other.rsquared_between, other.rsquared_overall)
    for name, share in zip(("within", "between", "overall"), shares, strict=True):
        assert fit.rsquared[name] == pytest.approx(share, rel=1e-10)
    assert fit.rsquared["inclusive"] == pytest.approx(other.rsquared_inclusive, rel=1e-10)
    resids = fit.resids.to_numpy()[fit.sample.there]
    np.testing.assert_allclose(resids, complete_resids(other, frame), **SAME)


def complete_resids(other, frame: pd.DataFrame) -> np.ndarray:
    """linearmodels' residuals by period, then unit."""
    kept = complete(frame)
    by_cell = other.resids
    return np.array([by_cell[(u, t)] for u, t in zip(kept["id"], kept["year"], strict=True)])


@pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
# spectral weights cut again are scaled by the radius of each period: see the test below
@pytest.mark.parametrize(
    ("make", "again"), [(scattered, True), (scattered, False), (uneven, False)]
)
def test_lags_of_regressors_are_among_units_present(frame, panel, effects, again, make):
    W = make(N)
    missing = "cut" if again else "keep-weights"
    fit = bd.SpatialLagX("y ~ x + z", fixed_effects=effects, missing=missing).fit(panel, W)
    kept = complete(frame)
    X = kept[["x", "z"]].to_numpy()
    columns = np.column_stack([X, cut(W, kept, again=again) @ X])
    used = {"two-way": ["id", "year"], "unit": ["id"], "time": ["year"], None: []}[effects]
    D = dummies(kept, *used) if used else np.ones((len(kept), 1))
    b = np.linalg.lstsq(left(columns, D), left(kept["y"].to_numpy(), D), rcond=None)[0]
    own = fit.params[["x", "z", "W_x", "W_z"]]
    np.testing.assert_allclose(own, b, **SAME)
    in_formula = bd.NonSpatial(
        "y ~ x + z + W(x) + W(z)", fixed_effects=effects, missing=missing
    ).fit(panel, W)
    np.testing.assert_allclose(
        in_formula.params[["x", "z", "W(x)", "W(z)"]], b, rtol=1e-9, atol=1e-12
    )


def test_spectral_weights_are_scaled_period_by_period(panel):
    W = uneven(N)
    sample = bd.SpatialLagX("y ~ x + z").fit(panel, W).sample
    for operator, there in zip(sample.Wx.operators, sample.there, strict=True):
        links = W.links.toarray()[np.ix_(there, there)]
        radius = np.abs(np.linalg.eigvals(links)).max()
        np.testing.assert_allclose(
            operator.toarray()[np.ix_(there, there)], links / radius, rtol=1e-10
        )


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")  # the explicit dummies
@pytest.mark.parametrize(
    ("absorb", "written"),
    [
        (["id[year]"], "C(id)*year + C(year)"),
        (["region:year"], "C(id) + C(region):C(year)"),
        (["region[x]"], "C(id) + C(year) + C(region):x"),
        (["kind"], "C(id) + C(year) + C(kind)"),
    ],
)
def test_absorbed_effects(frame, panel, absorb, written):
    fit = bd.NonSpatial("y ~ z", absorb=absorb).fit(panel)
    kept = complete(frame) if "x" in absorb[0] else frame.dropna(subset=["y", "z"])
    design = smf.ols(f"y ~ z + {written}", kept)
    columns = independent(design.exog)
    other = sm.OLS(design.endog, design.exog[:, columns]).fit()
    z = columns.index(design.exog_names.index("z"))
    assert fit.nobs == len(kept)
    assert fit.params["z"] == pytest.approx(other.params[z], rel=1e-9)
    assert fit.df_resid == other.df_resid
    assert fit.std_errors["z"] == pytest.approx(other.bse[z], rel=1e-9)


def independent(columns: np.ndarray) -> list[int]:
    """Columns that span the same as all: beside dependent ones statsmodels' pseudo-inverse can take
    rounding for a direction.
    """
    _, R, order = linalg.qr(columns, mode="economic", pivoting=True)
    sizes = np.abs(np.diag(R))
    return sorted(int(k) for k in order[: (sizes > 1e-9 * sizes[0]).sum()])


def test_categories_and_polynomials_learn_of_the_cells_that_are_there(frame, panel):
    fit = bd.NonSpatial("y ~ C(kind) + center(z) + I(x > 0)", fixed_effects=None).fit(panel)
    kept = complete(frame)
    kept["positive"] = (kept["x"] > 0).astype(float)
    kept["centred"] = kept["z"] - kept["z"].mean()
    other = smf.ols("y ~ C(kind) + centred + positive", kept).fit()
    np.testing.assert_allclose(np.sort(fit.values), np.sort(other.params), **SAME)


def test_a_level_that_stands_in_missing_cells_alone_is_none(frame):
    changed = frame.copy()
    changed.loc[changed["y"].isna(), "kind"] = "A rare one"
    fit = bd.NonSpatial("y ~ x + C(kind)", fixed_effects=None).fit(panel_of(changed))
    assert not any("rare" in term for term in fit.terms)


def test_lags_are_of_the_unit_in_the_period_before(frame, panel):
    fit = bd.NonSpatial("y ~ x + lag(z)").fit(panel)
    by_cell = frame.set_index(["id", "year"])
    before = by_cell["z"].rename(lambda year: year + 1, level="year").rename("z_before")
    kept = by_cell.join(before).dropna(subset=["y", "x", "z_before"])
    other = PanelOLS(kept["y"], kept[["x", "z_before"]], entity_effects=True, time_effects=True)
    np.testing.assert_allclose(fit.values, other.fit().params, **SAME)
    assert fit.nobs == len(kept)


def test_nothing_changes_with_cells_that_are_not_used(frame, panel):
    used = frame.drop(columns="unused")
    request = bd.SpatialLagX("y ~ x + z")
    W = scattered(N)
    one, other = request.fit(panel, W), request.fit(panel_of(used), W)
    assert np.array_equal(one.values, other.values)
    assert np.array_equal(one.covariance, other.covariance)
    full = long_frame()
    full["y"], full["x"], full["z"] = (full[name].fillna(1.0) for name in ("y", "x", "z"))
    whole = full.set_index(["id", "year"]).unstack().stack(future_stack=True).reset_index()
    whole[["y", "x", "z"]] = whole[["y", "x", "z"]].fillna(0.5)
    assert not request.fit(panel_of(whole), W).sample.irregular


def test_nothing_changes_with_the_order_of_rows_and_the_names_of_units(frame, panel):
    W = scattered(N)
    fit = bd.SpatialLagX("y ~ x + z").fit(panel, W)
    mixed = panel_of(frame.sample(frac=1.0, random_state=1))
    assert np.array_equal(bd.SpatialLagX("y ~ x + z").fit(mixed, W).values, fit.values)
    names = {unit: f"v{(7 * i) % N:02d}" for i, unit in enumerate(UNITS)}
    renamed = panel_of(frame.assign(id=frame["id"].map(names)))
    V = bd.SpatialWeights.from_matrix(W.links, [names[unit] for unit in W.ids])
    again = bd.SpatialLagX("y ~ x + z").fit(renamed, V)
    np.testing.assert_allclose(again.values, fit.values, rtol=1e-11)
    np.testing.assert_allclose(again.covariance, fit.covariance, rtol=1e-10)


@pytest.mark.parametrize("correction", ["auto", None])
@pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLagX])
@pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
def test_complete_cells_give_what_they_gave(frame, model, effects, correction):
    """The same weights for each period are a complete sample by another way."""
    whole = frame.set_index(["id", "year"]).unstack().stack(future_stack=True).reset_index()
    panel = panel_of(whole.assign(**{name: whole[name].fillna(0.5) for name in ("y", "x", "z")}))
    W = scattered(N)
    request = model("y ~ x + z + W(x)" if model is bd.NonSpatial else "y ~ x + z")
    request = request.replace(fixed_effects=effects, correction=correction)
    one, other = request.fit(panel, W), request.fit(panel, dict.fromkeys(YEARS, W))
    assert not one.sample.irregular
    assert other.sample.irregular
    np.testing.assert_allclose(other.values, one.values, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(other.covariance, one.covariance, rtol=1e-9, atol=1e-14)
    for name in ("loglik", "aic", "bic", "sigma2", "df_resid", "nobs", "n_params"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-10), name
    assert other.rsquared == pytest.approx(one.rsquared, rel=1e-9)


def test_conley_covariance_by_a_double_sum(frame):
    import geopandas
    from shapely.geometry import Point

    rng = np.random.default_rng(5)
    places = rng.uniform([100.0, 30.0], [104.0, 34.0], size=(N, 2))
    geometry = geopandas.GeoDataFrame(
        {"id": UNITS}, geometry=[Point(*place) for place in places], crs=4326
    )
    panel = bd.Panel.from_frame(frame, unit="id", time="year", geometry=geometry)
    fit = bd.NonSpatial("y ~ x + z", cov_type="spatial-hac", cutoff_km=200).fit(panel)
    kept = complete(frame)
    D = dummies(kept, "id", "year")
    X = left(kept[["x", "z"]].to_numpy(), D)
    e = left(kept["y"].to_numpy(), D) - X @ fit.values
    at = np.deg2rad(places[[UNITS.index(unit) for unit in kept["id"]]])
    middle = np.zeros((2, 2))
    for i in range(len(kept)):
        for j in range(len(kept)):
            if kept["year"][i] != kept["year"][j]:
                continue
            along = np.sin((at[i, 1] - at[j, 1]) / 2) ** 2
            across = np.cos(at[i, 1]) * np.cos(at[j, 1]) * np.sin((at[i, 0] - at[j, 0]) / 2) ** 2
            km = 2 * 6371.0088 * np.arcsin(np.sqrt(along + across))
            middle += max(0.0, 1 - km / 200) * e[i] * e[j] * np.outer(X[i], X[j])
    bread = np.linalg.inv(X.T @ X)
    rank = np.linalg.matrix_rank(np.column_stack([D, X]))
    scale = len(kept) / (len(kept) - rank)
    np.testing.assert_allclose(fit.covariance, scale * bread @ middle @ bread, rtol=1e-6)
