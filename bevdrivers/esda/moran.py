"""Moran's I, global and local."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..weights import SpatialWeights
from .conditional_permutation import LocalMeasure, of_the_others
from .cross_products import ValueProducts, by_unit
from .global_statistics import GlobalMeasure, GlobalRequest, GlobalResult
from .local_statistics import LocalRequest
from .moments import MatrixSums, conditional_moments
from .panel_variable import check_varies, deviations, read_variable

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True, eq=False, repr=False)
class MoranResult(GlobalResult):
    """Moran's I by period.

    Attributes
    ----------
    request : Moran
    frame : DataFrame, one row a period
        period, I, expected, and variance, z and p under normality and randomisation; p by
        permutation and p_adjusted where asked.
    z : array of shape (T, N)
        Deviations from the period's mean.
    weights : SpatialWeights
    """

    @cached_property
    def scatter(self) -> tuple[np.ndarray, np.ndarray]:
        """Standardised values and their spatial lags, each (T, N), for a Moran scatter plot."""
        standardised = self.z / self.z.std(axis=1, keepdims=True)
        return standardised, self.weights.lag(standardised)


@dataclass(frozen=True)
class Moran(GlobalRequest[MoranResult]):
    """Moran's I in each period: I = (N / S0) z'Wz / z'z with z the deviations from the period's
    mean.

    Positive where neighbours are alike; without spatial pattern -1 / (N - 1). N counts all units,
    islands too.

    Parameters
    ----------
    variable : str
        A column or an expression such as ``"log1p(bev_density)"``.
    permutations : int
        Random permutations of the values over the units; 0 for none.
    inference : {"auto", "permutation", "randomisation", "normal"}
        Which p-value goes into tables. "auto" is permutation where there are permutations, else
        randomisation.
    alternative : {"two-sided", "greater", "less"}
    seed : int, optional
        Of the permutations. The same permutations serve all periods, so the periods' tests are not
        independent.
    adjust : {"holm", "fdr", None}
        Adjust the chosen p-values for the number of tests: periods, and weights when several are
        given at once.
    pooled : bool
        Add a row for all periods together: sum_t z_t'Wz_t over sum_t z_t'z_t, times N / S0. Its
        permutations and its randomisation variance move whole histories of units.
    stages : mapping or list, optional
        Spans of periods, ``{"early": (2011, 2015), "late": (2016, 2020)}``, whose means take the
        place of the periods.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, chapter 2; moments under normality and under
    randomisation.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> moran = bd.Moran("log1p(bev_density)", permutations=0).fit(panel, queen)
    >>> moran.frame.set_index("period").loc[[2011, 2020], "I"].round(2).tolist()
    [0.46, 0.43]
    """

    letter: ClassVar[str] = "I"
    title: ClassVar[str] = "Moran's I"
    has_normal: ClassVar[bool] = True

    def _fit(
        self,
        panel: Panel,
        W: SpatialWeights,
        n_jobs: int,
    ) -> MoranResult:
        labels, values = read_variable(panel, self.variable, self.stages)
        check_varies(values, labels)
        z = deviations(values)
        form = ValueProducts(W.sparse, z)
        scale = form.links.total / form.n * (z**2).sum(axis=1)
        measure = GlobalMeasure("I", form, scale, normal=normal_variance(form.n, form.links))
        return MoranResult(self, self._tests(measure, labels, n_jobs), z, W)


def normal_variance(n: int, links: MatrixSums) -> float:
    """Variance of I when the values are independent normal."""
    square = links.total**2
    return float(
        (n**2 * links.s1 - n * links.s2 + 3 * square) / ((n**2 - 1) * square) - 1 / (n - 1) ** 2
    )


@dataclass(frozen=True)
class LocalMoran(LocalRequest):
    """Local Moran's I of each unit: I_i = (z_i / m2) sum_j w_ij z_j, z deviations from the mean, m2
    = sum z^2 / N.

    With m2 divided by N, as in R's spdep (esda divides by N - 1: its values are (N - 1) / N of
    these), the local statistics sum to S0 times the global I. A unit's quadrant is HH, LL (alike),
    HL or LH (unlike its neighbours).

    Parameters
    ----------
    variable : str
        A column or an expression such as ``"log1p(bev_density)"``.
    permutations : int
        Conditional permutations; 0 for none.
    inference : {"auto", "permutation", "conditional", "total"}
    alternative : {"two-sided", "greater", "less"}
    seed : int, optional
    adjust : {"fdr", "holm", None}
    level : float
    stages : mapping or list, optional
        As in `LocalRequest`: clusters are units whose adjusted p-value is at most `level`.
        ``adjust=None`` is the common map without adjustment.

    References
    ----------
    Anselin (1995), Geographical Analysis 27, 93-115, doi:10.1111/j.1538-4632.1995.tb00338.x (total
    moments). Sokal, Oden and Thomson (1998), Geographical Analysis 30, 331-354,
    doi:10.1111/j.1538-4632.1998.tb00406.x (conditional moments). Caldas de Castro and Singer
    (2006), Geographical Analysis 38, 180-208, doi:10.1111/j.0016-7363.2006.00682.x (false discovery
    rate).

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> local = bd.LocalMoran("log1p(bev_density)", permutations=999, seed=1, adjust=None).fit(panel, queen)
    >>> local.clusters.loc[2020, "Jiangsu"]
    'HH'
    """

    letter: ClassVar[str] = "I"
    title: ClassVar[str] = "Local Moran's I"
    kinds: ClassVar[tuple[str, ...]] = ("HH", "LL", "HL", "LH")
    has_total: ClassVar[bool] = True

    def _measure(
        self,
        x: np.ndarray,
        z: np.ndarray,
        W: SpatialWeights,
    ) -> LocalMeasure:
        share = z / (z**2).mean(axis=1, keepdims=True)
        own = by_unit(share)[:, None]
        mean, variance = conditional_moments(W.sparse, *of_the_others(z))

        def of_lags(lags: np.ndarray) -> np.ndarray:
            products: np.ndarray = own * lags[..., 0]
            return products

        return LocalMeasure(
            W.sparse,
            z[..., None],
            of_lags,
            share * mean,
            share**2 * variance,
            _total_moments(W, z),
        )


def _total_moments(W: SpatialWeights, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of I_i over the orders of all N values, the unit's own too, each (T, N).

    With b2 = m4 / m2^2, E[I_i] = -w_i / (n - 1), and E[I_i^2] is a term of the squared weights and
    one of the products of two weights (Anselin 1995, appendix A).
    """
    n = z.shape[1]
    b2 = (z**4).mean(axis=1, keepdims=True) / (z**2).mean(axis=1, keepdims=True) ** 2
    total = W.sparse.sum(axis=1)
    squares = W.sparse.multiply(W.sparse).sum(axis=1)
    expected = np.broadcast_to(-total / (n - 1), z.shape)

    of_squares = squares * (n - b2) / (n - 1)
    of_pairs = (total**2 - squares) * (2 * b2 - n) / ((n - 1) * (n - 2))
    variance = of_squares + of_pairs - expected**2
    return expected, np.maximum(variance, 0.0)
