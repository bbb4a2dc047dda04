"""A module in memory made over into what another source says, whoever holds its functions."""

from __future__ import annotations

import sys
import types
from functools import cached_property
from typing import Any


def put(name: str, source: bytes) -> None:
    """Give the functions, methods and constants of an imported module those of another source.

    Functions and classes stay the objects that they are, so that other modules see the change.
    """
    module = sys.modules[name]
    fresh = types.ModuleType(name)
    fresh.__package__, fresh.__file__ = module.__package__, module.__file__
    exec(compile(source, str(module.__file__), "exec"), fresh.__dict__)
    for key, value in vars(fresh).items():
        if key.startswith("__") or getattr(value, "__module__", name) != name:
            continue
        held = vars(module).get(key)
        if not _carried(held, value) and repr(held) != repr(value):
            _set_everywhere(key, held, value)


def _carried(held: Any, new: Any) -> bool:
    """Whether a function or class, or what wraps one, has taken over the new code."""
    if isinstance(new, types.FunctionType):
        _carry_function(held, new)
    elif isinstance(new, type):
        for key, value in vars(new).items():
            old = vars(held).get(key)
            if _carried(old, value) or key.startswith("__") or key == "_abc_impl":
                continue
            if repr(old) != repr(value) and not isinstance(value, types.MemberDescriptorType):
                setattr(held, key, value)
    elif isinstance(new, property):
        _carry_function(held.fget, new.fget)
    elif isinstance(new, cached_property):
        _carry_function(held.func, new.func)
    elif isinstance(new, classmethod | staticmethod):
        _carry_function(held.__func__, new.__func__)
    elif hasattr(new, "__wrapped__"):
        _carry_function(held.__wrapped__, new.__wrapped__)
    else:
        return False
    return True


def _carry_function(held: Any, new: Any) -> None:
    if hasattr(new, "__wrapped__"):
        _carry_function(held.__wrapped__, new.__wrapped__)
    held.__defaults__, held.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
    if len(held.__code__.co_freevars) != len(new.__code__.co_freevars):
        return
    held.__code__ = new.__code__
    # the defaults of a dataclass live in what its __init__ encloses
    if new.__code__.co_filename == "<string>":
        for cell, other in zip(held.__closure__ or (), new.__closure__ or (), strict=True):
            if not isinstance(cell.cell_contents, type):
                cell.cell_contents = other.cell_contents


def _set_everywhere(key: str, held: Any, value: Any) -> None:
    """A constant, in each module of the package that has imported it."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "bevdrivers" and vars(module).get(key) is held:
            setattr(module, key, value)
