"""What is drawn on a map."""

from __future__ import annotations

import itertools
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from shapely.geometry import LinearRing, LineString, MultiPolygon, Point, Polygon, box

import bevdrivers as bd
from bevdrivers.figures.maps.shapes import equal_area, read_units, to_path


def faces(ax: Any) -> dict[str, str]:
    return {patch.get_gid(): to_hex(patch.get_facecolor()) for patch in ax.patches}


def legend(ax: Any) -> dict[str, str]:
    handles = ax.get_legend().get_patches()
    texts = ax.get_legend().get_texts()
    return {
        text.get_text(): to_hex(key.get_facecolor())
        for text, key in zip(texts, handles, strict=True)
    }


def test_colours_follow_classes_and_the_legend_counts_them(squares: Any, values: pd.Series) -> None:
    ax = bd.choropleth(squares, values.sample(frac=1, random_state=1), k=3)
    assert len(ax.patches) == 9
    ranks = values.rank().sub(1).floordiv(3)
    colours = list(legend(ax).values())
    assert faces(ax) == {unit: colours[int(rank)] for unit, rank in ranks.items()}
    assert [label.split("  ")[1] for label in legend(ax)] == ["(3)", "(3)", "(3)"]


def test_darker_is_more(squares: Any, values: pd.Series) -> None:
    colours = list(legend(bd.choropleth(squares, values, k=5)).values())
    grey = [
        np.dot([int(c[i : i + 2], 16) for i in (1, 3, 5)], [0.299, 0.587, 0.114]) for c in colours
    ]
    steps = -np.diff(grey)
    assert len(colours) == 5
    assert steps.min() > 15  # of 255: told apart in a black and white print


def test_units_without_a_value_are_hatched_and_in_the_legend(
    squares: Any, values: pd.Series
) -> None:
    values["u3"] = np.nan
    ax = bd.choropleth(squares, values.drop("u5"), k=2, missing="Not reported")
    hatched = {patch.get_gid() for patch in ax.patches if patch.get_hatch()}
    assert hatched == {"u3", "u5"}
    assert list(legend(ax))[-1] == "Not reported  (2)"
    assert ax.get_legend().get_patches()[-1].get_hatch()


def test_no_missing_entry_where_none_is_missing(squares: Any, values: pd.Series) -> None:
    assert len(legend(bd.choropleth(squares, values, k=2))) == 2


def test_zeros_have_a_class_of_their_own(squares: Any, values: pd.Series) -> None:
    values[["u0", "u1", "u2", "u3"]] = 0.0
    ax = bd.choropleth(squares, values, k=3)
    assert next(iter(legend(ax))) == "0  (4)"
    assert len({faces(ax)[unit] for unit in ("u0", "u1", "u2", "u3")}) == 1


def test_ids_match_across_their_forms(squares: Any) -> None:
    squares.index = pd.Index([110000 + i for i in range(9)])
    ax = bd.choropleth(
        squares, pd.Series(np.arange(9.0), index=[f"{110000 + i}.0" for i in range(9)]), k=9
    )
    assert len(set(faces(ax).values())) == 9


def test_inputs_stay_as_they_were(squares: Any, values: pd.Series) -> None:
    shapes, numbers = squares.copy(), values.copy()
    bd.choropleth(squares, values, base=squares)
    pd.testing.assert_frame_equal(pd.DataFrame(squares), pd.DataFrame(shapes))
    assert squares.crs == shapes.crs
    pd.testing.assert_series_equal(values, numbers)


def test_draws_on_given_axes(squares: Any, values: pd.Series) -> None:
    left, right = Figure().subplots(1, 2)
    assert (
        bd.choropleth(squares, values, ax=right, title="T", caption="GS(2024)1", legend_title="x")
        is right
    )
    assert (right.get_title(), right.get_xlabel()) == ("T", "GS(2024)1")
    assert right.get_legend().get_title().get_text() == "x"
    assert not left.patches


def test_base_map_lies_beneath_and_in_view(squares: Any, values: pd.Series) -> None:
    line = LineString([(103, 28), (104, 29)])
    base = geopandas.GeoDataFrame(geometry=[box(99, 29, 104, 34), line, Polygon()], crs="EPSG:4326")
    ax = bd.choropleth(squares, values, base=base, crs="EPSG:4326")
    assert len(ax.patches) == 9
    areas, lines = ax.collections
    assert (len(areas.get_paths()), len(lines.get_paths())) == (1, 1)
    assert max(areas.zorder, lines.zorder) < min(patch.zorder for patch in ax.patches)
    assert lines.get_facecolor().size == 0
    assert ax.get_ylim()[0] < 28


