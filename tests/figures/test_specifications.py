"""The curve and the matrix below it show the rows that they are given, in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd


def frame(n: int, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    estimate, half = rng.normal(0.2, 0.4, n), rng.uniform(0.1, 0.5, n)
    return pd.DataFrame(
        {
            "term": "x",
            "estimate": estimate,
            "conf_low": estimate - half,
            "conf_high": estimate + half,
            "weights": rng.choice(["queen", "knn", "band"], n),
            "policy": rng.choice([True, False], n),
            "same": "always",
        },
        index=[f"s{i}" for i in range(n)],
    )


def points(ax: Any) -> np.ndarray:
    """Place and height of each point, from left to right."""
    offsets = np.vstack(
        [
            np.asarray(c.get_offsets())
            for c in ax.collections
            if c.get_offsets().size > 0 and c.get_paths() and len(c.get_paths()[0].vertices) > 4
        ]
    )
    return offsets[np.argsort(offsets[:, 0], kind="stable")]


def segments(ax: Any) -> dict[int, tuple[float, float]]:
    return {
        round(line[0, 0]): (line[0, 1], line[1, 1])
        for c in ax.collections
        if hasattr(c, "get_segments")
        for line in c.get_segments()
    }


@pytest.mark.parametrize("n", [10, 1000])
def test_estimates_ascend_with_their_intervals(n: int) -> None:
    data = frame(n)
    before = data.copy()
    figure = bd.specification_curve(data)
    curve, matrix = figure.axes
    ordered = data.sort_values("estimate")
    assert points(curve)[:, 1] == pytest.approx(ordered["estimate"].to_numpy())
    ends = segments(curve)
    assert np.array([ends[i] for i in range(n)]) == pytest.approx(
        ordered[["conf_low", "conf_high"]].to_numpy()
    )
    low, high = matrix.get_xlim()
    assert (low, high) == (-1, n)
    pd.testing.assert_frame_equal(data, before)


def test_matrix_marks_the_choices_of_each_specification() -> None:
    data = frame(40)
    matrix = bd.specification_curve(data).axes[1]
    ordered = data.sort_values("estimate").reset_index()
    names = [label.get_text() for label in matrix.get_yticklabels()]
    assert sorted(names) == ["band", "knn", "no", "queen", "yes"], (
        "what is the same in all rows is no choice"
    )
    for collection in matrix.collections:
        value = collection.get_label()
        column = "policy" if value in ("yes", "no") else "weights"
        wanted = {"yes": True, "no": False}.get(value, value)
        at = {round(line[0, 0]) for line in collection.get_segments()}
        assert at == set(ordered.index[ordered[column] == wanted]), value
        height = matrix.get_yticks()[names.index(value)]
        assert {round(line[:, 1].mean(), 9) for line in collection.get_segments()} == {
            round(height, 9)
        }
    assert [text.get_text() for text in matrix.texts] == ["weights", "policy"]


def test_sure_ones_are_filled_and_counted() -> None:
    data = pd.DataFrame(
        {
            "estimate": [1.0, -1, 0.1, 2],
            "conf_low": [0.5, -2, -1, 1],
            "conf_high": [2.0, -0.5, 1, 3],
        }
    )
    curve, matrix = bd.specification_curve(data.assign(w=list("abcd"))).axes
    assert matrix.get_xlabel() == "4 specifications; intervals wholly above zero: 2, below: 1"
    unsure, sure = [c for c in curve.collections if not hasattr(c, "get_segments")]
    assert np.asarray(unsure.get_offsets())[:, 1].tolist() == [0.1]
    assert len(sure.get_offsets()) == 3
    assert unsure.get_facecolors()[0].tolist() == [1, 1, 1, 1] != sure.get_facecolors()[0].tolist()


def test_main_specification_is_marked_in_both() -> None:
    data = frame(12)
    figure = bd.specification_curve(
        data, main="s7", labels={"weights": "Spatial weights", "knn": "4 nearest"}, title="T"
    )
    curve, matrix = figure.axes
    position = list(data.sort_values("estimate").index).index("s7")
    assert np.asarray(curve.collections[-1].get_offsets())[0].tolist() == [
        position,
        data.loc["s7", "estimate"],
    ]
    assert position in [line.get_xdata()[0] for line in matrix.lines]
    assert "4 nearest" in [label.get_text() for label in matrix.get_yticklabels()]
    assert matrix.texts[0].get_text() == "Spatial weights"
    assert [text.get_text() for text in curve.get_legend().get_texts()][-1] == "Main specification"
    assert curve.get_ylabel() == "Estimate\n(95% interval)"


def test_chosen_columns_and_missing_values() -> None:
    data = frame(6).assign(extra=[None, "a", "a", None, "b", "b"])
    matrix = bd.specification_curve(data, choices=["extra"]).axes[1]
    assert sorted(label.get_text() for label in matrix.get_yticklabels()) == ["a", "b", "none"]


def test_errors() -> None:
    data = frame(5)
    with pytest.raises(bd.DataError, match="conf_low"):
        bd.specification_curve(data.drop(columns="conf_low"))
    with pytest.raises(bd.DataError, match="s0"):
        bd.specification_curve(data.assign(estimate=np.nan))
    with pytest.raises(bd.OptionError, match="nosuch"):
        bd.specification_curve(data, choices=["nosuch"])
    with pytest.raises(bd.OptionError, match="main"):
        bd.specification_curve(data, main="s99")
    with pytest.raises(bd.DataError, match="at most 30"):
        bd.specification_curve(frame(40).assign(draw=range(40)))


def test_a_label_of_several_rows_is_no_main_one() -> None:
    data = frame(4).set_axis(["a", "b", "b", "c"], axis=0)
    with pytest.raises(bd.OptionError, match="the label of 2 rows"):
        bd.specification_curve(data, main="b")
    with pytest.raises(bd.DataError, match=r"got no rows"):
        bd.specification_curve(data.iloc[:0])
