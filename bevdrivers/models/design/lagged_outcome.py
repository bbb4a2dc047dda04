"""The outcome of the period before as a regressor of dynamic models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...weights import SpatialWeights

# parameters that an option stands for
PARAMETERS = {
    "time": ("tau",),
    "space": ("eta",),
    "both": ("tau", "eta"),
}


@dataclass(frozen=True, eq=False)
class History:
    """y of the period before, and which of its lags are regressors.

    Attributes
    ----------
    kind : {"time", "space", "both"}
        y_{t-1} (tau), W y_{t-1} (eta), or both.
    before : array of shape (T, N)
        y_{t-1}, row by row beside the design's y.
    """

    kind: str
    before: np.ndarray

    def names(self, others: tuple[str, ...]) -> tuple[str, ...]:
        """ "tau", "eta", or both; refused where a regressor has that name."""
        own = PARAMETERS[self.kind]
        taken = sorted(set(own) & set(others))
        if taken:
            raise InputError(
                "formula",
                expected=f"no regressor named {list(own)} in a dynamic model",
                got=repr(taken),
                remedy="Rename the column: panel.with_columns(new=...).",
            )
        return own

    def columns(self, W: SpatialWeights | None) -> np.ndarray:
        """The regressors, of shape (T, N, 1 or 2); lagged in space before anything is demeaned."""
        lags = [
            self.before if name == "tau" else _lag(W, self.before) for name in PARAMETERS[self.kind]
        ]
        return np.stack(lags, axis=2)


def _lag(W: SpatialWeights | None, values: np.ndarray) -> np.ndarray:
    if W is None:
        raise ValueError("a spatial lag of the period before in a model without weights of y")
    return W.lag(values)
