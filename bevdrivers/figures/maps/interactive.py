"""An interactive map in a file of HTML, by folium."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, MissingPackageError
from .choropleth import class_colours, values_by_unit
from .classes import Scheme, make_classes, significant
from .shapes import read_units

if TYPE_CHECKING:
    import folium
    from geopandas import GeoDataFrame

_NO_NUMBER = "#E3E3E3"
_BOX = "background: #fffffff0; padding: 6px 10px; font: 12px/1.5 sans-serif; color: #262626; position: fixed"


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
) -> folium.Map:
    """A map to zoom and point at, for a web page; ``.save("map.html")`` writes the file.

    A line at the foot of the map says what the file loads from the network when it is opened. By default that is the
    program Leaflet, two files from cdn.jsdelivr.net, and nothing else: the data are in the file. With `leaflet` it is
    nothing at all. Leaflet draws in the Mercator projection, in which the north looks larger than it is. Needs
    folium, which ``pip install 'bevdrivers[maps]'`` installs.

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
        A background by its name or address, as folium takes it, for instance "OpenStreetMap". It comes from a server
        each time the map is opened, and it is no standard map in the sense of Chinese rules.
    leaflet : path, optional
        A folder with ``leaflet.js`` and ``leaflet.css`` (the folder ``dist`` of the npm package). They are written into
        the file, which then works without a network.

    Returns
    -------
    folium.Map

    Raises
    ------
    MissingPackageError
        folium is not installed.
    DataError
        As `choropleth`; geometry without a coordinate reference system, a folder without the two files.
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

    folium = _folium()
    shapes = read_units(geometry)
    if shapes.crs is None:
        raise DataError("geometry", expected="a coordinate reference system", got="none", remedy="Use set_crs().")
    numbers = values_by_unit(values, shapes.index)
    classes = make_classes(numbers, k=k, scheme=scheme, breaks=breaks, zero_class=zero_class)
    colours, placed = class_colours(cmap, classes), classes.place(numbers)
    words = [missing if np.isnan(number) else significant(number, 6) for number in numbers]
    rows = {"unit": [str(unit) for unit in shapes.index], legend_title or str(values.name or "Value"): words}
    rows |= _more_rows(more, shapes.index)
    data = geopandas.GeoDataFrame(rows, index=shapes.index, geometry=shapes).to_crs(4326)
    data["colour"] = [colours[c] if c >= 0 else _NO_NUMBER for c in placed]
    page = folium.Map(tiles=tiles, zoom_control=True, attribution_control=tiles is not None)
    loads = _bundle(folium, page, leaflet, tiles)
    layer = folium.GeoJson(data, style_function=_style, highlight_function=_highlight)
    tooltip = folium.GeoJsonTooltip(fields=list(rows), aliases=["", *list(rows)[1:]], sticky=True)
    layer.add_child(tooltip).add_to(page)
    west, south, east, north = (float(edge) for edge in data.total_bounds)
    page.fit_bounds([[south, west], [north, east]])
    keys = list(zip(classes.labels, colours, strict=True))
    keys += [(missing, _NO_NUMBER)] if (placed < 0).any() and missing else []
    page.get_root().html.add_child(folium.Element(_words(title, legend_title, keys, caption, loads)))
    return page


def _folium() -> Any:
    try:
        import folium
    except ImportError as error:
        raise MissingPackageError("interactive_map", "folium", "maps") from error
    return folium


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    return {"fillColor": feature["properties"]["colour"], "fillOpacity": 0.85, "color": "#1F1F1F", "weight": 0.7}


def _highlight(feature: dict[str, Any]) -> dict[str, Any]:
    return {"weight": 2.5}


def _more_rows(more: Any, units: pd.Index) -> dict[str, list[str]]:
    if more is None:
        return {}
    lost = units[~units.isin(more.index)]
    if more.index.has_duplicates or len(lost):
        raise DataError("more", expected="a row for each unit", got=f"none, or several, for {len(lost) or 'some'}")
    return {str(name): [str(value) for value in more.loc[units, name]] for name in more.columns}


def _bundle(folium: Any, page: Any, leaflet: Any, tiles: str | None) -> str:
    """Leave out the programs that folium adds and this map does not use; what is loaded when the file is opened."""
    own = [(name, address) for name, address in page.default_js if name == "leaflet"]
    style = [(name, address) for name, address in page.default_css if name == "leaflet_css"]
    page.default_js, page.default_css = ([], []) if leaflet is not None else (own, style)
    if leaflet is not None:
        texts = []
        for name in ("leaflet.js", "leaflet.css"):
            file = Path(leaflet) / name
            if not file.is_file():
                raise DataError("leaflet", expected="a folder with leaflet.js and leaflet.css", got=f"no {name}")
            texts.append(file.read_text(encoding="utf-8"))
        # folium reads what it is given as a template of jinja
        program = f"<script>{texts[0]}</script><style>{texts[1]}</style>"
        head = folium.Element("{% raw %}" + program + "{% endraw %}")
        page.get_root().header.add_child(head)
    loaded = [] if leaflet is not None else [f"Leaflet from {own[0][1].split('/')[2]}"]
    loaded += [f"the background ({tiles})"] if tiles is not None else []
    return f"Loaded from the network when opened: {' and '.join(loaded) or 'nothing'}."


def _words(title: str, legend_title: str, keys: Sequence[tuple[str, str]], caption: str, loads: str) -> str:
    """Title, legend and foot as boxes over the map."""
    swatch = '<span style="display: inline-block; width: 18px; height: 11px; background: {}; border: 1px solid #555">'
    lines = [f"<div>{swatch.format(colour)}</span> {html.escape(label)}</div>" for label, colour in keys]
    heading = f"<div><b>{html.escape(legend_title)}</b></div>" if legend_title else ""
    legend = f'<div style="{_BOX}; right: 12px; bottom: 40px; z-index: 900">{heading}{"".join(lines)}</div>'
    top = (
        f'<h1 style="{_BOX}; top: 0; left: 60px; z-index: 900; font-size: 16px; margin: 8px">{html.escape(title)}</h1>'
    )
    said = " ".join(filter(None, [html.escape(caption), html.escape(loads)]))
    foot = f'<div style="{_BOX}; left: 0; bottom: 0; z-index: 900; font-size: 11px">{said}</div>'
    # the boxes are read as a template, too
    return ((top if title else "") + legend + foot).replace("{", "&#123;")
