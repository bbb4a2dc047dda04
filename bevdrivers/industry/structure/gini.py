"""Gini's coefficient taken apart by groups, after Dagum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..measures import Measures
from ..shares import check_groups, check_values

if TYPE_CHECKING:
    from ...panel import Panel


def dagum(
    panel: Panel,
    variable: str,
    groups: str,
) -> Measures:
    """Inequality among regions, taken apart: within groups, between groups, and from the overlap of
    groups.

    With n_j of N units in group j, its mean m_j and the overall mean m, p_j = n_j / N, q_j = n_j
    m_j / (N m), and the Gini of two groups G_jh = mean |y_j - y_h| / (m_j + m_h):

    - within: sum_j G_jj p_j q_j;
    - between (net): sum over pairs of G_jh (p_j q_h + p_h q_j) D_jh;
    - overlap (transvariation): the same with 1 - D_jh.

    D_jh = (d - t) / (d + t), of the group with the larger mean against the other: d is the mean
    over pairs of units of what the first has more, t of what it has less. The three add up to
    Gini's coefficient as `concentration` has it.

    Parameters
    ----------
    panel : Panel
    variable : str
        A column or an expression, nowhere negative.
    groups : str
        A column that says which group a unit is in.

    Returns
    -------
    Measures
        One row a period: gini, within, between, overlap.

    Raises
    ------
    DataError
        Missing or negative values, a period of zeros only, a unit without a group.

    References
    ----------
    Dagum (1997), Empirical Economics 22, 515-531, doi:10.1007/BF01205777.
    """
    x = panel.evaluate(variable, "variable")
    check_values(panel, variable, x)
    names = check_groups(panel, groups)
    parts = [_parts(row, of) for row, of in zip(x, names, strict=True)]
    frame = pd.DataFrame(parts, columns=["within", "between", "overlap"])
    frame.insert(0, "gini", frame.sum(axis=1))
    frame.insert(0, "period", list(panel.periods))
    return Measures(
        f"Gini's coefficient of {variable} by {groups}, after Dagum",
        ("period",),
        ("gini", "within", "between", "overlap"),
        frame,
    )


def _parts(x: np.ndarray, names: np.ndarray) -> tuple[float, float, float]:
    """Gini's coefficient of one period within, between and by overlap.

    G_jh (p_j q_h + p_h q_j) is the sum of |y_j - y_h| over pairs of the two groups, divided by N^2
    m; so is each part of it.
    """
    scale = x.size**2 * x.mean()
    values = [x[names == name] for name in sorted(set(names.tolist()), key=str)]
    values.sort(key=lambda part: float(part.mean()))
    within = between = overlap = 0.0
    for j, first in enumerate(values):
        within += float(np.abs(first[:, None] - first).sum()) / (2 * scale)
        for richer in values[j + 1 :]:
            more = richer[:, None] - first
            d = float(more.clip(min=0).sum())
            t = float((-more).clip(min=0).sum())
            between += (d - t) / scale
            overlap += 2 * t / scale
    return within, between, overlap
