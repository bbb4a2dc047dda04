"""The table of influence: each quantity, and how far it goes without one unit or period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import pandas as pd

from ...errors import InputError, OptionError
from ...language.labels import term_label
from ...options import Language
from ..layout import Heading, Row, Section
from ..table import Table
from . import notes
from .results import KnownFacts
from .rows import IMPACTS
from .style import Style


class Influence(Protocol):
    """What `bevdrivers.influence` returns."""

    @property
    def ranges(self) -> pd.DataFrame: ...

    @property
    def described(self) -> Mapping[str, Any]: ...


def influence_table(
    influence: Influence,
    *,
    quantities: Iterable[str] | None = None,
    labels: Mapping[str, str] | None = None,
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Estimates of the full sample, and the lowest and the highest without one unit or period.

    Parameters
    ----------
    influence : Influence
        What ``bevdrivers.influence(fit)`` returns.
    quantities : iterable of str, optional
        Rows of `Influence.ranges`, such as "rho" or "total log(gdp_pc)"; all by default.
    labels : mapping, optional
        Term, unit or period -> label.
    digits, language, title, label
        As in `regression_table`.

    Returns
    -------
    Table
        A row a quantity: its estimate, the two ends, and who is left out there.

    Raises
    ------
    InputError
        `influence` is something else.
    OptionError
        A quantity that it does not have.
    """
    style = Style.checked(
        stars=None,
        digits=digits,
        language=language,
        labels=labels,
    )
    if not hasattr(influence, "ranges"):
        raise InputError(
            "influence",
            expected="a result of influence()",
            got=type(influence).__name__,
            remedy="Pass what bd.influence(fit) returns.",
        )
    ranges = influence.ranges
    wanted = list(ranges.index if quantities is None else quantities)
    unknown = [name for name in wanted if name not in ranges.index]
    if unknown or not wanted:
        raise OptionError(
            "quantities",
            expected=f"some of {list(ranges.index)}",
            got=repr(wanted),
            remedy="Name one or more of these, spelt so.",
        )
    say = style.words.say
    heads = ["Full sample", "Lowest", "Without", "Highest", "Without"]
    facts = KnownFacts(influence.described)
    return style.table(
        [Heading.of([say(head) for head in heads])],
        [Section("ranges", tuple(_row(name, ranges, style) for name in wanted), ruled=True)],
        notes=[
            say("Each unit and each period left out in turn, with its rows and columns of W."),
            notes.weights_note([facts], style.words),
            notes.sample_note([facts], style.words),
        ],
        title=title,
        label=label,
    )


def _row(
    name: str,
    ranges: pd.DataFrame,
    style: Style,
) -> Row:
    """The estimate, and the two ends with who is left out."""
    cells = [style.number(float(ranges["full"][name]))]
    for end in ("lowest", "highest"):
        value = float(ranges[end][name])
        without = str(ranges[f"{end}_without"][name])
        label = style.labels.get(without, without)
        cells += [style.number(value), label]
    return Row(name, _label(name, style), tuple(cells))


def _label(name: str, style: Style) -> str:
    """The label of a quantity: of an impact its kind and the label of its term."""
    component, _, term = name.partition(" ")
    if component not in IMPACTS or not term:
        return style.lag(name) if name.startswith("W_") else style.term(name)
    kind = style.words.say(component.capitalize())
    return f"{kind}, {term_label(term, style.labels)}"
