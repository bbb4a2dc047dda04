"""Coupling coordination by hand and at its limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.industry import coupling_coordination

from .test_structure import made


def frame(*rows: Any, **options: Any) -> Any:
    """One row a unit, of systems with these levels."""
    panel = made(
        **{f"u{k}": np.array(level, dtype=float) for k, level in enumerate(zip(*rows, strict=True))}
    )
    return coupling_coordination(panel, [f"u{k}" for k in range(len(rows[0]))], **options).frame


def test_usual_form_by_hand() -> None:
    """0.2 and 0.8: a geometric mean of 0.4 over an arithmetic one of 0.5."""
    found = frame((0.2, 0.8), (0.5, 0.5), (0.0, 1.0))
    assert found["C"].tolist() == pytest.approx([0.8, 1.0, 0.0])
    assert found["D"].tolist() == pytest.approx([np.sqrt(0.4), np.sqrt(0.5), 0.0])
    assert found["class"].tolist() == [
        "primary coordination",
        "intermediate coordination",
        "extreme imbalance",
    ]
    three = frame((0.1, 0.2, 0.4), (1.0, 1.0, 1.0))
    assert three["C"].tolist() == pytest.approx([3 * 0.2 / 0.7, 1.0])


def test_wang_form_by_hand() -> None:
    found = frame((0.2, 0.8), (0.8, 0.2), (0.5, 0.5), form="wang")
    assert found["C"].tolist() == pytest.approx([np.sqrt(0.4 * 0.25)] * 2 + [1.0])
    with pytest.raises(bd.OptionError, match="systems: .*two systems"):
        frame((0.2, 0.8, 0.1), (0.8, 0.2, 0.3), form="wang")


def test_weights_and_nothing() -> None:
    found = frame((0.2, 0.8), (0.0, 0.0), weights=(0.25, 0.75))
    assert found["T"].tolist() == pytest.approx([0.65, 0.0])
    assert np.isnan(found["C"].iloc[1])
    assert found["D"].iloc[1] == 0


@pytest.mark.parametrize("form", ["usual", "wang"])
def test_bounds_and_equal_systems(form: str) -> None:
    """All pairs of levels from 0 to 1 by tenths."""
    tenths = np.arange(11) / 10
    U = np.stack(np.meshgrid(tenths, tenths), axis=2).reshape(-1, 2)
    found = frame(*U, form=form)
    assert found["C"].dropna().between(0, 1).all()
    assert (found["D"] <= np.sqrt(found["T"]) + 1e-12).all()
    even = (U[:, 0] == U[:, 1]) & (U[:, 0] > 0)
    assert found["C"][even].to_numpy() == pytest.approx(1)
    assert (found["C"][~even].dropna() < 1).all()


def test_classes_begin_at_their_bounds() -> None:
    """Of equal systems D is the root of their level: tenths, one by one."""
    levels = [(d / 10) ** 2 for d in range(1, 11)]
    found = frame(*((u, u) for u in levels))
    assert found["class"].tolist() == [
        "severe imbalance",
        "moderate imbalance",
        "mild imbalance",
        "near imbalance",
        "bare coordination",
        "primary coordination",
        "intermediate coordination",
        "good coordination",
        "high coordination",
        "high coordination",
    ]


def test_what_is_refused() -> None:
    with pytest.raises(bd.DataError, match=r"u1: .*0 to 1.*'u0'"):
        frame((0.2, 1.1), (0.3, 0.4))
    for weights in [(0.5, 0.6), (1.0,), (-0.5, 1.5)]:
        with pytest.raises(bd.OptionError, match="weights"):
            frame((0.2, 0.8), (0.3, 0.4), weights=weights)
