"""The steps of a study, in their order: each takes the shared results and gives outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..request.plan import Plan
from ..results.destination import MANIFEST
from .check_steps import calibration_step, collinearity_step, residuals_step
from .covariance_steps import covariances_step
from .descriptive_steps import descriptive_step
from .map_steps import maps_step, spillover_step
from .model_steps import impacts_step, models_step, stages_step, weights_step
from .moran_steps import moran_step, scatter_step
from .outputs import KINDS, Output, file_names
from .robustness_steps import robustness_names, robustness_step
from .selection_steps import calibrates_path, path_calibration_step, selection_step
from .shared_results import SharedResults

REPORT = "report.html"


class Step:
    """One step.

    Attributes
    ----------
    title : str
        What is printed when it begins.
    make : function
        From the shared results to outputs.
    names : tuple of str
        All names that its outputs may have.
    """

    def __init__(
        self,
        title: str,
        make: Callable[[SharedResults], list[Output]],
        *names: str,
    ) -> None:
        self.title = title
        self.make = make
        self.names = names


def steps_of(plan: Plan) -> list[Step]:
    """The steps of a plan, in order; those that it leaves out, or has no use for, are not among
    them.
    """
    steps = [
        Step("Descriptive statistics", descriptive_step, "descriptive"),
        Step("Collinearity", collinearity_step, "collinearity"),
        Step("Maps", maps_step, "maps"),
        Step("Moran's I by year", moran_step, "moran"),
        Step("Moran scatter plot", scatter_step, "moran_scatter"),
        Step("Selection path", selection_step, "tests", "selection_path"),
        Step("Models side by side", models_step, "models"),
        Step("Standard errors side by side", covariances_step, "covariances"),
        Step("Impacts", impacts_step, "impacts", "impacts_long", "impacts_figure"),
    ]
    if plan.config.spillover:
        steps.append(Step("Spillover map", spillover_step, "spillover_map"))
    steps.append(Step("Residuals", residuals_step, "residuals"))
    if plan.config.calibration.replications:
        steps.append(Step("Calibration", calibration_step, "calibration"))
    if calibrates_path(plan):
        steps.append(
            Step("Calibration of the path", path_calibration_step, "picks", "picks_figure")
        )
    if plan.stages:
        steps.append(Step("Stages", stages_step, "stages"))
    if len(plan.weights) > 1:
        steps.append(Step("Other weights", weights_step, "weights"))
    if plan.robustness is not None:
        steps += robustness_steps(plan)
    return [step for step in steps if step.title not in plan.left_out]


def robustness_steps(plan: Plan) -> list[Step]:
    """The steps of a plan that look at many specifications."""
    return [Step("Robustness", robustness_step, *robustness_names(plan))]


def possible_files(plan: Plan, steps: Iterable[Step] | None = None) -> list[str]:
    """All files that these steps of a plan, by default all, may write, relative to the result
    folder.
    """
    chosen = steps_of(plan) if steps is None else steps
    names = [name for step in chosen for name in step.names]
    files: list[str] = []
    for name in names:
        for kind in KINDS:
            files += file_names(name, kind, plan.config.outputs)
    return [*files, REPORT, MANIFEST]
