"""Join counts of a variable of zeros and ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import DataError, first_five
from ..weights import SpatialWeights
from .cross_products import CrossProduct, SquaredDifferences, ValueProducts
from .global_statistics import GlobalMeasure, GlobalRequest, GlobalResult
from .panel_variable import check_varies, read_variable

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True, eq=False, repr=False)
class JoinCountsResult(GlobalResult):
    """Join counts by period.

    Attributes
    ----------
    request : JoinCounts
    frame : DataFrame, one row a period and kind of join
        period, joins ("BB", "WW", "BW"), count, expected, variance, z and p-values.
    z : array of shape (T, N)
        The zeros and ones.
    weights : SpatialWeights
    """

    @property
    def _components(self) -> Any:
        return self.frame["joins"]


@dataclass(frozen=True)
class JoinCounts(GlobalRequest[JoinCountsResult]):
    """Numbers of links between ones (BB), between zeros (WW) and between a one and a zero (BW), in
    each period.

    BB = sum_ij d_ij x_i x_j / 2, WW = sum_ij d_ij (1 - x_i)(1 - x_j) / 2, BW = sum_ij d_ij (x_i -
    x_j)^2 / 2, where d_ij is 1 for a link, whatever its weight. A link that goes one way only
    counts one half. Moments are those of all orders of the given number of ones (non-free
    sampling).

    Parameters
    ----------
    variable : str
        A column or an expression of zeros and ones.
    permutations : int
    inference : {"auto", "permutation", "randomisation"}
    alternative : {"two-sided", "greater", "less"}
        "greater": more joins of the kind than by chance. Where ones lie together BB is greater and
        BW less.
    seed : int, optional
    adjust : {"holm", "fdr", None}
    pooled : bool
    stages : None
        A mean over years is no zero or one.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, section 1.4.
    """

    letter: ClassVar[str] = "count"
    title: ClassVar[str] = "Join counts"

    def _fit(
        self,
        panel: Panel,
        W: SpatialWeights,
        n_jobs: int,
    ) -> JoinCountsResult:
        labels, x = read_variable(panel, self.variable, self.stages)
        wrong = np.argwhere((x != 0) & (x != 1))
        if len(wrong):
            raise DataError(
                "variable",
                expected="zeros and ones",
                got=(
                    f"{len(wrong)} others: "
                    f"{first_five([(labels[t], panel.units[i], x[t, i]) for t, i in wrong])}"
                ),
                remedy="Make a column of them with panel.with_columns(...).",
            )
        check_varies(x, labels)
        links = sparse.csr_array((W.links != 0).astype(float))
        counted: dict[str, CrossProduct] = {
            "BB": ValueProducts(links, x),
            "WW": ValueProducts(links, 1 - x),
            "BW": SquaredDifferences(links, x),
        }
        frames = []
        for joins, form in counted.items():
            frame = self._tests(
                GlobalMeasure("count", form, np.full(len(x), 2.0)),
                labels,
                n_jobs,
            )
            frame.insert(1, "joins", joins)
            frames.append(frame)
        return JoinCountsResult(self, pd.concat(frames, ignore_index=True), x, W)
