"""`select_model`: from the data to a specification, every test, rule and decision kept."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import BevdriversError, BoundWarning
from ...esda import Moran, MoranResult
from ...models import FitResult, NonSpatial, SpatialDurbin, SpatialError, SpatialLag, SpatialLagX
from ...models.interface import aligned, in_scope
from ...options import FixedEffects, LmForm, PValues
from ...panel.terms import read_formula
from ...results import TestGroup, TestResult
from ..bootstrap_p_values import DRAWS
from ..fit_or_request import subject_of
from .decisions import (
    Direction,
    Nesting,
    effects_kept,
    lm_direction,
    nesting_of,
    with_effects,
)
from .fixed_effects import TIME_GIVEN_UNIT, UNIT_GIVEN_TIME, effects_tests
from .hausman import UNCORRELATED, hausman_test
from .lm import lm_tests
from .selection_path import SelectionPath, Step

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights
    from ...weights.given import GivenWeights

# fixed effects, as the tables of studies have them
KINDS: dict[str, FixedEffects] = {
    "none": None,
    "unit": "unit",
    "time": "time",
    "two-way": "two-way",
}
LM_DECISIONS: dict[Direction, str] = {
    "lag": "a lag of y",
    "error": "a lag of the error",
    "": "no spatial lag",
}
DECISIONS: dict[type[Estimator], str] = {
    SpatialDurbin: "It does not: the spatial Durbin model.",
    SpatialLag: "To the spatial lag model.",
    SpatialError: "To the spatial error model.",
    NonSpatial: "No spatial lag is needed: least squares.",
    SpatialLagX: "To lags of X alone: rho is not needed beside them.",
}


def select_model(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    permutations: int = 999,
    seed: int | None = 0,
    p: PValues = "asymptotic",
    draws: int = DRAWS,
) -> SelectionPath:
    """The usual path to a specification, with its decisions explained.

    1. Moran's I of the outcome by period. 2. LM and robust LM tests on the model without lags
       (corrected form decides,
    published form beside). 3. F and LR tests of unit and time effects; Hausman's test. 4. LR and
    Wald tests of the spatial Durbin model against the lag model, the error model and the one with
    lags of X alone.

    Parameters
    ----------
    model : Estimator or FitResult
        Its formula, `durbin` and correction are used; random effects are not.
        A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Left out beside a fit that has its own.
    permutations, seed : int
        Of Moran's I; the seed is that of the bootstrap too.
    p : {"asymptotic", "bootstrap"}
        Where the p-values of Hausman's tests come from; see `hausman_test`.
    draws : int
        Of the bootstrap.

    Returns
    -------
    SelectionPath with the chosen request, every step, and the fits compared.

    Notes
    -----
    The tests take errors as independent and identically distributed. With serially correlated
    errors they reject too often: set the chosen model's clustered standard errors beside them.

    References
    ----------
    Elhorst (2014), Spatial Econometrics, sections 2.9 and 3.4, doi:10.1007/978-3-642-40340-8.
    LeSage and Pace (2009), section 2.4: the Durbin model is kept when lag and error model disagree.
    """
    model, panel, weights = subject_of(model, panel, weights, what="select_model()")
    model = in_scope(model, "selecting a model", drop_random=True)
    W = aligned(weights, panel)
    if not model.is_ml:
        model = model.to(SpatialDurbin)
    outcome = read_formula(model.formula).name
    moran = Moran(outcome, permutations=permutations, seed=seed).fit(panel, W)
    hausman: dict[str, Any] = {
        "p": p,
        "draws": draws,
        "seed": seed,
    }
    durbin = model.to(SpatialDurbin)
    effects_step, effects = _effects_step(durbin, panel, W, hausman)
    request = with_effects(durbin, effects)
    lm_by_effects = _lm_by_effects(request, panel, W)
    chosen_kind = effects or "none"
    deciding_lm = lm_by_effects["corrected"][chosen_kind]
    lm_step = _lm_step(deciding_lm, lm_by_effects["published"][chosen_kind])
    nesting = nesting_of(request, panel, W, lm_direction(deciding_lm))
    r2 = _r2_by_effects(model, panel)
    cautions = (
        _caution_of_r2(r2, effects),
        _caution_of_published_forms(lm_step),
        _caution_of_direct_likelihood(nesting.fits["SpatialDurbin"], panel, W),
    )
    return SelectionPath(
        request.to(nesting.kind),
        (_moran_step(moran), effects_step, lm_step, _nesting_step(nesting)),
        nesting.fits,
        moran,
        lm_by_effects,
        r2,
        tuple(text for text in cautions if text),
    )


def _lm_by_effects(
    request: Estimator,
    panel: Panel,
    weights: SpatialWeights,
) -> dict[LmForm, dict[str, TestGroup]]:
    """LM tests in both forms under every kind of fixed effects."""
    forms: tuple[LmForm, ...] = ("corrected", "published")
    groups: dict[LmForm, dict[str, TestGroup]] = {form: {} for form in forms}
    for name, kind in KINDS.items():
        model = request.to(NonSpatial).replace(fixed_effects=kind)
        for form in forms:
            groups[form][name] = lm_tests(model, panel, weights, form=form)
    return groups


def _r2_by_effects(model: Estimator, panel: Panel) -> pd.DataFrame:
    """R2 of the least-squares model under every kind of fixed effects, kinds x measures."""
    plain = model.to(NonSpatial)
    measures = {}
    for name, kind in KINDS.items():
        fit = plain.replace(fixed_effects=kind).fit(panel)
        measures[name] = fit.rsquared
    return pd.DataFrame(measures).T


def _caution_of_r2(r2: pd.DataFrame, effects: str | None) -> str:
    """What choosing effects by the R2 of their regressions would have done; empty where it ends the
    same.
    """
    shares = r2["correlation"]
    best = str(shares.idxmax())
    if best == (effects or "none"):
        return ""
    listed = ", ".join(f"{name} {value:.3g}" for name, value in shares.items())
    return (
        f"The largest R2 ({listed}) would choose {best.replace('none', 'no')} effects, "
        f"the tests {effects or 'no'} effects. Each kind of demeaning leaves another outcome "
        "to explain, so that these R2 are shares of different totals."
    )


def _caution_of_published_forms(lm: Step) -> str:
    """Which LM tests decide otherwise in the published form; empty where none does."""
    assert lm.beside is not None
    decided_otherwise = [
        corrected.name
        for corrected, published in zip(lm.tests, lm.beside, strict=True)
        if corrected.rejected != published.rejected
    ]
    if not decided_otherwise:
        return ""
    return (
        f"The published LM forms decide otherwise at 5 %: {', '.join(decided_otherwise)}. After "
        "time demeaning they are not centred at zero under the null and reject too often in a "
        "short cross-section."
    )


def _caution_of_direct_likelihood(
    durbin: FitResult,
    panel: Panel,
    weights: SpatialWeights,
) -> str:
    """What rho of direct maximum likelihood would have said; empty where it says the same."""
    if not durbin.estimator.lee_yu:
        return ""
    direct = durbin.estimator.replace(correction=None).fit(panel, weights)
    verdict, direct_verdict = (
        _verdict_on_rho(durbin),
        _verdict_on_rho(direct),
    )
    if verdict == direct_verdict:
        return ""
    return (
        f"rho by direct maximum likelihood is {_rho(direct)}, {direct_verdict}; "
        f"after the Lee-Yu transformation {_rho(durbin)}, {verdict}. "
        "With time effects in a short cross-section the direct estimate is biased downwards, "
        "and a negative one is no evidence of competition between neighbours."
    )


def _rho(fit: FitResult) -> str:
    return f"{fit.rho:.3f} (z = {fit.tstats['rho']:.2f})"


def _verdict_on_rho(fit: FitResult) -> str:
    """What a test of rho = 0 at 5 % says."""
    if fit.pvalues["rho"] >= 0.05:
        return "not significant"
    return "significantly positive" if fit.rho > 0 else "significantly negative"


def _moran_step(moran: MoranResult) -> Step:
    """Moran's I of the outcome by period, which decides nothing."""
    request, frame = moran.request, moran.frame
    inference = request.chosen_inference
    law, seed = "", ""
    if inference == "permutation":
        law = f"permutations ({request.permutations})"
        seed = f", seed {request.seed}"
    null = "no spatial autocorrelation"
    tests = []
    columns = (
        frame["period"],
        frame["I"],
        frame["z_randomisation"],
        frame[f"p_{inference}"],
    )
    for period, value, z, p in zip(*columns, strict=True):
        name = f"Moran's I {period}"
        test = TestResult(name, null, z, (), p, law=law, estimate=value)
        tests.append(test)
    rejected = sum(test.rejected for test in tests)
    return Step(
        "Is the outcome spatially autocorrelated?",
        "Moran's I of the outcome in each period, two-sided. It describes the outcome "
        "and decides nothing about the model: regressors may explain all of it, or hide it.",
        f"In {rejected} of {len(tests)} periods at 5 %.",
        "Other weights, or another scale of the outcome.",
        TestGroup(
            f"Moran's I of {request.variable} ({inference} p-values{seed})",
            tuple(tests),
        ),
    )


