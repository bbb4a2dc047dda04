"""`FitResult.cautions`: what to know before one believes a standard error or an interval.

Each is looked for with what the fit has already; nothing is estimated again. On data that are what
the fit supposes, one of them is found in about one of twenty samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..numerics.residual_statistics import (
    first_order,
    first_order_of_cells,
    koenker_by_unit,
    koenker_by_unit_of_cells,
)
from ..numerics.streams import generator
from ..panel.time_axis import TimeAxis
from ..weights import SpatialWeights
from ..weights.by_period import PeriodWeights
from ..weights.covariates import spelled
from .covariance import Clustered
from .design.sample import Sample
from .fitted import Fitted
from .ml.optimum import Search
from .sandwich import FEW_CLUSTERS

CautionName = Literal[
    "unequal variances",
    "serial correlation",
    "few clusters",
    "many parameters",
    "near the bound",
    "second maximum",
    "wide interval",
    "collinear lag",
    "endogenous weights",
]

# Two tests of the residuals at this level each find something in 5 % of samples where nothing is.
LEVEL = 0.025
# Of the residuals; the p-values are then multiples of 1/200.
DRAWS = 199
# Numbers that are drawn at a time.
PIECE = 2_000_000
# Shorter series say nothing of correlation over time, or of the variances of units.
LEAST_PERIODS = 4
# The 95 % interval of a parameter whose range is about that from -1 to 1: longer than this, it
# tells a strong spillover from none at most.
WIDE = 1.0
# Half length of a 95 % interval in standard errors.
HALF = 1.96
# Variance inflation from which on a coefficient is hardly told apart from the others.
INFLATED = 10.0


@dataclass(frozen=True)
class Caution:
    """One reason to be careful.

    Attributes
    ----------
    name : str
        "unequal variances", "serial correlation", "few clusters", "many parameters", "near the
        bound", "second maximum", "wide interval", "collinear lag" or "endogenous weights".
    statement : str
        What was found, in a sentence.
    figures : mapping of str to float
        The numbers behind it.
    remedy : str
        What to do, in a line.
    """

    name: CautionName
    statement: str
    figures: Mapping[str, float] = field(default_factory=dict)
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.statement} {self.remedy}"


def cautions_of(fit: Fitted[Any]) -> tuple[Caution, ...]:
    """All cautions of a fit, in the order of their names in `CautionName`."""
    found = [
        *_of_residuals(fit),
        *_of_clusters(fit),
        *_of_spatial_parameters(fit),
        *_of_maxima(fit),
        *_of_lags(fit),
        *_of_weights(fit),
    ]
    return tuple(found)


def _of_residuals(fit: Fitted[Any]) -> Iterator[Caution]:
    """Unequal variances and correlation over time that the covariance supposes away.

    The p-values come from residuals that are drawn from those of the fit, in any order and with
    the effects and the regressors taken out of them again, which holds the size in short panels and
    under heavy tails.
    """
    variances = fit.kind.supposes_one_variance
    # y of the period before makes residuals that are correlated by construction
    serial = fit.kind.supposes_no_serial_correlation and not fit.sample.dynamic
    serial = serial and not TimeAxis.of(fit.sample.design.periods).gaps
    innovations = not (fit.estimate.predicts_effects or fit.sample.serial)
    if not (innovations and (variances or serial)) or fit.sample.shape[0] < LEAST_PERIODS:
        return
    p_variances, p_serial = _p_values(fit)
    if variances and p_variances < LEVEL:
        yield Caution(
            "unequal variances",
            f"The variances of the units differ (p = {p_variances:.3g}), and "
            f'cov_type="{fit.kind.name}" supposes one.',
            {"p_value": p_variances},
            'Use cov_type="clustered" or "robust"; correction="robust-score" in static models, or '
            'method="gmm", for rho and lam, which maximum likelihood then misses.',
        )
    if serial and p_serial < LEVEL:
        yield Caution(
            "serial correlation",
            f"The residuals of a unit are correlated over time (p = {p_serial:.3g}), and "
            f'cov_type="{fit.kind.name}" supposes that they are not.',
            {"p_value": p_serial},
            'Use cov_type="clustered", or a dynamic model.',
        )


def _p_values(fit: Fitted[Any]) -> tuple[float, float]:
    """Of Koenker's test of the variances by unit, and of Wooldridge's of first-order correlation."""
    e = fit.estimate.residuals
    there = fit.sample.observed
    drawn = np.concatenate([_statistics(part, there) for part in _redrawn(fit)], axis=1)
    found = _statistics(e[None], there)
    as_large = (drawn >= found).sum(axis=1)
    variances, serial = (1.0 + as_large) / (1.0 + drawn.shape[1])
    return float(variances), float(serial)


def _statistics(e: np.ndarray, there: np.ndarray | None) -> np.ndarray:
    """The statistics of residuals (R, T, N) in the cells that are there, (2, R)."""
    if there is not None:
        means = e.sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=0), 1)
        by_unit = np.where(there, e - means, 0.0)
        return np.stack([koenker_by_unit_of_cells(e, there), first_order_of_cells(by_unit, there)])
    by_unit = e - e.mean(axis=1, keepdims=True)
    uncorrelated = -1.0 / (e.shape[1] - 1)
    return np.stack([koenker_by_unit(e), first_order(by_unit, uncorrelated)])


def _redrawn(fit: Fitted[Any]) -> Iterator[np.ndarray]:
    """Residuals (R, T, N) of independent errors of one law, some at a time."""
    sample, e = fit.sample, fit.estimate.residuals
    T, N = e.shape
    rng = generator(0, "cautions")
    K = sample.n_regressors
    Q = np.linalg.qr(sample.columns[:, :, :K].reshape(T * N, K))[0]
    size = max(1, PIECE // (T * N))
    for start in range(0, DRAWS, size):
        count = min(size, DRAWS - start)
        errors = rng.choice(e[sample.there], (T, N, count))
        left = sample.within.demean(errors).reshape(T * N, count)
        left = left - Q @ (Q.T @ left)
        yield np.moveaxis(left.reshape(T, N, count), 2, 0)


def _of_clusters(fit: Fitted[Any]) -> Iterator[Caution]:
    """Few groups over which scores are summed, by themselves and beside the parameters."""
    there = fit.sample.there
    shape = (int(there.any(axis=1).sum()), int(there.any(axis=0).sum()))
    groups = fit.kind.count(shape)
    if groups is None:
        return
    P = len(fit.terms)
    bias_reduced = isinstance(fit.kind, Clustered) and fit.kind.reduces_bias
    if groups < FEW_CLUSTERS and not bias_reduced:
        remedy = f'Use groups of which there are {FEW_CLUSTERS} or more (cluster="unit")'
        if fit.method.has_cluster_types:
            remedy += ', cov_type="clustered" with cluster_type="CR2", or the interval "wild"'
        yield Caution(
            "few clusters",
            f"The {fit.kind.name} covariance rests on {groups} sums of the score: standard errors "
            "are too small by a tenth and more.",
            {"clusters": groups},
            f"{remedy}.",
        )
    if groups < 2 * P:
        yield Caution(
            "many parameters",
            f"There are {P} parameters for {groups} sums of the score: joint tests of many of them "
            "reject too often.",
            {"parameters": P, "clusters": groups},
            "Use fewer regressors, or lag fewer of them (durbin=).",
        )


def _of_spatial_parameters(fit: Fitted[Any]) -> Iterator[Caution]:
    """rho and lam whose intervals say little, or reach the end of their range."""
    for name, W in fit.sample.lags.items():
        column = fit.terms.index(name)
        value, error = float(fit.values[column]), float(fit.errors[column])
        low, high = fit.sample.spatial_ranges[name]
        figures = {
            "estimate": value,
            "std_error": error,
            "low": low,
            "high": high,
        }
        if 2 * HALF * error > WIDE:
            density = _density(W)
            yield Caution(
                "wide interval",
                f"{name} is hardly identified: its 95 % interval is {2 * HALF * error:.2f} long. "
                f"W links {density:.0%} of all pairs.",
                {
                    **figures,
                    "length": 2 * HALF * error,
                    "density": density,
                },
                "Use weights with fewer links, or with a cut-off.",
            )
        elif min(value - low, high - value) < HALF * error:
            yield Caution(
                "near the bound",
                f"The 95 % interval of {name} ({value:.3f}, s.e. {error:.3f}) reaches the end of its "
                f"range ({low:.3f} to {high:.3f}), where standard errors do not hold.",
                figures,
                "Look for a regressor or an effect that is left out, or use other weights.",
            )


def _density(W: SpatialWeights) -> float:
    """The share of all pairs that are linked; of weights by period in all of them together."""
    parts = W.parts if isinstance(W, PeriodWeights) else (W,)
    links = sum(part.links.nnz for part in parts)
    return float(links / sum(part.n_units * (part.n_units - 1) for part in parts))


def _of_maxima(fit: Fitted[Any]) -> Iterator[Caution]:
    """Another maximum of the likelihood that is nearly as high."""
    search = getattr(fit.estimate, "search", None)
    if not isinstance(search, Search):
        return
    for p, value in search.near_ties:
        where = dict(zip(fit.estimate.spatial, map(float, p), strict=False))
        said = ", ".join(f"{name} = {x:.3f}" for name, x in where.items())
        yield Caution(
            "second maximum",
            f"The likelihood has another maximum that is nearly as high, at {said}.",
            {**where, "loglik": value},
            "Use a model with one spatial parameter less, or another W for one of them.",
        )


def _of_lags(fit: Fitted[Any]) -> Iterator[Caution]:
    """Spatial lags of regressors that are nearly combinations of the other regressors."""
    sample = fit.sample
    if not sample.lagged:
        return
    factors = dict(zip(sample.names, _inflation(sample), strict=True))
    inflated = {f"W_{name}": float(factors[f"W_{name}"]) for name in sample.lagged}
    inflated = {name: factor for name, factor in inflated.items() if factor > INFLATED}
    if not inflated:
        return
    said = ", ".join(f"{name} ({factor:.0f})" for name, factor in inflated.items())
    yield Caution(
        "collinear lag",
        f"After the effects, spatial lags are nearly combinations of the other regressors; their "
        f"variance is inflated: {said}.",
        inflated,
        "Leave them out by durbin=, or read total impacts and not the split.",
    )


def _of_weights(fit: Fitted[Any]) -> Iterator[Caution]:
    """Weights that are made of covariates or flows in periods of the sample."""
    sample = fit.sample
    used = {id(W): W for W in (sample.W, sample.Wx, sample.M) if W is not None}
    made_of = dict(pair for W in used.values() for pair in W.made_of)
    periods = set(sample.design.periods)
    for column, some in made_of.items():
        shared = sorted(periods.intersection(some))
        if shared:
            yield Caution(
                "endogenous weights",
                f"W is made of {column} of {spelled(shared)}, periods of the sample: where the "
                "outcome moves it, W is endogenous and the estimates are inconsistent.",
                {"periods": len(shared)},
                'Make W of values from before the sample, as period="pre-sample" of the recipes '
                "does.",
            )


def _inflation(sample: Sample) -> np.ndarray:
    """Variance inflation factors of the regressors after the effects, (K,)."""
    K = sample.n_regressors
    X = sample.columns[:, :, :K][sample.there]
    constant = np.array([name == "Intercept" for name in sample.names])
    if constant.any():
        X = np.where(constant, X, X - X.mean(axis=0))
    R = np.linalg.qr(X / np.linalg.norm(X, axis=0), mode="r")
    factors: np.ndarray = np.sum(np.linalg.inv(R) ** 2, axis=1)
    return factors
