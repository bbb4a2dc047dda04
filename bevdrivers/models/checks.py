"""Which options of a request go together.

Each rule is checked when the request is made, before any data are seen, and names the option to change.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import OptionError
from ..options import (
    Correction,
    Demean,
    Dynamic,
    FixedEffects,
    GmmWeights,
    Method,
    RandomEffects,
    TwoStage,
    check_option,
)
from ..panel.terms import read_formula, read_terms
from .design.absorb import check_absorb

if TYPE_CHECKING:
    from .estimator import Estimator

_VALUES = {
    "fixed_effects": FixedEffects,
    "random_effects": RandomEffects,
    "correction": Correction,
    "dynamic": Dynamic,
    "demean": Demean,
    "method": Method,
    "gmm": GmmWeights,
    "two_stage": TwoStage,
}


def checked_options(request: Estimator) -> dict[str, Any]:
    """Check all options of a request, and return those that are lists as tuples, which can be hashed.

    Raises
    ------
    OptionError
    """
    for name, allowed in _VALUES.items():
        check_option(name, getattr(request, name), allowed)
    request._covariance_request.check(is_ml=request.is_ml)
    _check_flags(request)
    if request.serial_errors:
        _check_serial(request)
    if request.random_effects is not None:
        _check_random(request)
    if request.dynamic is not None:
        _check_dynamic(request)
    lists = _lists(request)
    if request.method == "gmm":
        _check_gmm(request)
    _check_correction(request)
    _check_demean(request)
    return lists


def adjusted_applies(request: Estimator) -> bool:
    """Whether the model has an adjusted score: that of rho alone is centred."""
    return request.lag_y and not request.lag_u and request.dynamic is None and request.is_ml


def _elhorst_applies(request: Estimator) -> bool:
    return adjusted_applies(request) and request.effects in ("unit", "two-way")


def _refuse(option: str, expected: str, got: str, remedy: str = "") -> NoReturn:
    raise OptionError(option, expected=expected, got=got, remedy=remedy)


def _in_words(request: Estimator) -> str:
    """Model and effects, for messages about what a correction needs."""
    others = "".join(f", {name}={getattr(request, name)!r}" for name in ("dynamic",) if getattr(request, name))
    return f"{type(request).__name__} with fixed_effects={request.effects!r}{others}"


def _are_names(given: Any) -> bool:
    return isinstance(given, Collection) and not isinstance(given, str) and all(isinstance(one, str) for one in given)


def _check_flags(request: Estimator) -> None:
    if not isinstance(request.formula, str):
        _refuse("formula", "a text such as 'y ~ x1 + x2'", repr(request.formula))
    read_formula(request.formula)
    for name in ("mundlak", "serial_errors"):
        if not isinstance(getattr(request, name), bool):
            _refuse(name, "True or False", repr(getattr(request, name)))
    if request.mundlak and request.random_effects is None:
        _refuse("mundlak", "random_effects='baltagi' or 'kkp' beside it", "random_effects=None")


def _lists(request: Estimator) -> dict[str, tuple[str, ...]]:
    """The options that are lists, as tuples."""
    found: dict[str, tuple[str, ...]] = {}
    if request.durbin is not None:
        if not request.lag_x:
            _refuse("durbin", "a model with lags of X", type(request).__name__)
        if not _are_names(request.durbin):
            _refuse("durbin", "a list of regressors", repr(request.durbin))
        found["durbin"] = tuple(request.durbin)
    if request.absorb is not None:
        found["absorb"] = check_absorb(request)
    for name in ("endogenous", "instruments"):
        given = getattr(request, name)
        if given is None:
            continue
        if not _are_names(given) or not len(given):
            _refuse(name, "a list of names", repr(given))
        found[name] = tuple(given)
    for text in found.get("instruments", ()):  # endogenous= names terms of the formula
        read_terms(text, "instruments")
    if request.method == "ml":
        for name in ("gmm", "two_stage", "endogenous", "instruments"):
            if getattr(request, name) is not None:
                _refuse("method", f"'gmm' with {name}=", "'ml'")
    return found


def _check_random(request: Estimator) -> None:
    if request.fixed_effects not in ("auto", None):
        _refuse(
            "random_effects",
            "no fixed effects beside random ones",
            f"fixed_effects={request.fixed_effects!r}",
            "Leave fixed_effects out; C(period) in the formula gives period dummies.",
        )
    if request.correction not in ("auto", None):
        _refuse("correction", "no correction: there are no fixed effects", repr(request.correction))
    _check_random_covariance(request)


def _check_serial(request: Estimator) -> None:
    if request.effects is not None:
        _refuse(
            "serial_errors",
            "random effects or none",
            f"fixed_effects={request.effects!r}",
            "Use random_effects='baltagi' or 'kkp' (perhaps with mundlak=True), or fixed_effects=None. With "
            "fixed effects, cov_type='clustered' allows for serial correlation.",
        )
    _check_random_covariance(request)


def _check_random_covariance(request: Estimator) -> None:
    """Units must be independent parts of the score; periods never are, for mu links them."""
    if request.cov_type in ("classical", "hessian"):
        return
    if request.cov_type != "clustered" or request.cluster not in (None, "unit"):
        _refuse(
            "cov_type",
            "'classical', 'hessian' or 'clustered' by unit with random effects or autocorrelated errors",
            repr(request.cov_type) + (f" by {request.cluster}" if request.cluster else ""),
            "'clustered' holds for errors that are not normal, of different variances, or dependent over "
            "time in other ways than the model has it.",
        )
    if request.lag_u and request.random_effects == "baltagi":
        _refuse(
            "cov_type",
            "'classical' or 'hessian' where unit effects stand outside the filter of the error",
            "'clustered' with random_effects='baltagi'",
            "Use random_effects='kkp': with 'baltagi' the data do not tell the independent parts apart.",
        )


def _check_dynamic(request: Estimator) -> None:
    given = repr(request.dynamic)
    if not request.lag_y and request.dynamic != "time":
        _refuse("dynamic", "'time' in a model without a lag of y", f"{given} in {type(request).__name__}")
    if request.correction in ("elhorst", "adjusted-score"):
        _refuse("correction", "'auto', 'lee-yu' or None in a dynamic model", repr(request.correction))
    if request.cov_type == "driscoll-kraay":
        _refuse(
            "cov_type",
            "another covariance in a dynamic model",
            repr(request.cov_type),
            "Errors that depend over time make y of the period before endogenous: no covariance mends it.",
        )
    if request.random_effects is not None:
        _refuse("dynamic", "None beside random effects, which y of the period before contains", given)
    if request.serial_errors:
        _refuse("dynamic", "None beside autocorrelated errors, which y of the period before contains", given)


def _check_gmm(request: Estimator) -> None:
    if request.random_effects is not None:
        _check_random_gmm(request)
    for name in ("dynamic", "serial_errors"):
        if getattr(request, name):
            _refuse("method", f"'ml' with {name}={getattr(request, name)!r}", "'gmm'")
    if (request.endogenous is None) != (request.instruments is None):
        missing = "endogenous" if request.endogenous is None else "instruments"
        _refuse(missing, "endogenous= and instruments= together", f"no {missing}=")
    if not (request.lag_y or request.lag_u or request.endogenous):
        _refuse("method", f"'ml' for {type(request).__name__} without endogenous=", "'gmm'")
    if request.correction not in ("auto", None):
        _refuse("correction", "'auto' or None with method='gmm', which has no such bias", repr(request.correction))
    if request.mundlak and request.endogenous is not None:
        _refuse(
            "mundlak",
            "False with endogenous=",
            "True",
            "The unit means of an endogenous regressor are endogenous too. fixed_effects='unit' has the same slopes.",
        )
    if request.gmm is not None and not request.lag_u:
        _refuse("gmm", "None for a model without a lag of the error", repr(request.gmm))
    if request.random_effects is None:
        _check_fixed_gmm(request)


def _check_fixed_gmm(request: Estimator) -> None:
    if request.two_stage is not None:
        _refuse("two_stage", "None without random effects", repr(request.two_stage))
    if request.gmm == "weights":
        _refuse("gmm", "'initial' without random effects: there is one set of moments to weight", "'weights'")
    if request.moments in ("initial", "fullweights") and request.cov_type != "classical":
        _refuse("cov_type", f"'classical' with gmm={request.gmm!r}, or gmm='robust'", repr(request.cov_type))
    if request.lag_u and request.demean == "before-lag" and request.effects in ("time", "two-way"):
        _refuse("demean", "'after-lag' for generalised moments with time effects", "'before-lag'")


def _check_random_gmm(request: Estimator) -> None:
    if request.gmm == "robust":
        _refuse(
            "gmm",
            "'initial', 'weights' or 'fullweights' with random effects",
            "'robust'",
            "Moments that hold under heteroskedasticity are there with fixed_effects='unit'.",
        )
    if request.lag_u and request.random_effects == "baltagi":
        _refuse("random_effects", "'kkp' for generalised moments with a lag of the error", "'baltagi'")
    if request.lag_u and request.two_stage == "between":
        _refuse("two_stage", "'gls' or 'error-components' with a lag of the error", "'between'")


def _check_correction(request: Estimator) -> None:
    if request.correction == "lee-yu":
        if not (request.is_ml or request.corrected):
            least_squares = f"least squares ({type(request).__name__})"
            _refuse("correction", "a model with a lag of y or of the error", least_squares)
        if request.effects is None and request.absorb is None:
            _refuse("correction", "fixed effects that it transforms away", "fixed_effects=None")
    if request.correction == "adjusted-score" and not (adjusted_applies(request) and request.lee_yu):
        _refuse("correction", "a lag or Durbin model, not dynamic, with fixed effects", _in_words(request))
    if request.correction == "elhorst" and not _elhorst_applies(request):
        _refuse("correction", "a lag or Durbin model with unit or two-way effects", _in_words(request))


def _check_demean(request: Estimator) -> None:
    """Only the lags of y and of the error are taken before or after demeaning; W X is a regressor like others."""
    if request.demean == "after-lag":
        return
    if request.random_effects is not None or request.effects is None:
        _refuse("demean", "'after-lag' without fixed effects, which nothing is demeaned for", repr(request.demean))
    if not (request.lag_y or request.lag_u or request.method == "gmm"):
        got = f"{request.demean!r} in {type(request).__name__}"
        _refuse("demean", "'after-lag' in a model without a lag of y or of the error", got)
    if request.lee_yu:
        _refuse("demean", "correction=None or 'elhorst' with 'before-lag'", f"correction={request.correction!r}")


def options_for(request: Estimator, model: type[Estimator]) -> dict[str, Any]:
    """The options of a request for another model; those that do not apply there at their defaults."""
    if not (isinstance(model, type) and hasattr(model, "lag_y")):
        _refuse("model", "a class of models such as bd.SpatialLag", repr(model))
    options = {f.name: getattr(request, f.name) for f in fields(request)}
    lags = model.lag_y or model.lag_u
    special = request.random_effects is not None or request.serial_errors
    if not model.lag_x:
        options["durbin"] = None
    if not model.lag_y and request.dynamic != "time":
        options["dynamic"] = None
    if not (lags or special) and request.cov_type in ("hessian", "qml"):
        options["cov_type"] = "classical"
    if not lags or (request.correction in ("elhorst", "adjusted-score") and (model.lag_u or not model.lag_y)):
        options["correction"] = "auto"
    if request.demean == "before-lag":
        of_error_moments = model.lag_u and request.method == "gmm" and request.effects != "unit"
        if not (lags or request.endogenous) or of_error_moments:
            options["demean"] = "after-lag"
        elif options["correction"] == "auto":
            options["correction"] = None  # what demeaning before lagging leaves: direct maximum likelihood
    if not model.lag_u:
        options["gmm"] = None
    elif request.two_stage == "between":
        options["two_stage"] = None
    if not (lags or request.endogenous):
        options["method"], options["two_stage"] = "ml", None
    if model.lag_u and request.random_effects == "baltagi":
        # without a lag of the error the two kinds are one; these need the other where there is one
        if options["method"] == "gmm":
            options["random_effects"] = "kkp"
        elif request.cov_type == "clustered":
            options["cov_type"], options["cluster"] = "classical", None
    return options
