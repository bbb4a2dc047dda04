"""Spatial Markov chains: do transitions between classes depend on the class of the neighbours?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from ..display import Shown
from ..errors import DataError, OptionError
from ..options import check_flag, whole_number
from ..panel.time_axis import TimeAxis
from ..results import TIDY_COLUMNS, TestGroup, TestResult
from ..weights import SpatialWeights
from ..weights.given import GivenWeights, aligned_weights
from .panel_variable import Stage, read_variable
from .request import Request, weights_in_words

if TYPE_CHECKING:
    from ..panel import Panel

NULL = "transitions do not depend on the class of the neighbours"
CAUTION = (
    "takes the moves as independent, which neighbours' moves are not: read it as a description"
)


@dataclass(frozen=True)
class SpatialMarkov(Request):
    """Transition probabilities between classes of a variable, apart for each class of its spatial
    lag.

    Classes are cut at the same values in all periods and for the lag: a unit in class 1 with
    neighbours in class 4 is poor among the rich. p_ij|l = n_ij|l / n_i.|l over all units and
    consecutive periods, l the class of the lag at the start of the move.

    Parameters
    ----------
    variable : str
        A column or an expression such as ``"log1p(bev_density)"``.
    classes : int
        Classes of equal size: quantiles of all values of all periods together.
    bounds : list of float, optional
        Upper bounds of all classes but the last, in place of quantiles; a value at a bound belongs
        below it.
    relative : bool
        Divide by the period's mean first, so that growth common to all units moves nobody (Rey
        2001).
    stages : mapping or list, optional
        Spans of periods whose means take the place of the periods: moves are then between stages.

    References
    ----------
    Rey (2001), Geographical Analysis 33, 195-214, doi:10.1111/j.1538-4632.2001.tb00444.x. Tests of
    homogeneity: Bickenbach and Bode (2003), International Regional Science Review 26, 363-392,
    doi:10.1177/0160017603253789.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> chain = bd.SpatialMarkov("log(gdp_pc)", classes=3).fit(panel, queen)
    >>> int(chain.counts.sum())
    279
    """

    variable: str
    classes: int = 4
    bounds: Any = None
    relative: bool = False
    stages: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", whole_number("classes", self.classes, at_least=2))
        check_flag("relative", self.relative)
        if self.bounds is not None:
            object.__setattr__(self, "bounds", _checked_bounds(self.bounds))
        self._freeze_stages()

    def fit(self, panel: Panel, weights: GivenWeights | None = None) -> SpatialMarkovResult:
        """Count the moves of the panel's units.

        Parameters
        ----------
        panel : Panel
        weights : SpatialWeights, recipe, or Graph or W of libpysal
            Rows must sum to one, so that a lag is a mean of the neighbours and can be classed with
            the variable.

        Raises
        ------
        DataError
            Fewer than two periods, gaps, weights that are no means, or quantiles that coincide.
        """
        W = aligned_weights(weights, panel)
        if not W.row_normalised:
            raise DataError(
                "weights",
                expected=(
                    "row-normalised weights without islands: the lag must be a mean of the "
                    "neighbours"
                ),
                got=f"normalise={W.normalise!r}" + (f", {W.islands[0]}" if W.islands else ""),
                remedy='Use normalise="row", and join the islands with islands=.',
            )
        labels, x = read_variable(panel, self.variable, self.stages)
        _check_periods(labels, self.stages)
        if self.relative:
            x = _relative(x, labels)
        cuts = self._cuts(x)
        lag = W.lag(x)
        own, around = (np.searchsorted(cuts, values, side="left") for values in (x, lag))
        K = len(cuts) + 1
        cell = (around[:-1] * K + own[:-1]) * K + own[1:]
        counts = np.bincount(cell.ravel(), minlength=K**3).reshape(K, K, K)
        T, N = x.shape
        frame = pd.DataFrame(
            {
                "period": np.repeat(labels, N),
                "unit": list(panel.units) * T,
                "value": x.ravel(),
                "lag": lag.ravel(),
                "class": own.ravel() + 1,
                "lag_class": around.ravel() + 1,
            }
        )
        return SpatialMarkovResult(self, counts, cuts, frame, W)

    def _cuts(self, x: np.ndarray) -> np.ndarray:
        if self.bounds is not None:
            return np.array(self.bounds)
        cuts: np.ndarray = np.quantile(x, np.arange(1, self.classes) / self.classes)
        if np.any(np.diff(cuts) <= 0) or cuts[-1] >= x.max():
            raise DataError(
                "classes",
                expected=f"{self.classes - 1} quantiles that differ",
                got=f"{np.round(cuts, 4).tolist()} (many units have one value)",
                remedy="Ask for fewer classes, or give bounds=[...].",
            )
        return cuts


def _check_periods(labels: list[Any], stages: tuple[Stage, ...] | None) -> None:
    if len(labels) < 2:
        raise DataError(
            "panel",
            expected="two periods or more",
            got=str(len(labels)),
            remedy="Use a longer panel.",
        )
    if stages is None:
        TimeAxis.of(labels).check_no_gap("panel")


def _relative(x: np.ndarray, labels: list[Any]) -> np.ndarray:
    mean = x.mean(axis=1, keepdims=True)
    wrong = np.flatnonzero(mean[:, 0] <= 0)
    if len(wrong):
        got = f"{mean[wrong[0], 0]:.4g} in {labels[wrong[0]]}"
        raise DataError(
            "relative",
            expected="a mean above zero in every period",
            got=got,
            remedy="Use relative=False.",
        )
    relative: np.ndarray = x / mean
    return relative


@dataclass(frozen=True, eq=False, repr=False)
class SpatialMarkovResult(Shown):
    """Moves between classes by class of the lag, L = K classes of each.

    Attributes
    ----------
    request : SpatialMarkov
    counts : int array of shape (L, K, K)
        Moves by class of the lag, from, to.
    bounds : array of shape (K - 1,)
        Upper bounds of the classes but the last.
    frame : DataFrame, one row a period and unit
        period, unit, value, lag, class, lag_class (classes from 1).
    weights : SpatialWeights
    """

    request: SpatialMarkov
    counts: np.ndarray
    bounds: np.ndarray
    frame: pd.DataFrame
    weights: SpatialWeights

    @property
    def pooled(self) -> pd.DataFrame:
        """Transition probabilities whatever the lag, (K, K): rows from, columns to."""
        return self._labelled(_shares(self.counts.sum(axis=0)))

    def probabilities(self, lag_class: int) -> pd.DataFrame:
        """Transition probabilities of units whose neighbours' mean is in `lag_class` (from 1), (K,
        K).

        Rows without a move are NaN.
        """
        if lag_class not in range(1, len(self.counts) + 1):
            raise OptionError(
                "lag_class",
                expected=f"1 to {len(self.counts)}",
                got=repr(lag_class),
                remedy="Write 1 for the class of the lowest spatial lags.",
            )
        return self._labelled(_shares(self.counts[lag_class - 1]))

    @property
    def long_run(self) -> pd.DataFrame:
        """Shares of the classes in the long run, by class of the lag and "pooled", one row each.

        The chain's stationary distribution; NaN where it is not unique or a class was never left.
        """
        rows = [_stationary(_shares(matrix)) for matrix in (*self.counts, self.counts.sum(axis=0))]
        index = pd.Index([*self._classes, "pooled"], name="lag_class")
        return pd.DataFrame(rows, index=index, columns=pd.Index(self._classes, name="class"))

    @property
    def tests(self) -> TestGroup:
        """Likelihood-ratio and Pearson tests that the matrices of all classes of the lag are equal.

        Degrees of freedom count, for each class at the start, the lag classes and the ends that
        occur.
        """
        ratio = pearson = 0.0
        df = 0
        for start in range(self.counts.shape[1]):
            table = self.counts[:, start]
            table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
            if min(table.shape) < 2:
                continue
            expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
            ratio += 2 * float(special.xlogy(table, table / expected).sum())
            pearson += float(((table - expected) ** 2 / expected).sum())
            df += (table.shape[0] - 1) * (table.shape[1] - 1)
        names = {
            "LR test of homogeneity": ratio,
            "Pearson test of homogeneity": pearson,
        }
        if not df:
            why = "no class was left from in two classes of the lag"
            return TestGroup(
                "Spatial Markov",
                tuple(TestResult.not_applicable(name, NULL, why) for name in names),
            )
        results = (
            TestResult.chi2(name, NULL, value, df, reason=CAUTION) for name, value in names.items()
        )
        return TestGroup("Spatial Markov", tuple(results))

    @property
    def _classes(self) -> list[int]:
        return list(range(1, len(self.counts) + 1))

    def _labelled(self, values: np.ndarray) -> pd.DataFrame:
        index, columns = (pd.Index(self._classes, name=name) for name in ("from", "to"))
        return pd.DataFrame(values, index=index, columns=columns)

    def tidy(self) -> pd.DataFrame:
        """One row a lag class and cell: term "1 to 2", component the lag class, estimate the
        probability, and the standard error of a share of independent moves.
        """
        every = np.concatenate([self.counts, self.counts.sum(axis=0)[None]])
        share = _shares(every)
        total = every.sum(axis=-1, keepdims=True)
        spread = np.sqrt(
            np.divide(
                share * (1 - share),
                total,
                out=np.full(share.shape, np.nan),
                where=total > 0,
            )
        )
        K = len(self.counts)
        terms = [f"{a} to {b}" for a in self._classes for b in self._classes]
        frame = pd.DataFrame({name: np.nan for name in TIDY_COLUMNS}, index=range(share.size))
        components = np.repeat([*(f"lag class {k}" for k in self._classes), "pooled"], K * K)
        return frame.assign(
            term=terms * (K + 1),
            component=components,
            estimate=share.ravel(),
            std_error=spread.ravel(),
        )

    def glance(self) -> pd.DataFrame:
        """One row: variable, classes, moves, LR test, sample, weights."""
        test = self.tests["LR test of homogeneity"]
        row = {
            "variable": self.request.variable,
            "relative": self.request.relative,
            "classes": len(self.counts),
            "bounds": "; ".join(f"{bound:.4g}" for bound in self.bounds),
            "moves": int(self.counts.sum()),
            "lr_statistic": test.statistic,
            "lr_df": test.df[0] if test.df else np.nan,
            "lr_p_value": test.p_value,
            "n_units": self.frame["unit"].nunique(),
            "n_periods": self.frame["period"].nunique(),
            "first_period": self.frame["period"].iloc[0],
            "last_period": self.frame["period"].iloc[-1],
            **weights_in_words(self.weights),
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        lines = [
            f"Spatial Markov chain of {self.request.variable}, {self.weights.name}, "
            f"{self.counts.sum()} moves"
        ]
        for label, matrix in [
            ("pooled", self.pooled),
            *((k, self.probabilities(k)) for k in self._classes),
        ]:
            name = label if label == "pooled" else f"neighbours in class {label}"
            lines += [
                name,
                matrix.to_string(float_format=lambda value: f"{value:.3f}"),
            ]
        return "\n".join([*lines, str(self.tests)])


def _shares(counts: np.ndarray) -> np.ndarray:
    """Counts over their row's sum, NaN in a row of zeros."""
    total = counts.sum(axis=-1, keepdims=True)
    unknown = np.full(counts.shape, np.nan)
    shares: np.ndarray = np.divide(counts, total, out=unknown, where=total > 0)
    return shares


