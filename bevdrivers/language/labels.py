"""Names in words: terms, models, statistics, periods."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..results import MODEL_TITLES
from .symbols import HARD_SPACE, PARAMETERS, R_SQUARED, TIMES, N, W, X
from .words import ENGLISH, Words

STATISTICS = {
    "unit_effects": "Unit effects",
    "time_effects": "Time effects",
    "correction": "Correction",
    "weights": W,
    "nobs": "Observations",
    "n_units": "Units",
    "n_periods": "Periods",
    "loglik": "Log likelihood",
    "aic": "AIC",
    "bic": "BIC",
    "rsquared_within": f"{R_SQUARED} within",
    "rsquared_between": f"{R_SQUARED} between",
    "rsquared_overall": f"{R_SQUARED} overall",
    "rsquared_inclusive": f"{R_SQUARED} with effects",
    "corr_squared": "Squared correlation",
}

# what the components of a tidy frame are called
COMPONENT_NAMES = {
    "main": "Coefficient",
    "wx": "Coefficient of the lag",
    "direct": "Direct impact",
    "indirect": "Indirect impact",
    "total": "Total impact",
    "spatial": "Spatial parameter",
}

DESCRIPTIVES = {
    "N": N,
    "n": N,
    "count": N,
    "nobs": N,
    "mean": "Mean",
    "std": f"Std.{HARD_SPACE}dev.",
    "sd": f"Std.{HARD_SPACE}dev.",
    "std_between": f"Between{HARD_SPACE}units",
    "std_within": f"Within{HARD_SPACE}units",
    "min": "Min.",
    "median": "Median",
    "50%": "Median",
    "max": "Max.",
}


_IN_BACKTICKS = re.compile("`([^`]+)`")
# a colon that is not in a name in backticks
_BETWEEN_PARTS = re.compile(":(?=(?:[^`]*`[^`]*`)*[^`]*$)")


def model_name(kind: str, words: Words = ENGLISH) -> str:
    """The model in words: "SpatialDurbin" is "Spatial Durbin"; a class that is not listed is split
    at its capitals.
    """
    title = MODEL_TITLES.get(kind)
    if title is None:
        return words.say(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind))
    return words.say(title.replace(" X", f"{HARD_SPACE}{X}"))


def term_label(term: str, labels: Mapping[str, str]) -> str:
    """The label of a term: the user's, that of a spatial parameter, that of an interaction's parts,
    or the term.
    """
    if term in labels:
        return labels[term]
    if term in PARAMETERS:
        return PARAMETERS[term]
    parts = _BETWEEN_PARTS.split(term)
    if not all(parts):
        return plain_name(term)
    return f" {TIMES} ".join(labels.get(part) or plain_name(part) for part in parts)


def plain_name(name: str) -> str:
    """A name as it is printed: without the backticks that formulas need.

    >>> plain_name("log(`GDP per head`)")
    'log(GDP per head)'
    """
    return _IN_BACKTICKS.sub(r"\1", name)


def lag_label(
    term: str,
    lag_of: str,
    labels: Mapping[str, str],
) -> str:
    """The label of a spatially lagged term: the user's own for it, or "𝑊 × label"."""
    return labels.get(term) or f"{W} {TIMES} {term_label(lag_of, labels)}"
