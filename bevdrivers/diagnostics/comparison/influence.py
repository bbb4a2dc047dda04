"""`influence`: the fit without each unit and without each period."""

from __future__ import annotations

import textwrap
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import BevdriversError, BevdriversWarning, OptionError
from ...models.interface import check_fit
from ...results import TIDY_COLUMNS, WIDTH

if TYPE_CHECKING:
    from ...models import FitResult


@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """Estimates of a fit, and of the same request without each unit and each period.

    Attributes
    ----------
    full, std_errors : Series
        By term for parameters, by (component, term) joined with a blank for impacts (``"total log(gdp_pc)"``).
    without : DataFrame
        The same quantities, one row a unit and period left out, indexed by ("unit" | "period", which). NaN where there
        is no such fit.
    reasons : Series
        Why there is no fit, or what warned; by the same index, empty where all went well.
    described : dict
        Of the fit.
    """

    full: pd.Series
    std_errors: pd.Series
    without: pd.DataFrame
    reasons: pd.Series
    described: dict[str, Any]

    @property
    def _left_out(self) -> list[tuple[str, Any]]:
        """("unit" or "period", which) of each row."""
        return list(self.without.index)

    @property
    def changes(self) -> pd.DataFrame:
        """(Without it - all) / standard error of all, in the layout of `without`."""
        return (self.without - self.full) / self.std_errors.where(self.std_errors > 0)

    def tidy(self) -> pd.DataFrame:
        """Long frame, a row a quantity and a unit or period left out: the estimate, and the change in `statistic`."""
        shape = len(self.without), len(self.full)
        labels = [f"without {which}" for _, which in self._left_out]
        frame = pd.DataFrame(
            {
                "term": np.tile(self.full.index.to_numpy(), shape[0]),
                "component": np.repeat(labels, shape[1]),
                "estimate": self.without.to_numpy().ravel(),
                "statistic": self.changes.to_numpy().ravel(),
            }
        )
        return frame.reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: the largest change in standard errors, of what and without whom; fits that do not exist."""
        changes = self.changes
        row: dict[str, Any] = {"model": self.described["model"], "outcome": self.described["outcome"]}
        if changes.notna().any(axis=None):
            values = changes.to_numpy()
            place, of = divmod(int(np.nanargmax(np.abs(values))), values.shape[1])
            kind, which = self._left_out[place]
            row |= {"largest_change": float(values[place, of]), "term": changes.columns[of], kind: which}
        return pd.DataFrame([row | {"no_fit": int(self.without.isna().all(axis=1).sum())}])

    def __repr__(self) -> str:
        d = self.described
        head = f"Influence in {d['model']} of {d['outcome']}: changes in standard errors of the full fit"
        shown = self.changes.to_string(float_format="{:.2f}".format, line_width=WIDTH)
        notes = [
            textwrap.fill(f"{who[1]}: {text}", WIDTH, subsequent_indent="    ")
            for who, text in zip(self._left_out, self.reasons, strict=True)
            if text
        ]
        return "\n".join([head, shown, *notes])


def influence(fit: FitResult) -> Influence:
    """How much each unit and each period moves the parameters and the impacts.

    Parameters
    ----------
    fit : FitResult

    Returns
    -------
    Influence. `changes` are in standard errors of the full fit. A change beyond 2 / root N of a unit, or 2 / root T of
    a period, is large by the usual rule; whether it changes what one would say matters more.

    Notes
    -----
    A unit that is left out leaves the weights too: W is cut on its raw links and normalised again, so that its
    neighbours look to the others instead. Where that leaves a unit without neighbours there is no such fit, and the
    reasons say so. Leaving a period out of a model with y or regressors of the period before breaks the series: only
    the first and the last can go.

    References
    ----------
    Belsley, Kuh and Welsch (1980), Regression Diagnostics, doi:10.1002/0471725153.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> found = bd.influence(bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc)").fit(panel, queen))
    >>> list(found.changes.columns)[:2]
    ['log(gdp_pc)', 'rho']
    """
    check_fit(fit)
    full, errors = _quantities(fit), _std_errors(fit)
    rows: dict[tuple[str, Any], pd.Series] = {}
    reasons: dict[tuple[str, Any], str] = {}
    panel = fit.panel
    cuts: list[tuple[tuple[str, Any], Any]] = [(("unit", u), lambda u=u: panel.drop_units(u)) for u in panel.units]
    for period in panel.periods:
        kept = [p for p in panel.periods if p != period]
        cuts.append((("period", period), lambda kept=kept: panel.select(periods=kept)))
    for key, cut in cuts:
        rows[key], reasons[key] = _refit(fit, cut, full.index)
    index = pd.MultiIndex.from_tuples(rows, names=("left out", "which"))
    without = pd.DataFrame(list(rows.values()), index=index, columns=full.index)
    return Influence(full, errors, without, pd.Series(list(reasons.values()), index=index), fit.described)


def _refit(fit: FitResult, cut: Any, terms: pd.Index) -> tuple[pd.Series, str]:
    """The quantities on the smaller panel and what warned, or NaN and why there are none."""
    sample = fit.sample
    weights = sample.W or sample.Wx or sample.M
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", BevdriversWarning)
        try:
            again = fit.estimator.fit(cut(), weights, x_weights=sample.Wx, error_weights=sample.M)
            return _quantities(again).reindex(terms), "; ".join(str(warning.message) for warning in caught)
        except BevdriversError as error:
            return pd.Series(np.nan, index=terms), str(error)


def _quantities(fit: FitResult) -> pd.Series:
    """Parameters, and impacts where the model has a lag and its terms have impacts."""
    impacts = _impacts(fit)
    return fit.params if impacts is None else pd.concat([fit.params, _flat(impacts, impacts.values)])


def _std_errors(fit: FitResult) -> pd.Series:
    impacts = _impacts(fit)
    return fit.std_errors if impacts is None else pd.concat([fit.std_errors, _flat(impacts, impacts.errors)])


def _flat(impacts: Any, values: np.ndarray) -> pd.Series:
    labels = [f"{component} {term}" for component in ("direct", "indirect", "total") for term in impacts.terms]
    return pd.Series(values.ravel(), index=labels)


def _impacts(fit: FitResult) -> Any:
    if fit.sample.W is None and not fit.sample.lagged:
        return None
    try:
        return fit.impacts()
    except OptionError:
        return None
