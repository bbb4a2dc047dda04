"""`crosscheck`: a second opinion on a fit from independent programs, with the known reasons for
differences.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...display import Shown
from ...errors import OptionError, suggestion
from ...esda import MoranResult
from ...models import FitResult
from ...models.interface import check_fit, regular_only
from ...results import WIDTH, Text, tidy_frame
from .esda_moran import ask_esda, estimates_of
from .program_result import Estimates, ProgramResult
from .python_least_squares import ask_linearmodels, ask_statsmodels
from .spatialreg import ask_spatialreg
from .spreg_bridge import ask_spreg

# programs that maximise to their own tolerance agree to about this share of an estimate or of its
# standard error
AGREED = 1e-4
FIT_PROGRAMS: dict[str, Callable[[FitResult], ProgramResult | str]] = {
    "spreg": ask_spreg,
    "linearmodels": ask_linearmodels,
    "statsmodels": ask_statsmodels,
    "spatialreg": ask_spatialreg,
}
MORAN_PROGRAMS: dict[str, Callable[[MoranResult], ProgramResult]] = {"esda": ask_esda}
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


FIT = "a fit"
MORAN = "Moran's I"
SHOWN = (
    "term",
    "estimate",
    "matched",
    "theirs",
    "matched_std_error",
    "their_std_error",
    "agrees",
)


@dataclass(frozen=True, eq=False, repr=False)
class CrossCheck(Shown):
    """Estimates of other programs beside ours.

    Attributes
    ----------
    frame : DataFrame
        One row a program and parameter: ``estimate`` and ``std_error`` of the fit; ``matched`` and
        ``matched_std_error``, ours under the conventions of the program; ``theirs`` and
        ``their_std_error``; the relative ``difference`` of estimates and ``std_error_difference``,
        of theirs from the matched ones (estimates near zero: over the standard error); ``agrees``;
        ``faulty``.
    calls, reasons : mapping
        Program -> how it was asked, and what separates it from the fit.
    left_out : mapping
        Program -> why it has no say.
    subject : str
        What they were asked about.
    """

    frame: pd.DataFrame
    calls: Mapping[str, str]
    reasons: Mapping[str, Sequence[str]]
    left_out: Mapping[str, str]
    subject: str = FIT

    @property
    def _without_faults(self) -> pd.DataFrame:
        """Rows of programs without a known fault."""
        return self.frame[~self.frame["faulty"].astype(bool)]

    @property
    def agrees(self) -> bool:
        """Whether every program without a known fault agrees with ours under its own conventions.

        False when there is none: nothing was compared.
        """
        agreed = self._without_faults["agrees"]
        return bool(len(agreed) and agreed.all())

    def tidy(self) -> pd.DataFrame:
        """The programs' estimates; the component is the program."""
        frame = self.frame
        return tidy_frame(
            list(frame["term"]),
            list(frame["program"]),
            frame["theirs"].to_numpy(float),
            frame["their_std_error"].to_numpy(float),
        )

    def glance(self) -> pd.DataFrame:
        """One row: programs asked, numbers compared, the largest differences of programs without a
        known fault.
        """
        compared = self._without_faults
        row = {
            "programs": ", ".join(self.calls),
            "compared": len(self.frame),
            "largest_difference": compared["difference"].max(),
            "largest_std_error_difference": compared["std_error_difference"].max(),
            "agrees": self.agrees,
        }
        return pd.DataFrame([row])

    def summary(self) -> Text:
        """Program by program: the call, the numbers, the reasons."""
        lines = []
        for program, call in self.calls.items():
            numbers = self.frame.loc[self.frame["program"] == program, list(SHOWN)]
            lines.append(_filled(f"{program}: {call}"))
            lines.append(numbers.to_string(index=False, float_format="{:.6g}".format))
            lines += [_filled(f"- {reason}") for reason in self.reasons[program]]
            lines.append("")
        for program, reason in self.left_out.items():
            lines.append(_filled(f"{program} has no say: {reason}."))
        lines.append(self._verdict())
        return Text("\n".join(lines))

    def _verdict(self) -> str:
        if self.frame["faulty"].astype(bool).all():
            return "No program without a known fault had a say."
        verb = "agrees with" if self.agrees else "differs from"
        subject = "the fit" if self.subject == FIT else self.subject
        return f"Under their conventions {subject} {verb} the programs without a known fault."

    def __repr__(self) -> str:
        return self.summary()


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent="  ")


