"""Marginal changes: how the regressors of a formula change with one of its variables.

A regressor that has its variable to itself changes alone. Where several terms share a variable
(``x`` and ``I(x**2)``, ``x:z``, ``x:C(kind)``) they change together, and how much depends on where
all stand: each gets its derivative by the variable there, or, for a category, its difference between
two levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import InputError, OptionError, first_five, suggestion
from .formula import Design, Scope
from .grammar import read_factor
from .panel import Panel
from .terms import is_category, read_formula
from .tree import Call, Name, Node, calls_of, children, label

if TYPE_CHECKING:
    from .evaluation import Computation

# a column of the panel, and how many periods before
Variable = tuple[str, int]

# Derivatives by a five-point rule: exact for powers up to four, and else good to the fourth power
# of the step. Of the steps tried, as shares of the variable's size, that is taken whose neighbours
# agree with it best.
POINTS = np.array([-2.0, -1.0, 1.0, 2.0])
RULE = np.array([1.0, -8.0, 8.0, -1.0]) / 12.0
STEPS = 10.0 ** np.arange(-2, -7, -1)


@dataclass(frozen=True, eq=False)
class MarginalChange:
    """A change whose effect can be asked for.

    Attributes
    ----------
    label : str
        What changes by one: a term, a variable, or a category from its base to another level.
    weights : dict
        Regressor -> how much it changes.
    """

    label: str
    weights: dict[str, float]


def marginal_changes(
    panel: Panel,
    design: Design,
    at: Mapping[str, Any] | None,
) -> tuple[tuple[MarginalChange, ...], dict[str, Any]]:
    """The marginal changes of a design, in the order of its terms, and the values of the variables
    at which they are taken.

    Parameters
    ----------
    panel : Panel
    design : Design
        Made of `panel`.
    at : mapping, optional
        Column -> value, where terms share variables; numbers that are not given stand at their
        means over the sample.

    Raises
    ------
    OptionError
        Terms share variables and `at` is None, or `at` names columns that matter to none, lacks a
        category, or cannot be computed with.
    """
    if at is not None and not isinstance(at, Mapping):
        raise OptionError(
            "at",
            expected="None or a mapping such as {column: value}",
            got=repr(at),
            remedy='Write the column and its value in braces: {"age": 40}.',
        )
    terms = [name for name in design.terms if name not in design.never_lagged]
    joint = _joint_terms(design, terms)
    _check_spatial(design, joint)
    if joint and at is None:
        raise OptionError(
            "at",
            expected="values at which to take the effects of variables that several terms share",
            got=f"none, with {first_five(joint)}",
            remedy=(
                "An interaction or power has no impact of its own. Pass at={} for the means, "
                "or at={column: value}."
            ),
        )
    if not joint:
        _check_known(at or {}, set())
        return tuple(MarginalChange(name, {name: 1.0}) for name in terms), {}
    point = _Point(panel, design, joint, dict(at or {}))
    changes: list[MarginalChange] = []
    done: set[Variable] = set()
    for name in terms:
        if name not in joint:
            changes.append(MarginalChange(name, {name: 1.0}))
            continue
        for variable in _variables_of(design, name):
            if variable not in done and variable[0] not in (panel.time, panel.unit):
                changes += point.changes_of(variable)
            done.add(variable)
    return tuple(changes), point.where


def marginal_change(
    panel: Panel,
    design: Design,
    label: str,
    at: Mapping[str, Any] | None,
) -> MarginalChange:
    """One marginal change by its label, which needs `at` only if its own terms share variables.

    Raises
    ------
    InputError
        Nothing has that label.
    OptionError
        As `marginal_changes`.
    """
    terms = [name for name in design.terms if name not in design.never_lagged]
    joint = _joint_terms(design, terms)
    if label in terms and label not in joint:
        return MarginalChange(label, {label: 1.0})
    known = [name for name in terms if name not in joint]
    if joint and (
        at is not None or label in joint or any(label in design.variables[name] for name in joint)
    ):
        changes = {change.label: change for change in marginal_changes(panel, design, at)[0]}
        if label in changes:
            return changes[label]
        known = list(changes)
    raise InputError(
        "term",
        expected=f"a regressor, of {first_five(known)}",
        got=repr(label),
        remedy="Choose one of these labels.",
    )


def _check_known(at: Mapping[str, Any], known: set[str]) -> None:
    unknown = [name for name in at if name not in known]
    if unknown:
        raise OptionError(
            "at",
            expected=f"columns of terms that share variables, of {first_five(sorted(known))}"
            if known
            else "nothing: no terms of the formula share variables",
            got=first_five(unknown),
            remedy="Leave the others out.",
        )


def _check_spatial(design: Design, joint: list[str]) -> None:
    spatial = [
        name for name in joint if any("W" in calls_of(tree) for tree in _factors_of(design, name))
    ]
    if spatial:
        raise OptionError(
            "formula",
            expected="no W() in terms that share a variable with others, for impacts",
            got=first_five(spatial),
            remedy="Let the model lag the regressors: a model with lags of X, and durbin=.",
        )


def _joint_terms(design: Design, terms: list[str]) -> list[str]:
    """Products, and terms that share a variable with another; the dummies of one category do not
    count as several.
    """
    variables = {name: set(_variables_of(design, name)) for name in terms}

    def shares(one: str, other: str) -> bool:
        same = design.factors[one] == design.factors[other]
        return bool(variables[one] & variables[other]) and not (
            same and is_category(_factors_of(design, one)[0])
        )

    return [
        name
        for name in terms
        if len(design.factors[name]) > 1
        or any(shares(name, other) for other in terms if other != name)
    ]


def _factors_of(design: Design, name: str) -> list[Node]:
    """The factors of a term as trees."""
    return [_tree(factor, design.variables[name]) for factor in design.factors[name]]


def _tree(factor: str, variables: frozenset[str]) -> Node:
    """A factor as a tree; a column is called by its own name, without backticks."""
    return Name(factor) if factor in variables else read_factor(factor)


def _variables_of(design: Design, name: str) -> list[Variable]:
    """The variables of a term in the order in which they stand there, with their lags in time."""
    return list(
        dict.fromkeys(variable for tree in _factors_of(design, name) for variable in _walk(tree))
    )


def _walk(
    node: Node,
    depth: int = 0,
    without: Node | None = None,
) -> Iterator[Variable]:
    """The variables in a tree, but for those in a part of it."""
    if node == without:
        return
    if isinstance(node, Name):
        yield node.name, depth
    if isinstance(node, Call) and node.function == "lag":
        depth += node.option("k", 1)
    for child in children(node):
        yield from _walk(child, depth, without)


class _Point:
    """A formula at one point: all variables at given values, in all periods alike."""

    def __init__(
        self,
        panel: Panel,
        design: Design,
        joint: list[str],
        at: dict[str, Any],
    ) -> None:
        self.panel, self.design, self.joint = panel, design, joint
        self.formula = read_formula(design.formula)
        self.learned = design.learned
        self.columns = sorted({column for names in design.variables.values() for column in names})
        involved = {column for name in joint for column in design.variables[name]}
        _check_known(at, involved)
        self.categories = {
            column
            for name in joint
            for tree in _factors_of(design, name)
            if is_category(tree)
            for column, _ in _walk(tree)
        }
        self.where = {
            column: self._value(column, at) for column in self.columns if column in involved
        }

    def _sample(self, column: str) -> np.ndarray:
        """Values of a column over the sample."""
        periods = np.array(self.design.periods)
        if column == self.panel.time:
            return periods
        if column == self.panel.unit:
            return np.array(self.panel.units)
        values = self.panel.columns[column][np.isin(self.panel.periods, periods)]
        if self.design.observed is None:
            return values
        kept = values[self.design.observed]
        # of a variable that stands in lag() alone some cells of the sample may be missing
        known: np.ndarray = kept[~pd.isna(kept)]
        return known

    def _value(self, column: str, at: dict[str, Any]) -> Any:
        """Where a variable stands: as given, or at its mean; a category that matters must be
        given.
        """
        values = self._sample(column)
        if column in self.categories:
            levels = list(dict.fromkeys(values.ravel().tolist()))
            if column in at and at[column] not in levels:
                raise OptionError(
                    "at",
                    expected=f"{column!r} one of {first_five(levels)}",
                    got=repr(at[column]),
                    remedy=suggestion(at[column], levels),
                )
            return at.get(column)
        if column not in at:
            return float(np.mean(values.astype(float)))
        try:
            return float(at[column])
        except (TypeError, ValueError):
            raise OptionError(
                "at",
                expected=f"a number for {column!r}",
                got=repr(at[column]),
                remedy="Write a number without quotes.",
            ) from None

    def _rows(self, changes: list[dict[Variable, Any]]) -> np.ndarray:
        """The regressors in the last of `design.lost` + 1 periods, (R, K), with some variables changed in
        some periods.
        """
        from .evaluation import Computation, make_again

        R, T = len(changes), self.design.lost + 1
        frame = pd.DataFrame(
            {column: self._grid(column, changes, T).ravel() for column in self.columns}
        )
        axes: Any = SimpleNamespace(
            present=np.ones((T, R), bool),
            periods=tuple(range(T)),
            units=tuple(range(R)),
            time=self.panel.time,
        )
        # outside a function's domain there is NaN, and no error: the steps of a derivative may step
        # there
        functions = Scope(axes, lambda values: values).functions() | {
            "log": np.log,
            "log1p": np.log1p,
        }
        regressors = {factor for term in self.formula.terms for factor in term}
        with np.errstate(all="ignore"):
            values = self._computed(Computation(frame, functions, self.learned.state), regressors)
            matrix = make_again(self.learned.regressors, values, frame.index)
        last: np.ndarray = matrix.to_numpy(dtype=float).reshape(T, R, -1)[-1]
        return last

    def _computed(self, computation: Computation, factors: set[Node]) -> dict[str, Any]:
        try:
            return computation.values(factors)
        except InputError as error:  # a spline near the ends of its range
            raise OptionError(
                "at",
                expected=error.expected,
                got=error.got,
                remedy="Choose values inside it.",
            ) from None

    def _grid(
        self,
        column: str,
        changes: list[dict[Variable, Any]],
        T: int,
    ) -> np.ndarray:
        values = self._sample(column)
        base = self.where.get(column)
        if base is None:  # of no importance to the terms asked for, but something must stand there
            base = values.ravel()[0]
        is_number = column not in self.categories and values.dtype != object
        grid = np.full((T, len(changes)), base, dtype=float if is_number else object)
        for r, change in enumerate(changes):
            for (name, depth), value in change.items():
                if name == column:
                    grid[T - 1 - depth, r] = value
        return grid if is_number else grid.astype(values.dtype)

    def changes_of(self, variable: Variable) -> list[MarginalChange]:
        """The marginal changes of one variable."""
        group = [name for name in self.joint if variable in _variables_of(self.design, name)]
        self._check_partners(variable, group)
        if variable[0] in self.categories:
            return self._contrasts(variable, group)
        slopes = dict(zip(self.design.terms, self._slopes(variable), strict=True))
        label, unit = self._unit(variable, group), 1.0
        if label in slopes:
            unit = slopes[label]
        weights = {name: float(slopes[name] / unit) if unit else np.nan for name in group}
        if not np.isfinite(list(weights.values())).all():
            shown = {
                column: self.where[column]
                for name in group
                for column in sorted(self.design.variables[name])
            }
            raise OptionError(
                "at",
                expected=f"values at which {label} has a finite derivative",
                got=f"{shown}",
                remedy="Choose another value, within those of the data.",
            )
        return [MarginalChange(label, weights)]

    def _check_partners(self, variable: Variable, group: list[str]) -> None:
        """Categories that a variable is crossed with must be given."""
        partners = {
            column for name in group for column in self.design.variables[name]
        } & self.categories - {variable[0]}
        lacking = sorted(column for column in partners if self.where[column] is None)
        if lacking:
            level = self._sample(lacking[0]).ravel().tolist()[0]
            raise OptionError(
                "at",
                expected=(
                    f"a level of {first_five(lacking)}, on which the effect of {variable[0]!r} depends"
                ),
                got="none",
                remedy=f"For instance at={{{lacking[0]!r}: {level!r}}}.",
            )

    def _slopes(self, variable: Variable) -> np.ndarray:
        """Derivatives of all regressors by a variable, (K,)."""
        value, values = self.where[variable[0]], self._sample(variable[0]).astype(float)
        size = max(abs(value), float(np.std(values))) or 1.0
        steps = STEPS * size
        rows = self._rows([{variable: value + point * step} for step in steps for point in POINTS])
        tried = (
            np.einsum("p,spk->sk", RULE, rows.reshape(len(steps), len(POINTS), -1)) / steps[:, None]
        )
        gaps = np.abs(np.diff(tried, axis=0))
        best = np.argmin(np.where(np.isfinite(gaps), gaps, np.inf), axis=0)
        slopes: np.ndarray = np.take_along_axis(tried, best[None], axis=0)[0]
        return slopes

    def _unit(self, variable: Variable, group: list[str]) -> str:
        """What changes by one: a term through which alone the variable enters, such as ``log(x)``, or
        the variable.
        """
        for name in group:
            factors = self.design.factors[name]
            several = [
                other for other in group if other != name and self.design.factors[other] == factors
            ]
            if len(factors) > 1 or several or _variables_of(self.design, name) != [variable]:
                continue
            if all(self._enters_through(factors[0], variable, other) for other in group):
                return name
        column, depth = variable
        return f"lag({column}, {depth})" if depth else column

    def _enters_through(
        self,
        part: str,
        variable: Variable,
        name: str,
    ) -> bool:
        inner = _tree(part, self.design.variables[name])
        return not any(
            variable in _walk(tree) and variable in _walk(tree, without=inner)
            for tree in _factors_of(self.design, name)
            if tree != inner
        )

    def _contrasts(self, variable: Variable, group: list[str]) -> list[MarginalChange]:
        """Of a category: from its base to each other level."""
        column = variable[0]
        factor = next(
            tree
            for name in group
            for tree in _factors_of(self.design, name)
            if is_category(tree) and (column, 0) in _walk(tree)
        )
        base = self.learned.reference(factor)
        levels = [level for level in self.learned.levels(factor) if level != base]
        start, *rows = self._rows([{variable: level} for level in (base, *levels)])
        columns = [self.design.terms.index(name) for name in group]
        return [
            MarginalChange(
                f"{label(factor)}[T.{level}]",
                dict(zip(group, (row - start)[columns].tolist(), strict=True)),
            )
            for level, row in zip(levels, rows, strict=True)
        ]
