"""Links from the cells of a table: a square matrix with or without ids, or rows of origin,
destination, weight.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from ..errors import WeightsError, first_five
from ..ids import id_key, positions
from .matrices import decimal_comma_remedy, is_number

# ids (None where there are none) and links, (N, N)
IdsAndLinks = tuple[Sequence[Hashable] | None, Any]
Ids = tuple[Hashable, ...] | None

TWO_FORMS = (
    "Write a square matrix with the same ids in the first row and column, or rows of origin, "
    "destination, weight."
)
# what programs write where a number is missing
MISSING = ("na", "n/a", "nan", "null", "none", "missing", "inf", "infinity")


def links_from_table(cells: np.ndarray, ids: Ids) -> IdsAndLinks:
    """Ids and links of a table of cells, (R, C), header and all.

    A square table whose first row and column hold the same ids is a matrix, its columns put in the
    order of the rows. Three columns are links. A table without labels, with labels on one side, or
    with other labels above (``v1`` to ``vN``) is a matrix whose columns stand in the order of the
    rows.
    """
    R, C = cells.shape
    if not cells.size:
        raise WeightsError(
            "path",
            expected="weights",
            got="an empty table",
            remedy=TWO_FORMS,
        )
    above = [_key(v) for v in cells[0, 1:]]
    beside = [_key(v) for v in cells[1:, 0]]
    square = R == C
    bare = R == C and _is_matrix(cells)
    once = len(set(above)) == len(above) or _key(cells[0, 0]) == ""
    if square and not bare and once and set(above) == set(beside):
        return cells[1:, 0].tolist(), _numbers(cells[1:, 1:])[:, positions(beside, above)]
    if C == 3 and not bare and not _is_labelled(cells):
        return links_from_triples(cells[1:] if _is_header(cells) else cells, ids)
    if bare:
        return None, _numbers(cells)
    if square and not set(above) & set(beside):
        return cells[1:, 0].tolist() if ids is None else None, _numbers(cells[1:, 1:])
    if R + 1 == C:
        return cells[:, 0].tolist() if ids is None else None, _numbers(cells[:, 1:])
    if R == C + 1:
        return cells[0].tolist() if ids is None else None, _numbers(cells[1:])
    odd = sorted(set(above) ^ set(beside), key=str) if square else []
    raise WeightsError(
        "path",
        expected="a square matrix with the same ids in the first row and column, or three "
        "columns: origin, "
        "destination, weight",
        got=f"{R} rows and {C} columns" + (f" whose ids differ: {first_five(odd)}" if odd else ""),
        remedy=TWO_FORMS,
    )


def _is_labelled(cells: np.ndarray) -> bool:
    """Whether three columns are a matrix of two units with labels, and no rows of links: nothing in
    the corner, or labels on both sides of numbers.
    """
    if cells.shape[0] != 3:
        return False
    if _key(cells[0, 0]) == "":
        return True
    if is_number(cells[0, 2]) or not all(map(is_number, cells[1:, 1:].ravel())):
        return False
    return bool({_key(v) for v in cells[0, 1:]} & {_key(v) for v in cells[1:, 0]})


def links_from_triples(cells: np.ndarray, ids: Ids) -> IdsAndLinks:
    """Ids and links of rows of origin, destination, weight, (M, 3)."""
    return links_from_pairs(cells[:, 0].tolist(), cells[:, 1].tolist(), _numbers(cells[:, 2]), ids)


def _is_header(cells: np.ndarray) -> bool:
    """Whether the first of some rows of links names the columns: words that are no ids of other
    rows, the last of them no number, not even a wrong one.
    """
    first, second, weight = cells[0]
    if is_number(weight) or not str(weight)[:1].isalpha() or str(weight).lower() in MISSING:
        return False
    others = {_key(name) for name in cells[1:, :2].ravel()}
    return not {_key(first), _key(second)} & others


def links_from_pairs(
    origins: Sequence[Hashable],
    destinations: Sequence[Hashable],
    weight: np.ndarray,
    ids: Ids,
    named: Ids = None,
) -> IdsAndLinks:
    """Links of pairs. `ids` are all the units, or where the pairs have row numbers the unit of
    each; `named` those that the file lists besides.
    """
    _refuse_lost_ends(origins, destinations)
    named_by_file = {id_key(name): name for name in (*(named or ()), *origins, *destinations)}
    units: Sequence[Hashable] = ids if ids is not None else list(named_by_file.values())
    if not units:
        raise WeightsError(
            "path",
            expected="rows of links",
            got="none",
            remedy=TWO_FORMS,
        )
    if set(named_by_file) <= {id_key(name) for name in units}:
        i = positions(origins, units)
        j = positions(destinations, units)
    elif all(_is_row_number(key, len(units)) for key in named_by_file):
        i = _from_row_numbers(origins)
        j = _from_row_numbers(destinations)
    else:
        given = {id_key(name) for name in units}
        odd = [
            name
            for key, name in named_by_file.items()
            if key not in given and not _is_row_number(key, len(units))
        ]
        raise WeightsError(
            "ids",
            expected="all units that the file names, or a unit a row number",
            got=first_five(odd),
            remedy="Row numbers run from 1 to the number of ids.",
        )
    N = len(units)
    code, count = np.unique(i * N + j, return_counts=True)
    if (count > 1).any():
        twice = [(units[c // N], units[c % N]) for c in code[count > 1]]
        raise WeightsError(
            "path",
            expected="each pair once",
            got=f"repeated {first_five(twice)}",
            remedy="Add their weights up, or keep one of them.",
        )
    return units, sparse.csr_array((weight, (i, j)), shape=(N, N))


def _refuse_lost_ends(origins: Sequence[Hashable], destinations: Sequence[Hashable]) -> None:
    lost = [
        row
        for row, (origin, destination) in enumerate(
            zip(origins, destinations, strict=True), start=1
        )
        if _key(origin) == "" or _key(destination) == ""
    ]
    if lost:
        raise WeightsError(
            "path",
            expected="two ids in every row",
            got=f"none in the rows {first_five(lost)}",
            remedy="Fill them, or take the rows out.",
        )


def _is_row_number(key: Hashable, rows: int) -> bool:
    return str(key).isdecimal() and 1 <= int(str(key)) <= rows


def _from_row_numbers(side: Sequence[Hashable]) -> np.ndarray:
    """Positions from 0, of row numbers from 1."""
    numbers = [int(str(id_key(one))) for one in side]
    return np.array(numbers, dtype=np.intp) - 1


def _key(cell: Any) -> Hashable:
    return id_key(cell) if not isinstance(cell, float) or cell == cell else ""


def _is_matrix(cells: np.ndarray) -> bool:
    """Whether all cells are numbers and those on the diagonal 0."""
    try:
        return bool((np.diag(cells.astype(float)) == 0).all())
    except (TypeError, ValueError):
        return False


def _numbers(cells: np.ndarray) -> np.ndarray:
    try:
        return cells.astype(float)
    except (TypeError, ValueError):
        wrong = [cell for cell in cells.ravel() if not is_number(cell)]
        raise WeightsError(
            "path",
            expected="numbers as weights",
            got=first_five(wrong),
            remedy=decimal_comma_remedy(wrong),
        ) from None
