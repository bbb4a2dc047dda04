"""What the steps of a study share: fits, impacts, Moran's I and selection paths, each computed
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...diagnostics import PathCalibration, SelectionPath, select_model
from ...errors import OptionError
from ...esda import MoranResult
from ...language.labels import plain_name
from ...language.words import Words
from ...models import FitResult
from ...robustness import GridResult, run_grid
from ...robustness.store import Store
from ...robustness.workers import checked_jobs
from ...simulation import Calibration, calibrate
from ..request.plan import Plan
from ..request.plan_checks import same_in_all_periods
from ..request.stages import Stage


@dataclass(frozen=True)
class GridRun:
    """How the specifications of a study are fitted; see `run_grid`. No number depends on it."""

    n_jobs: int = 1
    store: str | Path | None = None
    shard: tuple[int, int] | None = None
    progress: bool = False

    def check(self, plan: Plan) -> None:
        """Refuse what `of` would, before anything is computed.

        Raises
        ------
        OptionError
            A number of processes that does not exist.
        FileError
            The store is another study's, or cannot be written.
        """
        checked_jobs(self.n_jobs)
        if self.store is not None and plan.robustness is not None:
            Store.open(self.store, plan.robustness.fingerprint)

    def of(self, plan: Plan) -> GridResult:
        """The specifications of a plan, fitted.

        Raises
        ------
        InputError
            The plan has none, or the run is none that `run_grid` knows.
        """
        return run_grid(
            plan.robustness.choices,  # type: ignore[union-attr, arg-type]
            plan.panel,
            n_jobs=self.n_jobs,
            store=self.store,
            shard=self.shard,
            progress=self.progress,
        )


@dataclass(frozen=True, eq=False)
class SharedResults:
    """The results of a plan, computed when a step first asks for them."""

    plan: Plan
    grid_run: GridRun = GridRun()

    @property
    def digits(self) -> int:
        """Decimals of the tables."""
        return self.plan.config.outputs.digits

    def label(self, name: str) -> str:
        """What is printed for a term or a column: the study's label, or the name itself."""
        return self.plan.labels.get(name) or plain_name(name)

    @property
    def words(self) -> Words:
        """The package's own words in the language of the study."""
        return self.plan.words

    def captions(self, name: str, title: str) -> dict[str, Any]:
        """The options that every table of a study takes: labels, language, title and the mark for
        LaTeX.
        """
        return {
            "labels": {"Intercept": self.words.say("Intercept")} | self.plan.labels,
            "language": self.words.language,
            "title": title,
            "label": f"tab:{name}",
        }

    @cached_property
    def fits(self) -> dict[str, FitResult]:
        """The models that stand side by side, under the main weights."""
        panel, weights = self.plan.panel, self.plan.first_weights
        return {name: model.fit(panel, weights) for name, model in self.plan.models.items()}

    @cached_property
    def by_weights(self) -> dict[str, FitResult]:
        """The main model under each of the weights."""
        model, panel = self.plan.main, self.plan.panel
        return {name: model.fit(panel, W) for name, W in self.plan.weights.items()}

    @property
    def main(self) -> FitResult:
        """The main model under the main weights."""
        return next(iter(self.by_weights.values()))

    @cached_property
    def by_stage(self) -> list[tuple[Stage, FitResult]]:
        """The main model in each stage, under the main weights."""
        weights = self.plan.first_weights
        return [(stage, stage.model.fit(stage.panel, weights)) for stage in self.plan.stages]

    @cached_property
    def grid_result(self) -> GridResult:
        """The main model under all specifications that the study asks for."""
        return self.grid_run.of(self.plan)

    @cached_property
    def main_impacts(self) -> Any:
        """The impacts of the main model; None where it has none."""
        return self.impacts(self.main)

    def impacts(self, fit: FitResult, horizon: str = "short") -> Any:
        """The impacts of a fit; None where they are the coefficients themselves (no lag of y or of
        X).
        """
        if not (fit.estimator.lag_y or fit.estimator.lag_x):
            return None
        chosen = self.plan.config.impacts
        return fit.impacts(
            draws=chosen.draws,
            seed=chosen.seed,
            horizon=horizon,
            at=self.at,
        )

    @property
    def at(self) -> dict[str, Any] | None:
        """Where variables that several terms share stand in impacts."""
        chosen = self.plan.config.impacts.at
        return None if chosen is None else dict(chosen)

    @cached_property
    def calibration(self) -> Calibration | str:
        """The main model simulated in its own design, or why it is not."""
        chosen = self.plan.config.calibration
        try:
            return calibrate(self.main, replications=chosen.replications, seed=chosen.seed)
        except OptionError as refused:
            return str(refused)

    @cached_property
    def path_calibration(self) -> PathCalibration | str:
        """What the selection path under the main weights picks in its own design, or why it was not
        simulated.
        """
        chosen = self.plan.config.calibration
        path = next(iter(self.paths.values()))
        try:
            return calibrate(path, replications=chosen.path_replications, seed=chosen.seed)
        except OptionError as refused:
            return str(refused)

    @cached_property
    def moran(self) -> dict[str, MoranResult]:
        """Moran's I by year under each of the weights."""
        weights = same_in_all_periods(self.plan.weights)
        return {name: self.plan.moran.fit(self.plan.panel, W) for name, W in weights.items()}

    @cached_property
    def paths(self) -> dict[str, SelectionPath]:
        """The selection path under each of the weights."""
        plan, chosen = self.plan, self.plan.config.moran
        permutations, seed = chosen.permutations, chosen.seed
        return {
            name: select_model(plan.main, plan.panel, W, permutations=permutations, seed=seed)
            for name, W in plan.weights.items()
        }
