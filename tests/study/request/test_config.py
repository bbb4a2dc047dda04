"""The study file: every key read, every fault named with its place."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bevdrivers.models.estimator import Estimator
from bevdrivers.study import StudyError, bundled_study, load_config
from bevdrivers.study.request.analysis_sections import (
    MODEL_CHOICES,
    MODEL_FLAGS,
    MODEL_LISTS,
    MODEL_NUMBERS,
)
from bevdrivers.study.request.config import parse_config
from bevdrivers.study.request.reading_options import FILES as READING
from bevdrivers.study.request.records import (
    CalibrationConfig,
    DataConfig,
    ImpactsConfig,
    MapConfig,
    ModelConfig,
    MoranConfig,
    OutputConfig,
    PackageConfig,
    RobustnessConfig,
    SampleConfig,
    SpilloverConfig,
    WeightsConfig,
)

from ..conftest import document

ESTIMATOR_OPTIONS = {field.name for field in dataclasses.fields(Estimator)} - {"formula"}


def parse(**sections: Any) -> Any:
    return parse_config(document(**sections), file="s.toml", folder=Path())


def near(**keys: Any) -> dict[str, Any]:
    return {"near": {"kind": "knearest", **keys}}


def test_defaults_are_filled_in() -> None:
    config = parse()
    assert config.model == ModelConfig("y ~ x", "sdm", ("pooled", "sar", "sem", "sdm"), ())
    assert config.weights[0] == WeightsConfig(
        "near", "knearest", None, (("k", 4), ("points", "centroid")), "raise", "row"
    )
    assert (config.moran.seed, config.impacts.seed, config.stages) == (1, 1, ())


def test_the_seed_of_the_study_serves_all_sections_that_have_none() -> None:
    config = parse(study={"seed": 5}, moran={"seed": 6})
    assert (config.moran.seed, config.impacts.seed) == (6, 5)


def test_a_study_file_takes_every_option_of_the_estimators() -> None:
    assert {*MODEL_CHOICES, *MODEL_LISTS, *MODEL_NUMBERS, *MODEL_FLAGS} == ESTIMATOR_OPTIONS


def test_options_of_the_estimators_are_read_as_the_estimators_take_them() -> None:
    model = {
        "formula": "y ~ x",
        "fixed_effects": "none",
        "durbin": ["x"],
        "cutoff_km": 800,
        "mundlak": False,
    }
    options = parse(model=model).model.options
    assert options == (
        ("fixed_effects", None),
        ("durbin", ("x",)),
        ("cutoff_km", 800.0),
        ("mundlak", False),
    )


def test_weights_keep_their_order() -> None:
    config = parse(weights={"z": {"kind": "queen"}, "a": {"kind": "rook"}})
    assert [one.name for one in config.weights] == ["z", "a"]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"modle": {}}, r"s\.toml: \[modle\].*Did you mean 'model'\?"),
    (
        {"model": {"formula": "y ~ x", "fixed_efects": "unit"}},
        r"\[model\] fixed_efects.*Did you mean 'fixed_effects'",
    ),
    ({"model": {}}, r"\[model\] formula: .*got no such key.*Add formula"),
    (
        {"model": {"formula": "y ~ x", "fixed_effects": "twoway"}},
        r"one of \[.auto.*got 'twoway'.*mean 'two-way'",
    ),
    ({"model": {"formula": 3}}, r"\[model\] formula: expected a text in quotes; got 3"),
    (
        {"model": {"formula": "y ~ x", "compare": ["sar", "sdn"]}},
        r"compare.*got 'sdn'.*Did you mean 'sdm'",
    ),
    ({"model": {"formula": "y ~ x", "main": "pooled"}}, r"\[model\] main"),
    ({"model": {"formula": "y ~ x", "durbin": []}}, r"durbin: expected a list of different texts"),
    (
        {"data": {"unit": "place", "time": "year"}},
        r"\[data\] file: expected either file or source; got neither",
    ),
    (
        {"data": {"source": "bev", "unit": "x"}},
        r'\[data\] unit: expected no such key with source = "bev"',
    ),
    ({"data": {"source": "nbs"}}, r"\[data\] source: expected one of \['bev'\]"),
    (
        {"data": {"file": "a.sav", "unit": "u", "time": "t"}},
        r"\[data\] file: expected a name that ends in one of",
    ),
    (
        {"data": {"file": "a.csv", "time": "t"}},
        r"\[data\] unit: expected the column that names the units",
    ),
    (
        {"data": {"file": "a.csv", "unit": "u", "time": "t", "years": [2020, 2011]}},
        r"\[data\] years",
    ),
    (
        {"data": {"file": "a.csv", "unit": "u", "time": "t", "years": [2011, True]}},
        r"\[data\] years",
    ),
    ({"weights": {}}, r"at least one \[weights\.<name>\]; got none"),
    ({"weights": {"near": 3}}, r"\[weights\.near\]: expected a table"),
    ({"weights": {"near": {}}}, r"\[weights\.near\] kind"),
    ({"weights": near(k=0)}, r"\[weights\.near\] k: expected a whole number, 1 or more; got 0"),
    ({"weights": near(k=True)}, r"\[weights\.near\] k"),
    (
        {"weights": near(power=2)},
        r"\[weights\.near\] power: expected no such key for kind = \"knearest\"",
    ),
    ({"weights": near(points=["lon"])}, r"\[weights\.near\] points"),
    ({"weights": near(islands={"Hainan": []})}, r"\[weights\.near\] islands"),
    ({"weights": near(islands="nearst")}, r"islands.*Did you mean 'nearest'"),
    (
        {"weights": {"w": {"kind": "file"}}},
        r"\[weights\.w\] file: expected a file with the weights",
    ),
    (
        {"weights": {"d": {"kind": "inverse-distance", "cutoff_km": -1}}},
        r"cutoff_km: expected a number above 0",
    ),
    (
        {"stages": {"split": 2016, "ranges": {"a": [1, 2]}}},
        r"\[stages\] split: expected either split or ranges",
    ),
    ({"stages": {"split": 2016, "names": ["one"]}}, r"\[stages\] names: expected two names"),
    ({"stages": {"ranges": {"a": [2016]}}}, r"\[stages\] ranges\.a"),
    (
        {"stages": {"split": 2016, "drop": {"Stage 3": ["x"]}}},
        r"drop\.Stage 3.*Did you mean 'Stage",
    ),
    ({"map": {"years": []}}, r"\[map\] years"),
    ({"moran": {"permutations": -1}}, r"\[moran\] permutations"),
    ({"outputs": {"tables": ["pdf"]}}, r"\[outputs\] tables.*got 'pdf'"),
    (
        {"spillover": {"unit": "a"}},
        r"\[spillover\] term: expected the regressor that changes.*Add term",
    ),
    (
        {"spillover": {"unit": "a", "term": "x", "change": "much"}},
        r"\[spillover\] change: expected a number",
    ),
    ({"labels": {"x": ""}}, r"\[labels\] x: expected a text that is not empty"),
]


@pytest.mark.parametrize(
    ("sections", "message"), FAULTS, ids=[message[:40] for _, message in FAULTS]
)
def test_a_fault_is_named_with_its_place(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        parse(**sections)


def test_formats_of_tables_that_need_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bevdrivers.study.request.output_sections.find_spec", lambda name: name)
    assert parse(outputs={"tables": ["xlsx", "docx", "json"]}).outputs.tables == (
        "xlsx",
        "docx",
        "json",
    )
    monkeypatch.setattr("bevdrivers.study.request.output_sections.find_spec", lambda name: None)
    with pytest.raises(
        StudyError, match=r"tables: expected the package python-docx for docx files.*pip install"
    ):
        parse(outputs={"tables": ["md", "docx"]})


def test_a_file_that_is_not_there_or_no_toml(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="bevdrivers init"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("formula = y ~ x")
    with pytest.raises(StudyError, match="line 1"):
        load_config(tmp_path / "bad.toml")
    (tmp_path / "latin.toml").write_bytes("# é".encode("latin-1"))
    with pytest.raises(StudyError, match="UTF-8"):
        load_config(tmp_path / "latin.toml")


def test_the_resolved_study_holds_no_machine_path() -> None:
    assert str(bundled_study().parent) not in str(load_config(bundled_study()).as_dict())


def test_the_template_explains_every_key() -> None:
    text = (files("bevdrivers.study") / "template.toml").read_text(encoding="utf-8")
    rooms = (
        DataConfig,
        WeightsConfig,
        ModelConfig,
        MoranConfig,
        MapConfig,
        ImpactsConfig,
        CalibrationConfig,
    )
    rooms += (SpilloverConfig, OutputConfig, PackageConfig, RobustnessConfig)
    keys = {field.name for room in rooms for field in dataclasses.fields(room)} - {
        "name",
        "source",
        "options",
        "reading",
    }
    keys |= set(READING)
    for key in (keys, ESTIMATOR_OPTIONS, {"title", "split", "names", "ranges", "drop"}):
        assert {name for name in key if not re.search(rf"^(# )?{name} = ", text, re.M)} == set()
    # the keys of a sample stand in a line of their own
    assert {field.name for field in dataclasses.fields(SampleConfig)} - {"name"} == {
        name
        for name in ("units", "drop_units", "years", "drop_years", "groups", "drop_groups")
        if re.search(rf"^ *#.*\b{name}\b", text.partition("# [robustness]")[2], re.M)
    }
    assert tomllib.loads(text)
