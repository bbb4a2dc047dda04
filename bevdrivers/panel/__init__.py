"""Files and frames -> `Panel`; formula -> `Design`."""

from .formula import Design, build_design
from .panel import Panel
from .provinces import standardise_provinces
from .readers import read_csv, read_nbs

__all__ = ["Design", "Panel", "build_design", "read_csv", "read_nbs", "standardise_provinces"]
