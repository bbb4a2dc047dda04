"""The kinds of covariance: which options each takes, and what it supposes of the errors.

A kind is a small frozen record of its own options, and `KINDS` is the table of them all. Each way
of estimating says in a table of its own, `Method.covariances`, which kinds it has and how it
computes them.

Four of them are sandwiches B C B, with B the inverse information (or (Z'Z)^-1) and C the variance
of the score under errors that are dependent in some way. The score of b is a sum over observations,
but that of rho and lam is quadratic in the errors,

    s_rho = sum_it m_it e_it + sum_t (e_t' A e_t - s2 tr A),

which is no sum over units. With errors that are independent over units, its variance is that of its
linear and diagonal part, which is a sum, plus that of its off-diagonal part, whose terms e_i e_j (i
< j) are uncorrelated with each other and with the first part (the martingale-difference form of
Kelejian and Prucha 2001, J. Econometrics 104, 219-257, doi:10.1016/S0304-4076(01)00064-1):
sum_{i<j} (a_ij + a_ji)^2 (sum_t e_it e_jt)^2. That does not depend on the order of the units. The
diagonal part a_ii (e_it^2 - s2) is squared as it stands, so that variances that differ between
observations count as noise: "robust" is then too large rather than too small.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ..errors import InputError, OptionError, suggestion
from ..options import Cluster, ClusterType, CovType, Kernel, check_option, real_number
from ..panel import Panel
from ..panel.time_axis import TimeAxis
from .design.sample import Sample
from .options import Options, refuse
from .sandwich import Scores, autocovariances, check_clusters, independent, usable, within_distance

OWN_OPTIONS = ("cluster", "cluster_type", "kernel", "bandwidth", "cutoff_km")


@dataclass(frozen=True)
class CovarianceKind:
    """One kind of covariance with its options settled.

    Attributes
    ----------
    name : str
        The value of ``cov_type``.
    takes : tuple of str
        The further options that the kind takes.
    supposes_iid : bool
        Whether it holds for independent normal errors of one variance only.
    supposes_one_variance : bool
        Whether it holds for errors of one variance only.
    reaches_over_periods : bool
        Whether it allows for dependence between the units over several periods.
    """

    name: ClassVar[str]
    takes: ClassVar[tuple[str, ...]] = ()
    supposes_iid: ClassVar[bool] = False
    supposes_one_variance: ClassVar[bool] = False
    reaches_over_periods: ClassVar[bool] = False

    @classmethod
    def of(cls, options: Options) -> Self:
        """The kind that the options ask for, each of them checked."""
        return cls()

    @property
    def supposes_no_serial_correlation(self) -> bool:
        """Whether it holds for errors only that are independent over the periods of a unit."""
        return not self.reaches_over_periods

    def count(self, shape: tuple[int, int]) -> int | None:
        """The number of groups over which scores are summed, in a sample of (T, N); None where they
        are not.
        """
        return None

    def degrees_of_freedom(self, shape: tuple[int, int]) -> int | None:
        """Those of the t distribution that the groups of a sample of (T, N) leave; None where
        inference does not go by the number of groups.
        """
        return None

    def clusters_are(self, effects: str) -> bool:
        """Whether the score is summed over just those groups that have the effects "unit" or
        "time".
        """
        return False


@dataclass(frozen=True)
class Classical(CovarianceKind):
    """The inverse of the expected information; for least squares s2 (Z'Z)^-1."""

    name = "classical"
    supposes_iid = True
    supposes_one_variance = True


@dataclass(frozen=True)
class Hessian(CovarianceKind):
    """The inverse of the observed information."""

    name = "hessian"
    supposes_iid = True
    supposes_one_variance = True


@dataclass(frozen=True)
class Qml(CovarianceKind):
    """A sandwich for independent errors of one variance that are not normal."""

    name = "qml"
    supposes_one_variance = True


class Sandwich(CovarianceKind, ABC):
    """A kind whose middle is the variance of the score under dependent errors."""

    @abstractmethod
    def summed(self, scores: Scores, panel: Panel) -> np.ndarray:
        """Estimated variance of the score, (P, P), as the sums give it."""

    def check_size(self, shape: tuple[int, int]) -> None:
        """Refuse a sample of (T, N) over which the sums say nothing."""
        return

    def variance(self, scores: Scores, panel: Panel) -> np.ndarray:
        """Estimated variance of the score, (P, P), before small-sample scaling.

        Raises
        ------
        OptionError
            Fewer than two clusters, no geometry, or sums of the score that are zero by
            construction.
        """
        T, N = scores.e.shape
        self.check_size((T, N))
        return usable(self.summed(scores, panel), scores, self.name)


@dataclass(frozen=True)
class Robust(Sandwich):
    """Errors are independent, with a variance each."""

    name = "robust"

    def summed(self, scores: Scores, panel: Panel) -> np.ndarray:
        return independent(scores, by_unit=False)

    def variance(self, scores: Scores, panel: Panel) -> np.ndarray:
        # a sum of squares: there is nothing to put right
        return self.summed(scores, panel)


@dataclass(frozen=True)
class Clustered(Sandwich):
    """Errors are dependent within units, within periods, or within both.

    Attributes
    ----------
    by : {"unit", "time", "both"}
    type : {"CR1", "CR2", "CR3"} or None
        For few clusters: inference by t with a degree of freedom less than there are clusters, and
        under "CR2" and "CR3" residuals as in `bias_reduction`. None: the sums as they are.
    """

    by: str = "unit"
    type: ClusterType = None

    name = "clustered"
    takes = ("cluster", "cluster_type")

    @classmethod
    def of(cls, options: Options) -> Self:
        kind = cls(options.cluster or "unit", options.cluster_type)
        if kind.by == "both" and kind.reduces_bias:
            refuse(
                "cluster_type",
                "None or 'CR1' with cluster='both'",
                repr(kind.type),
                "Cluster by unit or by time, or leave cluster_type out.",
            )
        return kind

    @property
    def reduces_bias(self) -> bool:
        """Whether residuals are put right for what estimating took from them."""
        return self.type in ("CR2", "CR3")

    def scale(self, shape: tuple[int, int]) -> float:
        """Small-sample factor of the variance of the score in a sample of (T, N): CR2 needs none, CR3 is
        that of the jackknife.
        """
        G = self.count(shape)
        factors = {"CR2": 1.0, "CR3": (G - 1) / G}
        return factors.get(self.type or "", G / (G - 1))

    def summed(self, scores: Scores, panel: Panel) -> np.ndarray:
        by_period = scores.by_period()
        of_periods: np.ndarray = by_period.T @ by_period
        if self.by == "time":
            return of_periods
        of_units = independent(scores, by_unit=True)
        if self.by == "unit":
            return of_units
        # what both have in common is counted once (Cameron, Gelbach and Miller 2011)
        both_ways: np.ndarray = of_units + of_periods - independent(scores, by_unit=False)
        return both_ways

    def check_size(self, shape: tuple[int, int]) -> None:
        one_way = self.by != "both"
        check_clusters(self.by, shape, warns=not self.reduces_bias, reducible=one_way)

    def degrees_of_freedom(self, shape: tuple[int, int]) -> int | None:
        return None if self.type is None else self.count(shape) - 1

    def clusters_are(self, effects: str) -> bool:
        return self.by == effects

    @property
    def supposes_no_serial_correlation(self) -> bool:
        return self.by == "time"

    def count(self, shape: tuple[int, int]) -> int:
        T, N = shape
        return {
            "unit": N,
            "time": T,
            "both": min(N, T),
        }[self.by]


@dataclass(frozen=True)
class DriscollKraay(Sandwich):
    """Errors are dependent over units in any way and, with a kernel, over periods.

    Attributes
    ----------
    kernel : {"bartlett", "parzen", "quadratic-spectral"}
    bandwidth : float or None
        In steps of the panel's periods, T of which are there; 4 (T / 100)^(2/9), rounded down, by
        default.
    """

    kernel: str = "bartlett"
    bandwidth: float | None = None

    name = "driscoll-kraay"
    takes = ("kernel", "bandwidth")
    reaches_over_periods = True

    @classmethod
    def of(cls, options: Options) -> Self:
        kernel = _kernel(options, ("bartlett", "parzen", "quadratic-spectral"))
        return cls(kernel, options.bandwidth)

    def summed(self, scores: Scores, panel: Panel) -> np.ndarray:
        totals = scores.by_period()
        # a lag() in the formula costs the first periods of the panel
        time_axis = TimeAxis.of(panel.periods[-len(totals) :], panel.time)
        return autocovariances(totals, time_axis, self.kernel, self.bandwidth)

    def count(self, shape: tuple[int, int]) -> int:
        return shape[0]

    def check_size(self, shape: tuple[int, int]) -> None:
        check_clusters("time", shape, reducible=False)


@dataclass(frozen=True)
class SpatialHac(Sandwich):
    """Errors are dependent within a distance.

    Attributes
    ----------
    cutoff_km : float
        Between centroids.
    kernel : {"bartlett", "uniform"}
    """

    cutoff_km: float
    kernel: str = "bartlett"

    name = "spatial-hac"
    takes = ("kernel", "cutoff_km")

    @classmethod
    def of(cls, options: Options) -> Self:
        kernel = _kernel(options, ("bartlett", "uniform"))
        if options.cutoff_km is None:
            refuse(
                "cutoff_km",
                "a distance in km for cov_type='spatial-hac'",
                "None",
                "Write for instance cutoff_km=500.",
            )
        return cls(options.cutoff_km, kernel)

    def summed(self, scores: Scores, panel: Panel) -> np.ndarray:
        if panel.geometry is None:
            expected = "a geometry for cov_type='spatial-hac'"
            raise InputError(
                "panel",
                expected=expected,
                got="a panel without one",
                remedy="Give the panel a map: bd.Panel.from_frame(..., geometry=...).",
            )
        return within_distance(scores, panel, self.cutoff_km, self.kernel)


KINDS: dict[str, type[CovarianceKind]] = {
    kind.name: kind
    for kind in (Classical, Hessian, Qml, Robust, Clustered, DriscollKraay, SpatialHac)
}


def covariance_kind(options: Options) -> CovarianceKind:
    """The kind of covariance that the options ask for.

    Raises
    ------
    OptionError
        A value that an option does not have, or an option that the kind does not take.
    """
    choices = (
        ("cov_type", CovType),
        ("cluster", Cluster),
        ("cluster_type", ClusterType),
        ("kernel", Kernel),
    )
    for name, allowed in choices:
        check_option(name, getattr(options, name), allowed)
    kind = KINDS[options.cov_type]
    for name in OWN_OPTIONS:
        given = getattr(options, name)
        if given is not None and name not in kind.takes:
            takers = [other.name for other in KINDS.values() if name in other.takes]
            refuse(
                name,
                f"no {name} with cov_type={options.cov_type!r}",
                repr(given),
                f"It belongs to cov_type={' or '.join(map(repr, takers))}.",
            )
    for name in ("bandwidth", "cutoff_km"):
        given = getattr(options, name)
        if given is not None:
            real_number(name, given, at_least=0.0)
    return kind.of(options)


def _kernel(options: Options, able: tuple[str, ...]) -> str:
    """The kernel of a kind that has some of them; Bartlett's by default."""
    if options.kernel is not None and options.kernel not in able:
        expected = f"one of {list(able)} for {options.cov_type}"
        raise OptionError(
            "kernel",
            expected=expected,
            got=repr(options.kernel),
            remedy=suggestion(options.kernel, able),
        )
    return options.kernel or "bartlett"


def counted_effects(sample: Sample, kind: CovarianceKind) -> int:
    """The effects as degrees of freedom: none where they are the clusters, as in linearmodels."""
    if kind.clusters_are(sample.within.name) and not sample.within.terms:
        return 0
    return sample.within.absorbed(*sample.shape)
