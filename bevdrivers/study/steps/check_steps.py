"""Steps of a study that ask whether its main model can be trusted: collinearity, residuals,
calibration.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...diagnostics import collinearity, residual_tests
from ...errors import OptionError
from ...tables import calibration_table, estimates_table, tests_table
from ...tables.language.symbols import TIMES, W
from .outputs import Output
from .selection import model_words
from .shared_results import SharedResults


def collinearity_step(shared: SharedResults) -> list[Output]:
    """Variance inflation factors of the transformed design, with the lags of X."""
    title = "Variance inflation factors"
    factors = collinearity(shared.plan.main, shared.plan.panel, shared.plan.first_weights)
    options = shared.captions("collinearity", title)
    options["labels"] = _with_lags(shared, factors.tidy()["term"]) | {
        "condition_number": "Condition number"
    }
    table = estimates_table(
        factors,
        titles=["VIF"],
        statistics=["condition_number"],
        digits=2,
        **options,
    )
    about = (
        "Of the regressors as the main model has them: after the fixed effects are taken "
        "out, lags of X included."
    )
    return [Output("collinearity", title, table.note(about))]


def _with_lags(shared: SharedResults, terms: Iterable[str]) -> dict[str, str]:
    """The labels, and those of the lags of all terms that follow from them."""
    labels = shared.plan.labels
    lags = {f"W_{term}": f"{W} {TIMES} {labels.get(term, term)}" for term in terms}
    return lags | labels


def residuals_step(shared: SharedResults) -> list[Output]:
    """Tests of the residuals of the main model."""
    title = f"Residuals of the {model_words(shared.plan.main)} model"
    try:
        tests = residual_tests(shared.main)
    except OptionError as refused:
        return [Output("residuals", title, f"Not tested. {refused}\n")]
    table = tests_table(
        {"": list(tests)},
        digits=shared.digits,
        title=title,
        label="tab:residuals",
    )
    return [Output("residuals", title, table)]


def calibration_step(shared: SharedResults) -> list[Output]:
    """What the estimator is worth in a design like that of the data."""
    title = "Calibration of the main model in its own design"
    calibration = shared.calibration
    if isinstance(calibration, str):
        return [Output("calibration", title, f"Not calibrated. {calibration}\n")]
    table = calibration_table(
        calibration,
        digits=shared.digits,
        **shared.captions("calibration", title),
    )
    return [Output("calibration", title, table)]
