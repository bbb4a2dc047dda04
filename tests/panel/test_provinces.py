"""Names of provinces in every form they come in, and no guess where two are possible."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.panel.provinces import PROVINCES


@pytest.mark.parametrize("field", ["name", "short", "full", "code"])
def test_every_official_form(field: str) -> None:
    written = [getattr(province, field) for province in PROVINCES]
    assert bd.standardise_provinces(written) == [province.name for province in PROVINCES]


@pytest.mark.parametrize(
    "form", [int, float, str, np.int64, lambda code: f"{code}.0", lambda code: f" {code} "]
)
def test_six_digit_codes(form: object) -> None:
    written = [form(int(province.code) * 10_000) for province in PROVINCES]  # type: ignore[operator]
    assert bd.standardise_provinces(written) == [province.name for province in PROVINCES]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Xizang", "Tibet"),
        ("Tibet Autonomous Region", "Tibet"),
        ("Nei Mongol", "Inner Mongolia"),
        ("Neimenggu", "Inner Mongolia"),
        ("InnerMongolia", "Inner Mongolia"),
        ("inner mongolia", "Inner Mongolia"),
        ("Guangxi Zhuang", "Guangxi"),
        ("Guangxi Zhuang Autonomous Region", "Guangxi"),
        ("Ningxia Hui", "Ningxia"),
        ("Xinjiang Uygur", "Xinjiang"),
        ("Xinjiang Uyghur Autonomous Region", "Xinjiang"),
        ("Hebei Province", "Hebei"),
        ("Hebei Sheng", "Hebei"),
        ("Beijing Municipality", "Beijing"),
        ("Beijing Shi", "Beijing"),
        ("SHANGHAI", "Shanghai"),
        ("Hei Long Jiang", "Heilongjiang"),
        ("Anhui", "Anhui"),
        ("Shanxi Province", "Shanxi"),
        ("Shaanxi Province", "Shaanxi"),
        ("陕西", "Shaanxi"),
        ("山西", "Shanxi"),
        (61, "Shaanxi"),
        (14.0, "Shanxi"),
    ],
)
def test_common_variants(written: object, name: str) -> None:
    assert bd.standardise_provinces([written]) == [name]


def test_a_series_comes_back_in_its_order() -> None:
    assert bd.standardise_provinces(pd.Series(["西藏", "西藏", "北京市"], index=[5, 3, 1])) == [
        "Tibet",
        "Tibet",
        "Beijing",
    ]


def test_unknown_names_are_listed_with_the_nearest() -> None:
    with pytest.raises(bd.DataError) as caught:
        bd.standardise_provinces(
            ["Beijing", "Guangdon", "Guangdon", "Shannxi", "黑龙将", "Bavaria", 110100, "Hong Kong"]
        )
    message = str(caught.value)
    assert "6 unknown: ['Guangdon', 'Shannxi', '黑龙将', 'Bavaria', 110100, ... 1 more]" in message
    assert "'Guangdon': 'Guangdong'" in message
    assert "'Shannxi': 'Shanxi' (山西) or 'Shaanxi' (陕西)" in message
    assert "'黑龙将': 'Heilongjiang'" in message
    assert "'Bavaria': nothing near" in message


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, "", "Province"])
def test_an_empty_name_is_unknown(nothing: object) -> None:
    with pytest.raises(bd.DataError, match="1 unknown"):
        bd.standardise_provinces([nothing])
