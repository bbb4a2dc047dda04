"""From the tree of a formula to its terms: what + - * / : ** of formulas stand for.

A term is the tuple of the factors whose product it is; the intercept is the empty one. Terms that
stand twice count once, as in R.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from ..errors import InputError
from .grammar import Reader, Source, check_text, shortened
from .language import MAX_CROSSED, MAX_TERMS
from .tree import Call, Name, Node, Number, Operation, Sign, calls_of, columns_of, label, written

Term = tuple[Node, ...]
INTERCEPT: Term = ()


@dataclass(frozen=True)
class Formula:
    """A formula that has passed the gate.

    Attributes
    ----------
    text : str
    outcome : Name or Call
    terms : tuple
        Terms of the right-hand side, in the order in which they are written.
    """

    text: str
    outcome: Node
    terms: tuple[Term, ...]

    @property
    def factors(self) -> tuple[Node, ...]:
        """The factors of all terms, then the outcome, each once."""
        factors = [factor for term in self.terms for factor in term]
        return tuple(dict.fromkeys([*factors, self.outcome]))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names: those of the outcome, then the others as they come."""
        trees = [self.outcome, *self.factors]
        return tuple(dict.fromkeys(name for tree in trees for name in columns_of(tree)))

    @property
    def name(self) -> str:
        """What the outcome is called in a design."""
        return label(self.outcome)

    @property
    def left(self) -> str:
        """The outcome as a text that can be read again."""
        return written(self.outcome)

    @property
    def right(self) -> str:
        """The right-hand side as a text that can be read again."""
        intercept = "1" if INTERCEPT in self.terms else "0"
        return " + ".join([intercept, *map(written_term, filter(None, self.terms))])

    @property
    def categories(self) -> tuple[str, ...]:
        """The columns that stand in ``C()``."""
        columns = [
            name for factor in self.factors if is_category(factor) for name in columns_of(factor)
        ]
        return tuple(dict.fromkeys(columns))

    @property
    def has_weights(self) -> bool:
        """Whether it has ``W()``."""
        return any("W" in calls_of(factor) for factor in self.factors)


def written_term(term: Term) -> str:
    """The text of a term, which can be read again."""
    return ":".join(map(written, term))


def is_category(factor: Node) -> bool:
    """Whether a factor is ``C()`` of a column."""
    return isinstance(factor, Call) and factor.function == "C"


def read_formula(text: str, argument: str = "formula") -> Formula:
    """A two-sided formula, read.

    Raises
    ------
    InputError
        Naming the piece that is not of the language of formulas, and what to write instead.
    """
    check_text(text, argument)
    return _read_formula(text, argument)


@lru_cache(maxsize=256)
def _read_formula(text: str, argument: str) -> Formula:
    reader = Reader(text, argument)
    outcome, right = reader.formula()
    expansion = _Expansion(reader.source)
    if not isinstance(outcome, (Name, Call)):
        _refuse_outcome(reader.source, text.partition("~")[0])
    terms = expansion.right_hand_side(right)
    formula = Formula(text, outcome, tuple(terms))
    _check_labels(reader.source, formula.factors)
    return formula


def read_expression(text: str, argument: str = "expression") -> Name | Call:
    """One column or function of columns, read."""
    reader = Reader(text, argument)
    expression = reader.terms()
    if not isinstance(expression, (Name, Call)):
        _refuse_outcome(reader.source, text)
    return expression


def read_terms(text: str, argument: str) -> tuple[Term, ...]:
    """Terms as on a right-hand side, without an intercept; for options that list expressions."""
    reader = Reader(text, argument)
    terms = _Expansion(reader.source).of(reader.terms())
    if not terms:
        reader.source.refuse(text, None, "terms that are left when all is multiplied out")
    return tuple(terms)


@lru_cache(maxsize=1024)
def label_of(text: str) -> str:
    """What a design calls the term that a user writes; the text itself where it is no term.

    >>> label_of("`my column`"), label_of("log( x )"), label_of("a - b")
    ('my column', 'log(x)', 'a - b')
    """
    try:
        factors = _factors(Reader(text, "term").terms())
    except InputError:
        return text
    return ":".join(map(label, factors)) if factors else text


def _factors(node: Node) -> list[Node]:
    """The factors of ``a:b``; none where there is more than a product."""
    if isinstance(node, (Name, Call)):
        return [node]
    if not isinstance(node, Operation) or node.sign != ":":
        return []
    left, right = _factors(node.left), _factors(node.right)
    return [*left, *right] if left and right else []


def _refuse_outcome(source: Source, outcome: str) -> NoReturn:
    """``a - b`` as an outcome would be a, the term b taken out of it."""
    raise InputError(
        source.argument,
        expected=(
            "one outcome and one right-hand side, with sums and differences of columns inside I()"
        ),
        got=repr(shortened(outcome.strip())),
        remedy=f"Write I({shortened(outcome.strip())}).",
    )


def _check_labels(source: Source, factors: Iterable[Node]) -> None:
    """Refuse two things of one name, and a column that bears the intercept's."""
    seen: dict[str, Node] = {"Intercept": Number(1)}
    for factor in factors:
        if seen.setdefault(label(factor), factor) != factor:
            expected = "terms with names of their own"
            remedy = "Rename the column of that name."
            source.refuse(label(factor), None, expected, remedy)


