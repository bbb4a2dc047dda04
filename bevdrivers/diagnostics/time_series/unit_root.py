"""Panel unit root tests: Levin-Lin-Chu, Im-Pesaran-Shin, Fisher combinations of single tests,
Pesaran's CIPS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ...options import (
    Deterministics,
    LagRule,
    UnitRoot,
    check_flag,
    check_option,
    whole_number,
)
from ...panel.time_axis import TimeAxis
from ...results import TestGroup, TestResult
from . import published_moments as tables
from .dickey_fuller import AdfFit, least_periods
from .series_test import SeriesTest, check_varies_by_unit
from .unit_root_statistics import (
    UnitRootRequest,
    by_published_distribution,
    by_simulation,
    mackinnon_p,
    panel_statistics,
    simulated_statistics,
)

if TYPE_CHECKING:
    from ...panel import Panel

# tests with a long-run variance, and so with a bandwidth
WITH_BANDWIDTH = ("llc", "fisher-pp")


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
        "llc": one common root under the alternative (Levin, Lin and Chu 2002). "ips": own roots,
        some below one (Im, Pesaran and Shin 2003). "fisher-adf", "fisher-pp": p-values of each
        unit's Dickey-Fuller or Phillips-Perron test put together (Maddala and Wu 1999, Choi 2001).
        "cips": as "ips", with cross-section means in each regression (Pesaran 2007). The first four
        take the units as independent of each other; "cips" allows a common factor.
    deterministics : {"none", "constant", "trend"}
        "trend" includes the constant. "ips" needs one of the last two.
    lags : int or {"aic", "bic", "hall"}
        Lagged differences, the same for all units, or a rule by which each unit chooses its own;
        "cips" chooses one number for all (the rounded mean of the units' own), because its table
        has one. "fisher-pp" has none.
    max_lags : int, optional
        Most lags of a rule: 12 (T / 100)^(1/4), rounded down, or a third of T where that is less.
    bandwidth : int, optional
        Of the long-run variances of "llc", 3.21 T^(1/3), rounded, by default as in the paper, and
        of "fisher-pp", 4 (T / 100)^(2/9), rounded down.
    demean : bool
        Whether the cross-section mean of each period is taken out first, which removes a common
        factor that moves all units alike.
    truncated : bool
        Of "cips": extreme t statistics are cut off at Pesaran's bounds.
    draws : int
        0: p-values from the published asymptotic distributions and tables; where a table does not
        go down to the panel's T the test does not apply. Else from that many simulated panels of
        independent Gaussian random walks with the panel's own N and T and the same choice of lags:
        what a short panel needs, for which the tables do not go down far enough.
    seed : int, optional
        Of the draws.

    Returns
    -------
    SeriesTest

    Raises
    ------
    DataError
        The series are too short for the lags, have a gap in time, or do not vary in a unit.
    OptionError

    Notes
    -----
    t statistics have the variance over the residual degrees of freedom; that of "llc" is over the
    observations, as in the paper. The table of "llc" is entered at the effective number of periods
    T - mean lags - 1, as in the paper; R's plm enters it at T. With its own bandwidth "llc" rejects
    a true null far too often (45 % of panels with N = 31, T = 30 at 5 %), because long-run
    variances of demeaned differences come out too small. Take its p-value from draws. A
    ``bandwidth`` of 0 keeps the level, too, but leaves no power: under stationarity the long-run
    variance is to be small.

    References
    ----------
    Levin, Lin and Chu (2002), doi:10.1016/S0304-4076(01)00098-7. Im, Pesaran and Shin (2003),
    doi:10.1016/S0304-4076(03)00092-7. Maddala and Wu (1999), doi:10.1111/1468-0084.0610s1631. Choi
    (2001), doi:10.1016/S0261-5606(00)00048-6. Pesaran (2007), doi:10.1002/jae.951.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> test = bd.unit_root_test(bd.load_panel(2010, 2024, shares=False), "log(gdp_pc)", test="cips", lags=1)
    >>> test.tests["CIPS"].verdict
    'not rejected at 5%'
    """
    TimeAxis.of(panel.periods, panel.time).check_no_gap("panel")
    y = panel.evaluate(variable, "variable").T
    N, T = y.shape
    _check_options(
        test,
        deterministics,
        lags,
        max_lags,
        bandwidth,
        demean,
        truncated,
        draws,
    )
    request = UnitRootRequest(
        test,
        deterministics,
        lags=_lags_or_rule(test, lags),
        most_lags=_most_lags(T, test, deterministics, lags, max_lags),
        bandwidth=usual_bandwidth(T, test) if bandwidth is None else int(bandwidth),
        truncated=truncated,
        demean=demean,
    )
    check_varies_by_unit(panel, variable, y)
    # series that are explained exactly have no statistics: they are named next
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics, fit = panel_statistics(y[None], request)
    _check_estimated(panel, variable, fit)
    tests = _tests(statistics, fit, (N, T), request, draws, seed)
    described = {
        "variable": variable,
        "test": test,
        "deterministics": deterministics,
        "lags": lags,
        "mean_lags": float(fit.lags.mean()) if test != "fisher-pp" else request.bandwidth,
        "demeaned": demean,
        "n_units": N,
        "n_periods": T,
        "draws": draws,
        "seed": seed,
    }
    title = f"{test.upper()} test of {variable} (deterministic terms: {deterministics})"
    return SeriesTest(
        TestGroup(title, tuple(tests)),
        _by_unit(panel, fit, request),
        _critical_values(tests[0], (N, T), fit, request),
        described,
    )


