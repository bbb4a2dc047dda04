"""Every error about something that the user gave says what the user can do about it."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers import errors, options
from bevdrivers.errors import InputError, OptionError, suggestion
from bevdrivers.study import errors as study_errors
from tests.made_up import drawn, ring

from .imports import PACKAGE

FAMILY = {
    name
    for module in (errors, study_errors)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, InputError)
}
# Kinds that have a remedy of their own, whatever was wrong.
WITH_USUAL_REMEDY = {
    name for name in FAMILY if getattr(study_errors, name, InputError).usual_remedy
}
# Python's own errors, where Python or a caller inside the same module waits for them.
FOREIGN = {
    "__init__.py": "AttributeError: what a module's __getattr__ has to raise",
    "results.py": "KeyError: what __getitem__ has to raise",
    "files.py": "OSError: it becomes a FileError a few lines above",
    "models/design/lagged_outcome.py": "no user comes here: the request has been refused before",
    "models/joint.py": "no user comes here: each estimate has its scores",
    "study/package/comparison.py": "caught there: a file that is not what it says is not compared",
}


@dataclass(frozen=True)
class Call:
    """A call in the package.

    Attributes
    ----------
    module : str
        Its module as a path in the package, "models/ml.py".
    node : ast.Call
    """

    module: str
    node: ast.Call

    @property
    def place(self) -> str:
        return f"{self.module}:{self.node.lineno}"


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield path.relative_to(PACKAGE).as_posix(), tree


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


TREES = list(_trees())
ERRORS = [
    Call(module, node)
    for module, tree in TREES
    for node in ast.walk(tree)
    if isinstance(node, ast.Call) and _name(node.func) in FAMILY
]


def _says_a_remedy(call: ast.Call) -> bool:
    """Whether the call hands a remedy on that is not an empty text."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "remedy"]
    return any(not isinstance(value, ast.Constant) or bool(value.value) for value in given)


def test_the_scan_finds_the_errors():
    assert {"InputError", "OptionError", "DataError", "StudyError", "PackageError"} <= FAMILY
    assert len(ERRORS) > 500


def test_every_error_says_what_to_do():
    silent = [
        call.place
        for call in ERRORS
        if not _says_a_remedy(call.node) and _name(call.node.func) not in WITH_USUAL_REMEDY
    ]
    assert silent == []


def test_a_call_without_a_remedy_would_be_found():
    for source in ('InputError("x", expected="a", got="b")', 'InputError("x", remedy="")'):
        call = ast.parse(source, mode="eval").body
        assert isinstance(call, ast.Call)
        assert not _says_a_remedy(call)


def test_no_function_lets_a_remedy_be_left_out_in_silence():
    """One that makes errors for others asks for the remedy, or has one in its place."""
    silent = [
        f"{module}:{node.lineno}"
        for module, tree in TREES
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and _may_leave_out(node)
        and "remedy or " not in ast.unparse(node)
    ]
    assert silent == []


def _may_leave_out(function: ast.FunctionDef) -> bool:
    """Whether a function takes a remedy that is empty by default."""
    given = function.args
    first_default = len(given.args) - len(given.defaults)
    defaults = dict(zip(given.args[first_default:], given.defaults, strict=True))
    defaults |= dict(zip(given.kwonlyargs, given.kw_defaults, strict=True))
    empty = [
        argument.arg
        for argument, default in defaults.items()
        if isinstance(default, ast.Constant) and not default.value
    ]
    return "remedy" in empty


def test_errors_of_python_are_for_python_alone():
    raised = {
        module
        for module, tree in TREES
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and _is_pythons(node.exc)
    }
    assert raised == set(FOREIGN)


def _is_pythons(raised: ast.expr | None) -> bool:
    """Whether an expression behind `raise` is an exception that Python itself defines."""
    called = raised.func if isinstance(raised, ast.Call) else raised
    if called is None:
        return False
    kind = getattr(builtins, _name(called), None)
    return isinstance(kind, type) and issubclass(kind, Exception)


