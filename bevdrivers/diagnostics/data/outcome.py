"""Zeros, outliers and skewness of an outcome, the advice that follows, and a Poisson check of a model's signs."""

from __future__ import annotations

import textwrap
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from ...errors import DataError, EstimationError, InputError
from ...models import NonSpatial, SpatialLagX
from ...models.interface import in_scope, with_covariance
from ...results import TIDY_COLUMNS, WIDTH

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

# Iglewicz and Hoaglin (1993): a robust z beyond this is an outlier; 0.6745 makes the MAD that of a normal's sd
ROBUST_Z = 3.5
NORMAL_MAD = 0.6745
# Tukey's fences, in interquartile ranges beyond the quartiles
FENCE = 1.5
CLEAR = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class OutcomeCheck:
    """What an outcome's distribution asks of a model.

    Attributes
    ----------
    measures : Series
        ``zero_share``, ``negative_share``; ``units_always_zero``; ``skewness`` of the values, of log1p and of asinh
        (NaN where not defined); ``median_positive``; ``outliers_mad`` and ``outliers_fence`` (numbers of cells
        beyond 3.5 robust standard deviations, and beyond Tukey's fences).
    outliers : DataFrame
        Cells whose deviation from the unit's own median is beyond 3.5 robust standard deviations of such deviations:
        unit, period, value, robust z, largest first.
    signs : DataFrame or None, by term
        With a model: coefficient and p-value in the linear model and in the Poisson model with the same effects, and
        whether the signs agree.
    advice : tuple of str
    """

    variable: str
    measures: pd.Series
    outliers: pd.DataFrame
    signs: pd.DataFrame | None
    advice: tuple[str, ...]

    def tidy(self) -> pd.DataFrame:
        """One row a measure, then one a term of the Poisson model."""
        rows = [
            {"term": self.variable, "component": str(name), "estimate": float(value)}
            for name, value in self.measures.items()
        ]
        if self.signs is not None:
            for term, row in self.signs.iterrows():
                rows.append({"term": str(term), "component": "poisson", "estimate": row["poisson"]})
                rows[-1]["p_value"] = row["p_poisson"]
        return pd.DataFrame(rows).reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: the variable and its measures."""
        return pd.DataFrame([{"variable": self.variable, **self.measures.to_dict()}])

    def __str__(self) -> str:
        lines = [f"Outcome {self.variable}"]
        lines += [textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  ") for text in self.advice]
        if self.signs is not None:
            lines += ["Signs beside a Poisson model", self.signs.round(4).to_string()]
        return "\n".join(lines)

    __repr__ = __str__


def outcome_check(
    panel: Panel, outcome: str, *, model: Estimator | None = None, weights: SpatialWeights | None = None
) -> OutcomeCheck:
    """Zeros, outliers and skewness of an outcome, with advice; with a model, its signs beside a Poisson model's.

    Parameters
    ----------
    panel : Panel
    outcome : str
        The variable in its own unit, before any logarithm: a column or an expression.
    model : Estimator, optional
        Its regressors, their W terms and its fixed effects are taken into a Poisson pseudo-maximum-likelihood model of
        `outcome` itself, and beside it into least squares of the model's own outcome, both with covariances clustered
        by unit. Lags of y and of the error are left out of both.
    weights : SpatialWeights, optional
        Of the W terms.

    Returns
    -------
    OutcomeCheck

    Raises
    ------
    InputError, OptionError
        Weights without a model; a model that is not static, has effects beyond units and periods, or is by moments.
    DataError
        The outcome does not vary; or it is negative somewhere and a Poisson model is asked for.
    EstimationError
        The Poisson model does not converge.

    Notes
    -----
    The Poisson model needs no more than a mean that is exp(x'b + effects): y need not be a count, and may be zero.
    Units (or periods) whose outcome is zero throughout drop out, as their effect is minus infinity.

    References
    ----------
    Santos Silva and Tenreyro (2006), doi:10.1162/rest.88.4.641, for the Poisson model. Chen and Roth (2024),
    doi:10.1093/qje/qjad054: with zeros, effects on log1p(y) and asinh(y) depend on the unit of y. Bellemare and Wichman
    (2020), doi:10.1111/obes.12325, for asinh. Iglewicz and Hoaglin (1993), How to Detect and Handle Outliers.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.outcome_check(bd.load_panel(), "bev_density").measures["units_always_zero"]
    np.float64(3.0)
    """
    if model is None and weights is not None:
        raise InputError("weights", expected="a model beside weights", got="no model")
    y = panel.evaluate(outcome)
    if np.ptp(y) == 0:
        raise DataError(outcome, expected="an outcome that varies", got="one value throughout")
    measures, outliers = _measures(y), _outliers(panel, y)
    measures["outliers_mad"] = len(outliers)
    signs = None if model is None else _signs(panel, outcome, y, model, weights)
    return OutcomeCheck(outcome, measures, outliers, signs, _advice(outcome, measures, outliers, signs))


def _measures(y: np.ndarray) -> pd.Series:
    positive = y[y > 0]
    low, high = np.quantile(y, [0.25, 0.75])
    reach = FENCE * (high - low)
    able = bool((y >= 0).all())
    return pd.Series(
        {
            "zero_share": float((y == 0).mean()),
            "negative_share": float((y < 0).mean()),
            "units_always_zero": float((y == 0).all(axis=0).sum()),
            "skewness": float(stats.skew(y, axis=None)),
            "skewness_log1p": float(stats.skew(np.log1p(y), axis=None)) if able else np.nan,
            "skewness_asinh": float(stats.skew(np.arcsinh(y), axis=None)),
            "median_positive": float(np.median(positive)) if positive.size else np.nan,
            "outliers_fence": float(((y < low - reach) | (y > high + reach)).sum()),
        },
        name="measure",
    )


def _outliers(panel: Panel, y: np.ndarray) -> pd.DataFrame:
    """Cells far from their unit's median, beside the other cells' distances from theirs."""
    left = y - np.median(y, axis=0)
    # units that never vary say nothing of how far a cell usually is from its unit's median
    moving = np.ptp(y, axis=0) > 0
    mad = float(np.median(np.abs(left[:, moving])))
    if mad == 0:
        return pd.DataFrame(columns=[panel.unit, panel.time, "value", "robust_z"])
    z = NORMAL_MAD * left / mad
    cells = [
        {panel.unit: panel.units[i], panel.time: panel.periods[t], "value": y[t, i], "robust_z": z[t, i]}
        for t, i in np.argwhere(np.abs(z) > ROBUST_Z)
    ]
    found = pd.DataFrame(cells, columns=[panel.unit, panel.time, "value", "robust_z"])
    return found.sort_values("robust_z", key=np.abs, ascending=False, ignore_index=True)


def _signs(panel: Panel, outcome: str, y: np.ndarray, model: Estimator, weights: SpatialWeights | None) -> pd.DataFrame:
    """Least squares and Poisson coefficients of the same regressors and effects, clustered by unit."""
    if (y < 0).any():
        raise DataError(outcome, expected="values of 0 and more for a Poisson model", got=f"{int((y < 0).sum())} below")
    model = in_scope(model, "a Poisson model beside it")
    kind = SpatialLagX if model.lag_x else NonSpatial
    linear = with_covariance(model.to(kind), "clustered", "unit").fit(panel, weights)
    names = [name for name in linear.sample.names if name != "Intercept"]
    Z = linear.sample.Z[:, :, [linear.sample.names.index(name) for name in names]]
    b, p = _poisson(y[linear.sample.design.lost :], Z, linear.sample.within.unit, linear.sample.within.time)
    frame = pd.DataFrame(
        {
            "linear": linear.params[names],
            "p_linear": linear.pvalues[names],
            "poisson": b,
            "p_poisson": p,
        }
    )
    frame["same_sign"] = np.sign(frame["linear"]) == np.sign(frame["poisson"])
    return frame


def _poisson(y: np.ndarray, Z: np.ndarray, unit: bool, time: bool) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of Z (T, N, K) and their p-values in a Poisson model with dummies, clustered by unit."""
    import statsmodels.api as sm

    if unit:
        kept = y.sum(axis=0) > 0
        y, Z = y[:, kept], Z[:, kept]
    if time:
        kept = y.sum(axis=1) > 0
        y, Z = y[kept], Z[kept]
    T, N, K = Z.shape
    spread = Z.std(axis=(0, 1))
    parts = [(Z / spread).reshape(T * N, K), np.ones((T * N, 1))]
    if unit:
        parts.append(np.tile(np.eye(N), (T, 1))[:, 1:])
    if time:
        parts.append(np.repeat(np.eye(T), N, axis=0)[:, 1:])
    groups = np.tile(np.arange(N), T)
    family = sm.families.Poisson()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they would say of convergence is asked below
        fit = sm.GLM(y.ravel(), np.hstack(parts), family=family).fit(
            maxiter=200, tol=1e-10, cov_type="cluster", cov_kwds={"groups": groups}
        )
    if not fit.converged:
        raise EstimationError("The Poisson model did not converge: a regressor may tell zeros from the rest exactly.")
    return fit.params[:K] / spread, fit.pvalues[:K]


def _advice(outcome: str, m: pd.Series, outliers: pd.DataFrame, signs: pd.DataFrame | None) -> tuple[str, ...]:
    said = []
    if m["negative_share"] > 0:
        said.append(
            f"{m['negative_share']:.0%} of the values are negative: log, log1p (below -1) and a Poisson model do not "
            "apply; asinh does."
        )
    if m["zero_share"] > 0:
        said.append(
            f"{m['zero_share']:.0%} of the values are zero, and {m['units_always_zero']:.0f} units are zero "
            "throughout: log() is not defined. log1p() and asinh() are, but with zeros their effects depend on the "
            "unit of measurement and are no percentages: the median of the positive values is "
            f"{m['median_positive']:.3g}, and log1p is nearly linear below 1, nearly a logarithm far above. Say which "
            "unit, and show a Poisson model beside it."
        )
    if m["zero_share"] > 0.5:
        said.append("More than half are zero: whether a unit has any at all may be the better first question.")
    if m["units_always_zero"] > 0:
        said.append(
            "With unit effects, units that are zero throughout tell nothing of the regressors in a Poisson model; in a "
            "linear model they pull coefficients towards zero."
        )
    if abs(m["skewness"]) > 1:
        after = [f"{m[f'skewness_{name}']:.1f} after {name}()" for name in ("log1p", "asinh")]
        said.append(f"Skewness is {m['skewness']:.1f}, {after[0]} and {after[1]}.")
    if len(outliers):
        first = outliers.iloc[0]
        said.append(
            f"{len(outliers)} cells lie beyond {ROBUST_Z} robust standard deviations from their unit's median, the "
            f"farthest {first.iloc[0]} {first.iloc[1]} ({first['value']:.4g}): look at them, and refit without."
        )
    if signs is not None:
        clear = signs[(signs[["p_linear", "p_poisson"]] < CLEAR).any(axis=1)]
        odd = [str(term) for term in clear.index[~clear["same_sign"]]]
        said.append(
            f"Of {len(clear)} coefficients that are significant at 5 % in the linear or the Poisson model, "
            + (
                f"{len(odd)} have other signs in the other: {', '.join(odd)}."
                if odd
                else "all have the same sign in both."
            )
        )
    return tuple(said) or (f"Nothing about {outcome} stands against a linear model.",)
