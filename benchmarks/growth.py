"""How time and memory grow with N and T: a table, and a figure with the exponents of power laws
fitted to it.
"""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pandas as pd
from cases import Durbin, nearest, paired, panel_of

UNITS = (50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600)
PERIODS = (5, 10, 20, 40, 80, 160)
FIXED_N, FIXED_T = 300, 15


def point(N: int, T: int) -> dict[str, float]:
    """Seconds with W fresh and ready, and the peak memory of this process in GB."""
    W = nearest(N)
    ours = Durbin(W, panel_of(W, T))
    again = 5 if N * T < 100_000 else 2
    found = {
        "fresh": paired(ours.fresh, None, again)[0],
        "ready": paired(ours.ready, None, again)[0],
    }
    return {
        "N": N,
        "T": T,
        **found,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def exponent(size: pd.Series, seconds: pd.Series) -> float:
    """Of a power law through the larger half of the sizes, where fixed costs have washed out."""
    half = len(size) // 2
    return float(
        np.polyfit(np.log(size.to_numpy()[half:]), np.log(seconds.to_numpy()[half:]), 1)[0]
    )


def draw(frame: pd.DataFrame, path: Path) -> None:
    """Two panels, over N and over T, in logarithms."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True, layout="constrained")
    parts = (
        ("N", frame[frame["T"] == FIXED_T], "units, 15 periods"),
        ("T", frame[frame["N"] == FIXED_N], "periods"),
    )
    for ax, (name, part, label) in zip(axes, parts, strict=True):
        part = part.sort_values(name)
        for kind, marker in (("fresh", "o"), ("ready", "s")):
            power = exponent(part[name], part[kind])
            ax.loglog(
                part[name],
                part[kind],
                marker=marker,
                ms=4,
                label=f"W {kind}: {name}$^{{{power:.2f}}}$",
            )
        ax.set_xlabel(label if name == "N" else f"{label}, {FIXED_N} units")
        ax.legend(frameon=False)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("seconds")
    figure.savefig(path, dpi=150)
    plt.close(figure)
