"""The outcome of the period before as a regressor of dynamic models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError, InputError
from ...panel import Design, build_design
from ...panel.formula import factors_of
from ...panel.terms import read_formula
from ...weights import SpatialWeights

if TYPE_CHECKING:
    from ...panel import Panel
    from ...panel.formula import Lag

# parameters that an option stands for
PARAMETERS = {"time": ("tau",), "space": ("eta",), "both": ("tau", "eta")}


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
            raise InputError("formula", expected=f"no regressor named {list(own)} in a dynamic model", got=repr(taken))
        return own

    def columns(self, W: SpatialWeights | None) -> np.ndarray:
        """The regressors, of shape (T, N, 1 or 2); lagged in space before anything is demeaned."""
        lags = {"tau": lambda: self.before, "eta": lambda: W.lag(self.before)}  # type: ignore[union-attr]
        return np.stack([lags[name]() for name in PARAMETERS[self.kind]], axis=2)


def design_with_history(panel: Panel, formula: str, kind: str, spatial_lag: Lag | None) -> tuple[Design, History]:
    """The design of a formula without the first period, and the outcome of the period before each that is left.

    Raises
    ------
    InputError
        The formula has the lagged outcome itself.
    DataError
        As `build_design`; also where the years have a gap.
    """
    if len(panel.periods) < 2:
        raise DataError("dynamic", expected="at least 2 periods", got=f"T = {len(panel.periods)}")
    own = factors_of(formula)
    full = build_design(panel, f"{formula} + lag({read_formula(formula).left}, 1)", spatial_lag)
    added = [name for name in full.terms if full.factors[name] not in own]
    if len(added) != 1:
        raise InputError(
            "formula",
            expected=f"no lag of the outcome beside dynamic={kind!r}",
            got=repr(formula),
            remedy="Drop the term, or use dynamic=None.",
        )
    before = full.X[:, :, full.terms.index(added[0])]
    return full.only(set(full.terms) - set(added), formula), History(kind, before)
