"""The likelihoods of many outcomes on one design and one W, each in its one spatial parameter,
maximised together.

With p = rho or lam, the regressors and the outcome are filtered linearly in p, so their Gram matrix
is a quadratic,

    G(p) = G_0 + p G_1 + p^2 G_2,

and the sum of squares that the regressors leave is the Schur complement of its last cell. The
log-determinant belongs to W alone. One step of Newton's method therefore costs an outcome a few
numbers, whatever N and T are, and all outcomes take it at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models.interface import (
    AT_END,
    EDGE,
    MAX_STEPS,
    SAME_AS_IMAGE,
    SAME_LIKELIHOOD,
    SHARE_OF_ROOM,
    STEP_TOLERANCE,
    TINY,
    AnySpectrum,
    circle_of,
    mirrored,
)
from ..numerics.eigenvalue_log_determinants import Spectrum
from ..numerics.factored_log_determinants import search_points


@dataclass(frozen=True, eq=False)
class Profiles:
    """R concentrated log-likelihoods.

    Attributes
    ----------
    zz : array of shape (3, K, K)
        Coefficients in 1, p, p^2 of the products of the filtered regressors. K = 0 where the filter
        leaves the regressors alone (a lag of y) and they have been partialled out.
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

    def squares(
        self,
        p: np.ndarray,
        draw: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Sum of squares of outcomes `draw` (n,) at p (n,), its first and second derivative, and b,
        (n, K).
        """
        powers = np.stack([np.ones_like(p), p, p * p])
        slopes = np.stack([np.zeros_like(p), np.ones_like(p), 2.0 * p])
        yy = self.yy[:, draw]
        zy = self.zy[:, :, draw]
        # of a sum of squares y_0 + y_1 p + y_2 p^2
        value = (powers * yy).sum(axis=0)
        first = (slopes * yy).sum(axis=0)
        second = 2.0 * yy[2]
        if not len(self.zz[0]):
            no_regressors = np.zeros((len(p), 0))
            return value, first, second, no_regressors

        # normal equations of the filtered regressors, G b = g, and the slopes of both sides
        gram = np.tensordot(powers.T, self.zz, 1)
        gram_by_p = np.tensordot(slopes.T, self.zz, 1)
        products = np.einsum("cn,ckn->nk", powers, zy)
        products_by_p = np.einsum("cn,ckn->nk", slopes, zy)
        inverse = np.linalg.inv(gram)
        b = np.einsum("nkl,nl->nk", inverse, products)

        explained = (products * b).sum(axis=1)
        value = value - explained

        # b is at its optimum: only what depends on p directly moves the sum of squares, to first
        # order, by -2 b'g' + b'G'b
        unmatched = products_by_p - np.einsum("nkl,nl->nk", gram_by_p, b)
        both = products_by_p + unmatched
        first = first - (both * b).sum(axis=1)

        # to second order b moves too, by the inverse times what is unmatched, g' - G'b
        of_products = (zy[2].T * b).sum(axis=1)
        of_gram = np.einsum("nk,kl,nl->n", b, self.zz[2], b)
        of_b = np.einsum("nk,nkl,nl->n", unmatched, inverse, unmatched)
        second = second - 4.0 * of_products
        second = second + 2.0 * of_gram
        second = second - 2.0 * of_b
        return value, first, second, b

    def line(self, p: np.ndarray, draw: np.ndarray) -> np.ndarray:
        """Log-likelihood of outcomes `draw` (n,) at p (n,), slope and curvature, (3, n)."""
        # of ln(ssr)
        ssr, by_p, by_pp, _ = self.squares(p, draw)
        fit = np.log(2 * np.pi * ssr / self.nobs) + 1
        fit_by_p = by_p / ssr
        fit_by_pp = by_pp / ssr - fit_by_p * fit_by_p

        # t ln|I - p W| - n/2 (ln(2 pi ssr / n) + 1)
        t, half_n = self.periods, self.nobs / 2
        volume, volume_by_p, volume_by_pp = _volumes(self.spectrum, p)
        value = t * volume - half_n * fit
        slope = t * volume_by_p - half_n * fit_by_p
        curvature = t * volume_by_pp - half_n * fit_by_pp
        return np.stack([value, slope, curvature])


def _volumes(spectrum: AnySpectrum, p: np.ndarray) -> np.ndarray:
    """ln|I - p W| and its first and second derivative, (3, n)."""
    if isinstance(spectrum, Spectrum):
        return spectrum.many(p)
    rows = [spectrum.at(float(value)) for value in p]
    return np.array(rows).reshape(-1, 3).T


@dataclass(frozen=True, eq=False)
class Optima:
    """The maxima of R likelihoods.

    Attributes
    ----------
    p, ssr, loglik : arrays of shape (R,)
        NaN where Newton's method did not settle, the regressors explain an outcome wholly, or the
        estimate is its own mirror image.
    b : array of shape (R, K)
        As in `Profiles`.
    at_bound : bool array of shape (R,)
    """

    p: np.ndarray
    b: np.ndarray
    ssr: np.ndarray
    loglik: np.ndarray
    at_bound: np.ndarray

    def without_answers(self) -> Optima:
        """NaN throughout."""
        nothing = np.full(len(self.p), np.nan)
        none = np.zeros(len(self.p), bool)
        return Optima(nothing, np.full_like(self.b, np.nan), nothing, nothing, none)


def maximise_all(profiles: Profiles) -> Optima:
    """The global maximum of each likelihood, found as `maximise` does: a coarse grid, Newton from
    every local top.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        draw, start = _starts(profiles)
        p, loglik = _climb(profiles, draw, start)

    # the highest top of each outcome: last in its group
    height = np.where(np.isnan(loglik), -np.inf, loglik)
    order = np.lexsort((height, draw))
    outcomes = len(profiles.yy[0])
    changes = np.diff(draw[order], append=outcomes)
    best = order[np.flatnonzero(changes)]
    loglik = loglik[best]
    p = np.where(np.isnan(loglik), np.nan, p[best])
    p = _nearest_of_mirrored(profiles, p, loglik)

    # none where nothing is left of an outcome
    everyone = np.arange(len(p))
    ssr, _, _, b = profiles.squares(p, everyone)
    sound = np.isfinite(loglik) & (ssr > 0) & ~_at_fold(profiles, p)
    p = np.where(sound, p, np.nan)
    ssr = np.where(sound, ssr, np.nan)
    loglik = np.where(sound, loglik, np.nan)

    low, high = profiles.bounds
    to_bound = np.minimum(p - low, high - p)
    at_bound = to_bound < AT_END * (high - low)
    return Optima(p, b, ssr, loglik, at_bound)


def _nearest_of_mirrored(
    profiles: Profiles,
    p: np.ndarray,
    loglik: np.ndarray,
) -> np.ndarray:
    """p (R,), or its mirror image where that is nearer to zero and has the same likelihood."""
    circle = circle_of(profiles.spectrum)
    if circle is None:
        return p
    image, _ = mirrored(p, circle)
    low, high = profiles.bounds
    nearer = np.flatnonzero((np.abs(image) < np.abs(p)) & (image > low) & (image < high))
    gap = profiles.line(image[nearer], nearer)[0] - loglik[nearer]
    same = nearer[np.abs(gap) <= SAME_LIKELIHOOD * profiles.nobs]
    p = p.copy()
    p[same] = image[same]
    return p


def _at_fold(profiles: Profiles, p: np.ndarray) -> np.ndarray:
    """Which of p (R,), lags of the error, are their own mirror images, bool of shape (R,)."""
    circle = circle_of(profiles.spectrum)
    if circle is None or not len(profiles.zz[0]):
        return np.zeros(len(p), bool)
    image, _ = mirrored(p, circle)
    fold: np.ndarray = np.abs(image - p) <= SAME_AS_IMAGE * np.abs(p)
    return fold


def _starts(profiles: Profiles) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and starts: the points of a coarse grid that are no lower than their neighbours on
    it.
    """
    grid = search_points(profiles.bounds)
    R = profiles.yy.shape[1]
    everyone = np.arange(R)
    columns = []
    for p in grid:
        squares, _, _, _ = profiles.squares(np.full(R, p), everyone)
        columns.append(squares)
    ssr = np.stack(columns, axis=1)

    # the log-likelihoods but for a constant, (R, points), beside those to the left and right
    volume = profiles.spectrum.log_determinant(grid)
    values = profiles.periods * volume - profiles.nobs / 2 * np.log(ssr)
    framed = np.pad(values, ((0, 0), (1, 1)), constant_values=-np.inf)
    left = framed[:, :-2]
    right = framed[:, 2:]
    highest = (values >= left) & (values >= right)
    draw, column = np.nonzero(highest)
    return draw, grid[column]


def _climb(
    profiles: Profiles,
    draw: np.ndarray,
    start: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Newton steps that keep inside the bounds and never go down, from n starts at once: p and
    log-likelihood, (n,).

    NaN log-likelihood where a start does not settle.
    """
    low, high = profiles.bounds
    width = high - low
    p = start.copy()
    loglik = np.full(len(start), np.nan)
    climbing = np.arange(len(p))
    here = profiles.line(p, draw)
    for _ in range(MAX_STEPS):
        x = p[climbing]
        outcome = draw[climbing]
        step = _newton_steps(here, x, (low, high))
        trial = profiles.line(x + step, outcome)
        small = np.abs(step) <= STEP_TOLERANCE * width
        # steps that go down are halved until they do not, or are nothing
        while (lower := np.flatnonzero(~small & ~(trial[0] >= here[0]))).size:
            step[lower] /= 2
            shorter = x[lower] + step[lower]
            trial[:, lower] = profiles.line(shorter, outcome[lower])
            small = np.abs(step) <= STEP_TOLERANCE * width
        p[climbing] = x + step
        settled = climbing[small]
        loglik[settled] = trial[0, small]
        climbing = climbing[~small]
        here = trial[:, ~small]
        if not climbing.size:
            break
    return p, loglik


def _newton_steps(
    here: np.ndarray,
    x: np.ndarray,
    bounds: tuple[float, float],
) -> np.ndarray:
    """Steps from x (n,), given value, slope and curvature there (3, n), that keep inside the
    bounds.
    """
    low, high = bounds
    _, slope, curvature = here
    to_bound = np.where(slope > 0, high - x, x - low)
    pressed = to_bound < EDGE * (high - low)
    steepness = np.abs(curvature) + TINY
    step = np.where(pressed, 0.0, slope / steepness)
    # no errors are left there: such an outcome has no likelihood, and stays NaN
    step[~np.isfinite(step)] = 0.0
    farthest = SHARE_OF_ROOM * to_bound
    return np.clip(step, -farthest, farthest)
