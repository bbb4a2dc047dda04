"""The effects of one unit's shock on all units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five, suggestion
from ...language.words import Words
from ...options import Language, whole_number
from ...results import Result
from ..estimates import check_level, described, read_tidy
from ..legend import counted, marker_key, patch_key
from .classes import Classes, Scheme, in_words, make_classes
from .layout import MapTexts, one_map
from .map_frame import MapFrame
from .palette import ALMOST_WHITE, MISSING, hatched, outlined
from .shapes import to_path
from .units import matched, unit_positions

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

_COLUMNS = ("estimate", "conf_low", "conf_high")
# pale to dark; effects below zero are also hatched, so that a grey print tells the signs apart
_ABOVE = ("#FDE3CC", "#F9BE8C", "#EE8C4A", "#CC5F12", "#933C04")
_BELOW = ("#DCE9F5", "#AFCDE8", "#72A7D4", "#347DB8", "#155189")
_SLANTED, _DOTTED = "\\\\", "..."
_DARK = 3  # the shade from which on a hatch is pale
_DARK_HATCH, _PALE_HATCH = "#4D4D4D", "#F2F2F2"
_ZERO = outlined(ALMOST_WHITE)


def spillover_map(
    geometry: GeoDataFrame,
    shock: Result | pd.DataFrame,
    *,
    horizon: Any = None,
    shocked: Iterable[Any] | None = None,
    level: float = 0.95,
    ax: Axes | None = None,
    k: int = 3,
    scheme: Scheme = "quantiles",
    title: str = "",
    legend_title: str = "",
    legend_loc: Any = "best",
    missing: str = "No data",
    base: GeoDataFrame | None = None,
    crs: Any = None,
    caption: str = "",
    language: Language = "en",
) -> Axes:
    """Who feels a shock, how much, and how surely.

    Classes lie symmetrically about zero: the same depth of colour is the same size of effect on
    both sides. Effects below zero are hatched. Dots cover the units whose interval holds zero, an
    outline and a star mark those in which the change happened.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    shock : Shock or DataFrame
        `fit.shock(...)`, or anything whose `tidy()` has units as its terms; or a frame indexed by
        unit with `estimate`, `conf_low`, `conf_high`, and `p_value` where known. Units without a
        row are hatched in grey.
    horizon : optional
        Which horizon to draw, where there are several.
    shocked : iterable, optional
        The units in which the regressor changes; by default those of `shock.changes` where it has
        any.
    level : float
        Coverage of the intervals, handed to `tidy(level=...)`. Of a frame the coverage that its
        intervals have; one at which the p-values say otherwise than the intervals is refused.
    ax : Axes, optional
        Where to draw; else a new figure.
    k : int
        Classes of size, 1 to 5, the same on both sides of zero.
    scheme : {"quantiles", "equal", "fisher", "std_mean", "box", "headtails"}
        How sizes are classed; see `choropleth`.
    title, legend_title, legend_loc, missing, base, crs, caption, language
        As in `choropleth`.

    Returns
    -------
    Axes with one patch a unit (its id is the patch's ``gid``), then the outlines and stars

    Raises
    ------
    DataError
        Columns that are missing, units that the geometry lacks.
    OptionError
        A level that is not that of the intervals.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + tertiary_share").fit(panel, queen)
    >>> ax = bd.spillover_map(panel.geometry, fit.shock("log(gdp_pc)", {"Hubei": 0.1}))
    >>> len(ax.patches)
    32
    """
    words = Words.checked(language)
    map_frame = MapFrame.of(geometry, base, crs)
    units = map_frame.units.index
    frame = _read_effects(shock, horizon, level)
    estimate, low, high = matched(frame[list(_COLUMNS)].T, units)
    unsure = (low <= 0) & (high >= 0) & (estimate != 0)
    effects = _Effects.of(estimate, unsure, k, scheme)
    changed = getattr(shock, "changes", ()) if shocked is None else shocked
    struck = unit_positions(changed, units, "shocked")
    keys: list[Any] = effects.legend_keys(level, missing, words)
    if len(struck):
        keys.append(_star_key(len(struck), words))
    ax = one_map(
        map_frame,
        effects.looks,
        keys,
        MapTexts(title, legend_title, caption),
        ax=ax,
        legend_loc=legend_loc,
    )
    _mark_shocked(ax, map_frame, struck)
    return ax


@dataclass(frozen=True, eq=False)
class _Effects:
    """Sign, class of size and sureness of N effects.

    Attributes
    ----------
    sizes : Classes
        Of the absolute values, from zero.
    sign : int array of shape (N,)
        0 for zeros, and where there is no effect known.
    size : int array of shape (N,)
        Class of size; -1 where there is no effect known.
    unsure : bool array of shape (N,)
    """

    sizes: Classes
    sign: np.ndarray
    size: np.ndarray
    unsure: np.ndarray

    @classmethod
    def of(
        cls,
        estimate: np.ndarray,
        unsure: np.ndarray,
        k: int,
        scheme: Scheme,
    ) -> _Effects:
        """Effects of shape (N,), NaN where unknown, in `k` classes of their absolute values."""
        expected = f"1 to {len(_ABOVE)} classes of size"
        if whole_number("k", k, at_least=1, expected=expected) > len(_ABOVE):
            raise OptionError(
                "k",
                expected=expected,
                got=repr(k),
                remedy=f"Write {len(_ABOVE)} or fewer.",
            )
        known = np.abs(estimate[np.isfinite(estimate) & (estimate != 0)])
        if not known.size:
            raise DataError(
                "shock",
                expected="an effect that is not zero",
                got="none",
                remedy=(
                    "Shock another unit or a larger change, or a model in which "
                    "something spills over."
                ),
            )
        classes = make_classes(known, k=k, scheme=scheme, zero_class=False)
        sizes = Classes((0.0, *classes.bounds[1:]))
        if len(sizes) > len(_ABOVE):
            raise OptionError(
                "scheme",
                expected=f"at most {len(_ABOVE)} classes of size",
                got=f"{len(sizes)}",
                remedy="Use scheme='quantiles', 'equal' or 'fisher', which make k classes.",
            )
        sign = np.nan_to_num(np.sign(estimate)).astype(int)
        return cls(sizes, sign, sizes.classify(np.abs(estimate)), unsure)

    @property
    def looks(self) -> list[dict[str, Any]]:
        """The look of each unit."""
        rows = zip(self.sign, self.size, self.unsure, strict=True)
        return [self._look(sign, size, unsure) for sign, size, unsure in rows]

    def _look(
        self,
        sign: int,
        size: int,
        unsure: bool,
    ) -> dict[str, Any]:
        """A face for sign and size, under a hatch for effects below zero and unsure ones."""
        if size < 0:
            return MISSING
        if sign == 0:
            return _ZERO
        # the k classes take the deepest of k + 1 shades between the palest and the darkest
        shades = np.linspace(0, len(_ABOVE) - 1, len(self.sizes) + 1)
        shade = int(shades.round()[1:][size])
        face = _ABOVE[shade] if sign > 0 else _BELOW[shade]
        hatch = ""
        if sign < 0:
            hatch += _SLANTED
        if unsure:
            hatch += _DOTTED
        if not hatch:
            return outlined(face)
        ink = _PALE_HATCH if shade >= _DARK else _DARK_HATCH
        return hatched(face, ink, hatch)

    def legend_keys(
        self,
        level: float,
        missing: str,
        words: Words,
    ) -> list[Patch]:
        """The legend's patches from the largest effect above zero to the largest below, with
        numbers of units.
        """
        keys = self._class_keys(words)
        n_zeros = int(((self.sign == 0) & (self.size >= 0)).sum())
        n_unsure = int(self.unsure.sum())
        n_missing = int((self.size < 0).sum())
        if n_zeros:
            keys.append(patch_key(counted("0", n_zeros), _ZERO))
        if n_unsure:
            dotted = hatched("white", _DARK_HATCH, _DOTTED)
            unsure = words.say("{level:g}% interval holds zero", level=100 * level)
            keys.append(patch_key(counted(unsure, n_unsure), dotted))
        if n_missing and missing:
            keys.append(patch_key(counted(words.said(missing), n_missing), MISSING))
        return keys

    def _class_keys(self, words: Words) -> list[Patch]:
        """A key for each class of effects that some unit is in."""
        above = self.sizes.labels
        mirrored = tuple(-bound for bound in reversed(self.sizes.bounds))
        below = Classes(mirrored).labels[::-1]
        rows = [(1, size, above[size]) for size in reversed(range(len(above)))]
        rows += [(-1, size, label) for size, label in enumerate(below)]
        keys = []
        for sign, size, label in rows:
            count = int(np.sum((self.sign == sign) & (self.size == size)))
            if count:
                named = counted(in_words(label, words), count)
                keys.append(patch_key(named, self._look(sign, size, False)))
        return keys


def _read_effects(
    shock: Any,
    horizon: Any,
    level: float,
) -> pd.DataFrame:
    """Effects and intervals by unit, of one horizon."""
    if hasattr(shock, "tidy"):
        tidy = read_tidy(shock, level, "shock")
        return _at_horizon(tidy, horizon).set_index("term")
    check_level(level)
    if not isinstance(shock, pd.DataFrame) or not set(_COLUMNS) <= set(shock.columns):
        raise DataError(
            "shock",
            expected=f"what fit.shock(...) returns, or a frame with the columns {list(_COLUMNS)}",
            got=described(shock),
            remedy="Pass what fit.shock(...) returned.",
        )
    _check_coverage(shock, level)
    return shock


def _at_horizon(tidy: pd.DataFrame, horizon: Any) -> pd.DataFrame:
    """The rows of the horizon, which has to be named where there are several."""
    horizons = [None]
    if "horizon" in tidy:
        horizons = list(dict.fromkeys(tidy["horizon"]))
    if horizon is None:
        known = len(horizons) == 1
    else:
        known = horizon in horizons
    if not known:
        raise OptionError(
            "horizon",
            expected=f"one of {first_five(horizons)}",
            got="none, where there are several" if horizon is None else repr(horizon),
            remedy=suggestion(horizon, horizons),
        )
    if len(horizons) == 1:
        return tidy
    return tidy[[one == horizon for one in tidy["horizon"]]]


def _check_coverage(shock: pd.DataFrame, level: float) -> None:
    """Refuse a level of symmetric intervals at which p-values give another answer than the
    intervals.
    """
    above = shock["conf_high"] - shock["estimate"]
    below = shock["estimate"] - shock["conf_low"]
    symmetric = np.allclose(above, below, equal_nan=True)
    if "p_value" not in shock or not symmetric:
        return
    known = shock[shock["p_value"].notna() & shock["estimate"].ne(0)]
    excludes_zero = (known["conf_low"] > 0) | (known["conf_high"] < 0)
    significant = known["p_value"] < 1 - level
    wrong = known.index[excludes_zero.ne(significant)]
    if len(wrong):
        raise OptionError(
            "level",
            expected="the coverage of the intervals in shock",
            got=f"{level:g}, at which p-values and intervals disagree for {first_five(wrong)}",
            remedy="Give the level of the intervals, or the result of fit.shock() itself.",
        )


def _star_key(count: int, words: Words) -> Any:
    return marker_key(
        counted(words.say("Where the change is"), count),
        marker="*",
        markersize=8,
        markerfacecolor="white",
        markeredgecolor="black",
    )


def _mark_shocked(
    ax: Axes,
    map_frame: MapFrame,
    struck: np.ndarray,
) -> None:
    """Outline and star of the units where the change is."""
    from matplotlib.patches import PathPatch

    chosen = map_frame.units.iloc[struck]
    for unit, shape in chosen.items():
        outline = PathPatch(
            to_path(shape),
            gid=f"shocked {unit}",
            facecolor="none",
            edgecolor="black",
            linewidth=1.4,
        )
        ax.add_patch(outline)
    inner = chosen.representative_point()
    ax.scatter(
        inner.x.to_numpy(),
        inner.y.to_numpy(),
        marker="*",
        s=60,
        c="white",
        edgecolors="black",
        linewidths=0.7,
        zorder=4,
    )
