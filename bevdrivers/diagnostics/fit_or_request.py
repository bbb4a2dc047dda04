"""Tests that take a request, a panel and weights also take a fit, which brings its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import InputError
from ..models import FitResult
from ..models.interface import check_request, regular_only, regular_request_only, settled_on
from ..panel import Panel
from ..weights.given import GivenWeights, made_weights

if TYPE_CHECKING:
    from ..models.estimator import Estimator
    from ..weights import SpatialWeights


class Subject(NamedTuple):
    """The request, the data and the weights that a test is about."""

    model: Estimator
    panel: Panel
    weights: SpatialWeights | None
    x_weights: SpatialWeights | None = None
    error_weights: SpatialWeights | None = None


def subject_of(
    model: Estimator | FitResult,
    panel: Panel | None,
    weights: GivenWeights | None,
    *,
    what: str,
) -> tuple[Estimator, Panel, SpatialWeights | None]:
    """The request, the panel and the one W of a test that has one W for y, X and the error.

    Parameters
    ----------
    model : Estimator or FitResult
        A fit brings its own request, panel and weights.
    panel : Panel or None
        None beside a fit.
    weights : SpatialWeights, recipe, Graph or W of libpysal, or None
        None beside a fit with weights of its own. A fit without (least squares without lags) may be
        given some.
    what : str
        The test, for messages: ``"lm_tests()"``.

    Raises
    ------
    InputError
        Neither a request nor a fit; a request without a panel; a fit beside a panel or beside
        further weights; a fit whose lags have different weights, of which the test could take only
        one; missing cells, or weights by period.
    """
    subject = subject_with_three_weights(model, panel, weights, what=what)
    others = (subject.x_weights, subject.error_weights)
    if any(W is not None and W is not subject.weights for W in others):
        raise InputError(
            "model",
            expected="a fit with one W, which this test has for every lag",
            got="a fit whose lags have different weights",
            remedy=(
                "Pass its request with the panel and the weights to test: fit.estimator, "
                "fit.panel, weights."
            ),
        )
    return subject[:3]


def subject_with_three_weights(
    model: Estimator | FitResult,
    panel: Panel | None,
    weights: GivenWeights | None,
    x_weights: GivenWeights | None = None,
    error_weights: GivenWeights | None = None,
    *,
    what: str,
) -> Subject:
    """The same for tests that take W of X and of the error apart, as `Estimator.fit` does."""
    if isinstance(model, FitResult):
        regular_only(model, what)
        return _subject_of_fit(model, panel, weights, x_weights, error_weights)
    check_request(model)
    if not isinstance(panel, Panel):
        raise InputError(
            "panel",
            expected="a Panel beside a request",
            got="none" if panel is None else type(panel).__name__,
            remedy="Pass model, panel and weights, or a fit alone.",
        )
    given = (weights, x_weights, error_weights)
    regular_request_only(model, panel, *given, what=what)
    return Subject(settled_on(model, panel), panel, *_made(panel, *given))


def _subject_of_fit(
    fit: FitResult,
    panel: Panel | None,
    weights: GivenWeights | None,
    x_weights: GivenWeights | None,
    error_weights: GivenWeights | None,
) -> Subject:
    """What a fit brings; only weights where it has none may stand beside it."""
    sample = fit.sample
    own = sample.W or sample.Wx or sample.M
    beside: dict[str, Any] = {"panel": panel}
    if own is not None:
        beside["weights"] = weights
        beside["x_weights"] = x_weights
        beside["error_weights"] = error_weights
    for name, value in beside.items():
        if value is not None:
            raise InputError(
                "model",
                expected=f"a request beside {name}",
                got=f"a fit, which brings its own {name}",
                remedy=f"Leave {name} out, or pass the fit's request in its place: fit.estimator.",
            )
    if own is None:
        made = _made(fit.panel, weights, x_weights, error_weights)
        return Subject(fit.estimator, fit.panel, *made)
    of_x, of_error = _apart(sample.Wx, own), _apart(sample.M, own)
    return Subject(fit.estimator, fit.panel, own, of_x, of_error)


def _made(panel: Panel, *given: GivenWeights | None) -> list[SpatialWeights | None]:
    """Weights as they are given for a panel, made; None where there are none."""
    return [W if W is None else made_weights(W, panel) for W in given]


def _apart(W: SpatialWeights | None, own: SpatialWeights) -> SpatialWeights | None:
    """W of X or of the error where it is another than that of y."""
    return None if W is own else W
