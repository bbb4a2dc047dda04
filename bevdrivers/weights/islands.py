"""Units without a neighbour: raise, join to the nearest or as told, drop, keep; and say in words
what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ..errors import OptionError, WeightsError, first_five
from ..ids import positions

WORDS = ("raise", "nearest", "drop", "keep")


@dataclass(frozen=True)
class Settled:
    """Links after islands were dealt with.

    Attributes
    ----------
    ids : tuple, length N
    links : sparse array of shape (N, N)
    done : tuple of str
        What was done, in words.
    dropped : tuple
        Ids of the units that are no longer among the rows.
    """

    ids: tuple[Hashable, ...]
    links: sparse.csr_array
    done: tuple[str, ...] = ()
    dropped: tuple[Hashable, ...] = ()


JOINED = " joined to "


def checked_islands(islands: Any) -> None:
    """Raise `OptionError` unless `islands` is one of `WORDS` or a mapping."""
    if not (isinstance(islands, Mapping) or (isinstance(islands, str) and islands in WORDS)):
        raise OptionError(
            "islands",
            expected=f"one of {list(WORDS)} or a mapping, {{'Hainan': ['Guangdong']}}",
            got=repr(islands),
            remedy='Write "nearest", or name neighbours in a mapping.',
        )


def listed(names: Sequence[Hashable]) -> str:
    """Up to ten names as text; of more the first five and their number."""
    shown = ", ".join(map(str, names if len(names) <= 10 else names[:5]))
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 5} more"


def speaks_of(text: str, gone: Sequence[Hashable]) -> bool:
    """Whether the text says how one of the units `gone` was joined: a table must not speak of units
    that it lacks.
    """
    return any(text.startswith(f"{name}{JOINED}") for name in gone)


def degree(links: sparse.csr_array) -> np.ndarray:
    """Number of neighbours of each unit, (N,)."""
    return np.diff(links.indptr)


def settle_islands(
    links: sparse.csr_array,
    ids: tuple[Hashable, ...],
    islands: str | Mapping[Hashable, Sequence[Hashable]],
    nearest: Callable[[int], int] | None = None,
    hint: str = "",
) -> Settled:
    """Deal with units that have no neighbour.

    Parameters
    ----------
    links : sparse array of shape (N, N)
    ids : tuple, length N
    islands : one of `WORDS`, or mapping
    nearest : function, optional
        Position of the unit nearest to that at a position; None where places are unknown.
    hint : str
        What else could be done, for the error.
    """
    checked_islands(islands)
    settled = Settled(ids, links)
    if isinstance(islands, Mapping):
        settled = _join(settled, islands)
    elif islands == "nearest":
        settled = _join(settled, _nearest_of(links, ids, nearest))
    elif islands == "drop":
        settled = _drop(settled)
    alone = [ids[i] for i in np.flatnonzero(degree(settled.links) == 0)]
    if not alone:
        return settled
    if islands == "keep":
        return Settled(ids, settled.links, (f"{listed(alone)} kept without neighbours",))
    raise WeightsError(
        "islands",
        expected="a neighbour for every unit",
        got=f"none for {len(alone)} units: {first_five(alone)}",
        remedy=(hint + " " if hint else "")
        + f"Join them, as in islands={{{alone[0]!r}: [...]}}, "
        + ("or islands='nearest', leave them out with islands='drop', " if len(alone) > 1 else "")
        + "or keep their zero rows with islands='keep'.",
    )


def _nearest_of(
    links: sparse.csr_array,
    ids: tuple[Hashable, ...],
    nearest: Callable[[int], int] | None,
) -> dict[Hashable, list[Hashable]]:
    alone = np.flatnonzero(degree(links) == 0)
    if nearest is None and alone.size:
        raise WeightsError(
            "islands",
            expected="units whose places are known, for 'nearest'",
            got="a matrix or a network",
            remedy=f"Name the neighbours, as in islands={{{ids[alone[0]]!r}: [...]}}.",
        )
    return {ids[i]: [ids[nearest(int(i))]] for i in alone} if nearest else {}


def _join(settled: Settled, mapping: Mapping[Hashable, Sequence[Hashable]]) -> Settled:
    """Links in both directions between each key and its values, as weak as the weakest of the
    others.
    """
    pairs: list[tuple[int, int]] = []
    done = []
    for island, neighbours in mapping.items():
        named = [neighbours] if isinstance(neighbours, str) else list(neighbours)
        own, *others = _positions_of(island, named, settled.ids)
        pairs += [(own, other) for other in others]
        done.append(f"{island}{JOINED}{', '.join(map(str, named))}")

    # both directions of each pair; a link that is asked for twice counts once
    both = pairs + [(other, own) for own, other in pairs]
    rows = [row for row, _ in both]
    columns = [column for _, column in both]
    added = sparse.csr_array((np.ones(len(both)), (rows, columns)), shape=settled.links.shape)
    weakest = settled.links.data.min(initial=np.inf)
    added.data[:] = weakest if np.isfinite(weakest) else 1.0

    # where there is a link already it stays as it is
    existing = added.multiply(settled.links > 0)
    links = sparse.csr_array(settled.links + added - existing)
    links.eliminate_zeros()
    return Settled(settled.ids, links, tuple(done))


def _positions_of(
    island: Hashable,
    named: Sequence[Hashable],
    ids: tuple[Hashable, ...],
) -> list[int]:
    """Positions of an island and of the neighbours that it shall have."""
    everyone = [island, *named]
    position = positions(everyone, ids)
    lost = [name for name, at in zip(everyone, position, strict=True) if at < 0]
    if lost or not named:
        raise WeightsError(
            "islands",
            expected="ids of the weights",
            got=f"unknown {first_five(lost)}" if lost else "no neighbours",
            remedy="Name units as the weights do: weights.ids.",
        )
    if (position[1:] == position[0]).any():
        raise WeightsError(
            "islands",
            expected="other units as neighbours",
            got=f"{island!r} joined to itself",
            remedy="Name units beside it, or keep it alone.",
        )
    return [int(at) for at in position]


def _drop(settled: Settled) -> Settled:
    """The links without islands, and without those that their leaving makes (in asymmetric
    links).
    """
    kept = np.arange(len(settled.ids))
    links = settled.links
    while links.shape[0] and (degree(links) == 0).any():
        stay = np.flatnonzero(degree(links) > 0)
        kept = kept[stay]
        links = sparse.csr_array(links[stay][:, stay])
    if not kept.size:
        raise WeightsError(
            "islands",
            expected="units with neighbours, for 'drop'",
            got="none: every unit is an island",
            remedy="Join them, or use another recipe.",
        )
    gone = tuple(settled.ids[i] for i in np.setdiff1d(np.arange(len(settled.ids)), kept))
    done = (f"{listed(gone)} dropped, without neighbours",) if gone else ()
    return Settled(tuple(settled.ids[i] for i in kept), links, done, gone)
