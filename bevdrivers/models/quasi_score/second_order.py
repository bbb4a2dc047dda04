"""The bias of order 1/n that is left in rho and lam where adjusted scores are zero.

The stochastic expansion is that of maximum likelihood (`models.ml.second_order`), with the adjusted
score in the place of the slope of the likelihood: psi(p), b and sigma2 concentrated out, and its
derivatives. Only expectations at one point are needed, taken over outcomes that the fit itself
draws with independent normal errors. On a complete panel whose effects have contrasts the adjusted
score is the slope of Lee and Yu's likelihood, the draws are the same, and so is the correction.

The controls that take the noise out of the mean of psi are the adjusted scores of b, rho, lam and
sigma2 at the parameters that made the draws: their expectations are zero with missing cells, too.

Sources: Yang (2015), J. Econometrics 186, 178-200; Yang, Yu and Liu (2016), Regional Science and
Urban Economics 61, 52-72, doi:10.1016/j.regsciurbeco.2016.08.003.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from ...numerics.streams import generator
from ..design.sample import Sample
from ..ml.second_order import (
    DRAWS,
    EVALUATIONS,
    SEED,
    STEP,
    Derivatives,
    expanded,
    kept_inside,
)
from .score import QuasiScore, State


def second_order(
    score: QuasiScore,
    sample: Sample,
    p: np.ndarray,
) -> np.ndarray:
    """The root p (q,) less its second-order bias."""
    corrected = p
    for _ in range(EVALUATIONS):
        shift = -bias(score, sample, corrected)
        corrected = p + kept_inside(shift, p, score.data.bounds)
    return corrected


def bias(
    score: QuasiScore,
    sample: Sample,
    p: np.ndarray,
    draws: int = DRAWS,
) -> np.ndarray:
    """The second-order bias of rho and lam where p is the truth, (q,)."""
    truth = score.at(p)
    outcomes = _outcomes(truth, sample, draws)
    return expanded(_derivatives(DrawnScores(score, outcomes), truth))


@dataclass(frozen=True, eq=False)
class DrawnScores:
    """The adjusted scores of R outcomes on one sample.

    Attributes
    ----------
    score : QuasiScore
        Of the sample itself; of its outcome nothing is used.
    y : array of shape (n, R)
    """

    score: QuasiScore
    y: np.ndarray

    @cached_property
    def By(self) -> np.ndarray:
        """Lags of the outcomes, (n, R); zeros without a lag of y."""
        B = self.score.B
        return np.zeros_like(self.y) if B is None else B.lag(self.y)

    def values(self, p: np.ndarray) -> np.ndarray:
        """psi of each draw, (R, q), in units of its own sigma2."""
        state = self.score.at(p)
        regressors = state.left[:, : state.K]
        basis = np.linalg.qr(regressors)[0]
        outcome = self._outcome(state)
        explained = basis @ (basis.T @ outcome)
        e = outcome - explained
        squares = np.sum(e * e, axis=0)
        sigma2 = squares / state.degrees
        return self._centred(state, e, sigma2)

    def scores(self, truth: State) -> np.ndarray:
        """The equations of (b, p, sigma2) at the parameters that made the draws, (R, K + q + 1)."""
        s2 = truth.sigma2
        regressors = truth.left[:, : truth.K]
        explained = regressors @ truth.b
        e = self._outcome(truth) - explained[:, None]
        by_b = e.T @ regressors / s2
        by_p = self._centred(truth, e, s2)
        squares = np.sum(e * e, axis=0)
        beyond = squares / s2 - truth.degrees
        by_sigma2 = beyond / (2.0 * s2)
        return np.column_stack([by_b, by_p, by_sigma2])

    def _outcome(self, state: State) -> np.ndarray:
        """M_D R A y of each draw, (n, R)."""
        ops = state.operators
        filtered = ops.filter(self.y - ops.rho * self.By)
        return state.projection.off(filtered)

    def _centred(
        self,
        state: State,
        e: np.ndarray,
        sigma2: np.ndarray | float,
    ) -> np.ndarray:
        """(R B y)'e and e'H e over sigma2 less their expectations, (R, q)."""
        columns = []
        if self.score.B is not None:
            lag = state.operators.filter(self.By)
            product = np.sum(lag * e, axis=0)
            columns.append(product / sigma2 - state.of_rho.sum())
        if self.score.M is not None:
            lag = state.operators.H(e)
            product = np.sum(lag * e, axis=0)
            columns.append(product / sigma2 - state.of_lam.sum())
        return np.column_stack(columns)


def _derivatives(drawn: DrawnScores, truth: State) -> Derivatives:
    """psi of each draw and its derivatives by p, by central differences."""
    p = truth.p
    q = len(p)
    low, high = drawn.score.data.bounds.T
    to_nearer_end = np.minimum(high - p, p - low)
    sizes = np.minimum(STEP * (high - low), 0.5 * to_nearer_end)
    steps = np.diag(sizes)
    middle = drawn.values(p)
    slopes = np.empty((len(middle), q, q))
    seconds = np.empty((q, q, q))
    for j in range(q):
        above = drawn.values(p + steps[j])
        below = drawn.values(p - steps[j])
        slopes[:, :, j] = (above - below) / (2.0 * sizes[j])
        bend = above - 2.0 * middle + below
        seconds[:, j, j] = bend.mean(axis=0) / sizes[j] ** 2
    for j, k in combinations(range(q), 2):
        both = steps[j] + steps[k]
        apart = steps[j] - steps[k]
        same = drawn.values(p + both) + drawn.values(p - both)
        other = drawn.values(p + apart) + drawn.values(p - apart)
        twist = (same - other).mean(axis=0)
        mixed = twist / (4.0 * sizes[j] * sizes[k])
        seconds[:, j, k] = mixed
        seconds[:, k, j] = mixed
    return Derivatives(middle, slopes, seconds, drawn.scores(truth))


def _outcomes(
    truth: State,
    sample: Sample,
    draws: int,
) -> np.ndarray:
    """Outcomes of the process at the truth, (n, R): y = A^-1 [Z b + effects + R^-1 e]."""
    rng = generator(SEED, "second-order bias")
    errors = rng.standard_normal((draws, *sample.shape))
    in_order = errors[:, :, _ranks(sample)]
    of_cells = in_order[:, sample.there].T
    e = np.sqrt(truth.sigma2) * of_cells
    u = truth.operators.unfilter(e)
    systematic = truth.of.data.Z @ truth.b + truth.effects
    return truth.operators.outcome(systematic[:, None] + u)


def _ranks(sample: Sample) -> np.ndarray:
    """The place of each unit in an order that does not depend on names: by its first demeaned
    outcome. Units in another order then draw the same errors.
    """
    outcome = sample.within.demean(sample.y)
    first = sample.there.argmax(axis=0)
    units = np.arange(len(first))
    in_order = np.argsort(outcome[first, units])
    return np.argsort(in_order)
