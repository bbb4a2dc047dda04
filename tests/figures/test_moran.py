"""The Moran scatter plot draws the data it is given, and its slope is I."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd


@pytest.fixture
def data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """x, W x and I by its definition, W of random links with rows that sum to one."""
    links = (rng.random((30, 30)) < 0.2).astype(float)
    np.fill_diagonal(links, 0.0)
    links[np.arange(30), (np.arange(30) + 1) % 30] = 1.0
    W = links / links.sum(axis=1, keepdims=True)
    x = rng.lognormal(size=30) * 100
    centred = x - x.mean()
    moran = 30 / W.sum() * (centred @ W @ centred) / (centred @ centred)
    return x, W @ x, float(moran)


def points(ax: Any) -> np.ndarray:
    drawn = np.vstack([np.asarray(c.get_offsets()) for c in ax.collections])
    return drawn[np.lexsort(drawn.T)]


def fitted(ax: Any) -> tuple[np.ndarray, np.ndarray]:
    return ax.lines[-1].get_data()


def test_the_slope_is_moran_by_its_formula(data: Any) -> None:
    x, lag, moran = data
    ax = bd.moran_scatter(x, lag)
    across, up = fitted(ax)
    assert np.diff(up)[0] / np.diff(across)[0] == pytest.approx(moran, abs=1e-12)
    assert ax.get_title() == f"Moran’s I = {moran:.3f}".replace("-", "−")


def test_the_line_is_least_squares_through_the_points(data: Any) -> None:
    ax = bd.moran_scatter(*data[:2])
    slope, level = np.polyfit(points(ax)[:, 0], points(ax)[:, 1], 1)
    across, up = fitted(ax)
    assert np.allclose(up, level + slope * across)


def test_all_points_are_drawn_standardised(data: Any) -> None:
    x, lag, _ = data
    expected = (np.column_stack([x, lag]) - x.mean()) / x.std()
    assert np.allclose(points(bd.moran_scatter(x, lag)), expected[np.lexsort(expected.T)])


def test_quadrants_hold_their_points_and_look_different(data: Any) -> None:
    ax = bd.moran_scatter(*data[:2])
    signs = {"HH": (1, 1), "LL": (-1, -1), "LH": (-1, 1), "HL": (1, -1)}
    looks = set()
    for collection in ax.collections:
        assert np.all(
            np.sign(np.asarray(collection.get_offsets())) == signs[str(collection.get_label())]
        )
        looks.add(
            (collection.get_paths()[0].vertices.tobytes(), collection.get_facecolor().tobytes())
        )
    assert len(looks) == 4
    assert {text.get_text() for text in ax.texts} >= set(signs)


def test_the_most_extreme_are_named_and_names_do_not_overlap(data: Any) -> None:
    x, lag, _ = data
    names = [f"Unit {i}" for i in range(30)]
    ax = bd.moran_scatter(x, lag, labels=names, n_labels=5)
    far = np.argsort(-np.hypot(x - x.mean(), lag - x.mean()))[:5]
    written = [text for text in ax.texts if text.get_text().startswith("Unit")]
    assert {text.get_text() for text in written} <= {names[i] for i in far}
    assert written[0].get_text() == names[far[0]]
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_names_come_from_the_index_and_can_be_left_out(data: Any) -> None:
    x, lag = (pd.Series(values, index=[f"p{i}" for i in range(30)]) for values in data[:2])
    assert any(text.get_text().startswith("p") for text in bd.moran_scatter(x, lag).texts)
    assert len(bd.moran_scatter(x, lag, n_labels=0).texts) == 4
    assert len(bd.moran_scatter(*data[:2]).texts) == 4


def test_inputs_stay_as_they_were_and_scale_does_not_matter(data: Any) -> None:
    x, lag, _ = data
    before = x.copy(), lag.copy()
    one, other = bd.moran_scatter(x, lag), bd.moran_scatter(3 * x + 7, 3 * lag + 7)
    assert np.array_equal(x, before[0])
    assert np.array_equal(lag, before[1])
    assert np.allclose(points(one), points(other))


def test_errors_name_what_is_wrong() -> None:
    x = pd.Series([1.0, 2.0, 3.0], index=list("abc"))
    with pytest.raises(bd.InputError, match=r"\(3,\) and \(2,\)"):
        bd.moran_scatter([1, 2, 3], [1, 2])
    with pytest.raises(bd.DataError, match=r"\['b'\]"):
        bd.moran_scatter(x.where(x != 2), x)
    with pytest.raises(bd.DataError, match="constant"):
        bd.moran_scatter([2, 2, 2], [1, 2, 3])
    with pytest.raises(bd.DataError, match="reindex"):
        bd.moran_scatter(x, x[::-1])
    with pytest.raises(bd.InputError, match="labels"):
        bd.moran_scatter(x, x, labels=["a"])


def test_years_side_by_side(data: tuple[np.ndarray, np.ndarray, float]) -> None:
    x, lag, moran = data
    names = [f"u{i}" for i in range(30)]
    values, lags = np.array([x, -x]), np.array([lag, -lag])
    frames = [pd.DataFrame(rows, index=[2011, 2020], columns=names) for rows in (values, lags)]
    figure = bd.moran_scatter_years(*frames, [2020, 2011], xlabel="Density, std.")
    assert [ax.get_title() for ax in figure.axes] == [
        f"{year}: Moran’s I = {moran:.3f}".replace("-", "−") for year in (2020, 2011)
    ]
    assert points(figure.axes[0]) == pytest.approx(points(bd.moran_scatter(-x, -lag)))
    assert {ax.get_xlabel() for ax in figure.axes} == {"Density, std."}
    named = [text.get_text() for text in figure.axes[1].texts]
    assert set(named) - {"HH", "LL", "HL", "LH"} <= set(names)
    plain = bd.moran_scatter_years(values, lags, [1, 2], titles=["A", "B"], columns=1)
    assert [ax.get_title() for ax in plain.axes] == ["A", "B"]
    assert plain.axes[0].get_position().y0 > plain.axes[1].get_position().y0


def test_years_that_do_not_fit(data: tuple[np.ndarray, np.ndarray, float]) -> None:
    x, lag, _ = data
    frame = pd.DataFrame([x], index=[2011])
    with pytest.raises(bd.DataError, match="2012"):
        bd.moran_scatter_years(frame, frame, [2012])
    with pytest.raises(bd.DataError, match="each of 2 years"):
        bd.moran_scatter_years([x], [lag], [2011, 2012])
    with pytest.raises(bd.InputError, match="titles"):
        bd.moran_scatter_years([x], [lag], [2011], titles=["A", "B"])
