"""Location quotients of segments, with intervals and in standard deviations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError, first_five
from ...options import real_number
from ...results import critical_value
from ..measures import Measures
from ..shares import check_totals
from .segments import Segments, ratio, read_segments

if TYPE_CHECKING:
    from ...panel import Panel


def location_quotient(
    panel: Panel,
    segments: Sequence[str],
    *,
    total: str | None = None,
    level: float | None = 0.95,
) -> Measures:
    """How much of a region's activity is in a segment, against the share that the segment has in
    all regions.

    With e_ij of segment j in region i, e_i the region's total, e_j the segment's and e that of
    everything,

        LQ_ij = (e_ij / e_i) / (e_j / e).

    It is 1 where the region is as the whole is; its mean weighted by e_i is 1 for each segment.

    Parameters
    ----------
    panel : Panel
    segments : sequence of str
        Columns or expressions, nowhere negative.
    total : str, optional
        The total of a region, such as all firms of all industries; by default the sum of the
        segments.
    level : float or None
        Of the interval, which supposes that values are counts: e_ij of e_i firms are in the segment
        with a probability of their own, and e_j / e is known. It is Wilson's interval of that
        probability, divided by e_j / e. None for values that are no counts.

    Returns
    -------
    Measures
        One row a period, unit and segment: value, lq, standardised, and conf_low and conf_high with
        a level. `standardised` is (lq - mean) / standard deviation over the units of a period
        (divisor N - 1); NaN where a unit, a segment or a spread is nothing.

    Raises
    ------
    DataError
        Missing or negative values; a total below its segments; values that are no counts, where an
        interval is asked for.
    OptionError
        Segments that are no list of different names, a level outside 0 and 1.

    References
    ----------
    O'Donoghue and Gleave (2004), Regional Studies 38, 419-427, doi:10.1080/03434002000213932. They
    standardise logarithms, too, where these are nearer to a normal distribution. Wilson (1927),
    Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> from bevdrivers.industry import location_quotient
    >>> segments = ["firms_upstream", "firms_midstream", "firms_downstream"]
    >>> found = location_quotient(bd.load_panel(), segments).frame
    >>> row = found[(found["period"] == 2020) & (found["unit"] == "Qinghai")].iloc[0]
    >>> row["segment"], float(row["value"]), round(float(row["lq"]), 2)
    ('firms_upstream', 2.0, 3.45)
    """
    read = read_segments(panel, segments, at_least=1 if total else 2)
    whole = _totals(panel, read, total)
    everywhere = read.values.sum(axis=1, keepdims=True) / whole.sum(axis=1, keepdims=True)
    share = ratio(read.values, whole)
    lq = ratio(share, everywhere)
    columns = {"value": read.values, "lq": lq, "standardised": _standardised(lq)}
    if level is not None:
        level = real_number("level", level, above=0.0, below=1.0)
        _check_counts(read)
        low, high = _wilson(read.values, whole, level)
        columns |= {"conf_low": ratio(low, everywhere), "conf_high": ratio(high, everywhere)}
    names = ", ".join(read.names)
    return Measures(
        f"Location quotients of {names}",
        ("period", "unit", "segment"),
        ("lq", "standardised"),
        read.long(**columns),
    )


def quotients(read: Segments) -> np.ndarray:
    """Location quotients against the sum of the segments, (T, N, S); NaN for a unit of nothing."""
    whole = read.values.sum(axis=2, keepdims=True)
    everywhere = read.values.sum(axis=1, keepdims=True) / whole.sum(axis=1, keepdims=True)
    return ratio(ratio(read.values, whole), everywhere)


def _totals(
    panel: Panel,
    read: Segments,
    total: str | None,
) -> np.ndarray:
    """The total of each unit, (T, N, 1)."""
    parts: np.ndarray = read.values.sum(axis=2)
    if total is None:
        return parts[:, :, None]
    whole = panel.evaluate(total, "total")
    below = np.argwhere(whole < parts * (1 - 1e-12))
    if len(below):
        cells = [(panel.units[i], panel.periods[t]) for t, i in below]
        raise DataError(
            total,
            expected="a total that is no smaller than the sum of its segments",
            got=f"{len(cells)} below it: {first_five(cells)}",
            remedy="Pass the total of all that the segments are a part of, in their unit.",
        )
    check_totals(panel, total, whole)
    return whole[:, :, None]


def _standardised(lq: np.ndarray) -> np.ndarray:
    """Distance from the mean over units in standard deviations, (T, N, S)."""
    here = ~np.isnan(lq)
    n = here.sum(axis=1, keepdims=True)
    known = np.where(here, lq, 0.0)
    mean = ratio(known.sum(axis=1, keepdims=True), n)
    away = np.where(here, lq - mean, 0.0)
    spread = np.sqrt(ratio((away**2).sum(axis=1, keepdims=True), np.maximum(n - 1, 0)))
    # what is left of equal quotients is rounding, which has no spread
    spread = np.where(spread > 1e-12 * np.abs(mean), spread, np.nan)
    standardised: np.ndarray = (lq - mean) / spread
    return standardised


def _check_counts(read: Segments) -> None:
    broken = np.argwhere(read.values != np.round(read.values))
    if len(broken):
        names = dict.fromkeys(read.names[s] for *_, s in broken)
        raise DataError(
            "segments",
            expected="counts, for an interval",
            got=f"other than whole numbers in {first_five(names)}",
            remedy="Pass numbers of firms, or level=None for quotients without intervals.",
        )


def _wilson(
    count: np.ndarray,
    n: np.ndarray,
    level: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a probability, from `count` of `n`; NaN of none."""
    z2 = critical_value(level) ** 2
    p = ratio(count, n)
    centre = p + ratio(np.full(n.shape, z2 / 2), n)
    inner = ratio(p * (1 - p), n) + ratio(np.full(n.shape, z2 / 4), n**2)
    half = np.sqrt(z2 * inner)
    scale = 1 + ratio(np.full(n.shape, z2), n)
    # at none and at all of n the bound is 0 and 1, but for rounding
    low = np.where(count == 0, np.where(n > 0, 0.0, np.nan), (centre - half) / scale)
    return low, (centre + half) / scale
