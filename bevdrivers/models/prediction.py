"""Predictions: in the sample or on another panel of the same units, structural or reduced form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import EstimationError, InputError, OptionError, first_five
from ..ids import positions
from ..options import PredictEffects, check_option
from ..panel import Design, build_design
from ..panel.terms import read_formula
from .design.preparation import check_panel

if TYPE_CHECKING:
    from ..panel import Panel
    from .result import FitResult


def predict(fit: FitResult, panel: Panel | None, *, reduced: bool, effects: PredictEffects) -> pd.DataFrame:
    """See `FitResult.predict`."""
    check_option("effects", effects, PredictEffects)
    sample = fit.sample
    if panel is None:
        Z, periods, y = sample.Z, sample.design.periods, sample.y
    else:
        design = _design_of(fit, panel, with_outcome=not reduced and sample.W is not None)
        Z, periods, y = _regressors(fit, design), design.periods, design.y
    added = _effects(fit, periods, effects)
    if not np.isfinite(added).all():
        raise EstimationError(
            f"lam = {fit.lam:.6g} lies at the edge of its range, where I - lam M has no inverse and the effects no "
            "values: predict(effects=False) leaves them out."
        )
    found = Z @ fit.estimate.values[: sample.n_regressors] + added
    if sample.W is not None:
        resolvent = sample.W.pencil.at(fit.rho)
        found = resolvent.over_units(found) if reduced else found + fit.rho * sample.W.lag(y)
    index = pd.Index(periods, name=fit.panel.time)
    return pd.DataFrame(found, index=index, columns=pd.Index(fit.panel.units, name=fit.panel.unit))


def _effects(fit: FitResult, periods: tuple[int, ...], effects: PredictEffects) -> np.ndarray:
    """The effects of the periods, (periods, N)."""
    shape = (len(periods), fit.sample.shape[1])
    within, known = fit.sample.within, fit.sample.design.periods
    if effects is False:
        return np.zeros(shape)
    if not within.terms and (effects == "unit" or not within.time):
        # time effects sum to zero: the mean over the periods is unit effects and intercept
        return np.broadcast_to(fit.fixed_part.mean(axis=0), shape)
    if effects == "unit":
        raise OptionError("effects", expected=f"True or False with absorb={list(within.terms)}", got=repr(effects))
    new = [period for period in periods if period not in known]
    if new:
        raise OptionError(
            "effects",
            expected=f"{'False' if within.terms else 'False or unit'} for periods that are not in the sample",
            got=f"True for {first_five(new)}",
            remedy="Nothing in the data tells their effects. "
            + (
                "Predict without effects and add your own."
                if within.terms
                else "effects='unit' takes the mean of the sample's periods, effects=False leaves all effects out."
            ),
        )
    return fit.fixed_part[[known.index(period) for period in periods]]


def _design_of(fit: FitResult, panel: Panel, *, with_outcome: bool) -> Design:
    """The design of another panel, its units in the order of the fit.

    Raises
    ------
    InputError, OptionError, DataError
        Units are missing, a category is new, or the model takes something from the sample that a panel cannot bring.
    """
    check_panel(panel)
    formula, sample = fit.estimator.formula, fit.sample
    read = read_formula(formula)
    lost = [unit for unit, at in zip(fit.panel.units, positions(fit.panel.units, panel.units), strict=True) if at < 0]
    if lost:
        raise InputError("panel", expected="the units of the fit", got=f"none of {first_five(lost)}")
    chosen, held = panel.select(units=fit.panel.units), sample.Wx or sample.W
    lag = None if held is None else held.align(chosen.units).lag
    for obstacle, what in (
        (sample.dynamic, "a dynamic model"),
        (held is None and read.has_weights, "W(x) in a model without lags of y and X, which keeps no weights for it"),
        (fit.estimator.mundlak, "unit means (mundlak=True)"),
    ):
        if obstacle:
            raise OptionError("panel", expected=f"None with {what}", got="another panel")
    for name in set(read.categories) & {*panel.columns, panel.time, panel.unit}:
        new = sorted({*np.unique(chosen[name].astype(str))} - {*np.unique(fit.panel[name].astype(str))})
        if new:
            raise InputError("panel", expected=f"categories of {name!r} that the fit knows", got=first_five(new))
    if not with_outcome:
        chosen = chosen.with_columns(outcome__=np.zeros(chosen.present.shape))
        formula = f"outcome__ ~ {read.right}"
    design = build_design(chosen, formula, lag if read.has_weights else None)
    if design.terms != sample.design.terms:
        odd = sorted({*design.terms} ^ {*sample.design.terms})
        raise InputError(
            "panel", expected="data that give the terms of the fit", got=f"a mismatch in {first_five(odd)}"
        )
    order = positions(fit.panel.units, chosen.units)
    return Design(**{**vars(design), "y": design.y[:, order], "X": design.X[:, order], "units": fit.panel.units})


def _regressors(fit: FitResult, design: Design) -> np.ndarray:
    """The regressors Z of another design, (periods, N, K)."""
    sample = fit.sample
    own = [name for name in sample.design.terms if name in sample.names]
    Z = design.X[:, :, [design.terms.index(name) for name in own]]
    if sample.Wx is None or not sample.lagged:
        return Z
    lagged = design.X[:, :, [design.terms.index(name) for name in sample.lagged]]
    return np.concatenate([Z, sample.Wx.lag(lagged)], axis=2)
