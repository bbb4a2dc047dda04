"""Weights as text: GAL, GWT, Stata's export, R's dput of a neighbour list, tables."""

from __future__ import annotations

import re
from collections.abc import Hashable
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from ..cells import original_text
from ..errors import WeightsError, first_five
from ..panel.encodings import decoded
from .link_tables import (
    TWO_FORMS,
    Ids,
    IdsAndLinks,
    links_from_pairs,
    links_from_table,
    links_from_triples,
)

MOST_IDS = 1_000_000
# a whole number of R, or a range of them
RANGE = re.compile(r"(\d{1,15})L?(?:\s*:\s*(\d{1,15})L?)?")


def text_of(path: Path, encoding: str | None = None) -> str:
    """The text of a file, in the encoding that its bytes tell or that is given.

    Raises
    ------
    WeightsError
        It is empty.
    DataError
        It is no text, or one in an encoding that cannot be told.
    """
    held = path.read_bytes()
    if not held.strip():
        raise WeightsError(
            "path",
            expected="weights",
            got="an empty file",
            remedy=TWO_FORMS,
        )
    text, _ = decoded(held, path.name, encoding)
    return text


def links_of_text(text: str, ids: Ids) -> IdsAndLinks:
    """Ids and links of a text whose form its beginning tells."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    head = lines[0]
    if text.lstrip().startswith(("structure(", "list(")):
        return read_nb(text, ids)
    if len(head) == 1 and head[0].isdecimal():
        return _after_a_count(text, lines, ids)
    if (
        len(head) == 3
        and all(one.isdecimal() for one in head)
        and int(head[0]) == len(lines) - 1
        and len(lines[1]) != 3
    ):
        raise WeightsError(
            "path",
            expected="a whole matrix",
            got="a banded one",
            remedy="Export it from Stata with nlist.",
        )
    if (
        len(head) >= 4
        and head[0] == "0"
        and len(lines) > 1
        and head[1].isdecimal()
        and len(lines[1]) in (2, 3)
    ):
        return read_gwt(text, ids) if len(lines[1]) == 3 else read_gal(text, ids)
    return links_of_table(text, ids)


def _after_a_count(
    text: str,
    lines: list[list[str]],
    ids: Ids,
) -> IdsAndLinks:
    """Stata's matrix or neighbour list, or a GAL of the old style: a first line with the number of
    units.
    """
    N, rows = int(lines[0][0]), lines[1:]
    if not rows:
        raise WeightsError(
            "path",
            expected=f"{N} rows after the first line",
            got="none",
            remedy=TWO_FORMS,
        )
    if len(rows) != N:
        return read_gal(text, ids)
    lengths = {len(row) for row in rows}
    if lengths == {N + 1} or lengths == {N}:
        offset = len(rows[0]) - N
        if all(_zero(row[position + offset]) for position, row in enumerate(rows)):
            return links_from_table(np.array(rows, dtype=object), ids)
    names = [row[0] for row in rows]
    pairs = [(row[0], other) for row in rows for other in row[1:]]
    return _binary(names, pairs, ids)


def _zero(token: str) -> bool:
    try:
        return float(token) == 0
    except ValueError:
        return False


def _binary(
    names: list[str],
    pairs: list[tuple[str, str]],
    ids: Ids,
) -> IdsAndLinks:
    origins, destinations = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    unknown = sorted(set(destinations) - set(names))
    if unknown:
        raise WeightsError(
            "path",
            expected="neighbours that have a row themselves",
            got=first_five(unknown),
            remedy="Every unit has a row, also one without neighbours, whose number is 0.",
        )
    return links_from_pairs(origins, destinations, np.ones(len(pairs)), ids, tuple(names))


def read_gal(text: str, ids: Ids) -> IdsAndLinks:
    """GAL: a line ``0 N name id`` (or ``N``), then for each unit its id and number of neighbours,
    then these.
    """
    first, _, rest = text.lstrip().partition("\n")
    head = first.split()
    # "N", or "0 N name id"
    count = ""
    if head:
        count = head[0] if len(head) == 1 else head[1]
    tokens, at = rest.split(), 0
    names: list[str] = []
    pairs: list[tuple[str, str]] = []
    while at + 1 < len(tokens) and tokens[at + 1].isdecimal():
        name, near = tokens[at], int(tokens[at + 1])
        names.append(name)
        pairs += [(name, other) for other in tokens[at + 2 : at + 2 + near]]
        at += 2 + near
    if at != len(tokens) or not count.isdecimal() or int(count) != len(names):
        raise WeightsError(
            "path",
            expected=(
                "a GAL file: a line '0 N name id', then 'id number' and the neighbours of each unit"
            ),
            got=f"{len(names)} units that can be read, of {count or 'an unknown number'}",
            remedy="Ids must not have blanks.",
        )
    return _binary(names, pairs, ids)


def read_gwt(text: str, ids: Ids) -> IdsAndLinks:
    """GWT: a line ``0 N name id``, then lines of origin, destination, weight; units without links
    are not in it.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    head, *rows = lines
    odd = [" ".join(row) for row in rows if len(row) != 3]
    if len(head) in (1, 3) or not head[1].isdecimal():
        odd.insert(0, " ".join(head))
    if odd:
        raise WeightsError(
            "path",
            expected="a GWT file: a line '0 N name id', then origin, destination, weight",
            got=f"lines {first_five(odd)}",
            remedy="Ids must not have blanks.",
        )
    N = int(head[1])
    units, links = links_from_triples(np.array(rows, dtype=object).reshape(-1, 3), ids)
    if units is None or len(units) != N:
        raise WeightsError(
            "path",
            expected=f"links of {N} units, as the first line says",
            got=f"{links.shape[0]} units with links",
            remedy="A GWT file leaves units without links out: name all units with ids=[...].",
        )
    return units, links