def crosscheck(
    fit: FitResult | MoranResult,
    programs: str | Sequence[str] | None = None,
) -> CrossCheck:
    """Ask other programs for the same estimates.

    Each program is given the same arrays, aligned by id, and answers under its own conventions. The
    fit is repeated under these conventions, so that what differs by convention (``matched`` from
    ``estimate``) is told apart from what should not differ at all (``theirs`` from ``matched``).

    Parameters
    ----------
    fit : FitResult or MoranResult
        A static fit, by least squares or maximum likelihood; or Moran's I, whose value and standard
        deviation under randomisation are compared in each period.
    programs : sequence of {"spreg", "linearmodels", "statsmodels", "spatialreg", "esda"}, optional
        All that know of the result by default. spreg knows lag, Durbin and error models with unit
        or two-way effects or Baltagi's random ones, and of one period without effects. linearmodels
        and statsmodels know least squares. spatialreg (through ``Rscript``, where both are
        installed) knows maximum likelihood with explicit dummies, up to 1,500 observations. esda
        knows Moran's I.

    Returns
    -------
    CrossCheck

    Raises
    ------
    InputError
        Neither a fit nor Moran's I.
    OptionError
        An unknown program.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> fit = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + tertiary_share").fit(panel)
    >>> bd.crosscheck(fit, programs=["linearmodels", "statsmodels"]).agrees
    True
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> bd.crosscheck(bd.Moran("log1p(bev_density)", permutations=0).fit(panel, queen)).agrees
    True
    """
    if isinstance(fit, MoranResult):
        able: Mapping[str, Any] = MORAN_PROGRAMS
        own: Estimates = estimates_of(fit)
        subject = MORAN
    else:
        check_fit(fit)
        regular_only(fit, "crosscheck()")
        able, own, subject = FIT_PROGRAMS, fit, FIT
    rows, calls, reasons, left_out = [], {}, {}, {}
    for program in _asked(programs, able):
        if program not in able:
            left_out[program] = f"it is not asked about {subject}"
            continue
        answer = able[program](fit)
        if isinstance(answer, str):
            left_out[program] = answer
            continue
        calls[program] = answer.call
        reasons[program] = tuple(answer.reasons)
        rows.append(_rows(program, own, answer))
    empty = pd.DataFrame(columns=list(COLUMNS))
    frame = pd.concat(rows, ignore_index=True) if rows else empty
    return CrossCheck(frame, calls, reasons, left_out, subject)


def _asked(
    programs: str | Sequence[str] | None,
    able: Mapping[str, Any],
) -> list[str]:
    """The programs that are asked; unknown ones are refused."""
    if programs is None:
        return list(able)
    asked = [programs] if isinstance(programs, str) else list(programs)
    known = [*FIT_PROGRAMS, *MORAN_PROGRAMS]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise OptionError(
            "programs",
            expected=f"some of {known}",
            got=f"{unknown}",
            remedy=suggestion(unknown[0], known),
        )
    return asked


def _rows(
    program: str,
    own: Estimates,
    answer: ProgramResult,
) -> pd.DataFrame:
    """A program's answer beside our estimates and beside those that match its conventions."""
    terms = list(answer.terms)
    matched = answer.matched.params[terms].to_numpy()
    matched_errors = answer.matched.std_errors[terms].to_numpy()
    # the scale of an estimate that is nearly zero is its standard error
    scale = np.maximum(np.abs(matched), matched_errors)
    gap = np.abs(answer.params - matched) / scale
    error_gap = np.abs(answer.std_errors / matched_errors - 1.0)
    return pd.DataFrame(
        {
            "program": program,
            "term": terms,
            "estimate": own.params[terms].to_numpy(),
            "std_error": own.std_errors[terms].to_numpy(),
            "matched": matched,
            "matched_std_error": matched_errors,
            "theirs": answer.params,
            "their_std_error": answer.std_errors,
            "difference": gap,
            "std_error_difference": error_gap,
            # a program without standard errors is judged by its estimates
            "agrees": (gap < AGREED) & ~(error_gap > AGREED),
            "faulty": answer.faulty,
        },
        columns=list(COLUMNS),
    )
