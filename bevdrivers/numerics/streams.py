"""Random numbers from a seed: the one place where a seed becomes a stream.

Each use of a seed has a stream of its own, named after the use. So data that were made up with seed
1 and a bootstrap with seed 1 share no number: without names the errors of the one would be the
regressors of the other.
"""

from __future__ import annotations

from typing import Literal
from zlib import crc32

import numpy as np

from ..options import whole_number

Use = Literal[
    "made-up panel",
    "bootstrap",
    "p-values",
    "calibration",
    "calibration of paths",
    "permutations",
    "impacts",
    "random fields",
    "signs of units",
    "J tests",
    "sup-Wald",
    "contributions",
    "unit roots",
    "cointegration",
    "probes of traces",
    "probes of lags",
    "probes of effects",
    "probes of adjusted scores",
    "signs of units in adjusted scores",
    "rows of projections",
    "cautions",
    "starts of eigenvalues",
    "second-order bias",
    "sup-t bands",
    "permuted adoption",
    "points at random",
    "sites at random",
    "geodetector",
    "curve test",
    "placebo",
    "resampling",
]


def stream(seed: int | None, use: Use) -> np.random.SeedSequence:
    """The stream of one use of a seed.

    Parameters
    ----------
    seed : int or None
        None for one that nobody can draw again.
    use : str
        What the numbers are for.

    Raises
    ------
    OptionError
        The seed is no whole number from 0 on.
    """
    if seed is not None:
        seed = whole_number("seed", seed, expected="None or a whole number, 0 or more")
    return np.random.SeedSequence(seed, spawn_key=(crc32(use.encode()),))


def generator(seed: int | None, use: Use) -> np.random.Generator:
    """The random numbers of one use of a seed, from their beginning; see `stream`."""
    return np.random.default_rng(stream(seed, use))
