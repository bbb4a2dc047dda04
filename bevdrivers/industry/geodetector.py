"""The geographical detector: how much of a variable's variance lies between the strata of another.

With N units in L strata, y of variance s^2, and N_h units of variance s_h^2 in stratum h, variances
divided by N and by N_h,

    q = 1 - sum_h N_h s_h^2 / (N s^2),

the share between strata, which is the R2 of a regression on dummies of the strata. Where the means
of all strata are equal and errors are normal, F = (N - L)/(L - 1) q/(1 - q) has the F distribution
with L - 1 and N - L degrees of freedom. Wang et al. (2016) print a noncentral F instead, with the
noncentrality that the sample means themselves suggest; under the null it is far too demanding (at
N = 31 and L = 4 it rejects 1.7 % of true nulls at 5 %). The default here is the permutation of y
over units, which needs no normal errors and also allows for strata that were chosen to make q
large.

Wang et al. (2010), Int. J. Geogr. Inf. Sci. 24, 107-127, doi:10.1080/13658810802443457.
Wang, Zhang and Fu (2016), Ecological Indicators 67, 250-256, doi:10.1016/j.ecolind.2016.02.052.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from ..display import Shown
from ..errors import DataError, OptionError, first_five
from ..numerics.streams import generator
from ..options import QInference, Strata, check_option, whole_number
from ..results import TIDY_COLUMNS

if TYPE_CHECKING:
    from ..panel import Panel

# q that differ by less are one.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Geodetector:
    """A request for the geographical detector of a variable and its possible drivers.

    Parameters
    ----------
    outcome : str
        Column or expression of the panel.
    drivers : sequence of str
        Columns or expressions. Numbers are cut into strata, texts are strata themselves.
    strata : int or sequence of int
        How many strata numbers are cut into. Several: for each driver the number with the largest q
        ("optimal discretisation"), which the permutation then allows for.
    scheme : {"quantiles", "equal"}
        Strata with as many units each, or of equal width.
    period : int, optional
        The period that is looked at; the mean of each unit over all periods by default.
    inference : {"permutation", "F", "noncentral"}
        Where p-values of q come from. "F": the central distribution. "noncentral": as printed in
        Wang et al. (2016).
    permutations : int
    seed : int, optional

    Raises
    ------
    OptionError

    References
    ----------
    Wang et al. (2010), doi:10.1080/13658810802443457. Wang, Zhang and Fu (2016),
    doi:10.1016/j.ecolind.2016.02.052.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> request = bd.Geodetector("log1p(bev_density)", ["gdp_pc", "inventions", "region"], seed=1)
    >>> found = request.fit(bd.load_panel())
    >>> found.factors["q"].round(3).to_dict()
    {'gdp_pc': 0.647, 'inventions': 0.607, 'region': 0.507}
    """

    outcome: str
    drivers: Sequence[str]
    strata: int | Sequence[int] = 4
    scheme: Strata = "quantiles"
    period: int | None = None
    inference: QInference = "permutation"
    permutations: int = 999
    seed: int | None = None

    def __post_init__(self) -> None:
        drivers = (self.drivers,) if isinstance(self.drivers, str) else tuple(self.drivers)
        if not drivers or len(set(drivers)) < len(drivers):
            raise OptionError(
                "drivers",
                expected="one or more different columns or expressions",
                got=repr(self.drivers),
                remedy='Write drivers=["x1", "x2"], for instance.',
            )
        several = isinstance(self.strata, Sequence) and not isinstance(self.strata, str)
        listed: Sequence[Any] = self.strata if several else (self.strata,)  # type: ignore[assignment]
        counts = tuple(whole_number("strata", count, at_least=2) for count in listed)
        check_option("scheme", self.scheme, Strata)
        check_option("inference", self.inference, QInference)
        whole_number("permutations", self.permutations, at_least=19)
        if len(counts) > 1 and self.inference != "permutation":
            raise OptionError(
                "inference",
                expected="'permutation' where the number of strata is chosen by q",
                got=repr(self.inference),
                remedy="Leave inference out, or give one number of strata.",
            )
        object.__setattr__(self, "drivers", drivers)
        object.__setattr__(self, "strata", counts)

    def fit(self, panel: Panel) -> GeodetectorResult:
        """The detectors on a panel.

        Raises
        ------
        DataError
            Missing values, an outcome without variation, a driver that does not make two strata.
        """
        y = self._values(panel, self.outcome)
        _check_outcome(self.outcome, y)
        choices = {name: self._strata_of(panel, name, y) for name in self.drivers}
        chosen = {}
        for name, partitions in choices.items():
            shares = [q_of(y, labels) for labels in partitions]
            chosen[name] = partitions[int(np.argmax(shares))]
        p_values = self._p_values(y, choices, chosen)
        return GeodetectorResult(self, tuple(panel.units), y, chosen, p_values)

    def _values(self, panel: Panel, name: str) -> np.ndarray:
        """A number for each unit, (N,)."""
        x = panel.evaluate(name, "outcome" if name == self.outcome else "drivers")
        if self.period is None:
            means: np.ndarray = x.mean(axis=0)
            return means
        row: np.ndarray = x[self._row(panel)]
        return row

    def _row(self, panel: Panel) -> int:
        if self.period not in panel.periods:
            raise DataError(
                "period",
                expected=f"one of {first_five(panel.periods)}",
                got=repr(self.period),
                remedy="Choose a period of the panel, or leave period out for the mean of all.",
            )
        return panel.periods.index(self.period)

    def _strata_of(
        self,
        panel: Panel,
        name: str,
        y: np.ndarray,
    ) -> list[np.ndarray]:
        """The partitions that a driver may be cut into, each the stratum of every unit (N,)."""
        if name in panel.columns and panel[name].dtype.kind not in "fiub":
            labels = self._categories(panel, name)
            return [_checked(name, labels)]
        x = self._values(panel, name)
        assert isinstance(self.strata, tuple)
        return [_checked(name, cut(x, count, self.scheme)) for count in self.strata]

    def _categories(self, panel: Panel, name: str) -> np.ndarray:
        """The stratum of each unit by a column of texts, (N,)."""
        values = panel[name]
        row = len(panel.periods) - 1 if self.period is None else self._row(panel)
        moved = [unit for unit, own in zip(panel.units, values.T, strict=True) if len(set(own)) > 1]
        if self.period is None and moved:
            raise DataError(
                name,
                expected="a category that stays where no period is chosen",
                got=f"several for {first_five(moved)}",
                remedy="Choose a period.",
            )
        labels: np.ndarray = np.unique(values[row].astype(str), return_inverse=True)[1]
        return labels

    def _p_values(
        self,
        y: np.ndarray,
        choices: dict[str, list[np.ndarray]],
        chosen: dict[str, np.ndarray],
    ) -> dict[str, float]:
        """p-values of the largest q of each driver."""
        if self.inference != "permutation":
            law = central_p if self.inference == "F" else noncentral_p
            return {name: law(y, labels) for name, labels in chosen.items()}
        rng = generator(self.seed, "geodetector")
        order = rng.permuted(np.tile(np.arange(len(y)), (self.permutations, 1)), axis=1)
        drawn = y[order]
        p_values = {}
        for name, partitions in choices.items():
            largest = np.max([q_of(drawn, labels) for labels in partitions], axis=0)
            own = q_of(y, chosen[name])
            as_large = int((largest >= own - ROUNDING).sum())
            p_values[name] = (1 + as_large) / (1 + self.permutations)
        return p_values


@dataclass(frozen=True, eq=False, repr=False)
class GeodetectorResult(Shown):
    """What the four detectors say.

    Attributes
    ----------
    request : Geodetector
    units : tuple, length N
    y : array of shape (N,)
    strata : dict of str to int array of shape (N,)
        The stratum of each unit, by driver.
    p_values : dict of str to float
        Of q.
    """

    request: Geodetector
    units: tuple[Any, ...]
    y: np.ndarray
    strata: dict[str, np.ndarray]
    p_values: dict[str, float]

    @property
    def factors(self) -> pd.DataFrame:
        """The factor detector, one row a driver: strata, q, F, p_value."""
        rows = []
        for name, labels in self.strata.items():
            L = int(labels.max()) + 1
            q = float(q_of(self.y, labels))
            row = {"strata": L, "q": q, "F": f_of(q, len(self.y), L)}
            rows.append({**row, "p_value": self.p_values[name]})
        return pd.DataFrame(rows, index=pd.Index(self.strata, name="driver"))

    @property
    def interactions(self) -> pd.DataFrame:
        """The interaction detector, one row a pair of drivers: q of each, q of the strata that both
        make together, the class of the interaction, and the number of joint strata.

        Joint strata are parts of those of either driver, so that their q is never smaller, and the
        classes "weakened" of the literature cannot occur. With few units a stratum it is large by
        chance: with as many strata as units it is 1.
        """
        rows = []
        for first, second in combinations(self.strata, 2):
            joint = together(self.strata[first], self.strata[second])
            own = [float(q_of(self.y, self.strata[name])) for name in (first, second)]
            q = float(q_of(self.y, joint))
            row = {"first": first, "second": second, "q_first": own[0], "q_second": own[1]}
            rows.append(
                {
                    **row,
                    "q_joint": q,
                    "strata": int(joint.max()) + 1,
                    "class": interaction(own[0], own[1], q),
                }
            )
        columns = ["first", "second", "q_first", "q_second", "q_joint", "strata", "class"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def risks(self) -> pd.DataFrame:
        """The risk detector, one row a driver and pair of its strata: both means, Welch's t, its
        degrees of freedom and p-value (NaN where a stratum has one unit).
        """
        rows = []
        for name, labels in self.strata.items():
            for a, b in combinations(range(int(labels.max()) + 1), 2):
                first, second = self.y[labels == a], self.y[labels == b]
                row = {"driver": name, "first": a, "second": b}
                row |= {"mean_first": first.mean(), "mean_second": second.mean()}
                rows.append({**row, **welch(first, second)})
        return pd.DataFrame(rows)

    @property
    def ecological(self) -> pd.DataFrame:
        """The ecological detector, one row a pair of drivers: the ratio of the sums of squares within
        the strata of the first and of the second, and its p-value by F(N - 1, N - 1), one-sided, as
        published.

        Both sums are of one y, so that the ratio has not that distribution: take it as a description.
        """
        rows = []
        N = len(self.y)
        for first, second in combinations(self.strata, 2):
            within = [1.0 - float(q_of(self.y, self.strata[name])) for name in (first, second)]
            ratio = within[0] / within[1] if within[1] > 0.0 else np.inf
            p = float(special.fdtrc(N - 1, N - 1, ratio))
            rows.append({"first": first, "second": second, "F": ratio, "p_value": p})
        return pd.DataFrame(rows, columns=["first", "second", "F", "p_value"])

    @property
    def detectable(self) -> pd.Series:
        """The q that so many units in so many strata find in 80 % of samples at 5 %, by driver: a
        smaller one is found in fewer.
        """
        N = len(self.y)
        smallest = {
            name: smallest_q(N, int(labels.max()) + 1) for name, labels in self.strata.items()
        }
        return pd.Series(smallest, name="detectable_q")

    def tidy(self) -> pd.DataFrame:
        """q of each driver and of each pair in the layout of every tidy frame: component is "factor"
        or "interaction".
        """
        factors = self.factors
        own = pd.DataFrame(
            {
                "term": factors.index,
                "component": "factor",
                "estimate": factors["q"].to_numpy(),
                "statistic": factors["F"].to_numpy(),
                "p_value": factors["p_value"].to_numpy(),
            }
        )
        pairs = self.interactions
        both = pd.DataFrame(
            {
                "term": pairs["first"] + " & " + pairs["second"],
                "component": "interaction",
                "estimate": pairs["q_joint"],
            }
        )
        parts = [part for part in (own, both) if len(part)]
        return pd.concat(parts, ignore_index=True).reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: outcome, period, inference, units, the driver with the largest q."""
        request, factors = self.request, self.factors
        largest = str(factors["q"].idxmax())
        row = {
            "outcome": request.outcome,
            "period": "mean" if request.period is None else request.period,
            "inference": request.inference,
            "permutations": request.permutations if request.inference == "permutation" else 0,
            "seed": request.seed,
            "n_units": len(self.y),
            "largest": largest,
            "q": factors["q"].max(),
            "detectable_q": self.detectable[largest],
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        request = self.request
        when = "means over time" if request.period is None else f"{request.period}"
        table = self.factors.join(self.detectable).to_string(float_format="{:.3f}".format)
        return (
            f"Geodetector of {request.outcome} ({when}), {len(self.y)} units, p by "
            f"{request.inference}\n{table}\n"
            "detectable_q: found in 80 % of samples of so many units at 5 %"
        )


def cut(
    x: np.ndarray,
    count: int,
    scheme: str,
) -> np.ndarray:
    """The stratum of each of the values (N,), from 0 on; strata without a value are closed up."""
    shares = np.arange(1, count) / count
    inner = np.quantile(x, shares)
    if scheme == "equal":
        inner = x.min() + shares * (x.max() - x.min())
    labels: np.ndarray = np.unique(np.searchsorted(inner, x, side="left"), return_inverse=True)[1]
    return labels


def together(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The strata that two partitions make together, (N,)."""
    pairs = first * (int(second.max()) + 1) + second
    labels: np.ndarray = np.unique(pairs, return_inverse=True)[1]
    return labels


def q_of(y: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The share of the variance of y (..., N) that lies between the strata (N,)."""
    member = labels == np.arange(int(labels.max()) + 1)[:, None]
    sizes = member.sum(axis=1)
    centred = y - y.mean(axis=-1, keepdims=True)
    sums = centred @ member.T
    between = np.sum(sums**2 / sizes, axis=-1)
    share: np.ndarray = between / np.sum(centred**2, axis=-1)
    return share


def f_of(
    q: float,
    N: int,
    L: int,
) -> float:
    """F of q with N units in L strata; NaN where each unit is a stratum."""
    if L >= N:
        return np.nan
    if q >= 1.0:
        return np.inf
    return (N - L) / (L - 1) * q / (1.0 - q)


def central_p(y: np.ndarray, labels: np.ndarray) -> float:
    """p-value of q where all strata have one mean, by the central F."""
    N, L = len(y), int(labels.max()) + 1
    statistic = f_of(float(q_of(y, labels)), N, L)
    return float(special.fdtrc(L - 1, N - L, statistic)) if L < N else np.nan


def noncentral_p(y: np.ndarray, labels: np.ndarray) -> float:
    """p-value of q as printed: by a noncentral F with

        noncentrality = [sum_h m_h^2 - (sum_h sqrt(N_h) m_h)^2 / N] / s^2,

    m_h the means of the strata and s^2 the variance of y.
    """
    N, L = len(y), int(labels.max()) + 1
    if L >= N:
        return np.nan
    sizes = np.bincount(labels)
    means = np.bincount(labels, weights=y) / sizes
    gap = np.sum(means**2) - np.sum(np.sqrt(sizes) * means) ** 2 / N
    statistic = f_of(float(q_of(y, labels)), N, L)
    return float(stats.ncf.sf(statistic, L - 1, N - L, max(gap / y.var(), 0.0)))


def interaction(
    first: float,
    second: float,
    joint: float,
) -> str:
    """The class of an interaction, from q of two drivers and of both together."""
    if abs(joint - (first + second)) <= ROUNDING:
        return "independent"
    if joint > first + second:
        return "enhanced, nonlinear"
    if joint > max(first, second) + ROUNDING:
        return "enhanced, bivariate"
    return "that of one driver alone"


def welch(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Welch's t test that two strata have one mean."""
    sizes = len(first), len(second)
    if min(sizes) < 2:
        return {"t": np.nan, "df": np.nan, "p_value": np.nan}
    shares = [values.var(ddof=1) / len(values) for values in (first, second)]
    variance = sum(shares)
    if variance == 0.0:
        return {"t": np.nan, "df": np.nan, "p_value": np.nan}
    t = (first.mean() - second.mean()) / np.sqrt(variance)
    parts = [share**2 / (size - 1) for share, size in zip(shares, sizes, strict=True)]
    df = variance**2 / sum(parts)
    return {"t": float(t), "df": float(df), "p_value": float(2 * special.stdtr(df, -abs(t)))}


def power_of(
    q: float,
    N: int,
    L: int,
    level: float = 0.05,
) -> float:
    """How often N units in L strata of one size reject that their means are equal, if the share
    between strata is q: noncentral F with noncentrality N q / (1 - q).
    """
    if L >= N:
        return np.nan
    critical = special.fdtri(L - 1, N - L, 1.0 - level)
    return float(stats.ncf.sf(critical, L - 1, N - L, N * q / (1.0 - q)))


def smallest_q(
    N: int,
    L: int,
    power: float = 0.8,
) -> float:
    """The q that is found with this power at 5 %; NaN where each unit is a stratum."""
    if L >= N:
        return np.nan
    return float(optimize.brentq(lambda q: power_of(q, N, L) - power, 1e-9, 1.0 - 1e-9))


def _check_outcome(name: str, y: np.ndarray) -> None:
    if not y.max() > y.min():
        raise DataError(
            name,
            expected="values that differ between units",
            got=f"{y[0]:g} in all of them",
            remedy="Choose another period or variable.",
        )


def _checked(name: str, labels: np.ndarray) -> np.ndarray:
    if labels.max() == 0:
        raise DataError(
            name,
            expected="values that make two strata or more",
            got="one stratum",
            remedy="Choose another number of strata or another scheme, or leave this driver out.",
        )
    return labels
