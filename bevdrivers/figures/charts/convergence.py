"""Whether a simulation has settled: estimate and standard error against the number of draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError
from ..style import BLUE, GREY, LARGE, LINE, NORMAL, TWO_COLUMNS, dress, new_figure, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COMPONENTS = ("direct", "indirect", "total")
_POINTS = 400  # numbers of draws at which a line is drawn
_ACROSS, _MOST = 4, 12  # quantities in a row, and at all
_FIRST = 10  # draws before which nothing is shown


def convergence_plot(
    draws: Any,
    *,
    terms: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    title: str = "",
    ylabel: str = "Estimate",
) -> Figure:
    """Running means and standard deviations of simulated quantities against the number of draws.

    Above: the mean of the first r draws with two Monte Carlo standard errors, s_r over the square root of r, on either
    side. Below: s_r, which is the standard error of a simulated impact. Draws are taken as independent, as those of
    `fit.impacts(draws=...)` and permutations are; the draws of a Markov chain are not, and its bands are too narrow.

    Parameters
    ----------
    draws : Impacts, DataFrame or array
        `fit.impacts(draws=...)`; draws x quantities; or one quantity, of shape (R,). Of permutations: the statistics,
        or, for the running p-value, whether each is at least the observed one.
    terms : sequence of str, optional
        Which quantities, 12 at most; for impacts names such as "direct log(gdp_pc)". By default all, of impacts the
        total ones.
    labels : mapping of str, optional
        Quantities in words.
    ylabel : str
        What is drawn, and its unit.

    Returns
    -------
    Figure with two Axes a quantity: running means above running standard deviations

    Raises
    ------
    DataError
        Fewer than 20 draws, missing numbers, impacts without draws.
    OptionError
        Terms that there are none of, or more than 12.

    Examples
    --------
    >>> import numpy as np, bevdrivers as bd
    >>> figure = bd.convergence_plot(np.random.default_rng(1).normal(size=1000))
    >>> [ax.get_ylabel() for ax in figure.axes]
    ['Estimate', 'Standard deviation']
    """
    frame = _frame(draws)
    chosen = _chosen(frame, terms, draws)
    rows = np.unique(np.geomspace(_FIRST, len(frame), _POINTS).round().astype(int))
    across = min(len(chosen), _ACROSS)
    blocks = -(-len(chosen) // across)
    figure = new_figure(min(TWO_COLUMNS, 1.0 + 2.6 * across), 3.7 * blocks + 0.25 * bool(title))
    cells = figure.subplots(2 * blocks, across, squeeze=False)
    for place, name in enumerate(chosen):
        block, column = divmod(place, across)
        words = (labels or {}).get(name, name) if len(chosen) > 1 else ""
        pair = (cells[2 * block, column], cells[2 * block + 1, column])
        _draw_pair(pair, frame[name].to_numpy(float), rows, words, ("" if column else ylabel, not column))
    for cell in cells.reshape(blocks, 2, across)[-1, :, len(chosen) - across * (blocks - 1) :].ravel():
        cell.remove()
    if title:
        figure.suptitle(title, **text_style(LARGE))
    return figure


def _draw_pair(pair: tuple[Axes, Axes], x: np.ndarray, rows: np.ndarray, words: str, named: tuple[str, bool]) -> None:
    """Running mean with its band above, running standard deviation below, at the numbers of draws `rows`."""
    mean, spread = (line[rows - 1] for line in _running(x))
    error = spread / np.sqrt(rows)
    top, bottom = pair
    top.fill_between(rows, mean - 2 * error, mean + 2 * error, color=BLUE, alpha=0.2, linewidth=0)
    for ax, line in ((top, mean), (bottom, spread)):
        ax.plot(rows, line, color=BLUE, linewidth=1.1)
        ax.axhline(line[-1], color=GREY, linewidth=LINE, linestyle=":", zorder=0.5)
        ax.set_xscale("log")
        ax.set_xlim(rows[0], rows[-1])
        ax.xaxis.set_major_formatter(lambda draws, _: f"{draws:,.0f}")
        dress(ax)
    top.tick_params(axis="x", labelbottom=False)
    top.set_title(words, **text_style(NORMAL))
    bottom.set_xlabel("Draws (log scale)", **text_style(NORMAL))
    top.set_ylabel(named[0], **text_style(NORMAL))
    bottom.set_ylabel("Standard deviation" if named[1] else "", **text_style(NORMAL))


def _frame(draws: Any) -> pd.DataFrame:
    """Draws x quantities, named."""
    kept = getattr(draws, "sample_of_draws", draws)
    if kept is not draws and not hasattr(draws, "terms"):
        raise DataError("draws", expected="impacts, a frame or an array", got=type(draws).__name__)
    if kept is None:
        raise DataError("draws", expected="impacts with draws", got="none", remedy="Use fit.impacts(draws=1000).")
    if kept is not draws:
        names = [f"{component} {term}" for component in _COMPONENTS for term in draws.terms]
        frame = pd.DataFrame(np.asarray(kept).reshape(len(kept), -1), columns=names)
    elif isinstance(draws, pd.DataFrame):
        frame = draws.set_axis([str(name) for name in draws.columns], axis=1)
    else:
        array = np.asarray(draws, dtype=float)
        if array.ndim not in (1, 2):
            raise DataError("draws", expected="shape (R,) or (R, K)", got=f"{array.shape}")
        array = array.reshape(len(array), -1)
        frame = pd.DataFrame(array, columns=[f"({k + 1})" for k in range(array.shape[1])])
    if len(frame) < 2 * _FIRST or not np.isfinite(frame.to_numpy(float)).all():
        raise DataError("draws", expected=f"{2 * _FIRST} or more finite draws", got=f"{len(frame)} draws")
    return frame


def _chosen(frame: pd.DataFrame, terms: Sequence[str] | None, draws: Any) -> list[str]:
    there = list(frame.columns)
    of_impacts = hasattr(draws, "sample_of_draws")
    wanted = [name for name in there if name.startswith("total ")] if of_impacts and terms is None else terms
    wanted = there if wanted is None else list(wanted)
    absent = [name for name in wanted if name not in there]
    if absent or not 0 < len(wanted) <= _MOST:
        raise OptionError("terms", expected=f"1 to {_MOST} of {there}", got=f"{wanted}")
    return wanted


def _running(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations (over r - 1) of the first r of R draws, each (R,)."""
    r = np.arange(1, len(x) + 1)
    shifted = x - x.mean()  # sums of squares of small numbers do not cancel
    mean = np.cumsum(shifted) / r
    squares = np.maximum(np.cumsum(shifted**2) - r * mean**2, 0.0)
    return mean + x.mean(), np.sqrt(squares / np.maximum(r - 1, 1))
