"""How models were estimated, in words: effects, corrections, estimators, covariances."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...language.symbols import DASH, R_SQUARED, STUDENT_T, Z
from ...language.words import ENGLISH, Words
from .notes import cells_note, sample_note, weights_note
from .results import Facts, is_dynamic, least_squares

EFFECTS = {
    "two-way": "unit and time",
    "unit": "unit",
    "time": "time",
    "none": "none",
}

RANDOM = {
    "baltagi": "unit (Baltagi)",
    "kkp": f"unit (Kapoor{DASH}Kelejian{DASH}Prucha)",
}

CORRECTION_NAMES = {
    "lee-yu": "Lee–Yu",
    "second-order": "Second order",
    "adjusted-score": "Adjusted score",
    "robust-score": "Robust score",
    "elhorst": "Elhorst",
    "yu-de-jong-lee": "Yu–de Jong–Lee",
    "none": "None",
}

CORRECTIONS = {
    "lee-yu": "maximum likelihood after the transformation of Lee and Yu (2010)",
    "second-order": (
        "maximum likelihood, ρ and λ corrected for their bias of second order, after Yang (2015)"
    ),
    "adjusted-score": (
        "maximum likelihood with the score of ρ centred for the effects, after Yang (2018)"
    ),
    "elhorst": "maximum likelihood with the bias correction of Elhorst (2014)",
}

SCORES = {
    "adjusted-score": "adjusted quasi scores of ρ and λ, centred for the effects, after Yang (2018)",
    "second-order": (
        "adjusted quasi scores of ρ and λ, centred for the effects (Yang 2018), and corrected for "
        "their bias of second order, after Yang (2015)"
    ),
    "robust-score": (
        "adjusted quasi scores of ρ and λ, centred for the effects and for unequal variances, after "
        "Liu and Yang (2020)"
    ),
}

CORRECTIONS_OF_DYNAMIC = {
    "lee-yu": (
        "maximum likelihood with the bias corrections of Yu, de Jong and Lee (2008) and Lee and "
        "Yu (2010)"
    ),
}

LEAST_SQUARES_OF_DYNAMIC = {
    "yu-de-jong-lee": "least squares with the bias correction of Yu, de Jong and Lee (2008)",
}

MOMENT_ESTIMATORS = {
    "2SLS": "two-stage least squares",
    "GMM": "generalised moments and spatial two-stage least squares",
}

TWO_STAGE_DATA = {
    "gls": "{how} of quasi-demeaned data",
    "error-components": "{how} of quasi-demeaned data with the instruments of error components",
    "between": "{how} of unit means",
}

SERIAL = {"ar1": "first-order autoregression within units"}

COVARIANCES = {
    "classical": "from the expected information",
    "hessian": "from the observed information",
    "qml": "quasi-maximum likelihood",
    "robust": "robust to heteroskedasticity",
    "clustered": "clustered",
    "driscoll-kraay": "Driscoll–Kraay",
    "spatial-hac": "spatial HAC",
}

CLUSTER_TYPES = {
    "CR1": "clustered (CR1)",
    "CR2": "clustered (CR2)",
    "CR3": "clustered (CR3)",
}

RSQUARED = {
    "rsquared_within": (
        f"{R_SQUARED} within: share of the variation around unit means that regressors and spatial "
        "lag of the outcome explain."
    ),
    "rsquared_inclusive": (
        f"{R_SQUARED} with effects: share of the variation around the mean that regressors, spatial "
        "lag of the outcome and effects explain (Elhorst 2014)."
    ),
    "rsquared_between": (
        f"{R_SQUARED} between: share of the variation of unit means that regressors and spatial lag "
        "of the outcome explain."
    ),
    "rsquared_overall": (
        f"{R_SQUARED} overall: share of the variation around the mean that regressors and spatial "
        "lag of the outcome explain, without effects."
    ),
    "corr_squared": (
        f"Squared correlation (spatial pseudo-{R_SQUARED}, Elhorst 2014): of the outcome with what "
        "the reduced form predicts of the regressors, both after the effects are removed."
    ),
}


def has_random_effects(fact: Facts) -> bool:
    return fact["random_effects"] in RANDOM


def has_unit_effects(fact: Facts) -> bool:
    return fact["fixed_effects"] in ("two-way", "unit")


def has_time_effects(fact: Facts) -> bool:
    return fact["fixed_effects"] in ("two-way", "time")


def absorbed_terms(fact: Facts) -> list[str]:
    """The effects beyond units and periods."""
    if fact["absorb"] in ("", "none"):
        return []
    return str(fact["absorb"]).split(", ")


def correction_name(fact: Facts) -> str:
    """The correction of maximum likelihood; least squares have none to name."""
    correction = str(fact["correction"])
    if correction == "none" and least_squares(fact):
        return DASH
    return CORRECTION_NAMES.get(correction, correction)


def model_notes(facts: Sequence[Facts], words: Words) -> list[str]:
    """The sentences on what was estimated, on what, and how."""
    return [
        weights_note(facts, words),
        sample_note(facts, words),
        cells_note(facts, words),
        effects_note(facts, words),
        estimation_note(facts, words),
        covariance_note(facts, words),
    ]


def effects_note(facts: Sequence[Facts], words: Words) -> str:
    """Which effects are fixed, which random, and whether errors are autocorrelated."""
    fixed = []
    random = []
    serial = []
    for fact in facts:
        of_units = RANDOM.get(str(fact["random_effects"]), "")
        of_errors = SERIAL.get(str(fact["serial_errors"]), "")
        fixed.append(_fixed_phrase(fact, words))
        random.append(words.say(of_units))
        serial.append(words.say(of_errors))
    sentences = [
        words.sentence(words.say("Fixed effects"), fixed),
        words.sentence(words.say("Random effects"), random),
        words.sentence(words.say("Errors"), serial),
    ]
    return words.gap.join(sentence for sentence in sentences if sentence)


def _fixed_phrase(fact: Facts, words: Words = ENGLISH) -> str:
    """Units, periods, and what is absorbed beside them."""
    kind = str(fact["fixed_effects"])
    phrase = words.say(EFFECTS.get(kind, kind))
    if not absorbed_terms(fact):
        return phrase
    absorbed = str(fact["absorb"])
    if kind == "none":
        return absorbed
    return words.say("; ").join([phrase, absorbed])


def estimation_note(facts: Sequence[Facts], words: Words) -> str:
    """Least squares or maximum likelihood, the correction of its bias, and the distribution of the
    statistics.
    """
    phrases = [_estimation_phrase(fact, words) for fact in facts]
    return words.sentence(words.say("Estimation"), phrases)


def _estimation_phrase(fact: Facts, words: Words) -> str:
    if least_squares(fact):
        correction = str(fact["correction"])
        how = words.say(LEAST_SQUARES_OF_DYNAMIC.get(correction, "least squares"))
        if is_dynamic(fact):
            how = words.say("{how}, given the first period", how=how)
        return words.say("{how} ({letter} distribution)", how=how, letter=STUDENT_T)
    how = (
        _moments_phrase(fact, words)
        or _score_phrase(fact, words)
        or _likelihood_phrase(fact, words)
    )
    return words.say("{how} ({letter} statistics)", how=how, letter=Z)


def _moments_phrase(fact: Facts, words: Words) -> str:
    """The estimator of moments and the data that it takes; nothing for another estimator."""
    estimator = MOMENT_ESTIMATORS.get(str(fact["estimation"]))
    if estimator is None:
        return ""
    data = TWO_STAGE_DATA.get(str(fact["two_stage"]), "{how}")
    return words.say(data, how=words.say(estimator))


def _score_phrase(fact: Facts, words: Words) -> str:
    """The adjusted scores and what they allow for; nothing for another estimator."""
    if fact["estimation"] != "adjusted score":
        return ""
    return words.say(SCORES[str(fact["correction"])])


def _likelihood_phrase(fact: Facts, words: Words) -> str:
    """Maximum likelihood and its correction."""
    correction = str(fact["correction"])
    if is_dynamic(fact):
        how = CORRECTIONS_OF_DYNAMIC.get(correction, "direct maximum likelihood")
        return words.say("{how}, given the first period", how=words.say(how))
    if correction not in ("none", ""):
        unknown = f"maximum likelihood, correction {correction}"
        return words.say(CORRECTIONS.get(correction, unknown))
    if _fixed_phrase(fact) == "none":
        return words.say("direct maximum likelihood")
    return words.say("direct maximum likelihood, without correction for the fixed effects")


def covariance_note(facts: Sequence[Facts], words: Words) -> str:
    """Which covariance the standard errors come from."""
    phrases = [words.say(_covariance_phrase(fact)) for fact in facts]
    return words.sentence(words.say("Covariance"), phrases)


def _covariance_phrase(fact: Facts) -> str:
    kind = str(fact["cov_type"])
    has_likelihood = not least_squares(fact) and str(fact["estimation"]) not in MOMENT_ESTIMATORS
    if kind == "classical" and not has_likelihood:
        return "homoskedastic"
    if fact["cluster_type"] in CLUSTER_TYPES:
        return CLUSTER_TYPES[fact["cluster_type"]]
    return COVARIANCES.get(kind, kind)


def columns_by_likelihood(facts: Sequence[Facts]) -> dict[str, list[int]]:
    """The columns whose log-likelihoods are of the same data, by these data; those without one are
    left out.
    """
    columns: dict[str, list[int]] = {}
    for column, fact in enumerate(facts):
        if fact["loglik"] == "" or math.isnan(float(fact["loglik"])):
            continue
        columns.setdefault(str(fact["likelihood"]), []).append(column)
    return columns


def likelihood_phrase(data: str, words: Words) -> str:
    """What a log-likelihood is of, such as "contrasts, unit and time"."""
    if not data:
        return words.say("data not stated")
    kind, _, effects = data.partition(": ")
    parts = [words.say(kind)]
    for part in effects.split(", ") if effects else ():
        parts.append(words.say(EFFECTS.get(part, part)))
    return words.listed(parts)


def likelihood_note(facts: Sequence[Facts], words: Words) -> str:
    """That log-likelihoods of contrasts and of levels, or of contrasts of other effects, are of
    different data.
    """
    if len(columns_by_likelihood(facts)) < 2:
        return ""
    return words.say(
        "Log-likelihoods of levels and of contrasts, or of contrasts of other effects, are of "
        "different data: they and the criteria compare within a row only."
    )


def rsquared_note(kinds: Sequence[str], words: Words) -> str:
    """What each kind of R2 is that the table shows."""
    return words.gap.join(words.say(RSQUARED[kind]) for kind in kinds)
