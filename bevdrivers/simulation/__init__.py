"""Panels with known truth, and fitted models run again: bootstrap, and calibration in one's own
design.

In: an estimator with true parameters, or a `FitResult`. Out: panels, intervals, bias, coverage,
size and power. Open `process` first, which runs a fitted model again; `batch` fits thousands of
outcomes on one design together.
"""

from .bootstrap import BootstrapResult, bootstrap
from .calibration import Calibration, calibrate
from .panels import simulate_panel

__all__ = ["BootstrapResult", "Calibration", "bootstrap", "calibrate", "simulate_panel"]
