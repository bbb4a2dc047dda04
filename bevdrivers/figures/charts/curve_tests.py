"""A specification curve with its band under the null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError
from ...language.labels import COMPONENT_NAMES, plain_name
from ...language.symbols import MINUS
from ...language.words import Words
from ...options import Language
from ..axes import dress, name_axes, new_axes, write_title
from ..legend import line_key, marker_key, patch_key
from ..style import BLUE, GREY, LINE, ONE_COLUMN, SMALL, legend_style, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAND = "#D9D9D9"


def curve_test_plot(
    test: Any,
    *,
    level: float = 0.95,
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    title: str = "",
    ylabel: str = "",
    language: Language = "en",
) -> Axes:
    """Estimates of all specifications, sorted, before the band in which they would lie if the focal
    term had no effect.

    The band holds, at each rank, the middle `level` of the estimates of that rank over the draws,
    each draw sorted by itself. It holds ranks one by one, not the curve as a whole: what the curve
    says together is in the p-values below the axis.

    Parameters
    ----------
    test : CurveTest
        What `bevdrivers.curve_test` returned.
    level : float
        Coverage of the band.
    labels : mapping, optional
        Term -> label.
    ax : Axes, optional
        Where to draw; else a new figure.
    ylabel : str
        What is estimated; the component and the term by default.
    language : {"en", "zh"}
        Of the words that you do not give.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        Something else than a test of a curve.
    OptionError
        A level or language that there is not.
    """
    words = Words.checked(language)
    if not (hasattr(test, "band") and hasattr(test, "tests")):
        raise InputError(
            "test",
            expected="a result of curve_test()",
            got=type(test).__name__,
            remedy="Pass what bd.curve_test(result) returns.",
        )
    frame = test.band(level)
    if ax is None:
        ax = new_axes(1.5 * ONE_COLUMN, ONE_COLUMN)
    at = np.arange(1, len(frame) + 1)
    ax.fill_between(at, frame["null_low"], frame["null_high"], color=_BAND, linewidth=0, zorder=1)
    ax.plot(at, frame["null_median"], color=GREY, linewidth=LINE, linestyle="--", zorder=2)
    ax.axhline(0, color=GREY, linewidth=LINE, zorder=1.5)
    excludes = (frame["conf_low"] > 0) | (frame["conf_high"] < 0)
    faces = np.where(excludes, BLUE, "white")
    size = 14.0 if len(frame) <= 150 else 3.0
    ax.scatter(at, frame["estimate"], s=size, c=faces, edgecolors=BLUE, linewidths=0.7, zorder=3)
    name_axes(
        ax,
        xlabel=_note(test, words),
        ylabel=ylabel or _effect(test, dict(labels or {}), words),
    )
    ax.xaxis.label.set(**text_style(SMALL))
    dress(ax)
    ax.legend(handles=_keys(excludes.to_numpy(), level, words), **legend_style())
    write_title(ax, title)
    return ax


def _effect(test: Any, labels: Mapping[str, str], words: Words) -> str:
    """The component and the term in words."""
    component = words.say(COMPONENT_NAMES[test.component])
    return words.listed([component, labels.get(test.term) or plain_name(test.term)])


def _note(test: Any, words: Words) -> str:
    """What is along the axis, and the p-values of the tests."""
    lines = [words.say("Specifications, from the lowest estimate")]
    for one in test.tests:
        text = words.say(
            "{test}: {value}, p = {p}",
            test=words.said(one.name),
            value=f"{one.statistic:.3g}".replace("-", MINUS),
            p=f"{one.p_value:.3g}",
        )
        lines.append(text)
    return "\n".join(lines)


def _keys(excludes: np.ndarray, level: float, words: Words) -> list[Any]:
    """Keys of the points that there are, and of the band."""
    circle: dict[str, Any] = {"marker": "o", "markersize": 3.6, "markeredgecolor": BLUE}
    keys: list[Any] = []
    if (~excludes).any():
        hollow = words.say("Interval holds zero")
        keys.append(marker_key(hollow, markerfacecolor="white", **circle))
    if excludes.any():
        filled = words.say("Interval excludes zero")
        keys.append(marker_key(filled, markerfacecolor=BLUE, **circle))
    band = words.say("{level:.0f} % of draws without an effect", level=100 * level)
    keys.append(patch_key(band, {"color": _BAND, "linewidth": 0}))
    median = words.say("Their median")
    keys.append(line_key(median, color=GREY, linewidth=LINE, linestyle="--"))
    return keys
