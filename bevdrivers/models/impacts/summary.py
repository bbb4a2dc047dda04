"""Impacts as text for the screen: each with its standard error, interval and p-value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
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
    text = [
        f"{title} on {facts['outcome']} ({facts['model']})",
        "=" * WIDTH,
        *_facts(facts),
        rule,
        heading(wide, facts["statistic"], level),
    ]
    for head, frame in blocks:
        indented = frame.assign(term="  " + frame["term"])
        text += [head, *lines(indented, wide)]
    text += [rule, *_remarks(facts, blocks)]
    return "\n".join(text)


def _facts(facts: Any) -> list[str]:
    """Standard errors, covariance, and where and when the impacts are."""
    said = [
        f"Standard errors  {_method(facts)}",
        f"Covariance       {_covariance(facts)}",
    ]
    if facts["dynamic"] != "none":
        horizon = facts["horizon"]
        after = f"{horizon} run" if isinstance(horizon, str) else f"{horizon} periods on"
        said.append(f"Horizon          {after}")
    if facts["at"]:
        said.append(f"At               {facts['at']}")
    return said


def _remarks(facts: Any, blocks: list[tuple[str, pd.DataFrame]]) -> list[str]:
    """What an interval cannot say in numbers."""
    remarks = []
    bounds = [frame[["conf_low", "conf_high"]].to_numpy() for _, frame in blocks]
    if any(np.isinf(pair).any() for pair in bounds):
        remarks.append("inf: at this level the sample does not exclude an impact without bound.")
    near = facts.get("next_to_unit_root", np.nan)
    if near > 0.0:
        remarks.append(f"{near:.1%} of the draws lie next to a unit root (above 0.99).")
    return remarks


# kinds of interval that stand beside standard errors of the delta method
BESIDE_DELTA = {
    "percentile": "percentiles of {draws} bootstrap draws",
    "bootstrap-t": "bootstrap-t, {draws} draws",
    "bca": "BCa, {draws} bootstrap draws",
    "profile": "inverted likelihood-ratio tests",
    "fieller": "Fieller's",
}


def _method(facts: Any) -> str:
    kind = BESIDE_DELTA.get(facts["method"])
    if kind is not None:
        return f"delta method; intervals {kind.format(draws=facts['draws'])}"
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
