"""Bridges to PySAL: a fit's arrays give the same estimates in spreg, Moran's I is the same object
in esda.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np
import pytest

import bevdrivers as bd

from ...conftest import MUNNELL
from ...made_up import drawn, ring, uneven

# what two optimisers of one likelihood agree to here
OPTIMISER = 1e-5
F = "log1p(bev_density) ~ log(gdp_pc) + science_share"


def run_old(name: str, call: bd.SpregCall) -> Any:
    """The classes that spreg 1.9 keeps beside the newer ones; it prints and warns of their age."""
    import spreg

    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(spreg, name)(call.y, call.x, call.w, **call.options)


def check(fit: bd.FitResult, call: bd.SpregCall, answer: Any) -> None:
    P = len(call.terms)
    theirs, errors = np.ravel(answer.betas)[:P], np.ravel(answer.std_err)[:P]
    assert list(call.terms) == list(fit.params.index)
    assert theirs == pytest.approx(fit.params.to_numpy(), rel=OPTIMISER)
    assert errors == pytest.approx(fit.std_errors.to_numpy(), rel=OPTIMISER)


@pytest.mark.parametrize(
    ("model", "old"),
    [
        (bd.SpatialLag, "Panel_FE_Lag"),
        (bd.SpatialDurbin, "Panel_FE_Lag"),
        (bd.SpatialError, "Panel_FE_Error"),
        (bd.SpatialDurbinError, "Panel_FE_Error"),
    ],
)
@pytest.mark.parametrize("effects", ["unit", "two-way"])
def test_spreg_panels_with_the_arrays_of_a_fit(model, old, effects, munnell, states):
    demean = "before-lag" if effects == "two-way" else "after-lag"
    fit = model(MUNNELL, fixed_effects=effects, correction=None, demean=demean).fit(munnell, states)
    call = bd.to_spreg(fit)
    check(fit, call, call.run())
    check(fit, call, run_old(old, call))


@pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin])
def test_spreg_of_one_period(model, munnell, states):
    fit = model(MUNNELL, fixed_effects=None).fit(munnell.select(periods=[1986]), states)
    call = bd.to_spreg(fit)
    assert call.class_name == ("ML_Error" if model is bd.SpatialError else "ML_Lag")
    answer = call.run()
    assert float(answer.logll) == pytest.approx(fit.loglik, rel=1e-8)
    lag = call.terms[-1]
    assert float(getattr(answer, "rho" if lag == "rho" else "lam")) == pytest.approx(
        fit.params[lag], rel=1e-4
    )
    # spreg puts the intercept first, the fit where the formula has it
    theirs = dict(zip(call.terms, np.ravel(answer.betas), strict=False))
    assert [theirs[term] for term in fit.params.index] == pytest.approx(
        fit.params.to_list(), rel=1e-4
    )


def test_rows_go_by_period_then_by_unit_in_the_order_of_w():
    """Units of the panel in another order than those of W, and a W with rows of different sums."""
    W = uneven(8)
    panel = drawn(bd.SpatialLag, W, T=3).select(units=list(reversed(W.ids)))
    fit = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects="unit", correction=None).fit(panel, W)
    call = bd.to_spreg(fit)
    units = list(call.w.unique_ids)
    for t, period in enumerate(panel.periods):
        for i, unit in enumerate(units):
            cell = panel.select(units=[unit], periods=[period])
            row = t * len(units) + i
            assert call.y[row, 0] == cell["y"][0, 0]
            assert call.x[row, 0] == cell["x1"][0, 0]
    # W X in the last columns, by the graph that goes along
    first = slice(0, len(units))
    assert call.x[first, 2] == pytest.approx(call.w.sparse @ call.x[first, 0])


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (bd.NonSpatial(MUNNELL), "lag and error models"),
        (bd.SpatialCombined(MUNNELL), "lag and error models"),
        (bd.SpatialLag(MUNNELL, fixed_effects=None), "unit effects"),
        (bd.SpatialLag(MUNNELL, dynamic="time"), "dynamic"),
    ],
)
def test_models_that_spreg_has_not_are_refused(model, reason, munnell, states):
    with pytest.raises(bd.OptionError, match=f"^fit: expected a model that spreg has.*{reason}"):
        bd.to_spreg(model.fit(munnell, states))


def test_a_request_goes_to_no_program():
    with pytest.raises(bd.InputError, match=r"^fit: .*model\.fit\(panel, weights\)"):
        bd.to_spreg(bd.SpatialLag(F))


def test_crosscheck_of_one_period_asks_spreg(munnell, states):
    fit = bd.SpatialDurbin(MUNNELL, fixed_effects=None).fit(munnell.select(periods=[1986]), states)
    comparison = bd.crosscheck(fit, "spreg")
    assert comparison.agrees
    assert set(comparison.frame["term"]) == set(fit.params.index)


class TestEsda:
    @pytest.mark.parametrize("alternative", ["two-sided", "greater"])
    def test_the_same_statistic_and_moments(self, alternative, bev, queen):
        moran = bd.Moran(F.partition("~")[0].strip(), permutations=0, alternative=alternative).fit(
            bev, queen
        )
        for row in moran.frame.to_dict("records"):
            theirs = bd.to_esda(moran, row["period"])
            assert row["I"] == pytest.approx(theirs.I, rel=1e-10)
            assert row["expected"] == pytest.approx(theirs.EI, rel=1e-12)
            assert row["variance_normal"] == pytest.approx(theirs.VI_norm, rel=1e-10)
            assert row["variance_randomisation"] == pytest.approx(theirs.VI_rand, rel=1e-10)
            assert row["p_randomisation"] == pytest.approx(theirs.p_rand, rel=1e-8)

    def test_weights_are_not_normalised_again(self):
        W = uneven(20, normalise="spectral")
        moran = bd.Moran("y", permutations=0).fit(drawn(bd.SpatialLag, W, T=2), W)
        period = moran.frame["period"].iloc[0]
        assert pytest.approx(moran.frame["I"].iloc[0], rel=1e-10) == bd.to_esda(moran, period).I

    def test_permutations_have_their_number_and_a_seed_and_leave_the_generator(self, bev, queen):
        moran = bd.Moran("urban_share", permutations=49, seed=5).fit(bev, queen)
        before = np.random.get_state()[1].copy()  # noqa: NPY002
        first, again = (bd.to_esda(moran, 2015) for _ in range(2))
        assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002
        assert len(first.sim) == 49
        assert np.array_equal(first.sim, again.sim)
        assert len(bd.to_esda(moran, 2015, permutations=9).sim) == 9

    def test_an_unknown_period_is_refused(self, bev, queen):
        moran = bd.Moran("urban_share", permutations=0, pooled=True).fit(bev, queen)
        for period in ("pooled", 1999):
            with pytest.raises(bd.InputError, match="^period: expected one of"):
                bd.to_esda(moran, period)
        with pytest.raises(bd.InputError, match="^moran: expected what Moran"):
            bd.to_esda(bd.Moran("urban_share"), 2015)

    def test_crosscheck_asks_esda_of_every_period(self, bev, queen):
        moran = bd.Moran("urban_share", permutations=0, pooled=True).fit(bev, queen)
        comparison = bd.crosscheck(moran)
        assert list(comparison.calls) == ["esda"]
        assert list(comparison.frame["term"]) == [f"I {period}" for period in bev.periods]
        assert comparison.agrees
        assert comparison.frame[["difference", "std_error_difference"]].max().max() < 1e-10
        assert "Under their conventions Moran's I agrees with" in comparison.summary()

    def test_crosscheck_of_stages(self, bev, queen):
        stages = {"early": (2011, 2015), "late": (2016, 2020)}
        comparison = bd.crosscheck(
            bd.Moran("urban_share", permutations=0, stages=stages).fit(bev, queen)
        )
        assert list(comparison.frame["term"]) == ["I early", "I late"]
        assert comparison.agrees

    def test_a_difference_is_noticed(self, bev, queen):
        """Deviations of other periods, as a user who mixes up rows might give them."""
        from dataclasses import replace

        moran = bd.Moran("urban_share", permutations=0).fit(bev, queen)
        assert not bd.crosscheck(replace(moran, z=moran.z[::-1])).agrees

    def test_programs_of_fits_have_no_say(self, bev, queen):
        moran = bd.Moran("urban_share", permutations=0).fit(bev, queen)
        comparison = bd.crosscheck(moran, ["esda", "spreg"])
        assert comparison.left_out == {"spreg": "it is not asked about Moran's I"}
        other = bd.crosscheck(bd.NonSpatial(F).fit(bev), ["statsmodels", "esda"])
        assert other.left_out == {"esda": "it is not asked about a fit"}


def test_an_island_is_one_in_esda_too():
    W = ring(6)
    links = W.dense.copy()
    links[0], links[:, 0] = 0.0, 0.0
    alone = bd.SpatialWeights.from_matrix(links, W.ids, islands="keep")
    moran = bd.Moran("y", permutations=0).fit(drawn(bd.SpatialLag, W, T=2), alone)
    period = moran.frame["period"].iloc[0]
    assert pytest.approx(moran.frame["I"].iloc[0], rel=1e-10) == bd.to_esda(moran, period).I
