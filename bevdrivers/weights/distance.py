"""Weights by great-circle distance in km: nearest neighbours, bands, decays, kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy import sparse

from ..errors import OptionError, WeightsError, first_five
from ..options import KernelShape, check_flag, check_option, whole_number
from .points import Points, k_nearest, locations, on_sphere, pairs_within
from .recipe import FixedRecipe, symmetric
from .spatial_units import SpatialUnits


@dataclass(frozen=True, kw_only=True)
class _Distance(FixedRecipe):
    """What the recipes that measure between points share."""

    points: Points = "centroid"

    def _at(self, units: SpatialUnits) -> np.ndarray:
        """The units on the unit sphere, (N, 3)."""
        return on_sphere(locations(units, self.points))

    def _nearest(self, units: SpatialUnits, i: int) -> int:
        if self.points == "centroid" and (units.polygons().geom_type != "Point").any():
            return units.nearest(i)
        at = self._at(units)
        chord = np.linalg.norm(at - at[i], axis=1)
        chord[i] = np.inf
        return int(np.argmin(chord))


@dataclass(frozen=True)
class KNearest(_Distance):
    """Request for weights of the k nearest units by great-circle distance: w_ij = 1, in general not
    symmetric.

    Parameters
    ----------
    k : int
        Of equally distant units the one earlier in the order of ids is taken.
    points : "centroid" or (str, str)
        Where a unit is: the centroid of its polygon (in an equal-area plane about itself), or two
        columns of the geometry or the panel with longitude and latitude in degrees, such as
        ``("capital_lon", "capital_lat")``. For population-weighted centres see `weighted_centres`.
    """

    k: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        expected = "a whole number of neighbours, at least 1"
        object.__setattr__(self, "k", whole_number("k", self.k, 1, expected=expected))

    @property
    def name(self) -> str:
        return f"{self.k} nearest"

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        N = len(units.ids)
        near, _ = k_nearest(self._at(units), _fewer_than(self.k, N))
        rows = np.repeat(np.arange(N), self.k)
        return sparse.csr_array((np.ones(rows.size), (rows, near.ravel())), shape=(N, N))


@dataclass(frozen=True)
class DistanceBand(_Distance):
    """Request for weights of a distance band: w_ij = 1 where i and j are at most the threshold
    apart (great circle).

    Parameters
    ----------
    threshold_km : float or "smallest"
        "smallest" is the largest distance from a unit to its nearest one: the smallest band that
        leaves no island. The notes say how many km it is.
    points : "centroid" or (str, str)
        As in `KNearest`.
    """

    threshold_km: float | str = "smallest"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.threshold_km != "smallest":
            expected = "a distance in km above 0, or 'smallest'"
            _check_above_zero("threshold_km", self.threshold_km, expected)

    @property
    def name(self) -> str:
        return (
            "smallest band"
            if isinstance(self.threshold_km, str)
            else f"within {self.threshold_km:g} km"
        )

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        at = self._at(units)
        if isinstance(self.threshold_km, str):
            reach = float(k_nearest(at, _fewer_than(1, len(at)))[1].max())
            units.notes.append(f"links up to {reach:.1f} km, the smallest band without islands")
        else:
            reach = self.threshold_km
        i, j, _ = pairs_within(at, reach)
        return symmetric(i, j, 1.0, len(at))


@dataclass(frozen=True)
class InverseDistance(_Distance):
    """Request for inverse-distance weights: w_ij = 1 / d_ij^power with d_ij the great-circle
    distance in km.

    They are in units of the largest weight.

    Parameters
    ----------
    power : float
        1 for 1/d, 2 for gravity.
    cutoff_km : float, optional
        No link beyond this distance.
    least_km : float, optional
        Units that are nearer than this count as so far apart. Without it units at one place are
        refused, whose weight has no bound.
    points : "centroid" or (str, str)
        As in `KNearest`.
    """

    power: float = 1.0
    cutoff_km: float | None = None
    least_km: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_above_zero("power", self.power, "a number above 0")
        _check_cutoff(self.cutoff_km)
        if self.least_km is not None:
            _check_above_zero("least_km", self.least_km, "a distance in km above 0, or None")

    @property
    def name(self) -> str:
        return _within("1/d" if self.power == 1 else f"1/d^{self.power:g}", self.cutoff_km)

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        i, j, distance = pairs_within(self._at(units), self.cutoff_km)
        if self.least_km is not None:
            distance = _not_below(self.least_km, units, distance)
        _refuse_one_place(units, i[distance == 0], j[distance == 0])
        # in units of the largest weight, so that small numbers do not vanish among rounding errors
        weight = (distance / distance.min(initial=np.inf)) ** -self.power
        return symmetric(i, j, weight, len(units.ids))


@dataclass(frozen=True)
class Exponential(_Distance):
    """Request for weights that decay exponentially: w_ij = exp(-decay d_ij), d_ij the great-circle
    distance in km.

    Parameters
    ----------
    decay : float
        Per km: a weight halves every ln(2) / decay km, with 0.001 every 693 km.
    cutoff_km : float, optional
        No link beyond this distance.
    points : "centroid" or (str, str)
        As in `KNearest`.
    """

    decay: float
    cutoff_km: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_above_zero("decay", self.decay, "a number above 0, per km")
        _check_cutoff(self.cutoff_km)

    @property
    def name(self) -> str:
        return _within(f"exp(-{self.decay:g} d)", self.cutoff_km)

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        i, j, distance = pairs_within(self._at(units), self.cutoff_km)
        return symmetric(i, j, np.exp(-self.decay * distance), len(units.ids))


KERNELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "uniform": lambda z: np.full(z.shape, 0.5),
    "triangular": lambda z: 1.0 - z,
    "epanechnikov": lambda z: 0.75 * (1.0 - z**2),
    "quartic": lambda z: 15.0 / 16.0 * (1.0 - z**2) ** 2,
    "gaussian": lambda z: np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi),
}


@dataclass(frozen=True)
class Kernel(_Distance):
    """Request for kernel weights: w_ij = K(d_ij / h_i) for d_ij <= h_i, with d_ij the great-circle
    distance in km.

    There is no weight on the unit itself.

    K(z) is 1/2 (uniform), 1 - z (triangular), 3/4 (1 - z^2) (epanechnikov), 15/16 (1 - z^2)^2
    (quartic) or exp(-z^2 / 2) / sqrt(2 pi) (gaussian, cut at z = 1 like the others).

    Parameters
    ----------
    k : int
        Sets the bandwidth. The k-th neighbour itself has weight K(1), which is 0 for the
        triangular, epanechnikov and quartic kernels: take k + 1 to have k neighbours.
    kernel : {"triangular", "uniform", "epanechnikov", "quartic", "gaussian"}
    adaptive : bool
        Adaptive: h_i is the distance from i to its k-th nearest unit, so that the links are not
        symmetric. Fixed: one h, the largest of them.
    points : "centroid" or (str, str)
        As in `KNearest`.

    References
    ----------
    Anselin, L. and Rey, S. J. (2014). Modern Spatial Econometrics in Practice. GeoDa Press, chapter
    3.
    """

    k: int = 5
    kernel: KernelShape = "triangular"
    adaptive: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        expected = "a whole number of neighbours, at least 1"
        object.__setattr__(self, "k", whole_number("k", self.k, 1, expected=expected))
        check_option("kernel", self.kernel, KernelShape)
        check_flag("adaptive", self.adaptive)

    @property
    def name(self) -> str:
        return f"{self.kernel} kernel, {self.k} nearest, {'adaptive' if self.adaptive else 'fixed'}"

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        at = self._at(units)
        N = len(units.ids)
        bandwidth = k_nearest(at, _fewer_than(self.k, N))[1][:, -1]
        if not self.adaptive:
            bandwidth = np.full(N, bandwidth.max())
            units.notes.append(f"bandwidth {bandwidth[0]:.1f} km")
        if (bandwidth == 0).any():
            crowded = first_five([units.ids[i] for i in np.flatnonzero(bandwidth == 0)])
            raise WeightsError(
                "k",
                expected="neighbours at other places",
                got=f"{self.k} at the place of {crowded}",
                remedy="Take a larger k, or give points= of other places.",
            )
        i, j, distance = _both_ways(at, bandwidth, self.k, self.adaptive)
        z = distance / bandwidth[i]
        near = z <= 1.0 + 1e-9
        weight = KERNELS[self.kernel](np.minimum(z[near], 1.0))
        links = sparse.csr_array((weight, (i[near], j[near])), shape=(N, N))
        links.eliminate_zeros()
        return links


def _both_ways(
    at: np.ndarray,
    bandwidth: np.ndarray,
    k: int,
    adaptive: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directed pairs that may be within the bandwidth of the first; for an adaptive one the nearest
    are enough.
    """
    if adaptive:
        # some more than k, for ties at the bandwidth
        near, distance = k_nearest(at, most := min(2 * k + 1, len(at) - 1))
        return (
            np.repeat(np.arange(len(at)), most),
            near.ravel(),
            distance.ravel(),
        )
    i, j, distance = pairs_within(at, float(bandwidth[0]))
    return np.r_[i, j], np.r_[j, i], np.r_[distance, distance]


