"""What `fit.cautions` finds, and that it finds little where nothing is wrong."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.models.ml.optimum import Optimum, Search

from ..docs.pages import DOCS

T, N = 12, 31
FORMULA = "y ~ x1 + x2"


def names(fit):
    return [caution.name for caution in fit.cautions]


def panel_of(queen, make, seed=1, formula_rho=0.0):
    """A regression with errors (T, N) of `make`."""
    rng = np.random.default_rng(seed)
    x1, x2 = rng.standard_normal((2, T, N))
    right = x1 - 0.5 * x2 + rng.standard_normal(N) + make(rng.standard_normal((T, N)))
    y = np.linalg.solve(np.eye(N) - formula_rho * queen.sparse.toarray(), right.T).T
    return bd.Panel.from_arrays(
        {"y": y, "x1": x1, "x2": x2}, units=list(queen.ids), periods=range(T)
    )


def autocorrelated(e):
    u = e.copy()
    for t in range(1, T):
        u[t] = 0.6 * u[t - 1] + e[t]
    return u


@pytest.fixture(scope="module")
def clean(queen):
    return panel_of(queen, lambda e: e)


def test_nothing_is_found_where_nothing_is_wrong(queen, clean):
    for model in (bd.NonSpatial, bd.SpatialLagX, bd.SpatialLag, bd.SpatialDurbin):
        fit = model(FORMULA).fit(clean, queen)
        assert fit.cautions == ()
        assert fit.glance()["cautions"][0] == ""
        assert "Caution" not in fit.summary()


@pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialDurbin])
def test_unequal_variances_that_the_covariance_supposes_away(model, queen):
    panel = panel_of(queen, lambda e: e * np.linspace(0.3, 3, N))
    fit = model(FORMULA).fit(panel, queen)
    assert names(fit) == ["unequal variances"]
    caution = fit.cautions[0]
    assert caution.figures["p_value"] < 0.025
    assert 'cov_type="classical" supposes one' in caution.statement
    for kind in ("robust", "clustered"):
        assert names(fit.with_cov(kind)) == []


def test_serial_correlation_that_the_covariance_supposes_away(queen):
    fit = bd.SpatialDurbin(FORMULA).fit(panel_of(queen, autocorrelated), queen)
    for kind in ("classical", "robust"):
        assert "serial correlation" in names(fit.with_cov(kind))
    assert names(fit.with_cov("clustered")) == []


@pytest.mark.filterwarnings("ignore:12 clusters")
def test_few_clusters_and_many_parameters(queen, clean):
    fit = bd.SpatialDurbin(FORMULA).fit(clean, queen)
    by_time = fit.with_cov("clustered", cluster="time")
    assert {caution.name: caution.figures for caution in by_time.cautions}["few clusters"] == {
        "clusters": T
    }
    assert "few clusters" in names(fit.with_cov("driscoll-kraay"))
    assert "few clusters" not in names(fit.with_cov("clustered"))
    longer = clean.with_columns(
        **{f"z{k}": np.random.default_rng(100 + k).standard_normal((T, N)) for k in range(4)}
    )
    wide = bd.SpatialDurbin(f"{FORMULA} + z0 + z1 + z2 + z3", cov_type="clustered")
    crowded = wide.replace(cluster="time").fit(longer, queen)
    cautions = {caution.name: caution.figures for caution in crowded.cautions}
    assert cautions["many parameters"] == {"parameters": 13, "clusters": T}
    assert "many parameters" not in names(wide.fit(longer, queen))


def test_dense_weights_leave_rho_hardly_identified(bev):
    dense = bd.InverseDistance(1, points=("capital_lon", "capital_lat")).fit(bev)
    drivers = "log(gdp_pc) + tertiary_share + log1p(inventions) + policy"
    model = bd.SpatialDurbin(f"log1p(bev_density) ~ {drivers}", cov_type="clustered")
    fit = model.fit(bev, dense)
    caution = next(each for each in fit.cautions if each.name == "wide interval")
    interval = fit.conf_int().loc["rho"]
    assert caution.figures["length"] == pytest.approx(
        interval["upper"] - interval["lower"], rel=1e-4
    )
    assert caution.figures["density"] == 1.0
    assert "links 100% of all pairs" in str(caution)


def test_rho_near_the_end_of_its_range(queen):
    panel = panel_of(queen, lambda e: e, formula_rho=0.9)
    fit = bd.SpatialLag(FORMULA).fit(panel, queen)
    assert "near the bound" not in names(fit)
    for reach, reaches in ((0.98, False), (1.02, True)):
        error = reach * (1.0 - fit.rho) / 1.96
        other = replace(fit, covariance=fit.covariance * (error / fit.errors[-1]) ** 2)
        assert ("near the bound" in names(other)) == reaches
    figures = {caution.name: caution.figures for caution in other.cautions}["near the bound"]
    assert figures["estimate"] == fit.rho
    assert figures["high"] == pytest.approx(1.0)


def test_a_second_maximum_that_is_nearly_as_high(queen, clean):
    fit = bd.SpatialCombined(FORMULA).fit(clean, queen)
    value = fit.loglik
    rivals = (Optimum(np.array([-0.4, 0.5]), value - 0.1), Optimum(np.zeros(2), value - 3))
    tied = replace(fit, estimate=replace(fit.estimate, search=Search(value, rivals=rivals)))
    cautions = [caution for caution in tied.cautions if caution.name == "second maximum"]
    assert [caution.figures for caution in cautions] == [
        {"rho": -0.4, "lam": 0.5, "loglik": value - 0.1}
    ]


def test_spatial_lag_of_a_regressor_that_is_nearly_collinear(queen, clean):
    """Of a regressor that is nearly an eigenvector of W with eigenvalue near one."""
    smooth = np.linalg.matrix_power(queen.sparse.toarray(), 30) @ np.arange(N)
    walk = np.random.default_rng(5).standard_normal((T, 1))
    noise = 1e-4 * np.random.default_rng(6).standard_normal((T, N))
    panel = clean.with_columns(s=(smooth - smooth.mean()) * walk + noise)
    fit = bd.SpatialLagX("y ~ x1 + s").fit(panel, queen)
    cautions = {caution.name: caution.figures for caution in fit.cautions}
    factors = bd.collinearity(fit).vif
    assert cautions["collinear lag"] == {"W_s": pytest.approx(factors["W_s"], rel=1e-6)}
    assert factors["W_s"] > 10


def test_they_are_in_glance_summary_and_notes(bev, queen):
    fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)").fit(bev, queen)
    assert names(fit)[:2] == ["unequal variances", "serial correlation"]
    assert fit.glance()["cautions"][0] == "; ".join(names(fit))
    for caution in fit.cautions:
        assert caution.remedy
        assert str(caution) in fit.summary()
    clustered = fit.with_cov("clustered")
    notes = " ".join(bd.regression_table([fit, clustered]).notes)
    assert "serial correlation that the standard errors suppose away" in notes
    assert "Cautions" not in " ".join(bd.regression_table(clustered).notes)
    chinese = " ".join(bd.regression_table(fit, language="zh").notes)
    assert "序列相关" in chinese


def test_they_are_the_same_each_time_and_wait_until_asked_for(bev, queen):
    fit = bd.SpatialDurbin("log1p(bev_density) ~ log1p(inventions)").fit(bev, queen)
    assert "cautions" not in vars(fit)
    assert fit.cautions == fit.with_cov("classical").cautions
    assert "cautions" in vars(fit)


def test_false_alarms_in_clean_samples_are_about_one_in_twenty():
    """The simulation beside the pages, N = 31."""
    frame = pd.read_csv(DOCS / "simulations" / "cautions.csv")
    clean = frame[frame["truth"].str.startswith("clean")]
    error = np.sqrt(0.05 * 0.95 / clean["replications"])
    assert len(clean) == 16
    assert (clean["any"] < 0.05 + 3 * error).all()
    assert clean["any"].mean() < 0.06
    power = frame.set_index(["T", "truth"]).sort_index()
    assert (power.loc[(12, "variances by unit"), "unequal variances"] > 0.9).all()
    assert (power.loc[(12, "AR(1) 0.5"), "serial correlation"] > 0.9).all()
