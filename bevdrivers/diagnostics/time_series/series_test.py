"""What tests of a panel's variables over time return, and what they ask of the variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...display import Shown
from ...errors import DataError, first_five
from ...results import TestGroup

if TYPE_CHECKING:
    from ...panel import Panel

# a range of values, as a share of the largest, that is rounding
CONSTANT = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class SeriesTest(Shown):
    """A test of unit roots or of cointegration: panel statistics, and the units' own regressions
    behind them.

    Attributes
    ----------
    tests : TestGroup
        The panel statistics.
    units : DataFrame, by unit
        t statistic of each unit's own regression and its lags (bandwidth for Phillips-Perron); its
        p-value where a unit root test has one; of cointegration tests the adjustment coefficient
        ``alpha`` and the leads.
    critical_values : Series or None
        Of CIPS by its table, at 1, 5 and 10 %, by level.
    described : dict
        Variable, test, deterministic terms, lags, N, T.
    """

    tests: TestGroup
    units: pd.DataFrame
    critical_values: pd.Series | None
    described: dict[str, Any]

    def tidy(self) -> pd.DataFrame:
        """One row a panel statistic, in the layout of every tidy frame."""
        return self.tests.tidy()

    def glance(self) -> pd.DataFrame:
        """One row: variable, test and options, then the first panel statistic with its p-value and
        verdict.
        """
        first = self.tests.tests[0].glance().iloc[0]
        names = (
            "null",
            "statistic",
            "distribution",
            "p_value",
            "verdict",
            "reason",
        )
        row = dict(self.described)
        for name in names:
            row[name] = first[name]
        return pd.DataFrame([row])

    def __str__(self) -> str:
        return str(self.tests)

    __repr__ = __str__


def check_varies_by_unit(
    panel: Panel,
    variable: str,
    values: np.ndarray,
) -> None:
    """Refuse a variable, values of shape (N, T), that is constant in some unit."""
    spread = np.ptp(values, axis=1)
    constant = np.flatnonzero(spread <= CONSTANT * np.abs(values).max(axis=1))
    if not len(constant):
        return
    raise DataError(
        variable,
        expected="series that vary within each unit",
        got=f"{len(constant)} that do not: {first_five([panel.units[i] for i in constant])}",
        remedy="Leave these units out: panel.drop_units(...).",
    )
