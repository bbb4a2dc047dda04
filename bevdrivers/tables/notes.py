"""Notes that say what was done, made from the facts that the results report of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .reading import Estimates, Facts, Style, interval_level, least_squares
from .symbols import DASH, HARD_SPACE, STUDENT_T, N, P, T, W, Z

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
    "gls": " of quasi-demeaned data",
    "error-components": " of quasi-demeaned data with the instruments of error components",
    "between": " of unit means",
}

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


def columns(places: Sequence[int]) -> str:
    """Column numbers in words: "column (2)", "columns (1)–(3) and (5)"."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    parts = [text for run in runs for text in _run_texts(run)]
    listed = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    return f"column{'s' if len(places) > 1 else ''}{HARD_SPACE}{listed}"


def _run_texts(run: Sequence[int]) -> list[str]:
    """Neighbours as a range when they are three or more."""
    texts = [f"({place + 1})" for place in run]
    return [f"{texts[0]}{DASH}{texts[-1]}"] if len(run) > 2 else texts


def by_column(phrases: Sequence[str]) -> str:
    """One phrase where all columns agree, else each phrase with its columns; an empty phrase says nothing."""
    places: dict[str, list[int]] = {}
    for place, phrase in enumerate(phrases):
        if phrase:
            places.setdefault(phrase, []).append(place)
    if len(places) == 1 and all(phrases):
        return phrases[0]
    return "; ".join(f"{phrase} in {columns(where)}" for phrase, where in places.items())


def sentence(topic: str, phrases: Sequence[str]) -> str:
    """ "Topic: phrase.", or nothing where no column has a phrase."""
    text = by_column(phrases)
    return f"{topic}: {text}." if text else ""


def said(sentences: Iterable[str]) -> tuple[str, ...]:
    """The sentences that say something."""
    return tuple(text for text in sentences if text)


def stars_note(style: Style) -> str:
    """The levels of the stars: "* p < 0.10, ** p < 0.05, *** p < 0.01."."""
    parts = [f"{'*' * count} {P} < {_level(level)}" for count, level in enumerate(style.stars, 1)]
    return ", ".join(part.replace(" ", HARD_SPACE) for part in parts) + ("." if parts else "")


def _level(level: float) -> str:
    """A level with two decimals, or as many as it has."""
    return f"{level:.2f}" if round(level, 2) == level else f"{level:g}"


def parentheses_note(style: Style, estimates: Sequence[Estimates], facts: Sequence[Facts]) -> str:
    """What stands below the estimates, and where."""
    if style.parentheses == "conf_int":
        levels = [interval_level(found, fact) for found, fact in zip(estimates, facts, strict=True)]
        phrases = [
            f"{100 * level:.4g}% confidence intervals" if level == level else "confidence intervals" for level in levels
        ]
        return _below(phrases, "brackets")
    if style.parentheses == "statistic":
        return _below([f"{STUDENT_T if least_squares(fact) else Z} statistics" for fact in facts], "parentheses")
    name = {"std_error": "standard errors", "p_value": f"{P}-values"}[style.parentheses]
    return _below([name], "parentheses")


def _below(phrases: Sequence[str], where: str) -> str:
    """ "Standard errors in parentheses.", or "In parentheses: ..." where the columns differ."""
    if len(set(phrases)) > 1:
        return sentence(f"In {where}", phrases)
    return f"{phrases[0][0].upper()}{phrases[0][1:]} in {where}."


def fixed_note(estimates: Iterable[Estimates]) -> str:
    """A word on estimates without a standard error, where there are any."""
    fixed = any(found.std_error == 0 for each in estimates for found in each.values())
    return "A value with nothing below it is fixed by the model." if fixed else ""


def weights_note(facts: Sequence[Facts]) -> str:
    """W, its normalisation and what became of islands."""
    return sentence(W, [weights_phrase(fact) for fact in facts])


def weights_phrase(fact: Facts) -> str:
    """ "Queen, row-normalised (Hainan joined to Guangdong)"; empty without W."""
    if not fact["weights"]:
        return ""
    normalised = NORMALISATIONS.get(str(fact["normalise"]), str(fact["normalise"]))
    islands = f" ({fact['islands']})" if fact["islands"] else ""
    return ", ".join(filter(None, [str(fact["weights"]), normalised])) + islands


def sample_note(facts: Sequence[Facts]) -> str:
    """Units, periods and the span of time."""
    return sentence("Sample", [_sample_phrase(fact) for fact in facts])


def _sample_phrase(fact: Facts) -> str:
    parts = []
    for symbol, name, one in ((N, "n_units", "unit"), (T, "n_periods", "period")):
        if fact[name] != "":
            count = int(fact[name])
            parts.append(f"{symbol} = {count:,} {one}{'s' if count != 1 else ''}".replace(" ", HARD_SPACE))
    first, last = (_period(fact[name]) for name in ("first_period", "last_period"))
    span = first if first == last else f"{first}{DASH}{last}"
    return ", ".join(filter(None, [*parts, span]))


