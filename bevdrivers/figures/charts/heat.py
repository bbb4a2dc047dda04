"""How alike several weights are, as a table of coloured cells."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError
from ..style import INK, LARGE, NORMAL, SMALL, new_axes, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("first", "second", "lag_correlation", "shared_links", "jaccard")
_CELL = 0.62  # inches


def comparison_plot(comparison: Any, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Weights pair by pair: below the diagonal the correlation of their lags, above it the links that they share.

    The darker a cell, the more alike the two. Above the diagonal stands the share of the links that both have among
    those that either has, and below it, in parentheses, their number.

    Parameters
    ----------
    comparison : WeightsComparison or DataFrame
        What `compare_weights` gives, or its `frame`: one row a pair with first, second, lag_correlation, shared_links,
        jaccard.
    ax : Axes, optional
        Where to draw; else a new figure.

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
    names, correlation, shared, counts = _read(comparison)
    n = len(names)
    if ax is None:
        ax = new_axes(_CELL * n + 1.5, _CELL * n + 1.3 + 0.25 * bool(title))
    for i in range(n):
        for j in range(n):
            if i > j:
                _cell(ax, i, j, correlation[i, j], "Blues", f"{correlation[i, j]:.2f}".replace("-", "\u2212"))
            elif i < j:
                _cell(ax, i, j, shared[i, j], "Oranges", f"{shared[i, j]:.2f}\n({counts[i, j]:,})")
    ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
    ax.set_xticks(range(n), names, rotation=35, ha="left", rotation_mode="anchor", **text_style(SMALL))
    ax.set_yticks(range(n), names, **text_style(SMALL))
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlabel(_legend(comparison, max(30, 12 * n)), loc="left", linespacing=1.3, **text_style(SMALL))
    if title:
        ax.set_title(title, **text_style(LARGE))
    return ax


def _read(comparison: Any) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Names, and n x n arrays of correlations, shares of links, and numbers of links, by pair."""
    frame = comparison if isinstance(comparison, pd.DataFrame) else getattr(comparison, "frame", None)
    if frame is None or not set(_COLUMNS) <= set(frame.columns):
        raise DataError(
            "comparison",
            expected=f"a comparison of weights, or its frame with {list(_COLUMNS)}",
            got=type(comparison).__name__ if frame is None else f"{list(frame.columns)}",
        )
    names = list(dict.fromkeys([*frame["first"], *frame["second"]]))
    n = len(names)
    found = np.full((3, n, n), np.nan)
    for pair in frame.itertuples():
        i, j = names.index(pair.first), names.index(pair.second)
        found[:, i, j] = found[:, j, i] = pair.lag_correlation, pair.jaccard, pair.shared_links
    if np.isnan(found[:, ~np.eye(n, dtype=bool)]).any():
        raise DataError("comparison", expected=f"a row for each pair of {names}", got=f"{len(frame)} rows")
    return [str(name) for name in names], found[0], found[1], np.nan_to_num(found[2]).astype(int)


def _cell(ax: Axes, row: int, column: int, value: float, cmap: str, text: str) -> None:
    """A square whose colour deepens from 0 (and below) to 1, and its number."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    face = colormaps[cmap](0.05 + 0.75 * min(max(value, 0.0), 1.0))
    light = float(np.dot(face[:3], [0.299, 0.587, 0.114]))
    ax.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor=face, edgecolor="none"))
    colour = INK if light > 0.55 else "white"
    ax.text(column, row, text, ha="center", va="center", **text_style(NORMAL, color=colour))


def _legend(comparison: Any, width: int) -> str:
    """Which triangle is what, in lines of `width` letters; the lags' variable where the comparison tells it."""
    variable, draws = getattr(comparison, "variable", ""), getattr(comparison, "draws", 0)
    of = f" of {draws} random fields" if draws else f" of {variable}" if variable else ""
    below = f"Below the diagonal: correlation of lags{of}."
    above = "Above: shared links over links that either has (number)."
    return "\n".join([*wrap(below, width), *wrap(above, width)])
