"""Mathematics in plain text: every text of a table is Unicode, and each renderer spells the symbols
in its own way.

A Greek letter, a superscript or a subscript is the Unicode character of that name. An italic letter
of mathematics is the character that Unicode keeps for it (U+1D434 and after), so that "the letter W
of a heading" and "the matrix W" remain two things in every format.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MINUS = "−"
DASH = "–"
TIMES = "×"
HARD_SPACE = "\u00a0"


def italic(letters: str) -> str:
    """The letters A-Z and a-z of `letters` as italic letters of mathematics."""
    return "".join(_italic_letter(letter) for letter in letters)


def _italic_letter(letter: str) -> str:
    if letter == "h":
        return "\u210e"  # Unicode put this one elsewhere, as Planck's constant
    if "A" <= letter <= "Z":
        return chr(0x1D434 + ord(letter) - ord("A"))
    if "a" <= letter <= "z":
        return chr(0x1D44E + ord(letter) - ord("a"))
    return letter


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
UPRIGHT = {italic(letter): letter for letter in LETTERS}
_ITALIC_RUN = re.compile(f"([{''.join(UPRIGHT)}]+)")


def upright(text: str) -> str:
    """The text with letters of mathematics as plain ones."""
    return "".join(UPRIGHT.get(letter, letter) for letter in text)


def letter_runs(text: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a text in plain letters, and whether each is italic: for formats without
    mathematics.

    >>> list(letter_runs("the 𝑊 of"))
    [('the ', False), ('W', True), (' of', False)]
    """
    for run in _ITALIC_RUN.split(text):
        if run:
            yield upright(run), run[0] in UPRIGHT


W, X, Y, U, P, Z, T, N, R, MORAN_I = (italic(letter) for letter in "WXyupzTNRI")
STUDENT_T = italic("t")
R_SQUARED = f"{R}²"

PARAMETERS = {
    "tau": f"τ ({Y}ₜ₋₁)",
    "eta": f"η ({W}{Y}ₜ₋₁)",
    "rho": f"ρ ({W}{Y})",
    "lam": f"λ ({W}{U})",
    "psi": f"ψ ({U}ₜ₋₁)",
    "phi": "φ",
    "sigma2": "σ²",
}


def display_width(text: str) -> int:
    """Columns that `text` takes in a terminal: two for an East Asian wide character, none for a
    combining one.
    """
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    combining = sum(bool(unicodedata.combining(character)) for character in text)
    return len(text) + wide - combining
