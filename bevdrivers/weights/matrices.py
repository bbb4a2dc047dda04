"""Matrices that users bring: one, square, of finite numbers, each row under the id of its unit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import WeightsError, first_five
from ..ids import positions, repeated


def refuse_several(matrix: Any) -> None:
    """Raise `WeightsError` for a matrix a year: a mapping or list of matrices, or an array of three
    axes.
    """
    listed = isinstance(matrix, list | tuple) and all(
        np.ndim(one) == 2 or sparse.issparse(one) for one in matrix
    )
    stacked = isinstance(matrix, np.ndarray) and matrix.ndim == 3
    count = len(matrix) if isinstance(matrix, Mapping) or listed or stacked else 0
    if count:
        raise WeightsError(
            "matrix",
            expected="one N x N matrix, the same in every year",
            got=f"{count} matrices ({type(matrix).__name__})",
            remedy="Make weights of each, and pass a mapping to fit: {2011: W1, 2012: W2}. Or use "
            "their mean, sum(matrices) / len(matrices), or that of a year before the sample, which "
            "the outcome cannot have changed.",
        )


def checked_ids(ids: Any) -> tuple[Hashable, ...]:
    """The ids of the rows as a tuple, each once and none of them missing."""
    if ids is None or isinstance(ids, str):
        raise WeightsError(
            "ids",
            expected="the unit of each row",
            got=repr(ids),
            remedy="Pass ids=panel.units or your own.",
        )
    try:
        named = tuple(ids)
        missing = [at for at, name in enumerate(named) if name is None or name != name]
        twice = repeated(named)
    except (TypeError, ValueError) as error:
        raise WeightsError(
            "ids",
            expected="a sequence of texts or numbers, one a row",
            got=f"{type(ids).__name__} ({error})",
            remedy="Pass ids=panel.units or your own.",
        ) from None
    if missing:
        raise WeightsError(
            "ids",
            expected="an id for each row",
            got=f"none in {first_five(missing)}",
            remedy="Write an id for each row, in the order of the rows.",
        )
    if twice:
        raise WeightsError(
            "ids",
            expected="each id once",
            got=f"repeated {first_five(twice)}",
            remedy="Rows of one unit have to be one row: add them up, or drop all but one.",
        )
    return named


def checked_links(matrix: Any, ids: tuple[Hashable, ...]) -> sparse.csr_array:
    """`matrix` as a new canonical csr_array without stored zeros, rows and columns in the order of
    `ids`; or an error that names the cells.
    """
    if isinstance(matrix, pd.DataFrame):
        matrix = _by_labels(matrix, ids)
    links = as_numbers(matrix)
    if links.ndim != 2 or links.shape[0] != links.shape[1]:
        raise WeightsError(
            "matrix",
            expected="a square N x N matrix",
            got=f"shape {links.shape}",
            remedy="Rows and columns are the same units. For rows of origin, destination and "
            "weight use bd.FromFlows(frame, ...).",
        )
    if len(ids) != links.shape[0]:
        raise WeightsError(
            "ids",
            expected=f"{links.shape[0]} ids, one a row",
            got=f"{len(ids)}",
            remedy="The ids are those of the rows of the matrix, which may be more than those of a "
            "panel.",
        )
    links.sum_duplicates()
    # NaN fails the comparison too
    if not (links.data >= 0).all() or not np.isfinite(links.data).all() or links.diagonal().any():
        _refuse_cells(links.tocoo(), ids)
    links.eliminate_zeros()
    return links


def _by_labels(frame: pd.DataFrame, ids: tuple[Hashable, ...]) -> np.ndarray:
    """The cells of a frame, rows and columns in the order of `ids`, by their labels.

    A frame whose rows and columns are only numbered has none, and stands in the order of `ids`.
    """
    numbered = pd.RangeIndex(len(frame))
    bare = frame.index.equals(numbered) and frame.columns.equals(numbered)
    cells = frame.to_numpy(dtype=object, na_value=np.nan)
    if bare and frame.shape[0] == frame.shape[1]:
        return cells
    order = {}
    for side, labels in (("rows", list(frame.index)), ("columns", list(frame.columns))):
        lost = [name for name, at in zip(ids, positions(ids, labels), strict=True) if at < 0]
        odd = [name for name, at in zip(labels, positions(labels, ids), strict=True) if at < 0]
        if lost or odd or repeated(labels):
            raise WeightsError(
                "matrix",
                expected=f"{side} that are labelled with the ids, each once",
                got=f"{side} {first_five(labels)}, ids {first_five(ids)}",
                remedy="Label rows and columns with the ids; or pass matrix.to_numpy(), if both "
                "stand in the order of ids.",
            )
        order[side] = positions(ids, labels)
    ordered: np.ndarray = cells[order["rows"]][:, order["columns"]]
    return ordered


def as_numbers(matrix: Any) -> sparse.csr_array:
    """The matrix as a new sparse array of floats."""
    if isinstance(matrix, np.ma.MaskedArray):
        matrix = np.ma.filled(matrix.astype(float), np.nan)
    if _is_complex(matrix):
        raise WeightsError(
            "matrix",
            expected="an N x N matrix of real numbers",
            got="complex numbers",
            remedy="Take their real part, or their absolute value, if that is what you mean.",
        )
    try:
        return sparse.csr_array(matrix, dtype=float, copy=True)
    except (TypeError, ValueError) as error:
        texts = [cell for cell in np.ravel(_cells(matrix)) if not is_number(cell)]
        raise WeightsError(
            "matrix",
            expected="an N x N matrix of numbers",
            got=first_five(texts) if texts else f"{type(matrix).__name__} ({error})",
            remedy=decimal_comma_remedy(texts),
        ) from None


def _is_complex(matrix: Any) -> bool:
    try:
        return bool(np.iscomplexobj(matrix))
    except ValueError:
        return False


def _cells(matrix: Any) -> np.ndarray:
    try:
        return np.array(matrix, dtype=object)
    except ValueError:
        return np.empty(0, dtype=object)


def is_number(cell: Any) -> bool:
    """Whether a cell holds a real number."""
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True


def decimal_comma_remedy(cells: list[Any]) -> str:
    """What to do about texts among numbers."""
    if any(isinstance(cell, str) and is_number(cell.replace(",", ".")) for cell in cells):
        return "Write numbers with a decimal point: 1.5, not 1,5."
    return "Write numbers, and 0 where there is no link."


def _refuse_cells(coo: Any, ids: tuple[Hashable, ...]) -> None:
    """Raise `WeightsError` with the cells that no weight may have."""
    faults = {
        "finite weights": (
            ~np.isfinite(coo.data),
            "Write 0 where there is no link.",
        ),
        "weights of zero or more": (
            coo.data < 0,
            "Negative weights have no spatial lag that is a mean of neighbours. Are they "
            "differences, or logarithms?",
        ),
        "a zero diagonal (no unit is its own neighbour)": (
            (coo.row == coo.col) & (coo.data != 0),
            "Set the diagonal to 0.",
        ),
    }
    for expected, (wrong, remedy) in faults.items():
        if wrong.any():
            cells = [
                (ids[i], ids[j], float(w))
                for i, j, w in zip(coo.row[wrong], coo.col[wrong], coo.data[wrong], strict=True)
            ]
            raise WeightsError(
                "matrix",
                expected=expected,
                got=f"{len(cells)} cells (row, column, value): {first_five(cells)}",
                remedy=remedy,
            )


def in_order_of(values: Any, ids: tuple[Hashable, ...]) -> np.ndarray:
    """Values of shape (T, N) or (T, N, K) as an array of floats, units in the order of `ids`.

    The columns of a frame whose labels are the ids are put in their order; other labels are
    refused, unless they only number the columns.
    """
    if not isinstance(values, pd.DataFrame):
        return np.asarray(values, dtype=float)
    labels = list(values.columns)
    where = positions(ids, labels)
    if len(labels) == len(ids) and (where >= 0).all():
        return values.to_numpy(dtype=float)[:, where]
    if values.columns.equals(pd.RangeIndex(len(ids))):
        return values.to_numpy(dtype=float)
    raise WeightsError(
        "values",
        expected=f"a column for each unit of the weights, such as {first_five(ids[:2])}",
        got=f"columns {first_five(labels)}",
        remedy="A frame has periods as rows and units as columns: panel.frame.pivot(...).",
    )
