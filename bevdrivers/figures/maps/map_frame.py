"""The map frame: the units and the base map on the plane of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..style import GREY, HAIRLINE
from .shapes import equal_area, is_area, project, read_units, to_path

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries
    from matplotlib.axes import Axes

_MARGIN = 0.02  # of the longer side
_BASE_FILL = "#F5F5F5"


@dataclass(frozen=True, eq=False)
class MapFrame:
    """What a map shows, in the coordinates of its projection.

    Attributes
    ----------
    units : GeoSeries
        N polygons by unit.
    base : GeoSeries or None
        The base map beneath them.
    """

    units: GeoSeries
    base: GeoSeries | None

    @classmethod
    def of(
        cls,
        geometry: GeoDataFrame,
        base: GeoDataFrame | None,
        crs: Any,
    ) -> MapFrame:
        """Geometry and base map in the projection `crs`, by default an equal-area one for the
        units.
        """
        units = read_units(geometry)
        plane = equal_area(units) if crs is None else crs
        projected_base = None
        if base is not None:
            drawable = base.geom_type.notna() & ~base.is_empty
            projected_base = project(base.geometry[drawable], plane, "base")
        return cls(project(units, plane, "geometry"), projected_base)

    @property
    def view(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all that is drawn, with a margin of two percent."""
        layers = [self.units, self.base]
        boxes = np.array(
            [layer.total_bounds for layer in layers if layer is not None and len(layer)]
        )
        west, south = boxes[:, :2].min(axis=0)
        east, north = boxes[:, 2:].max(axis=0)
        margin = _MARGIN * max(east - west, north - south)
        return west - margin, south - margin, east + margin, north + margin

    @property
    def aspect(self) -> float:
        """Width over height."""
        west, south, east, north = self.view
        return float((east - west) / (north - south))

    def draw(self, ax: Axes, looks: Sequence[dict[str, Any]]) -> None:
        """Draw one patch a unit, each of the N in its look, over the base map."""
        from matplotlib.patches import PathPatch

        self._draw_base(ax)
        for (unit, shape), look in zip(self.units.items(), looks, strict=True):
            patch = PathPatch(
                to_path(shape),
                gid=str(unit),
                joinstyle="round",
                **look,
            )
            ax.add_patch(patch)
        west, south, east, north = self.view
        ax.set(
            xlim=(west, east),
            ylim=(south, north),
            aspect="equal",
            xticks=[],
            yticks=[],
        )
        for spine in ax.spines.values():
            spine.set_visible(False)

    def _draw_base(self, ax: Axes) -> None:
        from matplotlib.collections import PathCollection

        if self.base is None:
            return
        areas = is_area(self.base)
        for rows, fill in ((areas, _BASE_FILL), (~areas, "none")):
            layer = PathCollection(
                [to_path(shape) for shape in self.base[rows]],
                facecolor=fill,
                edgecolor=GREY,
                linewidth=HAIRLINE,
                zorder=0.5,
            )
            ax.add_collection(layer)
