"""Estimates as lines for the screen: estimate, standard error, statistic, p-value, interval."""

from __future__ import annotations

import pandas as pd

# of the page, and of the names of terms at least
WIDTH = 92
LEAST = 10


def width_of(terms: tuple[str, ...]) -> int:
    """How wide the column of names is."""
    return max([len(term) for term in terms] + [LEAST])


def heading(
    wide: int,
    statistic: str,
    level: float = 0.95,
) -> str:
    """The heads of the columns, after `wide` signs for the names; `statistic` is "z" or "t"."""
    interval = f"{100 * level:.4g} % interval"
    return (
        f"{'':{wide}s} {'estimate':>12s} {'std. error':>12s} {statistic:>9s} {'p':>8s} "
        f"{interval:>24s}"
    )


def lines(frame: pd.DataFrame, wide: int) -> list[str]:
    """A line for each row of a tidy frame; a standard error of zero is that of a value which the
    model fixes.
    """
    said = []
    for row in frame.itertuples():
        if row.std_error == 0:
            said.append(f"{row.term:{wide}s} {row.estimate:12.6g} fixed by the model")
            continue
        said.append(
            f"{row.term:{wide}s} {row.estimate:12.6g} {row.std_error:12.6g} {row.statistic:9.3f} "
            f"{row.p_value:8.4f} {row.conf_low:12.5g} {row.conf_high:11.5g}"
        )
    return said
