"""Made-up panels with missing cells, and least squares with explicit dummies on their long frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

import bevdrivers as bd

N, T = 12, 7
UNITS = [f"u{i:02d}" for i in range(N)]
YEARS = list(range(2010, 2010 + T))


def long_frame(seed: int = 1) -> pd.DataFrame:
    """Twelve units and seven years; cells missing one by one, a late entry, an exit, rows absent."""
    rng = np.random.default_rng(seed)
    rows = [(unit, year) for unit in UNITS for year in YEARS]
    frame = pd.DataFrame(rows, columns=["id", "year"])
    frame["x"] = rng.normal(size=len(rows))
    frame["z"] = rng.normal(size=len(rows)) + np.repeat(rng.normal(size=N), T)
    frame["y"] = 0.7 * frame["x"] - 0.4 * frame["z"] + rng.normal(size=len(rows))
    frame["kind"] = rng.choice(["a", "b", "c"], size=len(rows))
    frame["region"] = np.repeat(["north", "south", "west"], len(rows) // 3)
    frame["unused"] = rng.normal(size=len(rows))
    late = (frame["id"] == "u04") & (frame["year"] < 2013)
    gone = (frame["id"] == "u09") & (frame["year"] > 2013)
    frame.loc[late, "y"] = np.nan
    frame.loc[gone, ["x", "z"]] = np.nan
    frame.loc[rng.choice(len(rows), 7, replace=False), "x"] = np.nan
    frame.loc[rng.choice(len(rows), 20, replace=False), "unused"] = np.nan
    return frame.drop(index=[3, 20, 44, 45]).reset_index(drop=True)


def panel_of(frame: pd.DataFrame) -> bd.Panel:
    return bd.Panel.from_frame(frame, unit="id", time="year")


def complete(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with all of y, x and z, ordered by period, then unit."""
    kept = frame.dropna(subset=["y", "x", "z"])
    return kept.sort_values(["year", "id"]).reset_index(drop=True)


def dummies(frame: pd.DataFrame, *columns: str) -> np.ndarray:
    """A column for each value of each of some columns, (n, q)."""
    return np.column_stack([pd.get_dummies(frame[name]).to_numpy(float) for name in columns])


def left(values: np.ndarray, D: np.ndarray) -> np.ndarray:
    """What least squares on D leaves of the columns of values, by singular values."""
    return values - D @ np.linalg.lstsq(D, values, rcond=None)[0]


def cut(W: bd.SpatialWeights, frame: pd.DataFrame, *, again: bool = True) -> np.ndarray:
    """Weights over the rows of a long frame, dense and by loops: links within a year among the units
    that are there, normalised by rows again or with the weights that they had.
    """
    raw = W.links.toarray() if again else W.dense
    n = len(frame)
    weights = np.zeros((n, n))
    at = [W.ids.index(unit) for unit in frame["id"]]
    years = frame["year"].to_numpy()
    for row in range(n):
        for column in range(n):
            if years[row] == years[column]:
                weights[row, column] = raw[at[row], at[column]]
        if again and weights[row].sum() > 0:
            weights[row] /= weights[row].sum()
    return weights
