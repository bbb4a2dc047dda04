"""Estimator classes, likelihoods, covariances, impacts and simulation."""

from .bayes import ModelComparison, compare_models
from .effects import EffectEstimates
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
from .orders import ImpactOrders
from .random_covariance import VarianceComponents
from .result import FitResult
from .shock import Shock
from .simulate import simulate_panel

__all__ = [
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
]
