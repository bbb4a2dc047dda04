"""Where the adjusted score is zero: which root is taken, and what is said of the others."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bevdrivers.errors import EstimationError
from bevdrivers.models.quasi_score import search
from bevdrivers.models.quasi_score.search import find_root


class Polynomial:
    """A score of one parameter with these roots, falling at the end of the range."""

    def __init__(self, roots: list[float]) -> None:
        self.series = -np.polynomial.Polynomial.fromroots(roots)

    def value(self, x: float) -> float:
        return float(self.series(x))

    def at(self, x: float) -> tuple[float, float]:
        return self.value(x), float(self.series.deriv()(x))


@pytest.fixture
def searched(monkeypatch):
    def of(roots: list[float]):
        monkeypatch.setattr(search, "_line", lambda score: Polynomial(roots))
        data = SimpleNamespace(n=100, bounds=np.array([[-1.0, 1.0]]))
        score = SimpleNamespace(data=data, B=object(), M=None)
        return find_root(score)

    return of


def test_a_single_root_is_found(searched):
    p, found = searched([0.37])
    assert p == pytest.approx(0.37, abs=1e-12)
    assert found.others == ()
    assert found.converged


def test_of_several_roots_the_one_with_the_largest_rise_is_taken_and_the_others_listed(searched):
    # falls at -0.6 and 0.7, rises at 0.5: the integral from -0.6 to 0.7 is below zero
    p, found = searched([-0.6, 0.5, 0.7])
    assert p == pytest.approx(-0.6, abs=1e-12)
    (other,) = found.others
    assert other.p == pytest.approx(0.7, abs=1e-9)
    between = -np.polynomial.Polynomial.fromroots([-0.6, 0.5, 0.7]).integ()
    assert other.rise == pytest.approx(between(0.7) - between(-0.6), rel=1e-9)


def test_a_score_that_rises_through_zero_alone_has_no_estimate(searched):
    with pytest.raises(EstimationError, match=r"score of rho has no root in \(-1, 1\)"):
        searched([0.2, 1.5])
