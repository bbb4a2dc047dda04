"""Coupling coordination: how far several systems of a region develop, and how evenly.

With the levels U_1, ..., U_n of n systems, each above zero and at most one,

    C = n (prod U_i)^(1/n) / sum U_i                                            the usual coupling,
    C = sqrt([1 - mean |U_i - U_j|] [prod (U_i / max U)]^(1/(n-1)))             the corrected one,
    T = sum w_i U_i,    D = sqrt(C T),

the mean over all pairs of systems. The usual C, the geometric mean over the arithmetic one, stands
near 1 for most levels that are met, so that D is little but T; half the papers that print it have
left out a root or the n. The corrected one is spread over the range.

Wang, Kong, Ren, Zhi and Dai (2021), Journal of Natural Resources 36, 793-810,
doi:10.31497/zrzyxb.20210319.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import DataError, OptionError, first_five
from ..options import CouplingForm, check_option, real_number
from ..results import TIDY_COLUMNS

if TYPE_CHECKING:
    from ..panel import Panel

# Classes of D by tenths, as this literature names them.
CLASSES = (
    "extreme imbalance",
    "severe imbalance",
    "moderate imbalance",
    "mild imbalance",
    "near imbalance",
    "bare coordination",
    "primary coordination",
    "intermediate coordination",
    "good coordination",
    "quality coordination",
)


@dataclass(frozen=True, eq=False, repr=False)
class Coordination(Shown):
    """Coupling coordination by unit and period.

    Attributes
    ----------
    systems : tuple of str
    form : {"corrected", "usual"}
    floor : float or None
        What the lowest level was set to when levels were scaled; None where they were taken as they
        are.
    levels : array of shape (T, N, n)
        U, by period, unit and system.
    frame : DataFrame, one row a period and unit
        The two index columns, then coupling (C), development (T), coordination (D), class.
    units, periods : tuple
    """

    systems: tuple[str, ...]
    form: str
    floor: float | None
    levels: np.ndarray
    frame: pd.DataFrame
    units: tuple[Any, ...]
    periods: tuple[Any, ...]

    def array(self, name: str) -> np.ndarray:
        """`"coupling"`, `"development"` or `"coordination"` as an array (T, N)."""
        values: np.ndarray = self.frame[name].to_numpy().reshape(self.levels.shape[:2])
        return values

    def tidy(self) -> pd.DataFrame:
        """One row a unit and period in the layout of every tidy frame: term is the unit, component
        the period, estimate D.
        """
        T, N, _ = self.levels.shape
        frame = pd.DataFrame(
            {
                "term": list(map(str, self.units)) * T,
                "component": np.repeat(list(map(str, self.periods)), N),
                "estimate": self.frame["coordination"],
            }
        )
        return frame.reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: the systems, the form, and the mean of D in the first and the last period."""
        means = self.array("coordination").mean(axis=1)
        row = {
            "systems": ", ".join(self.systems),
            "form": self.form,
            "floor": np.nan if self.floor is None else self.floor,
            "n_units": len(self.units),
            "n_periods": len(self.periods),
            "coordination_first": means[0],
            "coordination_last": means[-1],
        }
        return pd.DataFrame([row])

    def by_period(self) -> pd.DataFrame:
        """One row a period: means of C, T and D, and the number of units in each class of D that
        occurs.
        """
        groups = self.frame.groupby(self.frame.columns[1], sort=True)
        means = groups[["coupling", "development", "coordination"]].mean()
        counts = groups["class"].value_counts().unstack(fill_value=0)
        occurring = [name for name in CLASSES if name in counts]
        return means.join(counts[occurring])

    def __repr__(self) -> str:
        table = self.by_period().to_string(float_format="{:.3f}".format)
        return f"Coupling coordination of {', '.join(self.systems)} ({self.form} form)\n{table}"


