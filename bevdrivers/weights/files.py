"""Weights to files, each whole or not there."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np
from scipy import sparse

from ..cells import csv_text
from ..files import replacing, write_whole

Ids = Sequence[Hashable]


def write_gal(
    ids: Ids,
    W: sparse.csr_array,
    name: str,
    path: str | Path,
) -> Path:
    """GAL: a line ``0 N name id``, then for each unit its id and number of neighbours, and a line
    of neighbours.
    """
    lines = [f"0 {len(ids)} {name.replace(' ', '_')} id"]
    for i, unit in enumerate(ids):
        near = [_token(ids[j]) for j in W.indices[W.indptr[i] : W.indptr[i + 1]]]
        lines += [f"{_token(unit)} {len(near)}", " ".join(near)]
    return write_whole(path, "\n".join(lines) + "\n")


def _token(name: object) -> str:
    # GAL separates by blanks
    return str(name).replace(" ", "_")


def write_csv(
    ids: Ids,
    W: sparse.csr_array,
    path: str | Path,
) -> Path:
    """CSV: columns focal, neighbor, weight; an island has a row of weight 0."""
    import pandas as pd

    coo = W.tocoo()
    alone = np.flatnonzero(np.diff(W.indptr) == 0)
    names = np.array(ids, dtype=object)
    frame = pd.DataFrame(
        {
            "focal": names[np.r_[coo.row, alone]],
            "neighbor": names[np.r_[coo.col, alone]],
            "weight": np.r_[coo.data, np.zeros(len(alone))],
        }
    )
    return write_whole(path, csv_text(frame))


def write_mat(
    ids: Ids,
    W: sparse.csr_array,
    path: str | Path,
) -> Path:
    """MATLAB up to version 7: `W`, sparse, and `ids`."""
    from scipy.io import savemat

    content = {
        "W": W.tocsc(),
        "ids": np.array([str(name) for name in ids], dtype=object),
    }
    with replacing(path) as draft:
        savemat(draft, content, appendmat=False)
    return Path(path)
