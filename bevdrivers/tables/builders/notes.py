"""Notes that every table may have: what the parentheses hold, W, the sample, impacts, the search.

They are made from the facts that the results report of themselves; where columns differ, they say
in which.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ...language.symbols import DASH, HARD_SPACE, STUDENT_T, N, P, T, W, Z
from ...language.words import ENGLISH, Words
from .results import Estimates, Facts, interval_level, is_dynamic, uses_t
from .style import Style

NORMALISATIONS = {
    "row": "row-normalised",
    "spectral": "spectrally normalised",
    "min-max": "min-max normalised",
    "none": "not normalised",
}

# what became of links to units that are not there
LINKS = {
    "cut": "the links among the units present normalised again in each period",
    "keep-weights": "links to absent units left out, the others as they were",
}

BELOW = {"std_error": "standard errors", "p_value": f"{P}-values"}


def parentheses_note(
    style: Style,
    estimates: Sequence[Estimates],
    facts: Sequence[Facts],
) -> str:
    """What stands below the estimates, and where; nothing where nothing does."""
    words = style.words
    below = [style.below(each) for of_result in estimates for each in of_result.values()]
    if all(cell == "" for cell in below):
        return ""
    if style.parentheses == "conf_int":
        levels = [interval_level(*pair) for pair in zip(estimates, facts, strict=True)]
        phrases = [_interval_phrase(level, words) for level in levels]
        return _below_note(phrases, "brackets", words)
    if style.parentheses == "statistic":
        letters = [STUDENT_T if uses_t(fact) else Z for fact in facts]
        phrases = [words.say("{letter} statistics", letter=letter) for letter in letters]
        return _below_note(phrases, "parentheses", words)
    return _below_note([words.say(BELOW[style.parentheses])], "parentheses", words)


def _interval_phrase(level: float, words: Words) -> str:
    if math.isnan(level):
        return words.say("confidence intervals")
    return words.say("{level}% confidence intervals", level=f"{100 * level:.4g}")


def _below_note(
    phrases: Sequence[str],
    where: str,
    words: Words,
) -> str:
    """ "Standard errors in parentheses.", or "In parentheses: ..." where the columns differ."""
    first = phrases[0]
    if any(phrase != first for phrase in phrases):
        return words.sentence(words.say(f"In {where}"), phrases)
    capitalised = first[0].upper() + first[1:]
    return words.say(f"{{first}} in {where}.", first=capitalised)


def fixed_note(estimates: Iterable[Estimates], words: Words) -> str:
    """A word on estimates without a standard error, where there are any."""
    for of_result in estimates:
        if any(estimate.is_fixed for estimate in of_result.values()):
            return words.say("A value with nothing below it is fixed by the model.")
    return ""


def weights_note(facts: Sequence[Facts], words: Words) -> str:
    """W, its normalisation and what became of islands."""
    return words.sentence(W, [weights_phrase(fact, words) for fact in facts])


def weights_phrase(fact: Facts, words: Words = ENGLISH) -> str:
    """ "Queen, row-normalised (Hainan joined to Guangdong)"; empty without W."""
    if not fact["weights"]:
        return ""
    parts = [str(fact["weights"])]
    normalisation = str(fact["normalise"])
    if normalisation:
        parts.append(words.say(NORMALISATIONS.get(normalisation, normalisation)))
    if fact["weights_by_period"]:
        parts.append(words.say("other weights by period"))
    if fact["missing"]:
        parts.append(words.say(LINKS[fact["missing"]]))
    phrase = words.listed(parts)
    if fact["islands"]:
        phrase += words.say(" ({said})", said=words.said(str(fact["islands"])))
    return phrase


def sample_note(facts: Sequence[Facts], words: Words) -> str:
    """Units, periods and the span of time."""
    return words.sentence(words.say("Sample"), [_sample_phrase(fact, words) for fact in facts])


def _sample_phrase(fact: Facts, words: Words) -> str:
    parts = []
    if fact["n_units"] != "":
        parts.append(_count_phrase(N, int(fact["n_units"]), "unit", words))
    if fact["n_periods"] != "":
        parts.append(_count_phrase(T, int(fact["n_periods"]), "period", words))
    first, last = _period_text(fact["first_period"]), _period_text(fact["last_period"])
    span = first if first == last else f"{first}{DASH}{last}"
    if span:
        parts.append(span)
    step = fact["period_step"]
    if step not in ("", 1):
        parts.append(words.say("in steps of {step}", step=int(step)))
    return words.listed(parts)


def cells_note(facts: Sequence[Facts], words: Words) -> str:
    """How many cells are missing, and how many periods a unit has; nothing for complete panels."""
    phrases = [_cells_phrase(fact, words) for fact in facts]
    return words.sentence(words.say("Missing cells"), phrases)


def _cells_phrase(fact: Facts, words: Words) -> str:
    if not fact["missing_cells"]:
        return ""
    return words.say(
        "{count}, so that a unit has {fewest} to {most} periods, {mean} in the mean",
        count=f"{int(fact['missing_cells']):,}",
        fewest=int(fact["periods_min"]),
        most=int(fact["periods_max"]),
        mean=f"{fact['periods_mean']:.4g}",
    )


def _count_phrase(
    symbol: str,
    count: int,
    noun: str,
    words: Words,
) -> str:
    """ "N = 31 units" that stays on one line."""
    if count != 1:
        noun += "s"
    counted = words.say(f"{{count}} {noun}", count=f"{count:,}")
    return f"{symbol} = {counted}".replace(" ", HARD_SPACE)


def _period_text(value: Any) -> str:
    """A year as a year, also where a frame made it 2010.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def impacts_note(
    style: Style,
    facts: Sequence[Facts | None],
    *,
    beside: bool = False,
) -> str:
    """How the standard errors, or the intervals, of impacts were got; `beside` other estimates, it
    says of what.
    """
    words = style.words
    topic = "Standard errors"
    if style.parentheses == "conf_int":
        topic = "Intervals"
    phrases = [_impacts_phrase(fact, topic, words) if fact else "" for fact in facts]
    if beside:
        return words.sentence(words.say(f"{topic} of impacts"), phrases)
    return words.sentence(words.say(topic), phrases)


