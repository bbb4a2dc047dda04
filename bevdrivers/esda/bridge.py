"""The bridge to PySAL's esda: the same Moran's I as its object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import InputError, first_five
from ..options import whole_number
from .global_statistics import POOLED
from .moran import MoranResult


def to_esda(
    moran: MoranResult,
    period: Any,
    *,
    permutations: int | None = None,
) -> Any:
    """Moran's I of one period as an `esda.Moran` object, for what PySAL does with it from there.

    Parameters
    ----------
    moran : MoranResult
        Of ``bd.Moran(...).fit(panel, weights)``.
    period : int or str
        A period, or a stage, of ``moran.frame``; "pooled" has no counterpart there.
    permutations : int, optional
        As many as in the request by default.

    Returns
    -------
    esda.Moran. ``y`` holds the deviations from the period's mean, units in the order of
    ``moran.weights.ids``; ``w`` is the graph of the normalised weights, not transformed again.
    ``I`` and its moments equal the result's. The permutations are drawn by NumPy's global
    generator, as esda does, from the request's seed where it has one, and are others than ours; the
    state of that generator is put back.

    Raises
    ------
    InputError
        It is no result of `Moran`, or has no such period.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> moran = bd.Moran("log1p(bev_density)", permutations=0).fit(panel, queen)
    >>> round(float(bd.to_esda(moran, 2020).I), 4) == round(float(moran.frame["I"].iloc[-1]), 4)
    True
    """
    import esda

    row = _row_of(moran, period)
    if permutations is None:
        permutations = moran.request.permutations
    seed = moran.request.seed
    whole_number("permutations", permutations)
    with _global_seed(seed):
        return esda.Moran(
            moran.z[row],
            moran.weights.to_libpysal(),
            transformation="O",
            permutations=permutations,
            two_tailed=moran.request.alternative == "two-sided",
        )


def periods_of(moran: MoranResult) -> list[Any]:
    """The periods, or stages, of the rows of ``moran.z``."""
    return [period for period in moran.frame["period"].tolist() if period != POOLED]


def _row_of(moran: Any, period: Any) -> int:
    """The row of ``moran.z`` that holds a period."""
    if not isinstance(moran, MoranResult):
        raise InputError(
            "moran",
            expected="what Moran(...).fit(panel, weights) returns",
            got=type(moran).__name__,
            remedy="Pass the result of bd.Moran(...).fit(panel, weights).",
        )
    periods = periods_of(moran)
    if period not in periods:
        raise InputError(
            "period",
            expected=f"one of {first_five(periods)}",
            got=repr(period),
            remedy="Choose one of these periods.",
        )
    return periods.index(period)


@contextmanager
def _global_seed(seed: int | None) -> Iterator[None]:
    """NumPy's global generator from a seed, and as it was afterwards; untouched without a seed."""
    if seed is None:
        yield
        return
    before = np.random.get_state()  # noqa: NPY002  (esda draws from it)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
