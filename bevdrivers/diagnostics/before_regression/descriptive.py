"""What the variables are like before any regression: statistics within and between units, and
correlations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from ...display import Shown
from ...errors import DataError, InputError, first_five
from ...models.interface import Within
from ...options import CorrelationOf, check_option
from ...panel.formula import check_sizes
from ...results import TIDY_COLUMNS, WIDTH

if TYPE_CHECKING:
    from ...panel import Panel

STATISTICS = ("mean", "std", "min", "max")
# deviations, as a share of the values, that are rounding
CONSTANT = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Descriptives(Shown):
    """Descriptive statistics of panel variables, as Stata's xtsum has them.

    Attributes
    ----------
    frame : DataFrame, (variable, "overall" | "between" | "within") x (N, mean, std, min, max)
        N is the number of cells, of units, and of periods a unit (their mean). "between" is of unit
        means, "within" of deviations from them with the overall mean added back.
    """

    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """One row a statistic: the variable as `term`, "std within" and so on as `component`."""
        wide = self.frame.reset_index().rename(columns={"variable": "term"})
        long = wide.melt(
            ["term", "variation"],
            var_name="statistic",
            value_name="estimate",
        )
        long["component"] = long["statistic"] + " " + long["variation"]
        return long.reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: how many variables, cells and units."""
        first = self.frame.iloc[:2]["N"]
        variables = len(self.frame) // 3
        return pd.DataFrame(
            [
                {
                    "variables": variables,
                    "nobs": int(first.iloc[0]),
                    "n_units": int(first.iloc[1]),
                }
            ]
        )

    def __repr__(self) -> str:
        return self.frame.to_string(float_format="{:.4g}".format)


