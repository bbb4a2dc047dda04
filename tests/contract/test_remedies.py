"""Every error about something that the user gave says what the user can do about it."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import bevdrivers as bd
from bevdrivers import errors, options
from bevdrivers.errors import InputError, OptionError, suggestion
from bevdrivers.study import errors as study_errors

from .imports import PACKAGE

FAMILY = {
    name
    for module in (errors, study_errors)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, InputError)
}
# Python's own errors, where Python or a caller inside the same module waits for them.
FOREIGN = {
    "__init__.py": "AttributeError: what a module's __getattr__ has to raise",
    "results.py": "KeyError: what __getitem__ has to raise",
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
    silent = [call.place for call in ERRORS if not _says_a_remedy(call.node)]
    assert silent == []


def test_a_call_without_a_remedy_would_be_found():
    for source in ('InputError("x", expected="a", got="b")', 'InputError("x", remedy="")'):
        call = ast.parse(source, mode="eval").body
        assert isinstance(call, ast.Call)
        assert not _says_a_remedy(call)


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
    named = [(place, name) for place, text in texts for name in re.findall(r"\bbd\.(\w+)", text)]
    assert named
    assert [(place, name) for place, name in named if not hasattr(bd, name)] == []


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
