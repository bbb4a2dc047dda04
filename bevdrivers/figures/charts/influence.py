"""One quantity without each unit and each period, beside that of the full sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from ...errors import InputError, OptionError
from ...language.labels import plain_name
from ...language.words import Words
from ...options import Language
from ...results import critical_value
from ..axes import dress, name_axes, new_axes, write_title
from ..style import BLUE, GREY, LINE, ONE_COLUMN, PALE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.155  # inches
BORDER = 0.9  # inches above and below the rows


class Influence(Protocol):
    """What `bevdrivers.influence` returns."""

    @property
    def full(self) -> pd.Series: ...

    @property
    def std_errors(self) -> pd.Series: ...

    @property
    def without(self) -> pd.DataFrame: ...


def influence_plot(
    influence: Influence,
    quantity: str,
    *,
    level: float = 0.95,
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    title: str = "",
    xlabel: str | None = None,
    language: Language = "en",
) -> Axes:
    """An estimate without each unit and each period, in order of size.

    Parameters
    ----------
    influence : Influence
        What ``bevdrivers.influence(fit)`` returns.
    quantity : str
        A column of its `without`, such as "rho" or "total log(gdp_pc)".
    level : float
        Coverage of the interval of the full sample, which is drawn as a band.
    labels : mapping of str, optional
        Units and periods in words.
    ax : Axes, optional
        Where to draw; else a new figure.
    xlabel : str, optional
        By default the quantity.
    language : {"en", "zh"}
        Of the words that you do not give.

    Returns
    -------
    Axes. A line is the full estimate, the band its interval by the normal law; units are dots,
    periods diamonds.

    Raises
    ------
    InputError
        `influence` is something else.
    OptionError
        A quantity that it does not have.
    """
    words = Words.checked(language)
    values = _values(influence, quantity)
    if ax is None:
        ax = new_axes(1.45 * ONE_COLUMN, BORDER + ROW * len(values))
    full = float(influence.full[quantity])
    reach = critical_value(level) * float(influence.std_errors[quantity])
    ax.axvspan(
        full - reach,
        full + reach,
        color=PALE,
        linewidth=0,
        zorder=0,
    )
    ax.axvline(full, color=GREY, linewidth=LINE, zorder=1)
    places = np.arange(len(values))
    kinds = values.index.get_level_values(0)
    for kind, marker, colour in (("unit", "o", BLUE), ("period", "D", VERMILLION)):
        of_kind = kinds == kind
        ax.plot(
            values[of_kind],
            places[of_kind],
            marker,
            color=colour,
            markersize=3.0,
            zorder=2,
        )
    given = labels or {}
    names = [given.get(str(which), str(which)) for _, which in values.index]
    ax.set(yticks=places, ylim=(-0.7, len(values) - 0.3))
    ax.set_yticklabels(names)
    shown = plain_name(quantity) if xlabel is None else xlabel
    name_axes(ax, xlabel=shown, ylabel=words.say("Left out"))
    dress(ax)
    write_title(ax, title)
    return ax


def _values(influence: Influence, quantity: str) -> pd.Series:
    """The estimates without each, in order of size; those that do not exist are left out."""
    if not hasattr(influence, "without"):
        raise InputError(
            "influence",
            expected="a result of influence()",
            got=type(influence).__name__,
            remedy="Pass what bd.influence(fit) returns.",
        )
    known = list(influence.without.columns)
    if quantity not in known:
        raise OptionError(
            "quantity",
            expected=f"one of {known}",
            got=repr(quantity),
            remedy="Name one of these, spelt so.",
        )
    return influence.without[quantity].dropna().sort_values()
