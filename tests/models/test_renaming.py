"""What units are called, in what order rows come, and in what units of measurement, changes no
number: for every model, way of estimating and covariance.

Names decide the order of the units, and with it that of every sum. So numbers agree to rounding,
times what a search leaves (1e-8 standard errors), and are compared in standard errors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd

from ..made_up import ALL

N, T = 12, 6
FORMULA = "y ~ x1 + x2"
ENDOGENOUS = {"endogenous": ["x2"], "instruments": ["z1", "z2"]}
# In standard errors. Rounding leaves 1e-12, the search 1e-8.
SAME = 1e-6


def _queen() -> np.ndarray:
    """Cells of a grid of three by four that touch."""
    row, column = np.divmod(np.arange(N), 4)
    near = (abs(row[:, None] - row) <= 1) & (abs(column[:, None] - column) <= 1)
    return (near & ~np.eye(N, dtype=bool)).astype(float)


def _distances(seed: int) -> np.ndarray:
    at = np.random.default_rng(seed).uniform(size=(N, 2))
    distances = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return distances


def _links(kind: str, seed: int) -> np.ndarray:
    if kind == "queen":
        return _queen()
    if kind == "blocks":
        return np.kron(np.eye(3), np.ones((4, 4)) - np.eye(4))
    distances = _distances(seed)
    if kind == "inverse distance":
        return 1 / distances
    return (distances <= np.sort(distances, axis=1)[:, [3]]).astype(float)


KINDS = ["queen", "4 nearest", "inverse distance", "blocks"]


def _columns(links: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    W = links / links.sum(axis=1, keepdims=True)
    x1, x2, e = rng.normal(size=(3, T, N))
    z1, z2 = x2 + rng.normal(size=(2, T, N))
    u = np.linalg.solve(np.eye(N) - 0.2 * W, e.T).T
    v = 1 + x1 - 0.5 * x2 + 0.4 * x1 @ W.T + rng.normal(size=N) + u
    y = np.linalg.solve(np.eye(N) - 0.3 * W, v.T).T
    return {"y": y, "x1": x1, "x2": x2, "z1": z1, "z2": z2}


def _made(links: np.ndarray, columns: dict, seed: int) -> tuple[bd.Panel, bd.SpatialWeights]:
    """Panel and weights under drawn names, from a frame whose rows are in a drawn order."""
    rng = np.random.default_rng(seed)
    names = [f"u{k:02d}" for k in rng.permutation(N)]
    index = {"id": names * T, "year": np.repeat(np.arange(2000, 2000 + T), N)}
    frame = pd.DataFrame(index | {name: values.ravel() for name, values in columns.items()})
    shuffled = frame.sample(frac=1.0, random_state=int(rng.integers(1000)))
    panel = bd.Panel.from_frame(shuffled, unit="id", time="year")
    return panel, bd.SpatialWeights.from_matrix(links, names)


def _requests() -> list[tuple[type, dict]]:
    """Every model with every way of estimating that it has."""
    options: list[dict] = []
    for effects in (None, "unit", "time", "two-way"):
        options += [
            {"fixed_effects": effects},
            {"fixed_effects": effects, "correction": None},
            {"fixed_effects": effects, "correction": "adjusted-score"},
            {"fixed_effects": effects, "correction": "elhorst"},
            {"fixed_effects": effects, "correction": "second-order"},
            {"fixed_effects": effects, "dynamic": "time"},
            {"fixed_effects": effects, "dynamic": "both"},
            {"fixed_effects": effects, "method": "gmm"},
            {"fixed_effects": effects, "method": "gmm", **ENDOGENOUS},
        ]
    for where in ("baltagi", "kkp"):
        options += [
            {"random_effects": where},
            {"random_effects": where, "mundlak": True},
            {"random_effects": where, "serial_errors": True},
            {"random_effects": where, "method": "gmm"},
            {"random_effects": where, "method": "gmm", "gmm": "fullweights"},
        ]
    options.append({"fixed_effects": None, "serial_errors": True})
    return [(model, chosen) for model in ALL for chosen in options if _takes(model, chosen)]


def _takes(model: type, options: dict) -> bool:
    try:
        model(FORMULA, **options)
    except bd.OptionError:
        return False
    return True


REQUESTS = _requests()
COVARIANCES = ["classical", "hessian", "qml", "robust", "clustered", "driscoll-kraay"]


def _outcome(model: type, options: dict, panel: bd.Panel, W: bd.SpatialWeights) -> object:
    """The fit, or the kind of error that refuses it."""
    try:
        return model(FORMULA, **options).fit(panel, W)
    except bd.BevdriversError as error:
        return type(error)


def _is_next_to_an_end(fit: bd.FitResult) -> bool:
    """Whether rho or lam lies within a thousandth of an end of its range."""
    sample = fit.sample
    lags = [(sample.W, fit.rho), (sample.M, fit.lam)]
    ends = [
        (abs(end - value) / abs(end)) for lag, value in lags if lag for end in lag.spectrum.bounds
    ]
    return min(ends, default=1.0) < 1e-3


def _assert_same(fit: object, other: object) -> None:
    if isinstance(fit, type) or isinstance(other, type):
        assert fit is other
        return
    size = fit.std_errors.to_numpy()
    # next to an end of the range the inverse of the filter multiplies rounding
    same = 100 * SAME if _is_next_to_an_end(fit) else SAME
    assert np.abs((fit.params - other.params) / size).max() < same
    search = getattr(fit.estimate, "search", None)
    if search is None or not search.at_bound:
        # at an end of the range standard errors do not hold, and rounding decides how near it is
        assert np.abs((fit.cov - other.cov) / np.outer(size, size)).max().max() < same
    np.testing.assert_allclose(other.loglik, fit.loglik, atol=1e-8)
    np.testing.assert_allclose(other.sigma2, fit.sigma2, rtol=same)


def _is_slow(model: type, options: dict) -> bool:
    """A search over four parameters takes seconds: one kind of weights is enough."""
    return bool(options.get("serial_errors")) and model.lag_y and model.lag_u


CASES = [
    pytest.param(model, options, kind, id=f"{model.short}-{options}-{kind}")
    for model, options in REQUESTS
    for kind in (KINDS[:1] if _is_slow(model, options) else KINDS)
]


@pytest.mark.parametrize(("model", "options", "kind"), CASES)
@pytest.mark.filterwarnings("ignore::bevdrivers.BevdriversWarning")
def test_names_and_rows(model, options, kind):
    # a covariance in turn, each with every kind of request somewhere
    able = [name for name in COVARIANCES if _takes(model, {**options, "cov_type": name})]
    turn = REQUESTS.index((model, options)) + KINDS.index(kind)
    chosen = {**options, "cov_type": able[turn % len(able)]}
    seed = turn % 5
    links = _links(kind, seed)
    columns = _columns(links, seed)
    first, second = (_outcome(model, chosen, *_made(links, columns, k)) for k in (seed, seed + 1))
    _assert_same(first, second)


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize("model", ALL)
def test_what_follows_from_a_fit(model, kind):
    """Impacts with their standard errors, simulated ones too, and tests."""
    links = _links(kind, 1)
    made = [_made(links, _columns(links, 1), seed) for seed in (1, 2)]
    fits = [model(FORMULA, fixed_effects="unit").fit(*one) for one in made]
    for draws in (0, 200):
        tables = [fit.impacts(draws=draws, seed=5).tidy().select_dtypes("number") for fit in fits]
        np.testing.assert_allclose(tables[0], tables[1], rtol=1e-5, atol=1e-7)
    tests = [bd.lm_tests(bd.NonSpatial(FORMULA, fixed_effects="unit"), *one) for one in made]
    numbers = [[one.statistic for one in group] for group in tests]
    np.testing.assert_allclose(numbers[0], numbers[1], rtol=1e-7)


@pytest.mark.parametrize("effects", [None, "unit"])
@pytest.mark.parametrize("model", [bd.SpatialError, bd.SpatialCombined])
@pytest.mark.filterwarnings("ignore::bevdrivers.BevdriversWarning")
def test_proportional_moments_have_one_root(model, effects):
    """Equal weights within blocks: M'M is a combination of I and M, so that e'Me = 0 is the only
    moment, and lam its root.

    With m units a block the other root, (1 + r) / (1 - r / (m - 1)) for r = (1 - lam) / (1 + lam /
    (m - 1)), is never in the range from -(m - 1) to 1.
    """
    links = _links("blocks", 0)
    panel, W = _made(links, _columns(links, 0), 0)
    fit = model(FORMULA, fixed_effects=effects, method="gmm").fit(panel, W)
    e = fit.estimate.residuals
    M = fit.sample.M.dense
    assert abs(np.sum(e * (e @ M.T))) < 1e-9 * np.sum(e**2)
    assert -3 < fit.lam < 1
    r = (1 - fit.lam) / (1 + fit.lam / 3)
    assert not -3 < (1 + r) / (1 - r / 3) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_residual_and_hausman_tests(kind):
    """But for the weighted CD, whose random signs go to units in their order."""
    links = _links(kind, 1)
    made = [_made(links, _columns(links, 1), seed) for seed in (1, 2)]
    groups = [bd.residual_tests(bd.SpatialLag(FORMULA).fit(*one), seed=3) for one in made]
    numbers = [[test.statistic for test in group if test.name != "Weighted CD"] for group in groups]
    np.testing.assert_allclose(numbers[0], numbers[1], rtol=1e-6)
    request = bd.SpatialError(FORMULA, fixed_effects="unit")
    tests = [bd.spatial_hausman_test(request.fit(*one)) for one in made]
    np.testing.assert_allclose(tests[0].statistic, tests[1].statistic, rtol=1e-5)


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize("effects", [None, "unit", "two-way"])
@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_of_measurement(model, effects, scale):
    """y in other units multiplies its coefficients, x in other units divides them; rho, lam and all
    z statistics stay, and the log-likelihood moves by the Jacobian.
    """
    links = _links("4 nearest", 2)
    columns = _columns(links, 2)
    panel, W = _made(links, columns, 0)
    y, x1 = columns["y"] * scale, columns["x1"] / scale
    other, _ = _made(links, {**columns, "y": y, "x1": x1}, 0)
    request = model(FORMULA, fixed_effects=effects)
    fit, scaled = request.fit(panel, W), request.fit(other, W)
    np.testing.assert_allclose(scaled.tstats, fit.tstats, rtol=1e-6)
    for name in ("rho", "lam"):
        np.testing.assert_allclose(getattr(scaled, name), getattr(fit, name), rtol=1e-7)
    moved = fit.loglik - fit.sample.contrasts.nobs * np.log(scale)
    assert scaled.loglik == pytest.approx(moved, abs=1e-6)


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize("effects", ["unit", "time", "two-way"])
@pytest.mark.filterwarnings("ignore::bevdrivers.BoundWarning")
def test_location_of_a_regressor(model, effects):
    """A million added to x is taken out by the effects, but for the six digits that it costs x."""
    links = _links("queen", 3)
    columns = _columns(links, 3)
    panel, W = _made(links, columns, 0)
    other, _ = _made(links, {**columns, "x1": columns["x1"] + 1e6}, 0)
    request = model(FORMULA, fixed_effects=effects)
    fit, moved = request.fit(panel, W), request.fit(other, W)
    np.testing.assert_allclose(moved.params, fit.params, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(moved.cov, fit.cov, rtol=1e-6, atol=1e-10)
