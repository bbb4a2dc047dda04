"""The effects of one unit's shock on all units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ...ids import positions
from ...results import Result
from ..charts.intervals import check_level, read_tidy
from ..style import HAIRLINE
from .choropleth import matched
from .classes import Classes, Scheme, make_classes
from .shapes import to_path
from .sheet import MISSING, OUTLINE, Sheet, Texts, one_map

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

_COLUMNS = ("estimate", "conf_low", "conf_high")
# pale to dark; effects below zero are also hatched, so that a grey print tells the signs apart
_ABOVE = ("#FDE3CC", "#F9BE8C", "#EE8C4A", "#CC5F12", "#933C04")
_BELOW = ("#DCE9F5", "#AFCDE8", "#72A7D4", "#347DB8", "#155189")
_SLANTED, _DOTTED = "\\\\", "..."
_DARK = 3  # the shade from which on a hatch is white
_ZERO: dict[str, Any] = {"facecolor": "#FCFCFC", **OUTLINE}
_UNSURE: dict[str, Any] = {"facecolor": "white", "edgecolor": "#4D4D4D", "hatch": _DOTTED, "linewidth": HAIRLINE}


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
) -> Axes:
    """Who feels a shock, how much, and how surely.

    Classes lie symmetrically about zero: the same depth of colour is the same size of effect on both sides. Effects
    below zero are hatched. Dots cover the units whose interval holds zero, an outline and a star mark those in which
    the change happened.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    shock : Shock or DataFrame
        `fit.shock(...)`, or anything whose `tidy()` has units as its terms; or a frame indexed by unit with `estimate`,
        `conf_low`, `conf_high`, and `p_value` where known. Units without a row are hatched in grey.
    horizon : optional
        Which horizon to draw, where there are several.
    shocked : iterable, optional
        The units in which the regressor changes; by default those of `shock.changes` where it has any.
    level : float
        Coverage of the intervals, handed to `tidy(level=...)`. Of a frame the coverage that its intervals have; one at
        which the p-values say otherwise than the intervals is refused.
    ax : Axes, optional
        Where to draw; else a new figure.
    k : int
        Classes of size, 1 to 5, the same on both sides of zero.
    scheme : {"quantiles", "equal", "fisher", "std_mean", "box", "headtails"}
        How sizes are classed; see `choropleth`.
    title, legend_title, legend_loc, missing, base, crs, caption
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
    sheet = Sheet.of(geometry, base, crs)
    units = sheet.units.index
    frame = _frame(shock, horizon, level)
    estimate, low, high = matched(frame[list(_COLUMNS)].T, units)
    unsure = (low <= 0) & (high >= 0) & (estimate != 0)
    effects = _Effects.of(estimate, unsure, k, scheme)
    changed = list(getattr(shock, "changes", ()) if shocked is None else shocked)
    struck = positions(changed, list(units))
    if (struck < 0).any():
        lost = [unit for unit, place in zip(changed, struck, strict=True) if place < 0]
        raise DataError("shocked", expected="units of the geometry", got=f"others: {first_five(lost)}")
    keys = [*effects.keys(f"{100 * level:g}% interval holds zero", missing), *_star_key(len(struck))]
    texts = Texts(title, legend_title, caption)
    ax = one_map(sheet, effects.looks, keys, texts, ax=ax, legend_loc=legend_loc)
    _mark(ax, sheet, struck)
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
    def of(cls, estimate: np.ndarray, unsure: np.ndarray, k: int, scheme: Scheme) -> _Effects:
        if not 1 <= k <= len(_ABOVE):
            raise OptionError("k", expected=f"1 to {len(_ABOVE)} classes of size", got=repr(k))
        known = np.abs(estimate[np.isfinite(estimate) & (estimate != 0)])
        if not known.size:
            raise DataError("shock", expected="an effect that is not zero", got="none")
        made = make_classes(known, k=k, scheme=scheme, zero_class=False)
        sizes = Classes((0.0, *made.bounds[1:]))
        if len(sizes) > len(_ABOVE):
            raise OptionError("scheme", expected=f"at most {len(_ABOVE)} classes of size", got=f"{len(sizes)}")
        sign = np.nan_to_num(np.sign(estimate)).astype(int)
        return cls(sizes, sign, sizes.place(np.abs(estimate)), unsure)

    @property
    def looks(self) -> list[dict[str, Any]]:
        """The look of each unit."""
        rows = zip(self.sign, self.size, self.unsure, strict=True)
        return [MISSING if size < 0 else self._look(sign, size, unsure) for sign, size, unsure in rows]

    def _look(self, sign: int, size: int, unsure: bool) -> dict[str, Any]:
        if sign == 0:
            return _ZERO
        shades = np.linspace(0, len(_ABOVE) - 1, len(self.sizes) + 1).round().astype(int)[1:]
        face = (_ABOVE if sign > 0 else _BELOW)[shades[size]]
        hatch = (_SLANTED if sign < 0 else "") + (_DOTTED if unsure else "")
        look = {"facecolor": face, **OUTLINE}
        # a hatch has the colour of the edge
        ink = "#F2F2F2" if shades[size] >= _DARK else "#4D4D4D"
        return look | {"hatch": hatch, "edgecolor": ink} if hatch else look

    def keys(self, unsure: str, missing: str) -> list[Patch]:
        """The legend's patches from the largest effect above zero to the largest below, with numbers of units."""
        from matplotlib.patches import Patch

        bounds = self.sizes.bounds
        up = self.sizes.labels
        down = Classes(tuple(-bound for bound in reversed(bounds))).labels[::-1]
        rows = [(1, size, up[size]) for size in reversed(range(len(up)))]
        rows += [(-1, size, down[size]) for size in range(len(down))]
        found = []
        for sign, size, label in rows:
            count = int(np.sum((self.sign == sign) & (self.size == size)))
            if count:
                found.append(Patch(**self._look(sign, size, False), label=f"{label}  ({count})"))
        zeros, dotted, lost = ((self.sign == 0) & (self.size >= 0)).sum(), self.unsure.sum(), (self.size < 0).sum()
        if zeros:
            found.append(Patch(**_ZERO, label=f"0  ({zeros})"))
        if dotted:
            look: dict[str, Any] = {
                "facecolor": "white",
                "edgecolor": "#4D4D4D",
                "hatch": _DOTTED,
                "linewidth": HAIRLINE,
            }
            found.append(Patch(**look, label=f"{unsure}  ({dotted})"))
        if lost and missing:
            found.append(Patch(**MISSING, label=f"{missing}  ({lost})"))
        return found


