"""The steps that show Moran's I: by year in a table, and as scatter plots."""

from __future__ import annotations

from ...figures import moran_scatter_years
from ...language.symbols import MINUS
from ...language.words import Words
from ...tables import moran_table
from .outputs import Output
from .shared_results import SharedResults


def moran_step(shared: SharedResults) -> list[Output]:
    """Moran's I by year, under each of the weights."""
    variable = shared.label(shared.plan.moran.variable)
    title = shared.words.say("Moran's I of {variable}", variable=variable)
    results = list(shared.moran.values())
    captions = shared.captions("moran", title)
    table = moran_table(results, digits=shared.digits, **captions)
    return [Output("moran", title, table)]


def scatter_step(shared: SharedResults) -> list[Output]:
    """Moran scatter plots of the first and the last year, under the main weights."""
    panel = shared.plan.panel
    result = next(iter(shared.moran.values()))
    words = shared.words
    label = shared.label(shared.plan.moran.variable)
    rows = list(dict.fromkeys((0, panel.n_periods - 1)))
    statistics = {panel.periods[t]: float(result.frame["I"].iloc[t]) for t in rows}
    values, lags = result.scatter
    figure = moran_scatter_years(
        values[rows],
        lags[rows],
        list(statistics),
        labels=[str(unit) for unit in panel.units],
        titles=[_title(year, value, words) for year, value in statistics.items()],
        xlabel=words.say("{label}, std.", label=label),
        language=words.language,
    )
    listed = words.listed(
        [
            words.say("I = {value} in {year}", value=f"{value:.3f}", year=year)
            for year, value in statistics.items()
        ]
    )
    named = {"variable": label, "weights": shared.plan.first_weights.name}
    alt = words.say(
        "Moran scatter plots of {variable} against its spatial lag ({weights}): {listed}.",
        listed=listed,
        **named,
    )
    title = words.say("Moran scatter plots of {variable} ({weights})", **named)
    return [Output("moran_scatter", title, figure, alt=alt)]


def _title(
    year: int,
    value: float,
    words: Words,
) -> str:
    statistic = f"{value:.3f}".replace("-", MINUS)
    return words.say("{year}: Moran's I = {value}", year=year, value=statistic)
