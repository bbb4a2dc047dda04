"""Weights to files, each whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..cells import csv_text
from ..files import replacing, write_whole

if TYPE_CHECKING:
    from .weights import SpatialWeights


def write_gal(weights: SpatialWeights, path: str | Path) -> Path:
    """GAL: a line ``0 N name id``, then for each unit its id and number of neighbours, and a line
    of neighbours.
    """
    W = weights.sparse
    lines = [f"0 {weights.n_units} {weights.name.replace(' ', '_')} id"]
    for i, name in enumerate(weights.ids):
        near = [_token(weights.ids[j]) for j in W.indices[W.indptr[i] : W.indptr[i + 1]]]
        lines += [f"{_token(name)} {len(near)}", " ".join(near)]
    return write_whole(path, "\n".join(lines) + "\n")


def _token(name: object) -> str:
    # GAL separates by blanks
    return str(name).replace(" ", "_")


def write_csv(weights: SpatialWeights, path: str | Path) -> Path:
    import pandas as pd

    coo = weights.sparse.tocoo()
    alone = np.flatnonzero(np.diff(weights.sparse.indptr) == 0)
    names = np.array(weights.ids, dtype=object)
    frame = pd.DataFrame(
        {
            "focal": names[np.r_[coo.row, alone]],
            "neighbor": names[np.r_[coo.col, alone]],
            "weight": np.r_[coo.data, np.zeros(len(alone))],
        }
    )
    return write_whole(path, csv_text(frame))


def write_mat(weights: SpatialWeights, path: str | Path) -> Path:
    from scipy.io import savemat

    content = {
        "W": weights.sparse.tocsc(),
        "ids": np.array([str(name) for name in weights.ids], dtype=object),
    }
    with replacing(path) as draft:
        savemat(draft, content, appendmat=False)
    return Path(path)
