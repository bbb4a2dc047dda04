"""Tests of fixed effects: plm, spatialreg."""

from __future__ import annotations

import pytest

import bevdrivers as bd

from ...conftest import MUNNELL, reference

R = reference("munnell/tests")
LSDV = reference("munnell/lsdv")


@pytest.mark.parametrize(
    ("name", "kind"), [("Unit effects", "individual"), ("Time effects", "time")]
)
def test_f_tests_equal_plm(name, kind, munnell, states):
    test = bd.effects_tests(bd.SpatialDurbin(MUNNELL), munnell, states)[f"F: {name}"]
    truth = R[f"pFtest_{kind}"]
    assert test.statistic == pytest.approx(truth["statistic"]["F"], rel=1e-9)
    assert test.df == (truth["parameter"]["df1"], truth["parameter"]["df2"])


def test_lr_of_effects_uses_likelihoods_without_correction(munnell, states):
    tests = bd.effects_tests(bd.SpatialDurbin(MUNNELL), munnell, states)
    top, below = (
        LSDV["sar_durbin_lsdv_twoways"]["logLik"],
        LSDV["sar_durbin_lsdv_individual"]["logLik"],
    )
    test = tests["LR: Time effects given unit effects"]
    assert test.statistic == pytest.approx(2 * (top - below), abs=1e-6)
    assert test.df == (16,)
    assert "rough" in tests["LR: Unit effects"].reason
