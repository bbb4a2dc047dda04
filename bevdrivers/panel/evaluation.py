"""Computes the factors of a formula from their trees; formulaic makes columns and dummies of them.

Nothing is evaluated by Python, and formulaic is handed names and values and never a text:
`Computation` walks over the nodes of `grammar`, so that only the functions in its tables can run,
on columns of the frame and on numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula as DesignFormula, model_matrix
from formulaic.parser.types import Factor, Term as DesignTerm
from formulaic.transforms import C, ContrastsRegistry, basis_spline, center, poly, scale

from ..errors import InputError, first_five
from .language import COMPARISONS
from .terms import Formula, Term
from .tree import Call, Coded, Name, Node, Number, Sign, constant, label, written

Functions = Mapping[str, Callable[..., Any]]

OPERATORS: Functions = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
PLAIN: Functions = {
    "asinh": np.arcsinh,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "C": C,
}
# functions that keep what they learned of the sample, for new data
WITH_STATE: Functions = {
    "center": center,
    "scale": scale,
    "poly": poly,
    "bs": basis_spline,
}
CODINGS: Functions = {
    "contr.treatment": ContrastsRegistry.treatment,
    "contr.SAS": ContrastsRegistry.SAS,
    "contr.sum": ContrastsRegistry.sum,
    "contr.helmert": ContrastsRegistry.helmert,
    "contr.diff": ContrastsRegistry.diff,
    "contr.poly": ContrastsRegistry.poly,
}


@dataclass(frozen=True, eq=False)
class Computation:
    """Values of factors on one frame.

    Attributes
    ----------
    frame : DataFrame
        One row a (unit, period), with the columns that the formula names.
    functions : mapping
        The functions that know the panel: ``log``, ``log1p``, ``lag`` and ``W``.
    state : dict
        What ``center()`` and its like learn of the sample, by their texts; filled as they run, and
        gone by where it is known already.
    observed : array of shape (TN,) or None
        The rows that are kept, of which alone is learned; None for all.
    """

    frame: pd.DataFrame
    functions: Functions
    state: dict[str, Any] = field(default_factory=dict)
    observed: np.ndarray | None = None

    def values(self, factors: Iterable[Node]) -> dict[str, Any]:
        """Label -> values, of each factor."""
        return {label(factor): self._value(factor) for factor in factors}

    def _value(self, node: Node) -> Any:
        """A column of the frame, a number, or what a function or an operator made of them."""
        if isinstance(node, Number):
            return node.value
        number = constant(node)
        if number is not None:
            return number
        if isinstance(node, Name):
            return self.frame[node.name]
        if isinstance(node, Sign):
            value = self._value(node.operand)
            return -value if node.sign == "-" else +value
        if isinstance(node, Call):
            return self._called(node)
        result = OPERATORS[node.sign](self._value(node.left), self._value(node.right))
        return result.astype(float) if node.sign in COMPARISONS else result

    def _called(self, node: Call) -> Any:
        argument = self._value(node.argument)
        if node.function == "I":
            return argument
        options = {option.name: _made(option.value) for option in node.options}
        if node.function in WITH_STATE:
            state = self.state.setdefault(written(node), {})
            there = pd.notna(argument)
            if self.observed is not None:
                there = there & self.observed
                argument = self._within_range(node, argument, there)
            _check_range(node, argument, state)
            if not state and not np.all(there):
                # lag() has no value in the first periods, of which nothing is learned
                WITH_STATE[node.function](argument[there], **options, _state=state)
            return WITH_STATE[node.function](argument, **options, _state=state)
        function = self.functions.get(node.function) or PLAIN[node.function]
        return function(argument, **options)

    def _within_range(
        self,
        node: Call,
        argument: Any,
        there: Any,
    ) -> Any:
        """The argument of a spline, whose range ends at its knots, with some value that is there in
        place of those that are not; of other functions as it is.
        """
        return argument.where(there, argument[there].iloc[0]) if node.function == "bs" else argument


def _check_range(
    node: Call,
    values: Any,
    state: Mapping[str, Any],
) -> None:
    """Refuse values outside the range of a spline's knots, where it learned nothing."""
    if "knots" not in state:
        return
    low, high = state["lower_bound"], state["upper_bound"]
    values = np.asarray(values, dtype=float)
    outside = values[(values < low) | (values > high)]
    if len(outside):
        raise InputError(
            "panel",
            expected=(
                f"{written(node.argument)} from {low:.6g} to {high:.6g}, the range in which "
                f"{written(node)} was fitted"
            ),
            got=first_five(outside.tolist()),
            remedy="Leave out what lies beyond, or fit a polynomial: poly().",
        )


def _made(value: Any) -> Any:
    """The value of a further argument: a coding of categories is made here, others are literals."""
    if not isinstance(value, Coded):
        return value
    return CODINGS[value.function](**{option.name: option.value for option in value.options})


def make_matrices(
    formula: Formula,
    values: Mapping[str, Any],
    rows: pd.Index,
) -> Any:
    """formulaic's matrices of both sides, of values that are computed already."""
    sides = DesignFormula(
        lhs=[_design_term((formula.outcome,))],
        rhs=[_design_term(term) for term in formula.terms],
    )
    nothing = pd.DataFrame(index=rows)
    return model_matrix(
        sides,
        nothing,
        context=values,
        na_action="ignore",
        ensure_full_rank=True,
    )


def make_again(
    spec: Any,
    values: Mapping[str, Any],
    rows: pd.Index,
) -> Any:
    """The matrix of a spec that an earlier one left, of other values."""
    return spec.get_model_matrix(pd.DataFrame(index=rows), context=values)


def only_terms(spec: Any, formula: Formula) -> Any:
    """The part of a spec that makes the terms of a formula, their columns as they are."""
    wanted = {_design_term(term) for term in formula.terms}
    return spec.subset([term for term in spec.terms if term in wanted])


def _design_term(term: Term) -> Any:
    """A term as formulaic knows it: a product of values that it looks up by their labels."""
    if not term:
        return DesignTerm([Factor("1", eval_method="literal")])
    return DesignTerm([Factor(label(factor), eval_method="lookup") for factor in term])
