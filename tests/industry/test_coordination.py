"""Coupling coordination: worked by hand, the formula for two systems, limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.industry.coordination import CLASSES, coupling_of


def panel(**columns) -> bd.Panel:
    arrays = {name: np.atleast_2d(np.array(values, float)) for name, values in columns.items()}
    T, N = next(iter(arrays.values())).shape
    return bd.Panel.from_arrays(
        arrays, units=[f"u{i}" for i in range(N)], periods=range(2001, 2001 + T)
    )


def test_by_hand():
    """U = 0.4, 0.9: usual C = 2 * 0.6 / 1.3; corrected sqrt((1 - 0.5) * 4/9); T = 0.65."""
    data = panel(a=[[0.4, 0.5]], b=[[0.9, 0.5]])
    usual = bd.coupling_coordination(data, ["a", "b"], form="usual", floor=None)
    corrected = bd.coupling_coordination(data, ["a", "b"], floor=None)
    assert usual.array("coupling")[0] == pytest.approx([1.2 / 1.3, 1.0])
    assert corrected.array("coupling")[0] == pytest.approx([np.sqrt(0.5 * 4 / 9), 1.0])
    assert corrected.array("development")[0] == pytest.approx([0.65, 0.5])
    assert corrected.array("coordination")[0] == pytest.approx(
        [np.sqrt(np.sqrt(0.5 * 4 / 9) * 0.65), np.sqrt(0.5)]
    )
    assert corrected.frame["class"].tolist() == [
        "bare coordination",
        "intermediate coordination",
    ]


def test_three_systems_by_hand():
    """U = 0.2, 0.4, 0.8: gaps 0.2, 0.6, 0.4; product of shares 1/4 * 1/2, its square root."""
    levels = np.array([0.2, 0.4, 0.8])
    assert coupling_of(levels, "corrected") == pytest.approx(np.sqrt((1 - 0.4) * np.sqrt(1 / 8)))
    assert coupling_of(levels, "usual") == pytest.approx(3 * 0.064 ** (1 / 3) / 1.4)


def test_two_systems_are_the_printed_form():
    u = np.random.default_rng(0).uniform(0.01, 1, size=(50, 2))
    larger, smaller = u.max(axis=1), u.min(axis=1)
    printed = np.sqrt((1 - (larger - smaller)) * smaller / larger)
    np.testing.assert_allclose(coupling_of(u, "corrected"), printed, rtol=1e-12)
    c = 2 * np.sqrt(u[:, 0] * u[:, 1]) / u.sum(axis=1)
    np.testing.assert_allclose(coupling_of(u, "usual"), c, rtol=1e-12)


@pytest.mark.parametrize("form", ["usual", "corrected"])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_limits_and_symmetry(form, n):
    rng = np.random.default_rng(n)
    u = rng.uniform(1e-3, 1, size=(200, n))
    c = coupling_of(u, form)
    assert ((c > 0) & (c <= 1 + 1e-12)).all()
    np.testing.assert_allclose(coupling_of(u[:, ::-1], form), c, rtol=1e-12)
    same = np.repeat(rng.uniform(0.1, 1, size=(5, 1)), n, axis=1)
    np.testing.assert_allclose(coupling_of(same, form), 1.0, rtol=1e-12)


def test_levels_are_scaled_over_all_cells():
    data = panel(a=[[0, 5], [10, 2]], b=[[1, 1], [3, 2]])
    found = bd.coupling_coordination(data, ["a", "b"], floor=0.1)
    np.testing.assert_allclose(found.levels[:, :, 0], [[0.1, 0.55], [1.0, 0.28]])
    np.testing.assert_allclose(found.levels[:, :, 1], [[0.1, 0.1], [1.0, 0.55]])
    # the scale and the origin of a system do not matter
    moved = bd.coupling_coordination(
        panel(a=[[7, 17], [27, 11]], b=[[1, 1], [3, 2]]), ["a", "b"], floor=0.1
    )
    np.testing.assert_allclose(moved.levels, found.levels)


def test_weights():
    data = panel(a=[[0.4, 0.6]], b=[[0.9, 0.1]])
    found = bd.coupling_coordination(data, ["a", "b"], floor=None, weights={"b": 1, "a": 3})
    assert found.array("development")[0] == pytest.approx([0.75 * 0.4 + 0.25 * 0.9, 0.475])


def test_frames():
    data = panel(a=[[0.4, 0.5], [0.2, 0.3]], b=[[0.9, 0.5], [0.2, 0.4]])
    found = bd.coupling_coordination(data, ["a", "b"], floor=None)
    tidy = found.tidy()
    assert tidy["term"].tolist() == ["u0", "u1", "u0", "u1"]
    assert tidy["component"].tolist() == ["2001", "2001", "2002", "2002"]
    np.testing.assert_array_equal(tidy["estimate"], found.array("coordination").ravel())
    by_period = found.by_period()
    counts = by_period[[name for name in CLASSES if name in by_period]]
    assert (counts.sum(axis=1) == 2).all()
    np.testing.assert_allclose(by_period["coordination"], found.array("coordination").mean(axis=1))
    row = found.glance().iloc[0]
    assert row["systems"] == "a, b"
    assert pd.isna(row["floor"])
    assert "corrected form" in repr(found)


def test_classes_are_tenths():
    levels = np.arange(1, 11) / 10
    data = panel(a=[levels], b=[levels])
    found = bd.coupling_coordination(data, ["a", "b"], floor=None)
    # both the same: C = 1, D = sqrt(U)
    expected = [CLASSES[int(np.ceil(10 * np.sqrt(u) - 1e-9)) - 1] for u in levels]
    assert found.frame["class"].tolist() == expected


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"systems": ["a"]}, "systems"),
        ({"systems": ["a", "a"]}, "systems"),
        ({"systems": "a"}, "systems"),
        ({"form": "new"}, "form"),
        ({"weights": {"a": 1}}, "weights"),
        ({"weights": {"a": 1, "b": 0}}, "weights"),
        ({"floor": 0.0}, "floor"),
        ({"floor": 1.0}, "floor"),
    ],
)
def test_options_are_checked(options, argument):
    data = panel(a=[[1, 2]], b=[[3, 1]])
    with pytest.raises(bd.OptionError) as error:
        bd.coupling_coordination(data, **{"systems": ["a", "b"], **options})
    assert error.value.argument == argument


def test_data_are_checked():
    with pytest.raises(bd.DataError, match="values that differ"):
        bd.coupling_coordination(panel(a=[[1, 1]], b=[[3, 1]]), ["a", "b"])
    with pytest.raises(bd.DataError, match=r"levels above 0 .*\('u1', 2001\)"):
        bd.coupling_coordination(panel(a=[[1, 0]], b=[[0.3, 1]]), ["a", "b"], floor=None)
    with pytest.raises(bd.DataError):
        bd.coupling_coordination(panel(a=[[1, np.nan]], b=[[0.3, 1]]), ["a", "b"])
