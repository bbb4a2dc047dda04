"""Directional LISA: where units went in the Moran scatter plot between two periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import DataError
from ..options import Adjust, Alternative, whole_number
from ..results import TIDY_COLUMNS
from ..weights import SpatialWeights
from ..weights.given import GivenWeights, aligned_weights
from .cross_products import by_unit, lagged, operator
from .multiplicity import ADJUSTED_BY, adjust_p_values
from .panel_variable import check_varies, deviations, read_variable
from .permutation import Orders, over_orders, tail_p
from .request import PermutationRequest, weights_in_words

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True)
class DirectionalLisa(PermutationRequest):
    """Moves of the units in the Moran scatter plot between two periods, counted by direction.

    A unit moves from (z_i, (Wz)_i) at the start to the same at the end, z in standard deviations of
    its period. To the right it rises among all units, upwards its neighbours rise: 45 degrees is
    rising together, 225 falling together. Counts by sector are compared with those after the units'
    histories were put in other places.

    Parameters
    ----------
    variable : str
        A column or an expression such as ``"log1p(bev_density)"``.
    start, end : int, optional
        Periods (or names of stages); by default the first and the last.
    sectors : int
        Equal sectors of the circle, the first from 0 degrees counter-clockwise; multiples of 4 keep
        to the quadrants.
    permutations : int
        0 for none.
    alternative : {"two-sided", "greater", "less"}
        "greater": more moves into the sector than by chance.
    seed : int, optional
    adjust : {"holm", "fdr", None}
        Adjust the p-values for the number of sectors.
    stages : mapping or list, optional
        Spans of periods whose means take the place of the periods.

    References
    ----------
    Rey, Murray and Anselin (2011), Letters in Spatial and Resource Sciences 4, 81-90,
    doi:10.1007/s12076-010-0048-2.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> rose = bd.DirectionalLisa("log1p(bev_density)", sectors=4, permutations=99, seed=1).fit(panel, queen)
    >>> int(rose.sectors["count"].sum())
    31
    """

    variable: str
    start: Any = None
    end: Any = None
    sectors: int = 8
    permutations: int = 999
    alternative: Alternative = "two-sided"
    seed: int | None = None
    adjust: Adjust = None
    stages: Any = None

    def __post_init__(self) -> None:
        self._check_permutation_test()
        object.__setattr__(self, "sectors", whole_number("sectors", self.sectors, at_least=2))
        self._freeze_stages()

    def fit(
        self,
        panel: Panel,
        weights: GivenWeights | None = None,
        *,
        n_jobs: int = 1,
    ) -> DirectionalLisaResult:
        """Count the moves of the panel's units.

        Parameters
        ----------
        panel : Panel
        weights : SpatialWeights, recipe, or Graph or W of libpysal
        n_jobs : int
            Threads for the permutations; the result does not depend on it.

        Raises
        ------
        DataError
            An unknown period, the same one twice, or one in which the variable does not vary.
        """
        W = aligned_weights(weights, panel)
        labels, x = read_variable(panel, self.variable, self.stages)
        start = labels[0] if self.start is None else self.start
        end = labels[-1] if self.end is None else self.end
        if start not in labels or end not in labels or start == end:
            raise DataError(
                "start, end",
                expected=f"two of the periods {labels[0]} to {labels[-1]}",
                got=f"start={start!r}, end={end!r}",
                remedy="Choose start and end among them, start first.",
            )

        # standardised values at both ends, and how far each unit moved between them
        ends = x[[labels.index(start), labels.index(end)]]
        check_varies(ends, [start, end])
        z = deviations(ends)
        z /= z.std(axis=1, keepdims=True)
        rise = by_unit(z[1:] - z[:1])
        operate = operator(W.sparse)
        lag_rise = lagged(operate, rise[:, None])
        angle, length, sector = self._moves(rise[:, None, 0], lag_rise[..., 0])

        counts = self._counts(sector)
        sectors = self._sectors(counts[0])
        if self.permutations:
            sectors = self._with_p(sectors, operate, rise, n_jobs)
        frame = pd.DataFrame(
            {
                "unit": list(panel.units),
                "move": rise[:, 0],
                "lag_move": (operate @ rise)[:, 0],
                "angle": angle[:, 0],
                "length": length[:, 0],
                "sector": sector[:, 0] + 1,
            }
        )
        frame.loc[frame["length"] == 0, ["angle", "sector"]] = np.nan
        return DirectionalLisaResult(self, sectors, frame, start, end, W)

    def _moves(
        self,
        move: np.ndarray,
        lag: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Angle in degrees from 0 to 360, length, and sector from 0 (-1: no move), each (N, R)."""
        angle = np.degrees(np.arctan2(lag, move)) % 360.0
        length = np.hypot(move, lag)
        # an angle a rounding error below 360 is put to 360 by %: the last sector
        turned = (angle * self.sectors / 360.0).astype(int)
        sector = np.minimum(turned, self.sectors - 1)
        # who does not move is in none
        sector = np.where(length > 0, sector, -1)
        return angle, length, sector

    def _counts(self, sector: np.ndarray) -> np.ndarray:
        """Units in each sector, (R, sectors)."""
        return np.stack([(sector == k).sum(axis=0) for k in range(self.sectors)], axis=1)

    def _sectors(self, counts: np.ndarray) -> pd.DataFrame:
        edges = 360.0 * np.arange(self.sectors + 1) / self.sectors
        return pd.DataFrame(
            {
                "sector": range(1, self.sectors + 1),
                "from_angle": edges[:-1],
                "to_angle": edges[1:],
                "count": counts,
            }
        )

    def _with_p(
        self,
        sectors: pd.DataFrame,
        W: Any,
        rise: np.ndarray,
        n_jobs: int,
    ) -> pd.DataFrame:
        """Mean counts after permutation, and p-values."""
        observed = sectors["count"].to_numpy()

        def part(orders: Orders) -> np.ndarray:
            sums = np.zeros((3, self.sectors))
            for order in orders:
                moved = rise.take(order.T, axis=0)
                lag_moved = lagged(W, moved)
                _, _, sector = self._moves(moved[..., 0], lag_moved[..., 0])
                counts = self._counts(sector)
                sums += [
                    counts.sum(axis=0),
                    (counts >= observed).sum(axis=0),
                    (counts <= observed).sum(axis=0),
                ]
            return sums

        n = len(rise)
        R = self.permutations
        parts = over_orders(part, n, R, self.seed, width=n * self.sectors, n_jobs=n_jobs)
        total, larger, smaller = np.sum(parts, axis=0)
        p = tail_p(larger, smaller, R, self.alternative)
        sectors = sectors.assign(expected=total / R, p_permutation=p)
        if self.adjust:
            adjusted = adjust_p_values(p, self.adjust)
            sectors = sectors.assign(p_adjusted=adjusted)
        return sectors


