"""The step that shows the main model under several covariances of its errors."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...errors import BevdriversError
from ...models import FitResult
from ...panel import Panel
from ...tables import regression_table
from ...weights.points import great_circle, locations, on_sphere
from ...weights.spatial_units import SpatialUnits
from .outputs import Output
from .selection import model_words
from .shared_results import SharedResults

# The heads of the columns, and what the covariance of each takes besides its distance.
COVARIANCES = {
    "Classical": {"cov_type": "classical"},
    "Clustered by unit": {"cov_type": "clustered"},
    "Driscoll–Kraay": {"cov_type": "driscoll-kraay"},
    "Spatial HAC": {"cov_type": "spatial-hac"},
}
# whole kilometres read better than a distance to the metre
STEP_KM = 50.0


def covariances_step(shared: SharedResults) -> list[Output]:
    """Estimates of the main model with standard errors of four kinds side by side."""
    words, fit = shared.words, shared.main
    fits, left_out = {}, []
    for heading, options in COVARIANCES.items():
        if options["cov_type"] == "spatial-hac" and fit.panel.geometry is None:
            # a study without a map has had no reason to give one
            left_out.append(words.topic(words.say(heading), words.say("needs a map")))
            continue
        try:
            fits[heading] = _with(fit, options)
        except BevdriversError:
            left_out.append(words.topic(words.say(heading), words.say("not for this model")))
    model = model_words(shared.plan.main, words)
    title = words.say("Standard errors: {model} model under each covariance", model=model)
    table = regression_table(
        list(fits.values()),
        titles=[words.say(heading) for heading in fits],
        digits=shared.digits,
        rsquared=None,
        **shared.captions("covariances", title),
    )
    table = table.drop([row.key for row in table.rows if row.key not in fit.terms])
    if "Spatial HAC" in fits:
        cutoff = f"{fits['Spatial HAC'].estimator.cutoff_km:g}"
        note = "Spatial HAC: up to {km} km, where each unit has another one."
        table = table.note(words.say(note, km=cutoff))
    for said in left_out:
        table = table.note(said)
    return [Output("covariances", title, table)]


def _with(fit: FitResult, options: dict[str, Any]) -> FitResult:
    """The fit under another covariance; that it rests on few sums is a caution of its own."""
    if options["cov_type"] == "spatial-hac":
        options = {**options, "cutoff_km": _cutoff(fit.panel)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit.with_cov(**options)


def _cutoff(panel: Panel) -> float:
    """The distance in km, rounded up, at which each unit has at least one other."""
    between = great_circle(on_sphere(locations(SpatialUnits.of(panel), "centroid")))
    np.fill_diagonal(between, np.inf)
    farthest = float(between.min(axis=1).max())
    return STEP_KM * float(np.ceil(farthest / STEP_KM))
