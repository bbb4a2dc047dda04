"""Maximum likelihood with random unit effects, with autocorrelated errors, or with both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ...errors import BoundWarning, IdentificationError, warn
from ...panel import Panel
from ...panel.time_axis import TimeAxis
from ..covariance import Clustered, CovarianceKind
from ..design.sample import Sample
from ..dynamic import check_dynamic
from ..estimate import spatial_names
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
from .likelihood import RandomLikelihood, predicted_effects, random_residuals
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
            expected = "no correction: there are no fixed effects"
            if options.random_effects is None:
                refuse_correction(options)
            refuse(
                "correction",
                expected,
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
        T = len(sample.y)
        has_effects = self.effects is not None
        need = 3 if sample.serial and has_effects else 2
        if need <= T:
            return
        parts = ["random effects"] * has_effects + ["autocorrelated errors"] * sample.serial
        option = "random_effects=None" if has_effects else "serial_errors=False"
        raise IdentificationError(
            "panel",
            expected=f"at least {need} periods for {' and '.join(parts)}",
            got=f"T = {T}",
            remedy=f"Use {option}.",
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
            spatial=_names(sample),
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
        return self.in_short + (", autocorrelated errors" if sample.serial else "")

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
        self, sample: Sample, estimate: RandomMlEstimate, kind: CovarianceKind
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
        refuse(
            "cov_type",
            "'classical', 'hessian' or 'clustered' by unit with random effects or autocorrelated "
            "errors",
            repr(options.cov_type) + (f" by {options.cluster}" if options.cluster else ""),
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
    at_zero = [Optimum(np.append(p, 1.0), value) for p, value in pooled.search.rivals]
    if effects is None:
        return _with_phi(
            sample, pooled, np.append(pooled.point.p, 1.0), at_zero
        ), pooled.search.value
    random = maximise(RandomLikelihood.of(sample, effects))
    if random.search.value > pooled.search.value:
        maximum = _with_phi(sample, random, random.point.p, list(random.search.rivals))
        return maximum, pooled.search.value
    # phi = 0 lies at its bound; an optimum with q = 1 is the pooled fit itself
    tops = [Optimum(random.point.p, random.search.value), *random.search.rivals]
    others = [top for top in tops if top.p[-1] < 1.0 - POOLED]
    maximum = _with_phi(sample, pooled, np.append(pooled.point.p, 1.0), others, at_bound=True)
    return maximum, pooled.search.value


def _maximise_pooled(sample: Sample) -> Maximum:
    """The maximum without unit effects."""
    if sample.serial or sample.lags:
        of_errors = RandomLikelihood.of(sample, None) if sample.serial else Likelihood.of(sample)
        check_roles(of_errors)
        return maximise(of_errors)
    plain = least_squares(sample)
    sigma2 = float(np.mean(plain.residuals**2))
    return Maximum(Point(plain.values, np.zeros(0), sigma2), Search(plain.loglik))


def _with_phi(
    sample: Sample,
    maximum: Maximum,
    p: np.ndarray,
    others: list[Optimum],
    *,
    at_bound: bool = False,
) -> Maximum:
    """A maximum at p, and its rivals, in (rho, lam, psi, phi) instead of (rho, lam, psi, q)."""
    point, search = maximum
    rivals = tuple(Optimum(_phi_for_q(sample, other.p), other.value) for other in others)
    return Maximum(
        Point(point.b, _phi_for_q(sample, p), point.sigma2),
        Search(search.value, search.steps, search.remaining, search.at_bound or at_bound, rivals),
    )


def _phi_for_q(sample: Sample, p: np.ndarray) -> np.ndarray:
    """(rho, lam, psi, phi) from (rho, lam, psi, q)."""
    psi = float(p[-2]) if sample.serial else 0.0
    phi = (p[-1] ** -2 - 1.0) / weight(len(sample.y), psi)
    return np.append(p[:-1], phi)


def _names(sample: Sample) -> tuple[str, ...]:
    return (*spatial_names(sample), *["psi"] * sample.serial)


def _warn_of_bound(sample: Sample, point: Point) -> None:
    names = (*_names(sample), "phi")
    where = ", ".join(f"{name} = {x:.6g}" for name, x in zip(names, point.p, strict=True))
    pooled = " With phi = 0 this is the pooled fit." if point.p[-1] == 0.0 else ""
    warn(
        f"An estimate lies at the edge of its range ({where}): standard errors do not hold "
        f"there.{pooled}",
        BoundWarning,
    )
