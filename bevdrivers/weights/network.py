"""Weights of groups and of networks: regions, flows between units."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import DataError, OptionError, WeightsError, first_five
from ..ids import id_key, positions
from ..options import FlowRows, check_option
from ..panel.matching import did_you_mean
from .by_period import PeriodWeights
from .matrices import decimal_comma_remedy, is_number
from .recipe import FixedRecipe, Recipe
from .spatial_units import SpatialUnits
from .weights import SpatialWeights

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True)
class Blocks(FixedRecipe):
    """Request for weights of groups: w_ij = 1 where i and j are different units of one region.

    Parameters
    ----------
    region : str
        Column of the map or the panel with one region a unit. A region of one unit is an island.

    References
    ----------
    Case, A. C. (1991). Spatial patterns in household demand. Econometrica 59, 953-965.
    doi:10.2307/2938168

    Notes
    -----
    With row normalisation and time effects one single block of all units leaves rho unidentified,
    and blocks of equal size leave it weakly so (Lee, L. F. (2007), Journal of Econometrics 140,
    333-374).
    """

    region: str

    @property
    def name(self) -> str:
        return f"same {self.region}"

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        values = units.column(self.region, "region")
        lost = np.flatnonzero(pd.isna(values))
        if lost.size:
            unknown = first_five([units.ids[i] for i in lost])
            raise WeightsError(
                "region",
                expected=f"{self.region!r} of every unit",
                got=f"none for {unknown}",
                remedy="Fill the column.",
            )
        group = pd.factorize(values)[0]
        N = len(group)
        member = sparse.csr_array(
            (np.ones(N), (np.arange(N), group)),
            shape=(N, group.max(initial=-1) + 1),
        )
        links = sparse.csr_array(member @ member.T - sparse.eye_array(N, format="csr"))
        links.eliminate_zeros()
        return links


class Flow(NamedTuple):
    """One row of flows, with its period where they have one."""

    origin: Hashable
    destination: Hashable
    size: float
    period: int = 0


@dataclass(frozen=True)
class FromFlows(Recipe):
    """Request for weights of flows: w_ij = flow from i to j, such as headquarters and branches,
    trade, migration.

    Parameters
    ----------
    frame : DataFrame
        One row a flow, or one row a single link such as a branch. Flows of the same pair are added
        up; flows of a unit to itself are left out. The frame is kept in the recipe as tuples.
    origin, destination : str
        Columns with the ids of the units.
    flow : str, optional
        Column with the size of the flow, 0 or more; each row counts 1 when absent.
    rows : {"origin", "destination", "both"}
        What a row of W is. Origin: w_ij is the flow from i to j, so that the lag of i is a mean
        over where its flows go. Destination: w_ij is the flow from j to i, a mean over where its
        flows come from. Both: the sum.
    power : float
        w_ij = flow^power; -1 turns travel times or costs into weights (each pair once then).
    time : str, optional
        Column with the period of each flow: one W a period, of the flows of that period; `fit` then
        makes `PeriodWeights`. Without it all rows make one W.

    Notes
    -----
    Flows that react to the outcome make W endogenous: take them from before the sample.

    Examples
    --------
    >>> import pandas as pd
    >>> import bevdrivers as bd
    >>> rows = [("a", "b", 3), ("a", "c", 1), ("b", "a", 2), ("c", "c", 9)]
    >>> branches = pd.DataFrame(rows, columns=["seat", "branch", "n"])
    >>> W = bd.FromFlows(branches, "seat", "branch", "n", islands="keep").fit()
    >>> W.links.toarray()
    array([[0., 3., 1.],
           [2., 0., 0.],
           [0., 0., 0.]])
    """

    frame: Any
    origin: str
    destination: str
    flow: str | None = None
    rows: FlowRows = "origin"
    power: float = 1.0
    time: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_option("rows", self.rows, FlowRows)
        if self.power == 0 or not np.isfinite(self.power):
            raise OptionError(
                "power",
                expected="a number other than 0",
                got=repr(self.power),
                remedy=(
                    "Write -1 for weights that fall with distance, 1 for weights that "
                    "rise with the flow."
                ),
            )
        if not isinstance(self.frame, tuple):
            object.__setattr__(
                self,
                "frame",
                _flows(self.frame, self.origin, self.destination, self.flow, self.time),
            )

    @property
    def name(self) -> str:
        return f"flows {self.origin} to {self.destination}"

    def __repr__(self) -> str:
        return (
            f"FromFlows({len(self.frame)} flows, {self.origin!r}, {self.destination!r}, "
            f"{self.flow!r})"
        )

    @property
    def by_period(self) -> bool:
        return self.time is not None

    @property
    def _periods(self) -> tuple[int, ...]:
        """The periods that the flows name, ascending."""
        return tuple(sorted({flow.period for flow in self.frame}))

    def fit(self, panel_or_geometry: Any = None) -> SpatialWeights | PeriodWeights:
        """The weights of a panel's units or a map's rows, or without either of the units that the
        flows name; with `time` one W a period of the panel, or of the flows.
        """
        if panel_or_geometry is not None:
            return super().fit(panel_or_geometry)
        named = {id_key(name): name for flow in self.frame for name in flow[:2]}
        ids = tuple(named[key] for key in sorted(named, key=str))
        if self.time is None:
            return self._fitted(SpatialUnits(ids))
        self._check_islands_by_period()
        periods = self._periods
        made = {period: self._of_period(SpatialUnits(ids, period=period)) for period in periods}
        return PeriodWeights.of(made, periods)

    def _fitted_by_period(self, panel: Panel) -> PeriodWeights:
        lost = sorted(set(panel.periods) - set(self._periods))
        if lost:
            raise WeightsError(
                "frame",
                expected="flows of every period of the panel",
                got=f"none of {first_five(lost)}",
                remedy="Add the flows of these periods, or select the others: "
                "panel.select(periods=...).",
            )
        return super()._fitted_by_period(panel)

    def _flows_of(self, units: SpatialUnits) -> tuple[Flow, ...]:
        """The flows of the period of `units`, or all."""
        if self.time is None:
            return tuple(self.frame)
        units.notes.append(f"{self.name} of each period")
        units.made_of.append((self.name, (int(units.period or 0),)))
        return tuple(flow for flow in self.frame if flow.period == units.period)

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        flows = self._flows_of(units)
        i = positions([flow.origin for flow in flows], units.ids)
        j = positions([flow.destination for flow in flows], units.ids)
        size = np.array([flow.size for flow in flows], dtype=float)
        outside = (i < 0) | (j < 0)
        own = (i == j) & (i >= 0)
        self._tell(units, flows, outside, own, size)
        use = ~(outside | own) & (size > 0)
        i = i[use]
        j = j[use]
        size = size[use]
        if self.rows == "destination":
            i, j = j, i
        elif self.rows == "both":
            i, j, size = np.r_[i, j], np.r_[j, i], np.r_[size, size]
        N = len(units.ids)
        if self.power != 1 and np.unique(i * N + j).size < i.size:
            raise WeightsError(
                "frame",
                expected=f"each pair once with power={self.power:g}",
                got="pairs that occur several times",
                remedy="Keep one row of each pair, or sum them up first.",
            )
        links = sparse.csr_array((size**self.power, (i, j)), shape=(N, N))
        links.sum_duplicates()
        return links

    def _tell(
        self,
        units: SpatialUnits,
        flows: Sequence[Flow],
        outside: np.ndarray,
        own: np.ndarray,
        size: np.ndarray,
    ) -> None:
        if outside.any():
            rows = np.flatnonzero(outside).tolist()
            ends = [name for row in rows for name in flows[row][:2]]
            named = list({id_key(name): name for name in ends}.values())
            position = positions(named, units.ids)
            lost = [named[row] for row in np.flatnonzero(position < 0)]
            total = size.sum()
            share = size[outside].sum() / total if total > 0 else 0.0
            units.notes.append(
                f"flows of {len(lost)} other units left out ({share:.1%} of all): "
                f"{first_five(lost)}"
            )
        if own.any():
            units.notes.append(f"{own.sum()} flows of units to themselves left out")


def _sizes(column: pd.Series) -> np.ndarray:
    """The sizes of flows as floats, NaN where one is missing."""
    try:
        return column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        texts = [cell for cell in column if not is_number(cell)]
        raise DataError(
            "frame",
            expected=f"numbers in column {column.name!r}",
            got=first_five(texts),
            remedy=decimal_comma_remedy(texts),
        ) from None


def _flows(
    frame: Any, origin: str, destination: str, flow: str | None, time: str | None
) -> tuple[Flow, ...]:
    """The rows of the frame as tuples, checked."""
    if not isinstance(frame, pd.DataFrame):
        raise OptionError(
            "frame",
            expected="a DataFrame",
            got=type(frame).__name__,
            remedy="Read the file first: pd.read_csv(path).",
        )
    columns = {"origin": origin, "destination": destination, "flow": flow, "time": time}
    for argument, name in columns.items():
        if name is not None and name not in frame.columns:
            near = did_you_mean(str(name), list(frame.columns))
            raise DataError(
                argument,
                expected=f"a column of the flows: {first_five(frame.columns)}",
                got=f"no {[name]}",
                remedy=near or "Choose one of these columns.",
            )
    size = np.ones(len(frame)) if flow is None else _sizes(frame[flow])
    ends = [frame[origin].tolist(), frame[destination].tolist()]
    wrong = (
        ~np.isfinite(size)
        | (size < 0)
        | pd.isna(frame[origin]).to_numpy()
        | pd.isna(frame[destination]).to_numpy()
    )
    if wrong.any():
        cells = [(ends[0][r], ends[1][r], float(size[r])) for r in np.flatnonzero(wrong)]
        raise DataError(
            "frame",
            expected="an origin, a destination and a flow of 0 or more in every row",
            got=f"{len(cells)} rows: {first_five(cells)}",
            remedy="Correct these rows, or leave them out.",
        )
    periods = [0] * len(frame) if time is None else _periods(frame[time])
    rows = zip(*ends, size.tolist(), periods, strict=True)
    return tuple(Flow(*row) for row in rows)


def _periods(column: pd.Series) -> list[int]:
    """The periods of flows as whole numbers."""
    years = _sizes(column)
    wrong = ~np.isfinite(years) | (years != np.round(years))
    if wrong.any():
        raise DataError(
            "time",
            expected="a whole year in every row",
            got=f"{wrong.sum()} others: {first_five(column[wrong].tolist())}",
            remedy="Correct these rows, or leave them out.",
        )
    return [int(year) for year in years]
