"""The ways of estimating, and the one that a request asks for."""

from __future__ import annotations

from typing import Any

from .covariance import CovarianceKind
from .gmm.fixed_effects import GeneralisedMoments
from .gmm.random_effects import RandomEffectsMoments
from .least_squares import LeastSquares
from .method import Method
from .ml.method import MaximumLikelihood
from .options import Options, refuse
from .random.method import RandomEffectsLikelihood

# In the order in which they are asked: the first that applies is taken.
METHODS: tuple[type[Method[Any]], ...] = (
    RandomEffectsMoments,
    GeneralisedMoments,
    RandomEffectsLikelihood,
    MaximumLikelihood,
    LeastSquares,
)


def method_of(options: Options, kind: CovarianceKind) -> Method[Any]:
    """The way of estimating that options ask for, all of them checked.

    Raises
    ------
    OptionError
        See `Method.of`.
    """
    chosen = next(method for method in METHODS if method.applies(options))
    if options.cluster_type is not None and not chosen.has_cluster_types:
        refuse(
            "cluster_type",
            "maximum likelihood with fixed effects or none, or least squares",
            f"{options.cluster_type!r} with method={options.method!r}, "
            f"random_effects={options.random_effects!r}, serial_errors={options.serial_errors}",
            "Leave cluster_type out.",
        )
    return chosen.of(options, kind)
