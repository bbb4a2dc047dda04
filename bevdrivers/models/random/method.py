"""Maximum likelihood with random unit effects, with autocorrelated errors, or with both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ...errors import BoundWarning, IdentificationError, warn
from ...panel import Panel
from ...panel.time_axis import TimeAxis
from ..covariance import Clustered, CovarianceKind
from ..design.sample import Sample
from ..dynamic import check_dynamic
from ..least_squares import least_squares
from ..method import Method
from ..ml.identification import check_roles
from ..ml.likelihood import Likelihood
from ..ml.maximisation import maximise
from ..ml.method import of_search
from ..ml.optimum import Maximum, Optimum, Point, Search
from ..options import Options, check_demean, refuse, refuse_correction, refuse_moments
from .components import VarianceComponents
from .covariance import COVARIANCES, OF_ALL, RandomMlEstimate
from .likelihood import RandomLikelihood, parameters, predicted_effects, random_residuals
from .serial import weight

# An optimum whose q is nearer to 1 than this stands for phi = 0, which the pooled fit is exactly.
POOLED = 1e-6


@dataclass(frozen=True)
class RandomEffectsLikelihood(Method[RandomMlEstimate]):
    """Gaussian maximum likelihood, concentrated to rho, lam, psi and phi.

    Attributes
    ----------
    effects : {"baltagi", "kkp"} or None
        Where the random unit effects stand; None where only the errors are autocorrelated.
    """

    effects: str | None

    covariances = COVARIANCES
    by_likelihood = True

    @classmethod
    def applies(cls, options: Options) -> bool:
        return options.random_effects is not None or options.serial_errors

    @classmethod
    def of(cls, options: Options, kind: CovarianceKind) -> Self:
        if options.serial_errors:
            _check_serial(options)
        check_no_fixed_effects(options)
        check_covariance(options, kind)
        if options.dynamic is not None:
            check_dynamic(options, kind)
        refuse_moments(options)
        if options.correction not in ("auto", None):
            if options.random_effects is None:
                refuse_correction(options)
            refuse(
                "correction",
                "no correction: there are no fixed effects",
                repr(options.correction),
                "Leave correction out.",
            )
        check_demean(options)
        return cls(options.random_effects)

    def check_sample(self, sample: Sample) -> None:
        """Refuse a panel of one period, where unit effects and e are one, and of two where psi is a
        third; and a gap in time of autocorrelated errors.
        """
        if sample.serial:
            TimeAxis.of(sample.design.periods).check_no_gap("serial_errors")
        remedy = "Use serial_errors=False."
        parts = []
        if self.effects is not None:
            remedy = "Use random_effects=None."
            parts.append("random effects")
        if sample.serial:
            parts.append("autocorrelated errors")
        T = len(sample.y)
        need = 1 + len(parts)
        if need > T:
            raise IdentificationError(
                "panel",
                expected=f"at least {need} periods for {' and '.join(parts)}",
                got=f"T = {T}",
                remedy=remedy,
            )

    def estimate(self, sample: Sample) -> RandomMlEstimate:
        maximum, pooled_loglik = maximise_random(sample, self.effects)
        point, search = maximum
        if search.at_bound:
            _warn_of_bound(sample, point)
        unit_effects = predicted_effects(sample, self.effects, point)
        return RandomMlEstimate(
            values=point.values[:-1],
            sigma2=point.sigma2,
            loglik=search.value,
            residuals=random_residuals(sample, point, unit_effects),
            df_resid=None,
            spatial=parameters(sample)[:-1],
            effects=self.effects,
            phi=float(point.p[-1]),
            unit_effects=unit_effects,
            point=point,
            search=search,
            pooled_loglik=pooled_loglik,
        )

    @property
    def in_short(self) -> str:
        return "maximum likelihood"

    def in_words(self, sample: Sample) -> str:
        if sample.serial:
            return f"{self.in_short}, autocorrelated errors"
        return self.in_short

    def remarks(
        self,
        sample: Sample,
        estimate: RandomMlEstimate,
        covariance: np.ndarray,
        kind: CovarianceKind,
        panel: Panel,
    ) -> list[str]:
        return of_search(estimate.search, (*estimate.spatial, "phi"))

    def variance_components(
        self,
        sample: Sample,
        estimate: RandomMlEstimate,
        kind: CovarianceKind,
    ) -> VarianceComponents | None:
        if self.effects is None:
            return None
        covariance = OF_ALL[kind.name](sample, estimate)[-2:, -2:]
        return VarianceComponents.of(estimate.phi, estimate.sigma2, covariance)


def _check_serial(options: Options) -> None:
    if options.effects is not None:
        refuse(
            "serial_errors",
            "random effects or none",
            f"fixed_effects={options.effects!r}",
            "Use random_effects='baltagi' or 'kkp' (perhaps with mundlak=True), or "
            "fixed_effects=None. With "
            "fixed effects, cov_type='clustered' allows for serial correlation.",
        )


def check_no_fixed_effects(options: Options) -> None:
    """Refuse fixed effects beside random ones."""
    if options.random_effects is not None and options.fixed_effects not in ("auto", None):
        refuse(
            "random_effects",
            "no fixed effects beside random ones",
            f"fixed_effects={options.fixed_effects!r}",
            "Leave fixed_effects out; C(period) in the formula gives period dummies.",
        )


def check_covariance(options: Options, kind: CovarianceKind) -> None:
    """Refuse a covariance for which units are no independent parts of the score; periods never are:
    mu links them.
    """
    if kind.supposes_iid:
        return
    if kind != Clustered("unit"):
        by = ""
        if options.cluster:
            by = f" by {options.cluster}"
        refuse(
            "cov_type",
            "'classical', 'hessian' or 'clustered' by unit with random effects or autocorrelated "
            "errors",
            f"{options.cov_type!r}{by}",
            "'clustered' holds for errors that are not normal, of different variances, or "
            "dependent over "
            "time in other ways than the model has it.",
        )
    if mixes_units(options):
        refuse(
            "cov_type",
            "'classical' or 'hessian' where unit effects stand outside the filter of the error",
            "'clustered' with random_effects='baltagi'",
            "Use random_effects='kkp': with 'baltagi' the data do not tell the independent parts "
            "apart.",
        )


def mixes_units(options: Options) -> bool:
    """Whether unit effects outside the filter of the error leave no parts of the score that are
    independent.
    """
    return options.lag_u and options.random_effects == "baltagi"


def maximise_random(sample: Sample, effects: str | None) -> tuple[Maximum, float]:
    """The maximum over (rho, lam, psi, phi), with phi >= 0, and the log-likelihood of the pooled
    fit.

    Without effects phi stays at 0. The pooled fit is one of the candidates: where no optimum with
    phi > 0 is higher, it is the answer, with phi = 0.

    Returns
    -------
    Maximum, whose p is (rho, lam, psi, phi), what the model does not have left out but for phi
    pooled_loglik : float
    """
    pooled = _maximise_pooled(sample)
    pooled_loglik = pooled.search.value
    # phi = 0 is q = 1
    pooled_p = np.append(pooled.point.p, 1.0)
    if effects is None:
        rivals = [Optimum(np.append(p, 1.0), value) for p, value in pooled.search.rivals]
        return _with_phi(sample, pooled, pooled_p, rivals), pooled_loglik

    random = maximise(RandomLikelihood.of(sample, effects))
    random_loglik = random.search.value
    if random_loglik > pooled_loglik:
        rivals = list(random.search.rivals)
        return _with_phi(sample, random, random.point.p, rivals), pooled_loglik

    # phi = 0 lies at its bound; an optimum with q = 1 is the pooled fit itself
    optima = [Optimum(random.point.p, random_loglik), *random.search.rivals]
    rivals = [optimum for optimum in optima if optimum.p[-1] < 1.0 - POOLED]
    maximum = _with_phi(sample, pooled, pooled_p, rivals, at_bound=True)
    return maximum, pooled_loglik


def _maximise_pooled(sample: Sample) -> Maximum:
    """The maximum without unit effects."""
    if sample.serial:
        with_psi = RandomLikelihood.of(sample, None)
        check_roles(with_psi)
        return maximise(with_psi)
    if sample.lags:
        likelihood = Likelihood.of(sample)
        check_roles(likelihood)
        return maximise(likelihood)
    plain = least_squares(sample)
    sigma2 = float(np.mean(plain.residuals**2))
    no_p = np.zeros(0)
    return Maximum(Point(plain.values, no_p, sigma2), Search(plain.loglik))


def _with_phi(
    sample: Sample,
    maximum: Maximum,
    p: np.ndarray,
    rivals: list[Optimum],
    *,
    at_bound: bool = False,
) -> Maximum:
    """A maximum at p, and its rivals, in (rho, lam, psi, phi) instead of (rho, lam, psi, q)."""
    point, search = maximum
    in_phi = [Optimum(_phi_for_q(sample, rival.p), rival.value) for rival in rivals]
    return Maximum(
        replace(point, p=_phi_for_q(sample, p)),
        replace(search, at_bound=search.at_bound or at_bound, rivals=tuple(in_phi)),
    )


def _phi_for_q(sample: Sample, p: np.ndarray) -> np.ndarray:
    """(rho, lam, psi, phi) from (rho, lam, psi, q)."""
    psi = 0.0
    if sample.serial:
        psi = float(p[-2])
    # q = (1 + c phi)^(-1/2)
    q = p[-1]
    phi = (q**-2 - 1.0) / weight(len(sample.y), psi)
    return np.append(p[:-1], phi)


def _warn_of_bound(sample: Sample, point: Point) -> None:
    values = zip(parameters(sample), point.p, strict=True)
    where = ", ".join(f"{name} = {value:.6g}" for name, value in values)
    pooled = ""
    if point.p[-1] == 0.0:
        pooled = " With phi = 0 this is the pooled fit."
    warn(
        f"An estimate lies at the edge of its range ({where}): standard errors do not hold "
        f"there.{pooled}",
        BoundWarning,
    )
