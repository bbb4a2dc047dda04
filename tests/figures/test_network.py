"""Flows are arrows from origin to destination, as wide as they are large; centres and ellipses are
where they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from shapely.geometry import Polygon

import bevdrivers as bd

FLOWS = pd.DataFrame(
    [
        ("u0", "u1", 6.0),
        ("u1", "u0", 3.0),
        ("u0", "u8", 1.0),
        ("u0", "u1", 2.0),
        ("u4", "u4", 50.0),
        ("u2", "u3", 0.0),
    ],
    columns=["origin", "destination", "value"],
)


def arrows(ax: Any) -> dict[str, FancyArrowPatch]:
    return {p.get_gid(): p for p in ax.patches if isinstance(p, FancyArrowPatch)}


def entries(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_rows_of_a_pair_add_up_and_width_is_the_value(squares: Any) -> None:
    before = FLOWS.copy()
    arrows_by_name = arrows(bd.network_map(squares, FLOWS))
    assert list(arrows_by_name) == ["u0 > u8", "u1 > u0", "u0 > u1"], (
        "from the smallest up; none within a unit, none of zero"
    )
    widths = {name: arrow.get_linewidth() for name, arrow in arrows_by_name.items()}
    assert widths["u1 > u0"] / widths["u0 > u1"] == pytest.approx(3 / 8)
    assert widths["u0 > u8"] / widths["u0 > u1"] == pytest.approx(1 / 8)
    pd.testing.assert_frame_equal(FLOWS, before)


def test_arrows_go_from_origin_to_destination(squares: Any) -> None:
    ax = bd.network_map(squares, FLOWS, crs="EPSG:4326")
    arrows_by_name = arrows(ax)
    start, end = arrows_by_name["u0 > u8"]._posA_posB
    assert (np.floor(start).tolist(), np.floor(end).tolist()) == ([100, 30], [102, 32])
    there, back = (arrows_by_name[name].get_connectionstyle() for name in ("u0 > u1", "u1 > u0"))
    assert there.rad == back.rad != 0, "both bend to one hand, so they lie side by side"


@pytest.mark.parametrize(
    ("strength", "sums"),
    [("both", [12.0, 11.0, 1.0]), ("out", [9.0, 3.0]), ("in", [3.0, 8.0, 1.0])],
)
def test_area_of_a_node_is_the_sum(squares: Any, strength: Any, sums: list[float]) -> None:
    """Units u0, u1 and u8; the flow within u4 does not count."""
    ax = bd.network_map(squares, FLOWS, strength=strength, top=1)
    nodes = next(c for c in ax.collections if c.get_gid() == "nodes")
    sizes = nodes.get_sizes()
    assert sizes / sizes.max() == pytest.approx(np.array(sums) / max(sums))
    assert entries(ax)[-1].endswith(f": {max(sums):g}")


def test_only_the_largest_are_drawn_and_the_legend_says_so(squares: Any) -> None:
    ax = bd.network_map(
        squares, FLOWS, top=2, legend_title="Trade", ax=Figure().subplots(), title="T", caption="C"
    )
    assert set(arrows(ax)) == {"u1 > u0", "u0 > u1"}
    assert ax.get_legend().get_title().get_text() == "Trade\n2 largest of 3 flows"
    assert (ax.get_title(), ax.get_xlabel()) == ("T", "C")
    assert entries(ax)[:2] == ["8", "2"]


def test_nodes_at_given_points(squares: Any) -> None:
    places = squares.assign(lon=np.linspace(100.1, 100.9, 9), lat=30.5)
    ax = bd.network_map(places, FLOWS, points=("lon", "lat"), crs="EPSG:4326")
    nodes = next(c for c in ax.collections if c.get_gid() == "nodes")
    assert np.asarray(nodes.get_offsets()) == pytest.approx(
        places[["lon", "lat"]].to_numpy()[[0, 1, 8]]
    )


def test_network_errors(squares: Any) -> None:
    for flows, words in [
        (FLOWS.drop(columns="value"), "value"),
        (FLOWS.replace("u8", "x"), "'x'"),
        (FLOWS.assign(value=-1.0), "zero or above"),
        (FLOWS.assign(value=0.0), "above zero"),
        ([1], "list"),
    ]:
        with pytest.raises(bd.DataError, match=words):
            bd.network_map(squares, flows)
    with pytest.raises(bd.OptionError, match="top"):
        bd.network_map(squares, FLOWS, top=0)
    with pytest.raises(bd.OptionError, match="strength"):
        bd.network_map(squares, FLOWS, strength="all")  # type: ignore[arg-type]
    with pytest.raises(bd.DataError, match="points"):
        bd.network_map(squares, FLOWS, points=("a", "b"))


@pytest.fixture
def way(bev: bd.Panel) -> bd.CentreOfGravity:
    return bd.centre_of_gravity(bev, "firms", points=("capital_lon", "capital_lat"))


def path_of(ax: Any) -> np.ndarray:
    return next(line for line in ax.lines if line.get_gid() == "centres").get_xydata()


def test_centres_and_ellipses_are_where_they_are(bev: bd.Panel, way: bd.CentreOfGravity) -> None:
    ax = bd.centre_map(bev.geometry, way, crs=way.crs)
    assert path_of(ax) == pytest.approx(
        way.plane[:, :2], abs=1.0
    )  # metres: there and back through degrees
    rims = {p.get_gid(): p for p in ax.patches if str(p.get_gid()).startswith("ellipse")}
    assert list(rims) == ["ellipse 2011", "ellipse 2020"]
    area = Polygon(rims["ellipse 2020"].get_path().vertices[:-1]).area
    assert area == pytest.approx(np.pi * way.plane[-1, 2] * way.plane[-1, 3], rel=1e-3)
    assert len({str(p.get_linestyle()) for p in rims.values()}) == 2


def test_the_inset_holds_the_way_its_periods_and_a_true_scale(
    bev: bd.Panel, way: bd.CentreOfGravity
) -> None:
    ax = bd.centre_map(bev.geometry, way)
    (inset,) = ax.child_axes
    (west, east), (south, north) = inset.get_xlim(), inset.get_ylim()
    path = path_of(ax)
    assert ((path > [west, south]) & (path < [east, north])).all()
    said = [text.get_text() for text in inset.texts if text.get_text()]
    km = next(text for text in said if text.endswith(" km"))
    bar = next(line for line in inset.lines if line.get_gid() == "scale")
    assert np.ptp(bar.get_xdata()) == pytest.approx(1000 * float(km.removesuffix(" km")))
    assert {"2011", "2020"} <= set(said)
    frame = next(p for p in ax.patches if p.get_gid() == "inset")
    assert frame.get_bbox().bounds == pytest.approx((west, south, east - west, north - south))
    box, legend = inset.get_window_extent(), ax.get_legend().get_window_extent()
    assert not box.overlaps(legend)


def test_what_may_be_chosen(bev: bd.Panel, way: bd.CentreOfGravity) -> None:
    ax = bd.centre_map(
        bev.geometry, way.ellipses(2), ellipses=[2015], inset=False, title="T", legend_title="Firms"
    )
    assert entries(ax) == ["Ellipse of 2015", "Centres, 2011 to 2020"]
    assert not ax.child_axes
    placed = bd.centre_map(bev.geometry, way, inset=(0.1, 0.2, 0.3, 0.3))
    placed.figure.draw_without_rendering()
    share = placed.child_axes[0].get_window_extent().transformed(placed.transAxes.inverted())
    assert share.bounds == pytest.approx((0.1, 0.2, 0.3, 0.3))
    one = bd.centre_map(bev.geometry, way.ellipses().iloc[:1])
    assert entries(one) == ["Ellipse of 2011", "Centre of 2011"]
    assert not one.child_axes
    assert not [c for c in one.collections if isinstance(c, PathCollection)]


def test_centre_errors(bev: bd.Panel, way: bd.CentreOfGravity) -> None:
    with pytest.raises(bd.DataError, match="centre_of_gravity"):
        bd.centre_map(bev.geometry, way.frame)
    with pytest.raises(bd.DataError, match="1999"):
        bd.centre_map(bev.geometry, way, ellipses=[1999])
    with pytest.raises(bd.OptionError, match="at most 4"):
        bd.centre_map(bev.geometry, way, ellipses=list(bev.periods))
