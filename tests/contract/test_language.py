"""The package's own words come in the language that is asked for, wherever it prints any."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, get_type_hints

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import bevdrivers as bd
from bevdrivers import figures
from bevdrivers.options import Language
from bevdrivers.tables import builders

# they print what they are given, and numbers
WITHOUT_WORDS = {"trend_plot"}
# builders write no file; these do
WRITERS = {"save_figure", "save_tables"}
# names of people, statistics and units of measure
NAMES = {"Moran", "Benjamini", "Hochberg", "Getis", "Ord", "Gi", "HH", "LL", "HL", "LH", "km"}
# one of the user's own words, in English on purpose
GIVEN = {"Given"}

pytestmark = pytest.mark.filterwarnings("ignore::bevdrivers.errors.FontWarning")


def _builders() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in bd.__all__:
        thing = getattr(bd, name)
        module = getattr(thing, "__module__", "")
        is_builder = module.startswith((figures.__name__, builders.__name__))
        if inspect.isfunction(thing) and is_builder and name not in WRITERS:
            yield name, thing


BUILDERS = dict(_builders())


@pytest.mark.parametrize("name", sorted(BUILDERS.keys() - WITHOUT_WORDS))
def test_a_builder_of_a_figure_or_table_takes_the_language(name: str) -> None:
    parameters = inspect.signature(BUILDERS[name]).parameters
    assert parameters["language"].default == "en"
    assert get_type_hints(BUILDERS[name], _types(name))["language"] == Language


def _types(name: str) -> dict[str, Any]:
    """The names of a builder's annotations, those among them that only type checkers load."""
    held = vars(inspect.getmodule(BUILDERS[name]))
    return {**dict.fromkeys(("Axes", "Figure", "GeoDataFrame", "Map"), Any), **held}


@pytest.fixture(scope="module")
def panel() -> bd.Panel:
    return bd.load_panel()


def _drawn(panel: bd.Panel) -> dict[str, Callable[[], Any]]:
    """A figure of each kind in Chinese; labels, units and places that are the user's say "Given"."""
    zh: dict[str, Any] = {"language": "zh"}
    units = [f"甲{number}" for number in range(panel.n_units)]
    shapes = panel.geometry.geometry.set_axis(pd.Index(units))
    values = pd.Series(np.linspace(-1.0, 3.0, len(units)), index=units)
    values.iloc[0] = np.nan
    years = pd.DataFrame([values, values + 1], index=[2011, 2020])
    classes = pd.Series("HH", index=units)
    kinds = ["LL", "HL", "LH", "not significant", "no neighbours", np.nan]
    classes.iloc[: len(kinds)] = kinds
    queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    local = bd.LocalMoran("firms", permutations=99, seed=1, adjust="fdr").fit(panel, queen)
    fit = bd.SpatialDurbin("bev_density ~ tertiary_share").fit(panel, queen)
    labels = {"tertiary_share": "占比"}
    impacts = fit.impacts(draws=50, seed=1)
    first = np.where(np.arange(panel.n_units) < 10, 2015.0, np.nan)
    with_policy = panel.with_columns(policy_year=np.tile(first, (panel.n_periods, 1)))
    study = bd.EventStudy(bd.NonSpatial("bev_density ~ tertiary_share"), first="policy_year")
    study = study.fit(with_policy, seed=1)
    influence = replace(
        bd.influence(fit),
        without=pd.DataFrame({"rho": [0.1]}, index=pd.MultiIndex.from_tuples([("unit", "甲")])),
    )
    curve = pd.DataFrame(
        {
            "estimate": [0.3, 0.1],
            "conf_low": [0.1, -0.1],
            "conf_high": [0.5, 0.3],
            "控制": [True, None],
        }
    )
    shares = _Shares()
    flows = pd.DataFrame(
        [(units[0], units[1], 3.0), (units[1], units[2], 1.0)],
        columns=["origin", "destination", "value"],
    )
    compared = bd.compare_weights(
        [queen, bd.KNearest(4).fit(panel)],
        draws=9,
        seed=1,
    )
    compared = compared.frame.replace({"Queen": "甲", "4 nearest": "乙"})
    way = bd.centre_of_gravity(panel, "firms", points=("capital_lon", "capital_lat"))
    x, lag = np.array([1.0, 2.0, 4.0, 3.0]), np.array([2.0, 2.5, 3.0, 4.0])
    shock = fit.shock("tertiary_share", {"Hubei": 1.0})
    return {
        "choropleth": lambda: bd.choropleth(shapes, values, **zh),
        "choropleth_years": lambda: bd.choropleth_years(shapes, years, [2011, 2020], **zh),
        "cluster_map": lambda: bd.cluster_map(shapes, classes, **zh),
        "cluster_map_years": lambda: bd.cluster_map_years(panel.geometry, local, **zh),
        "connectivity_map": lambda: bd.connectivity_map(
            panel.geometry, bd.KNearest(4).fit(panel), **zh
        ),
        "network_map": lambda: bd.network_map(shapes, flows, top=1, **zh),
        "centre_map": lambda: bd.centre_map(panel.geometry, way, **zh),
        "spillover_map": lambda: bd.spillover_map(
            panel.geometry, shock, legend_title="Given", **zh
        ),
        "impacts_plot": lambda: bd.impacts_plot(impacts, labels=labels, **zh),
        "coefficient_plot": lambda: bd.coefficient_plot(fit, labels=labels, **zh),
        "event_plot": lambda: bd.event_plot(study, **zh),
        "sensitivity_plot": lambda: bd.sensitivity_plot(
            bd.sensitivity(fit, "tertiary_share"), labels=labels, **zh
        ),
        "share_plot": lambda: bd.share_plot(shares, **zh),
        "specification_curve": lambda: bd.specification_curve(curve, main=0, **zh),
        "convergence_plot": lambda: bd.convergence_plot(
            impacts, labels={"total tertiary_share": "占比"}, **zh
        ),
        "influence_plot": lambda: bd.influence_plot(influence, "rho", xlabel="系数", **zh),
        "picks_plot": lambda: bd.picks_plot(_Picks(), **zh),
        "draws_plot": lambda: bd.draws_plot(
            bd.resample(fit, "blocks", draws=19, seed=1), labels=labels, **zh
        ),
        "curve_test_plot": lambda: bd.curve_test_plot(_curve_test(), labels=labels, **zh),
        "comparison_plot": lambda: bd.comparison_plot(compared, **zh),
        "moran_scatter": lambda: bd.moran_scatter(x, lag, **zh),
        "moran_scatter_years": lambda: bd.moran_scatter_years(
            np.array([x, x]), np.array([lag, lag]), [2011, 2020], **zh
        ),
        "trend_plot": lambda: bd.trend_plot(
            pd.DataFrame({"甲": [1.0, 2.0]}, index=[2011, 2012]), ylabel="企业数"
        ),
    }


