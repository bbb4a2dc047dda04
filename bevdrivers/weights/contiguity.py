"""Contiguity: neighbours share a point (queen) or a stretch (rook) of their borders; neighbours of
neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy import sparse

from ..errors import OptionError
from ..options import check_flag, whole_number
from . import borders
from .recipe import FixedRecipe, Recipe, check_recipe, symmetric
from .spatial_units import SpatialUnits

# Where two borders only meet in a corner, they run within the tolerance of each other over about
# twice its length.
CORNER = 4.0


@dataclass(frozen=True, kw_only=True)
class _Contiguity(FixedRecipe):
    """What queen and rook share."""

    tolerance_km: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_km("tolerance_km", self.tolerance_km)

    def _pairs(self, units: SpatialUnits) -> borders.Pairs:
        if self.tolerance_km == 0:
            return borders.touching(units)
        pairs = borders.within_tolerance(units, self.tolerance_km)
        units.notes.append(f"borders within {self.tolerance_km:g} km count as touching")
        return pairs

    def _tell_near_misses(self, units: SpatialUnits, pairs: borders.Pairs) -> None:
        if self.tolerance_km > 0:
            return
        i, j = borders.near_misses(units, pairs)
        if i.size:
            units.notes.append(
                f"{i.size} pairs of units within {borders.NEAR_MISS_KM:g} km do not touch and "
                "are no neighbours "
                f"(tolerance_km= would make them so): {borders.named_pairs(units.ids, i, j)}"
            )

    def _hint(self, units: SpatialUnits, links: sparse.csr_array) -> str:
        near = [note for note in units.notes if "tolerance_km=" in note]
        return f"Note: {near[0]}. Try tolerance_km={borders.NEAR_MISS_KM:g}." if near else ""


@dataclass(frozen=True, kw_only=True)
class Queen(_Contiguity):
    """Request for contiguity weights: w_ij = 1 where units i and j share at least a point of their
    borders.

    Borders are compared by geometric predicates: they may be drawn with different vertices, a unit
    may have several parts, and overlapping shapes count as neighbours and are noted.

    Parameters
    ----------
    tolerance_km : float
        Borders at most this far apart (km, in an equal-area plane about a point between the two)
        count as touching, for maps with gaps between the units. 0, the default, compares the
        borders as drawn; pairs that nearly touch are then named in the notes.
    """

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        pairs = self._pairs(units)
        self._tell_near_misses(units, pairs)
        return symmetric(*pairs, 1.0, len(units.ids))


@dataclass(frozen=True, kw_only=True)
class Rook(_Contiguity):
    """Request for contiguity weights: w_ij = 1 where units i and j share a stretch of their
    borders, not only a point.

    Parameters
    ----------
    tolerance_km : float
        As in `Queen`. Borders that run within the tolerance of each other must do so over more than
        four times its length, because borders that only meet in a corner do so over about twice.
    min_border_km : float
        Shared borders of this length (km, along great circles) or less do not count: for slivers,
        where units that should meet in a point share some metres of border.
    """

    min_border_km: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_km("min_border_km", self.min_border_km)

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        i, j = pairs = self._pairs(units)
        self._tell_near_misses(units, pairs)
        if self.tolerance_km > 0:
            least = max(self.min_border_km, CORNER * self.tolerance_km)
            long = borders.near_border_km(units, pairs, self.tolerance_km) > least
        else:
            long = borders.shares_stretch(units, pairs)
            if self.min_border_km > 0:
                i = i[long]
                j = j[long]
                long = long[long]
                short = borders.border_km(units, (i, j)) <= self.min_border_km
                long &= ~short
                self._tell_short(units, i[short], j[short])
        return symmetric(i[long], j[long], 1.0, len(units.ids))

    def _tell_short(
        self,
        units: SpatialUnits,
        i: np.ndarray,
        j: np.ndarray,
    ) -> None:
        if i.size:
            named = borders.named_pairs(units.ids, i, j)
            units.notes.append(
                f"{i.size} shared borders of at most {self.min_border_km:g} km left out: {named}"
            )


@dataclass(frozen=True)
class HigherOrder(Recipe):
    """Request for weights of neighbours' neighbours: w_ij = 1 where the shortest path from i to j
    has `order` links.

    Parameters
    ----------
    base : recipe
        Whose links are followed, in their direction.
    order : int
    lower : bool
        Whether neighbours of lower orders count too (paths of at most `order` links).

    References
    ----------
    Anselin, L. and Smirnov, O. (1996). Efficient algorithms for constructing proper higher order
    spatial lag operators. Journal of Regional Science 36, 67-89.
    doi:10.1111/j.1467-9787.1996.tb01101.x

    Examples
    --------
    >>> import bevdrivers as bd
    >>> request = bd.HigherOrder(bd.Queen(islands={"Hainan": ["Guangdong"]}), order=2)
    >>> request.fit(bd.load_panel()).name
    'Queen, order 2'
    """

    base: Recipe
    order: int = 2
    lower: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_recipe("base", self.base)
        check_flag("lower", self.lower)
        object.__setattr__(self, "order", whole_number("order", self.order, at_least=1))

    @property
    def name(self) -> str:
        return f"{self.base.name}, order {'1 to ' if self.lower else ''}{self.order}"

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        step = _ones(self.base._part(units))
        by_order = [step]
        seen = sparse.csr_array(step + sparse.eye_array(step.shape[0], format="csr"))
        for _ in range(self.order - 1):
            reached = _ones(by_order[-1] @ step)
            new = sparse.csr_array(reached - reached.multiply(seen > 0))
            new.eliminate_zeros()
            by_order.append(new)
            seen = sparse.csr_array(seen + new)
        return sparse.csr_array(sum(by_order[1:], by_order[0])) if self.lower else by_order[-1]


def _ones(links: sparse.csr_array) -> sparse.csr_array:
    held = sparse.csr_array(links)
    held.sum_duplicates()
    return sparse.csr_array((np.ones(held.nnz), held.indices, held.indptr), shape=held.shape)


def _check_km(argument: str, value: float) -> None:
    if not isinstance(value, Real) or not 0 <= value < np.inf:
        raise OptionError(
            argument,
            expected="a length in km, 0 or more",
            got=repr(value),
            remedy="Write a number of kilometres, such as 50.",
        )
