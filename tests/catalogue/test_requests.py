"""Bad requests: formulas, options of estimators, arguments of tests and statistics, study files, and
the command line. Each is refused in the words of the place where it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.cli import main
from bevdrivers.errors import DataError, IdentificationError, InputError, OptionError, WeightsError
from bevdrivers.study import StudyError, check_study

from .cases import Case, rows

UNITS = [f"u{k:02d}" for k in range(9)]


@cache
def panel() -> bd.Panel:
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {name: rng.standard_normal((6, 9)) for name in ("y", "x1", "x2")}
    columns["positive"] = np.exp(columns["x1"])
    made = bd.Panel.from_arrays(columns, units=UNITS, periods=list(range(2001, 2007)))
    return made.with_columns(place=np.tile(["north", "south", "west"] * 3, (6, 1)))


@cache
def weights() -> bd.SpatialWeights:
    around = np.roll(np.eye(9), 1, axis=1)
    return bd.SpatialWeights.from_matrix(around + around.T, UNITS)


@cache
def fitted() -> bd.FitResult[Any]:
    return bd.SpatialDurbin("y ~ x1 + x2").fit(panel(), weights())


def fit(formula: str = "y ~ x1 + x2", model: Any = bd.SpatialDurbin, **options: Any) -> Any:
    return lambda folder: model(formula, **options).fit(panel(), weights())


def call(function: Callable[..., Any], *given: Any, **options: Any) -> Callable[[Path], Any]:
    """The call of a function, whose arguments are made when it is made."""
    return lambda folder: function(*(one() if callable(one) else one for one in given), **options)


FORMULAS = [
    Case("no outcome", fit("x1 + x2"), InputError, ("formula", "'y ~ x1 + x2'", "x1 + x2")),
    Case("no text", fit(3), OptionError, ("formula", "a text such as 'y ~ x1 + x2'", "3")),  # type: ignore[arg-type]
    Case("empty", fit(""), InputError, ("formula", "y ~ x1 + x2")),
    Case("unknown column", fit("y ~ x1 + x3"), DataError, ("x3", "The panel has")),
    Case("two outcomes", fit("y + x1 ~ x2"), InputError, ("formula", "y + x1")),
    Case("outcome of text", fit("place ~ x1"), DataError, ("place", "C(place)")),
    Case("text as a number", fit("y ~ place"), DataError, ("place", "C(place)")),
    Case("numpy", fit("y ~ np.log(x1)"), InputError, ("np.log", "log(")),
    Case("unknown function", fit("y ~ ln(x1)"), InputError, ("ln", "log")),
    Case("attribute", fit("y ~ x1.mean()"), InputError, ("x1.mean", "formula")),
    Case("log of negatives", fit("y ~ log(x1)"), DataError, ("log", "asinh")),
    Case("lag too long", fit("y ~ lag(x1, 9)"), InputError, ("lag", "9", "shorter lag")),
    Case(
        "lag of half a period", fit("y ~ lag(x1, 0.5)"), InputError, ("lag", "0.5", "whole number")
    ),
    Case("power of 99", fit("y ~ (x1 + x2)**99"), InputError, ("99", "formula")),
    Case("collinear", fit("y ~ x1 + I(2 * x1)"), IdentificationError, ("I(2 * x1)", "Drop one")),
    Case("y on itself", fit("y ~ y"), InputError, ("formula", "y ~ y", "lag()")),
    Case("a column of ones", fit("y ~ I(x1 / x1)"), IdentificationError, ("no variation", "drop")),
    Case(
        "name of a parameter",
        call(lambda: bd.SAR("y ~ rho").fit(panel().with_columns(rho=panel()["x1"]), weights())),
        InputError,
        ("rho", "Rename"),
    ),
    Case(
        "huge numbers",
        call(
            lambda: bd.SEM("y ~ x1").fit(panel().with_columns(x1=panel()["x1"] * 1e200), weights())
        ),
        DataError,
        ("x1", "1e+100", "other units"),
    ),
    Case(
        "vanishing numbers",
        call(
            lambda: bd.SAR("y ~ x1", method="gmm").fit(
                panel().with_columns(y=panel()["y"] * 1e-300), weights()
            )
        ),
        DataError,
        ("y", "1e-100", "other units"),
    ),
]
OPTIONS = [
    Case(
        "effects misspelt",
        fit(fixed_effects="twoway"),
        OptionError,
        ("fixed_effects", "'two-way'", "'twoway'"),
    ),
    Case(
        "effects as a list",
        fit(fixed_effects=["unit", "time"]),
        OptionError,
        ("fixed_effects", "'two-way'"),
    ),
    Case("effects as a truth", fit(fixed_effects=True), OptionError, ("fixed_effects", "True")),
    Case(
        "a number for a flag",
        fit(random_effects="kkp", mundlak=1),
        OptionError,
        ("mundlak", "True or False", "1"),
    ),
    Case(
        "both kinds of effects",
        fit(fixed_effects="unit", random_effects="baltagi"),
        OptionError,
        ("random_effects", "'unit'", "C(period)"),
    ),
    Case("mundlak alone", fit(mundlak=True), OptionError, ("mundlak", "random_effects=")),
    Case("unknown covariance", fit(cov_type="hc3"), OptionError, ("cov_type", "'robust'", "'hc3'")),
    Case("clusters without", fit(cluster="unit"), OptionError, ("cluster", "clustered")),
    Case(
        "unknown cluster",
        fit(cov_type="clustered", cluster="province"),
        OptionError,
        ("cluster", "'unit'", "'province'"),
    ),
    Case("cutoff missing", fit(cov_type="spatial-hac"), OptionError, ("cutoff_km", "km", "None")),
    Case(
        "cutoff as text",
        fit(cov_type="spatial-hac", cutoff_km="100"),
        OptionError,
        ("cutoff_km", "'100'"),
    ),
    Case(
        "no map for distances",
        fit(cov_type="spatial-hac", cutoff_km=100.0),
        InputError,
        ("geometry", "spatial-hac", "geometry="),
    ),
    Case(
        "bandwidth below zero",
        fit(cov_type="driscoll-kraay", bandwidth=-1),
        OptionError,
        ("bandwidth", "-1"),
    ),
    Case(
        "durbin without lags of X",
        fit(model=bd.SAR, durbin=["x1"]),
        OptionError,
        ("durbin", "lags of X", "SpatialLag"),
    ),
    Case("durbin of nobody", fit(durbin=["x3"]), OptionError, ("durbin", "x1", "'x3'")),
    Case("durbin as text", fit(durbin="x1"), OptionError, ("durbin", "a list", "'x1'")),
    Case("gmm moments in ml", fit(model=bd.SEM, gmm="robust"), OptionError, ("method", "'gmm'")),
    Case(
        "endogenous alone",
        fit(method="gmm", endogenous=["x1"]),
        OptionError,
        ("instruments", "together"),
    ),
    Case(
        "endogenous nobody",
        fit(method="gmm", endogenous=["x3"], instruments=["positive"]),
        OptionError,
        ("endogenous", "x1", "'x3'"),
    ),
    Case(
        "instrument of the formula",
        fit(method="gmm", endogenous=["x1"], instruments=["x2"]),
        OptionError,
        ("instruments", "Exogenous regressors"),
    ),
    Case(
        "nothing to instrument with",
        fit("y ~ 1", bd.SAR, method="gmm", fixed_effects="unit"),
        IdentificationError,
        ("instruments", "Name instruments"),
    ),
    Case(
        "saturated",
        call(
            lambda: bd.SAR("y ~ x1 + x2", method="gmm", fixed_effects="unit").fit(
                panel().select(units=UNITS[:3], periods=[2001, 2002]),
                bd.SpatialWeights.from_matrix([[0, 1, 0], [1, 0, 1], [0, 1, 0]], UNITS[:3]),
            )
        ),
        IdentificationError,
        ("formula", "3 regressors and lags", "3 effects", "6 observations", "larger panel"),
    ),
    Case(
        "exact fit by moments",
        call(
            lambda: bd.SEM("y ~ x1", method="gmm").fit(
                panel().with_columns(y=1 + 2 * panel()["x1"]), weights()
            )
        ),
        IdentificationError,
        ("formula", "explain exactly", "drop the regressors"),
    ),
    Case("gmm dynamic", fit(method="gmm", dynamic="time"), OptionError, ("dynamic", "'gmm'")),
    Case(
        "elhorst for an error model",
        fit(model=bd.SEM, correction="elhorst"),
        OptionError,
        ("correction", "lag or Durbin"),
    ),
    Case("absorb of nobody", fit(absorb=["region"]), DataError, ("region",)),
    Case(
        "weights missing",
        call(lambda: bd.SAR("y ~ x1").fit(panel())),
        WeightsError,
        ("weights", "fit(panel, weights)"),
    ),
    Case(
        "a frame as panel",
        call(lambda: bd.SAR("y ~ x1").fit(pd.DataFrame({"y": [1.0]}), weights())),
        InputError,
        ("panel", "DataFrame", "bd.Panel.from_frame"),
    ),  # type: ignore[arg-type]
    Case(
        "two units",
        call(lambda: bd.NonSpatial("y ~ x1").fit(panel().select(units=UNITS[:2]))),
        IdentificationError,
        ("at least 3 units", "2", "more units"),
    ),
    Case(
        "option unknown to replace",
        call(lambda: fitted().estimator.replace(effects="unit")),
        OptionError,
        ("'effects'", "fixed_effects"),
    ),
]
RESULTS = [
    Case(
        "draws below zero",
        call(lambda: fitted().impacts(draws=-1)),
        OptionError,
        ("draws", "2 or more", "-1"),
    ),
    Case(
        "one draw",
        call(lambda: fitted().impacts(draws=1)),
        OptionError,
        ("draws", "2 or more", "1"),
    ),
    Case(
        "seed of text",
        call(lambda: fitted().impacts(draws=9, seed="x")),
        OptionError,
        ("seed", "whole number", "'x'"),
    ),  # type: ignore[arg-type]
    Case(
        "horizon of a static model",
        call(lambda: fitted().impacts(horizon="long")),
        OptionError,
        ("horizon", "dynamic=", "'long'"),
    ),
    Case(
        "level of 95", call(lambda: fitted().tidy(level=95)), OptionError, ("level", "0.95", "95")
    ),
    Case(
        "change in nobody",
        call(lambda: fitted().shock("x1", {"nobody": 1.0})),
        InputError,
        ("changes", "nobody", "panel.units"),
    ),
    Case(
        "change without a size",
        call(lambda: fitted().shock("x1", {"u01": float("nan")})),
        InputError,
        ("changes", "finite", "number"),
    ),
    Case(
        "change of nothing",
        call(lambda: fitted().shock("x9", {"u01": 1.0})),
        InputError,
        ("term", "x1", "x9"),
    ),
    Case(
        "permanent by halves",
        call(lambda: fitted().shock("x1", {"u01": 1.0}, permanent=2)),
        OptionError,
        ("permanent", "True or False", "2"),
    ),  # type: ignore[arg-type]
    Case(
        "reduced as text",
        call(lambda: fitted().predict(reduced="no")),
        OptionError,
        ("reduced", "True or False", "'no'"),
    ),  # type: ignore[arg-type]
    Case(
        "hypothesis of nobody",
        call(lambda: fitted().wald_test("x9 = 0")),
        InputError,
        ("hypothesis", "x9", "'x1 = x2'"),
    ),
    Case(
        "one equation twice",
        call(lambda: fitted().wald_test("x1 = 0, 2 * x1 = 0")),
        InputError,
        ("hypothesis", "Leave out the equations"),
    ),
    Case(
        "first stage of ml",
        call(lambda: fitted().first_stage),
        OptionError,
        ("first_stage", 'method="gmm"'),
    ),
    Case(
        "lr test of a number",
        call(lambda: fitted().lr_test(3)),
        InputError,
        ("other", "int", "model.fit("),
    ),  # type: ignore[arg-type]
]
STATISTICS = [
    Case(
        "pooled 5",
        call(lambda: bd.Moran("y", pooled=5)),
        OptionError,
        ("pooled", "True or False", "5"),
    ),  # type: ignore[arg-type]
    Case(
        "permutations by halves",
        call(lambda: bd.Moran("y", permutations=9.5)),
        OptionError,
        ("permutations", "whole number", "9.5"),
    ),  # type: ignore[arg-type]
    Case(
        "unknown alternative",
        call(lambda: bd.Geary("y", alternative="both")),
        OptionError,
        ("alternative", "'two-sided'", "'both'"),
    ),  # type: ignore[arg-type]
    Case(
        "unknown inference",
        call(lambda: bd.GetisOrd("y", inference="analytic")),
        OptionError,
        ("inference", "'randomisation'"),
    ),
    Case(
        "permutations of none",
        call(lambda: bd.Moran("y", permutations=0, inference="permutation")),
        OptionError,
        ("permutations", "at least 1"),
    ),
    Case(
        "stages backwards",
        call(lambda: bd.Moran("y", stages={"late": (2006, 2001)})),
        OptionError,
        ("stages", "'early'", "2006"),
    ),
    Case(
        "stages elsewhere",
        call(lambda: bd.Moran("y", stages={"old": (1990, 1995)}).fit(panel(), weights())),
        DataError,
        ("stages", "2001-2006", "old", "inside"),
    ),
    Case(
        "variable of nobody", call(lambda: bd.Moran("z").fit(panel(), weights())), DataError, ("z",)
    ),
    Case(
        "variable of text",
        call(lambda: bd.Moran("place").fit(panel(), weights())),
        DataError,
        ("place", "numbers"),
    ),
    Case(
        "weights of text",
        call(lambda: bd.Moran("y").fit(panel(), "queen")),
        WeightsError,
        ("weights", "str", "bd.Queen()"),
    ),  # type: ignore[arg-type]
    Case(
        "star as text",
        call(lambda: bd.LocalGetisOrd("y", star="yes")),
        OptionError,
        ("star", "True or False", "'yes'"),
    ),  # type: ignore[arg-type]
    Case(
        "bounds of text",
        call(lambda: bd.SpatialMarkov("y", bounds=["low"])),
        OptionError,
        ("bounds", "ascending", "low"),
    ),
    Case("level of Lisa", call(lambda: bd.LocalMoran("y", level=5)), OptionError, ("level", "5")),
    Case(
        "p-values above one",
        call(lambda: bd.adjust_p_values([0.5, 2.0])),
        InputError,
        ("p-values between 0 and 1", "2", "not statistics"),
    ),
    Case(
        "unknown unit-root test",
        call(lambda: bd.unit_root_test(panel(), "y", test="adf")),
        OptionError,
        ("test", "'cips'", "'adf'"),
    ),  # type: ignore[arg-type]
    Case(
        "demean 1",
        call(lambda: bd.unit_root_test(panel(), "y", demean=1)),
        OptionError,
        ("demean", "True or False", "1"),
    ),  # type: ignore[arg-type]
    Case(
        "seven regressors",
        call(lambda: bd.cointegration_test(panel(), "y", [])),
        DataError,
        ("regressors", "one to six", "0"),
    ),
    Case(
        "a fit for a request",
        call(lambda: bd.lm_tests(3, panel(), weights())),
        InputError,
        ("model", "int", "SpatialDurbin("),
    ),  # type: ignore[arg-type]
    Case(
        "form of the LM test",
        call(lambda: bd.lm_tests(bd.NonSpatial("y ~ x1"), panel(), weights(), form="robust")),
        OptionError,
        ("form", "'corrected'", "'robust'"),
    ),  # type: ignore[arg-type]
    Case(
        "request for a fit",
        call(lambda: bd.residual_tests(bd.NonSpatial("y ~ x1"))),
        InputError,
        ("fit", "model.fit(", "NonSpatial"),
    ),  # type: ignore[arg-type]
    Case(
        "bootstrap of none",
        call(lambda: bd.bootstrap(fitted(), 0)),
        OptionError,
        ("replications", "0"),
    ),
    Case(
        "wild by period of nobody",
        call(lambda: bd.bootstrap(fitted(), 9, kind="block")),
        OptionError,
        ("kind", "'wild'", "'block'"),
    ),  # type: ignore[arg-type]
    Case(
        "split at the start",
        call(lambda: bd.compare_stages(bd.NonSpatial("y ~ x1"), panel(), split=2001)),
        InputError,
        ("split", "2001", "Choose one"),
    ),
    Case(
        "group that moves",
        call(lambda: bd.compare_groups(bd.NonSpatial("y ~ x1"), panel(), group="x2")),
        DataError,
        ("x2", "constant over time", "panel.with_columns"),
    ),
    Case(
        "shares of nobody",
        call(lambda: bd.driver_shares(bd.NonSpatial("y ~ x1"), panel(), groups={"a": ["x9"]})),
        InputError,
        ("groups", "x9", "x1", "terms of the formula"),
    ),
    Case(
        "table of nothing",
        call(lambda: bd.regression_table([])),
        InputError,
        ("none", "one result or more"),
    ),
    Case(
        "table of a number",
        call(lambda: bd.regression_table([3])),
        InputError,
        ("int", "results with tidy()", "Pass fits"),
    ),  # type: ignore[list-item]
    Case(
        "stars above one",
        call(lambda: bd.regression_table([fitted()], stars=(5, 1))),
        InputError,
        ("stars", "5", "(0.1, 0.05, 0.01)"),
    ),
    Case(
        "digits by halves",
        call(lambda: bd.regression_table([fitted()], digits=2.5)),
        InputError,
        ("digits", "2.5", "digits=3"),
    ),  # type: ignore[arg-type]
    Case(
        "table in an unknown format",
        lambda folder: bd.regression_table([fitted()]).save(folder / "table.pdf"),
        OptionError,
        ("path", "table.pdf", ".docx"),
    ),
]

STUDY = """
[data]
file = "panel.csv"
unit = "unit"
time = "year"

