"""Warnings point at the user's own line, whichever model and option they come from."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

import bevdrivers as bd
from bevdrivers.errors import BevdriversWarning
from tests.made_up import ALL, ML, drawn, ring, scattered

PACKAGE = Path(bd.__file__).parent

# Eight periods and twelve units: sums over either are too few, and say so.
FEW_SUMS = [
    {"cov_type": "driscoll-kraay"},
    {"cov_type": "driscoll-kraay", "fixed_effects": "unit"},
    {"cov_type": "driscoll-kraay", "fixed_effects": None},
    {"cov_type": "clustered", "cluster": "time"},
    {"cov_type": "clustered", "cluster": "unit"},
    {"cov_type": "clustered", "cluster": "unit", "random_effects": "kkp"},
]


def _said(record: list[warnings.WarningMessage]) -> list[warnings.WarningMessage]:
    return [one for one in record if issubclass(one.category, BevdriversWarning)]


@pytest.mark.parametrize(
    "options", FEW_SUMS, ids=lambda options: "-".join(map(str, options.values()))
)
@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_a_warning_names_the_users_file(model, options):
    W = scattered()
    panel = drawn(bd.NonSpatial, W)
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        fit = model("y ~ x1 + x2", **options).fit(panel, W)
        _ = fit.std_errors
        fit.summary()
    said = _said(record)
    assert said
    assert {one.filename for one in said} == {__file__}


@pytest.mark.parametrize("model", ML, ids=lambda model: model.__name__)
def test_a_warning_of_moments_names_the_users_file(model):
    W = scattered()
    panel = drawn(model, W)
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        fit = model("y ~ x1 + x2", method="gmm", cov_type="clustered", cluster="unit").fit(panel, W)
        _ = fit.std_errors
    said = _said(record)
    assert said
    assert {one.filename for one in said} == {__file__}


@pytest.mark.parametrize("model", ML, ids=lambda model: model.__name__)
def test_a_new_covariance_warns_at_the_users_line(model):
    W = scattered()
    fit = model("y ~ x1 + x2").fit(drawn(model, W), W)
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        _ = fit.with_cov("driscoll-kraay").std_errors
    said = _said(record)
    assert said
    assert {one.filename for one in said} == {__file__}


def test_the_line_is_the_one_that_asked():
    W = ring(12)
    panel = drawn(bd.NonSpatial, W)
    request = bd.NonSpatial("y ~ x1 + x2", cov_type="driscoll-kraay")
    with pytest.warns(bd.SampleWarning, match="8 clusters") as record:
        _ = request.fit(panel).std_errors
    line = Path(__file__).read_text(encoding="utf-8").splitlines()[record[0].lineno - 1]
    assert "request.fit(panel).std_errors" in line


def test_one_function_warns_for_the_whole_package():
    elsewhere = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"warnings\.warn\(|stacklevel", path.read_text(encoding="utf-8"))
    ]
    assert elsewhere == ["errors.py"]
