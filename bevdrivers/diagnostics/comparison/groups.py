"""Do coefficients and impacts differ between groups of units, within one spatial regression?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...display import Shown
from ...errors import DataError, InputError, OptionError, first_five
from ...models import FitResult
from ...models.interface import COMPONENTS
from ...results import TestGroup, TestResult, tidy_frame
from ..fit_or_request import subject_with_three_weights

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Design, Panel
    from ...weights.given import GivenWeights

EQUAL = "equal in all groups"


@dataclass(frozen=True, eq=False, repr=False)
class GroupComparison(Shown):
    """One regression whose slopes differ between groups of units.

    Attributes
    ----------
    fit : FitResult
        With a term ``C(group)[name]:x`` for each group instead of ``x``.
    groups : tuple of str
    tests : TestGroup
        Equality between the groups: of all slopes, of each term's, and of each term's impacts.
    slopes : DataFrame with columns `TIDY_COLUMNS` and ``group``
        Component "main" or "wx", and "direct", "indirect", "total" of a change in one unit of the
        group.
    """

    fit: FitResult
    groups: tuple[str, ...]
    tests: TestGroup
    slopes: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """Slopes and impacts, the group in the term: ``"x: east"``."""
        terms = self.slopes["term"] + ": " + self.slopes["group"]
        return self.slopes.assign(term=terms).drop(columns="group")

    def glance(self) -> pd.DataFrame:
        """One row: groups, the joint test of all slopes, and what the fit says."""
        test = self.tests.tests[0]
        row = {
            "groups": ", ".join(self.groups),
            "equal_slopes": test.statistic,
            "p_value": test.p_value,
        }
        first = pd.DataFrame([row])
        return pd.concat([first, self.fit.glance()], axis=1)

    def __repr__(self) -> str:
        return str(self.tests)


def compare_groups(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    group: str,
    terms: Sequence[str] | None = None,
    x_weights: GivenWeights | None = None,
    error_weights: GivenWeights | None = None,
) -> GroupComparison:
    """Slopes and impacts by group of units, from one regression, and Wald tests that they are
    equal.

    Parameters
    ----------
    model : Estimator or FitResult
        Static; its formula without interactions of `terms`.
        A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights, x_weights, error_weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        As in `fit`: all units are neighbours of each other as ever, across groups.
    group : str
        A column of text that is constant over time, such as ``"region"``.
    terms : list of str, optional
        Terms of the formula whose slopes, and those of their W terms, differ; all numeric ones by
        default.

    Returns
    -------
    GroupComparison

    Raises
    ------
    DataError
        The column is unknown, missing somewhere, changes over time, or has one value.
    InputError
        A term that is not in the formula.
    OptionError
        A dynamic model.

    Notes
    -----
    beta_g is the slope of x in the units of group g, theta_g what x of neighbours in g does to any
    unit. A change of x by one in unit j of g moves the outcomes by (I - rho W)^-1 (beta_g e_j +
    theta_g W e_j), e_j the unit vector: "direct" is its entry j, "total" its sum, "indirect" the
    rest, each the mean over the units of g. Standard errors are by the delta method. Splitting the
    panel by group instead would cut the links between groups. Without unit effects the groups get
    their own intercepts.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + science_share")
    >>> comparison = bd.compare_groups(model, panel, queen, group="region", terms=["science_share"])
    >>> comparison.groups
    ('central', 'east', 'northeast', 'west')
    """
    model, panel, weights, x_weights, error_weights = subject_with_three_weights(
        model, panel, weights, x_weights, error_weights, what="compare_groups()"
    )
    if model.dynamic is not None:
        got = f"dynamic={model.dynamic!r}"
        raise OptionError(
            "model",
            expected="a model without dynamic=",
            got=got,
            remedy=("Leave dynamic out, or fit each group alone with panel.select(units=...)."),
        )
    unit_groups, names = groups_of_units(panel, group)
    design = model.check(panel, weights, x_weights=x_weights, error_weights=error_weights)
    chosen = _chosen_terms(design, terms)
    request = _with_slopes_by_group(model, group, chosen, names, design)
    fit = request.fit(panel, weights, x_weights=x_weights, error_weights=error_weights)
    selectors = {term: _selectors(fit, group, term, names) for term in chosen}
    all_selectors = [rows for of_term in selectors.values() for rows in of_term.values()]
    tests = [_equal_slopes("All slopes", fit, all_selectors)]
    frames = []
    for term, of_term in selectors.items():
        slope_tests, slope_frames = _compare_slopes(fit, term, of_term, names)
        impact_tests, impact_frames = _compare_impacts(fit, term, of_term, unit_groups, names)
        tests += slope_tests + impact_tests
        frames += slope_frames + impact_frames
    by_group = [frame.assign(group=list(names)) for frame in frames]
    slopes = pd.concat(by_group, ignore_index=True)
    return GroupComparison(
        fit,
        names,
        TestGroup(f"Equality between groups of {group}", tuple(tests)),
        slopes,
    )


def groups_of_units(
    panel: Panel,
    group: str,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The group of each unit, (N,), and the groups in the order of the design's terms."""
    values = panel[group]
    missing = pd.isna(values).any(axis=0)
    if missing.any():
        units = [panel.units[i] for i in np.flatnonzero(missing)]
        raise DataError(
            group,
            expected="a group for every unit and period",
            got=f"none for {first_five(units)}",
            remedy="Fill the column, or leave these units out: panel.drop_units(...).",
        )
    changes = (values != values[0]).any(axis=0)
    if changes.any():
        units = [panel.units[i] for i in np.flatnonzero(changes)]
        raise DataError(
            group,
            expected="a group that is constant over time",
            got=f"changes of {first_five(units)}",
            remedy="Make a column with one group a unit for all periods: panel.with_columns(...).",
        )
    unit_groups = np.array([str(value) for value in values[0]], dtype=object)
    names = tuple(sorted(set(unit_groups)))
    if len(names) < 2:
        raise DataError(
            group,
            expected="two groups or more",
            got=f"{first_five(names)} alone",
            remedy="Choose a column that divides the units.",
        )
    return unit_groups, names


