"""How alike several weights are: correlation of spatial lags, shared links, range of rho."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import OptionError, WeightsError
from ..numerics.streams import generator
from ..results import TIDY_COLUMNS
from .given import made_weights
from .weights import SpatialWeights

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True, eq=False)
class WeightsComparison(Shown):
    """Several weights of the same units, pair by pair.

    Attributes
    ----------
    weights : tuple of SpatialWeights
        As compared: aligned to the same units.
    names : tuple of str
    correlation : DataFrame
        Correlation of the spatial lags, one row and column for each of the weights.
    frame : DataFrame
        One row a pair: first, second, lag_correlation, shared_links (number of directed links that
        both have), share_of_first, share_of_second (of its links, those that the other has too),
        jaccard (shared links over links that either has).
    variable : str
        Whose lags were correlated: a variable of the panel, or "random fields".
    draws : int
        Number of random fields; 0 with a variable.
    seed : int or None
        Of the random fields.
    """

    weights: tuple[SpatialWeights, ...]
    names: tuple[str, ...]
    correlation: pd.DataFrame
    frame: pd.DataFrame
    variable: str
    draws: int = 0
    seed: int | None = None

    @property
    def summaries(self) -> pd.DataFrame:
        """One row for each of the weights: links, neighbours, components, eigenvalues, range of
        rho, islands.
        """
        rows = pd.concat([one.glance() for one in self.weights], ignore_index=True)
        return rows.assign(name=list(self.names))

    def tidy(self) -> pd.DataFrame:
        """One row a pair and measure in the layout of every tidy frame."""
        rows = [
            dict.fromkeys(TIDY_COLUMNS, np.nan)
            | {
                "term": f"{pair.first} ~ {pair.second}",
                "component": measure,
                "estimate": getattr(pair, measure),
            }
            for pair in self.frame.itertuples()
            for measure in (
                "lag_correlation",
                "shared_links",
                "share_of_first",
                "share_of_second",
                "jaccard",
            )
        ]
        return pd.DataFrame(rows, columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: number of weights and units, variable, draws, seed, smallest and largest lag
        correlation.
        """
        correlations = self.frame["lag_correlation"]
        row = {
            "n_weights": len(self.weights),
            "n_units": self.weights[0].n_units,
            "variable": self.variable,
            "draws": self.draws,
            "seed": self.seed,
            "lag_correlation_min": correlations.min(),
            "lag_correlation_max": correlations.max(),
        }
        return pd.DataFrame([row])

    def __str__(self) -> str:
        of = f"{self.draws} random fields, seed {self.seed}" if self.draws else self.variable
        head = f"{len(self.weights)} weights of {self.weights[0].n_units} units; lags of {of}"
        return f"{head}\n{self.frame.round(3).to_string(index=False)}"

    __repr__ = __str__


def compare_weights(
    weights: Sequence[SpatialWeights] | Mapping[str, SpatialWeights],
    panel: Panel | None = None,
    *,
    variable: str | None = None,
    draws: int = 99,
    seed: int = 0,
) -> WeightsComparison:
    """Compare weights pair by pair: how alike are the lags they make, and which links do they
    share?

    Parameters
    ----------
    weights : sequence or mapping of name to SpatialWeights
        Two or more. They are aligned to the units of the panel, or else of the first.
    panel : Panel, optional
    variable : str, optional
        Column or expression of the panel. Its lags are correlated over units and periods after each
        period's mean was taken out, so that a common trend does not make all weights look alike.
        Without it, the lags of independent standard normal fields are correlated, which depends on
        the weights alone.
    draws : int
        Number of random fields.
    seed : int
        Of the random fields.

    Returns
    -------
    WeightsComparison

    Raises
    ------
    OptionError
        Fewer than two weights, or a variable without a panel.
    WeightsError
        The weights are of different units.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> several = [bd.Queen(islands="nearest").fit(panel), bd.KNearest(4).fit(panel)]
    >>> comparison = bd.compare_weights(several, panel, variable="log(gdp_pc)")
    >>> comparison.frame[["first", "second", "shared_links"]]
       first     second  shared_links
    0  Queen  4 nearest            95
    """
    named = dict(weights) if isinstance(weights, Mapping) else named_weights(weights)
    if len(named) < 2:
        raise OptionError(
            "weights",
            expected="two or more weights",
            got=f"{len(named)}: {list(named)}",
            remedy="Pass a list of them, or a mapping of names to them.",
        )
    if (variable is None and draws < 1) or (variable is not None and panel is None):
        got = "draws below 1" if variable is None else f"variable={variable!r} without a panel"
        raise OptionError(
            "compare_weights",
            expected="a panel with a variable, or draws of random fields",
            got=got,
            remedy="Pass panel beside variable, or draws of 1 or more.",
        )
    made = {name: made_weights(one, panel) for name, one in named.items()}
    units = panel.units if panel is not None else next(iter(made.values())).ids
    aligned = {name: one.align(units) for name, one in made.items()}
    if panel is not None and variable is not None:
        values = panel.evaluate(variable, "variable")
    else:
        values = generator(seed, "random fields").standard_normal((draws, len(units)))
    correlation = _lag_correlation(aligned, values)
    rows = [
        _pair(aligned, correlation, first, second) for first, second in combinations(aligned, 2)
    ]
    kind = (variable, 0, None) if variable is not None else ("random fields", draws, seed)
    return WeightsComparison(
        tuple(aligned.values()),
        tuple(aligned),
        correlation,
        pd.DataFrame(rows),
        *kind,
    )


def named_weights(
    weights: Sequence[SpatialWeights],
) -> dict[str, SpatialWeights]:
    """By name; where several have one name, the later ones are numbered."""
    named: dict[str, SpatialWeights] = {}
    for one in weights:
        name = getattr(one, "name", str(one))
        count = 1
        while (label := name if count == 1 else f"{name} ({count})") in named:
            count += 1
        named[label] = one
    return named


def _lag_correlation(weights: dict[str, SpatialWeights], values: np.ndarray) -> pd.DataFrame:
    lags = [one.lag(values) for one in weights.values()]
    centred = np.array([(lag - lag.mean(axis=1, keepdims=True)).ravel() for lag in lags])
    size = np.linalg.norm(centred, axis=1)
    flat = [name for name, one in zip(weights, size, strict=True) if one == 0]
    if flat:
        raise WeightsError(
            "variable",
            expected="a lag that varies over the units",
            got=f"a constant one for {flat}",
            remedy=(
                "Choose a variable that differs between units, or weights that link them otherwise."
            ),
        )
    names = list(weights)
    return pd.DataFrame(
        centred @ centred.T / np.multiply.outer(size, size),
        index=names,
        columns=names,
    )


def _pair(
    weights: dict[str, SpatialWeights],
    correlation: pd.DataFrame,
    first: str,
    second: str,
) -> dict[str, object]:
    a = weights[first].links
    b = weights[second].links
    shared = int((a > 0).multiply(b > 0).nnz)
    return {
        "first": first,
        "second": second,
        "lag_correlation": float(
            correlation.to_numpy()[list(weights).index(first), list(weights).index(second)]
        ),
        "shared_links": shared,
        "share_of_first": shared / a.nnz,
        "share_of_second": shared / b.nnz,
        "jaccard": shared / (a.nnz + b.nnz - shared),
    }
