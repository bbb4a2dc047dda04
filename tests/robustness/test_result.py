"""What is read from a grid: shares, the variance by axis, the curve, departures from the main
specification.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.robustness.decomposition import variance_shares

from .grids import FAR, NEAR, grid, panel


@pytest.fixture(scope="module")
def whole() -> bd.Panel:
    return panel()


@pytest.fixture(scope="module")
def result(whole) -> bd.GridResult:
    one = grid(
        models=[bd.NonSpatial],
        controls=["z"],
        options={"fixed_effects": ["two-way", "unit"]},
        focus=["x1", "x2"],
    )
    return bd.run_grid(one, whole)


def test_shares_are_counts_of_single_fits(result, whole):
    estimates, significant = [], []
    for W in (NEAR, FAR):
        for effects in ("two-way", "unit"):
            for right in ("x1 + x2", "x1 + x2 + z"):
                fit = bd.SDM(f"y ~ {right}", fixed_effects=effects).fit(whole, W)
                total = fit.impacts().tidy().query("term == 'x2' and component == 'total'").iloc[0]
                estimates.append(total["estimate"])
                significant.append(total["conf_high"] < 0)
    for effects in ("two-way", "unit"):
        for right in ("x1 + x2", "x1 + x2 + z"):
            fit = bd.NonSpatial(f"y ~ {right}", fixed_effects=effects).fit(whole)
            estimates.append(fit.params["x2"])
            significant.append(fit.conf_int().loc["x2", "upper"] < 0)
    shares = result.shares().loc[("x2", "total")]
    assert shares["fits"] == 12
    assert shares["base"] == estimates[0]
    assert shares["median"] == np.median(estimates)
    assert (shares["lowest"], shares["highest"]) == (min(estimates), max(estimates))
    assert shares["positive"] == np.mean(np.array(estimates) > 0)
    assert shares["significant_negative"] == np.mean(significant)
    assert shares["significant_positive"] == 0


def test_a_spillover_that_a_model_fixes_is_not_significant(result):
    frame = result.tidy()
    fixed = frame[(frame["component"] == "indirect") & (frame["model"] == "NonSpatial")]
    assert (fixed["std_error"] == 0).all()
    significant = result.shares()[["significant_positive", "significant_negative"]].sum(axis=1)
    assert significant.loc[("x1", "indirect")] <= 8 / 12


def test_tidy_has_the_columns_of_every_result_and_the_axes(result):
    frame = result.tidy()
    assert list(frame.columns[:8]) == list(bd.results.TIDY_COLUMNS)
    assert {"specification", "z", "weights", "model", "fixed_effects"} <= set(frame.columns)
    # what is the same regression stands once
    assert not frame.duplicated(["specification", "term", "component"]).any()
    narrow, wide = result.tidy(0.5), result.tidy(0.99)
    assert (narrow["conf_high"] <= wide["conf_high"]).all()


def test_glance_counts_every_specification(result):
    facts = result.glance().iloc[0]
    assert facts["specifications"] == 24
    assert facts["fitted"] == 12
    assert facts["same_as_another"] == 12
    assert (facts["failed"], facts["senseless"], facts["not_run"]) == (0, 0, 0)
    assert facts["axes"] == "z, weights, model, fixed_effects"


def test_the_summary_says_what_moves_the_answer(result):
    text = result.summary()
    assert "12 fitted, 12 the same as another" in text
    assert "moved_by" in text
    assert repr(result) == str(text)


# decomposition of the variance


def _full() -> tuple[np.ndarray, pd.DataFrame]:
    """2 a + 1 b in a full design of 4 x 3 values, without interactions."""
    a, b = (part.ravel() for part in np.meshgrid(range(4), range(3), indexing="ij"))
    return 2.0 * a + b, pd.DataFrame({"a": a, "b": b, "nothing": np.zeros(12)})


def test_shares_of_the_variance_by_hand():
    y, choices = _full()
    found = variance_shares(y, choices[["a", "b"]])
    # var(2 a) = 4 * 15 / 12, var(b) = 8 / 12
    expected = np.array([5.0, 2 / 3]) / (5.0 + 2 / 3)
    np.testing.assert_allclose(found.loc[["a", "b"], "alone"], expected, rtol=1e-12)
    np.testing.assert_allclose(found.loc[["a", "b"], "beside_others"], expected, rtol=1e-12)
    assert found.loc["interactions"].tolist() == [0.0, 0.0]
    assert list(found.index) == ["a", "b", "interactions"]


def test_an_axis_that_does_nothing_and_one_that_interacts():
    y, choices = _full()
    assert variance_shares(y, choices).loc["nothing"].tolist() == [0.0, 0.0]
    a, b = choices["a"].to_numpy(float), choices["b"].to_numpy(float)
    product = (a - a.mean()) * (b - b.mean())
    found = variance_shares(product, choices[["a", "b"]])
    assert found.loc["interactions", "alone"] == pytest.approx(1.0)


def test_in_a_design_with_holes_the_two_shares_differ():
    y, choices = _full()
    kept = (choices["a"] > choices["b"]).to_numpy()
    found = variance_shares(y[kept], choices.loc[kept, ["a", "b"]])
    assert found.loc["b", "alone"] > found.loc["b", "beside_others"] > 0
    # what all axes explain, by least squares on dummies of both
    dummies = pd.get_dummies(choices[kept].astype(str)[["a", "b"]], dtype=float).to_numpy()
    fitted = dummies @ np.linalg.lstsq(dummies, y[kept], rcond=None)[0]
    left = np.sum((y[kept] - fitted) ** 2) / np.sum((y[kept] - y[kept].mean()) ** 2)
    assert found.loc["interactions", "alone"] == pytest.approx(left, abs=1e-12)


def test_estimates_that_do_not_vary_have_no_shares():
    _, choices = _full()
    assert variance_shares(np.full(12, 0.1), choices).isna().all(axis=None)


def test_the_axis_that_matters_is_first(result):
    shares = result.variance_shares("x2", "total")
    assert set(shares.index) == {"z", "weights", "model", "fixed_effects", "interactions"}
    assert shares["alone"].drop("interactions").is_monotonic_decreasing


# the curve and the table


def test_the_curve_goes_straight_into_the_figure(result):
    curve = result.curve("x2", "total")
    assert len(curve) == 12
    figure = bd.specification_curve(curve, main=0)
    drawn = {label.get_text() for label in figure.axes[1].get_yticklabels()}
    assert {"near", "far", "SpatialDurbin", "NonSpatial", "yes", "no"} <= drawn
    plt.close(figure)


def test_a_curve_of_what_is_not_there(result):
    with pytest.raises(bd.OptionError, match="x2 \\(total\\)"):
        result.curve("x3", "total")


def test_departures_change_one_choice(result, whole):
    departures = result.departures()
    frame = departures.tidy()
    changed = frame[["axis", "value"]].drop_duplicates().to_numpy().tolist()
    # "two-way" is what the base model has, and so no departure
    assert changed == [
        ["", ""],
        ["fixed_effects", "unit"],
        ["model", "NonSpatial"],
        ["weights", "far"],
        ["z", "True"],
    ]
    far = bd.SDM("y ~ x1 + x2").fit(whole, FAR).impacts()
    mine = frame[(frame["axis"] == "weights") & (frame["component"] == "indirect")]
    assert mine["estimate"].tolist() == far.indirect.tolist()
    text = bd.robustness_table(departures, labels={"far": "5 nearest"}).to_markdown()
    assert "5 nearest" in text
    assert "weights" not in text
    assert "total" not in repr(departures)


def test_departures_of_a_grid_that_changes_one_at_a_time_are_the_same(result, whole):
    import dataclasses

    one = bd.run_grid(dataclasses.replace(result.checked.choices, cross=False), whole)
    columns = ["axis", "value", "term", "component", "estimate", "std_error"]
    mine = one.departures().tidy()[columns].sort_values(columns, ignore_index=True)
    other = result.departures().tidy()[columns].sort_values(columns, ignore_index=True)
    pd.testing.assert_frame_equal(mine, other, check_exact=True)


def test_no_departures_without_the_base_model(whole):
    part = bd.run_grid(grid(), whole, shard=(2, 2))
    with pytest.raises(bd.DataError, match="not run"):
        part.departures()


def test_a_fit_that_makes_no_sense_is_refused(result):
    with pytest.raises(bd.InputError, match="number"):
        result.fit(10**6)
