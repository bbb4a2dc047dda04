"""Longitudes, which go round: 180 degrees east is 180 degrees west; and coordinates for pyproj."""

from __future__ import annotations

import numpy as np


def extent(west: np.ndarray, east: np.ndarray) -> tuple[float, float]:
    """The shortest arc of longitudes that holds all shapes of a map, in degrees.

    It is what the widest gap between the shapes leaves. An arc that crosses 180 degrees ends beyond
    180.

    Parameters
    ----------
    west, east : arrays of shape (P,)
        The ends of each shape, west <= east. A shape that crosses 180 degrees comes as two.

    Returns
    -------
    west, east : float

    >>> extent(np.array([70.0, 80.0]), np.array([90.0, 130.0]))
    (70.0, 130.0)
    >>> extent(np.array([-180.0, 170.0]), np.array([-150.0, 180.0]))
    (170.0, 210.0)
    """
    order = np.argsort(west, kind="stable")
    begins = west[order]
    # how far east the shapes up to each one reach
    ends = np.maximum.accumulate(east[order])

    gap_around = begins[0] + 360.0 - ends[-1]
    gaps = begins[1:] - ends[:-1]
    if gaps.size == 0 or gaps.max() <= gap_around:
        return float(begins[0]), float(ends[-1])

    widest = int(np.argmax(gaps))
    first = begins[widest + 1]
    last = ends[widest] + 360.0
    return float(first), float(last)


def wrapped(longitude: np.ndarray) -> np.ndarray:
    """Longitudes as degrees in [-180, 180); those within it, and 180 itself, stay as they are."""
    is_beyond = np.abs(longitude) > 180.0
    brought_back = (longitude + 180.0) % 360.0 - 180.0
    return np.where(is_beyond, brought_back, longitude)


def as_lists(x: np.ndarray, y: np.ndarray) -> tuple[list[float], list[float]]:
    """Coordinates of M points as lists, as pyproj should get them.

    It takes an array of a single point for a number, of which numpy before 2.4 warns.

    >>> as_lists(np.array([110.0]), np.array([30.0]))
    ([110.0], [30.0])
    """
    return x.tolist(), y.tolist()
