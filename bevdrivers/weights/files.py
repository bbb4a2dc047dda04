"""Weights to files, each under a temporary name first and then renamed: what is there is never half lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..cells import csv_text

if TYPE_CHECKING:
    from .weights import SpatialWeights


def _replacing(path: str | Path, write: Callable[[Path], None]) -> Path:
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.stem}.partial{target.suffix}")
    try:
        write(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def write_gal(weights: SpatialWeights, path: str | Path) -> Path:
    """GAL: a line ``0 N name id``, then for each unit its id and number of neighbours, and a line of neighbours."""
    W = weights.sparse
    lines = [f"0 {weights.n_units} {weights.name.replace(' ', '_')} id"]
    for i, name in enumerate(weights.ids):
        near = [_token(weights.ids[j]) for j in W.indices[W.indptr[i] : W.indptr[i + 1]]]
        lines += [f"{_token(name)} {len(near)}", " ".join(near)]
    return _replacing(path, lambda draft: _write_text(draft, "\n".join(lines) + "\n"))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


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
    return _replacing(path, lambda draft: _write_text(draft, csv_text(frame)))


def write_mat(weights: SpatialWeights, path: str | Path) -> Path:
    from scipy.io import savemat

    content = {"W": weights.sparse.tocsc(), "ids": np.array([str(name) for name in weights.ids], dtype=object)}
    return _replacing(path, lambda draft: savemat(draft, content))
