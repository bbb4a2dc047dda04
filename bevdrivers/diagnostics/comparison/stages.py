"""Do coefficients and impacts differ between two stages of a panel?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import InputError, OptionError
from ...models import FitResult
from ...models.interface import COMPONENTS, by_least_squares, check_request, cross_covariance, impacts_jacobian
from ...options import whole_number
from ...results import TestGroup, TestResult, tidy_frame

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights


@dataclass(frozen=True, eq=False, repr=False)
class StageComparison:
    """Two stages of a panel, estimated apart and compared.

    Attributes
    ----------
    stages : tuple of str
        "2011-2014", "2015-2020".
    fits : tuple of FitResult
    tests : TestGroup
        Equality of all coefficients, of the regressors' ones, of each spatial parameter, and of the direct, indirect
        and total impacts; Chow's F for least squares with the classical covariance.
    differences : DataFrame with columns `TIDY_COLUMNS`
        Second stage minus first: component "coefficient", "direct", "indirect" or "total".
    """

    stages: tuple[str, str]
    fits: tuple[FitResult, FitResult]
    tests: TestGroup
    differences: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The differences."""
        return self.differences.copy()

    def glance(self) -> pd.DataFrame:
        """One row: the stages, and the joint test of all coefficients."""
        test = self.tests.tests[0]
        row = {"stages": " | ".join(self.stages), "statistic": test.statistic, "distribution": test.distribution}
        described = self.fits[0].described
        kept = {name: described[name] for name in ("model", "fixed_effects", "correction", "cov_type", "weights")}
        return pd.DataFrame([{**row, "p_value": test.p_value, **kept}])

    def __repr__(self) -> str:
        return str(self.tests)


def compare_stages(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | None = None,
    *,
    split: int,
    x_weights: SpatialWeights | None = None,
    error_weights: SpatialWeights | None = None,
) -> StageComparison:
    """Wald tests that coefficients and impacts are the same before and from a year on.

    Parameters
    ----------
    model : Estimator
        Fitted to each stage on its own: everything may differ, the fixed effects and the variance too.
    panel : Panel
    weights, x_weights, error_weights : SpatialWeights, optional
        As in `fit`.
    split : int
        The first period of the second stage.

    Returns
    -------
    StageComparison

    Raises
    ------
    InputError
        A stage would have fewer than two periods.
    OptionError
        Random effects, autocorrelated errors, a Driscoll-Kraay covariance, or clusters with GMM.

    Notes
    -----
    The Wald statistic is d'V^-1 d with d the difference and V = V1 + V2 - C - C'. The stages share no period, so that
    C = 0 under every covariance that takes periods as independent; with ``cov_type="clustered"`` C is made of the sums
    of a unit's scores in the two stages, which is what keeps the size of the test where the errors of a unit are
    correlated over time. A `lag()` in the formula takes its first periods from each stage.

    The statistic is chi-squared, or F for least squares. Chow's F, for the classical covariance, takes the variance as
    equal in both stages, and is exact then.

    References
    ----------
    Chow (1960), doi:10.2307/1910133. Andrews and Fair (1988), doi:10.2307/2297408, for Wald tests of structural change.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)")
    >>> bd.compare_stages(model, panel, queen, split=2016).stages
    ('2011-2015', '2016-2020')
    """
    fits = fit_stages(model, panel, split, weights, x_weights=x_weights, error_weights=error_weights)
    first, second = fits
    if first.terms != second.terms:
        odd = sorted(set(first.terms) ^ set(second.terms))
        raise InputError("formula", expected="the same terms in both stages", got=f"only in one: {odd}")
    C = cross_covariance(first, second)
    tests, coefficients = _coefficient_tests(fits, C)
    more, impacts = _impact_tests(fits, C)
    differences = pd.concat([coefficients, *impacts], ignore_index=True)
    chow = [_chow(model, panel, fits)] if _is_classical(first) else []
    names = tuple(_label(fit) for fit in fits)
    group = TestGroup(f"Equality between {names[0]} and {names[1]}", (*tests, *more, *chow))
    return StageComparison(names, fits, group, differences)  # type: ignore[arg-type]


