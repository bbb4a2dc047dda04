"""Wald tests of restrictions on the parameters, and likelihood-ratio tests of nested fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from scipy import special

from ..errors import InputError
from ..results import TestResult
from .comparability import LEVELS, likelihood_data
from .description import described
from .fitted import Fitted
from .ml.likelihood import Likelihood
from .nesting import check_nested

_NUMBER = r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?"
# One summand of an equation: a sign, a number, and a term by its number between two zero
# characters.
_SUMMAND = re.compile(
    rf"\s*(?P<sign>[+-]?)\s*(?:(?P<number>{_NUMBER})\s*\*?\s*)?(?:\0(?P<term>\d+)\0)?\s*"
)


def wald_test(fit: Fitted[Any], hypothesis: str) -> TestResult:
    """Wald test of linear restrictions.

    Parameters
    ----------
    fit : FitResult
    hypothesis : str
        Equations separated by commas, in the labels of ``fit.params``: ``"x1 = x2"``, ``"W_x1 = 0,
        2*x2 - x3 = 1"``. An expression without an equals sign is set to zero.

    Returns
    -------
    TestResult, chi-squared with as many degrees of freedom as equations; F for least-squares fits.

    Raises
    ------
    InputError
        The hypothesis cannot be read, or its equations are linearly dependent.
    """
    R, r = _restrictions(hypothesis, fit.terms)
    return _wald(fit, "Wald", hypothesis, R @ fit.values - r, R)


def _wald(
    fit: Fitted[Any],
    name: str,
    null: str,
    gap: np.ndarray,
    jacobian: np.ndarray,
    **more: Any,
) -> TestResult:
    """Quadratic form of `gap` (Q,) in the inverse of its covariance by the delta method, `jacobian`
    (Q, P).
    """
    if np.linalg.matrix_rank(jacobian) < len(gap):
        raise InputError(
            "hypothesis",
            expected="linearly independent equations",
            got=repr(null),
            remedy="Leave out the equations that follow from the others.",
        )
    return TestResult.wald(
        name, null, gap, jacobian @ fit.covariance @ jacobian.T, fit.df_resid, **more
    )


def durbin_wald_tests(fit: Fitted[Any]) -> tuple[TestResult, TestResult]:
    """Wald tests of a spatial Durbin fit against the lag model (theta = 0) and the error model
    (theta = -rho beta).

    Source: Elhorst (2014), Spatial Econometrics, section 2.9, doi:10.1007/978-3-642-40340-8.
    """
    sample, values = fit.sample, fit.values
    lagged = list(sample.lagged)
    theta = [fit.terms.index(f"W_{name}") for name in lagged]
    beta = [fit.terms.index(name) for name in lagged]
    rho = fit.terms.index("rho")
    pick = np.eye(len(values))
    lag = _wald(fit, "Wald SDM against SAR", "theta = 0", values[theta], pick[theta])
    reason = common_factor_obstacle(fit)
    null = "theta = -rho beta"
    if reason:
        return lag, TestResult.not_applicable("Wald SDM against SEM", null, reason)
    jacobian = pick[theta] + values[rho] * pick[beta]
    jacobian[:, rho] += values[beta]
    gap = values[theta] + values[rho] * values[beta]
    return lag, _wald(fit, "Wald SDM against SEM", null, gap, jacobian)


def slx_tests(fit: Fitted[Any]) -> tuple[TestResult, TestResult]:
    """LR and Wald tests of a model with lags of y and X against the one with lags of X alone (rho =
    0).

    The likelihood at rho = 0 is that of the same transformed data, which under the Lee-Yu
    transformation are contrasts: least squares of the model without the lag maximises it.
    """
    rho = fit.terms.index("rho")
    wald = _wald(
        fit, "Wald SDM against SLX", "rho = 0", fit.values[[rho]], np.eye(len(fit.terms))[[rho]]
    )
    restricted = Likelihood.of(fit.sample).value(np.zeros(1))
    return TestResult.chi2(
        "LR SDM against SLX", "rho = 0", 2.0 * (fit.loglik - restricted), 1
    ), wald


def common_factor_obstacle(fit: Fitted[Any]) -> str:
    """Why the error model is not a special case of this Durbin fit; empty where it is."""
    sample = fit.sample
    if sample.dynamic:
        return (
            "The error model is not a special case of a dynamic one without common factors in "
            "tau and eta."
        )
    able = {
        name for name in sample.names if name in sample.design.variables
    } - sample.design.never_lagged
    if able != set(sample.lagged):
        return "The error model is nested only when every regressor has a W term."
    if sample.W is not sample.Wx:
        return "The error model is nested only when y and X share the same W."
    # the lag of an intercept or of a time effect is one only where the rows of W sum to one
    has_constants = "Intercept" in sample.names or sample.within.time
    if sample.W is not None and has_constants and not sample.W.row_normalised:
        return (
            "With an intercept or time effects the error model is nested only when the rows of W "
            "sum to one."
        )
    return ""


def lr_test(fit: Fitted[Any], other: Fitted[Any]) -> TestResult:
    """Likelihood-ratio test between two nested fits on the same data and the same transformation.

    Raises
    ------
    InputError
        The fits differ in outcome, sample, or kind of likelihood (effects under Lee-Yu), have the
        same number of parameters, or neither is a special case of the other: other weights, other
        regressors, a lag of the error against one of y.
    """
    _check_comparable(fit, other)
    large, small = (fit, other) if fit.n_params > other.n_params else (other, fit)
    q = large.n_params - small.n_params
    statistic = 2.0 * (large.loglik - small.loglik)
    names = [large.estimator.model, small.estimator.model]
    effects = [_effects(large), _effects(small)]
    if effects[0] != effects[1]:
        names = [f"{name} ({kind} effects)" for name, kind in zip(names, effects, strict=True)]
    if large.sample.serial != small.sample.serial:
        errors = ["with autocorrelated errors", "without"]
        if small.sample.serial:
            errors.reverse()
        names = [f"{name} {text}" for name, text in zip(names, errors, strict=True)]
    title, null = f"LR {names[0]} against {names[1]}", f"the restrictions of {names[1]} hold"
    if effects[0] == "random" != effects[1]:
        return chi2_at_bound(title, null, statistic, q)
    return TestResult.chi2(title, null, statistic, q)


def _effects(fit: Fitted[Any]) -> str:
    """Kind of effects, for the name of a test."""
    if fit.estimator.random_effects is not None:
        return "random"
    return fit.sample.within.name.replace("none", "no")


def chi2_at_bound(
    name: str,
    null: str,
    statistic: float,
    q: int,
) -> TestResult:
    """A likelihood-ratio test of q restrictions, one of which puts phi at its bound 0.

    The statistic is chi-squared with q - 1 or q degrees of freedom, each with probability one half
    (chi2(0) is zero).

    Source: Chernoff (1954), doi:10.1214/aoms/1177728725; Self and Liang (1987), case 6,
    doi:10.1080/01621459.1987.10478472.
    """
    statistic = max(statistic, 0.0)
    # chi2(0) is a point at zero
    below = float(special.chdtrc(q - 1, statistic)) if q > 1 else float(statistic <= 0.0)
    tails = [below, float(special.chdtrc(q, statistic))]
    reason = (
        f"phi = 0 lies at its bound: the p-value is that of chi2({q - 1}) and chi2({q}) in "
        "equal parts"
    )
    return TestResult(name, null, float(statistic), (q,), sum(tails) / 2, reason)


def _check_comparable(fit: Fitted[Any], other: Fitted[Any]) -> None:
    """Refuse fits whose likelihoods are not of the same data, or do not nest."""
    if not hasattr(other, "loglik"):
        raise InputError(
            "other",
            expected="a fit",
            got=type(other).__name__,
            remedy="Pass the result of model.fit(panel, weights).",
        )
    for name, one in (("fit", fit), ("other", other)):
        _check_likelihood(name, one)
    _check_data(fit, other)
    _check_transformation(fit, other)
    _check_random(fit, other)
    if fit.n_params == other.n_params:
        expected = "a fit that nests this one, or is nested"
        raise InputError(
            "other",
            expected=expected,
            got="one with as many parameters",
            remedy=(
                "Compare fits of which one is a special case of the other; for others see AIC and "
                "BIC in fit.glance()."
            ),
        )
    check_nested(fit, other)


def _check_likelihood(name: str, fit: Fitted[Any]) -> None:
    if not np.isnan(fit.loglik):
        return
    if fit.method.by_moments:
        got, instead = 'method="gmm"', 'method="ml"'
    else:
        got, instead = "an adjusted score", "correction=None"
    raise InputError(
        name,
        expected="fits with a likelihood",
        got=got,
        remedy=f"Use wald_test(), or fit with {instead}.",
    )


def _check_data(fit: Fitted[Any], other: Fitted[Any]) -> None:
    """Refuse fits of other units, periods or outcomes."""
    a, b = described(fit), described(other)
    for key in ("outcome", "nobs", "n_units", "n_periods", "first_period"):
        if a[key] != b[key]:
            expected = f"a fit with the same {key} ({a[key]!r})"
            raise InputError(
                "other",
                expected=expected,
                got=repr(b[key]),
                remedy="Fit both on the same outcome, units and periods.",
            )
    if not np.array_equal(fit.sample.y, other.sample.y):
        got = "another outcome under the same name"
        raise InputError(
            "other",
            expected="a fit of the same data",
            got=got,
            remedy="Fit both on one panel.",
        )


def _check_transformation(fit: Fitted[Any], other: Fitted[Any]) -> None:
    """Refuse likelihoods of contrasts beside those of levels, or of other contrasts."""
    data = likelihood_data(fit), likelihood_data(other)
    if data[0] == data[1]:
        return
    if LEVELS in data:
        raise InputError(
            "other",
            expected=f"a fit whose likelihood is of the same data ({data[0]})",
            got=data[1],
            remedy=(
                "Fit both with correction=None: likelihoods of contrasts and of levels are of "
                "different data."
            ),
        )
    dynamic = [one.estimator.dynamic or "none" for one in (fit, other)]
    if dynamic[0] != dynamic[1]:
        raise InputError(
            "other",
            expected="a fit in the same contrasts",
            got=f"dynamic={dynamic[1]!r} beside {dynamic[0]!r}",
            remedy="Fit both with correction=None: only static models are transformed over time.",
        )
    effects = [one.sample.within.label for one in (fit, other)]
    raise InputError(
        "other",
        expected=f"a fit with {effects[0]} effects",
        got=effects[1],
        remedy="Compare kinds of effects by fits with correction=None.",
    )


def _check_random(fit: Fitted[Any], other: Fitted[Any]) -> None:
    """Refuse fits whose unit effects do not nest: random and fixed ones, or inside and outside the
    error's filter.
    """
    a, b = fit.estimator.random_effects, other.estimator.random_effects
    fixed = [f.sample.within.name for f in (fit, other)]
    if (a or b) and fixed != ["none", "none"]:
        raise InputError(
            "other",
            expected=f"a fit with {a or 'no'} random effects and no fixed ones",
            got=f"one with {b or 'no'} random and {fixed[1] if a else fixed[0]} fixed effects",
            remedy="Random against fixed unit effects: see hausman_test and mundlak_test.",
        )
    if a and b and a != b and fit.sample.M is not None and other.sample.M is not None:
        raise InputError(
            "other",
            expected=f"a fit with {a} random effects",
            got=b,
            remedy="Fit both with the same random_effects=.",
        )


def _restrictions(hypothesis: str, terms: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Matrix R (Q, P) and right sides r (Q,) of the equations."""
    if not isinstance(hypothesis, str) or not hypothesis.strip():
        expected = "equations such as 'x1 = x2, W_x1 = 0'"
        raise InputError(
            "hypothesis",
            expected=expected,
            got=repr(hypothesis),
            remedy="Use labels of fit.params.",
        )
    if "\0" in hypothesis:
        _refuse_text(hypothesis)
    rows, sides = [], []
    for equation in _with_numbered_terms(hypothesis, terms).split(","):
        left, _, right = equation.partition("=")
        row, constant = _linear(left, len(terms), hypothesis)
        if right.strip():
            row_right, constant_right = _linear(right, len(terms), hypothesis)
        else:
            row_right, constant_right = np.zeros(len(terms)), 0.0
        # what has a label goes to the left, numbers go to the right
        rows.append(row - row_right)
        sides.append(constant_right - constant)
    return np.array(rows), np.array(sides)


