"""How far apart the periods of a panel are, and where some are missing: the one rule for all that
looks from a period to the one before.

Periods are whole numbers that ascend. Their step is the greatest number of which every distance
between them is a multiple: 1 for 2010, 2011, 2013 and 2 for 2010, 2012, 2016. One period before is
one step before. Where two neighbours are further apart than a step there is a gap, and what lies in
it is not known: lags, autoregressions and tests over time are refused there. What can be had from
the distances alone, such as weights of a kernel over time, takes them from `positions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import DataError, first_five


@dataclass(frozen=True)
class TimeAxis:
    """The periods of a panel as points in time.

    Attributes
    ----------
    periods : tuple of int, length T
        Ascending.
    name : str
        Of the periods' column, for messages.
    """

    periods: tuple[int, ...]
    name: str = "period"

    @classmethod
    def of(cls, periods: Sequence[int], name: str = "period") -> TimeAxis:
        """The axis of the periods of a panel, or of the last of them."""
        return cls(tuple(int(period) for period in periods), name)

    @cached_property
    def step(self) -> int:
        """What one period means: the greatest common divisor of all distances, 1 for one period."""
        if len(self.periods) < 2:
            return 1
        return int(np.gcd.reduce(np.diff(self.periods)))

    @property
    def positions(self) -> np.ndarray:
        """Whole steps from the first period to each, (T,); 0, 1, ..., T - 1 without a gap."""
        since_first = np.array(self.periods) - self.periods[0]
        return since_first // self.step

    @property
    def gaps(self) -> tuple[int, ...]:
        """The periods after which at least one is missing."""
        is_wide = np.diff(self.positions) > 1
        return tuple(self.periods[row] for row in np.flatnonzero(is_wide))

    @property
    def step_in_words(self) -> str:
        """ "A period is a step of 2 (year)."; empty where the step is one."""
        return "" if self.step == 1 else f"A period is a step of {self.step} ({self.name})."

    @property
    def gaps_in_words(self) -> str:
        """ "a gap after [2011]"; empty where there is none."""
        return f"a gap after {first_five(self.gaps)}" if self.gaps else ""

    def check_no_gap(self, argument: str) -> None:
        """Refuse a gap on behalf of what needs every period.

        Parameters
        ----------
        argument : str
            What needs it, for the message.

        Raises
        ------
        DataError
        """
        if not self.gaps:
            return
        raise DataError(
            argument,
            expected=f"{self.name} without a gap",
            got=self.gaps_in_words,
            remedy="Select a run of periods without a gap: panel.select(periods=...).",
        )
