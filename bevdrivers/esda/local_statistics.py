"""What the local statistics share: the request, its tests by unit and period, the result and its
clusters.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import OptionError, suggestion
from ..options import Adjust, LocalInference
from ..results import TIDY_COLUMNS
from ..weights import SpatialWeights
from ..weights.given import GivenWeights, aligned_weights
from .conditional_permutation import LocalMeasure, conditional_tails
from .global_statistics import normal_p, z_scores
from .multiplicity import ADJUSTED_BY, adjust_p_values
from .panel_variable import check_varies, deviations, read_variable
from .permutation import tail_p
from .request import StatisticRequest, weights_in_words

if TYPE_CHECKING:
    from ..panel import Panel

NOT_SIGNIFICANT = "not significant"
NO_NEIGHBOURS = "no neighbours"


@dataclass(frozen=True, eq=False, repr=False)
class LocalResult(Shown):
    """A local statistic of each unit in each period.

    Attributes
    ----------
    request : LocalRequest
        What was asked for.
    frame : DataFrame, one row a period and unit
        period, unit, value, lag, the statistic under its letter, expected, variance, z and
        p_conditional (and of Moran the same with _total), p_permutation where asked, p_adjusted,
        quadrant, cluster. A unit without neighbours has no test.
    periods, units : tuple
    weights : SpatialWeights
        As aligned to the panel.
    """

    request: LocalRequest
    frame: pd.DataFrame
    periods: tuple[Any, ...]
    units: tuple[Any, ...]
    weights: SpatialWeights

    def wide(self, column: str) -> pd.DataFrame:
        """One column of `frame` as periods x units, (T, N)."""
        if column not in self.frame:
            raise OptionError(
                "column",
                expected=f"one of {list(self.frame.columns)}",
                got=repr(column),
                remedy=suggestion(column, self.frame.columns),
            )
        values = self.frame[column].to_numpy().reshape(len(self.periods), len(self.units))
        return pd.DataFrame(
            values,
            index=pd.Index(self.periods, name="period"),
            columns=pd.Index(self.units, name="unit"),
        )

    @property
    def clusters(self) -> pd.DataFrame:
        """The significant clusters and outliers, periods x units: what a cluster map shows."""
        return self.wide("cluster")

    def counts(self) -> pd.DataFrame:
        """How many units are in each kind of cluster, one row a period."""
        kinds = [*self.request.kinds, NOT_SIGNIFICANT, NO_NEIGHBOURS]
        rows = []
        for clusters in self.clusters.to_numpy():
            rows.append({kind: int((clusters == kind).sum()) for kind in kinds})
        return pd.DataFrame(rows, index=pd.Index(self.periods, name="period"))

    def tidy(self) -> pd.DataFrame:
        """One row a period and unit: term is the unit, component the period, p_value the adjusted
        one if asked.
        """
        how = self.request.chosen_inference
        request = self.request
        under = "_total" if how == "total" else ""
        frame = pd.DataFrame(
            {
                "term": self.frame["unit"].astype(str),
                "component": self.frame["period"].astype(str),
                "estimate": self.frame[request.letter],
                "std_error": np.sqrt(self.frame[f"variance{under}"]),
                "statistic": self.frame[f"z{under}"],
                "p_value": self.frame["p_adjusted" if request.adjust else f"p_{how}"],
                "conf_low": np.nan,
                "conf_high": np.nan,
            }
        )
        return frame[list(TIDY_COLUMNS)]

    def glance(self) -> pd.DataFrame:
        """One row: statistic, variable, inference, permutations, seed, level, adjustment, sample,
        weights.

        `smallest_p` is the smallest p-value that the permutations allow, before adjustment.
        """
        request = self.request
        row: dict[str, Any] = {
            "statistic_name": request.title,
            "variable": request.variable,
            "inference": request.chosen_inference,
            "permutations": request.permutations,
            "seed": request.seed,
            "alternative": request.alternative,
            "adjust": request.adjust or "none",
            "level": request.level,
            "smallest_p": self.smallest_p,
            "n_units": len(self.units),
            "n_periods": len(self.periods),
            "first_period": self.periods[0],
            "last_period": self.periods[-1],
            "significant": int(
                (~self.frame["cluster"].isin([NOT_SIGNIFICANT, NO_NEIGHBOURS])).sum()
            ),
            **weights_in_words(self.weights),
        }
        return pd.DataFrame([row])

    @property
    def smallest_p(self) -> float:
        """The smallest p-value that the permutations allow, before adjustment; 0 without them."""
        if self.request.chosen_inference != "permutation":
            return 0.0
        return self.request.tails / (self.request.permutations + 1)

    @property
    def too_few_permutations(self) -> str:
        """How many permutations it takes that one unit alone can be significant; empty where these
        are enough.

        Both adjustments multiply the smallest of m p-values by m, the number of units that have
        neighbours. Where several share the smallest p-value, the false discovery rate asks less of
        each.
        """
        request = self.request
        with_neighbours = np.diff(self.weights.sparse.indptr) > 0
        factor = int(with_neighbours.sum()) if request.adjust else 1
        if self.smallest_p * factor <= request.level:
            return ""
        needed = math.ceil(request.tails * factor / request.level - 1)
        adjusted = f" after adjustment for {factor} tests" if request.adjust else ""
        return (
            f"With {request.permutations:,} permutations no p-value is below {self.smallest_p:.2g}: "
            f"one unit alone cannot be significant{adjusted}. That takes {needed:,} permutations "
            "or more."
        )

    @property
    def note(self) -> str:
        """What a cluster map's legend must say: level, adjustment, permutations."""
        request = self.request
        how = self.request.chosen_inference
        by = (
            f"{request.permutations:,} permutations"
            if how == "permutation"
            else f"normal, {how} moments"
        )
        seed = f", seed {request.seed}" if how == "permutation" and request.seed is not None else ""
        adjusted = f", {ADJUSTED_BY[request.adjust]}" if request.adjust else ""
        return (
            f"{request.title}, p ≤ {request.level:g} ({request.alternative}{adjusted}; {by}{seed})"
        )

    def __repr__(self) -> str:
        caution = f"\n{self.too_few_permutations}" if self.too_few_permutations else ""
        return (
            f"{self.note}, {self.request.variable}, "
            f"{self.weights.name}\n{self.counts().to_string()}{caution}"
        )


