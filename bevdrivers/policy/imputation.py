"""Effects of a policy by imputation, with those on neighbours of the treated.

Untreated outcomes follow y_it(0) = a_i + b_t + x_it'd + e_it. The effects a_i, b_t and d are
estimated from clean cells alone: untreated, and without a treated neighbour. In every other cell
the effect is what the imputed outcome leaves,

    tau_it = y_it - a_i - b_t - x_it'd,

and effects are averaged by event time, with equal weights: in treated cells by years since their
own treatment, in untreated cells with a treated neighbour (exposed ones) by years since the first
neighbour's. No effect is compared with a cell that the policy has reached, so that effects may
differ between units, cohorts and years.

An average is linear in y, sum v_it y_it: v is the weight of the average in cells that it is of, and
minus what least squares gives them in clean cells. Its variance, clustered by unit, is

    sum_i (sum_t v_it r_it)^2,

r the residual in clean cells and tau_it less the mean effect of its event time in the others: where
effects differ within an event time it is too large rather than too small.

Source: Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91, 3253-3285,
doi:10.1093/restud/rdae007, theorems 2 and 3; the clean cells follow from their assumption of no
anticipation and no effect, here taken to units whose neighbours are treated.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..display import Plotted
from ..errors import IdentificationError, first_five
from ..models import NonSpatial
from ..models.interface import RANK_TOLERANCE, aligned
from ..numerics.streams import generator
from ..options import whole_number
from ..panel import Panel
from ..results import ForMaketables, Text, tidy_frame
from .adoption import Adoption
from .paths import EventPath, largest_t, path_lines, paths_frame

TREATED, EXPOSED = "treated", "exposed"


@dataclass(frozen=True)
class Imputation:
    """Effects by event time from imputed untreated outcomes, as a request.

    Parameters
    ----------
    formula : str
        Outcome and regressors that the policy does not change, such as ``"y ~ x"``; ``"y ~ 1"``
        without. Unit and period effects are always there.
    first : str
        Column with the year of a unit's first treatment, as in `EventStudy`.
    last : int
        Last event time that is shown; later cells count in the mean of all.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.Imputation("y ~ x", first="year", last=3)
    Imputation(formula='y ~ x', first='year', last=3)
    """

    formula: str
    first: str
    last: int = 5

    def __post_init__(self) -> None:
        object.__setattr__(self, "last", whole_number("last", self.last))
        NonSpatial(self.formula, fixed_effects=None)

    def fit(
        self,
        panel: Panel,
        weights: Any = None,
        *,
        draws: int = 10_000,
        seed: int | None = None,
    ) -> ImputationResult:
        """Impute, and average the effects by event time.

        Parameters
        ----------
        panel : Panel
            Cells with missing values in the formula are left out.
        weights : SpatialWeights, recipe, Graph or W of libpysal, optional
            Whose links say who is a neighbour; their size does not matter. Without them nobody is
            exposed, and the form is that of Borusyak, Jaravel and Spiess.
        draws : int
            Of the simultaneous bands.
        seed : int, optional
            Of the draws.

        Raises
        ------
        InputError
            As `EventStudy.fit`.
        IdentificationError
            No cell can be imputed: in each of them the unit or the period has no clean cell.
        """
        count = whole_number("draws", draws, at_least=100)
        rng = generator(seed, "sup-t bands")
        cells = _Cells.of(self, panel, weights)
        untreated = _Untreated.of(cells)
        _check_imputed(cells, untreated)
        averages = _averages(self.last, cells, untreated)
        paths = tuple(one.path(count, rng) for one in averages if one.event_times)
        means = pd.concat([one.mean for one in averages], ignore_index=True)
        return ImputationResult(self, cells, untreated, paths, means, count, seed)


@dataclass(frozen=True, eq=False)
class _Cells:
    """What each cell of the panel is, all arrays (T, N) but X (T, N, K).

    Attributes
    ----------
    own, around : Adoption
        Of the units, and of the first of their neighbours.
    observed, clean, treated, exposed : arrays of bool
        Clean, treated and exposed cells are observed ones, each in one of the three.
    """

    outcome: str
    units: tuple[Hashable, ...]
    periods: tuple[int, ...]
    y: np.ndarray
    X: np.ndarray
    own: Adoption
    around: Adoption
    observed: np.ndarray
    clean: np.ndarray
    treated: np.ndarray
    exposed: np.ndarray

    @classmethod
    def of(
        cls,
        request: Imputation,
        panel: Panel,
        weights: Any,
    ) -> _Cells:
        N = panel.n_units
        links = np.zeros((N, N))
        if weights is not None:
            links = aligned(weights, panel).sparse.toarray()
        model = NonSpatial(request.formula, fixed_effects=None)
        design = model.check(panel, weights)
        lost = panel.n_periods - len(design.periods)
        own = Adoption.of(panel, request.first)
        around = own.of_neighbours(links)
        treated, reached = own.treated[lost:], around.treated[lost:]
        observed = np.ones(design.y.shape, bool)
        if design.observed is not None:
            observed = design.observed
        columns = [k for k, name in enumerate(design.terms) if name != "Intercept"]
        return cls(
            design.outcome,
            panel.units,
            design.periods,
            design.y,
            design.X[:, :, columns],
            own,
            around,
            observed,
            observed & ~treated & ~reached,
            observed & treated,
            observed & ~treated & reached,
        )

    def event_time(self, component: str) -> np.ndarray:
        """Years since the unit's own treatment, or since the first neighbour's, (T, N)."""
        adoption = self.own if component == TREATED else self.around
        return adoption.event_time[-len(self.periods) :]

    def cells(self, component: str) -> np.ndarray:
        """The cells of a component, (T, N)."""
        return self.treated if component == TREATED else self.exposed


@dataclass(frozen=True, eq=False)
class _Untreated:
    """Unit effects, period effects and coefficients of the clean cells.

    Units are taken out as means over their clean cells; what is left of period dummies and
    regressors, Z (T, N, P), is regressed on by its singular value decomposition.

    Attributes
    ----------
    effects : array of shape (T, N)
        y less the imputed outcome: residuals in clean cells, effects in the others; NaN where a
        cell cannot be imputed.
    imputed : array of bool of shape (T, N)
        Cells outside the clean ones that can be.
    Z : array of shape (T, N, P)
    inverse : array of shape (P, P)
        Of Z'Z over clean cells (generalised).
    counts : array of shape (N,)
        Clean cells of each unit.
    """

    effects: np.ndarray
    imputed: np.ndarray
    Z: np.ndarray
    inverse: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, cells: _Cells) -> _Untreated:
        T, N = cells.y.shape
        clean = cells.clean
        counts = clean.sum(axis=0)
        dummies = np.broadcast_to(np.eye(T)[:, None, :], (T, N, T))
        # regressors of one size, so that one tolerance serves all columns
        size = np.sqrt(np.mean(cells.X[cells.observed] ** 2, axis=0))
        scaled = cells.X / np.where(size > 0.0, size, 1.0)
        Z = _less_means(np.concatenate([dummies, scaled], axis=2), clean)
        y = _less_means(cells.y[:, :, None], clean)[:, :, 0]
        _, singular, rows = np.linalg.svd(Z[clean], full_matrices=False)
        kept = singular > RANK_TOLERANCE * singular.max(initial=0.0)
        V = rows[kept].T
        inverse = V @ np.diag(singular[kept] ** -2.0) @ V.T
        gamma = inverse @ (Z[clean].T @ y[clean])
        outside = Z - (Z @ V) @ V.T
        spanned = np.linalg.norm(outside, axis=2) <= 1e-8 * (1.0 + np.linalg.norm(Z, axis=2))
        can = spanned & (counts > 0)[None, :] & cells.observed
        effects = np.where(can, y - Z @ gamma, np.nan)
        return cls(effects, can & ~clean, Z, inverse, counts)

    def weights_of_y(self, clean: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """v (T, N) such that sum v y is the average of effects with `weights` (T, N)."""
        chosen = np.flatnonzero(weights.any(axis=0))
        of_units = np.zeros(len(self.counts))
        of_units[chosen] = weights[:, chosen].sum(axis=0) / self.counts[chosen]
        along = self.inverse @ np.einsum("tn,tnp->p", weights, self.Z)
        of_clean = -of_units[None, :] - self.Z @ along
        return np.where(clean, of_clean, weights)


def _less_means(values: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Arrays (T, N, P) less the mean over each unit's clean cells, zero for units without any."""
    counts = np.maximum(clean.sum(axis=0), 1)
    sums = np.einsum("tnp,tn->np", values, clean.astype(float))
    less: np.ndarray = values - sums / counts[:, None]
    return less


