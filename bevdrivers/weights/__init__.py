"""Geometry or covariates -> `SpatialWeights`."""

from .recipes import InverseDistance, KNearest, Queen, Rook
from .weights import SpatialWeights

__all__ = ["InverseDistance", "KNearest", "Queen", "Rook", "SpatialWeights"]
