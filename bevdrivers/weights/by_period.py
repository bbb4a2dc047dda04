"""`PeriodWeights`: weights that are others in other periods, because they are given so or because
some units are absent.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ..display import Shown
from ..errors import WeightsError, first_five
from ..ids import positions
from ..numerics.linalg import is_row_normalised, spatial_lag
from ..options import Missing, check_option
from ..results import Text, fingerprint
from .islands import degree
from .matrices import in_order_of
from .weights import SpatialWeights


@dataclass(frozen=True, eq=False, repr=False)
class PeriodWeights(Shown):
    """Spatial weights of N named units in T periods.

    Make them with `of`, or pass the mapping itself to ``fit``.

    Attributes
    ----------
    ids : tuple, length N
    periods : tuple of int, length T
    given : tuple of SpatialWeights, length T
        Of all units, in the order of `ids`; one object for periods that have the same.
    observed : array of shape (T, N) or None
        Which units are there in each period; None where all always are.
    missing : {"cut", "keep-weights"}
        What becomes of the links to units that are not there. "cut": the raw links among those that
        are there are normalised again. "keep-weights": the weights of the others stay as they were,
        so that rows sum to less.
    """

    ids: tuple[Hashable, ...]
    periods: tuple[int, ...]
    given: tuple[SpatialWeights, ...]
    observed: np.ndarray | None = None
    missing: Missing = "cut"

    @classmethod
    def of(cls, weights: Mapping[int, SpatialWeights], periods: Sequence[int]) -> PeriodWeights:
        """Weights of some periods from a mapping, period -> weights.

        Parameters
        ----------
        weights : mapping of int to SpatialWeights
            Of the same units; it may hold further periods.
        periods : sequence of int
            Those that are wanted, all of which the mapping has.

        Raises
        ------
        WeightsError
            Periods or units are missing.
        """
        lost = [period for period in periods if period not in weights]
        if lost:
            raise WeightsError(
                "weights",
                expected="weights of every period of the panel",
                got=f"none for {first_five(lost)}",
                remedy="Add these periods to the mapping, or select the others: "
                "panel.select(periods=...).",
            )
        given = [weights[period] for period in periods]
        ids = given[0].ids
        aligned = {id(W): W.align(ids) for W in given}
        return cls(ids, tuple(periods), tuple(aligned[id(W)] for W in given))

    @classmethod
    def constant(cls, W: SpatialWeights, periods: Sequence[int]) -> PeriodWeights:
        """The same weights in all periods."""
        return cls(W.ids, tuple(periods), (W,) * len(periods))

    def among(self, observed: np.ndarray, missing: Missing = "cut") -> PeriodWeights:
        """The weights among the units that are there in each period, bool of shape (T, N).

        Raises
        ------
        WeightsError
            A unit that is there has neighbours, but none of them is there in a period; not where
            the weights were made with ``islands="keep"``. Or the weights know nothing of a unit in
            a period in which it is there.
        """
        check_option("missing", missing, Missing)
        self._check_known(observed)
        cut = replace(self, observed=observed, missing=missing)
        cut._check_neighbours()
        return cut

    def align(self, units: Sequence[Hashable], periods: Sequence[int]) -> PeriodWeights:
        """The weights of `units` in that order, in `periods`; see `SpatialWeights.align`.

        Raises
        ------
        WeightsError
            Units or periods are missing, or a cut leaves a unit without neighbours.
        """
        by_period = dict(zip(self.periods, self.given, strict=True))
        chosen = PeriodWeights.of(by_period, periods)
        aligned = {id(W): W.align(units) for W in chosen.given}
        observed = None
        if self.observed is not None:
            rows, columns = positions(periods, self.periods), positions(units, self.ids)
            observed = self.observed[np.ix_(rows, columns)]
        given = tuple(aligned[id(W)] for W in chosen.given)
        return PeriodWeights(tuple(units), chosen.periods, given, observed, self.missing)

    def last(self, count: int) -> PeriodWeights:
        """The weights of the last periods, so many of them."""
        if count == self.n_periods:
            return self
        observed = None if self.observed is None else self.observed[-count:]
        return replace(
            self,
            periods=self.periods[-count:],
            given=self.given[-count:],
            observed=observed,
        )

    def renamed(self, name: str) -> PeriodWeights:
        """The same weights under another name."""
        renamed = {id(W): W.renamed(name) for W in self.given}
        return replace(self, given=tuple(renamed[id(W)] for W in self.given))

    @property
    def n_links(self) -> int:
        """Number of links of all periods together, among units that are there."""
        return sum(part.n_links for part in self.parts)

    @property
    def n_units(self) -> int:
        return len(self.ids)

    @property
    def n_periods(self) -> int:
        return len(self.periods)

    @cached_property
    def parts(self) -> tuple[SpatialWeights, ...]:
        """The weights of each period among the units that are there, length T: of N_t units, in the
        order of `ids`; one object for periods that have the same.
        """
        made: dict[tuple[int, bytes], SpatialWeights] = {}
        parts = []
        for W, there in zip(self.given, self._there, strict=True):
            key = (id(W), there.tobytes())
            if key not in made:
                made[key] = W if there.all() else self._part(W, there)
            parts.append(made[key])
        return tuple(parts)

    @property
    def _there(self) -> np.ndarray:
        """Whether a unit is there, (T, N)."""
        if self.observed is None:
            return np.ones((self.n_periods, self.n_units), bool)
        return self.observed

    def _part(self, W: SpatialWeights, there: np.ndarray) -> SpatialWeights:
        rows = np.flatnonzero(there)
        kept = self.missing == "keep-weights"
        links = W.sparse if kept else W.links
        return replace(
            W,
            ids=tuple(self.ids[row] for row in rows),
            links=sparse.csr_array(links[rows][:, rows]),
            normalise=None if kept else W.normalise,
            _aligned={},
        )

    @cached_property
    def operators(self) -> tuple[sparse.csr_array, ...]:
        """The normalised weights of each period, T sparse arrays of shape (N, N), with zero rows and
        columns for units that are not there; one object for periods that have the same.
        """
        made: dict[int, sparse.csr_array] = {}
        for part, there in zip(self.parts, self._there, strict=True):
            if id(part) not in made:
                made[id(part)] = _spread(part.sparse, np.flatnonzero(there), self.n_units)
        return tuple(made[id(part)] for part in self.parts)

    @cached_property
    def over_cells(self) -> sparse.csr_array:
        """The weights of all periods in one block-diagonal matrix over the n cells that are there,
        ordered by period, then unit: sparse, of shape (n, n).
        """
        return sparse.csr_array(sparse.block_diag([part.sparse for part in self.parts], "csr"))

    def lag(self, values: np.ndarray) -> np.ndarray:
        """Spatial lag of an array of shape (T, N) or (T, N, K), each period by its own weights; zero
        for units that are not there, whose values do not matter.
        """
        values = in_order_of(values, self.ids)
        there = self._there if values.ndim == 2 else self._there[:, :, None]
        filled = np.where(there, values, 0.0)
        lagged = np.empty_like(filled)
        for rows, operator in self._groups:
            lagged[rows] = spatial_lag(operator, filled[rows])
        return lagged

    def solved(self, rho: float, values: np.ndarray) -> np.ndarray:
        """(I - rho W)^-1 of an array of shape (T, N) or (T, N, K), each period by its own weights;
        zero for units that are not there.
        """
        solved = np.zeros(values.shape)
        resolvents = {id(part): part.pencil.at(rho) for part in self.parts if part.n_units}
        for row, (part, there) in enumerate(zip(self.parts, self._there, strict=True)):
            if part.n_units:
                solved[row, there] = resolvents[id(part)].solve(values[row, there])
        return solved

    @property
    def _groups(self) -> list[tuple[np.ndarray, sparse.csr_array]]:
        """The periods that have the same weights, as rows, and these weights."""
        keys = np.array([id(operator) for operator in self.operators])
        firsts = np.unique(keys, return_index=True)[1]
        return [(np.flatnonzero(keys == keys[row]), self.operators[row]) for row in firsts]

    @property
    def changes(self) -> bool:
        """Whether weights were given that differ by period."""
        return any(W is not self.given[0] for W in self.given)

    @cached_property
    def distinct(self) -> tuple[SpatialWeights, ...]:
        """The parts that differ, those of more than one unit."""
        parts = {id(part): part for part in self.parts if part.n_units > 1}
        return tuple(parts.values())

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """Range of admissible rho around zero in all periods."""
        ranges = [part.spectrum.bounds for part in self.distinct if part.links.nnz]
        lows, highs = zip(*ranges, strict=True)
        return max(lows), min(highs)

    @cached_property
    def row_normalised(self) -> bool:
        """Whether the row of every unit that is there sums to one."""
        return all(is_row_normalised(part.sparse) for part in self.parts if part.n_units)

    @property
    def name(self) -> str:
        """The name of the weights; of several, the first and the last with "to" between them."""
        names = list(dict.fromkeys(W.name for W in self.given))
        return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"

    @property
    def normalise(self) -> str | None:
        """How the weights were normalised."""
        return self.given[0].normalise

    @property
    def islands(self) -> tuple[str, ...]:
        """What was done with units without neighbours, in words, and with those whose neighbours are
        absent.
        """
        texts = dict.fromkeys(text for W in self.given for text in W.islands)
        if self.bare:
            alone = (
                f"{len(self.bare)} (unit, period) without a neighbour present keep a lag of zero"
            )
            texts[alone] = None
        return tuple(texts)

    @property
    def notes(self) -> tuple[str, ...]:
        """What else was done."""
        return tuple(dict.fromkeys(text for W in self.given for text in W.notes))

    @property
    def made_of(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Covariates and flows that the weights are made of, with the periods of each."""
        periods: dict[str, set[int]] = {}
        for column, some in (pair for W in self.given for pair in W.made_of):
            periods.setdefault(column, set()).update(some)
        return tuple((column, tuple(sorted(some))) for column, some in periods.items())

    @cached_property
    def sha256(self) -> str:
        """Hash of ids and normalised weights of all periods."""
        hashes = "".join(part.sha256 for part in self.parts)
        return fingerprint(np.frombuffer(hashes.encode(), dtype=np.uint8).astype(float))

    def glance(self) -> pd.DataFrame:
        """How the weights move, one row a period.

        Returns
        -------
        DataFrame, indexed by period, with columns n_units (those that are there), links,
        links_kept (share of the links of the period before that are still there, of pairs of units
        that are there in both), links_changed (of all links of such pairs in either period, the
        share that is in one of the two alone), correlation (of the normalised weights of all such
        pairs with those of the period before), weight_mean, weight_min, weight_max (of the links,
        normalised).
        """
        rows = [self._move(t) for t in range(self.n_periods)]
        return pd.DataFrame(rows, index=pd.Index(self.periods, name="period"))

    def _move(self, t: int) -> dict[str, float]:
        now = self.parts[t]
        row = {"n_units": now.n_units, "links": int(now.links.nnz)}
        return {**row, **self._move_from_before(t), **_sizes(now.sparse.data)}

    def _move_from_before(self, t: int) -> dict[str, float]:
        """What is left of the weights of the period before, among units that are there in both."""
        if t == 0:
            return {"links_kept": np.nan, "links_changed": np.nan, "correlation": np.nan}
        both = self._there[t] & self._there[t - 1]
        old, new = (self.operators[s][both][:, both] for s in (t - 1, t))
        pairs = int(both.sum()) * (int(both.sum()) - 1)
        kept = int((old != 0).multiply(new != 0).nnz)
        either = int(old.nnz + new.nnz) - kept
        return {
            "links_kept": kept / old.nnz if old.nnz else np.nan,
            "links_changed": 1.0 - kept / either if either else np.nan,
            "correlation": _correlation(old, new, pairs),
        }

    def summary(self) -> Text:
        """The rows of `glance()` as text, below what the weights are."""
        return Text(f"{self!r}\n{self.glance().round(4).to_string()}")

    def _check_known(self, observed: np.ndarray) -> None:
        """Refuse cells that are there, but not in what the weights were made of."""
        if self.observed is None:
            return
        cells = np.argwhere(observed & ~self.observed)
        if not len(cells):
            return
        named = [(self.ids[unit], self.periods[period]) for period, unit in cells]
        raise WeightsError(
            "weights",
            expected="weights of every unit in every period in which it is there"
            + "".join(f" ({text})" for text in self.notes[:1]),
            got=f"none for {len(named)} (unit, period): {first_five(named)}",
            remedy="Fill what the weights are made of, or leave these units out: "
            "panel.drop_units(...).",
        )

    def _shown_frame(self) -> pd.DataFrame:
        return self.glance().reset_index()

    def _check_neighbours(self) -> None:
        """Refuse units that are there in a period in which all of their neighbours are not."""
        bare = [cell for cell in self.bare if not self._keeps(cell)]
        if not bare:
            return
        raise WeightsError(
            "weights",
            expected="a neighbour for every unit in every period in which it is there",
            got=f"none for {len(bare)} (unit, period): {first_five(bare)}",
            remedy="Make the weights with islands='keep', which gives them a lag of zero, choose "
            "weights with more neighbours, or leave these units out: panel.drop_units(...).",
        )

    @cached_property
    def bare(self) -> tuple[tuple[Hashable, int], ...]:
        """(unit, period) without a neighbour that is there, of units that have neighbours."""
        cells: list[tuple[Hashable, int]] = []
        for period, W, part in zip(self.periods, self.given, self.parts, strict=True):
            if part is W:
                continue
            alone = np.flatnonzero(degree(part.links) == 0)
            had = dict(zip(W.ids, degree(W.links) > 0, strict=True))
            cells += [(part.ids[row], period) for row in alone if had[part.ids[row]]]
        return tuple(cells)

    def _keeps(self, cell: tuple[Hashable, int]) -> bool:
        return self.given[self.periods.index(cell[1])].keeps_islands

    def __repr__(self) -> str:
        return f"PeriodWeights {self.name}: {self.n_units} units, {self.n_periods} periods"


