"""The table of any results: a column each, a section a component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...language.labels import STATISTICS
from ...language.symbols import DASH
from ...options import Language, Parentheses
from ...results import Result
from ..cells import Cell, number
from ..layout import Heading, Row, Section
from ..table import FOOT, Table
from . import notes
from .results import Estimates, Facts, check_length, in_groups, read_estimates, read_facts
from .rows import column_headings, components_of, estimate_rows
from .style import Style


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
    """Estimates of any results side by side: anything with `tidy()` and `glance()`, from this
    package or not.

    For results that are no regression: a calibration of the design, shares of drivers, indices.
    Regressions and impacts have `regression_table` and `impacts_table`, whose notes say more.

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
        When `titles` do not match `results` one to one, something is no result, or no `glance()`
        has a statistic.
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
    style = Style.checked(
        parentheses,
        stars=stars,
        digits=digits,
        language=language,
        labels=labels,
    )
    groups, listed = in_groups(results, "results")
    facts = [read_facts(each) for each in listed]
    estimates = [read_estimates(each, "results") for each in listed]
    if titles is not None:
        check_length("titles", titles, "results", len(listed))
    foot = tuple(_statistic_row(name, facts, style) for name in statistics)
    return style.table(
        _headings(groups, titles, len(listed)),
        [*_component_sections(estimates, style), Section(FOOT, foot, ruled=True)],
        notes=_notes(estimates, facts, style),
        title=title,
        label=label,
    )


def _headings(
    groups: Mapping[str, int],
    titles: Sequence[str] | None,
    n_results: int,
) -> tuple[Heading, ...]:
    """Titles or numbers, under the groups if there are any."""
    *above, numbers, texts = column_headings(groups, titles or [""] * n_results)
    return (*above, numbers if titles is None else texts)


def _component_sections(
    estimates: Sequence[Estimates],
    style: Style,
) -> list[Section]:
    """A section a component, under its name where there are several."""
    components = components_of(estimates)
    sections = []
    for component in components:
        heading = ""
        if len(components) > 1:
            heading = component[:1].upper() + component[1:]
        heading = style.labels.get(component, heading)
        rows = estimate_rows(component, estimates, style)
        sections.append(Section(component, rows, heading, ruled=True))
    return sections


def _statistic_row(
    name: str,
    facts: Sequence[Facts],
    style: Style,
) -> Row:
    label = style.label(name, STATISTICS.get(name, name))
    return Row(name, label, tuple(_fact_cell(fact[name], style) for fact in facts))


def _fact_cell(value: object, style: Style) -> Cell:
    """A fact as a cell: truth values as words, whole numbers without decimals."""
    if isinstance(value, bool | np.bool_):
        return style.words.say("Yes" if value else "No")
    if isinstance(value, int | np.integer):
        return number(float(value), 0)
    if isinstance(value, float | np.floating):
        return style.number(float(value))
    return str(value) or DASH


def _notes(
    estimates: Sequence[Estimates],
    facts: Sequence[Facts],
    style: Style,
) -> list[str]:
    """What stands below the estimates, the stars where there are p-values, W and the sample."""
    tested = any(each.is_tested for of_result in estimates for each in of_result.values())
    return [
        notes.parentheses_note(style, estimates, facts),
        style.words.stars_note(style.stars) if tested else "",
        notes.weights_note(facts, style.words),
        notes.sample_note(facts, style.words),
        notes.cells_note(facts, style.words),
    ]
