"""Tests, and the path from the data to a specification."""

from .breaks import SplitSearch, search_split
from .calibration import Calibration, calibrate
from .cointegration import cointegration_test
from .collinearity import Collinearity, collinearity
from .common_factor import common_factor_test
from .conditional import conditional_lm_tests
from .cross_section import cross_section_exponent
from .crosscheck import CrossCheck, crosscheck
from .descriptive import Correlations, Descriptives, correlations, describe
from .effects import effects_tests, hausman_test
from .groups import GroupComparison, compare_groups
from .influence import Influence, influence
from .j_test import j_tests
from .lm import lm_tests
from .outcome import OutcomeCheck, outcome_check
from .path import SelectionPath
from .random_effects import mundlak_test, random_effects_test
from .random_effects_lm import random_effects_lm_tests
from .residuals import residual_tests
from .selection import select_model
from .series import SeriesTest
from .shares import DriverShares, driver_shares
from .spatial_hausman import spatial_hausman_test
from .stages import StageComparison, compare_stages
from .unit_root import unit_root_test

__all__ = [
    "Calibration",
    "Collinearity",
    "Correlations",
    "CrossCheck",
    "Descriptives",
    "DriverShares",
    "GroupComparison",
    "Influence",
    "OutcomeCheck",
    "SelectionPath",
    "SeriesTest",
    "SplitSearch",
    "StageComparison",
    "calibrate",
    "cointegration_test",
    "collinearity",
    "common_factor_test",
    "compare_groups",
    "compare_stages",
    "conditional_lm_tests",
    "correlations",
    "cross_section_exponent",
    "crosscheck",
    "describe",
    "driver_shares",
    "effects_tests",
    "hausman_test",
    "influence",
    "j_tests",
    "lm_tests",
    "mundlak_test",
    "outcome_check",
    "random_effects_lm_tests",
    "random_effects_test",
    "residual_tests",
    "search_split",
    "select_model",
    "spatial_hausman_test",
    "unit_root_test",
]
