"""A grid is counted, settled and checked before anything runs."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

import bevdrivers as bd

from .grids import FAR, NEAR, grid, panel, varied


@pytest.fixture(scope="module")
def whole() -> bd.Panel:
    return panel()


def test_the_base_model_is_the_first():
    base = bd.SDM("y ~ x1 + x2", cov_type="robust")
    one = grid(base, models=[bd.SAR], controls=["x2"])
    first = one.check(panel()).to_fit[0]
    assert (first.number, first.request) == (0, base)


def test_the_count_is_the_product():
    assert len(varied()) == 2 * 3 * 2 * 4 * 2 * 2 * 2 * 2
    assert len(grid()) == 2
    assert len(bd.SpecGrid(bd.NonSpatial("y ~ x1"))) == 1


def test_one_change_at_a_time(whole):
    one = dataclasses.replace(varied(), cross=False)
    assert len(one) == 1 + 1 + 2 + 1 + 2 + 1 + 1 + 1 + 1
    changed = (one.points > 0).sum(axis=1)
    assert changed.tolist() == [0] + [1] * (len(one) - 1)
    assert len({tuple(point) for point in one.points.tolist()}) == len(one)


def test_points_are_all_combinations():
    one = varied()
    ranges = [range(size) for size in one.shape]
    assert one.points.tolist() == [list(point) for point in itertools.product(*ranges)]


def test_every_subset_of_the_controls(whole):
    checked = grid(weights=NEAR, controls=["x2", "z"]).check(whole)
    formulas = {one.request.formula for one in checked.to_fit}
    assert formulas == {"y ~ x1 + x2", "y ~ 1 + x1 + x2 + z", "y ~ 1 + x1", "y ~ 1 + x1 + z"}


def test_lagged_regressors_keep_their_name(whole):
    checked = grid(weights=NEAR, lags=[1]).check(whole)
    lagged = checked.to_fit[1]
    assert lagged.request.formula == "y ~ 1 + lag(x1, 1) + lag(x2, 1)"
    assert lagged.terms == (("x1", "lag(x1, 1)"), ("x2", "lag(x2, 1)"))


def test_auto_and_what_it_stands_for_are_one(whole):
    one = grid(
        weights=NEAR,
        options={
            "fixed_effects": ["two-way"],
            "correction": ["lee-yu"],
            "cov_type": ["unadjusted", "clustered"],
            "cluster": ["unit"],
        },
    )
    checked = one.check(whole)
    # the classical covariance has no clusters; two spellings of it are one
    assert len(checked.to_fit) == 2
    assert len(checked.senseless) == 8
    assert set(checked.same.values()) == {0, checked.to_fit[1].number}
    a, b = (checked.choices.base.replace(correction=text) for text in ("auto", "lee-yu"))
    np.testing.assert_array_equal(a.fit(whole, NEAR).values, b.fit(whole, NEAR).values)


def test_weights_do_not_matter_without_a_lag(whole):
    checked = grid(bd.NonSpatial("y ~ x1")).check(whole)
    assert checked.same == {1: 0}
    assert grid(bd.NonSpatial("y ~ x1 + W(x1)"), focus=["x1"]).check(whole).same == {}


def test_what_makes_no_sense_is_listed_with_the_reason(whole):
    one = grid(
        models=[bd.SAR],
        controls=["z"],
        options={"durbin": [["x1"], ["z"]], "correction": ["elhorst"]},
    )
    checked = one.check(whole)
    frame = checked.frame
    assert len(frame) == len(one) == 48
    refused = frame[frame["status"] == "makes no sense"]
    assert refused["reason"].str.len().gt(20).all()
    # a lag model has no W terms of X, whatever W, control and correction
    assert (
        frame[(frame["model"] == "SpatialLag") & (frame["durbin"] != "all")]["status"]
        == "makes no sense"
    ).all()
    out = frame[(frame["model"] == "SpatialDurbin") & (frame["durbin"] == "z") & ~frame["z"]]
    assert out["reason"].str.startswith("durbin: expected regressors of the formula").all()
    facts = checked.glance().iloc[0]
    assert (
        facts["specifications"] == facts["to_fit"] + facts["same_as_another"] + facts["senseless"]
    )
    assert "make no sense" in checked.summary()


def test_options_that_go_together(whole):
    covariances = {
        "by unit": {"cov_type": "clustered", "cluster": "unit"},
        "by period": {"cov_type": "clustered", "cluster": "time"},
    }
    checked = grid(weights=NEAR, options={"errors": covariances}).check(whole)
    assert checked.frame["errors"].tolist() == ["base", "by unit", "by period"]
    assert [one.request.cluster for one in checked.to_fit] == [None, "unit", "time"]


def test_keys_are_of_request_data_and_weights(whole):
    def keys(one: bd.SpecGrid, data: bd.Panel) -> list[str]:
        return [found.key for found in one.check(data).to_fit]

    assert keys(grid(), whole) == keys(grid(), panel())
    # names are no part of what is fitted
    assert keys(grid(weights={"a": NEAR, "b": FAR}), whole) == keys(grid(), whole)
    moved = whole.with_columns(x1=whole["x1"] + 1e-12)
    renamed = dataclasses.replace(whole, units=("other", *whole.units[1:]))
    assert not set(keys(grid(), whole)) & set(keys(grid(), moved))
    assert not set(keys(bd.SpecGrid(bd.NonSpatial("y ~ x1")), whole)) & set(
        keys(bd.SpecGrid(bd.NonSpatial("y ~ x1")), renamed)
    )
    assert len({*keys(varied(), whole)}) == len(keys(varied(), whole))


def test_a_grid_is_frozen_hashable_and_made_over():
    one = varied()
    assert hash(one) == hash(varied())
    assert one == varied()
    assert dataclasses.replace(one) == one
    assert dataclasses.replace(one, focus=["x1"]).axes == one.axes


def test_the_focus_is_what_is_always_in():
    assert varied().focus == ("x1",)
    assert grid(bd.SDM("y ~ x1 + log(p) + C(region)")).focus == ("x1", "log(p)")


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": 3},
        {"weights": bd.Queen},
        {"models": [bd.SAR("y ~ x1")]},
        {"models": bd.SAR},
        {"controls": "z"},
        {"controls": ["z + p"]},
        {"lags": [-1]},
        {"options": {"fixed_effect": ["unit"]}},
        {"options": {"formula": ["y ~ x1"]}},
        {"options": {"errors": {"hac": {"cov": "robust"}}}},
        {"options": {"cov_type": "robust"}},
        {"samples": ["north"]},
        {"outliers": {"w": 0.01}},
        {"focus": ["z"]},
        {"focus": []},
        {"controls": ["x2"], "focus": ["x2"]},
        {"cross": 1},
        {"controls": ["z", "z"]},
    ],
)
def test_what_is_no_choice_is_refused_by_name(wrong):
    with pytest.raises(bd.InputError) as caught:
        grid(**wrong)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "wrong",
    [
        {"controls": ["nothing"]},
        {"outcomes": ["log(nothing)"]},
        {"samples": {"a": bd.Subsample(drop_units=["nobody"])}},
        {"weights": bd.SpatialWeights.from_matrix(np.eye(2)[::-1], ["a", "b"])},
    ],
)
def test_what_the_panel_lacks_is_found_before_anything_runs(whole, wrong):
    with pytest.raises(bd.InputError):
        grid(**wrong).check(whole)


def test_a_base_model_that_does_not_fit_is_an_error(whole):
    with pytest.raises(bd.IdentificationError):
        grid(bd.SDM("y ~ x1 + I(x1 * 2)")).check(whole)
