"""A fit as the process that made its outcome, to be run again: new errors in, new outcomes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError, OptionError, first_five
from ..models import FitResult
from ..models.interface import Sample, has_random_effects, root_of
from ..numerics.linalg import Resolvent
from ..numerics.series_log_determinants import SeriesResolvent
from ..weights.by_period import PeriodWeights
from .panels import autoregression


@dataclass(frozen=True, eq=False)
class Process:
    """y = (I - rho W)^-1 [Z b + effects + (I - lam M)^-1 e], given Z, effects and W.

    In a dynamic model tau y_{t-1} + eta W y_{t-1} come on top, from the outcome before the first
    period on. Random unit effects mu are drawn anew: beside the filtered error ("baltagi") or with
    e inside the filter ("kkp"). Autocorrelated errors run with psi from a stationary start.

    Attributes
    ----------
    sample : Sample
    values : Mapping
        Parameters by label.
    sigma2 : float
        Variance of e.
    residuals : array of shape (T, N)
        Of the fit, scaled so that their mean square is `sigma2`: demeaned ones are too small. Zero
        in the cells that are not there.
    effects : array of shape (T, N)
        Fixed ones with their intercept.
    random : str or None
    spread : float
        Standard deviation of mu.
    """

    sample: Sample
    values: Mapping[str, float]
    sigma2: float
    residuals: np.ndarray
    effects: np.ndarray
    random: str | None = None
    spread: float = 0.0

    @classmethod
    def of(cls, fit: FitResult) -> Process:
        """The process at the estimates.

        Raises
        ------
        OptionError
            The fit has endogenous regressors, which new errors would have to move too.
        InputError
            rho or lam lies outside its range, or a dynamic fit is not stable.
        """
        _check_drawable(fit)
        estimate = fit.estimate
        values = dict(zip(fit.terms, map(float, fit.values), strict=True))
        e = estimate.residuals
        mean_square = np.sum(e**2) / fit.sample.nobs
        process = cls(
            sample=fit.sample,
            values=_checked("fit", fit.sample, values),
            sigma2=fit.sigma2,
            residuals=e * np.sqrt(fit.sigma2 / mean_square),
            effects=np.zeros_like(e),
        )
        if has_random_effects(estimate):
            # phi is the variance of mu in units of sigma2
            spread = float(np.sqrt(estimate.phi * fit.sigma2))
            return replace(process, random=estimate.effects, spread=spread)
        return replace(process, effects=fit.fixed_part)

    def at(self, params: Mapping[str, float]) -> Process:
        """The same process with other values of some parameters, "sigma2" being one.

        Raises
        ------
        InputError
            An unknown label, rho or lam outside its range, or a sigma2 that is not positive.
        """
        known = [*self.values, "sigma2"]
        unknown = [name for name in params if name not in known]
        if unknown:
            raise InputError(
                "params",
                expected=f"labels of {known}",
                got=first_five(unknown),
                remedy="Use labels of fit.params, or sigma2.",
            )
        sigma2 = float(params.get("sigma2", self.sigma2))
        if not sigma2 > 0:
            raise InputError(
                "params",
                expected="a positive sigma2",
                got=f"{sigma2:g}",
                remedy="Give a variance above zero.",
            )
        other = {name: float(value) for name, value in params.items() if name != "sigma2"}
        values = {**self.values, **other}
        return replace(
            self,
            values=_checked("params", self.sample, values),
            sigma2=sigma2,
            residuals=self.residuals * np.sqrt(sigma2 / self.sigma2),
        )

    def outcomes(self, errors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Outcomes (T, N, R) of errors e (T, N, R); `rng` draws random unit effects. With missing
        cells, or weights by period, each period follows its own W among the units that are there,
        and the other cells are zero.
        """
        sample = self.sample
        K = sample.n_regressors - len(sample.dynamic)
        b = np.array([self.values[name] for name in sample.names[:K]])
        systematic = sample.Z[:, :, :K] @ b + self.effects
        if sample.irregular:
            return self._among_those_there(errors, systematic)
        shocks: np.ndarray = self._disturbances(errors, rng) + systematic[:, :, None]
        resolvent = None
        if sample.W is not None:
            resolvent = sample.W.pencil.at(self.values["rho"])
        if sample.dynamic:
            return self._accumulated(shocks, resolvent)
        if resolvent is None:
            return shocks
        return _over_units(resolvent, shocks)

    def _among_those_there(self, errors: np.ndarray, systematic: np.ndarray) -> np.ndarray:
        """Outcomes (T, N, R) of errors (T, N, R) and what is added to them (T, N), period by
        period.
        """
        sample = self.sample
        y = errors
        if isinstance(sample.M, PeriodWeights):
            y = sample.M.solved(self.values["lam"], y)
        y = y + systematic[:, :, None]
        if isinstance(sample.W, PeriodWeights):
            y = sample.W.solved(self.values["rho"], y)
        return np.where(sample.there[:, :, None], y, 0.0)

    def _disturbances(self, errors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """u (T, N, R) of errors e: autocorrelated, filtered, with random unit effects, as the model
        has it.
        """
        M = self.sample.M
        N, R = errors.shape[1:]
        mu = np.zeros((N, 1))
        if self.random is not None:
            mu = self.spread * rng.standard_normal((R, N)).T
        u = errors
        if self.sample.serial:
            u = autoregression(errors, self.values["psi"])
        # u = (I - lam M)^-1 (mu + e) of "kkp", mu + (I - lam M)^-1 e of "baltagi"
        if self.random == "kkp":
            u = u + mu
        if M is not None:
            resolvent = M.pencil.at(self.values["lam"])
            u = _over_units(resolvent, u)
        if self.random == "baltagi":
            u = u + mu
        return u

    def _accumulated(
        self,
        shocks: np.ndarray,
        resolvent: Resolvent | SeriesResolvent | None,
    ) -> np.ndarray:
        """y_t = (I - rho W)^-1 (tau y_{t-1} + eta W y_{t-1} + shocks_t), from the outcome before
        the first period on; shocks and y (T, N, R).
        """
        sample = self.sample
        K = sample.n_regressors - len(sample.dynamic)
        # y and W y of the period before the first, which stay
        coefficients = np.array([self.values[name] for name in sample.dynamic])
        start = sample.Z[0, :, K:] @ coefficients
        of_before = start[:, None]
        y: np.ndarray = np.empty_like(shocks)
        for t, shock in enumerate(shocks):
            right = shock + of_before
            y[t] = right if resolvent is None else resolvent.solve(right)
            of_before = self._of_before(y[t])
        return y

    def _of_before(self, before: np.ndarray) -> np.ndarray:
        """tau y + eta W y of the period before, (N, R)."""
        tau = self.values.get("tau", 0.0)
        carried = tau * before
        if self.sample.W is not None and "eta" in self.values:
            W = self.sample.W.operator
            carried = carried + self.values["eta"] * (W @ before)
        return carried


def _check_drawable(fit: FitResult) -> None:
    """Refuse what there is no equation to draw from."""
    if fit.estimator.endogenous:
        raise OptionError(
            "fit",
            expected="a model whose regressors do not depend on its errors",
            got=f"endogenous={fit.estimator.endogenous!r}",
            remedy="There is no equation for them from which they could be drawn.",
        )
    outcome = re.compile(rf"(?<!\w){re.escape(fit.sample.design.outcome)}(?!\w)")
    own = [name for name in fit.sample.names if outcome.search(name)]
    if own:
        raise OptionError(
            "fit",
            expected="regressors that are not made of the outcome",
            got=first_five(own),
            remedy=(
                "Use dynamic= for the outcome of the period before: its draws follow each other."
            ),
        )
    odd = sorted(set(fit.terms) - {*fit.sample.names, "rho", "lam", "psi"})
    asked_for = fit.estimator.random_effects is not None
    without = asked_for and not has_random_effects(fit.estimate)
    if odd or without:
        expected = "a model with regressors, lags, fixed or random effects alone"
        got = f"{fit.estimator!r} with {odd}" if odd else f"{fit.estimator!r}"
        remedy = "Fit a model without absorb and other additions."
        raise OptionError("fit", expected=expected, got=got, remedy=remedy)


def _over_units(resolvent: Resolvent | SeriesResolvent, values: np.ndarray) -> np.ndarray:
    """The resolvent applied to the unit axis of (T, N, R)."""
    T, N, R = values.shape
    units_first = np.ascontiguousarray(np.moveaxis(values, 1, 0))
    solved = resolvent.solve(units_first.reshape(N, T * R))
    return np.moveaxis(solved.reshape(N, T, R), 0, 1)


def _checked(
    argument: str,
    sample: Sample,
    values: dict[str, float],
) -> dict[str, float]:
    """`values`, if a process can have them."""
    ranges = sample.spatial_ranges
    for name in sample.lags:
        low, high = ranges[name]
        if not low < values[name] < high:
            raise InputError(
                argument,
                expected=f"{name} between {low:.4g} and {high:.4g} for these weights",
                got=f"{values[name]:g}",
                remedy="Choose a value inside these bounds.",
            )
    if not abs(values.get("psi", 0.0)) < 1.0:
        raise InputError(
            argument,
            expected="psi between -1 and 1",
            got=f"{values['psi']:g}",
            remedy="Choose a value inside these bounds.",
        )
    root = root_of(sample, values)
    if root >= 1.0:
        raise InputError(
            argument,
            expected="a stable process: largest root below 1",
            got=f"{root:.4g}",
            remedy="Choose tau, eta and rho nearer to zero.",
        )
    return values
