"""Geometry or covariates -> `SpatialWeights`."""

from .comparison import WeightsComparison, compare_weights
from .contiguity import HigherOrder, Queen, Rook
from .distance import (
    DistanceBand,
    Exponential,
    InverseDistance,
    Kernel,
    KNearest,
)
from .economic import EconomicDistance, EconomicGeographic, Nested
from .file_recipe import FromFile
from .network import Blocks, FromFlows
from .points import weighted_centres
from .weights import SpatialWeights

__all__ = [
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
]
