"""The second opinion: programs agree under their conventions, reasons are named, and a difference
is noticed.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.second_opinion import crosscheck, spreg_bridge
from bevdrivers.diagnostics.second_opinion.program_result import CLASSICAL, DIRECT, ProgramResult

from ...conftest import MUNNELL

# what programs that maximise to their own tolerance agree to on these data, far below the four
# digits that are asked
CLOSE = 1e-5


def has_spatialreg() -> bool:
    ask = ["Rscript", "-e", "quit(status = !requireNamespace('spatialreg', quietly = TRUE))"]
    return (
        shutil.which("Rscript") is not None
        and not subprocess.run(ask, capture_output=True, check=False).returncode
    )


@pytest.mark.parametrize(
    "model", [bd.SpatialLag, bd.SpatialDurbin, bd.SpatialError, bd.SpatialDurbinError]
)
@pytest.mark.parametrize("effects", ["unit", "two-way"])
def test_spreg_agrees_under_its_conventions(
    model: Any, effects: str, munnell: Any, states: Any
) -> None:
    fit = model(MUNNELL, fixed_effects=effects).fit(munnell, states)
    check = bd.crosscheck(fit, ["spreg"])
    assert check.agrees
    assert check.frame[["difference", "std_error_difference"]].max().max() < CLOSE
    apart = check.frame["estimate"] - check.frame["matched"]
    assert (apart.abs().max() > 1e-3) == (
        effects == "two-way"
    )  # there conventions and correction move the estimates
    assert (spreg_bridge.BEFORE in check.reasons["spreg"]) == (effects == "two-way")
    assert DIRECT in check.reasons["spreg"]


@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
@pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLagX])
@pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
@pytest.mark.parametrize(
    "cov", ["classical", "robust", "clustered", "driscoll-kraay", "spatial-hac"]
)
def test_least_squares_agree_to_the_last_digits(
    model: Any, effects: Any, cov: Any, munnell: Any, states: Any
) -> None:
    if cov == "spatial-hac":
        panel, W = bd.load_panel(), bd.KNearest(4).fit(bd.load_panel())
        fit = model(
            "bev_density ~ inventions", fixed_effects=effects, cov_type=cov, cutoff_km=800
        ).fit(panel, W)
    else:
        fit = model(MUNNELL, fixed_effects=effects, cov_type=cov).fit(munnell, states)
    check = bd.crosscheck(fit, ["linearmodels", "statsmodels"])
    assert list(check.calls) == ["linearmodels", "statsmodels"]
    assert check.agrees
    assert check.frame[["difference", "std_error_difference"]].max().max() < 1e-7
    assert (CLASSICAL in check.reasons["linearmodels"]) == (cov == "spatial-hac")
    assert (CLASSICAL in check.reasons["statsmodels"]) == (cov != "classical")


@pytest.mark.skipif(not has_spatialreg(), reason="R's spatialreg is not installed")
@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialError, bd.SpatialCombined])
def test_spatialreg_agrees_with_explicit_dummies(model: Any) -> None:
    panel = bd.load_panel()
    W = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    fit = model("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)").fit(panel, W)
    check = bd.crosscheck(fit, ["spatialreg"])
    assert list(check.frame["term"]) == list(fit.params.index)
    assert check.agrees


def test_a_known_fault_is_named_and_does_not_count(munnell: Any, states: Any) -> None:
    """spreg's random-effects lag model: 0.0182, where the information gives 0.0188 and the Hessian
    0.0290.
    """
    fit = bd.SpatialLag(MUNNELL, random_effects="baltagi").fit(munnell, states)
    check = bd.crosscheck(fit, ["spreg"])
    rho = check.frame.set_index("term").loc["rho"]
    assert rho["difference"] < CLOSE
    assert rho["their_std_error"] == pytest.approx(0.0182, abs=5e-5)
    assert rho["matched_std_error"] == fit.std_errors["rho"]
    assert rho["std_error_difference"] > 0.02
    assert check.frame["faulty"].all()
    assert not check.agrees
    assert check.reasons["spreg"] == (spreg_bridge.RANDOM_LAG,)
    assert "No program without a known fault had a say" in check.summary()


def test_a_difference_is_noticed(
    munnell: Any, states: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W in another order than the panel, as a user of spreg might have it."""
    fit = bd.SpatialLag(MUNNELL, fixed_effects="unit").fit(munnell, states)
    honest = spreg_bridge.ask_spreg(fit)
    assert isinstance(honest, ProgramResult)
    other = np.random.default_rng(1).permutation(states.n_units)
    shuffled = bd.SpatialWeights.from_matrix(states.links[other][:, other], states.ids).align(
        munnell.units
    )
    wrong = bd.SpatialLag(MUNNELL, fixed_effects="unit").fit(munnell, shuffled)
    monkeypatch.setitem(
        crosscheck.FIT_PROGRAMS,
        "spreg",
        lambda fit: replace(honest, params=wrong.params.to_numpy()),
    )
    check = bd.crosscheck(fit, ["spreg"])
    assert not check.agrees
    assert not check.glance()["agrees"].item()
    assert "the fit differs from" in check.summary()
    # standard errors alone, by more than the tolerance
    off = replace(honest, std_errors=1.001 * honest.std_errors)
    monkeypatch.setitem(crosscheck.FIT_PROGRAMS, "spreg", lambda fit: off)
    assert not bd.crosscheck(fit, ["spreg"]).frame["agrees"].any()


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (bd.SpatialCombined(MUNNELL), "lag and error models"),
        (bd.SpatialLag(MUNNELL, fixed_effects="time"), "unit effects"),
        (bd.SpatialError(MUNNELL, random_effects="kkp"), "random effects"),
        (bd.SpatialLag(MUNNELL, dynamic="time"), "dynamic"),
        (bd.SpatialLag(MUNNELL, method="gmm"), "moments"),
        (bd.SpatialLag(MUNNELL, absorb=["state[year]"]), "absorb="),
    ],
)
def test_a_program_without_such_a_model_says_so(
    model: Any, reason: str, munnell: Any, states: Any
) -> None:
    check = bd.crosscheck(model.fit(munnell, states), ["spreg", "linearmodels"])
    assert reason in check.left_out["spreg"]
    assert set(check.left_out) == {"spreg", "linearmodels"}
    assert check.frame.empty
    assert not check.agrees
    assert list(check.tidy().columns) == list(bd.NonSpatial(MUNNELL).fit(munnell).tidy().columns)


def test_an_unknown_program_is_refused(munnell: Any) -> None:
    with pytest.raises(bd.OptionError, match="programs: expected some of"):
        bd.crosscheck(bd.NonSpatial(MUNNELL).fit(munnell), ["stata"])


def test_the_fit_is_not_changed_and_other_weights_of_x_go_along(munnell: Any, states: Any) -> None:
    rng = np.random.default_rng(3)
    other = bd.SpatialWeights.from_matrix(
        np.where(np.eye(48), 0.0, rng.random((48, 48))), states.ids
    )
    fit = bd.SpatialDurbin(MUNNELL, fixed_effects="unit").fit(munnell, states, x_weights=other)
    before = fit.params.copy()
    assert bd.crosscheck(fit, ["spreg"]).agrees
    assert before.equals(fit.params)