def places_note(facts: Sequence[Facts | None], words: Words) -> str:
    """Where the variables stand that several terms share: impacts are those at these values."""
    places = [str(fact["at"]) if fact else "" for fact in facts]
    return words.sentence(words.say("Impacts at"), places)


# beside which the standard errors are those of the delta method
_INTERVALS = {
    "percentile": "percentiles of {draws} bootstrap draws ({seed})",
    "bootstrap-t": "bootstrap-t of {draws} draws ({seed})",
    "bca": "bias-corrected and accelerated percentiles of {draws} bootstrap draws ({seed})",
    "profile": "inverted likelihood-ratio tests",
    "fieller": "Fieller's method",
}


def _impacts_phrase(
    fact: Facts,
    topic: str,
    words: Words,
) -> str:
    """The method, and of dynamic models the horizon."""
    horizon = _horizon_phrase(fact, words)
    interval = _INTERVALS.get(str(fact["method"]))
    if interval is not None and topic == "Intervals":
        draws, seed = f"{int(fact['draws']):,}", seed_phrase(fact, words)
        return words.say(interval, draws=draws, seed=seed) + horizon
    if fact["method"] != "simulated":
        return words.say("delta method") + horizon
    draws = words.say(
        "{draws} simulated draws ({seed}; {rejected} rejected as outside the stable range)",
        draws=f"{int(fact['draws']):,}",
        seed=seed_phrase(fact, words),
        rejected=f"{int(fact['rejected'] or 0):,}",
    )
    if topic == "Intervals":
        draws = words.say("percentiles of {draws}", draws=draws)
    return draws + horizon


def _horizon_phrase(fact: Facts, words: Words) -> str:
    """Of dynamic models: how long after the change the impacts are."""
    horizon = fact["horizon"]
    if not is_dynamic(fact) or horizon == "":
        return ""
    if horizon in ("short", "long"):
        phrase = words.say(f"{horizon}-run impacts")
    else:
        phrase = words.say("impacts {horizon} periods on", horizon=int(horizon))
    return words.say(" ({said})", said=phrase)


def seed_phrase(fact: Facts, words: Words) -> str:
    """ "seed 1", or that there was none."""
    seed = fact["seed"]
    if seed == "" or seed != seed:  # NaN, where other rows of a frame had one
        return words.say("no seed")
    return words.say("seed {seed}", seed=int(seed))


# what a caution of a fit is called in a note; the fit itself says more of it
CAUTIONS = {
    "unequal variances": "unequal variances that the standard errors suppose away",
    "serial correlation": "serial correlation that the standard errors suppose away",
    "few clusters": "few clusters",
    "many parameters": "more than one parameter for two clusters",
    "near the bound": "a spatial parameter near the end of its range",
    "second maximum": "a second maximum of the likelihood that is nearly as high",
    "wide interval": "a spatial parameter that is hardly identified",
    "collinear lag": "nearly collinear spatial lags of regressors",
    "endogenous weights": "weights made of values of the sample, which may be endogenous",
}


def cautions_note(facts: Sequence[Facts], words: Words) -> str:
    """What to be careful with, and in which columns; nothing where nothing was found."""
    phrases = []
    for fact in facts:
        names = str(fact["cautions"]).split("; ") if fact["cautions"] else []
        phrases.append(words.listed([words.say(CAUTIONS.get(name, name)) for name in names]))
    return words.sentence(words.say("Cautions"), phrases)


def convergence_note(facts: Sequence[Facts], words: Words) -> str:
    """A warning where the search for the maximum did not converge."""
    failed = []
    for index, fact in enumerate(facts):
        if fact["converged"] != "" and not fact["converged"]:
            failed.append(index)
    if not failed:
        return ""
    if len(facts) == 1:
        return words.say("The search did not converge.")
    return words.say(
        "The search did not converge in {columns}.",
        columns=words.columns(failed),
    )
