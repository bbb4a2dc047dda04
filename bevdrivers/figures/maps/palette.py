"""The looks of units on maps: land, outlines, hatches, colours of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import OptionError
from ..style import HAIRLINE
from .classes import Classes


def hatched(
    face: str,
    edge: str,
    hatch: str,
) -> dict[str, Any]:
    """A face under a hatch, which has the colour of the edge."""
    return {
        "facecolor": face,
        "edgecolor": edge,
        "hatch": hatch,
        "linewidth": HAIRLINE,
    }


OUTLINE: dict[str, Any] = {"edgecolor": "#1F1F1F", "linewidth": HAIRLINE}
MISSING = hatched("#F2F2F2", "#A6A6A6", "//////")
ALMOST_WHITE = "#FCFCFC"
# units under lines, points or arrows
LAND: dict[str, Any] = {
    "facecolor": "#F4F4F4",
    "edgecolor": "#B0B0B0",
    "linewidth": HAIRLINE,
}


def outlined(face: Any) -> dict[str, Any]:
    """A face within the thin dark outline of a unit."""
    return {"facecolor": face, **OUTLINE}


def class_colours(cmap: Any, classes: Classes) -> list[Any]:
    """One colour a class, light to dark; almost white for the class of zeros."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    n = len(classes)
    if isinstance(cmap, str):
        if cmap not in colormaps:
            raise OptionError(
                "cmap",
                expected="the name of a colour map of matplotlib",
                got=repr(cmap),
                remedy=("Write 'viridis' or 'Reds', for instance, or pass a list of colours."),
            )
        cmap = colormaps[cmap]
    if not callable(cmap):
        if not isinstance(cmap, Sequence):
            raise OptionError(
                "cmap",
                expected="the name of a colour map, or a list of colours",
                got=repr(cmap),
                remedy="Write 'viridis' or ['white', 'orange', 'red'], for instance.",
            )
        if len(cmap) < n:
            raise OptionError(
                "cmap",
                expected=f"{n} colours, one a class",
                got=f"{len(cmap)}",
                remedy=("Write as many colours as there are classes, or the name of a colour map."),
            )
        return [to_hex(colour) for colour in cmap[:n]]
    # neither the palest nor the darkest end of the scale
    steps = np.linspace(0.1, 0.88, n - classes.zero)
    colours = [to_hex(cmap(step)) for step in steps]
    return [ALMOST_WHITE, *colours] if classes.zero else colours
