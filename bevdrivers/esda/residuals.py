"""Moran's I of least-squares residuals, with the moments that estimation gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import OptionError
from ..linalg import spatial_lag
from ..options import Alternative, check_option
from ..results import TIDY_COLUMNS
from ..weights import SpatialWeights
from .moments import MatrixSums
from .statistic import normal_p

# Residuals that differ from the projection by more than this share of their length were not made by least squares.
SAME = 1e-6


class Regression(Protocol):
    """What is read of a fit: the transformed design, the effects, the residuals and their labels."""

    @property
    def sample(self) -> Any: ...

    @property
    def panel(self) -> Any: ...

    @property
    def resids(self) -> pd.DataFrame: ...


@dataclass(frozen=True)
class ResidualMoran:
    """Moran's I of the residuals of a least-squares fit: I = (NT / (T S0)) sum_t e_t'We_t / sum_t e_t'e_t.

    Residuals are correlated by construction, so that the moments of Moran's I of a variable do not hold for them. With
    M = I - X (X'X)^-1 X', X holding regressors, their W terms and the dummies of the effects (k columns in all), and
    W over the whole panel block by block,

        E[I] = n tr(MW) / (S0 (n - k)),
        Var[I] = (n / S0)^2 [tr(MWMW') + tr(MWMW) + tr(MW)^2] / ((n - k)(n - k + 2)) - E[I]^2,

    n = NT and S0 that of all blocks, for independent normal errors of one variance. All periods are tested
    together: these moments are for the residuals of a whole regression, not for one of its years.

    Parameters
    ----------
    alternative : {"two-sided", "greater", "less"}

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, section 8.3. For panels with effects the same formula with the dummies as
    regressors.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + policy").fit(panel)
    >>> found = bd.ResidualMoran().fit(fit, queen)
    >>> round(found.frame["expected"].item(), 4)
    -0.0357
    """

    alternative: Alternative = "two-sided"

    def __post_init__(self) -> None:
        check_option("alternative", self.alternative, Alternative)

    def fit(self, fit: Regression, weights: SpatialWeights) -> ResidualMoranResult:
        """Moran's I of the residuals of `fit`.

        Parameters
        ----------
        fit : FitResult
            Of `NonSpatial` or `SpatialLagX`, by least squares.
        weights : SpatialWeights

        Raises
        ------
        OptionError
            The residuals are not those of least squares: the moments do not hold.
        """
        W = weights.align(fit.panel.units)
        within = fit.sample.within
        if within.terms:
            raise OptionError(
                "fit",
                expected="unit and time effects alone, whose moments these are",
                got=f"absorb={list(within.terms)}",
                remedy="Fit the model without absorb=, or test lam = 0 in a model with a lag of the error.",
            )
        e, B = _residuals(fit)
        T, N = e.shape
        links = MatrixSums.of_links(W.sparse)
        n, s0 = T * N, T * links.total
        index = n / s0 * float((e * W.lag(e)).sum() / (e**2).sum())
        first, second, free = _traces(W.sparse, links, B, within.unit, within.time)
        expected = n / s0 * first / free
        variance = (n / s0) ** 2 * (second + first**2) / (free * (free + 2)) - expected**2
        z = (index - expected) / np.sqrt(variance)
        row: dict[str, Any] = {"period": "pooled", "I": index, "expected": expected}
        row |= {"variance_normal": variance, "z_normal": z, "p_normal": float(normal_p(z, self.alternative))}
        return ResidualMoranResult(self, pd.DataFrame([row]), fit.resids, W, fit.sample.design.outcome)


@dataclass(frozen=True, eq=False, repr=False)
class ResidualMoranResult:
    """Moran's I of residuals.

    Attributes
    ----------
    request : ResidualMoran
    frame : DataFrame of one row
        period ("pooled"), I, expected, variance_normal, z_normal, p_normal.
    residuals : DataFrame of shape (T, N), periods x units
    weights : SpatialWeights
    outcome : str
        Of the regression.
    """

    request: ResidualMoran
    frame: pd.DataFrame
    residuals: pd.DataFrame
    weights: SpatialWeights
    outcome: str

    def tidy(self) -> pd.DataFrame:
        """One row: I, its standard deviation, z and p-value."""
        row = self.frame.iloc[0]
        values = dict.fromkeys(TIDY_COLUMNS, np.nan) | {
            "term": "pooled",
            "component": f"residuals of {self.outcome}",
            "estimate": row["I"],
            "std_error": np.sqrt(row["variance_normal"]),
            "statistic": row["z_normal"],
            "p_value": row["p_normal"],
        }
        return pd.DataFrame([values])

    def glance(self) -> pd.DataFrame:
        """One row: outcome, inference, alternative, expected value, sample, weights."""
        row = {
            "statistic_name": "Moran's I of residuals",
            "variable": f"residuals of {self.outcome}",
            "inference": "normal",
            "alternative": self.request.alternative,
            "expected": float(self.frame["expected"].iloc[0]),
            "n_units": self.residuals.shape[1],
            "n_periods": self.residuals.shape[0],
            "first_period": self.residuals.index[0],
            "last_period": self.residuals.index[-1],
            "weights": self.weights.name,
            "normalise": self.weights.normalise or "none",
            "islands": "; ".join((*self.weights.islands, *self.weights.notes)),
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        head = f"Moran's I of residuals of {self.outcome}, {self.weights.name}, normal, {self.request.alternative}"
        return f"{head}\n{self.frame.to_string(index=False, float_format=lambda x: f'{x:.4f}')}"


def _residuals(fit: Regression) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (T, N) and an orthonormal basis (T, N, K) of the regressors after the effects."""
    columns = np.asarray(fit.sample.columns)
    T, N = columns.shape[:2]
    flat = columns.reshape(T * N, -1)
    K = len(fit.sample.names)
    Z, y = flat[:, :K], flat[:, K]
    B = np.linalg.qr(Z)[0] if K else Z
    e, given = y - B @ (B.T @ y), fit.resids.to_numpy().ravel()
    if np.linalg.norm(e - given) > SAME * np.linalg.norm(y):
        raise OptionError(
            "fit",
            expected="least-squares residuals, of NonSpatial or SpatialLagX",
            got=repr(fit),
            remedy="After a model with a lag of y or of the error these moments do not hold; use its LM or LR tests.",
        )
    return e.reshape(T, N), B.reshape(T, N, K)


def _traces(
    W: sparse.csr_array, links: MatrixSums, B: np.ndarray, unit: bool, time: bool
) -> tuple[float, float, float]:
    """tr(MW), tr(MWMW') + tr(MWMW), and tr(M) = n - k, without a matrix larger than B."""
    T, N, K = B.shape
    periods = T - unit
    # of Q alone: the identity, or deviations from the mean, over units
    first, second, free = 0.0, links.s1, float(N)
    if time:
        first -= links.total / N
        second += (-links.s2 + 2 * links.total**2 / N) / N
        free -= 1
    # of the regressors: M = Q - BB', where Q leaves B as it is
    WB, WtB = _within(spatial_lag(W, B), unit, time), _within(spatial_lag(W.T.tocsr(), B), unit, time)
    flat, forward, back = (a.reshape(T * N, K) for a in (B, WB, WtB))
    inner = flat.T @ forward
    cross = (forward**2).sum() + (back**2).sum() + 2 * (back * forward).sum()
    own = (inner**2).sum() + (inner * inner.T).sum()
    return periods * first - float(np.trace(inner)), periods * second - float(cross - own), periods * free - K


def _within(values: np.ndarray, unit: bool, time: bool) -> np.ndarray:
    if unit:
        values = values - values.mean(axis=0, keepdims=True)
    return values - values.mean(axis=1, keepdims=True) if time else values
