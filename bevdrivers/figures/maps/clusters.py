"""Cluster maps of local statistics, of one period and of several with one legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, first_five
from ...ids import positions
from ..style import HAIRLINE
from .choropleth import by_year
from .sheet import MISSING, OUTLINE, Sheet, Texts, one_map, several_maps

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch


def _hatched(face: str, edge: str, hatch: str) -> dict[str, Any]:
    return {"facecolor": face, "edgecolor": edge, "hatch": hatch, "linewidth": HAIRLINE}


# clusters are filled, outliers pale and hatched; high and low differ in lightness, so that grey prints tell them apart
_HIGH, _LOW = {"facecolor": "#EE8048", **OUTLINE}, {"facecolor": "#255F9E", **OUTLINE}
_HIGH_ALONE, _LOW_ALONE = _hatched("#FBE3D2", "#B5430C", "xxxxx"), _hatched("#D8E6F3", "#08407E", "....")
_NOT_SIGNIFICANT, _ALONE = "not significant", "no neighbours"

# class of the statistic: (words of the legend, look)
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "HH": ("High\u2013high (HH)", _HIGH),
    "LL": ("Low\u2013low (LL)", _LOW),
    "HL": ("High\u2013low (HL)", _HIGH_ALONE),
    "LH": ("Low\u2013high (LH)", _LOW_ALONE),
    "hot": ("Hot spot", _HIGH),
    "cold": ("Cold spot", _LOW),
    "other positive": ("Other positive", _HIGH_ALONE),
    "negative": ("Negative", _LOW_ALONE),
    _NOT_SIGNIFICANT: ("Not significant", {"facecolor": "#FCFCFC", **OUTLINE}),
    _ALONE: ("No neighbours", _hatched("#FCFCFC", "#A6A6A6", "++")),
}
# the classes that belong together: local Moran, local Geary, Getis and Ord
_FAMILIES = (("HH", "LL", "HL", "LH"), ("HH", "LL", "other positive", "negative"), ("hot", "cold"))
_NAMES = list(_KINDS)


def cluster_map(
    geometry: GeoDataFrame,
    local: Any,
    *,
    period: Any = None,
    ax: Axes | None = None,
    title: str = "",
    legend_title: str | None = None,
    legend_loc: Any = "best",
    missing: str = "No data",
    base: GeoDataFrame | None = None,
    crs: Any = None,
    caption: str = "",
) -> Axes:
    """The significant clusters and outliers of a local statistic in one period, with a legend that says how tested.

    Clusters are filled, high ones lighter than low ones; outliers are pale and hatched. So the map can be read without
    colours. Numbers of units stand in the legend, also of the classes that none is in.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    local : LocalResult, DataFrame or Series
        The result of `LocalMoran`, `LocalGeary` or `LocalGetisOrd`; or classes by period and unit as its `clusters`
        are; or a Series of classes by unit. Classes: "HH", "LL", "HL", "LH", "hot", "cold", "other positive",
        "negative", "not significant", "no neighbours"; missing where there is no answer. Units of the geometry that it
        lacks are hatched in grey.
    period : optional
        Which period to draw. Needed where there are several; see `cluster_map_years` for all of them.
    ax : Axes, optional
        Where to draw; else a new figure.
    title, caption : str
        As in `choropleth`.
    legend_title : str, optional
        By default the result's `note`: statistic, level, adjustment, permutations, seed. Say them here where `local` is
        a frame or a Series.
    legend_loc, missing, base, crs
        As in `choropleth`.

    Returns
    -------
    Axes with one patch a unit (its id is the patch's ``gid``)

    Raises
    ------
    DataError
        Classes of another name, a period that is not there, several periods and none chosen; units twice, or unknown to
        the geometry.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> local = bd.LocalMoran("log1p(bev_density)", permutations=999, seed=1, adjust=None).fit(panel, queen)
    >>> ax = bd.cluster_map(panel.geometry, local, period=2020)
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:2]
    ['High–high (HH)  (2)', 'Low–low (LL)  (5)']
    """
    sheet, classes = Sheet.of(geometry, base, crs), _Local.of(local)
    wanted = classes.only_period if period is None else period
    places = classes.places([wanted], sheet.units.index)
    keys = classes.keys(places, missing, counts=True)
    texts = Texts(title, _wrapped(classes.note, 38) if legend_title is None else legend_title, caption)
    return one_map(sheet, _looks(places)[0], keys, texts, ax=ax, legend_loc=legend_loc)


def cluster_map_years(
    geometry: GeoDataFrame,
    local: Any,
    years: Sequence[Any] | None = None,
    *,
    title: str = "",
    legend_title: str | None = None,
    columns: int | None = None,
    missing: str = "No data",
    base: GeoDataFrame | None = None,
    crs: Any = None,
    caption: str = "",
) -> Figure:
    """Cluster maps of several periods with one legend.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit.
    local : LocalResult or DataFrame
        As in `cluster_map`.
    years : sequence, optional
        The periods to draw, in this order; by default all.
    columns : int, optional
        Maps a row.
    title, legend_title, missing, base, crs, caption
        As in `cluster_map`.

    Returns
    -------
    Figure with one Axes a period

    Raises
    ------
    DataError, OptionError
        As `cluster_map`.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> local = bd.LocalMoran("log1p(bev_density)", permutations=999, seed=1).fit(panel, queen)
    >>> figure = bd.cluster_map_years(panel.geometry, local, [2011, 2020])
    >>> [ax.get_title() for ax in figure.axes]
    ['2011', '2020']
    """
    sheet, classes = Sheet.of(geometry, base, crs), _Local.of(local)
    wanted = list(classes.frame.index) if years is None else list(years)
    places = classes.places(wanted, sheet.units.index)
    texts = Texts(title, _wrapped(classes.note, 125) if legend_title is None else legend_title, caption)
    return several_maps(sheet, wanted, _looks(places), classes.keys(places, missing), texts, columns=columns)


@dataclass(frozen=True, eq=False)
class _Local:
    """Classes as periods x units, what was done to get them, and the classes that were possible, where known."""

    frame: pd.DataFrame
    note: str = ""
    kinds: tuple[str, ...] = ()

    @classmethod
    def of(cls, local: Any) -> _Local:
        if isinstance(local, pd.Series):
            return cls(local.to_frame().T)
        if isinstance(local, pd.DataFrame):
            return cls(local)
        frame = getattr(local, "clusters", None)
        if not isinstance(frame, pd.DataFrame):
            raise DataError(
                "local",
                expected="the result of a local statistic, or classes as a frame (periods x units) or Series by unit",
                got=type(local).__name__,
            )
        kinds = getattr(getattr(local, "request", None), "kinds", ())
        return cls(frame, str(getattr(local, "note", "")), tuple(kind for kind in kinds if kind in _KINDS))

    @property
    def only_period(self) -> Any:
        if len(self.frame) != 1:
            raise DataError(
                "period",
                expected=f"one of {first_five(self.frame.index)}",
                got="none",
                remedy="For several, use cluster_map_years.",
            )
        return self.frame.index[0]

    def places(self, periods: list[Any], units: pd.Index) -> np.ndarray:
        """The place of each unit's class among all names, an int array of shape (len(periods), N); -1 where missing."""
        chosen = positions(periods, list(self.frame.index))
        part = self.frame.iloc[[row for row in chosen if row >= 0]]
        known = part.to_numpy(dtype=object)
        strange = sorted({str(kind) for kind in known[pd.notna(known)] if kind not in _KINDS})
        if strange:
            raise DataError("local", expected=f"classes among {_NAMES}", got=f"others: {first_five(strange)}")
        codes = np.array([[_NAMES.index(kind) if pd.notna(kind) else np.nan for kind in row] for row in known])
        frame = pd.DataFrame(codes.reshape(part.shape), index=part.index, columns=part.columns)
        found = by_year(frame, periods, units)
        return np.where(np.isnan(found), -1, found).astype(int)

    def keys(self, places: np.ndarray, missing: str, *, counts: bool = False) -> list[Patch]:
        """The legend's patches: all classes of the statistic, and of the rest those that are on the maps."""
        from matplotlib.patches import Patch

        there = {_NAMES[place] for place in np.unique(places[places >= 0])}
        clusters = there - {_NOT_SIGNIFICANT, _ALONE}
        family = self.kinds or next(
            (f for f in _FAMILIES if clusters <= set(f)), tuple(k for k in _NAMES if k in there)
        )
        shown = [*family, _NOT_SIGNIFICANT, *([_ALONE] if _ALONE in there else [])]
        rows = [(_NAMES.index(kind), *_KINDS[kind]) for kind in dict.fromkeys(shown)]
        if missing and (places < 0).any():
            rows.append((-1, missing, MISSING))
        tail = "  ({})" if counts else ""
        return [Patch(**look, label=words + tail.format((places == place).sum())) for place, words, look in rows]


def _looks(places: np.ndarray) -> list[list[dict[str, Any]]]:
    looks = [*(look for _, look in _KINDS.values()), MISSING]
    return [[looks[place] for place in row] for row in places]


def _wrapped(note: str, width: int) -> str:
    """The note in as few lines of at most `width` letters as it needs, of about one length."""
    for apart in ("p \u2264 ", "seed "):
        note = note.replace(apart, apart.replace(" ", "\u00a0"))
    wraps = [wrap(note, w, break_on_hyphens=False) for w in range(width, width // 2, -1)]
    return "\n".join([lines for lines in wraps if len(lines) == len(wraps[0])][-1])
