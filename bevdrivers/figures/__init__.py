"""Figures for papers: data in, `Axes` out. matplotlib is loaded when a figure is first drawn; pyplot never is."""

from .files import save_figure
from .impacts import coefficient_plot, impacts_plot
from .maps import choropleth, choropleth_years
from .moran import moran_scatter

__all__ = ["choropleth", "choropleth_years", "coefficient_plot", "impacts_plot", "moran_scatter", "save_figure"]
