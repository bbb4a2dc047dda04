"""Joint tests of a specification curve: draws by another way, statistics by hand, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.numerics.streams import generator, stream
from bevdrivers.robustness.curve_test import CurveTest, statistics_of
from bevdrivers.robustness.null_draws import Signs
from tests.robustness.grids import FAR, NEAR, grid, panel

# refits of one outcome by two ways of maximising the likelihood
SAME_MAXIMUM = 1e-6
DRAWS = 19


@pytest.fixture(scope="module")
def result() -> bd.GridResult:
    """Durbin and lag model, two W, with and without z: 8 specifications."""
    return bd.run_grid(grid(models=[bd.SAR], controls=["z"]), panel(), progress=False)


@pytest.fixture(scope="module")
def tested(result: bd.GridResult) -> bd.CurveTest:
    return bd.curve_test(result, "x1", draws=DRAWS, seed=3)


def made_test(estimates: list[float], drawn: np.ndarray) -> CurveTest:
    """A test of specifications whose standard errors are 1."""
    observed = pd.DataFrame({"estimate": estimates, "std_error": 1.0, "df_resid": np.nan})
    described = pd.DataFrame([{"model": "m", "outcome": "y"}])
    ones = np.ones_like(drawn)
    return CurveTest("x", "total", 0.95, "unit", 1, observed, drawn, ones, {}, described)


def test_the_curve_of_the_data_is_that_of_the_grid_to_the_last_bit(result, tested):
    rows = result.rows
    own = rows[(rows["term"] == "x1") & (rows["component"] == "total")]
    assert len(tested.observed) == len(own) == 8
    assert np.array_equal(tested.observed["estimate"], own["estimate"])
    assert np.array_equal(tested.observed["std_error"], own["std_error"])


@pytest.mark.parametrize("by", ["unit", "cell"])
def test_draws_are_refits_of_outcomes_made_from_the_restricted_fit(result, by):
    """The process without x1 by the public fit, its errors through a dense inverse, and public refits."""
    data = panel()
    test = bd.curve_test(result, "x1", draws=DRAWS, by=by, seed=3)
    uniform = generator(3, "curve test").random((DRAWS, 1 if by == "unit" else 8, 12))
    signs = np.where(uniform < 0.5, -1.0, 1.0)
    # the Durbin model with one W and the lag model with the other
    for place in (0, 7):
        number = test.observed.index[place]
        full = result.fit(number)
        terms = [name for name in ("x2", "z") if name in full.terms]
        request = full.estimator.replace(formula=f"y ~ {' + '.join(terms)}")
        W = NEAR if full.sample.W.sha256 == NEAR.sha256 else FAR
        null = request.fit(data, W)
        e = null.resids.to_numpy()
        e = e * np.sqrt(null.sigma2 / np.mean(e**2))
        back = np.linalg.inv(np.eye(12) - null.params["rho"] * W.dense)
        for draw in (0, 7):
            y = (null.systematic + null.fixed_part + e * signs[draw]) @ back.T
            impacts = full.estimator.fit(data.with_columns(y=y), W).impacts().tidy()
            row = impacts[(impacts["term"] == "x1") & (impacts["component"] == "total")].iloc[0]
            assert test.estimates[draw, place] == pytest.approx(row["estimate"], abs=SAME_MAXIMUM)
            assert test.errors[draw, place] == pytest.approx(row["std_error"], abs=SAME_MAXIMUM)


def test_parts_of_a_panel_share_the_signs_of_their_units_and_periods():
    whole = panel()
    part = whole.drop_units(whole.units[0], whole.units[5])
    signs = Signs(whole, "cell", DRAWS, stream(1, "curve test"))
    [of_whole], [of_part] = signs.pieces(whole, 8), signs.pieces(part, 6)
    kept = [k for k in range(12) if k not in (0, 5)]
    assert np.array_equal(of_part, of_whole[:, 2:, kept])


@pytest.mark.slow
def test_processes_and_seeds(result, tested):
    again = bd.curve_test(result, "x1", draws=DRAWS, seed=3, n_jobs=2)
    assert np.array_equal(again.estimates, tested.estimates)
    assert np.array_equal(again.errors, tested.errors)
    other = bd.curve_test(result, "x1", draws=DRAWS, seed=4)
    assert not np.array_equal(other.estimates, tested.estimates)
    assert stream(None, "curve test").entropy != stream(None, "curve test").entropy


def test_statistics_by_hand():
    estimates = np.array([[3.0, 1.0, -2.5, 4.0], [-1.0, -3.0, -2.0, 0.5]])
    found = statistics_of(estimates, np.ones_like(estimates), np.full(4, 1.96))
    assert found["Median effect"].tolist() == [2.0, -1.5]
    assert found["Share of one sign"].tolist() == [0.75, 0.75]
    assert found["Share significant"].tolist() == [0.5, 0.5]
    assert found["Average z"].tolist() == [1.375, -1.375]


def test_a_lost_estimate_does_not_count_and_an_even_curve_takes_the_larger_share():
    estimates = np.array([[3.0, -1.0, np.nan]])
    found = statistics_of(estimates, np.ones((1, 3)), np.full(3, 1.96)).iloc[0]
    assert found["Share of one sign"] == 0.5
    assert found["Share significant"] == 0.5
    assert found["Average z"] == 1.0


def test_p_values_count_draws_as_far_from_zero_on_either_side():
    drawn = np.array([[0.5, 0.5], [-3.0, -2.0], [2.0, 2.0], [1.0, -1.0]])
    test = made_test([2.0, 2.0], drawn)
    # medians 0.5, -2.5, 2 and 0: two of four are as far as 2
    assert test.tests["Median effect"].p_value == 3 / 5
    # both estimates have one sign in three draws
    assert test.tests["Share of one sign"].p_value == 4 / 5
    assert test.tests["Share significant"].statistic == 1.0
    assert test.tests["Share significant"].p_value == 3 / 5


def test_t_where_the_specification_has_degrees_of_freedom():
    test = made_test([2.1, 2.1], np.zeros((4, 2)) + 0.1)
    with_t = CurveTest(**{**vars(test), "observed": test.observed.assign(df_resid=[np.nan, 5.0])})
    # 2.1 is beyond 1.96 and within 2.57
    assert test.tests["Share significant"].statistic == 1.0
    assert with_t.tests["Share significant"].statistic == 0.5


def test_the_band_holds_ranks_of_draws():
    drawn = np.array([[2.0, 1.0], [3.0, 5.0], [0.0, -1.0]])
    band = made_test([1.0, 0.5], drawn).band()
    assert band["index"].tolist() == [1, 0]
    assert band["null_median"].tolist() == [1.0, 2.0]
    assert band["estimate"].is_monotonic_increasing


def test_an_effect_is_found_and_none_where_there_is_none(result):
    """x1 has the coefficient 1 in the data of these tests; z has none."""
    found = bd.curve_test(result, "x1", draws=99, seed=1)
    assert found.tests["Average z"].p_value <= 0.02
    beside = grid(bd.SDM("y ~ z + x1 + x2"), models=[bd.SAR], controls=["x2"], focus=["z"])
    fits = bd.run_grid(beside, panel(), progress=False)
    none = bd.curve_test(fits, draws=99, seed=1)
    assert none.term == "z"
    assert none.tests["Average z"].p_value > 0.05


def test_what_cannot_be_drawn_is_left_out_with_its_reason():
    varied = grid(
        bd.SDM("y ~ x1 + x2"),
        models=[bd.NonSpatial],
        options={"effects": {"random": {"random_effects": "kkp"}}},
    )
    fits = bd.run_grid(varied, panel(), progress=False)
    test = bd.curve_test(fits, "x1", "indirect", draws=DRAWS, seed=1)
    reasons = set(test.left_out.values())
    assert any("nothing to test" in reason for reason in reasons)
    assert any("random effects" in reason for reason in reasons)
    assert len(test.observed) + len(test.left_out) == len(fits.curve("x1", "indirect"))
    assert "Left out" in test.summary()


def test_no_specification_is_left():
    only = grid(bd.SDM("y ~ x1 + x2", random_effects="kkp"))
    fits = bd.run_grid(only, panel(), progress=False)
    with pytest.raises(bd.EstimationError, match="random effects"):
        bd.curve_test(fits, "x1", draws=DRAWS)


def test_frames(tested):
    tidy = tested.tidy()
    assert tidy["term"].tolist() == [test.name for test in tested.tests]
    row = tested.glance().iloc[0]
    assert row["specifications"] == 8
    assert row["draws"] == DRAWS
    assert row["failed"] == 0
    assert "Average z" in tested.summary()
    assert len(bd.tests_table(tested.tests).to_markdown().splitlines()) > 5


def test_requests_are_refused(result):
    with pytest.raises(bd.InputError, match="run_grid"):
        bd.curve_test(panel())
    with pytest.raises(bd.OptionError, match="component"):
        bd.curve_test(result, "x1", "spatial")
    with pytest.raises(bd.OptionError, match="term"):
        bd.curve_test(result, "nosuch")
    with pytest.raises(bd.OptionError, match="by"):
        bd.curve_test(result, "x1", by="time")
    with pytest.raises(bd.OptionError, match="replications"):
        bd.curve_test(result, "x1", draws=5)