def test_projection_is_equal_area(squares: Any, values: pd.Series) -> None:
    plane = equal_area(read_units(squares))
    areas = squares.to_crs(plane).area
    # squares of one degree shrink with the cosine of latitude; on the ellipsoid to a percent or so
    expected = np.cos(np.deg2rad([30.5, 31.5, 32.5])).repeat(3)
    assert np.allclose(areas / areas.iloc[0], expected / expected[0], rtol=0.005)
    ax = bd.choropleth(squares, values)
    drawn = ax.patches[0].get_path().vertices
    assert np.allclose(drawn.min(axis=0), squares.to_crs(plane).geometry.iloc[0].bounds[:2])


def test_projections_by_extent() -> None:
    def of(*bounds: float) -> str:
        return str(equal_area(geopandas.GeoSeries([box(*bounds)], crs="EPSG:4326")))

    assert "aea +lat_1=25 +lat_2=47 +lat_0=36 +lon_0=105" in str(
        equal_area(bd.load_provinces().geometry)
    )
    assert "aea +lat_1=41.0000 +lat_2=45.0000 +lat_0=43.0000 +lon_0=5.0000" in of(0, 40, 10, 46)
    assert "laea" in of(20, -10, 40, 10)
    assert "eqearth" in of(-170, -50, 170, 80)
    assert equal_area(geopandas.GeoSeries([box(0, 0, 1, 1)])) is None


def test_paths_keep_holes_and_parts() -> None:
    ring = box(0, 0, 4, 4).difference(box(1, 1, 3, 3))
    rings = to_path(MultiPolygon([ring, box(6, 0, 7, 1)])).to_polygons()
    # signed areas: a hole turns the other way, so that filling by winding number leaves it out
    assert sorted(float(LinearRing(r).is_ccw * 2 - 1) * Polygon(r).area for r in rings) == [
        -4.0,
        1.0,
        16.0,
    ]


def test_own_colours_and_their_number(squares: Any, values: pd.Series) -> None:
    assert list(
        legend(bd.choropleth(squares, values, k=2, cmap=["#ffffff", "#000000"])).values()
    ) == [
        "#ffffff",
        "#000000",
    ]
    with pytest.raises(bd.OptionError, match="3 colours"):
        bd.choropleth(squares, values, k=3, cmap=["w", "k"])
    with pytest.raises(bd.OptionError, match="nosuch"):
        bd.choropleth(squares, values, cmap="nosuch")


def test_errors_name_what_is_wrong(squares: Any, values: pd.Series) -> None:
    cases = [
        (
            squares,
            pd.concat([values, pd.Series({"Taiwan": 1.0})]),
            ["values", "1 that it lacks: ['Taiwan']"],
        ),
        (squares.reset_index(), values, ["set_index"]),
        (squares, pd.concat([values, values[:1]]), ["twice ['u0']"]),
        (squares.iloc[[0, 0]], values[:1], ["geometry", "twice ['u0']"]),
        (
            squares.set_geometry(squares.geometry.map(lambda s: Point(s.centroid))),
            values,
            ["polygon", "u0"],
        ),
        (values, values, ["geometry", "GeoDataFrame"]),
        (squares, values.to_numpy(), ["Series by unit", "ndarray"]),
        (squares, values.astype(str) + "x", ["numbers", "0.31x"]),
        (squares, values.replace(12.25, np.inf), ["finite"]),
    ]
    for geometry, numbers, words in cases:
        with pytest.raises(bd.DataError) as caught:
            bd.choropleth(geometry, numbers)
        assert all(word in str(caught.value) for word in words), str(caught.value)
    with pytest.raises(bd.OptionError, match="at least one number"):
        bd.choropleth(squares, values * np.nan)


@pytest.fixture
def frame(squares: Any, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        rng.lognormal(size=(4, 9)), index=[2011, 2012, 2013, 2014], columns=squares.index
    )


def test_years_share_their_classes(squares: Any, frame: pd.DataFrame) -> None:
    frame.loc[2012, "u4"] = np.nan
    figure = bd.choropleth_years(squares, frame, [2014, 2012, 2011], k=4)
    assert [ax.get_title() for ax in figure.axes] == ["2014", "2012", "2011"]
    (shared,) = figure.legends
    colours = [to_hex(key.get_facecolor()) for key in shared.get_patches()]
    assert shared.get_texts()[-1].get_text() == "No data"
    chosen = frame.loc[[2014, 2012, 2011]].to_numpy()
    cuts = np.nanquantile(chosen, [0.25, 0.5, 0.75])
    for ax, row in zip(figure.axes, chosen, strict=True):
        for colour, value in zip(faces(ax).values(), row, strict=True):
            assert colour == colours[-1 if np.isnan(value) else int(np.searchsorted(cuts, value))]


def test_years_of_an_array_are_those_of_a_frame(squares: Any, frame: pd.DataFrame) -> None:
    shuffled = frame.iloc[::-1, ::-1]
    one = bd.choropleth_years(squares, frame.to_numpy(), list(frame.index))
    other = bd.choropleth_years(squares, shuffled, [str(year) for year in frame.index])
    for a, b in itertools.zip_longest(one.axes, other.axes):
        assert faces(a) == faces(b)


