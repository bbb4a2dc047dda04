"""From a request, a panel and weights to the sample of the regression: checked, aligned, designed, transformed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ...errors import InputError, WeightsError
from ...panel import Panel
from ...panel.terms import read_formula
from ...weights import SpatialWeights
from ..checks import adjusted_applies
from ..gmm.instruments import read_excluded
from ..gmm.moments import check_moments
from ..ml.dynamic import check_size
from ..random.likelihood import check_random
from .absorb import keeps_groups, make_within
from .lagged_outcome import History, design_with_history
from .sample import Excluded, Sample, check_weights, make_sample
from .transforms import Within

if TYPE_CHECKING:
    from ...panel import Design
    from ..estimator import Estimator

# So many samples are kept with a panel of at most so many cells.
KEPT_SAMPLES, KEPT_CELLS = 16, 10_000
_OF_COVARIANCE = ("cov_type", "cluster", "kernel", "bandwidth", "cutoff_km")

# weights of y, of X and of the error
Roles = tuple[SpatialWeights | None, SpatialWeights | None, SpatialWeights | None]


def kept_sample(request: Estimator, panel: Panel, *weights: Any) -> Sample:
    """`prepare`, the last of which stay with a small panel: grids over covariances and repeated fits are faster."""
    check_panel(panel)
    if panel.present.size > KEPT_CELLS or any(W is not None and not isinstance(W, SpatialWeights) for W in weights):
        return prepare(request, panel, *weights)
    options = tuple(getattr(request, f.name) for f in fields(request) if f.name not in _OF_COVARIANCE)
    key = (type(request), options, weights)
    kept = panel._cache.setdefault("samples", {})
    found: Sample | None = kept.get(key)
    if found is None:
        found = prepare(request, panel, *weights)
        # one step each, so that threads may share a panel
        for old in list(kept)[: max(0, len(kept) + 1 - KEPT_SAMPLES)]:
            kept.pop(old, None)
        kept[key] = found
    return found


def prepare(request: Estimator, panel: Panel, weights: Any, x_weights: Any = None, error_weights: Any = None) -> Sample:
    """The sample of a request.

    Raises
    ------
    WeightsError, InputError, DataError, IdentificationError, OptionError
    """
    check_panel(panel)
    roles = _roles(request, panel, {"weights": weights, "x_weights": x_weights, "error_weights": error_weights})
    of_y, of_x, of_u = roles
    design, excluded, history = _designed(request, panel, roles)
    within = make_within(request.effects, request.absorb, panel, design.periods)
    used = (of_y if request.lag_y else None, of_x if request.lag_x else None, of_u if request.lag_u else None)
    adjusted = _adjusted(request, of_y, within)
    check_weights(used[0], "weights", within, lee_yu=request.lee_yu and not adjusted)
    check_weights(used[2], "error_weights", within, lee_yu=request.lee_yu)
    sample = make_sample(
        design,
        used,
        durbin=request.durbin,
        within=within,
        lee_yu=request.lee_yu,
        before_lag=request.demean == "before-lag",
        history=history,
        mundlak=request.mundlak,
        excluded=excluded,
        serial=request.serial_errors,
        adjusted=adjusted,
    )
    if request.random_effects is not None or request.serial_errors:
        check_random(sample, request.random_effects)
    if request.moments is not None:
        check_moments(sample)
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


def _roles(request: Estimator, panel: Panel, given: dict[str, Any]) -> Roles:
    """Aligned weights of y, of X and of the error, the first standing in for the others."""
    aligned = {name: _aligned(name, W, panel) for name, W in given.items()}
    common = aligned["weights"]
    found = (common, aligned["x_weights"] or common, aligned["error_weights"] or common)
    model = type(request).__name__
    for name, needed, W in zip(given, (request.lag_y, request.lag_x, request.lag_u), found, strict=True):
        if needed and W is None:
            raise WeightsError("weights", expected=f"spatial weights for {model}", got=f"none for {name}")
        if not needed and name != "weights" and given[name] is not None:
            raise InputError(name, expected=f"no such weights for {model}", got="weights")
    return found


def _aligned(name: str, weights: Any, panel: Panel) -> SpatialWeights | None:
    if weights is None:
        return None
    if not isinstance(weights, SpatialWeights):
        raise WeightsError(
            name,
            expected="SpatialWeights",
            got=type(weights).__name__,
            remedy="Make them with bd.SpatialWeights.from_matrix(matrix, ids=...), from_libpysal(graph) or a recipe.",
        )
    return weights.align(panel.units)


def _designed(request: Estimator, panel: Panel, roles: Roles) -> tuple[Design, Excluded | None, History | None]:
    """The design, what the user says of endogeneity, and the outcome of the period before."""
    of_y, of_x, _ = roles
    asked = read_formula(" + ".join((request.formula, *(request.instruments or ()))))
    lag = None if of_x is None or not asked.has_weights else of_x.lag
    if request.dynamic is None:
        instruments = request.instruments or ()
        design, excluded = read_excluded(panel, request.formula, request.endogenous or (), instruments, lag)
        return design, excluded, None
    check_size(of_y)
    design, history = design_with_history(panel, request.formula, request.dynamic, lag)
    return design, None, history


def _adjusted(request: Estimator, of_y: SpatialWeights | None, within: Within) -> bool:
    """Whether the score is adjusted, with "auto" settled: where W links groups whose effects are removed by period."""
    if request.correction == "auto" and adjusted_applies(request) and of_y is not None:
        return not keeps_groups(of_y, within)
    return request.correction == "adjusted-score"
