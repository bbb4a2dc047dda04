"""Zeros, outliers and skewness of an outcome, the advice that follows, and a Poisson check of a
model's signs.
"""

from __future__ import annotations

import textwrap
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from ...display import Shown
from ...errors import DataError, EstimationError, InputError
from ...models import NonSpatial, SpatialLagX
from ...models.interface import in_scope, regular_request_only, with_covariance
from ...results import TIDY_COLUMNS, WIDTH

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights.given import GivenWeights

# Iglewicz and Hoaglin (1993): a robust z beyond this is an outlier; 0.6745 makes the MAD that of a
# normal's sd
ROBUST_Z = 3.5
NORMAL_MAD = 0.6745
# Tukey's fences, in interquartile ranges beyond the quartiles
FENCE = 1.5
CLEAR = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class OutcomeCheck(Shown):
    """What an outcome's distribution asks of a model.

    Attributes
    ----------
    measures : Series
        ``zero_share``, ``negative_share``; ``units_always_zero``; ``skewness`` of the values, of
        log1p and of asinh (NaN where not defined); ``median_positive``; ``outliers_mad`` and
        ``outliers_fence`` (numbers of cells beyond 3.5 robust standard deviations, and beyond
        Tukey's fences).
    outliers : DataFrame
        Cells whose deviation from the unit's own median is beyond 3.5 robust standard deviations of
        such deviations: unit, period, value, robust z, largest first.
    signs : DataFrame or None, by term
        With a model: coefficient and p-value in the linear model and in the Poisson model with the
        same effects, and whether the signs agree.
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
            {
                "term": self.variable,
                "component": str(name),
                "estimate": float(value),
            }
            for name, value in self.measures.items()
        ]
        if self.signs is not None:
            for term, row in self.signs.iterrows():
                rows.append(
                    {
                        "term": str(term),
                        "component": "poisson",
                        "estimate": row["poisson"],
                        "p_value": row["p_poisson"],
                    }
                )
        return pd.DataFrame(rows).reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: the variable and its measures."""
        return pd.DataFrame([{"variable": self.variable, **self.measures.to_dict()}])

    def __str__(self) -> str:
        lines = [f"Outcome {self.variable}"]
        for text in self.advice:
            lines.append(
                textwrap.fill(
                    text,
                    WIDTH,
                    initial_indent="- ",
                    subsequent_indent="  ",
                )
            )
        if self.signs is not None:
            lines += [
                "Signs beside a Poisson model",
                self.signs.round(4).to_string(),
            ]
        return "\n".join(lines)

    __repr__ = __str__


def outcome_check(
    panel: Panel,
    outcome: str,
    *,
    model: Estimator | None = None,
    weights: GivenWeights | None = None,
) -> OutcomeCheck:
    """Zeros, outliers and skewness of an outcome, with advice; with a model, its signs beside a
    Poisson model's.

    Parameters
    ----------
    panel : Panel
    outcome : str
        The variable in its own unit, before any logarithm: a column or an expression.
    model : Estimator, optional
        Its regressors, their W terms and its fixed effects are taken into a Poisson
        pseudo-maximum-likelihood model of `outcome` itself, and beside it into least squares of the
        model's own outcome, both with covariances clustered by unit. Lags of y and of the error are
        left out of both.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Of the W terms.

    Returns
    -------
    OutcomeCheck

    Raises
    ------
    InputError, OptionError
        Weights without a model; a model that is not static, has effects beyond units and periods,
        or is by moments.
    DataError
        The outcome does not vary; or it is negative somewhere and a Poisson model is asked for.
    EstimationError
        The Poisson model does not converge.

    Notes
    -----
    The Poisson model needs no more than a mean that is exp(x'b + effects): y need not be a count,
    and may be zero. Units (or periods) whose outcome is zero throughout drop out, as their effect
    is minus infinity.

    References
    ----------
    Santos Silva and Tenreyro (2006), doi:10.1162/rest.88.4.641, for the Poisson model. Chen and
    Roth (2024), doi:10.1093/qje/qjad054: with zeros, effects on log1p(y) and asinh(y) depend on the
    unit of y. Bellemare and Wichman (2020), doi:10.1111/obes.12325, for asinh. Iglewicz and Hoaglin
    (1993), How to Detect and Handle Outliers.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.outcome_check(bd.load_panel(), "bev_density").measures["units_always_zero"]
    np.float64(3.0)
    """
    if model is None and weights is not None:
        raise InputError(
            "weights",
            expected="a model beside weights",
            got="weights without a model",
            remedy="Pass model=bd.SpatialLag(formula) as well, for instance, or leave weights out.",
        )
    y = panel.evaluate(outcome, "outcome")
    if np.ptp(y) == 0:
        raise DataError(
            outcome,
            expected="an outcome that varies",
            got="one value throughout",
            remedy="Choose another outcome, or more periods or units.",
        )
    measures = _measures(y)
    outliers = _outliers(panel, y)
    measures["outliers_mad"] = len(outliers)
    signs = None
    if model is not None:
        signs = _signs(panel, outcome, y, model, weights)
    advice = _advice(outcome, measures, outliers, signs)
    return OutcomeCheck(outcome, measures, outliers, signs, advice)


