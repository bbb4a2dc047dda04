"""Panels with known truth, drawn from any of the models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import InputError, OptionError, first_five
from ..models import Estimator
from ..models.interface import PARAMETERS, design_of, largest_root
from ..numerics.streams import generator
from ..options import whole_number
from ..panel import Panel
from ..panel.terms import read_formula
from ..panel.time_axis import TimeAxis
from ..panel.tree import Name, columns_of
from ..weights import SpatialWeights
from ..weights.given import made_weights

# periods that a dynamic model runs before its panel begins: a root of 0.9 forgets its start to 3e-5
BURN_IN = 100


def simulate_panel(
    model: Estimator,
    weights: SpatialWeights,
    *,
    params: Mapping[str, float],
    periods: int | Panel = 10,
    sigma2: float = 1.0,
    unit_effects: float = 1.0,
    time_effects: float = 1.0,
    seed: int | np.random.Generator | None = None,
) -> Panel:
    """A panel drawn from `model` at `params`: y = (I - rho W)^-1 [X beta + W X theta + effects + (I
    - lam W)^-1 e].

    In a dynamic model tau y + eta W y of the period before come on top. It has run for `BURN_IN`
    periods with the regressors and effects of the first one before the panel begins.

    Parameters
    ----------
    model : Estimator
        For instance ``bd.SpatialDurbin("y ~ x1 + x2")``. The outcome must be a plain name.
    weights : SpatialWeights
        Give the units (N) and their order.
    params : mapping
        Every parameter of the model by its label in ``fit.params`` (``x1``, ``W_x1``, ``tau``,
        ``eta``, ``rho``, ``lam``, ``psi``, ``Intercept``).
    periods : int or Panel
        T; or a panel whose columns and years are used, so that regressors are the real ones, and
        ``scale()``, ``poly()`` and their like are measured by this panel. With a number, each
        variable of the formula is drawn as a standard normal unit mean plus a standard normal
        deviation.
    sigma2 : float
        Variance of e, normal; of the innovations where errors are autocorrelated.
    unit_effects, time_effects : float
        Standard deviations of the effects, fixed or random, drawn where the model has them;
        correlated with X by chance only.
    seed : int or Generator, optional

    Returns
    -------
    Panel with the columns of X and the outcome.
    """
    if model.absorb is not None:
        raise OptionError(
            "model",
            expected="a model without absorb=",
            got=f"absorb={list(model.absorb)}",
            remedy="Draw without it and add effects D to the outcome: (I - rho W)^-1 D.",
        )
    rng = seed if isinstance(seed, np.random.Generator) else generator(seed, "made-up panel")
    given = periods if isinstance(periods, Panel) else None
    own = made_weights(weights, given)
    start = periods if isinstance(periods, Panel) else _regressors(model, own, periods, rng)
    if model.serial_errors or model.dynamic is not None:
        TimeAxis.of(start.periods, start.time).check_no_gap("periods")
    aligned = own.align(start.units)
    formula = read_formula(model.formula)
    if not isinstance(formula.outcome, Name):
        raise InputError(
            "model",
            expected="a plain name as outcome",
            got=repr(formula.left),
            remedy="Write a plain name on the left and transform the simulated column.",
        )
    outcome = formula.outcome.name
    blank = start.with_columns(**{outcome: np.zeros(start.present.shape)})
    design = design_of(blank, model.formula, aligned)
    if design.lost:
        raise InputError(
            "model",
            expected="a formula without lag()",
            got=repr(model.formula),
            remedy="Leave lag() out, or use dynamic= for a lag of the outcome.",
        )
    T = len(design.y)
    N = aligned.n_units
    mean = _systematic(model, design.terms, design.X, design.never_lagged, aligned, params)
    # unit effects stand beside the error, or inside its filter
    inside = np.zeros(N)
    if model.random_effects == "kkp":
        inside = unit_effects * rng.standard_normal(N)
    elif model.random_effects or model.effects in ("unit", "two-way"):
        mean = mean + unit_effects * rng.standard_normal(N)
    if model.effects in ("time", "two-way"):
        mean = mean + time_effects * rng.standard_normal((T, 1))
    if model.dynamic is not None:
        before = np.repeat(mean[:1], BURN_IN, axis=0)
        mean = np.concatenate([before, mean])
    e = np.sqrt(sigma2) * rng.standard_normal(mean.shape)
    if model.serial_errors:
        e = autoregression(e, params["psi"])
    u = inside + e
    if model.lag_u:
        u = _solve(aligned, params["lam"], "lam", u)
    y = mean + u
    if model.lag_y:
        y = _solve(aligned, params["rho"], "rho", y)
    if model.dynamic is not None:
        y = _accumulate(aligned, params, y)[BURN_IN:]
    return blank.with_columns(**{outcome: y})


def autoregression(e: np.ndarray, psi: float) -> np.ndarray:
    """nu_t = psi nu_{t-1} + e_t from a stationary start, (T, N)."""
    if not -1.0 < psi < 1.0:
        raise InputError(
            "params",
            expected="psi between -1 and 1",
            got=f"{psi:g}",
            remedy="Choose a value inside these bounds.",
        )
    nu = np.empty_like(e)
    nu[0] = e[0] / np.sqrt(1.0 - psi**2)
    for t in range(1, len(e)):
        nu[t] = psi * nu[t - 1] + e[t]
    return nu


def _accumulate(
    weights: SpatialWeights,
    params: Mapping[str, float],
    shocks: np.ndarray,
) -> np.ndarray:
    """y_t = A y_{t-1} + shocks_t with A = (I - rho W)^-1 (tau I + eta W), from y = 0; shocks and y
    of shape (T, N).
    """
    tau = params.get("tau", 0.0)
    eta = params.get("eta", 0.0)
    rho = params.get("rho", 0.0)
    root = float(largest_root(weights.full_spectrum, tau, eta, rho))
    if root >= 1.0:
        raise InputError(
            "params",
            expected="a stable model: largest root below 1",
            got=f"{root:.4g}",
            remedy="Choose tau, eta and rho nearer to zero.",
        )
    W = weights.operator
    resolvent = weights.pencil.at(rho)
    y = np.zeros_like(shocks)
    before = np.zeros(weights.n_units)
    for t, shock in enumerate(shocks):
        of_before = tau * before + eta * (W @ before)
        before = y[t] = resolvent.solve(of_before) + shock
    return y


def _regressors(
    model: Estimator,
    weights: SpatialWeights,
    T: int,
    rng: np.random.Generator,
) -> Panel:
    """A panel of the variables of the formula, each a unit mean plus a deviation."""
    T = whole_number("periods", T, 1, expected="a number of periods, at least 1, or a Panel")
    N = weights.n_units
    names: set[str] = set()
    for term in read_formula(model.formula).terms:
        for factor in term:
            names.update(columns_of(factor))
    columns = {}
    for name in sorted(names):
        unit_mean = rng.standard_normal(N)
        deviation = rng.standard_normal((T, N))
        columns[name] = unit_mean + deviation
    return Panel.from_arrays(columns, units=weights.ids, periods=range(1, T + 1))


def _systematic(
    model: Estimator,
    terms: tuple[str, ...],
    X: np.ndarray,
    never_lagged: frozenset[str],
    weights: SpatialWeights,
    params: Mapping[str, float],
) -> np.ndarray:
    """X beta + W X theta, (T, N), with every parameter accounted for."""
    lagged: list[str] = []
    if model.lag_x:
        lagged = [name for name in terms if name not in never_lagged]
    if model.durbin is not None:
        lagged = [name for name in lagged if name in model.durbin]
    own = list(terms)
    if model.effects and "Intercept" in own:
        own.remove("Intercept")
    _check_params(model, own, lagged, params)
    beta = np.zeros(len(terms))
    for name in own:
        beta[terms.index(name)] = params[name]
    mean: np.ndarray = X @ beta
    if lagged:
        columns = [terms.index(name) for name in lagged]
        theta = np.array([params[f"W_{name}"] for name in lagged])
        mean = mean + weights.lag(X[:, :, columns] @ theta)
    return mean


def _check_params(
    model: Estimator,
    own: list[str],
    lagged: list[str],
    params: Mapping[str, float],
) -> None:
    """Refuse parameters that are not those of the model with these regressors and lags of them."""
    needed = {*own, *(f"W_{name}" for name in lagged)}
    if model.lag_y:
        needed.add("rho")
    if model.lag_u:
        needed.add("lam")
    if model.serial_errors:
        needed.add("psi")
    if model.dynamic is not None:
        needed.update(PARAMETERS[model.dynamic])
    if needed != set(params):
        odd = sorted(needed ^ set(params))
        raise InputError(
            "params",
            expected=f"one value each for {sorted(needed)}",
            got=f"a mismatch in {first_five(odd)}",
            remedy="Give each of them in params=, and nothing else.",
        )


def _solve(
    weights: SpatialWeights,
    value: float,
    name: str,
    right: np.ndarray,
) -> np.ndarray:
    """(I - value W)^-1 applied to the unit axis of (T, N)."""
    low, high = weights.spectrum.bounds
    if not low < value < high:
        raise InputError(
            "params",
            expected=f"{name} between {low:.4g} and {high:.4g} for these weights",
            got=f"{value:g}",
            remedy="Choose a value inside these bounds.",
        )
    return weights.pencil.at(value).over_units(right)