def _check_imputed(cells: _Cells, untreated: _Untreated) -> None:
    if not (untreated.imputed & cells.treated).any():
        raise IdentificationError(
            "panel",
            expected="treated cells whose unit and period have cells that the policy has not "
            "reached, neither there nor at a neighbour",
            got=f"{int(cells.clean.sum())} such cells, and no treated cell that they can impute",
            remedy="Use weights with fewer links, or a panel that begins earlier.",
        )


@dataclass(frozen=True, eq=False)
class _Average:
    """Averages of one component by event time.

    Attributes
    ----------
    values, errors of the events : by `event_times`
    scores : array of shape (N, E)
        sum_t v_it r_it of each unit and average.
    """

    component: str
    event_times: tuple[int, ...]
    values: np.ndarray
    scores: np.ndarray
    mean: pd.DataFrame

    def path(self, draws: int, rng: np.random.Generator) -> EventPath:
        """The averages with their band."""
        covariance = self.scores.T @ self.scores
        finite = np.nan_to_num(covariance)
        maxima = largest_t(finite, None, draws, rng)
        terms = tuple(map(str, self.event_times))
        return EventPath(self.component, self.event_times, terms, self.values, covariance, maxima)


def _averages(
    last: int,
    cells: _Cells,
    untreated: _Untreated,
) -> list[_Average]:
    """Of treated and of exposed cells."""
    residuals = _residuals(cells, untreated)
    made = []
    for component in (TREATED, EXPOSED):
        inside = cells.cells(component) & untreated.imputed
        since = cells.event_time(component)
        times = [e for e in range(last + 1) if (inside & (since == e)).any()]
        values, scores = [], []
        for e in times:
            value, score = _average(inside & (since == e), cells, untreated, residuals)
            values.append(value)
            scores.append(score)
        mean = _mean(component, inside, cells, untreated, residuals)
        stacked = np.array(scores).T if scores else np.empty((len(cells.units), 0))
        made.append(_Average(component, tuple(times), np.array(values), stacked, mean))
    return made