def _frame(shock: Any, horizon: Any, level: float) -> pd.DataFrame:
    """Effects and intervals by unit, of one horizon."""
    if hasattr(shock, "tidy"):
        tidy = read_tidy(shock, level, "shock")
        horizons = list(dict.fromkeys(tidy["horizon"])) if "horizon" in tidy else [None]
        if horizon is None and len(horizons) > 1 or horizon is not None and horizon not in horizons:
            raise OptionError("horizon", expected=f"one of {first_five(horizons)}", got=repr(horizon))
        chosen = tidy if len(horizons) == 1 else tidy[[one == horizon for one in tidy["horizon"]]]
        return chosen.set_index("term")
    check_level(level)
    if not isinstance(shock, pd.DataFrame) or not set(_COLUMNS) <= set(shock.columns):
        raise DataError("shock", expected=f"a frame with columns {list(_COLUMNS)}", got=type(shock).__name__)
    _check_coverage(shock, level)
    return shock


def _check_coverage(shock: pd.DataFrame, level: float) -> None:
    """Refuse a level of symmetric intervals at which p-values give another answer than the intervals."""
    above, below = shock["conf_high"] - shock["estimate"], shock["estimate"] - shock["conf_low"]
    if "p_value" not in shock or not np.allclose(above, below, equal_nan=True):
        return
    known = shock[shock["p_value"].notna() & shock["estimate"].ne(0)]
    outside = (known["conf_low"] > 0) | (known["conf_high"] < 0)
    wrong = known.index[outside.ne(known["p_value"] < 1 - level)]
    if len(wrong):
        raise OptionError(
            "level",
            expected="the coverage of the intervals in shock",
            got=f"{level:g}, at which p-values and intervals disagree for {first_five(wrong)}",
            remedy="Give the level of the intervals, or the result of fit.shock() itself.",
        )


def _star_key(count: int) -> list[Any]:
    from matplotlib.lines import Line2D

    look: dict[str, Any] = {"marker": "*", "markersize": 8, "markerfacecolor": "white", "markeredgecolor": "black"}
    return [Line2D([], [], linestyle="none", label=f"Where the change is  ({count})", **look)] if count else []


def _mark(ax: Axes, sheet: Sheet, struck: np.ndarray) -> None:
    """Outline and star of the units where the change is."""
    from matplotlib.patches import PathPatch

    chosen = sheet.units.iloc[struck]
    for unit, shape in chosen.items():
        ax.add_patch(
            PathPatch(to_path(shape), gid=f"shocked {unit}", facecolor="none", edgecolor="black", linewidth=1.4)
        )
    at = chosen.representative_point()
    look: dict[str, Any] = {"marker": "*", "s": 60, "c": "white", "edgecolors": "black", "linewidths": 0.7, "zorder": 4}
    ax.scatter(at.x.to_numpy(), at.y.to_numpy(), **look)
