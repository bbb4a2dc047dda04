"""What a change in some units does to every unit: columns of the impact matrix, with standard errors."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import InputError, OptionError, first_five
from ..ids import positions
from ..linalg import Resolvent
from ..results import tidy_frame
from .operators import MATRIX_UNITS

if TYPE_CHECKING:
    from .result import FitResult


def shock(fit: FitResult, term: str, changes: Mapping[Hashable, float], level: float = 0.95) -> pd.DataFrame:
    """Effect on every unit of given changes of one regressor in some units; see `FitResult.shock`.

    With B = (I - rho W)^-1 and d the changes the effect is S d = B (beta d + theta W_x d); its derivatives are B d by
    beta, B W_x d by theta, and B W S d by rho, so that each costs a solve.
    """
    units = fit.panel.units
    place = positions(list(changes), units)
    if (place < 0).any() or not changes:
        lost = [name for name, at in zip(changes, place, strict=True) if at < 0]
        got = f"unknown {first_five(lost)}" if lost else "none"
        raise InputError("changes", expected="units of the panel with a change each", got=got)
    d = np.zeros(len(units))
    d[place] = [float(value) for value in changes.values()]
    effect, gradient = _effect(fit, term, d[:, None])
    errors = np.sqrt(np.maximum(np.einsum("ip,pq,iq->i", gradient, fit.covariance, gradient), 0.0))
    names = [str(unit) for unit in units]
    frame = tidy_frame(names, ["shock"] * len(units), effect[:, 0], errors, df=fit.df_resid, level=level)
    return frame.set_axis(pd.Index(units, name=fit.panel.unit), axis=0)


def impact_matrix(fit: FitResult, term: str) -> pd.DataFrame:
    """S = (I - rho W)^-1 (I beta + W_x theta) of one regressor; see `FitResult.impact_matrix`."""
    units = fit.panel.units
    if len(units) > MATRIX_UNITS:
        raise OptionError(
            "term",
            expected=f"at most {MATRIX_UNITS} units for the whole matrix",
            got=f"{len(units)}",
            remedy="Use shock() for the effects of changes in some units.",
        )
    index = pd.Index(units, name=fit.panel.unit)
    return pd.DataFrame(_effect(fit, term, np.eye(len(units)))[0], index=index, columns=index)


def _effect(fit: FitResult, term: str, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """S d for columns d (N, m), and the gradient (N, P) of the first column by the parameters."""
    sample, values = fit.sample, fit.estimate.values
    if term not in sample.design.variables or term in sample.design.never_lagged or term not in sample.names:
        able = [name for name in sample.names if name in sample.design.variables]
        raise InputError("term", expected=f"a regressor, of {first_five(able)}", got=repr(term))
    gradient = np.zeros((len(d), len(values)))
    at = sample.names.index(term)
    moved, source = d, values[at] * d
    gradient[:, at] = d[:, 0]
    if sample.Wx is not None and term in sample.lagged:
        moved = sample.Wx.operator @ d
        lagged = sample.names.index(f"W_{term}")
        source = source + values[lagged] * moved
        gradient[:, lagged] = moved[:, 0]
    if sample.W is None:
        return source, gradient
    resolvent = Resolvent(sample.W.operator, fit.rho)
    effect = resolvent.solve(source)
    gradient = resolvent.solve(gradient)
    gradient[:, fit.terms.index("rho")] = resolvent.solve(sample.W.operator @ effect[:, 0])
    return effect, gradient
