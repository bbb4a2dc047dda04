"""What the global statistics share: the request, its tests by period, the result."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

import numpy as np
import pandas as pd
from scipy import special

from ..display import Shown
from ..errors import OptionError, WeightsError
from ..options import Adjust, Inference, check_flag
from ..results import TIDY_COLUMNS
from ..weights import SpatialWeights
from ..weights.given import aligned_weights
from ..weights.libpysal_bridge import is_graph
from ..weights.recipe import Recipe
from .cross_products import CrossProduct
from .multiplicity import ADJUSTED_BY, adjust_p_values
from .permutation import Orders, over_orders
from .request import StatisticRequest, weights_in_words

if TYPE_CHECKING:
    from ..panel import Panel

POOLED = "pooled"


@dataclass(frozen=True, eq=False)
class GlobalMeasure:
    """A statistic in each of T periods: a sum over pairs of units, over something that no order of
    the units changes.

    Attributes
    ----------
    name : str
        Its letter.
    form : CrossProduct
    scale : array of shape (T,)
    direction : int
        -1 where small values mean positive autocorrelation.
    normal : float, optional
        Variance when the values are independent normal.
    """

    name: str
    form: CrossProduct
    scale: np.ndarray
    direction: int = 1
    normal: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class GlobalResult(Shown):
    """A global statistic by period.

    Attributes
    ----------
    request : GlobalRequest
        What was asked for.
    frame : DataFrame, one row a period (of join counts: a period and kind of join)
        The period, the statistic under its letter, its expected value, and variance, z and p-value
        for each way of inference; `p_permutation` and `p_adjusted` where asked for. z is positive
        for positive autocorrelation.
    z : array of shape (T, N)
        The variable as the statistic sees it; deviations from the period's mean for Moran and
        Geary.
    weights : SpatialWeights
        As aligned to the panel.
    n_tests : int
        Tests that the adjusted p-values allow for; 0 where nothing was adjusted.
    """

    request: GlobalRequest[Any]
    frame: pd.DataFrame
    z: np.ndarray
    weights: SpatialWeights
    n_tests: int = 0

    @property
    def letter(self) -> str:
        return self.request.letter

    def tidy(self) -> pd.DataFrame:
        """One row a period: the estimate; std_error its standard deviation and statistic z under
        randomisation (or normality, when that is the chosen inference); p_value by the chosen
        inference, adjusted if that was asked.
        """
        under = self.request.moments_used
        p = "adjusted" if self.request.adjust else self.request.chosen_inference
        frame = pd.DataFrame(
            {
                "term": self.frame["period"].astype(str),
                "component": self._components,
                "estimate": self.frame[self.letter],
                "std_error": np.sqrt(self.frame[f"variance_{under}"]),
                "statistic": self.frame[f"z_{under}"],
                "p_value": self.frame[f"p_{p}"],
                "conf_low": np.nan,
                "conf_high": np.nan,
            }
        )
        return frame[list(TIDY_COLUMNS)]

    @property
    def _components(self) -> Any:
        return self.request.described

    def glance(self) -> pd.DataFrame:
        """One row: variable, inference, permutations, seed, alternative, adjustment, expected
        value, sample, weights.

        With adjusted p-values `alternative` says so too, for the notes of tables.
        """
        request = self.request
        periods = [p for p in self.frame["period"] if p != POOLED]
        row: dict[str, Any] = {
            "statistic_name": request.title,
            "variable": request.described,
            "inference": request.chosen_inference,
            "permutations": request.permutations,
            "seed": request.seed,
            "alternative": request.alternative,
            "adjust": request.adjust or "none",
            "n_tests": self.n_tests or len(self.frame),
            "expected": float(self.frame["expected"].iloc[0]),
            "n_units": self.z.shape[1],
            "n_periods": self.z.shape[0],
            "first_period": periods[0] if periods else "",
            "last_period": periods[-1] if periods else "",
            **weights_in_words(self.weights),
        }
        if request.adjust:
            row["alternative"] += (
                f", adjusted over {row['n_tests']} tests ({ADJUSTED_BY[request.adjust]})"
            )
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        how = self.request.chosen_inference
        names = [c for c in ("period", "joins") if c in self.frame]
        adjusted = ["p_adjusted"] if self.request.adjust else []
        shown = self.frame[
            [
                *names,
                self.letter,
                f"z_{self.request.moments_used}",
                f"p_{how}",
                *adjusted,
            ]
        ]
        facts = f"{self.request.described}, {self.weights.name}, {how}, {self.request.alternative}"
        return (
            f"{self.request.title} of "
            f"{facts}\n{shown.to_string(index=False, float_format=lambda x: f'{x:.4f}')}"
        )


Answer = TypeVar("Answer", bound=GlobalResult)


@dataclass(frozen=True)
class GlobalRequest(StatisticRequest, Generic[Answer]):
    """A request for a global statistic by period.

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
        "greater" is positive autocorrelation. Two-sided by permutation counts the draws at least as
        far from the expected value.
    seed : int, optional
        Of the permutations. The same permutations serve all periods, so the periods' tests are not
        independent.
    adjust : {"holm", "fdr", None}
        Adjust the chosen p-values for the number of tests: periods, and weights when several are
        given at once.
    pooled : bool
        Add a row for all periods together: the numerators summed over the periods, over the summed
        denominators. Its permutations and its randomisation variance move whole histories of units,
        so that dependence over time is kept.
    stages : mapping or list, optional
        Spans of periods, ``{"early": (2011, 2015), "late": (2016, 2020)}``: the mean of the
        variable over each span takes the place of the periods.
    """

    pooled: bool = False
    stages: Any = None

    inferences: ClassVar[Any] = Inference
    by_moments: ClassVar[str] = "randomisation"
    has_normal: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flag("pooled", self.pooled)
        if self.inference == "normal" and not self.has_normal:
            raise OptionError(
                "inference",
                expected=f"another than 'normal' for {self.title}",
                got="'normal'",
                remedy="Use 'permutation' or leave inference out.",
            )
        if self.inference == "normal" and self.pooled:
            raise OptionError(
                "inference",
                expected="another than 'normal' with pooled=True",
                got="'normal'",
                remedy=("Use 'permutation', which permutes whole units, or leave pooled out."),
            )
        self._freeze_stages()

    @property
    def moments_used(self) -> str:
        """Whose variance stands beside the estimate: that of "normal" or of "randomisation"."""
        return "normal" if self.chosen_inference == "normal" else "randomisation"

    @property
    def described(self) -> str:
        """What the statistic is of."""
        return self.variable

    @overload
    def fit(
        self,
        panel: Panel,
        weights: SpatialWeights | Recipe | None = None,
        *,
        n_jobs: int = 1,
    ) -> Answer: ...

    @overload
    def fit(
        self,
        panel: Panel,
        weights: Sequence[SpatialWeights | Recipe],
        *,
        n_jobs: int = 1,
    ) -> list[Answer]: ...

    def fit(
        self,
        panel: Panel,
        weights: Any = None,
        *,
        n_jobs: int = 1,
    ) -> Answer | list[Answer]:
        """The statistic in each period of the panel.

        Parameters
        ----------
        panel : Panel
        weights : SpatialWeights, recipe, Graph or W of libpysal, or list of them
            A list gives a list of results, one for each W, which `moran_table` sets side by side.
        n_jobs : int
            Threads for the permutations; the result does not depend on it. -1 for all processors.

        Raises
        ------
        DataError
            Missing cells, fewer than four units, or a period in which the variable does not vary.
        """
        single = not isinstance(weights, Iterable) or is_graph(weights)
        listed = [weights] if single else list(weights)
        if not listed or isinstance(weights, str | np.ndarray | pd.DataFrame):
            raise WeightsError(
                "weights",
                expected="SpatialWeights, a recipe, or a list of them",
                got=type(weights).__name__ if listed else "none",
                remedy=(
                    "Make them first: W = bd.Queen().fit(panel), or "
                    "bd.SpatialWeights.from_matrix(matrix, ids=...)."
                ),
            )
        results = [self._fit(panel, aligned_weights(W, panel), n_jobs) for W in listed]
        if self.adjust:
            results = _adjusted(results, f"p_{self.chosen_inference}", self.adjust)
        return results[0] if single else results

    @abstractmethod
    def _fit(
        self,
        panel: Panel,
        W: SpatialWeights,
        n_jobs: int,
    ) -> Answer: ...

    def _tests(
        self,
        measure: GlobalMeasure,
        labels: list[Any],
        n_jobs: int,
    ) -> pd.DataFrame:
        """The statistic, its moments, z and p-values, one row a period and one for all of them if
        pooled.
        """
        form = measure.form
        scale = measure.scale
        mean, variance = form.moments()
        value = form.observed / scale
        mean = np.asarray(mean) / scale
        variance = np.asarray(variance) / scale**2

        if self.pooled:
            # the numerators summed over the periods, over the summed denominators
            whole = scale.sum()
            pooled_mean, pooled_variance = form.moments(pooled=True)
            value = np.append(value, form.observed.sum() / whole)
            mean = np.append(mean, np.asarray(pooled_mean) / whole)
            variance = np.append(variance, np.asarray(pooled_variance) / whole**2)
            labels = [*labels, POOLED]

        frame = pd.DataFrame(
            {
                "period": labels,
                measure.name: value,
                "expected": mean,
            }
        )
        variances = _variances(measure, variance, mean)
        for name, each in variances.items():
            z = z_scores(measure.direction * (value - mean), each)
            frame[f"variance_{name}"] = each
            frame[f"z_{name}"] = z
            frame[f"p_{name}"] = normal_p(z, self.alternative)
        if self.permutations:
            sd = np.sqrt(variances["randomisation"])
            p = self._permutation_p(measure, value, mean, sd, n_jobs)
            frame["p_permutation"] = p
        return frame

    def _permutation_p(
        self,
        measure: GlobalMeasure,
        value: np.ndarray,
        mean: np.ndarray,
        sd: np.ndarray,
        n_jobs: int,
    ) -> np.ndarray:
        """(draws at least as extreme + 1) / (permutations + 1), by period and pooled."""
        # a permutation that reproduces the map must count as as extreme, whatever the last digits
        slack = 1e-9 * sd + 1e-14 * np.abs(value)
        above = measure.direction * (value - mean)
        away = np.abs(value - mean)

        def count(draws: np.ndarray) -> np.ndarray:
            off = draws - mean
            if self.alternative == "two-sided":
                extreme: np.ndarray = np.abs(off) >= away - slack
            elif self.alternative == "greater":
                extreme = measure.direction * off >= above - slack
            else:
                extreme = measure.direction * off <= above + slack
            reached: np.ndarray = extreme.sum(axis=0)
            return reached

        counts = drawn(measure, self, count, n_jobs)
        p: np.ndarray = (sum(counts) + 1) / (self.permutations + 1)
        return p


def drawn(
    measure: GlobalMeasure,
    request: GlobalRequest[Any],
    use: Any,
    n_jobs: int = 1,
) -> list[Any]:
    """What `use` makes of the statistics of permuted values, a chunk of permutations at a time.

    `use` takes an array of shape (permutations of the chunk, T), with one more column if pooled.
    """
    form = measure.form
    scale = measure.scale
    reorder = form.reordered

    def part(orders: Orders) -> Any:
        sums = np.concatenate([reorder(order) for order in orders])
        values = sums / scale
        if request.pooled:
            pooled = sums.sum(axis=1) / scale.sum()
            values = np.column_stack([values, pooled])
        return use(values)

    width = form.x.size
    return over_orders(
        part,
        form.n,
        request.permutations,
        request.seed,
        width=width,
        n_jobs=n_jobs,
    )


def _variances(
    measure: GlobalMeasure,
    randomisation: np.ndarray,
    mean: np.ndarray,
) -> dict[str, np.ndarray]:
    """By way of inference, the variance of each row: the periods, and one for all of them if
    pooled.
    """
    variances = {"randomisation": randomisation}
    if measure.normal is not None:
        # there is none of the pooled row
        normal = np.full(len(mean), measure.normal)
        normal[len(measure.scale) :] = np.nan
        variances = {"normal": normal, **variances}
    return {name: exact_or_zero(each, mean) for name, each in variances.items()}


def z_scores(away: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Deviations from the expected value in standard deviations; NaN where the variance is zero."""
    unknown = np.full(away.shape, np.nan)
    z: np.ndarray = np.divide(away, np.sqrt(variance), out=unknown, where=variance > 0)
    return z


def exact_or_zero(variance: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """A variance that is rounding error beside the squared mean (equal weights: no order changes
    anything) is zero.
    """
    return np.where(variance <= 1e-13 * mean**2, 0.0, variance)


def normal_p(z: np.ndarray, alternative: str) -> np.ndarray:
    """p-values of z statistics by the normal distribution."""
    if alternative == "two-sided":
        p: np.ndarray = 2 * special.ndtr(-np.abs(z))
        return p
    if alternative == "greater":
        z = -z
    p = special.ndtr(z)
    return p


def _adjusted(
    results: Sequence[Answer],
    column: str,
    method: Adjust,
) -> list[Answer]:
    """The results with a column `p_adjusted`, all their tests being one family."""
    together = np.concatenate([result.frame[column] for result in results])
    p = adjust_p_values(together, method)
    ends = np.cumsum([len(result.frame) for result in results])
    parts = np.split(p, ends[:-1])

    adjusted = []
    for result, part in zip(results, parts, strict=True):
        frame = result.frame.assign(p_adjusted=part)
        adjusted.append(replace(result, frame=frame, n_tests=len(p)))
    return adjusted
