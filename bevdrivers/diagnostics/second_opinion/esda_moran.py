"""What PySAL's esda says of Moran's I, period by period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...esda import MoranResult, to_esda
from ...esda.bridge import periods_of
from .program_result import Labelled, ProgramResult


def estimates_of(moran: MoranResult) -> Labelled:
    """Moran's I and its standard deviation under randomisation, by period; a pooled row is left
    out.
    """
    frame = moran.frame[moran.frame["period"].isin(periods_of(moran))]
    terms = [f"I {period}" for period in frame["period"]]
    variances = frame["variance_randomisation"].to_numpy(float)
    return Labelled(
        pd.Series(frame["I"].to_numpy(float), index=terms),
        pd.Series(np.sqrt(variances), index=terms),
    )


def ask_esda(moran: MoranResult) -> ProgramResult:
    """esda's I and its standard deviation under randomisation of the same variable and weights."""
    matched = estimates_of(moran)
    answers = [to_esda(moran, period, permutations=0) for period in periods_of(moran)]
    return ProgramResult(
        "esda.Moran(z, w, transformation='O', permutations=0), period by period",
        list(matched.params.index),
        np.array([answer.I for answer in answers]),
        np.array([answer.seI_rand for answer in answers]),
        matched,
    )
