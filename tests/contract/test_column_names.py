"""Any name of a column works in backticks wherever a term or a column is named, and bare where
nothing else could be meant.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd

from ..made_up import scattered

NAMES = ["a b", "人均（GDP）", "R&D", "a-b", "x:y", "log", "y (t)", "C", "1.5"]


@pytest.fixture(scope="module")
def weights() -> bd.SpatialWeights:
    return scattered(12)


def panel_with(name: str, weights: bd.SpatialWeights) -> bd.Panel:
    rng = np.random.default_rng(4)
    arrays = {column: rng.uniform(1, 2, (6, 12)) for column in ("y", "x", "z", name)}
    return bd.Panel.from_arrays(arrays, units=weights.ids, periods=range(2000, 2006))


@pytest.mark.parametrize("quoted", [True, False], ids=["backticks", "bare"])
@pytest.mark.parametrize("name", NAMES)
def test_options_take_the_name(name: str, quoted: bool, weights: bd.SpatialWeights) -> None:
    panel, formula = panel_with(name, weights), f"y ~ x + `{name}`"
    text = f"`{name}`" if quoted else name
    plain = panel_with("plain", weights)
    durbin = bd.SpatialDurbin(formula, durbin=[text]).fit(panel, weights)
    expected = bd.SpatialDurbin("y ~ x + plain", durbin=["plain"]).fit(plain, weights)
    np.testing.assert_allclose(durbin.values, expected.values, rtol=1e-9)
    moments = {"method": "gmm", "instruments": ["z"]}
    endogenous = bd.SpatialLag(formula, endogenous=[text], **moments).fit(panel, weights)
    other = bd.SpatialLag("y ~ x + plain", endogenous=["plain"], **moments).fit(plain, weights)
    np.testing.assert_allclose(endogenous.values, other.values, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_absorb_hypotheses_and_labels_take_the_name(name: str, weights: bd.SpatialWeights) -> None:
    panel, plain = panel_with(name, weights), panel_with("plain", weights)
    slopes = bd.SpatialLag("y ~ x", absorb=[f"unit[`{name}`]"]).fit(panel, weights)
    expected = bd.SpatialLag("y ~ x", absorb=["unit[plain]"]).fit(plain, weights)
    np.testing.assert_allclose(slopes.values, expected.values, rtol=1e-9)
    fit = bd.SpatialDurbin(f"y ~ x + `{name}`").fit(panel, weights)
    same = bd.SpatialDurbin("y ~ x + plain").fit(plain, weights)
    theirs = same.wald_test("plain = 2*x").statistic
    assert fit.wald_test(f"`{name}` = 2*x").statistic == pytest.approx(theirs)
    table = bd.regression_table([fit], labels={f"`{name}`": "Its label"})
    assert "Its label" in table.to_markdown()


def test_a_study_file_takes_names_in_backticks(tmp_path: Path) -> None:
    weights = scattered(12)
    panel = panel_with("人均（GDP）", weights)
    panel.frame.to_csv(tmp_path / "data.csv", index=False)
    matrix = pd.DataFrame(weights.sparse.toarray(), index=weights.ids, columns=weights.ids)
    matrix.to_csv(tmp_path / "W.csv")
    (tmp_path / "study.toml").write_text(
        '[data]\nfile = "data.csv"\nunit = "unit"\ntime = "year"\n'
        '[weights.own]\nkind = "file"\nfile = "W.csv"\n'
        '[model]\nformula = "y ~ x + `人均（GDP）`"\ndurbin = ["`人均（GDP）`"]\n'
        '[labels]\n"`人均（GDP）`" = "Output per head"\n',
        encoding="utf-8",
    )
    from bevdrivers.study import check_study

    plan = check_study(tmp_path / "study.toml")
    assert plan.labels == {"人均（GDP）": "Output per head"}
    assert plan.main.durbin == ("`人均（GDP）`",)
