"""Formula -> design: named (T, N) arrays, every cell accounted for (parsing by formulaic).

Functions known inside a formula: ``log``, ``log1p``, ``asinh``, ``exp``, ``sqrt``, ``lag(x, k)`` within a unit,
``W(x)``, and ``C()`` for categories. No row is ever dropped in silence: a missing cell is named, and the periods that a
lag uses up are stated in `Design.lost`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import DataError, InputError, first_five
from .schema import check_cells

if TYPE_CHECKING:
    from .panel import Panel

Lag = Callable[[np.ndarray], np.ndarray]

# functions whose argument must lie above a limit: a cell below it is named, not turned into NaN
_LIMITS = {"log": 0.0, "log1p": -1.0}


@dataclass(frozen=True, eq=False)
class Design:
    """What a formula says of a panel, before any transformation.

    Attributes
    ----------
    formula : str
    outcome : str
        Name of the outcome's expression.
    y : array of shape (T, N)
    terms : tuple of str, length K
        Names of the regressors; ``Intercept`` first where there is one.
    X : array of shape (T, N, K)
    units, periods : tuple
        Labels of the axes.
    variables : dict
        Term -> columns of the panel that it uses.
    factors : dict
        Term -> expressions whose product it is; the terms of one category or spline share theirs.
    never_lagged : frozenset of str
        Terms that get no W term: the intercept and dummies of the period.
    lost : int
        Periods at the start of the panel that were used up by `lag`.
    """

    formula: str
    outcome: str
    y: np.ndarray
    terms: tuple[str, ...]
    X: np.ndarray
    units: tuple[Any, ...]
    periods: tuple[int, ...]
    variables: dict[str, frozenset[str]]
    factors: dict[str, tuple[str, ...]]
    never_lagged: frozenset[str]
    lost: int

    def only(self, wanted: set[str], formula: str) -> Design:
        """The design of `formula`, whose terms are the `wanted` of this one."""
        terms = tuple(name for name in self.terms if name in wanted)
        return replace(
            self,
            formula=formula,
            terms=terms,
            X=self.X[:, :, [self.terms.index(name) for name in terms]],
            variables={name: self.variables[name] for name in terms},
            factors={name: self.factors[name] for name in terms},
            never_lagged=self.never_lagged & wanted,
        )


def build_design(panel: Panel, formula: str, spatial_lag: Lag | None = None) -> Design:
    """The design of a two-sided formula on a balanced panel.

    Parameters
    ----------
    panel : Panel
    formula : str
        For instance ``"log1p(density) ~ log(gdp_pc) + lag(policy, 1)"``. An intercept is implied, as in R.
    spatial_lag : function, optional
        (T, N) array -> its spatial lag, for ``W(x)`` in the formula.

    Raises
    ------
    InputError
        The formula cannot be read.
    DataError
        A column is unknown, cells that the formula uses are missing, not numbers (outside ``C()``), not finite or
        outside a function's domain, or a lag meets a gap in the years.
    """
    key = (formula, None if spatial_lag is None else id(spatial_lag))
    if spatial_lag is None and key in panel._cache:
        return panel._cache[key]
    parsed = parse(formula)
    matrices, lost = matrices_of(panel, parsed, formula, spatial_lag)
    T, N = panel.present.shape
    y = matrices.lhs.to_numpy(dtype=float).reshape(T, N, -1)
    X = matrices.rhs.to_numpy(dtype=float).reshape(T, N, -1)
    _check_outcome(panel, parsed, formula)
    if y.shape[2] != 1:
        raise InputError("formula", expected="one numeric outcome", got=repr(str(parsed.lhs)))
    terms = tuple(str(name) for name in matrices.rhs.columns)
    _check_finite(panel, (matrices.lhs.columns[0], *terms), np.concatenate([y, X], axis=2), lost)
    for values in (y, X):
        values.setflags(write=False)  # the design is kept for the next fit
    found = _columns(matrices.rhs, panel, formula)
    used = {name: variables for name, (variables, _) in found.items()}
    design = Design(
        formula,
        str(matrices.lhs.columns[0]),
        y[lost:, :, 0],
        terms,
        X[lost:],
        panel.units,
        panel.periods[lost:],
        used,
        {name: factors for name, (_, factors) in found.items()},
        frozenset(name for name in terms if used[name] <= {panel.time}),
        lost,
    )
    if spatial_lag is None:
        panel._cache[key] = design
    return design


def matrices_of(panel: Panel, parsed: Any, formula: str, spatial_lag: Lag | None) -> tuple[Any, int]:
    """formulaic's matrices of both sides, and the number of periods that lags use up."""
    scope = Scope(panel, spatial_lag)
    frame = _long(panel, _used(panel, parsed, formula))
    matrices = _evaluate(parsed, frame, scope, formula)
    lost = scope.deepest
    if lost and any(name == "C" for name in map(str, matrices.rhs.model_spec.variables)):
        # a level that stands only in the lost periods must not become the base of the dummies
        matrices = _evaluate(parsed, _without_lost_levels(frame, panel, lost), scope, formula)
    return matrices, lost


