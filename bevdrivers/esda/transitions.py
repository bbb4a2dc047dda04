"""How units move between the quadrants or clusters of a local statistic, and how long they stay hot
spots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import InputError, OptionError, first_five, suggestion
from ..options import check_option
from ..panel.time_axis import TimeAxis
from ..results import TIDY_COLUMNS
from .local_statistics import NO_NEIGHBOURS, NOT_SIGNIFICANT, LocalResult

By = Literal["quadrant", "cluster"]

QUADRANTS = {"HH", "LL", "HL", "LH"}
MOVES = {
    (False, False): "neither",
    (True, False): "unit only",
    (False, True): "neighbours only",
    (True, True): "both",
}


@dataclass(frozen=True, eq=False, repr=False)
class LisaTransitions(Shown):
    """Moves between the quadrants (or clusters) of a local statistic.

    Attributes
    ----------
    counts : DataFrame of shape (K, K)
        From (rows) to (columns), summed over the pairs of periods.
    probabilities : DataFrame of shape (K, K)
        Counts over their row's sum; NaN in a row without a unit.
    frame : DataFrame, one row a unit and pair of periods
        unit, start, end, from, to and, of the quadrants of Moran, move: whether the unit, its
        neighbours, both or neither went to the other side of the mean.
    by : str
        "quadrant" or "cluster".
    statistic : str
    variable : str
    """

    counts: pd.DataFrame
    probabilities: pd.DataFrame
    frame: pd.DataFrame
    by: str
    statistic: str
    variable: str

    @property
    def stability(self) -> float:
        """The share of moves that end where they began (the cohesion of Rey and Janikas is its
        share of "both").
        """
        return float(np.trace(self.counts.to_numpy()) / self.counts.to_numpy().sum())

    def tidy(self) -> pd.DataFrame:
        """One row a cell of the matrix: term "HH to LL", estimate its probability, standard error
        that of a share of independent moves.
        """
        kinds = list(self.counts.index)
        cells = [(a, b) for a in kinds for b in kinds]
        share = np.array([self.probabilities.loc[a, b] for a, b in cells])
        total = np.array([self.counts.loc[a].sum() for a, _ in cells], dtype=float)
        spread = np.sqrt(
            np.divide(
                share * (1 - share),
                total,
                out=np.full(len(cells), np.nan),
                where=total > 0,
            )
        )
        frame = pd.DataFrame({name: np.nan for name in TIDY_COLUMNS}, index=range(len(cells)))
        terms = [f"{a} to {b}" for a, b in cells]
        return frame.assign(
            term=terms,
            component=self.by,
            estimate=share,
            std_error=spread,
        )

    def glance(self) -> pd.DataFrame:
        """One row: statistic, variable, what moves are between, periods, moves, share that
        stays.
        """
        row = {
            "statistic_name": self.statistic,
            "variable": self.variable,
            "by": self.by,
            "first_period": self.frame["start"].iloc[0],
            "last_period": self.frame["end"].iloc[-1],
            "n_units": self.frame["unit"].nunique(),
            "moves": int(self.counts.to_numpy().sum()),
            "stability": self.stability,
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        return (
            f"Transitions of {self.by}, {self.statistic} of "
            f"{self.variable}\n{self.counts.to_string()}"
        )


def lisa_transitions(
    local: LocalResult,
    periods: Sequence[Any] | None = None,
    *,
    by: By = "quadrant",
) -> LisaTransitions:
    """Moves of the units between the quadrants (or significant clusters) of a local statistic.

    Parameters
    ----------
    local : LocalResult
        Of any local statistic; with ``stages=...`` the moves are between stages.
    periods : sequence, optional
        Moves go from each of these periods to the next, over spans of one length: ``[2011, 2020]``
        is one move over the whole span. By default all periods.
    by : {"quadrant", "cluster"}
        Quadrants have all units in them; clusters only those that are significant, the rest being
        "not significant".

    Returns
    -------
    LisaTransitions

    Raises
    ------
    InputError
        Fewer than two periods, or unknown ones.
    DataError
        Some periods are further apart than others: moves over spans of different lengths have
        different probabilities.

    References
    ----------
    Rey (2001), Geographical Analysis 33, 195-214, doi:10.1111/j.1538-4632.2001.tb00444.x. Rey and
    Janikas (2006), Geographical Analysis 38, 67-86, doi:10.1111/j.0016-7363.2005.00675.x.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> local = bd.LocalMoran("log1p(bev_density)", permutations=0).fit(panel, queen)
    >>> moves = bd.lisa_transitions(local, [2011, 2020])
    >>> int(moves.counts.to_numpy().sum())
    31
    """
    check_option("by", by, By)
    chosen = list(local.periods if periods is None else periods)
    unknown = [period for period in chosen if period not in local.periods]
    if len(chosen) < 2 or unknown:
        raise InputError(
            "periods",
            expected=f"two or more of {first_five(local.periods)}",
            got=f"unknown {first_five(unknown)}" if unknown else first_five(chosen),
            remedy="Choose them among the periods of the local statistic, or leave periods out for all.",
        )
    if local.request.stages is None:
        TimeAxis.of(chosen).check_no_gap("periods")
    wide = local.wide(by).loc[chosen]
    start = wide.to_numpy()[:-1]
    end = wide.to_numpy()[1:]
    kinds = list(local.request.kinds)
    if by == "cluster":
        kinds.append(NOT_SIGNIFICANT)
    if (wide == NO_NEIGHBOURS).any(axis=None):
        kinds.append(NO_NEIGHBOURS)

    counts = np.array([[_moves(start, end, a, b) for b in kinds] for a in kinds])
    total = counts.sum(axis=1, keepdims=True)
    never = np.full(counts.shape, np.nan)
    shares = np.divide(counts, total, out=never, where=total > 0)

    units = len(local.units)
    frame = pd.DataFrame(
        {
            "unit": list(local.units) * (len(chosen) - 1),
            "start": np.repeat(chosen[:-1], units),
            "end": np.repeat(chosen[1:], units),
            "from": start.ravel(),
            "to": end.ravel(),
        }
    )
    if by == "quadrant" and set(local.request.kinds) == QUADRANTS:
        ends = zip(frame["from"], frame["to"], strict=True)
        frame["move"] = [_move(a, b) for a, b in ends]

    rows = pd.Index(kinds, name="from")
    columns = pd.Index(kinds, name="to")
    return LisaTransitions(
        pd.DataFrame(counts, index=rows, columns=columns),
        pd.DataFrame(shares, index=rows, columns=columns),
        frame,
        by,
        local.request.title,
        local.request.variable,
    )


def _moves(
    start: np.ndarray,
    end: np.ndarray,
    origin: str,
    destination: str,
) -> int:
    """How many cells went from one kind to the other."""
    return int(((start == origin) & (end == destination)).sum())


def _move(start: str, end: str) -> str:
    return "" if NO_NEIGHBOURS in (start, end) else MOVES[start[0] != end[0], start[1] != end[1]]


def hotspot_persistence(local: LocalResult, kind: str | None = None) -> pd.DataFrame:
    """How often and how long each unit was in one kind of cluster.

    Parameters
    ----------
    local : LocalResult
    kind : str, optional
        A kind of cluster of the statistic; by default its first, "HH" or "hot".

    Returns
    -------
    DataFrame, one row a unit, the most persistent first: periods (how many), share (of all), first
    and last period, spells (uninterrupted runs), longest (the longest of them, in periods), and
    class: "persistent" (all periods), "emerging" (one spell that lasts to the end), "vanishing"
    (one from the beginning that ended), "sporadic" (anything else), "never".

    Raises
    ------
    OptionError
        The statistic has no such kind of cluster.
    DataError
        Periods are missing, so that it is not known how long a spell lasted.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> local = bd.LocalMoran("log1p(bev_density)", permutations=999, seed=1, adjust=None).fit(panel, queen)
    >>> bd.hotspot_persistence(local).loc["Jiangsu", "class"]
    'persistent'
    """
    kinds = local.request.kinds
    if kind is not None and kind not in kinds:
        raise OptionError(
            "kind",
            expected=f"one of {list(kinds)}",
            got=repr(kind),
            remedy=suggestion(kind, kinds),
        )
    if local.request.stages is None:
        TimeAxis.of(local.periods).check_no_gap("local")
    inside = (local.clusters == (kind or kinds[0])).to_numpy()
    rows = [
        {"unit": unit, **_persistence(inside[:, i], local.periods)}
        for i, unit in enumerate(local.units)
    ]
    frame = pd.DataFrame(rows).set_index("unit")
    for name in ("first", "last"):  # years stay whole numbers beside the gaps
        frame[name] = pd.Series([row[name] for row in rows], index=frame.index, dtype=object)
    return frame.sort_values(["periods", "longest"], ascending=False, kind="stable")


def _persistence(inside: np.ndarray, periods: Sequence[Any]) -> dict[str, Any]:
    """Of one unit, from whether it was inside, (T,)."""
    edges = np.diff(np.concatenate([[0], inside.astype(int), [0]]))
    starts = np.flatnonzero(edges == 1)
    ends = np.flatnonzero(edges == -1)
    at = np.flatnonzero(inside)
    if not len(at):
        kind = "never"
    elif inside.all():
        kind = "persistent"
    elif len(starts) == 1 and inside[-1]:
        kind = "emerging"
    elif len(starts) == 1 and inside[0]:
        kind = "vanishing"
    else:
        kind = "sporadic"
    return {
        "periods": len(at),
        "share": len(at) / len(inside),
        "first": periods[at[0]] if len(at) else None,
        "last": periods[at[-1]] if len(at) else None,
        "spells": len(starts),
        "longest": int((ends - starts).max(initial=0)),
        "class": kind,
    }
