"""`sensitivity`: how strong a driver that was left out would have to be to take an estimate to zero.

At given rho and lam the coefficients of every model here are those of a least-squares regression, of

    Q R (y - rho W y)  on  Q R Z,

with R = I - lam M and Q the projection off the fixed effects, and every short-run impact is a linear
combination c'b of them. A linear combination is the coefficient of one regressor D once the others
are written so that they do not move it. So the theory of omitted variables in least squares holds
for coefficients and impacts alike. What moves when a driver U is left out is

    (se sqrt(df)) sqrt(R2_yU R2_DU / (1 - R2_DU)),

with R2_DU the share of what the other regressors leave of D that U explains, and R2_yU the share of
what all regressors leave of the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...display import Plotted
from ...errors import InputError, OptionError, first_five, suggestion
from ...models.interface import (
    COMPONENTS,
    ImpactsAsked,
    changes_alone,
    check_fit,
    has_random_effects,
    impact_gradient,
    regular_only,
    residual_degrees,
    selector,
    spatial_least_squares,
)
from ...results import Text, critical_value, tidy_frame

if TYPE_CHECKING:
    from ...models import FitResult

# how many times as strong as a benchmark the driver that was left out is taken to be
TIMES = (1.0, 2.0, 3.0)
STATISTICS = ("partial_r2", "robustness_value", "robustness_value_significant")


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Plotted):
    """How strong a driver that was left out would have to be to overturn the estimates of a term.

    Attributes
    ----------
    term : str
        The regressor that the question is about.
    frame : DataFrame, one row a component
        "main" and "wx" (the coefficients of the term and of its lag), "direct", "indirect" and
        "total" (its short-run impacts), as the model has them. Columns: ``estimate``;
        ``std_error``, ``statistic`` and ``df`` at given rho and lam; ``partial_r2``, the share of
        what the other regressors leave of the outcome that the term explains;
        ``robustness_value``, what share of both the outcome and the term a driver must explain to
        take the estimate to (1 - q) times itself; ``robustness_value_significant``, the same for
        an estimate that is no longer significant at ``1 - level``.
    benchmarks : DataFrame
        One row a component, benchmark and number of times: ``r2_term`` and ``r2_outcome`` of a
        driver as many times as strong as the benchmark, and the ``estimate``, ``std_error``,
        ``statistic``, ``conf_low`` and ``conf_high`` that are left at least. NaN where no such
        driver can exist.
    q : float
    level : float
    described : dict
        Of the fit.
    """

    _figure = "sensitivity_plot"

    term: str
    frame: pd.DataFrame
    benchmarks: pd.DataFrame
    q: float
    level: float
    described: dict[str, Any]

    def adjusted(
        self,
        r2_term: float,
        r2_outcome: float,
        component: str = "",
    ) -> pd.Series:
        """What is left of an estimate beside a driver of given strength.

        Parameters
        ----------
        r2_term : float
            Share of what the other regressors leave of the term that the driver explains, below
            one.
        r2_outcome : float
            Share of what all regressors leave of the outcome that it explains.
        component : str, optional
            A row of `frame`; the last by default.

        Returns
        -------
        Series: estimate, std_error, statistic, conf_low, conf_high

        Raises
        ------
        OptionError
            Shares outside their range, or a component that there is none of.
        """
        component = component or str(self.frame.index[-1])
        if component not in self.frame.index:
            raise OptionError(
                "component",
                expected=f"one of {list(self.frame.index)}",
                got=repr(component),
                remedy=suggestion(component, list(self.frame.index)),
            )
        _check_share("r2_term", r2_term, below_one=True)
        _check_share("r2_outcome", r2_outcome, below_one=False)
        row = dict(self.frame.loc[component])
        return pd.Series(_adjusted(row, r2_term, r2_outcome, self.level))

    def tidy(self) -> pd.DataFrame:
        """One row a component: columns `TIDY_COLUMNS`, then df, partial_r2, robustness_value and
        robustness_value_significant.
        """
        frame = self.frame
        df = float(frame["df"].iloc[0])
        estimates = tidy_frame(
            [self.term] * len(frame),
            list(frame.index),
            frame["estimate"].to_numpy(),
            frame["std_error"].to_numpy(),
            df=df,
            level=self.level,
        )
        others = frame[["df", *STATISTICS]].reset_index(drop=True)
        return pd.concat([estimates, others], axis=1)

    def glance(self) -> pd.DataFrame:
        """One row: the design, the term, and the robustness value of each component."""
        row = {
            **self.described,
            "term": self.term,
            "q": self.q,
            "level": self.level,
            "note": self.note,
        }
        for component, value in self.frame["robustness_value"].items():
            row[f"robustness_{component}"] = value
        return pd.DataFrame([row])

    @property
    def note(self) -> str:
        """One line for a table note, of the last component."""
        component = str(self.frame.index[-1])
        row = self.frame.loc[component]
        what = "coefficient" if component in ("main", "wx") else f"{component} impact"
        explained_away = (
            f"a driver left out would have to explain {row['robustness_value']:.1%} of what is left "
            f"of both {self.term} and the outcome to take the {what} to {_share_in_words(self.q)}"
        )
        significant = row["robustness_value_significant"]
        at = f"at {1 - self.level:.2g}"
        if significant == 0.0:
            return f"{explained_away}; it is not significant {at} as it stands"
        return f"{explained_away}, and {significant:.1%} to make it insignificant {at}"

    def summary(self) -> Text:
        """Estimates with their robustness values, and what benchmarks would leave of them."""
        d = self.described
        lines = [
            f"Sensitivity of {self.term} in {d['model']} of {d['outcome']} to a driver left out, "
            "at given rho and lam",
            self.frame.to_string(float_format="{:.4g}".format),
        ]
        if len(self.benchmarks):
            lines += [
                "Beside a driver as many times as strong as:",
                self.benchmarks.to_string(index=False, float_format="{:.4g}".format),
            ]
        note = self.note
        lines.append(note[0].upper() + note[1:] + ".")
        return Text("\n".join(lines))

    def __repr__(self) -> str:
        return f"Sensitivity: {self.note}"


def sensitivity(
    fit: FitResult,
    term: str,
    *,
    benchmarks: Sequence[str] = (),
    times: Sequence[float] = TIMES,
    q: float = 1.0,
    level: float = 0.95,
) -> Sensitivity:
    """How strong a driver that was left out would have to be to overturn what a fit says of a term.

    The robustness value of an estimate is the share of what is left of both the term and the
    outcome that such a driver would have to explain. A driver of which either share is smaller, and
    the other no larger, cannot overturn it. Several drivers left out count as the one combination of
    them that does most.

    Parameters
    ----------
    fit : FitResult
        Of a static model by least squares or maximum likelihood, with fixed effects or none.
    term : str
        A regressor by its label in `params`, without ``W_``.
    benchmarks : sequence of str
        Other regressors by their labels, each with its lag where it has one: the driver is taken to
        be as strong as they are.
    times : sequence of float
        As many times as strong, in both shares.
    q : float
        The share of the estimate that the driver would have to explain away: 1 for all of it, 0.5
        for half.
    level : float
        Of the intervals and of "significant".

    Returns
    -------
    Sensitivity

    Raises
    ------
    OptionError
        A model that is dynamic, has random effects or is estimated by moments; `q`, `level` or
        `times` that are not positive.
    InputError
        `term` or a benchmark is no regressor of the fit, or shares its variable with others.

    Notes
    -----
    rho and lam are held at their estimates, and so are the multipliers of the impacts; standard
    errors are those of least squares at these, with t quantiles. With the driver in the model rho
    moves, too: where neighbours share it, rho falls, and what is left of an indirect impact is
    smaller than said here. The driver may be lagged in space itself, as those of a Durbin model
    are: a driver and its lag count as one combination.

    For the impacts of a Durbin model the term D stands for x and W x in the proportions in which
    they enter the impact; it is what shares of "the term" are shares of, and benchmarks are
    compared by.

    References
    ----------
    Cinelli and Hazlett (2020), Making sense of sensitivity: extending omitted variable bias, J. Royal
    Statistical Society B 82, 39-67, doi:10.1111/rssb.12348.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + tertiary_share")
    >>> found = bd.sensitivity(model.fit(panel, queen), "tertiary_share", benchmarks=["log(gdp_pc)"])
    >>> list(found.frame.index)
    ['main', 'wx', 'direct', 'indirect', 'total']
    """
    check_fit(fit)
    regular_only(fit, "sensitivity()")
    _check_scope(fit)
    _check_positive("q", q)
    critical_value(level)  # refuses what is no level
    for number in times:
        _check_positive("times", number)
    known = _terms_alone(fit)
    _check_term("term", term, known)
    for name in benchmarks:
        _check_term("benchmarks", name, [other for other in known if other != term])

    regression = _Regression.of(fit)
    combinations = _combinations(fit, term)
    statistics = {name: regression.statistics(c, q, level) for name, c in combinations.items()}
    rows = []
    for component, c in combinations.items():
        for name in benchmarks:
            columns = [fit.terms.index(label) for label in _with_lag(fit, name)]
            strength = regression.strength(c, columns)
            for number in times:
                row = _beside(statistics[component], strength, number, level)
                rows.append(
                    {
                        "component": component,
                        "benchmark": name,
                        "times": number,
                        **row,
                    }
                )
    frame = pd.DataFrame(statistics).T
    return Sensitivity(term, frame, _benchmark_frame(rows), q, level, fit.described)


def _benchmark_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["component", "benchmark", "times", "r2_term", "r2_outcome"]
    columns += ["estimate", "std_error", "statistic", "conf_low", "conf_high"]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True, eq=False)
class _Regression:
    """The regression of Q R (y - rho W y) on Q R Z.

    Attributes
    ----------
    Z : array of shape (m, K)
    y : array of shape (m,)
        Both in the coordinates of a basis, which keeps lengths and products.
    inverse : array of shape (K, K)
        (Z'Z)^-1.
    b : array of shape (K,)
    df : int
        Observations less effects less regressors.
    """

    Z: np.ndarray
    y: np.ndarray
    inverse: np.ndarray
    b: np.ndarray
    df: int

    @classmethod
    def of(cls, fit: FitResult) -> _Regression:
        Z, y = spatial_least_squares(fit.sample, fit.rho, fit.lam)
        basis, factor = np.linalg.qr(Z)
        b = np.linalg.solve(factor, basis.T @ y)
        root = np.linalg.inv(factor)
        return cls(Z, y, root @ root.T, b, residual_degrees(fit.sample))

    def statistics(
        self,
        c: np.ndarray,
        q: float,
        level: float,
    ) -> dict[str, float]:
        """Estimate, standard error and robustness values of c'b."""
        e = self.y - self.Z @ self.b
        s2 = float(e @ e) / self.df
        estimate = float(c @ self.b)
        error = float(np.sqrt(s2 * (c @ self.inverse @ c)))
        t = estimate / error
        return {
            "estimate": estimate,
            "std_error": error,
            "statistic": t,
            "df": self.df,
            "partial_r2": t**2 / (t**2 + self.df),
            "robustness_value": robustness_value(t, self.df, q),
            "robustness_value_significant": robustness_value(t, self.df, q, level),
        }

    def strength(self, c: np.ndarray, benchmark: list[int]) -> tuple[float, float]:
        """What a group of regressors explains of D given the others, and of the outcome given D and
        the others, as shares of what these leave.

        D = Z a has the coefficient c'b when the other regressors are written as Z times
        combinations that c is orthogonal to.
        """
        K = len(c)
        a = c / (c @ c)
        D = self.Z @ a
        others = self.Z @ _null(c)
        kept = np.delete(np.eye(K), benchmark, axis=1)
        without = self.Z @ kept @ _null(c @ kept)
        of_term = _share_explained(D, without, others)
        with_term = np.column_stack([D, without])
        return of_term, _share_explained(self.y, with_term, self.Z)


def _null(c: np.ndarray) -> np.ndarray:
    """A basis of the vectors at right angles to c (k,), (k, k - 1)."""
    basis: np.ndarray = np.linalg.svd(c[None, :])[2][1:].T
    return basis


def _share_explained(
    y: np.ndarray,
    fewer: np.ndarray,
    more: np.ndarray,
) -> float:
    """The share of what fewer regressors leave of y that more regressors explain."""
    return 1.0 - _left(y, more) / _left(y, fewer)


def _left(y: np.ndarray, Z: np.ndarray) -> float:
    """Sum of squares that regressors leave of y."""
    if Z.shape[1] == 0:
        return float(y @ y)
    basis = np.linalg.qr(Z)[0]
    e = y - basis @ (basis.T @ y)
    return float(e @ e)


def robustness_value(
    t: float,
    df: int,
    q: float = 1.0,
    level: float | None = None,
) -> float:
    """The share of both term and outcome that takes a t statistic to (1 - q) of its estimate.

    Parameters
    ----------
    t : float
    df : int
        Residual degrees of freedom.
    q : float
        Share of the estimate that is explained away.
    level : float, optional
        The same for an estimate that is not significant at 1 - level.

    References
    ----------
    Cinelli and Hazlett (2020), section 4.2, doi:10.1111/rssb.12348.
    """
    f = q * abs(t) / np.sqrt(df)
    critical = 0.0
    if level is not None:
        critical = critical_value(level, df - 1) / np.sqrt(df - 1)
    gap = f - critical
    if gap <= 0.0:
        return 0.0
    equal = (np.sqrt(gap**4 + 4 * gap**2) - gap**2) / 2
    # a driver that is so strong also shrinks the standard error: then the share of the term alone
    # decides, that of the outcome being smaller
    if critical > 0.0 and f > 1.0 / critical:
        return float((f**2 - critical**2) / (1.0 + f**2))
    return float(equal)


def _adjusted(
    row: Mapping[Any, float],
    r2_term: float,
    r2_outcome: float,
    level: float,
) -> dict[str, float]:
    """Estimate, standard error and interval that are left at least."""
    df = float(row["df"])
    odds = r2_term / (1.0 - r2_term)
    bias = float(row["std_error"]) * np.sqrt(df * r2_outcome * odds)
    estimate = float(row["estimate"]) - np.sign(row["estimate"]) * bias
    shrunk = (1.0 - r2_outcome) / (1.0 - r2_term)
    error = float(row["std_error"]) * np.sqrt(shrunk * df / (df - 1.0))
    half = critical_value(level, df - 1.0) * error
    statistic = estimate / error if error > 0 else np.nan
    return {
        "estimate": estimate,
        "std_error": error,
        "statistic": statistic,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }


def _beside(
    row: Mapping[Any, float],
    strength: tuple[float, float],
    times: float,
    level: float,
) -> dict[str, float]:
    """What is left beside a driver as many times as strong as a benchmark: the largest share of the
    outcome that it can have.
    """
    of_term, of_outcome = strength
    odds = of_term / (1.0 - of_term)
    r2_term = times * odds
    taken = times * of_term
    if r2_term >= 1.0 or taken >= 1.0:
        return {"r2_term": np.nan, "r2_outcome": np.nan}
    # what the driver and the benchmark have in common once the term is held: it stands on both
    common = taken * odds / (1.0 - taken)
    if common >= 1.0:
        return {"r2_term": np.nan, "r2_outcome": np.nan}
    reach = (np.sqrt(times) + np.sqrt(common)) / np.sqrt(1.0 - common)
    r2_outcome = min(1.0, reach**2 * of_outcome / (1.0 - of_outcome))
    left = _adjusted(row, r2_term, r2_outcome, level)
    return {
        "r2_term": r2_term,
        "r2_outcome": r2_outcome,
        **left,
    }


def _combinations(fit: FitResult, term: str) -> dict[str, np.ndarray]:
    """What makes each estimate out of the K coefficients, by component."""
    sample = fit.sample
    K = sample.n_regressors
    own = np.eye(K)
    combinations = {"main": own[sample.names.index(term)]}
    if term in sample.lagged:
        combinations["wx"] = own[sample.names.index(f"W_{term}")]
    if sample.W is None and not sample.lagged:
        return combinations
    changes = changes_alone(fit.panel, sample.design)
    asked = ImpactsAsked(selector(sample, changes), "short")
    labels = [change.label for change in changes]
    gradient = impact_gradient(sample, asked, fit.terms, fit.values)
    by_component = gradient.reshape(len(COMPONENTS), len(labels), -1)
    for component, rows in zip(COMPONENTS, by_component, strict=True):
        c = rows[labels.index(term), :K]
        if c.any():
            combinations[component] = c
    return combinations


def _terms_alone(fit: FitResult) -> list[str]:
    """Regressors whose variable no other term has."""
    sample = fit.sample
    changes = changes_alone(fit.panel, sample.design)
    return [change.label for change in changes if change.label in sample.names]


def _with_lag(fit: FitResult, term: str) -> list[str]:
    """A regressor, and its lag where it has one."""
    lag = f"W_{term}"
    return [term, lag] if lag in fit.terms else [term]


def _check_scope(fit: FitResult) -> None:
    """Refuse fits whose coefficients are not those of least squares at given rho and lam."""
    request = fit.estimator
    if fit.method.by_moments or has_random_effects(fit.estimate):
        raise OptionError(
            "fit",
            expected="least squares or maximum likelihood, with fixed effects or none",
            got=fit.method.in_short,
            remedy="Fit with fixed effects and without random_effects, method or serial_errors.",
        )
    if request.dynamic is not None:
        raise OptionError(
            "fit",
            expected="a model that is not dynamic",
            got=f"dynamic={request.dynamic!r}",
            remedy="Fit with dynamic=None, perhaps with lag(x, 1) among the regressors.",
        )
    if request.correction == "elhorst":
        raise OptionError(
            "fit",
            expected="coefficients that are least squares at given rho",
            got="correction='elhorst', which moves them",
            remedy="Leave correction out.",
        )


def _check_term(
    argument: str,
    term: Any,
    known: list[str],
) -> None:
    if term in known:
        return
    raise InputError(
        argument,
        expected=f"a regressor whose variable stands in no other term, of {first_five(known)}",
        got=repr(term),
        remedy=suggestion(str(term), known),
    )


def _check_positive(name: str, value: Any) -> None:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if number and 0 < value < np.inf:
        return
    raise OptionError(
        name,
        expected="a positive number",
        got=repr(value),
        remedy=f"Leave {name} out, or give a number above zero.",
    )


def _check_share(
    name: str,
    value: Any,
    *,
    below_one: bool,
) -> None:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if number and (0 <= value < 1 or value == 1 and not below_one):
        return
    expected = "a share from 0 to below 1" if below_one else "a share from 0 to 1"
    raise OptionError(
        name,
        expected=expected,
        got=repr(value),
        remedy="Give a partial R2.",
    )


def _share_in_words(q: float) -> str:
    """What is left of an estimate of which q is explained away."""
    return "zero" if q == 1.0 else f"{1 - q:.0%} of itself"