def _period(value: Any) -> str:
    """A year as a year, also where a frame made it 2010.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def effects_note(facts: Sequence[Facts]) -> str:
    """Which effects are fixed, which random, and whether errors are autocorrelated."""
    fixed = [_fixed_phrase(fact) for fact in facts]
    random = [RANDOM.get(str(f["random_effects"]), "") for f in facts]
    serial = ["first-order autoregression within units" if f["serial_errors"] == "ar1" else "" for f in facts]
    named = (("Fixed effects", fixed), ("Random effects", random), ("Errors", serial))
    return " ".join(said([sentence(name, values) for name, values in named]))


def _fixed_phrase(fact: Facts) -> str:
    """Units, periods, and what is absorbed beside them."""
    kind = EFFECTS.get(str(fact["fixed_effects"]), str(fact["fixed_effects"]))
    if fact["absorb"] in ("", "none"):
        return kind
    return str(fact["absorb"]) if kind == "none" else f"{kind}; {fact['absorb']}"


def estimation_note(facts: Sequence[Facts]) -> str:
    """Least squares or maximum likelihood, the correction of its bias, and the distribution of the statistics."""
    return sentence("Estimation", [_estimation_phrase(fact) for fact in facts])


def _estimation_phrase(fact: Facts) -> str:
    if least_squares(fact):
        dynamic = ", given the first period" if fact["dynamic"] not in ("", "none") else ""
        how = LEAST_SQUARES_OF_DYNAMIC.get(str(fact["correction"]), "least squares")
        return f"{how}{dynamic} ({STUDENT_T} distribution)"
    if (moments := MOMENT_ESTIMATORS.get(str(fact["estimation"]))) is not None:
        form = FORMS.get(str(fact["two_stage"]), "")
        return f"{moments}{form} ({Z} statistics)"
    correction = str(fact["correction"])
    if fact["dynamic"] not in ("", "none"):
        how = CORRECTIONS_OF_DYNAMIC.get(correction, "direct maximum likelihood")
        return f"{how}, given the first period ({Z} statistics)"
    if correction in ("none", ""):
        effects = "" if _fixed_phrase(fact) == "none" else ", without correction for the fixed effects"
        return f"direct maximum likelihood{effects} ({Z} statistics)"
    return f"{CORRECTIONS.get(correction, f'maximum likelihood, correction {correction}')} ({Z} statistics)"


def covariance_note(facts: Sequence[Facts]) -> str:
    """Which covariance the standard errors come from."""
    return sentence("Covariance", [_covariance_phrase(fact) for fact in facts])


def _covariance_phrase(fact: Facts) -> str:
    kind = str(fact["cov_type"])
    if kind == "classical" and (least_squares(fact) or str(fact["estimation"]) in MOMENT_ESTIMATORS):
        return "homoskedastic"
    return COVARIANCES.get(kind, kind)


def impacts_note(style: Style, facts: Sequence[Facts | None], of: str = "") -> str:
    """How the standard errors, or the intervals, of impacts were got."""
    topic = "Intervals" if style.parentheses == "conf_int" else "Standard errors"
    return sentence(f"{topic}{of}", [_impacts_phrase(fact, topic) if fact else "" for fact in facts])


def _impacts_phrase(fact: Facts, topic: str) -> str:
    horizon = _horizon_phrase(fact)
    if fact["method"] != "simulated":
        return f"delta method{horizon}"
    draws = f"{int(fact['draws']):,} simulated draws"
    rejected = f"{int(fact['rejected'] or 0):,} rejected as outside the stable range"
    return f"{'percentiles of ' if topic == 'Intervals' else ''}{draws} ({seed_phrase(fact)}; {rejected}){horizon}"


def _horizon_phrase(fact: Facts) -> str:
    """Of dynamic models: how long after the change the impacts are."""
    horizon = fact["horizon"]
    if fact["dynamic"] in ("", "none") or horizon == "":
        return ""
    after = f"{horizon}-run impacts" if horizon in ("short", "long") else f"impacts {int(horizon)} periods on"
    return f" ({after})"


def seed_phrase(fact: Facts) -> str:
    """ "seed 1", or that there was none."""
    seed = fact["seed"]
    return "no seed" if seed == "" or seed != seed else f"seed {int(seed)}"


def convergence_note(facts: Sequence[Facts]) -> str:
    """A warning where the search for the maximum did not converge."""
    failed = [place for place, fact in enumerate(facts) if fact["converged"] != "" and not fact["converged"]]
    if not failed:
        return ""
    return "The search did not converge" + (f" in {columns(failed)}." if len(facts) > 1 else ".")


def likelihood_note(facts: Sequence[Facts]) -> str:
    """That log-likelihoods of contrasts and of levels, or of contrasts of other effects, are of different data."""
    of_contrasts = [_fixed_phrase(fact) if fact["correction"] == "lee-yu" else "" for fact in facts]
    if len(set(of_contrasts)) < 2:
        return ""
    return "Log-likelihoods and criteria after the transformation do not compare with those of the other columns."


ABOUT: tuple[Callable[[Sequence[Facts]], str], ...] = (
    weights_note,
    sample_note,
    effects_note,
    estimation_note,
    covariance_note,
)
