"""Connectivity maps and the plot of a comparison draw the links and numbers that they are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

import bevdrivers as bd


@pytest.fixture
def weights(squares: Any) -> bd.SpatialWeights:
    """u0 and u1 have each other, u1 has u2, u3 and u4 have each other with a small weight, the
    others have none.
    """
    links = np.zeros((9, 9))
    links[0, 1] = links[1, 0] = 1.0
    links[1, 2] = 0.5
    links[3, 4] = links[4, 3] = 0.1
    return bd.SpatialWeights.from_matrix(links, list(squares.index), normalise=None, islands="keep")


def lines(ax: Any) -> list[LineCollection]:
    return [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)]


def entries(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_links_are_counted_by_kind(squares: Any, weights: bd.SpatialWeights) -> None:
    ax = bd.connectivity_map(squares, weights)
    assert entries(ax) == [
        "Neighbours of each other  (2)",
        "In one direction only  (1)",
        "No neighbours  (4)",
    ]
    solid, dashed = lines(ax)
    assert (len(solid.get_segments()), len(dashed.get_segments())) == (2, 1)
    assert solid.get_linestyle() != dashed.get_linestyle()
    assert len(ax.patches) == 9
    assert [len(np.asarray(c.get_offsets())) for c in ax.collections[-2:]] == [5, 4]


def test_lines_end_in_their_units(squares: Any, weights: bd.SpatialWeights) -> None:
    ax = bd.connectivity_map(squares, weights.edges(squares), crs="EPSG:4326")
    ends = {
        tuple(np.floor(np.array(line)).ravel().astype(int))
        for c in lines(ax)
        for line in c.get_segments()
    }
    assert ends == {(100, 30, 101, 30), (101, 30, 102, 30), (100, 31, 101, 31)}


def test_lines_are_projected_with_the_map(squares: Any, weights: bd.SpatialWeights) -> None:
    ax = bd.connectivity_map(squares.to_crs("EPSG:3857"), weights.edges(squares))
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    points = np.vstack([np.vstack(c.get_segments()) for c in lines(ax)])
    assert ((points > [west, south]) & (points < [east, north])).all()


def test_wider_is_more(squares: Any, weights: bd.SpatialWeights) -> None:
    solid, dashed = lines(bd.connectivity_map(squares, weights, by_weight=True))
    low, high = solid.get_linewidth()
    assert high / low == pytest.approx(10)
    assert dashed.get_linewidth()[0] == pytest.approx(high / 2)
    assert solid.get_colors()[0][3] < solid.get_colors()[1][3] == 1.0
    same = lines(bd.connectivity_map(squares, weights))[0].get_linewidth()
    assert len(set(same)) == 1


def test_no_links_at_all(squares: Any, weights: bd.SpatialWeights) -> None:
    none = bd.SpatialWeights.from_matrix(
        np.zeros((9, 9)), list(squares.index), normalise=None, islands="keep"
    )
    for links in (none, weights.edges(squares).iloc[:0]):
        assert entries(bd.connectivity_map(squares, links, by_weight=True)) == [
            "No neighbours  (9)"
        ]


def test_draws_on_given_axes_and_leaves_inputs(squares: Any, weights: bd.SpatialWeights) -> None:
    edges = weights.edges(squares)
    before = edges.copy()
    ax = Figure().subplots()
    assert (
        bd.connectivity_map(squares, edges, ax=ax, title="T", caption="C", legend_title="W") is ax
    )
    assert (ax.get_title(), ax.get_xlabel(), ax.get_legend().get_title().get_text()) == (
        "T",
        "C",
        "W",
    )
    pd.testing.assert_frame_equal(pd.DataFrame(edges), pd.DataFrame(before))


def test_all_links_of_the_bundled_map(bev: bd.Panel, queen: bd.SpatialWeights) -> None:
    ax = bd.connectivity_map(bev.geometry, queen)
    assert entries(ax) == [f"Neighbours of each other  ({queen.links.nnz // 2})"]


def test_errors_name_what_is_wrong(squares: Any, weights: bd.SpatialWeights) -> None:
    edges = weights.edges(squares)
    for links, words in [
        (edges.drop(columns="focal"), ["focal", "weights.edges"]),
        (np.eye(9), ["links", "ndarray"]),
        (edges.replace("u0", "x"), ["others: ['x']"]),
    ]:
        with pytest.raises(bd.DataError) as caught:
            bd.connectivity_map(squares, links)
        assert all(word in str(caught.value) for word in words), str(caught.value)
    with pytest.raises(bd.DataError, match="weight"):
        bd.connectivity_map(squares, edges.drop(columns="weight"), by_weight=True)


@pytest.fixture
def compared(bev: bd.Panel, queen: bd.SpatialWeights) -> bd.WeightsComparison:
    several = [queen, bd.KNearest(4).fit(bev), bd.InverseDistance().fit(bev)]
    return bd.compare_weights(several, bev, variable="log1p(bev_density)")


def cells(ax: Any) -> dict[tuple[int, int], str]:
    return {
        (round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in ax.texts
    }


def test_numbers_of_the_comparison_are_in_their_cells(compared: bd.WeightsComparison) -> None:
    ax = bd.comparison_plot(compared, title="T")
    names = list(compared.names)
    expected = {}
    for pair in compared.frame.itertuples():
        i, j = names.index(pair.first), names.index(pair.second)
        expected[j, i] = f"{pair.lag_correlation:.2f}"
        expected[i, j] = f"{pair.jaccard:.2f}\n({pair.shared_links:,})"
    assert cells(ax) == expected
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert [label.get_text() for label in labels] == names
    assert "lags of log1p(bev_density)" in ax.get_xlabel().replace("\n", " ")
    assert cells(bd.comparison_plot(compared.frame)) == expected


def test_darker_is_more_alike_and_minus_is_a_minus(compared: bd.WeightsComparison) -> None:
    frame = compared.frame.assign(lag_correlation=[-0.5, 0.2, 0.9])
    ax = bd.comparison_plot(frame)
    below = {text: patch for patch, text in zip(ax.patches, ax.texts, strict=True)}
    light = {
        t.get_text(): sum(p.get_facecolor()[:3])
        for t, p in below.items()
        if "\n" not in t.get_text()
    }
    assert light["−0.50"] > light["0.20"] > light["0.90"]


def test_the_words_stay_on_the_page(compared: bd.WeightsComparison) -> None:
    figure: Any = bd.comparison_plot(compared).figure
    figure.draw_without_rendering()
    box = figure.axes[0].get_tightbbox()
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
    assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1


def test_comparison_errors(compared: bd.WeightsComparison) -> None:
    with pytest.raises(bd.DataError, match="list"):
        bd.comparison_plot([1, 2])
    with pytest.raises(bd.DataError, match="jaccard"):
        bd.comparison_plot(compared.frame[["first", "second"]])
    with pytest.raises(bd.DataError, match="a row for each pair"):
        bd.comparison_plot(compared.frame.iloc[:2])
