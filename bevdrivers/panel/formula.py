"""Formula -> design: named (T, N) arrays, every cell accounted for.

What a formula may say is in `language`; `grammar` reads it. No row and no term is ever dropped in
silence: a missing cell is named, and the periods that a lag uses up are stated in `Design.lost`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, InputError, first_five
from .grammar import shortened
from .language import LARGEST, MAX_CELLS
from .missing_cells import lost_by
from .observed import Observed as Panel
from .schema import check_cells
from .terms import INTERCEPT, Formula, Term, is_category, read_expression, read_formula
from .time_axis import TimeAxis
from .tree import Call, Name, Node, Number, children, columns_of, label, written

Lag = Callable[[np.ndarray], np.ndarray]

# functions whose argument must lie above a limit: a cell below it is named, not turned into NaN
_LIMITS = {"log": 0.0, "log1p": -1.0}


ONE_OUTCOME = "one numeric outcome"


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
    learned : Learned
        What the functions and categories of the formula learned of the panel.
    observed : array of shape (T, N) or None
        Which cells are there, those in the others being zero; None where all are.
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
    learned: Learned
    observed: np.ndarray | None = None

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
            learned=self.learned.only(read_formula(formula)),
        )


@dataclass(frozen=True, eq=False)
class Learned:
    """What a formula learned of the panel of its design, so that another panel is measured alike.

    Attributes
    ----------
    state : dict
        Text of a function -> its means, standard deviations, polynomials or knots.
    outcome, regressors : ModelSpec
        formulaic's records of both sides: the levels of categories, their codings, and which of
        their dummies a product has.
    """

    state: dict[str, Any]
    outcome: Any
    regressors: Any

    def only(self, formula: Formula) -> Learned:
        """What is learned for the terms of a formula that has fewer."""
        from .evaluation import only_terms

        return replace(self, regressors=only_terms(self.regressors, formula))

    def levels(self, factor: Node) -> list[Any]:
        """The levels of a category, in their order."""
        return list(self._coding(factor)["categories"])

    def reference(self, factor: Node) -> Any:
        """The level of a category with which its coding compares; the first where it has none."""
        contrasts = self._coding(factor)["contrasts"].contrasts
        return contrasts.get_drop_field(self.levels(factor), reduced_rank=False)

    def _coding(self, factor: Node) -> dict[str, Any]:
        found: dict[str, Any] = self.regressors.encoder_state[label(factor)][1]
        return found


def build_design(
    panel: Panel,
    formula: str,
    spatial_lag: Lag | None = None,
    observed: np.ndarray | None = None,
    needed_by: str = "",
) -> Design:
    """The design of a two-sided formula on a panel.

    Parameters
    ----------
    panel : Panel
    formula : str
        For instance ``"log1p(density) ~ log(gdp_pc) + lag(policy, 1)"``. An intercept is implied,
        as in R.
    spatial_lag : function, optional
        (T, N) array -> its spatial lag, for ``W(x)`` in the formula.
    observed : array of shape (T, N), optional
        The cells to keep, of `missing_cells.observed_cells`; all by default.
    needed_by : str
        What needs every cell where no such cells are given, for the message.

    Raises
    ------
    InputError
        The formula says something that is not of its language, or goes beyond its limits.
    DataError
        A column is unknown, cells that the formula uses are missing, not numbers (outside ``C()``),
        not finite or outside a function's domain, or a lag meets a gap in the years.
    """
    read = read_formula(formula)
    cells = Cells(observed, needed_by)
    if spatial_lag is not None or observed is not None:
        return _design(panel, read, spatial_lag, cells=cells)
    key = ("design", formula)
    if key not in panel._cache:
        panel._cache[key] = _design(panel, read, None, cells=cells)
    design: Design = panel._cache[key]
    return design


def design_like(
    design: Design,
    panel: Panel,
    spatial_lag: Lag | None = None,
    *,
    with_outcome: bool = True,
) -> Design:
    """The design of another panel, measured as that of the first: by its means, standard
    deviations, polynomials, knots, levels and codings.

    Parameters
    ----------
    design : Design
        Of the first panel.
    panel : Panel
        The other one, with any units and periods.
    spatial_lag : function, optional
        As `build_design` takes it.
    with_outcome : bool
        Whether the panel has the outcome. Without, `y` is zero.

    Raises
    ------
    InputError
        A category has levels that the first panel has not, or the argument of ``bs()`` leaves the
        range that it had there.
    DataError
        As `build_design`.
    """
    formula = read_formula(design.formula)
    if not with_outcome:
        formula = replace(formula, outcome=Number(0))
    other = _design(panel, formula, spatial_lag, design.learned)
    return replace(other, outcome=design.outcome)


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells that a design keeps.

    Attributes
    ----------
    observed : array of shape (T, N) or None
        None for all, none of which may be missing.
    needed_by : str
        What needs them all then, for the message.
    """

    observed: np.ndarray | None = None
    needed_by: str = ""

    @property
    def flat(self) -> np.ndarray | None:
        """The same by the rows of a long frame, (TN,)."""
        return None if self.observed is None else self.observed.ravel()


