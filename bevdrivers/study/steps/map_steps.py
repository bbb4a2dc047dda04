"""The steps that draw maps: of a variable in several years, and of a change that spills over."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...figures import choropleth_years, spillover_map
from ...language.symbols import MINUS
from .outputs import Output
from .shared_results import SharedResults

BUNDLED_SOURCE = "Map: Natural Earth; provinces of mainland China"


def maps_step(shared: SharedResults) -> list[Output]:
    """The map variable in its years, with one legend."""
    plan, panel = shared.plan, shared.plan.panel
    variable, years = plan.map_variable, list(plan.map_years)
    values = pd.DataFrame(panel[variable], index=list(panel.periods), columns=list(panel.units))
    label = plan.config.map.label or shared.label(variable)
    figure = choropleth_years(
        panel.geometry,
        values,
        years,
        legend_title=label,
        **_base_and_caption(shared),
    )
    joint = " and " if len(years) < 3 else ", "
    span = joint.join(map(str, years))
    largest = " ".join(_largest(values.T[year], str(year)) for year in years)
    alt = f"Maps of {label} in {span}. {largest}"
    return [Output("maps", f"{label}, {span}", figure, alt=alt)]


def spillover_step(shared: SharedResults) -> list[Output]:
    """What a change in one unit does to every unit, under the main model."""
    chosen = shared.plan.config.spillover
    assert chosen is not None  # the step is there only with its section
    panel = shared.plan.panel
    unit: Any = next(unit for unit in panel.units if str(unit) == chosen.unit)
    shock = shared.main.shock(chosen.term, {unit: chosen.change}, at=shared.at)
    outcome = shared.label(shared.main.sample.design.outcome)
    size = f"{chosen.change:+g}".replace("-", MINUS)
    change = f"{shared.label(chosen.term)} {size} in {unit}:"
    title = f"{change} effect on {outcome}"
    axes = spillover_map(
        panel.geometry,
        shock,
        legend_title=f"{change}\neffect on {outcome}",
        **_base_and_caption(shared),
    )
    estimates = shock.frame["estimate"]
    others = _largest(estimates.drop(index=unit), "the other units")
    alt = f"Map. {title}: {estimates[unit]:.3g} in {unit} itself. {others}"
    return [Output("spillover_map", title, axes, alt=alt)]


def _base_and_caption(shared: SharedResults) -> dict[str, Any]:
    """The study's base map, and its caption: its own, or the source of the bundled map."""
    config = shared.plan.config
    caption = config.map.caption
    if not caption:
        caption = BUNDLED_SOURCE if config.uses_bundled_map else ""
    return {"base": shared.plan.base, "caption": caption}


def _largest(values: pd.Series, where: str) -> str:
    """The three largest values, in words."""
    largest = values.dropna().sort_values(ascending=False, kind="stable").head(3)
    listed = ", ".join(f"{unit} {value:.3g}" for unit, value in largest.items())
    return f"Largest in {where}: {listed}."
