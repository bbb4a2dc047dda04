"""A fit as text for the screen."""

from __future__ import annotations

from math import isnan
from typing import Any

from ..panel.time_axis import TimeAxis
from ..results import tidy_frame
from . import estimate_lines
from .cautions import cautions_of
from .comparability import remark_on_likelihood
from .description import cell_counts, described, rsquared
from .estimate_lines import WIDTH
from .fitted import Fitted
from .options import Options
from .random.components import VarianceComponents

# what became of links to units that are not there
LINKS = {
    "cut": "In each period the links among the units present were cut from W and normalised again.",
    "keep-weights": "In each period links to absent units count as zero; the others keep their weights.",
}


def summarise(fit: Fitted[Any]) -> str:
    """Header, coefficients, measures of fit, and what to keep in mind."""
    d, r2 = described(fit), rsquared(fit)
    years = f"{d['first_period']}-{d['last_period']}"
    no_likelihood = isnan(fit.loglik)
    loglik = "none" if no_likelihood else f"{fit.loglik:.4f}"
    criteria = "none" if no_likelihood else f"{fit.aic:.2f}, {fit.bic:.2f}"
    facts = [
        ("Outcome", d["outcome"], "Observations", f"{d['nobs']}"),
        (*_effects(fit), *_extent(d, years)),
        ("Weights", _weights(d), "Log-likelihood", loglik),
        ("Estimation", fit.method.in_words(fit.sample), "sigma2", f"{fit.sigma2:.6g}"),
        ("Covariance", d["cov_type"], "AIC, BIC", criteria),
    ]
    rule = "-" * WIDTH
    lines = [heading(fit.estimator), "=" * WIDTH]
    lines += [f"{a:14s} {b:42s} {c:16s} {e}".rstrip() for a, b, c, e in facts]
    lines += [rule, _coefficients(fit), rule]
    components = fit.method.variance_components(fit.sample, fit.estimate, fit.kind)
    if components is not None:
        lines += [_variances(components), rule]
    # without variation between units, for instance, there is no share of it
    shares = [f"{name} {'none' if isnan(r) else f'{r:.4f}'}" for name, r in r2.items()]
    lines.append("R2: " + ", ".join(shares))
    cautions = [f"Caution, {caution.name}: {caution}" for caution in cautions_of(fit)]
    return "\n".join([*lines, *_remarks(fit, d["islands"]), *cautions])


def _extent(d: dict[str, Any], years: str) -> tuple[str, str]:
    """Units and periods; with missing cells not as a product."""
    if "missing_cells" not in d:
        return "Units x periods", f"{d['n_units']} x {d['n_periods']} ({years})"
    return "Units, periods", f"{d['n_units']}, {d['n_periods']} ({years})"


def heading(options: Options) -> str:
    """The model by its abbreviation and in words."""
    if options.lag_y or options.lag_u:
        return f"{options.short}: {options.title[0].lower()}{options.title[1:]} model"
    if options.lag_x:
        return f"{options.short}: {options.title[0].lower()}{options.title[1:]}, least squares"
    return "Least squares"


def _effects(fit: Fitted[Any]) -> tuple[str, str]:
    random = fit.estimator.random_effects
    if random is not None:
        return "Random effects", f"unit, {random}"
    return "Fixed effects", fit.sample.within.label


def _weights(d: dict[str, Any]) -> str:
    return f"{d['weights']} ({d['normalise']}-normalised)" if d["weights"] else "none"


def _variances(components: VarianceComponents) -> str:
    """The variance components with their standard errors; no statistics, which are not normal where
    one is zero.
    """
    unknown = " (at its bound)" if components.phi == 0.0 else ""
    parts = []
    for (name, value), error in zip(components.params.items(), components.std_errors, strict=True):
        shown = unknown if isnan(error) else f" ({error:.6g})"
        parts.append(f"{name} {value:.6g}{shown}")
    return "Variances: " + ", ".join(parts)


def _coefficients(fit: Fitted[Any]) -> str:
    statistic = "z" if fit.df_resid is None else "t"
    none = [""] * len(fit.terms)
    frame = tidy_frame(fit.terms, none, fit.values, fit.errors, df=fit.degrees, level=0.95)
    wide = estimate_lines.width_of(fit.terms)
    head = estimate_lines.heading(wide, statistic)
    return "\n".join([head, *estimate_lines.lines(frame, wide)])


