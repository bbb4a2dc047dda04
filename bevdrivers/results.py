"""What every result offers: the tidy frame, the test object, and where a number came from."""

from __future__ import annotations

import hashlib
import platform
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol, overload, runtime_checkable

import numpy as np
import pandas as pd
from scipy import special

from .display import Shown, Text as Text
from .errors import OptionError

TIDY_COLUMNS = (
    "term",
    "component",
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "conf_low",
    "conf_high",
)

# What each class of models is called, in summaries and tables alike; X is a symbol.
MODEL_TITLES = {
    "NonSpatial": "Non-spatial",
    "SpatialLagX": "Spatial lag of X",
    "SpatialLag": "Spatial lag",
    "SpatialError": "Spatial error",
    "SpatialDurbin": "Spatial Durbin",
    "SpatialDurbinError": "Spatial Durbin error",
    "SpatialCombined": "Spatial lag and error",
    "GeneralNesting": "General nesting",
}

# columns of printed text
WIDTH = 110
# least eigenvalue of the correlations of estimates, below which it is rounding
SINGULAR = 1e-10


@runtime_checkable
class Result(Protocol):
    """A result: `tidy()` gives a long frame with `TIDY_COLUMNS`, `glance()` one row about the
    whole.
    """

    def tidy(self) -> pd.DataFrame: ...

    def glance(self) -> pd.DataFrame: ...


class ForMaketables:
    """The hooks by which the package maketables takes a result: from its two frames.

    Source: maketables' plug-in format, https://py-econometrics.github.io/maketables/
    """

    @property
    def __maketables_coef_table__(self: Result) -> pd.DataFrame:
        """By term: b, se, t, p and the 95 % interval; terms that occur in several components name
        theirs.
        """
        frame = self.tidy()
        repeated = frame["term"].duplicated(keep=False)
        terms = frame["term"].where(~repeated, frame["term"] + " (" + frame["component"] + ")")
        columns = frame[list(MAKETABLES_COLUMNS)].rename(columns=MAKETABLES_COLUMNS)
        return columns.set_axis(pd.Index(terms, name="Coefficient"), axis=0)

    def __maketables_stat__(self: Result, key: str) -> Any:
        """A statistic under maketables' name or that of `glance`; None where there is none."""
        facts = self.glance().iloc[0]
        value = facts.get(MAKETABLES_STATISTICS.get(key, key))
        return None if value is None or pd.isna(value) or value == "" else value

    @property
    def __maketables_depvar__(self: Result) -> str:
        return str(self.glance().iloc[0].get("outcome", ""))

    @property
    def __maketables_fixef_string__(self: Result) -> str | None:
        effects = {
            "two-way": "unit+time",
            "unit": "unit",
            "time": "time",
        }
        return effects.get(str(self.glance().iloc[0].get("fixed_effects", "")))

    @property
    def __maketables_vcov_info__(self: Result) -> dict[str, Any]:
        facts = self.glance().iloc[0]
        return {"vcov_type": facts.get("cov_type"), "clustervar": facts.get("cluster")}

    @property
    def __maketables_stat_labels__(self: Result) -> dict[str, str]:
        return {
            "weights": "W",
            "correction": "Correction",
            "n_units": "Units",
            "n_periods": "Periods",
        }

    @property
    def __maketables_default_stat_keys__(self: Result) -> list[str]:
        wanted = ("weights", "N", "r2_within", "ll", "aic", "bic")
        return [key for key in wanted if ForMaketables.__maketables_stat__(self, key) is not None]


MAKETABLES_COLUMNS = {
    "estimate": "b",
    "std_error": "se",
    "statistic": "t",
    "p_value": "p",
    "conf_low": "ci95l",
    "conf_high": "ci95u",
}
MAKETABLES_STATISTICS = {
    "N": "nobs",
    "ll": "loglik",
    "r2": "rsquared_inclusive",
    "r2_within": "rsquared_within",
    "r2_between": "rsquared_between",
}


