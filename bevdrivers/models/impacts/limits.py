"""What makes intervals of several quantities at any level."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Limits(Protocol):
    """Intervals of m quantities at any level."""

    def at(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds, (m,) each."""
        ...

    @property
    def pvalues(self) -> np.ndarray:
        """The smallest 1 - level at which the interval leaves zero out, (m,)."""
        ...
