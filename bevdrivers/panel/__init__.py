"""Panels of units and periods, and the formulas that are read of them.

In: files, frames, maps; a formula. Out: a `Panel` of (T, N) arrays whose units are known by id; a
`Design` of named arrays. Open `panel` first, then `schema`, which checks a frame by `identifiers`
and `periods`; `columns` holds cells, `matching` explains ids without a match. A formula goes
from `grammar`, by the tables in `language`, over `tree` and `terms` to `evaluation`; `formula` is
their door, `observed` what they need of a panel, `marginal_changes` how regressors change with a
variable. `readers` and `foreign` open the files of strangers, whose letters `encodings` finds;
`wide` makes one long frame of tables with a column a year.
`time_axis` says what one period before is, and where periods are missing.
"""

from .formula import Design, build_design
from .marginal_changes import MarginalChange, marginal_change, marginal_changes
from .panel import Panel
from .provinces import standardise_provinces
from .readers import read_csv, read_excel, read_nbs, read_stata, read_table

__all__ = [
    "Design",
    "MarginalChange",
    "Panel",
    "build_design",
    "marginal_change",
    "marginal_changes",
    "read_csv",
    "read_excel",
    "read_nbs",
    "read_stata",
    "read_table",
    "standardise_provinces",
]
