"""Whether a simulation has settled: estimate and standard error against the number of draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError
from ...language.labels import plain_name
from ...language.words import Words
from ...options import Language
from ..axes import dress, new_figure, rows_needed
from ..estimates import check_chosen
from ..style import BLUE, GREY, LARGE, LINE, NORMAL, TWO_COLUMNS, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COMPONENTS = ("direct", "indirect", "total")
_POINTS = 400  # numbers of draws at which a line is drawn
_PER_ROW, _MOST = 4, 12  # quantities in a row, and at all
_FIRST = 10  # draws before which nothing is shown


def convergence_plot(
    draws: Any,
    *,
    terms: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    title: str = "",
    ylabel: str = "Estimate",
    language: Language = "en",
) -> Figure:
    """Running means and standard deviations of simulated quantities against the number of draws.

    Above: the mean of the first r draws with two Monte Carlo standard errors, s_r over the square
    root of r, on either side. Below: s_r, which is the standard error of a simulated impact. Draws
    are taken as independent, as those of `fit.impacts(draws=...)` and permutations are; the draws
    of a Markov chain are not, and its bands are too narrow.

    Parameters
    ----------
    draws : Impacts, DataFrame or array
        `fit.impacts(draws=...)`; draws x quantities; or one quantity, of shape (R,). Of
        permutations: the statistics, or, for the running p-value, whether each is at least the
        observed one.
    terms : sequence of str, optional
        Which quantities, 12 at most; for impacts names such as "direct log(gdp_pc)". By default
        all, of impacts the total ones.
    labels : mapping of str, optional
        Quantities in words.
    ylabel : str
        What is drawn, and its unit.
    language : {"en", "zh"}
        Of the words that you do not give: axes, and of components of impacts.

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
    words = Words.checked(language)
    frame = _frame_of_draws(draws)
    chosen = _chosen_terms(frame, terms, draws)
    counts = np.geomspace(_FIRST, len(frame), _POINTS)
    counts = np.unique(counts.round().astype(int))

    per_row = min(len(chosen), _PER_ROW)
    n_rows = rows_needed(len(chosen), per_row)
    width = min(TWO_COLUMNS, 1.0 + 2.6 * per_row)
    height = 3.7 * n_rows + 0.25 * bool(title)
    figure = new_figure(width, height)
    # each row of quantities takes two rows of axes: running means above, standard deviations below
    cells = figure.subplots(2 * n_rows, per_row, squeeze=False)

    for index, name in enumerate(chosen):
        row, column = divmod(index, per_row)
        mean_ax, spread_ax = cells[2 * row, column], cells[2 * row + 1, column]
        _draw_running(mean_ax, spread_ax, frame[name].to_numpy(float), counts)
        spread_ax.set_xlabel(words.say("Draws (log scale)"), **text_style(NORMAL))
        if column == 0:
            mean_ax.set_ylabel(words.said(ylabel), **text_style(NORMAL))
            spread_ax.set_ylabel(words.say("Standard deviation"), **text_style(NORMAL))
        if len(chosen) > 1:
            heading = _heading(name, labels or {}, words)
            mean_ax.set_title(heading, **text_style(NORMAL))

    used_in_last_row = len(chosen) - per_row * (n_rows - 1)
    for empty in cells[-2:, used_in_last_row:].ravel():
        empty.remove()
    if title:
        figure.suptitle(title, **text_style(LARGE))
    return figure


def _heading(
    name: str,
    labels: Mapping[str, str],
    words: Words,
) -> str:
    """A quantity in words: the user's, else its name, a component of impacts in the language."""
    component, _, term = name.partition(" ")
    if name in labels or component not in _COMPONENTS:
        return labels.get(name, name)
    return words.say(component + " {term}", term=plain_name(term))


