"""`select_model`: from the data to a specification, every test, rule and decision kept."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BevdriversError, BoundWarning
from ...esda import Moran, MoranResult
from ...models import FitResult, NonSpatial, SpatialDurbin, SpatialError, SpatialLag, SpatialLagX
from ...models.interface import aligned, common_factor_obstacle, durbin_wald_tests, in_scope, lr_test, slx_tests
from ...options import FixedEffects, LmForm
from ...panel.terms import read_formula
from ...results import TestGroup, TestResult
from .effects import UNCORRELATED, effects_tests, hausman_test
from .lm import lm_tests
from .selection_path import SelectionPath, Step

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

# fixed effects, as the tables of studies have them
KINDS: dict[str, FixedEffects] = {"none": None, "unit": "unit", "time": "time", "two-way": "two-way"}
DECISIONS: dict[type[Estimator], str] = {
    SpatialDurbin: "It does not: the spatial Durbin model.",
    SpatialLag: "To the spatial lag model.",
    SpatialError: "To the spatial error model.",
    NonSpatial: "No spatial lag is needed: least squares.",
    SpatialLagX: "To lags of X alone: rho is not needed beside them.",
}


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
    model, weights = in_scope(model, "selecting a model", drop_random=True), aligned(weights, panel)
    if not model.is_ml:
        model = model.to(SpatialDurbin)
    outcome = read_formula(model.formula).name
    moran = Moran(outcome, permutations=permutations, seed=seed).fit(panel, weights)
    kinds, effects = _effects_step(model.to(SpatialDurbin), panel, weights)
    request = model.to(SpatialDurbin).replace(fixed_effects=effects, correction="auto")
    by_effects = _lm_by_effects(request, panel, weights)
    lm = _lm_step(*(by_effects[form][effects or "none"] for form in ("corrected", "published")))
    last, chosen, fits = _nesting_step(request, panel, weights, lm)
    fixed = {name: model.to(NonSpatial).replace(fixed_effects=kind).fit(panel) for name, kind in KINDS.items()}
    r2 = pd.DataFrame({name: fit.rsquared for name, fit in fixed.items()}).T
    cautions = (
        _by_r2(r2, effects),
        _by_published_forms(lm),
        _by_direct_likelihood(fits["SpatialDurbin"], panel, weights),
    )
    said = tuple(text for text in cautions if text)
    return SelectionPath(chosen, (_moran_step(moran), kinds, lm, last), fits, moran, by_effects, r2, said)


def _lm_by_effects(request: Estimator, panel: Panel, weights: SpatialWeights) -> dict[LmForm, dict[str, TestGroup]]:
    forms: tuple[LmForm, ...] = ("corrected", "published")
    requests = {name: request.to(NonSpatial).replace(fixed_effects=kind) for name, kind in KINDS.items()}
    return {
        form: {name: lm_tests(model, panel, weights, form=form) for name, model in requests.items()} for form in forms
    }


def _by_r2(r2: pd.DataFrame, effects: str | None) -> str:
    """What choosing effects by the R2 of their regressions would have done; empty where it ends the same."""
    shares = r2["correlation"]
    best = str(shares.idxmax())
    if best == (effects or "none"):
        return ""
    listed = ", ".join(f"{name} {value:.3g}" for name, value in shares.items())
    return (
        f"The largest R2 ({listed}) would choose {best.replace('none', 'no')} effects, the tests "
        f"{effects or 'no'} effects. Each kind of demeaning leaves another outcome to explain, so that these "
        "R2 are shares of different totals."
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
    how, draws = moran.request.chosen_inference, moran.request.permutations
    law = f"permutations ({draws})" if how == "permutation" else ""
    tests = tuple(
        TestResult(f"Moran's I {period}", "no spatial autocorrelation", z, (), p, law=law)
        for period, z, p in zip(
            moran.frame["period"], moran.frame["z_randomisation"], moran.frame[f"p_{how}"], strict=True
        )
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
        + (" Random unit effects would do, and be more efficient." if unit and not hausman[1].rejected else ""),
        "A model that has to hold unit heterogeneity constant keeps unit effects whatever the test says.",
        TestGroup(tests.title, (*tests.tests, *hausman)),
        TestGroup("in the Durbin model by maximum likelihood", (_spatial_hausman(model, panel, weights),)),
    )
    return step, effects


def _spatial_hausman(model: Estimator, panel: Panel, weights: SpatialWeights) -> TestResult:
    """Hausman's test in the Durbin model; why there is none where one of its fits has no maximum."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BoundWarning)
        try:
            return hausman_test(model, panel, weights)
        except BevdriversError as error:
            return TestResult.not_applicable("Hausman (spatial)", UNCORRELATED, str(error))


def _lm_step(tests: TestGroup, published: TestGroup) -> Step:
    decision = {"lag": "a lag of y", "error": "a lag of the error", "": "no spatial lag"}[_lm_direction(tests)]
    return Step(
        "Does the model without lags leave spatial dependence, and of which kind?",
        "If only one LM test rejects, that kind; if both, the kind whose robust test is larger. Corrected form: the "
        "published one is not centred at zero after time demeaning and rejects a true null too often at small N.",
        f"The tests point to {decision}.",
        "Other weights; regressors left out whose own pattern is spatial.",
        tests,
        published,
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
    kind = _reduced(lr, wald, slx, _lm_direction(lm.tests))
    step = Step(
        "Does the Durbin model reduce to the lag model, the error model or lags of X alone?",
        "To the lag or the error model when neither LR nor Wald test rejects it and the LM tests point to the same "
        "one; without any sign of dependence the model without lags stays; to lags of X alone when theta = 0 is "
        "rejected and rho = 0 is not; else the Durbin model, which nests all.",
        DECISIONS[kind],
        "Rejections near 5 % in short panels; a calibration of the tests at the panel's own N, T and W.",
        TestGroup("Durbin model against its special cases", (lr[0], wald[0], lr[1], wald[1], *slx)),
    )
    return step, request.to(kind), fits


def _reduced(
    lr: Sequence[TestResult], wald: Sequence[TestResult], slx: Sequence[TestResult], direction: str
) -> type[Estimator]:
    """The kind of model that the tests against lag and error model, that of rho = 0, and the LM tests leave."""
    keeps_lag = not (lr[0].rejected or wald[0].rejected)
    keeps_error = wald[1].applies and not (lr[1].rejected or wald[1].rejected)
    clear_rho = any(test.rejected for test in slx)
    if keeps_lag and direction == "lag":
        return SpatialLag
    if keeps_error and direction == "error":
        return SpatialError
    if keeps_lag and not direction and (keeps_error or not (wald[1].applies or clear_rho)):
        return NonSpatial
    return SpatialLagX if not keeps_lag and not clear_rho else SpatialDurbin
