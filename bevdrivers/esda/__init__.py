"""Spatial statistics of a variable of a panel: global and local, by period, and over time.

In: a panel and its weights. Out: results with a frame of one row a period, or a period and unit. A
statistic is a frozen request, `Moran("y")`, whose `fit` gives it with its moments, z and p-values.
The global ones are sums over pairs of units (`cross_products`) and differ in what they compare.
Open `request` first, then `global_statistics`.
"""

from .bivariate import BivariateMoran
from .bridge import to_esda
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
    "to_esda",
]
