"""Trees of formulas: the nodes that there are, what a tree names, and how it is written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .language import ARITHMETIC, BINDING, OF_SIGN, WORDS

# names that need no backticks, but for the words of the language
PLAIN = re.compile(r"[^\W\d]\w*")
# names that would be read as numbers, where labels are read
LIKE_A_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")

# --- the nodes of a tree -------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """A column of the panel."""

    name: str


@dataclass(frozen=True)
class Number:
    """A number: a whole one if it was written as one."""

    value: int | float


@dataclass(frozen=True)
class Sign:
    """A minus or plus before something."""

    sign: str
    operand: Node


@dataclass(frozen=True)
class Operation:
    """Two things with an operator or a comparison between them."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Coded:
    """A coding of categories, as ``contr.treatment('east')``; `called` if it has parentheses."""

    function: str
    options: tuple[Option, ...]
    called: bool


class Option(NamedTuple):
    """A further argument: its name, its value, and whether its name was written."""

    name: str
    value: int | float | bool | str | Coded
    named: bool


@dataclass(frozen=True)
class Call:
    """A function of something, with further arguments."""

    function: str
    argument: Node
    options: tuple[Option, ...]

    def option(self, name: str, default: int) -> int:
        """The number given for an argument, or the default."""
        given = [option.value for option in self.options if option.name == name]
        return int(given[0]) if given else default  # type: ignore[arg-type]


Node = Name | Number | Sign | Operation | Call

# --- what a tree says ----------------------------------------------------------------------------


def children(node: Node) -> tuple[Node, ...]:
    """The nodes that a node is made of."""
    if isinstance(node, Operation):
        return (node.left, node.right)
    if isinstance(node, Sign):
        return (node.operand,)
    return (node.argument,) if isinstance(node, Call) else ()


def columns_of(node: Node) -> Iterator[str]:
    """The columns that a node names, in their order."""
    waiting = [node]
    while waiting:
        now = waiting.pop()
        if isinstance(now, Name):
            yield now.name
        waiting += reversed(children(now))


def calls_of(node: Node) -> Iterator[str]:
    """The functions that a node calls."""
    waiting = [node]
    while waiting:
        now = waiting.pop()
        if isinstance(now, Call):
            yield now.function
        waiting += children(now)


def constant(node: Node) -> int | float | None:
    """The value of a node without columns; NaN where there is none."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Sign):
        value = constant(node.operand)
        return value if value is None or node.sign == "+" else -value
    if not isinstance(node, Operation) or node.sign not in ARITHMETIC:
        return None
    left, right = constant(node.left), constant(node.right)
    return None if left is None or right is None else _calculated(node.sign, left, right)


def _calculated(
    sign: str,
    left: float,
    right: float,
) -> float:
    """Two numbers and an operator, in floating point."""
    left, right = float(left), float(right)
    try:
        if sign == "**":
            return math.pow(left, right)
        if sign == "/":
            return left / right
    except (ArithmeticError, ValueError):
        return math.nan
    if sign == "*":
        return left * right
    return left + right if sign == "+" else left - right


_ATOM, _COMPARED = 6, 0


def written(node: Node) -> str:
    """The text of a node, in one way of writing: ``I(x**2)`` is ``I(x ** 2)``."""
    if isinstance(node, Name):
        plain = PLAIN.fullmatch(node.name) and node.name not in WORDS
        return node.name if plain else f"`{node.name}`"
    if isinstance(node, Number):
        return repr(node.value)
    if isinstance(node, Sign):
        return f"{node.sign}{_within(node.operand, OF_SIGN)}"
    if isinstance(node, Call):
        return (
            f"{node.function}({', '.join([written(node.argument), *map(_option, node.options)])})"
        )
    binding = BINDING.get(node.sign, _COMPARED)
    before, after = (binding + 1, binding) if node.sign == "**" else (binding, binding + 1)
    space = "" if node.sign == ":" else " "
    return f"{_within(node.left, before)}{space}{node.sign}{space}{_within(node.right, after)}"


def _within(node: Node, least: int) -> str:
    """The text of a part, in parentheses where it binds less tightly."""
    binding = _ATOM
    if isinstance(node, Operation):
        binding = BINDING.get(node.sign, _COMPARED)
    elif isinstance(node, Sign):
        binding = OF_SIGN
    return written(node) if binding >= least else f"({written(node)})"


def _option(option: Option) -> str:
    value = option.value
    if isinstance(value, Coded):
        inner = ", ".join(map(_option, value.options))
        text = f"{value.function}({inner})" if value.called else value.function
    else:
        text = repr(value)
    return f"{option.name}={text}" if option.named else text


def label(factor: Node) -> str:
    """What a factor is called in a design: the column's own name, or the text of the expression."""
    if isinstance(factor, Name) and not LIKE_A_NUMBER.fullmatch(factor.name):
        return factor.name
    return written(factor)
