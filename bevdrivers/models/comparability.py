"""What data the likelihood of a fit is of: fits compare by log-likelihood, AIC and BIC where it is
the same.
"""

from __future__ import annotations

from math import isnan
from typing import Any

from .fitted import Fitted

LEVELS = "levels"


def likelihood_data(fit: Fitted[Any]) -> str:
    """ "levels", or the contrasts that the effects leave, such as "contrasts: two-way"; "none" where
    there is no likelihood.

    Direct maximum likelihood is of the levels, with all effects among its parameters. The
    transformation of Lee and Yu leaves N(T-1), (N-1)T or (N-1)(T-1) contrasts, whose likelihood has
    other units: beside that of the levels, or of contrasts of other effects, it says nothing. In
    dynamic models only the units are in contrasts.
    """
    if isnan(fit.loglik):
        return "none"
    sample = fit.sample
    if sample.contrasts.nobs == sample.nobs:
        return LEVELS
    over_units = "over units, " if sample.dynamic else ""
    return f"contrasts: {over_units}{sample.within.label}"


def remark_on_likelihood(fit: Fitted[Any]) -> str:
    """With which fits this one compares by its likelihood; empty without fixed effects, or without
    a likelihood.
    """
    data = likelihood_data(fit)
    within = fit.sample.within
    has_effects = within.name != "none" or bool(within.terms)
    if data == "none" or not has_effects:
        return ""
    if data == LEVELS:
        return (
            "Log-likelihood, AIC and BIC are of the levels: they do not compare with those of "
            "contrasts (Lee and Yu)."
        )
    return (
        f"Log-likelihood, AIC and BIC are of {fit.sample.contrasts.nobs} contrasts "
        f"({data.removeprefix('contrasts: ')}): they compare with those of the same contrasts alone."
    )
