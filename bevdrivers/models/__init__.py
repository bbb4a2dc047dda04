"""Estimator classes, likelihoods, covariances, impacts and simulation."""

from .bayes import ModelComparison, compare_models
from .effects import EffectEstimates
from .estimator import Estimator
from .estimators import (
    GNS,
    SAC,
    SAR,
    SDEM,
    SDM,
    SEM,
    SLX,
    GeneralNesting,
    NonSpatial,
    SpatialCombined,
    SpatialDurbin,
    SpatialDurbinError,
    SpatialError,
    SpatialLag,
    SpatialLagX,
)
from .impacts.impacts import ImpactOrders, Impacts
from .impacts.shock import Shock
from .random.components import VarianceComponents
from .result import FitResult

__all__ = [
    "GNS",
    "SAC",
    "SAR",
    "SDEM",
    "SDM",
    "SEM",
    "SLX",
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
]
