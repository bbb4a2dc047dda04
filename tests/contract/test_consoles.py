"""What a newcomer sees first: what objects show in a console, and what a wrong argument answers."""

from __future__ import annotations

import pytest

import bevdrivers as bd
from bevdrivers.errors import DataError, WeightsError

FORMULA = "log1p(bev_density) ~ log(gdp_pc) + tertiary_share"


@pytest.fixture(scope="module")
def panel():
    return bd.load_panel()


@pytest.fixture(scope="module")
def shown(panel):
    queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    fit = bd.SAR(FORMULA).fit(panel, queen)
    tests = bd.lm_tests(fit)
    return {
        "test": fit.wald_test("tertiary_share = 0"),
        "tests": tests,
        "table": bd.regression_table([fit]),
        "weights": bd.compare_weights([queen, bd.KNearest(4).fit(panel)]),
    }


@pytest.mark.parametrize("name", ["test", "tests", "table", "weights"])
def test_a_console_shows_what_print_shows(shown, name):
    assert repr(shown[name]) == str(shown[name])
    assert type(shown[name]).__name__ + "(" not in repr(shown[name])


@pytest.mark.parametrize(
    "request_",
    [bd.Moran("gdp_pc", seed=1), bd.LocalMoran("gdp_pc", seed=1), bd.SAR(FORMULA)],
)
def test_a_recipe_in_place_of_weights_is_fitted(panel, request_):
    recipe = bd.Queen(islands={"Hainan": ["Guangdong"]})
    by_recipe = request_.fit(panel, recipe).tidy()
    assert by_recipe.equals(request_.fit(panel, recipe.fit(panel)).tidy())


@pytest.mark.parametrize("request_", [bd.Moran("gdp_pc"), bd.LocalMoran("gdp_pc"), bd.SAR(FORMULA)])
def test_what_is_no_weights_is_told_what_is(panel, request_):
    with pytest.raises(WeightsError, match=r"got none\. Pass them beside the panel"):
        request_.fit(panel)
    with pytest.raises(WeightsError, match=r"got Queen\. Call it: Queen\(\.\.\.\)"):
        request_.fit(panel, bd.Queen)
    with pytest.raises(WeightsError, match=r"got ndarray.*from_matrix\(matrix, ids="):
        request_.fit(panel, panel["gdp_pc"])


def test_a_panel_in_place_of_options_is_told_where_it_goes(panel):
    for recipe in (bd.Queen, bd.KNearest, bd.EconomicDistance):
        with pytest.raises(bd.OptionError, match=r"got a Panel\. Make .*\.fit\(panel\)"):
            recipe(panel)
    with pytest.raises(bd.OptionError, match=r"got a GeoDataFrame\. Make .*\.fit\(geometry\)"):
        bd.Rook(panel.geometry)


def test_a_model_without_weights_says_where_they_go(panel):
    with pytest.raises(
        WeightsError, match=r"weights: .*SpatialLag; got none\. .*fit\(panel, weights\)"
    ):
        bd.SAR(FORMULA).fit(panel)


def test_a_map_that_is_none_is_told_how_to_read_one(panel):
    frame = panel.frame.reset_index()
    with pytest.raises(DataError, match=r"got dict\..*geopandas\.read_file"):
        bd.Panel.from_frame(frame, unit="province", time="year", geometry={})
    with pytest.raises(DataError, match=r"map\.gpkg: expected a file of this machine"):
        bd.Panel.from_frame(frame, unit="province", time="year", geometry="map.gpkg")
