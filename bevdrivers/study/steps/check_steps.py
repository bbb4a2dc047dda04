"""Steps of a study that ask whether its main model can be trusted: collinearity, residuals,
calibration.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...diagnostics import collinearity, residual_tests
from ...errors import OptionError
from ...language.symbols import TIMES, W
from ...tables import calibration_table, estimates_table, tests_table
from .outputs import Output
from .selection import model_words
from .shared_results import SharedResults


def collinearity_step(shared: SharedResults) -> list[Output]:
    """Variance inflation factors of the transformed design, with the lags of X."""
    title = shared.words.say("Variance inflation factors")
    factors = collinearity(shared.plan.main, shared.plan.panel, shared.plan.first_weights)
    options = shared.captions("collinearity", title)
    options["labels"] = _with_lags(shared, factors.tidy()["term"]) | {
        "condition_number": shared.words.say("Condition number")
    }
    table = estimates_table(
        factors,
        titles=[shared.words.say("VIF")],
        statistics=["condition_number"],
        digits=2,
        **options,
    )
    about = (
        "Of the regressors as the main model has them: after the fixed effects are taken "
        "out, lags of X included."
    )
    return [Output("collinearity", title, table.note(shared.words.say(about)))]


def _with_lags(shared: SharedResults, terms: Iterable[str]) -> dict[str, str]:
    """The labels, and those of the lags of all terms that follow from them."""
    labels: dict[str, str] = shared.captions("", "")["labels"]
    lags = {f"W_{term}": f"{W} {TIMES} {labels.get(term, term)}" for term in terms}
    return lags | labels


def residuals_step(shared: SharedResults) -> list[Output]:
    """Tests of the residuals of the main model."""
    words = shared.words
    title = words.say("Residuals of the {model} model", model=model_words(shared.plan.main, words))
    try:
        tests = residual_tests(shared.main)
    except OptionError as refused:
        return [
            Output("residuals", title, words.say("Not tested. {reason}", reason=refused) + "\n")
        ]
    table = tests_table(
        {"": list(tests)},
        digits=shared.digits,
        **shared.captions("residuals", title),
    )
    return [Output("residuals", title, table)]


def calibration_step(shared: SharedResults) -> list[Output]:
    """What the estimator is worth in a design like that of the data."""
    words = shared.words
    title = words.say("Calibration of the main model in its own design")
    calibration = shared.calibration
    if isinstance(calibration, str):
        return [
            Output(
                "calibration",
                title,
                words.say("Not calibrated. {reason}", reason=calibration) + "\n",
            )
        ]
    table = calibration_table(
        calibration,
        digits=shared.digits,
        **shared.captions("calibration", title),
    )
    return [Output("calibration", title, table)]
