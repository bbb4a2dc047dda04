"""Which choice moves the answer most: the variance of estimates over specifications, by axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

INTERACTIONS = "interactions"


def variance_shares(estimates: np.ndarray, choices: pd.DataFrame) -> pd.DataFrame:
    """Shares of the variance of estimates by axis.

    Parameters
    ----------
    estimates : array of shape (R,)
        Of one term and component in R specifications.
    choices : DataFrame of R rows
        The value of each axis.

    Returns
    -------
    DataFrame, a row an axis from the largest share down, then "interactions". `alone` is the share
    that the axis explains by itself (the correlation ratio), `beside_others` what it adds to all
    other axes. In a full grid without holes both are the same. "interactions" is what all axes
    together leave, when their effects are added up. NaN where estimates do not vary.
    """
    total = float(np.sum((estimates - estimates.mean()) ** 2))
    # beyond rounding: estimates that are equal have no variance to share
    scale = float(np.max(np.abs(estimates)))
    if total <= len(estimates) * (1e-12 * scale) ** 2:
        total = np.nan
    dummies = {name: _dummies(choices[name]) for name in choices.columns}
    explained = _explained(estimates, list(dummies.values())) / total
    rows = {}
    for name, own in dummies.items():
        others = [columns for other, columns in dummies.items() if other != name]
        alone = _explained(estimates, [own]) / total
        rows[name] = (alone, explained - _explained(estimates, others) / total)
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["alone", "beside_others"])
    frame = frame.sort_values("alone", ascending=False, kind="stable")
    frame.loc[INTERACTIONS] = 1.0 - explained
    # a share of nothing, to rounding, is none
    return frame.where(frame.abs() > 1e-12, 0.0).where(frame.notna()).rename_axis("axis")


def _dummies(values: pd.Series) -> np.ndarray:
    """A column for each value but the first, centred, (R, values - 1)."""
    codes, _ = pd.factorize(values.astype(str))
    columns = (codes[:, None] == np.arange(1, codes.max() + 1)).astype(float)
    centred: np.ndarray = columns - columns.mean(axis=0)
    return centred


def _explained(estimates: np.ndarray, blocks: Sequence[np.ndarray]) -> float:
    """The sum of squares that columns explain, a constant apart."""
    if not blocks:
        return 0.0
    X = np.hstack(list(blocks))
    y = estimates - estimates.mean()
    coefficients, *_ = np.linalg.lstsq(X, y, rcond=None)
    return float(np.sum((X @ coefficients) ** 2))
