"""What the tests are for: requests that they would misread are refused, or read without what they leave aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, OptionError, WeightsError
from ..options import Cluster, CovType
from ..weights import SpatialWeights
from . import FitResult
from .estimator import Estimator

if TYPE_CHECKING:
    from ..panel import Panel
    from .design.transforms import Within


def check_request(model: Any) -> None:
    """Refuse what is no estimator."""
    if not isinstance(model, Estimator):
        remedy = "Use its request, fit.estimator." if isinstance(model, FitResult) else ""
        got = type(model).__name__
        raise InputError("model", expected="a request such as SpatialDurbin('y ~ x')", got=got, remedy=remedy)


def check_fit(fit: Any) -> None:
    """Refuse what is no fit."""
    if not isinstance(fit, FitResult):
        remedy = "Use model.fit(panel, weights)." if isinstance(fit, Estimator) else ""
        raise InputError("fit", expected="what model.fit(...) returns", got=type(fit).__name__, remedy=remedy)


def aligned(weights: Any, panel: Panel) -> SpatialWeights:
    """The weights in the order of the panel's units."""
    if not isinstance(weights, SpatialWeights):
        remedy = "Use weights.fit(panel)." if hasattr(weights, "fit") else ""
        raise WeightsError("weights", expected="SpatialWeights", got=type(weights).__name__, remedy=remedy)
    return weights.align(panel.units)


def under(model: Estimator, cov_type: CovType = "classical", cluster: Cluster = None, **more: Any) -> Estimator:
    """The request under another covariance, whatever its own one needs."""
    options = {"kernel": None, "bandwidth": None, "cutoff_km": None, **more}
    return model.replace(cov_type=cov_type, cluster=cluster, **options)


def whole(name: str, value: Any, least: int = 0) -> int:
    """A whole number, not below `least`."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise OptionError(name, expected=f"a whole number, {least} or more", got=repr(value))
    return int(value)


def kind_of(within: Within) -> str:
    """ "two-way effects", "no effects", for titles."""
    return f"{'no' if within.name == 'none' else within.name} effects"


def in_scope(model: Estimator, purpose: str, *, drop_random: bool = False) -> Estimator:
    """The request as tests that start from least squares, or compare likelihoods, read it.

    Parameters
    ----------
    model : Estimator
    purpose : str
        What the tests are, for the messages.
    drop_random : bool
        For tests that fit with several kinds of fixed effects: random ones are left out instead of refused, and
        autocorrelated errors with them.

    Raises
    ------
    InputError
        It is no request.
    OptionError
        The model is dynamic (these tests have no y of the period before), is estimated by moments, which have no
        likelihood to compare, has effects beyond units and periods (absorb=), or random effects or autocorrelated
        errors that the test cannot leave out.
    """
    check_request(model)
    if model.dynamic is not None:
        raise OptionError(
            "model",
            expected=f"a model that is not dynamic for {purpose}",
            got=f"dynamic={model.dynamic!r}",
            remedy="Use model.replace(dynamic=None); for dynamic models see fit.wald_test() and fit.lr_test().",
        )
    if model.method == "gmm":
        raise OptionError(
            "model",
            expected=f"method='ml' for {purpose}",
            got="method='gmm'",
            remedy="Use model.replace(method='ml', gmm=None, endogenous=None, instruments=None).",
        )
    if model.absorb is not None:
        raise OptionError(
            "model",
            expected=f"unit and time effects alone for {purpose}",
            got=f"absorb={list(model.absorb)}",
            remedy="Use model.replace(absorb=None); kinds of effects compare by fit.lr_test() with correction=None.",
        )
    if model.random_effects is None and not model.serial_errors:
        return model
    if not drop_random:
        serial = ", serial_errors=False" if model.serial_errors else ""
        raise OptionError(
            "model",
            expected=f"fixed effects or none, and errors that are not autocorrelated, for {purpose}",
            got=f"random_effects={model.random_effects!r}, serial_errors={model.serial_errors}",
            remedy=f"Use model.replace(random_effects=None, mundlak=False{serial}).",
        )
    return model.replace(random_effects=None, mundlak=False, serial_errors=False)
