"""Where an industry has its weight: centre of gravity, standard distance and ellipse by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import OptionError
from ..numerics.longitudes import as_lists
from ..results import TIDY_COLUMNS
from ..weights.points import Points, locations
from ..weights.spatial_units import SpatialUnits
from .shares import check_values

if TYPE_CHECKING:
    import geopandas

    from ..panel import Panel

_MEASURES = (
    "lon",
    "lat",
    "standard_distance",
    "major",
    "minor",
    "angle",
    "step",
    "bearing",
)
_ROUND = 1e-6  # of the longer axis: an ellipse nearer to a circle than that has no direction
_KM = 1000.0


@dataclass(frozen=True, eq=False, repr=False)
class CentreOfGravity(Shown):
    """Weighted centres of a variable and the spread around them, one row a period.

    Attributes
    ----------
    variable : str
    crs : str
        The equal-area projection in which means and spreads were computed.
    frame : DataFrame, one row a period
        period; lon, lat (degrees); standard_distance, major, minor (semi-axes; km); angle of the
        major axis (degrees clockwise from north, 0 to 180); step (km) and bearing (degrees
        clockwise from north, 0 to 360) from the centre of the period before.
    plane : array of shape (T, 5)
        In the projection: x and y of the centre (m), semi-axes (m), angle of the major axis against
        the x axis (rad).
    """

    variable: str
    crs: str
    frame: pd.DataFrame
    plane: np.ndarray

    def ellipses(self, scale: float = 1.0) -> geopandas.GeoDataFrame:
        """The ellipses as polygons in `crs`, indexed by period, with lon and lat of the centres.

        Parameters
        ----------
        scale : float
            Semi-axes in standard deviations. Of points that are normally distributed an ellipse of
            1 holds 39 %, of
            1.41 (the square root of 2, which CrimeStat draws) 63 %, of 2 86 %.

        Returns
        -------
        GeoDataFrame of T rows
        """
        import geopandas
        from shapely.geometry import Polygon

        if not scale > 0:
            raise OptionError(
                "scale",
                expected="a number above zero",
                got=repr(scale),
                remedy="Write 1.0 for one standard deviation.",
            )
        around = np.linspace(0, 2 * np.pi, 181)[:-1]
        shapes = []
        for x, y, major, minor, angle in self.plane:
            turn = np.array(
                [
                    [np.cos(angle), np.sin(angle)],
                    [-np.sin(angle), np.cos(angle)],
                ]
            )
            rim = scale * np.column_stack([major * np.cos(around), minor * np.sin(around)]) @ turn
            shapes.append(Polygon(rim + [x, y]))
        columns = self.frame.set_index("period")[["lon", "lat"]]
        return geopandas.GeoDataFrame(columns, geometry=shapes, crs=self.crs)

    def tidy(self) -> pd.DataFrame:
        """One row a period and measure in the layout of every tidy frame: term is the measure,
        component the period.
        """
        long = self.frame.melt("period", _MEASURES, var_name="term", value_name="estimate")
        return long.assign(component=long["period"].astype(str)).reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: variable, sample, length of the path, distance and bearing from the first centre
        to the last.
        """
        ends = self.frame[["lon", "lat"]].to_numpy()[[0, -1]]
        step, bearing = _moves(ends)
        row: dict[str, Any] = {
            "variable": self.variable,
            "n_periods": len(self.frame),
            "first_period": self.frame["period"].iloc[0],
            "last_period": self.frame["period"].iloc[-1],
            "path": float(self.frame["step"].sum()),
            "distance": float(step[1]),
            "bearing": float(bearing[1]),
            "crs": self.crs,
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        whole = self.glance().iloc[0]
        table = self.frame.round({"lon": 3, "lat": 3}).to_string(
            index=False, float_format="{:.5g}".format
        )
        way = f"{whole['path']:.1f} km in all, {whole['distance']:.1f} km from first to last"
        return f"Centre of gravity of {self.variable}: {way}\n{table}"


def centre_of_gravity(
    panel: Panel,
    variable: str,
    *,
    points: Points = "centroid",
    crs: str | None = None,
) -> CentreOfGravity:
    """Weighted mean centre and standard deviational ellipse of a variable, by period, and the way
    of the centre.

    With the weights w_i of N units at z_i = (x_i, y_i), in an equal-area projection:

    - centre m = sum w_i z_i / sum w_i;
    - standard distance: the square root of sum w_i |z_i - m|^2 / sum w_i;
    - ellipse: its semi-axes are the standard deviations in the directions in which they are largest
      and smallest, the square roots of the eigenvalues of S = sum w_i (z_i - m)(z_i - m)' / sum
      w_i.

    So major^2 + minor^2 = standard_distance^2. Step and bearing are those of the geodesic on the
    WGS 84 ellipsoid; the angle of the ellipse is from true north at its centre, not from the grid
    north of the projection.

    Parameters
    ----------
    panel : Panel
        With a geometry for centroids, and for the default projection.
    variable : str
        A column or an expression, nowhere negative. It should add up over units, such as a number
        of firms: the centre of a density gives small units the weight of large ones.
    points : "centroid" or (str, str)
        Where the weight of a unit lies: its centroid, or two columns (longitude, latitude), such as
        those of its capital. All firms of a unit are taken to be there.
    crs : str, optional
        Any projection of pyproj in metres, best an equal-area one. By default Lambert's azimuthal
        equal-area one about the middle of the map.

    Returns
    -------
    CentreOfGravity

    Raises
    ------
    DataError
        Missing or negative values, a period whose values are all zero.
    WeightsError
        No geometry, or points that are not longitudes and latitudes.
    OptionError
        A projection that is not in metres.

    Notes
    -----
    Programs scale the ellipse differently. Lefever's and Yuill's axes are the standard deviations
    above. CrimeStat and R's aspace multiply them by sqrt(2 N / (N - 2)), ArcGIS by sqrt(2);
    pointpats does the first by default and the standard deviations with ``method="yuill",
    crimestatCorr=False, degfreedCorr=False``. Strictly the standard deviation in each direction
    traces another curve, which the ellipse touches at its axes (Furfey 1927).

    References
    ----------
    Lefever (1926), American Journal of Sociology 32, 88-94, doi:10.1086/214027. Yuill (1971),
    Geografiska Annaler B 53, 28-39, doi:10.2307/490885.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> way = bd.centre_of_gravity(bd.load_panel(), "firms", points=("capital_lon", "capital_lat"))
    >>> way.frame[["period", "lon", "lat"]].iloc[[0, -1]].round(2).to_numpy().tolist()
    [[2011.0, 115.56, 30.47], [2020.0, 115.47, 30.54]]
    >>> way.glance()[["path", "distance"]].round(1).to_numpy().tolist()
    [[69.1, 11.5]]
    """
    from pyproj import Transformer

    units = SpatialUnits.of(panel)
    at = locations(units, points)
    w = panel.evaluate(variable, "variable")
    check_values(panel, variable, w)
    plane = units.plane if crs is None else _metres(crs)
    there = Transformer.from_crs(4326, plane, always_xy=True)
    xy = np.column_stack(there.transform(*as_lists(*at.T)))
    ellipses = np.array([ellipse(xy, row) for row in w])
    on_plane = as_lists(*ellipses[:, :2].T)
    centres = np.column_stack(there.transform(*on_plane, direction="INVERSE"))
    step, bearing = _moves(centres)
    frame = pd.DataFrame(
        {
            "period": list(panel.periods),
            "lon": centres[:, 0],
            "lat": centres[:, 1],
            "standard_distance": np.hypot(ellipses[:, 2], ellipses[:, 3]) / _KM,
            "major": ellipses[:, 2] / _KM,
            "minor": ellipses[:, 3] / _KM,
            "angle": _from_north(ellipses, centres, there),
            "step": step,
            "bearing": bearing,
        }
    )
    return CentreOfGravity(variable, plane, frame, ellipses)


def ellipse(xy: np.ndarray, w: np.ndarray) -> tuple[float, float, float, float, float]:
    """Centre, semi-axes and angle of the major axis of weighted points on the plane.

    Parameters
    ----------
    xy : array of shape (N, 2)
    w : array of shape (N,)

    Returns
    -------
    x, y, major, minor in the unit of `xy`; angle counter-clockwise from the x axis in [0, pi)
    """
    share = w / w.sum()
    centre = share @ xy
    away = xy - centre
    spread, axes = np.linalg.eigh((away * share[:, None]).T @ away)
    minor, major = np.sqrt(np.maximum(spread, 0.0))
    dx, dy = axes[:, 1]
    return (
        float(centre[0]),
        float(centre[1]),
        float(major),
        float(minor),
        float(np.arctan2(dy, dx) % np.pi),
    )


def _from_north(
    ellipses: np.ndarray,
    centres: np.ndarray,
    there: Any,
) -> np.ndarray:
    """Direction of the major axes at the centres, degrees clockwise from true north, (T,); NaN for
    a circle.
    """
    from pyproj import Geod

    x, y, major, minor, angle = ellipses.T
    further = as_lists(x + _KM * np.cos(angle), y + _KM * np.sin(angle))
    near = there.transform(*further, direction="INVERSE")
    azimuth, _, _ = Geod(ellps="WGS84").inv(*as_lists(*centres.T), *near)
    return np.where(major - minor > _ROUND * major, np.asarray(azimuth) % 180, np.nan)


def _moves(centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Geodesic distance in km and azimuth in degrees from the row before, each (T,); NaN in the
    first row.
    """
    from pyproj import Geod

    step, bearing = np.full((2, len(centres)), np.nan)
    azimuth, _, length = Geod(ellps="WGS84").inv(
        *as_lists(*centres[:-1].T), *as_lists(*centres[1:].T)
    )
    step[1:] = np.asarray(length) / _KM
    bearing[1:] = np.where(step[1:] > 0, np.asarray(azimuth) % 360, np.nan)
    return step, bearing


def _metres(crs: str) -> str:
    from pyproj import CRS

    given = CRS.from_user_input(crs)
    if not given.is_projected or {axis.unit_name for axis in given.axis_info} != {"metre"}:
        raise OptionError(
            "crs",
            expected="a projection in metres",
            got=repr(crs),
            remedy=('Write for instance "EPSG:32650", or leave crs out for one around the points.'),
        )
    return crs
