"""Formulas are data: what is not of their language is refused by name, on every way in, and nothing
of it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import bevdrivers as bd
from bevdrivers.panel import build_design
from bevdrivers.panel.grammar import read_factor
from bevdrivers.panel.terms import read_expression, read_formula
from bevdrivers.panel.tree import written
from bevdrivers.study import check_study

from .hostile import HOSTILE, NAMES, OF_TERMS
from .watch import watched

T, N = 6, 9
PLAIN = [*"yxz", *"abcdefghijk"]
CALLABLE = ["open", "exec", "eval", "getattr", "__import__", "np", "f", "lambda", "log"]


def shown(text: str) -> str:
    return text if len(text) < 60 else f"{text[:50]}..."


@cache
def made_panel(*names: str) -> bd.Panel:
    rng = np.random.default_rng(3)
    columns = {name: rng.uniform(1.0, 2.0, size=(T, N)) for name in [*PLAIN, *names]}
    return bd.Panel.from_arrays(
        columns, units=[f"u{i}" for i in range(N)], periods=range(2011, 2011 + T)
    )


@cache
def made_weights() -> bd.SpatialWeights:
    links = np.eye(N, k=1) + np.eye(N, k=-1)
    return bd.SpatialWeights.from_matrix(links, ids=made_panel(*CALLABLE).units)


@pytest.fixture(scope="module")
def panel() -> bd.Panel:
    """With columns named like functions, which do not become functions by that."""
    return made_panel(*CALLABLE)


@pytest.fixture(scope="module")
def oddly_named() -> bd.Panel:
    return made_panel(*NAMES)


@pytest.fixture(scope="module")
def weights() -> bd.SpatialWeights:
    return made_weights()


@pytest.fixture(scope="module")
def fit(panel: bd.Panel, weights: bd.SpatialWeights) -> bd.FitResult:
    return bd.SpatialDurbin("y ~ x + z", fixed_effects=None).fit(panel, weights)


Ask = Callable[[str, bd.Panel, bd.SpatialWeights, bd.FitResult], Any]

# where a text is read as a formula, an expression or terms
READ: dict[str, Ask] = {
    "regressor": lambda text, panel, W, fit: build_design(panel, f"y ~ {text}"),
    "regressor after another": lambda text, panel, W, fit: build_design(panel, f"y ~ z + {text}"),
    "outcome": lambda text, panel, W, fit: build_design(panel, f"{text} ~ x"),
    "model": lambda text, panel, W, fit: bd.SpatialDurbin(f"y ~ {text}").fit(panel, W),
    "evaluate": lambda text, panel, W, fit: panel.evaluate(text),
    "describe": lambda text, panel, W, fit: panel.describe([text]),
    "Moran": lambda text, panel, W, fit: bd.Moran(text).fit(panel, W),
    "instruments": lambda text, panel, W, fit: bd.SpatialLag(
        "y ~ x", method="gmm", endogenous=["x"], instruments=[text]
    ).fit(panel, W),
}
# where a text names something that is there already, and is compared only
NAMED: dict[str, Ask] = {
    "endogenous": lambda text, panel, W, fit: bd.SpatialLag(
        "y ~ x", method="gmm", endogenous=[text], instruments=["z"]
    ).fit(panel, W),
    "durbin": lambda text, panel, W, fit: bd.SpatialDurbin("y ~ x", durbin=[text]).fit(panel, W),
    "absorb": lambda text, panel, W, fit: bd.NonSpatial("y ~ x", absorb=[text]).fit(panel),
    "absorb by a slope": lambda text, panel, W, fit: bd.NonSpatial(
        "y ~ x", absorb=[f"unit[{text}]"]
    ).fit(panel),
    "impacts": lambda text, panel, W, fit: fit.impacts(at={text: 1.0}),
    "shock": lambda text, panel, W, fit: fit.shock(text, {"u0": 1.0}),
}


@pytest.fixture(scope="module")
def warm(panel: bd.Panel, weights: bd.SpatialWeights, fit: bd.FitResult) -> None:
    """What libraries import when they are first used has been imported."""
    build_design(panel, "y ~ poly(x, 2) + bs(z, df=4) + C(year) + W(x) + scale(a)", weights.lag)
    for ask in (*READ.values(), *NAMED.values()):
        for text in ("x", "open('f')", "log(a)"):
            with suppress(bd.InputError):
                ask(text, panel, weights, fit)


# --- every text, on every way in ------------------------------------------------------------------


@pytest.mark.parametrize("way", READ)
@pytest.mark.parametrize(("text", "piece"), HOSTILE, ids=[shown(text) for text, _ in HOSTILE])
def test_hostile_texts_are_refused_by_name(text, piece, way, panel, weights, fit, warm):
    with watched() as events, pytest.raises(bd.InputError) as caught:
        READ[way](text, panel, weights, fit)
    assert events == []
    assert len(str(caught.value)) < 700
    # of a text that is more than one expression, the whole is named
    whole = "Write I(" in caught.value.remedy and shown(text).split("...")[0] in str(caught.value)
    assert whole or piece in str(caught.value)


@pytest.mark.parametrize(("text", "piece"), OF_TERMS, ids=[shown(text) for text, _ in OF_TERMS])
def test_hostile_right_hand_sides_are_refused_by_name(text, piece, panel, warm):
    with watched() as events, pytest.raises(bd.InputError) as caught:
        build_design(panel, f"y ~ {text}")
    assert events == []
    assert piece in str(caught.value)


@pytest.mark.parametrize("way", NAMED)
def test_hostile_names_are_compared_and_never_read(way, panel, weights, fit, warm):
    for text, _ in HOSTILE:
        with watched() as events, pytest.raises(bd.InputError):
            NAMED[way](text, panel, weights, fit)
        assert events == [], text


@pytest.mark.parametrize("given", [None, 3, b"y ~ x", ["y ~ x"], {"y": "x"}, np.array(["y ~ x"])])
def test_a_formula_is_a_text(given, panel):
    with pytest.raises(bd.InputError, match="a text such as"):
        build_design(panel, given)
    with pytest.raises(bd.InputError, match="text"):
        panel.evaluate(given)


# --- study files ----------------------------------------------------------------------------------

STUDY = """
[data]
file = "data.csv"
unit = "place"
time = "year"
[weights.near]
kind = "knearest"
k = 3
points = ["lon", "lat"]
[model]
formula = '''{formula}'''
compare = ["pooled", "sdm"]
{model}
[moran]
permutations = 9
{moran}
{more}
"""
IN_STUDY = {
    "formula": {"formula": "log(output) ~ {text}"},
    "outcome": {"formula": "{text} ~ innovation"},
    "durbin": {"model": "durbin = ['''{text}''']"},
    "absorb": {"model": "absorb = ['''{text}''']"},
    "moran": {"moran": "variable = '''{text}'''"},
    "labels": {"more": "[labels]\n{key} = 'Label'"},
    "spillover": {"more": "[spillover]\nunit = 'P01'\nterm = '''{text}'''"},
    "map": {"more": "[map]\nvariable = '''{text}'''"},
    "stages": {"more": "[stages]\nsplit = 2014\n[stages.drop]\nlate = ['''{text}''']"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from bevdrivers.study.template import made_up_data

    frame = made_up_data()
    frame = frame[
        frame["place"].isin(sorted(frame["place"].unique())[:12]) & (frame["year"] <= 2016)
    ]
    path = tmp_path_factory.mktemp("study")
    frame.to_csv(path / "data.csv", index=False)
    return path


def write_study(folder: Path, way: str, text: str) -> Path:
    parts = {"formula": "log(output) ~ innovation", "model": "", "moran": "", "more": ""}
    key = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    parts |= {name: part.format(text=text, key=key) for name, part in IN_STUDY[way].items()}
    path = folder / "study.toml"
    path.write_text(STUDY.format(**parts), encoding="utf-8")
    return path


# only data can tell that x.dtype is no column and how many periods there are
OF_DATA = ("x.dtype", "lag(x, 1000000000)")
# TOML holds no signs that cannot be printed
WRITABLE = [
    text for text, _ in HOSTILE if text.isprintable() and len(text) < 10_000 and text not in OF_DATA
]


def _reads_inputs(event: str) -> bool:
    return "study.toml'" in event or "data.csv', 'r'" in event


@pytest.mark.parametrize("way", ["formula", "outcome"])
def test_hostile_formulas_of_a_study_are_refused(way, folder):
    """Nothing but the study file itself and its data is opened, to be read."""
    # what is imported once for all
    check_study(write_study(folder, way, "log(output)" if way == "outcome" else "innovation"))
    for text in WRITABLE:
        path = write_study(folder, way, text)
        with watched() as events, pytest.raises(bd.InputError) as caught:
            check_study(path)
        assert "study.toml: [model] formula" in str(caught.value), text
        assert [event for event in events if not _reads_inputs(event)] == [], text


@pytest.mark.parametrize("way", [way for way in IN_STUDY if way not in ("formula", "outcome")])
@pytest.mark.parametrize(
    "text",
    [
        "I(open('f','w').write('a'))",
        "getattr(innovation,'to_csv')('f')",
        "{open('f','w')}",
        "exec('1')",
    ],
)
def test_hostile_texts_elsewhere_in_a_study_are_refused(way, text, folder, monkeypatch):
    monkeypatch.chdir(folder)
    path = write_study(folder, way, text)
    with pytest.raises(bd.InputError, match=r"study\.toml: \["):
        check_study(path)
    assert not (folder / "f").exists()


# --- what is refused says what to write -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("np.log(x)", "Write log(x)."),
        ("x**2", "Write I(x**2)"),
        ("{x+1}", "Write I(x+1)."),
        ("I(x - x.mean())", "Write center(x)."),
        ("L(x)", "Write lag(x)."),
        ("log10(x)", "Write I(log(x) / 2.302585092994046)."),
        ("factor(x)", "Write C(x)."),
        ("C(x, Treatment('a'))", "contr.treatment('east')"),
        ("lgo(x)", "Did you mean log()?"),
        ("I(x^2)", "write ** instead"),
        ("x y", "Write an operator between 'x' and 'y'"),
        ("2:x", "I(2 * x)"),
        ("x - q", "I(a - b)"),
    ],
)
def test_the_remedy(text, remedy, panel):
    with pytest.raises(bd.InputError) as caught:
        build_design(panel, f"y ~ {text}")
    assert remedy in str(caught.value)


def test_the_place_is_named(panel):
    with pytest.raises(bd.InputError, match=r"got 'open\(' at character 9 of"):
        build_design(panel, "y ~ x + open('f')")


# --- columns are columns, whatever they are called ------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_columns_of_any_name(name, oddly_named, warm):
    panel = oddly_named
    with watched() as events:
        design = build_design(panel, f"y ~ 0 + `{name}` + I(`{name}` * z)")
    assert events == []
    np.testing.assert_array_equal(design.X[..., 0], panel[name])
    np.testing.assert_array_equal(design.X[..., 1], panel[name] * panel["z"])
    assert design.variables[design.terms[0]] == {name}
    assert len(design.terms) == 2


def test_a_column_named_like_a_function_is_not_one(panel):
    for name in ("open", "exec", "__import__", "np"):
        with pytest.raises(bd.InputError, match=f"got '{name}"):
            build_design(panel, f"y ~ {name}('f')")
    np.testing.assert_array_equal(
        build_design(panel, "y ~ 0 + log(log)").X[..., 0], np.log(panel["log"])
    )


def test_the_callers_names_do_not_count(panel):
    mystery = 5.0
    assert mystery
    with pytest.raises(bd.DataError, match="unknown"):
        build_design(panel, "y ~ mystery")


def test_texts_that_look_alike_are_not_one_name(oddly_named):
    """Python's own reader takes full-width letters for plain ones; here they are another column."""
    panel = oddly_named
    design = build_design(panel, "y ~ 0 + I(ｏｐｅｎ * 1) + I(open * 1)")
    np.testing.assert_array_equal(design.X[..., 0], panel["ｏｐｅｎ"])
    np.testing.assert_array_equal(design.X[..., 1], panel["open"])


