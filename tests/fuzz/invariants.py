"""What holds of every answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import bevdrivers as bd
from bevdrivers.results import TIDY_COLUMNS

# Of the largest eigenvalue of the correlations of estimates: what rounding may leave below zero.
ROUNDING = 1e-8
# An inverse of nearly collinear regressors is symmetric to so much.
SYMMETRIC = 1e-5


def check_fit(fit: bd.FitResult[Any]) -> None:
    """Estimates are finite, labels differ, the covariance is one, and the frames say the same."""
    assert fit.params.index.is_unique
    assert np.isfinite(fit.params).all()
    assert np.isfinite(fit.sigma2)
    assert fit.sigma2 >= 0
    check_covariance(fit.cov)
    p = fit.pvalues.to_numpy()
    assert ((p >= 0) & (p <= 1) | (fit.std_errors == 0)).all()
    interval = fit.conf_int()
    assert (interval["lower"] <= fit.params).all()
    assert (fit.params <= interval["upper"]).all()
    assert np.isfinite(fit.resids.to_numpy()).all()
    assert np.isfinite(fit.fitted_values.to_numpy()).all()
    check_tidy(fit.tidy())
    assert len(fit.glance()) == 1
    check_text(fit.summary())
    for name, value in fit.rsquared.items():
        assert np.isnan(value) or value <= 1 + ROUNDING, name
    if fit.estimator.method != "gmm":
        assert np.isfinite(fit.loglik)


def check_covariance(cov: pd.DataFrame) -> None:
    """Symmetric, finite and positive semi-definite."""
    values = cov.to_numpy()
    assert list(cov.index) == list(cov.columns)
    assert np.isfinite(values).all()
    size = np.sqrt(np.diag(values))
    scale = np.where(size > 0, size, 1.0)
    correlations = values / scale[:, None] / scale[None]
    np.testing.assert_allclose(correlations, correlations.T, atol=SYMMETRIC)
    assert np.linalg.eigvalsh(correlations).min() >= -1e-6


def check_tidy(frame: pd.DataFrame, *, open_errors: bool = False) -> None:
    """The columns of every tidy frame, p-values in [0, 1], intervals around estimates."""
    assert list(frame.columns) == list(TIDY_COLUMNS)
    assert not frame.duplicated(["term", "component"]).any()
    p = frame["p_value"].dropna()
    assert ((p >= 0) & (p <= 1)).all()
    assert (frame["std_error"].dropna() >= 0).all()
    held = frame.dropna(subset=["estimate", "conf_low", "conf_high"])
    assert (held["conf_low"] <= held["conf_high"]).all()


def check_impacts(found: bd.Impacts) -> None:
    """Direct and indirect impacts sum to total ones; errors are finite."""
    total = found.total.to_numpy()
    size = np.abs(found.direct) + np.abs(found.indirect)
    parts = (found.direct + found.indirect).to_numpy()
    assert (np.abs(parts - total) <= ROUNDING * size).all()
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.errors).all()
    check_tidy(found.tidy())
    assert len(found.glance()) == 1


def check_test(test: bd.TestResult) -> None:
    """A statistic with its p-value, or a reason why there is none."""
    assert test.name
    assert test.null
    if test.applies:
        assert 0 <= test.p_value <= 1
    else:
        assert np.isnan(test.statistic)
        assert test.reason, f"{test.name} is NaN without a reason"
    check_text(str(test))


def check_tests(tests: bd.TestGroup) -> None:
    names = [test.name for test in tests]
    assert len(set(names)) == len(names), names
    for test in tests:
        check_test(test)
    assert len(tests.frame) == len(names)
    assert len(tests.glance()) == 1


def check_text(text: str) -> None:
    """A printed text has no NaN and no infinity."""
    words = str(text).replace("(", " ").replace(")", " ").replace("|", " ").replace(",", " ")
    bad = [w for w in words.split() if w.lower() in ("nan", "inf", "-inf", "nat")]
    assert not bad, text


def check_frame(frame: pd.DataFrame) -> None:
    """Numbers, all of them finite."""
    assert len(frame)
    assert np.isfinite(frame.to_numpy(float)).all()


def check_result(found: Any) -> None:
    """What every result has: one row about the whole, and a printed form; its tests are tests."""
    if isinstance(found, float):
        assert np.isfinite(found)
        return
    if isinstance(found, bd.TestResult):
        check_test(found)
        return
    if isinstance(found, bd.TestGroup):
        check_tests(found)
        return
    assert len(found.glance()) == 1
    p = found.tidy().get("p_value", pd.Series(dtype=float)).dropna()
    assert ((p >= 0) & (p <= 1)).all()
    assert repr(found)
    tests = getattr(found, "tests", None)
    if isinstance(tests, bd.TestGroup):
        check_tests(tests)


def check_weights(W: bd.SpatialWeights, units: tuple[str, ...]) -> None:
    """Finite links without a diagonal, of the units of the map, rows of one where that is said."""
    assert set(W.ids) <= set(units)
    assert len(set(W.ids)) == len(W.ids)
    dense = W.dense
    assert dense.shape == (len(W.ids), len(W.ids))
    assert np.isfinite(dense).all()
    assert not dense.diagonal().any()
    if W.normalise == "row":
        sums = dense.sum(axis=1)
        np.testing.assert_allclose(sums[dense.any(axis=1)], 1.0, atol=1e-10)
    low, high = W.spectrum.bounds
    assert low < 0 < high
    # without any link nothing bounds rho
    if W.links.nnz:
        check_text(W.summary())
    assert len(W.glance()) == 1
