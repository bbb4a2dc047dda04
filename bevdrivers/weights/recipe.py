"""The base of the recipes: frozen requests for weights, which `.fit(panel_or_geometry)` turns into
`SpatialWeights`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import sparse

from ..errors import OptionError, WeightsError
from ..options import Normalise, check_option
from .by_period import PeriodWeights
from .islands import Settled, checked_islands, settle_islands
from .points import great_circle
from .spatial_units import SpatialUnits
from .weights import SpatialWeights

if TYPE_CHECKING:
    from ..panel import Panel

__all__ = ["FixedRecipe", "Recipe", "SpatialUnits", "great_circle"]


@dataclass(frozen=True, kw_only=True)
class Recipe(ABC):
    """A request for spatial weights, which `fit` makes for the units of a panel or a map.

    Parameters
    ----------
    islands : {"raise", "nearest", "drop", "keep"} or mapping
        What to do with a unit without a neighbour: raise an error (default); join it to the unit
        that is nearest (border to border on a map of polygons, else point to point); leave it out
        of the weights; keep its zero row; or join it as told, ``{"Hainan": ["Guangdong"]}``. A link
        that joins an island goes both ways and is as weak as the weakest of the others (1 in binary
        weights).
    normalise : {"row", "spectral", "min-max", None}
        As in `SpatialWeights`.
    """

    islands: Any = "raise"
    normalise: Normalise = "row"

    def __new__(cls, *given: Any, **options: Any) -> Self:
        for one in (*given, *options.values()):
            if _is_place(one):
                raise OptionError(
                    cls.__name__,
                    expected="the options of a request",
                    got=f"a {type(one).__name__}",
                    remedy=f"Make the weights by fit: {cls.__name__}(...).fit({_word_for(one)}).",
                )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        check_option("normalise", self.normalise, Normalise)
        checked_islands(dict(self.islands) if isinstance(self.islands, tuple) else self.islands)
        if isinstance(self.islands, Mapping):
            frozen = tuple(
                (key, (v,) if isinstance(v, str) else tuple(v)) for key, v in self.islands.items()
            )
            object.__setattr__(self, "islands", frozen)

    def __str__(self) -> str:
        return f"Request for spatial weights ({self.name}); .fit(panel) makes them\n{self!r}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a console or notebook of IPython shows; `repr` stays an expression that can be
        evaluated.
        """
        printer.text("..." if cycle else str(self))

    @abstractmethod
    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        """Raw links, (N, N), units in the order of the units; what should be known of them goes to
        `units.notes`.
        """

    def _nearest(self, units: SpatialUnits, i: int) -> int:
        """The unit nearest to unit i, to which an island is joined."""
        return units.nearest(i)

    def _hint(self, units: SpatialUnits, links: sparse.csr_array) -> str:
        """What else the user could do about islands."""
        return ""

    @property
    def name(self) -> str:
        """What the weights are called in tables."""
        return type(self).__name__

    @property
    def by_period(self) -> bool:
        """Whether the request makes one W a period, as a recipe within it may."""
        return any(part.by_period for part in self._within)

    @property
    def _within(self) -> list[Recipe]:
        """The recipes that this one builds on."""
        options = [getattr(self, field.name) for field in fields(self)]
        return [option for option in options if isinstance(option, Recipe)]

    def _there(self, panel: Panel) -> np.ndarray:
        """Which units can have links in each period, bool of shape (T, N): those with a row, and a
        value of what the weights of the period are made of.
        """
        there: np.ndarray = panel.present
        for part in self._within:
            there = there & part._there(panel)
        return there

    def fit(self, panel_or_geometry: Panel | Any) -> SpatialWeights | PeriodWeights:
        """The weights of a panel's units, or of the rows of a GeoDataFrame (its index holds the
        ids); one W a period where the request says so.

        Raises
        ------
        WeightsError
            No geometry, no coordinate reference system, repeated ids, or islands; a map for weights
            by period.
        """
        if not self.by_period:
            return self._fitted(SpatialUnits.of(panel_or_geometry))
        if not _is_panel(panel_or_geometry):
            raise WeightsError(
                "panel_or_geometry",
                expected="a Panel, each of whose periods gets a W",
                got=type(panel_or_geometry).__name__,
                remedy="Fit the recipe on the panel.",
            )
        return self._fitted_by_period(panel_or_geometry)

    def _fitted_by_period(self, panel: Panel) -> PeriodWeights:
        self._check_islands_by_period()
        there = self._there(panel).copy()
        given = []
        for period, row in zip(panel.periods, there, strict=True):
            if row.sum() < 2:
                # nobody to be linked with: a sample that has cells here is refused by `among`
                row[:] = False
                given.append(_without_links(panel.units, self.normalise, self.name))
                continue
            names = [name for name, is_there in zip(panel.units, row, strict=True) if is_there]
            units = SpatialUnits.of(panel.select(units=names))
            units.period = period
            given.append(self._of_period(units).among_more(panel.units))
        observed = None if there.all() else there
        return PeriodWeights(panel.units, panel.periods, tuple(given), observed)

    def _of_period(self, units: SpatialUnits) -> SpatialWeights:
        """The weights of the period of `units`, which errors name."""
        try:
            return self._fitted(units)
        except WeightsError as error:
            raise WeightsError(
                error.argument,
                expected=error.expected,
                got=f"{error.got} in {units.period}",
                remedy=error.remedy,
            ) from None

    def _check_islands_by_period(self) -> None:
        """Refuse to drop units that are islands in some period: the others would lack them."""
        if self.islands != "drop":
            return
        raise OptionError(
            "islands",
            expected="the same units in all periods",
            got="islands='drop' with one W a period",
            remedy="Say islands='keep', which gives them a lag of zero, or drop the units before: "
            "panel.drop_units(...).",
        )

    def _fitted(self, units: SpatialUnits, links: sparse.csr_array | None = None) -> SpatialWeights:
        settled = self._settled(units, links)
        done = (*units.islands, *settled.done)
        return SpatialWeights(
            settled.ids,
            settled.links,
            self.normalise,
            self.name,
            done,
            tuple(units.notes),
            settled.dropped,
            self.islands == "keep",
            tuple(units.made_of),
        )

    def _settled(self, units: SpatialUnits, links: sparse.csr_array | None = None) -> Settled:
        links = self._links(units) if links is None else links
        islands = dict(self.islands) if isinstance(self.islands, tuple) else self.islands
        alone = bool((np.diff(links.indptr) == 0).any())
        hint = self._hint(units, links) if islands == "raise" and alone else ""
        return settle_islands(links, units.ids, islands, lambda i: self._nearest(units, i), hint)

    def _part(self, units: SpatialUnits) -> sparse.csr_array:
        """Raw links with the islands settled, for a recipe that builds on this one."""
        if self.islands == "drop":
            raise OptionError(
                "islands",
                expected="units that the recipe within and the one around it share",
                got=f"islands='drop' on the {type(self).__name__} within another recipe",
                remedy=(
                    "Say islands='drop' on the outer recipe and islands='keep' on the inner one."
                ),
            )
        settled = self._settled(units)
        units.islands.extend(settled.done)
        return settled.links


