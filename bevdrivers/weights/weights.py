"""`SpatialWeights`: links between named units, kept raw and normalised, aligned by id."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from ..display import Shown, cell_text
from ..errors import WeightsError, first_five
from ..ids import positions
from ..numerics.eigenvalue_log_determinants import Spectrum
from ..numerics.factored_log_determinants import (
    CrossTrace,
    FactoredSpectrum,
    factored_bounds,
)
from ..numerics.linalg import (
    Pencil,
    eigenvalues,
    is_row_normalised,
    spatial_lag,
)
from ..numerics.series_log_determinants import (
    SeriesPencil,
    SeriesSpectrum,
    expected_fill,
)
from ..options import Normalise, check_option
from ..panel.matching import why_unmatched
from ..results import Text, fingerprint
from .islands import degree, settle_islands, speaks_of
from .matrices import checked_ids, checked_links, in_order_of, refuse_several
from .normalisation import is_symmetric, normalised, spectral_radius

if TYPE_CHECKING:
    import geopandas

# Up to this size products with a dense W are faster than with a sparse one.
DENSE_UNITS = 200
# Above this size factorisations are cheaper than eigenvalues, sooner for a W that is not similar to
# a symmetric matrix (N = 300: eigenvalues 15 ms, of a symmetric matrix 3 ms, twenty factorisations
# 4 ms; N = 1,000: 1.2 s, 0.1 s, 20 ms).
EIGEN_UNITS, EIGEN_UNITS_ASYMMETRIC = 400, 200
# Up to `EIGEN_UNITS` units, W with a larger share of links than that is factorised as a dense
# matrix.
SPARSE_SHARE = 0.05
# Dense matrices are not made above this size (200 MB each), sparse factors not above so many
# entries (some 2 GB).
MATRIX_UNITS = 5000
MOST_FILL = 1.5e8


@dataclass(frozen=True, eq=False, repr=False)
class SpatialWeights(Shown):
    """Spatial weights of N named units.

    Make them with a recipe (``bd.Queen().fit(panel)``), `from_matrix` or `from_libpysal`.

    Attributes
    ----------
    ids : tuple, length N
    links : sparse array of shape (N, N)
        The raw links, before normalisation: row i holds the neighbours of unit i.
    normalise : {"row", "spectral", "min-max", None}
        Row: each row sums to one. Spectral: divided by the spectral radius. Min-max: divided by the
        smaller of the largest row sum and the largest column sum (Kelejian and Prucha 2010). None:
        as given.
    name : str
        For tables and notes.
    islands : tuple of str
        What was done with units without neighbours, in words.
    notes : tuple of str
        What else was done (units cut, shapes repaired, years of a covariate).
    dropped : tuple
        Units that were left out because they had no neighbours (``islands="drop"``).
    keeps_islands : bool
        Whether units without neighbours keep their zero rows (``islands="keep"``), in a period in
        which their neighbours are absent, too.
    made_of : tuple of (str, tuple of int)
        Covariates and flows that the weights are made of, with the periods of each.

    References
    ----------
    Kelejian, H. H. and Prucha, I. R. (2010). Specification and estimation of spatial autoregressive
    models with autoregressive and heteroskedastic disturbances. Journal of Econometrics 157, 53-67.
    doi:10.1016/j.jeconom.2009.10.025
    """

    ids: tuple[Hashable, ...]
    links: sparse.csr_array
    normalise: str | None = "row"
    name: str = "W"
    islands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dropped: tuple[Hashable, ...] = ()
    keeps_islands: bool = False
    made_of: tuple[tuple[str, tuple[int, ...]], ...] = ()
    _aligned: dict[tuple[Hashable, ...], SpatialWeights] = field(default_factory=dict)

    @classmethod
    def from_matrix(
        cls,
        matrix: Any,
        ids: Sequence[Hashable],
        *,
        normalise: Normalise = "row",
        islands: str | Mapping[Hashable, Sequence[Hashable]] = "raise",
        name: str = "W",
    ) -> SpatialWeights:
        """Weights from a dense or sparse N x N matrix; entry (i, j) is the weight of unit j in the
        lag of unit i.

        Parameters
        ----------
        matrix : array, sparse array or DataFrame of shape (N, N)
            The rows and columns of a frame are matched with the ids by their labels, in whatever
            order they stand.
        ids : sequence of length N
            The unit of each row and column. A matrix without ids is refused: alignment is by id,
            never by position.
        normalise : {"row", "spectral", "min-max", None}
        islands : {"raise", "drop", "keep"} or mapping
            What to do with a unit without a neighbour: raise; leave it out; keep its zero row (its
            lag is 0); or join it, as in ``{"Hainan": ["Guangdong"]}``, by a link in both
            directions, as weak as the weakest of the others.
        name : str

        Raises
        ------
        WeightsError
            Not square, ids missing or repeated, labels of a frame that are no ids, cells that are
            no numbers, negative, NaN or infinite, a non-zero diagonal, an island, or several
            matrices, which nobody could match with years.
        """
        check_option("normalise", normalise, Normalise)
        named = checked_ids(ids)
        refuse_several(matrix)
        settled = settle_islands(checked_links(matrix, named), named, islands)
        return cls(
            settled.ids,
            settled.links,
            normalise,
            name,
            settled.done,
            (),
            settled.dropped,
            islands == "keep",
        )

    @classmethod
    def from_libpysal(
        cls,
        graph: Any,
        *,
        normalise: Normalise = "row",
        islands: Any = "raise",
        name: str = "",
    ) -> SpatialWeights:
        """Weights from a `libpysal.graph.Graph` or a `libpysal.weights.W` (its weights before any
        transformation).
        """
        from .libpysal_bridge import links_of

        ids, links, kind = links_of(graph)
        return cls.from_matrix(
            links,
            ids,
            normalise=normalise,
            islands=islands,
            name=name or kind,
        )

    def to_libpysal(self) -> Any:
        """The normalised weights as a `libpysal.graph.Graph` in the order of `ids`."""
        from .libpysal_bridge import graph_from

        return graph_from(self.sparse, self.ids)

    def to_gal(self, path: str | Path) -> Path:
        """Write the neighbours (not the weights) as a GAL file."""
        from .files import write_gal

        return write_gal(self.ids, self.sparse, self.name, path)

    def to_csv(self, path: str | Path) -> Path:
        """Write the normalised weights as CSV: columns focal, neighbor, weight; an island has a row
        of weight 0.
        """
        from .files import write_csv

        return write_csv(self.ids, self.sparse, path)

    def to_mat(self, path: str | Path) -> Path:
        """Write the normalised weights as a MATLAB file: `W` (sparse N x N) and `ids`."""
        from .files import write_mat

        return write_mat(self.ids, self.sparse, path)

    @property
    def n_units(self) -> int:
        return len(self.ids)

    @cached_property
    def sparse(self) -> sparse.csr_array:
        """The normalised weights, sparse, of shape (N, N)."""
        return normalised(self.links, self.normalise)

    @cached_property
    def dense(self) -> np.ndarray:
        """The normalised weights, dense, of shape (N, N), read-only."""
        values: np.ndarray = self.sparse.toarray()
        values.setflags(write=False)
        return values

    @cached_property
    def operator(self) -> Any:
        """The normalised weights in the form whose products are faster at this size."""
        few = self.n_units <= DENSE_UNITS
        return (
            self.dense if few or self.links.nnz >= SPARSE_SHARE * self.n_units**2 else self.sparse
        )

    def lag(self, values: np.ndarray) -> np.ndarray:
        """Spatial lag of an array of shape (T, N) or (T, N, K), units in the order of `ids`.

        The columns of a frame (periods x units) are matched by their labels.
        """
        return spatial_lag(self.operator, in_order_of(values, self.ids))

    @cached_property
    def pencil(self) -> Pencil | SeriesPencil:
        """I - rho W for any rho, to solve with: by dense or sparse factors, or by series where
        these do not fit.
        """
        return self._factors if self._series is None else self._series.pencil

    @cached_property
    def _factors(self) -> Pencil:
        return Pencil(self.sparse if self._factors_are_sparse else self.dense)

    @cached_property
    def spectrum(self) -> Spectrum | FactoredSpectrum | SeriesSpectrum:
        """ln|I - rho W|, its derivatives and bounds: from eigenvalues; for many units from
        factorisations, or from series where factors do not fit.
        """
        if self._series is not None:
            return self._series
        few = self.n_units <= EIGEN_UNITS or not self._factors_are_sparse
        if self.n_units <= EIGEN_UNITS_ASYMMETRIC or (few and is_symmetric(self._scaled)):
            return self.full_spectrum
        bounds = factored_bounds(self.sparse, self._scaled, row_normalised=self.row_normalised)
        return FactoredSpectrum(self._factors, bounds, self.row_normalised)

    @property
    def _scaled(self) -> Any:
        """The links of which the weights are a row scaling."""
        return self.links if self.normalise == "row" else self.sparse

    @cached_property
    def _fill(self) -> float:
        return expected_fill(self.sparse)

    @cached_property
    def _factors_are_sparse(self) -> bool:
        N = self.n_units
        if N <= EIGEN_UNITS:
            return N > DENSE_UNITS and self.links.nnz < SPARSE_SHARE * N**2
        return N > MATRIX_UNITS or self._fill < N**2

    @cached_property
    def _series(self) -> SeriesSpectrum | None:
        """Series instead of factors; None where factors fit."""
        if self.n_units <= MATRIX_UNITS or self._fill <= MOST_FILL:
            return None
        radius = 1.0 if self.normalise else spectral_radius(self.sparse)
        slack = 1.0 if self.normalise == "row" else 1.0 + 1e-5  # the radius comes from Krylov steps
        return SeriesSpectrum(self.sparse, self._scaled, radius * slack, self.row_normalised)

    @cached_property
    def cross_trace(self) -> CrossTrace:
        """tr G'G with G = W (I - rho W)^-1, from N x N matrices."""
        return CrossTrace(self.dense, self.spectrum.bounds)

    @cached_property
    def full_spectrum(self) -> Spectrum:
        """All eigenvalues whatever the number of units, for what a determinant does not tell (N =
        2,000: seconds).
        """
        return Spectrum(eigenvalues(self.sparse.toarray(), self._scaled.toarray()))

    @cached_property
    def row_normalised(self) -> bool:
        """Whether every row sums to one: False with a kept island, and for other normalisations
        unless it happens.
        """
        return is_row_normalised(self.sparse)

    @cached_property
    def sha256(self) -> str:
        """Hash of ids and normalised weights."""
        coo = self.sparse.tocoo()
        names = np.frombuffer("\0".join(map(str, self.ids)).encode(), dtype=np.uint8).astype(float)
        return fingerprint(names, coo.row.astype(float), coo.col.astype(float), coo.data)

    def align(self, units: Sequence[Hashable]) -> SpatialWeights:
        """The weights of `units`, in that order, matched by id.

        Weights with more units are cut on their raw links and normalised again, which the notes
        say.

        Raises
        ------
        WeightsError
            Units are missing, or a cut leaves a unit without neighbours.
        """
        wanted = tuple(units)
        if wanted == self.ids:
            return self
        if wanted not in self._aligned:
            self._aligned[wanted] = self._align(wanted)
        return self._aligned[wanted]

    def _align(self, units: tuple[Hashable, ...]) -> SpatialWeights:
        position = positions(units, self.ids)
        if (position < 0).any():
            lost = [units[i] for i in np.flatnonzero(position < 0)]
            raise WeightsError(
                "weights",
                expected="a row for every unit of the panel",
                got=f"none for {len(lost)} units: {first_five(lost)}" + self._why_dropped(lost),
                remedy="Make the weights from the panel's own map, or drop the units with "
                f"panel.drop_units({', '.join(map(repr, lost[:5]))}). "
                + why_unmatched(lost, self.ids, "matrix"),
            )
        links = sparse.csr_array(self.links[position][:, position])
        notes = self.notes
        islands = self.islands
        if len(units) < self.n_units:
            kept = set(position.tolist())
            gone = [name for at, name in enumerate(self.ids) if at not in kept]
            islands = tuple(text for text in islands if not speaks_of(text, gone))
            notes = (
                *notes,
                f"cut from {self.n_units} to {len(units)} units on the raw links and normalised "
                "again",
            )
        had = np.flatnonzero(degree(self.links)[position] > 0)
        bare = had[degree(links)[had] == 0]
        if len(bare):
            raise WeightsError(
                "weights",
                expected="a neighbour for every unit after the cut",
                got=f"none left for {first_five([units[i] for i in bare])}",
                remedy=(
                    "Keep their neighbours in the panel, or make the weights from the smaller "
                    "map with islands=..."
                ),
            )
        return replace(
            self,
            ids=units,
            links=links,
            islands=islands,
            notes=notes,
            _aligned={},
        )

    def among_more(self, units: Sequence[Hashable]) -> SpatialWeights:
        """The same links among more units, in that order; the others have none."""
        rows = positions(self.ids, units)
        coo = self.links.tocoo()
        N = len(units)
        links = sparse.csr_array((coo.data, (rows[coo.row], rows[coo.col])), shape=(N, N))
        return replace(self, ids=tuple(units), links=links, _aligned={})

    def _why_dropped(self, lost: list[Hashable]) -> str:
        position = positions(lost, self.dropped)
        gone = [name for name, at in zip(lost, position, strict=True) if at >= 0]
        return f" (left out with islands='drop': {first_five(gone)})" if gone else ""

    @cached_property
    def component_labels(self) -> np.ndarray:
        """Connected component of each unit (direction ignored), int array of shape (N,),
        read-only.
        """
        labels: np.ndarray = csgraph.connected_components(self.links, directed=False)[1]
        labels.setflags(write=False)
        return labels

    @property
    def n_links(self) -> int:
        """Number of links."""
        return int(self.links.nnz)

    def renamed(self, name: str) -> SpatialWeights:
        """The same weights under another name."""
        return replace(self, name=name, _aligned={})

    @property
    def components(self) -> int:
        """Number of connected components (direction ignored)."""
        return int(self.component_labels.max(initial=-1)) + 1

    @property
    def rho_bounds(self) -> tuple[float, float]:
        """Range of admissible rho around zero; for many units a safe one within it."""
        return self.spectrum.bounds

    def edges(
        self, geometry: Any, *, points: str | tuple[str, str] = "centroid"
    ) -> geopandas.GeoDataFrame:
        """The links as lines for a map of connectivity, one row a pair of linked units.

        Parameters
        ----------
        geometry : Panel or GeoDataFrame
            Where the units are; more units than the weights have are no harm.
        points : "centroid" or (str, str)
            The ends of the lines, as in `KNearest`.

        Returns
        -------
        GeoDataFrame (EPSG:4326) with columns focal, neighbor, weight (normalised, of neighbor in
        the lag of focal), weight_back (of focal in the lag of neighbor), mutual, distance_km,
        geometry.
        """
        from .link_lines import lines_between

        return lines_between(self.ids, self.sparse, geometry, points)

    def glance(self) -> pd.DataFrame:
        """One row: size, links, neighbours, components, symmetry, eigenvalues and range of rho,
        normalisation, islands.

        `eigenvalue_min` and `eigenvalue_max` are the ends of the spectrum that bound rho: 1/rho_min
        and 1/rho_max.
        """
        near = degree(self.links)
        low, high = self.rho_bounds
        row = {
            "name": self.name,
            "n_units": self.n_units,
            "links": int(self.links.nnz),
            "density": self.links.nnz / self.n_units**2,
            "mean_neighbours": near.mean(),
            "min_neighbours": int(near.min()),
            "max_neighbours": int(near.max()),
            "components": self.components,
            "largest_component": int(np.bincount(self.component_labels).max()),
            "symmetric_links": is_symmetric(self.links),
            "normalise": self.normalise or "none",
            "eigenvalue_min": 1.0 / low,
            "eigenvalue_max": 1.0 / high,
            "rho_min": low,
            "rho_max": high,
            "islands": "; ".join(self.islands),
            "notes": "; ".join(self.notes),
        }
        return pd.DataFrame([row])

    def summary(self) -> Text:
        """The row of `glance()` as lines of text."""
        lines = []
        for name, value in self.glance().iloc[0].items():
            shown = f"{value:.4g}" if isinstance(value, float) else value
            lines.append(f"{name:16s} {shown}")
        return Text("\n".join(lines))

    def _shown_frame(self) -> pd.DataFrame:
        facts = self.glance().iloc[0].map(cell_text)
        return facts.rename_axis("fact").rename("value").reset_index()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_aligned": {}}

    def __repr__(self) -> str:
        done = "".join(f"\n  {text}" for text in (*self.islands, *self.notes))
        size = f"{self.n_units} units, {self.links.nnz} links"
        return f"SpatialWeights {self.name}: {size}, normalise={self.normalise!r}{done}"
