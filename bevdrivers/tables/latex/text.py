"""Unicode text and numbers in LaTeX's spelling."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from ...language.symbols import UPRIGHT
from ..cells import Number, cell_text

ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"$\sim$",
    "^": r"\textasciicircum{}",
    "`": r"\textasciigrave{}",
    '"': "''",
    "[": "{[}",  # an opening bracket after the end of a line would be read as a distance
    "]": "{]}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "µ": r"\textmu{}",
    "’": "'",
    "‘": "`",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
    "°": r"\textdegree{}",
    "€": r"\texteuro{}",
}

GREEK_LETTERS = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"
GREEK_NAMES = (
    r"\alpha \beta \gamma \delta \varepsilon \zeta \eta \theta \iota \kappa "
    r"\lambda \mu \nu \xi \pi \rho \sigma \tau "
    r"\upsilon \varphi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega"
)
GREEK = dict(zip(GREEK_LETTERS, GREEK_NAMES.split(" "), strict=True))
RELATIONS = {
    "−": "-",
    "×": r"\times",
    "·": r"\cdot",
    "±": r"\pm",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "∞": r"\infty",
    "→": r"\to",
    "∑": r"\sum",
    "√": r"\surd",
    "′": r"\prime",
    "<": "<",
    ">": ">",
    "|": "|",
    "=": "=",
}
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ*", "0123456789+-n*", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₜᵢⱼₙ", "0123456789+-tijn", strict=True))
MATHEMATICS = {
    **GREEK,
    **RELATIONS,
    **UPRIGHT,
}
_KINDS = re.compile(f"[{re.escape(''.join(SUPERSCRIPTS))}]+|[{''.join(SUBSCRIPTS)}]+|.")
_DOUBLE_QUOTES = re.compile('"([^"]*)"')
# an apostrophe stands behind a letter
_SINGLE_QUOTES = re.compile(r"(?<!\w)'([^'\s](?:[^']*[^'\s])?)'(?!\w)")
_RUN = re.compile(f"[{re.escape(''.join([*MATHEMATICS, *SUPERSCRIPTS, *SUBSCRIPTS]))}]+")


def escape_latex(text: str) -> str:
    r"""Text that LaTeX prints as it stands; Greek, scripts and letters of mathematics go into
    mathematics.

    >>> print(escape_latex("R&D_share (100 %), R²"))
    R\&D\_share (100 \%), R$^{2}$
    """
    text = _with_quotes(re.sub(r"[^\S\u00a0]+", " ", text))
    parts, end = [], 0
    for run in _RUN.finditer(text):
        parts.append(_plain(text[end : run.start()]))
        parts.append(f"${_mathematics(run.group())}$")
        end = run.end()
    return "".join([*parts, _plain(text[end:])])


def _with_quotes(text: str) -> str:
    r"""Pairs of straight quotes as an opening and a closing one, which LaTeX prints alike otherwise.

    >>> print(escape_latex("p=\"bootstrap\" of Moran's I, kind 'wild'"))
    p$=$``bootstrap'' of Moran's I, kind `wild'
    """
    paired = _DOUBLE_QUOTES.sub("“\\1”", text)
    return _SINGLE_QUOTES.sub("‘\\1’", paired)


def _plain(text: str) -> str:
    """Text outside mathematics; neighbouring hyphens must not melt into a dash."""
    apart = re.sub("-(?=-)", "-\u200b", text)
    escaped = "".join(ESCAPES.get(character, character) for character in apart)
    return escaped.replace("\u200b", "{}")


def _mathematics(run: str) -> str:
    """A run of symbols: neighbouring superscripts or subscripts share their braces."""
    source = ""
    for kind in _KINDS.findall(run):
        if kind[0] in SUPERSCRIPTS:
            script = "".join(SUPERSCRIPTS[symbol] for symbol in kind)
            source += f"^{{{script}}}"
        elif kind[0] in SUBSCRIPTS:
            script = "".join(SUBSCRIPTS[symbol] for symbol in kind)
            source += f"_{{{script}}}"
        else:
            symbol = MATHEMATICS[kind]
            # a letter would lengthen the command before it
            if symbol.isalpha() and re.search(r"\\[A-Za-z]+$", source):
                source += " "
            source += symbol
    return source


class LatexNumber(NamedTuple):
    """A number for a dcolumn column, and the digits of room that it takes left and right of its
    point.
    """

    source: str
    room: tuple[int, int]


# in digits, rounded up
WIDTHS = {
    "−": 1.6,
    "(": 0.8,
    ")": 0.8,
    ",": 0.6,
    "<": 1.6,
    "∞": 2.0,
    "*": 0.9,
}


def latex_number(cell: Number) -> LatexNumber:
    """A number's source and room.

    >>> latex_number(Number(-0.1234, 3, stars=2))
    LatexNumber(source='-0.123^{**}', room=(3, 5))
    """
    text = cell_text(cell)
    whole, point, after_point = text.partition(".")
    if not point:
        digits = whole.rstrip("*)")
        whole, after_point = digits, whole[len(digits) :]
    source = text.replace("−", "-").replace(",", "{,}").replace("<", "{<}")
    source = re.sub(r"\*+", r"^{\g<0>}", source).replace("∞", r"\infty")
    return LatexNumber(source, (_room(whole), _room(after_point)))


def _room(text: str) -> int:
    """Digits of room that a text takes."""
    width = sum(WIDTHS.get(character, 1.0) for character in text)
    # a sum of decimal fractions may lie a little above a whole number
    return math.ceil(width - 1e-9)
