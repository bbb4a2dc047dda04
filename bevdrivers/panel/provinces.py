"""The 31 provinces of mainland China and the ways in which their names are written."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from difflib import get_close_matches
from typing import NamedTuple

import pandas as pd

from ..errors import DataError, first_five
from ..ids import id_key


class Province(NamedTuple):
    """One province: code (first two digits of GB/T 2260), English name, Chinese short and full
    name, region.

    `region` is one of the four of the National Bureau of Statistics: east, central, west,
    northeast.
    """

    code: str
    name: str
    short: str
    full: str
    region: str


PROVINCES = (
    Province("11", "Beijing", "北京", "北京市", "east"),
    Province("12", "Tianjin", "天津", "天津市", "east"),
    Province("13", "Hebei", "河北", "河北省", "east"),
    Province("14", "Shanxi", "山西", "山西省", "central"),
    Province("15", "Inner Mongolia", "内蒙古", "内蒙古自治区", "west"),
    Province("21", "Liaoning", "辽宁", "辽宁省", "northeast"),
    Province("22", "Jilin", "吉林", "吉林省", "northeast"),
    Province("23", "Heilongjiang", "黑龙江", "黑龙江省", "northeast"),
    Province("31", "Shanghai", "上海", "上海市", "east"),
    Province("32", "Jiangsu", "江苏", "江苏省", "east"),
    Province("33", "Zhejiang", "浙江", "浙江省", "east"),
    Province("34", "Anhui", "安徽", "安徽省", "central"),
    Province("35", "Fujian", "福建", "福建省", "east"),
    Province("36", "Jiangxi", "江西", "江西省", "central"),
    Province("37", "Shandong", "山东", "山东省", "east"),
    Province("41", "Henan", "河南", "河南省", "central"),
    Province("42", "Hubei", "湖北", "湖北省", "central"),
    Province("43", "Hunan", "湖南", "湖南省", "central"),
    Province("44", "Guangdong", "广东", "广东省", "east"),
    Province("45", "Guangxi", "广西", "广西壮族自治区", "west"),
    Province("46", "Hainan", "海南", "海南省", "east"),
    Province("50", "Chongqing", "重庆", "重庆市", "west"),
    Province("51", "Sichuan", "四川", "四川省", "west"),
    Province("52", "Guizhou", "贵州", "贵州省", "west"),
    Province("53", "Yunnan", "云南", "云南省", "west"),
    Province("54", "Tibet", "西藏", "西藏自治区", "west"),
    Province("61", "Shaanxi", "陕西", "陕西省", "west"),
    Province("62", "Gansu", "甘肃", "甘肃省", "west"),
    Province("63", "Qinghai", "青海", "青海省", "west"),
    Province("64", "Ningxia", "宁夏", "宁夏回族自治区", "west"),
    Province("65", "Xinjiang", "新疆", "新疆维吾尔自治区", "west"),
)

_OTHER_NAMES = {
    "xizang": "Tibet",
    "neimenggu": "Inner Mongolia",
    "neimongol": "Inner Mongolia",
    "innermongol": "Inner Mongolia",
    "neimongolia": "Inner Mongolia",
    "广西省": "Guangxi",
    "内蒙": "Inner Mongolia",
    "内蒙古省": "Inner Mongolia",
    "宁夏省": "Ningxia",
    "新疆省": "Xinjiang",
    "西藏省": "Tibet",
}

# words that follow a name and do not tell provinces apart
_ADDITIONS = {
    *(
        "province",
        "prov",
        "municipality",
        "city",
        "autonomous",
        "region",
        "ar",
        "sheng",
        "shi",
        "zizhiqu",
    ),
    *("zhuang", "zhuangzu", "hui", "huizu", "uygur", "uyghur", "uighur", "weiwuer"),
}


def standardise_provinces(names: Iterable[Hashable]) -> list[str]:
    """English names of China's 31 mainland provinces, from almost any way of writing them.

    Parameters
    ----------
    names : iterable of str, int or float
        English names ("Xizang", "Guangxi Zhuang", "Hebei Province" as well), Chinese names, full or
        short (内蒙古自治区, 内蒙古), or GB/T 2260 codes of two or six digits as number or text (11,
        110000.0, "110000").

    Returns
    -------
    list of str, as long as `names`
        Spelled as in the bundled data: "Inner Mongolia", "Tibet", "Shanxi" (山西), "Shaanxi" (陕西),
        ...

    Raises
    ------
    DataError
        Names that are none of the 31; the nearest name is offered for each of the first five.
        Nothing is guessed: "Shannxi" may be either of two provinces.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.standardise_provinces(["内蒙古自治区", "Xizang", 110000, "61"])
    ['Inner Mongolia', 'Tibet', 'Beijing', 'Shaanxi']
    """
    written = list(names)
    matches = [find_province(name) for name in written]
    unknown = [name for name, match in zip(written, matches, strict=True) if match is None]
    if unknown:
        distinct = list(dict.fromkeys(unknown))
        offers = [f"{name!r}: {_nearest(name)}" for name in distinct[:5]]
        raise DataError(
            "names",
            expected="provinces of mainland China",
            got=f"{len(distinct)} unknown: {first_five(distinct)}",
            remedy=f"Nearest: {'; '.join(offers)}.",
        )
    return [match for match in matches if match is not None]


def find_province(name: Hashable) -> str | None:
    """The English name of one province, or None when `name` is none of the 31."""
    if name is None or name is pd.NA or name != name:
        return None
    text = str(id_key(name)).strip().casefold()
    words = re.split(r"[\W_]+", text)
    bare = [word for word in words if word not in _ADDITIONS]
    return _NAMES.get("".join(words)) or _NAMES.get("".join(bare))


def _name_table() -> dict[str, str]:
    table = dict(_OTHER_NAMES)
    for province in PROVINCES:
        english = province.name.casefold().replace(" ", "")
        for key in (english, province.short, province.full, province.code, f"{province.code}0000"):
            table[key] = province.name
    return table


_NAMES = _name_table()


def _nearest(name: Hashable) -> str:
    """The nearest name in the script of `name`; both Shanxi and Shaanxi where either is near."""
    text = "".join(re.split(r"[\W_]+", str(name).casefold()))
    close = get_close_matches(text, _NAMES, n=1, cutoff=0.5)
    if not close:
        return "nothing near"
    match = _NAMES[close[0]]
    return "'Shanxi' (山西) or 'Shaanxi' (陕西)" if match in {"Shanxi", "Shaanxi"} else repr(match)
