"""How alike several weights are, as a table of coloured cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError
from ...language.labels import plain_name
from ...language.lines import lines_of
from ...language.words import Words
from ...options import Language
from ..axes import new_axes, write_title
from ..estimates import described
from ..style import INK, NORMAL, SMALL, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("first", "second", "lag_correlation", "shared_links", "jaccard")
_CELL = 0.62  # inches
# weights of red, green and blue in the brightness of a colour (ITU-R BT.601)
_BRIGHTNESS = (0.299, 0.587, 0.114)
_BRIGHT = 0.55  # faces darker than this have white text


def comparison_plot(
    comparison: Any,
    *,
    ax: Axes | None = None,
    title: str = "",
    language: Language = "en",
) -> Axes:
    """Weights pair by pair: below the diagonal the correlation of their lags, above it the links
    that they share.

    The darker a cell, the more alike the two. Above the diagonal stands the share of the links that
    both have among those that either has, and below it, in parentheses, their number.

    Parameters
    ----------
    comparison : WeightsComparison or DataFrame
        What `compare_weights` gives, or its `frame`: one row a pair with first, second,
        lag_correlation, shared_links, jaccard.
    ax : Axes, optional
        Where to draw; else a new figure.
    language : {"en", "zh"}
        Of the words that you do not give: the lines below.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        Columns or pairs that lack.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> several = [bd.Queen(islands="nearest").fit(panel), bd.KNearest(4).fit(panel)]
    >>> ax = bd.comparison_plot(bd.compare_weights(several, panel, variable="log(gdp_pc)"))
    >>> [text.get_text().split() for text in ax.texts]
    [['0.57', '(95)'], ['0.65']]
    """
    words = Words.checked(language)
    pairs = _Pairs.of(comparison)
    n = len(pairs.names)
    if ax is None:
        width = _CELL * n + 1.5
        height = _CELL * n + 1.3 + 0.25 * bool(title)
        ax = new_axes(width, height)
    for i in range(n):
        for j in range(i):
            correlation = pairs.correlation[i, j]
            text = f"{correlation:.2f}".replace("-", "\u2212")
            _draw_cell(ax, i, j, correlation, "Blues", text)
        for j in range(i + 1, n):
            share = pairs.shared[i, j]
            text = f"{share:.2f}\n({pairs.counts[i, j]:,})"
            _draw_cell(ax, i, j, share, "Oranges", text)
    _dress_matrix(ax, pairs.names)
    explanation = _explanation(comparison, max(30, 12 * n), words)
    ax.set_xlabel(
        explanation,
        loc="left",
        linespacing=1.3,
        **text_style(SMALL),
    )
    write_title(ax, title)
    return ax


@dataclass(frozen=True, eq=False)
class _Pairs:
    """What is known of n weights pair by pair.

    Attributes
    ----------
    names : list of str
    correlation, shared : arrays of shape (n, n)
        Correlation of the lags, and shared links as a share of those that either has.
    counts : int array of shape (n, n)
        Shared links.
    """

    names: list[str]
    correlation: np.ndarray
    shared: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, comparison: Any) -> _Pairs:
        """The pairs of a comparison of weights or of its frame, which must have them all."""
        frame = _frame_of(comparison)
        names = list(dict.fromkeys([*frame["first"], *frame["second"]]))
        n = len(names)
        measures = np.full((3, n, n), np.nan)
        for pair in frame.itertuples():
            i, j = names.index(pair.first), names.index(pair.second)
            values = pair.lag_correlation, pair.jaccard, pair.shared_links
            measures[:, i, j] = values
            measures[:, j, i] = values
        off_diagonal = ~np.eye(n, dtype=bool)
        if np.isnan(measures[:, off_diagonal]).any():
            raise DataError(
                "comparison",
                expected=f"a row for each pair of {names}",
                got=f"{len(frame)} rows",
                remedy="Pass what bd.compare_weights returned, without leaving rows out.",
            )
        counts = np.nan_to_num(measures[2]).astype(int)
        return cls([str(name) for name in names], measures[0], measures[1], counts)


def _frame_of(comparison: Any) -> pd.DataFrame:
    """The frame of a comparison, with the columns that are drawn."""
    frame: pd.DataFrame | None = comparison
    if not isinstance(comparison, pd.DataFrame):
        frame = getattr(comparison, "frame", None)
    if frame is not None and set(_COLUMNS) <= set(frame.columns):
        return frame
    raise DataError(
        "comparison",
        expected=f"a comparison of weights, or its frame with {list(_COLUMNS)}",
        got=described(comparison if frame is None else frame),
        remedy="Pass what bd.compare_weights returned.",
    )


def _draw_cell(
    ax: Axes,
    row: int,
    column: int,
    value: float,
    cmap: str,
    text: str,
) -> None:
    """A square whose colour deepens from 0 (and below) to 1, and its number."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    depth = min(max(value, 0.0), 1.0)
    face = colormaps[cmap](0.05 + 0.75 * depth)
    bright = float(np.dot(face[:3], _BRIGHTNESS)) > _BRIGHT
    square = Rectangle(
        (column - 0.48, row - 0.48),
        0.96,
        0.96,
        facecolor=face,
        edgecolor="none",
    )
    ax.add_patch(square)
    style = text_style(NORMAL, color=INK if bright else "white")
    ax.text(
        column,
        row,
        text,
        ha="center",
        va="center",
        **style,
    )


def _dress_matrix(ax: Axes, names: list[str]) -> None:
    """Names to the left and, slanted, above; no spines."""
    n = len(names)
    ax.set(
        xlim=(-0.5, n - 0.5),
        ylim=(n - 0.5, -0.5),
        aspect="equal",
    )
    ax.set_xticks(
        range(n),
        names,
        rotation=35,
        ha="left",
        rotation_mode="anchor",
        **text_style(SMALL),
    )
    ax.set_yticks(range(n), names, **text_style(SMALL))
    ax.tick_params(
        length=0,
        top=False,
        labeltop=True,
        bottom=False,
        labelbottom=False,
    )
    for spine in ax.spines.values():
        spine.set_visible(False)


def _explanation(
    comparison: Any,
    width: int,
    words: Words,
) -> str:
    """Which triangle is what, in lines of `width` columns; the lags' variable where the comparison
    tells it.
    """
    variable = getattr(comparison, "variable", "")
    draws = getattr(comparison, "draws", 0)
    below = words.say("Below the diagonal: correlation of lags.")
    if draws:
        below = words.say(
            "Below the diagonal: correlation of lags of {draws} random fields.",
            draws=draws,
        )
    elif variable:
        below = words.say(
            "Below the diagonal: correlation of lags of {variable}.",
            variable=plain_name(variable),
        )
    above = words.say("Above: shared links over links that either has (number).")
    return "\n".join([*lines_of(below, width), *lines_of(above, width)])
