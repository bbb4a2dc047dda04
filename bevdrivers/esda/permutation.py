"""Random orders of the units: the same for one worker and for many, a block of them in memory at a
time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from ..errors import OptionError
from ..numerics.streams import stream

# Permutations that share one random stream. A constant: the draws depend on the seed, never on
# memory or workers.
CHUNK = 250

# Numbers that a block of orders may make a worker hold in one array (0.5 MB of float64: it stays in
# the cache).
BLOCK = 2**16

Part = TypeVar("Part")
Orders = Iterator[np.ndarray]


def over_orders(
    work: Callable[[Orders], Part],
    n: int,
    permutations: int,
    seed: int | None,
    *,
    width: int,
    n_jobs: int = 1,
) -> list[Part]:
    """What `work` makes of each chunk of random orders, in the order of the chunks.

    Each chunk of `CHUNK` permutations has a random stream of its own, spawned from the seed, so
    that neither the number of workers nor the size of the blocks changes a draw, and the first 999
    of 9,999 permutations are those of 999.

    Parameters
    ----------
    work : function
        Takes blocks of orders, each an int array of shape (R, n), and gives its part of the answer.
    n : int
        Units.
    permutations : int
    seed : int or None
    width : int
        Numbers that one order makes `work` hold.
    n_jobs : int
        Threads; -1 for as many as there are processors.
    """
    sizes = [min(CHUNK, permutations - start) for start in range(0, permutations, CHUNK)]
    streams = stream(seed, "permutations").spawn(len(sizes))
    rows = max(1, BLOCK // max(width, 1))

    def part(chunk: np.random.SeedSequence, size: int) -> Part:
        return work(_orders(np.random.default_rng(chunk), n, size, rows))

    workers = _workers(n_jobs)
    if workers == 1 or len(sizes) == 1:
        return [part(chunk, size) for chunk, size in zip(streams, sizes, strict=True)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(part, streams, sizes))


def _orders(
    rng: np.random.Generator,
    n: int,
    size: int,
    rows: int,
) -> Orders:
    plain = np.tile(np.arange(n), (min(rows, size), 1))
    for start in range(0, size, rows):
        yield rng.permuted(plain[: min(rows, size - start)], axis=1)


def _workers(n_jobs: int) -> int:
    if not isinstance(n_jobs, int) or isinstance(n_jobs, bool) or n_jobs == 0 or n_jobs < -1:
        raise OptionError(
            "n_jobs",
            expected="a whole number, 1 or more, or -1 for all processors",
            got=repr(n_jobs),
            remedy="Write 1 for no parallel work, or -1 for all processors.",
        )
    return n_jobs if n_jobs > 0 else os.cpu_count() or 1


def tail_p(
    larger: np.ndarray,
    smaller: np.ndarray,
    permutations: int,
    alternative: str = "two-sided",
) -> np.ndarray:
    """p-values from the draws at least as large and at least as small as what was observed (any
    shape).

    (count + 1) / (permutations + 1); two-sided is twice the smaller tail, at most 1.
    """
    tails = {
        "greater": larger,
        "less": smaller,
        "two-sided": np.minimum(larger, smaller),
    }
    p = (tails[alternative] + 1.0) / (permutations + 1.0)
    tail: np.ndarray = np.minimum(1.0, 2.0 * p) if alternative == "two-sided" else p
    return tail
