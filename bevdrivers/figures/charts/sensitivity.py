"""What is left of an estimate beside a driver that was left out, by the driver's strength."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError, OptionError
from ...language.labels import term_label
from ...language.symbols import MINUS, TIMES
from ...language.words import Words
from ...options import Language
from ..axes import dress, new_axes, write_title
from ..style import BLUE, GREY, INK, LINE, NORMAL, ORANGE, SMALL, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = 160  # of the grid, in each direction
_LEVELS = 8  # contours
# the axes reach that far beyond the strongest driver that is marked
_MARGIN = 1.25


def sensitivity_plot(
    sensitivity: Any,
    *,
    component: str = "",
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    title: str = "",
    language: Language = "en",
) -> Axes:
    """Contours of what is left of an estimate beside a driver that was left out.

    Along the axes stand the shares of the term and of the outcome that the driver explains, of what
    the regressors leave of them. The heavy line is where the estimate is overturned; a diamond marks the
    robustness value, where both shares are equal, and a point each benchmark as many times as it was
    taken.

    Parameters
    ----------
    sensitivity : Sensitivity
        What `bevdrivers.sensitivity` returned.
    component : str, optional
        One of its estimates: "main", "wx", "direct", "indirect", "total"; the last by default.
    labels : mapping, optional
        Term -> label.
    ax : Axes, optional
        Where to draw; else a new figure.
    language : {"en", "zh"}
        Of the words that you do not give: the axes.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        Something else than a sensitivity.
    OptionError
        A component that it does not have.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> fit = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + tertiary_share").fit(panel)
    >>> ax = bd.sensitivity_plot(bd.sensitivity(fit, "log(gdp_pc)", benchmarks=["tertiary_share"]))
    >>> ax.get_xlabel()
    'Share of log(gdp_pc) that a driver left out explains'
    """
    words = Words.checked(language)
    chosen = _chosen(sensitivity, component)
    if ax is None:
        ax = new_axes(4.6, 3.9 + 0.25 * bool(title))
    named = {} if labels is None else dict(labels)
    benchmarks = _benchmarks(sensitivity, chosen)
    robustness = float(sensitivity.frame.loc[chosen, "robustness_value"])

    reach = [robustness, *benchmarks["r2_term"]], [robustness, *benchmarks["r2_outcome"]]
    most_of_term, most_of_outcome = (min(0.98, _MARGIN * max(values)) for values in reach)
    _draw_contours(ax, sensitivity, chosen, most_of_term, most_of_outcome)
    ax.plot(
        robustness,
        robustness,
        marker="D",
        color=ORANGE,
        markersize=5,
        zorder=3,
    )
    for row in benchmarks.to_dict("records"):
        name = term_label(str(row["benchmark"]), named)
        text = f"{row['times']:g} {TIMES} {name}"
        left_of_it = row["r2_term"] > most_of_term / 2
        _mark(ax, row["r2_term"], row["r2_outcome"], text, left_of_it=left_of_it)

    term = term_label(str(sensitivity.term), named)
    of_term = words.say("Share of {term} that a driver left out explains", term=term)
    ax.set_xlabel(of_term, **text_style(NORMAL))
    of_outcome = words.say("Share of the outcome that it explains")
    ax.set_ylabel(of_outcome, **text_style(NORMAL))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda share, _: f"{100 * share:.3g} %")
    dress(ax)
    write_title(ax, title)
    return ax


def _chosen(sensitivity: Any, component: str) -> str:
    """The component that is drawn, which the result must have."""
    if not (hasattr(sensitivity, "adjusted") and hasattr(sensitivity, "benchmarks")):
        raise InputError(
            "sensitivity",
            expected="a result of sensitivity()",
            got=type(sensitivity).__name__,
            remedy='Pass what bd.sensitivity(fit, "x") returns.',
        )
    known = list(sensitivity.frame.index)
    if component and component not in known:
        raise OptionError(
            "component",
            expected=f"one of {known}",
            got=repr(component),
            remedy="Name one of these, spelt so.",
        )
    return component or str(known[-1])


def _benchmarks(sensitivity: Any, component: str) -> Any:
    """The rows of benchmarks of a component that can exist."""
    benchmarks = sensitivity.benchmarks
    return benchmarks[(benchmarks["component"] == component) & benchmarks["estimate"].notna()]


def _draw_contours(
    ax: Axes,
    sensitivity: Any,
    component: str,
    most_of_term: float,
    most_of_outcome: float,
) -> None:
    """Draw the estimates that are left, the heavy line where nothing is."""
    from matplotlib.ticker import MaxNLocator

    of_term = np.linspace(0.0, most_of_term, _POINTS)
    of_outcome = np.linspace(0.0, most_of_outcome, _POINTS)
    row = sensitivity.frame.loc[component]
    # the bias of omitted variables, as in `Sensitivity.adjusted`
    odds = np.sqrt(of_term / (1.0 - of_term))
    bias = row["std_error"] * np.sqrt(row["df"]) * np.outer(np.sqrt(of_outcome), odds)
    left = row["estimate"] - np.sign(row["estimate"]) * bias
    overturned = (1.0 - sensitivity.q) * row["estimate"]

    levels = MaxNLocator(_LEVELS).tick_values(left.min(), left.max())
    levels = levels[~np.isclose(levels, overturned)]
    lines = ax.contour(
        of_term,
        of_outcome,
        left,
        levels=levels,
        colors=GREY,
        linewidths=LINE,
        negative_linestyles="solid",
    )
    ax.clabel(lines, fmt=_as_text, fontsize=SMALL)
    heavy = ax.contour(
        of_term,
        of_outcome,
        left,
        levels=[overturned],
        colors=BLUE,
        linewidths=2.5 * LINE,
    )
    ax.clabel(heavy, fmt=_as_text, fontsize=SMALL)


def _as_text(value: float) -> str:
    """A number beside its line; zero has no sign."""
    return f"{value + 0.0:.3g}".replace("-", MINUS)


def _mark(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    left_of_it: bool,
) -> None:
    """Draw a point with a text beside it, legible over lines."""
    ax.plot(
        x,
        y,
        marker="o",
        color=INK,
        markersize=3.5,
        zorder=3,
    )
    ax.annotate(
        text,
        (x, y),
        xytext=(-5 if left_of_it else 5, 3),
        textcoords="offset points",
        ha="right" if left_of_it else "left",
        bbox={
            "facecolor": "white",
            "edgecolor": "none",
            "alpha": 0.8,
            "pad": 0.6,
        },
        **text_style(SMALL),
    )