@dataclass(frozen=True, eq=False, repr=False)
class Correlations(Shown):
    """Pairwise correlations of panel variables.

    Attributes
    ----------
    of : str
        The variation that is correlated: "overall", "between", "within" or "two-way".
    values, p_values : DataFrame, K x K
        Correlations, and two-sided p-values with as many degrees of freedom as that variation has.
    clustered : DataFrame, K x K
        p-values that hold when a unit's years depend on each other; NaN for "between".
    df : int
        Degrees of freedom of the p-values.
    """

    of: str
    values: pd.DataFrame
    p_values: pd.DataFrame
    clustered: pd.DataFrame
    df: int

    def tidy(self) -> pd.DataFrame:
        """One row a pair, "x, z"; the p-value is the clustered one where there is one."""
        p_values = self.p_values if self.of == "between" else self.clustered
        names = list(self.values.columns)
        rows = []
        for j, second in enumerate(names):
            for first in names[:j]:
                rows.append(
                    {
                        "term": f"{first}, {second}",
                        "component": self.of,
                        "estimate": self.values.at[first, second],
                        "p_value": p_values.at[first, second],
                    }
                )
        return pd.DataFrame(rows).reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: the variation, the number of variables, degrees of freedom, the largest
        correlation and its pair.
        """
        pairs = self.tidy()
        largest = pairs.iloc[int(np.argmax(pairs["estimate"].abs()))]
        row = {
            "of": self.of,
            "variables": len(self.values),
            "df": self.df,
        }
        return pd.DataFrame(
            [
                {
                    **row,
                    "largest": largest["estimate"],
                    "pair": largest["term"],
                }
            ]
        )

    def __repr__(self) -> str:
        return f"Correlations ({self.of})\n" + self.values.to_string(
            float_format="{:.3f}".format, line_width=WIDTH
        )


def describe(panel: Panel, columns: Iterable[str]) -> Descriptives:
    """Mean, standard deviation and range overall, between and within units.

    `Panel.describe` has the plain figures in one row a variable, for `descriptive_table`.

    Parameters
    ----------
    panel : Panel
    columns : iterable of str
        Numeric columns, or expressions such as ``"log(gdp_pc)"``; missing cells of a column are
        left out.

    Returns
    -------
    Descriptives

    Raises
    ------
    DataError
        A column is unknown, of text, or empty.

    Notes
    -----
    As Stata's ``xtsum``: the standard deviation between is that of the unit means over N - 1, the
    one within that of x_it - mean_i + mean over the number of cells minus one. In an unbalanced
    panel the mean of "between" is that of the unit means.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.describe(bd.load_panel(), ["urban_share"]).frame["std"].round(2).to_list()
    [13.14, 12.69, 4.04]
    """
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for name in _names(columns):
        for variation, statistics in _by_variation(name, _numbers(panel, name)).items():
            rows[name, variation] = statistics
    index = pd.MultiIndex.from_tuples(list(rows), names=["variable", "variation"])
    frame = pd.DataFrame(list(rows.values()), index=index)
    return Descriptives(frame[["N", *STATISTICS]])


def _by_variation(name: str, values: np.ndarray) -> dict[str, dict[str, float]]:
    """Statistics of values (T, N) overall, between and within units; missing cells are left out."""
    check_sizes((name,), values[:, :, None], "columns")
    there = np.isfinite(values)
    if not there.any():
        raise DataError(
            name,
            expected="a column with cells that are not missing",
            got="missing cells only",
            remedy="Leave the column out, or fill it.",
        )
    cells_of_unit = there.sum(axis=0)
    known = cells_of_unit > 0
    sums = np.where(there, values, 0.0).sum(axis=0)
    means = np.full(values.shape[1], np.nan)
    means[known] = sums[known] / cells_of_unit[known]
    overall = values[there]
    between = means[known]
    within = (values - means + overall.mean())[there]
    return {
        "overall": _statistics(overall, overall.size),
        "between": _statistics(between, between.size),
        "within": _statistics(within, overall.size / between.size),
    }


def _statistics(cells: np.ndarray, size: float) -> dict[str, float]:
    """Mean, range, and the standard deviation over one less than the number of cells, beside the
    size to be shown.
    """
    return {
        "N": size,
        "mean": cells.mean(),
        "std": float(np.std(cells, ddof=1)) if cells.size > 1 else np.nan,
        "min": cells.min(),
        "max": cells.max(),
    }


def correlations(
    panel: Panel,
    columns: Iterable[str],
    *,
    of: CorrelationOf = "overall",
) -> Correlations:
    """Pearson correlations of panel variables with p-values.

    Parameters
    ----------
    panel : Panel
        Complete in these columns.
    columns : iterable of str
        At least two numeric columns or expressions.
    of : {"overall", "between", "within", "two-way"}
        Of the cells as they are, of the unit means, of deviations from them, or of deviations from
        unit and period means: what a regression without effects, with unit and with two-way effects
        sees.

    Returns
    -------
    Correlations

    Raises
    ------
    InputError, DataError
        Fewer than two columns; a column that does not vary.

    Notes
    -----
    `p_values` are those of t = r sqrt(df / (1 - r2)) with the degrees of freedom that the removed
    means leave; they take all cells as independent, which years of one unit are not. `clustered`
    are from z = sum_it a_it b_it / sqrt(sum_i (sum_t a_it b_it)2) and the t distribution with N - 1
    degrees of freedom, a and b the deviations.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> correlations = bd.correlations(bd.load_panel(), ["log(gdp_pc)", "urban_share"], of="two-way")
    >>> round(float(correlations.values.iloc[0, 1]), 3)
    0.336
    """
    check_option("of", of, CorrelationOf)
    names = _names(columns)
    if len(names) < 2:
        raise InputError(
            "columns",
            expected="at least two columns",
            got=first_five(names),
            remedy="Name another column beside it.",
        )
    values = np.stack([panel.evaluate(name, "columns") for name in names], axis=2)
    T, N, _ = values.shape
    if of == "between":
        values = values.mean(axis=0, keepdims=True)
    within = Within.of({"within": "unit", "two-way": "two-way"}.get(of))
    scaled = _unit_length(within.demean(values), values, names, of)
    r = np.clip(np.einsum("tik,til->kl", scaled, scaled), -1.0, 1.0)
    df = values.shape[0] * N - 1 - max(within.absorbed(T, N), 1)
    # a correlation of one has no error, and without degrees of freedom there is no test
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(r) * np.sqrt(df / (1 - r**2))
    p = 2 * special.stdtr(df, -t)
    clustered = np.full(r.shape, np.nan)
    if of != "between":
        by_unit = np.einsum("tik,til->ikl", scaled, scaled)
        std_errors = np.sqrt(np.sum(by_unit**2, axis=0))
        # where no unit contributes to a correlation of zero there is nothing to test
        unknown = np.full(r.shape, np.nan)
        z = np.divide(np.abs(r), std_errors, out=unknown, where=std_errors > 0)
        clustered = 2 * special.stdtr(N - 1, -z)
    np.fill_diagonal(r, 1.0)
    np.fill_diagonal(p, np.nan)
    np.fill_diagonal(clustered, np.nan)
    return Correlations(
        of,
        values=pd.DataFrame(r, index=names, columns=names),
        p_values=pd.DataFrame(p, index=names, columns=names),
        clustered=pd.DataFrame(clustered, index=names, columns=names),
        df=df,
    )


def _unit_length(
    demeaned: np.ndarray,
    values: np.ndarray,
    names: list[str],
    of: str,
) -> np.ndarray:
    """Deviations (T, N, K) from the overall mean with sum of squares one; columns without any are
    refused.
    """
    deviations = demeaned - demeaned.mean(axis=(0, 1))
    spread = np.sqrt(np.sum(deviations**2, axis=(0, 1)))
    size = np.sqrt(np.sum(values**2, axis=(0, 1)))
    constant = [name for k, name in enumerate(names) if spread[k] <= CONSTANT * size[k]]
    if constant:
        raise DataError(
            "columns",
            expected=f"columns that vary ({of})",
            got=f"{first_five(constant)}, which do not",
            remedy="Leave these columns out, or choose of='overall'.",
        )
    scaled: np.ndarray = deviations / spread
    return scaled


def _names(columns: Any) -> list[str]:
    if isinstance(columns, str):
        raise InputError(
            "columns",
            expected="a list of columns",
            got=repr(columns),
            remedy='Write columns=["x1", "x2"].',
        )
    names = list(dict.fromkeys(columns))
    strangers = [name for name in names if not isinstance(name, str)]
    if strangers or not names:
        raise InputError(
            "columns",
            expected="names of columns, as texts",
            got=first_five(strangers) if names else "an empty list",
            remedy="Choose among the keys of panel.columns.",
        )
    return names


def _numbers(panel: Panel, name: str) -> np.ndarray:
    values = panel[name] if name in panel.columns else panel.evaluate(name, "columns")
    if values.dtype.kind != "f":
        raise DataError(
            name,
            expected="a numeric column",
            got="a column of text",
            remedy="Leave it out, or turn it into numbers first: panel.with_columns(new=...).",
        )
    return values
