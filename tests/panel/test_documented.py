"""Every formula that the pages show is read, and gives to the bit what formulaic makes of the same
text.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.panel import build_design, evaluation, language
from bevdrivers.panel.terms import Formula, read_formula

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*.py")),
]
PAGES += sorted((ROOT / "bevdrivers").rglob("*.toml")) + sorted((ROOT / "bevdrivers").rglob("*.py"))
QUOTED = re.compile(r'"([^"\'\n{}]*[\w)] ~ [^"\'\n{}]*)"')

# what the pages and tests write, with the columns of `panel`
FORMULAS = [
    "y ~ x",
    "y ~ 1",
    "y ~ x + z",
    "y ~ 0 + x",
    "y ~ x - 1",
    "log1p(y) ~ log(x) + sqrt(z) + exp(-z) + asinh(x) + abs(z)",
    "I(x / (5 + z**2)) ~ z",
    "I(a - b) ~ x",
    "log(a / b) ~ x",
    "y ~ x * z",
    "y ~ x * log(z)",
    "y ~ x:log(z)",
    "y ~ log(z):x + z + x",
    "y ~ x / z",
    "y ~ (x + z)**2 + I(x**2)",
    "y ~ (x + z + a)**3 - x",
    "y ~ (x + z) / C(kind)",
    "y ~ x + I(x**2) + x:z + z + log(z) + I(log(z)**3) + log(z):a",
    "y ~ center(x) + I(center(x)**2) + I(center(x)**3)",
    "y ~ center(x) + scale(log(z)) + poly(x, 2)",
    "y ~ scale(x, scale=False) + scale(z, ddof=0)",
    "y ~ poly(x, 3) + z:poly(a, 2) + poly(b, 2, raw=True)",
    "y ~ bs(x, df=4) + bs(z, df=5, degree=2)",
    "y ~ C(kind) + x:C(kind)",
    "y ~ x * C(kind)",
    "y ~ 0 + C(kind)",
    "y ~ C(kind):x",
    "y ~ C(kind) / x",
    "y ~ x + C(year)",
    "y ~ x + C(year) + x:C(year)",
    "y ~ C(kind, contr.treatment('west')) * x",
    "y ~ C(kind, contr.treatment(base='west'))",
    "y ~ C(kind, contr.sum) + C(kind, contr.helmert()):x",
    "y ~ C(kind, contr.diff()) + C(year, contr.poly)",
    "y ~ C(kind, contr.SAS)",
    "y ~ I(x > 2) + I(z <= 1.5):x",
    "y ~ I(-x**2) + I(2**-z) + I(x*(z*a)) + I(x/1e3) + I(.5*b)",
    "y ~ year + I(year - 2010)",
    "y ~ `a b` + log(`a b`) + `gdp.pc`",
    "y ~ 人均 + log(人均)",
    "y ~ -1 + x",
    "y ~ x + x",
]


def formulas_of_pages() -> list[str]:
    quoted = {text for page in PAGES for text in QUOTED.findall(page.read_text(encoding="utf-8"))}
    return sorted(text for text in quoted if not text.endswith("."))  # sentences have a ~, too


def by_formulaic(frame: pd.DataFrame, formula: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, outcome and regressors that formulaic makes of the text itself."""
    from formulaic import model_matrix

    known = {"log1p": np.log1p, "asinh": np.arcsinh, "sqrt": np.sqrt}
    computed = model_matrix(formula, frame, context=known, na_action="ignore")
    names = [*computed.lhs.columns, *computed.rhs.columns]
    return names, computed.lhs.to_numpy(dtype=float).ravel(), computed.rhs.to_numpy(dtype=float)


def assert_same(panel: bd.Panel, frame: pd.DataFrame, formula: str) -> None:
    design = build_design(panel, formula)
    names, y, X = by_formulaic(frame, formula)
    assert [design.outcome, *design.terms] == names
    assert design.y.ravel().tobytes() == y.tobytes()
    assert design.X.reshape(X.shape).tobytes() == np.ascontiguousarray(X).tobytes()


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    years, units = np.repeat(range(2011, 2018), 8), np.tile([f"u{i}" for i in range(8)], 7)
    numbers = {
        name: rng.uniform(1.0, 3.0, size=56)
        for name in ("y", "x", "z", "a", "b", "a b", "gdp.pc", "人均")
    }
    kinds = np.tile(["east", "west", "west", "north", "east", "north", "west", "east"], 7)
    return pd.DataFrame({"id": units, "year": years, "kind": kinds, **numbers})


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_design_is_formulaics_to_the_bit(formula, frame):
    assert_same(bd.Panel.from_frame(frame, unit="id", time="year"), frame, formula)


@pytest.mark.parametrize("formula", ["y ~ lag(x, 1) + z", "y ~ lag(log(x), 2) + C(kind)"])
def test_lags_are_those_of_the_rows_before(formula, frame):
    shifted = {f"lag(x, {k})": frame["x"].shift(8 * k) for k in (1, 2)}
    shifted["lag(log(x), 2)"] = np.log(frame["x"]).shift(16)
    design = build_design(bd.Panel.from_frame(frame, unit="id", time="year"), formula)
    for name in set(design.terms) & set(shifted):
        expected = shifted[name].to_numpy()[design.lost * 8 :]
        assert design.X[..., design.terms.index(name)].tobytes() == expected.tobytes()


def test_the_pages_show_formulas():
    assert len(formulas_of_pages()) > 25


@pytest.mark.parametrize("formula", formulas_of_pages())
def test_formulas_of_the_pages_are_read(formula):
    assert isinstance(read_formula(formula), Formula)


def test_formulas_of_the_pages_on_the_bundled_panel():
    """Those without lags, which formulaic counts by rows."""
    panel = bd.load_panel()
    T, N = panel.present.shape
    index = {panel.unit: list(panel.units) * T, panel.time: np.repeat(panel.periods, N)}
    frame = pd.DataFrame(
        {**index, **{name: values.ravel() for name, values in panel.columns.items()}}
    )
    known = {*panel.columns, panel.unit, panel.time}
    able = [text for text in formulas_of_pages() if set(read_formula(text).columns) <= known]
    able = [text for text in able if "lag(" not in text and "W(" not in text]
    assert len(able) > 8
    for formula in able:
        assert_same(panel, frame, formula)


def test_the_page_states_functions_and_limits():
    page = (ROOT / "docs" / "reference" / "formulas.md").read_text(encoding="utf-8")
    for name, function in language.FUNCTIONS.items():
        assert f"`{name}(" in page
        for option, kind in function.options.items():
            assert f"{option}=" in page or option == "contrasts"
            if isinstance(kind, language.Whole) and option != "ddof":
                assert f"{option} {kind.least} to {kind.most}" in page
    for name in language.CODINGS:
        assert f"`{name}(" in page
    for limit in (
        language.MAX_LENGTH,
        language.MAX_TERMS,
        language.MAX_CROSSED,
        language.MAX_OPERATIONS,
        language.MAX_CELLS,
    ):
        assert f"| {limit:,}" in page
    assert f"{language.LARGEST:g}".replace("+", "") in page


def test_the_tables_of_functions_are_complete():
    """What can be read can be computed."""
    scope = {"log", "log1p", "lag", "W", "I"}
    assert set(language.FUNCTIONS) == {*scope, *evaluation.PLAIN, *evaluation.WITH_STATE}
    assert set(language.CODINGS) == set(evaluation.CODINGS)
    assert set(evaluation.OPERATORS) == language.ARITHMETIC | language.COMPARISONS
