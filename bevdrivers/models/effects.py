"""Fixed effects recovered from a fit, with standard errors.

With R = I - lam M (R = I without a lag of the error), P = I - Q and D d what the effects add to y, the estimates are

    D d = R^-1 P R (y - rho Wy - Z b),

the dummies of maximum likelihood. Their covariance is that of the inverse information with dummies: what the errors
themselves leave, sigma2 L L' with L e = d, plus B V B' with V the covariance of (b, rho, lam) and B the slopes of d.
The two parts are uncorrelated, for the other estimates depend on Qe alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import OptionError
from ..results import tidy_frame
from .ml.operators import MATRIX_UNITS, LagOperator

if TYPE_CHECKING:
    from .result import FitResult


@dataclass(frozen=True, eq=False)
class EffectEstimates:
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
    _fit: FitResult = field(repr=False)

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Effects with standard errors: columns `TIDY_COLUMNS`, component "unit", "time" or "intercept".

        Raises
        ------
        OptionError
            The effects are random, or the covariance is neither classical nor of the observed Hessian.
        """
        fit, within = self._fit, self._fit.sample.within
        of_unit, of_time, of_intercept = self._errors
        parts = [("unit", list(self.unit.index), self.unit, of_unit)] * within.unit
        parts += [("time", list(self.time.index), self.time, of_time)] * within.time
        if within.takes_constant or "Intercept" in fit.terms:
            parts.append(("intercept", ["Intercept"], pd.Series([self.intercept]), np.array([of_intercept])))
        terms = [str(label) for _, labels, _, _ in parts for label in labels]
        components = [kind for kind, labels, _, _ in parts for _ in labels]
        values, errors = (np.concatenate([np.zeros(0), *(part[k] for part in parts)]) for k in (2, 3))
        return tidy_frame(terms, components, values, errors, df=fit.df_resid, level=level)

    def glance(self) -> pd.DataFrame:
        """One row: kind of effects, how many, their standard deviations, sigma2."""
        within = self._fit.sample.within
        row = {"fixed_effects": within.name, "n_units": len(self.unit) * within.unit}
        row |= {"n_periods": len(self.time) * within.time, "intercept": self.intercept}
        row |= {"sd_unit": float(self.unit.std()), "sd_time": float(self.time.std()), "sigma2": self._fit.sigma2}
        return pd.DataFrame([row])

    @cached_property
    def _errors(self) -> tuple[np.ndarray, np.ndarray, float]:
        _check_covariance(self._fit)
        return standard_errors(self._fit)


def recovered(fit: FitResult) -> EffectEstimates:
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
            remedy="fit.predict() has all effects in; its difference from fit.predict(effects=False) is their sum.",
        )
    unit, time, intercept = _parts(fit.fixed_part, fit)
    return EffectEstimates(
        pd.Series(unit, index=pd.Index(fit.panel.units, name=fit.panel.unit), name="unit_effect"),
        pd.Series(time, index=periods, name="time_effect"),
        float(fit.params["Intercept"]) if "Intercept" in fit.terms else float(intercept),
        fit,
    )


def fixed_part(fit: FitResult) -> np.ndarray:
    """What the effects add to the outcome, D d of shape (T, N); random unit effects as predicted."""
    sample = fit.sample
    if fit.estimate.random is not None:
        return np.broadcast_to(fit.estimate.random.unit_effects, sample.shape)
    left = sample.y - sample.Z @ fit.estimate.values[: sample.n_regressors]
    if sample.Wy is not None:
        left = left - fit.rho * sample.Wy
    return _in_effects(fit, _filtered(fit, left))


def _filtered(fit: FitResult, values: np.ndarray) -> np.ndarray:
    """R applied to an array of shape (T, N) or (T, N, K)."""
    M = fit.sample.M
    return values if M is None else values - fit.lam * M.lag(values)


