"""`crosscheck`: a second opinion on a fit from independent programs, with the known reasons for differences."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import OptionError
from ...models import FitResult
from ...models.requests import check_fit
from ...results import WIDTH, tidy_frame
from .program_result import PROGRAMS, Opinion

# programs that maximise to their own tolerance agree to about this share of an estimate or of its standard error
AGREED = 1e-4


COLUMNS = (
    "program",
    "term",
    "estimate",
    "std_error",
    "matched",
    "matched_std_error",
    "theirs",
    "their_std_error",
    "difference",
    "std_error_difference",
    "agrees",
    "faulty",
)


@dataclass(frozen=True, eq=False, repr=False)
class CrossCheck:
    """Estimates of other programs beside ours.

    Attributes
    ----------
    frame : DataFrame
        One row a program and parameter: ``estimate`` and ``std_error`` of the fit; ``matched`` and
        ``matched_std_error``, ours under the conventions of the program; ``theirs`` and ``their_std_error``; the
        relative ``difference`` of estimates and ``std_error_difference``, of theirs from the matched ones (estimates
        near zero: over the standard error); ``agrees``; ``faulty``.
    calls, reasons : mapping
        Program -> how it was asked, and what separates it from the fit.
    left_out : mapping
        Program -> why it has no say.
    """

    frame: pd.DataFrame
    calls: Mapping[str, str]
    reasons: Mapping[str, Sequence[str]]
    left_out: Mapping[str, str]

    @property
    def agrees(self) -> bool:
        """Whether every program without a known fault agrees with ours under its own conventions.

        False when there is none: nothing was compared.
        """
        sound = self.frame.loc[~self.frame["faulty"].astype(bool), "agrees"]
        return bool(len(sound) and sound.all())

    def tidy(self) -> pd.DataFrame:
        """The programs' estimates; the component is the program."""
        frame = self.frame
        words = list(frame["term"]), list(frame["program"])
        return tidy_frame(*words, frame["theirs"].to_numpy(float), frame["their_std_error"].to_numpy(float))

    def glance(self) -> pd.DataFrame:
        """One row: programs asked, numbers compared, the largest differences of programs without a known fault."""
        sound = self.frame[~self.frame["faulty"].astype(bool)]
        row = {
            "programs": ", ".join(self.calls),
            "compared": len(self.frame),
            "largest_difference": sound["difference"].max(),
            "largest_std_error_difference": sound["std_error_difference"].max(),
            "agrees": self.agrees,
        }
        return pd.DataFrame([row])

    def summary(self) -> str:
        """Program by program: the call, the numbers, the reasons."""
        lines = []
        shown = ["term", "estimate", "matched", "theirs", "matched_std_error", "their_std_error", "agrees"]
        for program, call in self.calls.items():
            part = self.frame.loc[self.frame["program"] == program, shown]
            lines += [_filled(f"{program}: {call}"), part.to_string(index=False, float_format="{:.6g}".format)]
            lines += [_filled(f"- {reason}") for reason in self.reasons[program]] + [""]
        lines += [_filled(f"{program} has no say: {reason}.") for program, reason in self.left_out.items()]
        verdict = "agrees with" if self.agrees else "differs from"
        last = f"Under their conventions the fit {verdict} the programs without a known fault."
        if self.frame["faulty"].astype(bool).all():
            last = "No program without a known fault had a say."
        return "\n".join([*lines, last])

    def __repr__(self) -> str:
        return self.summary()


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent="  ")


def crosscheck(
    fit: FitResult, programs: Sequence[str] = ("spreg", "linearmodels", "statsmodels", "spatialreg")
) -> CrossCheck:
    """Ask other programs for the same estimates.

    Each program is given the same arrays, aligned by id, and answers under its own conventions. The fit is repeated
    under these conventions, so that what differs by convention (``matched`` from ``estimate``) is told apart from what
    should not differ at all (``theirs`` from ``matched``).

    Parameters
    ----------
    fit : FitResult
        Static, by least squares or maximum likelihood.
    programs : sequence of {"spreg", "linearmodels", "statsmodels", "spatialreg"}
        spreg (from PyPI): lag, Durbin and error models with unit or two-way effects, or Baltagi's random ones.
        linearmodels and statsmodels: least squares. spatialreg (through ``Rscript``, where both are installed): maximum
        likelihood with explicit dummies, up to 1,500 observations.

    Returns
    -------
    CrossCheck

    Raises
    ------
    OptionError
        An unknown program.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> fit = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + tertiary_share").fit(panel)
    >>> bd.crosscheck(fit, programs=["linearmodels", "statsmodels"]).agrees
    True
    """
    check_fit(fit)
    if isinstance(programs, str):
        programs = [programs]
    unknown = [name for name in programs if name not in PROGRAMS]
    if unknown:
        raise OptionError("programs", expected=f"some of {list(PROGRAMS)}", got=f"{unknown}")
    rows, calls, reasons, left_out = [], {}, {}, {}
    for program in programs:
        opinion = PROGRAMS[program](fit)
        if isinstance(opinion, str):
            left_out[program] = opinion
            continue
        calls[program], reasons[program] = opinion.call, tuple(opinion.reasons)
        rows.append(_rows(program, fit, opinion))
    frame = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(COLUMNS))
    return CrossCheck(frame, calls, reasons, left_out)


def _rows(program: str, fit: FitResult, opinion: Opinion) -> pd.DataFrame:
    """An opinion beside the fit and beside the fit that matches it."""
    terms = list(opinion.terms)
    matched = opinion.matched.params[terms].to_numpy()
    errors = opinion.matched.std_errors[terms].to_numpy()
    # the scale of an estimate that is nearly zero is its standard error
    gap = np.abs(opinion.params - matched) / np.maximum(np.abs(matched), errors)
    error_gap = np.abs(opinion.std_errors / errors - 1.0)
    values = (
        program,
        terms,
        fit.params[terms].to_numpy(),
        fit.std_errors[terms].to_numpy(),
        matched,
        errors,
        opinion.params,
        opinion.std_errors,
        gap,
        error_gap,
        (gap < AGREED) & ~(error_gap > AGREED),
        opinion.faulty,
    )
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))
