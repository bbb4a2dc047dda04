"""A table as LaTeX: the float, the table over several pages, the bare tabular, or a document to
compile.

Rules are those of booktabs, notes those of threeparttable. The font is chosen from the estimated
size of the table, so that a wide one fits the text block of the standard classes; a very wide one
is turned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ...language.words import Words
from ...options import LatexAlign, LatexForm, check_option
from ..layout import Layout
from ..split import MOST_COLUMNS
from .alignment import ALIGNMENTS, Alignment
from .body import body, head, specification
from .page import Fit, fitted, pages
from .text import escape_latex
from .widths import EAST_ASIAN

CHINESE_TEXT = "Chinese, Japanese or Korean text: compile with XeLaTeX or LuaLaTeX"
# package -> what the source holds where it is needed
PACKAGES = {
    "booktabs": r"\toprule",
    "siunitx": r"\sisetup",
    "dcolumn": "D{.}{.}",
    "threeparttable": r"\begin{threeparttable}",
    "longtable": r"\begin{longtable}",
    "threeparttablex": r"\begin{ThreePartTable}",
    "rotating": r"\begin{sidewaystable}",
    "graphicx": r"\resizebox",
}


@dataclass(frozen=True)
class LatexOptions:
    """How a table is written; what each option does is said at `Table.to_latex`."""

    form: LatexForm = "float"
    align: LatexAlign = "siunitx"
    columns: int | None = MOST_COLUMNS

    def __post_init__(self) -> None:
        check_option("form", self.form, LatexForm)
        check_option("align", self.align, LatexAlign)
        if self.columns is None:
            return
        if not isinstance(self.columns, int) or self.columns < 1:
            raise InputError(
                "columns",
                expected="a number of columns, or None",
                got=repr(self.columns),
                remedy="Write columns=8, for instance.",
            )

    @property
    def alignment(self) -> Alignment:
        return ALIGNMENTS[self.align]


def render_latex(table: Layout, options: LatexOptions) -> str:
    """One table, under a comment that names the packages that it needs."""
    return render_file([table], options)


def render_file(tables: Sequence[Layout], options: LatexOptions) -> str:
    """Tables one after the other, under a comment that names the packages that they need."""
    form = FORMS[options.form]
    lines = [line for table in tables for line in form(table, options)]
    preamble = _preamble(lines)
    if options.form == "document":
        lines = [*_document(preamble, lines)]
    else:
        lines = [*(f"% {line}" for line in preamble), *lines]
    return "\n".join(lines) + "\n"


def _preamble(lines: Iterable[str]) -> list[str]:
    """The lines of a preamble that loads what these lines use."""
    source = "\n".join(lines)
    names = [name for name, sign in PACKAGES.items() if sign in source]
    loaded = [rf"\usepackage{{{','.join(names)}}}"]
    if EAST_ASIAN.search(source):
        loaded.append(f"\\usepackage{{ctex}}  % {CHINESE_TEXT}")
    return loaded


def _document(preamble: Sequence[str], lines: Sequence[str]) -> Iterator[str]:
    yield r"\documentclass{article}"
    yield from preamble
    yield r"\begin{document}"
    yield from lines
    yield r"\end{document}"


def _floats(table: Layout, options: LatexOptions) -> Iterator[str]:
    """The table in floating environments: a second one of the same number where it is too wide or
    too tall.
    """
    environments = ["table", "sidewaystable"]
    if options.form == "sideways":
        environments.remove("table")
    first = True
    for part, fit in fitted(table, options.columns, environments):
        for page in pages(part, fit):
            yield from _float(page, part, fit, options, continued=not first)
            first = False


def _float(
    table: Layout,
    whole: Layout,
    fit: Fit,
    options: LatexOptions,
    *,
    continued: bool,
) -> Iterator[str]:
    """One floating environment, in columns as wide as the whole table needs."""
    position = "!htbp" if fit.environment == "table" else "p"
    yield rf"\begin{{{fit.environment}}}[{position}]"
    if continued and table.title:
        yield r"\addtocounter{table}{-1}"
    yield r"\centering"
    if fit.squeezed:
        yield from _squeezed(table, whole, fit, options)
    else:
        yield from _threepart(table, whole, fit, options)
    yield rf"\end{{{fit.environment}}}"


def _threepart(
    table: Layout,
    whole: Layout,
    fit: Fit,
    options: LatexOptions,
) -> Iterator[str]:
    """Caption, table and notes, all as wide as the table."""
    width = r"\linewidth"
    if fit.share < 1:
        width = rf"{fit.share:g}\linewidth"
    columns = specification(whole, options.alignment)
    yield r"\begin{threeparttable}"
    yield from _caption(table)
    yield from _setting(fit, options)
    yield rf"\begin{{tabular*}}{{{width}}}{{@{{\extracolsep{{\fill}}}}{columns}@{{}}}}"
    yield from _inside(table, whole, options)
    yield r"\end{tabular*}"
    if table.notes:
        yield r"\begin{tablenotes}[flushleft]"
        yield from _notes(table, fit)
        yield r"\end{tablenotes}"
    yield r"\end{threeparttable}"


def _squeezed(
    table: Layout,
    whole: Layout,
    fit: Fit,
    options: LatexOptions,
) -> Iterator[str]:
    """A table that no type makes narrow enough, scaled to the width of the line."""
    columns = specification(whole, options.alignment)
    yield from _caption(table)
    yield from _setting(fit, options)
    yield r"\resizebox{\linewidth}{!}{%"
    yield rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}"
    yield from _inside(table, whole, options)
    yield r"\end{tabular}}"
    if table.notes:
        yield r"\begin{minipage}{\linewidth}\medskip"
        for line in _notes(table, fit):
            yield line.removeprefix(r"\item ")
        yield r"\end{minipage}"


def _inside(
    table: Layout,
    whole: Layout,
    options: LatexOptions,
) -> Iterator[str]:
    yield r"\toprule"
    yield from head(whole)
    yield from body(table, options.alignment)
    yield r"\bottomrule"


def _long(table: Layout, options: LatexOptions) -> Iterator[str]:
    """The table over as many pages as it needs, its head on each; as wide as the text."""
    for position, (part, fit) in enumerate(fitted(table, options.columns, ("longtable",))):
        yield r"\begin{ThreePartTable}"
        if position and part.title:
            yield r"\addtocounter{table}{-1}"
        if part.notes:
            yield r"\begin{TableNotes}[flushleft]"
            yield from _notes(part, fit)
            yield r"\end{TableNotes}"
        yield from _setting(fit, options)
        yield r"\setlength{\LTleft}{0pt}\setlength{\LTright}{0pt}"
        yield from _longtable(part, options)
        yield r"\end{ThreePartTable}"


def _longtable(table: Layout, options: LatexOptions) -> Iterator[str]:
    """The environment, with what stands on the first page, on all others, at a break and at the
    end.
    """
    columns = specification(table, options.alignment)
    yield rf"\begin{{longtable}}{{@{{\extracolsep{{\fill}}}}{columns}@{{}}}}"
    if table.title:
        yield "".join(_caption(table)) + r" \\"
    yield r"\toprule"
    yield from head(table)
    yield r"\midrule\endfirsthead"
    yield r"\toprule"
    yield from head(table)
    yield r"\midrule\endhead"
    yield r"\bottomrule\endfoot"
    yield r"\bottomrule"
    if table.notes:
        yield r"\insertTableNotes"
    yield r"\endlastfoot"
    # the first rule belongs to the heads
    _, *rows = body(table, options.alignment)
    yield from rows
    yield r"\end{longtable}"


def _tabular(table: Layout, options: LatexOptions) -> Iterator[str]:
    """Nothing but the tabular, as wide as its columns; for a float of the user's own."""
    columns = specification(table, options.alignment)
    if options.alignment.setup:
        yield options.alignment.setup
    yield rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}"
    yield from _inside(table, table, options)
    yield r"\end{tabular}"


