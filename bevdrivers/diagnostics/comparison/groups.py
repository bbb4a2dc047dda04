"""Do coefficients and impacts differ between groups of units, within one spatial regression?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import DataError, InputError, OptionError, first_five
from ...models import FitResult
from ...models.interface import COMPONENTS, check_request
from ...results import TestGroup, TestResult, tidy_frame

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Design, Panel
    from ...weights import SpatialWeights

EQUAL = "equal in all groups"


@dataclass(frozen=True, eq=False, repr=False)
class GroupComparison:
    """One regression whose slopes differ between groups of units.

    Attributes
    ----------
    fit : FitResult
        With a term ``C(group)[name]:x`` for each group instead of ``x``.
    groups : tuple of str
    tests : TestGroup
        Equality between the groups: of all slopes, of each term's, and of each term's impacts.
    slopes : DataFrame with columns `TIDY_COLUMNS` and ``group``
        Component "main" or "wx", and "direct", "indirect", "total" of a change in one unit of the group.
    """

    fit: FitResult
    groups: tuple[str, ...]
    tests: TestGroup
    slopes: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """Slopes and impacts, the group in the term: ``"x: east"``."""
        return self.slopes.assign(term=self.slopes["term"] + ": " + self.slopes["group"]).drop(columns="group")

    def glance(self) -> pd.DataFrame:
        """One row: groups, the joint test of all slopes, and what the fit says."""
        test = self.tests.tests[0]
        row = {"groups": ", ".join(self.groups), "equal_slopes": test.statistic, "p_value": test.p_value}
        return pd.concat([pd.DataFrame([row]), self.fit.glance()], axis=1)

    def __repr__(self) -> str:
        return str(self.tests)


def compare_groups(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | None = None,
    *,
    group: str,
    terms: Sequence[str] | None = None,
    x_weights: SpatialWeights | None = None,
    error_weights: SpatialWeights | None = None,
) -> GroupComparison:
    """Slopes and impacts by group of units, from one regression, and Wald tests that they are equal.

    Parameters
    ----------
    model : Estimator
        Static; its formula without interactions of `terms`.
    panel : Panel
    weights, x_weights, error_weights : SpatialWeights, optional
        As in `fit`: all units are neighbours of each other as ever, across groups.
    group : str
        A column of text that is constant over time, such as ``"region"``.
    terms : list of str, optional
        Terms of the formula whose slopes, and those of their W terms, differ; all numeric ones by default.

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
    beta_g is the slope of x in the units of group g, theta_g what x of neighbours in g does to any unit. A change of x
    by one in unit j of g moves the outcomes by (I - rho W)^-1 (beta_g e_j + theta_g W e_j), e_j the unit vector:
    "direct" is its entry j, "total" its sum, "indirect" the rest, each the mean over the units of g. Standard errors
    are by the delta method. Splitting the panel by group instead would cut the links between groups. Without unit
    effects the groups get their own intercepts.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + science_share")
    >>> found = bd.compare_groups(model, panel, queen, group="region", terms=["science_share"])
    >>> found.groups
    ('central', 'east', 'northeast', 'west')
    """
    check_request(model)
    if model.dynamic is not None:
        raise OptionError("model", expected="a model that is not dynamic", got=f"dynamic={model.dynamic!r}")
    labels, names = _members(panel, group)
    plain = model.check(panel, weights, x_weights=x_weights, error_weights=error_weights)
    chosen = _chosen(plain, terms)
    request = _by_group(model, group, chosen, names, plain)
    fit = request.fit(panel, weights, x_weights=x_weights, error_weights=error_weights)
    slopes = [_slopes(fit, group, term, names) for term in chosen]
    tests = [_equal("All slopes", fit, [rows for found in slopes for rows in found.values()])]
    frames = []
    for term, found in zip(chosen, slopes, strict=True):
        for kind, rows in found.items():
            tests.append(_equal(f"{'W_' if kind == 'wx' else ''}{term}", fit, [rows]))
            values, errors = rows @ fit.estimate.values, np.sqrt(np.einsum("gp,pq,gq->g", rows, fit.covariance, rows))
            frames.append(tidy_frame([term] * len(names), [kind] * len(names), values, errors, df=fit.df_resid))
        values, jacobian = _impacts(fit, found, labels, names)
        errors = np.sqrt(np.maximum(np.einsum("cgp,pq,cgq->cg", jacobian, fit.covariance, jacobian), 0.0))
        for component, value, error, J in zip(COMPONENTS, values, errors, jacobian, strict=True):
            tests.append(_equal_values(f"{component.capitalize()} impact of {term}", fit, value, J))
            frames.append(tidy_frame([term] * len(names), [component] * len(names), value, error, df=fit.df_resid))
    table = pd.concat([frame.assign(group=list(names)) for frame in frames], ignore_index=True)
    return GroupComparison(fit, names, TestGroup(f"Equality between groups of {group}", tuple(tests)), table)


def _members(panel: Panel, group: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The group of each unit, (N,), and the groups in the order of the design's terms."""
    values = panel[group]
    missing = pd.isna(values)
    if missing.any():
        gone = [panel.units[i] for i in np.flatnonzero(missing.any(axis=0))]
        raise DataError(group, expected="a group for every unit and period", got=f"none for {first_five(gone)}")
    moving = (values != values[0]).any(axis=0)
    if moving.any():
        who = [panel.units[i] for i in np.flatnonzero(moving)]
        raise DataError(group, expected="a group that is constant over time", got=f"changes of {first_five(who)}")
    labels = np.array([str(value) for value in values[0]], dtype=object)
    names = tuple(sorted(set(labels)))
    if len(names) < 2:
        raise DataError(group, expected="two groups and more", got=first_five(names))
    return labels, names


