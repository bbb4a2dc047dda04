"""`Method`: what every way of estimating can do. `registry` lists them all.

A method is a small frozen record of the options that it goes by, made of a request's `Options` and
checked on the way. It takes a `Sample` and hands over an `Estimate`, never seeing the request
itself or the result.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np

from ..panel import Panel
from ..weights import SpatialWeights
from .covariance import CovarianceKind
from .design.sample import Sample
from .design.transforms import Within
from .estimate import Estimate
from .options import Options
from .random.components import VarianceComponents

E = TypeVar("E", bound=Estimate)

# (sample, estimate, kind, panel) -> covariance of the values, (P, P)
CovarianceOf = Callable[[Sample, Any, Any, Panel], np.ndarray]


class Method(ABC, Generic[E]):
    """A way of estimating, with its options settled.

    Attributes
    ----------
    covariances : mapping of str to function
        The kinds of covariance that it has, and what computes each from sample, estimate, kind and
        panel.
    by_likelihood : bool
        Whether it maximises a likelihood, so that fits compare by it.
    by_moments : bool
        Whether it solves moment conditions with instruments.
    has_cluster_types : bool
        Whether clustered covariances come in the types for few clusters.
    """

    covariances: ClassVar[Mapping[str, CovarianceOf]]
    by_likelihood: ClassVar[bool] = False
    by_moments: ClassVar[bool] = False
    has_cluster_types: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def applies(cls, options: Options) -> bool:
        """Whether these options ask for this way of estimating."""

    @classmethod
    @abstractmethod
    def of(cls, options: Options, kind: CovarianceKind) -> Self:
        """The method with these options.

        Raises
        ------
        OptionError
            An option that it does not take, options that exclude each other, or a covariance that
            it does not have.
        """

    @abstractmethod
    def estimate(self, sample: Sample) -> E:
        """The estimates of a sample.

        Raises
        ------
        IdentificationError, EstimationError
        """

    def covariance(
        self,
        sample: Sample,
        estimate: E,
        kind: CovarianceKind,
        panel: Panel,
    ) -> np.ndarray:
        """Covariance of the values of an estimate, (P, P)."""
        return self.covariances[kind.name](sample, estimate, kind, panel)

    def degrees_of_freedom(
        self,
        sample: Sample,
        estimate: E,
        kind: CovarianceKind,
        contrasts: np.ndarray,
    ) -> np.ndarray | int | None:
        """Those of t for linear combinations (m, P) of the values: one for each, or one number for
        all; None where inference is by the normal distribution.
        """
        of_groups = kind.degrees_of_freedom(sample.shape)
        return estimate.df_resid if of_groups is None else of_groups

    # what the sample must be like

    @property
    def lee_yu(self) -> bool:
        """Whether the likelihood is of the data in contrasts, or the score is adjusted in their
        place.
        """
        return False

    def adjusts(self, W: SpatialWeights | None, within: Within) -> bool:
        """Whether the score is adjusted for the effects, `W` being the weights of y."""
        return False

    def check_sample(self, sample: Sample) -> None:
        """Refuse a sample that is too short, or too large, for this way of estimating."""
        return

    # what it does about the bias of fixed effects

    @property
    def corrected(self) -> bool:
        """Whether something is done about the bias of fixed effects."""
        return self.lee_yu

    def correction_name(self, sample: Sample) -> str:
        """What is done about it: "lee-yu", "elhorst" and so on, or "none"."""
        return "none"

    # what moments it uses

    @property
    def error_moments(self) -> str | None:
        """The moments of lam; None where there are none."""
        return None

    @property
    def two_stage_form(self) -> str:
        """The form of two-stage least squares with random effects, or "none"."""
        return "none"

    # in words

    @property
    @abstractmethod
    def in_short(self) -> str:
        """The way of estimating as table notes name it."""

    def in_words(self, sample: Sample) -> str:
        """The way of estimating as a summary says it, with its correction."""
        return self.in_short

    def remarks(
        self,
        sample: Sample,
        estimate: E,
        covariance: np.ndarray,
        kind: CovarianceKind,
        panel: Panel,
    ) -> list[str]:
        """What a reader of the summary should keep in mind."""
        return []

    # random effects

    def variance_components(
        self,
        sample: Sample,
        estimate: E,
        kind: CovarianceKind,
    ) -> VarianceComponents | None:
        """The variances of the random effects and of e; None for a model without random effects."""
        return None