def test_a_year_without_data_is_drawn_and_spare_cells_are_not(
    squares: Any, frame: pd.DataFrame
) -> None:
    frame.loc[2013] = np.nan
    figure = bd.choropleth_years(squares, frame, list(frame.index), columns=3)
    assert len(figure.axes) == 4
    assert all(patch.get_hatch() for patch in figure.axes[2].patches)


def test_years_errors(squares: Any, frame: pd.DataFrame) -> None:
    with pytest.raises(bd.DataError, match=r"no row for \[2020\]"):
        bd.choropleth_years(squares, frame, [2011, 2020])
    with pytest.raises(bd.DataError, match=r"shape \(2, 9\)"):
        bd.choropleth_years(squares, frame.to_numpy(), [2011, 2012])
    with pytest.raises(bd.DataError, match="at least one year"):
        bd.choropleth_years(squares, frame, [])
    with pytest.raises(bd.OptionError, match="columns"):
        bd.choropleth_years(squares, frame, [2011], columns=0)


def test_nothing_but_the_map_is_cut_off(squares: Any, frame: pd.DataFrame) -> None:
    """Title, maps, legend and caption stand one above the other within the page."""
    options = {"title": "Title", "legend_title": "Unit", "caption": "Source"}
    figure = bd.choropleth_years(squares, frame, [2011, 2012, 2013, 2014], k=6, **options)
    figure.draw_without_rendering()
    page, key = figure.bbox, figure.legends[0].get_window_extent()
    caption = next(text for text in figure.texts if text.get_text() == "Source").get_window_extent()
    maps = [ax.get_tightbbox() for ax in figure.axes]
    assert page.y0 <= caption.y0 < caption.y1 <= key.y0 < key.y1 <= min(box.y0 for box in maps)
    assert max(box.y1 for box in maps) <= page.y1
    assert page.x0 <= key.x0
    assert key.x1 <= page.x1


@pytest.mark.parametrize("name", ["spillover_map", "network_map", "centre_map"])
def test_every_map_takes_a_base_map_and_its_approval_number(squares: Any, name: str) -> None:
    base = geopandas.GeoDataFrame(geometry=[LineString([(98, 28), (105, 35)])], crs="EPSG:4326")
    effects = pd.DataFrame(
        {"estimate": 1.0, "conf_low": 0.5, "conf_high": 1.5}, index=squares.index
    )
    flows = pd.DataFrame({"origin": ["u0"], "destination": ["u8"], "value": [1.0]})
    ellipses = squares.iloc[:2].assign(lon=[100.5, 101.5], lat=30.5)
    given = {"spillover_map": effects, "network_map": flows, "centre_map": ellipses}[name]
    ax = getattr(bd, name)(squares, given, base=base, crs="EPSG:4326", caption="GS(20XX)XXXX")
    assert ax.get_xlabel() == "GS(20XX)XXXX"
    assert ax.get_xlim()[0] < 98 < 105 < ax.get_xlim()[1], "the view holds all of the base map"
    assert ax.collections[0].get_zorder() < ax.patches[0].get_zorder()


def test_a_legend_stands_beside_a_map_that_fills_its_frame() -> None:
    """Nothing of the legend is on the map, and all of it on the figure."""
    cells = [box(i, j, i + 1, j + 1) for j in range(5) for i in range(8)]
    geometry = geopandas.GeoDataFrame(geometry=cells, index=range(40), crs=3857)
    numbers = pd.Series(np.arange(40.0) ** 2, index=geometry.index)
    ax = bd.choropleth(geometry, numbers, legend_title="Square")
    ax.figure.draw_without_rendering()
    legend_box, map_box = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert legend_box.x0 >= map_box.x1
    assert legend_box.x1 <= ax.figure.bbox.x1

    given = Figure().add_subplot()
    bd.choropleth(geometry, numbers, ax=given)
    assert given.get_legend().get_frame_on()
    assert given.figure.get_figwidth() == Figure().get_figwidth()


def test_a_legend_stays_on_a_map_with_room(bev: bd.Panel) -> None:
    numbers = pd.Series(bev["bev_density"][-1], index=bev.units)
    ax = bd.choropleth(bev.geometry, numbers)
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().x1 <= ax.get_window_extent().x1
    assert not ax.get_legend().get_frame_on()


def test_a_unit_cut_at_180_degrees_is_drawn_whole() -> None:
    halves = [box(176, 10, 180, 13), box(-180, 10, -179, 13)]
    shapes = geopandas.GeoSeries(
        [MultiPolygon(halves), box(-179, 10, -176, 13)], ["a", "b"], crs=4326
    )
    ax = bd.choropleth(shapes, pd.Series({"a": 1.0, "b": 2.0}), k=2)
    drawn = {patch.get_gid(): patch.get_path() for patch in ax.patches}
    assert len(drawn["a"].to_polygons()) == 1