def _measures(y: np.ndarray) -> pd.Series:
    """Shares of zeros and negative values, skewness, and cells beyond Tukey's fences, of y (T,
    N).
    """
    positive = y[y > 0]
    low, high = np.quantile(y, [0.25, 0.75])
    reach = FENCE * (high - low)
    beyond_fences = (y < low - reach) | (y > high + reach)
    log1p_is_defined = bool((y >= 0).all())
    return pd.Series(
        {
            "zero_share": float((y == 0).mean()),
            "negative_share": float((y < 0).mean()),
            "units_always_zero": float((y == 0).all(axis=0).sum()),
            "skewness": _skewness(y),
            "skewness_log1p": _skewness(np.log1p(y)) if log1p_is_defined else np.nan,
            "skewness_asinh": _skewness(np.arcsinh(y)),
            "median_positive": float(np.median(positive)) if positive.size else np.nan,
            "outliers_fence": float(beyond_fences.sum()),
        },
        name="measure",
    )


def _skewness(values: np.ndarray) -> float:
    return float(stats.skew(values, axis=None))


def _outliers(panel: Panel, y: np.ndarray) -> pd.DataFrame:
    """Cells far from their unit's median, beside the other cells' distances from theirs."""
    columns = [panel.unit, panel.time, "value", "robust_z"]
    deviations = y - np.median(y, axis=0)
    # units that never vary say nothing of how far a cell usually is from its unit's median
    varying = np.ptp(y, axis=0) > 0
    if not varying.any():
        return pd.DataFrame(columns=columns)
    mad = float(np.median(np.abs(deviations[:, varying])))
    if mad == 0:
        return pd.DataFrame(columns=columns)
    z = NORMAL_MAD * deviations / mad
    cells = []
    for t, i in np.argwhere(np.abs(z) > ROBUST_Z):
        unit, period = panel.units[i], panel.periods[t]
        cells.append((unit, period, y[t, i], z[t, i]))
    frame = pd.DataFrame(cells, columns=columns)
    return frame.sort_values(
        "robust_z",
        key=np.abs,
        ascending=False,
        ignore_index=True,
    )


def _signs(
    panel: Panel,
    outcome: str,
    y: np.ndarray,
    model: Estimator,
    weights: GivenWeights | None,
) -> pd.DataFrame:
    """Least squares and Poisson coefficients of the same regressors and effects, clustered by
    unit.
    """
    negative = int((y < 0).sum())
    if negative:
        expected = "values of 0 and more for a Poisson model"
        raise DataError(
            outcome,
            expected=expected,
            got=f"{negative} below 0",
            remedy="Leave model out: without it the outcome is described, and nothing is fitted.",
        )
    model = in_scope(model, "a Poisson model beside it")
    regular_request_only(model, panel, weights, what="outcome_check()")
    kind = SpatialLagX if model.lag_x else NonSpatial
    linear = with_covariance(model.to(kind), "clustered", "unit").fit(panel, weights)
    sample = linear.sample
    slopes = [k for k, name in enumerate(sample.names) if name != "Intercept"]
    names = [sample.names[k] for k in slopes]
    b, p = _poisson(
        y[sample.design.lost :],
        sample.Z[:, :, slopes],
        sample.within.unit,
        sample.within.time,
    )
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