def _chosen_terms(design: Design, terms: Sequence[str] | None) -> list[str]:
    """The terms asked for, or all whose slopes can differ: numeric ones that are no
    interactions.
    """
    able = [
        term
        for term in design.terms
        if term != "Intercept"
        and term not in design.never_lagged
        and ":" not in term
        and not term.startswith("C(")
    ]
    if terms is None:
        return able
    wanted = [terms] if isinstance(terms, str) else list(terms)
    unknown = [term for term in wanted if term not in able]
    if unknown or not wanted:
        raise InputError(
            "terms",
            expected=f"numeric terms of the formula, of {first_five(able)}",
            got=f"unknown {first_five(unknown)}" if unknown else "none",
            remedy="Name terms as fit.params has them, without W_, or leave terms out for all.",
        )
    return wanted


def _with_slopes_by_group(
    model: Estimator,
    group: str,
    terms: list[str],
    names: tuple[str, ...],
    design: Design,
) -> Estimator:
    """The request with ``C(group):x`` in place of x; groups have intercepts, not lagged, where no
    effects hold them.
    """
    by_group = "".join(f" - {term} + C({group}):{term}" for term in terms)
    unit_effects = model.effects in ("unit", "two-way")
    intercepts = "" if unit_effects else f" + C({group})"
    durbin = model.durbin
    if durbin is None and intercepts and model.lag_x:
        durbin = tuple(term for term in design.terms if term not in design.never_lagged)
    if durbin is not None:
        labels = {term: [_label(group, name, term) for name in names] for term in terms}
        durbin = [label for term in durbin for label in labels.get(term, [term])]
    return model.replace(formula=f"{model.formula}{by_group}{intercepts}", durbin=durbin)


def _label(
    group: str,
    name: str,
    term: str,
) -> str:
    """How the formula's design calls the slope of a term in one group."""
    return f"C({group})[{name}]:{term}"


def _selectors(
    fit: FitResult,
    group: str,
    term: str,
    names: tuple[str, ...],
) -> dict[str, np.ndarray]:
    """ "main" and, where there are W terms, "wx" -> rows (G, P) that pick the slopes of the G
    groups.
    """
    selectors = {}
    for component, prefix in (("main", ""), ("wx", "W_")):
        labels = [prefix + _label(group, name, term) for name in names]
        if not all(label in fit.terms for label in labels):
            continue
        columns = [fit.terms.index(label) for label in labels]
        rows = np.zeros((len(names), len(fit.terms)))
        rows[np.arange(len(names)), columns] = 1.0
        selectors[component] = rows
    return selectors


def _compare_slopes(
    fit: FitResult,
    term: str,
    selectors: dict[str, np.ndarray],
    names: tuple[str, ...],
) -> tuple[list[TestResult], list[pd.DataFrame]]:
    """Equality of the groups' slopes of a term and of its W term, and the slopes."""
    tests, frames = [], []
    G = len(names)
    for component, rows in selectors.items():
        label = f"W_{term}" if component == "wx" else term
        tests.append(_equal_slopes(label, fit, [rows]))
        variances = np.einsum("gp,pq,gq->g", rows, fit.covariance, rows)
        values = rows @ fit.estimate.values
        frames.append(
            tidy_frame(
                [term] * G,
                [component] * G,
                values,
                np.sqrt(variances),
                df=fit.df_resid,
            )
        )
    return tests, frames


