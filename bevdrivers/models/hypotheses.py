"""Wald tests of restrictions on the parameters, and likelihood-ratio tests of nested fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from ..errors import InputError
from ..results import TestResult
from .ml.likelihood import Likelihood
from .nesting import check_nested

if TYPE_CHECKING:
    from .result import FitResult

_NUMBER = r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?"


def wald_test(fit: FitResult, hypothesis: str) -> TestResult:
    """Wald test of linear restrictions.

    Parameters
    ----------
    fit : FitResult
    hypothesis : str
        Equations separated by commas, in the labels of ``fit.params``: ``"x1 = x2"``, ``"W_x1 = 0, 2*x2 - x3 = 1"``.
        An expression without an equals sign is set to zero.

    Returns
    -------
    TestResult, chi-squared with as many degrees of freedom as equations; F for least-squares fits.

    Raises
    ------
    InputError
        The hypothesis cannot be read, or its equations are linearly dependent.
    """
    R, r = _restrictions(hypothesis, fit.terms)
    return _wald(fit, "Wald", hypothesis, R @ fit.estimate.values - r, R)


def _wald(fit: FitResult, name: str, null: str, gap: np.ndarray, jacobian: np.ndarray, **more: Any) -> TestResult:
    """Quadratic form of `gap` (Q,) in the inverse of its covariance by the delta method, `jacobian` (Q, P)."""
    if np.linalg.matrix_rank(jacobian) < len(gap):
        raise InputError("hypothesis", expected="linearly independent equations", got=repr(null))
    return TestResult.wald(name, null, gap, jacobian @ fit.covariance @ jacobian.T, fit.df_resid, **more)


def durbin_wald_tests(fit: FitResult) -> tuple[TestResult, TestResult]:
    """Wald tests of a spatial Durbin fit against the lag model (theta = 0) and the error model (theta = -rho beta).

    Source: Elhorst (2014), Spatial Econometrics, section 2.9, doi:10.1007/978-3-642-40340-8.
    """
    sample, values = fit.sample, fit.estimate.values
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


def slx_tests(fit: FitResult) -> tuple[TestResult, TestResult]:
    """LR and Wald tests of a model with lags of y and X against the one with lags of X alone (rho = 0).

    The likelihood at rho = 0 is that of the same transformed data, which under the Lee-Yu transformation are contrasts:
    least squares of the model without the lag maximises it.
    """
    rho = fit.terms.index("rho")
    wald = _wald(fit, "Wald SDM against SLX", "rho = 0", fit.estimate.values[[rho]], np.eye(len(fit.terms))[[rho]])
    restricted = Likelihood.of(fit.sample).value(np.zeros(1))
    return TestResult.chi2("LR SDM against SLX", "rho = 0", 2.0 * (fit.loglik - restricted), 1), wald


def common_factor_obstacle(fit: FitResult) -> str:
    """Why the error model is not a special case of this Durbin fit; empty where it is."""
    sample = fit.sample
    if sample.dynamic:
        return "The error model is not a special case of a dynamic one without common factors in tau and eta."
    able = {name for name in sample.names if name in sample.design.variables} - sample.design.never_lagged
    if able != set(sample.lagged):
        return "The error model is nested only when every regressor has a W term."
    if sample.W is not sample.Wx:
        return "The error model is nested only when y and X share the same W."
    return ""


def lr_test(fit: FitResult, other: FitResult) -> TestResult:
    """Likelihood-ratio test between two nested fits on the same data and the same transformation.

    Raises
    ------
    InputError
        The fits differ in outcome, sample, or kind of likelihood (effects under Lee-Yu), have the same number of
        parameters, or neither is a special case of the other: other weights, other regressors, a lag of the error
        against one of y.
    """
    _check_comparable(fit, other)
    large, small = (fit, other) if fit.n_params > other.n_params else (other, fit)
    q = large.n_params - small.n_params
    statistic = 2.0 * (large.loglik - small.loglik)
    random = [f.estimator.random_effects is not None for f in (large, small)]
    kinds = [
        "random" if has else f.described["fixed_effects"].replace("none", "no")
        for f, has in zip((large, small), random, strict=True)
    ]
    names = [type(f.estimator).__name__ for f in (large, small)]
    if kinds[0] != kinds[1]:
        names = [f"{name} ({kind} effects)" for name, kind in zip(names, kinds, strict=True)]
    if large.sample.serial != small.sample.serial:
        serial = ["with autocorrelated errors" if f.sample.serial else "without" for f in (large, small)]
        names = [f"{name} {text}" for name, text in zip(names, serial, strict=True)]
    title, null = f"LR {names[0]} against {names[1]}", f"the restrictions of {names[1]} hold"
    if random == [True, False]:
        return chi2_at_bound(title, null, statistic, q)
    return TestResult.chi2(title, null, statistic, q)


def chi2_at_bound(name: str, null: str, statistic: float, q: int) -> TestResult:
    """A likelihood-ratio test of q restrictions, one of which puts phi at its bound 0.

    The statistic is chi-squared with q - 1 or q degrees of freedom, each with probability one half (chi2(0) is zero).

    Source: Chernoff (1954), doi:10.1214/aoms/1177728725; Self and Liang (1987), case 6,
    doi:10.1080/01621459.1987.10478472.
    """
    statistic = max(statistic, 0.0)
    tails = [float(statistic <= 0.0) if df == 0 else float(special.chdtrc(df, statistic)) for df in (q - 1, q)]
    reason = f"phi = 0 lies at its bound: the p-value is that of chi2({q - 1}) and chi2({q}) in equal parts"
    return TestResult(name, null, float(statistic), (q,), sum(tails) / 2, reason)


def _check_comparable(fit: FitResult, other: FitResult) -> None:
    if not hasattr(other, "loglik"):
        raise InputError("other", expected="a fit", got=type(other).__name__)
    for name, one in (("fit", fit), ("other", other)):
        if np.isnan(one.loglik):
            raise InputError(
                name,
                expected="fits with a likelihood",
                got='method="gmm"' if one.estimate.gmm is not None else "an adjusted score",
                remedy='Use wald_test(), or fit with method="ml".'
                if one.estimate.gmm is not None
                else "Use wald_test(), or fit with correction=None.",
            )
    a, b = fit.described, other.described
    for key in ("outcome", "nobs", "n_units", "n_periods", "first_period"):
        if a[key] != b[key]:
            raise InputError("other", expected=f"a fit with the same {key} ({a[key]!r})", got=repr(b[key]))
    if not np.array_equal(fit.sample.y, other.sample.y):
        raise InputError("other", expected="a fit of the same data", got="another outcome under the same name")
    if fit.estimator.lee_yu != other.estimator.lee_yu and _contrasts_matter(fit, other):
        raise InputError(
            "other",
            expected=f"a fit with correction {a['correction']!r}",
            got=repr(b["correction"]),
            remedy="Fit both with correction=None: likelihoods of contrasts and of levels are of different data.",
        )
    kinds = [f.sample.within.label for f in (fit, other)]
    if kinds[0] != kinds[1] and (fit.estimator.lee_yu or other.estimator.lee_yu):
        raise InputError(
            "other",
            expected=f"a fit with {kinds[0]} effects",
            got=kinds[1],
            remedy="Compare kinds of effects by fits with correction=None.",
        )
    _check_random(fit, other)
    if fit.sample.contrasts != other.sample.contrasts:
        raise InputError(
            "other",
            expected="a fit in the same contrasts",
            got=f"dynamic={b['dynamic']!r} beside {a['dynamic']!r}",
            remedy="Fit both with correction=None: only static models are transformed over time.",
        )
    if fit.n_params == other.n_params:
        raise InputError("other", expected="a fit that nests this one, or is nested", got="one with as many parameters")
    check_nested(fit, other)


def _check_random(fit: FitResult, other: FitResult) -> None:
    """Refuse fits whose unit effects do not nest: random and fixed ones, or inside and outside the error's filter."""
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
        raise InputError("other", expected=f"a fit with {a} random effects", got=b)


