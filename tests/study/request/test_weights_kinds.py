"""Every kind of weights of a study file is the recipe of Python with the same options."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.study import StudyError, check_study
from bevdrivers.study.request.inputs import input_files
from bevdrivers.study.request.weights_kinds import KINDS

from ..conftest import edit
from .test_plan import save_map

POINTS = 'points = ["lon", "lat"]\n'
AT = ("lon", "lat")
BY_GAP = '{ kind = "economic", column = "income" }'
CASES = {
    "queen": ("tolerance_km = 0.5", bd.Queen(tolerance_km=0.5)),
    "rook": ("min_border_km = 60", bd.Rook(min_border_km=60.0)),
    "higher-order": (
        'base = { kind = "rook", tolerance_km = 0.1 }\nlower = true',
        bd.HigherOrder(bd.Rook(tolerance_km=0.1), lower=True),
    ),
    "knearest": (f"{POINTS}k = 2", bd.KNearest(2, points=AT)),
    "distance-band": (f"{POINTS}threshold_km = 150", bd.DistanceBand(150.0, points=AT)),
    "inverse-distance": (
        f'{POINTS}power = 2\nnormalise = "spectral"',
        bd.InverseDistance(2.0, points=AT, normalise="spectral"),
    ),
    "exponential": (f"{POINTS}decay = 0.01", bd.Exponential(0.01, points=AT)),
    "kernel": (
        f'{POINTS}k = 3\nkernel = "gaussian"\nadaptive = false',
        bd.Kernel(3, "gaussian", adaptive=False, points=AT),
    ),
    "economic": (
        'column = "income"\nperiod = "pre-sample"\nyears = [2011]',
        bd.EconomicDistance("income", "pre-sample", [2011]),
    ),
    "economic-geographic": (
        f'geographic = {{ kind = "knearest", {POINTS.strip()} }}\ncolumn = "income"\n'
        'relative_to = "own"',
        bd.EconomicGeographic(bd.KNearest(points=AT), "income", relative_to="own"),
    ),
    "nested": (
        f'geographic = {{ kind = "queen" }}\neconomic = {BY_GAP}\nshare = 0.7',
        bd.Nested(bd.Queen(), bd.EconomicDistance("income"), share=0.7),
    ),
    "blocks": ('region = "side"', bd.Blocks("side")),
}


@pytest.fixture
def mapped(small: Path, small_data: pd.DataFrame) -> Path:
    """The small study with a map, and with a side of the map as a column."""
    places = sorted(small_data["place"].unique())
    sides = {
        position: "left" if number % 4 < 2 else "right" for number, position in enumerate(places)
    }
    data = small_data.assign(side=small_data["place"].map(sides))
    data.to_csv(small.with_name("data.csv"), index=False)
    save_map(small_data, small.with_name("map.geojson"))
    edit(small, 'time = "year"', 'time = "year"\ngeometry = "map.geojson"')
    # weights of rows that do not sum to one are none for time effects
    edit(small, "[model]", '[model]\nfixed_effects = "unit"')
    return small


def with_kind(study: Path, kind: str, keys: str) -> Path:
    old = 'kind = "knearest"\nk = 5\npoints = ["lon", "lat"]'
    edit(study, old, f'kind = "{kind}"\n{keys}')
    return study


@pytest.mark.parametrize("kind", CASES)
def test_a_kind_is_the_recipe_of_python(kind: str, mapped: Path) -> None:
    keys, recipe = CASES[kind]
    plan = check_study(with_kind(mapped, kind, keys))
    expected = recipe.fit(plan.panel)
    made = plan.weights["far"]
    np.testing.assert_array_equal(made.dense, expected.dense)
    assert (made.name, made.notes) == (expected.name, expected.notes)


def test_all_recipes_of_python_are_kinds() -> None:
    recipes = {kind.recipe.__name__ for kind in KINDS.values()}
    assert recipes == {
        name for name in vars(bd.weights)["__all__"] if hasattr(getattr(bd, name), "fit")
    }
    assert {*CASES, "flows", "file"} == {*KINDS}


def test_flows_of_a_file_are_read_and_hashed_as_an_input(mapped: Path) -> None:
    rows = [("Place 01", "Place 02", 3.0), ("Place 02", "Place 03", 1.0)]
    frame = pd.DataFrame(rows, columns=["seat", "branch", "n"])
    frame.to_csv(mapped.with_name("flows.csv"), index=False)
    keys = (
        'file = "flows.csv"\norigin = "seat"\ndestination = "branch"\nflow = "n"\n'
        'rows = "both"\nislands = "keep"'
    )
    plan = check_study(with_kind(mapped, "flows", keys))
    expected = bd.FromFlows(frame, "seat", "branch", "n", "both", islands="keep")
    np.testing.assert_array_equal(plan.weights["far"].dense, expected.fit(plan.panel).dense)
    assert "flows.csv" in input_files(plan.config)


REFUSED = [
    ("exponential", POINTS, r"\[weights\.far\] decay: expected a number above 0; got no such key"),
    ("economic", 'column = "incom"', r"\[weights\.far\] column: .*incom"),
    ("economic", 'column = "income"\nperiod = "before"', r"period: expected one of"),
    (
        "economic",
        'column = "income"\nperiod = "pre-sample"',
        r"\[weights\.far\] years: .* Write for instance years = \[2006",
    ),
    ("nested", f"economic = {BY_GAP}", r"\[weights\.far\] geographic: expected a table of weights"),
    (
        "nested",
        f'geographic = {{ kind = "queen", k = 3 }}\neconomic = {BY_GAP}',
        r"\[weights\.far\.geographic\] k: expected no such key",
    ),
    (
        "nested",
        f'geographic = {{ kind = "queen" }}\neconomic = {BY_GAP}\nshare = 1.5',
        r"\[weights\.far\] share: expected a number between 0 and 1",
    ),
    ("distance-band", f"{POINTS}threshold_km = -1", r"threshold_km: expected a number above 0"),
    ("distance-band", f'{POINTS}threshold_km = "small"', r"\[weights\.far\] threshold_km"),
    ("blocks", 'region = "sid"', r"\[weights\.far\] region: .*sid"),
    ("flows", 'file = "no.csv"\norigin = "a"\ndestination = "b"', r"file: expected a file"),
    (
        "flows",
        'file = "data.csv"\norigin = "place"\ndestination = "plac"',
        r"\[weights\.far\] destination: expected a column of the flows.*Did you mean 'place'\?",
    ),
    (
        "flows",
        'file = "data.csv"\norigin = "place"\ndestination = "place"\nflow = "place"',
        r"\[weights\.far\] file: expected numbers in column 'place'",
    ),
    (
        "economic",
        'column = "place"',
        r"\[weights\.far\] column: expected a column of numbers.*Name a column of numbers",
    ),
]


@pytest.mark.parametrize(("kind", "keys", "message"), REFUSED)
def test_what_cannot_be_is_refused_at_its_key(
    kind: str, keys: str, message: str, mapped: Path
) -> None:
    with pytest.raises(StudyError, match=message):
        check_study(with_kind(mapped, kind, keys))