def _effects_step(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights,
    p_values: dict[str, Any],
) -> tuple[Step, FixedEffects]:
    """F, LR and Hausman tests of the effects, and the kind that the LR tests keep."""
    tests = effects_tests(model, panel, weights)
    effects = effects_kept(
        tests[f"LR: {UNIT_GIVEN_TIME.name}"],
        tests[f"LR: {TIME_GIVEN_UNIT.name}"],
    )
    hausman = hausman_test(model, panel, **p_values)
    mundlak = hausman_test(model, panel, form="mundlak", **p_values)
    decision = f"{(effects or 'no').capitalize()} effects."
    unit_is_kept = effects in ("unit", "two-way")
    if unit_is_kept and not mundlak.rejected:
        decision += " Random unit effects would do, and be more efficient."
    spatial_hausman = _spatial_hausman(model, panel, weights, p_values)
    step = Step(
        "Which fixed effects?",
        "Each kind is kept when the LR test given the other kind, in the Durbin model, "
        "rejects at 5 %; the F tests are those of the model without lags and stand beside. "
        "R2 does not choose: demeaning changes what there is to explain. "
        "Hausman's test tells whether random unit effects would do.",
        decision,
        "A model that has to hold unit heterogeneity constant keeps unit effects whatever the "
        "test says.",
        TestGroup(tests.title, (*tests.tests, hausman, mundlak)),
        TestGroup(
            "in the Durbin model by maximum likelihood",
            (spatial_hausman,),
        ),
    )
    return step, effects