# --- terms ----------------------------------------------------------------------------------------


def test_a_category_of_one_level_is_not_dropped_in_silence():
    columns = {"y": np.arange(6.0).reshape(2, 3), "k": np.ones((2, 3))}
    panel = bd.Panel.from_arrays(columns, units=list("abc"), periods=[1, 2])
    with pytest.raises(bd.InputError, match=r"a regressor from every term; got none from 'C\(k\)'"):
        build_design(panel, "y ~ C(k)")


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("x:z", "y ~ x * z + `x:z`"),
        ("C(k)[T.2.0]", "y ~ `C(k)[T.2.0]` + C(k) + x"),
        ("log(x)", "y ~ `log(x)` + log(x)"),
    ],
)
def test_a_column_named_like_a_regressor_beside_it_is_refused(name, formula):
    rng = np.random.default_rng(1)
    columns = {column: rng.uniform(1.0, 2.0, (4, 6)) for column in ("y", "x", "z", name)}
    columns["k"] = np.tile([1.0, 2.0, 3.0], (4, 2))
    panel = bd.Panel.from_arrays(columns, units=range(6), periods=range(4))
    with pytest.raises(bd.InputError, match="Rename the column of that name"):
        build_design(panel, formula)


@pytest.mark.parametrize("text", ["b + x - x", "b + z - z", "a - a + b"])
def test_an_instrument_takes_no_term_out_of_the_formula(text, panel, weights):
    model = bd.SpatialLag("y ~ x + z", method="gmm", endogenous=["z"], instruments=[text])
    plain = model.replace(instruments=["b"])
    computed, same = (one.fit(panel, weights) for one in (model, plain))
    assert list(computed.params.index) == ["x", "z", "rho"]
    np.testing.assert_array_equal(computed.params, same.params)


