"""LM tests: statistics in published formulas and dense matrices, and what the tests say of
themselves.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ...made_up import drawn, scattered, uneven
from .dense import Dense

MODEL = bd.NonSpatial("y ~ x1 + x2")


@pytest.mark.parametrize(
    ("against", "degrees"),
    [
        ("sarar", [1, 1, 1, 1]),
        ("sdm", [1, 1, 2, 2, 3]),
        ("sdem", [1, 2, 3]),
    ],
)
def test_degrees_of_freedom_count_the_restrictions(against, degrees):
    """A lag of y or of the error counts one, W X two."""
    tests = bd.lm_tests(MODEL, drawn(bd.SpatialLag, scattered()), scattered(), against=against)
    assert [test.df for test in tests] == [(df,) for df in degrees]


def test_title_names_the_alternative_and_the_form():
    panel, W = drawn(bd.SpatialLag, scattered()), scattered()
    assert "against" not in bd.lm_tests(MODEL, panel, W).title
    title = bd.lm_tests(MODEL, panel, W, against="sdem", form="published").title
    assert title.startswith("LM tests against SDEM (published form")


@pytest.mark.parametrize("effects", ["time", "two-way"])
def test_corrected_error_test_in_contrasts_where_rows_of_W_have_different_sums(effects):
    """e'We / s2 less tr W*, over its variance tr(W*W* + W*'W*) - 2 tr(W*)^2 / n, in contrasts."""
    W = uneven()
    panel = drawn(bd.SpatialLag, scattered(), effects=effects)
    d = Dense(W, panel, effects)
    b, s2 = d.restricted(0.0, 0.0)
    e = d.y - d.X @ b
    trace = np.trace(d.V @ d.V + d.V.T @ d.V) - 2 * np.trace(d.V) ** 2 / len(e)
    tests = bd.lm_tests(MODEL.replace(fixed_effects=effects), panel, W)
    expected = (e @ d.V @ e / s2 - np.trace(d.V)) ** 2 / trace
    assert tests["LM error"].statistic == pytest.approx(expected, rel=1e-9)


class TestRandomEffects:
    def test_joint_statistic_is_that_of_baltagi_song_and_koh(self):
        """N T / (2 (T - 1)) G^2 + N^2 T / b H^2 with G = e'(J (x) I)e / e'e - 1, H = e'(I (x) (W +
        W') / 2)e / e'e and b = tr (W + W')^2 / 2 (doi:10.1016/S0304-4076(03)00120-9).
        """
        W = scattered()
        panel = drawn(bd.SpatialError, W, T=5, effects=None)
        T, N = panel["y"].shape
        X = np.column_stack([np.ones(T * N), panel["x1"].ravel(), panel["x2"].ravel()])
        e = panel["y"].ravel()
        e = (e - X @ np.linalg.lstsq(X, e, rcond=None)[0]).reshape(T, N)
        both = W.dense + W.dense.T
        G = np.sum(e.sum(axis=0) ** 2) / np.sum(e**2) - 1
        H = np.sum((e @ both / 2) * e) / np.sum(e**2)
        b = np.trace(both @ both) / 2
        test = bd.random_effects_lm_tests(MODEL, panel, W)["LM joint"]
        expected = N * T / (2 * (T - 1)) * G**2 + N**2 * T / b * H**2
        assert test.statistic == pytest.approx(expected, rel=1e-10)
        assert test.df == (2,)

    def test_random_effects_of_the_request_are_left_out(self):
        W = scattered()
        panel = drawn(bd.SpatialError, W, T=5, effects=None)
        asked = MODEL.replace(fixed_effects=None, random_effects="baltagi")
        plain, tests = (bd.random_effects_lm_tests(model, panel, W) for model in (MODEL, asked))
        assert [test.statistic for test in tests] == [test.statistic for test in plain]

    def test_hypotheses_name_what_is_estimated_beside_them(self):
        W = scattered()
        panel = drawn(bd.SpatialError, W, T=5, effects=None)
        tests = bd.random_effects_lm_tests(MODEL, panel, W)
        assert tests["LM-mu"].null == "sigma2_mu = 0, lam estimated"
        assert tests["LM-lambda"].null == "lam = 0, sigma2_mu estimated"
        three = bd.random_effects_lm_tests(MODEL, panel, W, serial=True)
        assert three["LM-psi"].null == "psi = 0, sigma2_mu and lam estimated"
