"""What the selection path picks where each model is the truth, as a grid of shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import InputError
from ...language.labels import model_name
from ...language.symbols import X
from ...language.words import Words
from ...options import Language
from ...results import MODEL_TITLES, Result
from ..axes import dress, name_axes, new_axes, write_title
from ..estimates import read_tidy
from ..style import BLUE, INK, LINE, NORMAL, ONE_COLUMN, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# from this share on letters are white
DARK = 0.55


def picks_plot(
    calibration: Result,
    *,
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    title: str = "",
    language: Language = "en",
) -> Axes:
    """How often the selection path picks each model where each is the truth: a cell a pair.

    Parameters
    ----------
    calibration : result
        Of ``bevdrivers.calibrate(path)``: in its `tidy()` a term is the model picked, a component
        the truth.
    labels : mapping of str, optional
        Model, by the name of its class -> label.
    ax : Axes, optional
        Where to draw; else a new figure.
    language : {"en", "zh"}
        Of the words that you do not give: the axes and the models.

    Returns
    -------
    Axes. The truth in rows, in percent: each row sums to 100. Frames show where the path is right.

    Raises
    ------
    InputError
        `calibration` is not that of a path.
    """
    from matplotlib.colors import LinearSegmentedColormap

    words = Words.checked(language)
    shares = _shares(calibration)
    models = list(shares.index)
    names = [(labels or {}).get(model) or _name(model, words) for model in models]
    if ax is None:
        ax = new_axes(1.45 * ONE_COLUMN, 1.05 * ONE_COLUMN)
    colours = LinearSegmentedColormap.from_list("shares", ["white", BLUE])
    ax.imshow(
        shares.to_numpy(),
        cmap=colours,
        vmin=0.0,
        vmax=1.0,
        aspect="auto",
    )
    _write_shares(ax, shares.to_numpy())
    _frame_right_ones(ax, len(models))

    places = np.arange(len(models))
    ax.set(xticks=places, yticks=places)
    folded = [name.replace(" ", "\n", 1) for name in names]
    ax.set_xticklabels(folded)
    ax.set_yticklabels(names)
    name_axes(
        ax,
        xlabel=words.say("Picked by the selection path (%)"),
        ylabel=words.say("Truth"),
    )
    dress(ax, hide=("top", "right", "left", "bottom"))
    ax.tick_params(length=0)
    write_title(ax, title)
    return ax


def _name(model: str, words: Words) -> str:
    """The model in words, in letters that fonts of figures have."""
    return model_name(model, words).replace(X, "X")


def _shares(calibration: Result) -> pd.DataFrame:
    """Truths x models picked."""
    frame = read_tidy(calibration, None, "calibration")
    models = list(dict.fromkeys(frame["term"]))
    truths = list(dict.fromkeys(frame["component"]))
    if models != truths or not set(models) <= set(MODEL_TITLES):
        raise InputError(
            "calibration",
            expected="the calibration of a selection path",
            got=type(calibration).__name__,
            remedy="Pass what bd.calibrate(path) returns, with path of bd.select_model.",
        )
    grid = frame.pivot(
        index="component",
        columns="term",
        values="estimate",
    )
    return grid.loc[models, models]


def _write_shares(ax: Axes, shares: np.ndarray) -> None:
    """The percentage in each cell, in letters that its colour lets read."""
    for (row, column), share in np.ndenumerate(shares):
        style = text_style(NORMAL, ha="center", va="center")
        style["color"] = "white" if share > DARK else INK
        ax.text(column, row, f"{100 * share:.1f}", **style)


def _frame_right_ones(ax: Axes, n_models: int) -> None:
    """Lines around the cells in which the model picked is the truth."""
    from matplotlib.patches import Rectangle

    for place in range(n_models):
        corner = (place - 0.5, place - 0.5)
        frame = Rectangle(
            corner,
            1,
            1,
            fill=False,
            edgecolor=INK,
            linewidth=LINE,
            clip_on=False,
        )
        ax.add_patch(frame)
