"""Cluster maps of local statistics, of one period and of several with one legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, first_five
from ...ids import positions
from ...language.lines import lines_of
from ...language.words import Words
from ...options import Language
from ..legend import counted, patch_key
from .layout import MapTexts, one_map, several_maps
from .map_frame import MapFrame
from .palette import ALMOST_WHITE, MISSING, hatched, outlined
from .units import values_by_year

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

# clusters are filled, outliers pale and hatched; high and low differ in lightness, so that grey
# prints tell them apart
_HIGH, _LOW = outlined("#EE8048"), outlined("#255F9E")
_HIGH_OUTLIER = hatched("#FBE3D2", "#B5430C", "xxxxx")
_LOW_OUTLIER = hatched("#D8E6F3", "#08407E", "....")
_NOT_SIGNIFICANT, _NO_NEIGHBOURS = "not significant", "no neighbours"

# class of the statistic: (words of the legend, look)
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "HH": ("High\u2013high (HH)", _HIGH),
    "LL": ("Low\u2013low (LL)", _LOW),
    "HL": ("High\u2013low (HL)", _HIGH_OUTLIER),
    "LH": ("Low\u2013high (LH)", _LOW_OUTLIER),
    "hot": ("Hot spot", _HIGH),
    "cold": ("Cold spot", _LOW),
    "other positive": ("Other positive", _HIGH_OUTLIER),
    "negative": ("Negative", _LOW_OUTLIER),
    _NOT_SIGNIFICANT: ("Not significant", outlined(ALMOST_WHITE)),
    _NO_NEIGHBOURS: ("No neighbours", hatched(ALMOST_WHITE, "#A6A6A6", "++")),
}
# the classes that belong together: local Moran, local Geary, Getis and Ord
_FAMILIES = (
    ("HH", "LL", "HL", "LH"),
    ("HH", "LL", "other positive", "negative"),
    ("hot", "cold"),
)
_NAMES = list(_KINDS)
_LOOKS = [look for _, look in _KINDS.values()]
_NOTE_WIDTH, _WIDE_NOTE_WIDTH = (
    38,
    125,
)  # letters, in the legend of one map and below several


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
    language: Language = "en",
) -> Axes:
    """The significant clusters and outliers of a local statistic in one period, with a legend that
    says how tested.

    Clusters are filled, high ones lighter than low ones; outliers are pale and hatched. So the map
    can be read without colours. Numbers of units stand in the legend, also of the classes that none
    is in.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    local : LocalResult, DataFrame or Series
        The result of `LocalMoran`, `LocalGeary` or `LocalGetisOrd`; or classes by period and unit
        as its `clusters` are; or a Series of classes by unit. Classes: "HH", "LL", "HL", "LH",
        "hot", "cold", "other positive", "negative", "not significant", "no neighbours"; missing
        where there is no answer. Units of the geometry that it lacks are hatched in grey.
    period : optional
        Which period to draw. Needed where there are several; see `cluster_map_years` for all of
        them.
    ax : Axes, optional
        Where to draw; else a new figure.
    title, caption : str
        As in `choropleth`.
    legend_title : str, optional
        By default the result's `note`: statistic, level, adjustment, permutations, seed. Say them
        here where `local` is a frame or a Series.
    legend_loc, missing, base, crs, language
        As in `choropleth`.

    Returns
    -------
    Axes with one patch a unit (its id is the patch's ``gid``)

    Raises
    ------
    DataError
        Classes of another name, a period that is not there, several periods and none chosen; units
        twice, or unknown to the geometry.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> local = bd.LocalMoran("log1p(bev_density)", permutations=999, seed=1, adjust=None).fit(panel, queen)
    >>> ax = bd.cluster_map(panel.geometry, local, period=2020)
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:2]
    ['High–high (HH)  (1)', 'Low–low (LL)  (5)']
    """
    words = Words.checked(language)
    map_frame = MapFrame.of(geometry, base, crs)
    classes = _LocalClasses.of(local)
    wanted = classes.only_period if period is None else period
    codes = classes.codes([wanted], map_frame.units.index)
    if legend_title is None:
        legend_title = _wrapped(words.said(classes.note), _NOTE_WIDTH)
    return one_map(
        map_frame,
        _looks(codes[0]),
        classes.legend_keys(codes, missing, words, with_counts=True),
        MapTexts(title, legend_title, caption),
        ax=ax,
        legend_loc=legend_loc,
    )


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
    language: Language = "en",
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
    title, legend_title, missing, base, crs, caption, language
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
    words = Words.checked(language)
    map_frame = MapFrame.of(geometry, base, crs)
    classes = _LocalClasses.of(local)
    wanted = list(classes.frame.index if years is None else years)
    codes = classes.codes(wanted, map_frame.units.index)
    if legend_title is None:
        legend_title = _wrapped(words.said(classes.note), _WIDE_NOTE_WIDTH)
    return several_maps(
        map_frame,
        wanted,
        [_looks(of_period) for of_period in codes],
        classes.legend_keys(codes, missing, words),
        MapTexts(title, legend_title, caption),
        columns=columns,
    )


@dataclass(frozen=True, eq=False)
class _LocalClasses:
    """Classes of a local statistic.

    Attributes
    ----------
    frame : DataFrame, periods x units
    note : str
        What was done to get them.
    possible : tuple of str
        The classes that the statistic can have; empty where that is not known.
    """

    frame: pd.DataFrame
    note: str = ""
    possible: tuple[str, ...] = ()

    @classmethod
    def of(cls, local: Any) -> _LocalClasses:
        """The classes of a result, a frame (periods x units) or a Series by unit."""
        if isinstance(local, pd.Series):
            return cls(local.to_frame().T)
        if isinstance(local, pd.DataFrame):
            return cls(local)
        frame = getattr(local, "clusters", None)
        if not isinstance(frame, pd.DataFrame):
            raise DataError(
                "local",
                expected=(
                    "the result of a local statistic, or classes as a frame (periods x "
                    "units) or Series by unit"
                ),
                got=type(local).__name__,
                remedy="Pass what bd.LocalMoran(...).fit(panel, W) returned.",
            )
        request = getattr(local, "request", None)
        possible = [kind for kind in getattr(request, "kinds", ()) if kind in _KINDS]
        return cls(frame, str(getattr(local, "note", "")), tuple(possible))

    @property
    def only_period(self) -> Any:
        """The period, of which there has to be one."""
        if len(self.frame) != 1:
            raise DataError(
                "period",
                expected=f"one of {first_five(self.frame.index)}",
                got="none, where there are several",
                remedy=f"Write period={self.frame.index[-1]!r}, or draw several: bd.cluster_map_years.",
            )
        return self.frame.index[0]

    def codes(self, periods: list[Any], units: pd.Index) -> np.ndarray:
        """The number of each unit's class in `_NAMES`, an int array of shape (len(periods), N); -1
        where missing.
        """
        rows = positions(periods, list(self.frame.index))
        chosen = self.frame.iloc[[row for row in rows if row >= 0]]
        classes = chosen.to_numpy(dtype=object)
        strange = {str(kind) for kind in classes[pd.notna(classes)] if kind not in _KINDS}
        if strange:
            raise DataError(
                "local",
                expected=f"classes among {_NAMES}",
                got=f"others: {first_five(sorted(strange))}",
                remedy="Rename the classes to these; units without significance are 'not significant'.",
            )
        numbers = np.full(classes.shape, np.nan)
        for code, name in enumerate(_NAMES):
            numbers[chosen.isin([name]).to_numpy()] = code
        frame = pd.DataFrame(numbers, index=chosen.index, columns=chosen.columns)
        ordered = values_by_year(frame, periods, units)
        return np.where(np.isnan(ordered), -1, ordered).astype(int)

    def legend_keys(
        self,
        codes: np.ndarray,
        missing: str,
        words: Words,
        *,
        with_counts: bool = False,
    ) -> list[Patch]:
        """The legend's patches: all classes of the statistic, and of the rest those that are on the
        maps.
        """
        drawn = {_NAMES[code] for code in np.unique(codes[codes >= 0])}
        shown = [*self._family(drawn), _NOT_SIGNIFICANT]
        if _NO_NEIGHBOURS in drawn:
            shown.append(_NO_NEIGHBOURS)
        rows = [(_NAMES.index(kind), *_KINDS[kind]) for kind in dict.fromkeys(shown)]
        if missing and (codes < 0).any():
            rows.append((-1, words.said(missing), MISSING))
        keys = []
        for code, name, look in rows:
            label = words.say(name)
            if with_counts:
                label = counted(label, int((codes == code).sum()))
            keys.append(patch_key(label, look))
        return keys

    def _family(self, drawn: set[str]) -> Sequence[str]:
        """The classes of the statistic: as it says itself, else those of the first statistic that
        has all `drawn`.
        """
        if self.possible:
            return self.possible
        clusters = drawn - {_NOT_SIGNIFICANT, _NO_NEIGHBOURS}
        for family in _FAMILIES:
            if clusters <= set(family):
                return family
        return [name for name in _NAMES if name in drawn]


def _looks(codes: np.ndarray) -> list[dict[str, Any]]:
    """The look of each unit of a map; those of code -1 have no class."""
    return [MISSING if code < 0 else _LOOKS[code] for code in codes]


def _wrapped(note: str, width: int) -> str:
    """The note in as few lines of at most `width` columns as it needs, of about one length."""
    for apart in ("p \u2264 ", "seed "):
        note = note.replace(apart, apart.replace(" ", "\u00a0"))
    fewest = len(lines_of(note, width, break_on_hyphens=False))
    # the narrowest width that needs no more lines
    for narrower in range(width // 2 + 1, width + 1):
        lines = lines_of(note, narrower, break_on_hyphens=False)
        if len(lines) == fewest:
            break
    return "\n".join(lines)
