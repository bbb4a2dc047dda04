"""The bridge to PySAL's spreg: a fit's arrays in its form, and its answer beside ours."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import OptionError
from ...models import FitResult
from ...models.interface import check_fit
from .program_result import ProgramResult, matched_fit, obstacle_to_any

BEFORE = (
    "spreg removes unit effects only and is given data demeaned by period, so that it lags "
    "after demeaning (demean='before-lag'), which is not the likelihood of the model with dummies."
)
RANDOM_LAG = (
    "Its standard errors are neither those of the expected information nor those of the Hessian."
)
RANDOM_ERROR = "It takes the eigenvectors of W as if W were symmetric."
# of the search for rho or lam: spreg's own default leaves errors of 1e-7
EPSILON = 1e-12


@dataclass(frozen=True, eq=False)
class SpregCall:
    """A fit's arrays and options as one of spreg's classes takes them.

    ``getattr(spreg, call.class_name)(call.y, call.x, call.w, **call.options)`` is the model in
    spreg; `run` does it.

    Attributes
    ----------
    class_name : str
        ``"ML_LagFE"``, ``"ML_ErrorFE"``, ``"ML_LagRE"``, ``"ML_ErrorRE"`` of panels, ``"ML_Lag"``,
        ``"ML_Error"`` of one period. The older ``Panel_FE_Lag`` and so on take the same arrays.
    y : array of shape (TN, 1)
        The outcome, period by period, units in the order of ``w`` within each: row t N + i is unit
        i in period t.
    x : array of shape (TN, K)
        Regressors, then W X, in the same rows; no intercept, which spreg adds where it has one.
    w : libpysal.graph.Graph
        The normalised weights.
    options : mapping
        Keyword arguments: tolerance, and names for its tables.
    terms : tuple of str
        Our labels of its coefficients, in the order of ``betas``.
    """

    class_name: str
    y: np.ndarray
    x: np.ndarray
    w: Any
    options: Mapping[str, Any]
    terms: tuple[str, ...]

    def run(self) -> Any:
        """The spreg object; what it prints and warns of its own code is kept off the screen."""
        import spreg

        with (
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            return getattr(spreg, self.class_name)(self.y, self.x, self.w, **self.options)


def to_spreg(fit: FitResult) -> SpregCall:
    """A fit's arrays, weights and options in the form of PySAL's spreg.

    Parameters
    ----------
    fit : FitResult
        With a lag of y or of the error, lags of X or none: of a panel with unit or two-way effects
        or Baltagi's random ones, or of one period without effects.

    Returns
    -------
    SpregCall

    Raises
    ------
    InputError
        It is no fit.
    OptionError
        spreg has no such model.

    Notes
    -----
    spreg estimates by direct maximum likelihood: its numbers are those of the same request with
    ``correction=None``. It has unit effects and no time effects. Of two-way effects it is given
    data demeaned by period, and its numbers are those with ``demean="before-lag"``. `crosscheck`
    compares under these conventions.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc)", fixed_effects="unit", correction=None)
    >>> fit = model.fit(panel, queen)
    >>> call = bd.to_spreg(fit)
    >>> call.class_name, call.y.shape, call.terms
    ('ML_LagFE', (310, 1), ('log(gdp_pc)', 'rho'))
    >>> bool(abs(call.run().rho - fit.rho) < 1e-6)
    True
    """
    check_fit(fit)
    obstacle = _obstacle(fit)
    if obstacle:
        raise OptionError(
            "fit",
            expected="a model that spreg has",
            got=f"{fit!r}: {obstacle}",
            remedy=(
                "Fit a model without what is named here, or ask the other programs: "
                "bd.crosscheck(fit)."
            ),
        )
    model, sample = fit.estimator, fit.sample
    y, Z = sample.y, sample.Z
    if model.effects == "two-way":
        y = y - y.mean(axis=1, keepdims=True)
        Z = Z - Z.mean(axis=1, keepdims=True)
    slopes = [k for k, name in enumerate(sample.names) if name != "Intercept"]
    names = [sample.names[k] for k in slopes]
    lag = "rho" if model.lag_y else "lam"
    terms = (*names, lag)
    if "Intercept" in sample.names:
        terms = ("Intercept", *terms)
    weights = sample.W or sample.M
    assert weights is not None
    options = {
        "epsilon": EPSILON,
        "name_y": sample.design.outcome,
        "name_x": names,
        "name_w": weights.name,
    }
    return SpregCall(
        _class_name(fit),
        y.reshape(-1, 1),
        Z[:, :, slopes].reshape(y.size, -1),
        weights.to_libpysal(),
        options,
        terms,
    )


def _class_name(fit: FitResult) -> str:
    model = fit.estimator
    lag = "Lag" if model.lag_y else "Error"
    if model.random_effects is not None:
        return f"ML_{lag}RE"
    return f"ML_{lag}" if model.effects is None else f"ML_{lag}FE"


def _obstacle(fit: FitResult) -> str:
    """Why spreg has no such model; empty where it has."""
    model = fit.estimator
    obstacle = obstacle_to_any(fit)
    if obstacle:
        return obstacle
    if model.lag_y == model.lag_u or not model.is_ml:
        return "it has lag and error models with panel effects, and no others"
    if model.random_effects is not None:
        other_kind = model.random_effects != "baltagi" and model.lag_u
        return "it has no such random effects" if model.mundlak or other_kind else ""
    if model.effects in ("unit", "two-way"):
        return ""
    if model.effects == "time" or len(fit.sample.y) > 1:
        return "it has unit effects, and no model without"
    if "Intercept" not in fit.sample.names:
        return "it adds an intercept where there are no effects"
    return ""


def ask_spreg(fit: FitResult) -> ProgramResult | str:
    """spreg's answer beside the fit under its conventions, or why it has none."""
    obstacle = _obstacle(fit)
    if obstacle:
        return obstacle
    model = fit.estimator
    two_way = model.effects == "two-way"
    options = {"demean": "before-lag"} if two_way else {}
    matched, conventions = matched_fit(fit, **options)
    reasons = [BEFORE, *conventions] if two_way else conventions
    is_random = model.random_effects is not None
    if is_random:
        reasons.append(RANDOM_LAG if model.lag_y else RANDOM_ERROR)
    call = to_spreg(fit)
    answer = call.run()
    P = len(call.terms)
    regressors = "[X, WX]" if fit.sample.lagged else "X"
    return ProgramResult(
        f"spreg.{call.class_name}(y, {regressors}, w)",
        call.terms,
        np.ravel(answer.betas)[:P],
        np.ravel(answer.std_err)[:P],
        matched,
        reasons,
        faulty=is_random,
    )
