"""Size and power of the tests at N = 31 and T = 12; writes tests.csv beside this file (about five
minutes of one core).

    python docs/simulations/tests.py [replications]

Units and weights are those of the bundled map (queen contiguity, row-normalised). Two standard
normal regressors with coefficients 1, errors of variance 1, effects of standard deviation 1. Every
row is a share of samples that a test of level 5 % rejects; with 400 samples the standard error of a
size of 5 % is 1.1 points.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

import bevdrivers as bd

PERIODS = 12
FORMULA = "y ~ x1 + x2"
BETA = {"x1": 1.0, "x2": 1.0}
MAP = bd.load_panel()
QUEEN = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(MAP)
OTHERS = bd.InverseDistance(2, points=("capital_lon", "capital_lat")).fit(MAP)
Tests = Iterable[tuple[str, bd.TestResult]]


def plain(effects: str | None) -> bd.Estimator:
    return bd.NonSpatial(FORMULA, fixed_effects=effects)


def drawn(model: bd.Estimator, seed: int, **params: float) -> bd.Panel:
    return bd.simulate_panel(model, QUEEN, params={**BETA, **params}, periods=PERIODS, seed=seed)


def with_errors(
    seed: int, make: Callable[[np.random.Generator], np.ndarray], effects: str | None = "two-way"
) -> bd.Panel:
    """A regression whose errors are not what `simulate_panel` draws."""
    params = BETA if effects else {**BETA, "Intercept": 0.0}
    quiet = bd.simulate_panel(
        plain(effects), QUEEN, params=params, periods=PERIODS, sigma2=1e-20, seed=seed
    )
    return quiet.with_columns(y=quiet["y"] + make(np.random.default_rng([seed, 1])))


def noise(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((PERIODS, QUEEN.n_units))


def loaded_factor(rng: np.random.Generator) -> np.ndarray:
    """A factor with loadings of mean zero: what time effects leave of any factor."""
    loadings = rng.standard_normal(QUEEN.n_units)
    return noise(rng) + rng.standard_normal((PERIODS, 1)) * (loadings - loadings.mean())


def common_factor(rng: np.random.Generator) -> np.ndarray:
    return noise(rng) + 0.5 * rng.standard_normal((PERIODS, 1))


def uneven(rng: np.random.Generator) -> np.ndarray:
    """Standard deviations between 1/2 and 3/2."""
    return noise(rng) * np.linspace(0.5, 1.5, QUEEN.n_units)


def serial(psi: float) -> Callable[[np.random.Generator], np.ndarray]:
    def make(rng: np.random.Generator) -> np.ndarray:
        e = noise(rng)
        for t in range(1, PERIODS):
            e[t] = psi * e[t - 1] + np.sqrt(1 - psi**2) * e[t]
        return e

    return make


def heavy(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_t(5, (PERIODS, QUEEN.n_units)) / np.sqrt(5 / 3)


def error_components(
    mu: float, lam: float, psi: float = 0.0
) -> Callable[[np.random.Generator], np.ndarray]:
    def make(rng: np.random.Generator) -> np.ndarray:
        e = serial(psi)(rng)
        back = np.linalg.inv(np.eye(QUEEN.n_units) - lam * QUEEN.dense)
        return mu * rng.standard_normal(QUEEN.n_units) + e @ back.T

    return make


def of(tests: bd.TestGroup, label: str = "") -> Tests:
    """Tests by name; those of single periods under one name."""
    return [(label + re.sub(r" \d+$", " by period", test.name), test) for test in tests]


def lm(effects: str | None) -> Callable[[bd.Panel], Tests]:
    def run(panel: bd.Panel) -> Tests:
        found: list[tuple[str, bd.TestResult]] = []
        for form in ("corrected", "published"):
            for against in ("sarar", "sdm", "sdem"):
                group = bd.lm_tests(plain(effects), panel, QUEEN, form=form, against=against)  # type: ignore[arg-type]
                found += [pair for pair in of(group, f"{form}: ") if pair[0] not in dict(found)]
        return found + list(of(bd.conditional_lm_tests(plain(effects), panel, QUEEN)))

    return run


def residuals(effects: str | None) -> Callable[[bd.Panel], Tests]:
    return lambda panel: of(bd.residual_tests(plain(effects).fit(panel), QUEEN))


def durbin_residuals(panel: bd.Panel) -> Tests:
    return of(bd.residual_tests(bd.SpatialDurbin(FORMULA).fit(panel, QUEEN)))


def components(serial_too: bool) -> Callable[[bd.Panel], Tests]:
    label = "with serial: " if serial_too else ""
    return lambda panel: of(
        bd.random_effects_lm_tests(plain(None), panel, QUEEN, serial=serial_too), label
    )


def nested(panel: bd.Panel) -> Tests:
    durbin = bd.SpatialDurbin(FORMULA).fit(panel, QUEEN)
    error = bd.SpatialError(FORMULA).fit(panel, QUEEN)
    return [*of(bd.common_factor_test(durbin)), ("Spatial Hausman", bd.spatial_hausman_test(error))]


def fixed_or_random(panel: bd.Panel) -> Tests:
    lag = bd.SpatialLag(FORMULA, random_effects="kkp")
    return [("Hausman (spatial)", bd.hausman_test(lag, panel, QUEEN))]


def across(model: bd.Estimator) -> Callable[[bd.Panel], Tests]:
    rivals = {"true": QUEEN, "other": OTHERS}
    return lambda panel: [
        *of(bd.j_tests(model, panel, rivals)),
        *of(bd.j_tests(model, panel, rivals, draws=99), "bootstrap: "),
    ]


def correlated_effects(seed: int) -> bd.Panel:
    """Unit effects that move with the unit means of x1."""
    model = bd.SpatialLag(FORMULA, random_effects="kkp")
    panel = drawn(model, seed, Intercept=0.0, rho=0.4)
    shift = np.linalg.solve(
        np.eye(QUEEN.n_units) - 0.4 * QUEEN.dense, 0.5 * panel["x1"].mean(axis=0)
    )
    return panel.with_columns(y=panel["y"] + shift)


TWO, UNIT = "two-way", "unit"
SDM = {"W_x1": 0.5, "W_x2": 0.5}
# truth, effects, how a sample is drawn, what is tested
SCENARIOS: list[tuple[str, str, Callable[[int], bd.Panel], Callable[[bd.Panel], Tests]]] = [
    ("nothing", TWO, lambda s: drawn(plain(TWO), s), lm(TWO)),
    ("nothing", UNIT, lambda s: drawn(plain(UNIT), s), lm(UNIT)),
    ("rho = 0.2", TWO, lambda s: drawn(bd.SpatialLag(FORMULA), s, rho=0.2), lm(TWO)),
    ("lam = 0.2", TWO, lambda s: drawn(bd.SpatialError(FORMULA), s, lam=0.2), lm(TWO)),
    ("rho = 0.5", TWO, lambda s: drawn(bd.SpatialLag(FORMULA), s, rho=0.5), lm(TWO)),
    ("lam = 0.5", TWO, lambda s: drawn(bd.SpatialError(FORMULA), s, lam=0.5), lm(TWO)),
    (
        "theta = 0.25",
        TWO,
        lambda s: drawn(bd.SpatialLagX(FORMULA), s, W_x1=0.25, W_x2=0.25),
        lm(TWO),
    ),
    ("nothing", TWO, lambda s: with_errors(s, noise), residuals(TWO)),
    ("nothing", UNIT, lambda s: with_errors(s, noise, UNIT), residuals(UNIT)),
    (
        "rho = 0.5, theta = 0.5",
        TWO,
        lambda s: drawn(bd.SpatialDurbin(FORMULA), s, rho=0.5, **SDM),
        durbin_residuals,
    ),
    ("common factor", UNIT, lambda s: with_errors(s, common_factor, UNIT), residuals(UNIT)),
    ("factor with loadings", TWO, lambda s: with_errors(s, loaded_factor), residuals(TWO)),
    ("lam = 0.2", TWO, lambda s: with_errors(s, error_components(0.0, 0.2)), residuals(TWO)),
    ("variances by unit", TWO, lambda s: with_errors(s, uneven), residuals(TWO)),
    ("psi = 0.3", TWO, lambda s: with_errors(s, serial(0.3)), residuals(TWO)),
    ("psi = 0.9", TWO, lambda s: with_errors(s, serial(0.9)), residuals(TWO)),
    ("t(5) errors", TWO, lambda s: with_errors(s, heavy), residuals(TWO)),
    ("nothing", "none", lambda s: with_errors(s, noise, None), components(False)),
    (
        "sigma_mu = 1",
        "none",
        lambda s: with_errors(s, error_components(1.0, 0.0), None),
        components(False),
    ),
    (
        "lam = 0.5",
        "none",
        lambda s: with_errors(s, error_components(0.0, 0.5), None),
        components(False),
    ),
    (
        "sigma_mu = 0.3",
        "none",
        lambda s: with_errors(s, error_components(0.3, 0.0), None),
        components(False),
    ),
    (
        "lam = 0.2",
        "none",
        lambda s: with_errors(s, error_components(0.0, 0.2), None),
        components(False),
    ),
    ("nothing", "none", lambda s: with_errors(s, noise, None), components(True)),
    (
        "sigma_mu = 1, psi = 0.5",
        "none",
        lambda s: with_errors(s, error_components(1.0, 0.0, 0.5), None),
        components(True),
    ),
    (
        "sigma_mu = 1, lam = 0.5",
        "none",
        lambda s: with_errors(s, error_components(1.0, 0.5), None),
        components(True),
    ),
    (
        "lam = 0.5, psi = 0.5",
        "none",
        lambda s: with_errors(s, error_components(0.0, 0.5, 0.5), None),
        components(True),
    ),
    ("lam = 0.4", TWO, lambda s: drawn(bd.SpatialError(FORMULA), s, lam=0.4), nested),
    ("rho = 0.4, theta = 0", TWO, lambda s: drawn(bd.SpatialLag(FORMULA), s, rho=0.4), nested),
    (
        "rho = 0.4, random effects",
        "random",
        lambda s: drawn(bd.SpatialLag(FORMULA, random_effects="kkp"), s, Intercept=0.0, rho=0.4),
        fixed_or_random,
    ),
    ("rho = 0.4, effects correlated with x1", "random", correlated_effects, fixed_or_random),
    (
        "SAR, rho = 0.4",
        TWO,
        lambda s: drawn(bd.SpatialLag(FORMULA), s, rho=0.4),
        across(bd.SpatialLag(FORMULA)),
    ),
    (
        "SDM, rho = 0.4, theta = 0.5",
        TWO,
        lambda s: drawn(bd.SpatialDurbin(FORMULA), s, rho=0.4, **SDM),
        across(bd.SpatialDurbin(FORMULA)),
    ),
]


def main(replications: int = 400) -> None:
    rows = []
    for truth, effects, draw, run in SCENARIOS:
        rejected: dict[str, list[bool]] = {}
        for seed in range(replications):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", bd.BevdriversWarning)
                for name, test in run(draw(seed)):
                    if test.applies:
                        rejected.setdefault(name, []).append(test.rejected)
        for name, found in rejected.items():
            rows.append(
                {
                    "truth": truth,
                    "effects": effects,
                    "test": name,
                    "rejected": np.mean(found),
                    "tests": len(found),
                }
            )
    frame = pd.DataFrame(rows)
    frame.to_csv(
        Path(__file__).with_suffix(".csv"), index=False, float_format="%.4f", lineterminator="\n"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