def evaluate(panel: Panel, expression: str) -> np.ndarray:
    """One expression as a complete array of shape (T, N), finite numbers only."""
    if not isinstance(expression, str):
        raise DataError("column", expected="a column or an expression, as text", got=repr(expression))
    if expression in panel.columns:
        check_cells(_long(panel, [expression]), unit=panel.unit, time=panel.time, numbers=[expression], categories=[])
        return panel.columns[expression]
    design = build_design(panel, f"{expression} ~ 1")
    if design.lost:
        raise InputError("expression", expected="an expression without lag()", got=repr(expression))
    return design.y


def parse(formula: str) -> Any:
    from formulaic import Formula, SimpleFormula
    from formulaic.errors import FormulaicError

    if not isinstance(formula, str):
        raise InputError("formula", expected="a text such as 'y ~ x1 + x2'", got=type(formula).__name__)
    shape = "one outcome and one right-hand side, as in 'y ~ x1 + x2'"
    _check_signs(formula)
    try:
        parsed = Formula(formula)
    except (FormulaicError, SyntaxError) as error:
        reason = str(error).splitlines()[0]
        raise InputError("formula", expected=shape, got=repr(formula), remedy=reason) from None
    sides = [getattr(parsed, side, None) for side in ("lhs", "rhs")]
    if not all(isinstance(side, SimpleFormula) for side in sides) or len(parsed.lhs) != 1:
        raise InputError("formula", expected=shape, got=repr(formula))
    return parsed


def factors_of(formula: str) -> set[tuple[str, ...]]:
    """What the terms of the right-hand side are products of, as in `Design.factors`."""
    return {_factors(term) for term in parse(formula).rhs}


def _factors(term: Any) -> tuple[str, ...]:
    return tuple(factor.expr for factor in term.factors if factor.eval_method.value != "literal")


def _check_signs(formula: str) -> None:
    """Refuse signs that do not calculate.

    ``a - b`` as an outcome would be a, the term b taken out of it; ``x**2`` crosses x with itself, which is x.
    """
    from formulaic.errors import FormulaicError
    from formulaic.parser.algos.tokenize import tokenize

    try:
        tokens = list(tokenize(formula))
    except (FormulaicError, SyntaxError):
        return  # what is wrong is said by the parser
    outcome = list(takewhile(lambda token: token.token != "~", tokens))
    if any(token.kind.value == "operator" and token.token in ("+", "-", "*", "/") for token in outcome):
        text = formula.partition("~")[0].strip()
        raise InputError(
            "formula",
            expected="one outcome and one right-hand side, with sums and differences of columns inside I()",
            got=repr(text),
            remedy=f"Write I({text}).",
        )
    for token, sign in zip(tokens, tokens[1:], strict=False):
        if sign.token in ("**", "^") and token.kind.value != "context":
            raise InputError(
                "formula",
                expected="powers of a variable inside I()",
                got=f"{token.token}{sign.token} in {formula!r}, which means {token.token} alone",
                remedy=f"Write I({token.token}**2); (a + b)**2 stands for a + b + a:b.",
            )


def _used(panel: Panel, parsed: Any, formula: str) -> list[str]:
    """The panel's columns that the formula uses, known and with cells that it can use, or an error."""
    known = {*panel.columns, panel.unit, panel.time}
    names = {name for name in _value_names(parsed) if not _matching(name, known, formula)}
    if names:
        unknown = sorted(names)
        near = get_close_matches(unknown[0], sorted(known), n=1)
        raise DataError(
            "formula",
            expected="columns of the panel",
            got=f"unknown {first_five(unknown)} in {formula!r}",
            remedy=f"Did you mean {near[0]!r}?" if near else f"The panel has {first_five(sorted(panel.columns))}.",
        )
    numbers, categories = _roles(panel, parsed, formula)
    columns = [*numbers, *categories]
    check_cells(_long(panel, columns), unit=panel.unit, time=panel.time, numbers=numbers, categories=categories)
    return columns