def _draw_running(
    mean_ax: Axes,
    spread_ax: Axes,
    quantity: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Draw the running mean with its band, and the running standard deviation.

    Parameters
    ----------
    quantity : array of shape (R,)
        The draws.
    counts : int array
        Numbers of draws at which the lines have points.
    """
    running_mean, running_spread = _running_moments(quantity)
    mean, spread = running_mean[counts - 1], running_spread[counts - 1]
    error = spread / np.sqrt(counts)
    mean_ax.fill_between(
        counts,
        mean - 2 * error,
        mean + 2 * error,
        color=BLUE,
        alpha=0.2,
        linewidth=0,
    )
    for ax, line in ((mean_ax, mean), (spread_ax, spread)):
        ax.plot(counts, line, color=BLUE, linewidth=1.1)
        ax.axhline(
            line[-1],
            color=GREY,
            linewidth=LINE,
            linestyle=":",
            zorder=0.5,
        )
        ax.set_xscale("log")
        ax.set_xlim(counts[0], counts[-1])
        ax.xaxis.set_major_formatter(lambda n_draws, _: f"{n_draws:,.0f}")
        dress(ax)
    mean_ax.tick_params(axis="x", labelbottom=False)


def _frame_of_draws(draws: Any) -> pd.DataFrame:
    """Draws x quantities, named; of impacts, a frame or an array."""
    if hasattr(draws, "sample_of_draws"):
        frame = _frame_of_impacts(draws)
    elif isinstance(draws, pd.DataFrame):
        names = [str(name) for name in draws.columns]
        frame = draws.set_axis(names, axis=1)
    else:
        frame = _frame_of_array(draws)
    if len(frame) < 2 * _FIRST:
        raise DataError(
            "draws",
            expected=f"{2 * _FIRST} or more draws",
            got=f"{len(frame)}",
            remedy="Draw more of them: fit.impacts(draws=1000), for instance.",
        )
    finite = np.isfinite(frame.to_numpy(float)).all(axis=1)
    if not finite.all():
        raise DataError(
            "draws",
            expected="finite numbers",
            got=f"missing or infinite ones in {int((~finite).sum())} of {len(frame)} draws",
            remedy="Leave these draws out, and say in your text how many there were.",
        )
    return frame


def _frame_of_impacts(impacts: Any) -> pd.DataFrame:
    """A column for each component and term of simulated impacts, such as "direct log(gdp_pc)"."""
    if not hasattr(impacts, "terms"):
        raise DataError(
            "draws",
            expected="impacts, a frame of draws x quantities, or an array",
            got=type(impacts).__name__,
            remedy="Pass what fit.impacts(draws=1000) returned.",
        )
    kept = impacts.sample_of_draws
    if kept is None:
        raise DataError(
            "draws",
            expected="impacts whose intervals were simulated",
            got="impacts by the delta method, without draws",
            remedy="Ask for draws: fit.impacts(draws=1000).",
        )
    names = [f"{component} {term}" for component in _COMPONENTS for term in impacts.terms]
    return pd.DataFrame(np.asarray(kept).reshape(len(kept), -1), columns=names)


def _frame_of_array(draws: Any) -> pd.DataFrame:
    """Columns (1), (2), ... of an array of shape (R,) or (R, K)."""
    array = np.asarray(draws, dtype=float)
    if array.ndim not in (1, 2):
        raise DataError(
            "draws",
            expected="shape (R,) or (R, K)",
            got=f"{array.shape}",
            remedy="Put the draws into rows and the quantities into columns.",
        )
    array = array.reshape(len(array), -1)
    names = [f"({number})" for number in range(1, array.shape[1] + 1)]
    return pd.DataFrame(array, columns=names)


def _chosen_terms(
    frame: pd.DataFrame,
    terms: Sequence[str] | None,
    draws: Any,
) -> list[str]:
    """The quantities to draw: those asked for, else the total impacts, else all."""
    available = list(frame.columns)
    if terms is not None:
        check_chosen("terms", terms, available)
        chosen = list(terms)
    elif hasattr(draws, "sample_of_draws"):
        chosen = [name for name in available if name.startswith("total ")]
    else:
        chosen = available
    if len(chosen) > _MOST:
        raise OptionError(
            "terms",
            expected=f"1 to {_MOST} quantities in a figure",
            got=f"{len(chosen)}",
            remedy=f"Name those to draw, for instance terms={chosen[:2]}.",
        )
    return chosen


def _running_moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations (over r - 1) of the first r of R draws, each (R,)."""
    r = np.arange(1, len(x) + 1)
    # sums of squares of small numbers do not cancel
    shifted = x - x.mean()
    mean = np.cumsum(shifted) / r
    squares = np.cumsum(shifted**2) - r * mean**2
    squares = np.maximum(squares, 0.0)
    return mean + x.mean(), np.sqrt(squares / np.maximum(r - 1, 1))
