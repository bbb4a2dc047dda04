"""Numbers as they are read, and cells that fit their table."""

import math
import re

import numpy as np
import pytest

from bevdrivers.errors import InputError
from bevdrivers.language.symbols import UPRIGHT, display_width, italic
from bevdrivers.tables.cells import (
    Number,
    as_power,
    cell_text,
    enough_digits,
    number,
    number_text,
    useful_digits,
)
from bevdrivers.tables.latex.text import escape_latex, latex_number
from bevdrivers.tables.layout import Heading, Layout, Row, Section, Span, merged
from bevdrivers.tables.markdown import escape_markdown

GENERATOR = np.random.default_rng(1)
VALUES = (GENERATOR.choice([-1, 1], 500) * 10.0 ** GENERATOR.uniform(-9, 9, 500)).tolist()
TEXTS = ["".join(GENERATOR.choice(list(r"ab%&_#~^\{}$[]<>|*-"), 12)) for _ in range(500)]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.1234, 3, "0.123"),
        (-0.1234, 3, "−0.123"),
        (0.0, 3, "0.000"),
        (-0.0, 3, "0.000"),
        (0.0005, 3, "0.001"),
        (-0.0001, 3, "−0.000"),
        (9999.5, 1, "9,999.5"),
        (2011, 0, "2011"),
        (46500, 0, "46,500"),
        (-1234567.891, 2, "−1,234,567.89"),
        (math.inf, 3, "∞"),
        (-math.inf, 3, "−∞"),
    ],
)
def test_number_text(value, digits, text):
    assert number_text(value, digits) == text


def test_small_p_values_have_a_floor():
    assert number_text(0.0009, 3, floor=True) == "<0.001"
    assert number_text(0.001, 3, floor=True) == "0.001"
    assert cell_text(Number(0.0, 3, parentheses=True, floor=True)) == "(<0.001)"


@pytest.mark.parametrize(
    ("size", "digits"),
    [(0.0005, 3), (0.00049, 4), (0.00004, 5), (-0.00004, 5), (1e-12, 7), (0.0, 3), (math.nan, 3)],
)
def test_a_small_size_asks_for_more_decimals(size, digits):
    assert enough_digits(size, 3) == digits


@pytest.mark.parametrize(
    "size", [10.0**power * lead for power in range(-15, 3) for lead in (1, 9.96)]
)
def test_a_standard_error_keeps_two_digits(size):
    digits = useful_digits(size, 3)
    assert digits >= 3
    shown = float(f"{size:.{digits}f}")
    assert shown == pytest.approx(size, rel=0.05)
    if digits > 3:  # and no more than two
        assert size * 10.0**digits < 100


def test_no_decimals_where_none_are_asked_for():
    assert useful_digits(0.0021, 0) == 0
    assert useful_digits(math.nan, 3) == useful_digits(math.inf, 3) == useful_digits(0.0, 3) == 3


def test_powers_of_ten_end_with_the_last_of_the_decimals():
    assert as_power(-4.81e-15, 16) == "−4.8e-15"
    assert as_power(2.1e-16, 17) == "2.1e-16"
    assert as_power(123.456e-20, 21) == "1.235e-18"
    assert float(as_power(0.0, 16)) == 0.0


def test_what_is_missing_is_a_dash():
    assert number(math.nan) == "–"


@pytest.mark.parametrize("digits", range(7))
def test_number_text_reads_back(digits):
    for value in VALUES:
        text = number_text(value, digits).replace("−", "-").replace(",", "")
        assert float(text) == pytest.approx(value, abs=0.5000001 * 10.0**-digits, rel=1e-12)


@pytest.mark.parametrize("digits", range(5))
def test_latex_numbers_hold_no_raw_sign_and_balanced_braces(digits):
    for position, value in enumerate(VALUES):
        source, room = latex_number(
            Number(value, digits, stars=position % 4, parentheses=position % 2 > 0)
        )
        assert source.isascii()
        assert source.count("{") == source.count("}")
        assert source.count(".") <= 1
        assert min(room) >= 0


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("R&D_share #1", r"R\&D\_share \#1"),
        ("5 % {a} $x$", r"5 \% \{a\} \$x\$"),
        (r"a\b ~ ^", r"a\textbackslash{}b $\sim$ \textasciicircum{}"),
        ("[a] -- b", "{[}a{]} -{}- b"),
        ("a<b|c*", "a$<$b$|$c$^{*}$"),
        ("ρ, σ², 10⁴ km²", r"$\rho$, $\sigma^{2}$, 10$^{4}$ km$^{2}$"),
        (f"{italic('Wy')}ₜ₋₁", "$Wy_{t-1}$"),
        (f"ρ{italic('y')}", r"$\rho y$"),
        ("2010–2023, a\u00a0b", "2010--2023, a~b"),
        ("two\nlines", "two lines"),
    ],
)
def test_escape_latex(text, source):
    assert escape_latex(text) == source


def test_no_special_character_of_latex_survives():
    for text in TEXTS:
        bare = re.sub(
            r"\\(text[a-z]+\{\}|[%&_#{}$])|\$[^$]*\$|\{[][]\}|\{\}", "", escape_latex(text)
        )
        assert not set(bare) & set(r"%&_#~^\{}$")


def test_escape_markdown():
    assert escape_markdown("a_b*c|d <e> [f] `g`") == r"a\_b\*c\|d \<e\> \[f\] \`g\`"
    assert escape_markdown(f"{italic('W')} × x") == "*W* × x"


def test_italic_letters():
    assert italic("Wh1") == "𝑊ℎ1"
    assert len(UPRIGHT) == 52
    assert display_width("省份") == 4
    assert display_width("e\u0301") == 1


def test_equal_neighbours_share_a_heading():
    assert merged(["y", "y", "z"]) == (Span("y", 2, "y"), Span("z", 1, "z"))
    assert merged(["", ""]) == (Span("", 1, ""), Span("", 1, ""))


def test_rows_and_headings_must_fit():
    head = Heading("", (Span("a"), Span("b")))
    with pytest.raises(InputError, match=r"row 'x': expected 2 cells; got 1"):
        Layout((head,), (Section("s", (Row("x", "x", ("1",)),)),))
    with pytest.raises(InputError, match="headings: expected 2 columns; got 3"):
        Layout((Heading("", (Span("c", 3),)), head), ())
    with pytest.raises(InputError, match="at least one line"):
        Layout((), ())
