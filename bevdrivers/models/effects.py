"""Fixed effects recovered from a fit, with standard errors.

With R = I - lam M (R = I without a lag of the error), P = I - Q and D d what the effects add to y,
the estimates are

    D d = R^-1 P R (y - rho Wy - Z b),

the dummies of maximum likelihood. Their covariance is that of the inverse information with dummies:
what the errors themselves leave, sigma2 L L' with L e = d, plus B V B' with V the covariance of (b,
rho, lam) and B the slopes of d. The two parts are uncorrelated, for the other estimates depend on
Qe alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import OptionError
from ..results import tidy_frame
from .covariance import Classical
from .design.recovery import at_edge, effects_of, filtered
from .effects_of_cells import errors_of_cells
from .fitted import Fitted
from .ml.operators import MATRIX_UNITS, LagOperator


@dataclass(frozen=True, eq=False)
class EffectEstimates(Shown):
    """Recovered fixed effects, those that the model does not have being zero.

    Random unit effects are best linear predictions, which need not sum to zero.

    Attributes
    ----------
    unit : Series, by unit
        Fixed ones sum to zero.
    time : Series, by period
        Sums to zero.
    intercept : float
    """

    unit: pd.Series
    time: pd.Series
    intercept: float
    _fit: Fitted[Any] = field(repr=False)

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Effects with standard errors: columns `TIDY_COLUMNS`, component "unit", "time" or
        "intercept".

        Raises
        ------
        OptionError
            The effects are random, or the covariance is neither classical nor of the observed
            Hessian.
        """
        fit, within = self._fit, self._fit.sample.within
        of_unit, of_time, of_intercept = self._errors
        parts: list[tuple[str, list[Any], np.ndarray, np.ndarray]] = []
        if within.unit:
            parts.append(("unit", list(self.unit.index), self.unit.to_numpy(), of_unit))
        if within.time:
            parts.append(("time", list(self.time.index), self.time.to_numpy(), of_time))
        if within.takes_constant or "Intercept" in fit.terms:
            intercept, error = np.array([self.intercept]), np.array([of_intercept])
            parts.append(("intercept", ["Intercept"], intercept, error))
        terms = [str(label) for _, labels, _, _ in parts for label in labels]
        components = [component for component, labels, _, _ in parts for _ in labels]
        none = np.zeros(0)
        values = np.concatenate([none, *(values for _, _, values, _ in parts)])
        errors = np.concatenate([none, *(errors for _, _, _, errors in parts)])
        return tidy_frame(terms, components, values, errors, df=fit.df_resid, level=level)

    def glance(self) -> pd.DataFrame:
        """One row: kind of effects, how many, their standard deviations, sigma2."""
        within = self._fit.sample.within
        row = {
            "fixed_effects": within.name,
            "n_units": len(self.unit) * within.unit,
            "n_periods": len(self.time) * within.time,
            "intercept": self.intercept,
            "sd_unit": float(self.unit.std()),
            "sd_time": float(self.time.std()),
            "sigma2": self._fit.sigma2,
        }
        return pd.DataFrame([row])

    @cached_property
    def _errors(self) -> tuple[np.ndarray, np.ndarray, float]:
        _check_covariance(self._fit)
        return standard_errors(self._fit)


def recovered(fit: Fitted[Any]) -> EffectEstimates:
    """The effects of a fit; see `FitResult.effects`.

    Raises
    ------
    OptionError
        The fit has effects beyond units and periods.
    """
    within, periods = fit.sample.within, pd.Index(fit.sample.design.periods, name=fit.panel.time)
    if within.terms:
        raise OptionError(
            "effects",
            expected="unit and time effects alone",
            got=f"absorb={list(within.terms)}, beside which they have no unique values",
            remedy=(
                "fit.predict() has all effects in; its difference from "
                "fit.predict(effects=False) is their sum."
            ),
        )
    if fit.sample.irregular:
        unit, time, mean = _parts_of_cells(fit)
    else:
        unit, time, mean = _parts(fit.fixed_part, predicted=fit.estimate.predicts_effects)
    units = pd.Index(fit.panel.units, name=fit.panel.unit)
    intercept = fit.value("Intercept") if "Intercept" in fit.terms else float(mean)
    return EffectEstimates(
        pd.Series(unit, index=units, name="unit_effect"),
        pd.Series(time, index=periods, name="time_effect"),
        intercept,
        fit,
    )