def _stationary(P: np.ndarray) -> np.ndarray:
    """The distribution p with p P = p, or NaN where there are several or a row is unknown."""
    K = len(P)
    unknown = np.full(K, np.nan)
    if np.isnan(P).any():
        return unknown
    # P'pi = pi and 1'pi = 1
    system = np.vstack([P.T - np.eye(K), np.ones(K)])
    right = np.append(np.zeros(K), 1.0)
    if np.linalg.matrix_rank(system, tol=1e-9) < K:
        return unknown
    shares, *_ = np.linalg.lstsq(system, right, rcond=None)
    stationary: np.ndarray = np.clip(shares, 0.0, None)
    return stationary


def _checked_bounds(bounds: Any) -> tuple[float, ...]:
    """The upper ends of the classes but the last, ascending and finite."""
    try:
        cuts = tuple(float(bound) for bound in bounds)
    except (TypeError, ValueError):
        cuts = ()
    ascending = all(a < b for a, b in zip(cuts, cuts[1:], strict=False))
    if not cuts or not ascending or not np.isfinite(cuts).all():
        raise OptionError(
            "bounds",
            expected="ascending numbers, such as [0.0, 1.5]",
            got=repr(bounds),
            remedy="Write the bounds from the lowest to the highest, each once.",
        )
    return cuts
