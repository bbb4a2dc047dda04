"""Every model has one name in words, wherever it is written."""

from __future__ import annotations

import pytest

import bevdrivers as bd
from bevdrivers.language.labels import model_name
from bevdrivers.models import estimators
from bevdrivers.models.estimator import Estimator
from bevdrivers.results import MODEL_TITLES

MODELS = [kind for kind in Estimator.__subclasses__() if kind.__module__ == estimators.__name__]


def test_each_model_has_a_title():
    assert {kind.__name__ for kind in MODELS} == set(MODEL_TITLES)


@pytest.mark.parametrize("kind", MODELS)
def test_tables_and_summaries_say_the_same(kind):
    in_tables = model_name(kind.__name__).replace("𝑋", "X").replace("\u00a0", " ")
    assert in_tables == kind.title == MODEL_TITLES[kind.__name__]


def test_the_summary_says_it(bev, queen):
    heading = bd.SpatialDurbin("log1p(bev_density) ~ policy").fit(bev, queen).summary()
    assert heading.startswith("SDM: spatial Durbin model")
