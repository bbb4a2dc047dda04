"""Global Moran's I of a variable, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse, special

from ..errors import DataError, OptionError, first_five
from ..options import Alternative, Inference, check_option
from ..results import TIDY_COLUMNS
from ..weights import SpatialWeights

if TYPE_CHECKING:
    from ..panel import Panel

# Permuted values held at a time (float64): 80 MB
CHUNK = 10_000_000


@dataclass(frozen=True)
class Moran:
    """Moran's I in each period: I = (N / S0) z'Wz / z'z with z the deviations from the period's mean.

    Parameters
    ----------
    variable : str
        A column or an expression such as ``"log1p(bev_density)"``.
    permutations : int
        Random permutations of the values over the units; 0 for none.
    inference : {"auto", "permutation", "randomisation", "normal"}
        Which p-value goes into tables. "auto" is permutation where there are permutations, else randomisation.
    alternative : {"two-sided", "greater", "less"}
    seed : int, optional
        Of the permutations. The same permutations serve all periods, so the periods' tests are not independent.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, chapter 2; moments under normality and under randomisation.
    """

    variable: str
    permutations: int = 999
    inference: Inference = "auto"
    alternative: Alternative = "two-sided"
    seed: int | None = None

    def __post_init__(self) -> None:
        check_option("inference", self.inference, Inference)
        check_option("alternative", self.alternative, Alternative)
        if not isinstance(self.permutations, int) or self.permutations < 0:
            raise OptionError("permutations", expected="a whole number, 0 or more", got=repr(self.permutations))
        if self.inference == "permutation" and not self.permutations:
            raise OptionError("permutations", expected="at least 1 for inference='permutation'", got="0")

    @property
    def chosen_inference(self) -> str:
        """The inference, with "auto" settled."""
        if self.inference != "auto":
            return self.inference
        return "permutation" if self.permutations else "randomisation"

    def fit(self, panel: Panel, weights: SpatialWeights) -> MoranResult:
        """Moran's I of each period of the panel.

        Raises
        ------
        DataError
            Missing cells, fewer than four units, or a period in which the variable does not vary.
        """
        aligned = weights.align(panel.units)
        z = _deviations(panel.evaluate(self.variable), panel)
        moments = LinkMoments.of(aligned.sparse)
        index = _moran(aligned.sparse, z, moments.s0)
        drawn = permuted_moran(aligned.sparse, z, self.permutations, self.seed) if self.permutations else None
        frame = pd.DataFrame({"period": panel.periods, "I": index, "expected": moments.expected})
        for name, variance in (("normal", moments.normal()), ("randomisation", moments.randomised(z))):
            frame[f"variance_{name}"] = variance
            frame[f"z_{name}"] = (index - moments.expected) / np.sqrt(variance)
            frame[f"p_{name}"] = _normal_p(frame[f"z_{name}"].to_numpy(), self.alternative)
        if drawn is not None:
            frame["p_permutation"] = _permutation_p(index, drawn, moments.expected, self.alternative)
        return MoranResult(self, frame, z, aligned)


@dataclass(frozen=True, eq=False, repr=False)
class MoranResult:
    """Moran's I by period.

    Attributes
    ----------
    frame : DataFrame, one row a period
        period, I, expected, and variance, z and p under normality and randomisation; p by permutation where asked.
    z : array of shape (T, N)
        Deviations from the period's mean.
    """

    request: Moran
    frame: pd.DataFrame
    z: np.ndarray
    weights: SpatialWeights

    @cached_property
    def scatter(self) -> tuple[np.ndarray, np.ndarray]:
        """Standardised values and their spatial lags, each (T, N), for a Moran scatter plot."""
        standardised = self.z / self.z.std(axis=1, keepdims=True)
        return standardised, self.weights.lag(standardised)

    def tidy(self) -> pd.DataFrame:
        """One row a period: estimate is I; std_error its standard deviation and statistic z under randomisation (or
        normality, when that is the chosen inference); p_value by the chosen inference."""
        how = self.request.chosen_inference
        under = "normal" if how == "normal" else "randomisation"
        frame = pd.DataFrame(
            {
                "term": self.frame["period"].astype(str),
                "component": self.request.variable,
                "estimate": self.frame["I"],
                "std_error": np.sqrt(self.frame[f"variance_{under}"]),
                "statistic": self.frame[f"z_{under}"],
                "p_value": self.frame[f"p_{how}"],
                "conf_low": np.nan,
                "conf_high": np.nan,
            }
        )
        return frame[list(TIDY_COLUMNS)]

    def glance(self) -> pd.DataFrame:
        """One row: variable, inference, permutations, seed, alternative, expected value, weights."""
        row: dict[str, Any] = {
            "variable": self.request.variable,
            "inference": self.request.chosen_inference,
            "permutations": self.request.permutations,
            "seed": self.request.seed,
            "alternative": self.request.alternative,
            "expected": float(self.frame["expected"].iloc[0]),
            "n_units": self.z.shape[1],
            "n_periods": self.z.shape[0],
            "first_period": int(self.frame["period"].iloc[0]),
            "last_period": int(self.frame["period"].iloc[-1]),
            "weights": self.weights.name,
            "normalise": self.weights.normalise or "none",
            "islands": "; ".join((*self.weights.islands, *self.weights.notes)),
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        how = self.request.chosen_inference
        shown = self.frame[["period", "I", "z_normal" if how == "normal" else "z_randomisation", f"p_{how}"]]
        head = f"Moran's I of {self.request.variable}, {self.weights.name}, {how}, {self.request.alternative}"
        return f"{head}\n{shown.to_string(index=False, float_format=lambda x: f'{x:.4f}')}"


@dataclass(frozen=True)
class LinkMoments:
    """Sums over the weights from which the moments of I follow: S0, S1, S2 of Cliff and Ord."""

    n: int
    s0: float
    s1: float
    s2: float

    @classmethod
    def of(cls, W: sparse.csr_array) -> LinkMoments:
        both = W + W.T
        margins = W.sum(axis=1) + W.sum(axis=0)
        return cls(W.shape[0], float(W.sum()), float((both.multiply(both)).sum() / 2), float((margins**2).sum()))

    @property
    def expected(self) -> float:
        """-1 / (N - 1)."""
        return -1.0 / (self.n - 1)

    def normal(self) -> float:
        """Variance of I when the values are independent normal."""
        n, s0, s1, s2 = self.n, self.s0, self.s1, self.s2
        return (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - self.expected**2

    def randomised(self, z: np.ndarray) -> np.ndarray:
        """Variance of I over all permutations of the values, (T,), for deviations z (T, N)."""
        n, s0, s1, s2 = self.n, self.s0, self.s1, self.s2
        kurtosis = n * (z**4).sum(axis=1) / (z**2).sum(axis=1) ** 2
        first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
        second = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
        return (first - second) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - self.expected**2


def permuted_moran(W: sparse.csr_array, z: np.ndarray, permutations: int, seed: int | None) -> np.ndarray:
    """Moran's I of permuted values, (permutations, T), for deviations z (T, N)."""
    rng = np.random.default_rng(seed)
    T, N = z.shape
    found = np.empty((permutations, T))
    s0, size = float(W.sum()), max(1, CHUNK // N)
    operator = W.toarray() if N <= 200 else W
    for start in range(0, permutations, size):
        stop = min(start + size, permutations)
        order = rng.permuted(np.tile(np.arange(N), (stop - start, 1)), axis=1)
        for t in range(T):
            mixed = z[t][order]
            lagged = (operator @ mixed.T).T
            found[start:stop, t] = N / s0 * np.einsum("rn,rn->r", mixed, lagged) / (z[t] @ z[t])
    return found


def _deviations(values: np.ndarray, panel: Panel) -> np.ndarray:
    if values.shape[1] < 4:
        raise DataError("panel", expected="at least 4 units for Moran's I", got=str(values.shape[1]))
    flat = np.flatnonzero(np.ptp(values, axis=1) == 0)
    if len(flat):
        raise DataError(
            "variable",
            expected="values that differ between units in every period",
            got=f"one value for all in {first_five([panel.periods[t] for t in flat])}",
        )
    return values - values.mean(axis=1, keepdims=True)


def _moran(W: sparse.csr_array, z: np.ndarray, s0: float) -> np.ndarray:
    lagged = (W @ z.T).T
    return z.shape[1] / s0 * (z * lagged).sum(axis=1) / (z**2).sum(axis=1)


def _normal_p(z: np.ndarray, alternative: str) -> np.ndarray:
    if alternative == "two-sided":
        return 2 * special.ndtr(-np.abs(z))
    return special.ndtr(-z if alternative == "greater" else z)


def _permutation_p(index: np.ndarray, drawn: np.ndarray, expected: float, alternative: str) -> np.ndarray:
    """(number of draws at least as extreme + 1) / (permutations + 1); extremes by distance from the expected value."""
    # a permutation that reproduces the map must count as as extreme, whatever the last digits
    slack = 1e-12
    if alternative == "two-sided":
        extreme = np.abs(drawn - expected) >= np.abs(index - expected) - slack
    elif alternative == "greater":
        extreme = drawn >= index - slack
    else:
        extreme = drawn <= index + slack
    return (extreme.sum(axis=0) + 1) / (len(drawn) + 1)
