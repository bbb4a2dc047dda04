"""The selection path in the user's own design: what it picks where each model is the truth."""

from __future__ import annotations

import textwrap
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from ...display import Plotted
from ...errors import BevdriversWarning, EstimationError, IdentificationError
from ...models import NonSpatial, SpatialDurbin, SpatialError, SpatialLag, SpatialLagX
from ...numerics.streams import generator
from ...options import ErrorLaw, check_option
from ...results import TIDY_COLUMNS, WIDTH, Text, critical_value
from ...simulation.disturbances import drawn_errors
from ...simulation.process import Process
from ...simulation.replication import check_replications, outcomes_in_pieces
from .decisions import KIND_KEPT, decided

if TYPE_CHECKING:
    from ...models import FitResult
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

# what the path can end in, and what may be the truth
MODELS: tuple[type[Estimator], ...] = (
    NonSpatial,
    SpatialLagX,
    SpatialLag,
    SpatialError,
    SpatialDurbin,
)
NAMES = [kind.__name__ for kind in MODELS]
EFFECTS: list[str] = [effects or "none" for effects in KIND_KEPT.values()]
LEVEL = 0.95


class Pick(NamedTuple):
    """The model, by class name, and the kind of effects that a path ends in."""

    model: str
    effects: str


@dataclass(frozen=True, eq=False, repr=False)
class PathCalibration(Plotted):
    """How often the selection path picks each model where each is the truth.

    Attributes
    ----------
    shares : DataFrame, models that are the truth x models picked
        By class name: "NonSpatial" (least squares), "SpatialLagX", "SpatialLag", "SpatialError",
        "SpatialDurbin". Each row sums to one.
    effects : DataFrame, models that are the truth x kinds of fixed effects kept
        Shares too; the truth has those of the path.
    counts : DataFrame
        By truth: draws, and those on which the path could not be gone (`failed`), which are not in
        the shares.
    replications : int
        Of each truth.
    errors : str
    seed : int or None
    described : dict
        Of the design: the sample, W and effects; the model is the one that the path ended in.
    """

    _figure = "picks_plot"

    shares: pd.DataFrame
    effects: pd.DataFrame
    counts: pd.DataFrame
    replications: int
    errors: str
    seed: int | None
    described: dict[str, Any]

    @property
    def std_errors(self) -> pd.DataFrame:
        """Monte Carlo standard errors of `shares`, in the same layout."""
        kept = self.counts["draws"] - self.counts["failed"]
        variances = (self.shares * (1 - self.shares)).div(kept, axis=0)
        return variances**0.5

    @property
    def size(self) -> float:
        """The share of samples without spatial dependence in which the path finds some."""
        return 1.0 - float(self.shares["NonSpatial"]["NonSpatial"])

    @property
    def power(self) -> pd.Series:
        """The share of samples of each model with spatial lags in which the path picks it."""
        spatial = NAMES[1:]
        values = [self.shares[name][name] for name in spatial]
        return pd.Series(values, index=spatial, name="power")

    def tidy(self, level: float = LEVEL) -> pd.DataFrame:
        """One row a truth and a model picked: columns `TIDY_COLUMNS`.

        `term` is the model picked, `component` the truth, `estimate` the share with its Monte Carlo
        standard error, and an interval of `level` within 0 and 1.
        """
        half = critical_value(level)
        frame = pd.DataFrame(
            {
                "term": NAMES * len(NAMES),
                "component": np.repeat(NAMES, len(NAMES)),
                "estimate": self.shares.to_numpy().ravel(),
                "std_error": self.std_errors.to_numpy().ravel(),
            }
        )
        reach = half * frame["std_error"]
        frame["conf_low"] = (frame["estimate"] - reach).clip(lower=0.0)
        frame["conf_high"] = (frame["estimate"] + reach).clip(upper=1.0)
        return frame.reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: the design, and how it was simulated."""
        own = {
            "replications": self.replications,
            "errors": self.errors,
            "failed": int(self.counts["failed"].sum()),
            "seed": self.seed,
            "size": self.size,
            "note": self.note,
        }
        return pd.DataFrame([{**self.described, **own}])

    @property
    def note(self) -> str:
        """One line for a table note: how often each model is picked where it is the truth."""
        least_squares, *spatial = np.diag(self.shares)
        shorts = [kind.short for kind in MODELS[1:]]
        pairs = zip(shorts, spatial, strict=True)
        powers = ", ".join(f"{short} in {share:.1%}" for short, share in pairs)
        largest = 100 * float(self.std_errors.to_numpy().max())
        return (
            f"where each is the truth, this path picks {powers} and least squares in "
            f"{least_squares:.1%} of samples ({self.replications} replications, Monte Carlo s.e. "
            f"up to {largest:.1f} points)"
        )

    def summary(self) -> Text:
        """The shares as text, with what becomes of the fixed effects."""
        d = self.described
        head = (
            f"The selection path in its own design: N = {d['n_units']}, T = {d['n_periods']}, "
            f"weights {d['weights']}, {self.errors} errors, {self.replications} replications of "
            f"each truth, seed {self.seed}"
        )
        lines = [
            textwrap.fill(head, WIDTH),
            "Share picked (columns) where the row is the truth:",
            _text(_in_short(self.shares)),
            "Fixed effects kept:",
            _text(_in_short(self.effects)),
        ]
        for name, row in self.counts.iterrows():
            if row["failed"] > 0:
                lines.append(f"{name}: the path failed on {row['failed']} of {row['draws']} draws.")
        note = self.note
        lines.append(textwrap.fill(note[0].upper() + note[1:] + ".", WIDTH))
        return Text("\n".join(lines))

    def __repr__(self) -> str:
        return f"PathCalibration: {self.note}"


def path_calibration(
    durbin: FitResult,
    chosen: Estimator,
    replications: int,
    *,
    errors: ErrorLaw,
    seed: int | None,
) -> PathCalibration:
    """The path gone again on outcomes drawn from each of the models that it can end in.

    Parameters
    ----------
    durbin : FitResult
        The Durbin model of the path, with the effects that the path kept.
    chosen : Estimator
        What the path ended in.
    replications, errors, seed
        See `bevdrivers.calibrate`.
    """
    check_option("errors", errors, ErrorLaw)
    check_replications(replications)
    weights = durbin.sample.W
    assert weights is not None
    design = _Design.of(durbin, weights)
    shares, effects, counts = {}, {}, {}
    for kind in MODELS:
        name = kind.__name__
        truth = durbin.estimator.to(kind).fit(durbin.panel, weights)
        picks = design.picks(truth, replications, errors, seed)
        failed = replications - len(picks)
        if failed > replications / 2:
            raise EstimationError(f"The path fails on {failed} of {replications} draws of {name}.")
        counts[name] = {"draws": replications, "failed": failed}
        shares[name] = _shares([pick.model for pick in picks], NAMES)
        effects[name] = _shares([pick.effects for pick in picks], EFFECTS)
    return PathCalibration(
        pd.DataFrame(shares, index=NAMES).T,
        pd.DataFrame(effects, index=EFFECTS).T,
        pd.DataFrame(counts).T,
        replications,
        errors,
        seed,
        {**durbin.described, "model": type(chosen).__name__},
    )


@dataclass(frozen=True, eq=False)
class _Design:
    """The panel and the request of a path, with the outcome as a column that can be exchanged.

    Attributes
    ----------
    request : Estimator
        The same right-hand side for the outcome `column`.
    panel : Panel
    weights : SpatialWeights
    column : str
    rows : array of bool, shape (T,)
        The periods of the sample.
    """

    request: Estimator
    panel: Panel
    weights: SpatialWeights
    column: str
    rows: np.ndarray

    @classmethod
    def of(cls, durbin: FitResult, weights: SpatialWeights) -> _Design:
        panel, estimator = durbin.panel, durbin.estimator
        column = "drawn_outcome"
        while column in panel.columns:
            column += "_"
        _, right = estimator.formula.split("~", 1)
        request = estimator.replace(formula=f"{column} ~ {right.strip()}")
        rows = np.isin(panel.periods, durbin.sample.design.periods)
        return cls(request, panel, weights, column, rows)

    def picks(
        self,
        truth: FitResult,
        replications: int,
        errors: ErrorLaw,
        seed: int | None,
    ) -> list[Pick]:
        """What the path ends in, draw by draw, without those on which it cannot be gone."""
        process = Process.of(truth)
        draw = partial(drawn_errors, process, errors)
        # the same errors under each truth
        rng = generator(seed, "calibration of paths")
        picks = []
        for outcomes in outcomes_in_pieces(process, draw, replications, rng):
            picks += [self._pick(panel) for panel in self._panels(outcomes)]
        return [pick for pick in picks if pick is not None]

    def _panels(self, outcomes: np.ndarray) -> Iterator[Panel]:
        """The panel with each of the outcomes (T, N, R)."""
        filled = np.zeros((len(self.rows), outcomes.shape[1]))
        for y in np.moveaxis(outcomes, 2, 0):
            # periods before the sample give regressors their past; their outcome is not used
            filled[self.rows] = y
            yield self.panel.with_columns(**{self.column: filled.copy()})

    def _pick(self, panel: Panel) -> Pick | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BevdriversWarning)
            try:
                end = decided(self.request, panel, self.weights)
            except (EstimationError, IdentificationError, np.linalg.LinAlgError):
                return None
        return Pick(type(end).__name__, end.effects or "none")


def _shares(found: list[str], names: list[str]) -> dict[str, float]:
    """The share of each of the names among those found."""
    counted = Counter(found)
    return {name: counted[name] / len(found) for name in names}


def _in_short(frame: pd.DataFrame) -> pd.DataFrame:
    """With the abbreviations of the models."""
    shorts = {kind.__name__: kind.short for kind in MODELS}
    return frame.rename(index=shorts, columns=shorts)


def _text(frame: pd.DataFrame) -> str:
    return frame.to_string(float_format="{:.1%}".format)
