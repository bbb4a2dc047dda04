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
        refuse("model", "a class of models such as bd.SpatialLag", repr(model))
    found = {f.name: getattr(options, f.name) for f in fields(options)}
    _adapt_regressors(found, model)
    _adapt_covariance(found, model)
    _adapt_correction(found, model)
    _adapt_moments(found, model)
    _adapt_random_effects(found, model)
    return found


def _has_lags(model: type[Options]) -> bool:
    """Whether the model has a lag of y or of the error."""
    return model.lag_y or model.lag_u


def _adapt_regressors(found: dict[str, Any], model: type[Options]) -> None:
    if not model.lag_x:
        found["durbin"] = None
    if not model.lag_y and found["dynamic"] != "time":
        found["dynamic"] = None


def _adapt_covariance(found: dict[str, Any], model: type[Options]) -> None:
    """Covariances that are made of a likelihood go with it."""
    has_likelihood = (
        _has_lags(model) or found["random_effects"] is not None or found["serial_errors"]
    )
    if not has_likelihood and found["cov_type"] not in LeastSquares.covariances:
        found["cov_type"] = "classical"


def _adapt_correction(found: dict[str, Any], model: type[Options]) -> None:
    """Corrections that the model does not have fall back to "auto"; so does demeaning before
    lagging.
    """
    of_rho_alone = found["correction"] in ("elhorst", "adjusted-score")
    if not _has_lags(model) or (of_rho_alone and (model.lag_u or not model.lag_y)):
        found["correction"] = "auto"
    if found["demean"] != "before-lag":
        return
    by_moments = found["method"] == "gmm"
    effects = "two-way" if found["fixed_effects"] == "auto" else found["fixed_effects"]
    of_error_moments = model.lag_u and by_moments and effects != "unit"
    if not (_has_lags(model) or found["endogenous"]) or of_error_moments:
        found["demean"] = "after-lag"
    elif found["correction"] == "auto":
        # what demeaning before lagging leaves: direct maximum likelihood
        found["correction"] = None


def _adapt_moments(found: dict[str, Any], model: type[Options]) -> None:
    if not model.lag_u:
        found["gmm"] = None
    elif found["two_stage"] == "between":
        found["two_stage"] = None
    if not (_has_lags(model) or found["endogenous"]):
        found["method"], found["two_stage"] = "ml", None


def _adapt_random_effects(found: dict[str, Any], model: type[Options]) -> None:
    """Without a lag of the error the two kinds are one; moments and sandwiches need "kkp" where
    there is one.
    """
    if not (model.lag_u and found["random_effects"] == "baltagi"):
        return
    if found["method"] == "gmm":
        found["random_effects"] = "kkp"
    elif not KINDS[found["cov_type"]].supposes_iid:
        found["cov_type"], found["cluster"] = "classical", None
