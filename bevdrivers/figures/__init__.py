"""Figures for papers.

In: frames, arrays and results with `tidy()`. Out: matplotlib's `Axes`, or a `Figure` where there
are several. Open `charts.impacts` or `maps.choropleth` first. At the head is what all figures
share: `style` and `axes` (how they look), `legend` and `labels` (keys, and names beside points),
`estimates` (what is read of a result), `fonts` and `files`. matplotlib is loaded when a figure is
first drawn; pyplot never is.
"""

from .charts.comparison import comparison_plot
from .charts.convergence import convergence_plot
from .charts.curve_tests import curve_test_plot
from .charts.draws import draws_plot
from .charts.events import event_plot
from .charts.impacts import coefficient_plot, impacts_plot
from .charts.influence import influence_plot
from .charts.moran import moran_scatter, moran_scatter_years
from .charts.picks import picks_plot
from .charts.sensitivity import sensitivity_plot
from .charts.shares import share_plot
from .charts.specifications import specification_curve
from .charts.trends import trend_plot
from .files import save_figure
from .maps.centres import centre_map
from .maps.choropleth import choropleth, choropleth_years
from .maps.clusters import cluster_map, cluster_map_years
from .maps.interactive import interactive_map
from .maps.links import connectivity_map
from .maps.network import network_map
from .maps.spillover import spillover_map

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
    "curve_test_plot",
    "draws_plot",
    "event_plot",
    "impacts_plot",
    "influence_plot",
    "interactive_map",
    "moran_scatter",
    "moran_scatter_years",
    "network_map",
    "picks_plot",
    "save_figure",
    "sensitivity_plot",
    "share_plot",
    "specification_curve",
    "spillover_map",
    "trend_plot",
]