def read_nb(text: str, ids: Ids) -> IdsAndLinks:
    """What R prints for ``dput(nb)`` of spdep: row numbers of the neighbours, and the attribute
    region.id.
    """
    start = text.index("list(") + len("list(")
    body = text[start : _closing(text, start)]
    items = _items(body)
    near = [_whole_numbers(item, len(items)) for item in items]
    attribute = re.search(r"region\.id\s*=\s*(?=c\(|\d|\")", text)
    names: list[Hashable] = []
    if attribute:
        inside = text[attribute.end() :]
        inside = (
            inside[: _closing(inside, 2) + 1]
            if inside.startswith("c(")
            else next(iter(_items(inside)))
        )
        quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', inside)
        names = list(quoted) if quoted else list(_whole_numbers(inside, None))
    units = ids if ids is not None else tuple(names)
    if len(units) != len(near):
        raise WeightsError(
            "path",
            expected=f"region.id of {len(near)} units",
            got=f"{len(units)}",
            remedy="Or name them with ids=[...].",
        )
    pairs = [(i, j - 1) for i, row in enumerate(near) for j in row if j > 0]
    origins, destinations = [units[i] for i, _ in pairs], [units[j] for _, j in pairs]
    return links_from_pairs(origins, destinations, np.ones(len(pairs)), tuple(units))


def _closing(text: str, start: int) -> int:
    """Where the bracket that is open at `start` closes; brackets within quotes do not count."""
    depth, quoted, at = 1, False, start
    while at < len(text):
        if text[at] == "\\" and quoted:
            at += 1
        elif text[at] == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            if depth == 0:
                return at
        at += 1
    raise WeightsError(
        "path",
        expected="the whole text of dput(nb)",
        got="one that breaks off",
        remedy='Write it again: dput(nb, file = "weights.txt").',
    )


def _items(body: str) -> list[str]:
    """The parts of a text between commas that stand outside brackets."""
    parts, depth, last = [], 0, 0
    for at, sign in enumerate(body):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append(body[last:at])
            last = at + 1
    return [*parts, body[last:]]


def _whole_numbers(item: str, largest: int | None) -> list[int]:
    """``c(1L, 4:6)`` -> 1, 4, 5, 6; none of them above `largest`, where there is one, nor more than
    a text can mean.
    """
    numbers: list[int] = []
    body = item.strip().removeprefix("c(").removesuffix(")")
    if body.strip() in ("integer(0", "numeric(0"):
        return []
    for piece in body.split(","):
        span = RANGE.fullmatch(piece.strip())
        if not span:
            raise WeightsError(
                "path",
                expected="whole numbers of neighbours, such as c(1L, 4L)",
                got=repr(item.strip()[:60]),
                remedy="Write it by dput(nb) of an object of class nb.",
            )
        low, high = span.groups()
        first, last = int(low), int(high or low)
        if largest is not None and last > largest:
            raise WeightsError(
                "path",
                expected=f"numbers of neighbours up to {largest}",
                got=f"{last}",
                remedy="They are the numbers of rows, from 1.",
            )
        if last - first + len(numbers) >= MOST_IDS:
            raise WeightsError(
                "path",
                expected=f"at most {MOST_IDS:,} units",
                got=piece.strip(),
                remedy="Is region.id that of the map?",
            )
        numbers += range(first, last + 1)
    return numbers


def links_of_table(text: str, ids: Ids) -> IdsAndLinks:
    """A table in text, separated by commas, semicolons, tabs or blanks."""
    first = text.split("\n", 1)[0]
    sign = max(",;\t", key=first.count)
    # NA is Namibia, too: only an empty cell is a missing one
    cells = pd.read_csv(
        StringIO(text),
        header=None,
        dtype=object,
        sep=sign if sign in first else r"\s+",
        keep_default_na=False,
        na_values=[""],
    )
    return links_from_table(cells.map(original_text).to_numpy(dtype=object), ids)
