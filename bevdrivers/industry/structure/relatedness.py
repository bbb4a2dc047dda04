"""How close a region's segments are to a segment that it has, or has not yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..measures import Measures
from .quotient import quotients
from .segments import ratio, read_segments

if TYPE_CHECKING:
    from ...panel import Panel


def relatedness_density(panel: Panel, segments: Sequence[str]) -> Measures:
    """How much of what is related to a segment a region is already strong in.

    A region is strong in a segment, M_ij = 1, where its location quotient is 1 or more. Two
    segments are as near as the same regions are strong in both, phi_jk = min(P(M_j | M_k), P(M_k |
    M_j)), P over the regions of the period. The density of region i around segment j is

        d_ij = sum_k M_ik phi_jk / sum_k phi_jk, over the k other than j.

    Parameters
    ----------
    panel : Panel
    segments : sequence of str
        Columns or expressions, two or more, nowhere negative. A handful of segments gives a
        handful of values: the measure was made for hundreds of products.

    Returns
    -------
    Measures
        One row a period, unit and segment: density in [0, 1], strong (0 or 1); NaN for a segment
        that no other is related to. A region of nothing is strong in nothing.

    Raises
    ------
    DataError
        Missing or negative values, a period of zeros only.
    OptionError
        Fewer than two segments.

    References
    ----------
    Hidalgo, Klinger, Barabasi and Hausmann (2007), Science 317, 482-487,
    doi:10.1126/science.1144581.
    """
    read = read_segments(panel, segments)
    # a quotient that is 1 but for rounding is 1
    strong = (np.nan_to_num(quotients(read)) >= 1 - 1e-12).astype(float)
    near = proximity(strong)
    density = ratio(strong @ near, near.sum(axis=1, keepdims=True))
    return Measures(
        f"Relatedness density of {', '.join(read.names)}",
        ("period", "unit", "segment"),
        ("density",),
        read.long(density=density, strong=strong),
    )


def proximity(strong: np.ndarray) -> np.ndarray:
    """phi_jk by period, (T, S, S) from zeros and ones of shape (T, N, S); 0 from a segment to
    itself, and to one that no region is strong in.
    """
    both = strong.transpose(0, 2, 1) @ strong
    each = strong.sum(axis=1)
    # the smaller of both / n_j and both / n_k
    near: np.ndarray = np.nan_to_num(ratio(both, np.maximum(each[:, :, None], each[:, None, :])))
    diagonal = np.arange(near.shape[1])
    near[:, diagonal, diagonal] = 0.0
    return near