def test_an_instrument_that_comes_to_nothing_is_refused():
    with pytest.raises(bd.InputError, match="terms that are left when all is multiplied out"):
        bd.SpatialLag("y ~ x", method="gmm", endogenous=["x"], instruments=["a - a", "b"])


@pytest.mark.parametrize("name", ["rho", "W_x"])
def test_a_column_named_like_another_parameter_is_refused(name, weights):
    """Impacts and tests would take its coefficient for the other."""
    panel = made_panel(name)
    formula = f"y ~ x + {name}"
    assert name in bd.NonSpatial(formula).fit(panel).params.index
    with pytest.raises(bd.InputError, match=rf"no other parameter of the model has; got \['{name}"):
        bd.SpatialDurbin(formula).fit(panel, weights)


def test_a_hypothesis_takes_no_column_for_a_number():
    panel = made_panel("1.5", "1e3")
    fit = bd.NonSpatial("y ~ x + `1.5` + `1e3`", fixed_effects=None).fit(panel)
    assert list(fit.params.index) == ["Intercept", "x", "`1.5`", "`1e3`"]
    wald, expected = fit.wald_test("x = 1.5"), fit.params["x"] - 1.5
    statistic = (expected / fit.std_errors["x"]) ** 2
    assert wald.statistic == pytest.approx(statistic, rel=1e-9)