def _poisson(
    y: np.ndarray,
    Z: np.ndarray,
    unit: bool,
    time: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of Z (T, N, K) and their p-values in a Poisson model with dummies, clustered by
    unit.
    """
    import statsmodels.api as sm

    if unit:
        kept = y.sum(axis=0) > 0
        y, Z = y[:, kept], Z[:, kept]
    if time:
        kept = y.sum(axis=1) > 0
        y, Z = y[kept], Z[kept]
    T, N, K = Z.shape
    spread = Z.std(axis=(0, 1))
    scaled = Z / spread
    intercept = np.ones((T * N, 1))
    regressors = [scaled.reshape(T * N, K), intercept]
    if unit:
        units = np.tile(np.eye(N), (T, 1))
        regressors.append(units[:, 1:])
    if time:
        periods = np.repeat(np.eye(T), N, axis=0)
        regressors.append(periods[:, 1:])
    poisson = sm.GLM(
        y.ravel(),
        np.hstack(regressors),
        family=sm.families.Poisson(),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they would say of convergence is asked below
        fit = poisson.fit(
            maxiter=200,
            tol=1e-10,
            cov_type="cluster",
            cov_kwds={"groups": np.tile(np.arange(N), T)},
        )
    if not fit.converged:
        raise EstimationError(
            "The Poisson model did not converge: a regressor may tell zeros from the rest exactly. "
            "Leave that regressor out of the formula, or leave model out."
        )
    return fit.params[:K] / spread, fit.pvalues[:K]


def _advice(
    outcome: str,
    measures: pd.Series,
    outliers: pd.DataFrame,
    signs: pd.DataFrame | None,
) -> tuple[str, ...]:
    """What follows from the measures, a sentence or two each."""
    advice = [*_on_zeros(measures), *_on_spread(measures, outliers)]
    if signs is not None:
        advice.append(_on_signs(signs))
    return tuple(advice) or (f"Nothing about {outcome} stands against a linear model.",)


def _on_zeros(measures: pd.Series) -> list[str]:
    advice = []
    if measures["negative_share"] > 0:
        advice.append(
            f"{measures['negative_share']:.0%} of the values are negative: "
            "log, log1p (below -1) and a Poisson model do not apply; asinh does."
        )
    if measures["zero_share"] > 0:
        advice.append(
            f"{measures['zero_share']:.0%} of the values are zero, "
            f"and {measures['units_always_zero']:.0f} units are zero throughout: "
            "log() is not defined. log1p() and asinh() are, but "
            "with zeros their effects depend on the unit of measurement and are no percentages: "
            f"the median of the positive values is {measures['median_positive']:.3g}, "
            "and log1p is nearly linear below 1, nearly a logarithm far above. "
            "Say which unit, and show a Poisson model beside it."
        )
    if measures["zero_share"] > 0.5:
        advice.append(
            "More than half are zero: whether a unit has any at all may be the better first "
            "question."
        )
    if measures["units_always_zero"] > 0:
        advice.append(
            "With unit effects, units that are zero throughout tell nothing of the regressors "
            "in a Poisson model; in a linear model they pull coefficients towards zero."
        )
    return advice


def _on_spread(measures: pd.Series, outliers: pd.DataFrame) -> list[str]:
    advice = []
    if abs(measures["skewness"]) > 1:
        log1p, asinh = (
            f"{measures[f'skewness_{name}']:.1f} after {name}()" for name in ("log1p", "asinh")
        )
        advice.append(f"Skewness is {measures['skewness']:.1f}, {log1p} and {asinh}.")
    if len(outliers):
        farthest = outliers.iloc[0]
        advice.append(
            f"{len(outliers)} cells lie beyond {ROBUST_Z} robust standard deviations "
            f"from their unit's median, the farthest {farthest.iloc[0]} {farthest.iloc[1]} "
            f"({farthest['value']:.4g}): look at them, and refit without."
        )
    return advice


def _on_signs(signs: pd.DataFrame) -> str:
    significant = signs[(signs[["p_linear", "p_poisson"]] < CLEAR).any(axis=1)]
    others = [str(term) for term in significant.index[~significant["same_sign"]]]
    verdict = "all have the same sign in both."
    if others:
        verdict = f"{len(others)} have other signs in the other: {', '.join(others)}."
    return (
        f"Of {len(significant)} coefficients that are significant at 5 % in the linear or the "
        f"Poisson model, {verdict}"
    )
