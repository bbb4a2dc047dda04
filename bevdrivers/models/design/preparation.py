"""From options, a panel and weights to the sample of the regression: checked, aligned, designed,
transformed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from ...errors import InputError, WeightsError
from ...panel import Design, Panel
from ...weights import SpatialWeights
from ...weights.given import aligned_weights
from ..dynamic import check_size
from ..method import Method
from ..options import OF_COVARIANCE, Options
from .absorb import make_within
from .formulas import design_with_history, design_with_instruments
from .lagged_outcome import History
from .sample import Excluded, Sample, check_errors, check_weights, make_sample

# So many samples are kept with a panel of at most so many cells.
KEPT_SAMPLES, KEPT_CELLS = 16, 10_000

# Whether a sample is irregular -> the way of estimating that the options ask for on it.
MethodOn = Callable[[bool], Method[Any]]

# Weights of y, of X and of the error.
Roles = tuple[SpatialWeights | None, SpatialWeights | None, SpatialWeights | None]


def kept_sample(options: Options, method_on: MethodOn, panel: Panel, *weights: Any) -> Sample:
    """`prepare`, the last of which stay with a small panel: grids over covariances and repeated
    fits are faster.
    """
    check_panel(panel)
    large = panel.present.size > KEPT_CELLS
    if large or any(W is not None and not isinstance(W, SpatialWeights) for W in weights):
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
    given = {"weights": weights, "x_weights": x_weights, "error_weights": error_weights}
    roles = _roles(options, panel, given)
    of_y, of_x, of_u = roles
    design, excluded, history = _designed(options, panel, roles)
    within = make_within(options.effects, options.absorb, panel, design.periods)
    used = (
        of_y if options.lag_y else None,
        of_x if options.lag_x else None,
        of_u if options.lag_u else None,
    )
    method = method_on(False)
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


def _roles(options: Options, panel: Panel, given: dict[str, Any]) -> Roles:
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


def _aligned(name: str, weights: Any, panel: Panel) -> SpatialWeights | None:
    return None if weights is None else aligned_weights(weights, panel, name)


def _designed(
    options: Options, panel: Panel, roles: Roles
) -> tuple[Design, Excluded | None, History | None]:
    """The design, what the user says of endogeneity, and the outcome of the period before."""
    of_y, of_x, _ = roles
    if options.dynamic is None:
        endogenous, instruments = options.endogenous or (), options.instruments or ()
        design, excluded = design_with_instruments(
            panel, options.formula, endogenous, instruments, of_x
        )
        return design, excluded, None
    check_size(of_y)
    design, history = design_with_history(panel, options.formula, options.dynamic, of_x)
    return design, None, history