def _sizes(weights: np.ndarray) -> dict[str, float]:
    """Mean and range of weights (n,)."""
    if not len(weights):
        return {"weight_mean": np.nan, "weight_min": np.nan, "weight_max": np.nan}
    return {
        "weight_mean": float(weights.mean()),
        "weight_min": float(weights.min()),
        "weight_max": float(weights.max()),
    }


def _correlation(old: sparse.csr_array, new: sparse.csr_array, pairs: int) -> float:
    """Correlation of two weights over all pairs of units, those without a link too."""
    if pairs < 2:
        return np.nan
    means = [W.sum() / pairs for W in (old, new)]
    covariance = old.multiply(new).sum() / pairs - means[0] * means[1]
    variances = [W.power(2).sum() / pairs - m**2 for W, m in zip((old, new), means, strict=True)]
    if min(variances) <= 0.0:
        return np.nan
    return float(covariance / np.sqrt(variances[0] * variances[1]))


def _spread(
    part: sparse.csr_array,
    rows: np.ndarray,
    N: int,
) -> sparse.csr_array:
    """Weights among some of N units as a matrix of all of them."""
    if len(rows) == N:
        return part
    coo = part.tocoo()
    return sparse.csr_array((coo.data, (rows[coo.row], rows[coo.col])), shape=(N, N))


def over_cells(W: Any, n_periods: int) -> sparse.csr_array:
    """Weights as one block-diagonal matrix over all cells, ordered by period, then unit: of shape
    (n, n), sparse.

    Parameters
    ----------
    W : SpatialWeights or PeriodWeights
    n_periods : int
        T, for weights that are the same in all periods.
    """
    if isinstance(W, PeriodWeights):
        return W.over_cells
    return sparse.csr_array(sparse.block_diag([W.sparse] * n_periods, "csr"))
