"""Agglomeration beyond chance of a segment's plants, and of two segments together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ...options import real_number
from ..measures import Measures
from .segments import Segments, ratio, read_segments, reference_shares

if TYPE_CHECKING:
    from ...panel import Panel


def ellison_glaeser(
    panel: Panel,
    segments: Sequence[str],
    *,
    reference: str,
    plant_hhi: Mapping[str, float] | None = None,
) -> Measures:
    """How much more a segment's plants lie together than they would if they had been thrown at the
    map at random.

    With s_i the share of region i in the segment, x_i its share in the reference, and H the
    Herfindahl index of plant sizes,

        G = sum_i (s_i - x_i)^2,   gamma = (G / (1 - sum_i x_i^2) - H) / (1 - H).

    Gamma has expectation 0 when plants choose regions by x_i, independently of each other; Ellison
    and Glaeser call values above 0.05 high and values below 0.02 low.

    Parameters
    ----------
    panel : Panel
    segments : sequence of str
        Columns or expressions, nowhere negative: employment or numbers of plants.
    reference : str
        What plants would follow by chance, such as all employment or residents.
    plant_hhi : mapping of str to float, optional
        H of each segment, above 0 and below 1. By default the values are numbers of plants of one
        size, n in all, with H = 1 / n; they have to be whole numbers.

    Returns
    -------
    Measures
        One row a period and segment: total, G, H, gamma; NaN for a segment of nothing, and gamma
        for a segment of one plant.

    Raises
    ------
    DataError
        Missing or negative values; a reference of nothing, or in one region only; values that are
        no counts without `plant_hhi`.
    OptionError
        No `plant_hhi` for a segment, or one outside 0 and 1.

    References
    ----------
    Ellison and Glaeser (1997), Journal of Political Economy 105, 889-927, doi:10.1086/262098.
    """
    read = read_segments(panel, segments, at_least=1)
    x = reference_shares(panel, reference, "reference")[:, :, None]
    total = read.values.sum(axis=1)
    share = ratio(read.values, total[:, None, :])
    G = ((share - x) ** 2).sum(axis=1)
    room = 1 - (x**2).sum(axis=1)
    H = _plant_hhi(read, plant_hhi)
    columns = {"total": total, "G": G, "H": H, "gamma": ratio(G / room - H, 1 - H)}
    keys = {
        "period": np.repeat(list(panel.periods), len(read.names)),
        "segment": np.tile(list(read.names), len(panel.periods)),
    }
    return Measures(
        f"Ellison-Glaeser index of {', '.join(read.names)}, against {reference}",
        ("period", "segment"),
        ("gamma",),
        pd.DataFrame(keys | {name: grid.ravel() for name, grid in columns.items()}),
    )


def coagglomeration(
    panel: Panel,
    segments: Sequence[str],
    *,
    reference: str,
) -> Measures:
    """How much two segments lie in the same regions, beyond what the reference explains.

    With s_ij the share of region i in segment j and x_i that in the reference, of segments j and k

        gamma_jk = sum_i (s_ij - x_i)(s_ik - x_i) / (1 - sum_i x_i^2).

    Parameters
    ----------
    panel : Panel
    segments : sequence of str
        Two or more columns or expressions, nowhere negative.
    reference : str
        As for `ellison_glaeser`. The published index takes the mean of a region's shares over all
        industries.

    Returns
    -------
    Measures
        One row a period and pair: segment, other, gamma; NaN where one of them is nothing.

    Raises
    ------
    DataError
        As for `ellison_glaeser`.
    OptionError
        Fewer than two segments.

    References
    ----------
    Ellison, Glaeser and Kerr (2010), American Economic Review 100, 1195-1213,
    doi:10.1257/aer.100.3.1195.
    """
    read = read_segments(panel, segments)
    x = reference_shares(panel, reference, "reference")[:, :, None]
    excess = ratio(read.values, read.values.sum(axis=1, keepdims=True)) - x
    room = 1 - (x**2).sum(axis=(1, 2))
    frames = []
    for j, k in combinations(range(len(read.names)), 2):
        together = (excess[:, :, j] * excess[:, :, k]).sum(axis=1)
        frames.append(
            pd.DataFrame(
                {
                    "period": list(panel.periods),
                    "segment": read.names[j],
                    "other": read.names[k],
                    "gamma": together / room,
                }
            )
        )
    return Measures(
        f"Co-agglomeration of {', '.join(read.names)}, against {reference}",
        ("period", "segment", "other"),
        ("gamma",),
        pd.concat(frames, ignore_index=True),
    )


def _plant_hhi(read: Segments, given: Mapping[str, float] | None) -> np.ndarray:
    """H by period and segment, (T, S)."""
    total = read.values.sum(axis=1)
    if given is not None:
        lost = [name for name in read.names if name not in given]
        if lost:
            raise OptionError(
                "plant_hhi",
                expected="an index for each segment",
                got=f"none for {first_five(lost)}",
                remedy="Add these segments, or leave plant_hhi out for plants of one size.",
            )
        row = [real_number("plant_hhi", given[name], above=0.0, below=1.0) for name in read.names]
        return np.broadcast_to(np.array(row), total.shape)
    broken = (read.values != np.round(read.values)).any(axis=(0, 1))
    if broken.any():
        names = [name for name, wrong in zip(read.names, broken, strict=True) if wrong]
        raise DataError(
            "segments",
            expected="numbers of plants, where plant_hhi is left out",
            got=f"other than whole numbers in {first_five(names)}",
            remedy="Pass the Herfindahl index of plant sizes of each segment as plant_hhi.",
        )
    return ratio(np.ones(total.shape), total)
