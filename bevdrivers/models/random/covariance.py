"""Covariances of fits with random effects or autocorrelated errors, and what they say of the variance components.

"clustered" is a sandwich B C B. Let w = P (y - mean) be the whitened errors, independent over units: rho and lam tie
units together by quadratic forms w'Dw in one matrix D for all directions of time. C is then that of `covariance`, in
martingale-difference form, with w for e: units are independent, and may be dependent over time in any way and of
different variances. B is the inverse of the observed information: where the variance is misspecified, the expected one
is not minus the mean slope of the score.

With unit effects outside the error's filter ("baltagi" with a lag of the error) w mixes the mu of all units with their
e, which the data do not tell apart: w is uncorrelated but not independent over units, and the form does not apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...results import tidy_frame
from ..covariance import CovarianceRequest
from ..design.sample import Sample
from ..ml.information import invert_information
from ..sandwich import Scores, check_clusters, independent
from .information import blocks_of, score_and_information
from .serial import direction, slope_of_variance

if TYPE_CHECKING:
    from ...panel import Panel
    from ..estimate import Estimate
    from ..result import FitResult

# Central differences of the score for the observed information, in standard errors: leaves about 1e-6 of an entry.
DIFFERENCE = 1e-3


def random_covariance(sample: Sample, estimate: Estimate, request: CovarianceRequest, panel: Panel) -> np.ndarray:
    """Covariance of (b, rho, lam, psi), (P, P), for those that the model has."""
    return full_covariance(sample, estimate, request.cov_type)[:-2, :-2]


def full_covariance(sample: Sample, estimate: Estimate, cov_type: str) -> np.ndarray:
    """Covariance of (b, rho, lam, psi, phi, sigma2), (P, P).

    Inverse of the expected or observed ("hessian") information, or a sandwich ("clustered"). The observed information
    is a central difference of the exact score. With phi = 0 at its bound phi is taken as given: its row and column are
    NaN, and the rest is the covariance of the pooled fit.
    """
    assert estimate.random is not None
    assert estimate.optimum is not None
    kind = estimate.random.kind
    values = np.concatenate([estimate.optimum.b, estimate.optimum.p, [estimate.sigma2]])
    free = np.arange(len(values)) != (len(values) - 2 if estimate.random.phi == 0.0 else -1)
    both = np.ix_(free, free)
    found = np.full((len(values), len(values)), np.nan)
    found[both] = invert_information(score_and_information(sample, kind, values)[1][both])
    if cov_type in ("hessian", "clustered"):
        found[both] = invert_information(_observed(sample, kind, values, free, np.sqrt(np.diag(found[both]))))
    if cov_type == "clustered":
        check_clusters("unit", sample.shape)
        N = sample.shape[1]
        middle = independent(unit_scores(sample, kind, values), by_unit=True) * N / (N - 1)
        found[both] = found[both] @ middle[both] @ found[both]
    return found


def _observed(sample: Sample, kind: str | None, values: np.ndarray, free: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Minus the Hessian of the log-likelihood by the free parameters, from the exact score."""
    rows = []
    for place, step in zip(np.flatnonzero(free), DIFFERENCE * errors, strict=True):
        move = np.eye(len(values))[place] * step
        up, down = (score_and_information(sample, kind, values + way * move)[0] for way in (1, -1))
        rows.append((down - up)[free] / (2 * step))
    observed = np.array(rows)
    return (observed + observed.T) / 2


def unit_scores(sample: Sample, kind: str | None, values: np.ndarray) -> Scores:
    """The score of (b, rho, lam, psi, phi, sigma2) in contributions of units, where V is a number times I."""
    (T, N), K, P = sample.shape, sample.n_regressors, len(values)
    inner, outer = blocks_of(sample, kind, values)
    psi, s2 = float(values[-3]) if sample.serial else 0.0, float(values[-1])
    a = direction(T, psi)
    w = inner.w + np.outer(a, outer.w[0])
    means = inner.means + np.multiply.outer(a, outer.means[0])
    linear = np.zeros((T, N, P))
    linear[:, :, : means.shape[2]] = means * w[:, :, None]
    quadratic = []
    for place, D in enumerate(inner.D[:-2], start=K):
        linear[:, :, place] += np.diag(D) * (w**2 - 1.0) / 2
        S = D - np.diag(np.diag(D))
        quadratic.append((place, S))
    if sample.serial:
        E, scale = slope_of_variance(T, psi), outer.root[0, 0]
        along = float(a @ E @ a)
        z = inner.w + scale * np.outer(a, outer.w[0])
        mean = (float(np.trace(E)) - along + along * scale**2) / T
        linear[:, :, -3] = (z * (E @ z) - mean) / 2
    linear[:, :, -2] = np.diag(outer.D[-2]) * (outer.w[0] ** 2 - 1.0) / (2 * T)
    linear[:, :, -1] = (w**2 - 1.0) / (2 * s2)
    return Scores(linear, w, tuple(quadratic))


@dataclass(frozen=True, eq=False, repr=False)
class VarianceComponents:
    """The variances of a fit with random effects.

    Attributes
    ----------
    params : Series
        phi = sigma2_mu / sigma2_e, sigma2_mu, sigma2_e.
    cov : DataFrame
        NaN for phi and sigma2_mu where phi = 0: standard errors do not hold at the bound; for all with
        ``method="gmm"``, whose moments take them as given. For a test of phi = 0 see
        `random_effects_test`, not the ratio of phi to its standard error.
    """

    params: pd.Series
    cov: pd.DataFrame

    @classmethod
    def of(cls, fit: FitResult) -> VarianceComponents | None:
        """Of a fit; None without random effects. sigma2_mu by the delta method."""
        if fit.estimate.random is None or fit.estimate.random.kind is None:
            return None
        phi, s2 = fit.estimate.random.phi, fit.sigma2
        cov = np.full((2, 2), np.nan)
        if fit.estimate.gmm is None:
            cov = full_covariance(fit.sample, fit.estimate, fit.estimator.cov_type)[-2:, -2:]
        names = ["phi", "sigma2_mu", "sigma2_e"]
        jacobian = np.array([[1.0, 0.0], [s2, phi], [0.0, 1.0]])
        full = jacobian @ cov @ jacobian.T
        full[2, 2] = cov[1, 1]  # 0 times NaN where phi is at its bound
        return cls(pd.Series([phi, phi * s2, s2], names, name="estimate"), pd.DataFrame(full, names, names))

    @property
    def phi(self) -> float:
        return float(self.params["phi"])

    @property
    def sigma2_mu(self) -> float:
        return float(self.params["sigma2_mu"])

    @property
    def sigma2_e(self) -> float:
        return float(self.params["sigma2_e"])

    @property
    def std_errors(self) -> pd.Series:
        return pd.Series(np.sqrt(np.diag(self.cov)), index=self.params.index, name="std_error")

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Long frame, one row a component. Without statistics: none of them is normal where the component is zero."""
        names = list(self.params.index)
        frame = tidy_frame(names, ["variance"] * 3, self.params.to_numpy(), self.std_errors.to_numpy(), level=level)
        frame[["statistic", "p_value"]] = np.nan
        return frame

    def glance(self) -> pd.DataFrame:
        """One row: the components, and the share of the variance of mu + e that mu has."""
        return pd.DataFrame([{**self.params, "share_mu": self.phi / (1.0 + self.phi)}])

    def __repr__(self) -> str:
        return f"VarianceComponents\n{pd.DataFrame({'estimate': self.params, 'std_error': self.std_errors})}"
