"""Moran's I of least-squares residuals, with the moments that estimation gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from ..display import Shown
from ..errors import IdentificationError, OptionError
from ..numerics.linalg import spatial_lag
from ..options import Alternative, check_flag, check_option
from ..results import TIDY_COLUMNS
from ..weights import SpatialWeights
from ..weights.given import GivenWeights, aligned_weights
from .global_statistics import normal_p
from .moments import MatrixSums
from .request import weights_in_words

# Residuals that differ from the projection by more than this share of their length were not made by
# least squares.
SAME = 1e-6
# A variance is zero when it is this share of the second moment that it is a difference of.
ROUNDING = 1e-12


class Regression(Protocol):
    """What is read of a fit: the transformed design, the effects, the residuals and their
    labels.
    """

    @property
    def sample(self) -> Any: ...

    @property
    def panel(self) -> Any: ...

    @property
    def resids(self) -> pd.DataFrame: ...


@dataclass(frozen=True)
class ResidualMoran:
    """Moran's I of the residuals of a least-squares fit: I = (NT / (T S0)) sum_t e_t'We_t / sum_t
    e_t'e_t.

    Residuals are correlated by construction, so that the moments of Moran's I of a variable do not
    hold for them. With M = I - X (X'X)^-1 X', X holding regressors, their W terms and the dummies
    of the effects (k columns in all), and W over the whole panel block by block,

        E[I] = n tr(MW) / (S0 (n - k)),
        Var[I] = (n / S0)^2 [tr(MWMW') + tr(MWMW) + tr(MW)^2] / ((n - k)(n - k + 2)) - E[I]^2,

    n = NT and S0 that of all blocks, for independent normal errors of one variance.

    One period t is tested by I_t = (N / S0) e_t'We_t / (sum_t e_t'e_t / T), S0 that of one block:
    the variance is that of all periods, so that the mean of the I_t is I and that the moments are
    those above with the block W_t for W.

    Parameters
    ----------
    alternative : {"two-sided", "greater", "less"}
    by_period : bool
        Whether the periods follow the pooled row.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, section 8.3. For panels with effects the same formula
    with the dummies as regressors.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + policy").fit(panel)
    >>> moran = bd.ResidualMoran().fit(fit, queen)
    >>> round(moran.frame["expected"].item(), 4)
    -0.0357
    """

    alternative: Alternative = "two-sided"
    by_period: bool = False

    def __post_init__(self) -> None:
        check_option("alternative", self.alternative, Alternative)
        check_flag("by_period", self.by_period)

    def fit(self, fit: Regression, weights: GivenWeights | None = None) -> ResidualMoranResult:
        """Moran's I of the residuals of `fit`.

        Parameters
        ----------
        fit : FitResult
            Of `NonSpatial` or `SpatialLagX`, by least squares.
        weights : SpatialWeights, recipe, or Graph or W of libpysal

        Raises
        ------
        OptionError
            The residuals are not those of least squares: the moments do not hold.
        """
        _check_regular(fit)
        W = aligned_weights(weights, fit.panel)
        within = fit.sample.within
        if within.terms:
            raise OptionError(
                "fit",
                expected="unit and time effects alone, whose moments these are",
                got=f"absorb={list(within.terms)}",
                remedy=(
                    "Fit the model without absorb=, or test lam = 0 in a model with a lag of "
                    "the error."
                ),
            )
        e, B = _residuals(fit)
        T, N = e.shape
        links = MatrixSums.of_links(W.sparse)
        n = T * N
        s0 = T * links.total
        products = (e * W.lag(e)).sum(axis=1)
        ssr = float((e**2).sum())
        traces = _traces(W.sparse, links, B, within.unit, within.time)
        rows = [
            self._row(
                "pooled",
                n / s0,
                float(products.sum()) / ssr,
                *traces.pooled,
                traces.free,
            )
        ]
        if self.by_period:
            each = zip(
                fit.sample.design.periods,
                products / ssr,
                traces.first,
                traces.second,
                strict=True,
            )
            rows += [
                self._row(period, n / links.total, ratio, a, b, traces.free)
                for period, ratio, a, b in each
            ]
        return ResidualMoranResult(
            self, pd.DataFrame(rows), fit.resids, W, fit.sample.design.outcome
        )

    def _row(
        self,
        period: Any,
        scale: float,
        ratio: float,
        first: float,
        second: float,
        free: float,
    ) -> dict[str, Any]:
        """I, its moments and its p-value, from e'Ae / e'e and tr(MA), tr(MAMA') + tr(MAMA),
        tr(M).
        """
        expected = scale * first / free
        moment = scale**2 * (second + first**2) / (free * (free + 2))
        variance = moment - expected**2
        if variance <= ROUNDING * moment:
            raise IdentificationError(
                "weights",
                expected="weights and residuals under which Moran's I varies",
                got="a statistic that is the same for all errors",
                remedy=(
                    "Use weights that tell neighbours from the rest, or a model with fewer "
                    "regressors."
                ),
            )
        z = (scale * ratio - expected) / np.sqrt(variance)
        row: dict[str, Any] = {
            "period": period,
            "I": scale * ratio,
            "expected": expected,
        }
        return row | {
            "variance_normal": variance,
            "z_normal": z,
            "p_normal": float(normal_p(z, self.alternative)),
        }


@dataclass(frozen=True, eq=False, repr=False)
class ResidualMoranResult(Shown):
    """Moran's I of residuals.

    Attributes
    ----------
    request : ResidualMoran
    frame : DataFrame of one row, or of one and a row a period
        period ("pooled", then the periods), I, expected, variance_normal, z_normal, p_normal.
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
        """A row a test: I, its standard deviation, z and p-value."""
        columns = {
            "term": self.frame["period"].astype(str),
            "component": f"residuals of {self.outcome}",
            "estimate": self.frame["I"],
            "std_error": np.sqrt(self.frame["variance_normal"]),
            "statistic": self.frame["z_normal"],
            "p_value": self.frame["p_normal"],
        }
        return pd.DataFrame(columns).reindex(columns=list(TIDY_COLUMNS))

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
            **weights_in_words(self.weights),
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        head = (
            f"Moran's I of residuals of {self.outcome}, {self.weights.name}, normal, "
            f"{self.request.alternative}"
        )
        return f"{head}\n{self.frame.to_string(index=False, float_format=lambda x: f'{x:.4f}')}"


def _check_regular(fit: Regression) -> None:
    """Refuse a fit with missing cells or weights by period, for which these moments do not hold."""
    sample = fit.sample
    if sample.irregular:
        missing = sample.y.size - sample.nobs
        raise OptionError(
            "fit",
            expected="a panel without missing cells, under the same weights in all periods",
            got=f"{missing} missing cells" if missing else "weights by period",
            remedy='Make the panel complete: panel.balance(drop="units") or drop="periods".',
        )


def _residuals(fit: Regression) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (T, N) and an orthonormal basis (T, N, K) of the regressors after the effects."""
    columns = np.asarray(fit.sample.columns)
    T, N = columns.shape[:2]
    flat = columns.reshape(T * N, -1)
    K = len(fit.sample.names)
    Z = flat[:, :K]
    y = flat[:, K]
    B = np.linalg.qr(Z)[0] if K else Z
    e = y - B @ (B.T @ y)
    given = fit.resids.to_numpy().ravel()
    if np.linalg.norm(e - given) > SAME * np.linalg.norm(y):
        raise OptionError(
            "fit",
            expected="least-squares residuals, of NonSpatial or SpatialLagX",
            got=repr(fit),
            remedy=(
                "After a model with a lag of y or of the error these moments do not hold; use "
                "its LM or LR tests."
            ),
        )
    return e.reshape(T, N), B.reshape(T, N, K)


@dataclass(frozen=True, eq=False)
class _Traces:
    """Of the residual maker M and W, without a matrix larger than the regressors.

    Attributes
    ----------
    pooled : tuple of float
        tr(MW) and tr(MWMW') + tr(MWMW), W block by block over the panel.
    first, second : arrays of shape (T,)
        The same with the block of one period for W.
    free : float
        tr(M) = n - k.
    """

    pooled: tuple[float, float]
    first: np.ndarray
    second: np.ndarray
    free: float


def _traces(
    W: sparse.csr_array,
    links: MatrixSums,
    B: np.ndarray,
    unit: bool,
    time: bool,
) -> _Traces:
    """The traces of tr(MW) and of its square, with M = Q - BB' and Q the projection that removes
    the effects.

    As QB = B, tr(MW) = tr(QW) - tr(B'WB), and likewise of the products of two: what is of Q alone
    follows from sums over W (S0, S1, S2 of Cliff and Ord), the rest from the N x K arrays WB and
    W'B.
    """
    T, N, K = B.shape
    # of Q alone: the identity, or deviations from the mean, over units
    first = 0.0
    second = links.s1
    free = float(N)
    if time:
        first -= links.total / N
        second += (-links.s2 + 2 * links.total**2 / N) / N
        free -= 1

    # of the regressors
    WB = spatial_lag(W, B)
    WtB = spatial_lag(W.T.tocsr(), B)
    inner = np.einsum("tik,til->tkl", B, WB)
    whole = inner.sum(axis=0)

    # of all periods: Q leaves T - 1 of T with unit effects
    left = T - unit
    lengths = _lengths(_within(WB, unit, time), _within(WtB, unit, time))
    pooled = (
        left * first - float(np.trace(whole)),
        left * second - float(lengths.sum()) + float(_squares(whole)),
    )

    # of one period: (1 - 1/T) of the identity over units, or all of it without unit effects
    share = 1.0 - unit / T
    alone = _lengths(_within(WB, False, time), _within(WtB, False, time))
    return _Traces(
        pooled,
        share * first - np.einsum("tkk->t", inner),
        share**2 * second - share * alone + _squares(inner),
        left * free - K,
    )


def _lengths(forward: np.ndarray, back: np.ndarray) -> np.ndarray:
    """|WB|^2 + |W'B|^2 + 2 tr(B'W W B) of each period, (T,), from WB and W'B of shape (T, N, K)."""
    cells = forward**2 + back**2 + 2 * back * forward
    return np.asarray(cells.sum(axis=(1, 2)))


def _squares(inner: np.ndarray) -> np.ndarray:
    """Of A = B'WB, (..., K, K): sum of A_kl^2 + A_kl A_lk."""
    transposed = np.swapaxes(inner, -1, -2)
    cells = inner**2 + inner * transposed
    return np.asarray(cells.sum(axis=(-2, -1)))


def _within(
    values: np.ndarray,
    unit: bool,
    time: bool,
) -> np.ndarray:
    if unit:
        values = values - values.mean(axis=0, keepdims=True)
    return values - values.mean(axis=1, keepdims=True) if time else values
