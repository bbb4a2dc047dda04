"""`select_model`: from the data to a specification, every test, rule and decision kept."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ..esda import Moran, MoranResult
from ..models import FitResult, NonSpatial, SpatialDurbin, SpatialError, SpatialLag, SpatialLagX
from ..models.hypotheses import common_factor_obstacle, durbin_wald_tests, lr_test, slx_tests
from ..results import TestGroup, TestResult
from .effects import effects_tests, hausman_test
from .lm import lm_tests
from .scope import in_scope

if TYPE_CHECKING:
    from ..models.estimator import Estimator
    from ..panel import Panel
    from ..weights import SpatialWeights

WIDTH = 110


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
        Tests that are shown beside them and decide nothing (the published LM forms).
    """

    question: str
    rule: str
    decision: str
    otherwise: str
    tests: TestGroup
    beside: TestGroup | None = None


@dataclass(frozen=True, eq=False, repr=False)
class SelectionPath:
    """The whole way from the data to the specification.

    Attributes
    ----------
    chosen : Estimator
        The request that the path ends in, ready to `fit`.
    steps : tuple of Step
    fits : mapping
        Fits that the last step compared, by class name; the Durbin model among them.
    moran : MoranResult
    r2_by_effects : DataFrame, kinds of effects x measures
        R2 of the least-squares model, as printed in the literature. It does not choose between kinds of effects:
        demeaning changes what there is to explain.
    cautions : tuple of str
        Where a rule in common use would have led elsewhere on these data, and why it misleads.
    """

    chosen: Estimator
    steps: tuple[Step, ...]
    fits: Mapping[str, FitResult]
    moran: MoranResult
    r2_by_effects: pd.DataFrame
    cautions: tuple[str, ...]

    @property
    def tests(self) -> TestGroup:
        """All deciding tests in order."""
        return TestGroup("Selection path", tuple(test for step in self.steps for test in step.tests))

    def tidy(self) -> pd.DataFrame:
        """All deciding tests, one row each; component is the number of the step."""
        parts = [step.tests.tidy().assign(component=f"step {k}") for k, step in enumerate(self.steps, start=1)]
        return pd.concat(parts, ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: the chosen model and effects, and the decision of each step."""
        row = {"model": type(self.chosen).__name__, "fixed_effects": self.chosen.effects or "none"}
        row |= {f"step_{k}": step.decision for k, step in enumerate(self.steps, start=1)}
        return pd.DataFrame([row])

    def summary(self) -> str:
        """The path in words."""
        lines = []
        for k, step in enumerate(self.steps, start=1):
            lines += [f"{k}. {step.question}", *(f"     {test}" for test in step.tests)]
            if step.beside is not None:
                lines += ["   Beside, deciding nothing:", *(f"     {test}" for test in step.beside)]
            for head, text in (("Rule", step.rule), ("Decision", step.decision), ("Otherwise", step.otherwise)):
                lines.append(textwrap.fill(f"{head}: {text}", WIDTH, initial_indent="   ", subsequent_indent="     "))
        if self.cautions:
            lines.append("Where popular rules mislead here:")
        lines += [
            textwrap.fill(text, WIDTH, initial_indent="   - ", subsequent_indent="     ") for text in self.cautions
        ]
        return "\n".join([*lines, f"Chosen: {self.chosen!r}"])

    def __repr__(self) -> str:
        return self.summary()


def select_model(
    model: Estimator, panel: Panel, weights: SpatialWeights, *, permutations: int = 999, seed: int | None = 0
) -> SelectionPath:
    """The usual path to a specification, with its decisions explained.

    1. Moran's I of the outcome by period. 2. LM and robust LM tests on the model without lags (corrected form decides,
    published form beside). 3. F and LR tests of unit and time effects; Hausman's test. 4. LR and Wald tests of the
    spatial Durbin model against the lag model, the error model and the one with lags of X alone.

    Parameters
    ----------
    model : Estimator
        Its formula, `durbin` and correction are used; random effects are not.
    panel : Panel
    weights : SpatialWeights
    permutations, seed : int
        Of Moran's I.

    Returns
    -------
    SelectionPath with the chosen request, every step, and the fits compared.

    Notes
    -----
    The tests take errors as independent and identically distributed. With serially correlated errors they reject too
    often: set the chosen model's clustered standard errors beside them.

    References
    ----------
    Elhorst (2014), Spatial Econometrics, sections 2.9 and 3.4, doi:10.1007/978-3-642-40340-8.
    LeSage and Pace (2009), section 2.4: the Durbin model is kept when lag and error model disagree.
    """
    model = in_scope(model, "selecting a model", drop_random=True)
    if not model.is_ml:
        model = model.to(SpatialDurbin)
    outcome = model.formula.partition("~")[0].strip()
    moran = Moran(outcome, permutations=permutations, seed=seed).fit(panel, weights)
    kinds, effects = _effects_step(model.to(SpatialDurbin), panel, weights)
    request = model.to(SpatialDurbin).replace(fixed_effects=effects, correction="auto")
    lm = _lm_step(request, panel, weights)
    last, chosen, fits = _nesting_step(request, panel, weights, lm)
    fixed = {name: model.to(NonSpatial).replace(fixed_effects=name).fit(panel) for name in ("unit", "time", "two-way")}
    r2 = pd.DataFrame({name: fit.rsquared for name, fit in fixed.items()}).T
    cautions = (
        _by_r2(r2, effects),
        _by_published_forms(lm),
        _by_direct_likelihood(fits["SpatialDurbin"], panel, weights),
    )
    said = tuple(text for text in cautions if text)
    return SelectionPath(chosen, (_moran_step(moran), kinds, lm, last), fits, moran, r2, said)


def _by_r2(r2: pd.DataFrame, effects: str | None) -> str:
    """What choosing the kind of fixed effects by its within R2 would have done; empty where it ends the same."""
    within = r2["within"]
    best = str(within.idxmax())
    if best == effects:
        return ""
    listed = ", ".join(f"{name} {value:.3g}" for name, value in within.items())
    return (
        f"The largest R2 ({listed}) would choose {best} effects, the tests {effects or 'no'} effects. Each kind of "
        "demeaning leaves another outcome to explain, so that these R2 are shares of different totals."
    )


def _by_published_forms(lm: Step) -> str:
    """Which LM tests decide otherwise in the published form; empty where none does."""
    assert lm.beside is not None
    apart = [test.name for test, other in zip(lm.tests, lm.beside, strict=True) if test.rejected != other.rejected]
    if not apart:
        return ""
    return (
        f"The published LM forms decide otherwise at 5 %: {', '.join(apart)}. After time demeaning they are not "
        "centred at zero under the null and reject too often in a short cross-section."
    )


def _by_direct_likelihood(durbin: FitResult, panel: Panel, weights: SpatialWeights) -> str:
    """What rho of direct maximum likelihood would have said; empty where it says the same."""
    if not durbin.estimator.lee_yu:
        return ""
    direct = durbin.estimator.replace(correction=None).fit(panel, weights)
    verdicts = [_sign(fit) for fit in (durbin, direct)]
    if verdicts[0] == verdicts[1]:
        return ""
    corrected, naive = (f"{fit.rho:.3f} (z = {fit.tstats['rho']:.2f})" for fit in (durbin, direct))
    return (
        f"rho by direct maximum likelihood is {naive}, {verdicts[1]}; after the Lee-Yu transformation {corrected}, "
        f"{verdicts[0]}. With time effects in a short cross-section the direct estimate is biased downwards, and a "
        "negative one is no evidence of competition between neighbours."
    )


def _sign(fit: FitResult) -> str:
    """What a test of rho = 0 at 5 % says."""
    if fit.pvalues["rho"] >= 0.05:
        return "not significant"
    return "significantly positive" if fit.rho > 0 else "significantly negative"


def _moran_step(moran: MoranResult) -> Step:
    how = moran.request.chosen_inference
    tests = tuple(
        TestResult(
            f"Moran's I {row['period']:.0f}", "no spatial autocorrelation", row["z_randomisation"], (), row[f"p_{how}"]
        )
        for _, row in moran.frame.iterrows()
    )
    clear = sum(test.rejected for test in tests)
    return Step(
        "Is the outcome spatially autocorrelated?",
        "Moran's I of the outcome in each period, two-sided. It describes the outcome and decides nothing about the "
        "model: regressors may explain all of it, or hide it.",
        f"In {clear} of {len(tests)} periods at 5 %.",
        "Other weights, or another scale of the outcome.",
        TestGroup(f"Moran's I of {moran.request.variable} ({how} p-values)", tests),
    )


def _effects_step(model: Estimator, panel: Panel, weights: SpatialWeights) -> tuple[Step, str | None]:
    tests = effects_tests(model, panel, weights)
    unit = tests["LR: Unit effects given time effects"].rejected
    time = tests["LR: Time effects given unit effects"].rejected
    effects = {(True, True): "two-way", (True, False): "unit", (False, True): "time"}.get((unit, time))
    hausman = [hausman_test(model, panel), hausman_test(model, panel, form="mundlak")]
    step = Step(
        "Which fixed effects?",
        "Each kind is kept when the LR test given the other kind, in the Durbin model, rejects at 5 %; the F tests are "
        "those of the model without lags and stand beside. R2 does not choose: demeaning changes what there is to "
        "explain. Hausman's test tells whether random unit effects would do.",
        f"{(effects or 'no').capitalize()} effects."
        + ("" if hausman[1].rejected else " Random unit effects would do, and be more efficient."),
        "A model that has to hold unit heterogeneity constant keeps unit effects whatever the test says.",
        TestGroup(tests.title, (*tests.tests, *hausman)),
    )
    return step, effects


def _lm_step(request: Estimator, panel: Panel, weights: SpatialWeights) -> Step:
    tests = lm_tests(request, panel, weights, form="corrected")
    decision = {"lag": "a lag of y", "error": "a lag of the error", "": "no spatial lag"}[_lm_direction(tests)]
    return Step(
        "Does the model without lags leave spatial dependence, and of which kind?",
        "If only one LM test rejects, that kind; if both, the kind whose robust test is larger. Corrected form: the "
        "published one is not centred at zero after time demeaning and rejects a true null too often at small N.",
        f"The tests point to {decision}.",
        "Other weights; regressors left out whose own pattern is spatial.",
        tests,
        lm_tests(request, panel, weights, form="published"),
    )


def _lm_direction(tests: TestGroup) -> str:
    lag, error = tests["LM lag"].rejected, tests["LM error"].rejected
    if lag and error:
        return "lag" if tests["Robust LM lag"].statistic >= tests["Robust LM error"].statistic else "error"
    return "lag" if lag else "error" if error else ""


def _nesting_step(
    request: Estimator, panel: Panel, weights: SpatialWeights, lm: Step
) -> tuple[Step, Estimator, dict[str, FitResult]]:
    """LR and Wald tests of the Durbin model against its special cases, and the decision."""
    classes = (SpatialDurbin, SpatialLag, SpatialError)
    fits = {kind.__name__: request.to(kind).fit(panel, weights) for kind in classes}
    durbin = fits["SpatialDurbin"]
    wald = durbin_wald_tests(durbin)
    names = {"SpatialLag": "SDM against SAR", "SpatialError": "SDM against SEM"}
    nulls = {"SpatialLag": "theta = 0", "SpatialError": "theta = -rho beta"}
    lr = []
    for other, name in names.items():
        reason = common_factor_obstacle(durbin) if other == "SpatialError" else ""
        if reason:
            lr.append(TestResult.not_applicable(f"LR {name}", nulls[other], reason))
            continue
        found = lr_test(durbin, fits[other])
        lr.append(TestResult.chi2(f"LR {name}", nulls[other], found.statistic, int(found.df[0])))
    slx = slx_tests(durbin)
    keeps_lag = not (lr[0].rejected or wald[0].rejected)
    keeps_error = wald[1].applies and not (lr[1].rejected or wald[1].rejected)
    direction = _lm_direction(lm.tests)
    if keeps_lag and direction == "lag":
        kind: type[Estimator] = SpatialLag
    elif keeps_error and direction == "error":
        kind = SpatialError
    elif keeps_lag and keeps_error and not direction:
        kind = NonSpatial
    elif not keeps_lag and not any(test.rejected for test in slx):
        kind = SpatialLagX
    else:
        kind = SpatialDurbin
    step = Step(
        "Does the Durbin model reduce to the lag model, the error model or lags of X alone?",
        "To the lag or the error model when neither LR nor Wald test rejects it and the LM tests point to the same "
        "one; without any sign of dependence the model without lags stays; to lags of X alone when theta = 0 is "
        "rejected and rho = 0 is not; else the Durbin model, which nests all.",
        {
            SpatialDurbin: "It does not: the spatial Durbin model.",
            SpatialLag: "To the spatial lag model.",
            SpatialError: "To the spatial error model.",
            NonSpatial: "No spatial lag is needed: least squares.",
            SpatialLagX: "To lags of X alone: rho is not needed beside them.",
        }[kind],
        "Rejections near 5 % in short panels; a calibration of the tests at the panel's own N, T and W.",
        TestGroup("Durbin model against its special cases", (lr[0], wald[0], lr[1], wald[1], *slx)),
    )
    return step, request.to(kind), fits
