"""Spatial statistics of a variable: global and local, by period, and over time."""

from .bivariate import BivariateMoran
from .directional_lisa import DirectionalLisa, DirectionalLisaResult
from .geary import Geary, LocalGeary
from .getis import GetisOrd, LocalGetisOrd
from .global_statistics import GlobalResult
from .join_counts import JoinCounts, JoinCountsResult
from .local_statistics import LocalResult
from .markov import SpatialMarkov, SpatialMarkovResult
from .moran import LocalMoran, Moran, MoranResult
from .multiplicity import adjust_p_values
from .residuals import ResidualMoran, ResidualMoranResult
from .transitions import LisaTransitions, hotspot_persistence, lisa_transitions

__all__ = [
    "BivariateMoran",
    "DirectionalLisa",
    "DirectionalLisaResult",
    "Geary",
    "GetisOrd",
    "GlobalResult",
    "JoinCounts",
    "JoinCountsResult",
    "LisaTransitions",
    "LocalGeary",
    "LocalGetisOrd",
    "LocalMoran",
    "LocalResult",
    "Moran",
    "MoranResult",
    "ResidualMoran",
    "ResidualMoranResult",
    "SpatialMarkov",
    "SpatialMarkovResult",
    "adjust_p_values",
    "hotspot_persistence",
    "lisa_transitions",
]
