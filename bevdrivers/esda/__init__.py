"""Spatial statistics of a variable."""

from .moran import Moran, MoranResult

__all__ = ["Moran", "MoranResult"]
