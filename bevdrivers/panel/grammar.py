"""The gate of the formula language: a text becomes a tree of the nodes of `tree`, or it is refused.

A formula is data. Its text is never handed to Python: it is cut into the few tokens of `TOKEN` and
read by the tables of `language`, and only the tree goes on. There is no node for an attribute, an
index, a call of anything that is not in the tables, or a text that is not an argument; a name is
always a column of the panel, whatever it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn

from ..errors import InputError
from .language import (
    ARITHMETIC,
    BINDING,
    CODINGS,
    COMPARISONS,
    FUNCTIONS,
    INSTEAD,
    LARGEST,
    MAX_LENGTH,
    MAX_OPERATIONS,
    OF_SIGN,
    WORDS,
    Coding,
    Flag,
    Function,
    Kind,
    Level,
    Periods,
)
from .tree import (
    Call,
    Coded,
    Name,
    Node,
    Number,
    Operation,
    Option,
    Sign,
    columns_of,
    constant,
    written,
)

# --- tokens --------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"""
    (?P<space>   [ \t\r\n]+ )
  | (?P<quoted>  `[^`]+` )                                    # `any column`
  | (?P<number>  (?: [0-9]+ (?:\.[0-9]*)? | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
  | (?P<name>    [^\W\d]\w* (?: \.\w+ )* )                    # gdp_pc, gdp.pc
  | (?P<text>    '[^'\\\n]*' | "[^"\\\n]*" )                  # a category, as an argument
  | (?P<sign>    \*\* | <= | >= | == | != | [-+*/:^()~,=<>] )
    """,
    re.VERBOSE,
)
EXAMPLES = {"formula": "'y ~ x1 + x2'"}
SHAPES = {
    "formula": "one outcome and one right-hand side, as in 'y ~ x1 + x2'",
    "expression": "a column or an expression of columns such as 'log(x)'",
}
LANGUAGE = "Leave it out, or write it in the language of formulas, which the documentation lists."
OTHER_SHAPE = "columns or expressions of columns such as 'log(x)'"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


_END, _ODD = "end", "odd"


def check_text(text: str, argument: str) -> None:
    """Refuse what is no text, or one that is too long to be read."""
    if not isinstance(text, str):
        example = EXAMPLES.get(argument, "'log(x)'")
        raise InputError(
            argument,
            expected=f"a text such as {example}",
            got=type(text).__name__,
            remedy="Write it in quotes.",
        )
    if len(text) > MAX_LENGTH:
        expected = f"a text of at most {MAX_LENGTH} characters"
        raise InputError(
            argument,
            expected=expected,
            got=f"{len(text)} characters",
            remedy="Write fewer terms: columns can be made with panel.with_columns(new=...).",
        )


class Source:
    """A text on its way through the gate, and the errors that name a piece of it."""

    def __init__(self, text: str, argument: str) -> None:
        self.text, self.argument = text, argument
        self.shape = SHAPES.get(argument, OTHER_SHAPE)
        check_text(text, argument)

    def refuse(
        self,
        piece: str,
        start: int | None = None,
        expected: str = "",
        remedy: str = "",
    ) -> NoReturn:
        """Refuse a piece of the text."""
        where = "" if start is None else f" at character {start + 1}"
        raise InputError(
            self.argument,
            expected=expected or self.shape,
            got=f"{shortened(piece)!r}{where} of {shortened(self.text)!r}",
            remedy=remedy or LANGUAGE,
        )

    def tokens(self) -> Iterator[_Token]:
        """The tokens of the text up to one that is none, and one for its end."""
        position = 0
        while position < len(self.text):
            token = TOKEN.match(self.text, position)
            if token is None:
                yield _Token(_ODD, self.text[position], position)
                break
            kind = str(token.lastgroup)
            if kind != "space":
                yield _Token(kind, token.group(), position)
            position = token.end()
        yield _Token(_END, "the end", position)

    def refuse_character(self, position: int) -> NoReturn:
        """Refuse what is no token."""
        letter = self.text[position]
        if letter == "{":
            inner = self.text[position + 1 :].partition("}")[0].strip()
            piece = self.text[position : position + 1 + self.text[position:].find("}")] or letter
            self.refuse(piece, position, remedy=f"Write I({shortened(inner)}).")
        self.refuse(letter, position, remedy=_OF_LETTERS.get(letter, _STRANGE_LETTER))


_STRANGE_LETTER = (
    "Put names with other signs than letters, digits, _ and . into backticks: `my column`."
)
_OF_LETTERS = {
    "`": "A name in backticks is not empty and ends with a backtick: `my column`.",
    "'": "A text ends with the quote that it begins with, on the same line.",
    '"': "A text ends with the quote that it begins with, on the same line.",
    "[": "Formulas take no cells or lists; make a column first: panel.with_columns(new=...).",
    "]": "Formulas take no cells or lists; make a column first: panel.with_columns(new=...).",
    "|": "There is one right-hand side: instruments= and absorb= are options of their own.",
    ".": "Name the columns one by one: formulas have no attributes, and no sign for all columns.",
    "#": "Comments do not belong into formulas.",
    "%": "Write a:b for a product of terms, or make the column first.",
}