def _curve_test() -> bd.CurveTest:
    """Two specifications and three draws."""
    observed = pd.DataFrame({"estimate": [0.3, 0.1], "std_error": 0.1, "df_resid": np.nan})
    drawn = np.array([[0.1, -0.1], [0.2, 0.3], [-0.4, 0.1]])
    described = pd.DataFrame([{"model": "m", "outcome": "y"}])
    name = "tertiary_share"
    return bd.CurveTest(name, "total", 0.95, "unit", 1, observed, drawn, drawn**2, {}, described)


class _Shares:
    """Shares of two groups with intervals."""

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        frame = pd.DataFrame(
            {"term": ["甲", "乙"], "component": ["早", "早"], "estimate": [0.6, 0.4]}
        )
        frame = frame.assign(conf_low=0.1, conf_high=0.9)
        return frame.reindex(columns=list(bd.results.TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        return pd.DataFrame([{}])


class _Picks:
    """Two models, each picked where it is the truth."""

    def tidy(self) -> pd.DataFrame:
        models = ["NonSpatial", "SpatialLagX"]
        frame = pd.DataFrame({"term": models * 2, "component": np.repeat(models, 2)})
        frame["estimate"] = [1.0, 0.0, 0.0, 1.0]
        return frame.reindex(columns=list(bd.results.TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        return pd.DataFrame([{}])


@pytest.fixture(scope="module")
def drawn(panel: bd.Panel) -> dict[str, Callable[[], Any]]:
    return _drawn(panel)


FIGURES = [
    name for name, thing in BUILDERS.items() if thing.__module__.startswith(figures.__name__)
]


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "interactive_map"])
def test_a_chinese_figure_holds_no_english(name: str, drawn: dict[str, Callable[[], Any]]) -> None:
    made = drawn[name]()
    figure = made if isinstance(made, Figure) else made.figure
    texts = [text.get_text() for text in figure.findobj(Text) if text.get_visible()]
    words = {word for text in texts for word in re.findall("[A-Za-z]{2,}", text)}
    assert words - NAMES - GIVEN == set()
    chinese = [text for text in texts if re.search("[\u4e00-\u9fff]", text)]
    assert chinese
    for text in chinese:
        assert not re.search("[\u4e00-\u9fff][,;:.]|[,;:] ?[\u4e00-\u9fff]", text), text


def test_a_chinese_interactive_map_holds_no_english(panel: bd.Panel) -> None:
    pytest.importorskip("folium")
    units = [f"甲{number}" for number in range(panel.n_units)]
    shapes = panel.geometry.geometry.set_axis(pd.Index(units))
    values = pd.Series(np.linspace(-1.0, 3.0, len(units)), index=units)
    values.iloc[0] = np.nan
    page = bd.interactive_map(shapes, values, tiles="OpenStreetMap", language="zh")
    shown = page.get_root().render()
    for english in ("No data", "Loaded from", "the background", "Value", " to "):
        assert f">{english}" not in shown
        assert f'"{english}' not in shown
    assert "打开时从网络加载：Leaflet（来自cdn.jsdelivr.net）和背景图（OpenStreetMap）。" in shown
    assert f"{json.dumps('数值')}: {json.dumps('无数据')}" in shown


def test_a_language_that_is_not_there_is_refused_by_every_figure() -> None:
    for name in FIGURES:
        if name in WITHOUT_WORDS:
            continue
        positional = [
            parameter.name
            for parameter in inspect.signature(BUILDERS[name]).parameters.values()
            if parameter.default is parameter.empty
        ]
        with pytest.raises(bd.OptionError, match="language"):
            BUILDERS[name](*[None] * len(positional), language="fr")