def _chosen(design: Design, terms: Sequence[str] | None) -> list[str]:
    able = [t for t in design.terms if t != "Intercept" and t not in design.never_lagged and ":" not in t]
    able = [t for t in able if not t.startswith("C(")]
    if terms is None:
        return able
    wanted = [terms] if isinstance(terms, str) else list(terms)
    lost = [term for term in wanted if term not in able]
    if lost or not wanted:
        got = f"unknown {first_five(lost)}" if lost else "none"
        raise InputError("terms", expected=f"numeric terms of the formula, of {first_five(able)}", got=got)
    return wanted


def _by_group(model: Estimator, group: str, terms: list[str], names: tuple[str, ...], design: Design) -> Estimator:
    """The request with ``C(group):x`` in place of x; groups have intercepts, not lagged, where no effects hold them."""
    swapped = "".join(f" - {term} + C({group}):{term}" for term in terms)
    levels = "" if model.effects in ("unit", "two-way") else f" + C({group})"
    durbin = model.durbin
    if durbin is None and levels and model.lag_x:
        durbin = tuple(term for term in design.terms if term not in design.never_lagged)
    if durbin is not None:
        apart = {term: [_label(group, name, term) for name in names] for term in terms}
        durbin = [label for term in durbin for label in apart.get(term, [term])]
    return model.replace(formula=f"{model.formula}{swapped}{levels}", durbin=durbin)


def _label(group: str, name: str, term: str) -> str:
    return f"C({group})[{name}]:{term}"


def _slopes(fit: FitResult, group: str, term: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """ "main" and, where there are W terms, "wx" -> rows (G, P) that pick the slopes of the groups."""
    found = {}
    for kind, prefix in (("main", ""), ("wx", "W_")):
        labels = [prefix + _label(group, name, term) for name in names]
        if all(label in fit.terms for label in labels):
            rows = np.zeros((len(names), len(fit.terms)))
            rows[np.arange(len(names)), [fit.terms.index(label) for label in labels]] = 1.0
            found[kind] = rows
    return found


def _contrasts(G: int) -> np.ndarray:
    """Differences of the groups from the first, (G - 1, G)."""
    return np.hstack([-np.ones((G - 1, 1)), np.eye(G - 1)])


def _equal(name: str, fit: FitResult, parts: list[np.ndarray]) -> TestResult:
    R = np.concatenate([_contrasts(len(rows)) @ rows for rows in parts])
    return TestResult.wald(name, EQUAL, R @ fit.estimate.values, R @ fit.covariance @ R.T, fit.df_resid)


def _equal_values(name: str, fit: FitResult, values: np.ndarray, jacobian: np.ndarray) -> TestResult:
    if not np.any(jacobian):
        return TestResult.not_applicable(name, EQUAL, "the model fixes it")
    gap, J = _contrasts(len(values)) @ values, _contrasts(len(values)) @ jacobian
    return TestResult.wald(name, EQUAL, gap, J @ fit.covariance @ J.T, fit.df_resid)


def _impacts(
    fit: FitResult, slopes: dict[str, np.ndarray], labels: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Direct, indirect, total impacts of a change in a unit of each group, (3, G), and derivatives (3, G, P)."""
    sample, N = fit.sample, len(labels)
    lag_y = np.zeros((N, N)) if sample.W is None else fit.rho * sample.W.dense
    B = np.linalg.inv(np.eye(N) - lag_y)
    by_rho = B if sample.W is None else B @ sample.W.dense @ B
    lag = np.zeros((N, N)) if sample.Wx is None else sample.Wx.dense
    values, jacobian = np.zeros((3, len(names))), np.zeros((3, len(names), len(fit.terms)))
    for g, name in enumerate(names):
        inside = labels == name
        four, slope = (_four(M, M @ lag, inside) for M in (B, by_rho))
        beta = slopes["main"][g]
        theta = slopes["wx"][g] if "wx" in slopes else np.zeros_like(beta)
        jacobian[:, g] = four[:, :1] * beta + four[:, 1:] * theta
        values[:, g] = jacobian[:, g] @ fit.estimate.values
        if sample.W is not None:
            point = np.array([beta @ fit.estimate.values, theta @ fit.estimate.values])
            jacobian[:, g, fit.terms.index("rho")] = slope @ point
    return values, jacobian


def _four(own: np.ndarray, lagged: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Rows direct, indirect, total; columns of beta and of theta: means over the units of a group, (3, 2)."""
    direct = np.array([np.diag(own)[inside].mean(), np.diag(lagged)[inside].mean()])
    total = np.array([own.sum(axis=0)[inside].mean(), lagged.sum(axis=0)[inside].mean()])
    return np.stack([direct, total - direct, total])