ALL = Cells()


def _design(
    panel: Panel,
    formula: Formula,
    spatial_lag: Lag | None,
    learned: Learned | None = None,
    cells: Cells = ALL,
) -> Design:
    matrices = _matrices(panel, formula, spatial_lag, learned, cells)
    lost = matrices.lost
    T, N = panel.present.shape
    y = matrices.lhs.to_numpy(dtype=float).reshape(T, N, -1)
    X = matrices.rhs.to_numpy(dtype=float).reshape(T, N, -1)
    _check_outcome(panel, formula)
    outcome = written(formula.outcome)
    if y.shape[2] != 1:
        raise InputError(
            "formula",
            expected=ONE_OUTCOME,
            got=repr(outcome),
            remedy="Write one column, or an expression of columns, before the ~.",
        )
    made = _columns(matrices.rhs, formula)
    terms = tuple(made)
    if cells.observed is not None:
        there = cells.observed[:, :, None]
        y, X = np.where(there, y, 0.0), np.where(there, X, 0.0)
    names, both = (label(formula.outcome), *terms), np.concatenate([y, X], axis=2)
    _check_finite(panel, names, both, lost)
    check_sizes(names, both[lost:])
    for values in (y, X):
        values.setflags(write=False)  # the design is kept for the next fit
    used = {name: frozenset(_named(term)) for name, term in made.items()}
    return Design(
        formula.text,
        label(formula.outcome),
        y[lost:, :, 0],
        terms,
        X[lost:],
        panel.units,
        panel.periods[lost:],
        used,
        {name: tuple(map(label, term)) for name, term in made.items()},
        frozenset(name for name in terms if used[name] <= {panel.time}),
        lost,
        matrices.learned,
        None if cells.observed is None else cells.observed[lost:],
    )


@dataclass(frozen=True, eq=False)
class _Matrices:
    """formulaic's matrices of both sides, the number of periods that lags use up, and what was
    learned.
    """

    lhs: Any
    rhs: Any
    lost: int
    learned: Learned


def _matrices(
    panel: Panel,
    formula: Formula,
    spatial_lag: Lag | None,
    learned: Learned | None,
    cells: Cells,
) -> _Matrices:
    """The matrices of a formula on all periods of a panel, by what was `learned` of another one
    where that is given.
    """
    frame = _long(panel, _used(panel, formula, cells))
    _check_size(formula, frame)
    scope = Scope(panel, spatial_lag, cells)
    with _errors_named(formula), np.errstate(all="ignore"):  # what is not finite is named below
        return _evaluate(formula, frame, scope, learned)


def evaluate(
    panel: Panel,
    expression: str,
    argument: str = "expression",
) -> np.ndarray:
    """One expression as a complete array of shape (T, N), finite numbers only.

    `argument` is what the caller's user calls the expression: errors name it.
    """
    try:
        return _evaluated(panel, expression)
    except InputError as error:
        if error.argument not in ("formula", "expression"):
            raise
        raise error.about(argument) from None


