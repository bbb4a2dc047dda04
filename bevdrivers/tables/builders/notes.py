"""Notes that say what was done, made from the facts that the results report of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..language.symbols import DASH, HARD_SPACE, STUDENT_T, N, P, T, W, Z
from ..language.words import ENGLISH, Words
from .reading import Estimates, Facts, Style, interval_level, least_squares

EFFECTS = {"two-way": "unit and time", "unit": "unit", "time": "time", "none": "none"}

RANDOM = {"baltagi": "unit (Baltagi)", "kkp": f"unit (Kapoor{DASH}Kelejian{DASH}Prucha)"}

CORRECTIONS = {
    "lee-yu": "maximum likelihood after the transformation of Lee and Yu (2010)",
    "adjusted-score": "maximum likelihood with the score of ρ centred for the effects, after Yang (2018)",
    "elhorst": "maximum likelihood with the bias correction of Elhorst (2014)",
}

CORRECTIONS_OF_DYNAMIC = {
    "lee-yu": "maximum likelihood with the bias corrections of Yu, de Jong and Lee (2008) and Lee and Yu (2010)"
}

LEAST_SQUARES_OF_DYNAMIC = {"yu-de-jong-lee": "least squares with the bias correction of Yu, de Jong and Lee (2008)"}

MOMENT_ESTIMATORS = {
    "2SLS": "two-stage least squares",
    "GMM": "generalised moments and spatial two-stage least squares",
}

FORMS = {
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

NORMALISATIONS = {
    "row": "row-normalised",
    "spectral": "spectrally normalised",
    "min-max": "min-max normalised",
    "none": "not normalised",
}

BELOW = {"std_error": "standard errors", "p_value": f"{P}-values"}


def said(sentences: Iterable[str]) -> tuple[str, ...]:
    """The sentences that say something."""
    return tuple(text for text in sentences if text)


def stars_note(levels: Sequence[float], words: Words = ENGLISH) -> str:
    """The levels of the stars: "* p < 0.10, ** p < 0.05, *** p < 0.01."."""
    parts = [f"{'*' * count} {P} < {_level(level)}".replace(" ", HARD_SPACE) for count, level in enumerate(levels, 1)]
    return words.say("{levels}.", levels=words.say(", ").join(parts)) if parts else ""


def _level(level: float) -> str:
    """A level with two decimals, or as many as it has."""
    return f"{level:.2f}" if round(level, 2) == level else f"{level:g}"


def parentheses_note(style: Style, estimates: Sequence[Estimates], facts: Sequence[Facts]) -> str:
    """What stands below the estimates, and where; nothing where nothing does."""
    words = style.words
    if all(style.below(found) == "" for each in estimates for found in each.values()):
        return ""
    if style.parentheses == "conf_int":
        levels = [interval_level(found, fact) for found, fact in zip(estimates, facts, strict=True)]
        return _below([_interval_phrase(level, words) for level in levels], "brackets", words)
    if style.parentheses == "statistic":
        letters = [STUDENT_T if least_squares(fact) else Z for fact in facts]
        return _below([words.say("{letter} statistics", letter=letter) for letter in letters], "parentheses", words)
    return _below([words.say(BELOW[style.parentheses])], "parentheses", words)


def _interval_phrase(level: float, words: Words) -> str:
    if level != level:
        return words.say("confidence intervals")
    return words.say("{level}% confidence intervals", level=f"{100 * level:.4g}")


def _below(phrases: Sequence[str], where: str, words: Words) -> str:
    """ "Standard errors in parentheses.", or "In parentheses: ..." where the columns differ."""
    if len(set(phrases)) > 1:
        return words.sentence(words.say(f"In {where}"), phrases)
    first = f"{phrases[0][0].upper()}{phrases[0][1:]}"
    return words.say(f"{{first}} in {where}.", first=first)


def fixed_note(estimates: Iterable[Estimates], words: Words) -> str:
    """A word on estimates without a standard error, where there are any."""
    fixed = any(found.std_error == 0 for each in estimates for found in each.values())
    return words.say("A value with nothing below it is fixed by the model.") if fixed else ""


def weights_note(facts: Sequence[Facts], words: Words) -> str:
    """W, its normalisation and what became of islands."""
    return words.sentence(W, [weights_phrase(fact, words) for fact in facts])


def weights_phrase(fact: Facts, words: Words = ENGLISH) -> str:
    """ "Queen, row-normalised (Hainan joined to Guangdong)"; empty without W."""
    if not fact["weights"]:
        return ""
    kind = str(fact["normalise"])
    parts = [str(fact["weights"]), words.say(NORMALISATIONS.get(kind, kind))]
    islands = words.say(" ({said})", said=fact["islands"]) if fact["islands"] else ""
    return words.say(", ").join(filter(None, parts)) + islands


def sample_note(facts: Sequence[Facts], words: Words) -> str:
    """Units, periods and the span of time."""
    return words.sentence(words.say("Sample"), [_sample_phrase(fact, words) for fact in facts])


def _sample_phrase(fact: Facts, words: Words) -> str:
    parts = []
    for symbol, name, one in ((N, "n_units", "unit"), (T, "n_periods", "period")):
        if fact[name] != "":
            count = int(fact[name])
            many = words.say(f"{{count}} {one}{'s' if count != 1 else ''}", count=f"{count:,}")
            parts.append(f"{symbol} = {many}".replace(" ", HARD_SPACE))
    first, last = (_period(fact[name]) for name in ("first_period", "last_period"))
    span = first if first == last else f"{first}{DASH}{last}"
    return words.say(", ").join(filter(None, [*parts, span]))


def _period(value: Any) -> str:
    """A year as a year, also where a frame made it 2010.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def effects_note(facts: Sequence[Facts], words: Words) -> str:
    """Which effects are fixed, which random, and whether errors are autocorrelated."""
    topics = {
        "Fixed effects": [_fixed_phrase(fact, words) for fact in facts],
        "Random effects": [words.say(RANDOM.get(str(fact["random_effects"]), "")) for fact in facts],
        "Errors": [words.say(SERIAL.get(str(fact["serial_errors"]), "")) for fact in facts],
    }
    return words.gap.join(said(words.sentence(words.say(topic), kinds) for topic, kinds in topics.items()))


