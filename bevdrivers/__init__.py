"""Spatial panel econometrics for applied researchers: weights, Moran's I, spatial Durbin regressions, impacts, tables.

Every public name is loaded when it is first asked for, so that ``import bevdrivers`` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES: dict[str, tuple[str, ...]] = {
    "errors": (
        "BevdriversError",
        "BevdriversWarning",
        "BoundWarning",
        "DataError",
        "EstimationError",
        "IdentificationError",
        "InputError",
        "MissingPackageError",
        "OptionError",
        "SampleWarning",
        "WeightsError",
    ),
    "results": ("Provenance", "TestGroup", "TestResult"),
    "panel": ("Panel", "standardise_provinces"),
    "datasets": (
        "load_adjacency",
        "load_firms",
        "load_panel",
        "load_policies",
        "load_provinces",
        "load_statistics",
    ),
    "industry": ("Concentration", "build_panel", "concentration", "firm_density", "policy_intensity"),
    "weights": (
        "Blocks",
        "DistanceBand",
        "EconomicDistance",
        "EconomicGeographic",
        "Exponential",
        "FromFile",
        "FromFlows",
        "HigherOrder",
        "InverseDistance",
        "KNearest",
        "Kernel",
        "Nested",
        "Queen",
        "Rook",
        "SpatialWeights",
        "WeightsComparison",
        "compare_weights",
        "weighted_centres",
    ),
    "esda": (
        "BivariateMoran",
        "DirectionalLisa",
        "DirectionalLisaResult",
        "Geary",
        "GetisOrd",
        "GlobalResult",
        "JoinCounts",
        "JoinCountsResult",
        "LisaTransitions",
        "LocalGeary",
        "LocalGetisOrd",
        "LocalMoran",
        "LocalResult",
        "Moran",
        "MoranResult",
        "ResidualMoran",
        "ResidualMoranResult",
        "SpatialMarkov",
        "SpatialMarkovResult",
        "adjust_p_values",
        "hotspot_persistence",
        "lisa_transitions",
    ),
    "diagnostics": (
        "Calibration",
        "Collinearity",
        "Correlations",
        "CrossCheck",
        "Descriptives",
        "DriverShares",
        "GroupComparison",
        "Influence",
        "OutcomeCheck",
        "SelectionPath",
        "SeriesTest",
        "SplitSearch",
        "StageComparison",
        "calibrate",
        "cointegration_test",
        "collinearity",
        "common_factor_test",
        "compare_groups",
        "compare_stages",
        "conditional_lm_tests",
        "correlations",
        "cross_section_exponent",
        "crosscheck",
        "describe",
        "driver_shares",
        "effects_tests",
        "hausman_test",
        "influence",
        "j_tests",
        "lm_tests",
        "mundlak_test",
        "outcome_check",
        "random_effects_lm_tests",
        "random_effects_test",
        "residual_tests",
        "search_split",
        "select_model",
        "spatial_hausman_test",
        "unit_root_test",
    ),
    "robustness": ("BootstrapResult", "bootstrap"),
    "tables": (
        "Table",
        "calibration_table",
        "correlation_table",
        "descriptive_table",
        "estimates_table",
        "impacts_table",
        "moran_table",
        "regression_table",
        "save_tables",
        "selection_table",
        "tests_table",
    ),
    "models": (
        "EffectEstimates",
        "Estimator",
        "FitResult",
        "GeneralNesting",
        "ImpactOrders",
        "Impacts",
        "ModelComparison",
        "NonSpatial",
        "Shock",
        "SpatialCombined",
        "SpatialDurbin",
        "SpatialDurbinError",
        "SpatialError",
        "SpatialLag",
        "SpatialLagX",
        "VarianceComponents",
        "compare_models",
        "simulate_panel",
    ),
    "figures": (
        "choropleth",
        "choropleth_years",
        "cluster_map",
        "cluster_map_years",
        "coefficient_plot",
        "comparison_plot",
        "connectivity_map",
        "impacts_plot",
        "moran_scatter",
        "save_figure",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bevdrivers' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