def shortened(text: str, length: int = 80) -> str:
    """The text, or its beginning."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


# --- reading -------------------------------------------------------------------------------------


class Reader:
    """Reads the tokens of one text into nodes, by how tightly operators bind."""

    def __init__(self, text: str, argument: str) -> None:
        self.source = Source(text, argument)
        self._tokens = list(self.source.tokens())
        self._position = 0
        self._spent = 0
        self._open = 0

    def formula(self) -> tuple[Node, Node]:
        """The outcome and the right-hand side."""
        if self._now.text == "~":
            self.source.refuse("~", self._now.start, remedy="Write the outcome before it.")
        outcome = self._expression(1, inside=False)
        self._expect("~")
        self._spent = 0
        right = self._expression(1, inside=False)
        self._expect(_END)
        return outcome, right

    def terms(self) -> Node:
        """What can stand on the right-hand side."""
        tree = self._expression(1, inside=False)
        self._expect(_END)
        return tree

    # one token after the other

    @property
    def _now(self) -> _Token:
        token = self._tokens[self._position]
        if token.kind == _ODD:
            self.source.refuse_character(token.start)
        return token

    def _take(self) -> _Token:
        token = self._now
        self._position += 1
        return token

    def _expect(self, wanted: str) -> _Token:
        now = self._now
        if wanted == now.kind or (now.kind == "sign" and now.text == wanted):
            return self._take()
        name = "nothing more" if wanted == _END else repr(wanted)
        self._refuse_token(remedy=f"There {name} was expected.")

    def _refuse_token(self, remedy: str = "") -> NoReturn:
        now = self._now
        before = self._tokens[self._position - 1] if self._position else None
        if now.kind == "text":
            remedy = (
                "A text stands only in contr.treatment('...'); columns are written without quotes."
            )
        elif before is not None and {before.kind, now.kind} <= {"name", "number", "quoted"}:
            remedy = f"Write an operator between {before.text!r} and {shortened(now.text)!r}."
        self.source.refuse(now.text, now.start, remedy=remedy or LANGUAGE)

    def _spend(self) -> None:
        """Count an operation, so that no tree grows deep."""
        self._spent += 1
        if self._spent > MAX_OPERATIONS:
            expected = f"at most {MAX_OPERATIONS} operations in one term"
            remedy = "Make a column of it first: panel.with_columns(new=...)."
            self.source.refuse(self._now.text, self._now.start, expected, remedy)

    # expressions

    def _expression(self, least: int, *, inside: bool) -> Node:
        """What stands here and is bound at least so tightly; arithmetic where `inside` a
        function.
        """
        left = self._operand(least, inside=inside)
        while self._now.kind == "sign" and BINDING.get(self._now.text, 0) >= least:
            sign = self._operator(inside)
            binding = BINDING[sign]
            right = self._expression(binding if sign == "**" else binding + 1, inside=inside)
            left = Operation(sign, left, right)
            if inside:
                self._check_constant(left)
        return left

    def _operator(self, inside: bool) -> str:
        token = self._now
        if inside and token.text not in ARITHMETIC:
            write = "**" if token.text == "^" else "*"
            remedy = f"Inside the parentheses of a function write {write} instead."
            self.source.refuse(token.text, token.start, "arithmetic inside functions", remedy)
        self._take()
        if not inside and not self._open and token.text in ("+", "-"):
            self._spent = 0  # a new summand
        else:
            self._spend()
        return "**" if token.text == "^" else token.text

    def _operand(self, least: int, *, inside: bool) -> Node:
        token = self._now
        if token.text in ("+", "-") and token.kind == "sign" and (inside or least <= BINDING["*"]):
            self._take()
            self._spend()
            binding = OF_SIGN if inside else BINDING["*"]
            return Sign(token.text, self._expression(binding, inside=inside))
        if token.text == "(" and token.kind == "sign":
            return self._parenthesis(inside)
        if token.kind == "number":
            return Number(self._number(self._take()))
        if token.kind == "quoted":
            self._take()
            if self._now.text == "(":
                remedy = f"A name in backticks is a column: write {token.text} alone."
                self.source.refuse(f"{token.text}(", token.start, remedy=remedy)
            return Name(token.text[1:-1])
        if token.kind == "name":
            following = self._tokens[self._position + 1]
            if following.text == "(" and following.kind == "sign":
                return self._call(inside)
            return self._column()
        self._refuse_token(remedy="A column, a function or a parenthesis was expected there.")

    def _parenthesis(self, inside: bool) -> Node:
        self._expect("(")
        self._spend()
        self._open += 1
        inner = self._expression(1, inside=inside)
        self._expect(")")
        self._open -= 1
        return inner

    def _column(self) -> Name:
        token = self._take()
        if token.text in WORDS - {"contr"}:
            remedy = f"A column of that name is written `{token.text}`."
            self.source.refuse(token.text, token.start, "columns and numbers", remedy)
        if token.text in CODINGS or token.text == "contr":
            remedy = "Codings stand in C(), as in C(x, contr.treatment('east'))."
            self.source.refuse(token.text, token.start, remedy=remedy)
        return Name(token.text)

    def _number(self, token: _Token) -> int | float:
        value = float(token.text)
        if not value <= LARGEST:
            self.source.refuse(token.text, token.start, f"numbers up to {LARGEST:g}")
        exact = token.text.isdigit() and value < 2**53
        return int(value) if exact else value

    def _check_constant(self, node: Node) -> None:
        """Refuse a calculation of numbers alone that has no result."""
        value = constant(node)
        if value is not None and not abs(value) <= LARGEST:
            self.source.refuse(written(node), None, f"numbers up to {LARGEST:g}")

    # functions

    def _call(self, inside: bool) -> Call:
        token = self._now
        function = FUNCTIONS.get(token.text)
        if function is None:
            self._refuse_function(token)
        if inside and function.alone:
            remedy = f"{token.text}() makes several regressors: write it as a term of its own."
            expected = "functions of one column inside functions"
            self.source.refuse(f"{token.text}(", token.start, expected, remedy)
        self._take()
        self._expect("(")
        self._spend()
        self._open += 1
        argument = self._argument(token.text, function)
        options = self._options(token.text, function)
        self._expect(")")
        self._open -= 1
        if not any(True for _ in columns_of(argument)):
            piece = f"{token.text}({written(argument)})"
            self.source.refuse(piece, token.start, "a column in every function and term")
        return Call(token.text, argument, options)

    def _argument(self, name: str, function: Function) -> Node:
        first = self._now
        argument = self._expression(1, inside=True)
        if function.takes == "column" and not isinstance(argument, Name):
            remedy = "Make the column first: panel.with_columns(kind=...), then C(kind)."
            self.source.refuse(
                written(argument), first.start, f"one column inside {name}()", remedy
            )
        sign = self._now
        if sign.kind != "sign" or sign.text not in COMPARISONS:
            return argument
        if function.takes != "comparison":
            remedy = f"Write I({written(argument)} {sign.text} ...), which is 0 or 1, as a term."
            self.source.refuse(sign.text, sign.start, "comparisons in I() alone", remedy)
        self._take()
        self._spend()
        argument = Operation(sign.text, argument, self._expression(1, inside=True))
        if self._now.text in COMPARISONS:
            remedy = "Multiply two: I(x > 1):I(x < 3)."
            self.source.refuse(self._now.text, self._now.start, "one comparison in I()", remedy)
        return argument

    def _options(self, name: str, function: Function) -> tuple[Option, ...]:
        """Arguments after the first."""
        options: list[Option] = []
        while self._now.text == ",":
            self._take()
            options.append(self._option(name, function, [option.name for option in options]))
        return tuple(options)

    def _option(
        self,
        name: str,
        function: Function,
        given: list[str],
    ) -> Option:
        token, following = self._now, self._tokens[min(self._position + 1, len(self._tokens) - 1)]
        named = token.kind == "name" and following.text == "="
        free = [option for option in function.options if option not in given]
        wanted = token.text if named else next(iter(free), "")
        if wanted not in free:
            known = ", ".join(f"{option}=" for option in function.options)
            expected = f"{name}() with {known or 'no further argument'}"
            self.source.refuse(token.text, token.start, expected)
        if named:
            self._take()
            self._take()
        return Option(wanted, self._value(name, wanted, function.options[wanted]), named)

    def _value(
        self,
        name: str,
        option: str,
        kind: Kind,
    ) -> int | float | bool | str | Coded:
        """The value of an argument: written out, and of its kind."""
        if isinstance(kind, Coding) and self._now.text in CODINGS:
            return self._coding()
        start = self._now
        value = self._literal()
        if value is None or not _fits(value, kind):
            end = self._now.start if value is not None else start.start + len(start.text)
            raise InputError(
                name if isinstance(kind, Periods) else self.source.argument,
                expected=f"{kind} for {option}= of {name}()",
                got=(
                    f"{self.source.text[start.start : end].strip()!r} in "
                    f"{shortened(self.source.text)!r}"
                ),
                remedy="Write it out, as a number or a text in quotes.",
            )
        return value

    def _literal(self) -> int | float | bool | str | None:
        """A number, a text, True or False; None if something else stands there."""
        token = self._now
        if token.kind == "number":
            return self._number(self._take())
        if token.text in ("True", "False"):
            return self._take().text == "True"
        if token.kind == "text":
            return self._take().text[1:-1]
        if token.text == "-" and self._tokens[self._position + 1].kind == "number":
            self._take()
            return -self._number(self._take())
        return None

    def _coding(self) -> Coded:
        name = self._take().text
        if self._now.text != "(":
            return Coded(name, (), called=False)
        self._expect("(")
        options: tuple[Option, ...] = ()
        if self._now.text != ")":
            first = self._option(name, CODINGS[name], [])
            options = (first, *self._options(name, CODINGS[name]))
        self._expect(")")
        return Coded(name, options, called=True)

    def _refuse_function(self, token: _Token) -> NoReturn:
        """Refuse a function that formulas do not know, with what to write instead."""
        name = token.text.rpartition(".")[2]
        near = get_close_matches(name, FUNCTIONS, n=1)
        if name in FUNCTIONS:
            remedy = f"Write {name}(x)."
        elif name in INSTEAD:
            remedy = f"Write {INSTEAD[name]}."
        elif near:
            remedy = f"Did you mean {near[0]}()?"
        else:
            remedy = "Make the column first: panel.with_columns(new=...)."
        expected = f"terms that can be computed with {', '.join(FUNCTIONS)}"
        self.source.refuse(f"{token.text}(", token.start, expected, remedy)


def _fits(value: int | float | bool | str, kind: Kind) -> bool:
    """Whether a literal is of the kind that an argument takes."""
    if isinstance(kind, Flag):
        return isinstance(value, bool)
    if isinstance(value, bool) or isinstance(kind, Coding):
        return False
    if isinstance(kind, Level):
        return True
    if isinstance(kind, Periods):
        return not isinstance(value, str)
    return isinstance(value, int) and kind.least <= value <= kind.most


@lru_cache(maxsize=4096)
def read_factor(text: str) -> Node:
    """The tree of one factor as `label` writes it.

    Raises
    ------
    InputError
    """
    return Reader(text, "term").terms()