def _fixed_phrase(fact: Facts, words: Words = ENGLISH) -> str:
    """Units, periods, and what is absorbed beside them."""
    kind = words.say(EFFECTS.get(str(fact["fixed_effects"]), str(fact["fixed_effects"])))
    if fact["absorb"] in ("", "none"):
        return kind
    none = fact["fixed_effects"] == "none"
    return str(fact["absorb"]) if none else words.say("; ").join([kind, str(fact["absorb"])])


def estimation_note(facts: Sequence[Facts], words: Words) -> str:
    """Least squares or maximum likelihood, the correction of its bias, and the distribution of the statistics."""
    return words.sentence(words.say("Estimation"), [_estimation_phrase(fact, words) for fact in facts])


def _estimation_phrase(fact: Facts, words: Words) -> str:
    if least_squares(fact):
        how = words.say(LEAST_SQUARES_OF_DYNAMIC.get(str(fact["correction"]), "least squares"))
        if fact["dynamic"] not in ("", "none"):
            how = words.say("{how}, given the first period", how=how)
        return words.say("{how} ({letter} distribution)", how=how, letter=STUDENT_T)
    return words.say("{how} ({letter} statistics)", how=_estimator(fact, words), letter=Z)


def _estimator(fact: Facts, words: Words) -> str:
    if (moments := MOMENT_ESTIMATORS.get(str(fact["estimation"]))) is not None:
        return words.say(FORMS.get(str(fact["two_stage"]), "{how}"), how=words.say(moments))
    correction = str(fact["correction"])
    if fact["dynamic"] not in ("", "none"):
        how = words.say(CORRECTIONS_OF_DYNAMIC.get(correction, "direct maximum likelihood"))
        return words.say("{how}, given the first period", how=how)
    if correction in ("none", ""):
        how = "direct maximum likelihood"
        none = _fixed_phrase(fact) == "none"
        return words.say(how if none else f"{how}, without correction for the fixed effects")
    return words.say(CORRECTIONS.get(correction, f"maximum likelihood, correction {correction}"))


