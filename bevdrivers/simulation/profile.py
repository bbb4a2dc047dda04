"""The likelihoods of many outcomes on one design and one W, each in its one spatial parameter, maximised together.

With p = rho or lam, the regressors and the outcome are filtered linearly in p, so their Gram matrix is a quadratic,

    G(p) = G_0 + p G_1 + p^2 G_2,

and the sum of squares that the regressors leave is the Schur complement of its last cell. The log-determinant belongs
to W alone. One step of Newton's method therefore costs an outcome a few numbers, whatever N and T are, and all outcomes
take it at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models.design.transforms import AnySpectrum
from ..models.ml.maximisation import EDGE, MAX_STEPS, STEP_TOLERANCE
from ..numerics.eigenvalue_log_determinants import Spectrum
from ..numerics.factored_log_determinants import search_points


@dataclass(frozen=True, eq=False)
class Profiles:
    """R concentrated log-likelihoods.

    Attributes
    ----------
    zz : array of shape (3, K, K)
        Coefficients in 1, p, p^2 of the products of the filtered regressors. K = 0 where the filter leaves the
        regressors alone (a lag of y) and they have been partialled out.
    zy : array of shape (3, K, R)
        Of the products of filtered regressors and outcomes.
    yy : array of shape (3, R)
        Of the squares of the filtered outcomes.
    nobs, periods : int
        Effective observations and periods (contrasts under Lee-Yu).
    spectrum : Spectrum or another that has its methods
    bounds : (float, float)
    """

    zz: np.ndarray
    zy: np.ndarray
    yy: np.ndarray
    nobs: int
    periods: int
    spectrum: AnySpectrum
    bounds: tuple[float, float]

    def squares(self, p: np.ndarray, draw: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Sum of squares of outcomes `draw` (n,) at p (n,), its first and second derivative, and b, (n, K)."""
        power = np.stack([np.ones_like(p), p, p * p])
        slope = np.stack([np.zeros_like(p), np.ones_like(p), 2.0 * p])
        yy, zy = self.yy[:, draw], self.zy[:, :, draw]
        value, first, second = (power * yy).sum(axis=0), (slope * yy).sum(axis=0), 2.0 * yy[2]
        if not len(self.zz[0]):
            return value, first, second, np.zeros((len(p), 0))
        inverse = np.linalg.inv(np.tensordot(power.T, self.zz, 1))
        at, moved = np.einsum("cn,ckn->nk", power, zy), np.einsum("cn,ckn->nk", slope, zy)
        b = np.einsum("nkl,nl->nk", inverse, at)
        drift = moved - np.einsum("nkl,nl->nk", np.tensordot(slope.T, self.zz, 1), b)
        value = value - (at * b).sum(axis=1)
        # b is at its optimum: only what depends on p directly moves the sum of squares, to first order
        first = first - ((moved + drift) * b).sum(axis=1)
        second = second - 4.0 * (zy[2].T * b).sum(axis=1) + 2.0 * np.einsum("nk,kl,nl->n", b, self.zz[2], b)
        second = second - 2.0 * np.einsum("nk,nkl,nl->n", drift, inverse, drift)
        return value, first, second, b

    def line(self, p: np.ndarray, draw: np.ndarray) -> np.ndarray:
        """Log-likelihood of outcomes `draw` (n,) at p (n,), slope and curvature, (3, n)."""
        ssr, by_p, by_pp, _ = self.squares(p, draw)
        volume, first, second = _volumes(self.spectrum, p)
        slope = by_p / ssr
        return np.stack(
            [
                self.periods * volume - self.nobs / 2 * (np.log(2 * np.pi * ssr / self.nobs) + 1),
                self.periods * first - self.nobs / 2 * slope,
                self.periods * second - self.nobs / 2 * (by_pp / ssr - slope * slope),
            ]
        )


