"""Weights of an economic covariate, alone and with geography."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ..errors import OptionError, WeightsError, first_five
from ..options import CovariatePeriod, NestedBy, RatioTo, check_option
from .borders import named_pairs
from .covariates import covariate, frozen_years, with_values
from .normalisation import normalised
from .recipe import Recipe, check_recipe, symmetric
from .spatial_units import SpatialUnits

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True)
class EconomicDistance(Recipe):
    """Request for weights of economic distance: w_ij = 1 / |x_i - x_j| of a covariate x, such as
    GDP per head.

    They are in units of the largest weight.

    Parameters
    ----------
    column : str
        Column or expression of the panel, such as ``"gdp_pc"`` or ``"log(gdp_pc)"``, or column of
        the map.
    period : {"mean", "pre-sample", "each"}
        Mean: x is the unit's mean over all periods of the panel, or over `years`. A covariate that
        the outcome moves makes these weights endogenous. Pre-sample: the mean over `years`, which
        lie before the sample; fit on the panel that has them and the model on
        ``panel.select(periods=...)``. The notes say which years were used. Each: one W a period, of
        the values of that period; `fit` then makes `PeriodWeights`, endogenous as those of the
        mean. A unit without a value in a period has no links in it.
    years : int or iterable of int, optional
        Required with "pre-sample"; none with "each".

    References
    ----------
    Case, A. C., Rosen, H. S. and Hines, J. R. (1993). Budget spillovers and fiscal policy
    interdependence. Journal of Public Economics 52, 285-307. doi:10.1016/0047-2727(93)90036-S

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.EconomicDistance("gdp_pc", period="pre-sample", years=[2011, 2012]).fit(bd.load_panel()).notes
    ('gdp_pc: mean of 2011-2012, before the sample',)
    """

    column: str
    period: CovariatePeriod = "mean"
    years: int | Iterable[int] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "years", frozen_years(self.period, self.years))

    @property
    def name(self) -> str:
        return f"1/|difference in {self.column}|"

    @property
    def by_period(self) -> bool:
        return self.period == "each"

    def _there(self, panel: Panel) -> np.ndarray:
        there = super()._there(panel)
        return there & with_values(panel, self.column) if self.by_period else there

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        x = covariate(units, self.column, self.period, self.years)  # type: ignore[arg-type]
        i, j = np.triu_indices(len(x), 1)
        gap = np.abs(x[i] - x[j])
        # a difference within rounding of the numbers themselves is none
        tied = gap <= 1e-12 * np.abs(x).max(initial=0.0)
        if tied.any():
            raise WeightsError(
                "column",
                expected=(
                    f"different values of {self.column!r}: units with the same one have an "
                    "infinite weight"
                ),
                got=f"{tied.sum()} ties: {named_pairs(units.ids, i[tied], j[tied])}",
                remedy="Take more years, or a column that is not rounded.",
            )
        return symmetric(i, j, gap.min(initial=np.inf) / gap, len(x))


@dataclass(frozen=True)
class Nested(Recipe):
    """Request for weights of geography and economy in one W: the weighted mean of two recipes, or
    their product.

    Share: w_ij = share g_ij + (1 - share) e_ij, each of the two normalised first as its own recipe
    says, so that the share means what it says. Product: w_ij = g_ij e_ij of the raw links, which
    keeps only the links that both have.

    Parameters
    ----------
    geographic, economic : recipe
    by : {"share", "product"}
    share : float, optional
        Of the geographic weights, in (0, 1); 0.5 when absent. Only with ``by="share"``.

    References
    ----------
    Share: Debarsy, N. and LeSage, J. (2018). Flexible dependence modeling using convex combinations
    of different types of connectivity structures. Regional Science and Urban Economics 69, 48-68.
    doi:10.1016/j.regsciurbeco.2018.01.001 Product, with g binary and e_ij the inverse difference:
    Lin, G. P., Long, Z. H. and Wu, M. (2006). A spatial investigation of sigma-convergence in
    China. Journal of Quantitative and Technical Economics 4 (in Chinese).

    Examples
    --------
    >>> import bevdrivers as bd
    >>> both = bd.Nested(bd.InverseDistance(), bd.EconomicDistance("gdp_pc"), share=0.7).fit(bd.load_panel())
    >>> both.name
    '0.7 (1/d) + 0.3 (1/|difference in gdp_pc|)'
    """

    geographic: Recipe
    economic: Recipe
    by: NestedBy = "share"
    share: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_recipe("geographic", self.geographic)
        check_recipe("economic", self.economic)
        check_option("by", self.by, NestedBy)
        if self.by == "product":
            if self.share is not None:
                raise OptionError(
                    "share",
                    expected="None with by='product'",
                    got=repr(self.share),
                    remedy="Leave share out, or combine by 'share'.",
                )
            return
        if self.share is None:
            object.__setattr__(self, "share", 0.5)
        elif not 0 < self.share < 1:
            raise OptionError(
                "share",
                expected="a number between 0 and 1",
                got=repr(self.share),
                remedy="Write 0.5 for equal parts.",
            )

    @property
    def name(self) -> str:
        names = f"({self.geographic.name})", f"({self.economic.name})"
        if self.share is None:
            return " x ".join(names)
        return f"{self.share:g} {names[0]} + {1 - self.share:g} {names[1]}"

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        g = self.geographic._part(units)
        e = self.economic._part(units)
        if self.share is None:
            return sparse.csr_array(g.multiply(e))
        g = normalised(g, self.geographic.normalise)
        e = normalised(e, self.economic.normalise)
        return sparse.csr_array(self.share * g + (1 - self.share) * e)


@dataclass(frozen=True)
class EconomicGeographic(Recipe):
    """Request for asymmetric weights in which a larger economy weighs more on its neighbours than
    they on it.

    w_ij = g_ij x_j / x-bar: the geographic weights times diag(x_1/x-bar, ..., x_N/x-bar), x_j the
    mean of the covariate of unit j over the years and x-bar the mean over all units
    (``relative_to="mean"``, the usual definition in the Chinese literature). Or w_ij = g_ij x_j /
    x_i (``relative_to="own"``). The two differ by a factor a row, so that row normalisation makes
    them the same.

    Parameters
    ----------
    geographic : recipe
        Such as ``bd.InverseDistance()``.
    column : str
        Positive covariate, such as GDP per head.
    period, years
        As in `EconomicDistance`.
    relative_to : {"mean", "own"}

    References
    ----------
    Li, J., Tan, Q. M. and Bai, J. H. (2010). Spatial econometric analysis of regional innovation
    production in China. Management World 7, 43-55 (in Chinese).
    """

    geographic: Recipe
    column: str
    period: CovariatePeriod = "mean"
    years: int | Iterable[int] | None = None
    relative_to: RatioTo = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_recipe("geographic", self.geographic)
        check_option("relative_to", self.relative_to, RatioTo)
        object.__setattr__(self, "years", frozen_years(self.period, self.years))

    @property
    def name(self) -> str:
        return f"{self.geographic.name} x relative {self.column}"

    @property
    def by_period(self) -> bool:
        return self.period == "each" or super().by_period

    def _there(self, panel: Panel) -> np.ndarray:
        there = super()._there(panel)
        return there & with_values(panel, self.column) if self.period == "each" else there

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        g = self.geographic._part(units)
        x = covariate(units, self.column, self.period, self.years)  # type: ignore[arg-type]
        wrong = np.flatnonzero(x <= 0)
        if wrong.size:
            cells = [(units.ids[i], float(x[i])) for i in wrong]
            raise WeightsError(
                "column",
                expected=f"positive values of {self.column!r}",
                got=first_five(cells),
                remedy="Choose a column, or years, in which it is positive.",
            )
        of_row = x if self.relative_to == "own" else np.full(len(x), x.mean())
        return sparse.csr_array(g.multiply(x[None, :]).multiply(1.0 / of_row[:, None]))
