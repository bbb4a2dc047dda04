"""Do coefficients and impacts differ between two stages of a panel?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...display import Shown
from ...errors import InputError, OptionError, first_five
from ...models import FitResult
from ...models.interface import (
    COMPONENTS,
    by_least_squares,
    check_request,
    cross_covariance,
    impacts_jacobian,
    with_effects_of_whole,
)
from ...options import whole_number
from ...results import TestGroup, TestResult, tidy_frame
from ..fit_or_request import subject_with_three_weights

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights
    from ...weights.given import GivenWeights


EQUAL = "equal in both stages"
# the first stage and the second
StagePair = tuple[FitResult, FitResult]


@dataclass(frozen=True, eq=False, repr=False)
class StageComparison(Shown):
    """Two stages of a panel, estimated apart and compared.

    Attributes
    ----------
    stages : tuple of str
        "2011-2014", "2015-2020".
    fits : tuple of FitResult
    tests : TestGroup
        Equality of all coefficients, of the regressors' ones, of each spatial parameter, and of the
        direct, indirect and total impacts; Chow's F for least squares with the classical
        covariance.
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
        row = {
            "stages": " | ".join(self.stages),
            "statistic": test.statistic,
            "distribution": test.distribution,
            "p_value": test.p_value,
        }
        described = self.fits[0].described
        for name in (
            "model",
            "fixed_effects",
            "correction",
            "cov_type",
            "weights",
        ):
            row[name] = described[name]
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        return str(self.tests)


def compare_stages(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    split: int,
    x_weights: GivenWeights | None = None,
    error_weights: GivenWeights | None = None,
) -> StageComparison:
    """Wald tests that coefficients and impacts are the same before and from a year on.

    Parameters
    ----------
    model : Estimator or FitResult
        Fitted to each stage on its own: everything may differ, the fixed effects and the variance
        too. A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights, x_weights, error_weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
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
    The Wald statistic is d'V^-1 d with d the difference and V = V1 + V2 - C - C'. The stages share
    no period, so that C = 0 under every covariance that takes periods as independent; with
    ``cov_type="clustered"`` C is made of the sums of a unit's scores in the two stages, which is
    what keeps the size of the test where the errors of a unit are correlated over time. A `lag()`
    in the formula takes its first periods from each stage.

    Each stage measures ``center()``, ``scale()``, ``poly()`` and ``bs()`` by its own periods: the
    coefficient of ``scale(x)`` is per standard deviation of the stage. To compare in one measure,
    make columns first: ``panel.with_columns(z=panel.evaluate("scale(x)"))``.

    The statistic is chi-squared, or F for least squares. Chow's F, for the classical covariance,
    takes the variance as equal in both stages, and is exact then.

    References
    ----------
    Chow (1960), doi:10.2307/1910133. Andrews and Fair (1988), doi:10.2307/2297408, for Wald tests
    of structural change.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)")
    >>> bd.compare_stages(model, panel, queen, split=2016).stages
    ('2011-2015', '2016-2020')
    """
    model, panel, weights, x_weights, error_weights = subject_with_three_weights(
        model, panel, weights, x_weights, error_weights, what="compare_stages()"
    )
    pair = fit_stages(
        model,
        panel,
        split,
        weights,
        x_weights=x_weights,
        error_weights=error_weights,
    )
    first, second = pair
    if first.terms != second.terms:
        only_in_one = sorted(set(first.terms) ^ set(second.terms))
        expected = "the same terms in both stages"
        raise InputError(
            "formula",
            expected=expected,
            got=f"{first_five(only_in_one)} in one of them alone",
            remedy="Leave these terms out of the formula, or choose another split.",
        )
    C = cross_covariance(first, second)
    tests, coefficients = _coefficient_tests(pair, C)
    impact_tests, impacts = _impact_tests(pair, C)
    tests += impact_tests
    if _is_classical(first):
        tests.append(_chow(pair))
    stages = stage_label(first), stage_label(second)
    group = TestGroup(f"Equality between {stages[0]} and {stages[1]}", tuple(tests))
    differences = pd.concat([coefficients, *impacts], ignore_index=True)
    return StageComparison(stages, pair, group, differences)


def fit_stages(
    model: Estimator,
    panel: Panel,
    split: int,
    *weights: SpatialWeights | None,
    **named_weights: SpatialWeights | None,
) -> StagePair:
    """The model fitted before `split` and from it on; an error that a stage causes says which."""
    check_request(model)
    fits = []
    for part in split_panel(panel, split):
        try:
            request = with_effects_of_whole(model, part)
            fits.append(request.fit(part, *weights, **named_weights))
        except InputError as error:
            stage = f"{part.periods[0]}-{part.periods[-1]}"
            raise type(error)(
                error.argument,
                expected=f"{error.expected} in the stage {stage}",
                got=error.got,
                remedy=error.remedy,
            ) from error
    return fits[0], fits[1]