def _in_effects(fit: FitResult, values: np.ndarray) -> np.ndarray:
    """R^-1 P of an array of shape (T, N) or (T, N, K)."""
    sample = fit.sample
    found = values - sample.within.demean(values)
    if sample.M is None or not sample.within.takes_constant:
        return found
    if _at_edge(fit):
        return np.full_like(found, np.nan)
    resolvent = sample.M.pencil.at(fit.lam)
    if found.ndim == 2:
        return resolvent.over_units(found)
    return np.stack([resolvent.over_units(part) for part in np.moveaxis(found, 2, 0)], axis=2)


def _at_edge(fit: FitResult) -> bool:
    """Whether lam lies where R has no inverse, so that effects have no values; the fit warned of it."""
    M = fit.sample.M
    return M is not None and not M.spectrum.bounds[0] < fit.lam < M.spectrum.bounds[1]


def _parts(values: np.ndarray, fit: FitResult) -> tuple[np.ndarray, np.ndarray, Any]:
    """Unit parts (N, ...), time parts (T, ...) and mean of an array (T, N, ...) of effects; random ones as they are."""
    if fit.estimate.random is not None:
        return values[0], np.zeros(len(values)), 0.0
    mean = values.mean(axis=(0, 1))
    return values.mean(axis=0) - mean, values.mean(axis=1) - mean, mean


def _check_covariance(fit: FitResult) -> None:
    if fit.estimate.random is not None:
        raise OptionError(
            "effects", expected="fixed effects for standard errors", got="random ones, which are predicted"
        )
    if fit.estimator.cov_type not in ("classical", "hessian"):
        raise OptionError(
            "cov_type",
            expected="'classical' or 'hessian' for standard errors of effects, which need iid errors",
            got=repr(fit.estimator.cov_type),
            remedy="Use fit.with_cov('classical').effects.",
        )
    if fit.sample.M is not None and fit.sample.M.n_units > MATRIX_UNITS:
        got = f"{fit.sample.M.n_units} and a lag of the error"
        raise OptionError("effects", expected=f"at most {MATRIX_UNITS} units for standard errors", got=got)


def standard_errors(fit: FitResult) -> tuple[np.ndarray, np.ndarray, float]:
    """Standard errors of unit effects (N,), time effects (T,) and the intercept."""
    T, N = fit.sample.shape
    if not fit.sample.within.takes_constant:
        known = float(fit.std_errors["Intercept"]) if "Intercept" in fit.terms else 0.0
        return np.zeros(N), np.zeros(T), known
    if _at_edge(fit):
        return np.full(N, np.nan), np.full(T, np.nan), np.nan
    slopes = _parts(_in_effects(fit, _moves(fit)), fit)
    found = []
    for own, B in zip(_own_variances(fit), slopes, strict=True):
        found.append(np.sqrt(own + np.einsum("...p,pq,...q->...", B, fit.covariance, B)))
    return found[0], found[1], float(found[2])


def _moves(fit: FitResult) -> np.ndarray:
    """What a change of each parameter takes from R (y - rho Wy - Z b), (T, N, P).

    The expected information knows only the explained part of the lags: R Wy less R G R^-1 e, and nothing of M u.
    """
    sample = fit.sample
    expected = fit.estimate.optimum is not None and fit.estimator.cov_type == "classical"
    columns = [_filtered(fit, sample.Z)]
    if sample.W is not None and sample.Wy is not None:
        lag = _filtered(fit, sample.Wy)
        if expected:
            lag = lag - LagOperator(sample.W, fit.rho, sample.M, fit.lam).over_units(fit.estimate.residuals)
        columns.append(lag[:, :, None])
    if sample.M is not None:
        u = sample.y - fit.fitted_values.to_numpy()
        columns.append((sample.M.lag(u) * (not expected))[:, :, None])
    return np.concatenate(columns, axis=2)


def _own_variances(fit: FitResult) -> tuple[np.ndarray, np.ndarray, float]:
    """Variances of R^-1 P e, in unit parts (N,), time parts (T,) and the mean."""
    sample, s2 = fit.sample, fit.sigma2
    (T, N), within = sample.shape, sample.within
    # constants over units pass R^-1 as 1 / (1 - lam): with time effects the weights of the error are row-normalised
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