def _evaluated(panel: Panel, expression: str) -> np.ndarray:
    if not isinstance(expression, str):
        raise DataError(
            "expression",
            expected="a column or an expression, as text",
            got=repr(expression),
            remedy="Write the name of a column in quotes.",
        )
    if expression in panel.columns:
        check_cells(
            _long(panel, [expression]),
            unit=panel.unit,
            time=panel.time,
            numbers=[expression],
            categories=[],
        )
        column = panel.columns[expression]
        check_sizes((expression,), column[:, :, None])
        return column
    formula = Formula(expression, read_expression(expression), (INTERCEPT,))
    try:
        design = _design(panel, formula, None)
    except InputError as error:
        if error.expected != ONE_OUTCOME:
            raise
        raise InputError(
            "expression",
            expected="a column of numbers, or an expression of such columns",
            got=f"{expression!r}, which is none",
            remedy="Name a column of numbers.",
        ) from None
    if design.lost:
        raise InputError(
            "expression",
            expected="an expression without lag()",
            got=repr(expression),
            remedy="Make a column of it first: panel.with_columns(new=...).",
        )
    return design.y


def factors_of(formula: str) -> set[tuple[str, ...]]:
    """What the terms of the right-hand side are products of, as in `Design.factors`."""
    return {tuple(map(label, term)) for term in read_formula(formula).terms}


def _named(term: Term) -> set[str]:
    """The columns that a term names."""
    return {name for factor in term for name in columns_of(factor)}


def _used(
    panel: Panel,
    formula: Formula,
    cells: Cells,
) -> list[str]:
    """The panel's columns that the formula uses, known and with cells that it can use, or an
    error.
    """
    known = {*panel.columns, panel.unit, panel.time}
    unknown = sorted(set(formula.columns) - known)
    if unknown:
        near = get_close_matches(unknown[0], sorted(known), n=1)
        raise DataError(
            "formula",
            expected="columns of the panel",
            got=f"unknown {first_five(unknown)} in {shortened(formula.text)!r}",
            remedy=f"Did you mean {near[0]!r}?"
            if near
            else f"The panel has {first_five(sorted(panel.columns))}.",
        )
    numbers, categories = _roles(panel, formula)
    columns = [*numbers, *categories]
    check_cells(
        _long(panel, columns),
        unit=panel.unit,
        time=panel.time,
        numbers=numbers,
        categories=categories,
        may_lack=cells.observed is not None,
        needed_by=cells.needed_by,
    )
    return columns


def _roles(panel: Panel, formula: Formula) -> tuple[list[str], list[str]]:
    """The panel's columns that the formula uses as numbers, and those that stand in ``C()`` only;
    both sorted.
    """
    columns: dict[bool, set[str]] = {True: set(), False: set()}
    for factor in formula.factors:
        columns[is_category(factor)] |= set(columns_of(factor)) & set(panel.columns)
    return sorted(columns[False]), sorted(columns[True] - columns[False])


def _check_outcome(panel: Panel, formula: Formula) -> None:
    """Refuse the outcome's own column among the regressors of its period: y on y, or W(y), which is
    endogenous.
    """
    outcome = _of_now(formula.outcome) & set(panel.columns)
    if len(outcome) != 1:
        return
    own = [label(factor) for term in formula.terms for factor in term if outcome & _of_now(factor)]
    if own:
        raise InputError(
            "formula",
            expected=(
                f"no {sorted(outcome)[0]!r} of the same period among the regressors of "
                f"{formula.text!r}"
            ),
            got=first_five(dict.fromkeys(own)),
            remedy=(
                "Its spatial lag belongs to the model: SpatialLag, SpatialDurbin. lag() is of "
                "periods before."
            ),
        )


def _of_now(node: Node) -> set[str]:
    """The columns that a factor uses in the same period, outside ``lag()``."""
    if isinstance(node, Name):
        return {node.name}
    if isinstance(node, Call) and node.function == "lag":
        return set()
    return {name for child in children(node) for name in _of_now(child)}


def _long(panel: Panel, columns: list[str]) -> pd.DataFrame:
    T, N = panel.present.shape
    index = {panel.unit: list(panel.units) * T, panel.time: np.repeat(panel.periods, N)}
    return pd.DataFrame({**index, **{name: panel.columns[name].ravel() for name in columns}})


def _without_lost_levels(
    frame: pd.DataFrame,
    formula: Formula,
    scope: Scope,
    lost: int,
) -> pd.DataFrame:
    """The long frame with the categories of the periods that lags lose put to those of the first
    that is kept, and those of cells that are not observed to those of the first that is.
    """
    N, observed = len(scope.panel.units), scope.cells.flat
    filled = frame.copy()
    for name in formula.categories:
        column = frame[name].to_numpy()
        if observed is not None:
            filled[name] = np.where(observed, column, column[observed.argmax()])
            continue
        first = column[lost * N : (lost + 1) * N]
        filled[name] = np.concatenate([np.tile(first, lost), column[lost * N :]])
    return filled


