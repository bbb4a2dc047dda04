"""How a total is shared among the units: concentration and inequality by period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from ..display import Shown
from ..errors import DataError, OptionError, first_five
from ..options import whole_number
from ..results import TIDY_COLUMNS

if TYPE_CHECKING:
    from ..panel import Panel

_MEASURES = ("hhi", "gini", "theil", "theil_between", "theil_within")
_NOTHING = 1e-12  # below it Theil's index is rounding: shares of it mean nothing


@dataclass(frozen=True, eq=False, repr=False)
class Concentration(Shown):
    """Measures of concentration, one row a period.

    Attributes
    ----------
    variable : str
    groups : str or None
        Column of the groups between and within which Theil's index is split.
    frame : DataFrame, one row a period
        period, total (in the unit of the variable), units, occupied (units above zero), hhi, cr_1
        and so on, gini, theil; with groups theil_between, theil_within (which add up to theil) and
        between_share.
    by_group : DataFrame, one row a period and group; empty without groups
        period, group, units, share (of the total), theil (within the group).
    """

    variable: str
    groups: str | None
    frame: pd.DataFrame
    by_group: pd.DataFrame

    @property
    def measures(self) -> list[str]:
        """The columns of `frame` that are measures."""
        return [name for name in self.frame.columns if name in _MEASURES or name.startswith("cr_")]

    def tidy(self) -> pd.DataFrame:
        """One row a period and measure in the layout of every tidy frame: term is the measure,
        component the period.
        """
        long = self.frame.melt("period", self.measures, var_name="term", value_name="estimate")
        return long.assign(component=long["period"].astype(str)).reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: variable, groups, sample, and each measure in the first and the last period."""
        periods = self.frame["period"]
        row: dict[str, Any] = {
            "variable": self.variable,
            "groups": self.groups or "none",
            "n_units": int(self.frame["units"].iloc[0]),
            "n_periods": len(periods),
            "first_period": periods.iloc[0],
            "last_period": periods.iloc[-1],
        }
        for name in self.measures:
            row |= {
                f"{name}_first": self.frame[name].iloc[0],
                f"{name}_last": self.frame[name].iloc[-1],
            }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        groups = f", groups {self.groups}" if self.groups else ""
        shown = self.frame.drop(columns="units").assign(
            total=self.frame["total"].map("{:,.6g}".format)
        )
        table = shown.to_string(index=False, float_format="{:.3f}".format)
        return (
            f"Concentration of {self.variable} among {self.frame['units'].iloc[0]} "
            f"units{groups}\n{table}"
        )


def concentration(
    panel: Panel,
    variable: str,
    *,
    top: Sequence[int] = (1, 4, 8),
    groups: str | None = None,
) -> Concentration:
    """How concentrated a variable is on a few units, by period.

    With the shares s_i = x_i / sum x of N units, in ascending order of x for Gini's coefficient:

    - HHI = sum s_i^2, from 1/N (equal shares) to 1 (one unit has all);
    - CR_n: the sum of the n largest shares;
    - Gini = sum_i (2i - N - 1) s_i / N, from 0 to (N - 1)/N, without a correction for small N;
    - Theil's T = sum s_i log(N s_i), from 0 to log N, with 0 log 0 = 0. Between G groups of N_g
      units with the shares S_g of the total: sum_g S_g log(S_g N / N_g); within them: sum_g S_g
      T_g, T_g being Theil's T of group g alone.

    Every unit counts once, whatever its area or population. So take a variable that adds up over
    units, such as a number of firms; of a density, shares have no such meaning, though the measures
    of inequality do.

    Parameters
    ----------
    panel : Panel
    variable : str
        A column or an expression such as ``"I(firms - firms_upstream)"``, nowhere negative.
    top : sequence of int
        The n of CR_n; 1 where n is N or more.
    groups : str, optional
        A column that says which group a unit is in, such as ``"region"``. It may change over time.

    Returns
    -------
    Concentration

    Raises
    ------
    DataError
        Missing or negative values, a period whose values are all zero, a unit without a group.
    OptionError
        `top` holds something else than different whole numbers from 1.

    References
    ----------
    Theil (1967), Economics and Information Theory, chapter 4. Shorrocks (1980), Econometrica 48,
    613-625, doi:10.2307/1913126.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> shares = bd.concentration(bd.load_panel(), "firms", groups="region")
    >>> shares.frame[["period", "occupied", "hhi", "cr_4"]].iloc[[0, -1]].round(3).to_numpy().tolist()
    [[2011.0, 25.0, 0.109, 0.563], [2020.0, 28.0, 0.101, 0.543]]
    """
    counts = _checked_top(top)
    x = panel.evaluate(variable, "variable")
    check_values(panel, variable, x)
    share = x / x.sum(axis=1, keepdims=True)
    N = x.shape[1]
    largest = -np.sort(-share, axis=1)
    columns: dict[str, Any] = {
        "period": list(panel.periods),
        "total": x.sum(axis=1),
        "units": N,
        "occupied": (x > 0).sum(axis=1),
        "hhi": (share**2).sum(axis=1),
    }
    # a running sum never falls, as separate sums of the same shares may do by rounding
    running = np.cumsum(largest, axis=1)
    columns |= {f"cr_{n}": running[:, min(n, N) - 1] for n in counts}
    columns |= {
        "gini": largest @ (N + 1 - 2 * np.arange(1, N + 1)) / N,
        "theil": _theil(share, N),
    }
    parts = _by_group(panel, groups, share) if groups is not None else pd.DataFrame()
    if groups is not None:
        columns |= _parts_of_theil(parts, columns["theil"], N)
    return Concentration(variable, groups, pd.DataFrame(columns), parts)


