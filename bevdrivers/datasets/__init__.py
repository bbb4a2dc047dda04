"""The bundled data by name: provinces, firms, pilot programmes, official statistics, and the panel
built from them.
"""

from .bundled import load_panel
from .files import data_catalogue, data_path
from .tables import load_adjacency, load_firms, load_policies, load_provinces, load_statistics

__all__ = [
    "data_catalogue",
    "data_path",
    "load_adjacency",
    "load_firms",
    "load_panel",
    "load_policies",
    "load_provinces",
    "load_statistics",
]