def _remarks(fit: Fitted[Any], islands: str) -> list[str]:
    sample, method = fit.sample, fit.method
    remarks = [text for text in (islands, *fit.panel.notes, remark_on_likelihood(fit)) if text]
    remarks += _cell_remarks(fit)
    if sample.shape[0] == 1 and sample.within.name == "none":
        remarks.append("One period: there are no fixed effects, of which it tells nothing.")
    if sample.dynamic:
        remarks += _dynamic_remarks(fit)
    elif sample.design.lost:
        remarks.append(f"lag() used up the first {sample.design.lost} periods.")
    if sample.looks_back or fit.kind.reaches_over_periods:
        remarks += _time_remarks(fit)
    if sample.before_lag:
        remarks.append(
            "Demeaned before lagging, W(Qy): not the likelihood of the model with dummies; for "
            "comparison only."
        )
    remarks += _absorbed_remarks(fit)
    remarks += method.remarks(sample, fit.estimate, fit.covariance, fit.kind, fit.panel)
    if sample.W is not None:
        remarks.append(
            "Coefficients of a model with a lag of y are not effects: read fit.impacts()."
        )
    return remarks


def _cell_remarks(fit: Fitted[Any]) -> list[str]:
    """How many cells are missing, what became of links to them, and whether W changes."""
    if not fit.sample.irregular:
        return []
    counts = cell_counts(fit.sample)
    remarks = []
    if counts["missing_cells"]:
        remarks.append(
            f"{counts['missing_cells']} of {fit.sample.y.size} cells are missing, so that a unit has "
            f"{counts['periods_min']} to {counts['periods_max']} periods, "
            f"{counts['periods_mean']:.4g} in the mean; "
            'panel.balance(drop="units") or drop="periods" leaves a complete panel.'
        )
    if counts["missing"]:
        remarks.append(LINKS[counts["missing"]])
    if counts["weights_by_period"]:
        remarks.append("The weights differ by period.")
    return remarks


def _time_remarks(fit: Fitted[Any]) -> list[str]:
    """What one period means, where it is more than one year, and which are missing."""
    time_axis = TimeAxis.of(fit.panel.periods, fit.panel.time)
    remarks = [time_axis.step_in_words] if time_axis.step > 1 else []
    if time_axis.gaps:
        remarks.append(
            f"There is {time_axis.gaps_in_words}: lags of the covariance are distances in time."
        )
    return remarks


def _dynamic_remarks(fit: Fitted[Any]) -> list[str]:
    """Whether the process is stable, and what was done about the bias of the effects."""
    within, method = fit.sample.within, fit.method
    root = f"{fit.largest_root:.4f} ({'stable' if fit.stable else 'not stable'})"
    first = fit.sample.design.periods[0] - TimeAxis.of(fit.panel.periods).step
    remarks = [f"Dynamic, given the outcome of {first}; largest root {root}."]
    done = []
    if within.time and method.by_likelihood:
        done.append("contrasts over units (Lee and Yu)")
    if within.unit:
        done.append("Yu, de Jong and Lee's correction")
    if method.corrected:
        remarks.append(f"Bias of the effects removed by {' and '.join(done)}.")
    elif within.unit:
        estimation = "Direct maximum likelihood" if method.by_likelihood else "Least squares"
        remarks.append(
            f"{estimation} with unit effects is biased in short panels (tau most): see correction=."
        )
    return remarks


def _absorbed_remarks(fit: Fitted[Any]) -> list[str]:
    """What became of the effects of absorb=: transformed away, or counted as regressors."""
    within, (T, N) = fit.sample.within, fit.sample.shape
    if not within.terms:
        return []
    total = within.absorbed(T, N)
    remarks = [
        f"Absorbed {list(within.terms)}: {total} effects in all, those of units and periods "
        "included."
    ]
    if within.rest is not None and fit.method.by_likelihood:
        remarks.append(
            f"{within.rest.shape[2]} of them enter as dummies among the regressors, which no "
            "transformation removes: "
            "with many of them rho and lam are biased."
        )
    return remarks