def split_panel(panel: Panel, split: int) -> tuple[Panel, Panel]:
    """The panel before `split` and from it on, two periods and more each."""
    whole_number("split", split)
    early = [period for period in panel.periods if period < split]
    late = [period for period in panel.periods if period >= split]
    if min(len(early), len(late)) < 2:
        able = panel.periods[2:-1]
        raise InputError(
            "split",
            expected="a period that leaves two and more before it and from it on",
            got=f"{split!r} in a panel of {panel.n_periods} periods",
            remedy=f"Choose one of {first_five(able)}." if able else "Use a longer panel.",
        )
    return panel.select(periods=early), panel.select(periods=late)


def stage_label(fit: FitResult) -> str:
    """The periods that a fit explains, "2011-2015"."""
    periods = fit.sample.design.periods
    return f"{periods[0]}-{periods[-1]}"


def _is_classical(fit: FitResult) -> bool:
    return by_least_squares(fit) and fit.estimator.cov_type == "classical"


def difference(
    pair: StagePair,
    C: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Second estimates less first, their covariance, and degrees of freedom of t.

    Parameters
    ----------
    pair : tuple of two FitResult
    C : array of shape (P, P)
        Covariance of the first estimates with the second.
    """
    first, second = pair
    V = first.covariance + second.covariance - C - C.T
    return (
        second.estimate.values - first.estimate.values,
        V,
        _joint_df(pair),
    )


def _joint_df(pair: StagePair) -> int | None:
    """Residual degrees of freedom of both stages; None where inference is by the normal
    distribution.
    """
    first, second = (fit.df_resid for fit in pair)
    if first is None or second is None:
        return None
    return first + second


def _coefficient_tests(
    pair: StagePair,
    C: np.ndarray,
) -> tuple[list[TestResult], pd.DataFrame]:
    """Wald tests of all coefficients, of the regressors' and of each spatial parameter, and the
    differences.
    """
    gap, V, df = difference(pair, C)
    first = pair[0]
    terms = first.terms
    K = len(terms) - len(first.estimate.spatial)
    tests = [TestResult.wald("All coefficients", EQUAL, gap, V, df)]
    if first.estimate.spatial:
        null = f"beta and theta {EQUAL}"
        slopes = TestResult.wald("Regressors", null, gap[:K], V[:K, :K], df)
        tests.append(slopes)
        for k in range(K, len(terms)):
            own = slice(k, k + 1)
            null = f"{terms[k]} {EQUAL}"
            variance = V[own, own]
            tests.append(TestResult.wald(terms[k], null, gap[own], variance, df))
    std_errors = np.sqrt(np.diag(V))
    return tests, tidy_frame(terms, ["coefficient"] * len(terms), gap, std_errors, df=df)


def _impact_tests(
    pair: StagePair,
    C: np.ndarray,
) -> tuple[list[TestResult], list[pd.DataFrame]]:
    """Wald tests of the direct, indirect and total impacts by the delta method, and their
    differences.
    """
    first, second = pair
    try:
        of_first, first_jacobian = impacts_jacobian(first)
        of_second, second_jacobian = impacts_jacobian(second)
    except OptionError as error:
        return [TestResult.not_applicable("Impacts", EQUAL, error.got)], []
    gaps = of_second - of_first
    df = _joint_df(pair)
    tests, frames = [], []
    for component, gap, J, L in zip(COMPONENTS, gaps, first_jacobian, second_jacobian, strict=True):
        # Var(L b2 - J b1), with C = Cov(b1, b2)
        V = J @ first.covariance @ J.T
        V = V + L @ second.covariance @ L.T
        V = V - J @ C @ L.T
        V = V - L @ C.T @ J.T
        name = f"{component.capitalize()} impacts"
        null = f"{component} impacts {EQUAL}"
        if np.any(np.diag(V) <= 0):
            tests.append(TestResult.not_applicable(name, null, "the model fixes them"))
            continue
        tests.append(TestResult.wald(name, null, gap, V, df))
        terms = first.impacts().terms
        std_errors = np.sqrt(np.diag(V))
        labels = [component] * len(terms)
        frames.append(tidy_frame(terms, labels, gap, std_errors, df=df))
    return tests, frames


def _chow(pair: StagePair) -> TestResult:
    """Chow's F test: common slopes, fixed effects by stage, against slopes by stage."""
    K = len(pair[0].terms)
    # the columns are after Q of their own stage, so that the stacked regression keeps the effects
    # by stage
    parts = [fit.sample.columns.reshape(-1, K + 1) for fit in pair]
    stacked = np.concatenate(parts)
    X, y = stacked[:, :K], stacked[:, K]
    restricted = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    ssr = sum(float(np.sum(fit.estimate.residuals**2)) for fit in pair)
    df = sum(fit.df_resid for fit in pair if fit.df_resid is not None)
    statistic = (float(restricted @ restricted) - ssr) / K / (ssr / df)
    return TestResult.f("Chow", f"{EQUAL}, with one variance", statistic, (K, df))
