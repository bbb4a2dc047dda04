"""Figures for papers: data in, `Axes` out. matplotlib is loaded when a figure is first drawn; pyplot never is."""

from .clusters import cluster_map, cluster_map_years
from .files import save_figure
from .heat import comparison_plot
from .impacts import coefficient_plot, impacts_plot
from .links import connectivity_map
from .maps import choropleth, choropleth_years
from .moran import moran_scatter

__all__ = [
    "choropleth",
    "choropleth_years",
    "cluster_map",
    "cluster_map_years",
    "coefficient_plot",
    "comparison_plot",
    "connectivity_map",
    "impacts_plot",
    "moran_scatter",
    "save_figure",
]
