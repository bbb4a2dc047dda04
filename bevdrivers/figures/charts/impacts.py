"""Impacts and coefficients with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import InputError
from ...language.words import Words
from ...options import Language
from ...results import Result
from ..estimates import check_chosen, interval_label, read_tidy
from .intervals import draw_intervals

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def impacts_plot(
    impacts: Result,
    *,
    labels: Mapping[str, str] | None = None,
    components: Sequence[str] = ("direct", "indirect", "total"),
    level: float | None = 0.95,
    ax: Axes | None = None,
    title: str = "",
    xlabel: str = "Impact",
    language: Language = "en",
) -> Axes:
    """Direct, indirect and total impacts of each regressor, with intervals.

    Parameters
    ----------
    impacts : result
        `fit.impacts()`, or anything whose `tidy()` has these components.
    labels : mapping of str, optional
        Terms in words; units belong here or in `xlabel`.
    components : sequence of str
        Which, in this order.
    level : float or None
        Coverage of the intervals, handed to `tidy(level=...)`; None takes the intervals of
        `tidy()`.
    ax : Axes, optional
        Where to draw; else a new figure.
    xlabel : str
        What is on the axis, in the unit of the outcome a unit of the regressor.
    language : {"en", "zh"}
        Of the words that you do not give: axis and legend.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        Components that the result does not have, a level outside (0, 1).

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + tertiary_share").fit(panel, queen)
    >>> ax = bd.impacts_plot(fit.impacts(), labels={"log(gdp_pc)": "GDP per head (log)"})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['GDP per head (log)', 'tertiary_share']
    """
    words = Words.checked(language)
    frame = read_tidy(impacts, level, "impacts")
    available = list(dict.fromkeys(frame["component"]))
    check_chosen("components", components, available)
    chosen = frame[frame["component"].isin(list(components))]
    series = {}
    for component in components:
        name = words.say(str(component).capitalize())
        series[name] = chosen[chosen["component"] == component]
    return draw_intervals(
        series,
        list(dict.fromkeys(chosen["term"])),
        labels=labels,
        ax=ax,
        title=title,
        xlabel=interval_label(xlabel, level, words),
    )


def coefficient_plot(
    fits: Result | Sequence[Result] | Mapping[str, Result],
    *,
    terms: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    level: float | None = 0.95,
    ax: Axes | None = None,
    title: str = "",
    xlabel: str = "Coefficient",
    language: Language = "en",
) -> Axes:
    """Coefficients of one or several fits, with intervals.

    Parameters
    ----------
    fits : result, sequence of them, or mapping of name to result
        Anything with `tidy()`. Without names they are called (1), (2), ...
    terms : sequence of str, optional
        Which coefficients, in this order; by default all, rho and lam last.
    labels : mapping of str, optional
        Terms in words.
    level, ax, title, xlabel, language
        As in `impacts_plot`.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        Terms that no fit has.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> lag = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + tertiary_share")
    >>> fits = {"Lag": lag.fit(panel, queen), "Durbin": lag.to(bd.SpatialDurbin).fit(panel, queen)}
    >>> ax = bd.coefficient_plot(fits, terms=["log(gdp_pc)", "rho"])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['Lag', 'Durbin']
    """
    words = Words.checked(language)
    series = {}
    for name, fit in _by_name(fits).items():
        series[name] = read_tidy(fit, level, "fits")
    available = _terms_in_order(pd.concat(list(series.values())))
    wanted = available if terms is None else terms
    check_chosen("terms", wanted, available)
    return draw_intervals(
        series,
        list(wanted),
        labels=labels,
        ax=ax,
        title=title,
        xlabel=interval_label(xlabel, level, words),
    )


def _terms_in_order(estimates: pd.DataFrame) -> list[str]:
    """The terms of all fits, the spatial parameters last."""
    ordered = estimates.sort_values(
        "component",
        key=lambda component: component == "spatial",
        kind="stable",
    )
    return list(dict.fromkeys(ordered["term"]))


def _by_name(fits: Any) -> dict[str, Any]:
    """The fits by the names that were given, else by (1), (2), ..."""
    if isinstance(fits, Mapping):
        named = {str(name): fit for name, fit in fits.items()}
    else:
        listed = [fits] if hasattr(fits, "tidy") else list(fits)
        named = {f"({number})": fit for number, fit in enumerate(listed, start=1)}
    if not named:
        raise InputError(
            "fits",
            expected="at least one fit, alone, in a list or in a mapping",
            got="none",
            remedy='Write fits={"Lag": fit}, for instance, with fit = model.fit(panel, W).',
        )
    return named
