"""What `select_model` returns: the steps on the way, and the specification they end in."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ...display import Shown
from ...options import ErrorLaw, LmForm
from ...results import TIDY_COLUMNS, WIDTH, TestGroup, TestResult, Text
from .path_calibration import PathCalibration, path_calibration

if TYPE_CHECKING:
    from ...esda import MoranResult
    from ...models import FitResult
    from ...models.estimator import Estimator

HEADLINE = (
    "LM error",
    "Robust LM error",
    "LM lag",
    "Robust LM lag",
    "Hausman",
    "LR SDM against SAR",
    "LR SDM against SEM",
    "Wald SDM against SAR",
    "Wald SDM against SEM",
)


@dataclass(frozen=True)
class Step:
    """One question on the way.

    Attributes
    ----------
    question, rule, decision, otherwise : str
        What was asked; how it is decided; what came out; what would change it.
    tests : TestGroup
        The tests that decide.
    beside : TestGroup or None
        Tests that are shown beside them and decide nothing: the published LM forms, Hausman's test
        with spatial lags.
    """

    question: str
    rule: str
    decision: str
    otherwise: str
    tests: TestGroup
    beside: TestGroup | None = None


@dataclass(frozen=True, eq=False, repr=False)
class SelectionPath(Shown):
    """The whole way from the data to the specification.

    Attributes
    ----------
    chosen : Estimator
        The request that the path ends in, ready to `fit`.
    steps : tuple of Step
    fits : mapping
        Fits that the last step compared, by class name; the Durbin model among them.
    moran : MoranResult
    lm_by_effects : mapping of mappings of TestGroup
        LM tests under each kind of fixed effects, "none", "unit", "time", "two-way", in the
        "corrected" and the "published" form: ``path.lm_by_effects["corrected"]["unit"]``. Those of
        the chosen kind are the ones that decided.
    r2_by_effects : DataFrame, kinds of effects x measures
        `FitResult.rsquared` of the least-squares model.
    cautions : tuple of str
        Where a rule in common use would have led elsewhere on these data, and why it misleads.
    """

    chosen: Estimator
    steps: tuple[Step, ...]
    fits: Mapping[str, FitResult]
    moran: MoranResult
    lm_by_effects: Mapping[LmForm, Mapping[str, TestGroup]]
    r2_by_effects: pd.DataFrame
    cautions: tuple[str, ...]

    @property
    def tests(self) -> TestGroup:
        """All deciding tests in order."""
        return TestGroup(
            "Selection path",
            tuple(test for step in self.steps for test in step.tests),
        )

    @property
    def r2(self) -> pd.Series:
        """R2 of the demeaned regression by kind of effects, as printed in the literature.

        It does not choose between kinds of effects: demeaning changes what there is to explain.
        """
        return self.r2_by_effects["correlation"].rename("r2")

    @property
    def headline(self) -> TestGroup:
        """The tests that studies print in one table: LM, Hausman, LR and Wald, in the order in use.

        ``tests_table(path.headline)`` makes the table, ``tests_table({"queen": one.headline,
        "near": other.headline})`` that with columns by W.
        """
        held = {test.name: test for test in self.tests}
        return TestGroup(
            "From the tests to a specification",
            tuple(held[name] for name in HEADLINE),
        )

    def tidy(self) -> pd.DataFrame:
        """One row a test, then R2 by kind of effects (in `estimate`).

        Component: "step 1" and so on of the tests that decide; "beside step 2" of those that do
        not; "corrected, unit" of the LM tests under one kind of effects; the kind of effects of R2.
        """
        frames = []
        for k, step in enumerate(self.steps, start=1):
            frames.append(step.tests.tidy().assign(component=f"step {k}"))
            if step.beside is not None:
                frames.append(step.beside.tidy().assign(component=f"beside step {k}"))
        for form, groups in self.lm_by_effects.items():
            for kind, tests in groups.items():
                frames.append(tests.tidy().assign(component=f"{form}, {kind}"))
        r2 = pd.DataFrame(
            {
                "term": "R2",
                "component": self.r2.index,
                "estimate": self.r2.to_numpy(),
            }
        )
        frames.append(r2.reindex(columns=list(TIDY_COLUMNS)))
        return pd.concat(frames, ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: the chosen model and effects, the decision of each step, and R2 by kind of
        effects.
        """
        row = {
            "model": type(self.chosen).__name__,
            "fixed_effects": self.chosen.effects or "none",
        }
        for k, step in enumerate(self.steps, start=1):
            row[f"step_{k}"] = step.decision
        for kind, value in self.r2.items():
            row[f"r2_{str(kind).replace('-', '_')}"] = value
        return pd.DataFrame([row])

    def calibrated(
        self,
        replications: int,
        *,
        errors: ErrorLaw,
        seed: int | None,
    ) -> PathCalibration:
        """What `bevdrivers.calibrate` returns of this path."""
        durbin = self.fits["SpatialDurbin"]
        return path_calibration(durbin, self.chosen, replications, errors=errors, seed=seed)

    def _shown_heading(self) -> str:
        return "Selection path"

    def summary(self) -> Text:
        """The path in words."""
        lines = []
        for k, step in enumerate(self.steps, start=1):
            lines += _step_in_words(k, step)
        lines += [
            "By kind of fixed effects, choosing none (statistic [p-value]; R2 of the demeaned "
            "regression):",
            self._by_effects(),
        ]
        if self.cautions:
            lines.append("Where popular rules mislead here:")
        lines += [_filled(f"- {text}", "   ", "     ") for text in self.cautions]
        lines.append(_filled(f"Chosen: {_as_typed(self.chosen)}", "", "    "))
        return Text("\n".join(lines))

    def _by_effects(self) -> str:
        """Statistics with p-values in brackets, kinds of effects in columns."""
        columns = {}
        for kind in self.r2.index:
            cells = {}
            for form, groups in self.lm_by_effects.items():
                for test in groups[kind]:
                    cells[f"{test.name} ({form})"] = _statistic_and_p(test)
            cells["R2"] = f"{self.r2[kind]:.3g}"
            columns[kind] = cells
        return textwrap.indent(pd.DataFrame(columns).to_string(), "   ")

    def __repr__(self) -> str:
        return self.summary()


def _step_in_words(k: int, step: Step) -> list[str]:
    """Question, tests, rule, decision and what would change it."""
    lines = [
        f"{k}. {step.question}",
        *(test.lines("     ") for test in step.tests),
    ]
    if step.beside is not None:
        lines.append(f"   Beside, deciding nothing: {step.beside.title}")
        lines += [test.lines("     ") for test in step.beside]
    lines.append(_filled(f"Rule: {step.rule}", "   ", "     "))
    lines.append(_filled(f"Decision: {step.decision}", "   ", "     "))
    lines.append(_filled(f"Otherwise: {step.otherwise}", "   ", "     "))
    return lines


def _filled(
    text: str,
    first: str,
    further: str,
) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=further)


def _statistic_and_p(test: TestResult) -> str:
    if not test.applies:
        return "-"
    return f"{test.statistic:.2f} [{test.p_value:.3f}]"


def _as_typed(model: Estimator) -> str:
    """The request with the options that are not the default ones, as it would be typed."""
    options = [repr(model.formula)]
    for field in dataclasses.fields(model):
        value = getattr(model, field.name)
        if field.name != "formula" and value != field.default:
            options.append(f"{field.name}={value!r}")
    return f"{type(model).__name__}({', '.join(options)})"
