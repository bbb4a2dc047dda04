"""Cluster maps: each class has its look, and the legend says how it was tested."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import bevdrivers as bd

KINDS = ["HH", "LL", "HL", "LH", "not significant", "no neighbours", None, "HH", "LL"]


@pytest.fixture
def kinds(squares: Any) -> pd.Series:
    return pd.Series(KINDS, index=squares.index, dtype=object)


@pytest.fixture
def local(bev: bd.Panel, queen: bd.SpatialWeights) -> bd.LocalResult:
    request = bd.LocalMoran("log1p(bev_density)", permutations=99, seed=1, adjust=None, level=0.1)
    return request.fit(bev, queen)


def look(patch: Any) -> tuple[Any, Any]:
    return tuple(round(v, 3) for v in patch.get_facecolor()), patch.get_hatch()


def legend(keys: Any) -> dict[str, tuple[Any, Any]]:
    return {
        t.get_text(): look(p) for t, p in zip(keys.get_texts(), keys.get_patches(), strict=True)
    }


def title(keys: Any) -> str:
    """The legend's title as one line."""
    return keys.get_title().get_text().replace("\n", " ").replace("\u00a0", " ")


def test_units_have_the_look_of_their_class(squares: Any, kinds: pd.Series) -> None:
    ax = bd.cluster_map(squares, kinds.sample(frac=1, random_state=3))
    shown = legend(ax.get_legend())
    assert list(shown) == [
        "High–high (HH)  (2)",
        "Low–low (LL)  (2)",
        "High–low (HL)  (1)",
        "Low–high (LH)  (1)",
        "Not significant  (1)",
        "No neighbours  (1)",
        "No data  (1)",
    ]
    looks = list(shown.values())
    assert len(set(looks)) == 7
    of_unit = {patch.get_gid(): look(patch) for patch in ax.patches}
    assert [of_unit[unit] for unit in squares.index] == [
        looks[i] for i in (0, 1, 2, 3, 4, 5, 6, 0, 1)
    ]


def test_classes_are_told_apart_in_grey(squares: Any, kinds: pd.Series) -> None:
    """By lightness where there is no hatching, else by the hatching."""
    shown = list(legend(bd.cluster_map(squares, kinds).get_legend()).values())
    plain = sorted(
        float(np.dot(to_rgb(face), [0.299, 0.587, 0.114])) for face, hatch in shown if not hatch
    )
    assert len(plain) == 3
    assert min(np.diff(plain)) > 0.2
    hatches = [hatch for _, hatch in shown if hatch]
    assert len(set(hatches)) == len(hatches) == 4


def test_the_legend_says_level_adjustment_and_permutations(
    bev: bd.Panel, local: bd.LocalResult
) -> None:
    ax = bd.cluster_map(bev.geometry, local, period=2020)
    assert title(ax.get_legend()) == local.note
    assert "p ≤ 0.1 (two-sided; 99 permutations, seed 1)" in local.note
    counts = local.counts().loc[2020]
    words = [text.get_text().rpartition("  ") for text in ax.get_legend().get_texts()]
    assert [number for _, _, number in words] == [f"({counts[kind]})" for kind in [*KINDS[:5]]]
    adjusted = local.request.replace(adjust="fdr").fit(bev, local.weights)
    keys = bd.cluster_map(bev.geometry, adjusted, period=2020).get_legend()
    assert "false discovery rate" in title(keys)
    assert max(map(len, keys.get_title().get_text().split("\n"))) < 40


@pytest.mark.parametrize("request_of", [bd.LocalGeary, bd.LocalGetisOrd])
def test_other_local_statistics_have_their_own_classes(
    bev: Any, queen: Any, request_of: Any
) -> None:
    result = request_of("log1p(bev_density)", permutations=0, adjust=None).fit(bev, queen)
    keys = bd.cluster_map(bev.geometry, result, period=2020).get_legend()
    counts = result.counts().loc[2020]
    numbers = [int(text.get_text().rpartition("(")[2].rstrip(")")) for text in keys.get_texts()]
    assert sorted(numbers) == sorted(counts[[*result.request.kinds, "not significant"]])
    assert counts[list(result.request.kinds)].sum() > 0


def test_years_have_one_legend(bev: bd.Panel, local: bd.LocalResult) -> None:
    figure = bd.cluster_map_years(bev.geometry, local, [2020, 2011], title="T", caption="C")
    assert [ax.get_title() for ax in figure.axes] == ["2020", "2011"]
    (keys,) = figure.legends
    assert title(keys) == local.note
    looks = dict(zip(KINDS[:5], legend(keys).values(), strict=True))
    for ax, year in zip(figure.axes, (2020, 2011), strict=True):
        row = local.clusters.loc[year]
        assert {patch.get_gid(): look(patch) for patch in ax.patches} == {
            unit: looks[row[unit]] for unit in bev.units
        }
    assert len(bd.cluster_map_years(bev.geometry, local.clusters).axes) == 10


def test_a_long_legend_stays_below_the_maps(bev: bd.Panel, local: bd.LocalResult) -> None:
    figure = bd.cluster_map_years(
        bev.geometry, local, [2011, 2020], legend_title="One\nTwo\nThree", caption="Source"
    )
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert box.y1 <= min(ax.get_tightbbox().y0 for ax in figure.axes)
    assert box.y0 >= figure.texts[-1].get_window_extent().y1


def test_draws_on_given_axes_with_given_words(squares: Any, kinds: pd.Series) -> None:
    ax = Figure().subplots()
    assert bd.cluster_map(squares, kinds, ax=ax, legend_title="p ≤ 0.05", missing="None") is ax
    assert ax.get_legend().get_title().get_text() == "p ≤ 0.05"
    assert ax.get_legend().get_texts()[-1].get_text() == "None  (1)"


def test_nothing_significant_still_has_all_classes(squares: Any) -> None:
    ax = bd.cluster_map(squares, pd.Series("not significant", index=squares.index))
    assert [text.get_text()[-4:] for text in ax.get_legend().get_texts()] == [" (0)"] * 4 + [" (9)"]


def test_errors_name_what_is_wrong(
    squares: Any, kinds: pd.Series, bev: bd.Panel, local: bd.LocalResult
) -> None:
    cases: list[tuple[Any, Any, Any, list[str]]] = [
        (squares, kinds.replace("HH", "high"), None, ["others: ['high']", "'HH'"]),
        (squares, kinds.rename({"u1": "Taiwan"}), None, ["1 that it lacks: ['Taiwan']"]),
        (squares, list(KINDS), None, ["result of a local statistic", "list"]),
        (bev.geometry, local, None, ["period", "2011", "cluster_map_years"]),
        (bev.geometry, local, 1999, ["no row for [1999]"]),
    ]
    for geometry, given, period, words in cases:
        with pytest.raises(bd.DataError) as caught:
            bd.cluster_map(geometry, given, period=period)
        assert all(word in str(caught.value) for word in words), str(caught.value)
    with pytest.raises(bd.DataError, match="at least one year"):
        bd.cluster_map_years(bev.geometry, local, [])
