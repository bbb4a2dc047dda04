"""Estimator classes, likelihoods, covariances, impacts and simulation."""

from .estimators import (
    GeneralNesting,
    NonSpatial,
    SpatialCombined,
    SpatialDurbin,
    SpatialDurbinError,
    SpatialError,
    SpatialLag,
    SpatialLagX,
)
from .random_information import VarianceComponents
from .result import FitResult
from .simulate import simulate_panel

__all__ = [
    "FitResult",
    "GeneralNesting",
    "NonSpatial",
    "SpatialCombined",
    "SpatialDurbin",
    "SpatialDurbinError",
    "SpatialError",
    "SpatialLag",
    "SpatialLagX",
    "VarianceComponents",
    "simulate_panel",
]
