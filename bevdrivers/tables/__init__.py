"""Tables for papers.

In: results with `tidy()` and `glance()`, tests, frames. Out: an immutable `Table`, and files of
LaTeX, Word, Excel, HTML, Markdown, CSV and JSON. Open `table` first, then `builders.regression`. A
table is `cells` in a `layout`, which `split` parts where it is too wide; `language` has its words,
`builders` make it, `files` calls the format that a suffix names: `latex` and `office` are folders,
`html`, `markdown` and `data` files.
"""

from .builders.calibration import calibration_table
from .builders.correlation import correlation_table
from .builders.descriptive import descriptive_table
from .builders.draws import draws_table
from .builders.estimates import estimates_table
from .builders.hypotheses import tests_table
from .builders.impacts import impacts_table
from .builders.influence import influence_table
from .builders.moran import moran_table
from .builders.picks import picks_table
from .builders.regression import regression_table
from .builders.robustness import robustness_table
from .builders.selection import selection_table
from .builders.sensitivity import sensitivity_table
from .table import Table, save_tables

__all__ = [
    "Table",
    "calibration_table",
    "correlation_table",
    "descriptive_table",
    "draws_table",
    "estimates_table",
    "impacts_table",
    "influence_table",
    "moran_table",
    "picks_table",
    "regression_table",
    "robustness_table",
    "save_tables",
    "selection_table",
    "sensitivity_table",
    "tests_table",
]
