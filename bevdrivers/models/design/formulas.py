"""Where formulas meet data: every design that a model needs, and which of its regressors
change alone.

In: a panel and a formula. Out: a `Design` of arrays, perhaps with instruments or with the outcome
of the period before beside it. No other module of the models reads a formula.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from ...errors import DataError, InputError, OptionError, first_five, suggestion
from ...ids import positions
from ...panel import Design, MarginalChange, Panel, build_design, marginal_changes
from ...panel.formula import design_like, factors_of
from ...panel.terms import label_of, read_formula, read_terms, written_term
from ...panel.time_axis import TimeAxis
from ...weights import SpatialWeights
from .lagged_outcome import History
from .sample import Excluded


def mentions_lag(formula: str) -> bool:
    """Whether a formula has W(x), a spatial lag, in it."""
    return read_formula(formula).has_weights


def design_of(
    panel: Panel,
    formula: str,
    weights: SpatialWeights | None,
) -> Design:
    """The design of a formula; `weights` are those of W(x), if the formula has it."""
    wanted = weights is not None and mentions_lag(formula)
    return build_design(panel, formula, weights.lag if wanted and weights is not None else None)


def design_with_instruments(
    panel: Panel,
    formula: str,
    endogenous: tuple[str, ...],
    instruments: tuple[str, ...],
    weights: SpatialWeights | None,
    needed_by: str = "",
) -> tuple[Design, Excluded]:
    """The design of `formula` and the user's instruments on the same periods (a lag() in either
    costs both); `needed_by` says what needs every cell.

    Raises
    ------
    OptionError
        An endogenous regressor is not in the formula, or an instrument is.
    """
    # by their terms: as it is written, an instrument "v + x - x" would take x out of the formula
    added = [written_term(term) for text in instruments for term in read_terms(text, "instruments")]
    with_instruments = " + ".join((formula, *added))
    lag = None
    if weights is not None and mentions_lag(with_instruments):
        lag = weights.lag
    design = build_design(panel, formula, lag, needed_by=needed_by)
    if not endogenous:
        return design, Excluded.none(design.y.shape)
    both = build_design(panel, with_instruments, lag, needed_by=needed_by)
    # by what terms are made of: levels of a category that only stand in periods that a lag() loses
    # have no dummies
    factors = factors_of(formula)
    own = {name for name in both.terms if both.factors[name] in factors}
    names = tuple(name for name in both.terms if name not in own)
    repeated = [text for text in instruments if text in design.terms]
    if repeated or not names:
        raise OptionError(
            "instruments",
            expected="columns or expressions that are not regressors of the formula",
            got=first_five(repeated or instruments),
            remedy="Exogenous regressors are instruments already: leave them out of instruments=.",
        )
    values = both.X[:, :, [both.terms.index(name) for name in names]]
    kept = both.only(own, formula)
    return kept, Excluded(_terms_named(kept, endogenous), names, values)


def _terms_named(design: Design, endogenous: tuple[str, ...]) -> tuple[str, ...]:
    """Terms of the formula that `endogenous` names, by term or by the only column in it."""
    able = [name for name in design.terms if name not in design.never_lagged]
    named: list[str] = []
    for text in endogenous:
        wanted = text if text in able else label_of(text)
        terms = [name for name in able if name == wanted]
        if not terms:
            terms = [name for name in able if design.variables[name] == {wanted}]
        if not terms:
            expected = f"regressors of the formula, of {first_five(able)}"
            raise OptionError(
                "endogenous",
                expected=expected,
                got=repr(text),
                remedy=suggestion(text, able),
            )
        named += [name for name in terms if name not in named]
    return tuple(named)


def design_with_history(
    panel: Panel,
    formula: str,
    dynamic: str,
    weights: SpatialWeights | None,
    needed_by: str = "",
) -> tuple[Design, History]:
    """The design of a formula without the first period, and the outcome of the period before each
    that is left; `needed_by` says what needs every cell.

    Raises
    ------
    InputError
        The formula has the lagged outcome itself.
    DataError
        As `build_design`; also where the years have a gap.
    """
    if len(panel.periods) < 2:
        raise DataError(
            "dynamic",
            expected="at least 2 periods",
            got=f"T = {len(panel.periods)}",
            remedy="Use a longer panel, or dynamic=None.",
        )
    own = factors_of(formula)
    outcome = read_formula(formula).left
    lag = weights.lag if weights is not None and mentions_lag(formula) else None
    full = build_design(panel, f"{formula} + lag({outcome}, 1)", lag, needed_by=needed_by)
    added = [name for name in full.terms if full.factors[name] not in own]
    if len(added) != 1:
        raise InputError(
            "formula",
            expected=f"no lag of the outcome beside dynamic={dynamic!r}",
            got=repr(formula),
            remedy="Drop the term, or use dynamic=None.",
        )
    before = full.X[:, :, full.terms.index(added[0])]
    return full.only(set(full.terms) - set(added), formula), History(dynamic, before)


def design_on(
    panel: Panel,
    fitted: Panel,
    design: Design,
    weights: SpatialWeights | None,
    *,
    with_outcome: bool,
    asks_all: str = "",
) -> Design:
    """The design of another panel, its units in the order of the one that was fitted, and all terms
    measured as in the fit: means, scales, polynomials, knots and levels are those of the sample.

    Parameters
    ----------
    panel : Panel
        With units of the fit, perhaps in other periods.
    fitted : Panel
        That of the fit.
    design : Design
        Of the fit.
    weights : SpatialWeights or None
        Of W(x).
    with_outcome : bool
        Whether the outcome is needed.
    asks_all : str
        What in the model takes values of other units, so that none may lack; empty without it.

    Raises
    ------
    InputError, DataError
        Units are missing, a category is new, or a spline leaves its range.
    """
    units = _units_of_fit(panel, fitted, asks_all)
    chosen = panel.select(units=units)
    lag = None
    if weights is not None and mentions_lag(design.formula):
        lag = weights.align(chosen.units).lag
    other = design_like(design, chosen, lag, with_outcome=with_outcome)
    if other.lost:
        _check_step(chosen, fitted)
    order = positions(units, chosen.units)
    return replace(
        other,
        y=other.y[:, order],
        X=other.X[:, order],
        units=units,
    )


def _units_of_fit(
    panel: Panel,
    fitted: Panel,
    asks_all: str,
) -> tuple[Hashable, ...]:
    """The units of the fit that another panel has: all of them where the model asks for them."""
    where = positions(fitted.units, panel.units)
    lost = [unit for unit, row in zip(fitted.units, where, strict=True) if row < 0]
    units = tuple(unit for unit in fitted.units if unit not in lost)
    if lost and asks_all:
        raise InputError(
            "panel",
            expected=f"all units of the fit, since it has {asks_all}, which takes values of "
            "neighbours",
            got=f"none of {first_five(lost)}",
            remedy="Add the rows of these units, or fit the model on those that are here.",
        )
    if not units:
        expected = f"units of the fit, such as {first_five(fitted.units)}"
        got = f"others: {first_five(panel.units)}"
        remedy = "Write the ids as in the panel of the fit."
        raise InputError(
            "panel",
            expected=expected,
            got=got,
            remedy=remedy,
        )
    return units


def _check_step(panel: Panel, fitted: Panel) -> None:
    """Refuse periods whose step is not that of the fit: a lag() would be another variable."""
    step, step_of_fit = TimeAxis.of(panel.periods).step, TimeAxis.of(fitted.periods).step
    if step != step_of_fit:
        expected = f"periods in steps of {step_of_fit}, as those of the fit, for lag()"
        raise InputError(
            "panel",
            expected=expected,
            got=f"steps of {step}",
            remedy="Pass periods that are as far apart, or fit again on such periods.",
        )


def changes_alone(panel: Panel, design: Design) -> tuple[MarginalChange, ...]:
    """The changes of a design whose terms share no variable; none where they do."""
    try:
        return marginal_changes(panel, design, None)[0]
    except OptionError:
        return ()