def _roles(panel: Panel, parsed: Any, formula: str) -> tuple[list[str], list[str]]:
    """The panel's columns that the formula uses as numbers, and those that stand in ``C()`` only; both sorted."""
    from formulaic import Formula

    found: dict[bool, set[str]] = {True: set(), False: set()}
    for term in (*parsed.lhs, *parsed.rhs):
        for factor in term.factors:
            if factor.eval_method.value != "literal":
                names = _value_names(Formula([factor.expr]))
                category = factor.expr.startswith("C(")
                found[category] |= {c for name in names for c in _matching(name, set(panel.columns), formula)}
                found[category] |= _arguments(factor.expr) & set(panel.columns)
    return sorted(found[False]), sorted(found[True] - found[False])


def _check_outcome(panel: Panel, parsed: Any, formula: str) -> None:
    """Refuse the outcome's own column among the regressors of its period: y on y, or W(y), which is endogenous."""
    (outcome,) = ({column for f in term.factors for column in _of_now(f.expr)} for term in parsed.lhs)
    outcome &= set(panel.columns)
    if len(outcome) != 1:
        return
    own = [f.expr for term in parsed.rhs for f in term.factors if outcome & _of_now(f.expr)]
    if own:
        raise InputError(
            "formula",
            expected=f"no {sorted(outcome)[0]!r} of the same period among the regressors of {formula!r}",
            got=first_five(dict.fromkeys(own)),
            remedy="Its spatial lag belongs to the model: SpatialLag, SpatialDurbin. lag() is of periods before.",
        )


def _of_now(expression: str) -> set[str]:
    """The names that a factor uses in the same period, outside ``lag()``."""

    class Before(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            is_lag = isinstance(node.func, ast.Name) and node.func.id == "lag"
            return ast.Constant(0) if is_lag else self.generic_visit(node)

    try:
        return _arguments(ast.unparse(Before().visit(ast.parse(expression, mode="eval"))))
    except SyntaxError:  # a name in backticks
        return {expression.strip("`")}


def _value_names(formula: Any) -> set[str]:
    """The names that a parsed formula uses as values, not as functions."""
    return {str(name) for name in formula.required_variables if any(role.value == "value" for role in name.roles)}


def _arguments(expression: str) -> set[str]:
    """The names that a factor uses as values; formulaic leaves out those in ``center()``, ``poly()`` and their like."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:  # a name in backticks, which formulaic finds
        return set()
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    functions |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions}


def _matching(name: str, known: set[str], formula: str) -> set[str]:
    """Which of `known` a name in the formula stands for: formulaic gives `a.b` in backticks as ``a``."""
    head = name.split(".")[0]
    return {head} & known or {column for column in known if column.split(".")[0] == head and f"`{column}`" in formula}


def _long(panel: Panel, columns: list[str]) -> pd.DataFrame:
    T, N = panel.present.shape
    index = {panel.unit: list(panel.units) * T, panel.time: np.repeat(panel.periods, N)}
    return pd.DataFrame({**index, **{name: panel.columns[name].ravel() for name in columns}})


def _without_lost_levels(frame: pd.DataFrame, panel: Panel, lost: int) -> pd.DataFrame:
    """The long frame with period and texts of the first `lost` periods put to those of the first that is kept."""
    T, N = panel.present.shape
    texts = [name for name in frame.columns if name in panel.columns and panel.columns[name].dtype == object]
    filled = frame.copy()
    for name in (panel.time, *texts):
        filled[name] = np.concatenate(
            [np.tile(frame[name].to_numpy()[lost * N : (lost + 1) * N], lost), frame[name][lost * N :]]
        )
    return filled


def _evaluate(parsed: Any, frame: pd.DataFrame, scope: Scope, formula: str) -> Any:
    from formulaic import model_matrix
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):  # what is not finite is named below
            return model_matrix(parsed, frame, context=scope.functions(), na_action="ignore", ensure_full_rank=True)
    except ValueError as error:  # of formulaic's contrasts, which it does not wrap
        if isinstance(error, InputError):
            raise
        raise InputError(
            "formula", expected="terms that can be computed", got=repr(formula), remedy=str(error)
        ) from None
    except FormulaicError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, InputError):
            cause = cause.__cause__ or cause.__context__
        if isinstance(cause, InputError):
            raise cause from None
        reason = str(error).splitlines()[0]
        raise InputError("formula", expected="terms that can be computed", got=repr(formula), remedy=reason) from None


def _check_finite(panel: Panel, names: tuple[str, ...], values: np.ndarray, lost: int) -> None:
    wrong = np.argwhere(~np.isfinite(values[lost:]))
    if len(wrong):
        cells = [(panel.units[n], panel.periods[t + lost], names[k]) for t, n, k in wrong]
        raise DataError(
            "formula",
            expected="finite values",
            got=f"{len(cells)} (unit, period, term) that are not: {first_five(cells)}",
            remedy="Look for divisions by zero, overflow, or infinities in the data.",
        )


def _columns(matrix: Any, panel: Panel, formula: str) -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """Column of the design -> the panel's columns in it, and the factors of its term."""
    known = {*panel.columns, panel.unit, panel.time}
    spec = matrix.model_spec
    names = [str(name) for name in matrix.columns]
    found: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}
    for term, places in spec.term_indices.items():
        variables = [str(variable) for variable in spec.term_variables[term]]
        used = {column for variable in variables for column in _matching(variable, known, formula)}
        factors = _factors(term)
        used |= {column for factor in factors for column in _arguments(factor) & known}
        found |= {names[place]: (frozenset(used), factors) for place in places}
    return {name: found[name] for name in names}


