"""A fit as text for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    if fit.estimator.lee_yu:
        how += ", Lee-Yu transformation"
    elif d["correction"] == "elhorst":
        how += ", Elhorst's correction"
    elif fit.estimator.is_ml and d["fixed_effects"] != "none":
        how += " without bias correction"
    facts = [
        ("Outcome", d["outcome"], "Observations", f"{d['nobs']}"),
        ("Fixed effects", d["fixed_effects"], "Units x periods", f"{d['n_units']} x {d['n_periods']} ({years})"),
        ("Weights", _weights(fit), "Log-likelihood", "none" if fit.estimate.gmm else f"{fit.loglik:.4f}"),
        ("Estimation", how, "sigma2", f"{fit.sigma2:.6g}"),
        ("Covariance", d["cov_type"], "AIC, BIC", "none" if fit.estimate.gmm else f"{fit.aic:.2f}, {fit.bic:.2f}"),
    ]
    lines = [_TITLES[d["model"]], "=" * WIDTH]
    lines += [f"{a:14s} {b:42s} {c:16s} {e}".rstrip() for a, b, c, e in facts]
    lines += ["-" * WIDTH, _coefficients(fit), "-" * WIDTH]
    lines.append("R2: " + ", ".join(f"{name} {value:.4f}" for name, value in r2.items()))
    return "\n".join([*lines, *_remarks(fit)])


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


def _remarks(fit: FitResult) -> list[str]:
    remarks = [text for text in (fit.described["islands"], *fit.panel.notes) if text]
    if fit.sample.design.lost:
        remarks.append(f"lag() used up the first {fit.sample.design.lost} periods.")
    if fit.sample.before_lag:
        remarks.append(
            "Demeaned before lagging, W(Qy): not the likelihood of the model with dummies; for comparison only."
        )
    if fit.estimator.is_ml and fit.described["correction"] == "none" and fit.sample.within.time:
        remarks.append(
            "Direct maximum likelihood with time effects is biased in short cross-sections (rho most): see correction=."
        )
    if fit.estimate.optimum is not None:
        for p, value in fit.estimate.optimum.near_ties:
            at = ", ".join(f"{n} = {v:.4f}" for n, v in zip(fit.estimate.spatial, p, strict=True))
            remarks.append(f"Another optimum is nearly as high: {at}, log-likelihood {value:.4f}.")
    if fit.estimate.gmm is not None:
        remarks += [str(test) for test in fit.first_stage if test.applies]
        remarks.append(str(fit.overidentification))
    if fit.sample.W is not None:
        remarks.append("Coefficients of a model with a lag of y are not effects: read fit.impacts().")
    return remarks
