"""Tests, and the path from the data to a specification."""

from .breaks import SplitSearch, search_split
from .cointegration import cointegration_test
from .collinearity import Collinearity, collinearity
from .descriptive import Correlations, Descriptives, correlations, describe
from .conditional import conditional_lm_tests
from .cross_section import cross_section_exponent
from .effects import effects_tests, hausman_test
from .groups import GroupComparison, compare_groups
from .common_factor import common_factor_test
from .conditional import conditional_lm_tests
from .cross_section import cross_section_exponent
from .effects import effects_tests, hausman_test
from .influence import Influence, influence
from .j_test import j_tests
from .lm import lm_tests
from .opinions import CrossCheck, crosscheck
from .outcome import OutcomeCheck, outcome_check
from .random_effects import mundlak_test, random_effects_test
from .random_effects_lm import random_effects_lm_tests
from .residuals import residual_tests
from .selection import SelectionPath, select_model
from .shares import DriverShares, driver_shares
from .stages import StageComparison, compare_stages
from .unit_root import SeriesTest, unit_root_test
from .spatial_hausman import spatial_hausman_test

__all__ = [
    "Collinearity",
    "Correlations",
    "CrossCheck",
    "Descriptives",
    "DriverShares",
    "GroupComparison",
    "OutcomeCheck",
    "SelectionPath",
    "SeriesTest",
    "SplitSearch",
    "StageComparison",
    "cointegration_test",
    "collinearity",
    "compare_groups",
    "compare_stages",
    "correlations",
    "crosscheck",
    "describe",
    "driver_shares",
    "Influence",
    "SelectionPath",
    "common_factor_test",
    "conditional_lm_tests",
    "cross_section_exponent",
    "crosscheck",
    "effects_tests",
    "hausman_test",
    "influence",
    "j_tests",
    "lm_tests",
    "mundlak_test",
    "outcome_check",
    "random_effects_lm_tests",
    "random_effects_test",
    "search_split",
    "residual_tests",
    "select_model",
    "unit_root_test",
    "spatial_hausman_test",
]