def _check_options(
    test: str,
    deterministics: str,
    lags: Any,
    max_lags: int | None,
    bandwidth: int | None,
    demean: bool,
    truncated: bool,
    draws: int,
) -> None:
    """Refuse values out of range, and options that the test does not have."""
    check_option("test", test, UnitRoot)
    check_option("deterministics", deterministics, Deterministics)
    check_flag("demean", demean)
    check_flag("truncated", truncated)
    if not isinstance(lags, (int, np.integer)) or isinstance(lags, bool):
        check_option("lags", lags, LagRule)
    numbers = {
        "lags": lags,
        "max_lags": max_lags,
        "bandwidth": bandwidth,
        "draws": draws,
    }
    for name, value in numbers.items():
        if value is not None and not isinstance(value, str):
            whole_number(name, value)
    if max_lags is not None and not isinstance(lags, str):
        raise OptionError(
            "max_lags",
            expected="None where lags is a number",
            got=f"{max_lags} with lags={lags}",
            remedy=(
                "Leave max_lags out, or choose a rule such as lags='aic', which searches up to "
                "max_lags."
            ),
        )
    if test == "fisher-pp" and (max_lags is not None or not isinstance(lags, str)):
        raise OptionError(
            "lags",
            expected="neither lags nor max_lags with test='fisher-pp', which has bandwidth",
            got=f"lags={lags!r}, max_lags={max_lags!r}",
            remedy="Leave lags and max_lags out, and set bandwidth in their place.",
        )
    _check_options_of_the_test(test, deterministics, bandwidth, demean, truncated)


def _check_options_of_the_test(
    test: str,
    deterministics: str,
    bandwidth: int | None,
    demean: bool,
    truncated: bool,
) -> None:
    if test == "ips" and deterministics == "none":
        raise OptionError(
            "deterministics",
            expected="'constant' or 'trend' for IPS",
            got="'none'",
            remedy="Use 'constant', or test='llc', which knows 'none' as well.",
        )
    if truncated and test != "cips":
        raise OptionError(
            "truncated",
            expected="False, or test='cips'",
            got=f"True with test={test!r}",
            remedy="Leave truncated out, or choose test='cips'.",
        )
    if demean and test == "cips":
        raise OptionError(
            "demean",
            expected="False with test='cips', which has the means in each regression",
            got="True",
            remedy="Leave demean out, or choose another test.",
        )
    if bandwidth is not None and test not in WITH_BANDWIDTH:
        raise OptionError(
            "bandwidth",
            expected="None, or test='llc' or 'fisher-pp'",
            got=f"{bandwidth} with {test!r}",
            remedy="Leave bandwidth out; the other tests take lags.",
        )


