"""How results show themselves: as text in a console, as a table in a notebook, as a figure.

In: a result with its printed form and its tidy frame. Out: text, HTML that needs nothing from
elsewhere, and the figure that goes with the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Numbers from here on are written with a power of ten.
WHOLE = 1e7
# Rows of a frame that a notebook shows; the printed form below it has them all.
MOST_ROWS = 30
STYLE = """\
<style>
.bevdrivers-result table { border-collapse: collapse; font-variant-numeric: lining-nums tabular-nums; }
.bevdrivers-result caption { text-align: left; font-weight: bold; padding: 0.3em 0.5em; }
.bevdrivers-result th, .bevdrivers-result td { border: 0; padding: 0.1em 0.6em; background: none; }
.bevdrivers-result thead th { border-bottom: 1px solid; text-align: right; }
.bevdrivers-result thead th:first-child, .bevdrivers-result tbody th { text-align: left; }
.bevdrivers-result tbody th { font-weight: normal; }
.bevdrivers-result td { text-align: right; white-space: nowrap; }
.bevdrivers-result thead th.text, .bevdrivers-result td.text { text-align: left; }
.bevdrivers-result td.text { white-space: normal; }
.bevdrivers-result div { overflow-x: auto; }
</style>"""
HEADINGS = {
    "std_error": "std. error",
    "p_value": "p",
    "conf_low": "95 % interval, from",
    "conf_high": "to",
}


class Text(str):
    """A text of several lines that a console and a notebook show as it is, without quotes and
    ``\\n``.

    Everything else is that of `str`: ``print(fit.summary())`` and ``fit.summary().splitlines()``
    work as before.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self)}</pre>"


class Shown:
    """What prints itself in a console, in a notebook, and as a figure where one belongs to it.

    A class gives `_shown_frame` where its rows are not those of `tidy()`, `_shown_heading` where
    its printed form does not begin with one, and the name of its figure in `_figure`.
    """

    _figure: ClassVar[str] = ""

    def summary(self) -> Text:
        """The result as text for the screen."""
        return Text(repr(self))

    def _shown_frame(self) -> pd.DataFrame:
        """The rows that a notebook shows."""
        frame: pd.DataFrame = self.tidy()  # type: ignore[attr-defined]
        return frame

    def _shown_heading(self) -> str:
        """The line above them."""
        return repr(self).partition("\n")[0]

    def _repr_html_(self) -> str:
        table = table_html(self._shown_frame(), self._shown_heading())
        whole = escape(str(self.summary()))
        return (
            f'{STYLE}\n<div class="bevdrivers-result">\n<div>{table}</div>\n'
            f"<details><summary>As text</summary><pre>{whole}</pre></details>\n</div>"
        )


class Plotted(Shown):
    """What has a figure of its own."""

    def plot(self, **options: Any) -> Axes:
        """Draw the figure that goes with this result.

        Parameters
        ----------
        **options
            Those of the figure's function, which the class names: ``ax``, ``title``, ``labels``,
            ``language`` and others.

        Returns
        -------
        Axes of matplotlib
        """
        axes: Axes = figure(self._figure)(self, **options)
        return axes


def figure(name: str) -> Callable[..., Any]:
    """A function of `bevdrivers.figures`, which is loaded, and matplotlib with it, when it is first
    asked for.
    """
    function: Callable[..., Any] = getattr(import_module("bevdrivers.figures"), name)
    return function


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """The first rows of a frame as an HTML table with a caption; columns without a value are left
    out.
    """
    shown = frame.head(MOST_ROWS)
    filled = [name for name in shown.columns if not _is_empty(shown[name])]
    lines = ["<table>", f"<caption>{escape(caption)}</caption>", "<thead><tr>"]
    for name in filled:
        kind = ' class="text"' if _is_text(shown[name]) else ""
        lines.append(f'<th scope="col"{kind}>{escape(_heading(name))}</th>')
    lines.append("</tr></thead>")
    lines.append("<tbody>")
    for row in shown[filled].itertuples(index=False, name=None):
        lines.append(f"<tr>{''.join(_cells(row))}</tr>")
    lines.append("</tbody>")
    left_out = len(frame) - len(shown)
    if left_out:
        rest = f'<td class="text" colspan="{len(filled)}">and {left_out} more rows</td>'
        lines.append(f"<tfoot><tr>{rest}</tr></tfoot>")
    lines.append("</table>")
    return "\n".join(lines)


def _is_empty(column: pd.Series) -> bool:
    return bool((column.isna() | (column.astype(str) == "")).all())


def _is_text(column: pd.Series) -> bool:
    return all(isinstance(value, str) for value in column)


def _heading(name: Any) -> str:
    return HEADINGS.get(str(name), str(name).replace("_", " "))


def _cells(row: tuple[Any, ...]) -> Iterator[str]:
    """The cells of a row; the first one names it."""
    first, *others = row
    yield f'<th scope="row">{escape(cell_text(first))}</th>'
    for value in others:
        kind = ' class="text"' if isinstance(value, str) else ""
        yield f"<td{kind}>{escape(cell_text(value))}</td>"


def cell_text(value: Any) -> str:
    """A value as a reader expects it: four significant digits and all those before the point, a
    true minus sign, nothing for NaN.

    >>> cell_text(-0.0123456), cell_text(float("nan")), cell_text(2011), cell_text("R&D")
    ('−0.01235', '', '2011', 'R&D')
    >>> cell_text(54148.26), cell_text(2.5e-8)
    ('54148', '2.5e−08')
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        digits = ".0f" if 1e4 <= abs(value) < WHOLE else ".4g"
        return f"{value:{digits}}".replace("-", "−")
    return str(value)