def _check_size(formula: Formula, frame: pd.DataFrame) -> None:
    """Refuse dummies of so many categories that their matrix would not fit into memory."""
    sizes = {factor: _width(factor, frame) for factor in formula.factors}
    width = sum(math.prod(sizes[factor] for factor in term) for term in formula.terms)
    if width * len(frame) > MAX_CELLS:
        raise InputError(
            "formula",
            expected=f"at most {MAX_CELLS:,} cells, observations times regressors",
            got=(
                f"{len(frame)} observations and {width} regressors from {shortened(formula.text)!r}"
            ),
            remedy="Take out effects of many categories with fixed_effects= or absorb=.",
        )


def _width(factor: Node, frame: pd.DataFrame) -> int:
    """How many regressors a factor makes at most."""
    texts = isinstance(factor, Name) and frame[factor.name].dtype == object  # the ids of units
    if texts or is_category(factor):
        (column,) = columns_of(factor)
        return int(frame[column].nunique(dropna=False))
    if not isinstance(factor, Call):
        return 1
    return max(factor.option("degree", 1), factor.option("df", 1))


def _evaluate(
    formula: Formula,
    frame: pd.DataFrame,
    scope: Scope,
    learned: Learned | None,
) -> _Matrices:
    from .evaluation import Computation, make_again, make_matrices

    state = {} if learned is None else learned.state
    lost = lost_by(formula)
    computation = Computation(frame, scope.functions(), state, scope.cells.flat)
    values = computation.values(formula.factors)
    categories = list(filter(is_category, formula.factors))
    if categories and (lost or scope.cells.observed is not None):
        # a level that stands only in cells that are not kept must not become the base of the dummies
        frame = _without_lost_levels(frame, formula, scope, lost)
        values |= replace(computation, frame=frame).values(categories)
    if learned is None:
        made = make_matrices(formula, values, frame.index)
        specs = (made.lhs.model_spec, made.rhs.model_spec)
        return _Matrices(made.lhs, made.rhs, lost, Learned(state, *specs))
    _check_levels(formula, frame, learned)
    y = pd.DataFrame(0.0, index=frame.index, columns=["0"])
    if formula.outcome != Number(0):
        y = make_again(learned.outcome, values, frame.index)
    X = make_again(learned.regressors, values, frame.index)
    return _Matrices(y, X, lost, learned)


@contextmanager
def _errors_named(formula: Formula) -> Iterator[None]:
    """Turns what goes wrong below, in numpy or formulaic, into an error about the formula."""
    from formulaic.errors import FormulaicError

    try:
        yield
    except InputError:
        raise
    except (FormulaicError, ValueError, TypeError, ArithmeticError) as error:
        reason = shortened(str(error).partition("\n")[0], 200)
        text = repr(shortened(formula.text))
        raise InputError(
            "formula",
            expected="terms that can be computed",
            got=text,
            remedy=reason,
        ) from None


def _check_levels(
    formula: Formula,
    frame: pd.DataFrame,
    learned: Learned,
) -> None:
    """Refuse levels of categories that the first panel does not have."""
    for factor in filter(is_category, formula.factors):
        (column,) = columns_of(factor)
        known = learned.levels(factor)
        new = sorted(set(frame[column].unique()) - {*known})
        if new:
            raise InputError(
                "panel",
                expected=f"categories of {column!r} that the fit knows, of {first_five(known)}",
                got=first_five(new),
                remedy=(
                    "Leave out the units and periods that have them, or fit the model on data "
                    "with them."
                ),
            )


def _check_finite(
    panel: Panel,
    names: tuple[str, ...],
    values: np.ndarray,
    lost: int,
) -> None:
    wrong = np.argwhere(~np.isfinite(values[lost:]))
    if len(wrong):
        cells = [(panel.units[n], panel.periods[t + lost], names[k]) for t, n, k in wrong]
        raise DataError(
            "formula",
            expected="finite values",
            got=f"{len(cells)} (unit, period, term) that are not: {first_five(cells)}",
            remedy="Look for divisions by zero, overflow, or infinities in the data.",
        )