def _average(
    chosen: np.ndarray,
    cells: _Cells,
    untreated: _Untreated,
    residuals: np.ndarray,
) -> tuple[float, np.ndarray]:
    """Mean effect of the chosen cells, and the scores (N,) of units; NaN where they are of one
    unit, whose effect cannot be told from its errors.
    """
    weights = chosen / chosen.sum()
    value = float(np.sum(weights[chosen] * untreated.effects[chosen]))
    if chosen.any(axis=0).sum() < 2:
        return value, np.full(chosen.shape[1], np.nan)
    v = untreated.weights_of_y(cells.clean, weights)
    return value, np.sum(v * residuals, axis=0)


def _mean(
    component: str,
    inside: np.ndarray,
    cells: _Cells,
    untreated: _Untreated,
    residuals: np.ndarray,
) -> pd.DataFrame:
    """The mean over all cells of a component, as a row of a tidy frame; none without cells."""
    if not inside.any():
        return tidy_frame([], [], np.empty(0), np.empty(0))
    value, scores = _average(inside, cells, untreated, residuals)
    error = np.sqrt(np.sum(scores**2))
    return tidy_frame(["all"], [component], np.array([value]), np.array([error]))


def _residuals(cells: _Cells, untreated: _Untreated) -> np.ndarray:
    """Residuals of clean cells, effects less the mean of their event time in the others, (T, N);
    zero in cells that no average has.
    """
    residuals = np.where(cells.clean, np.nan_to_num(untreated.effects), 0.0)
    for component in (TREATED, EXPOSED):
        inside = cells.cells(component) & untreated.imputed
        since = cells.event_time(component)
        for e in np.unique(since[inside]):
            group = inside & (since == e)
            residuals[group] = untreated.effects[group] - untreated.effects[group].mean()
    return residuals


