"""Predictions: in the sample or on another panel of its units, structural or reduced form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import EstimationError, OptionError, first_five
from ..ids import positions
from ..options import PredictEffects, check_flag, check_option
from ..panel import Design, Panel
from ..weights.by_period import PeriodWeights
from .design.formulas import design_on, mentions_lag
from .design.preparation import check_panel
from .design.sample import Sample
from .effects import recovered
from .fitted import Fitted
from .regularity import regular_only


def predict(
    fit: Fitted[Any],
    panel: Panel | None,
    *,
    reduced: bool,
    effects: PredictEffects,
) -> pd.DataFrame:
    """See `FitResult.predict`."""
    check_option("effects", effects, PredictEffects)
    check_flag("reduced", reduced)
    sample = fit.sample
    if panel is None:
        design, Z, y = sample.design, sample.Z, sample.y
    else:
        if sample.irregular and _lag_of(sample, fit.estimator.formula):
            regular_only(fit, "predictions on another panel with spatial lags")
        design = _design_of(fit, panel, with_outcome=not reduced and sample.W is not None)
        Z, y = _regressors(sample, design), design.y
    columns = positions(design.units, fit.panel.units)
    added = _effects(fit, design.periods, effects)[:, columns]
    if not np.isfinite(added).all():
        raise EstimationError(
            f"lam = {fit.lam:.6g} lies at the edge of its range, where I - lam M has no inverse "
            "and the effects no values: predict(effects=False) leaves them out."
        )
    values = Z @ fit.values[: sample.n_regressors] + added
    if reduced:
        values = reduced_form(sample, fit.rho, values)
    elif sample.W is not None:
        values = values + fit.rho * sample.W.lag(y)
    if panel is None and sample.observed is not None:
        values = np.where(sample.observed, values, np.nan)
    return pd.DataFrame(
        values,
        index=pd.Index(design.periods, name=fit.panel.time),
        columns=pd.Index(design.units, name=fit.panel.unit),
    )


def reduced_form(
    sample: Sample,
    rho: float,
    values: np.ndarray,
) -> np.ndarray:
    """(I - rho W)^-1 of an array (T, N); the array itself without a lag of y."""
    if sample.W is None:
        return values
    if isinstance(sample.W, PeriodWeights):
        return sample.W.solved(rho, values)
    return sample.W.pencil.at(rho).over_units(values)


def _effects(
    fit: Fitted[Any],
    periods: tuple[int, ...],
    effects: PredictEffects,
) -> np.ndarray:
    """The effects of the periods, (periods, N)."""
    shape = (len(periods), fit.sample.shape[1])
    within, known = fit.sample.within, fit.sample.design.periods
    if effects is False:
        return np.zeros(shape)
    if fit.sample.irregular and not within.terms:
        return _effects_of_cells(fit, periods, effects)
    if not within.terms and (effects == "unit" or not within.time):
        # time effects sum to zero: the mean over the periods is unit effects and intercept
        return np.broadcast_to(fit.fixed_part.mean(axis=0), shape)
    if effects == "unit":
        expected = f"True or False with absorb={list(within.terms)}"
        raise OptionError(
            "effects",
            expected=expected,
            got=repr(effects),
            remedy=('Use effects=True, or fit with fixed_effects="unit" in place of absorb.'),
        )
    new = [period for period in periods if period not in known]
    if new:
        _refuse_new(new, absorbed=bool(within.terms))
    return fit.fixed_part[[known.index(period) for period in periods]]


def _effects_of_cells(
    fit: Fitted[Any],
    periods: tuple[int, ...],
    effects: PredictEffects,
) -> np.ndarray:
    """The effects of the periods where cells are missing, (periods, N), for those cells, too: each is
    the sum of the parts of its unit and its period.
    """
    known = fit.sample.design.periods
    parts = recovered(fit)
    by_unit = parts.unit.to_numpy() + (0.0 if "Intercept" in fit.terms else parts.intercept)
    if effects == "unit" or not fit.sample.within.time:
        return np.broadcast_to(by_unit, (len(periods), len(by_unit)))
    new = [period for period in periods if period not in known]
    if new:
        _refuse_new(new, absorbed=False)
    return parts.time.to_numpy()[[known.index(period) for period in periods], None] + by_unit


def _refuse_new(new: list[int], *, absorbed: bool) -> None:
    """Refuse the effects of periods that are not in the sample."""
    if absorbed:
        able, advice = "False", "Predict without effects and add your own."
    else:
        able = "False or unit"
        advice = (
            "effects='unit' takes the mean of the sample's periods, effects=False leaves "
            "all effects out."
        )
    raise OptionError(
        "effects",
        expected=f"{able} for periods that are not in the sample",
        got=f"True for {first_five(new)}",
        remedy=f"Nothing in the data tells their effects. {advice}",
    )


def _design_of(
    fit: Fitted[Any],
    panel: Panel,
    *,
    with_outcome: bool,
) -> Design:
    """The design of another panel, its units in the order of the fit.

    Raises
    ------
    InputError, OptionError, DataError
        Units are missing, a category is new, or the model takes something from the sample that a
        panel cannot bring.
    """
    check_panel(panel)
    formula, sample = fit.estimator.formula, fit.sample
    weights = sample.Wx or sample.W
    without_weights = weights is None and mentions_lag(formula)
    obstacles = {
        "a dynamic model": bool(sample.dynamic),
        "W(x) in a model without lags of y and X, which keeps no weights for it": without_weights,
        "unit means (mundlak=True)": fit.estimator.mundlak,
    }
    for what, stands in obstacles.items():
        if stands:
            raise OptionError(
                "panel",
                expected=f"None with {what}",
                got="another panel",
                remedy="Leave panel out, or fit a model without it.",
            )
    return design_on(
        panel,
        fit.panel,
        sample.design,
        weights,
        with_outcome=with_outcome,
        asks_all=_lag_of(sample, formula),
    )


def _lag_of(sample: Sample, formula: str) -> str:
    """The spatial lag in a prediction, which takes values of other units; empty without one.

    A lag of the error is none: the error is at its mean of zero.
    """
    if sample.W is not None:
        return "a spatial lag of y"
    if sample.Wx is not None and sample.lagged:
        return "spatial lags of X"
    return "W(x) in its formula" if mentions_lag(formula) else ""


def _regressors(sample: Sample, design: Design) -> np.ndarray:
    """The regressors Z of another design, (periods, N, K)."""
    own = [name for name in sample.design.terms if name in sample.names]
    Z = design.X[:, :, [design.terms.index(name) for name in own]]
    if sample.Wx is None or not sample.lagged:
        return Z
    lagged = design.X[:, :, [design.terms.index(name) for name in sample.lagged]]
    return np.concatenate([Z, sample.Wx.lag(lagged)], axis=2)
