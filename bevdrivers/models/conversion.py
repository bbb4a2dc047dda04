"""A request made over for another model."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from .covariance import KINDS
from .least_squares import LeastSquares
from .options import Options, refuse


def options_for(options: Options, model: type[Options]) -> dict[str, Any]:
    """The options of a request for another model; those that do not apply there at their
    defaults.
    """
    if not (isinstance(model, type) and hasattr(model, "lag_y")):
        refuse(
            "model",
            "a class of models such as bd.SpatialLag",
            repr(model),
            "Write for instance model.to(bd.SpatialLag).",
        )
    adapted = {f.name: getattr(options, f.name) for f in fields(options)}
    _adapt_regressors(adapted, model)
    _adapt_covariance(adapted, model)
    _adapt_correction(adapted, model)
    _adapt_moments(adapted, model)
    _adapt_random_effects(adapted, model)
    return adapted


def _has_lags(model: type[Options]) -> bool:
    """Whether the model has a lag of y or of the error."""
    return model.lag_y or model.lag_u


def _adapt_regressors(adapted: dict[str, Any], model: type[Options]) -> None:
    if not model.lag_x:
        adapted["durbin"] = None
    if not model.lag_y and adapted["dynamic"] != "time":
        adapted["dynamic"] = None


def _adapt_covariance(adapted: dict[str, Any], model: type[Options]) -> None:
    """Covariances that are made of a likelihood go with it."""
    has_likelihood = (
        _has_lags(model) or adapted["random_effects"] is not None or adapted["serial_errors"]
    )
    if not has_likelihood and adapted["cov_type"] not in LeastSquares.covariances:
        adapted["cov_type"] = "classical"


def _adapt_correction(adapted: dict[str, Any], model: type[Options]) -> None:
    """Corrections that the model does not have fall back to "auto"; so does demeaning before
    lagging. Direct maximum likelihood stays, for least squares have its likelihood, too.
    """
    of_rho_alone = adapted["correction"] in ("elhorst", "adjusted-score")
    has_none = not _has_lags(model) and adapted["correction"] is not None
    if has_none or (of_rho_alone and (model.lag_u or not model.lag_y)):
        adapted["correction"] = "auto"
    if adapted["demean"] != "before-lag":
        return
    by_moments = adapted["method"] == "gmm"
    effects = "two-way" if adapted["fixed_effects"] == "auto" else adapted["fixed_effects"]
    of_error_moments = model.lag_u and by_moments and effects != "unit"
    if not (_has_lags(model) or adapted["endogenous"]) or of_error_moments:
        adapted["demean"] = "after-lag"
    elif adapted["correction"] == "auto":
        # what demeaning before lagging leaves: direct maximum likelihood
        adapted["correction"] = None


def _adapt_moments(adapted: dict[str, Any], model: type[Options]) -> None:
    if not model.lag_u:
        adapted["gmm"] = None
    elif adapted["two_stage"] == "between":
        adapted["two_stage"] = None
    if not (_has_lags(model) or adapted["endogenous"]):
        adapted["method"], adapted["two_stage"] = "ml", None


def _adapt_random_effects(adapted: dict[str, Any], model: type[Options]) -> None:
    """Without a lag of the error the two kinds are one; moments and sandwiches need "kkp" where
    there is one.
    """
    if not (model.lag_u and adapted["random_effects"] == "baltagi"):
        return
    if adapted["method"] == "gmm":
        adapted["random_effects"] = "kkp"
    elif not KINDS[adapted["cov_type"]].supposes_iid:
        adapted["cov_type"], adapted["cluster"] = "classical", None
        adapted["cluster_type"] = None