def fit_stages(
    model: Estimator, panel: Panel, split: int, *weights: SpatialWeights | None, **more: SpatialWeights | None
) -> tuple[FitResult, FitResult]:
    """The model fitted before `split` and from it on; an error that a stage causes says which."""
    check_request(model)
    fits = []
    for part in parts(panel, split):
        try:
            fits.append(model.fit(part, *weights, **more))
        except InputError as error:
            where = f"{error.expected} in the stage {part.periods[0]}-{part.periods[-1]}"
            raise type(error)(error.argument, expected=where, got=error.got, remedy=error.remedy) from error
    return fits[0], fits[1]


def parts(panel: Panel, split: int) -> tuple[Panel, Panel]:
    """The panel before `split` and from it on, two periods and more each."""
    whole_number("split", split)
    early = [period for period in panel.periods if period < split]
    late = [period for period in panel.periods if period >= split]
    if min(len(early), len(late)) < 2:
        raise InputError(
            "split",
            expected=f"a period that leaves two and more on both sides, of {panel.periods[2:-1]}",
            got=repr(split),
        )
    return panel.select(periods=early), panel.select(periods=late)


def _label(fit: FitResult) -> str:
    periods = fit.sample.design.periods
    return f"{periods[0]}-{periods[-1]}"


def _is_classical(fit: FitResult) -> bool:
    plain = by_least_squares(fit)
    return plain and fit.estimator.cov_type == "classical"


def difference(fits: Any, C: np.ndarray) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Second estimates less first, their covariance, and degrees of freedom of t."""
    first, second = fits
    V = first.covariance + second.covariance - C - C.T
    df = None if first.df_resid is None else first.df_resid + second.df_resid
    return second.estimate.values - first.estimate.values, V, df


def _coefficient_tests(fits: Any, C: np.ndarray) -> tuple[list[TestResult], pd.DataFrame]:
    d, V, df = difference(fits, C)
    terms = fits[0].terms
    K = len(terms) - len(fits[0].estimate.spatial)
    tests = [TestResult.wald("All coefficients", "equal in both stages", d, V, df)]
    if fits[0].estimate.spatial:
        tests.append(TestResult.wald("Regressors", "beta and theta equal in both stages", d[:K], V[:K, :K], df))
        for place in range(K, len(terms)):
            one = slice(place, place + 1)
            tests.append(TestResult.wald(terms[place], f"{terms[place]} equal in both stages", d[one], V[one, one], df))
    errors = np.sqrt(np.diag(V))
    return tests, tidy_frame(terms, ["coefficient"] * len(terms), d, errors, df=df)


def _impact_tests(fits: Any, C: np.ndarray) -> tuple[list[TestResult], list[pd.DataFrame]]:
    """Wald tests of the direct, indirect and total impacts by the delta method, and their differences."""
    first, second = fits
    try:
        (a, G), (b, H) = impacts_jacobian(first), impacts_jacobian(second)
    except OptionError as error:
        return [TestResult.not_applicable("Impacts", "equal in both stages", error.got)], []
    df = None if first.df_resid is None else first.df_resid + second.df_resid
    tests, frames = [], []
    for name, d, J, L in zip(COMPONENTS, b - a, G, H, strict=True):
        V = J @ first.covariance @ J.T + L @ second.covariance @ L.T
        V = V - J @ C @ L.T - L @ C.T @ J.T
        null = f"{name} impacts equal in both stages"
        if np.any(np.diag(V) <= 0):
            tests.append(TestResult.not_applicable(name.capitalize() + " impacts", null, "the model fixes them"))
            continue
        tests.append(TestResult.wald(name.capitalize() + " impacts", null, d, V, df))
        terms = first.impacts().terms
        frames.append(tidy_frame(terms, [name] * len(terms), d, np.sqrt(np.diag(V)), df=df))
    return tests, frames


def _chow(model: Estimator, panel: Panel, fits: Any) -> TestResult:
    """Chow's F test: common slopes, fixed effects by stage, against slopes by stage."""
    K = len(fits[0].terms)
    stacked = np.concatenate([fit.sample.columns.reshape(-1, K + 1) for fit in fits])
    left = stacked[:, K] - stacked[:, :K] @ np.linalg.lstsq(stacked[:, :K], stacked[:, K], rcond=None)[0]
    ssr = sum(float(np.sum(fit.estimate.residuals**2)) for fit in fits)
    df = sum(fit.df_resid for fit in fits)
    statistic = (float(left @ left) - ssr) / K / (ssr / df)
    return TestResult.f("Chow", "equal in both stages, with one variance", statistic, (K, df))
