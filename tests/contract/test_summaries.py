"""Every summary is a text that a console and a notebook show as it is."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.results import Text
from bevdrivers.study.package.verify import Verification


@pytest.fixture(scope="module")
def summarised():
    panel = bd.load_panel()
    queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    model = bd.SAR("log1p(bev_density) ~ log(gdp_pc)")
    fit = model.fit(panel, queen)
    path = bd.select_model(model, panel, queen, permutations=0)
    return {
        "weights": queen,
        "fit": fit,
        "bootstrap": bd.bootstrap(fit, replications=19, seed=1),
        "calibration": bd.calibrate(fit, replications=20, seed=1),
        "path calibration": bd.calibrate(path, replications=19, seed=1),
        "crosscheck": bd.crosscheck(fit),
        "path": path,
        "verification": Verification(
            pd.DataFrame([("a.csv", "identical", "")], columns=["file", "outcome", "detail"]),
            changed=(),
            versions={},
            sha256="0" * 64,
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        "weights",
        "fit",
        "bootstrap",
        "calibration",
        "path calibration",
        "crosscheck",
        "path",
        "verification",
    ],
)
def test_a_summary_shows_as_it_is(summarised, name):
    text = summarised[name].summary()
    assert isinstance(text, Text)
    assert "\n" in repr(text)
    assert repr(text) == str(text) == text
    assert text._repr_html_().startswith("<pre>")


def test_a_text_is_a_str_that_escapes_for_notebooks():
    text = Text("a < b\n<script>")
    assert text._repr_html_() == "<pre>a &lt; b\n&lt;script&gt;</pre>"
    assert text.splitlines() == ["a < b", "<script>"]
    assert pickle.loads(pickle.dumps(text)) == text