def _contrasts_matter(fit: FitResult, other: FitResult) -> bool:
    return any(f.sample.within.name != "none" for f in (fit, other))


def _restrictions(hypothesis: str, terms: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Matrix R (Q, P) and right sides r (Q,) of the equations."""
    if not isinstance(hypothesis, str) or not hypothesis.strip():
        raise InputError("hypothesis", expected="equations such as 'x1 = x2, W_x1 = 0'", got=repr(hypothesis))
    # longest labels first, so that log(x) is not read as log and x; commas inside a label's brackets stay with it
    held = hypothesis
    for label in sorted(terms, key=len, reverse=True):
        held = re.sub(rf"(?<![\w)\]]){re.escape(label)}(?![\w(\[])", f"\0{terms.index(label)}\0", held)
    rows, sides = [], []
    for equation in held.split(","):
        left, _, right = equation.partition("=")
        row, constant = _linear(left, len(terms), hypothesis)
        row_right, constant_right = _linear(right, len(terms), hypothesis) if right.strip() else (0.0, 0.0)
        rows.append(row - row_right)
        sides.append(constant_right - constant)
    return np.array(rows), np.array(sides)


def _linear(text: str, size: int, hypothesis: str) -> tuple[np.ndarray, float]:
    """Coefficients (P,) and constant of a sum of terms such as ``2*\\0 3\\0 - 1``."""
    row, constant = np.zeros(size), 0.0
    token = re.compile(rf"\s*([+-]?)\s*(?:({_NUMBER})\s*\*?\s*)?(?:\0(\d+)\0)?\s*")
    place, first = 0, True
    while place < len(text):
        match = token.match(text, place)
        if not match or match.end() == place or not (match[2] or match[3]) or not (first or match[1]):
            raise InputError(
                "hypothesis",
                expected="sums of labels of fit.params with numbers before them",
                got=repr(hypothesis),
                remedy="Write for instance 'x1 = x2' or 'W_x1 + rho = 0'.",
            )
        size_of = (-1.0 if match[1] == "-" else 1.0) * float(match[2] or 1.0)
        if match[3]:
            row[int(match[3])] += size_of
        else:
            constant += size_of
        place, first = match.end(), False
    return row, constant
