"""Which cells of a panel a formula can use, read from its tree and from what is missing, before
anything is computed.

A cell can be used where every column that the formula names is there; of ``lag(x)`` where x was there
so many periods before. What the formula has no use for makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import numpy as np
import pandas as pd

from ..errors import InputError
from .observed import Observed as Panel
from .terms import Formula, read_formula
from .tree import Call, Name, Node, calls_of, children, label


def periods_lost(node: Node) -> int:
    """How many periods at the start of a panel the lags of a tree use up."""
    of_parts = max(map(periods_lost, children(node)), default=0)
    return of_parts + _shift(node)


def lost_by(formula: Formula) -> int:
    """How many periods at the start of a panel a formula uses up."""
    return max(map(periods_lost, formula.factors))


def observed_cells(
    panel: Panel,
    formula: str,
    others: Iterable[str] = (),
) -> np.ndarray | None:
    """The cells of a panel that a formula can use.

    Parameters
    ----------
    panel : Panel
    formula : str
    others : iterable of str
        Further columns that must be there.

    Returns
    -------
    array of bool of shape (T, N), or None where all cells can be used but for the first periods,
    which lags use up. Those periods are False.

    Raises
    ------
    InputError
        The formula cannot be read, or has ``W()`` within ``lag()`` while cells are missing.
    """
    read = read_formula(formula)
    nodes = [*read.factors, *map(Name, others)]
    observed = reduce(np.logical_and, (cells_with(panel, node) for node in nodes))
    lost = lost_by(read)
    if lost >= len(observed) or observed[lost:].all():
        return None
    _refuse_lagged_weights(read)
    observed[:lost] = False
    return observed


def cells_with(panel: Panel, node: Node) -> np.ndarray:
    """Where the value of a node is there, (T, N); in periods that a lag loses all count as there."""
    if isinstance(node, Name):
        return _filled(panel, node.name)
    there = np.ones(panel.present.shape, bool)
    for child in children(node):
        there &= cells_with(panel, child)
    shift = _shift(node)
    if not 0 < shift < len(there):
        return there
    before = np.ones_like(there)
    before[shift:] = there[:-shift]
    return before


def _filled(panel: Panel, name: str) -> np.ndarray:
    """The cells of a column that are not missing; a column that is unknown is named elsewhere."""
    if name not in panel.columns:
        return np.ones(panel.present.shape, bool)
    return ~pd.isna(panel.columns[name])


def _shift(node: Node) -> int:
    """How many periods a node itself looks back; a number that is no such number is refused where
    the lag is computed.
    """
    is_lag = isinstance(node, Call) and node.function == "lag"
    return max(node.option("k", 1), 0) if isinstance(node, Call) and is_lag else 0


def _refuse_lagged_weights(formula: Formula) -> None:
    """Refuse ``lag(W(x))``: the links of the period before are among units of another sample."""
    for factor in formula.factors:
        if _lags_weights(factor):
            raise InputError(
                "formula",
                expected="W() outside of lag() on a panel with missing cells",
                got=repr(label(factor)),
                remedy="Write W(lag(x)): the links are those among the units of the sample in each "
                "period.",
            )


def _lags_weights(node: Node) -> bool:
    within = [name for child in children(node) for name in calls_of(child)]
    if isinstance(node, Call) and node.function == "lag" and "W" in within:
        return True
    return any(map(_lags_weights, children(node)))
