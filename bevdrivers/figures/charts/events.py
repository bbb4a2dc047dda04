"""Effects by event time: points with intervals, and the band that holds all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import InputError
from ...language.words import Words
from ...options import Language
from ...results import Result
from ..axes import dress, name_axes, new_axes, write_title
from ..estimates import check_chosen, interval_label, read_tidy
from ..style import GREY, LINE, MARKERS, ONE_COLUMN, SERIES, legend_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("event_time", "band_low", "band_high")
# series of an event time stand so far from each other, in years
APART = 0.12


def event_plot(
    result: Result,
    *,
    components: Sequence[str] | None = None,
    level: float | None = 0.95,
    ax: Axes | None = None,
    title: str = "",
    xlabel: str = "Years since adoption",
    ylabel: str = "Effect",
    language: Language = "en",
) -> Axes:
    """Effects of a policy by event time: points, intervals of each, and shaded the simultaneous
    band, which holds all of them at once.

    Parameters
    ----------
    result : result
        What `EventStudy.fit` or `Imputation.fit` returned, or anything whose `tidy()` has the
        columns event_time, band_low and band_high beside those of every result.
    components : sequence of str, optional
        Which, such as ``["direct", "indirect"]``; all by default.
    level : float or None
        Coverage of intervals and bands, handed to `tidy(level=...)`.
    ax : Axes, optional
        Where to draw; else a new figure.
    xlabel, ylabel : str
        What is on the axes; the outcome's unit belongs to the second.
    language : {"en", "zh"}
        Of the words that you do not give.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        A result without event times.
    OptionError
        Components that the result does not have, a level outside (0, 1).
    """
    words = Words.checked(language)
    frame = _with_event_times(result, level)
    available = list(dict.fromkeys(frame["component"]))
    chosen = available if components is None else list(components)
    check_chosen("components", chosen, available)
    if ax is None:
        ax = new_axes(1.35 * ONE_COLUMN, 0.95 * ONE_COLUMN)
    ax.axhline(0.0, color=GREY, linewidth=LINE, zorder=0.5)
    if frame["event_time"].min() < 0.0:
        ax.axvline(-0.5, color=GREY, linewidth=LINE, linestyle="--", zorder=0.5)
    steps = np.arange(len(chosen)) - (len(chosen) - 1) / 2
    for index, component in enumerate(chosen):
        part = frame[frame["component"] == component].sort_values("event_time")
        name = words.say(component[:1].upper() + component[1:])
        _draw_path(ax, name, part, APART * steps[index], index)
    quantity = interval_label(words.say(ylabel), level, words)
    name_axes(ax, xlabel=words.say(xlabel), ylabel=quantity)
    dress(ax)
    _whole_years(ax)
    write_title(ax, title)
    if len(chosen) > 1:
        ax.legend(**legend_style())
    return ax


def _with_event_times(result: Result, level: float | None) -> pd.DataFrame:
    """The rows of the tidy frame that have an event time."""
    frame = read_tidy(result, level, "result")
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        raise InputError(
            "result",
            expected="a result by event time",
            got=f"one without {absent}",
            remedy="Pass what bd.EventStudy(...).fit() or bd.Imputation(...).fit() returned.",
        )
    return frame[frame["event_time"].notna()]


def _draw_path(ax: Axes, name: str, part: pd.DataFrame, shift: float, index: int) -> None:
    """The band, the intervals and the points of one component."""
    colour = SERIES[index % len(SERIES)]
    at = part["event_time"].to_numpy() + shift
    ax.fill_between(
        at,
        part["band_low"],
        part["band_high"],
        color=colour,
        alpha=0.16,
        linewidth=0,
        zorder=1,
    )
    ax.vlines(
        at,
        part["conf_low"],
        part["conf_high"],
        color=colour,
        linewidth=1.1,
        label="_intervals",
    )
    ax.plot(
        at,
        part["estimate"],
        MARKERS[index % len(MARKERS)],
        color=colour,
        markersize=3.8,
        label=name,
    )


def _whole_years(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
