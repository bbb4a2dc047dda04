"""Estimator classes, ways of estimating, covariances, impacts and what is derived from a fit.

In: a formula with options, a `Panel`, `SpatialWeights`. Out: a `FitResult`. The way through, each
file using only those before it: `options` (what the user writes), `covariance` (its kinds),
`method` (what a way of estimating can do), one room or file a method, `registry` (which one is
asked for), `request` (options settled and checked), `fitted` and `result` (the estimates and all
that follows), `estimator` (fit). Open `estimator` first; other rooms take internals from
`interface`.
"""

from .averaging import ModelAverage, average_models
from .bayes import ModelComparison, compare_models
from .cautions import Caution
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
    "Caution",
    "EffectEstimates",
    "Estimator",
    "FitResult",
    "GeneralNesting",
    "ImpactOrders",
    "Impacts",
    "ModelAverage",
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
    "average_models",
    "compare_models",
]
