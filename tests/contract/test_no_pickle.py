"""No file is ever unpickled or executed: the calls that would are not in the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from .imports import PACKAGE, all_imports

# they load objects whose loading runs code, or text that is code
MODULES = {
    "pickle",
    "_pickle",
    "cPickle",
    "cloudpickle",
    "dill",
    "jsonpickle",
    "marshal",
    "shelve",
    "yaml",
}
CALLS = {
    "read_pickle",
    "to_pickle",
    "read_hdf",
    "HDFStore",
    "read_feather",
    "read_parquet",
    "read_orc",
    "loads_pickle",
}
BUILTIN = {"eval", "exec", "compile", "__import__"}
NUMPY = {"load", "loadtxt", "genfromtxt", "fromregex", "memmap"}
# joblib starts processes; its files are pickles
JOBLIB = {"load", "dump", "Memory"}


def faults(source: str) -> Iterator[str]:
    """The calls in a source that could run what a file says."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if (
            name in CALLS
            or (not owner and name in BUILTIN)
            or (owner in ("np", "numpy") and name in NUMPY)
            or (owner == "joblib" and name in JOBLIB)
        ):
            yield ast.unparse(node)
        if any(
            word.arg == "allow_pickle" and ast.unparse(word.value) != "False"
            for word in node.keywords
        ):
            yield ast.unparse(node)


def test_no_module_of_objects_is_imported() -> None:
    wrong = [
        f"{imported.module} imports {imported.target}"
        for imported in all_imports()
        if imported.parts[0] in MODULES
    ]
    assert wrong == []


def test_no_call_loads_objects_or_runs_text() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}: {call}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for call in faults(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "call",
    [
        "pd.read_pickle(path)",
        "frame.to_pickle(path)",
        "pd.read_hdf(path)",
        "pd.HDFStore(path)",
        "pd.read_parquet(path)",
        "np.load(path)",
        "joblib.load(path)",
        "joblib.Memory(folder)",
        "np.save(path, x, allow_pickle=True)",
        "other.load(path, allow_pickle=flag)",
        "eval(text)",
        "exec(text)",
    ],
)
def test_the_rule_itself(call: str) -> None:
    assert list(faults(call)) == [call]


@pytest.mark.parametrize(
    "call",
    [
        "json.load(file)",
        "joblib.Parallel(2)",
        "frame.eval_at(x)",
        "np.save(path, x, allow_pickle=False)",
    ],
)
def test_what_it_lets_pass(call: str) -> None:
    assert list(faults(call)) == []
