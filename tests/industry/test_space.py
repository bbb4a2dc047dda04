"""Points, distances and lines by hand, against brute force, and against chance."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod, Transformer
from shapely.geometry import box

import bevdrivers as bd
from bevdrivers import industry
from bevdrivers.industry.space.bands import lower_band, upper_band
from bevdrivers.industry.space.line import unit_shares_east
from bevdrivers.industry.space.window import Window

SQUARE = geopandas.GeoDataFrame(geometry=[box(100, -2, 104, 2)], index=["a"], crs=4326)
RADII = [20.0, 40.0, 80.0]


def random_points(n: int, seed: int) -> np.ndarray:
    """n points in the square, as longitudes and latitudes; by the equator these are even."""
    return np.random.default_rng(seed).uniform((100, -2), (104, 2), (n, 2))


def clustered(seed: int = 1) -> np.ndarray:
    """Five clusters of eight points, some ten km wide."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform((100.5, -1.5), (103.5, 1.5), (5, 2))
    return np.repeat(centres, 8, axis=0) + rng.normal(0, 0.05, (40, 2))


def test_bands_hold_whole_curves() -> None:
    """No more curves than allowed ever rise above the band, and the next lower rank would let more."""
    curves = np.random.default_rng(0).normal(size=(400, 12)).cumsum(axis=1)
    band = upper_band(curves, 0.05)
    above = (curves > band).any(axis=1).mean()
    assert 0 < above <= 0.05
    ranked = -np.sort(-curves, axis=0)
    (k,) = {int(np.flatnonzero(ranked[:, d] == band[d])[0]) for d in range(12)}
    assert (curves > ranked[k + 1]).any(axis=1).mean() > 0.05
    assert lower_band(curves, 0.05).tolist() == (-upper_band(-curves, 0.05)).tolist()


def test_bands_of_curves_that_are_all_the_same() -> None:
    assert upper_band(np.ones((40, 3)), 0.05).tolist() == [1, 1, 1]


def test_nearest_neighbour_by_hand() -> None:
    """Two pairs of a tenth of a degree along the equator."""
    points = [[101.0, 0.0], [101.1, 0.0], [103.0, 0.0], [103.1, 0.0]]
    found = industry.nearest_neighbour(points, SQUARE, simulations=19, seed=1).frame.iloc[0]
    geod = Geod(ellps="WGS84")
    _, _, apart = geod.inv(101.0, 0.0, 101.1, 0.0)
    area = abs(geod.geometry_area_perimeter(SQUARE.geometry.iloc[0].segmentize(0.01))[0])
    assert found["distance"] == pytest.approx(apart / 1000, rel=1e-3)
    assert found["R"] == pytest.approx(2 * apart * np.sqrt(4 / area), rel=1e-3)


def test_nearest_neighbours_of_clusters_and_of_chance() -> None:
    near = industry.nearest_neighbour(clustered(), SQUARE, simulations=199, seed=1).frame.iloc[0]
    assert near["R"] < 0.5
    assert near["p_value"] == 0.01
    # borders leave neighbours out: random points are above 1, as Donnelly (1978) found
    assert 1 < near["expected"] < 1.15


def test_l_is_the_count_of_pairs() -> None:
    """K by every pair of points, on the plane of the window."""
    points = random_points(15, 2)
    found = industry.ripley_l(points, SQUARE, RADII, simulations=40, seed=1).frame
    window = Window.of(SQUARE)
    there = Transformer.from_crs(4326, window.crs, always_xy=True)
    xy = np.column_stack(there.transform(*points.T)) / 1000
    apart = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    for r, L in zip(RADII, found["L"], strict=True):
        pairs = (apart <= r).sum() - 15
        assert pytest.approx(np.sqrt(window.area * pairs / (15 * 14) / np.pi) - r) == L


def test_l_of_clusters_leaves_its_band() -> None:
    found = industry.ripley_l(clustered(), SQUARE, RADII, simulations=99, seed=1, level=0.9).frame
    assert found["outside"].tolist()[:2] == ["above", "above"]


@pytest.mark.slow
def test_l_of_chance_stays_in_its_band_at_the_stated_level() -> None:
    """Of 200 random patterns 90 % stay inside; three standard errors are 6.4 points."""
    inside = 0
    for seed in range(200):
        found = industry.ripley_l(
            random_points(25, seed), SQUARE, RADII, simulations=99, level=0.9, seed=1000 + seed
        )
        inside += (found.frame["outside"] == "").all()
    assert inside / 200 == pytest.approx(0.9, abs=0.064)


def test_k_density_is_a_density_of_the_distances() -> None:
    """It integrates to one, and is the mean of kernels at the geodesic distances of a sphere."""
    sites = random_points(30, 3)
    member = np.arange(30) < 6
    d = np.arange(1.0, 1200.0)
    found = industry.duranton_overman(sites, member, d, bandwidth=30, simulations=40, seed=1).frame
    assert found["K"].sum() == pytest.approx(1, abs=0.01)
    sphere = Geod(a=6371008.8, b=6371008.8)
    ends = [(i, j) for i in range(6) for j in range(i)]
    apart = np.array([sphere.inv(*sites[i], *sites[j])[2] for i, j in ends]) / 1000
    kernel = sum(np.exp(-0.5 * ((100 - sign * apart) / 30) ** 2) for sign in (1, -1))
    at_100 = found.loc[found["distance"] == 100, "K"].item()
    assert at_100 == pytest.approx(kernel.mean() / (30 * np.sqrt(2 * np.pi)))


