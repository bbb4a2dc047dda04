"""The step that describes the variables of the model."""

from __future__ import annotations

import numpy as np

from ...panel import Panel
from ...tables import descriptive_table
from .outputs import Output
from .shared_results import SharedResults

SPREADS = {"std_between": "Between", "std_within": "Within"}


def descriptive_step(shared: SharedResults) -> list[Output]:
    """The outcome and the regressors as the model has them."""
    words = shared.words
    title = words.say("Descriptive statistics")
    design = shared.main.sample.design
    options = shared.captions("descriptive", title)
    spreads = {key: words.say(name) for key, name in SPREADS.items()}
    options["labels"] = spreads | options["labels"]
    statistics = _variables(shared).describe().drop(columns="N")
    table = descriptive_table(statistics, digits=shared.digits, **options)
    sample = words.say(
        "{observations} observations of {units} units, {first}–{last}",
        observations=shared.main.nobs,
        units=shared.main.described["n_units"],
        first=design.periods[0],
        last=design.periods[-1],
    )
    meaning = words.say("Between: standard deviation of the units' means; within: around them.")
    sentence = words.say("{text}.", text=sample)
    note = sentence + words.gap + meaning
    return [Output("descriptive", title, table.note(note))]


def _variables(shared: SharedResults) -> Panel:
    """The outcome and the regressors, transformed as the formula says, as a panel."""
    design = shared.main.sample.design
    there = shared.main.sample.there
    arrays = {design.outcome: np.where(there, design.y, np.nan)}
    for column, term in enumerate(design.terms):
        if term != "Intercept":
            arrays[term] = np.where(there, design.X[:, :, column], np.nan)
    return Panel.from_arrays(arrays, units=design.units, periods=design.periods)