@dataclass(frozen=True, eq=False, repr=False)
class ImputationResult(ForMaketables, Plotted):
    """Effects by event time on treated units, and on untreated ones with a treated neighbour.

    The effect on a treated unit is that of all that has happened to it, its neighbours' treatment
    included.

    Attributes
    ----------
    request : Imputation
    cells : record
        What each cell is: ``clean``, ``treated`` and ``exposed``, arrays of bool (T, N).
    untreated : record
        ``effects``, array (T, N): what the imputed outcome leaves of each cell.
    paths : tuple of EventPath
        "treated" and, with weights, "exposed".
    averages : DataFrame
        Means over all cells of each, as rows of a tidy frame.
    draws : int
    seed : int or None
    """

    _figure = "event_plot"

    request: Imputation
    cells: _Cells
    untreated: _Untreated
    paths: tuple[EventPath, ...]
    averages: pd.DataFrame
    draws: int
    seed: int | None

    @property
    def overall(self) -> float:
        """Mean effect over all treated cells."""
        return float(self.averages["estimate"].iloc[0])

    @property
    def effects(self) -> pd.DataFrame:
        """Effects of single cells, periods x units; NaN in clean cells and where none can be
        imputed.
        """
        values = np.where(self.untreated.imputed, self.untreated.effects, np.nan)
        return pd.DataFrame(values, index=list(self.cells.periods), columns=list(self.cells.units))

    @property
    def not_imputed(self) -> pd.DataFrame:
        """Treated and exposed cells that cannot be imputed: unit, period, component, reason."""
        cells = self.cells
        rows = []
        reached = cells.treated | cells.exposed
        for t, n in np.argwhere(reached & ~self.untreated.imputed):
            component = TREATED if cells.treated[t, n] else EXPOSED
            rows.append((cells.units[n], cells.periods[t], component, self._why(t, n)))
        return pd.DataFrame(rows, columns=["unit", "period", "component", "reason"])

    def _why(self, t: int, n: int) -> str:
        if not self.untreated.counts[n]:
            return "the unit has no clean cell"
        if not self.cells.clean[t].any():
            return "the period has no clean cell"
        return "the clean cells do not link its unit and period, or its regressors"

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row an event time of each component, and the mean over all its cells, whose event
        time and band are missing: estimate, interval, columns event_time, band_low, band_high.
        """
        paths = paths_frame(self.paths, level)
        means = self.averages
        whole = tidy_frame(
            means["term"].tolist(),
            means["component"].tolist(),
            means["estimate"].to_numpy(),
            means["std_error"].to_numpy(),
            level=level,
        )
        return pd.concat([paths, whole], ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: the outcome, adoption, and how many cells there are of each kind."""
        cells = self.cells
        row = {
            "model": "Imputation",
            "outcome": cells.outcome,
            "nobs": int(cells.observed.sum()),
            "n_units": len(cells.units),
            "n_periods": len(cells.periods),
            "fixed_effects": "two-way",
            "cov_type": "clustered",
            "cluster": "unit",
            "first": self.request.first,
            **cells.own.facts,
            "clean_cells": int(cells.clean.sum()),
            "treated_cells": int(cells.treated.sum()),
            "exposed_cells": int(cells.exposed.sum()),
            "not_imputed": len(self.not_imputed),
            "draws": self.draws,
            "seed": self.seed,
        }
        return pd.DataFrame([row])

    def summary(self, level: float = 0.95) -> Text:
        """Effects by event time, their means, and the cells that cannot be imputed."""
        facts = self.glance().iloc[0]
        head = (
            f"Imputation, {facts['outcome']}: {facts['clean_cells']} clean cells, "
            f"{facts['treated_cells']} treated, {facts['exposed_cells']} exposed"
        )
        bands = f"Intervals of {level:.0%}; bands hold all event times at once (sup-t)."
        means = self.averages[["component", "estimate", "std_error", "p_value"]]
        text = means.to_string(index=False, float_format="{:.4f}".format, na_rep="")
        lines = path_lines(paths_frame(self.paths, level))
        blocks = [head, lines, bands, f"Mean over all cells\n{text}"]
        left = self.not_imputed
        if len(left):
            names = first_five(zip(left["unit"], left["period"], strict=True))
            blocks.append(f"Not imputed: {len(left)} cells, {names}; see not_imputed.")
        return Text("\n\n".join(blocks))

    def _shown_heading(self) -> str:
        return f"Effects on {self.cells.outcome} by imputation"

    def __repr__(self) -> str:
        return str(self.summary())
