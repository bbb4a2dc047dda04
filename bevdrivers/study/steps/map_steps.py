"""The steps that draw maps: of a variable in several years, and of a change that spills over."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...figures import choropleth_years, spillover_map
from ...language.symbols import MINUS
from ...language.words import Words
from .outputs import Output
from .shared_results import SharedResults

BUNDLED_SOURCE = "Map: Natural Earth; provinces of mainland China"


def maps_step(shared: SharedResults) -> list[Output]:
    """The map variable in its years, with one legend."""
    plan = shared.plan
    panel = plan.panel
    variable = plan.map_variable
    years = list(plan.map_years)
    values = pd.DataFrame(
        panel[variable],
        index=list(panel.periods),
        columns=list(panel.units),
    )
    label = plan.config.map.label or shared.label(variable)
    figure = choropleth_years(
        panel.geometry,
        values,
        years,
        legend_title=label,
        language=shared.words.language,
        **_base_and_caption(shared),
    )
    words = shared.words
    joint = words.say(" and ") if len(years) < 3 else words.say(", ")
    span = joint.join(map(str, years))
    largest = words.gap.join(_largest(values.T[year], str(year), words) for year in years)
    alt = words.say(
        "Maps of {label} in {years}. {largest}",
        label=label,
        years=span,
        largest=largest,
    )
    title = words.say("{label}, {years}", label=label, years=span)
    return [Output("maps", title, figure, alt=alt)]


def spillover_step(shared: SharedResults) -> list[Output]:
    """What a change in one unit does to every unit, under the main model."""
    chosen = shared.plan.config.spillover
    assert chosen is not None  # the step is there only with its section
    panel = shared.plan.panel
    unit: Any = next(unit for unit in panel.units if str(unit) == chosen.unit)
    shock = shared.main.shock(chosen.term, {unit: chosen.change}, at=shared.at)
    outcome = shared.label(shared.main.sample.design.outcome)
    size = f"{chosen.change:+g}".replace("-", MINUS)
    words = shared.words
    change = words.say(
        "{term} {change} in {unit}:",
        term=shared.label(chosen.term),
        change=size,
        unit=unit,
    )
    title = words.say("{change} effect on {outcome}", change=change, outcome=outcome)
    axes = spillover_map(
        panel.geometry,
        shock,
        legend_title=words.say(
            "{change}\neffect on {outcome}",
            change=change,
            outcome=outcome,
        ),
        language=words.language,
        **_base_and_caption(shared),
    )
    estimates = shock.frame["estimate"]
    alt = words.say(
        "Map. {title}: {value} in {unit} itself. {others}",
        title=title,
        value=f"{estimates[unit]:.3g}",
        unit=unit,
        others=_largest(estimates.drop(index=unit), words.say("the other units"), words),
    )
    return [Output("spillover_map", title, axes, alt=alt)]


def _base_and_caption(shared: SharedResults) -> dict[str, Any]:
    """The study's base map, and its caption: its own, or the source of the bundled map."""
    config = shared.plan.config
    caption = config.map.caption
    if not caption:
        caption = shared.words.say(BUNDLED_SOURCE) if config.uses_bundled_map else ""
    return {"base": shared.plan.base, "caption": caption}


def _largest(
    values: pd.Series,
    where: str,
    words: Words,
) -> str:
    """The three largest values, in words."""
    largest = values.dropna().sort_values(ascending=False, kind="stable").head(3)
    listed = words.listed([f"{unit} {value:.3g}" for unit, value in largest.items()])
    return words.say("Largest in {where}: {listed}.", where=where, listed=listed)
