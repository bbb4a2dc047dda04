"""Coupling coordination: how far several systems of a region develop together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ..errors import DataError, OptionError, first_five
from ..options import check_option, real_number
from .measures import Measures
from .structure.segments import checked_names

if TYPE_CHECKING:
    from ..panel import Panel

Form = Literal["usual", "wang"]
# Liao's ten classes of D, each from its bound on
CLASSES = (
    (0.0, "extreme imbalance"),
    (0.1, "severe imbalance"),
    (0.2, "moderate imbalance"),
    (0.3, "mild imbalance"),
    (0.4, "near imbalance"),
    (0.5, "bare coordination"),
    (0.6, "primary coordination"),
    (0.7, "intermediate coordination"),
    (0.8, "good coordination"),
    (0.9, "high coordination"),
)


def coupling_coordination(
    panel: Panel,
    systems: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    form: Form = "usual",
) -> Measures:
    """How strongly the systems of a region, such as the segments of a chain, go together, and at
    which level.

    With the levels U_1 ... U_n of n systems in [0, 1]:

    - coupling, usual: C = n (prod_k U_k)^(1/n) / sum_k U_k, the geometric over the arithmetic mean;
    - coupling, form "wang", of two systems: C = sqrt((1 - |U_2 - U_1|) U_1 / U_2), with U_2 the
      larger. It spreads values of the usual form, most of which lie near 1, over [0, 1];
    - level T = sum_k w_k U_k; coordination D = sqrt(C T).

    Parameters
    ----------
    panel : Panel
    systems : sequence of str
        Two or more columns or expressions with values in [0, 1], such as an index of
        `entropy_index` in a column.
    weights : sequence of float, optional
        w_k, which add up to one; equal by default.
    form : {"usual", "wang"}

    Returns
    -------
    Measures
        One row a period and unit: C, T, D, class. C is NaN, and D is 0, where all systems are 0.
        The ten classes are tenths of D.

    Raises
    ------
    DataError
        Missing values, values outside 0 and 1.
    OptionError
        Fewer than two systems, more than two with "wang", weights that do not add up to one.

    Notes
    -----
    Half of the published papers write C without the n, or with another root; C is then no longer 1
    where all systems are equal, and D is too low throughout.

    References
    ----------
    Wang, Kong, Ren, Zhi and Dai (2021), Journal of Natural Resources 36, 793-810,
    doi:10.31497/zrzyxb.20210319 (in Chinese). The classes: Liao (1999), Tropical Geography 19,
    171-177 (in Chinese).
    """
    check_option("form", form, Form)
    names = checked_names("systems", systems, 2)
    if form == "wang" and len(names) != 2:
        raise OptionError(
            "systems",
            expected="two systems for the form 'wang'",
            got=f"{len(names)}",
            remedy="Take two of them at a time, or form='usual'.",
        )
    U = np.stack([_level(panel, name) for name in names], axis=2)
    w = _weights(weights, len(names))
    C = _usual(U) if form == "usual" else _wang(U)
    T = U @ w
    D = np.sqrt(np.nan_to_num(C) * T)
    frame = pd.DataFrame(
        {
            "period": np.repeat(list(panel.periods), len(panel.units)),
            "unit": np.tile(list(panel.units), len(panel.periods)),
            "C": C.ravel(),
            "T": T.ravel(),
            "D": D.ravel(),
            "class": _classes(D.ravel()),
        }
    )
    title = f"Coupling coordination of {', '.join(names)} ({form} form)"
    return Measures(title, ("period", "unit"), ("D", "C", "T"), frame)


def _usual(U: np.ndarray) -> np.ndarray:
    """The geometric mean over the arithmetic mean of the last axis; NaN where all is zero."""
    n = U.shape[2]
    mean = U.mean(axis=2)
    geometric = np.prod(U ** (1 / n), axis=2)
    C = np.divide(geometric, mean, out=np.full(mean.shape, np.nan), where=mean > 0)
    bounded: np.ndarray = np.minimum(C, 1.0)
    return bounded


def _wang(U: np.ndarray) -> np.ndarray:
    """The form of Wang and others for two systems; NaN where both are zero."""
    smaller, larger = U.min(axis=2), U.max(axis=2)
    relative = np.divide(smaller, larger, out=np.full(larger.shape, np.nan), where=larger > 0)
    C: np.ndarray = np.sqrt((1 - (larger - smaller)) * relative)
    return C


def _level(panel: Panel, name: str) -> np.ndarray:
    U = panel.evaluate(name, "systems")
    outside = np.argwhere((U < 0) | (U > 1))
    if len(outside):
        cells = [(panel.units[i], panel.periods[t]) for t, i in outside]
        raise DataError(
            name,
            expected="values from 0 to 1",
            got=f"{len(cells)} outside: {first_five(cells)}",
            remedy="Scale the variable, or make an index of several with entropy_index.",
        )
    return U


def _weights(given: Sequence[float] | None, n: int) -> np.ndarray:
    if given is None:
        return np.full(n, 1 / n)
    w = np.array([real_number("weights", value, at_least=0.0) for value in given])
    if len(w) != n or abs(w.sum() - 1) > 1e-9:
        raise OptionError(
            "weights",
            expected=f"{n} numbers that add up to one",
            got=f"{len(w)} that add up to {w.sum():g}",
            remedy="Write a weight for each system, in the order of systems.",
        )
    return w


def _classes(D: np.ndarray) -> list[str]:
    bounds = np.array([bound for bound, _ in CLASSES])
    # 0.3 that is 0.1 + 0.2 belongs to the class that begins there
    at = np.searchsorted(bounds, D + 1e-12, side="right") - 1
    return [CLASSES[i][1] for i in at]