[weights.ring]
kind = "file"
file = "ring.csv"

[model]
formula = "y ~ x1 + x2"
"""


def study(*changes: tuple[str, str], more: str = "") -> Callable[[Path], Any]:
    """The check of a study file that was changed in places, with its data beside it."""

    def check(folder: Path) -> Any:
        text = STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return check_study(written(folder, (text + more).encode()))

    return check


def written(folder: Path, content: bytes) -> Path:
    """A study file of this content, with the data that it names beside it."""
    frames = [
        pd.DataFrame({name: panel()[name][t] for name in ("y", "x1", "x2", "place")}).assign(
            unit=UNITS, year=year
        )
        for t, year in enumerate(panel().periods)
    ]
    pd.concat(frames).to_csv(folder / "panel.csv", index=False)
    pd.DataFrame(weights().dense, UNITS, UNITS).to_csv(folder / "ring.csv")
    path = folder / "study.toml"
    path.write_bytes(content)
    return path


FILE = "study.toml: "
STUDY_FILES = [
    Case(
        "no file",
        lambda folder: check_study(folder / "study.toml"),
        StudyError,
        ("study.toml", "bevdrivers init"),
    ),
    Case(
        "no TOML",
        lambda folder: check_study(written(folder, b"[data\nfile")),
        StudyError,
        ("study.toml", "TOML", "brackets"),
    ),
    Case(
        "not in UTF-8",
        lambda folder: check_study(written(folder, "[study]\ntitle = '\xfc'".encode("latin-1"))),
        StudyError,
        ("study.toml", "UTF-8", "Save it"),
    ),
    Case(
        "backslashes in a path",
        study(('"panel.csv"', '"data\\panel.csv"')),
        StudyError,
        ("study.toml", "\\", "/"),
    ),
    Case(
        "unknown section",
        study(more="[modell]\n"),
        StudyError,
        (f"{FILE}[modell]", "Did you mean 'model'?"),
    ),
    Case(
        "section as a key",
        lambda folder: check_study(written(folder, b"moran = 3\n" + STUDY.encode())),
        StudyError,
        (f"{FILE}[moran]", "a table", "[moran]"),
    ),
    Case(
        "unknown key",
        study(("formula =", "formulas =")),
        StudyError,
        (f"{FILE}[model] formulas", "'formula'"),
    ),
    Case(
        "year for years",
        study(('time = "year"', 'time = "year"\nyear = [2001, 2003]')),
        StudyError,
        (f"{FILE}[data] year", "Did you mean 'years'?"),
    ),
    Case(
        "splitt for split",
        study(more="[stages]\nsplitt = 2003\n"),
        StudyError,
        (f"{FILE}[stages] splitt", "Did you mean 'split'?"),
    ),
    Case(
        "formula missing",
        study(('formula = "y ~ x1 + x2"', "")),
        StudyError,
        (f"{FILE}[model] formula", "Add formula ="),
    ),
    Case(
        "formula of numbers",
        study(('"y ~ x1 + x2"', "3")),
        StudyError,
        (f"{FILE}[model] formula", "in quotes", "3"),
    ),
    Case(
        "formula that runs",
        study(("y ~ x1 + x2", "y ~ I(open('f'))")),
        StudyError,
        (f"{FILE}[model] formula", "open"),
    ),
    Case(
        "unknown column in a file",
        study(("x1 + x2", "x1 + x3")),
        StudyError,
        (f"{FILE}[model] formula", "x3", "The panel has"),
    ),
    Case(
        "unknown model",
        study(more='main = "sdmm"\n'),
        StudyError,
        (f"{FILE}[model] main", "Did you mean 'sdm'?"),
    ),
    Case(
        "models as text",
        study(more='compare = "sar"\n'),
        StudyError,
        (f"{FILE}[model] compare", "a list", "'sar'"),
    ),
    Case(
        "effects as a truth in a file",
        study(more="fixed_effects = true\n"),
        StudyError,
        (f"{FILE}[model] fixed_effects", "two-way", "true"),
    ),
    Case(
        "flag as text",
        study(more='mundlak = "yes"\n'),
        StudyError,
        (f"{FILE}[model] mundlak", "true or false", "'yes'"),
    ),
    Case(
        "instruments alone",
        study(more='method = "gmm"\ninstruments = ["x2"]\n'),
        StudyError,
        (f"{FILE}[model] endogenous",),
    ),
    Case(
        "both kinds in a file",
        study(more='random_effects = "kkp"\nfixed_effects = "unit"\n'),
        StudyError,
        (f"{FILE}[model] random_effects",),
    ),
    Case(
        "no data",
        study(('file = "panel.csv"\n', "")),
        StudyError,
        (f"{FILE}[data] file", 'source = "bev"'),
    ),
    Case(
        "data of another kind",
        study(("panel.csv", "panel.sav")),
        StudyError,
        (f"{FILE}[data] file", ".dta", "panel.sav"),
    ),
    Case(
        "data elsewhere",
        study(("panel.csv", "panels.csv")),
        StudyError,
        (f"{FILE}[data] file", "panels.csv", "Did you mean 'panel.csv'?"),
    ),
    Case(
        "unit of nobody",
        study(('"unit"', '"units"')),
        StudyError,
        (f"{FILE}[data] unit", "Did you mean 'unit'?"),
    ),
    Case(
        "years outside",
        study(('time = "year"', 'time = "year"\nyears = [1990, 2003]')),
        StudyError,
        (f"{FILE}[data] years", "2001 to 2006", "among them"),
    ),
    Case(
        "years backwards",
        study(('time = "year"', 'time = "year"\nyears = [2003, 2001]')),
        StudyError,
        (f"{FILE}[data] years", "[2011, 2015]"),
    ),
    Case(
        "units of nobody",
        study(('time = "year"', 'time = "year"\nunits = ["u01", "v02"]')),
        StudyError,
        (f"{FILE}[data] units", "v02"),
    ),
    Case(
        "sheet of a CSV file",
        study(('time = "year"', 'time = "year"\nsheet = "a"')),
        StudyError,
        (f"{FILE}[data] sheet", "Delete the line"),
    ),
    Case(
        "no weights",
        study(('[weights.ring]\nkind = "file"\nfile = "ring.csv"\n', "")),
        StudyError,
        (f"{FILE}[weights]", "[weights.near]"),
    ),
    Case(
        "kind of weights",
        study(('"file"', '"quean"')),
        StudyError,
        (f"{FILE}[weights.ring] kind", "Did you mean 'queen'?"),
    ),
    Case(
        "no map for a map",
        study(('kind = "file"\nfile = "ring.csv"', 'kind = "queen"')),
        StudyError,
        (f"{FILE}[weights.ring] kind", "geometry"),
    ),
    Case(
        "k of a file",
        study(('kind = "file"', 'kind = "file"\nk = 3')),
        StudyError,
        (f"{FILE}[weights.ring] k", 'kind = "file"'),
    ),
    Case(
        "stage of one year",
        study(more="[stages]\nsplit = 2002\n"),
        StudyError,
        (f"{FILE}[stages] split", "Stage 1", "T = 1", "drop ="),
    ),
    Case(
        "stage drops nobody",
        study(more='[stages]\nsplit = 2004\ndrop = { "Stage 1" = ["x9"] }\n'),
        StudyError,
        (f"{FILE}[stages] drop.Stage 1", "x9"),
    ),
    Case(
        "map of nobody",
        study(more='[map]\nvariable = "x9"\n'),
        StudyError,
        (f"{FILE}[map] variable", "x9", "There are: "),
    ),
    Case(
        "map of text",
        study(more='[map]\nvariable = "place"\n'),
        StudyError,
        (f"{FILE}[map] variable", "numbers", "Name a column"),
    ),
    Case(
        "map of another year",
        study(more="[map]\nyears = [1999]\n"),
        StudyError,
        (f"{FILE}[map] years", "1999", "Choose among them"),
    ),
    Case(
        "label of nobody",
        study(more='[labels]\nx9 = "a"\n'),
        StudyError,
        (f'{FILE}[labels] "x9"', "There are: "),
    ),
    Case(
        "draws of text",
        study(more='[impacts]\ndraws = "many"\n'),
        StudyError,
        (f"{FILE}[impacts] draws", "whole number", "'many'"),
    ),
    Case(
        "one draw in a file",
        study(more="[impacts]\ndraws = 1\n"),
        StudyError,
        (f"{FILE}[impacts] draws", "2 or more", "1"),
    ),
    Case(
        "unknown output",
        study(more='[outputs]\ntables = ["doc"]\n'),
        StudyError,
        (f"{FILE}[outputs] tables", "Did you mean 'docx'?"),
    ),
    Case(
        "spillover of nobody",
        study(more='[spillover]\nunit = "u99"\nterm = "x1"\n'),
        StudyError,
        (f"{FILE}[spillover] unit", "u99", "There are: "),
    ),
    Case(
        "spillover without end",
        study(more='[spillover]\nunit = "u01"\nterm = "x1"\nchange = nan\n'),
        StudyError,
        (f"{FILE}[spillover] change", "number"),
    ),
]


class TestPython:
    @rows(FORMULAS)
    def test_formulas(self, case: Case, tmp_path: Path) -> None:
        case.check(tmp_path)

    @rows(OPTIONS)
    def test_options(self, case: Case, tmp_path: Path) -> None:
        case.check(tmp_path)

    @rows(RESULTS)
    def test_questions_to_results(self, case: Case, tmp_path: Path) -> None:
        case.check(tmp_path)

    @rows(STATISTICS)
    def test_statistics_tests_and_tables(self, case: Case, tmp_path: Path) -> None:
        case.check(tmp_path)


@rows(STUDY_FILES)
def test_study_files(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_all_sections_are_looked_at_before_a_study_is_refused(tmp_path: Path) -> None:
    text = STUDY.replace("formula =", "formulas =").replace("unit =", "units_ =")
    with pytest.raises(StudyError) as refusal:
        check_study(written(tmp_path, (text + "[map]\nyears = 3\n[modell]\n").encode()))
    message = str(refusal.value)
    for part in ("4 faults", "[modell]", "[data] units_", "[model] formulas", "[map] years"):
        assert part in message


def test_a_study_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """Windows' editor writes one."""
    assert check_study(written(tmp_path, b"\xef\xbb\xbf" + STUDY.encode())).outcome == "y"


