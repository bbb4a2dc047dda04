"""The language of formulas, written down: its limits, its functions with their arguments, its
operators.

Nothing else can be said in a formula. `grammar` reads texts by these tables and refuses the rest;
`evaluation` computes what was read. To add a function, add it here, say there how it is computed,
and document it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# --- limits: the cost of a formula is bounded before anything is computed ------------------------

MAX_LENGTH = 20_000  # characters of a text
MAX_OPERATIONS = 100  # operations, functions and parentheses in one summand of a formula
MAX_TERMS = 500  # terms of a formula, after (a + b)**2 and a * b have been multiplied out
MAX_CROSSED = 10  # variables that one term multiplies: a:b:c has three
LARGEST = 1e100  # size of a number
MAX_CELLS = 10**8  # observations times regressors, with the dummies of categories

# --- operators, with how tightly they bind -------------------------------------------------------

BINDING: Mapping[str, int] = {
    "+": 1,
    "-": 1,
    "*": 2,
    "/": 2,
    ":": 3,
    "**": 5,
    "^": 5,
}
OF_SIGN = 4  # of the minus in -x
ARITHMETIC = frozenset({"+", "-", "*", "/", "**"})  # inside the parentheses of a function
COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})  # once in I(), as in I(x > 3)

# words that are not names of columns, unless they stand in backticks
WORDS = frozenset({"True", "False", "None", "contr"})

# --- what an argument may be: always written out, never computed ---------------------------------


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int

    def __str__(self) -> str:
        return f"a whole number from {self.least} to {self.most}"


@dataclass(frozen=True)
class Periods:
    """A number of periods, which the panel bounds."""

    def __str__(self) -> str:
        return "a whole number of periods"


@dataclass(frozen=True)
class Flag:
    """``True`` or ``False``."""

    def __str__(self) -> str:
        return "True or False"


@dataclass(frozen=True)
class Coding:
    """A coding of categories such as ``contr.treatment("east")``."""

    def __str__(self) -> str:
        return "a coding such as contr.treatment('east') or contr.sum()"


@dataclass(frozen=True)
class Level:
    """The name of a category: a text in quotes, or a number."""

    def __str__(self) -> str:
        return "a category, in quotes where it is a text"


Kind = Whole | Periods | Flag | Coding | Level

# --- functions -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Function:
    """A function that formulas know.

    Attributes
    ----------
    options : mapping
        Arguments after the first, in their order, with what each may be.
    takes : {"values", "comparison", "column"}
        What its first argument may be: an expression of columns; that, or one comparison of two;
        or a column and nothing else.
    alone : bool
        Whether it makes several regressors, so that it cannot stand inside another function.
    """

    options: Mapping[str, Kind] = field(default_factory=dict)
    takes: Literal["values", "comparison", "column"] = "values"
    alone: bool = False


FUNCTIONS: Mapping[str, Function] = {
    "log": Function(),
    "log1p": Function(),
    "asinh": Function(),
    "exp": Function(),
    "sqrt": Function(),
    "abs": Function(),
    "lag": Function({"k": Periods()}),
    "W": Function(),
    "I": Function(takes="comparison"),
    "center": Function(),
    "scale": Function(
        {
            "center": Flag(),
            "scale": Flag(),
            "ddof": Whole(0, 1),
        }
    ),
    "poly": Function({"degree": Whole(1, 10), "raw": Flag()}, alone=True),
    "bs": Function(
        {
            "df": Whole(1, 50),
            "degree": Whole(0, 10),
            "include_intercept": Flag(),
        },
        alone=True,
    ),
    "C": Function({"contrasts": Coding()}, takes="column", alone=True),
}

CODINGS: Mapping[str, Function] = {
    "contr.treatment": Function({"base": Level()}),
    "contr.SAS": Function({"base": Level()}),
    "contr.sum": Function(),
    "contr.helmert": Function(),
    "contr.diff": Function(),
    "contr.poly": Function(),
}

# --- what to write instead of functions of other packages ----------------------------------------

INSTEAD: Mapping[str, str] = {
    "L": "lag(x)",
    "shift": "lag(x)",
    "D": "I(x - lag(x))",
    "diff": "I(x - lag(x))",
    "factor": "C(x)",
    "i": "C(x)",
    "ln": "log(x)",
    "log10": "I(log(x) / 2.302585092994046)",
    "log2": "I(log(x) / 0.6931471805599453)",
    "expm1": "I(exp(x) - 1)",
    "arcsinh": "asinh(x)",
    "power": "I(x**2)",
    "pow": "I(x**2)",
    "square": "I(x**2)",
    "absolute": "abs(x)",
    "standardize": "scale(x)",
    "mean": "center(x)",
    "cr": "bs(x, df=4)",
    "cs": "bs(x, df=4)",
    "cc": "bs(x, df=4)",
    "ns": "bs(x, df=4)",
    "Q": "`x`",
    "Treatment": "contr.treatment('x')",
    "Sum": "contr.sum()",
    "Helmert": "contr.helmert()",
    "Diff": "contr.diff()",
    "Poly": "contr.poly()",
}