def test_a_localised_industry_is_found_and_is_not_dispersed() -> None:
    sites = np.concatenate([random_points(100, 4), clustered()[:8]])
    member = np.arange(108) >= 100
    d = [5.0, 10.0, 20.0, 100.0, 200.0]
    found = industry.duranton_overman(sites, member, d, simulations=199, seed=1).frame
    assert found["localisation"].iloc[0] > 0
    assert (found["dispersion"] == 0).all()
    assert (found["low"] <= found["high"]).all()


def test_points_that_are_refused() -> None:
    with pytest.raises(bd.DataError, match=r"points: .*on the map.*1 outside, in rows \[2\]"):
        industry.ripley_l([[101, 0], [102, 0], [110, 0]], SQUARE, RADII)
    with pytest.raises(bd.DataError, match=r"points: .*none missing.*rows \[1\]"):
        industry.nearest_neighbour([[101, 0], [np.nan, 0], [102, 0]], SQUARE)
    with pytest.raises(bd.DataError, match=r"3 points or more.*shape \(1, 2\)"):
        industry.nearest_neighbour([[101, 0]], SQUARE)
    for distances in [[], [0.0, 10.0], [20.0, 10.0], [np.nan]]:
        with pytest.raises(bd.OptionError, match="distances: .*ascending"):
            industry.ripley_l(random_points(5, 1), SQUARE, distances)
    with pytest.raises(bd.OptionError, match="simulations: expected 40 or more"):
        industry.ripley_l(random_points(5, 1), SQUARE, RADII, simulations=39)


@pytest.mark.parametrize("member", [[True] * 5, [True, True, False, False, False], [1, 1, 1, 0, 0]])
def test_members_that_are_refused(member: Any) -> None:
    with pytest.raises(bd.DataError, match="member: .*true or false for each of 5 sites"):
        industry.duranton_overman(random_points(5, 1), member, RADII)


def three_boxes() -> bd.Panel:
    """Boxes of two degrees by the equator: one west of 101 E, one across it, one east of it."""
    shapes = [box(98, -1, 100, 1), box(100, -1, 102, 1), box(102, -1, 104, 1)]
    frame = pd.DataFrame({"id": ["w", "m", "e"], "year": 2001, "x": [10.0, 20.0, 30.0]})
    units = geopandas.GeoDataFrame({"id": ["w", "m", "e"]}, geometry=shapes, crs=4326)
    return bd.Panel.from_frame(frame, unit="id", time="year", geometry=units)


def test_share_east_by_area_and_by_points() -> None:
    """Half of the middle box lies east of 101 E; its centroid is east of 100.9 E."""
    panel = three_boxes()
    by_area = industry.share_east(panel, "x", ((101, -5), (101, 5))).frame.iloc[0]
    assert by_area["east"] == pytest.approx(40, rel=1e-4)
    assert by_area["share"] == pytest.approx(40 / 60, rel=1e-4)
    assert industry.share_east(panel, "x", ((100.9, 1), (100.9, 5)), split="centroid").frame[
        "share"
    ].item() == pytest.approx(50 / 60)
    # a slanted line through the middle of the middle box halves it as well
    slanted = industry.share_east(panel, "x", ((102, 5), (100, -5))).frame.iloc[0]
    assert slanted["east"] == pytest.approx(40, rel=1e-4)
    assert industry.share_east(panel, "x", ((90, 1), (90, 5))).frame["share"].item() == 1
    with pytest.raises(bd.OptionError, match="line: .*latitudes"):
        industry.share_east(panel, "x", ((90, 1), (95, 1)))


def test_hu_line(bev: bd.Panel) -> None:
    """Six provincial capitals lie west of it, and so do some 57 % of the land."""
    capitals = ("capital_lon", "capital_lat")
    east = unit_shares_east(bev, industry.HU_LINE, capitals)
    west = {unit for unit, share in zip(bev.units, east, strict=True) if share == 0}
    assert west == {"Inner Mongolia", "Gansu", "Qinghai", "Ningxia", "Xinjiang", "Tibet"}
    areas = bd.load_provinces().set_index("province")["official_area_km2"][list(bev.units)]
    by_area = unit_shares_east(bev, industry.HU_LINE, "area")
    assert by_area @ areas / areas.sum() == pytest.approx(0.43, abs=0.01)
    assert by_area[list(bev.units).index("Xinjiang")] == 0
    assert by_area[list(bev.units).index("Guangdong")] == 1
    firms = industry.share_east(bev, "firms", industry.HU_LINE, split=capitals).frame
    western = bev["firms"][:, east == 0].sum(axis=1)
    assert (firms["total"] - firms["east"]).tolist() == western.tolist()


def test_belts(bev: bd.Panel) -> None:
    panel = industry.with_belts(bev, industry.BELTS, rest="other")
    shares = bd.concentration(panel, "firms", groups="belt").by_group
    assert set(shares["group"]) == {*industry.BELTS, "other"}
    assert shares.groupby("period")["share"].sum().to_numpy() == pytest.approx(1)
    with pytest.raises(bd.DataError, match=r"none for \['Fujian'"):
        industry.with_belts(bev, industry.BELTS)
    with pytest.raises(bd.DataError, match=r"'Anhui'.*'b'.*'a'"):
        industry.with_belts(bev, {"a": ["Anhui"], "b": ["Anhui"]}, rest="other")
    with pytest.raises(bd.DataError, match="Atlantis"):
        industry.with_belts(bev, {"a": ["Atlantis"]}, rest="other")