def _parts(values: np.ndarray, *, predicted: bool) -> tuple[np.ndarray, np.ndarray, Any]:
    """Unit parts (N, ...), time parts (T, ...) and mean of an array (T, N, ...) of effects; random
    ones as they are.
    """
    if predicted:
        return values[0], np.zeros(len(values)), 0.0
    mean = values.mean(axis=(0, 1))
    return values.mean(axis=0) - mean, values.mean(axis=1) - mean, mean


def _parts_of_cells(fit: Fitted[Any]) -> tuple[np.ndarray, np.ndarray, float]:
    """Unit parts (N,), time parts (T,) and their mean where cells are missing: the sum of both is
    what effects add to each cell that is there; NaN for units and periods without one.

    Raises
    ------
    OptionError
        Units and periods fall apart into groups that no cell links, so that their effects are not
        unique.
    """
    within, there = fit.sample.within, fit.sample.there
    f = fit.fixed_part
    by_unit, by_time = there.sum(axis=0), there.sum(axis=1)
    unit, time = np.zeros(len(by_unit)), np.zeros(len(by_time))
    if within.time:
        time = _time_parts(f, there, unit_means=within.unit)
    if within.unit or not within.time:
        unit = np.where(there, f - time[:, None], 0.0).sum(axis=0) / np.maximum(by_unit, 1)
    unit[by_unit == 0], time[by_time == 0] = np.nan, np.nan
    of_unit, of_time = float(np.nanmean(unit)), float(np.nanmean(time))
    return unit - of_unit, time - of_time, of_unit + of_time


def _time_parts(
    f: np.ndarray,
    there: np.ndarray,
    *,
    unit_means: bool,
) -> np.ndarray:
    """Time effects (T,) that explain the fixed part f (T, N), beside unit effects or without."""
    cells = there.astype(float)
    filled = np.where(there, f, 0.0)
    if not unit_means:
        time: np.ndarray = filled.sum(axis=1) / np.maximum(cells.sum(axis=1), 1.0)
        return time
    # unit effects taken out: (diag n_t - C diag(1/n_i) C') g = C (f - unit means)
    shares = cells / np.maximum(cells.sum(axis=0), 1.0)
    products = np.diag(cells.sum(axis=1)) - shares @ cells.T
    sums = filled.sum(axis=1) - shares @ filled.sum(axis=0)
    periods = int(there.any(axis=1).sum())
    if np.linalg.matrix_rank(products, tol=1e-9, hermitian=True) < periods - 1:
        raise OptionError(
            "effects",
            expected="units and periods that the cells link, each with every other",
            got="groups of them without a link, whose effects are not unique",
            remedy="fit.predict() has all effects in; its difference from "
            "fit.predict(effects=False) is their sum.",
        )
    time = np.linalg.pinv(products, hermitian=True) @ sums
    return time