@pytest.mark.parametrize("text", ["\00\0 = 0", "x = \01\0", "x = 1e999", "x - 1e400 * x = 0"])
def test_a_hypothesis_of_other_signs_or_endless_numbers_is_refused(text, fit):
    with pytest.raises(bd.InputError, match="sums of labels"):
        fit.wald_test(text)


def test_dummies_that_would_fill_the_memory_are_refused():
    values = np.arange(200.0 * 100).reshape(200, 100)
    panel = bd.Panel.from_arrays({"y": values, "k": values}, units=range(100), periods=range(200))
    with pytest.raises(
        bd.InputError, match="at most 100,000,000 cells.*20000 observations and 20001 regressors"
    ):
        build_design(panel, "y ~ C(k)")


def test_a_comparison_is_0_or_1(panel):
    X = build_design(panel, "y ~ 0 + I(x > 1.5) + I(x <= 1.5):z").X
    np.testing.assert_array_equal(X[..., 0], np.where(panel["x"] > 1.5, 1.0, 0.0))
    np.testing.assert_array_equal(X[..., 1], np.where(panel["x"] > 1.5, 0.0, panel["z"]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x + x", "x"),
        ("x + z - z", "x"),
        ("x - 1", "0 + x"),
        ("x + -1", "x + 0"),
        ("+x", "x"),
        ("(x)", "x"),
    ],
)
def test_ways_to_say_the_same(one, other, panel):
    assert build_design(panel, f"y ~ {one}").terms == build_design(panel, f"y ~ {other}").terms


