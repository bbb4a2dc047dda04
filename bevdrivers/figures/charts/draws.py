"""The draws of a placebo or of a resampling, with the estimate among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import InputError, OptionError
from ...language.labels import COMPONENT_NAMES, plain_name
from ...language.symbols import MINUS
from ...language.words import Words
from ...options import Language
from ..axes import dress, name_axes, new_axes, write_title
from ..legend import line_key, patch_key
from ..style import GREY, LINE, ONE_COLUMN, VERMILLION, legend_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 30


def draws_plot(
    result: Any,
    term: str | None = None,
    component: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    title: str = "",
    xlabel: str = "",
    language: Language = "en",
) -> Axes:
    """The distribution of the draws of one quantity, the estimate of the data in it, and its p-value.

    Parameters
    ----------
    result : Placebo or Resampling
        What `bevdrivers.placebo` or `bevdrivers.resample` returned.
    term, component : str, optional
        As in its tidy frame; the last of those that are left by default.
    labels : mapping, optional
        Term -> label.
    ax : Axes, optional
        Where to draw; else a new figure.
    xlabel : str
        What is drawn; component and term by default.
    language : {"en", "zh"}
        Of the words that you do not give.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        Something else than such a result.
    OptionError
        A quantity that it does not have.
    """
    words = Words.checked(language)
    row = _chosen(result, term, component)
    drawn = result.draws[row["term"], row["component"]].to_numpy()
    if ax is None:
        ax = new_axes(1.2 * ONE_COLUMN, 0.8 * ONE_COLUMN)
    ax.hist(drawn, bins=min(_BINS, max(5, len(drawn) // 10)), color=GREY, alpha=0.5, linewidth=0)
    ax.axvline(0, color=GREY, linewidth=LINE, linestyle="--", zorder=1)
    ax.axvline(row["estimate"], color=VERMILLION, linewidth=1.4, zorder=3)
    component_name = words.say(COMPONENT_NAMES[row["component"]])
    named = words.listed([component_name, _name(str(row["term"]), labels)])
    name_axes(ax, xlabel=xlabel or named, ylabel=words.say("Draws"))
    dress(ax)
    own = words.say(
        "{test}: {value}, p = {p}",
        test=words.say("Estimate"),
        value=f"{row['estimate']:.3g}".replace("-", MINUS),
        p=f"{row['p_value']:.3g}",
    )
    of_draws = words.say("{count} draws", count=f"{len(drawn):,}")
    look = {"color": GREY, "alpha": 0.5, "linewidth": 0}
    keys = [
        line_key(own, color=VERMILLION, linewidth=1.4),
        patch_key(of_draws, look),
    ]
    ax.legend(
        handles=keys, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, **legend_style()
    )
    write_title(ax, title, pad=18)
    return ax


def _name(term: str, labels: Mapping[str, str] | None) -> str:
    """The user's label of a term, or its name."""
    return (labels or {}).get(term) or plain_name(term)


def _chosen(result: Any, term: str | None, component: str | None) -> dict[str, Any]:
    """The row of the tidy frame that is asked for."""
    if not hasattr(result, "refits"):
        raise InputError(
            "result",
            expected="what placebo() or resample() returned",
            got=type(result).__name__,
            remedy='Pass bd.placebo(fit, "weight-labels"), for instance.',
        )
    frame = result.tidy()
    left = frame
    for name, value in (("term", term), ("component", component)):
        if value is not None:
            left = left[left[name] == value]
    if left.empty:
        known = [
            f"{one} ({part})" for one, part in zip(frame["term"], frame["component"], strict=True)
        ]
        raise OptionError(
            "term",
            expected=f"a quantity of {known}",
            got=f"{term} ({component})",
            remedy="See result.tidy().",
        )
    found: dict[str, Any] = left.iloc[-1].to_dict()
    return found
