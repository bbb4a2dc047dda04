"""Centres and ellipses by hand, by pointpats, and by the geodesic; what must not matter does
not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod
from shapely.geometry import Point

import bevdrivers as bd
from bevdrivers.industry.centre import ellipse

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference/centrography/pointpats.json").read_text()
)
POINTS = np.array(REFERENCE["points"])
CAPITALS = ("capital_lon", "capital_lat")
# numpy's eigenvalues against pointpats' closed form
CLOSED_FORM = 1e-9


def small(values: Any, lonlat: Any) -> bd.Panel:
    """`values` (T, N) at points given as columns, each unit a small disk."""
    x, lonlat = np.atleast_2d(np.asarray(values, float)), np.asarray(lonlat, float)
    T, N = x.shape
    units = [f"u{i}" for i in range(N)]
    shapes = geopandas.GeoDataFrame(
        {"lon": lonlat[:, 0], "lat": lonlat[:, 1]},
        index=pd.Index(units, name="unit"),
        geometry=[Point(*position).buffer(0.01) for position in lonlat],
        crs=4326,
    )
    frame = pd.DataFrame(
        {"unit": np.tile(units, T), "year": np.repeat(2001 + np.arange(T), N), "x": x.ravel()}
    )
    return bd.Panel.from_frame(frame, unit="unit", time="year", geometry=shapes)


def test_ellipse_by_hand() -> None:
    """Weights 1, 1, 2, 2 at (-3, 0), (3, 0), (0, -1), (0, 1): variances 18/6 and 4/6."""
    xy = np.array([[-3, 0], [3, 0], [0, -1], [0, 1]], dtype=float)
    assert ellipse(xy, np.array([1.0, 1, 2, 2])) == pytest.approx(
        (0, 0, np.sqrt(3), np.sqrt(2 / 3), 0), abs=1e-12
    )


@pytest.mark.parametrize("kind", ["weighted", "plain"])
def test_ellipse_by_pointpats(kind: str) -> None:
    weights = np.array(REFERENCE["weights"]) if kind == "weighted" else np.ones(len(POINTS))
    x, y, major, minor, angle = ellipse(POINTS, weights)
    theirs = REFERENCE[f"yuill_{kind}"]
    assert [major, minor] == pytest.approx(theirs[:2], rel=CLOSED_FORM)
    assert angle == pytest.approx(theirs[2] % np.pi, rel=CLOSED_FORM)
    n = len(POINTS)
    assert np.array([major, minor]) * np.sqrt(2 * n / (n - 2)) == pytest.approx(
        REFERENCE[f"crimestat_{kind}"][:2]
    )
    if kind == "weighted":
        assert [x, y] == pytest.approx(REFERENCE["center"])
    else:
        assert np.hypot(major, minor) == pytest.approx(REFERENCE["std_distance"])


def test_axes_are_the_largest_and_smallest_standard_deviation() -> None:
    """Over all directions, by brute force."""
    w = np.array(REFERENCE["weights"])
    _, _, major, minor, angle = ellipse(POINTS, w)
    turns = np.linspace(0, np.pi, 100_001)
    along = (POINTS - np.average(POINTS, axis=0, weights=w)) @ np.array(
        [np.cos(turns), np.sin(turns)]
    )
    spread = np.sqrt(np.average(along**2, axis=0, weights=w))
    assert [spread.max(), spread.min()] == pytest.approx([major, minor], rel=1e-8)
    assert turns[spread.argmax()] == pytest.approx(
        angle, abs=1e-4
    )  # twice the distance of the directions tried


def test_a_centre_that_moves_has_the_step_of_the_geodesic() -> None:
    """All weight first on one point, then on another: the step is the distance between the two."""
    places = [(100.0, 30.0), (101.0, 30.5)]
    way = bd.centre_of_gravity(small([[1, 0], [0, 1]], places), "x", points=("lon", "lat"))
    azimuth, _, metres = Geod(ellps="WGS84").inv(*places[0], *places[1])
    last = way.frame.iloc[1]
    assert last[["lon", "lat"]].tolist() == pytest.approx(places[1])
    assert last[["step", "bearing"]].tolist() == pytest.approx([metres / 1000, azimuth])
    assert way.frame[["standard_distance", "major", "minor"]].to_numpy() == pytest.approx(
        np.zeros((2, 3)), abs=1e-6
    )
    assert way.frame["angle"].isna().all()
    assert np.isnan(way.frame["step"].iloc[0])
    whole = way.glance().iloc[0]
    assert [whole["path"], whole["distance"], whole["bearing"]] == pytest.approx(
        [metres / 1000, metres / 1000, azimuth]
    )


def test_angle_is_from_true_north_also_far_from_the_middle() -> None:
    """Points on a meridian lie along it, whatever the grid north of the projection there."""
    places = [(130.0, 40.0), (130.0, 41.0), (130.0, 42.0), (75.0, 40.0)]
    way = bd.centre_of_gravity(small([[1, 1, 1, 0]], places), "x", points=("lon", "lat"))
    assert (
        abs((way.frame["angle"].iloc[0] + 90) % 180 - 90) < 0.1
    )  # degrees: the meridian is curved on the plane
    assert way.plane[0, 4] % np.pi != pytest.approx(np.pi / 2, abs=0.2)
    length = Geod(ellps="WGS84").inv(130.0, 40.0, 130.0, 42.0)[2] / 1000
    # three points d apart have the standard deviation d sqrt(2/3); lengths in the plane are true
    # within 4 %
    assert way.frame["major"].iloc[0] == pytest.approx(length / 2 * np.sqrt(2 / 3), rel=0.04)


def test_what_must_not_matter(bev: bd.Panel) -> None:
    way = bd.centre_of_gravity(bev, "firms", points=CAPITALS).frame
    pd.testing.assert_frame_equal(
        way, bd.centre_of_gravity(bev, "I(7 * firms)", points=CAPITALS).frame
    )
    other = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=36 +lon_0=105 +datum=WGS84 +units=m"
    albers = bd.centre_of_gravity(bev, "firms", points=CAPITALS, crs=other).frame
    # two equal-area projections of a country of 5,000 km: some km, and some degrees of a moderate
    # ellipse
    assert np.abs(albers[["lon", "lat"]] - way[["lon", "lat"]]).to_numpy().max() < 0.05
    assert np.abs(albers["standard_distance"] / way["standard_distance"] - 1).max() < 0.02
    assert np.abs(albers["angle"] - way["angle"]).max() < 3


def test_parts_add_up(bev: bd.Panel) -> None:
    """major^2 + minor^2 = standard_distance^2; the polygon of one standard deviation has the area
    pi a b.
    """
    way = bd.centre_of_gravity(bev, "firms")
    frame = way.frame
    assert np.hypot(frame["major"], frame["minor"]).to_numpy() == pytest.approx(
        frame["standard_distance"].to_numpy()
    )
    shapes = way.ellipses(scale=2)
    assert shapes.area.to_numpy() == pytest.approx(
        4e6 * np.pi * (frame["major"] * frame["minor"]).to_numpy(), rel=1e-3
    )
    centres = shapes.centroid.to_crs(4326)
    assert np.column_stack([centres.x, centres.y]) == pytest.approx(
        frame[["lon", "lat"]].to_numpy()
    )
    assert list(shapes.index) == list(bev.periods)
    tidy = way.tidy()
    assert len(tidy) == 8 * bev.n_periods
    assert tidy.query("term == 'major'")["estimate"].tolist() == pytest.approx(
        frame["major"].tolist()
    )
    assert "Centre of gravity of firms" in repr(way)


def test_errors(bev: bd.Panel) -> None:
    with pytest.raises(bd.DataError, match="negative"):
        bd.centre_of_gravity(bev, "I(firms - 5)")
    with pytest.raises(bd.DataError, match="above zero"):
        bd.centre_of_gravity(bev, "I(0 * firms)")
    with pytest.raises(bd.DataError, match="missing"):
        bd.centre_of_gravity(bev.with_columns(x=np.where(bev["firms"] > 60, np.nan, 1.0)), "x")
    with pytest.raises(bd.OptionError, match="metres"):
        bd.centre_of_gravity(bev, "firms", crs="EPSG:4326")
    with pytest.raises(bd.OptionError, match="scale"):
        bd.centre_of_gravity(bev, "firms").ellipses(scale=0)