def _spatial_hausman(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights,
    p_values: dict[str, Any],
) -> TestResult:
    """Hausman's test in the Durbin model; why there is none where one of its fits has no
    maximum.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BoundWarning)
        try:
            return hausman_test(model, panel, weights, **p_values)
        except BevdriversError as error:
            return TestResult.not_applicable("Hausman (spatial)", UNCORRELATED, str(error))


def _lm_step(tests: TestGroup, published: TestGroup) -> Step:
    """LM tests in the corrected form, which decide, beside the published one."""
    return Step(
        "Does the model without lags leave spatial dependence, and of which kind?",
        "If only one LM test rejects, that kind; if both, the kind whose robust test is larger. "
        "Corrected form: the published one is not centred at zero after time demeaning "
        "and rejects a true null too often at small N.",
        f"The tests point to {LM_DECISIONS[lm_direction(tests)]}.",
        "Other weights; regressors left out whose own pattern is spatial.",
        tests,
        published,
    )


def _nesting_step(nesting: Nesting) -> Step:
    """LR and Wald tests of the Durbin model against its special cases, and the decision."""
    return Step(
        "Does the Durbin model reduce to the lag model, the error model or lags of X alone?",
        "To the lag or the error model when neither LR nor Wald test rejects it and the LM tests "
        "point to the same one; without any sign of dependence the model without lags stays; "
        "to lags of X alone when theta = 0 is rejected and rho = 0 is not; "
        "else the Durbin model, which nests all.",
        DECISIONS[nesting.kind],
        "Rejections near 5 % in short panels; a calibration of the tests at the panel's own N, T "
        "and W.",
        nesting.tests,
    )
