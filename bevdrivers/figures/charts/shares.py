"""Shares of groups of drivers, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...errors import DataError, OptionError
from ...results import Result
from .intervals import axis_label, draw_intervals, read_tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARE, _LESS = "share ", " less "  # components such as "share 2011-2014", and their differences


def share_plot(
    shares: Result,
    *,
    groups: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    level: float | None = 0.95,
    ax: Axes | None = None,
    title: str = "",
    xlabel: str = "Share",
) -> Axes:
    """The share of each group of drivers, with intervals, stages side by side.

    Parameters
    ----------
    shares : result
        Anything whose `tidy()` has a row for each group (`term`) and stage (`component`). Where there are components
        that begin with "share ", the stage is what follows, and other components are left out.
    groups, stages : sequence of str, optional
        Which, in this order; by default all.
    labels : mapping of str, optional
        Groups and stages in words.
    level : float or None
        Coverage of the intervals, handed to `tidy(level=...)`; None takes the intervals of `tidy()`.
    ax : Axes, optional
        Where to draw; else a new figure.
    xlabel : str
        Of what the shares are.

    Returns
    -------
    Axes, its x axis in percent

    Raises
    ------
    OptionError
        Groups or stages that the result does not have.
    DataError
        A group twice in a stage.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> class Shares:
    ...     def tidy(self, level=0.95):
    ...         rows = [("policy", "early", 0.6), ("market", "early", 0.4), ("policy", "late", 0.3)]
    ...         frame = pd.DataFrame(rows, columns=["term", "component", "estimate"])
    ...         return frame.reindex(columns=list(bd.results.TIDY_COLUMNS))
    ...     def glance(self):
    ...         return pd.DataFrame([{}])
    >>> ax = bd.share_plot(Shares())
    >>> [text.get_text() for text in ax.get_legend().get_texts()], ax.get_xlabel()
    (['early', 'late'], 'Share')
    """
    from matplotlib.ticker import PercentFormatter

    frame = read_tidy(shares, level, "shares")
    parts = [str(c) for c in frame["component"] if str(c).startswith(_SHARE) and _LESS not in str(c)]
    kept = frame[frame["component"].isin(parts)] if parts else frame
    kept = kept.assign(component=[str(c).removeprefix(_SHARE) if parts else str(c) for c in kept["component"]])
    twice = kept[kept.duplicated(["term", "component"])]
    if len(twice):
        raise DataError("shares", expected="each group once in a stage", got=f"twice {twice['term'].iloc[0]!r}")
    wanted_groups = _wanted("groups", groups, list(dict.fromkeys(kept["term"])))
    wanted_stages = _wanted("stages", stages, list(dict.fromkeys(kept["component"])))
    words = labels or {}
    series = {words.get(stage, stage): kept[kept["component"] == stage] for stage in wanted_stages}
    known = kept["conf_low"].notna().any()
    name = axis_label(xlabel, level if known else None)
    ax = draw_intervals(series, wanted_groups, labels=labels, ax=ax, title=title, xlabel=name)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return ax


def _wanted(argument: str, asked: Sequence[str] | None, there: list[str]) -> list[str]:
    wanted = there if asked is None else list(asked)
    absent = [name for name in wanted if name not in there]
    if absent or not wanted:
        raise OptionError(argument, expected=f"some of {there}", got=f"{wanted}")
    return wanted
