"""All faults of a study are named at once, those of one section too, and none for what follows from
another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bevdrivers.study import StudyError, check_study
from bevdrivers.study.request.config import parse_config
from bevdrivers.study.request.faults import SeveralFaults

from ..conftest import SMALL, document, edit


def places_of(error: StudyError) -> list[str]:
    """Section and key of each fault, in the order of the message."""
    faults = error.faults if isinstance(error, SeveralFaults) else (error,)
    return [str(fault.argument).removeprefix("s.toml: ") for fault in faults]


def places(sections: dict[str, Any]) -> list[str]:
    with pytest.raises(StudyError) as caught:
        parse_config(document(**sections), file="s.toml", folder=Path())
    return places_of(caught.value)


DATA = {"file": "data.csv", "unit": "place", "time": "year"}


@pytest.mark.parametrize(
    ("sections", "faults"),
    [
        (
            {"data": {"file": "a.txt", "balance": "x", "years": [2], "unti": "p", "time": "t"}},
            ["file", "years", "balance", "unti"],
        ),
        ({"data": {"balance": "x"}}, ["file", "balance"]),
        ({"data": {**DATA, "source": "bev", "sheet": 1}}, ["file", "sheet"]),
        ({"data": {**DATA, "files": {"x": "x.csv"}, "colour": 1}}, ["files", "colour"]),
        ({"data": {"source": "bev", "unit": "u", "sep": ";;"}}, ["sep", "unit"]),
        (
            {"data": {**DATA, "sep": ";;", "decimal": 1, "na_values": 2}},
            ["sep", "decimal", "na_values"],
        ),
        (
            {"model": {"main": "x", "compare": ["y"], "cov_type": "z", "bandwidth": -1, "oops": 1}},
            ["main", "formula", "compare", "cov_type", "bandwidth", "oops"],
        ),
        ({"moran": {"permutations": -1, "alternative": "x", "seed": "y"}}, None),
        ({"map": {"years": 2011, "label": "", "base": 1, "caption": 2}}, None),
        ({"impacts": {"draws": 1, "seed": -1, "at": 3}}, None),
        ({"spillover": {"unit": 1, "change": 0}}, ["unit", "term", "change"]),
        ({"calibration": {"replications": -1, "seed": -1, "path_replications": "x"}}, None),
        (
            {
                "robustness": {
                    "focus": "x",
                    "models": ["srm"],
                    "lags": [0],
                    "winsorise": [0.6],
                    "trim": [],
                    "leave_one_out": ["units"],
                    "cov_type": ["robust", "robusst"],
                    "options": {"other": 3},
                    "samples": {"none": {}},
                    "cross": 1,
                    "wieghts": ["a"],
                }
            },
            [
                "focus",
                "models",
                "lags",
                "cov_type",
                "options.other",
                "samples.none",
                "leave_one_out",
                "winsorise",
                "trim",
                "cross",
                "wieghts",
            ],
        ),
        (
            {"stages": {"split": "x", "names": ["a"], "drop": {"b": ["x"]}}},
            ["split", "names", "drop.b"],
        ),
        (
            {"stages": {"split": 2014, "ranges": {"a": [1, 2]}, "drop": {"a": 1}}},
            ["split", "drop.a"],
        ),
        ({"stages": {"ranges": {"a": [2, 1], "b": "x"}}}, ["ranges.a", "ranges.b"]),
        ({"labels": {"a": 1, "b": ""}}, None),
        ({"outputs": {"tables": ["x"], "figures": "y", "digits": -1}}, None),
        ({"package": {"authors": 1, "share_data": "no"}}, None),
        ({"study": {"title": 1, "seed": -1, "language": "fr"}}, ["seed", "language", "title"]),
    ],
)
def test_each_key_of_a_section_is_looked_at(
    sections: dict[str, Any], faults: list[str] | None
) -> None:
    section = next(iter(sections))
    expected = list(sections[section]) if faults is None else faults
    points = places(sections)
    assert sorted(points) == sorted(f"[{section}] {key}" for key in expected)


def test_the_options_of_weights() -> None:
    near = {"kind": "knearest", "k": 0, "points": "x", "power": 1, "normalise": "y", "islands": 3}
    both = {"kind": "nested", "geographic": {"kind": "exponential"}, "share": "z"}
    points = places(
        {"weights": {"near": near, "both": both, "far": {"kind": "nearest", "label": 2}}}
    )
    assert sorted(points) == sorted(
        [
            *(f"[weights.near] {key}" for key in ("k", "points", "power", "normalise", "islands")),
            "[weights.both.geographic] decay",
            "[weights.both] economic",
            "[weights.both] share",
            "[weights.far] label",
            "[weights.far] kind",
        ]
    )


def test_what_the_data_show(small: Path) -> None:
    text = SMALL.replace("k = 3", "k = 30").replace("[map]", "")
    small.write_text(
        text.replace('points = ["lon", "lat"]\n[model]', 'points = ["lon", "latitude"]\n[model]')
        + '[map]\nvariable = "outputs"\nyears = [1990]\n',
        encoding="utf-8",
    )
    with pytest.raises(SeveralFaults) as caught:
        check_study(small)
    faults = [position.removeprefix("study.toml: ") for position in places_of(caught.value)]
    assert faults == ["[weights.near] k", "[weights.far] points", "[map] variable", "[map] years"]


def test_units_years_and_files(small: Path) -> None:
    edit(small, 'time = "year"', 'time = "year"\nunits = ["A"]\nyears = [1990, 1991]')
    small.write_text(small.read_text() + '[map]\nbase = "no.geojson"\n', encoding="utf-8")
    with pytest.raises(SeveralFaults) as caught:
        check_study(small)
    faults = [position.removeprefix("study.toml: ") for position in places_of(caught.value)]
    assert faults == ["[map] base", "[data] units", "[data] years"]


def test_what_hangs_on_the_model(small: Path) -> None:
    edit(small, 'innovation = "Innovation & ideas"', 'a = "A"\nb = "B"')
    edit(small, "split = 2014", "split = 1990")
    small.write_text(small.read_text() + '[spillover]\nunit = "A"\nterm = "b"\n', encoding="utf-8")
    with pytest.raises(SeveralFaults) as caught:
        check_study(small)
    faults = [position.removeprefix("study.toml: ") for position in places_of(caught.value)]
    assert faults == [
        "[stages] split",
        "[spillover] unit",
        "[spillover] term",
        '[labels] "a"',
        '[labels] "b"',
    ]


def test_each_key_of_a_table_within_a_section_is_looked_at() -> None:
    section = {
        "options": {"errors": {"HAC": {"cutoff_km": -1, "oops": 1}}},
        "samples": {"late": {"years": [2], "yeers": 1, "groups": {"region": "east"}}},
    }
    assert sorted(places({"robustness": section})) == [
        "[robustness.options.errors.HAC] cutoff_km",
        "[robustness.options.errors.HAC] oops",
        "[robustness.samples.late.groups] region",
        "[robustness.samples.late] years",
        "[robustness.samples.late] yeers",
    ]