def _compare_impacts(
    fit: FitResult,
    term: str,
    selectors: dict[str, np.ndarray],
    unit_groups: np.ndarray,
    names: tuple[str, ...],
) -> tuple[list[TestResult], list[pd.DataFrame]]:
    """Equality of the groups' direct, indirect and total impacts of a term by the delta method, and
    the impacts.
    """
    values, jacobians = _impacts(fit, selectors, unit_groups, names)
    variances = np.einsum("cgp,pq,cgq->cg", jacobians, fit.covariance, jacobians)
    std_errors = np.sqrt(np.maximum(variances, 0.0))
    tests, frames = [], []
    G = len(names)
    for k, component in enumerate(COMPONENTS):
        name = f"{component.capitalize()} impact of {term}"
        tests.append(_equal_impacts(name, fit, values[k], jacobians[k]))
        frames.append(
            tidy_frame(
                [term] * G,
                [component] * G,
                values[k],
                std_errors[k],
                df=fit.df_resid,
            )
        )
    return tests, frames


def _contrasts(G: int) -> np.ndarray:
    """Differences of the groups from the first, (G - 1, G)."""
    first = -np.ones((G - 1, 1))
    return np.hstack([first, np.eye(G - 1)])


def _equal_slopes(
    name: str,
    fit: FitResult,
    selectors: list[np.ndarray],
) -> TestResult:
    """Wald test that the slopes picked by each of the selectors (G, P) are the same in all
    groups.
    """
    R = np.concatenate([_contrasts(len(rows)) @ rows for rows in selectors])
    gaps = R @ fit.estimate.values
    return TestResult.wald(name, EQUAL, gaps, R @ fit.covariance @ R.T, fit.df_resid)


def _equal_impacts(
    name: str,
    fit: FitResult,
    values: np.ndarray,
    jacobian: np.ndarray,
) -> TestResult:
    """Wald test that values (G,), with derivatives (G, P) by the parameters, are the same in all
    groups.
    """
    if not np.any(jacobian):
        return TestResult.not_applicable(name, EQUAL, "the model fixes it")
    contrasts = _contrasts(len(values))
    J = contrasts @ jacobian
    V = J @ fit.covariance @ J.T
    return TestResult.wald(name, EQUAL, contrasts @ values, V, fit.df_resid)


def _impacts(
    fit: FitResult,
    selectors: dict[str, np.ndarray],
    unit_groups: np.ndarray,
    names: tuple[str, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """Direct, indirect, total impacts of a change in a unit of each group, (3, G), and derivatives
    (3, G, P).
    """
    sample = fit.sample
    N, G, P = len(unit_groups), len(names), len(fit.terms)
    estimates = fit.estimate.values
    no_lag = np.zeros((N, N))
    lag_x = no_lag if sample.Wx is None else sample.Wx.dense
    lag_y = no_lag if sample.W is None else fit.rho * sample.W.dense
    # B = (I - rho W)^-1, and its derivative by rho, B W B
    B = np.linalg.inv(np.eye(N) - lag_y)
    B_by_rho = B if sample.W is None else B @ sample.W.dense @ B
    values = np.zeros((3, G))
    jacobians = np.zeros((3, G, P))
    for g, name in enumerate(names):
        members = unit_groups == name
        beta = selectors["main"][g]
        theta = selectors["wx"][g] if "wx" in selectors else np.zeros_like(beta)
        # impacts = multipliers of beta times beta + those of theta times theta, linear in both
        multipliers = _mean_multipliers(B, B @ lag_x, members)
        of_beta, of_theta = multipliers[:, :1], multipliers[:, 1:]
        jacobians[:, g] = of_beta * beta + of_theta * theta
        values[:, g] = jacobians[:, g] @ estimates
        if sample.W is not None:
            by_rho = _mean_multipliers(B_by_rho, B_by_rho @ lag_x, members)
            slopes = np.array([beta @ estimates, theta @ estimates])
            jacobians[:, g, fit.terms.index("rho")] = by_rho @ slopes
    return values, jacobians


def _mean_multipliers(
    own: np.ndarray,
    lagged: np.ndarray,
    members: np.ndarray,
) -> np.ndarray:
    """Mean impact multipliers over the units of a group, (3, 2): rows direct, indirect, total;
    columns beta, theta.

    Parameters
    ----------
    own, lagged : arrays of shape (N, N)
        What multiplies beta and theta: column j is the response of all units to unit j.
    members : array of bool, shape (N,)
    """
    by_column = np.stack([own, lagged])
    own_responses = np.diagonal(by_column, axis1=1, axis2=2)
    all_responses = by_column.sum(axis=1)
    direct = own_responses[:, members].mean(axis=1)
    total = all_responses[:, members].mean(axis=1)
    return np.stack([direct, total - direct, total])
