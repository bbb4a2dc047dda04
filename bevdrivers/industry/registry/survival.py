"""How long firms survive: Kaplan and Meier's estimate by segment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...options import real_number, whole_number
from ...results import critical_value
from ..measures import Measures
from .columns import Registry


def firm_survival(
    registry: Registry,
    until: int,
    *,
    level: float = 0.95,
) -> Measures:
    """What share of firms survives to each age, by segment.

    With n_a firms that reach age a under observation and d_a of them that leave at it, S(a) = prod
    over ages up to a of (1 - d / n). The age at exit is exit - entry in whole years. Firms that are
    there still at the end of the year `until` are censored at until - entry; those that leave at an
    age count before those censored at it. Intervals are on the scale log(-log S), with Greenwood's
    variance.

    Parameters
    ----------
    registry : Registry
    until : int
        The last year that the registry knows of. Later exits do not count, later entries are left
        out.
    level : float

    Returns
    -------
    Measures
        One row a segment and age at which somebody leaves: survival, conf_low, conf_high, at_risk,
        exits. Segments without an exit have no row. An interval is NaN where nobody is left.

    Raises
    ------
    OptionError
        `until` is no whole number.

    Notes
    -----
    A registry that lists only those that exist today shows no exits of earlier ones: survival is
    then too high at all ages.

    References
    ----------
    Kaplan and Meier (1958), Journal of the American Statistical Association 53, 457-481,
    doi:10.1080/01621459.1958.10501452.
    """
    last = whole_number("until", until)
    z = critical_value(real_number("level", level, above=0.0, below=1.0))
    entries, exits = registry.entries, registry.exits
    known = entries <= last
    leaves = exits <= last
    age = np.where(leaves, exits, last) - entries
    of = registry.firms[registry.segment].astype(str).to_numpy()
    frames = [
        _kaplan_meier(age[some], leaves[some], z).assign(segment=name)
        for name in sorted(set(of[known].tolist()))
        for some in [known & (of == name)]
    ]
    columns = ["segment", "age", "survival", "conf_low", "conf_high", "at_risk", "exits"]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    title = f"Survival of {int(known.sum())} firms up to {last}"
    return Measures(title, ("segment", "age"), ("survival",), frame[columns])


def _kaplan_meier(
    age: np.ndarray,
    leaves: np.ndarray,
    z: float,
) -> pd.DataFrame:
    ages = np.unique(age[leaves])
    n = (age[:, None] >= ages).sum(axis=0)
    d = ((age[:, None] == ages) & leaves[:, None]).sum(axis=0)
    S = np.cumprod(1 - d / n)
    left = S > 0
    # nobody left: neither the variance nor the logarithm exists
    terms = np.divide(d, n * (n - d), out=np.full(len(ages), np.nan), where=n > d)
    log_S = np.log(S, out=np.full(len(ages), np.nan), where=left)
    width = z * np.sqrt(np.cumsum(terms)) / -log_S
    return pd.DataFrame(
        {
            "age": ages.astype(int),
            "survival": S,
            "conf_low": S ** np.exp(width),
            "conf_high": S ** np.exp(-width),
            "at_risk": n,
            "exits": d,
        }
    )
