"""The spillover map says sign, size and sureness of each effect, and where the shock is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import bevdrivers as bd
from bevdrivers.results import tidy_frame

EFFECTS = [0.9, 0.3, 0.3, 0.04, 0.0, -0.04, -0.3, 0.02, np.nan]
ERRORS = [0.1, 0.1, 0.4, 0.01, 0.0, 0.01, 0.4, 0.01, np.nan]


@pytest.fixture
def shock(squares: Any) -> pd.DataFrame:
    """Eight effects; of the last unit there is none."""
    frame = tidy_frame(list(squares.index), ["shock"] * 9, np.array(EFFECTS), np.array(ERRORS))
    return frame.set_axis(squares.index, axis=0).iloc[:8]


def looks(ax: Any) -> dict[str, tuple[Any, str]]:
    """Face and hatch of each unit."""
    return {
        p.get_gid(): (p.get_facecolor(), p.get_hatch() or "")
        for p in ax.patches
        if not p.get_gid().startswith("shocked")
    }


def entries(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_sign_size_and_sureness(squares: Any, shock: pd.DataFrame) -> None:
    ax = bd.spillover_map(squares, shock, k=2)
    look = looks(ax)
    assert look["u1"][0] == look["u2"][0], "one size and sign, one colour"
    assert look["u0"][0] != look["u1"][0] == look["u3"][0], (
        "two classes of size: above 0.3, which is the median"
    )
    assert look["u5"][0] != look["u3"][0], "the sign tells"
    negative, unsure = [
        {u for u, (_, hatch) in look.items() if sign in hatch} for sign in ("\\", ".")
    ]
    assert negative == {"u5", "u6"}
    # 0.02 with an error of 0.01 is surely above zero
    assert unsure == {"u2", "u6"}
    assert look["u8"][1].count("/"), "no data"


def test_legend_counts_units_and_names_the_level(squares: Any, shock: pd.DataFrame) -> None:
    said = entries(
        bd.spillover_map(squares, shock, k=2, shocked={"u0": 0.1}, legend_title="Effect")
    )
    assert said[-3:] == ["95% interval holds zero  (2)", "No data  (1)", "Where the change is  (1)"]
    assert "0  (1)" in said
    assert sum(int(line.split("(")[1].rstrip(")")) for line in said[:-3]) == 8, (
        "each unit with an effect once"
    )


def test_classes_are_symmetric_about_zero(squares: Any) -> None:
    values = np.array([0.1, 0.2, 0.4, 0.8, -0.1, -0.2, -0.4, -0.8, 0.15])
    frame = tidy_frame(list(squares.index), ["shock"] * 9, values, np.full(9, 0.01)).set_axis(
        squares.index, axis=0
    )
    said = entries(bd.spillover_map(squares, frame, k=2))
    bounds = [line.split("  ")[0] for line in said]
    assert bounds[0].split("–") == bounds[3].replace("−", "").split(" to ")[::-1]
    assert bounds[1].startswith("0.0–"), bounds


def test_shocked_units_are_outlined_and_starred(squares: Any, shock: pd.DataFrame) -> None:
    ax = bd.spillover_map(squares, shock, shocked=["u4", "u0"], crs="EPSG:4326")
    assert [p.get_gid() for p in ax.patches if p.get_gid().startswith("shocked")] == [
        "shocked u4",
        "shocked u0",
    ]
    stars = np.asarray(ax.collections[-1].get_offsets())
    assert np.floor(stars).tolist() == [[101, 31], [100, 30]]
    assert not bd.spillover_map(squares, shock).collections[-1].get_offsets().size


def test_level_is_checked_against_the_p_values(squares: Any, shock: pd.DataFrame) -> None:
    frame = shock.assign(
        estimate=1.8, std_error=1.0, p_value=0.072, conf_low=1.8 - 1.645, conf_high=1.8 + 1.645
    )
    assert "90% interval holds zero" not in " ".join(
        entries(bd.spillover_map(squares, frame, level=0.9))
    )
    with pytest.raises(bd.OptionError, match="0.95, at which"):
        bd.spillover_map(squares, frame)


def test_a_model_of_the_package(bev: bd.Panel, queen: bd.SpatialWeights) -> None:
    fit = bd.SpatialDurbin("log1p(bev_density) ~ log1p(inventions) + policy").fit(bev, queen)
    shock = fit.shock("log1p(inventions)", {"Hubei": 0.1}, draws=200, seed=1)
    for level in (0.9, 0.99):
        ax = bd.spillover_map(bev.geometry, shock, level=level, ax=Figure().subplots())
        tidy = shock.tidy(level)
        dotted = {unit for unit, (_, hatch) in looks(ax).items() if "." in hatch}
        assert dotted == set(tidy.loc[(tidy["conf_low"] <= 0) & (tidy["conf_high"] >= 0), "term"])
        assert ax.patches[-1].get_gid() == "shocked Hubei"
    none = bd.spillover_map(bev.geometry, shock.frame)
    assert none.patches[-1].get_gid() == bev.units[-1], "a frame does not say where the change was"


def test_one_of_several_horizons(bev: bd.Panel, queen: bd.SpatialWeights) -> None:
    fit = bd.SpatialLag("log1p(bev_density) ~ log1p(inventions)", dynamic="time").fit(bev, queen)
    shock = fit.shock("log1p(inventions)", {"Hubei": 0.1}, horizon=[0, 3, "long"])
    ax = bd.spillover_map(bev.geometry, shock, horizon="long")
    one = bd.spillover_map(bev.geometry, shock.frame.loc["long"])
    assert looks(ax) == {unit: look for unit, look in looks(one).items()}
    for horizon in (None, 2):
        with pytest.raises(bd.OptionError, match="horizon"):
            bd.spillover_map(bev.geometry, shock, horizon=horizon)


def test_errors(squares: Any, shock: pd.DataFrame) -> None:
    with pytest.raises(bd.DataError, match="conf_low"):
        bd.spillover_map(squares, shock[["estimate"]])
    with pytest.raises(bd.DataError, match="'nowhere'"):
        bd.spillover_map(squares, shock, shocked=["nowhere"])
    with pytest.raises(bd.OptionError, match="1 to 5"):
        bd.spillover_map(squares, shock, k=6)
    with pytest.raises(bd.DataError, match="not zero"):
        bd.spillover_map(squares, shock.assign(estimate=0.0, conf_low=0.0, conf_high=0.0))
