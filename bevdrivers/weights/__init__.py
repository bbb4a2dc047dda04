"""Spatial weights: who is whose neighbour, and how much.

In: a map or a panel with one, a covariate, flows, a matrix, a file or a libpysal graph. Out:
`SpatialWeights`, links between units that are known by id, raw and normalised. A recipe is a frozen
request, `Queen()`; its `fit` makes the links, deals with units that have no neighbour, and notes in
words what it did. Open `recipe` first, then `weights`.
"""

from .by_period import PeriodWeights
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
    "PeriodWeights",
    "Queen",
    "Rook",
    "SpatialWeights",
    "WeightsComparison",
    "compare_weights",
    "weighted_centres",
]
