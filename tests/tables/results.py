"""Light stand-ins for results: frames with the columns that every result of the package
promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bevdrivers.results import TestGroup, TestResult, tidy_frame


@dataclass(frozen=True)
class Fake:
    """A result that is nothing but its two frames."""

    tidied: pd.DataFrame
    facts: dict[str, Any]

    def tidy(self) -> pd.DataFrame:
        return self.tidied

    def glance(self) -> pd.DataFrame:
        return pd.DataFrame([self.facts])


FACTS = {
    "model": "SpatialDurbin",
    "outcome": "log1p(bev_density)",
    "nobs": 434,
    "n_units": 31,
    "n_periods": 14,
    "first_period": 2010,
    "last_period": 2023,
    "fixed_effects": "two-way",
    "correction": "lee-yu",
    "cov_type": "classical",
    "statistic": "z",
    "df_resid": 380.0,
    "likelihood": "contrasts: two-way",
    "loglik": -123.4567,
    "aic": 260.9134,
    "bic": 289.4,
    "sigma2": 0.08125,
    "rsquared_within": 0.612,
    "rsquared_between": 0.4,
    "rsquared_overall": 0.45,
    "rsquared_inclusive": 0.951,
    "corr_squared": 0.587,
    "weights": "Queen",
    "normalise": "row",
    "islands": "Hainan joined to Guangdong",
    "converged": True,
}

LEAST_SQUARES = {
    "model": "NonSpatial",
    "correction": "none",
    "statistic": "t",
    "weights": "",
    "normalise": "",
    "islands": "",
}

SPILLS = {
    "model": "SpatialDurbin",
    "outcome": "log1p(bev_density)",
    "method": "delta",
    "draws": 0,
    "rejected": 0,
    "seed": None,
    **{
        name: FACTS[name]
        for name in (
            "nobs",
            "n_units",
            "n_periods",
            "fixed_effects",
            "correction",
            "cov_type",
            "weights",
            "normalise",
            "islands",
        )
    },
}

Rows = dict[str, tuple[float, float]]


def frame(df: float | None = None, **components: Rows) -> pd.DataFrame:
    """A tidy frame of term -> (estimate, standard error) by component."""
    rows = [
        (term, name, *pair) for name, terms in components.items() for term, pair in terms.items()
    ]
    terms, names, estimates, errors = zip(*rows, strict=True)
    return tidy_frame(terms, names, np.array(estimates), np.array(errors), df=df)


def fit(facts: dict[str, Any] | None = None, df: float | None = None, **components: Rows) -> Fake:
    """A fitted model."""
    return Fake(frame(df, **components), FACTS | (facts or {}))


def spill(facts: dict[str, Any] | None = None, **components: Rows) -> Fake:
    """Impacts of a model."""
    return Fake(frame(None, **components), SPILLS | (facts or {}))


def moran(
    facts: dict[str, Any] | None = None, shift: float = 0.0, variable: str = "bev_density"
) -> Fake:
    """Moran's I of one variable in three years."""
    tidied = tidy_frame(
        ["2010", "2011", "2012"],
        [variable] * 3,
        np.array([0.05, 0.21, 0.334]) + shift,
        np.array([0.1, 0.1, 0.1]),
    )
    known = {
        "variable": variable,
        "inference": "permutation",
        "permutations": 999,
        "seed": 1,
        "alternative": "greater",
        "expected": -1 / 30,
        "weights": "Queen",
        "normalise": "row",
        "islands": "Hainan joined to Guangdong",
        "n_units": 31,
        "n_periods": 3,
    }
    return Fake(tidied, known | (facts or {}))


def small() -> tuple[list[Fake], list[Fake | None]]:
    """A least-squares fit and a spatial Durbin one with impacts, of two regressors."""
    plain = fit(
        LEAST_SQUARES,
        df=380.0,
        main={"log(gdp_pc)": (0.5, 0.1), "R&D_share": (-0.02, 0.02)},
    )
    durbin = fit(
        main={"log(gdp_pc)": (0.412, 0.15), "R&D_share": (0.03, 0.016)},
        wx={"W_log(gdp_pc)": (-0.2, 0.21), "W_R&D_share": (0.00004, 0.00001)},
        spatial={"rho": (0.325, 0.06)},
    )
    impacts = spill(
        direct={"log(gdp_pc)": (0.4, 0.15), "R&D_share": (0.031, 0.016)},
        indirect={"log(gdp_pc)": (-0.1, 0.3), "R&D_share": (0.01, 0.02)},
        total={"log(gdp_pc)": (0.3, 0.31), "R&D_share": (0.041, 0.03)},
    )
    return [plain, durbin], [None, impacts]


LONG_NAMES = [
    "log(gdp_per_capita_in_2015_prices)",
    "tertiary_share",
    "log1p(invention_patents_granted)",
    "policy",
    "charging_piles_per_10k_persons",
]
LONG_LABELS = {
    "log(gdp_per_capita_in_2015_prices)": "Log of GDP per capita (2015 prices, yuan)",
    "tertiary_share": "Share of the tertiary sector (%)",
    "log1p(bev_density)": "Log of BEV firms per 10⁴ km²",
}


