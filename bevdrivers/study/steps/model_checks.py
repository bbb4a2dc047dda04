"""Steps of a study that ask whether its main model can be trusted: collinearity, residuals,
calibration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...diagnostics import collinearity, residual_tests
from ...errors import OptionError
from ...tables import calibration_table, estimates_table, tests_table
from ...tables.language.symbols import TIMES, W
from .outputs import Output
from .selection import model_words

if TYPE_CHECKING:
    from .shared_results import SharedResults


def collinearity_step(shared: SharedResults) -> list[Output]:
    """Variance inflation factors of the transformed design, with the lags of X."""
    title = "Variance inflation factors"
    named: dict[str, Any] = {
        "labels": _lagged(shared) | {"condition_number": "Condition number"},
        "title": title,
    }
    found = collinearity(shared.plan.main, shared.plan.panel, shared.plan.first_weights)
    table = estimates_table(
        found,
        titles=["VIF"],
        statistics=["condition_number"],
        digits=2,
        label="tab:collinearity",
        **named,
    )
    about = (
        "Of the regressors as the main model has them: after the fixed effects are taken "
        "out, lags of X included."
    )
    return [Output("collinearity", title, table.note(about))]


def residuals_step(shared: SharedResults) -> list[Output]:
    """Tests of the residuals of the main model."""
    title = f"Residuals of the {model_words(shared.plan.main)} model"
    try:
        group = residual_tests(shared.main)
    except OptionError as refused:
        return [Output("residuals", title, f"Not tested. {refused}\n")]
    digits = shared.plan.config.outputs.digits
    table = tests_table({"": list(group)}, digits=digits, title=title, label="tab:residuals")
    return [Output("residuals", title, table)]


def calibration_step(shared: SharedResults) -> list[Output]:
    """What the estimator is worth in a design like that of the data."""
    title = "Calibration of the main model in its own design"
    found = shared.calibration
    if isinstance(found, str):
        return [Output("calibration", title, f"Not calibrated. {found}\n")]
    table = calibration_table(
        found,
        labels=shared.plan.labels,
        digits=shared.plan.config.outputs.digits,
        title=title,
        label="tab:calibration",
    )
    return [Output("calibration", title, table)]


def _lagged(shared: SharedResults) -> dict[str, str]:
    """The labels, and those of the lags of X that follow from them."""
    labels = shared.plan.labels
    return {f"W_{term}": f"{W} {TIMES} {label}" for term, label in labels.items()} | labels
