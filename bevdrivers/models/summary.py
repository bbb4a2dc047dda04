"""A fit as text for the screen."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from ..numerics.series_log_determinants import MOMENTS, PROBE_SEED, SeriesSpectrum
from .ml.information import pieces
from .ml.operators import traces

if TYPE_CHECKING:
    from .random.covariance import VarianceComponents
    from .result import FitResult

_TITLES = {
    "NonSpatial": "Least squares",
    "SpatialLagX": "SLX: spatial lag of X, least squares",
    "SpatialLag": "SAR: spatial lag model",
    "SpatialError": "SEM: spatial error model",
    "SpatialDurbin": "SDM: spatial Durbin model",
    "SpatialDurbinError": "SDEM: spatial Durbin error model",
    "SpatialCombined": "SAC: spatial lag and error model",
    "GeneralNesting": "GNS: general nesting spatial model",
}
WIDTH = 92


def summarise(fit: FitResult) -> str:
    """Header, coefficients, measures of fit, and what to keep in mind."""
    d, r2 = fit.described, fit.rsquared
    years = f"{d['first_period']}-{d['last_period']}"
    how = d["estimation"] + (f", {fit.estimator.moments} moments" if fit.estimator.moments else "")
    if d["two_stage"] != "none":
        how += f", {d['two_stage']}"
    if fit.sample.serial:
        how += ", autocorrelated errors"
    if fit.sample.dynamic and fit.estimator.corrected:
        how += ", bias corrected"
    elif d["correction"] == "adjusted-score":
        how = "adjusted score"
    elif d["correction"] == "lee-yu":
        how += ", Lee-Yu transformation"
    elif d["correction"] == "elhorst":
        how += ", Elhorst's correction"
    elif fit.estimator.is_ml and fit.sample.within.takes_constant:
        how += " without bias correction"
    facts = [
        ("Outcome", d["outcome"], "Observations", f"{d['nobs']}"),
        (*_effects(fit), "Units x periods", f"{d['n_units']} x {d['n_periods']} ({years})"),
        ("Weights", _weights(fit), "Log-likelihood", "none" if isnan(fit.loglik) else f"{fit.loglik:.4f}"),
        ("Estimation", how, "sigma2", f"{fit.sigma2:.6g}"),
        ("Covariance", d["cov_type"], "AIC, BIC", "none" if isnan(fit.loglik) else f"{fit.aic:.2f}, {fit.bic:.2f}"),
    ]
    lines = [_TITLES[d["model"]], "=" * WIDTH]
    lines += [f"{a:14s} {b:42s} {c:16s} {e}".rstrip() for a, b, c, e in facts]
    lines += ["-" * WIDTH, _coefficients(fit), "-" * WIDTH]
    if fit.variance_components is not None:
        lines += [_components(fit.variance_components), "-" * WIDTH]
    lines.append("R2: " + ", ".join(f"{name} {value:.4f}" for name, value in r2.items()))
    return "\n".join([*lines, *_remarks(fit)])


def _dynamic_remarks(fit: FitResult) -> list[str]:
    within, corrected = fit.sample.within, fit.estimator.corrected
    root = f"{fit.largest_root:.4f} ({'stable' if fit.stable else 'not stable'})"
    remarks = [f"Dynamic, given the outcome of {fit.sample.design.periods[0] - 1}; largest root {root}."]
    contrasts = within.time and fit.estimator.is_ml
    done = ["contrasts over units (Lee and Yu)"] * contrasts + ["Yu, de Jong and Lee's correction"] * within.unit
    if corrected:
        remarks.append(f"Bias of the effects removed by {' and '.join(done)}.")
    elif within.unit:
        remarks.append(
            ("Direct maximum likelihood" if fit.estimator.is_ml else "Least squares")
            + " with unit effects is biased in short panels (tau most): see correction=."
        )
    return remarks


def _effects(fit: FitResult) -> tuple[str, str]:
    random = fit.described["random_effects"]
    if random != "none":
        return "Random effects", f"unit, {random}"
    return "Fixed effects", fit.sample.within.label


def _absorbed_remarks(fit: FitResult) -> list[str]:
    """What became of the effects of absorb=: transformed away, or counted as regressors."""
    within, (T, N) = fit.sample.within, fit.sample.shape
    if not within.terms:
        return []
    total = within.absorbed(T, N)
    remarks = [f"Absorbed {list(within.terms)}: {total} effects in all, those of units and periods included."]
    if within.rest is not None and fit.estimator.is_ml:
        remarks.append(
            f"{within.rest.shape[2]} of them enter as dummies among the regressors, which no transformation removes: "
            "with many of them rho and lam are biased."
        )
    return remarks


def _components(components: VarianceComponents) -> str:
    """The variance components with their standard errors; no statistics, which are not normal where one is zero."""
    missing = " (at its bound)" if components.phi == 0.0 else ""
    errors = [f" ({value:.6g})" if value == value else missing for value in components.std_errors]
    parts = [f"{n} {v:.6g}{e}" for (n, v), e in zip(components.params.items(), errors, strict=True)]
    return "Variances: " + ", ".join(parts)


def _weights(fit: FitResult) -> str:
    d = fit.described
    return f"{d['weights']} ({d['normalise']}-normalised)" if d["weights"] else "none"


def _coefficients(fit: FitResult) -> str:
    kind = "z" if fit.df_resid is None else "t"
    frame = fit.tidy()
    wide = max([len(term) for term in frame["term"]] + [10])
    head = f"{'':{wide}s} {'estimate':>12s} {'std. error':>12s} {kind:>9s} {'p':>8s} {'95 % interval':>24s}"
    rows = [
        f"{row.term:{wide}s} {row.estimate:12.6g} {row.std_error:12.6g} {row.statistic:9.3f} {row.p_value:8.4f} "
        f"{row.conf_low:12.5g} {row.conf_high:11.5g}"
        for row in frame.itertuples()
    ]
    return "\n".join([head, *rows])


def _series_remarks(fit: FitResult) -> list[str]:
    """How exact the log-determinants are that come from series, and what that does to rho and lam."""
    remarks = []
    for name, W in (("rho", fit.sample.W), ("lam", fit.sample.M)):
        if W is None or not isinstance(W.spectrum, SeriesSpectrum):
            continue
        spectrum = W.spectrum.without_unit if fit.sample.contrasts.over_units else W.spectrum
        at = fit.estimate.spatial.index(name) - len(fit.estimate.spatial)
        value, slope, left = spectrum.errors(float(fit.estimate.values[at]))
        # the score moves by periods times the error of the slope, the estimate by its variance times that
        moved = fit.sample.contrasts.periods * slope * float(np.sqrt(fit.covariance[at, at]))
        remarks.append(
            f"ln|I - {name} W| from {MOMENTS} probed traces ({spectrum.vectors} vectors, seed {PROBE_SEED}): standard "
            f"error {value:.2g}, terms left out below {left:.1g}; {name} moves by {moved:.2g} of its standard error."
        )
    return remarks


def _remarks(fit: FitResult) -> list[str]:
    remarks = [text for text in (fit.described["islands"], *fit.panel.notes) if text]
    if fit.sample.dynamic:
        remarks += _dynamic_remarks(fit)
    elif fit.sample.design.lost:
        remarks.append(f"lag() used up the first {fit.sample.design.lost} periods.")
    if fit.sample.before_lag:
        remarks.append(
            "Demeaned before lagging, W(Qy): not the likelihood of the model with dummies; for comparison only."
        )
    remarks += _absorbed_remarks(fit)
    if fit.sample.contrasts.adjusted:
        remarks.append(
            "Score of rho centred for the effects, for which W has no transformation: there is no likelihood."
        )
    if fit.estimator.is_ml and fit.described["correction"] == "none" and fit.sample.within.time:
        remarks.append(
            "Direct maximum likelihood with time effects is biased in short cross-sections (rho most): see correction=."
        )
    if fit.estimate.optimum is not None:
        for p, value in fit.estimate.optimum.near_ties:
            names = (*fit.estimate.spatial, *["phi"] * (len(p) > len(fit.estimate.spatial)))
            at = ", ".join(f"{n} = {v:.4f}" for n, v in zip(names, p, strict=True))
            remarks.append(f"Another optimum is nearly as high: {at}, log-likelihood {value:.4f}.")
    # random effects take whole matrices
    probed = fit.estimate.optimum is not None and fit.estimate.random is None
    operators = pieces(fit.sample, fit.estimate.optimum).operators if probed and fit.estimate.optimum else ()
    found = traces(operators, fit.sample.contrasts)
    if found.vectors:
        remarks.append(
            f"Traces by probing with {found.vectors} vectors (seed {PROBE_SEED}): their standard error is "
            f"{found.relative_error:.2%}, at most half of it in the standard errors of rho and lam."
        )
        remarks += _series_remarks(fit)
    if fit.estimate.gmm is not None:
        remarks += [str(test) for test in fit.first_stage if test.applies]
        remarks.append(str(fit.overidentification))
    if fit.sample.W is not None:
        remarks.append("Coefficients of a model with a lag of y are not effects: read fit.impacts().")
    return remarks
