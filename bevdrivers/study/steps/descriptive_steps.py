"""The step that describes the variables of the model."""

from __future__ import annotations

from ...panel import Panel
from ...tables import descriptive_table
from .outputs import Output
from .shared_results import SharedResults

SPREADS = {"std_between": "Between", "std_within": "Within"}


def descriptive_step(shared: SharedResults) -> list[Output]:
    """The outcome and the regressors as the model has them."""
    title = "Descriptive statistics"
    design = shared.main.sample.design
    options = shared.captions("descriptive", title)
    options["labels"] = SPREADS | options["labels"]
    statistics = _variables(shared).describe().drop(columns="N")
    table = descriptive_table(statistics, digits=shared.digits, **options)
    sample = (
        f"{design.y.size} observations of {len(design.units)} units, "
        f"{design.periods[0]}–{design.periods[-1]}"
    )
    spreads = "Between: standard deviation of the units' means; within: around them."
    return [Output("descriptive", title, table.note(f"{sample}. {spreads}"))]


def _variables(shared: SharedResults) -> Panel:
    """The outcome and the regressors, transformed as the formula says, as a panel."""
    design = shared.main.sample.design
    arrays = {design.outcome: design.y}
    for column, term in enumerate(design.terms):
        if term != "Intercept":
            arrays[term] = design.X[:, :, column]
    return Panel.from_arrays(arrays, units=design.units, periods=design.periods)
