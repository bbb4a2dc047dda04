"""A registry with its columns named and its years checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import DataError, first_five, suggestion


@dataclass(frozen=True, eq=False)
class Registry:
    """Firms, one a row, and the names of the columns that say where, what and when.

    A firm is alive at the end of year t if it has entered, entry <= t, and has not left, t < exit.

    Parameters
    ----------
    firms : DataFrame
        One row a firm. It is not changed.
    region, segment : str
        Columns that say where a firm is and what it does; no cell may be missing.
    entry, exit : str
        Columns of whole years. A missing exit means that the firm is there still; a missing entry is
        refused, as is an exit before the entry.

    Raises
    ------
    DataError

    Examples
    --------
    >>> import pandas as pd
    >>> from bevdrivers.industry import Registry
    >>> firms = pd.DataFrame({"region": ["A"], "segment": ["cells"], "entry": [2010], "exit": [pd.NA]})
    >>> Registry(firms).alive([2009, 2010]).tolist()
    [[False], [True]]
    """

    firms: pd.DataFrame
    region: str = "region"
    segment: str = "segment"
    entry: str = "entry"
    exit: str = "exit"

    def __post_init__(self) -> None:
        for name in (self.region, self.segment, self.entry, self.exit):
            if name not in self.firms.columns:
                raise DataError(
                    "firms",
                    expected=f"a column {name!r}",
                    got=first_five(self.firms.columns),
                    remedy=suggestion(name, self.firms.columns),
                )
        for name in (self.region, self.segment, self.entry):
            self._refuse(self.firms[name].isna().to_numpy(), name, "a value for each firm", "none")
        for name in (self.entry, self.exit):
            _year(self.firms, name)
        early = self.exits < self.entries
        self._refuse(early, self.exit, "no exit before the entry", "one")

    @property
    def entries(self) -> np.ndarray:
        """Years of entry, float of shape (firms,)."""
        return _year(self.firms, self.entry)

    @property
    def exits(self) -> np.ndarray:
        """Years of exit, float of shape (firms,); infinite where there is none."""
        years = _year(self.firms, self.exit)
        return np.where(np.isnan(years), np.inf, years)

    def alive(self, years: list[int]) -> np.ndarray:
        """Whether each firm is alive at the end of each year, bool of shape (years, firms)."""
        t = np.array(years, dtype=float)[:, None]
        there: np.ndarray = (self.entries <= t) & (t < self.exits)
        return there

    def _refuse(
        self,
        wrong: np.ndarray,
        name: str,
        expected: str,
        got: str,
    ) -> None:
        if wrong.any():
            raise DataError(
                name,
                expected=expected,
                got=f"{got} in {wrong.sum()} rows: {first_five(self.firms.index[wrong])}",
                remedy="Correct these rows, or leave the firms out.",
            )


def _year(firms: pd.DataFrame, name: str) -> np.ndarray:
    """A column of whole years as floats, NaN where missing."""
    years = pd.to_numeric(firms[name], errors="coerce").astype("Float64")
    values = years.to_numpy(dtype=float, na_value=np.nan)
    lost = np.isnan(values) & firms[name].notna().to_numpy()
    broken = lost | (np.isfinite(values) & (values != np.floor(values))) | np.isinf(values)
    if broken.any():
        raise DataError(
            name,
            expected="whole years",
            got=f"others in {broken.sum()} rows: {first_five(firms[name][broken])}",
            remedy="Write the year alone, such as 2015, and nothing where it is not known.",
        )
    return values
