"""Estimator classes, likelihoods, covariances, impacts and simulation."""

from .estimator import Estimator
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
from .impacts import Impacts
from .random_covariance import VarianceComponents
from .result import EffectEstimates, FitResult
from .simulate import simulate_panel

__all__ = [
    "EffectEstimates",
    "Estimator",
    "FitResult",
    "GeneralNesting",
    "Impacts",
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
