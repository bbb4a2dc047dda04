"""Spatial panel econometrics for applied researchers: weights, Moran's I, spatial Durbin
regressions, impacts, tables.

The public names are listed once, in ``__init__.pyi``. Each is loaded when it is first asked for, so
that ``import bevdrivers`` stays fast.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

__version__ = "0.1.0"

_load, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]

# Rooms, each with all that it offers: bd.figures.choropleth. The names stay at the top, too:
# bd.choropleth.
_ROOMS = (
    "datasets",
    "diagnostics",
    "errors",
    "esda",
    "figures",
    "industry",
    "models",
    "panel",
    "policy",
    "results",
    "robustness",
    "simulation",
    "study",
    "tables",
    "weights",
)
# What completion shows first: with these a study goes from data to tables.
_FIRST = (
    "__version__",
    "Panel",
    "load_panel",
    "Blocks",
    "DistanceBand",
    "EconomicDistance",
    "FromFile",
    "InverseDistance",
    "KNearest",
    "Kernel",
    "Nested",
    "Queen",
    "Rook",
    "SpatialWeights",
    "compare_weights",
    "NonSpatial",
    "SpatialLagX",
    "SpatialLag",
    "SpatialError",
    "SpatialDurbin",
    "SpatialDurbinError",
    "SpatialCombined",
    "GeneralNesting",
    "SLX",
    "SAR",
    "SEM",
    "SDM",
    "SDEM",
    "SAC",
    "GNS",
    "Moran",
    "LocalMoran",
    "ResidualMoran",
    "collinearity",
    "crosscheck",
    "describe",
    "effects_tests",
    "hausman_test",
    "lm_tests",
    "residual_tests",
    "select_model",
    "bootstrap",
    "calibrate",
    "simulate_panel",
    "SpecGrid",
    "descriptive_table",
    "impacts_table",
    "moran_table",
    "regression_table",
    "save_tables",
    "tests_table",
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'bevdrivers' has no attribute {name!r}")
    return _load(name)


def __dir__() -> list[str]:
    return sorted({*_FIRST, *_ROOMS})
