"""`GridResult`: the estimates of all specifications, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import DataError, OptionError, suggestion
from ..models import FitResult
from ..models.interface import COMPONENTS
from ..results import TIDY_COLUMNS, Text, critical_value, two_sided_p
from .decomposition import INTERACTIONS, variance_shares
from .departures import Departures
from .specifications import SAME, TO_FIT, Specifications

# What has become of a specification, beside "same as another" and "makes no sense".
FITTED, FAILED, NOT_RUN = "fitted", "failed", "not run"


@dataclass(frozen=True, eq=False, repr=False)
class GridResult(Shown):
    """What a regression says under all specifications of a grid.

    Attributes
    ----------
    checked : Specifications
        The specifications, settled and counted.
    rows : DataFrame
        What was kept of each fit: a row a term and component. Components: "main" and "wx" are
        coefficients, "direct", "indirect" and "total" impacts, "spatial" rho and lam.
    """

    checked: Specifications
    rows: pd.DataFrame

    @classmethod
    def of(cls, checked: Specifications, rows: pd.DataFrame) -> GridResult:
        """The result of rows in any order, with columns `COLUMNS`, each with a key."""
        numbers = {one.key: one.number for one in checked.to_fit}
        numbered = rows.assign(specification=rows["key"].map(numbers))
        # what is kept of one fit stands in its order already
        ordered = numbered.sort_values("specification", kind="stable", ignore_index=True)
        return cls(checked, ordered.drop(columns="key"))

    @cached_property
    def specifications(self) -> pd.DataFrame:
        """One row a specification of the grid: the value of each axis, what has become of it
        (`status`), which other it repeats (`same_as`), why there is no fit (`reason`), and what
        warned (`warnings`).
        """
        frame = self.checked.frame
        of_fit = self.rows.drop_duplicates("specification").set_index("specification")
        ran = of_fit.index.to_numpy()
        waiting = (frame["status"] == TO_FIT).to_numpy()
        status = frame["status"].to_numpy(object, copy=True)
        status[waiting] = NOT_RUN
        status[ran] = np.where(of_fit["term"] == "", FAILED, FITTED)
        reason = frame["reason"].to_numpy(object, copy=True)
        reason[ran] = of_fit["message"]
        warned = np.full(len(frame), "", object)
        warned[ran] = of_fit["warnings"]
        return frame.assign(status=status, reason=reason, warnings=warned)

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Long frame of every fit: `TIDY_COLUMNS`, the number of the specification, the value of
        each axis, units and periods.
        """
        rows = self.rows[self.rows["term"] != ""].reset_index(drop=True)
        numbers = rows["specification"].to_numpy()
        labels = self.checked.choices.labels(numbers).reset_index()
        counts = rows[["n_units", "n_periods"]]
        return pd.concat([_with_intervals(rows, level), labels, counts], axis=1)

    def glance(self) -> pd.DataFrame:
        """One row: how many specifications there are of each status, and what was varied."""
        status = self.specifications["status"]
        base = self.checked.choices.base
        row = {
            "model": base.model,
            "outcome": self.checked.choices.formula.name,
            "specifications": len(status),
            "fitted": int((status == FITTED).sum()),
            "same_as_another": int((status == SAME).sum()),
            "senseless": len(self.checked.senseless),
            "failed": int((status == FAILED).sum()),
            "not_run": int((status == NOT_RUN).sum()),
            "axes": ", ".join(self._axes),
        }
        return pd.DataFrame([row])

    @property
    def _axes(self) -> list[str]:
        """The names of the axes with several values."""
        return [axis.name for axis in self.checked.choices.axes if len(axis.values) > 1]

    def shares(self, level: float = 0.95) -> pd.DataFrame:
        """For each term and component over all fits: how many, the estimate of the base model, the
        median, smallest and largest, and the shares that are positive, significantly positive and
        significantly negative.

        Significant is an interval of coverage `level` that excludes zero. A quantity that a model
        fixes, such as the spillover of a model without lags, is neither.
        """
        frame = self.tidy(level)
        tested = frame["std_error"] > 0
        frame = frame.assign(
            base=frame["estimate"].where(frame["specification"] == 0),
            positive=frame["estimate"] > 0,
            significant_positive=tested & (frame["conf_low"] > 0),
            significant_negative=tested & (frame["conf_high"] < 0),
        )
        grouped = frame.groupby(["term", "component"], sort=False)
        return grouped.agg(
            fits=("estimate", "size"),
            base=("base", "first"),
            median=("estimate", "median"),
            lowest=("estimate", "min"),
            highest=("estimate", "max"),
            positive=("positive", "mean"),
            significant_positive=("significant_positive", "mean"),
            significant_negative=("significant_negative", "mean"),
        )

    def variance_shares(self, term: str | None = None, component: str = "total") -> pd.DataFrame:
        """Which axis moves the estimate most: shares of the variance over specifications.

        Parameters
        ----------
        term : str, optional
            A term of the focus; the first by default.
        component : str

        Returns
        -------
        DataFrame, a row an axis: `alone`, `beside_others`. The last row, "interactions", is what
        the axes leave when their effects are added up.
        """
        curve = self.curve(term, component)
        return variance_shares(curve["estimate"].to_numpy(), curve[self._axes])

    def curve(
        self,
        term: str | None = None,
        component: str = "total",
        level: float = 0.95,
    ) -> pd.DataFrame:
        """What `specification_curve` draws: estimate, conf_low, conf_high and the value of each axis
        of every fit that has the term and component, by number; 0 is the base model.

        Raises
        ------
        OptionError
            No fit has such a term or component.
        """
        first = self.checked.choices.focus[0] if term is None else term
        frame = self.tidy(level)
        chosen = frame[(frame["term"] == first) & (frame["component"] == component)]
        if chosen.empty:
            known = [f"{one} ({part})" for one, part in self.shares().index]
            raise OptionError(
                "term",
                expected=f"a term and component of the fits, of {known}",
                got=f"{first} ({component})",
                remedy=suggestion(f"{first} ({component})", known),
            )
        columns = ["estimate", "conf_low", "conf_high", *self._axes]
        return chosen.set_index("specification")[columns]

    def departures(self) -> Departures:
        """The base model, and the specifications that differ from it in one choice: what a table of
        robustness checks shows.

        Raises
        ------
        DataError
            The base model has no fit.
        """
        if self.specifications["status"].iloc[0] != FITTED:
            raise DataError(
                "result",
                expected="a fit of the base model",
                got=self.specifications["reason"].iloc[0] or NOT_RUN,
                remedy="Run the grid without shard, or change the base model.",
            )
        return Departures.of(self.checked, self.tidy(), self.glance())

    def fit(self, number: int) -> FitResult:
        """The regression of one specification by itself, from its number: the same estimates, with
        everything else that a fit has.
        """
        return self.checked.fit(number)

    def summary(self, level: float = 0.95) -> Text:
        """Counts, the shares of every impact, and the axis that moves each of them most."""
        facts = self.glance().iloc[0]
        head = (
            f"{facts['model']} of {facts['outcome']} under {facts['specifications']:,} "
            f"specifications: {facts['fitted']:,} fitted, {facts['same_as_another']:,} the same as "
            f"another, {facts['senseless']:,} without sense, {facts['failed']:,} failed"
        )
        if facts["not_run"]:
            head += f", {facts['not_run']:,} not run"
        shares = self.shares(level)
        if shares.empty:
            return Text(head)
        impacts = shares.index.get_level_values("component").isin(COMPONENTS)
        shown = shares[impacts] if impacts.any() else shares
        shown = shown.assign(moved_by=[self._moved_by(*index) for index in shown.index])
        text = shown.reset_index().to_string(index=False, float_format="{:.4g}".format)
        return Text(f"{head}\n{text}\nSignificant: the {level:.0%} interval excludes zero.")

    def _moved_by(self, term: str, component: str) -> str:
        """The axis with the largest share of the variance, and the share."""
        shares = self.variance_shares(term, component)["alone"].drop(INTERACTIONS)
        if shares.isna().all():
            return "nothing"
        return f"{shares.index[0]} {shares.iloc[0]:.0%}"

    def __repr__(self) -> str:
        return str(self.summary())


def _with_intervals(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """Rows with the columns of every tidy frame, by the numbers of a single fit: z, or t where there
    are degrees of freedom.
    """
    estimate, error = rows["estimate"].to_numpy(), rows["std_error"].to_numpy()
    none = np.full(estimate.shape, np.nan)
    statistic = np.divide(estimate, error, out=none, where=error > 0)
    p_value, half = np.empty(estimate.shape), np.empty(estimate.shape)
    df = rows["df_resid"].to_numpy()
    for value in np.unique(df):
        one = None if np.isnan(value) else float(value)
        at = np.isnan(df) if one is None else df == value
        p_value[at] = two_sided_p(statistic[at], one)
        half[at] = critical_value(level, one) * error[at]
    numbers = (estimate, error, statistic, p_value, estimate - half, estimate + half)
    frame = pd.DataFrame(dict(zip(TIDY_COLUMNS[2:], numbers, strict=True)))
    frame.insert(0, "component", rows["component"].to_numpy())
    frame.insert(0, "term", rows["term"].to_numpy())
    return frame