def two_sided_p(statistic: np.ndarray, df: np.ndarray | float | None = None) -> np.ndarray:
    """Two-sided p-values of z statistics, or of t statistics when `df` is given; any shape."""
    size = np.abs(np.asarray(statistic, float))
    p: np.ndarray = 2.0 * special.ndtr(-size) if df is None else 2.0 * special.stdtr(df, -size)
    return p


@overload
def critical_value(level: float, df: float | None = None) -> float: ...
@overload
def critical_value(level: float, df: np.ndarray | float | None) -> Any: ...
def critical_value(level: float, df: np.ndarray | float | None = None) -> Any:
    """Half width of a two-sided interval of `level`, in standard errors (normal, or t with `df`, one
    number or several).
    """
    if not (isinstance(level, (int, float)) and 0.0 < level < 1.0):
        raise OptionError(
            "level",
            expected="a share between 0 and 1, such as 0.95",
            got=repr(level),
            remedy="Write 0.95 for 95 %.",
        )
    tail = 0.5 + level / 2.0
    if df is None:
        return float(special.ndtri(tail))
    critical = special.stdtrit(df, tail)
    return critical if isinstance(df, np.ndarray) else float(critical)


def tidy_frame(
    term: Sequence[str],
    component: Sequence[str],
    estimate: np.ndarray,
    std_error: np.ndarray,
    *,
    df: np.ndarray | float | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Long frame of estimates with z (or t) statistics, p-values and a symmetric interval.

    Parameters
    ----------
    term, component : sequence of str, length K
    estimate, std_error : array of shape (K,)
    df : float or array of shape (K,), optional
        Degrees of freedom of t, of all or of each; the normal distribution when absent.
    level : float
        Coverage of the interval.

    Returns
    -------
    DataFrame with columns `TIDY_COLUMNS`. A standard error of zero (a quantity that is fixed by the
    model) has no statistic.
    """
    estimate, std_error = np.asarray(estimate, float), np.asarray(std_error, float)
    statistic = np.divide(
        estimate, std_error, out=np.full(estimate.shape, np.nan), where=std_error > 0
    )
    half = critical_value(level, df) * std_error
    numbers = (
        estimate,
        std_error,
        statistic,
        two_sided_p(statistic, df),
        estimate - half,
        estimate + half,
    )
    # one block of numbers, then the texts: half the time of a frame from columns, which thousands
    # of fits a second feel
    frame = pd.DataFrame(np.stack(numbers, axis=1), columns=index_of(TIDY_COLUMNS[2:]))
    frame.insert(0, "component", index_of(tuple(component)))
    frame.insert(0, "term", index_of(tuple(term)))
    return frame


@lru_cache(maxsize=512)
def index_of(labels: tuple[str, ...]) -> pd.Index:
    """Labels as an index, which is never changed and so serves every fit that has them."""
    return pd.Index(list(labels))


def as_sentence(text: str) -> str:
    """A text that begins a sentence."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, eq=False)
class TestResult(Shown):
    """One hypothesis test.

    Attributes
    ----------
    name : str
        What the test is called in the literature.
    null : str
        The hypothesis under test, in words or symbols.
    statistic : float
        NaN where the test does not apply.
    df : tuple of float
        Degrees of freedom: ``(k,)`` for chi-squared, ``(k1, k2)`` for F, ``()`` for the normal
        distribution.
    p_value : float
    distribution : str
        For instance ``"chi2(4)"``.
    reason : str
        Why the test does not apply, or what to keep in mind; empty when there is nothing to say.
    level : float
        Level of the verdict.
    law : str
        What the p-value is from, where it is neither chi-squared, F nor normal: ``"t(159)"``,
        ``"bootstrap (199)"``.
    estimate : float
        What is tested, where it is a number beside its statistic: Moran's I, whose statistic is z.
    """

    __test__ = False  # the name begins with "Test": not a class of tests for pytest to collect

    name: str
    null: str
    statistic: float
    df: tuple[float, ...]
    p_value: float
    reason: str = ""
    level: float = 0.05
    law: str = ""
    estimate: float = np.nan

    def __eq__(self, other: object) -> bool:
        """Whether all attributes are equal; NaN is equal to NaN."""
        if not isinstance(other, TestResult):
            return NotImplemented
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        # NaN alone differs from itself
        return all(mine == its or (mine != mine and its != its) for mine, its in pairs)

    def __hash__(self) -> int:
        return hash((self.name, self.null, self.df, self.reason))

    @classmethod
    def chi2(
        cls,
        name: str,
        null: str,
        statistic: float,
        df: int,
        **more: Any,
    ) -> TestResult:
        """A test whose statistic is chi-squared with `df` degrees of freedom under the null."""
        return cls(
            name,
            null,
            float(statistic),
            (df,),
            float(special.chdtrc(df, max(statistic, 0.0))),
            **more,
        )

    @classmethod
    def f(
        cls,
        name: str,
        null: str,
        statistic: float,
        df: tuple[int, int],
        **more: Any,
    ) -> TestResult:
        """A test whose statistic is F with `df` degrees of freedom under the null."""
        return cls(
            name, null, float(statistic), df, float(special.fdtrc(*df, max(statistic, 0.0))), **more
        )

    @classmethod
    def normal(
        cls,
        name: str,
        null: str,
        statistic: float,
        **more: Any,
    ) -> TestResult:
        """A two-sided test whose statistic is standard normal under the null."""
        return cls(
            name, null, float(statistic), (), float(two_sided_p(np.array(statistic))), **more
        )

    @classmethod
    def wald(
        cls,
        name: str,
        null: str,
        gap: np.ndarray,
        variance: np.ndarray,
        df_resid: int | None = None,
        **more: Any,
    ) -> TestResult:
        """gap' variance^-1 gap of `gap` (Q,): chi-squared, or F where there are residual degrees of
        freedom.

        It does not apply where the estimated variance is singular, as with more restrictions than
        clusters.
        """
        q, size = len(gap), np.sqrt(np.diag(variance))
        if (
            not np.all(size > 0)
            or np.linalg.eigvalsh(variance / np.outer(size, size)).min() <= SINGULAR
        ):
            reason = (
                f"The covariance of the {q} restrictions is singular: fewer clusters than "
                "restrictions?"
            )
            return cls.not_applicable(name, null, reason)
        statistic = float(gap @ np.linalg.solve(variance, gap))
        if df_resid is None:
            return cls.chi2(name, null, statistic, q, **more)
        return cls.f(name, null, statistic / q, (q, df_resid), **more)

    @classmethod
    def not_applicable(
        cls,
        name: str,
        null: str,
        reason: str,
    ) -> TestResult:
        """A test that cannot be computed here, with the reason."""
        return cls(name, null, float("nan"), (), float("nan"), reason)

    @property
    def applies(self) -> bool:
        return bool(np.isfinite(self.statistic))

    @property
    def rejected(self) -> bool:
        """Whether the null is rejected at `level` (False when the test does not apply)."""
        return bool(self.p_value < self.level)

    @property
    def distribution(self) -> str:
        if not self.applies or self.law:
            return self.law if self.applies else ""
        kind = {
            0: "N(0,1)",
            1: "chi2",
            2: "F",
        }[len(self.df)]
        return kind + (f"({', '.join(f'{d:g}' for d in self.df)})" if self.df else "")

    @property
    def verdict(self) -> str:
        if not self.applies:
            return "does not apply"
        return f"{'rejected' if self.rejected else 'not rejected'} at {self.level:.0%}"

    def tidy(self) -> pd.DataFrame:
        """One row in the layout of every tidy frame; the statistic stands in `statistic`."""
        row = dict.fromkeys(TIDY_COLUMNS, np.nan) | {
            "term": self.name,
            "component": "test",
            "estimate": self.estimate,
            "statistic": self.statistic,
            "p_value": self.p_value,
        }
        return pd.DataFrame([row])

    def glance(self) -> pd.DataFrame:
        """One row: name, null, statistic, distribution, p-value, verdict, reason."""
        names = ("name", "null", "statistic", "distribution", "p_value", "verdict", "reason")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def _shown_frame(self) -> pd.DataFrame:
        return self.glance()

    def __str__(self) -> str:
        return self.lines()

    __repr__ = __str__

    def lines(self, indent: str = "") -> str:
        """The test in words, no wider than a page, `indent` before its first line and more before
        the others.
        """
        said = f"{self.name}: does not apply. {as_sentence(self.reason)}"
        if self.applies:
            said = f"{self._numbers}; H0 ({self.null}) {self.verdict}"
            said += f". {self.reason}" if self.reason else ""
        return textwrap.fill(said, WIDTH, initial_indent=indent, subsequent_indent=indent + "    ")

    @property
    def _numbers(self) -> str:
        """Each number under its name: a statistic is no value of the law that its p-value is
        from.
        """
        statistic = f"{self.distribution} = {self.statistic:.4g}"
        if self.law:
            statistic = f"{self.statistic:.4g}"
        named = f"{self.name}: {statistic}"
        if np.isfinite(self.estimate):
            named = f"{self.name} = {self.estimate:.4g}, z = {self.statistic:.4g}"
        source = f", {self.law}" if self.law else ""
        return f"{named}, p = {self.p_value:.4g}{source}"


def fingerprint(*arrays: np.ndarray) -> str:
    """SHA-256 of the values of float arrays, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for array in arrays:
        values = np.ascontiguousarray(array, dtype="<f8")
        digest.update(str(values.shape).encode() + values.tobytes())
    return digest.hexdigest()


def installed_versions() -> dict[str, str]:
    """Versions of Python, of this package and of those that its numbers depend on."""
    versions = {"python": platform.python_version()}
    for name in (
        "bevdrivers",
        "numpy",
        "scipy",
        "pandas",
        "formulaic",
        "libpysal",
        "geopandas",
        "linearmodels",
    ):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


@dataclass(frozen=True)
class Provenance:
    """Where a number came from: the request, the data and W by hash, the seed.

    Attributes
    ----------
    request : str
        The estimator, as it would be typed.
    data_sha256, weights_sha256 : str
        Hash of the design (outcome, then regressors) and of the normalised weights; empty without
        weights.
    seed : int or None
    versions : dict
        Package versions at the time of asking.
    """

    request: str
    data_sha256: str
    weights_sha256: str = ""
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=installed_versions)


@dataclass(frozen=True)
class TestGroup(Shown):
    """Several tests that belong together: iterable, and subscriptable by name.

    Attributes
    ----------
    title : str
    tests : tuple of TestResult
    """

    __test__ = False

    title: str
    tests: tuple[TestResult, ...]

    def __iter__(self) -> Iterator[TestResult]:
        return iter(self.tests)

    def __len__(self) -> int:
        return len(self.tests)

    def __getitem__(self, name: str) -> TestResult:
        for test in self.tests:
            if test.name == name:
                return test
        raise KeyError(f"no test {name!r}; there are {[test.name for test in self.tests]}")

    @property
    def frame(self) -> pd.DataFrame:
        """One row a test: name, null, statistic, distribution, p-value, verdict, reason."""
        return pd.concat([test.glance() for test in self.tests], ignore_index=True)

    def tidy(self) -> pd.DataFrame:
        """One row a test in the layout of every tidy frame."""
        return pd.concat([test.tidy() for test in self.tests], ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: title, number of tests, how many apply, how many are rejected."""
        counts = [
            sum(test.applies for test in self.tests),
            sum(test.rejected for test in self.tests),
        ]
        return pd.DataFrame(
            [
                {
                    "title": self.title,
                    "tests": len(self),
                    "apply": counts[0],
                    "rejected": counts[1],
                }
            ]
        )

    def _shown_frame(self) -> pd.DataFrame:
        return self.frame

    def __str__(self) -> str:
        return "\n".join(
            [textwrap.fill(self.title, WIDTH), *(test.lines("  ") for test in self.tests)]
        )

    __repr__ = __str__
