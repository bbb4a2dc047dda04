"""A table as LaTeX: booktabs rules, decimal points aligned by dcolumn, notes by threeparttable.

dcolumn rather than siunitx: it belongs to LaTeX's own tools, its options have been the same for thirty years, and
stars and parentheses need no options at all. The font is chosen from the estimated size of the table, so that a wide
one fits the text block of the standard classes; a very wide one is turned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, zip_longest

from ..errors import InputError
from .latex_size import WIDEST_STUB, Fit, best_fit, column_em, number_rooms, pages, wrapped
from .latex_text import escape_latex, latex_number
from .layout import Cell, Heading, Interval, Layout, Number, Row, Section, cell_text

EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


def render_latex(table: Layout) -> str:
    """The table as a floating environment, under a comment that names the packages it needs.

    A table that is taller than a page goes on in a second one of the same number.
    """
    if re.search(r"[^A-Za-z0-9:._+/-]", table.anchor):
        raise InputError("label", expected="letters, digits and : . _ + / -", got=repr(table.anchor))
    fit = best_fit(table)
    lines = [*_preamble(table, fit)]
    for place, part in enumerate(pages(table, fit)):
        lines += _float(part, table, fit, continued=place > 0)
    return "\n".join(lines) + "\n"


def _float(table: Layout, whole: Layout, fit: Fit, *, continued: bool) -> Iterator[str]:
    """One floating environment, in columns as wide as the whole table needs."""
    yield rf"\begin{{{fit.environment}}}[{'!htbp' if fit.environment == 'table' else 'p'}]"
    if continued and table.title:
        yield r"\addtocounter{table}{-1}"
    yield r"\centering"
    yield r"\begin{threeparttable}"
    if table.title:
        yield rf"\caption{{{escape_latex(table.title)}}}"
    if table.anchor:
        yield rf"\label{{{table.anchor}}}"
    yield rf"\{fit.size}"
    yield rf"\setlength{{\tabcolsep}}{{{fit.gap:g}pt}}"
    yield from _tabular(table, whole, fit)
    yield from _notes(table, fit)
    yield r"\end{threeparttable}"
    yield rf"\end{{{fit.environment}}}"


def _preamble(table: Layout, fit: Fit) -> Iterator[str]:
    """Comments for the head of the document."""
    turned = ",rotating" if fit.environment == "sidewaystable" else ""
    yield rf"% \usepackage{{booktabs,dcolumn,threeparttable{turned}}}"
    texts = [
        table.title,
        *table.notes,
        *(row.label for row in table.rows),
        *(t for h in table.headings for t in h.texts),
    ]
    if any(EAST_ASIAN.search(text) for text in texts):
        yield "% \\usepackage{ctex}  % Chinese, Japanese or Korean text: compile with XeLaTeX"


def _tabular(table: Layout, whole: Layout, fit: Fit) -> Iterator[str]:
    width = rf"{fit.share:g}\linewidth" if fit.share < 1 else r"\linewidth"
    specs = ["l", *(_column_spec(whole, column) for column in range(table.width))]
    yield rf"\begin{{tabular*}}{{{width}}}{{@{{\extracolsep{{\fill}}}}{''.join(specs)}@{{}}}}"
    yield r"\toprule"
    for heading in table.headings:
        yield from _heading(whole, heading)
    for place, section in enumerate(table.sections):
        yield from _section(section, whole, first=place == 0)
    yield r"\bottomrule"
    yield r"\end{tabular*}"


def _column_spec(table: Layout, column: int) -> str:
    """A column that aligns its numbers at the decimal point, with room for the longest on either side."""
    sides = number_rooms(table, column)
    if not sides:
        return "c"
    left, right = (max(side) for side in zip(*sides, strict=True))
    return f"D{{.}}{{.}}{{{left}.{right}}}"


def _heading(table: Layout, heading: Heading) -> Iterator[str]:
    """A line of the head, broken into as many as its longest text needs, with rules under shared headings."""
    room = [column_em(table, column, headings=False) for column in range(table.width)]
    ends = list(accumulate(span.width for span in heading.spans))
    pieces = [
        wrapped(span.text, sum(room[end - span.width : end]) + (1.3 * (span.width - 1) if table.width > 1 else 8.0))
        for span, end in zip(heading.spans, ends, strict=True)
    ]
    depth = max(map(len, pieces))
    for line in range(depth):
        cells = [escape_latex(heading.label) if line == depth - 1 else ""]
        for span, end, piece in zip(heading.spans, ends, pieces, strict=True):
            text = ([""] * (depth - len(piece)) + piece)[line]
            empty = "& " * (span.width - 1)
            cells.append(_across(escape_latex(text), span.width, last=end == table.width) if text else empty)
        yield _line(cells)
    if heading is not table.headings[-1]:
        yield from _rules(heading, ends)


def _rules(heading: Heading, ends: list[int]) -> Iterator[str]:
    """Rules under headings that span several columns."""
    rules = [
        rf"\cmidrule({'l' if end == ends[-1] else 'lr'}){{{end - span.width + 2}-{end + 1}}}"
        for span, end in zip(heading.spans, ends, strict=True)
        if span.width > 1 and span.text
    ]
    if rules:
        yield "".join(rules)


def _section(section: Section, table: Layout, *, first: bool) -> Iterator[str]:
    if first or section.ruled:
        yield r"\midrule"
    else:
        yield r"\addlinespace"
    if section.title:
        yield rf"\multicolumn{{{table.width + 1}}}{{@{{}}l@{{}}}}{{\textit{{{escape_latex(section.title)}}}}} \\"
    for row in section.rows:
        yield from _row(row, table.decimal_columns)


def _row(row: Row, decimals: frozenset[int]) -> Iterator[str]:
    """The lines of a row; a label that is broken goes on beside the second."""
    labels = wrapped(row.label, WIDEST_STUB)
    for line, label in zip_longest(row.lines, labels):
        cells = [_cell(cell, place in decimals, last=place == len(line) - 1) for place, cell in enumerate(line or ())]
        indent = r"\quad " if label and label is not labels[0] else ""
        yield _line([indent + escape_latex(label or ""), *cells])


def _line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell, decimals: bool, *, last: bool) -> str:
    """A number as dcolumn reads it; texts, intervals and counts in a column of decimals stand in the middle."""
    if isinstance(cell, Number) and (cell.digits or not decimals):
        return latex_number(cell).source
    if cell == "":
        return ""
    text = escape_latex(cell_text(cell))
    return _across(text.replace(", ", r",\,") if isinstance(cell, Interval) else text, 1, last=last)


def _across(text: str, width: int, *, last: bool) -> str:
    return rf"\multicolumn{{{width}}}{{c{'@{}' if last else ''}}}{{{text}}}"


def _notes(table: Layout, fit: Fit) -> Iterator[str]:
    if table.notes:
        yield r"\begin{tablenotes}[flushleft]"
        size = "scriptsize" if fit.size == "scriptsize" else "footnotesize"
        yield rf"\{size}\setlength{{\labelsep}}{{0pt}}\emergencystretch=3em"
        yield r"\item \textit{Notes:} " + "\n".join(escape_latex(note) for note in table.notes)
        yield r"\end{tablenotes}"
