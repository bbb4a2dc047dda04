"""Placebo tests of a fit: the same regression where what is tested has no meaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ..display import Plotted
from ..errors import InputError, OptionError, first_five, suggestion
from ..models import FitResult
from ..models.interface import check_fit, regular_only
from ..options import PlaceboKind, check_option
from ..panel.terms import INTERCEPT, is_category, label_of, read_formula
from ..panel.tree import columns_of
from ..results import TIDY_COLUMNS, Text
from ..simulation.replication import check_replications
from .axes import label_of_term
from .placebo_draws import outcome_within, over_periods, over_units, relabelled, rewired
from .refits import Draw, Made, Refits, refitted, streams
from .workers import checked_jobs

OF_WEIGHTS = ("weight-labels", "random-weights")
OF_TERM = ("units", "periods")
# components that W makes
SPATIAL = ("wx", "spatial", "indirect")
TITLES = {
    "weight-labels": "names of the units of W permuted",
    "random-weights": "random weights with the same numbers of neighbours",
    "units": "paths of {term} permuted over units",
    "periods": "periods of {term} permuted",
    "outcome-within-units": "outcome permuted within units",
    "outcome-within-periods": "outcome permuted within periods",
}


@dataclass(frozen=True, eq=False, repr=False)
class Placebo(Plotted):
    """Estimates of a fit beside those of the same request where what is tested has no meaning.

    Attributes
    ----------
    fit : FitResult
    kind : str
    term : str
        Of "units" and "periods": what is permuted; empty otherwise.
    seed : int or None
    refits : Refits
        The estimates of all draws, as arrays.
    """

    _figure = "draws_plot"

    fit: FitResult
    kind: str
    term: str
    seed: int | None
    refits: Refits

    @property
    def title(self) -> str:
        """What was made over, in words."""
        return TITLES[self.kind].format(term=self.term)

    @property
    def draws(self) -> pd.DataFrame:
        """Estimates of all draws, a row each, columns (term, component)."""
        return self.refits.frame()[self._tested]

    @property
    def _tested(self) -> list[tuple[str, str]]:
        """The quantities about which the placebo says something."""
        labels = list(self.refits.labels)
        if self.kind in OF_TERM:
            own = (self.term, f"W_{self.term}")
            return [label for label in labels if label[0] in own]
        if self.kind in OF_WEIGHTS:
            return [label for label in labels if label[1] in SPATIAL]
        return [label for label in labels if label[0] != "Intercept"]

    def tidy(self) -> pd.DataFrame:
        """A row a quantity that is tested, in the layout of every tidy frame.

        `p_value` is the share of draws, the data being one of them, whose estimate is as far from
        zero, (1 + #) / (1 + R); `p_value_z` the same of estimates over their standard errors.
        `draws_mean`, `draws_low` and `draws_high` are the mean of the draws and the ends of their
        middle 95 %. `estimate`, `std_error` and `statistic` are those of the fit, and there are no
        intervals: a placebo makes none.
        """
        refits = self.refits
        at = [refits.labels.index(label) for label in self._tested]
        own, errors = refits.point[at], refits.errors[at]
        drawn, drawn_errors = (
            refits.drawn[refits.kept][:, at],
            refits.drawn_errors[refits.kept][:, at],
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            z, drawn_z = own / errors, drawn / drawn_errors
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
        # what the model fixes has no distribution
        fixed = errors == 0
        columns = {
            "term": [term for term, _ in self._tested],
            "component": [component for _, component in self._tested],
            "estimate": own,
            "std_error": errors,
            "statistic": np.where(fixed, np.nan, z),
            "p_value": np.where(fixed, np.nan, exact_p(own, drawn)),
            "p_value_z": np.where(fixed, np.nan, exact_p(z, drawn_z)),
            "draws_mean": drawn.mean(axis=0),
            "draws_low": low,
            "draws_high": high,
        }
        frame = pd.DataFrame(columns)
        return frame.reindex(columns=[*TIDY_COLUMNS, *list(columns)[6:]])

    def glance(self) -> pd.DataFrame:
        """One row: the fit, and how it was made over."""
        own = {
            "placebo": self.kind,
            "permuted": self.term,
            "draws": int(self.refits.kept.sum()),
            "failed": self.refits.failed,
            "seed": self.seed,
        }
        return pd.DataFrame([{**self.fit.described, **own}])

    def summary(self) -> Text:
        """Estimates, the middle of the draws and p-values as text."""
        row = self.glance().iloc[0]
        head = (
            f"Placebo of {row['model']} of {row['outcome']}: {self.title}, {row['draws']} draws, "
            f"seed {self.seed}"
        )
        shown = self.tidy()[
            [
                *("term", "component", "estimate", "draws_mean", "draws_low", "draws_high"),
                *("p_value", "p_value_z"),
            ]
        ]
        lines = [head, shown.to_string(index=False, float_format="{:.4g}".format)]
        if row["failed"]:
            lines.append(f"{row['failed']} draws could not be fitted.")
        return Text("\n".join(lines))

    def __repr__(self) -> str:
        return str(self.summary())


def exact_p(own: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """(1 + number of draws as far from zero) / (1 + R) of quantities (Q,) with draws (R, Q); a draw
    without a number, such as z without a standard error, counts as far.
    """
    # a permutation that changes nothing gives the same number, to rounding
    as_far = ~(np.abs(drawn) < np.abs(own) * (1.0 - 1e-9))
    p: np.ndarray = (1 + as_far.sum(axis=0)) / (1 + len(drawn))
    return p


def placebo(
    fit: FitResult,
    kind: PlaceboKind,
    *,
    term: str | None = None,
    draws: int = 999,
    seed: int | None = None,
    n_jobs: int = 1,
) -> Placebo:
    """Estimate a regression again and again where what is tested has no meaning, and see where the
    estimate of the data lies among those.

    Parameters
    ----------
    fit : FitResult
    kind : str
        "weight-labels": the units of W change their names at random, all weights of the fit in the
        same way: the network stays, who is where does not. "random-weights": each unit gets random
        neighbours, as many as it has; mutual links of equal weight stay mutual. "units": whole
        paths of a regressor go to random other units. "periods": its periods change places, in one
        order for all units. "outcome-within-units": the outcome changes periods, in an order of its
        own for each unit. "outcome-within-periods": it changes units, in an order of its own for
        each period.
    term : str, optional
        Of "units" and "periods": the term whose columns are permuted; other terms that read these
        columns move with it.
    draws : int
        999 makes the levels of 5 % and 1 % exact.
    seed : int, optional
        The draws belong to it whatever the number of processes.
    n_jobs : int
        Processes that share the draws; -1 for one a core.

    Returns
    -------
    Placebo

    Raises
    ------
    OptionError
        A kind or term that there is not; a permuted W without weights, or a permuted outcome where
        it is also a regressor; missing cells or weights by period.
    EstimationError
        More than half of the draws cannot be fitted.

    Notes
    -----
    The p-value is exact where the permutation leaves the distribution of the data under the null as
    it is: of names of units that could as well be others, of treatments that were given at random,
    of outcomes without dependence. Dependence over time is kept by "units" and "weight-labels",
    dependence over space by "periods"; "outcome-within-units" breaks the first,
    "outcome-within-periods" the second, so that a small p-value of theirs may be one of dependence.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.SpatialLag("log1p(bev_density) ~ log1p(inventions)").fit(panel, queen)
    >>> names = bd.placebo(fit, "weight-labels", draws=99, seed=1).tidy()
    >>> names[["term", "component"]].to_numpy().tolist()
    [['rho', 'spatial'], ['log1p(inventions)', 'indirect']]
    """
    check_fit(fit)
    check_option("kind", kind, PlaceboKind)
    check_replications(draws)
    regular_only(fit, "placebo()")
    n_jobs = checked_jobs(n_jobs)
    label, columns = _permuted(fit, kind, term)
    make = _maker(fit, kind, columns)
    made = refitted(fit, make, streams(seed, "placebo", draws), n_jobs)
    return Placebo(fit, kind, label, seed, made)


def _maker(
    fit: FitResult,
    kind: str,
    columns: tuple[str, ...],
) -> Callable[[FitResult, Draw], Made]:
    """What makes the data of a draw."""
    if kind in OF_WEIGHTS:
        _check_weights(fit)
        return relabelled if kind == "weight-labels" else rewired
    if kind in OF_TERM:
        over = over_units if kind == "units" else over_periods
        return partial(over, columns=columns)
    _check_outcome(fit)
    return partial(outcome_within, axis=0 if kind == "outcome-within-units" else 1)


def _permuted(
    fit: FitResult,
    kind: str,
    term: str | None,
) -> tuple[str, tuple[str, ...]]:
    """The label of the term that is permuted, and its columns; nothing where none is."""
    if kind not in OF_TERM:
        if term is not None:
            raise OptionError(
                "term",
                expected=f"a term with the kinds {list(OF_TERM)} only",
                got=f"{term!r} with kind={kind!r}",
                remedy="Leave term out.",
            )
        return "", ()
    formula = read_formula(fit.estimator.formula)
    terms: dict[str, Any] = {
        label_of_term(one): one
        for one in formula.terms
        if one != INTERCEPT and not any(map(is_category, one))
    }
    label = None if term is None else label_of(term)
    if label not in terms:
        raise OptionError(
            "term",
            expected=f"a term of the formula, of {first_five(list(terms))}",
            got=repr(term),
            remedy=suggestion(str(term), list(terms)),
        )
    columns = tuple(dict.fromkeys(name for factor in terms[label] for name in columns_of(factor)))
    return label, columns


def _check_weights(fit: FitResult) -> None:
    sample = fit.sample
    if sample.W is None and sample.Wx is None and sample.M is None:
        raise OptionError(
            "kind",
            expected="a model with weights",
            got=f"{fit.estimator.model}, which has none",
            remedy='Fit bd.SpatialDurbin, for instance, or take kind="units".',
        )


def _check_outcome(fit: FitResult) -> None:
    """Refuse a permuted outcome that is on the right-hand side, too."""
    formula = read_formula(fit.estimator.formula)
    factors = [factor for one in formula.terms for factor in one]
    right = {name for factor in factors for name in columns_of(factor)}
    left = set(read_formula(f"{formula.left} ~ 1").columns)
    if fit.sample.dynamic or left & right:
        raise InputError(
            "fit",
            expected="a model whose regressors are not made of the outcome",
            got="dynamic=" if fit.sample.dynamic else first_five(sorted(left & right)),
            remedy='Take kind="units" or "periods" of another regressor.',
        )