class FixedRecipe(Recipe):
    """A recipe whose weights are the same in all periods."""

    def fit(self, panel_or_geometry: Panel | Any) -> SpatialWeights:
        """The weights of a panel's units, or of the rows of a GeoDataFrame (its index holds the
        ids).

        Raises
        ------
        WeightsError
            No geometry, no coordinate reference system, repeated ids, or islands.
        """
        return self._fitted(SpatialUnits.of(panel_or_geometry))


def _without_links(units: tuple[Hashable, ...], normalise: str | None, name: str) -> SpatialWeights:
    """Weights that link nobody."""
    N = len(units)
    return SpatialWeights(units, sparse.csr_array((N, N)), normalise, name)


def _is_place(given: Any) -> bool:
    """Whether this is a panel or a map, which `fit` takes."""
    return _is_panel(given) or (hasattr(given, "geometry") and hasattr(given, "crs"))


def _is_panel(given: Any) -> bool:
    return hasattr(given, "units") and hasattr(given, "periods")


def _word_for(given: Any) -> str:
    return "panel" if _is_panel(given) else "geometry"


def check_recipe(argument: str, value: Any) -> None:
    """Raise `OptionError` unless `value` is a recipe."""
    if not isinstance(value, Recipe):
        raise OptionError(
            argument,
            expected="a recipe such as bd.Queen()",
            got=type(value).__name__,
            remedy="Pass a request such as bd.KNearest(4), with its brackets.",
        )


def symmetric(
    i: np.ndarray,
    j: np.ndarray,
    values: Any,
    N: int,
) -> sparse.csr_array:
    """Links (N, N) with the same value in both directions, of pairs i != j that occur once each."""
    held = np.broadcast_to(np.asarray(values, dtype=float), i.shape)
    links = sparse.csr_array((np.r_[held, held], (np.r_[i, j], np.r_[j, i])), shape=(N, N))
    links.eliminate_zeros()
    return links
