"""Variety of a region's segments, between and within groups of related ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from ...errors import OptionError
from ..measures import Measures
from .segments import ratio, read_segments

if TYPE_CHECKING:
    from ...panel import Panel


def variety(panel: Panel, groups: Mapping[str, Sequence[str]]) -> Measures:
    """How varied each region is: across groups of segments that have little to do with each other,
    and within groups of related segments.

    With the share p_j of segment j in a region and P_g = the sum of p_j over group g, in bits:

    - unrelated variety: sum_g P_g log2(1 / P_g);
    - related variety: sum_g P_g H_g, with H_g = sum_j in g (p_j / P_g) log2(P_g / p_j);
    - variety: sum_j p_j log2(1 / p_j), which is the sum of the two.

    Parameters
    ----------
    panel : Panel
    groups : mapping of str to sequence of str
        The segments, columns or expressions, of each group; a segment belongs to one group.

    Returns
    -------
    Measures
        One row a period and unit: total, variety, unrelated, related; NaN for a region of nothing.

    Raises
    ------
    DataError
        Missing or negative values, a period of zeros only.
    OptionError
        No mapping, a group of nothing, a segment that is in two groups.

    References
    ----------
    Frenken, van Oort and Verburg (2007), Regional Studies 41, 685-697,
    doi:10.1080/00343400601120296.
    """
    names, members = _listed(groups)
    read = read_segments(panel, names)
    whole = read.values.sum(axis=2, keepdims=True)
    share = ratio(read.values, whole)
    group_share = share @ members
    all_of_it = _entropy(share)
    unrelated = _entropy(group_share)
    frame = read.by_unit(
        total=whole[:, :, 0],
        variety=all_of_it,
        unrelated=unrelated,
        related=_within(share, group_share, members),
    )
    return Measures(
        f"Variety of {len(names)} segments in {len(groups)} groups",
        ("period", "unit"),
        ("variety", "unrelated", "related"),
        frame,
    )


def _entropy(share: np.ndarray) -> np.ndarray:
    """Shannon's entropy in bits over the last axis."""
    bits: np.ndarray = special.entr(share).sum(axis=-1) / np.log(2)
    return bits


def _within(
    share: np.ndarray,
    group_share: np.ndarray,
    members: np.ndarray,
) -> np.ndarray:
    """The entropy inside each group, weighted by the group's share, (T, N)."""
    nothing = np.isnan(group_share).any(axis=2)
    inside = np.zeros(share.shape[:2])
    for g, member in enumerate(members.T.astype(bool)):
        weight = group_share[:, :, g]
        part = ratio(share[:, :, member], weight[:, :, None])
        inside += np.where(weight > 0, weight * _entropy(np.nan_to_num(part)), 0.0)
    return np.where(nothing, np.nan, inside)


def _listed(groups: Mapping[str, Sequence[str]]) -> tuple[list[str], np.ndarray]:
    """The segments in one list, and which group each is in, zeros and ones of shape (S, G)."""
    valid = isinstance(groups, Mapping) and all(
        len(part) and not isinstance(part, str) for part in groups.values()
    )
    if not valid:
        raise OptionError(
            "groups",
            expected="a mapping from names of groups to lists of segments",
            got=repr(groups),
            remedy="Write for instance {'materials': ['lithium', 'cobalt'], 'cars': ['buses']}.",
        )
    names = [name for part in groups.values() for name in part]
    of_group = np.repeat(np.arange(len(groups)), [len(part) for part in groups.values()])
    members = (of_group[:, None] == np.arange(len(groups))).astype(float)
    return names, members
