"""Effects by event time, with intervals of each and bands that hold all of them at once.

A band of coverage 1 - a is estimate +- c standard errors, c the (1 - a) quantile of

    max over event times of |t_e|,   t ~ N(0, R),

R the correlations of the estimates: the sup-t band of Montiel Olea and Plagborg-Moller (2019),
J. Applied Econometrics 34, 1-17, doi:10.1002/jae.2656. The quantile is that of draws; with degrees
of freedom t is a multivariate t, of the fewest where event times differ in them. It lies between
the pointwise critical value and Bonferroni's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..results import critical_value, tidy_frame


@dataclass(frozen=True, eq=False)
class EventPath:
    """Estimates of one component by event time.

    Attributes
    ----------
    component : str
    event_times : tuple of int, length E
    terms : tuple of str, length E
        What each is called: ends of a window are bins.
    values : array of shape (E,)
    covariance : array of shape (E, E)
        Zero where the model fixes an estimate, NaN where its variance cannot be estimated.
    maxima : array of shape (R,)
        Draws of the largest absolute t statistic; empty where there is none.
    df : array of shape (E,) or None
        Degrees of freedom of t; None for the normal distribution.
    """

    component: str
    event_times: tuple[int, ...]
    terms: tuple[str, ...]
    values: np.ndarray
    covariance: np.ndarray
    maxima: np.ndarray
    df: np.ndarray | None = None

    @property
    def errors(self) -> np.ndarray:
        """Standard errors, (E,)."""
        errors: np.ndarray = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return errors

    def critical(self, level: float) -> float:
        """Half width of the band in standard errors."""
        pointwise = float(np.max(critical_value(level, self.df)))
        if self.maxima.size == 0:
            return pointwise
        return max(pointwise, float(np.quantile(self.maxima, level)))

    def tidy(self, level: float) -> pd.DataFrame:
        """Rows of a tidy frame, and columns event_time, band_low, band_high."""
        names = [self.component] * len(self.terms)
        errors = self.errors
        frame = tidy_frame(self.terms, names, self.values, errors, df=self.df, level=level)
        half = self.critical(level) * errors
        return frame.assign(
            event_time=np.array(self.event_times, float),
            band_low=self.values - half,
            band_high=self.values + half,
        )


def largest_t(
    covariance: np.ndarray,
    df: float | None,
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draws (R,) of the largest absolute t statistic of estimates with covariance (E, E); empty
    where none has a variance.
    """
    variance = np.diag(covariance)
    tested = np.flatnonzero(variance > 0.0)
    if tested.size == 0:
        return np.empty(0)
    errors = np.sqrt(variance[tested])
    correlation = covariance[np.ix_(tested, tested)] / np.outer(errors, errors)
    # R = V diag(l) V', also where fewer clusters than event times leave it without full rank
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = rng.standard_normal((draws, len(tested))) @ root.T
    if df is not None:
        drawn /= np.sqrt(rng.chisquare(df, size=(draws, 1)) / df)
    largest: np.ndarray = np.abs(drawn).max(axis=1)
    return largest


def paths_frame(paths: Sequence[EventPath], level: float) -> pd.DataFrame:
    """The tidy frames of several paths below each other."""
    return pd.concat([path.tidy(level) for path in paths], ignore_index=True)


def path_lines(frame: pd.DataFrame) -> str:
    """A tidy frame with bands as text."""
    columns = {
        "term": "event time",
        "estimate": "estimate",
        "std_error": "std. error",
        "conf_low": "low",
        "conf_high": "high",
        "band_low": "band low",
        "band_high": "band high",
    }
    blocks = []
    for component, part in frame.groupby("component", sort=False):
        table = part[list(columns)].rename(columns=columns)
        text = table.to_string(index=False, float_format="{:.4f}".format, na_rep="")
        blocks.append(f"{str(component).capitalize()}\n{text}")
    return "\n\n".join(blocks)
