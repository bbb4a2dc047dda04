"""How far a region's mix of segments is from that of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...options import check_option
from ..measures import Measures
from .segments import ratio, read_segments

if TYPE_CHECKING:
    from ...panel import Panel

Against = Literal["others", "all"]


def specialisation(
    panel: Panel,
    segments: Sequence[str],
    *,
    against: Against = "others",
) -> Measures:
    """How specialised each region is: the distance of its mix of segments from that of other
    regions, and how much of it is in few segments.

    With the shares v_ij = e_ij / e_i of segment j in region i and v_j in the regions with which it
    is compared, K_i = sum_j |v_ij - v_j|, from 0 (the same mix) to 2 (no segment in common). HHI_i
    = sum_j v_ij^2, from 1 / S to 1.

    Parameters
    ----------
    panel : Panel
    segments : sequence of str
        Columns or expressions, two or more, nowhere negative.
    against : {"others", "all"}
        All regions but the one, as a whole; or all together.

    Returns
    -------
    Measures
        One row a period and unit: total, krugman, hhi. NaN for a region without any of it, and for
        `krugman` where there are no others.

    Raises
    ------
    DataError
        Missing or negative values, a period of zeros only.
    OptionError
        Fewer than two segments; another word for `against`.

    References
    ----------
    Krugman (1991), Geography and Trade, MIT Press.
    """
    check_option("against", against, Against)
    read = read_segments(panel, segments)
    whole = read.values.sum(axis=2, keepdims=True)
    mix = ratio(read.values, whole)
    rest = np.broadcast_to(read.values.sum(axis=1, keepdims=True), read.values.shape)
    if against == "others":
        # a remainder of rounding is nothing
        rest = np.where(rest - read.values > 1e-12 * rest, rest - read.values, 0.0)
    other = ratio(rest, rest.sum(axis=2, keepdims=True))
    frame = read.by_unit(
        total=whole[:, :, 0],
        krugman=np.abs(mix - other).sum(axis=2),
        hhi=(mix**2).sum(axis=2),
    )
    return Measures(
        f"Specialisation in {', '.join(read.names)}, against {against}",
        ("period", "unit"),
        ("krugman", "hhi"),
        frame,
    )
