"""Shares of groups of drivers, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import DataError, first_five
from ...language.words import Words
from ...options import Language
from ...results import Result
from ..estimates import check_chosen, interval_label, read_tidy
from .intervals import draw_intervals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARE, _LESS = (
    "share ",
    " less ",
)  # components such as "share 2011-2014", and their differences


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
    language: Language = "en",
) -> Axes:
    """The share of each group of drivers, with intervals, stages side by side.

    Parameters
    ----------
    shares : result
        Anything whose `tidy()` has a row for each group (`term`) and stage (`component`). Where
        there are components that begin with "share ", the stage is what follows, and other
        components are left out.
    groups, stages : sequence of str, optional
        Which, in this order; by default all.
    labels : mapping of str, optional
        Groups and stages in words.
    level : float or None
        Coverage of the intervals, handed to `tidy(level=...)`; None takes the intervals of
        `tidy()`.
    ax : Axes, optional
        Where to draw; else a new figure.
    xlabel : str
        Of what the shares are.
    language : {"en", "zh"}
        Of the words that you do not give: the axis.

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

    words = Words.checked(language)
    frame = _shares_by_stage(read_tidy(shares, level, "shares"))
    wanted_groups = _wanted("groups", groups, list(dict.fromkeys(frame["term"])))
    wanted_stages = _wanted("stages", stages, list(dict.fromkeys(frame["component"])))
    stage_labels = labels or {}
    series = {}
    for stage in wanted_stages:
        name = stage_labels.get(stage, stage)
        series[name] = frame[frame["component"] == stage]
    has_intervals = frame["conf_low"].notna().any()
    ax = draw_intervals(
        series,
        wanted_groups,
        labels=labels,
        ax=ax,
        title=title,
        xlabel=interval_label(xlabel, level if has_intervals else None, words),
    )
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return ax


def _shares_by_stage(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of shares, their stage as the component; all rows where no component says that it is
    a share.
    """
    components = [str(component) for component in frame["component"]]
    are_shares = [name.startswith(_SHARE) and _LESS not in name for name in components]
    if any(are_shares):
        stages = [name.removeprefix(_SHARE) for name in components]
        frame = frame.assign(component=stages)[are_shares]
    else:
        frame = frame.assign(component=components)
    twice = frame[frame.duplicated(["term", "component"])]
    if len(twice):
        raise DataError(
            "shares",
            expected="each group once in a stage",
            got=f"{first_five(dict.fromkeys(twice['term']))} twice",
            remedy="Draw the shares of one model of one outcome at a time.",
        )
    return frame


def _wanted(
    argument: str,
    asked: Sequence[str] | None,
    available: list[str],
) -> list[str]:
    """What was asked for, all of it available; by default everything."""
    wanted = available if asked is None else asked
    check_chosen(argument, wanted, available)
    return list(wanted)
