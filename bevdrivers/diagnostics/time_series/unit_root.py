"""Panel unit root tests: Levin-Lin-Chu, Im-Pesaran-Shin, Fisher combinations of single tests, Pesaran's CIPS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from ...errors import DataError, OptionError, first_five
from ...options import Deterministics, LagRule, UnitRoot, check_option, whole_number
from ...results import TestGroup, TestResult
from . import published_moments as tables
from .dickey_fuller import AdfFit, adf, least_rows, long_run_variance, phillips_perron, select_lags
from .series_test import SeriesTest, check_series

if TYPE_CHECKING:
    from ...panel import Panel

NULL = "every unit's series has a unit root"
# draws of a simulated reference distribution that are worked on together, to bound memory
BATCH = 200
_CODES = {"none": "n", "constant": "c", "trend": "ct"}
# above these t statistics MacKinnon's polynomials do not hold, and the p-value would be 1
_LARGEST = {"none": np.inf, "constant": 2.74, "trend": 0.70}
SHORT = "the published table begins at {first} effective periods and there are {periods:g}: use draws="


@dataclass(frozen=True)
class _Request:
    """What is asked, checked.

    Attributes
    ----------
    test, deterministics : str
    lags : int or str
        Of the regressions, or the rule that chooses them.
    most : int
        Most lags of a rule.
    bandwidth : int
        Of the long-run variances.
    truncated, demean : bool
    """

    test: str
    deterministics: str
    lags: Any
    most: int
    bandwidth: int
    truncated: bool
    demean: bool


def unit_root_test(
    panel: Panel,
    variable: str,
    *,
    test: UnitRoot = "cips",
    deterministics: Deterministics = "constant",
    lags: int | LagRule = "aic",
    max_lags: int | None = None,
    bandwidth: int | None = None,
    demean: bool = False,
    truncated: bool = False,
    draws: int = 0,
    seed: int | None = None,
) -> SeriesTest:
    """A test of the null hypothesis that all units' series have a unit root.

    Parameters
    ----------
    panel : Panel
    variable : str
        A numeric column, or an expression such as ``"log(gdp_pc)"``.
    test : {"llc", "ips", "fisher-adf", "fisher-pp", "cips"}
        "llc": one common root under the alternative (Levin, Lin and Chu 2002). "ips": own roots, some below one (Im,
        Pesaran and Shin 2003). "fisher-adf", "fisher-pp": p-values of each unit's Dickey-Fuller or Phillips-Perron test
        put together (Maddala and Wu 1999, Choi 2001). "cips": as "ips", with cross-section means in each regression
        (Pesaran 2007). The first four take the units as independent of each other; "cips" allows a common factor.
    deterministics : {"none", "constant", "trend"}
        "trend" includes the constant. "ips" needs one of the last two.
    lags : int or {"aic", "bic", "hall"}
        Lagged differences, the same for all units, or a rule by which each unit chooses its own; "cips" chooses one
        number for all (the rounded mean of the units' own), because its table has one. "fisher-pp" has none.
    max_lags : int, optional
        Most lags of a rule: 12 (T / 100)^(1/4), rounded down, or a third of T where that is less.
    bandwidth : int, optional
        Of the long-run variances of "llc", 3.21 T^(1/3), rounded, by default as in the paper, and of "fisher-pp",
        4 (T / 100)^(2/9), rounded down.
    demean : bool
        Whether the cross-section mean of each period is taken out first, which removes a common factor that moves all
        units alike.
    truncated : bool
        Of "cips": extreme t statistics are cut off at Pesaran's bounds.
    draws : int
        0: p-values from the published asymptotic distributions and tables; where a table does not go down to the
        panel's T the test does not apply. Else from that many simulated panels of
        independent Gaussian random walks with the panel's own N and T and the same choice of lags: what a short panel
        needs, for which the tables do not go down far enough.
    seed : int, optional
        Of the draws.

    Returns
    -------
    SeriesTest

    Raises
    ------
    DataError
        The series are too short for the lags, or a unit's series does not vary.
    OptionError

    Notes
    -----
    t statistics have the variance over the residual degrees of freedom; that of "llc" is over the observations, as in
    the paper. The table of "llc" is entered at the effective number of periods T - mean lags - 1, as in the paper;
    R's plm enters it at T. With its own bandwidth "llc" rejects a true null far too often (45 % of panels with N = 31,
    T = 30 at 5 %), because long-run variances of demeaned differences come out too small. Take its p-value from draws.
    A ``bandwidth`` of 0 keeps the level, too, but leaves no power: under stationarity the long-run variance is to be
    small.

    References
    ----------
    Levin, Lin and Chu (2002), doi:10.1016/S0304-4076(01)00098-7. Im, Pesaran and Shin (2003),
    doi:10.1016/S0304-4076(03)00092-7. Maddala and Wu (1999), doi:10.1111/1468-0084.0610s1631. Choi (2001),
    doi:10.1016/S0261-5606(00)00048-6. Pesaran (2007), doi:10.1002/jae.951.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> test = bd.unit_root_test(bd.load_panel(2010, 2024, shares=False), "log(gdp_pc)", test="cips", lags=1)
    >>> test.tests["CIPS"].verdict
    'not rejected at 5%'
    """
    y = panel.evaluate(variable).T
    request = _checked(y, test, deterministics, lags, max_lags, bandwidth, demean, truncated, draws)
    check_series(panel, variable, y)
    statistics, fit = _statistics(y[None], request)
    _check_estimated(panel, variable, fit)
    # t-bar of IPS has no table beyond lags of 0, W-t-bar no simulated distribution where its table ends
    left_out = "IPS W-t-bar" if draws else "IPS t-bar"
    observed = {name: float(value[0]) for name, value in statistics.items() if name != left_out}
    if draws:
        drawn = _simulated(y.shape, request, draws, seed)
        tests = [_by_simulation(name, value, drawn[name]) for name, value in observed.items()]
    else:
        tests = [_published(name, value, fit, y.shape, request) for name, value in observed.items()]
    T, N = y.shape[1], y.shape[0]
    critical = None
    if test == "cips" and tests[0].law.startswith("Pesaran"):
        values = tables.cips(N, T - int(fit.lags[0]) - 1, deterministics, truncated=truncated)
        critical = pd.Series(values, index=pd.Index(tables.CIPS_LEVELS, name="level"), name="critical_value")
    described = {
        "variable": variable,
        "test": test,
        "deterministics": deterministics,
        "lags": lags,
        "mean_lags": request.bandwidth if test == "fisher-pp" else float(fit.lags.mean()),
        "demeaned": demean,
        "n_units": N,
        "n_periods": T,
        "draws": draws,
        "seed": seed,
    }
    title = f"{test.upper()} test of {variable} (deterministic terms: {deterministics})"
    return SeriesTest(TestGroup(title, tuple(tests)), _by_unit(panel, fit, request), critical, described)


def _checked(
    y: np.ndarray,
    test: str,
    deterministics: str,
    lags: Any,
    max_lags: int | None,
    bandwidth: int | None,
    demean: bool,
    truncated: bool,
    draws: int,
) -> _Request:
    check_option("test", test, UnitRoot)
    check_option("deterministics", deterministics, Deterministics)
    if not isinstance(lags, (int, np.integer)) or isinstance(lags, bool):
        check_option("lags", lags, LagRule)
    for name, value in (("lags", lags), ("max_lags", max_lags), ("bandwidth", bandwidth), ("draws", draws)):
        if value is not None and not isinstance(value, str):
            whole_number(name, value)
    if max_lags is not None and not isinstance(lags, str):
        raise OptionError("max_lags", expected="None, or a rule such as lags='aic'", got=f"{max_lags} with lags={lags}")
    if test == "fisher-pp" and (max_lags is not None or not isinstance(lags, str)):
        raise OptionError("lags", expected="none with test='fisher-pp': see bandwidth", got=f"{lags}, {max_lags}")
    if test == "ips" and deterministics == "none":
        raise OptionError("deterministics", expected="'constant' or 'trend' for IPS", got="'none'")
    if truncated and test != "cips":
        raise OptionError("truncated", expected="False, or test='cips'", got=f"True with test={test!r}")
    if demean and test == "cips":
        raise OptionError(
            "demean", expected="False with test='cips', which has the means in each regression", got="True"
        )
    if bandwidth is not None and test not in ("llc", "fisher-pp"):
        raise OptionError("bandwidth", expected="None, or test='llc' or 'fisher-pp'", got=f"{bandwidth} with {test!r}")
    T = y.shape[1]
    usual = round(3.21 * T ** (1 / 3)) if test == "llc" else int(4 * (T / 100) ** (2 / 9))
    window = usual if bandwidth is None else int(bandwidth)
    if test == "fisher-pp":
        return _Request(test, deterministics, 0, 0, window, truncated, demean)
    most = _most_lags(T, test, deterministics, lags, max_lags)
    return _Request(test, deterministics, lags if isinstance(lags, str) else most, most, window, truncated, demean)


def _most_lags(T: int, test: str, deterministics: str, lags: Any, max_lags: int | None) -> int:
    """Most lags of a rule, or the lags themselves; an error where T periods do not allow them."""

    def needed(p: int) -> int:
        return least_rows(p, deterministics, p + 2 if test == "cips" else 0)

    if isinstance(lags, str) and max_lags is None:
        able = range(min(int(12 * (T / 100) ** 0.25), T // 3), -1, -1)
        return next((p for p in able if needed(p) <= T), 0)
    most = int(max_lags or 0) if isinstance(lags, str) else int(lags)
    if needed(most) > T:
        raise DataError(
            "panel",
            expected=f"at least {needed(most)} periods for {most} lags",
            got=f"{T}",
            remedy="Use fewer lags, or fewer deterministic terms.",
        )
    return most


def _check_estimated(panel: Panel, variable: str, fit: AdfFit) -> None:
    """Refuse series that deterministic terms, lags or the cross-section means explain exactly."""
    exact = np.flatnonzero(~np.isfinite(fit.t))
    if len(exact):
        raise DataError(
            variable,
            expected="series that deterministic terms, lags and means of all units do not explain exactly",
            got=f"{len(exact)} that they do: {first_five([panel.units[i] for i in exact])}",
        )


def _statistics(paths: np.ndarray, request: _Request) -> tuple[dict[str, np.ndarray], AdfFit]:
    """Panel statistics of D panels (D, N, T), each (D,), and the regressions of all series."""
    D, N, T = paths.shape
    if request.demean:
        paths = paths - paths.mean(axis=1, keepdims=True)
    y, kind = paths.reshape(D * N, T), request.deterministics
    if request.test == "fisher-pp":
        t = phillips_perron(y, request.bandwidth, kind)
        blank = np.full(len(t), np.nan)
        fit = AdfFit(t, np.full(len(t), request.bandwidth), blank, blank, blank)
        return _fisher(t.reshape(D, N), kind), fit
    lags = select_lags(y, request.lags, request.most, kind) if isinstance(request.lags, str) else None
    lags = np.full(len(y), request.lags) if lags is None else lags
    if request.test == "cips":
        lags = np.repeat(np.rint(lags.reshape(D, N).mean(axis=1)).astype(int), N)
        fit = adf(y, lags, kind, np.repeat(paths.mean(axis=1), N, axis=0))
        t = np.clip(fit.t, *tables.CIPS_BOUNDS[kind]) if request.truncated else fit.t
        return {"CIPS": t.reshape(D, N).mean(axis=1)}, fit
    fit = adf(y, lags, kind)
    if request.test == "llc":
        return {"LLC adjusted t": _levin_lin_chu(y, fit, (D, N), request)}, fit
    by_panel = fit.t.reshape(D, N)
    if request.test == "ips":
        z = _standardised(by_panel, lags.reshape(D, N), T, kind)
        return {"IPS W-t-bar": z, "IPS t-bar": by_panel.mean(axis=1)}, fit
    return _fisher(by_panel, kind), fit


def _standardised(t: np.ndarray, lags: np.ndarray, T: int, kind: str) -> np.ndarray:
    """W-t-bar of each panel: sqrt(N) (mean t - mean E) / sqrt(mean V), (D,); NaN outside the table."""
    mean, variance = tables.im_pesaran_shin((T - lags - 1).ravel(), lags.ravel(), kind)
    mean, variance = mean.reshape(t.shape), variance.reshape(t.shape)
    return np.sqrt(t.shape[1]) * (t - mean).mean(axis=1) / np.sqrt(variance.mean(axis=1))


def _levin_lin_chu(y: np.ndarray, fit: AdfFit, shape: tuple[int, int], request: _Request) -> np.ndarray:
    """Adjusted t statistic of each of D panels, (D,)."""
    (D, N), T, kind = shape, y.shape[1], request.deterministics
    own = fit.ssr / (T - fit.lags - 1)
    change = np.diff(y, axis=1)
    if kind != "none":
        change = change - change.mean(axis=1, keepdims=True)
    if kind == "trend":
        clock = np.arange(T - 1) - (T - 2) / 2
        change = change - (change @ clock / (clock @ clock))[:, None] * clock
    ratio = np.sqrt(long_run_variance(change, request.bandwidth) / own).reshape(D, N).mean(axis=1)
    # the pooled regression of normalised dy on normalised y_{t-1}, both cleared of the other regressors of the unit
    product = (fit.products / own).reshape(D, N).sum(axis=1)
    square = (fit.squares / own).reshape(D, N).sum(axis=1)
    total = ((fit.ssr + fit.products**2 / fit.squares) / own).reshape(D, N).sum(axis=1)
    delta = product / square
    periods = T - fit.lags.reshape(D, N).mean(axis=1) - 1
    s2 = (total - delta * product) / (N * periods)
    error = np.sqrt(s2 / square)
    adjustment = np.array([tables.levin_lin_chu(p, kind) for p in periods])
    return (delta / error - N * periods * ratio / s2 * error * adjustment[:, 0]) / adjustment[:, 1]


def _fisher(t: np.ndarray, kind: str) -> dict[str, np.ndarray]:
    """Maddala and Wu's P, and Choi's modified P, inverse normal Z and logit L* of t statistics (D, N), each (D,)."""
    p = _mackinnon(t, kind)
    N = t.shape[1]
    logs = -2 * np.log(p).sum(axis=1)
    scale = 3 * (5 * N + 4) / (np.pi**2 * N * (5 * N + 2))
    return {
        "Fisher P": logs,
        "Fisher modified P": (logs - 2 * N) / (2 * np.sqrt(N)),
        "Fisher inverse normal Z": special.ndtri(p).sum(axis=1) / np.sqrt(N),
        "Fisher logit L*": np.sqrt(scale) * np.log(p / (1 - p)).sum(axis=1),
    }


def _mackinnon(t: np.ndarray, kind: str) -> np.ndarray:
    """Asymptotic p-values of Dickey-Fuller t statistics by MacKinnon's (1994) polynomials, kept off 0 and 1."""
    from statsmodels.tsa.adfvalues import mackinnonp

    inside = np.minimum(t.ravel(), _LARGEST[kind])
    found = np.array([mackinnonp(float(value), regression=_CODES[kind]) for value in inside]).reshape(t.shape)
    return np.clip(found, 1e-16, 1 - 1e-16)


