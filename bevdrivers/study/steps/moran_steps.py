"""The steps that show Moran's I: by year in a table, and as scatter plots."""

from __future__ import annotations

from ...figures import moran_scatter_years
from ...language.symbols import MINUS
from ...tables import moran_table
from .outputs import Output
from .shared_results import SharedResults


def moran_step(shared: SharedResults) -> list[Output]:
    """Moran's I by year, under each of the weights."""
    title = f"Moran's I of {shared.label(shared.plan.moran.variable)}"
    results = list(shared.moran.values())
    table = moran_table(results, digits=shared.digits, **shared.captions("moran", title))
    return [Output("moran", title, table)]


def scatter_step(shared: SharedResults) -> list[Output]:
    """Moran scatter plots of the first and the last year, under the main weights."""
    panel = shared.plan.panel
    result = next(iter(shared.moran.values()))
    label = shared.label(shared.plan.moran.variable)
    rows = list(dict.fromkeys((0, panel.n_periods - 1)))
    statistics = {panel.periods[t]: float(result.frame["I"].iloc[t]) for t in rows}
    values, lags = result.scatter
    figure = moran_scatter_years(
        values[rows],
        lags[rows],
        list(statistics),
        labels=[str(unit) for unit in panel.units],
        titles=[_title(year, value) for year, value in statistics.items()],
        xlabel=f"{label}, std.",
    )
    listed = ", ".join(f"I = {value:.3f} in {year}" for year, value in statistics.items())
    weights = shared.plan.first_weights.name
    alt = f"Moran scatter plots of {label} against its spatial lag ({weights}): {listed}."
    title = f"Moran scatter plots of {label} ({weights})"
    return [Output("moran_scatter", title, figure, alt=alt)]


def _title(year: int, value: float) -> str:
    return f"{year}: Moran's I = {value:.3f}".replace("-", MINUS)
