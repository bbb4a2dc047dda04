"""Files and frames -> `Panel`; formula -> `Design`."""

from .formula import Design, build_design
from .moves import Move, move, moves
from .panel import Panel
from .provinces import standardise_provinces
from .readers import read_csv, read_excel, read_nbs, read_stata

__all__ = [
    "Design",
    "Move",
    "Panel",
    "build_design",
    "move",
    "moves",
    "read_csv",
    "read_excel",
    "read_nbs",
    "read_stata",
    "standardise_provinces",
]
