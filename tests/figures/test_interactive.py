"""The interactive map is whole, says what it loads, and is not there without folium."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import MultiPolygon, box, shape

import bevdrivers as bd

ADDRESS = re.compile(
    r"""(?:src|href)\s*=\s*["'](https?://[^"']+)|url\(["']?(https?://[^"')]+)|ajax\(["'](http[^"']+)"""
)


def test_without_folium_the_error_says_how_to_get_it(
    squares: Any, values: pd.Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "folium", None)
    with pytest.raises(bd.MissingPackageError, match=r"pip install 'bevdrivers\[maps\]'"):
        bd.interactive_map(squares, values)


class TestWithFolium:
    @pytest.fixture(autouse=True)
    def _folium(self) -> None:
        pytest.importorskip("folium")

    @staticmethod
    def page(shown: Any, folder: Path) -> str:
        shown.save(str(folder / "map.html"))
        return (folder / "map.html").read_text(encoding="utf-8")

    @staticmethod
    def loaded(page: str) -> list[str]:
        return [next(filter(None, groups)) for groups in ADDRESS.findall(page)]

    def test_units_values_and_classes(
        self, squares: Any, values: pd.Series, tmp_path: Path
    ) -> None:
        shown = bd.interactive_map(
            squares,
            values.drop("u3"),
            k=3,
            legend_title="Firms",
            title="A & B",
            caption="GS <1> {{ x }}",
        )
        page = self.page(shown, tmp_path)
        features = {f["properties"]["unit"]: f["properties"] for f in _features(page)}
        assert set(features) == set(squares.index)
        assert features["u7"]["Firms"] == "12.25"
        assert features["u3"]["Firms"] == "No data"
        colours = {unit: row["colour"] for unit, row in features.items()}
        still = bd.choropleth(squares, values.drop("u3"), k=3)
        from matplotlib.colors import to_hex

        for patch in still.patches:
            if patch.get_gid() != "u3":
                assert colours[patch.get_gid()] == to_hex(patch.get_facecolor())
        labels = [text.get_text().split("  (")[0] for text in still.get_legend().get_texts()]
        assert all(label in page for label in labels), labels
        assert "A &amp; B" in page
        assert "GS &lt;1&gt; &#123;&#123; x }}" in page

    def test_it_loads_leaflet_only_and_says_so(
        self, squares: Any, values: pd.Series, tmp_path: Path
    ) -> None:
        page = self.page(bd.interactive_map(squares, values), tmp_path)
        hosts = {address.split("/")[2] for address in self.loaded(page)}
        assert hosts == {"cdn.jsdelivr.net"}
        assert all("leaflet" in address for address in self.loaded(page))
        assert "Loaded from the network when opened: Leaflet from cdn.jsdelivr.net." in page

    def test_with_leaflet_at_hand_it_loads_nothing(
        self, squares: Any, values: pd.Series, tmp_path: Path
    ) -> None:
        (tmp_path / "leaflet.js").write_text("var L = '{{ not a template }}';")
        (tmp_path / "leaflet.css").write_text(".leaflet {}")
        page = self.page(bd.interactive_map(squares, values, leaflet=tmp_path), tmp_path)
        assert self.loaded(page) == []
        assert "var L = '{{ not a template }}';" in page
        assert "Loaded from the network when opened: nothing." in page
        with pytest.raises(bd.DataError, match=r"leaflet\.js"):
            bd.interactive_map(squares, values, leaflet=tmp_path / "nowhere")

    def test_tiles_only_when_asked(self, squares: Any, values: pd.Series, tmp_path: Path) -> None:
        assert "tileLayer(" not in self.page(bd.interactive_map(squares, values), tmp_path)
        page = self.page(bd.interactive_map(squares, values, tiles="OpenStreetMap"), tmp_path)
        assert "tileLayer(" in page
        assert "and the background (OpenStreetMap)." in page

    def test_a_map_across_180_degrees_is_one_piece(self, tmp_path: Path) -> None:
        # the west of the third unit lies at 178 degrees, its east beyond 180
        shapes = [
            box(170, -20, 174, -16),
            box(-179, -20, -175, -16),
            MultiPolygon([box(178, -12, 180, -8), box(-180, -12, -178, -8)]),
        ]
        units = pd.Index(["west", "east", "both"])
        frame = geopandas.GeoDataFrame(index=units, geometry=shapes, crs="EPSG:4326")
        page = self.page(
            bd.interactive_map(frame, pd.Series([1.0, 2.0, 3.0], index=units)), tmp_path
        )
        bounds = re.search(r"fitBounds\(\s*(\[\[.*?\]\])", page, re.DOTALL)
        assert bounds
        assert json.loads(bounds.group(1)) == [[-20.0, 170.0], [-8.0, 185.0]]
        drawn = {f["properties"]["unit"]: shape(f["geometry"]) for f in _features(page)}
        assert drawn["west"].bounds == (170, -20, 174, -16)
        assert drawn["east"].bounds == (181, -20, 185, -16)
        assert drawn["both"].bounds == (178, -12, 182, -8)
        assert drawn["both"].geom_type == "Polygon"

    def test_more_lines_and_errors(self, squares: Any, values: pd.Series, tmp_path: Path) -> None:
        more = pd.DataFrame({"Capital": [f"c{i}" for i in range(9)]}, index=squares.index)
        page = self.page(bd.interactive_map(squares, values, more=more), tmp_path)
        assert {f["properties"]["Capital"] for f in _features(page)} == set(more["Capital"])
        with pytest.raises(bd.DataError, match="more"):
            bd.interactive_map(squares, values, more=more.iloc[:3])
        with pytest.raises(bd.DataError, match=r"got none for \['u3'"):
            bd.interactive_map(squares, values, more=more.iloc[:3])
        with pytest.raises(bd.DataError, match=r"got \['u0'\] twice"):
            bd.interactive_map(squares, values, more=pd.concat([more, more.iloc[:1]]))
        with pytest.raises(bd.DataError, match="coordinate reference system"):
            bd.interactive_map(squares.set_crs(None, allow_override=True), values)
        with pytest.raises(bd.OptionError, match="at least one number"):
            bd.interactive_map(squares, values * np.nan)


def _features(page: str) -> list[dict[str, Any]]:
    match = re.search(r'\{[^{}]*"features":\s*\[', page)
    assert match, "the data are in the page"
    return list(json.JSONDecoder().raw_decode(page[match.start() :])[0]["features"])
