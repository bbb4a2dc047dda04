"""Tests, and the path from the data to a specification."""

from .effects import effects_tests, hausman_test
from .lm import lm_tests
from .opinions import CrossCheck, crosscheck
from .random_effects import mundlak_test, random_effects_test
from .selection import SelectionPath, select_model
from .unit_root import UnitRootTest, unit_root_test

__all__ = [
    "CrossCheck",
    "SelectionPath",
    "UnitRootTest",
    "crosscheck",
    "effects_tests",
    "hausman_test",
    "lm_tests",
    "mundlak_test",
    "random_effects_test",
    "select_model",
    "unit_root_test",
]