def coupling_coordination(
    panel: Panel,
    systems: Sequence[str],
    *,
    form: CouplingForm = "corrected",
    weights: Mapping[str, float] | None = None,
    floor: float | None = 0.01,
) -> Coordination:
    """How far several systems have come in each region, and how evenly: segments of a value chain,
    an industry and its policy, economy and environment.

    Parameters
    ----------
    panel : Panel
    systems : list of str
        Two or more columns or expressions, one a system.
    form : {"corrected", "usual"}
        Of the coupling C.
    weights : mapping of str to float, optional
        Of the systems in T, above zero; they are divided by their sum. Equal by default.
    floor : float or None
        Each system is scaled to the range from `floor` to 1 over all units and periods, so that
        levels compare over time: ``floor + (1 - floor) (x - min) / (max - min)``. None takes the
        systems as they are; they then lie above 0 and at most at 1, such as composite indices.

    Returns
    -------
    Coordination

    Raises
    ------
    DataError
        A system with missing values, without variation, or outside (0, 1] without `floor`.
    OptionError
        Fewer than two systems, weights of others, a floor outside (0, 1).

    Notes
    -----
    D depends on how the levels were scaled, and so on which units and periods are in the panel: D of
    two studies do not compare. The classes are a convention.

    References
    ----------
    Wang, Kong, Ren, Zhi and Dai (2021), doi:10.31497/zrzyxb.20210319.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> segments = ["density_upstream", "density_midstream", "density_downstream"]
    >>> chain = bd.coupling_coordination(bd.load_panel(), segments)
    >>> chain.by_period().loc[[2011, 2020], "coordination"].round(3).tolist()
    [0.144, 0.176]
    """
    check_option("form", form, CouplingForm)
    names = _checked_systems(systems)
    shares = _checked_weights(weights, names)
    levels = np.stack([_level(panel, name, floor) for name in names], axis=2)
    coupling = coupling_of(levels, form)
    development = levels @ shares
    coordination = np.sqrt(coupling * development)
    T, N = coupling.shape
    tenths = np.clip(np.ceil(10 * coordination).astype(int) - 1, 0, len(CLASSES) - 1)
    frame = pd.DataFrame(
        {
            panel.unit: list(panel.units) * T,
            panel.time: np.repeat(panel.periods, N),
            "coupling": coupling.ravel(),
            "development": development.ravel(),
            "coordination": coordination.ravel(),
            "class": np.array(CLASSES)[tenths.ravel()],
        }
    )
    return Coordination(names, form, floor, levels, frame, panel.units, tuple(panel.periods))


def coupling_of(levels: np.ndarray, form: CouplingForm) -> np.ndarray:
    """C of levels (..., n) above zero and at most one."""
    n = levels.shape[-1]
    if form == "usual":
        geometric = np.exp(np.log(levels).mean(axis=-1))
        usual: np.ndarray = geometric / levels.mean(axis=-1)
        return usual
    pairs = list(combinations(range(n), 2))
    gaps = [np.abs(levels[..., i] - levels[..., j]) for i, j in pairs]
    evenness = 1.0 - np.mean(gaps, axis=0)
    largest = levels.max(axis=-1, keepdims=True)
    shares = np.prod(levels / largest, axis=-1) ** (1.0 / (n - 1))
    corrected: np.ndarray = np.sqrt(evenness * shares)
    return corrected


def _checked_systems(systems: Sequence[str]) -> tuple[str, ...]:
    names = (systems,) if isinstance(systems, str) else tuple(systems)
    if len(names) < 2 or len(set(names)) < len(names):
        raise OptionError(
            "systems",
            expected="two or more different columns or expressions",
            got=repr(systems),
            remedy='Write systems=["x1", "x2"], for instance.',
        )
    return names


def _checked_weights(weights: Mapping[str, float] | None, names: tuple[str, ...]) -> np.ndarray:
    """Weights of the systems, (n,), which sum to one."""
    if weights is None:
        return np.full(len(names), 1.0 / len(names))
    if not isinstance(weights, Mapping) or set(weights) != set(names):
        raise OptionError(
            "weights",
            expected=f"a weight for each of {first_five(names)}",
            got=repr(weights),
            remedy='Write weights={"x1": 0.5, "x2": 0.5}, or leave it out for equal ones.',
        )
    values = np.array([real_number("weights", weights[name], above=0.0) for name in names])
    shares: np.ndarray = values / values.sum()
    return shares


def _level(
    panel: Panel,
    name: str,
    floor: float | None,
) -> np.ndarray:
    """The level of a system, (T, N), above zero and at most one."""
    x = panel.evaluate(name, "systems")
    if floor is None:
        outside = np.argwhere(~((x > 0.0) & (x <= 1.0)))
        if len(outside):
            cells = [(panel.units[i], panel.periods[t]) for t, i in outside]
            raise DataError(
                name,
                expected="levels above 0 and at most 1 with floor=None",
                got=f"others in {len(cells)} (unit, period): {first_five(cells)}",
                remedy="Leave floor out, which scales the systems to that range.",
            )
        return x
    real_number("floor", floor, above=0.0, below=1.0, expected="a number between 0 and 1, or None")
    low, high = x.min(), x.max()
    if not low < high:
        raise DataError(
            name,
            expected="values that differ",
            got=f"{low:g} in all units and periods",
            remedy="Leave this system out.",
        )
    scaled: np.ndarray = floor + (1.0 - floor) * (x - low) / (high - low)
    return scaled
