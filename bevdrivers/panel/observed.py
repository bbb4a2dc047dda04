"""What formulas need to know of a panel, so that they do not need `Panel`, which evaluates them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Protocol

import numpy as np


class Observed(Protocol):
    """Columns of observations of units over periods, and the labels of their axes."""

    @property
    def units(self) -> tuple[Hashable, ...]:
        """Ids of the units, length N."""

    @property
    def periods(self) -> tuple[int, ...]:
        """Ascending, length T."""

    @property
    def time(self) -> str:
        """Name of the period's column."""

    @property
    def present(self) -> np.ndarray:
        """Whether there is a row, bool of shape (T, N)."""

    @property
    def unit(self) -> str:
        """Name of the unit's column."""

    @property
    def columns(self) -> Mapping[str, np.ndarray]:
        """Name -> array of shape (T, N)."""

    @property
    def _cache(self) -> dict[Any, Any]:
        """Designs that were made of them, by their formulas."""