class _Expansion:
    """Multiplies out one right-hand side."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def right_hand_side(self, node: Node) -> list[Term]:
        """The terms, with the intercept that is implied unless 0 or -1 takes it out."""
        terms = [INTERCEPT]
        for sign, part in _summands(node):
            if isinstance(part, Number) and part.value in (0, 1):
                keeps = (sign == "+") == (part.value == 1)
                terms = [term for term in terms if term != INTERCEPT]
                terms = [INTERCEPT, *terms] if keeps else terms
            else:
                terms = self._changed(terms, sign, self.of(part))
        return terms

    def of(self, node: Node) -> list[Term]:
        """The terms of a part without intercept."""
        if isinstance(node, (Name, Call)):
            return [(node,)]
        if isinstance(node, (Number, Sign)):
            remedy = f"Calculate inside I(), as in I(2 * x): {written(node)} is a number or sign."
            self.source.refuse(written(node), None, "columns and functions as terms", remedy)
        if node.sign in ("+", "-"):
            return self._sum(node)
        left = self.of(node.left)
        if node.sign == "**":
            return self._power(node, left)
        right = self.of(node.right)
        if node.sign == "/":
            parents = tuple(dict.fromkeys(factor for term in left for factor in term))
            return self._united(left, self._crossed(node, [parents], right))
        products = self._crossed(node, left, right)
        return products if node.sign == ":" else self._united(left, right, products)

    def _sum(self, node: Node) -> list[Term]:
        terms: list[Term] = []
        for sign, part in _summands(node):
            terms = self._changed(terms, sign, self.of(part))
        return terms

    def _changed(
        self,
        terms: list[Term],
        sign: str,
        others: list[Term],
    ) -> list[Term]:
        """Terms added, or taken out; what is not there cannot be taken out."""
        if sign == "+":
            return self._united(terms, others)
        gone = {frozenset(term) for term in others}
        lacking = [term for term in others if frozenset(term) not in map(frozenset, terms)]
        if lacking:
            piece = ":".join(map(label, lacking[0]))
            expected = "after a minus, terms that stand before it"
            remedy = "Differences of columns are calculated inside I(), as in I(a - b)."
            self.source.refuse(piece, None, expected, remedy)
        return [term for term in terms if frozenset(term) not in gone]

    def _power(self, node: Operation, terms: list[Term]) -> list[Term]:
        """``(a + b)**2``: all products of that many."""
        power = node.right.value if isinstance(node.right, Number) else 0
        if len(terms) == 1:
            text = written(node.left)
            raise InputError(
                self.source.argument,
                expected="powers of a variable inside I()",
                got=(
                    f"{shortened(text)}** in {shortened(self.source.text)!r}, which means "
                    f"{shortened(text)} alone"
                ),
                remedy=f"Write I({shortened(text)}**2); (a + b)**2 stands for a + b + a:b.",
            )
        if not isinstance(power, int) or not 1 <= power <= MAX_CROSSED:
            expected = f"a whole number from 1 to {MAX_CROSSED} after **"
            self.source.refuse(written(node.right), None, expected)
        products = terms
        for _ in range(power - 1):
            products = self._crossed(node, products, terms)
        return products

    def _crossed(
        self,
        node: Operation,
        left: list[Term],
        right: list[Term],
    ) -> list[Term]:
        """The products of all terms of one side with all of the other."""
        if (
            node.sign in ("*", ":")
            and len(left) == len(right) == 1
            and set(left[0]) & set(right[0])
        ):
            text = label((set(left[0]) & set(right[0])).pop())
            expected = "powers of a variable inside I()"
            self.source.refuse(written(node), None, expected, f"Write I({shortened(text)}**2).")
        # of (a + b)**2 many products are the same
        most = MAX_TERMS * (MAX_CROSSED if node.sign == "**" else 1)
        if len(left) * len(right) > most:
            self._check_number(len(left) * len(right))
        products = self._united([(*one, *other) for one in left for other in right])
        if any(len(term) > MAX_CROSSED for term in products):
            expected = f"products of at most {MAX_CROSSED} variables"
            self.source.refuse(written(node), None, expected)
        return products

    def _united(self, *lists: list[Term]) -> list[Term]:
        """Terms of several lists, each once, with each factor once."""
        united: dict[frozenset[Node], Term] = {}
        for term in (term for terms in lists for term in terms):
            united.setdefault(frozenset(term), tuple(dict.fromkeys(term)))
        self._check_number(len(united))
        return list(united.values())

    def _check_number(self, number: int) -> None:
        if number > MAX_TERMS:
            raise InputError(
                self.source.argument,
                expected=f"at most {MAX_TERMS} terms",
                got=f"{number} or more in {shortened(self.source.text)!r}",
                remedy="Cross fewer variables.",
            )


def _summands(node: Node) -> list[tuple[str, Node]]:
    """The parts of a sum with their signs, in their order."""
    parts: list[tuple[str, Node]] = []
    while isinstance(node, Operation) and node.sign in ("+", "-"):
        parts.append(_signed(node.sign, node.right))
        node = node.left
    parts.append(_signed("+", node))
    return parts[::-1]


def _signed(sign: str, node: Node) -> tuple[str, Node]:
    """A part with the signs before it put together: ``x + -z`` takes z out."""
    while isinstance(node, Sign):
        sign = sign if node.sign == "+" else {"+": "-", "-": "+"}[sign]
        node = node.operand
    return sign, node
