"""Tests, and the path from the data to a specification.

In: a `Panel`; or an estimator, a panel and weights; or a fit, which brings all three. Out:
`TestResult`, `TestGroup`, or a result with `tidy()` and `glance()`. One room a question:
`before_regression` (what the data are like), `time_series` (unit roots and cointegration),
`specification` (which lags and effects), `residuals`, `comparison` (fits beside each other) and
`second_opinion` (other programs). `fit_or_request` lets all of them take a fit. Open
`specification/lm` for a test, `specification/selection` for the whole path.
"""

from .before_regression.collinearity import Collinearity, collinearity
from .before_regression.descriptive import Correlations, Descriptives, correlations, describe
from .before_regression.outcome import OutcomeCheck, outcome_check
from .comparison.break_search import SplitSearch, search_split
from .comparison.driver_contributions import DriverShares, driver_shares
from .comparison.groups import GroupComparison, compare_groups
from .comparison.influence import Influence, influence
from .comparison.sensitivity import Sensitivity, sensitivity
from .comparison.stages import StageComparison, compare_stages
from .residuals.battery import residual_tests
from .residuals.cross_section import cross_section_exponent
from .second_opinion.crosscheck import CrossCheck, crosscheck
from .second_opinion.spreg_bridge import SpregCall, to_spreg
from .specification.common_factor import common_factor_test
from .specification.conditional_lm import conditional_lm_tests
from .specification.fixed_effects import effects_tests
from .specification.hausman import hausman_test, spatial_hausman_test
from .specification.j_test import j_tests
from .specification.lm import lm_tests
from .specification.path_calibration import PathCalibration
from .specification.random_effects import mundlak_test, random_effects_test
from .specification.random_effects_lm import random_effects_lm_tests
from .specification.selection import select_model
from .specification.selection_path import SelectionPath
from .time_series.cointegration import cointegration_test
from .time_series.series_test import SeriesTest
from .time_series.unit_root import unit_root_test

__all__ = [
    "Collinearity",
    "Correlations",
    "CrossCheck",
    "Descriptives",
    "DriverShares",
    "GroupComparison",
    "Influence",
    "OutcomeCheck",
    "PathCalibration",
    "SelectionPath",
    "Sensitivity",
    "SeriesTest",
    "SplitSearch",
    "SpregCall",
    "StageComparison",
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
    "sensitivity",
    "spatial_hausman_test",
    "to_spreg",
    "unit_root_test",
]
