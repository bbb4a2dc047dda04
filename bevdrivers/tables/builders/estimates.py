"""The table of any results: a column each, a section a component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...options import Language, Parentheses
from ...results import Result
from ..language.labels import STATISTICS
from ..language.symbols import DASH
from ..language.words import Words
from ..layout import Cell, Heading, Row, Section, enough_digits, number
from ..table import Table
from . import notes
from .reading import Estimates, Facts, Style, check_length, in_groups, in_order, read_estimates, read_facts
from .regression import column_headings, estimate_rows


def estimates_table(
    results: Result | Iterable[Result] | Mapping[str, Result | Iterable[Result]],
    *,
    titles: Sequence[str] | None = None,
    statistics: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
    parentheses: Parentheses = "std_error",
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Estimates of any results side by side: anything with `tidy()` and `glance()`, from this package or not.

    For results that are no regression: a calibration of the design, shares of drivers, indices. Regressions and impacts
    have `regression_table` and `impacts_table`, whose notes say more.

    Parameters
    ----------
    results : list of results, or mapping
        Left to right. A mapping goes from a heading to the results that stand under it.
    titles : list of str, optional
        Heads of the columns; numbers alone without.
    statistics : iterable of str
        Columns of `glance()` to be shown in the foot.
    labels : mapping, optional
        Term, component or statistic -> label.
    parentheses, stars, digits, language, title, label
        As in `regression_table`.

    Returns
    -------
    Table
        One section a component of the tidy frames, under its name where there are several.

    Raises
    ------
    InputError
        When `titles` do not match `results` one to one, something is no result, or no `glance()` has a statistic.
    OptionError
        For an unknown `parentheses` or `language`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from bevdrivers.results import tidy_frame
    >>> class Shares:
    ...     def tidy(self):
    ...         return tidy_frame(["growth"], ["share"], np.array([0.4]), np.array([0.1]))
    ...     def glance(self):
    ...         return pd.DataFrame([{"nobs": 434}])
    >>> print(estimates_table(Shares(), titles=["2020"], statistics=["nobs"], stars=None))
    |              |    2020 |
    | :----------- | ------: |
    | growth       |   0.400 |
    |              | (0.100) |
    | Observations |     434 |
    <BLANKLINE>
    *Notes:* Standard errors in parentheses.
    """
    style, labels = Style.checked(parentheses, stars, digits, language), dict(labels or {})
    groups, listed = in_groups(results, "results")
    facts, found = [read_facts(each) for each in listed], [read_estimates(each, "results") for each in listed]
    check_length("titles", titles if titles is not None else facts, "results", len(listed))
    components = in_order([list(dict.fromkeys(part for part, _ in each)) for each in found])
    sections = [
        Section(part, estimate_rows(part, found, labels, style), _named(part, labels, components), ruled=True)
        for part in components
    ]
    foot = tuple(_statistic(name, facts, labels, style) for name in statistics)
    return Table(
        headings=_headings(groups, titles, len(listed)),
        sections=tuple(section for section in [*sections, Section("foot", foot, ruled=True)] if section.rows),
        notes=_notes(style, found, facts),
        title=title,
        anchor=label,
        levels=style.stars,
        language=language,
    )


def _headings(groups: Mapping[str, int], titles: Sequence[str] | None, count: int) -> tuple[Heading, ...]:
    """Titles or numbers, under the groups if there are any."""
    *above, numbered, titled = column_headings(groups, titles or [""] * count)
    return (*above, numbered if titles is None else titled)


def _named(part: str, labels: Mapping[str, str], components: Sequence[str]) -> str:
    return labels.get(part, part[:1].upper() + part[1:]) if len(components) > 1 else labels.get(part, "")


def _statistic(name: str, facts: Sequence[Facts], labels: Mapping[str, str], style: Style) -> Row:
    label = labels.get(name, style.words.say(STATISTICS.get(name, name)))
    return Row(name, label, tuple(_fact(fact[name], style) for fact in facts))


def _fact(value: object, style: Style) -> Cell:
    """A fact as a cell: truth values as words, whole numbers without decimals."""
    if isinstance(value, bool | np.bool_):
        return style.words.say("Yes" if value else "No")
    if isinstance(value, int | np.integer):
        return number(float(value), 0)
    if isinstance(value, float | np.floating):
        return number(float(value), enough_digits(float(value), style.digits))
    return str(value) or DASH


def _notes(style: Style, found: Sequence[Estimates], facts: Sequence[Facts]) -> tuple[str, ...]:
    words: Words = style.words
    tested = any(estimate.p_value == estimate.p_value for each in found for estimate in each.values())
    return notes.said(
        [
            notes.parentheses_note(style, found, facts),
            notes.stars_note(style.stars, words) if tested else "",
            notes.weights_note(facts, words),
            notes.sample_note(facts, words),
        ]
    )