class Scope:
    """The functions that a formula may call, bound to one panel's axes (T, N)."""

    def __init__(self, panel: Panel, spatial_lag: Lag | None) -> None:
        self.panel, self.spatial_lag, self.deepest = panel, spatial_lag, 0

    def functions(self) -> dict[str, Any]:
        plain = {name: self._limited(name, getattr(np, name)) for name in _LIMITS}
        return {**plain, "asinh": np.arcsinh, "exp": np.exp, "sqrt": np.sqrt, "lag": self.lag, "W": self.W}

    def _grid(self, values: Any) -> np.ndarray:
        return np.asarray(values, dtype=float).reshape(self.panel.present.shape)

    def _limited(self, name: str, function: Any) -> Any:
        limit = _LIMITS[name]

        def checked(values: Any) -> Any:
            grid = self._grid(values)
            cells = [(self.panel.units[n], self.panel.periods[t]) for t, n in np.argwhere(grid <= limit)]
            if cells:
                column = getattr(values, "name", None) or "its argument"
                raise DataError(
                    f"{name}({column})",
                    expected=f"values above {limit:g}",
                    got=f"{len(cells)} (unit, period) at or below: {first_five(cells)}",
                    remedy="Use log1p() or asinh() for values that may be zero, or mend the cells.",
                )
            return function(values)

        return checked

    def lag(self, values: Any, k: int = 1) -> pd.Series:
        """`values` of k periods before, within each unit; the first k periods are lost."""
        periods = np.array(self.panel.periods)
        if len(periods) < 2:
            raise InputError("lag", expected="a panel of at least 2 periods", got=f"T = {len(periods)}")
        if not isinstance(k, int) or not 0 < k < len(periods):
            got = repr(k) if np.isscalar(k) else type(k).__name__
            raise InputError("lag", expected=f"a whole number of periods from 1 to {len(periods) - 1}", got=got)
        gaps = [int(a) for a, b in zip(periods, periods[1:], strict=False) if b - a != 1]
        if gaps:
            raise DataError(
                "lag",
                expected=f"{self.panel.time} without a gap",
                got=f"a gap after {first_five(gaps)}",
                remedy="Select a run of years without a gap: panel.select(periods=...).",
            )
        grid = self._grid(values)
        # a lag of a lag loses the sum of both: the leading rows without a value say how many are gone already
        gone = int(np.isnan(grid).all(axis=1).cumprod().sum())
        shifted = np.full(grid.shape, np.nan)
        shifted[k:] = grid[:-k]
        self.deepest = max(self.deepest, gone + k)
        return pd.Series(shifted.ravel(), index=getattr(values, "index", None))

    def W(self, values: Any) -> pd.Series:
        """The spatial lag of `values`."""
        if self.spatial_lag is None:
            raise InputError(
                "formula",
                expected="weights for W(x)",
                got="none",
                remedy="Pass weights to fit(); models with W terms of X take durbin= instead of W(x).",
            )
        return pd.Series(self.spatial_lag(self._grid(values)).ravel(), index=getattr(values, "index", None))
