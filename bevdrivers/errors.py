"""Errors that name the argument, what was expected, what came, and the remedy; and the warnings of
the package.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from difflib import get_close_matches
from types import FrameType
from typing import Any, Self


def first_five(values: Iterable[Any]) -> str:
    """The first five of `values` as text, with the number left out: ``['a', 'b', 'c', 'd', 'e', ...
    3 more]``.
    """
    listed = list(values)
    shown = ", ".join(repr(v.item() if hasattr(v, "item") else v) for v in listed[:5])
    return f"[{shown}, ... {len(listed) - 5} more]" if len(listed) > 5 else f"[{shown}]"


def suggestion(value: Any, choices: Iterable[Any]) -> str:
    """The remedy for a value that is none of a few: the nearest of them, or one as an example.

    >>> suggestion("Quen", ["queen", "rook"])
    "Did you mean 'queen'?"
    >>> suggestion(3, ["queen", "rook"])
    "Write 'queen', for instance."
    >>> suggestion(3, [])
    'Leave it out.'
    """
    known = [choice.item() if hasattr(choice, "item") else choice for choice in choices]
    by_text = {str(choice).casefold(): choice for choice in known}
    near = get_close_matches(str(value).casefold(), by_text, n=1)
    if isinstance(value, str) and near:
        return f"Did you mean {by_text[near[0]]!r}?"
    return f"Write {known[0]!r}, for instance." if known else "Leave it out."


class BevdriversError(Exception):
    """Base of every error that the package raises on purpose."""


class InputError(BevdriversError, ValueError):
    """An argument that cannot be used.

    Parameters
    ----------
    argument : str
        The argument, option, column or file that is at fault.
    expected, got : str
        What was needed and what came (the first five offending ids or values).
    remedy : str
        What the user can do about it; by default what there is to do about every error of a kind.
    """

    usual_remedy = ""

    def __init__(
        self,
        argument: str,
        *,
        expected: str,
        got: str,
        remedy: str = "",
    ) -> None:
        remedy = remedy or self.usual_remedy
        self.argument, self.expected, self.got, self.remedy = argument, expected, got, remedy
        super().__init__(f"{argument}: expected {expected}; got {got}. {remedy}".rstrip())

    def about(self, argument: str) -> Self:
        """The same error about an argument of another name: what the user has called it."""
        return type(self)(
            argument,
            expected=self.expected,
            got=self.got,
            remedy=self.remedy,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # keyword-only arguments do not survive the default pickling, which worker processes need
        return (_rebuild, (type(self), self.argument, self.expected, self.got, self.remedy))


def _rebuild(
    kind: type[InputError],
    argument: str,
    expected: str,
    got: str,
    remedy: str,
) -> InputError:
    return kind(argument, expected=expected, got=got, remedy=remedy)


class OptionError(InputError):
    """An option outside its values, or two options that exclude each other."""


class DataError(InputError):
    """Rows, cells, columns or names of a panel or file that cannot be used."""


class WeightsError(InputError):
    """A spatial weights matrix that is not valid or does not fit the panel."""


class IdentificationError(InputError):
    """The data or W cannot tell the parameters apart: collinear or absorbed regressors, a flat
    likelihood.
    """


class FileError(InputError, OSError):
    """A file or folder that cannot be written or read: a full disk, no permission, a folder that is
    gone.

    It says which file, what is needed, and what is left intact. It is an `OSError`, too.
    """


class EstimationError(BevdriversError, ArithmeticError):
    """The numbers broke down: no convergence, or an information matrix that is not positive
    definite.
    """


class MissingPackageError(BevdriversError, ImportError):
    """Something needs a package that is not installed with this one by default.

    Parameters
    ----------
    task : str
        What needs it.
    package : str
        The package, as pip knows it.
    extra : str
        The extra of this package that brings it.
    """

    def __init__(
        self,
        task: str,
        package: str,
        extra: str,
    ) -> None:
        self.task, self.package, self.extra = task, package, extra
        super().__init__(
            f"{task} needs {package}, which is not installed. Run: pip install "
            f"'bevdrivers[{extra}]'"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.task, self.package, self.extra))


class BevdriversWarning(UserWarning):
    """Base of the package's warnings."""


class BoundWarning(BevdriversWarning):
    """An estimate lies at the edge of its parameter space."""


class SampleWarning(BevdriversWarning):
    """Units or periods were left out, or a sample is too small for what was asked."""


class FontWarning(BevdriversWarning):
    """A figure has letters that none of its fonts has."""


PACKAGE = __name__.partition(".")[0]

# Code that may stand between two frames of the package without being the user's:
# `functools.cached_property`.
_BETWEEN = (PACKAGE, "functools")


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the user's own line, however deep in the package the reason was found.

    Python's `warnings.warn` wants the number of calls between the reason and the user. That number
    differs from model to model and from option to option, so it is counted here: the warning points
    at the first frame outside the package.

    Parameters
    ----------
    message : str
    category : type of Warning
        One of the classes of this module.
    """
    depth = 1
    frame: FrameType | None = sys._getframe(0)
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
        depth += 1
    # the first level is this function, the last one counted is the user's
    warnings.warn(message, category, stacklevel=depth)


def _is_ours(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in _BETWEEN