@pytest.mark.parametrize(
    "text",
    [
        "I(-x ** 2)",
        "I((-x) ** 2)",
        "I(2 ** (-x))",
        "I(x * (z * x))",
        "I(x / 1000.0)",
        "I(x - (z - x))",
        "I(x / (z * x) ** 0.5)",
        "I(--x + +z)",
        "C(k, contr.treatment(base='b'))",
        "C(k, contr.sum)",
        "lag(log(`a b`), k=2)",
        "poly(x, 2, raw=True)",
        "bs(x, df=4, include_intercept=False)",
        "scale(x, scale=False)",
    ],
)
def test_a_tree_is_written_as_pythons_own_writer_does(text):
    """Labels of terms are those that ast.unparse gives, which earlier versions used."""
    import ast

    plain = text.replace("`a b`", "ab")
    assert written(read_factor(plain)) == ast.unparse(ast.parse(plain, mode="eval"))
    assert read_factor(written(read_factor(text))) == read_factor(text)


# --- texts by chance ------------------------------------------------------------------------------

PIECES = [
    *"xyz01(){}[]`'\"~+-*/:^,.=<>!|&%@#\\; \n\t\x00",
    *(
        "**",
        "==",
        "lambda",
        "import",
        "open",
        "exec(",
        "__import__(",
        "getattr(",
        "np.",
        ".write(",
        "'f'",
        "contr.",
    ),
    *(
        "I(",
        "log(",
        "lag(",
        "poly(",
        "bs(",
        "C(",
        "W(",
        "scale(",
        "center(",
        "contr.treatment(",
        "True",
        "None",
    ),
    *("9**9**9", "1e999", "x ~ ", " + ", ")", ")", "`x`", "(x+z)", "**99", "ｏｐｅｎ(", "人", "é"),
]
by_pieces = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
by_bytes = st.binary(max_size=60).map(lambda given: given.decode("utf-8", "surrogateescape"))


@settings(max_examples=400, deadline=timedelta(seconds=5), suppress_health_check=list(HealthCheck))
@given(text=st.one_of(by_pieces, by_bytes, st.text(max_size=40)))
@pytest.mark.usefixtures("warm")
def test_texts_by_chance_are_designs_or_refused(text):
    panel, weights = made_panel(*CALLABLE), made_weights()
    for ask in (
        lambda: build_design(panel, text),
        lambda: build_design(panel, f"y ~ {text}", weights.lag),
        lambda: panel.evaluate(text),
    ):
        with watched() as events:
            try:
                computed = ask()
            except bd.InputError:
                computed = None
        assert events == []
        assert computed is None or np.isfinite(getattr(computed, "X", computed)).all()


@settings(max_examples=200, deadline=None)
@given(text=by_pieces)
def test_what_is_read_can_be_written_and_read_again(text):
    try:
        tree = read_expression(text)
    except bd.InputError:
        return
    assert read_expression(written(tree)) == tree


def test_reading_is_kept_by_text_and_not_by_argument():
    assert read_formula("y ~ x") is read_formula("y ~ x")