@dataclass(frozen=True)
class LocalRequest(StatisticRequest):
    """A request for a local statistic by period.

    Parameters
    ----------
    variable : str
        A column or an expression such as ``"log1p(bev_density)"``.
    permutations : int
        Conditional permutations (the unit keeps its value, the others' are dealt anew); 0 for none.
    inference : {"auto", "permutation", "conditional", "total"}
        Which p-value decides on clusters: by permutation, or normal with the moments of conditional
        permutation, or (of Moran only) with those of total permutation. "auto" is permutation where
        there are permutations, else conditional.
    alternative : {"two-sided", "greater", "less"}
        Two-sided by permutation is twice the smaller tail, at most 1; GeoDa and esda (to 2.9) print
        the smaller tail.
    seed : int, optional
    adjust : {"fdr", "holm", None}
        Adjust the p-values for the number of units, in each period by itself.
    level : float
        Of the clusters: p-values at or below it.
    stages : mapping or list, optional
        Spans of periods, ``{"early": (2011, 2015), "late": (2016, 2020)}``, whose means take the
        place of the periods.
    """

    permutations: int = 9999
    adjust: Adjust = "fdr"
    level: float = 0.05
    stages: Any = None

    inferences: ClassVar[Any] = LocalInference
    by_moments: ClassVar[str] = "conditional"
    kinds: ClassVar[tuple[str, ...]] = ()
    has_total: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.inference == "total" and not self.has_total:
            raise OptionError(
                "inference",
                expected=f"another than 'total' for {self.title}",
                got="'total'",
                remedy="Use 'permutation' or leave inference out.",
            )
        if not 0 < self.level < 1:
            raise OptionError(
                "level",
                expected="a number between 0 and 1",
                got=repr(self.level),
                remedy="Write 0.05 for 5 %, for instance.",
            )
        self._freeze_stages()

    @property
    def tails(self) -> int:
        """Tails of a p-value by permutation: two where the alternative has two sides."""
        return 2 if self.alternative == "two-sided" else 1

    def fit(
        self,
        panel: Panel,
        weights: GivenWeights | None = None,
        *,
        n_jobs: int = 1,
    ) -> LocalResult:
        """The local statistic of each unit in each period.

        Parameters
        ----------
        panel : Panel
        weights : SpatialWeights, recipe, or Graph or W of libpysal
        n_jobs : int
            Threads for the permutations; the result does not depend on it. -1 for all processors.

        Raises
        ------
        DataError
            Missing cells, fewer than four units, or a period in which the variable does not vary.
        """
        W = aligned_weights(weights, panel)
        labels, x = read_variable(panel, self.variable, self.stages)
        check_varies(x, labels)
        z = deviations(x)
        measure = self._measure(x, z, W)
        lag = (W.sparse @ z.T).T
        links = np.diff(W.sparse.indptr)
        alone = np.broadcast_to(links == 0, x.shape)
        columns: dict[str, np.ndarray] = {
            "value": x,
            "lag": (W.sparse @ x.T).T,
            self.letter: measure.observed.T,
        }
        columns |= self._tests(measure, n_jobs)
        p = np.where(alone, np.nan, columns[f"p_{self.chosen_inference}"])
        adjusted = [adjust_p_values(row, self.adjust) for row in p]
        columns["p_adjusted"] = np.array(adjusted)

        # the kind that each unit would be, and is where it is significant
        kind = np.where(alone, NO_NEIGHBOURS, self._kind(z, lag, columns["z"]))
        shown = (columns["p_adjusted"] <= self.level) | alone
        cluster = np.where(shown, kind, NOT_SIGNIFICANT)

        tested = [name for name in columns if name not in ("value", "lag")]
        frame = _long(labels, list(panel.units), columns)
        frame.loc[alone.ravel(), tested] = np.nan
        frame["quadrant"] = pd.Series(kind.ravel(), dtype=object)
        frame["cluster"] = pd.Series(cluster.ravel(), dtype=object)
        return LocalResult(self, frame, tuple(labels), tuple(panel.units), W)

    def _tests(self, measure: LocalMeasure, n_jobs: int) -> dict[str, np.ndarray]:
        """Moments, z and p-values, each (T, N)."""
        observed = measure.observed.T
        moments = {"conditional": (measure.expected, measure.variance)}
        if measure.total is not None:
            moments["total"] = measure.total

        columns: dict[str, np.ndarray] = {}
        for name, (mean, variance) in moments.items():
            z = z_scores(measure.direction * (observed - mean), variance)
            suffix = "" if name == "conditional" else "_total"
            columns[f"expected{suffix}"] = mean
            columns[f"variance{suffix}"] = variance
            columns[f"z{suffix}"] = z
            columns[f"p_{name}"] = normal_p(z, self.alternative)
        if self.permutations:
            columns["p_permutation"] = self._permutation_p(measure, n_jobs)
        return columns

    def _permutation_p(self, measure: LocalMeasure, n_jobs: int) -> np.ndarray:
        """p-values by conditional permutation, (T, N)."""
        larger, smaller = conditional_tails(measure, self.permutations, self.seed, n_jobs)
        if measure.direction < 0:
            larger, smaller = smaller, larger
        return tail_p(larger, smaller, self.permutations, self.alternative)

    @abstractmethod
    def _measure(
        self,
        x: np.ndarray,
        z: np.ndarray,
        W: SpatialWeights,
    ) -> LocalMeasure: ...

    def _kind(
        self,
        z: np.ndarray,
        lag: np.ndarray,
        score: np.ndarray,
    ) -> np.ndarray:
        """The kind of cluster or outlier that each unit would be, if significant, (T, N)."""
        return quadrants(z, lag)


def _long(
    labels: list[Any],
    units: list[Any],
    columns: dict[str, np.ndarray],
) -> pd.DataFrame:
    """Arrays (T, N) as columns of a frame, one row a period and unit."""
    frame = pd.DataFrame(
        {
            "period": np.repeat(labels, len(units)),
            "unit": units * len(labels),
        }
    )
    return frame.assign(**{name: values.ravel() for name, values in columns.items()})


def quadrants(z: np.ndarray, lag: np.ndarray) -> np.ndarray:
    """HH, LL, HL or LH: the unit, then its neighbours, above or below the mean (at the mean counts
    as below).
    """
    above = np.where(lag > 0, "HH", "HL")
    below = np.where(lag > 0, "LH", "LL")
    return np.where(z > 0, above, below).astype(object)