def _check_covariance(fit: Fitted[Any]) -> None:
    if fit.estimate.predicts_effects:
        expected = "fixed effects for standard errors"
        raise OptionError(
            "effects",
            expected=expected,
            got="random ones, which are predicted",
            remedy='Fit with fixed_effects="unit" and without random_effects.',
        )
    if not fit.kind.supposes_iid:
        raise OptionError(
            "cov_type",
            expected=(
                "'classical' or 'hessian' for standard errors of effects, which need iid errors"
            ),
            got=repr(fit.kind.name),
            remedy="Use fit.with_cov('classical').effects.",
        )
    needs_matrices = fit.sample.M is not None or fit.sample.irregular
    if needs_matrices and fit.sample.shape[1] > MATRIX_UNITS:
        expected = f"at most {MATRIX_UNITS} units for standard errors"
        got = f"{fit.sample.shape[1]} and a lag of the error, missing cells or weights by period"
        raise OptionError(
            "effects",
            expected=expected,
            got=got,
            remedy=(
                "Use a model without a lag of the error on a complete panel, or the effects "
                "without standard errors."
            ),
        )


def standard_errors(fit: Fitted[Any]) -> tuple[np.ndarray, np.ndarray, float]:
    """Standard errors of unit effects (N,), time effects (T,) and the intercept."""
    T, N = fit.sample.shape
    if not fit.sample.within.takes_constant:
        has_intercept = "Intercept" in fit.terms
        known = fit.errors[fit.terms.index("Intercept")] if has_intercept else 0.0
        return np.zeros(N), np.zeros(T), float(known)
    if at_edge(fit.sample, fit.lam):
        return np.full(N, np.nan), np.full(T, np.nan), np.nan
    if fit.sample.irregular:
        return errors_of_cells(fit)
    slopes = effects_of(fit.sample, fit.lam, _slopes(fit))
    errors = []
    for own, B in zip(_own_variances(fit), _parts(slopes, predicted=False), strict=True):
        # what the errors leave in the effects, and what comes with the other estimates
        with_others = np.einsum("...p,pq,...q->...", B, fit.covariance, B)
        errors.append(np.sqrt(own + with_others))
    return errors[0], errors[1], float(errors[2])


def _slopes(fit: Fitted[Any]) -> np.ndarray:
    """What a change of each parameter takes from R (y - rho Wy - Z b), (T, N, P).

    The expected information knows only the explained part of the lags: R Wy less R G R^-1 e, and
    nothing of M u.
    """
    sample = fit.sample
    expected = fit.method.by_likelihood and isinstance(fit.kind, Classical)
    columns = [filtered(sample, fit.lam, sample.Z)]
    if sample.W is not None and sample.Wy is not None:
        lag = filtered(sample, fit.lam, sample.Wy)
        if expected:
            lam = 0.0 if sample.M is None else fit.lam
            G = LagOperator(sample.W, fit.rho, sample.M, lam)
            lag = lag - G.over_units(fit.estimate.residuals)
        columns.append(lag[:, :, None])
    if sample.M is not None:
        u = sample.y - fit.fitted
        columns.append((sample.M.lag(u) * (not expected))[:, :, None])
    return np.concatenate(columns, axis=2)


def _own_variances(fit: Fitted[Any]) -> tuple[np.ndarray, np.ndarray, float]:
    """Variances of R^-1 P e, in unit parts (N,), time parts (T,) and the mean."""
    sample, s2 = fit.sample, fit.sigma2
    (T, N), within = sample.shape, sample.within
    # constants over units pass R^-1 as 1 / (1 - lam): with time effects the weights of the error
    # are row-normalised
    gain = 1.0 if sample.M is None else 1.0 / (1.0 - fit.lam)
    of_unit, of_time, of_mean = np.zeros(N), np.zeros(T), s2 * gain**2 / (N * T)
    if within.time:
        of_time += s2 * gain**2 * (1 - 1 / T) / N
    if within.unit and sample.M is None:
        of_unit += s2 * (1 - 1 / N) / T
    elif within.unit and sample.M is not None:
        inverse = sample.M.pencil.at(fit.lam).solve(np.eye(N))
        of_mean = s2 / T * float(np.sum(inverse.mean(axis=0) ** 2))
        of_unit += s2 / T * np.sum((inverse - inverse.mean(axis=0)) ** 2, axis=1)
    return of_unit, of_time, of_mean
