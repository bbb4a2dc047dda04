"""What the tests are for: requests that they would misread are refused, or read without what they leave aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import OptionError

if TYPE_CHECKING:
    from ..models.estimator import Estimator


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
    OptionError
        The model is dynamic (these tests have no y of the period before), is estimated by moments, which have no
        likelihood to compare, has effects beyond units and periods (absorb=), or random effects or autocorrelated
        errors that the test cannot leave out.
    """
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