def covariance_note(facts: Sequence[Facts], words: Words) -> str:
    """Which covariance the standard errors come from."""
    return words.sentence(words.say("Covariance"), [words.say(_covariance_phrase(fact)) for fact in facts])


def _covariance_phrase(fact: Facts) -> str:
    kind = str(fact["cov_type"])
    if kind == "classical" and (least_squares(fact) or str(fact["estimation"]) in MOMENT_ESTIMATORS):
        return "homoskedastic"
    return COVARIANCES.get(kind, kind)


def impacts_note(style: Style, facts: Sequence[Facts | None], *, beside: bool = False) -> str:
    """How the standard errors, or the intervals, of impacts were got; `beside` other estimates, it says of what."""
    topic = "Intervals" if style.parentheses == "conf_int" else "Standard errors"
    phrases = [_impacts_phrase(fact, topic, style.words) if fact else "" for fact in facts]
    return style.words.sentence(style.words.say(f"{topic} of impacts" if beside else topic), phrases)


def _impacts_phrase(fact: Facts, topic: str, words: Words) -> str:
    horizon = _horizon_phrase(fact, words)
    if fact["method"] != "simulated":
        return words.say("delta method") + horizon
    draws = words.say(
        "{draws} simulated draws ({seed}; {rejected} rejected as outside the stable range)",
        draws=f"{int(fact['draws']):,}",
        seed=seed_phrase(fact, words),
        rejected=f"{int(fact['rejected'] or 0):,}",
    )
    return (words.say("percentiles of {draws}", draws=draws) if topic == "Intervals" else draws) + horizon


def _horizon_phrase(fact: Facts, words: Words) -> str:
    """Of dynamic models: how long after the change the impacts are."""
    horizon = fact["horizon"]
    if fact["dynamic"] in ("", "none") or horizon == "":
        return ""
    if horizon in ("short", "long"):
        return words.say(" ({said})", said=words.say(f"{horizon}-run impacts"))
    return words.say(" ({said})", said=words.say("impacts {horizon} periods on", horizon=int(horizon)))


def seed_phrase(fact: Facts, words: Words) -> str:
    """ "seed 1", or that there was none."""
    seed = fact["seed"]
    return words.say("no seed") if seed == "" or seed != seed else words.say("seed {seed}", seed=int(seed))


def convergence_note(facts: Sequence[Facts], words: Words) -> str:
    """A warning where the search for the maximum did not converge."""
    failed = [place for place, fact in enumerate(facts) if fact["converged"] != "" and not fact["converged"]]
    if not failed:
        return ""
    if len(facts) == 1:
        return words.say("The search did not converge.")
    return words.say("The search did not converge in {columns}.", columns=words.columns(failed))


def likelihood_note(facts: Sequence[Facts], words: Words) -> str:
    """That log-likelihoods of contrasts and of levels, or of contrasts of other effects, are of different data."""
    of_contrasts = [_fixed_phrase(fact) if fact["correction"] == "lee-yu" else "" for fact in facts]
    if len(set(of_contrasts)) < 2:
        return ""
    return words.say(
        "Log-likelihoods and criteria after the transformation do not compare with those of the other columns."
    )


ABOUT: tuple[Callable[[Sequence[Facts], Words], str], ...] = (
    weights_note,
    sample_note,
    effects_note,
    estimation_note,
    covariance_note,
)
