"""One regression under many specifications: does the answer survive another W, sample, measure?

In: a `SpecGrid` (a base model and axes around it) and a `Panel`. Out: a `GridResult` with the
coefficients and impacts of all specifications, and perhaps a folder of Parquet files that the next
run goes on from. Open `grid` first; `axes` settles what is varied, `specifications` what is fitted
and why not, `running` fits it in several processes, `store` keeps it, `result` reads it.
"""

from .curve_test import CurveTest, curve_test
from .departures import Departures
from .grid import SpecGrid
from .placebo import Placebo, placebo
from .resampling import Resampling, resample
from .result import GridResult
from .running import run_grid
from .specifications import Specifications
from .subsample import Subsample, Trim, Winsorise

__all__ = [
    "CurveTest",
    "Departures",
    "GridResult",
    "Placebo",
    "Resampling",
    "SpecGrid",
    "Specifications",
    "Subsample",
    "Trim",
    "Winsorise",
    "curve_test",
    "placebo",
    "resample",
    "run_grid",
]
