"""The bridge to libpysal, and the one module that knows it: its graphs in, ours out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from ..errors import WeightsError


def is_graph(given: Any) -> bool:
    """Whether this is a libpysal Graph or W."""
    is_w = hasattr(given, "id_order") and hasattr(given, "neighbors")
    return is_w or (hasattr(given, "unique_ids") and hasattr(given, "sparse"))


def links_of(graph: Any) -> tuple[list[Hashable], sparse.csr_array, str]:
    """Ids, raw links (N, N) and a name of a libpysal Graph or W."""
    if hasattr(graph, "unique_ids") and hasattr(graph, "sparse"):
        return list(graph.unique_ids), _sparse(graph), type(graph).__name__
    if hasattr(graph, "id_order") and hasattr(graph, "neighbors"):
        return _links_of_w(graph)
    raise WeightsError(
        "graph",
        expected="a libpysal Graph or W",
        got=type(graph).__name__,
        remedy=("Pass libpysal's object itself, or bd.SpatialWeights(array, ids) for a matrix."),
    )


def _links_of_w(w: Any) -> tuple[list[Hashable], sparse.csr_array, str]:
    # "O" holds the weights before any transformation; reading it leaves w as it was
    ids = list(w.id_order)
    weights = getattr(w, "transformations", {}).get("O", w.weights)
    position = {name: at for at, name in enumerate(ids)}
    rows = [position[i] for i in ids for _ in w.neighbors[i]]
    cols = [position[j] for i in ids for j in w.neighbors[i]]
    values = [value for i in ids for value in weights[i]]
    return (
        ids,
        sparse.csr_array((values, (rows, cols)), shape=(len(ids), len(ids))),
        type(w).__name__,
    )


def graph_from(W: sparse.csr_array, ids: Sequence[Hashable]) -> Any:
    """A libpysal Graph with isolates as libpysal writes them (a self link of weight zero)."""
    from libpysal.graph import Graph

    coo = W.tocoo()
    alone = np.flatnonzero(np.diff(W.indptr) == 0)
    names = np.array(ids, dtype=object)
    order = np.lexsort((np.r_[coo.col, alone], np.r_[coo.row, alone]))
    return Graph.from_arrays(
        names[np.r_[coo.row, alone]][order],
        names[np.r_[coo.col, alone]][order],
        np.r_[coo.data, np.zeros(len(alone))][order],
    )


def _sparse(graph: Any) -> sparse.csr_array:
    # libpysal stores an isolate as a link of weight zero to itself
    links = sparse.csr_array(graph.sparse, dtype=float)
    links.eliminate_zeros()
    return links
