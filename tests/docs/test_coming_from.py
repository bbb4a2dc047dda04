"""The numbers of the page for those who come from R are those that R printed for the same call."""

from __future__ import annotations

import re

import pytest

from ..conftest import reference
from .pages import DOCS

PAGE = (DOCS / "howto" / "coming_from.md").read_text(encoding="utf-8")
PAIR = re.compile(r"```r\n(?P<call>.*?)\n```.*?```text\n(?P<printed>.*?)```", re.DOTALL)
PAIRS = [(found["call"], found["printed"]) for found in PAIR.finditer(PAGE)]
FILES = ["before_lag", "random", "gmm", "lsdv", "cross_section_1986"]
# names here -> names in some of R's packages
NAMES = {"Intercept": ["(Intercept)"], "rho": ["rho", "lambda"], "lam": ["lam", "lambda"]}


def answers(call: str) -> list[dict]:
    """What R gave for a call."""
    entries = [entry for name in FILES for entry in reference(f"munnell/{name}").values()]
    return [entry for entry in entries if isinstance(entry, dict) and entry.get("call") == call]


def coefficient(answer: dict, term: str) -> float:
    coefficients = answer["coefficients"] | {
        name: answer[name] for name in ("rho", "lam") if isinstance(answer.get(name), float)
    }
    names = NAMES.get(term, [term, term.replace("W_", "w_")])
    return next(coefficients[name] for name in names if name in coefficients)


def test_there_are_such_calls():
    assert len(PAIRS) == 5


@pytest.mark.parametrize(("call", "printed"), PAIRS)
def test_same_numbers(call, printed):
    [answer] = answers(call)
    for line in printed.splitlines():
        term, value = line.split()
        digits = len(value.partition(".")[2])
        # half a unit of the last digit, and what R's optimiser leaves
        assert float(value) == pytest.approx(
            coefficient(answer, term), abs=0.5 * 10**-digits + 2e-6
        )
