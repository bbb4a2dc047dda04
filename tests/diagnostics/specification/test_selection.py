"""The selection path, and the Wald tests of the Durbin model in it: spatialreg, splm, plm, known
truth.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import bevdrivers as bd
from bevdrivers.models.hypotheses import durbin_wald_tests

from ...conftest import MUNNELL, reference
from ...made_up import scattered

R = reference("munnell/tests")
LSDV = reference("munnell/lsdv")
KINDS = {"individual": "unit", "time": "time", "twoways": "two-way"}
NAMES = {"lml": "LM lag", "rlml": "Robust LM lag", "lme": "LM error", "rlme": "Robust LM error"}


@pytest.mark.parametrize("kind", KINDS)
def test_wald_tests_of_the_durbin_model_equal_spatialreg(kind, munnell, states):
    fit = bd.SpatialDurbin(MUNNELL, fixed_effects=KINDS[kind], correction=None).fit(munnell, states)
    truth = LSDV[f"sar_durbin_lsdv_{kind}"]
    lag, error = durbin_wald_tests(fit)
    assert lag.statistic == pytest.approx(_statistic(truth["wald_sdm_to_sar"]), rel=1e-6)
    assert error.statistic == pytest.approx(_statistic(truth["wald_sdm_to_sem"]), rel=1e-6)


def _statistic(held) -> float:
    return float(held if not isinstance(held, dict) else held.get("W", held.get("statistic")))


def test_error_model_is_nested_only_with_all_lags_and_one_w(munnell, states):
    partial = bd.SpatialDurbin(MUNNELL, durbin=["lpc"]).fit(munnell, states)
    assert "every regressor" in durbin_wald_tests(partial)[1].reason
    other = bd.SpatialWeights.from_matrix(
        states.links @ states.links * (1 - np.eye(48)), states.ids
    )
    apart = bd.SpatialDurbin(MUNNELL).fit(munnell, states, x_weights=other)
    assert "same W" in durbin_wald_tests(apart)[1].reason
    assert not durbin_wald_tests(apart)[1].applies


class TestPath:
    def test_whole_path_on_the_munnell_panel(self, munnell, states):
        path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=99)
        assert path.chosen == bd.SpatialDurbin(MUNNELL, fixed_effects="two-way")
        assert len(path.steps) == 4
        assert path.steps[2].beside["LM lag"].statistic == pytest.approx(69.166289, abs=1e-6)
        assert path.steps[2].tests["LM lag"].statistic != path.steps[2].beside["LM lag"].statistic
        text = path.summary()
        for needed in ("Rule:", "Decision:", "Otherwise:", "Hausman", "theta = -rho beta"):
            assert needed in text
        deciding = path.tidy()
        deciding = deciding[deciding["component"].str.startswith("step")]
        assert list(deciding["term"]) == [test.name for step in path.steps for test in step.tests]
        assert path.glance().iloc[0]["model"] == "SpatialDurbin"
        assert max(map(len, text.splitlines())) <= 110
        assert text.endswith(f"Chosen: SpatialDurbin({MUNNELL!r}, fixed_effects='two-way')")

    def test_r2_by_effects_is_that_of_the_demeaned_regression(self, munnell, states):
        """The figure that studies print: least squares of demeaned data by hand."""
        path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=19)
        cube = np.stack(
            [munnell[name] for name in ("lgsp", "lpcap", "lpc", "lemp", "unemp")], axis=2
        )
        unit, time = cube.mean(axis=0, keepdims=True), cube.mean(axis=1, keepdims=True)
        grand = cube.mean(axis=(0, 1))
        removed = {"none": grand, "unit": unit, "time": time, "two-way": unit + time - grand}
        assert list(path.r2.index) == list(removed)
        for kind, means in removed.items():
            flat = (cube - means).reshape(-1, 5)
            y, X = flat[:, 0], flat[:, 1:]
            left = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
            assert path.r2[kind] == pytest.approx(1 - left @ left / (y @ y), rel=1e-8)
        assert path.glance()["r2_two_way"].item() == path.r2["two-way"]
        rows = path.tidy().query("term == 'R2'").set_index("component")["estimate"]
        assert rows.to_dict() == path.r2.to_dict()

    @pytest.mark.parametrize(
        ("kind", "code"), [("unit", "individual"), ("time", "time"), ("two-way", "twoways")]
    )
    def test_lm_tests_under_every_kind_of_effects_equal_splm(self, kind, code, munnell, states):
        path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=19)
        for short, name in NAMES.items():
            truth = R[f"slmtest_{short}_within_{code}"]["statistic"]["LM"]
            assert path.lm_by_effects["published"][kind][name].statistic == pytest.approx(
                truth, rel=1e-8
            )
        assert path.lm_by_effects["corrected"]["two-way"] == path.steps[2].tests
        assert path.lm_by_effects["published"]["two-way"] == path.steps[2].beside

    def test_headline_is_the_layout_in_use(self, munnell, states):
        path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=19)
        names = [test.name for test in path.headline]
        assert names[:5] == ["LM error", "Robust LM error", "LM lag", "Robust LM lag", "Hausman"]
        assert names[5:] == [
            f"{kind} SDM against {other}" for kind in ("LR", "Wald") for other in ("SAR", "SEM")
        ]
        truth = R["phtest_ols_fe_re_individual"]["statistic"]["chisq"]
        assert path.headline["Hausman"].statistic == pytest.approx(truth, rel=1e-8)
        both = bd.tests_table({"contiguity": path.headline, "again": path.headline})
        assert "Robust LM error" in str(both)

    def test_hausman_with_spatial_lags_stands_beside(self, munnell, states):
        path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=19)
        result = bd.hausman_test(bd.SpatialDurbin(MUNNELL), munnell, states)
        assert path.steps[1].beside["Hausman (spatial)"] == result
        assert "Hausman (spatial)" not in [test.name for test in path.tests]

    def test_morans_p_values_name_their_source(self, munnell, states):
        drawn, by_moments = (
            bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=n)
            .steps[0]
            .tests.tests[0]
            for n in (19, 0)
        )
        assert drawn.distribution == "permutations (19)"
        assert by_moments.distribution == "N(0,1)"
        assert by_moments.p_value == pytest.approx(2 * norm.sf(abs(by_moments.statistic)), rel=1e-9)

    def test_morans_value_z_and_p_stand_under_their_names(self, munnell, states):
        """The numbers of Moran's I itself, with the same seed."""
        path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=99, seed=3)
        own = bd.Moran("lgsp", permutations=99, seed=3).fit(munnell, states).frame
        tests = path.steps[0].tests
        assert [test.estimate for test in tests] == list(own["I"])
        assert [test.statistic for test in tests] == list(own["z_randomisation"])
        assert [test.p_value for test in tests] == list(own["p_permutation"])
        first = own.iloc[0]
        assert str(tests.tests[0]).startswith(
            f"Moran's I {own['period'][0]} = {first['I']:.4g}, z = {first['z_randomisation']:.4g}, "
            f"p = {first['p_permutation']:.4g}, permutations (99)"
        )
        assert "seed 3" in tests.title
        np.testing.assert_array_equal(tests.tidy()["estimate"], own["I"])

    def test_partial_durbin_model_without_dependence_reduces_to_least_squares(self):
        """The error model is not nested there, which is no sign of dependence."""
        W = scattered(40, seed=3)
        model = bd.SpatialDurbin("y ~ x1 + x2", durbin=["x1"])
        panel = bd.simulate_panel(
            bd.NonSpatial("y ~ x1 + x2"), W, params={"x1": 1.0, "x2": -0.5}, periods=15, seed=1
        )
        path = bd.select_model(model, panel, W, permutations=19)
        assert not path.steps[3].tests["Wald SDM against SEM"].applies
        assert isinstance(path.chosen, bd.NonSpatial)

    def test_slx_is_tested_at_rho_zero_of_the_same_contrasts(self, munnell, states):
        path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=19)
        fit = path.fits["SpatialDurbin"]
        T, N = fit.sample.shape
        slx = bd.SpatialLagX(MUNNELL).fit(munnell, states)
        ssr, n = float((slx.resids**2).sum().sum()), (N - 1) * (T - 1)
        at_zero = (
            -n / 2 * (np.log(2 * np.pi * ssr / n) + 1)
        )  # the Gaussian likelihood of the contrasts
        assert path.steps[3].tests["LR SDM against SLX"].statistic == pytest.approx(
            2 * (fit.loglik - at_zero), rel=1e-9
        )
        assert path.steps[3].tests["Wald SDM against SLX"].statistic == pytest.approx(
            fit.tstats["rho"] ** 2, rel=1e-9
        )

    def test_where_popular_rules_mislead_is_said(self):
        """No dependence, every unit linked: direct likelihood and the published forms find some,
        the others none.
        """
        W = bd.InverseDistance(1).fit(bd.load_panel())
        truth = {"x1": 1.0, "x2": 1.0, "W_x1": 0.5, "W_x2": 0.0, "rho": 0.0}
        model = bd.SpatialDurbin("y ~ x1 + x2")
        panel = bd.simulate_panel(
            model, W, params=truth, periods=10, unit_effects=1, time_effects=1, seed=7
        )
        path = bd.select_model(model, panel, W, permutations=19)
        direct, corrected = (model.replace(correction=c).fit(panel, W) for c in (None, "lee-yu"))
        assert direct.tstats["rho"] < -1.96
        assert abs(corrected.tstats["rho"]) < 1.96
        published, by_direct = path.cautions[-2:]
        assert f"{direct.rho:.3f}" in by_direct
        assert "significantly negative" in by_direct
        apart = [
            t.name
            for t, o in zip(path.steps[2].tests, path.steps[2].beside, strict=True)
            if t.rejected != o.rejected
        ]
        assert apart
        assert all(name in published for name in apart)
        assert "Where popular rules mislead here" in path.summary()

    def test_no_caution_about_r2_where_it_chooses_the_same(self, munnell, states):
        path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=19)
        best = path.r2.idxmax()
        assert any(text.startswith("The largest R2") for text in path.cautions) == (
            best != "two-way"
        )

    def test_it_finds_the_model_that_made_the_data(self):
        W = scattered(40, seed=3)
        truth = {"x1": 1.0, "x2": -0.5}
        lag = bd.simulate_panel(
            bd.SpatialLag("y ~ x1 + x2"), W, params={**truth, "rho": 0.5}, periods=15, seed=1
        )
        error = bd.simulate_panel(
            bd.SpatialError("y ~ x1 + x2"), W, params={**truth, "lam": 0.5}, periods=15, seed=1
        )
        none = bd.simulate_panel(bd.NonSpatial("y ~ x1 + x2"), W, params=truth, periods=15, seed=1)
        durbin = {**truth, "W_x1": 0.8, "W_x2": 0.5, "rho": 0.4}
        full = bd.simulate_panel(
            bd.SpatialDurbin("y ~ x1 + x2"), W, params=durbin, periods=15, seed=1
        )
        lagged = bd.simulate_panel(
            bd.SpatialLagX("y ~ x1 + x2"),
            W,
            params={**truth, "W_x1": 0.8, "W_x2": 0.5},
            periods=15,
            seed=1,
        )
        chosen = [
            type(bd.select_model(bd.SpatialDurbin("y ~ x1 + x2"), panel, W, permutations=19).chosen)
            for panel in (lag, error, none, full, lagged)
        ]
        assert chosen == [
            bd.SpatialLag,
            bd.SpatialError,
            bd.NonSpatial,
            bd.SpatialDurbin,
            bd.SpatialLagX,
        ]