def _parts_of_theil(
    parts: pd.DataFrame,
    whole: np.ndarray,
    n: int,
) -> dict[str, np.ndarray]:
    """Theil's T between and within groups and the share of the first in the `whole`, each (T,)."""
    terms = pd.DataFrame(
        {
            "between": special.xlogy(parts["share"], parts["share"] * n / parts["units"]),
            "within": parts["share"] * parts["theil"],
        }
    )
    sums = terms.groupby(parts["period"], sort=False).sum()
    between = sums["between"].to_numpy()
    share = np.divide(between, whole, out=np.full(whole.shape, np.nan), where=whole > _NOTHING)
    return {
        "theil_between": between,
        "theil_within": sums["within"].to_numpy(),
        "between_share": share,
    }


def _theil(share: np.ndarray, n: int | np.ndarray) -> np.ndarray:
    """Theil's T by row of shares that add up to one, (T, N) -> (T,)."""
    theil: np.ndarray = special.xlogy(share, n * share).sum(axis=1)
    return theil


def _by_group(
    panel: Panel,
    groups: str,
    share: np.ndarray,
) -> pd.DataFrame:
    """Units, share and inner inequality of each group in each period."""
    names = check_groups(panel, groups)
    rows = []
    for t, period in enumerate(panel.periods):
        for name in sorted(set(names[t].tolist()), key=str):
            part = share[t, names[t] == name]
            whole = part.sum()
            inner = _theil((part / whole)[None, :], part.size)[0] if whole > 0 else 0.0
            rows.append(
                {
                    "period": period,
                    "group": name,
                    "units": part.size,
                    "share": whole,
                    "theil": inner,
                }
            )
    return pd.DataFrame(rows)


def check_groups(panel: Panel, groups: str) -> np.ndarray:
    """The group of each unit, (T, N); units without one are refused."""
    names = panel[groups]
    lost = pd.isna(names)
    if lost.any():
        units = dict.fromkeys(panel.units[i] for i in np.nonzero(lost)[1])
        raise DataError(
            groups,
            expected="a group for each unit",
            got=f"none for {first_five(list(units))}",
            remedy=("Fill the column of groups for these units, or leave them out of the panel."),
        )
    return names


def _checked_top(top: Sequence[int]) -> list[int]:
    listed = list(top) if isinstance(top, Sequence) else [top]
    counts = [whole_number("top", n, at_least=1) for n in listed]
    if len(set(counts)) < len(counts):
        raise OptionError(
            "top",
            expected="different whole numbers, 1 or more",
            got=repr(top),
            remedy="Write for instance [1, 4, 8].",
        )
    return counts


def check_values(
    panel: Panel,
    variable: str,
    x: np.ndarray,
) -> None:
    """Refuse negative values, and periods that have zeros only."""
    check_not_negative(panel, variable, x)
    check_totals(panel, variable, x)


def check_not_negative(
    panel: Panel,
    variable: str,
    x: np.ndarray,
) -> None:
    """Refuse negative values in `x`, (T, N)."""
    below = np.argwhere(x < 0)
    if len(below):
        cells = [(panel.units[i], panel.periods[t]) for t, i in below]
        raise DataError(
            variable,
            expected="no negative values",
            got=f"{len(cells)}: {first_five(cells)}",
            remedy=("Correct these cells, or pass levels in place of changes or logarithms."),
        )


def check_totals(
    panel: Panel,
    variable: str,
    x: np.ndarray,
) -> None:
    """Refuse periods whose values in `x`, (T, N), are all zero: there is nothing to share."""
    empty = [
        period for period, total in zip(panel.periods, x.sum(axis=1), strict=True) if total == 0
    ]
    if empty:
        raise DataError(
            variable,
            expected="a total above zero in each period",
            got=f"zeros only in {first_five(empty)}",
            remedy="Leave these periods out with panel.select(periods=...).",
        )
