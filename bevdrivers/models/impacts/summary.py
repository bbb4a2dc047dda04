"""Impacts as text for the screen: each with its standard error, interval and p-value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from ..estimate_lines import WIDTH, heading, lines, width_of


def impacts_text(
    glance: pd.DataFrame,
    frames: Iterable[tuple[str, pd.DataFrame]],
    level: float,
    title: str = "Impacts",
) -> str:
    """How the impacts were got, and their estimates in blocks.

    Parameters
    ----------
    glance : DataFrame of one row
        Of the impacts.
    frames : iterable of (str, DataFrame)
        The head of each block, and its rows of the tidy frame.
    level : float
        Coverage of the intervals.
    title : str
        What they are.
    """
    facts = glance.iloc[0]
    blocks = list(frames)
    terms = tuple(term for _, frame in blocks for term in frame["term"])
    # the names stand two signs to the right of the heads of their blocks
    wide = width_of(terms) + 2
    rule = "-" * WIDTH
    text = [f"{title} on {facts['outcome']} ({facts['model']})", "=" * WIDTH]
    text += [*_facts(facts), rule, heading(wide, facts["statistic"], level)]
    for head, frame in blocks:
        text += [head, *lines(frame.assign(term="  " + frame["term"]), wide)]
    return "\n".join([*text, rule])


def _facts(facts: Any) -> list[str]:
    """Standard errors, covariance, and where and when the impacts are."""
    said = [f"Standard errors  {_method(facts)}", f"Covariance       {_covariance(facts)}"]
    if facts["dynamic"] != "none":
        horizon = facts["horizon"]
        after = f"{horizon} run" if isinstance(horizon, str) else f"{horizon} periods on"
        said.append(f"Horizon          {after}")
    if facts["at"]:
        said.append(f"At               {facts['at']}")
    return said


def _method(facts: Any) -> str:
    if facts["method"] != "simulated":
        return "delta method"
    seed = "no seed" if pd.isna(facts["seed"]) else f"seed {facts['seed']}"
    return (
        f"{facts['draws']} draws ({seed}), {facts['rejected']} rejected; intervals are percentiles"
    )


def _covariance(facts: Any) -> str:
    """The kind of covariance, and its clusters where it has any."""
    kind = str(facts["cov_type"])
    if kind != "clustered":
        return kind
    return f"clustered by {facts['cluster'] or 'unit'}"
