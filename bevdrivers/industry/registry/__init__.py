"""A registry of firms, of any industry, made into counts, densities, entry, exit and survival.

In: a frame of one row a firm: region, segment, year of entry, year of exit or nothing. Out: frames of
one row a region and year, for a panel, and `Measures`. Open `columns` first: it says what a registry
has to be. `placing` finds the regions of firms known by their coordinates.
"""

from .columns import Registry
from .flows import firm_flows, registry_panel
from .placing import PlacedFirms, place_firms
from .survival import firm_survival

__all__ = [
    "PlacedFirms",
    "Registry",
    "firm_flows",
    "firm_survival",
    "place_firms",
    "registry_panel",
]
