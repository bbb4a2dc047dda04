"""Figures for papers: data in, `Axes` out. matplotlib is loaded when a figure is first drawn; pyplot never is."""

from .centres import centre_map
from .clusters import cluster_map, cluster_map_years
from .convergence import convergence_plot
from .files import save_figure
from .heat import comparison_plot
from .impacts import coefficient_plot, impacts_plot
from .interactive import interactive_map
from .links import connectivity_map
from .maps import choropleth, choropleth_years
from .moran import moran_scatter, moran_scatter_years
from .network import network_map
from .shares import share_plot
from .specifications import specification_curve
from .spillover import spillover_map
from .trends import trend_plot

__all__ = [
    "centre_map",
    "choropleth",
    "choropleth_years",
    "cluster_map",
    "cluster_map_years",
    "coefficient_plot",
    "comparison_plot",
    "connectivity_map",
    "convergence_plot",
    "impacts_plot",
    "interactive_map",
    "moran_scatter",
    "moran_scatter_years",
    "network_map",
    "save_figure",
    "share_plot",
    "specification_curve",
    "spillover_map",
    "trend_plot",
]
