"""From options, a panel and weights to the sample of the regression: checked, aligned, designed,
transformed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from ...errors import InputError, WeightsError
from ...panel import Design, Panel
from ...panel.formula import build_design
from ...panel.missing_cells import lost_by, observed_cells
from ...panel.terms import read_formula
from ...weights import SpatialWeights
from ...weights.by_period import PeriodWeights
from ...weights.given import aligned_weights, is_by_period, weights_of_periods
from ..dynamic import check_size
from ..method import Method
from ..options import OF_COVARIANCE, Options, needs_every_cell
from .absorb import make_within
from .formulas import design_with_history, design_with_instruments, mentions_lag
from .irregular import absorbed_columns, irregular_within
from .lagged_outcome import History
from .sample import Excluded, Sample, check_errors, check_weights, make_sample

# So many samples are kept with a panel of at most so many cells.
KEPT_SAMPLES, KEPT_CELLS = 16, 10_000

# Whether a sample is irregular -> the way of estimating that the options ask for on it.
MethodOn = Callable[[bool], Method[Any]]

R = TypeVar("R", bound=Options)

# Weights of y, of X and of the error.
Role = SpatialWeights | PeriodWeights | None
Roles = tuple[Role, Role, Role]


def kept_sample(
    options: Options,
    method_on: MethodOn,
    panel: Panel,
    *weights: Any,
) -> Sample:
    """`prepare`, the last of which stay with a small panel: grids over covariances and repeated
    fits are faster.
    """
    check_panel(panel)
    large = panel.present.size > KEPT_CELLS
    made = (SpatialWeights, PeriodWeights, type(None))
    if large or not all(isinstance(W, made) for W in weights):
        return prepare(options, method_on, panel, *weights)
    names = [f.name for f in fields(options) if f.name not in OF_COVARIANCE]
    key = (type(options), tuple(getattr(options, name) for name in names), weights)
    kept = panel._cache.setdefault("samples", {})
    sample: Sample | None = kept.get(key)
    if sample is None:
        sample = prepare(options, method_on, panel, *weights)
        # one step each, so that threads may share a panel
        for old in list(kept)[: max(0, len(kept) + 1 - KEPT_SAMPLES)]:
            kept.pop(old, None)
        kept[key] = sample
    return sample


def settled_on(request: R, panel: Panel) -> R:
    """A request as it is read on a panel: of one period, which leaves nothing of any effects,
    "auto" asks for none.
    """
    check_panel(panel)
    by_default = request.fixed_effects == "auto" and request.absorb is None
    if by_default and panel.n_periods == 1 and request.random_effects is None:
        return request.replace(fixed_effects=None)
    return request


def prepare(
    options: Options,
    method_on: MethodOn,
    panel: Panel,
    weights: Any,
    x_weights: Any = None,
    error_weights: Any = None,
) -> Sample:
    """The sample of a request.

    Parameters
    ----------
    options : Options
    method_on : function
        Whether the sample is irregular -> their way of estimating, which says whether the data are
        transformed to contrasts.
    panel : Panel
    weights, x_weights, error_weights : SpatialWeights or None
        As `Estimator.fit` takes them.

    Raises
    ------
    WeightsError, InputError, DataError, IdentificationError, OptionError
    """
    check_panel(panel)
    given = {
        "weights": weights,
        "x_weights": x_weights,
        "error_weights": error_weights,
    }
    roles = _roles(options, panel, given)
    observed = _observed(options, panel)
    if observed is not None or any(isinstance(W, PeriodWeights) for W in _used(options, roles)):
        return _irregular(options, method_on(True), panel, roles, observed)
    return _regular(options, method_on(False), panel, roles)


def _regular(
    options: Options,
    method: Method[Any],
    panel: Panel,
    roles: Any,
) -> Sample:
    """The sample of a panel without a missing cell, under the same weights in all periods."""
    of_y, _, of_u = roles
    design, excluded, history = _designed(options, panel, roles)
    within = make_within(options.effects, options.absorb, panel, design.periods)
    used = _of_lags(options, roles)
    adjusted = method.adjusts(of_y, within)
    check_weights(used[0], "weights", within, lee_yu=method.lee_yu and not adjusted)
    check_weights(used[2], "error_weights", within, lee_yu=method.lee_yu)
    sample = make_sample(
        design,
        used,
        durbin=options.durbin,
        within=within,
        lee_yu=method.lee_yu,
        before_lag=options.before_lag,
        history=history,
        mundlak=options.mundlak,
        excluded=excluded,
        serial=options.serial_errors,
        adjusted=adjusted,
    )
    method.check_sample(sample)
    check_errors(sample, random_effects=options.random_effects is not None)
    return sample


def _irregular(
    options: Options,
    method: Method[Any],
    panel: Panel,
    roles: Roles,
    observed: np.ndarray | None,
) -> Sample:
    """The sample of a panel with missing cells, or with weights by period."""
    roles = _by_period(options, panel, roles, observed)
    of_x = roles[1]
    lag = of_x.lag if of_x is not None and mentions_lag(options.formula) else None
    design = build_design(panel, options.formula, lag, observed)
    kept = [W if W is None else W.last(len(design.periods)) for W in roles]
    everywhere = np.ones(design.y.shape, bool)
    there = everywhere if design.observed is None else design.observed
    within = irregular_within(options.effects, options.absorb, panel, there)
    sample = make_sample(
        design,
        _of_lags(options, (kept[0], kept[1], kept[2])),
        durbin=options.durbin,
        within=within,
        lee_yu=method.lee_yu,
        before_lag=False,
        observed=design.observed,
    )
    method.check_sample(sample)
    check_errors(sample, random_effects=False)
    return sample


def _observed(options: Options, panel: Panel) -> np.ndarray | None:
    """The cells that are there, (T, N); None where all are, where none is, and for options that
    need all: the missing ones are named where the design is made.
    """
    if needs_every_cell(options):
        return None
    absorbed = absorbed_columns(options.absorb, panel)
    observed = observed_cells(panel, options.formula, absorbed)
    return None if observed is None or not observed.any() else observed


def _by_period(
    options: Options,
    panel: Panel,
    roles: Roles,
    observed: np.ndarray | None,
) -> tuple[PeriodWeights | None, PeriodWeights | None, PeriodWeights | None]:
    """The weights that are used as weights by period, among the units that are there; those that
    are the same stay one object.
    """
    made: dict[int, PeriodWeights | None] = {id(None): None}
    for W in _used(options, roles):
        if W is None or id(W) in made:
            continue
        by_period = W if isinstance(W, PeriodWeights) else PeriodWeights.constant(W, panel.periods)
        made[id(W)] = _among(options, by_period, observed)
    of_y, of_x, of_u = (made.get(id(W)) for W in _used(options, roles))
    return of_y, of_x, of_u


def _among(options: Options, weights: PeriodWeights, observed: np.ndarray | None) -> PeriodWeights:
    """Weights by period among the units that are there, and known where all are."""
    if observed is not None:
        return weights.among(observed, options.missing)
    if weights.observed is None:
        return weights
    everywhere = np.ones(weights.observed.shape, bool)
    everywhere[: lost_by(read_formula(options.formula))] = False
    return weights.among(everywhere, options.missing)


def _used(options: Options, roles: Roles) -> Roles:
    """The weights that something in the model or its formula is lagged by."""
    of_y, of_x, of_u = _of_lags(options, roles)
    return of_y, roles[1] if mentions_lag(options.formula) else of_x, of_u


def _of_lags(options: Options, roles: Roles) -> Any:
    """The weights of the lags that the model has."""
    needs = (options.lag_y, options.lag_x, options.lag_u)
    return tuple(W if needed else None for needed, W in zip(needs, roles, strict=True))


def check_panel(panel: Any) -> None:
    """Refuse what is no panel.

    Raises
    ------
    InputError
    """
    if not isinstance(panel, Panel):
        raise InputError(
            "panel",
            expected="a Panel",
            got=type(panel).__name__,
            remedy='Make one: bd.Panel.from_frame(frame, unit="...", time="...").',
        )


def _roles(
    options: Options,
    panel: Panel,
    given: dict[str, Any],
) -> Roles:
    """Aligned weights of y, of X and of the error, the first standing in for the others."""
    aligned = {name: _aligned(name, W, panel) for name, W in given.items()}
    common = aligned["weights"]
    roles = (common, aligned["x_weights"] or common, aligned["error_weights"] or common)
    needs = (options.lag_y, options.lag_x, options.lag_u)
    for name, needed, W in zip(given, needs, roles, strict=True):
        if needed and W is None:
            raise WeightsError(
                name,
                expected=f"spatial weights for {options.model}",
                got="none",
                remedy="Pass them beside the panel: fit(panel, weights).",
            )
        if not needed and name != "weights" and given[name] is not None:
            raise InputError(
                name,
                expected=f"no such weights for {options.model}",
                got="weights",
                remedy="Leave the argument out.",
            )
    return roles


def _aligned(
    name: str,
    weights: Any,
    panel: Panel,
) -> Role:
    if weights is None:
        return None
    if is_by_period(weights):
        return weights_of_periods(weights, panel, name)
    return aligned_weights(weights, panel, name)


def _designed(
    options: Options,
    panel: Panel,
    roles: Any,
) -> tuple[Design, Excluded | None, History | None]:
    """The design, what the user says of endogeneity, and the outcome of the period before."""
    of_y, of_x, _ = roles
    if options.dynamic is None:
        endogenous, instruments = options.endogenous or (), options.instruments or ()
        design, excluded = design_with_instruments(
            panel, options.formula, endogenous, instruments, of_x, needs_every_cell(options)
        )
        return design, excluded, None
    check_size(of_y)
    dynamic = options.dynamic
    design, history = design_with_history(
        panel, options.formula, dynamic, of_x, needs_every_cell(options)
    )
    return design, None, history
