"""Adjusted quasi scores as a way of estimating: with missing cells, with weights by period, and
under errors of unequal variances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import OptionError
from ...panel import Panel
from ...weights import SpatialWeights
from ..covariance import Clustered, CovarianceKind
from ..design.sample import Sample
from ..design.transforms import Within
from ..estimate import Estimate, spatial_names
from ..method import Method
from ..ml.method import warn_of_bound
from ..options import Options, check_demean, refuse, refuse_correction, refuse_moments
from .covariance import (
    Forms,
    clusters_of_units,
    one_variance,
    sandwich,
    unequal_variances,
)
from .operators import PROBE_SEED
from .projection import EXACT_CELLS
from .score import QuasiScore, State
from .search import RootSearch, find_root
from .second_order import second_order
from .stacked import stacked


@dataclass(frozen=True, eq=False)
class ScoreEstimate(Estimate):
    """Estimates of (b, rho, lam) at which the adjusted scores are zero.

    Attributes
    ----------
    robust : bool
        Whether the errors may have variances of any form.
    roots : RootSearch
        How the root was found, and which others there are.
    effects : array of shape (T, N)
        What the effects add to the outcome.
    score : QuasiScore
        Whose root it is.
    """

    robust: bool
    roots: RootSearch
    effects: np.ndarray
    score: QuasiScore

    @property
    def converged(self) -> bool:
        return self.roots.converged

    def fixed_part(self, sample: Sample) -> np.ndarray:
        return self.effects


def _state(sample: Sample, estimate: ScoreEstimate) -> State:
    """The equations at an estimate."""
    return estimate.score.at(estimate.values[sample.n_regressors :])


def _of_one_variance(
    sample: Sample,
    estimate: ScoreEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    forms = Forms(_state(sample, estimate))
    return sandwich(forms, one_variance(forms, normal=kind.supposes_iid))


def _of_unequal_variances(
    sample: Sample,
    estimate: ScoreEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    forms = Forms(_state(sample, estimate))
    return sandwich(forms, unequal_variances(forms))


def _of_clusters(
    sample: Sample,
    estimate: ScoreEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    forms = Forms(_state(sample, estimate))
    return sandwich(forms, clusters_of_units(forms))


COVARIANCES = {
    "classical": _of_one_variance,
    "qml": _of_one_variance,
    "robust": _of_unequal_variances,
    "clustered": _of_clusters,
}


@dataclass(frozen=True)
class AdjustedScore(Method[ScoreEstimate]):
    """The score of Gaussian maximum likelihood less what the effects, or unequal variances, make its
    expectation.

    Attributes
    ----------
    robust : bool
        Whether the errors may have variances of any form (``correction="robust-score"``).
    second_order : bool
        Whether the bias of second order is taken off (``correction="second-order"``).
    """

    robust: bool
    second_order: bool = False

    covariances = COVARIANCES

    @classmethod
    def applies(cls, options: Options) -> bool:
        return options.correction == "robust-score" and (options.lag_y or options.lag_u)

    @classmethod
    def of(cls, options: Options, kind: CovarianceKind) -> Self:
        refuse_moments(options)
        check_demean(options)
        robust = options.correction == "robust-score"
        _check_correction(options)
        _check_covariance(options, kind, robust)
        return cls(robust, options.correction == "second-order")

    @property
    def corrected(self) -> bool:
        return True

    def adjusts(self, W: SpatialWeights | None, within: Within) -> bool:
        return True

    def score(self, sample: Sample) -> QuasiScore:
        """The score of a sample."""
        return QuasiScore.of(stacked(sample), self.robust)

    def estimate(self, sample: Sample) -> ScoreEstimate:
        return self.estimate_by(self.score(sample), sample)

    def estimate_by(self, score: QuasiScore, sample: Sample) -> ScoreEstimate:
        """The estimates of a sample whose score is known."""
        score.check_size()
        if self.second_order:
            _check_cells(score)
        p, roots = find_root(score)
        if roots.at_bound:
            warn_of_bound(spatial_names(sample), p)
        elif self.second_order:
            p = second_order(score, sample, p)
        state = score.at(p)
        there = sample.there
        residuals, effects = np.zeros(sample.shape), np.zeros(sample.shape)
        residuals[there] = state.e
        effects[there] = state.effects
        return ScoreEstimate(
            values=np.concatenate([state.b, p]),
            sigma2=state.sigma2,
            loglik=np.nan,
            residuals=residuals,
            df_resid=None,
            spatial=spatial_names(sample),
            robust=self.robust,
            roots=roots,
            effects=effects,
            score=score,
        )

    def correction_name(self, sample: Sample) -> str:
        if self.second_order:
            return "second-order"
        return "robust-score" if self.robust else "adjusted-score"

    @property
    def in_short(self) -> str:
        return "adjusted score"

    def in_words(self, sample: Sample) -> str:
        if self.robust:
            return f"{self.in_short}, for unequal variances"
        if self.second_order:
            return f"{self.in_short}, second-order bias correction"
        return self.in_short

    def remarks(
        self,
        sample: Sample,
        estimate: ScoreEstimate,
        covariance: np.ndarray,
        kind: CovarianceKind,
        panel: Panel,
    ) -> list[str]:
        remarks = [
            "Scores centred for the effects and for variances of any form: there is no likelihood."
            if self.robust
            else "Scores centred for the effects: there is no likelihood."
        ]
        for root in estimate.roots.others:
            pairs = zip(estimate.spatial, root.p, strict=True)
            where = ", ".join(f"{name} = {x:.4f}" for name, x in pairs)
            remarks.append(
                f"The scores have another root at {where}; the integral of the score from the "
                f"estimate to it is {root.rise:.4f}."
            )
        if sample.nobs > EXACT_CELLS:
            remarks.append(_of_probing(_state(sample, estimate), estimate.spatial, covariance))
        return remarks


def _of_probing(
    state: State,
    names: tuple[str, ...],
    covariance: np.ndarray,
) -> str:
    """How far the noise of probed traces moves the estimates, in their own standard errors."""
    along = np.linalg.solve(state.slope(), np.diag(state.probing_errors()))
    moves = np.sqrt(np.sum(along**2, axis=1))
    K = state.K
    std_errors = np.sqrt(np.diag(covariance)[K : K + len(moves)])
    shares = zip(names, moves / std_errors, strict=True)
    moved = " and ".join(f"{name} by {share:.2g}" for name, share in shares)
    vectors = state.of.z.shape[1]
    return (
        f"Traces by probing with {vectors} vectors (seed {PROBE_SEED}): their standard error moves "
        f"{moved} of a standard error."
    )


def _check_cells(score: QuasiScore) -> None:
    """Refuse the second-order correction of a large sample, in which traces are probed.

    Raises
    ------
    OptionError
    """
    if score.data.n > EXACT_CELLS:
        raise OptionError(
            "correction",
            expected=f"'auto' in more than {EXACT_CELLS} observations with missing cells or weights "
            "by period",
            got=f"'second-order' in {score.data.n}",
            remedy='Use correction="auto": the bias falls with the number of observations.',
        )


def _check_correction(options: Options) -> None:
    """Refuse other corrections, and models that these scores are not those of."""
    effects = options.effects is not None or options.absorb is not None
    able: tuple[Any, ...] = ("auto", "adjusted-score", "robust-score", "second-order")
    if options.correction not in able and (effects or options.correction is not None):
        refuse(
            "correction",
            "'auto', 'second-order' or 'robust-score' with missing cells or weights by period",
            repr(options.correction),
            "Leave correction out.",
        )
    dynamic = options.dynamic is not None or options.serial_errors
    if dynamic or options.random_effects is not None:
        refuse_correction(options)
    if options.before_lag:
        refuse(
            "demean",
            "'after-lag' with adjusted scores",
            repr(options.demean),
            "Leave demean out.",
        )


def _check_covariance(
    options: Options,
    kind: CovarianceKind,
    robust: bool,
) -> None:
    """Refuse a covariance that these scores do not have, or that supposes what they do not."""
    able = ("robust", "clustered") if robust else tuple(COVARIANCES)
    by_unit = not isinstance(kind, Clustered) or kind == Clustered("unit")
    if kind.name in able and by_unit:
        return
    by = "" if by_unit else f" by {options.cluster}"
    listed = ", ".join(map(repr, able[:-1])) + f" or {able[-1]!r} by unit"
    refuse(
        "cov_type",
        f"{listed} with {'correction=' + repr('robust-score') if robust else 'adjusted scores'}",
        f"{options.cov_type!r}{by}",
        'Use cov_type="robust".',
    )
