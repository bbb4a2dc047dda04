"""Tables for papers: an immutable `Table`, builders that make one from results, and its formats."""

from .calibration import calibration_table
from .correlation import correlation_table
from .descriptive import descriptive_table
from .estimates import estimates_table
from .hypotheses import tests_table
from .impacts import impacts_table
from .moran import moran_table
from .regression import regression_table
from .selection import selection_table
from .table import Table, save_tables

__all__ = [
    "Table",
    "calibration_table",
    "correlation_table",
    "descriptive_table",
    "estimates_table",
    "impacts_table",
    "moran_table",
    "regression_table",
    "save_tables",
    "selection_table",
    "tests_table",
]