def usual_bandwidth(T: int, test: str) -> int:
    """Lags in the long-run variances of T periods, of "llc" as in the paper."""
    if test == "llc":
        bandwidth: int = round(3.21 * T ** (1 / 3))
        return bandwidth
    return int(4 * (T / 100) ** (2 / 9))


def _lags_or_rule(test: str, lags: Any) -> int | str:
    """Phillips-Perron regressions have no lags, whatever the default rule says."""
    if test == "fisher-pp":
        return 0
    return lags if isinstance(lags, str) else int(lags)


def _most_lags(
    T: int,
    test: str,
    deterministics: str,
    lags: Any,
    max_lags: int | None,
) -> int:
    """Most lags of a rule, or the lags themselves; an error where T periods do not allow them."""
    if test == "fisher-pp":
        return 0

    def needed(p: int) -> int:
        # CIPS holds the level and the p + 1 differences of the cross-section mean beside the unit's
        # own
        return least_periods(p, deterministics, p + 2 if test == "cips" else 0)

    if isinstance(lags, str) and max_lags is None:
        usual = min(int(12 * (T / 100) ** 0.25), T // 3)
        able = [p for p in range(usual + 1) if needed(p) <= T]
        return max(able, default=0)
    most = int(max_lags or 0) if isinstance(lags, str) else int(lags)
    if needed(most) > T:
        raise DataError(
            "panel",
            expected=f"at least {needed(most)} periods for {most} lags",
            got=f"{T}",
            remedy="Use fewer lags, fewer deterministic terms or a longer panel.",
        )
    return most


def _check_estimated(
    panel: Panel,
    variable: str,
    fit: AdfFit,
) -> None:
    """Refuse series that deterministic terms, lags or the cross-section means explain exactly."""
    exact = np.flatnonzero(~np.isfinite(fit.t))
    if not len(exact):
        return
    raise DataError(
        variable,
        expected=(
            "series that deterministic terms, lags and means of all units do not explain exactly"
        ),
        got=f"{len(exact)} that they do: {first_five([panel.units[i] for i in exact])}",
        remedy="Leave these units out, panel.drop_units(...), or use fewer lags or deterministics.",
    )


def _tests(
    statistics: dict[str, np.ndarray],
    fit: AdfFit,
    shape: tuple[int, int],
    request: UnitRootRequest,
    draws: int,
    seed: int | None,
) -> list[TestResult]:
    """The panel statistics with p-values, simulated where there are draws, else published."""
    # t-bar of IPS has no table beyond lags of 0, W-t-bar no simulated distribution where its table
    # ends
    left_out = "IPS W-t-bar" if draws else "IPS t-bar"
    observed = {name: float(values[0]) for name, values in statistics.items() if name != left_out}
    if not draws:
        published = []
        for name, value in observed.items():
            published.append(by_published_distribution(name, value, fit, shape, request))
        return published
    drawn = simulated_statistics(shape, request, draws, seed)
    return [by_simulation(name, value, drawn[name]) for name, value in observed.items()]


def _critical_values(
    test: TestResult,
    shape: tuple[int, int],
    fit: AdfFit,
    request: UnitRootRequest,
) -> pd.Series | None:
    """Critical values of CIPS where its p-value is from the table, by level; None for other
    tests.
    """
    if request.test != "cips" or not test.law.startswith("Pesaran"):
        return None
    N, T = shape
    values = tables.cips(
        N,
        T - int(fit.lags[0]) - 1,
        request.deterministics,
        truncated=request.truncated,
    )
    levels = pd.Index(tables.CIPS_LEVELS, name="level")
    return pd.Series(values, index=levels, name="critical_value")


def _by_unit(
    panel: Panel,
    fit: AdfFit,
    request: UnitRootRequest,
) -> pd.DataFrame:
    """t and lags of each unit, and its p-value where the test combines p-values."""
    units = pd.Index(panel.units, name=panel.unit)
    frame = pd.DataFrame({"t": fit.t, "lags": fit.lags}, index=units)
    if request.test.startswith("fisher"):
        frame["p_value"] = mackinnon_p(fit.t, request.deterministics)
    return frame
