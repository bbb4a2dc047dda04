"""Tables for papers: an immutable `Table`, builders that make one from results, and its formats."""

from .descriptive import descriptive_table
from .hypotheses import tests_table
from .impacts import impacts_table
from .moran import moran_table
from .regression import regression_table
from .table import Table

__all__ = ["Table", "descriptive_table", "impacts_table", "moran_table", "regression_table", "tests_table"]
