"""`influence`: the fit without each unit and without each period."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...display import Plotted
from ...errors import BevdriversError, BevdriversWarning, DataError, OptionError
from ...models.interface import COMPONENTS, check_fit, impacts_jacobian, regular_only
from ...panel.time_axis import TimeAxis
from ...results import SINGULAR, TIDY_COLUMNS, WIDTH, Text

if TYPE_CHECKING:
    from ...models import FitResult, Impacts
    from ...panel import Panel

# ("unit" or "period", which)
LeftOut = tuple[str, Any]
# rows of a summary
FIRST = 5


@dataclass(frozen=True, eq=False, repr=False)
class Influence(Plotted):
    """Estimates of a fit, and of the same request without each unit and each period.

    Attributes
    ----------
    full, std_errors : Series
        By term for parameters, by (component, term) joined with a blank for impacts (``"total
        log(gdp_pc)"``).
    without : DataFrame
        The same quantities, one row a unit and period left out, indexed by ("unit" | "period",
        which). NaN where there is no such fit.
    reasons : Series
        Why there is no fit, or what warned; by the same index, empty where all went well.
    covariance : DataFrame
        Of the quantities of the full fit, by the delta method for impacts.
    groups : mapping of str to list of str
        Quantities that move together: "parameters", and under each term of the impacts its direct
        and indirect one.
    described : dict
        Of the fit.
    """

    _figure = "influence_plot"

    full: pd.Series
    std_errors: pd.Series
    without: pd.DataFrame
    reasons: pd.Series
    covariance: pd.DataFrame
    groups: Mapping[str, list[str]]
    described: dict[str, Any]

    @property
    def _left_out(self) -> list[LeftOut]:
        """("unit" or "period", which) of each row."""
        return list(self.without.index)

    @property
    def changes(self) -> pd.DataFrame:
        """(Without it - all) / standard error of all, in the layout of `without`."""
        return (self.without - self.full) / self.std_errors.where(self.std_errors > 0)

    @property
    def distances(self) -> pd.DataFrame:
        """Cook's distances by exact refits: d' V^-1 d / rank of V, a row a unit or period left out.

        d is the change of the parameters, or of the direct and the indirect impact of a term, and V
        its covariance in the full fit. A distance of 1 moves two estimates to the edge of their
        joint confidence region of 63 %.
        """
        columns = {}
        for name, quantities in self.groups.items():
            V = self.covariance.loc[quantities, quantities].to_numpy()
            changes = (self.without[quantities] - self.full[quantities]).to_numpy()
            columns[name] = _distances(changes, V)
        return pd.DataFrame(columns, index=self.without.index)

    @property
    def ranges(self) -> pd.DataFrame:
        """Per quantity: the full estimate, the lowest and the highest one without a unit or period,
        and without which; NaN where no smaller fit exists.
        """
        frame = pd.DataFrame({"full": self.full, "std_error": self.std_errors})
        ends = ("lowest", "lowest_without", "highest", "highest_without")
        there = self.without.dropna()
        if there.empty:
            return frame.assign(**dict.fromkeys(ends, np.nan))
        which = np.array([str(name) for _, name in there.index])
        values = there.to_numpy()
        return frame.assign(
            lowest=values.min(axis=0),
            lowest_without=which[values.argmin(axis=0)],
            highest=values.max(axis=0),
            highest_without=which[values.argmax(axis=0)],
        )

    def summary(self) -> Text:
        """Whom the estimates hang on most, how far each quantity goes, and where there is no fit."""
        model, outcome = self.described["model"], self.described["outcome"]
        distances = self.distances
        order = distances.max(axis=1).sort_values(ascending=False).index[:FIRST]
        lines = [
            f"Influence in {model} of {outcome}",
            f"Largest Cook's distances, of {len(distances)} units and periods left out:",
            distances.loc[order].to_string(float_format="{:.2f}".format, line_width=WIDTH),
            "Estimates, and how far they go without one unit or period:",
            self.ranges.to_string(float_format="{:.4g}".format, line_width=WIDTH),
            *self._notes(),
        ]
        return Text("\n".join(lines))

    def tidy(self) -> pd.DataFrame:
        """Long frame, a row a quantity and a unit or period left out: the estimate, and the change
        in `statistic`.
        """
        n_fits, n_quantities = self.without.shape
        labels = [f"without {which}" for _, which in self._left_out]
        frame = pd.DataFrame(
            {
                "term": np.tile(self.full.index.to_numpy(), n_fits),
                "component": np.repeat(labels, n_quantities),
                "estimate": self.without.to_numpy().ravel(),
                "statistic": self.changes.to_numpy().ravel(),
            }
        )
        return frame.reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: the largest change in standard errors, of what and without whom; fits that do
        not exist.
        """
        row: dict[str, Any] = {
            "model": self.described["model"],
            "outcome": self.described["outcome"],
        }
        changes = self.changes
        if changes.notna().any(axis=None):
            values = changes.to_numpy()
            largest = int(np.nanargmax(np.abs(values)))
            fit_number, quantity = divmod(largest, values.shape[1])
            kind, which = self._left_out[fit_number]
            row["largest_change"] = float(values[fit_number, quantity])
            row["term"] = changes.columns[quantity]
            row[kind] = which
        row["no_fit"] = int(self.without.isna().all(axis=1).sum())
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        model, outcome = (
            self.described["model"],
            self.described["outcome"],
        )
        head = f"Influence in {model} of {outcome}: changes in standard errors of the full fit"
        changes = self.changes.to_string(float_format="{:.2f}".format, line_width=WIDTH)
        return "\n".join([head, changes, *self._notes()])

    def _notes(self) -> list[str]:
        """Why there is no fit, or what warned, of each that has such a reason."""
        return [
            textwrap.fill(f"{which}: {reason}", WIDTH, subsequent_indent="    ")
            for (_, which), reason in zip(self._left_out, self.reasons, strict=True)
            if reason
        ]


def _distances(changes: np.ndarray, V: np.ndarray) -> np.ndarray:
    """d' V^-1 d / rank of V for each row d of the changes (R, Q), (R,); what the model fixes does not
    count.
    """
    errors = np.sqrt(np.diagonal(V))
    free = errors > 0
    scaled = changes[:, free] / errors[free]
    correlations = V[np.ix_(free, free)] / np.outer(errors[free], errors[free])
    roots, vectors = np.linalg.eigh(correlations)
    kept = roots > SINGULAR
    along = scaled @ vectors[:, kept]
    distances: np.ndarray = np.sum(along**2 / roots[kept], axis=1) / np.sum(kept)
    return distances


def influence(fit: FitResult) -> Influence:
    """How much each unit and each period moves the parameters and the impacts.

    Parameters
    ----------
    fit : FitResult

    Returns
    -------
    Influence. `changes` are in standard errors of the full fit. A change beyond 2 / root N of a
    unit, or 2 / root T of a period, is large by the usual rule; whether it changes what one would
    say matters more.

    Notes
    -----
    A unit that is left out leaves the weights too: W is cut on its raw links and normalised again,
    so that its neighbours look to the others instead. Where that leaves a unit without neighbours
    there is no such fit, and the reasons say so. Leaving a period out of a model with y or
    regressors of the period before breaks the series: only the first and the last can go.

    Each fit measures ``center()``, ``scale()``, ``poly()`` and ``bs()`` by the rows that it has, so
    that a change in their coefficients is also one of their measure. Where that is not wanted, make
    columns of them first: ``panel.with_columns(z=panel.evaluate("scale(x)"))``.

    References
    ----------
    Belsley, Kuh and Welsch (1980), Regression Diagnostics, doi:10.1002/0471725153. Cook (1977),
    Detection of influential observation in linear regression, Technometrics 19, 15-18.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> influence = bd.influence(bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc)").fit(panel, queen))
    >>> list(influence.changes.columns)[:2]
    ['log(gdp_pc)', 'rho']
    """
    check_fit(fit)
    regular_only(fit, "influence()")
    full = _quantities(fit)
    rows, reasons = {}, {}
    for left_out, smaller in _panels_without(fit.panel):
        rows[left_out], reasons[left_out] = _refit(fit, smaller, full.index)
    index = pd.MultiIndex.from_tuples(rows, names=("left out", "which"))
    return Influence(
        full,
        _std_errors(fit),
        pd.DataFrame(list(rows.values()), index=index, columns=full.index),
        pd.Series(list(reasons.values()), index=index),
        _covariance(fit, full.index),
        _groups(fit),
        fit.described,
    )


def _panels_without(
    panel: Panel,
) -> Iterator[tuple[LeftOut, Callable[[], Panel]]]:
    """What is left out, and how the smaller panel is made, which may raise or warn."""
    for unit in panel.units:
        yield ("unit", unit), partial(panel.drop_units, unit)
    for period in panel.periods:
        others = [other for other in panel.periods if other != period]
        yield ("period", period), partial(panel.select, periods=others)


def _refit(
    fit: FitResult,
    smaller: Callable[[], Panel],
    labels: pd.Index,
) -> tuple[pd.Series, str]:
    """The quantities on the smaller panel and what warned, or NaN and why there are none."""
    sample = fit.sample
    weights = sample.W or sample.Wx or sample.M
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", BevdriversWarning)
        try:
            panel = smaller()
            if sample.looks_back:
                _check_step(panel, fit.panel)
            again = fit.estimator.fit(
                panel,
                weights,
                x_weights=sample.Wx,
                error_weights=sample.M,
            )
            quantities = _quantities(again).reindex(labels)
        except BevdriversError as error:
            return pd.Series(np.nan, index=labels), str(error)
    return quantities, "; ".join(str(warning.message) for warning in caught)


def _check_step(panel: Panel, full: Panel) -> None:
    """Refuse two periods that are left with a gap between them, which would pass as one step."""
    step, full_step = TimeAxis.of(panel.periods).step, TimeAxis.of(full.periods).step
    if panel.n_periods > 1 and step != full_step:
        expected = f"periods in steps of {full_step}"
        raise DataError(
            "panel",
            expected=expected,
            got=f"steps of {step}",
            remedy=("Leave out the periods before it as well, by panel.select(periods=...)."),
        )


def _quantities(fit: FitResult) -> pd.Series:
    """Parameters, and impacts where the model has a lag and its terms have impacts."""
    impacts = _impacts(fit)
    if impacts is None:
        return fit.params
    quantities: pd.Series = pd.concat([fit.params, _labelled(impacts, impacts.values)])
    return quantities


def _std_errors(fit: FitResult) -> pd.Series:
    """Of the same quantities."""
    impacts = _impacts(fit)
    if impacts is None:
        return fit.std_errors
    errors: pd.Series = pd.concat([fit.std_errors, _labelled(impacts, impacts.errors)])
    return errors


def _covariance(fit: FitResult, labels: pd.Index) -> pd.DataFrame:
    """Of the same quantities, by the delta method for impacts."""
    slopes = np.eye(len(fit.params))
    if _impacts(fit) is not None:
        _, jacobian = impacts_jacobian(fit)
        of_impacts = jacobian.reshape(-1, len(fit.params))
        slopes = np.vstack([slopes, of_impacts])
    return pd.DataFrame(slopes @ fit.covariance @ slopes.T, index=labels, columns=labels)


def _groups(fit: FitResult) -> dict[str, list[str]]:
    """The parameters, and each term's direct and indirect impact; the total one is their sum."""
    groups = {"parameters": list(fit.params.index)}
    impacts = _impacts(fit)
    for term in () if impacts is None else impacts.terms:
        groups[term] = [f"direct {term}", f"indirect {term}"]
    return groups


def _labelled(impacts: Impacts, values: np.ndarray) -> pd.Series:
    """Values (3, K) of direct, indirect and total impacts, as a Series by component and term."""
    labels = [f"{component} {term}" for component in COMPONENTS for term in impacts.terms]
    return pd.Series(values.ravel(), index=labels)


def _impacts(fit: FitResult) -> Impacts | None:
    if fit.sample.W is None and not fit.sample.lagged:
        return None
    try:
        return fit.impacts()
    except OptionError:
        return None