def _with_numbered_terms(hypothesis: str, terms: Sequence[str]) -> str:
    """The hypothesis with each label as its number between two zero characters.

    Labels in backticks come first, then the longest, so that log(x) is not read as log and x;
    commas inside a label's brackets stay with it.
    """
    numbered = hypothesis
    for number, label in enumerate(terms):
        numbered = numbered.replace(f"`{label}`", f"\0{number}\0")
    for label in sorted(terms, key=len, reverse=True):
        alone = rf"(?<![\w)\]]){re.escape(label)}(?![\w(\[])"
        numbered = re.sub(alone, f"\0{terms.index(label)}\0", numbered)
    return numbered


def _linear(
    text: str,
    size: int,
    hypothesis: str,
) -> tuple[np.ndarray, float]:
    """Coefficients (P,) and constant of a sum of summands such as ``2*\\0 3\\0 - 1``."""
    row, constant = np.zeros(size), 0.0
    position, first = 0, True
    while position < len(text):
        summand = _SUMMAND.match(text, position)
        empty = summand is None or summand.end() == position
        if summand is None or empty or not (summand["number"] or summand["term"]):
            _refuse_text(hypothesis)
        if not (first or summand["sign"]):
            _refuse_text(hypothesis)
        size_of = float(summand["number"] or 1.0)
        if not np.isfinite(size_of):
            _refuse_text(hypothesis)
        if summand["sign"] == "-":
            size_of = -size_of
        if summand["term"]:
            row[int(summand["term"])] += size_of
        else:
            constant += size_of
        position, first = summand.end(), False
    return row, constant


def _refuse_text(hypothesis: str) -> NoReturn:
    raise InputError(
        "hypothesis",
        expected="sums of labels of fit.params with numbers before them",
        got=repr(hypothesis),
        remedy="Write for instance 'x1 = x2' or 'W_x1 + rho = 0'.",
    )