def _caption(table: Layout) -> Iterator[str]:
    if re.search(r"[^A-Za-z0-9:._+/-]", table.anchor):
        raise InputError(
            "label",
            expected="letters, digits and : . _ + / -",
            got=repr(table.anchor),
            remedy="Use only these in label=.",
        )
    if table.title:
        yield rf"\caption{{{escape_latex(table.title)}}}"
    if table.anchor:
        yield rf"\label{{{table.anchor}}}"


def _setting(fit: Fit, options: LatexOptions) -> Iterator[str]:
    """Font, space between columns, alignment."""
    yield rf"\linespread{{1}}\{fit.size}"
    yield rf"\setlength{{\tabcolsep}}{{{fit.gap:g}pt}}"
    if options.alignment.setup:
        yield options.alignment.setup


def _notes(table: Layout, fit: Fit) -> Iterator[str]:
    """The notes, in a type no larger than the table's."""
    words = Words(table.language)
    size = "scriptsize" if fit.size == "scriptsize" else "footnotesize"
    yield rf"\{size}\setlength{{\labelsep}}{{0pt}}\emergencystretch=3em"
    sentences = "\n".join(escape_latex(note) for note in table.notes)
    heading = escape_latex(words.say("Notes:"))
    if words.gap:
        heading = rf"\textit{{{heading}}} "
    yield rf"\item {heading}{sentences}"


FORMS: Mapping[LatexForm, Callable[[Layout, LatexOptions], Iterator[str]]] = {
    "float": _floats,
    "sideways": _floats,
    "longtable": _long,
    "tabular": _tabular,
    "document": _floats,
}
