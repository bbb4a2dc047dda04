"""Every spatial statistic with every combination of its options, and every recipe of weights."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given, strategies as st

import bevdrivers as bd
from bevdrivers import options as of

from .data import RECIPES, Data, data, maps
from .invariants import check_result, check_weights
from .outcome import answer, is_refusal
from .profiles import fuzzed

VARIABLES = ("y", "x1", "positive", "log(y)", "I(x1 > 0)", "x1 - x2", "group", "nobody", "lag(x1)")
STAGES = (None, None, {"early": (2001, 2002), "late": (2003, 2008)}, [(2001, 2001)], [(2009, 2010)])
COMMON: dict[str, tuple[Any, ...]] = {
    "permutations": (0, 1, 19),
    "alternative": get_args(of.Alternative),
    "seed": (None, 0, 7),
    "adjust": get_args(of.Adjust),
    "stages": STAGES,
}
GLOBAL = COMMON | {"inference": get_args(of.Inference), "pooled": (True, False)}
LOCAL = COMMON | {"inference": get_args(of.LocalInference), "level": (0.05, 0.5)}
STATISTICS: tuple[tuple[type, dict[str, tuple[Any, ...]]], ...] = (
    (bd.Moran, GLOBAL),
    (bd.Geary, GLOBAL),
    (bd.GetisOrd, GLOBAL),
    (bd.JoinCounts, GLOBAL),
    (
        bd.BivariateMoran,
        GLOBAL | {"neighbour": ("x2", None), "lag": (0, 1, 9), "moves": get_args(of.Moves)},
    ),
    (bd.LocalMoran, LOCAL),
    (bd.LocalGeary, LOCAL),
    (bd.LocalGetisOrd, LOCAL | {"star": (True, False)}),
    (
        bd.SpatialMarkov,
        {"classes": (2, 3, 4), "bounds": (None, [0.0], [-1.0, 1.0]), "relative": (True, False)},
    ),
    (
        bd.DirectionalLisa,
        {
            **{name: COMMON[name] for name in ("permutations", "alternative", "seed", "adjust")},
            "start": (None, 2001, 1999),
            "end": (None, 2003),
            "sectors": (4, 8, 1),
        },
    ),
)


@st.composite
def statistics(draw: st.DrawFn) -> tuple[type, dict[str, Any]]:
    """A statistic's class and its options, not yet put together."""
    kind, options = draw(st.sampled_from(STATISTICS))
    drawn = {name: st.sampled_from(values) for name, values in options.items()}
    return kind, draw(st.fixed_dictionaries({}, optional=drawn))


@fuzzed
@given(data(), statistics(), st.sampled_from(VARIABLES))
def test_statistics(given: Data, asked: tuple[type, dict[str, Any]], variable: str) -> None:
    kind, options = asked
    # nothing is drawn at length
    options = {"permutations": 9} | options if "permutations" in kind.__match_args__ else options
    found = answer(lambda: kind(variable, **options).fit(given.panel, given.weights))
    if is_refusal(found):
        return
    answer(lambda: check_result(found))
    if isinstance(found, bd.LocalResult):
        for follow in (bd.lisa_transitions, bd.hotspot_persistence):
            moved = answer(lambda follow=follow: follow(found))
            assert is_refusal(moved) or repr(moved)


@fuzzed
@given(data(), st.sampled_from(get_args(of.Alternative)), st.booleans())
def test_residual_moran(given: Data, alternative: Any, by_period: bool) -> None:
    request = bd.ResidualMoran(alternative, by_period)
    found = answer(lambda: request.fit(bd.NonSpatial("y ~ x1").fit(given.panel), given.weights))
    if not is_refusal(found):
        answer(lambda: check_result(found))


@fuzzed
@given(st.data(), data(), st.sampled_from(RECIPES), st.sampled_from(get_args(of.Normalise)))
def test_weights(drawn: st.DataObject, given: Data, recipe: Any, normalise: Any) -> None:
    units = drawn.draw(maps(given.ids))

    def fit() -> bd.SpatialWeights:
        panel = bd.Panel.from_frame(given.frame, unit="unit", time="year", geometry=units)
        return type(recipe)(**{**vars(recipe), "normalise": normalise}).fit(panel)

    found = answer(fit)
    if not is_refusal(found):
        answer(lambda: check_weights(found, given.ids))