def _published(name: str, value: float, fit: AdfFit, shape: tuple[int, int], request: _Request) -> TestResult:
    """The panel statistic beside its asymptotic distribution or table."""
    N, T = shape
    periods = float(T - fit.lags.mean() - 1)
    if name == "CIPS":
        return _from_table(value, N, T - int(fit.lags[0]) - 1, request)
    if name == "Fisher P":
        return TestResult.chi2(name, NULL, value, 2 * N)
    if name == "Fisher modified P":
        return TestResult(name, NULL, value, (), float(special.ndtr(-value)))
    if name == "Fisher logit L*":
        df = 5 * N + 4
        return TestResult(name, NULL, value, (df,), float(special.stdtr(df, value)), law=f"t({df})")
    if name == "LLC adjusted t" and periods < tables.LLC_PERIODS[0]:
        return TestResult.not_applicable(name, NULL, SHORT.format(first=tables.LLC_PERIODS[0], periods=periods))
    if name == "IPS W-t-bar" and not np.isfinite(value):
        shortest = float(np.min(T - fit.lags - 1))
        return TestResult.not_applicable(name, NULL, SHORT.format(first=tables.IPS_PERIODS[0], periods=shortest))
    return TestResult(name, NULL, value, (), float(special.ndtr(value)))


def _from_table(value: float, N: int, periods: int, request: _Request) -> TestResult:
    """CIPS beside its critical values: the p-value is interpolated between 1 and 10 %, and cut off there."""
    if periods < tables.CIPS_SIZES[0]:
        return TestResult.not_applicable("CIPS", NULL, SHORT.format(first=tables.CIPS_SIZES[0], periods=periods))
    critical = tables.cips(N, periods, request.deterministics, truncated=request.truncated)
    p = float(np.interp(value, critical, tables.CIPS_LEVELS))
    reason = "p-value below 0.01" if value < critical[0] else "p-value above 0.10" if value > critical[-1] else ""
    return TestResult("CIPS", NULL, value, (), p, reason, law="Pesaran (2007)")


def _simulated(shape: tuple[int, int], request: _Request, draws: int, seed: int | None) -> dict[str, np.ndarray]:
    """Statistics of panels of independent Gaussian random walks, (draws,) each."""
    rng = np.random.default_rng(seed)
    found: list[dict[str, np.ndarray]] = []
    for start in range(0, draws, BATCH):
        walks = np.cumsum(rng.standard_normal((min(BATCH, draws - start), *shape)), axis=2)
        found.append(_statistics(walks, request)[0])
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def _by_simulation(name: str, value: float, drawn: np.ndarray) -> TestResult:
    """The panel statistic beside its simulated distribution."""
    beyond = drawn >= value if name in ("Fisher P", "Fisher modified P") else drawn <= value
    p = float((1 + beyond.sum()) / (1 + len(drawn)))
    return TestResult(name, NULL, value, (), p, law=f"simulated ({len(drawn)})")


def _by_unit(panel: Panel, fit: AdfFit, request: _Request) -> pd.DataFrame:
    frame = pd.DataFrame({"t": fit.t, "lags": fit.lags}, index=pd.Index(panel.units, name=panel.unit))
    if request.test.startswith("fisher"):
        frame["p_value"] = _mackinnon(fit.t, request.deterministics)
    return frame