def check_sizes(
    names: tuple[str, ...],
    values: np.ndarray,
    argument: str = "formula",
) -> None:
    """Refuse columns of values (T, N, K) whose squares are too large or too small for a computer."""
    size = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=(0, 1), initial=0.0)
    wrong = np.flatnonzero((size > LARGEST) | ((size > 0.0) & (size < 1.0 / LARGEST)))
    if len(wrong):
        sizes = [(names[k], float(f"{size[k]:.3g}")) for k in wrong]
        raise DataError(
            argument,
            expected=f"columns whose largest number lies between {1 / LARGEST:g} and {LARGEST:g}",
            got=f"(term, largest size) {first_five(sizes)}",
            remedy="Measure them in other units, or look for errors in the data.",
        )


def _columns(matrix: Any, formula: Formula) -> dict[str, Term]:
    """Column of the design -> the term that it is of; every term has one, and every column its own
    name.
    """
    terms = {tuple(map(label, term)): term for term in formula.terms}
    # the matrix itself holds two columns of one name as one
    names = [str(name) for name in matrix.model_spec.column_names]
    columns: dict[str, Term] = {}
    for made, positions in matrix.model_spec.term_indices.items():
        term = terms[
            tuple(factor.expr for factor in made.factors if factor.eval_method.value != "literal")
        ]
        if not positions:
            raise InputError(
                "formula",
                expected="a regressor from every term",
                got=f"none from {':'.join(map(label, term))!r}",
                remedy=(
                    "A category of one level has no dummies beside an intercept: leave the "
                    "term out."
                ),
            )
        for position in positions:
            _check_new(names[position], columns)
            columns[names[position]] = term
    return columns


def _check_new(name: str, columns: dict[str, Term]) -> None:
    if name in columns:
        raise InputError(
            "formula",
            expected="regressors with names of their own",
            got=f"{name!r} twice",
            remedy="Rename the column of that name.",
        )


class Scope:
    """The functions that a formula may call, bound to one panel's axes (T, N)."""

    def __init__(
        self,
        panel: Panel,
        spatial_lag: Lag | None,
        cells: Cells = ALL,
    ) -> None:
        self.panel, self.spatial_lag, self.cells = panel, spatial_lag, cells

    def functions(self) -> dict[str, Callable[..., Any]]:
        limited = {name: self._limited(name, getattr(np, name)) for name in _LIMITS}
        return {
            **limited,
            "lag": self.lag,
            "W": self.W,
        }

    def _grid(self, values: Any) -> np.ndarray:
        return np.asarray(values, dtype=float).reshape(self.panel.present.shape)

    def _limited(self, name: str, function: Any) -> Any:
        limit = _LIMITS[name]

        def checked(values: Any) -> Any:
            below = self._grid(values) <= limit
            if self.cells.observed is not None:
                below &= self.cells.observed
            cells = [(self.panel.units[n], self.panel.periods[t]) for t, n in np.argwhere(below)]
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
        """`values` of k periods before, within each unit; the first k periods are lost.

        What one period before means, and what a gap is: see `time_axis`.
        """
        periods = self.panel.periods
        if len(periods) < 2:
            raise InputError(
                "lag",
                expected="a panel of at least 2 periods",
                got=f"T = {len(periods)}",
                remedy="Use a longer panel, or leave lag() out.",
            )
        if not isinstance(k, int) or not 0 < k < len(periods):
            got = repr(k) if np.isscalar(k) else type(k).__name__
            raise InputError(
                "lag",
                expected=f"a whole number of periods from 1 to {len(periods) - 1}",
                got=got,
                remedy="Use a shorter lag, or a longer panel.",
            )
        TimeAxis.of(periods, self.panel.time).check_no_gap("lag")
        grid = self._grid(values)
        shifted = np.full(grid.shape, np.nan)
        shifted[k:] = grid[:-k]
        return pd.Series(shifted.ravel(), index=getattr(values, "index", None))

    def W(self, values: Any) -> pd.Series:
        """The spatial lag of `values`."""
        if self.spatial_lag is None:
            raise InputError(
                "formula",
                expected="weights for W(x)",
                got="none",
                remedy=(
                    "Pass weights to fit(); models with W terms of X take durbin= instead of W(x)."
                ),
            )
        return pd.Series(
            self.spatial_lag(self._grid(values)).ravel(), index=getattr(values, "index", None)
        )
