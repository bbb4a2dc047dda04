"""The hooks by which maketables, and with it pyfixest's etable, takes fits and impacts."""

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd


@pytest.fixture(scope="module")
def durbin(munnell, states):
    return bd.SpatialDurbin("lgsp ~ lpcap + lpc").fit(munnell, states)


def test_coefficients_are_those_of_the_fit(durbin):
    table = durbin.__maketables_coef_table__
    assert list(table.columns) == ["b", "se", "t", "p", "ci95l", "ci95u"]
    pd.testing.assert_series_equal(table["b"], durbin.params, check_names=False)
    pd.testing.assert_series_equal(table["se"], durbin.std_errors, check_names=False)
    np.testing.assert_array_equal(table[["ci95l", "ci95u"]], durbin.conf_int())


def test_terms_of_impacts_name_their_component(durbin):
    impacts = durbin.impacts()
    table = impacts.__maketables_coef_table__
    assert table.index.is_unique
    assert table.loc["lpc (indirect)", "b"] == impacts.indirect["lpc"]


def test_statistics_go_by_both_names(durbin):
    assert durbin.__maketables_stat__("N") == durbin.nobs
    assert durbin.__maketables_stat__("ll") == durbin.__maketables_stat__("loglik") == durbin.loglik
    assert durbin.__maketables_stat__("adj_r2") is None
    assert durbin.impacts().__maketables_default_stat_keys__ == ["weights", "N"]


def test_effects_outcome_and_covariance(durbin, munnell):
    assert durbin.__maketables_depvar__ == "lgsp"
    assert durbin.__maketables_fixef_string__ == "unit+time"
    assert durbin.with_cov("clustered", cluster="unit").__maketables_vcov_info__ == {
        "vcov_type": "clustered",
        "clustervar": "unit",
    }
    assert (
        bd.NonSpatial("lgsp ~ lpc", fixed_effects=None).fit(munnell).__maketables_fixef_string__
        is None
    )


def test_no_attribute_looks_like_a_result_of_statsmodels(durbin):
    assert not hasattr(durbin, "bse")


def test_maketables_takes_fits_and_impacts(durbin, munnell):
    maketables = pytest.importorskip("maketables")
    least_squares = durbin.estimator.to(bd.NonSpatial).fit(munnell)
    frame = maketables.ETable([least_squares, durbin]).df
    shown = frame.loc[("coef", "rho")].iloc[1]
    assert shown.startswith(f"{durbin.rho:.3f}***")
    assert f"({durbin.std_errors['rho']:.3f})" in shown
    assert list(frame.loc[("fe", "unit")]) == ["x", "x"]
    assert "lpc (total)" in maketables.ETable([durbin.impacts()]).df.index.get_level_values(1)
