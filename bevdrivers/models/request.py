"""`Request`: the options of a regression once they are settled and checked, with the method that
they name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .covariance import CovarianceKind, covariance_kind
from .design.absorb import check_absorb
from .method import Method
from .options import ALIASES, Options, check_choices, check_flags, listed_names
from .registry import irregular_method_of, method_of


@dataclass(frozen=True)
class Request(Options):
    """Options that go together; see `Estimator` for what each means."""

    def __post_init__(self) -> None:
        self._settle(cov_type=ALIASES.get(str(self.cov_type), self.cov_type))
        check_choices(self)
        # each kind of covariance, and each method, checks what is its own
        _ = self.covariance_kind
        check_flags(self)
        self._settle(**listed_names(self))
        if self.absorb is not None:
            self._settle(absorb=check_absorb(self))
        _ = self.method_object

    def _settle(self, **options: Any) -> None:
        for name, value in options.items():
            object.__setattr__(self, name, value)

    @cached_property
    def covariance_kind(self) -> CovarianceKind:
        """The kind of covariance, with its options settled."""
        return covariance_kind(self)

    @cached_property
    def method_object(self) -> Method[Any]:
        """The way of estimating, with its options settled."""
        return method_of(self, self.covariance_kind)

    @cached_property
    def _irregular_method(self) -> Method[Any]:
        return irregular_method_of(self, self.covariance_kind)

    def method_on(self, irregular: bool) -> Method[Any]:
        """The way of estimating on a sample that is regular, or irregular: with missing cells, or
        weights by period.

        Raises
        ------
        OptionError
            The options ask for what needs a complete panel and the same weights in all periods.
        """
        return self._irregular_method if irregular else self.method_object

    def __getstate__(self) -> dict[str, Any]:
        # what follows from the options is made again
        derived = ("covariance_kind", "method_object", "_irregular_method")
        return {name: value for name, value in vars(self).items() if name not in derived}

    @property
    def moments(self) -> str | None:
        """The moments of lam, with the default settled; None where there are none."""
        return self.method_object.error_moments

    @property
    def is_ml(self) -> bool:
        """Whether estimation is by maximum likelihood: with a lag of y or of the error, random
        effects or autocorrelated errors, but not by ``method="gmm"``.
        """
        return self.method_object.by_likelihood

    @property
    def lee_yu(self) -> bool:
        """Whether the Lee-Yu transformation, or the adjusted score in its place, is used, with
        "auto" settled; of least squares it concerns the log-likelihood alone.
        """
        return self.method_object.lee_yu

    @property
    def corrected(self) -> bool:
        """Whether something is done about the bias of fixed effects; of least squares only dynamic
        models have one.
        """
        return self.method_object.corrected