def _volumes(spectrum: AnySpectrum, p: np.ndarray) -> np.ndarray:
    """ln|I - p W| and its first and second derivative, (3, n)."""
    if isinstance(spectrum, Spectrum):
        return spectrum.many(p)
    return np.array([spectrum.at(float(value)) for value in p]).reshape(-1, 3).T


@dataclass(frozen=True, eq=False)
class Optima:
    """The maxima of R likelihoods.

    Attributes
    ----------
    p, ssr, loglik : arrays of shape (R,)
        NaN where Newton's method did not settle, or the regressors explain an outcome wholly.
    b : array of shape (R, K)
        As in `Profiles`.
    at_bound : bool array of shape (R,)
    """

    p: np.ndarray
    b: np.ndarray
    ssr: np.ndarray
    loglik: np.ndarray
    at_bound: np.ndarray


def maximise_all(profiles: Profiles) -> Optima:
    """The global maximum of each likelihood, found as `ml.maximise` does: a coarse grid, Newton from every hill."""
    with np.errstate(divide="ignore", invalid="ignore"):
        draw, start = _hills(profiles)
        p, loglik = _climb(profiles, draw, start)
    # the highest peak of each outcome: last in its group
    order = np.lexsort((np.where(np.isnan(loglik), -np.inf, loglik), draw))
    best = order[np.flatnonzero(np.diff(draw[order], append=len(profiles.yy[0])))]
    p, loglik = np.where(np.isnan(loglik[best]), np.nan, p[best]), loglik[best]
    ssr, _, _, b = profiles.squares(p, np.arange(len(p)))
    spoiled = ~(np.isfinite(loglik) & (ssr > 0))
    p, ssr, loglik = (np.where(spoiled, np.nan, each) for each in (p, ssr, loglik))
    low, high = profiles.bounds
    return Optima(p, b, ssr, loglik, np.minimum(p - low, high - p) < 2 * EDGE * (high - low))


def _hills(profiles: Profiles) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and starts: the points of a coarse grid that are no lower than their neighbours on it."""
    grid = search_points(profiles.bounds)
    R = profiles.yy.shape[1]
    everyone = np.arange(R)
    volume = profiles.spectrum.log_determinant(grid)
    ssr = np.stack([profiles.squares(np.full(R, p), everyone)[0] for p in grid], axis=1)
    values = profiles.periods * volume - profiles.nobs / 2 * np.log(ssr)
    framed = np.pad(values, ((0, 0), (1, 1)), constant_values=-np.inf)
    draw, place = np.nonzero((values >= framed[:, :-2]) & (values >= framed[:, 2:]))
    return draw, grid[place]


def _climb(profiles: Profiles, draw: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton steps that keep inside the bounds and never go down, from n starts at once: p and log-likelihood, (n,).

    NaN log-likelihood where a start does not settle.
    """
    low, high = profiles.bounds
    width = high - low
    p, loglik = start.copy(), np.full(len(start), np.nan)
    open_, at = np.arange(len(p)), profiles.line(p, draw)
    for _ in range(MAX_STEPS):
        x, who = p[open_], draw[open_]
        value, slope, bend = at
        room = np.where(slope > 0, high - x, x - low)
        move = np.where(room < EDGE * width, 0.0, slope / (np.abs(bend) + 1e-300))
        move[~np.isfinite(move)] = 0.0  # no errors are left there: such an outcome has no likelihood, and stays NaN
        move = np.clip(move, -0.9 * room, 0.9 * room)
        trial = profiles.line(x + move, who)
        small = np.abs(move) <= STEP_TOLERANCE * width
        while (down := np.flatnonzero(~small & ~(trial[0] >= value))).size:
            move[down] /= 2
            trial[:, down] = profiles.line(x[down] + move[down], who[down])
            small = np.abs(move) <= STEP_TOLERANCE * width
        p[open_] = x + move
        loglik[open_[small]] = trial[0, small]
        open_, at = open_[~small], trial[:, ~small]
        if not open_.size:
            break
    return p, loglik
