"""Joint inference of a specification curve (Simonsohn, Simmons and Nelson 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..display import Plotted
from ..errors import EstimationError, InputError, OptionError
from ..numerics.streams import stream
from ..options import SignsBy, check_option
from ..results import TestGroup, TestResult, Text, critical_value
from ..simulation.replication import check_replications
from .null_draws import Drawn, NullWork, Signs
from .result import GridResult
from .workers import checked_jobs, in_processes

# The names of the four statistics; see `statistics_of`.
MEDIAN, SIGN, SIGNIFICANT, AVERAGE_Z = (
    "Median effect",
    "Share of one sign",
    "Share significant",
    "Average z",
)
TESTED = ("main", "wx", "direct", "indirect", "total")


@dataclass(frozen=True, eq=False, repr=False)
class CurveTest(Plotted):
    """What all specifications of a grid say together about one effect, against what they would say
    if there were none.

    Attributes
    ----------
    term, component : str
        The effect that is tested.
    level : float
        Coverage of the intervals that call an estimate significant.
    by : {"unit", "cell"}
        What shares a random sign.
    seed : int or None
    observed : DataFrame
        A row a specification in the test, by its number: estimate, std_error, df_resid.
    estimates, errors : arrays of shape (R, S)
        Estimates and standard errors under the null: R draws of S specifications, in the order of
        `observed`. NaN in draws that could not be fitted.
    left_out : dict of int to str
        Fitted specifications that are not in the test, and why.
    described : DataFrame, one row
        Of the grid.
    """

    _figure = "curve_test_plot"

    term: str
    component: str
    level: float
    by: str
    seed: int | None
    observed: pd.DataFrame
    estimates: np.ndarray
    errors: np.ndarray
    left_out: dict[int, str]
    described: pd.DataFrame

    @property
    def draws(self) -> int:
        """Draws under the null."""
        return len(self.estimates)

    @property
    def failed(self) -> int:
        """Fits, of draws times specifications, that have no estimate or no standard error."""
        return int((~np.isfinite(self.estimates + self.errors)).sum())

    @cached_property
    def _critical(self) -> np.ndarray:
        """What |z| of each specification has to exceed, (S,)."""
        df = self.observed["df_resid"].to_numpy(float)
        normal = np.isnan(df)
        values: np.ndarray = critical_value(self.level, np.where(normal, 1.0, df))
        values[normal] = critical_value(self.level)
        return values

    @cached_property
    def statistics(self) -> pd.DataFrame:
        """The four statistics: a row for the data, then one a draw, (1 + R, 4)."""
        own = self.observed[["estimate", "std_error"]].to_numpy(float)
        estimates = np.vstack([own[:, 0], self.estimates])
        errors = np.vstack([own[:, 1], self.errors])
        return statistics_of(estimates, errors, self._critical)

    @cached_property
    def tests(self) -> TestGroup:
        """The four tests, for `tests_table`."""
        title = (
            f"Joint tests of {len(self.observed)} specifications: {self.component} effect of "
            f"{self.term}"
        )
        null = f"{self.term} has no effect"
        tests = [self._test(name, null) for name in self.statistics.columns]
        return TestGroup(title, tuple(tests))

    def _test(self, name: str, null: str) -> TestResult:
        """One statistic with its p-value (1 + #) / (1 + R): draws as far from zero as the data."""
        own, *drawn = self.statistics[name].to_numpy()
        # shares of few specifications are often equal, and equal up to rounding is as far
        as_far = np.abs(drawn) >= abs(own) * (1.0 - 1e-12)
        p_value = (1 + int(as_far.sum())) / (1 + self.draws)
        return TestResult(name, null, float(own), (), p_value, law=f"signs ({self.draws})")

    def tidy(self) -> pd.DataFrame:
        """One row a test in the layout of every tidy frame."""
        return self.tests.tidy()

    def glance(self) -> pd.DataFrame:
        """One row: the grid, the effect, and how it was tested."""
        facts = self.described.iloc[0]
        row = {
            "model": facts["model"],
            "outcome": facts["outcome"],
            "term": self.term,
            "component": self.component,
            "specifications": len(self.observed),
            "left_out": len(self.left_out),
            "draws": self.draws,
            "by": self.by,
            "failed": self.failed,
            "seed": self.seed,
            "level": self.level,
        }
        return pd.DataFrame([row])

    def band(self, level: float = 0.95) -> pd.DataFrame:
        """The curve and what it would be under the null, sorted from the lowest estimate.

        Returns
        -------
        DataFrame, a row a rank: `specification`, `estimate`, `conf_low` and `conf_high` of the
        data; `null_low`, `null_median` and `null_high`, quantiles of the draws' own estimates of
        that rank, each draw sorted by itself. A draw that has lost an estimate is left out.
        """
        tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
        critical_value(level)
        whole = np.isfinite(self.estimates).all(axis=1)
        ranked = np.sort(self.estimates[whole], axis=1)
        low, median, high = np.quantile(ranked, tails, axis=0)
        half = self._critical * self.observed["std_error"].to_numpy()
        frame = self.observed[["estimate"]].assign(
            conf_low=self.observed["estimate"] - half,
            conf_high=self.observed["estimate"] + half,
        )
        frame = frame.sort_values("estimate", kind="stable").reset_index()
        return frame.assign(null_low=low, null_median=median, null_high=high)

    def summary(self) -> Text:
        """The four tests, and what they rest on."""
        lines = [str(self.tests)]
        median = self.statistics.iloc[1:].median()
        lines.append(
            f"Without an effect: median of |median effect| {abs(self._drawn(MEDIAN)).median():.4g}, "
            f"share of one sign {median[SIGN]:.0%}, significant {median[SIGNIFICANT]:.0%}."
        )
        lines.append(
            f"{self.draws} draws under the null, signs by {self.by}, seed {self.seed}; "
            f"significant: the {self.level:.0%} interval excludes zero."
        )
        if self.failed:
            lines.append(f"{self.failed:,} fits to drawn outcomes have no estimate.")
        reasons = pd.Series(list(self.left_out.values()), dtype=object).value_counts()
        lines += [f"Left out, {count:,} times: {reason}" for reason, count in reasons.items()]
        return Text("\n".join(lines))

    def _drawn(self, name: str) -> pd.Series:
        """A statistic of the draws alone."""
        return self.statistics[name].iloc[1:]

    def __repr__(self) -> str:
        return str(self.summary())


def statistics_of(
    estimates: np.ndarray,
    errors: np.ndarray,
    critical: np.ndarray,
) -> pd.DataFrame:
    """Four statistics of curves.

    Parameters
    ----------
    estimates, errors : arrays of shape (R, S)
        R curves of S specifications.
    critical : array of shape (S,)
        What |estimate / error| has to exceed.

    Returns
    -------
    DataFrame of R rows
        The median estimate; the share of estimates that have the sign of most of them; the share
        that have that sign and are significant; the mean of z (Stouffer's statistic over the square
        root of S). What is NaN does not count.
    """
    z = estimates / errors
    known = np.isfinite(z)
    count = known.sum(axis=1)
    positive = ((estimates > 0) & known).sum(axis=1)
    negative = ((estimates < 0) & known).sum(axis=1)
    with np.errstate(invalid="ignore"):
        above = (z > critical).sum(axis=1)
        below = (z < -critical).sum(axis=1)
    of_most = np.where(positive > negative, above, below)
    # where both signs are as frequent, the larger share
    of_most = np.where(positive == negative, np.maximum(above, below), of_most)
    seen = np.maximum(count, 1)
    shown = np.where(known, estimates, np.nan)
    columns = {
        MEDIAN: np.nanmedian(shown, axis=1),
        SIGN: np.maximum(positive, negative) / seen,
        SIGNIFICANT: of_most / seen,
        AVERAGE_Z: np.where(known, z, 0.0).sum(axis=1) / seen,
    }
    return pd.DataFrame(columns)


def curve_test(
    result: GridResult,
    term: str | None = None,
    component: str = "total",
    *,
    draws: int = 999,
    by: SignsBy = "unit",
    level: float = 0.95,
    seed: int | None = None,
    n_jobs: int = 1,
) -> CurveTest:
    """Test all specifications of a grid together: could the curve look like this if the focal term
    had no effect?

    Under the null the coefficient of the term and that of its spatial lag are zero in every
    specification. Each is estimated under it; its residuals are multiplied by random signs, which
    all specifications share; regressors, fixed effects and W stay, and outcomes follow from the
    reduced form. All specifications are fitted to each draw.

    Parameters
    ----------
    result : GridResult
        What `run_grid` returned.
    term : str, optional
        A term of the focus; the first by default.
    component : {"total", "direct", "indirect", "main", "wx"}
        An impact, or the coefficient of the term ("main") or of its spatial lag ("wx").
    draws : int
        999 makes the levels of 5 % and 1 % exact.
    by : {"unit", "cell"}
        What shares a sign: all periods of a unit, against dependence over time, or nothing.
    level : float
        Coverage of the intervals that call an estimate significant.
    seed : int, optional
    n_jobs : int
        Processes that share the specifications; -1 for one a core. The result is the same.

    Returns
    -------
    CurveTest
        Median effect, share of one sign, share significant with that sign, average z: each with a
        two-sided p-value, (1 + number of draws as far from zero) / (1 + draws).

    Raises
    ------
    InputError
        Something else than the result of a grid.
    OptionError
        A term, component or option that there is not.
    EstimationError
        No specification can be drawn under the null.

    Notes
    -----
    Specifications with endogenous regressors, random effects or missing cells have no draws, and
    those whose model fixes the component have nothing to test: they are left out of the data's
    curve too, `CurveTest.left_out`.

    Each specification is drawn from its own null, as in the source, so that none of them is wrong
    in its own world: the test does not find out that a specification is biased because it leaves a
    confounder out. The source draws rows of the data with replacement; here the signs keep
    the units' places, on which W depends.

    References
    ----------
    Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis. Nature
    Human Behaviour 4, 1208-1214. doi:10.1038/s41562-020-0912-z. Signs: Cameron, Gelbach and Miller
    (2008), Rev. Econ. Statist. 90, 414-427, doi:10.1162/rest.90.3.414.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> grid = bd.SpecGrid(
    ...     bd.SpatialDurbin("log1p(bev_density) ~ log1p(inventions) + log(gdp_pc)"),
    ...     weights={"queen": bd.Queen(islands="nearest"), "4 nearest": bd.KNearest(4)},
    ...     models=[bd.SpatialLag],
    ...     controls=["tertiary_share"],
    ... )
    >>> result = bd.run_grid(grid, bd.load_panel())
    >>> test = bd.curve_test(result, "log1p(inventions)", draws=99, seed=1)
    >>> len(test.tests)
    4
    """
    _check_request(result, component, by)
    check_replications(draws)
    n_jobs = checked_jobs(n_jobs)
    critical_value(level)
    curve = _curve_of(result, term, component)
    checked = result.checked
    focal = checked.choices.focus[0] if term is None else term
    signs = Signs(checked.panel, by, draws, stream(seed, "curve test"))
    work = NullWork(checked.choices, checked.panel, signs, focal, component)
    movable = set(curve.index[curve["std_error"] > 0])
    tasks = [one for one in checked.to_fit if one.number in movable]
    drawn = in_processes(work, NullWork.draw_all, tasks, n_jobs)
    left_out = {
        number: "The model fixes this component: there is nothing to test."
        for number in curve.index
        if number not in movable
    }
    kept = []
    for one in drawn:
        reason = one.reason or _mostly_failed(one)
        if reason:
            left_out[one.number] = reason
        else:
            kept.append(one)
    if not kept:
        raise EstimationError(
            "No specification can be drawn under the null: " + next(iter(left_out.values()), "")
        )
    return CurveTest(
        term=focal,
        component=component,
        level=level,
        by=by,
        seed=seed,
        observed=curve.loc[[one.number for one in kept]],
        estimates=np.stack([one.estimates for one in kept], axis=1),
        errors=np.stack([one.errors for one in kept], axis=1),
        left_out=dict(sorted(left_out.items())),
        described=result.glance(),
    )


def _mostly_failed(one: Drawn) -> str:
    """Why a specification with few draws is left out; empty where most of them were fitted."""
    failed = float(np.mean(~np.isfinite(one.estimates + one.errors)))
    return "More than half of its draws cannot be fitted." if failed > 0.5 else ""


def _check_request(
    result: Any,
    component: Any,
    by: Any,
) -> None:
    if not isinstance(result, GridResult):
        raise InputError(
            "result",
            expected="what run_grid returns",
            got=type(result).__name__,
            remedy="Write bd.curve_test(bd.run_grid(grid, panel)).",
        )
    check_option("by", by, SignsBy)
    if component not in TESTED:
        raise OptionError(
            "component",
            expected=f"one of {list(TESTED)}",
            got=repr(component),
            remedy='Write component="total" for the sum of direct and indirect impact.',
        )


def _curve_of(
    result: GridResult,
    term: str | None,
    component: str,
) -> pd.DataFrame:
    """Estimate, standard error and degrees of freedom of every fit that has the component, by its
    number.
    """
    numbers = result.curve(term, component).index
    rows = result.rows
    focal = result.checked.choices.focus[0] if term is None else term
    chosen = rows[(rows["term"] == focal) & (rows["component"] == component)]
    frame = chosen.set_index("specification")[["estimate", "std_error", "df_resid"]]
    return frame.loc[numbers]
