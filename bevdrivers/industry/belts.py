"""Units in belts: a column of groups from a mapping that users write or change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError, first_five

if TYPE_CHECKING:
    from ..panel import Panel


def with_belts(
    panel: Panel,
    belts: Mapping[str, Sequence[str]],
    *,
    rest: str | None = None,
    name: str = "belt",
) -> Panel:
    """The panel with a column that says which belt each unit belongs to.

    Such a column is what `concentration` and `dagum` take as groups.

    Parameters
    ----------
    panel : Panel
    belts : mapping of str to sequence of str
        The units of each belt; `bevdrivers.industry.BELTS` for the bundled provinces, or
        ``{**BELTS, "Pearl delta": ["Guangdong", "Fujian"]}``.
    rest : str, optional
        What units of no belt are called. Without it they are refused.
    name : str
        The new column.

    Returns
    -------
    Panel

    Raises
    ------
    DataError
        A unit of the belts that the panel has not, one in two belts, or one in none.
    """
    owner: dict[str, str] = {}
    for belt, units in belts.items():
        twice = [unit for unit in units if unit in owner]
        if twice:
            raise DataError(
                "belts",
                expected="each unit in one belt",
                got=f"{first_five(twice)} in {belt!r} and in {owner[twice[0]]!r}",
                remedy="Take these units out of one of the two.",
            )
        owner |= dict.fromkeys(units, belt)
    strangers = [unit for unit in owner if unit not in set(panel.units)]
    if strangers:
        raise DataError(
            "belts",
            expected="units of the panel",
            got=f"others: {first_five(strangers)}",
            remedy="Write units as they stand in panel.units.",
        )
    lost = [unit for unit in panel.units if unit not in owner]
    if lost and rest is None:
        raise DataError(
            "belts",
            expected="a belt for each unit",
            got=f"none for {first_five(lost)}",
            remedy="Add them to a belt, or name what is left over, as in rest='other'.",
        )
    row = np.array([owner.get(str(unit), rest) for unit in panel.units])
    return panel.with_columns(**{name: np.tile(row, (len(panel.periods), 1))})
