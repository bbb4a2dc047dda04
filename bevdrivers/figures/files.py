"""Figures as files, which appear whole or not at all and have the same bytes each time."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OptionError
from ..files import write_whole
from .fonts import quiet_glyphs, warn_of_boxes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# metadata that would differ from run to run or from one matplotlib to the next
_METADATA: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None, "Producer": None},
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
}


def save_figure(
    figure: Axes | Figure,
    path: str | os.PathLike[str],
    *,
    dpi: float = 600,
) -> Path:
    """Write a figure as PDF, SVG or PNG, by the suffix of `path`.

    The file appears under its name only when it is complete, and a second run gives the same bytes.
    Fonts are embedded as TrueType in PDF, as journals ask.

    Parameters
    ----------
    figure : Axes or Figure
        Of axes, the whole figure is written.
    path : str or path
        Its folders are made where they are missing; an existing file is replaced.
    dpi : float
        Dots per inch of PNG.

    Returns
    -------
    Path that was written

    Raises
    ------
    OptionError
        Another suffix.
    FileError
        The file cannot be written; what stood there before is unchanged.

    Warns
    -----
    FontWarning
        Letters that no font of the figure has, for instance Chinese ones where no Chinese font is
        installed.

    Examples
    --------
    >>> import tempfile, bevdrivers as bd
    >>> ax = bd.moran_scatter([1.0, 2.0, 4.0, 3.0], [2.0, 2.5, 3.0, 4.0])
    >>> bd.save_figure(ax, tempfile.mkdtemp() + "/moran.svg").name
    'moran.svg'
    """
    from matplotlib import rc_context

    target = Path(path)
    kind = target.suffix.lower()
    if kind not in _METADATA:
        raise OptionError(
            "path",
            expected=f"a name that ends in one of {sorted(_METADATA)}",
            got=repr(target.name or str(path)),
            remedy='Write for instance "figure.pdf", or "figure.png" for Word.',
        )
    drawn: Any = getattr(figure, "figure", figure)
    if not hasattr(drawn, "savefig"):
        raise OptionError(
            "figure",
            expected="Axes or a Figure of matplotlib",
            got=type(figure).__name__,
            remedy="Pass what the drawing function returned.",
        )
    warn_of_boxes(drawn)
    # in memory first: on a full disk matplotlib's writers fail by other errors than the system's
    content = BytesIO()
    # there is no other way to say so
    with rc_context({"svg.hashsalt": "bevdrivers", "pdf.fonttype": 42}), quiet_glyphs():
        drawn.savefig(
            content,
            format=kind[1:],
            dpi=dpi,
            metadata=_METADATA[kind],
        )
    return write_whole(target, content.getvalue())
