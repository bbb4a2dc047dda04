"""An interactive map in a file of HTML, by folium."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, MissingPackageError, first_five
from ...language.words import Words
from ...options import Language
from .classes import Scheme, in_words, make_classes, significant
from .palette import class_colours
from .shapes import in_one_view, read_units
from .units import values_by_unit

if TYPE_CHECKING:
    from folium import Map
    from geopandas import GeoDataFrame

_NO_NUMBER = "#E3E3E3"
_BOX = (
    "background: #fffffff0; padding: 6px 10px; font: 12px/1.5 sans-serif; color: #262626; "
    "position: fixed"
)
_SWATCH = (
    '<span style="display: inline-block; width: 18px; height: 11px; background: {}; '
    'border: 1px solid #555">'
)


def interactive_map(
    geometry: GeoDataFrame,
    values: pd.Series,
    *,
    more: pd.DataFrame | None = None,
    k: int = 5,
    scheme: Scheme = "quantiles",
    breaks: Sequence[float] | None = None,
    zero_class: bool | None = None,
    title: str = "",
    legend_title: str = "",
    cmap: Any = "YlGnBu",
    missing: str = "No data",
    caption: str = "",
    tiles: str | None = None,
    leaflet: str | os.PathLike[str] | None = None,
    language: Language = "en",
) -> Map:
    """A map to zoom and point at, for a web page; ``.save("map.html")`` writes the file.

    A line at the foot of the map says what the file loads from the network when it is opened. By
    default that is the program Leaflet, two files from cdn.jsdelivr.net, and nothing else: the data
    are in the file. With `leaflet` it is nothing at all. Leaflet draws in the Mercator projection,
    in which the north looks larger than it is; a map that crosses 180 degrees is drawn in one piece.
    Needs folium, which ``pip install
    'bevdrivers[maps]'`` installs.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons with a coordinate reference system, indexed by unit. Not changed.
    values : Series
        As in `choropleth`.
    more : DataFrame, optional
        Further lines of the box that opens at the pointer: one column a line, indexed by unit.
    k, scheme, breaks, zero_class, title, legend_title, cmap, missing, caption
        As in `choropleth`.
    tiles : str, optional
        A background by its name or address, as folium takes it, for instance "OpenStreetMap". It
        comes from a server each time the map is opened, and it is no standard map in the sense of
        Chinese rules.
    leaflet : path, optional
        A folder with ``leaflet.js`` and ``leaflet.css`` (the folder ``dist`` of the npm package).
        They are written into the file, which then works without a network.
    language : {"en", "zh"}
        Of the words that you do not give: legend, box and foot.

    Returns
    -------
    folium.Map

    Raises
    ------
    MissingPackageError
        folium is not installed.
    DataError
        As `choropleth`; geometry without a coordinate reference system, a folder without the two
        files.
    OptionError
        As `choropleth`.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> firms = pd.Series(panel["firms"][-1], index=panel.units)
    >>> shown = bd.interactive_map(panel.geometry, firms, legend_title="Firms, 2020")  # doctest: +SKIP
    >>> shown.save("firms.html")  # doctest: +SKIP
    """
    import geopandas

    words = Words.checked(language)
    folium = _folium()
    shapes = read_units(geometry)
    if shapes.crs is None:
        raise DataError(
            "geometry",
            expected="shapes with a coordinate reference system",
            got="shapes without one",
            remedy='Say which it is: geometry.set_crs("EPSG:4326") for degrees, for instance.',
        )
    numbers = values_by_unit(values, shapes.index)
    classes = make_classes(
        numbers,
        k=k,
        scheme=scheme,
        breaks=breaks,
        zero_class=zero_class,
    )
    colours = class_colours(cmap, classes)
    class_of_unit = classes.classify(numbers)

    # the box at the pointer: the unit, its value, and what else was asked for
    value_name = legend_title or str(values.name or words.say("Value"))
    box_lines = {"unit": [str(unit) for unit in shapes.index]}
    no_number = words.said(missing)
    box_lines[value_name] = [
        no_number if np.isnan(number) else significant(number, 6) for number in numbers
    ]
    box_lines |= _further_lines(more, shapes.index)
    degrees, span = in_one_view(shapes.to_crs(4326))
    data = geopandas.GeoDataFrame(box_lines, index=shapes.index, geometry=degrees)
    data["colour"] = [colours[index] if index >= 0 else _NO_NUMBER for index in class_of_unit]

    page: Map = folium.Map(
        tiles=tiles,
        zoom_control=True,
        attribution_control=tiles is not None,
    )
    loads = _bundle(folium, page, leaflet, tiles, words)
    _add_units(folium, page, data, list(box_lines), span)
    labels = [in_words(label, words) for label in classes.labels]
    keys = list(zip(labels, colours, strict=True))
    if missing and (class_of_unit < 0).any():
        keys.append((no_number, _NO_NUMBER))
    texts = _texts(
        title, _legend(legend_title, keys), words.gap.join(filter(None, (caption, loads)))
    )
    root: Any = page.get_root()  # a figure, which folium's annotation leaves open
    root.html.add_child(folium.Element(texts))
    return page


def _folium() -> Any:
    try:
        import folium
    except ImportError as error:
        raise MissingPackageError("interactive_map", "folium", "maps") from error
    return folium


def _add_units(
    folium: Any,
    page: Any,
    data: Any,
    names: Sequence[str],
    span: tuple[float, float],
) -> None:
    """The units as a layer in view, from the western to the eastern longitude of `span`, with a box
    of the named columns at the pointer.
    """
    layer = folium.GeoJson(data, style_function=_style, highlight_function=_highlight)
    tooltip = folium.GeoJsonTooltip(
        fields=names,
        aliases=["", *names[1:]],
        sticky=True,
    )
    layer.add_child(tooltip).add_to(page)
    west, east = span
    _, south, _, north = (float(edge) for edge in data.total_bounds)
    page.fit_bounds([[south, west], [north, east]])


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    return {
        "fillColor": feature["properties"]["colour"],
        "fillOpacity": 0.85,
        "color": "#1F1F1F",
        "weight": 0.7,
    }


def _highlight(feature: dict[str, Any]) -> dict[str, Any]:
    return {"weight": 2.5}


def _further_lines(more: Any, units: pd.Index) -> dict[str, list[str]]:
    """Columns of `more` as texts in the order of the units."""
    if more is None:
        return {}
    if not isinstance(more, pd.DataFrame):
        raise DataError(
            "more",
            expected="a frame with a row for each unit",
            got=type(more).__name__,
            remedy='Pass a frame indexed by unit, such as frame.set_index("unit").',
        )
    lost = units[~units.isin(more.index)]
    twice = more.index[more.index.duplicated()].unique()
    if len(twice) or len(lost):
        raise DataError(
            "more",
            expected="one row for each unit, with the units in the index",
            got=f"{first_five(twice)} twice" if len(twice) else f"none for {first_five(lost)}",
            remedy='Keep the rows of one period: frame[frame["year"] == 2020].set_index("unit").',
        )
    lines = {}
    for name in more.columns:
        lines[str(name)] = [str(value) for value in more.loc[units, name]]
    return lines


def _bundle(
    folium: Any,
    page: Any,
    leaflet: Any,
    tiles: str | None,
    words: Words,
) -> str:
    """Leave out the programs that folium adds and this map does not use; what is loaded when the
    file is opened.
    """
    program = [link for link in page.default_js if link[0] == "leaflet"]
    style = [link for link in page.default_css if link[0] == "leaflet_css"]
    loaded = []
    if leaflet is None:
        page.default_js, page.default_css = program, style
        _, address = program[0]
        server = address.split("/")[2]
        loaded.append(words.say("Leaflet from {server}", server=server))
    else:
        page.default_js, page.default_css = [], []
        page.get_root().header.add_child(folium.Element(_leaflet_source(Path(leaflet))))
    if tiles is not None:
        loaded.append(words.say("the background ({tiles})", tiles=tiles))
    listed = words.say(" and ").join(loaded) or words.say("nothing")
    return words.say("Loaded from the network when opened: {listed}.", listed=listed)


def _leaflet_source(folder: Path) -> str:
    """Leaflet's program and style from a folder, as elements of a page."""
    sources = []
    for name in ("leaflet.js", "leaflet.css"):
        file = folder / name
        if not file.is_file():
            raise DataError(
                "leaflet",
                expected="a folder with leaflet.js and leaflet.css",
                got=f"no {name}",
                remedy="Unpack Leaflet's download there, or leave leaflet out.",
            )
        sources.append(file.read_text(encoding="utf-8"))
    program, style = sources
    elements = f"<script>{program}</script><style>{style}</style>"
    # folium reads what it is given as a template of jinja
    return "{% raw %}" + elements + "{% endraw %}"


def _legend(title: str, keys: Sequence[tuple[str, str]]) -> str:
    """The legend as a box in the corner: labels beside their colours."""
    lines = []
    if title:
        lines.append(f"<div><b>{html.escape(title)}</b></div>")
    for label, colour in keys:
        lines.append(f"<div>{_SWATCH.format(colour)}</span> {html.escape(label)}</div>")
    style = f"{_BOX}; right: 12px; bottom: 40px; z-index: 900"
    return f'<div style="{style}">{"".join(lines)}</div>'


def _texts(
    title: str,
    legend: str,
    foot: str,
) -> str:
    """Title, legend and foot as boxes over the map."""
    boxes = []
    if title:
        style = f"{_BOX}; top: 0; left: 60px; z-index: 900; font-size: 16px; margin: 8px"
        boxes.append(f'<h1 style="{style}">{html.escape(title)}</h1>')
    boxes.append(legend)
    style = f"{_BOX}; left: 0; bottom: 0; z-index: 900; font-size: 11px"
    boxes.append(f'<div style="{style}">{html.escape(foot)}</div>')
    # the boxes are read as a template, too
    return "".join(boxes).replace("{", "&#123;")