def many(count: int) -> tuple[list[Fake], list[Fake | None]]:
    """`count` models of six kinds with long names, every second one with impacts."""
    kinds = [
        "NonSpatial",
        "SpatialLag",
        "SpatialError",
        "SpatialDurbin",
        "SpatialDurbinError",
        "GeneralNesting",
    ]
    generator = np.random.default_rng(1)
    fits, spills = [], []
    for position in range(count):
        kind = kinds[position % 6] if count > 1 else "SpatialDurbin"

        def draw(names: list[str], scale: float = 1.0) -> Rows:
            return {
                name: (scale * generator.normal(), scale * generator.uniform(0.1, 0.6))
                for name in names
            }

        parts: dict[str, Rows] = {"main": draw(LONG_NAMES)}
        lagged = kind in ("SpatialDurbin", "SpatialDurbinError", "GeneralNesting")
        if lagged:
            parts["wx"] = draw([f"W_{name}" for name in LONG_NAMES])
        names = [*(["rho"] if kind in ("SpatialLag", "SpatialDurbin", "GeneralNesting") else [])]
        names += [
            *(["lam"] if kind in ("SpatialError", "SpatialDurbinError", "GeneralNesting") else [])
        ]
        if names:
            parts["spatial"] = draw(names, 0.3)
        known = {"model": kind, "loglik": -1691.538 + position, "aic": 3421.1, "bic": 13529.46}
        plain = kind == "NonSpatial"
        fits.append(
            fit(LEAST_SQUARES | known if plain else known, 380.0 if plain else None, **parts)
        )
        simulated = {"model": kind, "method": "simulated", "draws": 1000, "rejected": 12, "seed": 1}
        impacts = {name: draw(LONG_NAMES) for name in ("direct", "indirect", "total")}
        spills.append(spill(simulated, **impacts) if lagged else None)
    return fits, spills


@dataclass(frozen=True)
class Step:
    """One step of a path to a specification."""

    question: str
    tests: TestGroup
    decision: str


@dataclass(frozen=True)
class Path:
    """A path of two steps; `shift` moves the second statistic, and with it the decision."""

    shift: float = 0.0

    @property
    def steps(self) -> tuple[Step, ...]:
        lag = TestResult.chi2("LM lag", "rho = 0", 31.8, 1)
        error = TestResult.chi2("LM error", "lam = 0", 10.4, 1)
        durbin = TestResult.chi2("LR: Durbin against lag", "theta = 0", 3.1 + self.shift, 3)
        return (
            Step(
                "Is there spatial dependence?", TestGroup("LM", (lag, error)), "There is, as a lag"
            ),
            Step(
                "Which model?",
                TestGroup("LR", (durbin,)),
                "SpatialDurbin" if durbin.rejected else "SpatialLag",
            ),
        )


NASTY = {
    "log1p(bev_density)": "BEV firms per 10⁴ km² & 100 % of #1 {all} ~ ^ \\ $",
    "R&D_share": (
        "R&D_share: 100 % of 研发支出占地区生产总值的比重 <b>not bold</b> | *nor* `this`, in 2015 "
        "prices"
    ),
    "log(gdp_pc)": "=SUM(A1:A9) a_name_that_is_one_word_and_goes_on_and_on_without_a_single_space_in_it_[km]",
}


def nasty() -> list[Fake]:
    """Twelve models with missing cells, huge and tiny numbers, and terms that hardly any of them
    has.
    """
    fits = []
    for position in range(12):
        terms: Rows = {
            "log(gdp_pc)": (-123456.789 * (position == 3) - 0.1234, 0.5),
            "R&D_share": (0.00004, 0.00001),
        }
        if position % 3:
            terms[f"only_in_{position}"] = (
                np.nan if position == 4 else float("inf") if position == 5 else 1.0,
                0.5,
            )
        parts: dict[str, Rows] = {"main": terms}
        if position in (1, 10):
            parts["wx"] = {"W_R&D_share": (0.0, 0.0), "W_log(gdp_pc)": (-1e-9, 2e-9)}
            parts["spatial"] = {"rho": (0.999, 0.0004)}
        weights = "邻接矩阵_{queen}" if position in (1, 10) else ""
        known = {
            "model": "SpatialDurbin" if weights else "NonSpatial",
            "weights": weights,
            "loglik": np.nan,
        }
        fits.append(
            fit(known | ({} if weights else {"statistic": "t", "correction": "none"}), **parts)
        )
    return fits


def chinese() -> tuple[list[Fake], list[Fake | None], dict[str, str]]:
    """The small models with Chinese labels that name their units."""
    labels = {
        "log1p(bev_density)": "新能源汽车企业密度（家/万平方公里）",
        "log(gdp_pc)": "人均GDP（元，对数）",
        "R&D_share": "研发支出占比（%）",
    }
    return *small(), labels
