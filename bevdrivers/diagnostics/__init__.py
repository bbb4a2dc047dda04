"""Tests, and the path from the data to a specification."""

from .cointegration import cointegration_test
from .collinearity import Collinearity, collinearity
from .descriptive import Correlations, Descriptives, correlations, describe
from .effects import effects_tests, hausman_test
from .lm import lm_tests
from .opinions import CrossCheck, crosscheck
from .outcome import OutcomeCheck, outcome_check
from .random_effects import mundlak_test, random_effects_test
from .selection import SelectionPath, select_model
from .unit_root import SeriesTest, unit_root_test

__all__ = [
    "Collinearity",
    "Correlations",
    "CrossCheck",
    "Descriptives",
    "OutcomeCheck",
    "SelectionPath",
    "SeriesTest",
    "cointegration_test",
    "collinearity",
    "correlations",
    "crosscheck",
    "describe",
    "effects_tests",
    "hausman_test",
    "lm_tests",
    "mundlak_test",
    "outcome_check",
    "random_effects_test",
    "select_model",
    "unit_root_test",
]
