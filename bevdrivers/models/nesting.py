"""Is one fit a special case of another? What a likelihood-ratio test supposes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError
from ..numerics.linalg import off_basis
from ..numerics.streams import generator
from ..weights import SpatialWeights
from ..weights.by_period import PeriodWeights
from .design.sample import RANK_TOLERANCE, Sample
from .fitted import Fitted

# weights that differ by less are the same but for rounding
SAME_WEIGHTS = 1e-12


def check_nested(fit: Fitted[Any], other: Fitted[Any]) -> None:
    """Refuse two fits of the same data of which neither is a special case of the other.

    Raises
    ------
    InputError
        The reason names what the smaller model has and the larger one cannot be restricted to.
    """
    large, small = (fit, other) if fit.n_params > other.n_params else (other, fit)
    obstacle = nesting_obstacle(large, small)
    if not obstacle:
        return
    names = small.estimator.model, large.estimator.model
    raise InputError(
        "other",
        expected="a fit that nests this one, or is nested",
        got=f"{names[0]} beside {names[1]}: {obstacle}",
        remedy="Compare models that are not nested by aic or bic, other weights by j_tests.",
    )


def nesting_obstacle(large: Fitted[Any], small: Fitted[Any]) -> str:
    """Why no restriction on the parameters of `large` gives `small`; empty where one does.

    A lag that `small` has is in `large` with the same W. Its regressors are combinations of those
    of `large` after the effects of `large`, which hold its own. There is one other way: the error
    model y = X b + u, u = lam W u + e is y = lam W y + X b - lam W X b + e, a Durbin model whose W
    X holds the lags of all its regressors.
    """
    a, b = large.sample, small.sample
    if large.estimator.random_effects is None and small.estimator.random_effects is not None:
        return "only the smaller model has random effects"
    if b.serial and not a.serial:
        return "only the smaller model has autocorrelated errors"
    if _has_lag(a) and _has_lag(b) and a.before_lag != b.before_lag:
        return "one is demeaned before lagging, the other after"
    if not _holds_effects(a, b):
        return "the larger model has not all effects of the smaller"
    if b.W is not None and (a.W is None or not _same(a.W, b.W)):
        return "the larger model has no lag of y with the same W"
    if b.M is None or (a.M is not None and _same(a.M, b.M)):
        return "" if _spans(a, b.Z) else "the larger model has not all regressors of the smaller"
    if a.W is None or b.W is not None or a.M is not None or not _same(a.W, b.M):
        return "the larger model has no lag of the error with the same W"
    return _common_factor_obstacle(a, b, b.M)


def _common_factor_obstacle(
    a: Sample,
    b: Sample,
    M: SpatialWeights,
) -> str:
    """Why a model with a lag of y does not hold the error model of `b`; empty where it does."""
    if not _spans(a, b.Z):
        return "the larger model has not all regressors of the smaller"
    # Lags of effects are effects of the larger model, too: fits with a lag of the error are refused
    # otherwise.
    lags = M.lag(b.within.demean(b.Z) if a.before_lag else b.Z)
    if not _spans(a, lags):
        return "the larger model has not the lags of all regressors, as common factors ask for"
    return ""


def _has_lag(sample: Sample) -> bool:
    return sample.W is not None or sample.M is not None


def _same(one: SpatialWeights, other: SpatialWeights) -> bool:
    """Whether two weights of the same units are equal but for rounding."""
    if one is other:
        return True
    difference = (_matrix(one) - _matrix(other)).tocoo()
    return bool(np.abs(difference.data).max(initial=0.0) <= SAME_WEIGHTS)


def _matrix(W: SpatialWeights) -> Any:
    """The weights, sparse; of all periods where they differ."""
    return W.over_cells if isinstance(W, PeriodWeights) else W.sparse


def _holds_effects(a: Sample, b: Sample) -> bool:
    """Whether what the effects of `b` explain of any array is explained by those of `a`, too."""
    probe = _probe(b)
    effects = probe - b.within.demean(probe)
    return _vanishes(a.within.demean(effects), effects)


def _probe(sample: Sample) -> np.ndarray:
    """An array (T, N) without any pattern that effects could miss by chance."""
    probe = generator(0, "probes of effects").standard_normal(sample.shape)
    return np.where(sample.there, probe, 0.0)


def _spans(a: Sample, columns: np.ndarray) -> bool:
    """Whether columns (T, N, L) are combinations of the regressors of `a`, effects apart."""
    K = a.n_regressors
    after = a.within.demean(columns).reshape(-1, columns.shape[2])
    if K:
        basis = np.linalg.qr(a.columns[:, :, :K].reshape(-1, K))[0]
        after = off_basis(after, basis)
    return _vanishes(after, columns.reshape(after.shape))


def _vanishes(left: np.ndarray, whole: np.ndarray) -> bool:
    """Whether the columns of `left` are rounding beside those of `whole`, of the same shape."""
    lengths = np.linalg.norm(left, axis=0)
    return bool(np.all(lengths <= RANK_TOLERANCE * np.linalg.norm(whole, axis=0)))
