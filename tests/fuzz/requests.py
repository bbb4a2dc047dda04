"""Random requests: every option of the models and of the statistics, in every combination.

Most options are left at their defaults most of the time, since options at random mostly exclude each
other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from hypothesis import strategies as st

import bevdrivers as bd
from bevdrivers import options as of

from ..made_up import ALL

FORMULAS = (
    *["y ~ x1 + x2"] * 8,
    *["y ~ x1"] * 4,
    "y ~ 1",
    "y ~ 0 + x1",
    "y ~ x1 * x2",
    "y ~ x1 + I(x1**2)",
    "y ~ x1 + C(group)",
    "y ~ x1 + C(year)",
    "y ~ x1:C(group) + x2",
    "y ~ lag(x1) + x2",
    "y ~ x1 + W(x2)",
    "y ~ poly(x1, 2)",
    "y ~ bs(x1, df=4)",
    "y ~ scale(x1) + center(x2)",
    "log(y) ~ log(positive) + x1",
    "asinh(y) ~ sqrt(positive)",
    "positive ~ exp(x1) + abs(x2)",
    "y ~ x1 + missing",
    "y ~ x1 + I(x1 > 0)",
    "y ~ y",
    "y ~ year",
    "x1 ~ x2 + positive",
)

OPTIONS: dict[str, tuple[Any, ...]] = {
    "fixed_effects": get_args(of.FixedEffects),
    "random_effects": get_args(of.RandomEffects),
    "mundlak": (True, False),
    "serial_errors": (True, False),
    "correction": get_args(of.Correction),
    "dynamic": get_args(of.Dynamic),
    "demean": get_args(of.Demean),
    "method": get_args(of.Method),
    "cov_type": (*get_args(of.CovType), *get_args(of.CovTypeAlias)),
    "cluster": get_args(of.Cluster),
    "kernel": get_args(of.Kernel),
    "bandwidth": (0.0, 1, 2.5, 40.0),
    "cutoff_km": (0.5, 100.0, 1e6),
    "gmm": get_args(of.GmmWeights),
    "two_stage": get_args(of.TwoStage),
    "endogenous": (["x1"], ["x2"], ["x1", "x2"]),
    "instruments": (["positive"], ["positive", "W(positive)"], ["lag(x2)"], ["group"]),
    "absorb": (["unit[year]"], ["group:year"], ["group"], ["year[x1]"], ["x1"]),
    "durbin": (["x1"], [], ["x2"], ["nobody"]),
}

# Options that go together: alone most of them are refused.
FAMILIES: tuple[dict[str, tuple[Any, ...]], ...] = (
    {"fixed_effects": OPTIONS["fixed_effects"], "correction": OPTIONS["correction"]},
    {"fixed_effects": OPTIONS["fixed_effects"], "cov_type": OPTIONS["cov_type"]},
    {"random_effects": ("baltagi", "kkp"), "mundlak": (True, False)},
    {"random_effects": ("baltagi", "kkp"), "serial_errors": (True, False)},
    {"random_effects": ("baltagi", "kkp"), "cov_type": ("hessian", "clustered")},
    {"serial_errors": (True,), "fixed_effects": (None,)},
    {"method": ("gmm",), "fixed_effects": OPTIONS["fixed_effects"], "gmm": OPTIONS["gmm"]},
    {"method": ("gmm",), "cov_type": OPTIONS["cov_type"], "fixed_effects": ("unit", None)},
    {
        "method": ("gmm",),
        "random_effects": ("baltagi", "kkp"),
        "two_stage": OPTIONS["two_stage"],
        "gmm": ("initial", "weights", "fullweights", None),
        "cov_type": ("classical", "clustered"),
    },
    {
        "method": ("gmm",),
        "endogenous": OPTIONS["endogenous"],
        "instruments": OPTIONS["instruments"],
        "fixed_effects": OPTIONS["fixed_effects"],
    },
    {"dynamic": OPTIONS["dynamic"], "fixed_effects": OPTIONS["fixed_effects"]},
    {"cov_type": ("clustered",), "cluster": OPTIONS["cluster"]},
    {
        "cov_type": ("driscoll-kraay",),
        "kernel": OPTIONS["kernel"],
        "bandwidth": (None, *OPTIONS["bandwidth"]),
    },
    {"cov_type": ("spatial-hac",), "kernel": OPTIONS["kernel"], "cutoff_km": OPTIONS["cutoff_km"]},
    {"demean": ("before-lag",), "correction": (None, "elhorst"), "fixed_effects": ("unit", "time")},
    {"absorb": OPTIONS["absorb"], "correction": OPTIONS["correction"]},
    {"durbin": OPTIONS["durbin"]},
)


@dataclass(frozen=True)
class Call:
    """A model's class and its options, not yet put together: that may be refused."""

    model: type[bd.Estimator]
    formula: str
    options: dict[str, Any]

    def request(self, **more: Any) -> bd.Estimator:
        return self.model(self.formula, **{**self.options, **more})


@st.composite
def calls(draw: st.DrawFn, formulas: tuple[str, ...] = FORMULAS) -> Call:
    model = draw(st.sampled_from(ALL))
    family = draw(st.sampled_from(FAMILIES))
    chosen = {name: draw(st.sampled_from(values)) for name, values in family.items()}
    for name, values in OPTIONS.items():
        if draw(st.integers(0, 39)) == 39:
            chosen[name] = draw(st.sampled_from(values))
    return Call(model, draw(st.sampled_from(formulas)), chosen)