def _check_cutoff(cutoff_km: float | None) -> None:
    if cutoff_km is not None:
        _check_above_zero("cutoff_km", cutoff_km, "a distance in km above 0, or None")


def _not_below(
    least_km: float,
    units: SpatialUnits,
    distance: np.ndarray,
) -> np.ndarray:
    near = int((distance < least_km).sum())
    if near:
        units.notes.append(f"{near} pairs nearer than {least_km:g} km count as so far apart")
    held: np.ndarray = np.maximum(distance, least_km)
    return held


def _check_above_zero(
    argument: str,
    value: object,
    expected: str,
) -> None:
    if not isinstance(value, Real) or not float(value) > 0:
        raise OptionError(
            argument,
            expected=expected,
            got=repr(value),
            remedy="Write a number, such as 1.",
        )


def _within(kind: str, cutoff_km: float | None) -> str:
    return kind if cutoff_km is None else f"{kind} within {cutoff_km:g} km"


def _fewer_than(k: int, N: int) -> int:
    if k >= N:
        raise WeightsError(
            "k",
            expected=f"fewer than N = {N} neighbours",
            got=str(k),
            remedy="Take a smaller k.",
        )
    return k


def _refuse_one_place(
    units: SpatialUnits,
    i: np.ndarray,
    j: np.ndarray,
) -> None:
    if i.size:
        pairs = [(units.ids[p], units.ids[q]) for p, q in zip(i, j, strict=True)]
        raise WeightsError(
            "points",
            expected="different places",
            got=f"units at one place: {first_five(pairs)}",
            remedy="Say how far apart they count, as in least_km=1, or give points=(longitude, "
            "latitude) of other places, such as capitals.",
        )
