"""Everything public that takes a fit, or a request and a panel, works where cells are missing or
weights differ by period, or refuses by name: nothing goes on with zeros in their place.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bevdrivers as bd

from ...made_up import scattered
from .panels import YEARS, N, long_frame, panel_of

pytestmark = [pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.SampleWarning")]

W = scattered(N)
PANEL = panel_of(long_frame())
COMPLETE = PANEL.select(periods=[2014, 2015]).balance(drop="units", columns=["x", "y", "z"])
# Of two kinds: cells that are missing, and a complete panel under weights by period.
REQUEST = bd.SpatialLagX("y ~ x + z")
FIT = REQUEST.fit(PANEL, W)
LAGGED = bd.SpatialLag("y ~ x + z").fit(PANEL, W)
BY_PERIOD = {year: scattered(N, seed=year) for year in YEARS}
WHOLE = PANEL.with_columns(
    **{name: lambda p, n=name: np.nan_to_num(p[n]) for name in ("x", "y", "z")}
)
MOVING = REQUEST.fit(WHOLE, BY_PERIOD)

Ask = Callable[[bd.FitResult], Any]
Asked = Callable[[bd.Panel, Any], Any]

# What takes a fit, and what takes a request, a panel and weights: all of it is refused.
OF_A_FIT: dict[str, Ask] = {
    "collinearity": lambda fit: bd.collinearity(fit),
    "common_factor_test": lambda fit: bd.common_factor_test(fit),
    "compare_groups": lambda fit: bd.compare_groups(fit, group="region"),
    "compare_stages": lambda fit: bd.compare_stages(fit, split=2013),
    "conditional_lm_tests": lambda fit: bd.conditional_lm_tests(fit),
    "cross_section_exponent": lambda fit: bd.cross_section_exponent(fit),
    "crosscheck": lambda fit: bd.crosscheck(fit),
    "driver_shares": lambda fit: bd.driver_shares(fit, groups={"a": ["x"], "b": ["z"]}),
    "effects_tests": lambda fit: bd.effects_tests(fit),
    "hausman_test": lambda fit: bd.hausman_test(fit),
    "influence": lambda fit: bd.influence(fit),
    "j_tests": lambda fit: bd.j_tests(fit, {"a": W, "b": scattered(N, seed=9)}),
    "lm_tests": lambda fit: bd.lm_tests(fit),
    "mundlak_test": lambda fit: bd.mundlak_test(fit),
    "placebo": lambda fit: bd.placebo(fit, "weight-labels", draws=19),
    "random_effects_lm_tests": lambda fit: bd.random_effects_lm_tests(fit),
    "resample": lambda fit: bd.resample(fit, "jackknife"),
    "random_effects_test": lambda fit: bd.random_effects_test(fit),
    "residual_tests": lambda fit: bd.residual_tests(fit),
    "search_split": lambda fit: bd.search_split(fit),
    "select_model": lambda fit: bd.select_model(fit),
    "sensitivity": lambda fit: bd.sensitivity(fit, "x"),
    "spatial_hausman_test": lambda fit: bd.spatial_hausman_test(fit),
    "to_spreg": lambda fit: bd.to_spreg(fit),
    "ResidualMoran": lambda fit: bd.ResidualMoran().fit(fit, W),
    "profile": lambda fit: fit.conf_int(method="profile"),
    "percentile": lambda fit: fit.conf_int(method="percentile", draws=9),
    "bootstrap-t": lambda fit: fit.impacts(interval="bootstrap-t", draws=9),
    "wild": lambda fit: fit.conf_int(method="wild", draws=99),
    "cluster_type": lambda fit: fit.with_cov("clustered", cluster_type="CR2"),
    "bca": lambda fit: fit.impacts(interval="bca", draws=9),
    "predict": lambda fit: fit.predict(WHOLE),
    "first_stage": lambda fit: fit.first_stage,
    "overidentification": lambda fit: fit.overidentification,
}
OF_A_REQUEST: dict[str, Asked] = {
    "average_models": lambda panel, W: bd.average_models(REQUEST, panel, W),
    "collinearity": lambda panel, W: bd.collinearity(REQUEST, panel, W),
    "compare_groups": lambda panel, W: bd.compare_groups(REQUEST, panel, W, group="region"),
    "compare_models": lambda panel, W: bd.compare_models(REQUEST, panel, W),
    "compare_stages": lambda panel, W: bd.compare_stages(REQUEST, panel, W, split=2013),
    "conditional_lm_tests": lambda panel, W: bd.conditional_lm_tests(REQUEST, panel, W),
    "driver_shares": lambda panel, W: bd.driver_shares(
        REQUEST, panel, W, groups={"a": ["x"], "b": ["z"]}
    ),
    "effects_tests": lambda panel, W: bd.effects_tests(REQUEST, panel, W),
    "hausman_test": lambda panel, W: bd.hausman_test(REQUEST, panel, W),
    "j_tests": lambda panel, W: bd.j_tests(bd.SAR("y ~ x"), panel, {"a": W, "b": W}),
    "lm_tests": lambda panel, W: bd.lm_tests(REQUEST, panel, W),
    "outcome_check": lambda panel, W: bd.outcome_check(
        panel.with_columns(count=np.arange(panel.present.size).reshape(panel.present.shape) % 5.0),
        "count",
        model=REQUEST.replace(formula="count ~ x + z"),
        weights=W,
    ),
    "random_effects_lm_tests": lambda panel, W: bd.random_effects_lm_tests(REQUEST, panel, W),
    "search_split": lambda panel, W: bd.search_split(REQUEST, panel, W),
    "select_model": lambda panel, W: bd.select_model(REQUEST, panel, W),
}


def placed(panel: bd.Panel) -> bd.Panel:
    """The panel with places of its units."""
    places = np.broadcast_to(np.arange(float(panel.n_units)), panel.present.shape)
    return panel.with_columns(lon=places, lat=places)


# What takes a panel and columns refuses cells that are missing in them, or counts without them.
OF_A_PANEL: dict[str, Callable[[bd.Panel], Any]] = {
    "cointegration_test": lambda panel: bd.cointegration_test(panel, "y", ["x"]),
    "correlations": lambda panel: bd.correlations(panel, ["x", "y"]),
    "centre_of_gravity": lambda panel: bd.centre_of_gravity(
        placed(panel), "y", points=("lon", "lat")
    ),
    "Geodetector": lambda panel: bd.Geodetector("y", ["x"]).fit(panel),
    "coupling_coordination": lambda panel: bd.coupling_coordination(panel, ["x", "y"]),
    "concentration": lambda panel: bd.concentration(panel, "y"),
    "coagglomeration": lambda panel: bd.coagglomeration(panel, ["x", "y"], reference="z"),
    "dagum": lambda panel: bd.dagum(panel, "y", "region"),
    "ellison_glaeser": lambda panel: bd.ellison_glaeser(panel, ["x", "y"], reference="z"),
    "entropy_index": lambda panel: bd.entropy_index(panel, ["x", "y"]),
    "location_quotient": lambda panel: bd.location_quotient(panel, ["x", "y"]),
    "relatedness_density": lambda panel: bd.relatedness_density(panel, ["x", "y"]),
    "share_east": lambda panel: bd.share_east(
        placed(panel), "y", bd.industry.HU_LINE, split=("lon", "lat")
    ),
    "specialisation": lambda panel: bd.specialisation(panel, ["x", "y"]),
    "variety": lambda panel: bd.variety(panel, {"all": ["x", "y"]}),
    "unit_root_test": lambda panel: bd.unit_root_test(panel, "y"),
    "Moran": lambda panel: bd.Moran("y").fit(panel, W),
    "Geary": lambda panel: bd.Geary("y").fit(panel, W),
    "GetisOrd": lambda panel: bd.GetisOrd("y").fit(panel, W),
    "JoinCounts": lambda panel: bd.JoinCounts("y").fit(panel, W),
    "LocalMoran": lambda panel: bd.LocalMoran("y").fit(panel, W),
    "LocalGeary": lambda panel: bd.LocalGeary("y").fit(panel, W),
    "LocalGetisOrd": lambda panel: bd.LocalGetisOrd("y").fit(panel, W),
    "BivariateMoran": lambda panel: bd.BivariateMoran("y", neighbour="x").fit(panel, W),
    "DirectionalLisa": lambda panel: bd.DirectionalLisa("y").fit(panel, W),
    "SpatialMarkov": lambda panel: bd.SpatialMarkov("y").fit(panel, W),
}
# What works, each with a test of its numbers, or takes nothing that could be missing.
WORKS = {
    "bootstrap": "tests/simulation/test_irregular.py",
    "calibrate": "tests/simulation/test_irregular.py",
    "describe": "counts the cells that are there",
    "with_belts": "of units alone",
    "regression_table": "test_words",
    "impacts_table": "test_words",
    "coefficient_plot": "reads tidy()",
    "impacts_plot": "reads tidy()",
    "run_grid": "tests/robustness/test_running.py",
    "adoption_placebo": "as its study: tests/policy",
    "EventStudy": "tests/policy/test_event_study.py",
    "Imputation": "tests/policy/test_imputation.py",
    "event_plot": "reads tidy()",
    "simulate_panel": "makes a complete panel",
    "compare_weights": "of weights alone, or of a variable that evaluate() checks",
}
METHODS_THAT_WORK = {
    *("aic", "bic", "cautions", "conf_int", "converged", "cov", "described", "df_resid"),
    *("effects", "errors", "estimate", "estimator", "fitted", "fitted_values", "fixed_part"),
    *("glance", "impacts", "kind", "lam", "loglik", "lr_test", "method", "n_params", "nobs"),
    *("panel", "params", "plot", "predict", "provenance", "pvalues", "resids", "rho", "rsquared"),
    *("sample", "sigma2", "std_errors", "summary", "systematic", "terms", "tidy", "tstats"),
    # tests/models/irregular/test_responses.py
    *("impact_matrix", "shock"),
    *("value", "values", "wald_test", "with_cov", "covariance", "of"),
    # degrees of freedom of clusters, of which the kinds that reduce bias need every cell
    *("degrees", "df", "df_of"),
    # of dynamic models and random effects, which need every cell
    *("psi", "tau", "eta", "largest_root", "stable", "variance_components"),
}
REFUSED = r"missing|weights by period|same weights in all periods|method=|a fit with|random effects"


@pytest.mark.parametrize("name", OF_A_FIT)
@pytest.mark.parametrize("fit", [FIT, LAGGED, MOVING], ids=["missing", "lagged", "by period"])
def test_a_fit_is_refused_by_name(name, fit):
    with pytest.raises((bd.InputError, bd.WeightsError), match=REFUSED):
        OF_A_FIT[name](fit)


@pytest.mark.parametrize("name", OF_A_REQUEST)
def test_a_request_with_missing_cells_is_refused_by_name(name):
    with pytest.raises(bd.OptionError, match="missing cells.*balance"):
        OF_A_REQUEST[name](PANEL, W)


@pytest.mark.parametrize("name", OF_A_REQUEST)
def test_a_request_with_weights_by_period_is_refused_by_name(name):
    with pytest.raises((bd.InputError, bd.WeightsError)):
        OF_A_REQUEST[name](WHOLE, bd.PeriodWeights.of(BY_PERIOD, YEARS))


@pytest.mark.parametrize("name", OF_A_PANEL)
def test_missing_cells_of_columns_are_named(name):
    with pytest.raises(bd.DataError, match="missing"):
        OF_A_PANEL[name](PANEL)


def test_none_is_forgotten():
    """The lists above hold every public name that takes a fit, or a request or variable and a
    panel.
    """
    asked = {*OF_A_FIT, *OF_A_REQUEST, *OF_A_PANEL, *WORKS}
    forgotten = {name for name in _public() if _takes_data(getattr(bd, name))} - asked
    models = {name for name in _public() if _is_model(getattr(bd, name))}
    recipes = {name for name in _public() if _is_recipe(getattr(bd, name))}
    assert forgotten - models - recipes == set()


def test_no_attribute_of_a_fit_is_forgotten():
    attributes = {name for name in dir(FIT) if not name.startswith("_")}
    asked = {name.partition(".")[0] for name in OF_A_FIT} | METHODS_THAT_WORK
    tables = {name for name in attributes if "maketables" in name}
    assert attributes - tables - asked == set()


def _public() -> list[str]:
    """The names of the package's own list."""
    listed = Path(bd.__file__).with_name("__init__.pyi").read_text(encoding="utf-8")
    imports = [node for node in ast.parse(listed).body if isinstance(node, ast.ImportFrom)]
    return [name.asname or name.name for node in imports if node.module for name in node.names]


def _takes_data(thing: Any) -> bool:
    """Whether a function, or the `fit` of a class, takes a fit or a panel."""
    called = getattr(thing, "fit", None) if inspect.isclass(thing) else thing
    if not inspect.isfunction(called):
        return False
    return bool(
        {"fit", "fits", "model", "panel", "impacts"} & set(inspect.signature(called).parameters)
    )


def _is_model(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, bd.Estimator)


def _is_recipe(thing: Any) -> bool:
    from bevdrivers.weights.recipe import Recipe

    return inspect.isclass(thing) and issubclass(thing, Recipe)
