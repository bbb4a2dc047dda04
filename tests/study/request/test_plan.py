"""Everything about the data is checked before anything is computed."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import bevdrivers as bd
from bevdrivers.models.interface import sample_of
from bevdrivers.study import StudyError, check_study
from bevdrivers.study.request.inputs import input_files
from bevdrivers.study.steps import steps
from bevdrivers.study.steps.shared_results import SharedResults

from ..conftest import edit


def save_map(frame: pd.DataFrame, path: Path, column: str = "place") -> None:
    """Squares of one degree on a grid of four, in the order of the places."""
    places = sorted(frame["place"].unique())
    squares = [box(100 + n % 4, 30 + n // 4, 101 + n % 4, 31 + n // 4) for n in range(len(places))]
    geopandas.GeoDataFrame({column: places}, geometry=squares, crs="EPSG:4326").to_file(path)


def test_a_study_without_a_map_leaves_the_maps_out(small: Path) -> None:
    plan = check_study(small)
    assert list(plan.weights) == ["near", "far"]
    assert plan.left_out == {"Maps": "the data have no map: give geometry in [data]"}
    assert [stage.title for stage in plan.stages] == ["Stage 1, 2011–2013", "Stage 2, 2014–2016"]
    assert "12 units" in plan.describe()


FAULTS = [
    (
        'file = "data.csv"',
        'file = "dato.csv"',
        r"study\.toml: \[data\] file: .*Did you mean 'data\.csv'",
    ),
    (
        'unit = "place"',
        'unit = "plase"',
        r"\[data\] unit: .*no column 'plase'.*Did you mean 'place'",
    ),
    ('time = "year"', 'time = "lon"', r"\[data\] file: expected whole years"),
    ("+ innovation", "+ inovation", r"\[model\] formula: .*Did you mean 'innovation'"),
    ("log(income)", "log(lon - 200)", r"\[model\] formula: expected values above 0"),
    ("+ innovation", "+ lon", r"\[model\] formula: .*no variation left in \['lon'\]"),
    ('["lon", "lat"]', '["lat", "lon"]', r"\[weights\.near\] points: .*Longitude comes first"),
    (
        '["lon", "lat"]',
        '["lonn", "lat"]',
        r"\[weights\.near\] points: .*no column 'lonn'\. Did you mean 'lon'",
    ),
    ("k = 5", "k = 12", r"\[weights\.far\] k: expected fewer than N = 12"),
    ("k = 5", 'k = 5\nlabel = "3 nearest"', r"\[weights\.near\] label: .*'3 nearest' twice"),
    (
        'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]',
        'kind = "queen"',
        r"\[weights\.far\] kind: expected a geom",
    ),
    (
        "split = 2014",
        "split = 2031",
        r"\[stages\] split: expected years of the sample, 2011 to 2016",
    ),
    ("split = 2014", "split = 2012", r"\[stages\] split \(Stage 1\): expected at least 2 periods"),
    (
        "split = 2014",
        'split = 2014\ndrop = { "Stage 1" = ["inovation"] }',
        r"drop\.Stage 1: .*Did you mean 'innov",
    ),
    ("innovation = ", "inovation = ", r'\[labels\] "inovation": .*Did you mean \'innovation\''),
    (
        'time = "year"',
        'time = "year"\nyears = [2001, 2010]',
        r"\[data\] years: .*2011 to 2016; got 2001 to 2010",
    ),
    (
        'time = "year"',
        'time = "year"\ndrop_units = ["X"]',
        r"\[data\] drop_units: .*unknown ones: \['X'\]",
    ),
    ('time = "year"', 'time = "year"\nsheet = "A"', r"\[data\] sheet"),
    ("[moran]", '[moran]\nvariable = "outputt"', r"\[moran\] variable"),
    (
        "[moran]",
        '[map]\nvariable = "outputt"\n[moran]',
        r"\[map\] variable: .*Did you mean 'output'",
    ),
    ("[moran]", "[map]\nyears = [1999]\n[moran]", r"\[map\] years: .*got 1999"),
    (
        "compare = ",
        'durbin = ["inovation"]\ncompare = ',
        r"\[model\] formula: .*regressors of the formula",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "message"), FAULTS, ids=[f"{new[-28:]}" for _, new, _ in FAULTS]
)
def test_what_does_not_fit_the_data_is_named_with_its_place(
    small: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        check_study(edit(small, old, new))


def test_a_missing_cell_is_left_out_named_or_balanced_away(
    small: Path, small_data: pd.DataFrame
) -> None:
    frame = small_data.assign(innovation=small_data["innovation"].mask(small_data.index == 0))
    frame.to_csv(small.with_name("data.csv"), index=False)
    assert "1 cells are missing" in check_study(small).left_out["Residuals"]
    models = 'compare = ["pooled", "sar", "sdm"]'
    edit(small, models, f'{models}\nmethod = "gmm"')
    with pytest.raises(
        StudyError, match=r"\[model\] formula: .*\('Place 01', 2011, 'innovation'\)"
    ):
        check_study(small)
    edit(small, '\nmethod = "gmm"', "")
    edit(small, 'time = "year"', 'time = "year"\nbalance = "units"')
    assert check_study(small).panel.n_units == 11


def test_categories_lags_and_spatial_lags_go_through(small: Path) -> None:
    edit(small, "+ innovation", "+ lag(innovation, 1) + W(innovation)")
    edit(small, 'compare = ["pooled", "sar", "sdm"]', 'compare = ["fe"]\nmain = "sar"')
    edit(small, "split = 2014", "split = 2014\ndrop = { 'Stage 1' = ['W(innovation)'] }")
    plan = check_study(small)
    assert plan.terms == ("Intercept", "log(income)", "lag(innovation, 1)", "W(innovation)")
    assert (
        sample_of(plan.stages[0].model, plan.stages[0].panel, plan.first_weights).names
        == plan.terms[1:3]
    )


def test_options_reach_the_estimators_as_far_as_they_apply(small: Path) -> None:
    lines = (
        'compare = ["pooled", "fe", "re", "sar", "sdm"]\nrandom_effects = "kkp"\ndurbin = '
        '["innovation"]'
    )
    plan = check_study(edit(small, 'compare = ["pooled", "sar", "sdm"]', lines))
    kinds = {
        name: (type(m).__name__, m.effects, m.random_effects, m.durbin)
        for name, m in plan.models.items()
    }
    assert kinds == {
        "pooled": ("NonSpatial", None, None, None),
        "fe": ("NonSpatial", "two-way", None, None),
        "re": ("NonSpatial", None, "kkp", None),
        "sar": ("SpatialLag", None, "kkp", None),
        "sdm": ("SpatialDurbin", None, "kkp", ("innovation",)),
    }
    assert plan.main == plan.models["sdm"]


@pytest.mark.parametrize("line", ['dynamic = "time"', 'method = "gmm"'])
def test_a_path_that_compares_likelihoods_of_static_models_is_left_out_for_others(
    small: Path, line: str
) -> None:
    edit(small, 'compare = ["pooled", "sar", "sdm"]', f'compare = ["fe", "sdm"]\n{line}')
    plan = check_study(edit(small, "split = 2014", ""))
    assert line.replace('"', "'") in plan.left_out["Selection path"]


def test_further_effects_leave_the_pooled_model_as_it_is(small: Path) -> None:
    edit(
        small,
        'compare = ["pooled", "sar", "sdm"]',
        'compare = ["pooled", "fe", "sdm"]\nabsorb = ["place[year]"]',
    )
    plan = check_study(edit(small, "split = 2014", ""))
    assert [model.absorb for model in plan.models.values()] == [
        None,
        ("place[year]",),
        ("place[year]",),
    ]
    assert "place[year]" in plan.describe()
    assert "unit and time effects only" in plan.left_out["Selection path"]


def test_options_that_do_not_go_together_are_refused_at_their_key(small: Path) -> None:
    with pytest.raises(
        StudyError, match=r"study\.toml: \[model\] random_effects: expected no fixed effects"
    ):
        check_study(
            edit(small, "compare = ", 'random_effects = "kkp"\nfixed_effects = "unit"\ncompare = ')
        )


def test_units_and_years_are_selected(small: Path) -> None:
    edit(small, 'time = "year"', 'time = "year"\ndrop_units = ["Place 01"]\nyears = [2012, 2016]')
    panel = check_study(small).panel
    assert (panel.n_units, panel.periods) == (11, (2012, 2013, 2014, 2015, 2016))


@pytest.mark.parametrize("suffix", ["geojson", "shp", "gpkg"])
def test_a_map_gives_contiguity_and_maps(
    small: Path, small_data: pd.DataFrame, suffix: str
) -> None:
    save_map(small_data, small.with_name(f"map.{suffix}"), column="name")
    edit(
        small, 'time = "year"', f'time = "year"\ngeometry = "map.{suffix}"\ngeometry_unit = "name"'
    )
    edit(small, 'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]', 'kind = "queen"')
    plan = check_study(small)
    assert plan.left_out == {}
    # a grid of 3 x 4 squares has 17 borders and 12 corners
    assert plan.weights["far"].links.nnz == 2 * (17 + 12)


def test_interactions_need_values_at_which_their_impacts_are_taken(small: Path) -> None:
    edit(
        edit(small, "log(income) + innovation", "log(income) * innovation"),
        "split = 2014",
        "split = 2015",
    )
    with pytest.raises(
        StudyError, match=r"\[impacts\] at: expected values.*Give at = \{\} under \[impacts\]"
    ):
        check_study(small)
    edit(small, "draws = 50", "draws = 50\nat = { innovation = 6.0 }")
    shared = SharedResults(check_study(small))
    assert (
        shared.impacts(shared.main)
        .glance()
        .equals(shared.main.impacts(50, 7, at={"innovation": 6.0}).glance())
    )
    assert list(shared.impacts(shared.main).terms) == ["log(income)", "innovation"]


SPILLOVER = '[spillover]\nunit = "Place 02"\nterm = "innovation"\n[moran]'


def test_a_spillover_and_a_base_map_are_drawn_with_the_studys_caption(
    small: Path, small_data: pd.DataFrame
) -> None:
    save_map(small_data, small.with_name("map.geojson"))
    save_map(small_data, small.with_name("base.geojson"), column="country")
    edit(small, 'time = "year"', 'time = "year"\ngeometry = "map.geojson"')
    edit(small, "[moran]", SPILLOVER)
    edit(
        small,
        "[spillover]",
        '[map]\nbase = "base.geojson"\ncaption = "Approval number 1"\n[spillover]',
    )
    plan = check_study(small)
    assert plan.left_out == {}
    assert plan.base is not None
    shared = SharedResults(plan)
    (piece,) = steps.spillover_step(shared)
    assert piece.content.get_xlabel() == "Approval number 1"
    shock = shared.main.shock("innovation", {"Place 02": 1.0}).frame["estimate"]
    assert f"{shock['Place 02']:.3g} in Place 02 itself" in piece.alt
    assert "Place 02" not in piece.alt.partition("the other units")[2]
    assert "base.geojson" in input_files(plan.config)


def test_a_spillover_that_cannot_be_is_refused_or_left_out(small: Path) -> None:
    edit(small, "[moran]", SPILLOVER)
    assert check_study(small).left_out["Spillover map"].startswith("the data have no map")
    edit(small, '"Place 02"', '"Place 2"')
    with pytest.raises(
        StudyError, match=r"\[spillover\] unit: expected a unit of the panel.*Did you mean 'Place "
    ):
        check_study(small)
    edit(edit(small, '"Place 2"', '"Place 02"'), 'term = "innovation"', 'term = "inovation"')
    with pytest.raises(StudyError, match=r"\[spillover\] term: .*Did you mean 'innovation'"):
        check_study(small)
    edit(
        edit(small, 'term = "inovation"', 'term = "innovation"'),
        "compare = ",
        'main = "sem"\ncompare = ',
    )
    with pytest.raises(StudyError, match="in which nothing spills over"):
        check_study(small)


def test_a_map_without_the_units_column_is_refused(small: Path, small_data: pd.DataFrame) -> None:
    save_map(small_data, small.with_name("map.geojson"), column="Place")
    edit(small, 'time = "year"', 'time = "year"\ngeometry = "map.geojson"')
    with pytest.raises(
        StudyError, match=r"geometry_unit: .*Did you mean 'Place'.*Set geometry_unit"
    ):
        check_study(small)


@pytest.mark.parametrize("form", ["square", "long"])
def test_weights_from_a_file_match_by_id(small: Path, form: str) -> None:
    near = check_study(small).weights["near"]
    path = small.with_name("W.csv")
    if form == "long":
        near.to_csv(path)
    else:
        table = pd.DataFrame(near.dense, index=list(near.ids), columns=list(near.ids))
        table.sample(frac=1, random_state=1).to_csv(path)  # rows in another order than columns
    edit(
        small, 'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]', 'kind = "file"\nfile = "W.csv"'
    )
    read = check_study(small).weights["far"]
    assert read.name == "W"
    assert abs(read.dense - near.dense).max() < 1e-15


def test_a_weights_file_that_does_not_fit_is_refused(small: Path) -> None:
    edit(
        small, 'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]', 'kind = "file"\nfile = "W.csv"'
    )
    path = small.with_name("W.csv")
    path.write_text("id,a,b\na,0,1\nc,1,0\n")
    with pytest.raises(StudyError, match=r"\[weights\.far\] file: .*whose ids differ"):
        check_study(small)
    path.write_text("id,a,b\na,0,1\nb,1,0\n")
    with pytest.raises(StudyError, match=r"\[weights\.far\] file: expected a row for every unit"):
        check_study(small)


@pytest.mark.parametrize("form", ["xlsx", "gwt", "gal", "mat", "dta"])
def test_weights_files_of_all_formats(small: Path, form: str) -> None:
    near = check_study(small).weights["near"]
    path = small.with_name(f"W.{form}")
    coo = near.sparse.tocoo()
    names = [str(name).replace(" ", "_") for name in near.ids]
    links = pd.DataFrame(
        {"a": [names[i] for i in coo.row], "b": [names[j] for j in coo.col], "w": coo.data}
    )
    if form == "xlsx":
        links.to_excel(path, index=False)
    elif form == "dta":
        links.to_stata(path, write_index=False)
    elif form == "gwt":
        rows = links.to_csv(sep=" ", index=False, header=False)
        path.write_text(f"0 {len(names)} W id\n{rows}")
    else:
        getattr(near, f"to_{form}")(path)
    edit(
        small,
        'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]',
        f'kind = "file"\nfile = "{path.name}"',
    )
    read = check_study(small).weights["far"]
    np.testing.assert_allclose(read.dense, near.dense, rtol=1e-12)


BAD_WEIGHTS = {
    "a decimal comma": ("W.csv", b"a;b;w\nx;y;0,5\ny;x;1\n", "numbers with a decimal point"),
    "a repeated pair": ("W.csv", b"focal,neighbor,weight\nx,y,1\nx,y,2\n", "each pair once"),
    "UTF-16": ("W.csv", "x,y,1\ny,x,1\n".encode("utf-16"), "begin as utf-16"),
    "an empty file": ("W.csv", b"", "an empty file"),
    "a workbook that is none": ("W.xlsx", b"no workbook", "xlsx"),
    "no ids": ("W.txt", b"2\n0 1\n1 0\n", "ids of the rows"),
    "another ending": ("W.doc", b"x", "one of the endings"),
    "a negative weight": ("W.csv", b"x,y,-1\ny,x,1\n", "weights of zero or more"),
}


@pytest.mark.parametrize("name", list(BAD_WEIGHTS))
def test_a_weights_file_at_fault_is_told_in_words_of_study_files(small: Path, name: str) -> None:
    file, content, says = BAD_WEIGHTS[name]
    small.with_name(file).write_bytes(content)
    edit(
        small,
        'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]',
        f'kind = "file"\nfile = "{file}"',
    )
    with pytest.raises(StudyError) as refusal:
        check_study(small)
    message = str(refusal.value)
    assert "[weights.far] file:" in message
    assert says in message
    assert "FromFile(" not in message
    assert "from_matrix" not in message
    assert "ids=" not in message


def test_places_that_coincide_are_told_in_words_of_study_files(
    small: Path, small_data: pd.DataFrame
) -> None:
    data = small_data.copy()
    units = data.iloc[:, 0]
    data.loc[units.isin(units.unique()[:2]), ["lon", "lat"]] = 25.0
    data.to_csv(small.with_name("data.csv"), index=False)
    near = 'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]'
    far = 'kind = "inverse-distance"\npoints = ["lon", "lat"]'
    edit(small, near, far)
    with pytest.raises(StudyError, match=r"\[weights\.far\] points: .*least_km = 1"):
        check_study(small)
    edit(small, far, far + "\nleast_km = 1")
    assert "1 pairs nearer than 1 km" in check_study(small).weights["far"].notes[0]


def test_other_file_formats_of_data(small: Path, small_data: pd.DataFrame) -> None:
    small_data.to_excel(small.with_name("data.xlsx"), index=False, sheet_name="Panel")
    small_data.to_stata(small.with_name("data.dta"), write_index=False)
    edit(small, '"data.csv"', '"data.xlsx"\nsheet = "Panel"')
    assert check_study(small).panel.n_units == 12
    edit(small, '"data.xlsx"\nsheet = "Panel"', '"data.dta"')
    assert check_study(small).panel.n_units == 12
    small.with_name("data.dta").write_text("no Stata file")
    with pytest.raises(StudyError, match=r"\[data\] file: expected a file that can be read as dta"):
        check_study(small)


def test_thirty_provinces_of_ones_own_on_the_bundled_map(tmp_path: Path) -> None:
    frame = bd.load_panel().frame[["province", "year", "bev_density", "gdp_pc", "inventions"]]
    names = bd.load_provinces().set_index("province")["name_zh"]
    own = frame[frame["province"] != "Tibet"].assign(province=lambda f: f["province"].map(names))
    own.to_csv(tmp_path / "own.csv", index=False, encoding="gb18030")
    (tmp_path / "study.toml").write_text(
        '[data]\nfile = "own.csv"\nunit = "province"\ntime = "year"\ngeometry = "china-provinces"\n'
        '[weights.queen]\nkind = "queen"\nislands = { Hainan = ["Guangdong"] }\n'
        '[model]\nformula = "log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)"\n'
    )
    plan = check_study(tmp_path / "study.toml")
    assert plan.panel.n_units == 30
    assert plan.left_out == {}
    assert "Hainan joined to Guangdong" in plan.first_weights.islands


def test_an_island_is_mended_in_the_words_of_the_study_file(small: Path) -> None:
    edit(
        small, '[data]\nfile = "data.csv"\nunit = "place"\ntime = "year"', '[data]\nsource = "bev"'
    )
    edit(small, "log(output) ~ log(income) + innovation", "log1p(bev_density) ~ log1p(inventions)")
    edit(small, 'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]', 'kind = "queen"')
    edit(small, '["lon", "lat"]', '["capital_lon", "capital_lat"]')
    with pytest.raises(
        StudyError, match=r"\[weights\.far\] islands: .*\['Hainan'\]\. Join them: islands = \{"
    ):
        check_study(small)