def test_remedies_name_what_there_is():
    """A remedy sends the user to functions and options that exist."""
    texts = [
        (call.place, text.value)
        for call in ERRORS
        for text in ast.walk(call.node)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]
    named = [
        (position, name)
        for position, text in texts
        for name in re.findall(r"\bbd\.(\w+(?:\.\w+)*)", text)
    ]
    assert named
    assert [(position, name) for position, name in named if not _is_there(name)] == []


def _is_there(dotted: str) -> bool:
    """Whether the package has a name such as "Panel.from_frame"."""
    reached: object = bd
    for part in dotted.split("."):
        if not hasattr(reached, part):
            return False
        reached = getattr(reached, part)
    return True


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("bartlet", "Did you mean 'bartlett'?"),
        ("Parzen", "Did you mean 'parzen'?"),
        ("x", "Write 'bartlett', for instance."),
        (7, "Write 'bartlett', for instance."),
    ],
)
def test_a_choice_has_a_nearest_one_or_an_example(value, remedy):
    with pytest.raises(OptionError) as caught:
        options.check_option("kernel", value, options.Kernel)
    assert caught.value.remedy == remedy


def test_a_package_that_cannot_be_checked_has_its_own_remedy():
    assert {"PackageError"} == WITH_USUAL_REMEDY
    assert study_errors.PackageError("x", expected="a", got="b").remedy


def test_nothing_to_choose_from():
    assert suggestion("x", []) == "Leave it out."


@pytest.mark.parametrize("value", [-3, 2.0, "5", None, True])
def test_the_example_of_a_whole_number_is_one(value):
    with pytest.raises(OptionError) as caught:
        options.whole_number("k", value, 1)
    (example,) = re.findall(r"\d+", caught.value.remedy)
    assert options.whole_number("k", int(example), 1) == 1


@pytest.mark.parametrize(
    "bounds",
    [{}, {"at_least": 0.0}, {"above": 2.0}, {"below": 5.0}, {"above": 0.0, "below": 1.0}],
)
def test_the_example_of_a_number_is_within_its_bounds(bounds):
    with pytest.raises(OptionError) as caught:
        options.real_number("level", "x", **bounds)
    (example,) = re.findall(r"-?\d+(?:\.\d+)?", caught.value.remedy)
    assert options.real_number("level", float(example), **bounds) == float(example)


def test_a_file_of_weights_that_is_wrong_is_named(tmp_path):
    file = tmp_path / "k.gal"
    file.write_text("0 3 three id\n")
    with pytest.raises(bd.errors.WeightsError, match=r"k\.gal"):
        bd.FromFile(file).fit()


def test_a_path_as_weights_points_to_the_reader():
    with pytest.raises(bd.errors.WeightsError, match=r"bd\.FromFile"):
        bd.NonSpatial("y ~ x1").to(bd.SpatialLag).fit(drawn(bd.NonSpatial, ring(12)), "k.gal")


@pytest.mark.parametrize(
    ("time", "remedy"), [([20101, 20104], "quarters"), ([40544, 40909], "Excel")]
)
def test_numbers_that_are_no_years_are_told_apart(time, remedy):
    frame = pd.DataFrame({"unit": ["a", "a"], "time": time, "y": [1.0, 2.0]})
    with pytest.raises(bd.errors.DataError, match=remedy):
        bd.Panel.from_frame(frame, unit="unit", time="time")


def test_an_empty_column_is_named_where_nothing_is_left_without_it():
    panel = drawn(bd.NonSpatial, ring(12))
    panel = panel.with_columns(nothing=np.full(panel.present.shape, np.nan))
    with pytest.raises(bd.errors.DataError, match=r"empty everywhere, \['nothing'\]"):
        panel.balance(drop="units")


def test_moran_plots_compare_the_columns_of_their_frames():
    x = pd.DataFrame([[1.0, 2.0, 4.0]], index=[2011], columns=list("abc"))
    with pytest.raises(bd.errors.DataError, match=r"lag\[x\.columns\]"):
        bd.moran_scatter_years(x, x[list("cba")], [2011])