@dataclass(frozen=True, eq=False, repr=False)
class DirectionalLisaResult(Shown):
    """Moves in the Moran scatter plot.

    Attributes
    ----------
    request : DirectionalLisa
    sectors : DataFrame, one row a sector
        sector (from 1), from_angle, to_angle in degrees, count and, with permutations, expected,
        p_permutation, p_adjusted where asked.
    frame : DataFrame, one row a unit
        unit, move and lag_move in standard deviations, angle in degrees, length, sector.
    start, end : label
        Periods.
    weights : SpatialWeights
    """

    request: DirectionalLisa
    sectors: pd.DataFrame
    frame: pd.DataFrame
    start: Any
    end: Any
    weights: SpatialWeights

    def tidy(self) -> pd.DataFrame:
        """One row a sector: term its angles, estimate its count."""
        unknown = dict.fromkeys(TIDY_COLUMNS, np.nan)
        frame = pd.DataFrame(unknown, index=range(len(self.sectors)))
        angles = zip(self.sectors["from_angle"], self.sectors["to_angle"], strict=True)
        rows = frame.assign(
            term=[f"{a:g}-{b:g}" for a, b in angles],
            component=self.request.variable,
            estimate=self.sectors["count"].astype(float),
        )
        # the adjusted p-value where there is one
        for name in ("p_adjusted", "p_permutation"):
            if name in self.sectors:
                return rows.assign(p_value=self.sectors[name])
        return rows

    def glance(self) -> pd.DataFrame:
        """One row: variable, periods, sectors, permutations, seed, alternative, weights."""
        request = self.request
        row = {
            "variable": request.variable,
            "first_period": self.start,
            "last_period": self.end,
            "sectors": request.sectors,
            "inference": "permutation" if request.permutations else "none",
            "permutations": request.permutations,
            "seed": request.seed,
            "alternative": request.alternative,
            "adjust": ADJUSTED_BY[request.adjust] if request.adjust else "none",
            "n_units": len(self.frame),
            **weights_in_words(self.weights),
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        head = (
            f"Directional LISA of {self.request.variable}, {self.start} to {self.end}, "
            f"{self.weights.name}"
        )
        return f"{head}\n{self.sectors.to_string(index=False, float_format=lambda x: f'{x:.4g}')}"
