"""Geary's C, global and local."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..weights import SpatialWeights
from .conditional_permutation import LocalMeasure
from .cross_products import SquaredDifferences, by_unit
from .global_statistics import GlobalMeasure, GlobalRequest, GlobalResult
from .local_statistics import LocalRequest, quadrants
from .moments import MatrixSums, conditional_moments
from .panel_variable import check_varies, deviations, read_variable

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True)
class Geary(GlobalRequest[GlobalResult]):
    """Geary's C in each period: C = (N - 1) sum_ij w_ij (x_i - x_j)^2 / (2 S0 sum_i (x_i -
    mean)^2).

    Below 1 where neighbours are alike. As in R's spdep, z is (1 - C) over its standard deviation,
    so that a positive z means positive autocorrelation, and "greater" is that alternative (esda's z
    has the opposite sign).

    Parameters
    ----------
    variable : str
        A column or an expression such as ``"log1p(bev_density)"``.
    permutations : int
    inference : {"auto", "permutation", "randomisation", "normal"}
    alternative : {"two-sided", "greater", "less"}
    seed : int, optional
    adjust : {"holm", "fdr", None}
    pooled : bool
    stages : mapping or list, optional
        As in `Moran`.

    References
    ----------
    Geary (1954), The Incorporated Statistician 5, 115-146, doi:10.2307/2986645. Cliff and Ord
    (1981), Spatial Processes, chapter 2.
    """

    letter: ClassVar[str] = "C"
    title: ClassVar[str] = "Geary's C"
    has_normal: ClassVar[bool] = True

    def _fit(
        self,
        panel: Panel,
        W: SpatialWeights,
        n_jobs: int,
    ) -> GlobalResult:
        labels, values = read_variable(panel, self.variable, self.stages)
        check_varies(values, labels)
        z = deviations(values)
        form = SquaredDifferences(W.sparse, z)
        scale = 2 * form.links.total * (z**2).sum(axis=1) / (form.n - 1)
        measure = GlobalMeasure(
            "C",
            form,
            scale,
            direction=-1,
            normal=normal_variance(form.n, form.links),
        )
        return GlobalResult(self, self._tests(measure, labels, n_jobs), z, W)


def normal_variance(n: int, links: MatrixSums) -> float:
    """Variance of C when the values are independent normal."""
    square = links.total**2
    return float(((2 * links.s1 + links.s2) * (n - 1) - 4 * square) / (2 * (n + 1) * square))


@dataclass(frozen=True)
class LocalGeary(LocalRequest):
    """Local Geary's c of each unit: c_i = (1 / m2) sum_j w_ij (x_i - x_j)^2, m2 = sum of squared
    deviations / N.

    Small where a unit is like its neighbours, also if all are near the mean, which the local Moran
    does not see. z is (expected - c_i) over the standard deviation, positive for likeness, as in
    `Geary`. Kinds: "HH" and "LL" (like its neighbours, both above or both below the mean), "other
    positive" (alike across the mean), "negative".

    Parameters
    ----------
    variable : str
    permutations : int
    inference : {"auto", "permutation", "conditional"}
    alternative : {"two-sided", "greater", "less"}
        "greater": more like its neighbours than by chance.
    seed : int, optional
    adjust : {"fdr", "holm", None}
    level : float
    stages : mapping or list, optional
        As in `LocalMoran`.

    References
    ----------
    Anselin (1995), Geographical Analysis 27, 93-115, doi:10.1111/j.1538-4632.1995.tb00338.x;
    Anselin (2019), Geographical Analysis 51, 133-150, doi:10.1111/gean.12164.
    """

    letter: ClassVar[str] = "c"
    title: ClassVar[str] = "Local Geary's c"
    kinds: ClassVar[tuple[str, ...]] = (
        "HH",
        "LL",
        "other positive",
        "negative",
    )

    def _measure(
        self,
        x: np.ndarray,
        z: np.ndarray,
        W: SpatialWeights,
    ) -> LocalMeasure:
        n = z.shape[1]
        z = z / z.std(axis=1, keepdims=True)
        own = by_unit(z)[:, None]
        total = W.sparse.sum(axis=1)[:, None, None]
        third = (z**3).sum(axis=1, keepdims=True)
        fourth = (z**4).sum(axis=1, keepdims=True)
        # mean and mean square of (z_i - z_j)^2 over the others j: expand the powers, and put in
        # sum z = 0, sum z^2 = n and the sums of z^3 and z^4
        mean = (n * z**2 + n) / (n - 1)
        square = (n * z**4 + 6 * n * z**2 - 4 * z * third + fourth) / (n - 1)
        spread = square - mean**2
        expected, variance = conditional_moments(W.sparse, mean, spread)

        def of_lags(lags: np.ndarray) -> np.ndarray:
            """sum_j w_ij (z_i - z_j)^2 from the lags of z and of its square."""
            lag_z = lags[..., 0]
            lag_square = lags[..., 1]
            sums: np.ndarray = own**2 * total - 2 * own * lag_z + lag_square
            return sums

        return LocalMeasure(
            W.sparse,
            np.stack([z, z**2], axis=-1),
            of_lags,
            expected,
            variance,
            direction=-1,
        )

    def _kind(
        self,
        z: np.ndarray,
        lag: np.ndarray,
        score: np.ndarray,
    ) -> np.ndarray:
        alike = quadrants(z, lag)
        alike[np.isin(alike, ["HL", "LH"])] = "other positive"
        return np.where(score > 0, alike, "negative")
