"""Files and frames -> `Panel`; formula -> `Design`."""

from .formula import Design, build_design
from .panel import Panel

__all__ = ["Design", "Panel", "build_design"]
