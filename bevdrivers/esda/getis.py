"""G of Getis and Ord, global and local: where large values lie together, and where small ones
do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import sparse

from ..errors import DataError, first_five
from ..options import check_flag
from ..weights import SpatialWeights
from .conditional_permutation import LocalMeasure, of_the_others
from .cross_products import ValueProducts, by_unit
from .global_statistics import GlobalMeasure, GlobalRequest, GlobalResult
from .local_statistics import LocalRequest
from .moments import conditional_moments
from .panel_variable import check_varies, read_variable

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True)
class GetisOrd(GlobalRequest[GlobalResult]):
    """G of Getis and Ord in each period: G = sum_ij w_ij x_i x_j / sum_(i != j) x_i x_j, for x of
    zero or more.

    Above its expected value S0 / (N (N - 1)) where large values lie together, below it where small
    ones do (Moran's I cannot tell the two apart). Defined for symmetric 0/1 weights: give weights
    with ``normalise=None`` for G as it is printed; row-normalised ones count each unit's neighbours
    as a mean.

    Parameters
    ----------
    variable : str
        A column or an expression, zero or more, with a natural origin.
    permutations : int
    inference : {"auto", "permutation", "randomisation"}
    alternative : {"two-sided", "greater", "less"}
        "greater": large values lie together.
    seed : int, optional
    adjust : {"holm", "fdr", None}
    pooled : bool
    stages : mapping or list, optional
        As in `Moran`.

    References
    ----------
    Getis and Ord (1992), Geographical Analysis 24, 189-206, doi:10.1111/j.1538-4632.1992.tb00261.x.
    """

    letter: ClassVar[str] = "G"
    title: ClassVar[str] = "Getis-Ord G"

    def _fit(
        self,
        panel: Panel,
        W: SpatialWeights,
        n_jobs: int,
    ) -> GlobalResult:
        labels, x = read_variable(panel, self.variable, self.stages)
        low = np.argwhere(x < 0)
        if len(low):
            raise DataError(
                "variable",
                expected="values of zero or more for G",
                got=(
                    f"{len(low)} below zero: "
                    f"{first_five([(labels[t], panel.units[i], x[t, i]) for t, i in low])}"
                ),
                remedy="Use Moran or Geary, which need no origin.",
            )
        check_varies(x, labels)
        form = ValueProducts(W.sparse, x)
        scale = x.sum(axis=1) ** 2 - (x**2).sum(axis=1)
        alone = np.flatnonzero(scale <= 0)
        if len(alone):
            got = f"one at most in {first_five([labels[t] for t in alone])}"
            raise DataError(
                "variable",
                expected="two units or more above zero in every period",
                got=got,
                remedy="Leave the other periods out with panel.select(periods=...), or use Moran or Geary.",
            )
        return GlobalResult(
            self,
            self._tests(GlobalMeasure("G", form, scale), labels, n_jobs),
            x,
            W,
        )


@dataclass(frozen=True)
class LocalGetisOrd(LocalRequest):
    """Gi and Gi* of Getis and Ord: z of the sum of the neighbours' values, sum_j w_ij x_j, with
    unit i left out or in.

    Hot spots are places where large values lie together, cold spots those of small values. Gi
    (``star=False``) leaves the unit out, of the sum and of the mean and variance; Gi* has it in,
    with the largest of its neighbours' weights (1 for 0/1 links) before normalisation. The form of
    1995 holds for any variable and any weights; z does not change if a row of W is scaled. By
    permutation Gi and Gi* have the same p-value, for the unit itself does not move.

    Parameters
    ----------
    variable : str
    permutations : int
    inference : {"auto", "permutation", "conditional"}
        "conditional" is the normal approximation of Ord and Getis.
    alternative : {"two-sided", "greater", "less"}
        "greater": a hot spot.
    seed : int, optional
    adjust : {"fdr", "holm", None}
    level : float
    stages : mapping or list, optional
        As in `LocalMoran`.
    star : bool
        Gi* (the default) or Gi.

    References
    ----------
    Ord and Getis (1995), Geographical Analysis 27, 286-306, doi:10.1111/j.1538-4632.1995.tb00912.x,
    equations 14 and 15.
    """

    star: bool = True

    letter: ClassVar[str] = "G"
    kinds: ClassVar[tuple[str, ...]] = ("hot", "cold")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flag("star", self.star)

    @property
    def title(self) -> str:  # type: ignore[override]
        """Gi or Gi*."""
        return "Getis-Ord Gi*" if self.star else "Getis-Ord Gi"

    def _measure(
        self,
        x: np.ndarray,
        z: np.ndarray,
        W: SpatialWeights,
    ) -> LocalMeasure:
        links = W.sparse
        own = np.zeros(W.n_units)
        if self.star:
            largest = links.max(axis=1).todense()
            own = np.asarray(largest).ravel()
        if self.star and W.normalise == "row":
            total = links.sum(axis=1) + own
            zeros = np.zeros_like(total)
            scale = np.divide(1.0, total, out=zeros, where=total > 0)
            links = sparse.csr_array(links.multiply(scale[:, None]))
            own = own * scale
        fixed = by_unit(own * x)[:, None]

        def of_lags(lags: np.ndarray) -> np.ndarray:
            sums: np.ndarray = lags[..., 0] + fixed
            return sums

        if not self.star:
            moments = conditional_moments(links, *of_the_others(x))
        else:
            whole = sparse.csr_array(links + sparse.diags_array(own))
            moments = _star_moments(whole, x)
        return LocalMeasure(links, x[..., None], of_lags, *moments)

    def _kind(
        self,
        z: np.ndarray,
        lag: np.ndarray,
        score: np.ndarray,
    ) -> np.ndarray:
        return np.where(score > 0, "hot", "cold").astype(object)


def _star_moments(W: sparse.csr_array, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of sum_j w_ij x_j over the orders of all N values, the unit's own too (Ord
    and Getis).
    """
    n = x.shape[1]
    total = W.sum(axis=1)
    squares = W.multiply(W).sum(axis=1)
    spread = np.maximum(n * squares - total**2, 0.0)
    expected = total * x.mean(axis=1, keepdims=True)
    variance = x.var(axis=1, keepdims=True) * spread / (n - 1)
    return expected, variance
