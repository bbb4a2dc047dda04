"""Random small panels, and random weights of their units, as plain arrays and frames: so that a test
can rename, reorder and rescale them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from hypothesis import strategies as st
from shapely.geometry import box

import bevdrivers as bd

# Most columns are drawn from a normal distribution; each other kind is one that has broken a
# regression somewhere.
COLUMNS = (
    *["normal"] * 8,
    "integers",
    "ties",
    "constant",
    "zero",
    "by unit",
    "by period",
    "two values",
    "outlier",
    "huge",
    "tiny",
    "vanishing",
    "beyond",
    "level",
    "copy",
    "trend",
    "positive",
)
OUTCOMES = (*["of x"] * 8, *["normal"] * 4, "exact", "one unit", *COLUMNS[8:])


@dataclass(frozen=True)
class Data:
    """A panel and weights of its units.

    Attributes
    ----------
    frame : DataFrame
        One row a unit and period: unit, year, y, x1, x2, positive, group.
    links : array of shape (N, N)
        Raw weights, in the order of `ids`.
    ids : tuple of str, length N
    normalise : str or None
    islands : str
    """

    frame: pd.DataFrame
    links: np.ndarray
    ids: tuple[str, ...]
    normalise: str | None
    islands: str

    @property
    def panel(self) -> bd.Panel:
        return bd.Panel.from_frame(self.frame, unit="unit", time="year")

    @property
    def weights(self) -> bd.SpatialWeights:
        return bd.SpatialWeights.from_matrix(
            self.links, self.ids, normalise=self.normalise, islands=self.islands
        )

    def renamed(self, seed: int) -> Data:
        """The same data under other names of the units, rows and weights in another order."""
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(self.ids))
        names = {unit: f"n{k:02d}" for k, unit in enumerate(rng.permutation(list(self.ids)))}
        frame = self.frame.assign(unit=self.frame["unit"].map(names))
        return replace(
            self,
            frame=frame.sample(frac=1, random_state=seed),
            links=self.links[np.ix_(order, order)],
            ids=tuple(names[self.ids[k]] for k in order),
        )

    def scaled(self, **factors: float) -> Data:
        """The same data with columns in other units of measurement."""
        return replace(
            self, frame=self.frame.assign(**{c: self.frame[c] * f for c, f in factors.items()})
        )

    def moved(self, **steps: float) -> Data:
        """The same data with constants added to columns."""
        return replace(
            self, frame=self.frame.assign(**{c: self.frame[c] + s for c, s in steps.items()})
        )


@st.composite
def data(draw: st.DrawFn, units: int = 1, periods: int = 1, healthy: bool = False) -> Data:
    """A panel of at least so many units and periods; `healthy`: of ordinary columns alone."""
    N, T = draw(st.integers(units, 12)), draw(st.integers(periods, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    x1, x2 = (_column(rng, T, N, draw(_kinds(COLUMNS, healthy)), rng) for _ in range(2))
    if not healthy and draw(_seldom()):
        x2 = 1.0 - 3.0 * x1
    y = _outcome(rng, T, N, draw(_kinds(OUTCOMES, healthy)), x1, x2)
    ids = tuple(f"u{k:02d}" for k in range(N))
    frame = pd.DataFrame(
        {
            "unit": np.tile(ids, T),
            "year": np.repeat(np.arange(2001, 2001 + T), N),
            "y": y.ravel(),
            "x1": x1.ravel(),
            "x2": x2.ravel(),
            "positive": rng.uniform(0.5, 2.0, T * N),
            "group": np.tile(rng.choice(["north", "south", "west"], N), T),
        }
    )
    if not healthy and draw(_seldom()):
        frame.loc[rng.integers(len(frame)), draw(st.sampled_from(["y", "x1", "x2"]))] = np.nan
    if not healthy and draw(_seldom()) and len(frame) > 1:
        frame = frame.drop(index=int(rng.integers(len(frame))))
    if not healthy and draw(_seldom()):
        frame = frame.drop(columns=draw(st.sampled_from(["y", "x1", "x2"])))
    frame = frame.sample(frac=1, random_state=int(rng.integers(2**16)))
    kind = draw(st.sampled_from(LINKS))
    return Data(
        frame,
        _links(rng, N, kind),
        ids,
        draw(st.sampled_from(["row", "row", "row", "spectral", "min-max", None])),
        draw(st.sampled_from(["raise", "keep", "nearest"] if not healthy else ["keep"])),
    )


def _seldom() -> st.SearchStrategy[bool]:
    return st.integers(0, 24).map(lambda k: k == 24)


def _kinds(kinds: tuple[str, ...], healthy: bool) -> st.SearchStrategy[str]:
    return st.just(kinds[0]) if healthy else st.sampled_from(kinds)


def _column(rng: np.random.Generator, T: int, N: int, kind: str, _: Any) -> np.ndarray:
    """Values (T, N) of one kind."""
    x = rng.standard_normal((T, N))
    made: dict[str, Any] = {
        "normal": x,
        "integers": rng.integers(-5, 6, (T, N)).astype(float),
        "ties": np.round(x),
        "constant": np.full((T, N), 3.7),
        "zero": np.zeros((T, N)),
        "by unit": np.broadcast_to(x[0], (T, N)),
        "by period": np.broadcast_to(x[:, :1], (T, N)),
        "two values": (x > 0).astype(float),
        "outlier": np.where(np.arange(T * N).reshape(T, N) == 0, 1e6, x),
        "huge": x * 1e12,
        "tiny": x * 1e-12,
        "vanishing": x * 1e-300,
        "beyond": x * 1e300,
        "level": 1e9 + x,
        "copy": np.broadcast_to(x[:, :1], (T, N)) + x[:1],
        "trend": np.arange(T)[:, None] + 0.0 * x,
        "positive": np.exp(x),
    }
    return np.array(made[kind])


def _outcome(
    rng: np.random.Generator, T: int, N: int, kind: str, x1: np.ndarray, x2: np.ndarray
) -> np.ndarray:
    e = rng.standard_normal((T, N))
    if kind == "of x":
        size = max(float(np.abs(x1).max()), 1e-3)
        return 1.0 + x1 / size - 0.5 * e + rng.standard_normal(N)
    if kind == "exact":
        return 1.0 + 2.0 * x1 - x2
    if kind == "one unit":
        return np.where(np.arange(N) == 0, e, 0.0)
    return _column(rng, T, N, kind, rng)


LINKS = (
    *["nearest"] * 3,
    *["distance"] * 3,
    "ring",
    "one way",
    "pairs",
    "blocks",
    "equal",
    "random",
    "signed",
    "islands",
    "star",
    "sparse",
    "nothing",
    "wide",
)


def _links(rng: np.random.Generator, N: int, kind: str) -> np.ndarray:
    """Raw links (N, N) of one kind, the diagonal zero."""
    at = rng.uniform(size=(N, 2))
    far = np.linalg.norm(at[:, None] - at[None], axis=2) + np.eye(N)
    around = np.roll(np.eye(N), 1, axis=1)
    block = np.arange(N) // 3
    made = {
        "nearest": (far <= np.sort(far, axis=1)[:, [min(2, N - 1)]]).astype(float),
        "distance": 1.0 / far,
        "ring": around + around.T,
        "one way": around,
        "pairs": (np.arange(N)[:, None] // 2 == np.arange(N)[None] // 2).astype(float),
        "blocks": (block[:, None] == block[None]).astype(float),
        "equal": np.ones((N, N)),
        "random": rng.uniform(size=(N, N)),
        "signed": rng.standard_normal((N, N)),
        "islands": (rng.uniform(size=(N, N)) < 0.2).astype(float),
        "star": ((np.arange(N)[:, None] == 0) | (np.arange(N)[None] == 0)).astype(float),
        "sparse": np.eye(N, k=1) + np.eye(N, k=-1),
        "nothing": np.zeros((N, N)),
        "wide": 10.0 ** rng.uniform(-12, 12, (N, N)),
    }
    links = np.array(made[kind])
    np.fill_diagonal(links, 0.0)
    return links


RECIPES = (
    bd.Queen(islands="nearest"),
    bd.Rook(islands="keep"),
    bd.Queen(islands="raise", tolerance_km=1.0),
    bd.KNearest(2),
    bd.KNearest(9),
    bd.InverseDistance(2.0),
    bd.InverseDistance(cutoff_km=120.0, islands="keep"),
    bd.DistanceBand(),
    bd.DistanceBand(90.0, islands="nearest"),
    bd.Exponential(0.01),
    bd.Kernel(3, "gaussian"),
    bd.Kernel(2, adaptive=False, islands="keep"),
    bd.Blocks("group", islands="keep"),
    bd.EconomicDistance("positive"),
    bd.EconomicGeographic(bd.InverseDistance(), "positive"),
    bd.HigherOrder(bd.Queen(islands="nearest"), 2, islands="keep"),
    bd.Nested(bd.InverseDistance(), bd.EconomicDistance("positive"), share=0.3),
)


@st.composite
def maps(draw: st.DrawFn, ids: tuple[str, ...]) -> geopandas.GeoDataFrame:
    """Squares of some size, some of them apart from all others, at some place of the earth."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    west, south = draw(st.sampled_from([(100.0, 20.0), (-5.0, -3.0), (10.0, 60.0)]))
    side = draw(st.sampled_from([0.01, 0.5, 1.0]))
    cells = rng.permutation(36)[: len(ids)]
    width = draw(st.sampled_from([1.0, 0.7]))
    shapes = [
        box(
            west + side * (c % 6),
            south + side * (c // 6),
            west + side * (c % 6 + width),
            south + side * (c // 6 + width),
        )
        for c in cells
    ]
    return geopandas.GeoDataFrame({"unit": list(ids)}, geometry=shapes, crs="EPSG:4326")