def test_a_path_with_backslashes_in_single_quotes_is_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    text = STUDY.replace('"panel.csv"', r"'data\panel.csv'")
    path = written(tmp_path, text.encode())
    (tmp_path / "panel.csv").rename(tmp_path / "data" / "panel.csv")
    assert check_study(path).outcome == "y"


COMMANDS: list[tuple[list[str], int, tuple[str, ...]]] = [
    (["chek", "study.toml"], 2, ("invalid choice: 'chek'", "check")),
    (["check"], 2, ("STUDY.toml",)),
    (["check", "nowhere.toml"], 2, ("nowhere.toml", "bevdrivers init")),
    (["check", "."], 2, ("a study file", "directory")),
    (["run", "nowhere.toml", "--outt", "x"], 2, ("--outt",)),
    (
        ["package", "nowhere.toml", "--out", "study.tar"],
        2,
        ("--out", "study.tar", "--out study.zip"),
    ),
    (["verify", "nowhere.zip"], 2, ("nowhere.zip",)),
    (["verify", ".", "--sha256", "abc"], 2, ("--sha256", "64", "abc")),
]


@pytest.mark.parametrize(("arguments", "code", "says"), COMMANDS, ids=lambda value: str(value)[:40])
def test_command_lines(
    arguments: list[str],
    code: int,
    says: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        ended = main(arguments)
    except SystemExit as stop:  # what argparse refuses
        ended = stop.code  # type: ignore[assignment]
    printed = capsys.readouterr()
    assert ended == code
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert not [text for text in says if text not in printed.err], printed.err
    assert not list(tmp_path.iterdir())
