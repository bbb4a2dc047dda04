"""Moran's I of a variable with its neighbours' values of another variable, or of an earlier
period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import DataError, OptionError
from ..options import Moves, check_option, whole_number
from ..panel.time_axis import TimeAxis
from ..weights import SpatialWeights
from .cross_products import CrossProduct, JointProducts, NeighbourProducts
from .global_statistics import GlobalMeasure, GlobalRequest, GlobalResult
from .panel_variable import check_varies, deviations, read_variable

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True)
class BivariateMoran(GlobalRequest[GlobalResult]):
    """Moran's I of a variable with the neighbours' values of another one, or of an earlier period.

    I = (N / S0) x_t'W y_(t-lag) / sqrt(x_t'x_t y_(t-lag)'y_(t-lag)), with x and y as deviations
    from their periods' means. With `neighbour` left out and ``lag=1`` it is the space-time Moran:
    does what the neighbours were last year go with what a unit is this year?

    Parameters
    ----------
    variable : str
        x, of the unit itself.
    permutations : int
    inference : {"auto", "permutation", "randomisation"}
    alternative : {"two-sided", "greater", "less"}
    seed : int, optional
    adjust : {"holm", "fdr", None}
    pooled : bool
    stages : mapping or list, optional
        As in `Moran`; "greater" is a positive association with the neighbours.
    neighbour : str, optional
        y, of the neighbours; by default `variable`.
    lag : int
        Periods (with stages: stages) by which y is earlier. Each row is labelled by the period of
        x.
    moves : {"pairs", "neighbour"}
        What a permutation moves. "pairs": a unit's x and y together, so that their correlation r
        within units is kept; the expected value is -r / (N - 1). "neighbour": y alone, the habit of
        GeoDa and esda; its null hypothesis also says that x and y are unrelated within a unit, so
        that two variables that go together in place are called significant too often even without a
        spatial pattern.

    References
    ----------
    Wartenberg (1985), Geographical Analysis 17, 263-283, doi:10.1111/j.1538-4632.1985.tb00849.x.
    Lee (2001), Journal of Geographical Systems 3, 369-385, doi:10.1007/s101090100064, on the part
    of the correlation in place.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> moran = bd.BivariateMoran("log1p(bev_density)", lag=1, permutations=0).fit(panel, queen)
    >>> moran.frame["period"].tolist()[:2]
    [2012, 2013]
    """

    neighbour: str | None = None
    lag: int = 0
    moves: Moves = "pairs"

    letter: ClassVar[str] = "I"
    title: ClassVar[str] = "Bivariate Moran's I"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_option("moves", self.moves, Moves)
        expected = "a whole number of periods, 0 or more"
        object.__setattr__(self, "lag", whole_number("lag", self.lag, expected=expected))
        if self.neighbour in (None, self.variable) and self.lag == 0:
            raise OptionError(
                "neighbour",
                expected="another variable, or lag=1 or more",
                got=f"{self.variable!r} with itself in one period",
                remedy=f"That is Moran({self.variable!r}).",
            )

    @property
    def described(self) -> str:
        """The two variables, as in ``"x with W y (t-1)"``."""
        when = f" (t-{self.lag})" if self.lag else ""
        return f"{self.variable} with W {self.neighbour or self.variable}{when}"

    def _fit(
        self,
        panel: Panel,
        W: SpatialWeights,
        n_jobs: int,
    ) -> GlobalResult:
        labels, x = read_variable(panel, self.variable, self.stages)
        _, y = read_variable(panel, self.neighbour or self.variable, self.stages)
        self._check_lag(labels)
        x = x[self.lag :]
        y = y[: len(y) - self.lag]
        labels = labels[self.lag :]
        check_varies(x, labels)
        check_varies(y, labels, "neighbour")
        x = deviations(x)
        y = deviations(y)
        form: CrossProduct
        if self.moves == "pairs":
            form = JointProducts(W.sparse, x, y)
        else:
            form = NeighbourProducts(W.sparse, x, y)
        x_squares = (x**2).sum(axis=1)
        y_squares = (y**2).sum(axis=1)
        scale = form.links.total / form.n * np.sqrt(x_squares * y_squares)
        measure = GlobalMeasure("I", form, scale)
        tests = self._tests(measure, labels, n_jobs)
        return GlobalResult(self, tests, x, W)

    def _check_lag(self, labels: list[Any]) -> None:
        if self.lag >= len(labels):
            raise DataError(
                "lag",
                expected=f"fewer than the {len(labels)} periods",
                got=str(self.lag),
                remedy="Use a shorter lag.",
            )
        if self.lag and self.stages is None:
            TimeAxis.of(labels).check_no_gap("lag")
