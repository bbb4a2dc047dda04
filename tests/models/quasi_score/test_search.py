"""Where the adjusted score is zero: which root is taken, and what is said of the others."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.errors import EstimationError
from bevdrivers.models.interface import sample_of
from bevdrivers.models.quasi_score import search
from bevdrivers.models.quasi_score.method import AdjustedScore
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
        monkeypatch.setattr(search, "line_of", lambda score, along: Polynomial(roots))
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


def test_roots_beside_the_ends_of_the_range_are_found(searched):
    # beyond the outermost points of the grid, 0.0073 from the ends
    for root in (-0.999, 0.999):
        p, found = searched([root])
        assert p == pytest.approx(root, abs=1e-9)
        assert not found.at_bound


def test_without_a_root_the_end_with_the_largest_rise_is_taken(searched):
    # positive from 0.2 on: the integral from -1 to 1 is above zero; negative before
    p, found = searched([0.2, 1.5])
    between = -np.polynomial.Polynomial.fromroots([0.2, 1.5]).integ()
    end = 1.0 if between(1.0) > between(-1.0) else -1.0
    assert p == pytest.approx(end, abs=1e-6)
    assert found.at_bound
    assert found.others == ()


def test_an_end_may_be_higher_than_a_root(searched):
    # falls at -0.8, rises at -0.6, and is positive up to the end
    p, found = searched([-0.8, -0.6, 3.0])
    assert p == pytest.approx(1.0, abs=1e-6)
    assert found.at_bound
    (other,) = found.others
    assert other.p == pytest.approx(-0.8, abs=1e-9)
    assert other.rise < 0.0


@pytest.mark.parametrize(
    ("model", "seed"), [(bd.SpatialLag, 8), (bd.SpatialError, 7), (bd.SpatialError, 8)]
)
def test_an_estimate_at_the_end_is_that_of_lee_and_yu(model, seed):
    # dense weights: the score is still positive where rho, or lam, comes to one
    weights = inverse_distances()
    lag = "lam" if model.lag_u else "rho"
    truth = {"x": 1.0, lag: 0.8}
    panel = bd.simulate_panel(model("y ~ x"), weights, params=truth, periods=4, seed=seed)
    with pytest.warns(bd.BoundWarning, match="edge of its range"):
        fit = model("y ~ x").fit(panel, weights)
    sample = sample_of(model("y ~ x"), panel, weights)
    with pytest.warns(bd.BoundWarning, match=f"edge of its range .{lag} = 1"):
        estimate = AdjustedScore(robust=False).estimate(sample)
    np.testing.assert_allclose(estimate.values, fit.values, atol=1e-6)
    assert estimate.roots.at_bound
    # and with a missing cell there is an estimate, too
    frame = panel.frame.reset_index().drop(index=5)
    gap = bd.Panel.from_frame(frame, unit=panel.unit, time=panel.time)
    with pytest.warns(bd.BoundWarning):
        other = model("y ~ x").fit(gap, weights)
    assert other.value(lag) == pytest.approx(1.0, abs=1e-6)
    assert np.isfinite(other.errors).all()


def inverse_distances() -> bd.SpatialWeights:
    at = np.random.default_rng(0).uniform(size=(10, 2))
    distance = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return bd.SpatialWeights.from_matrix(1.0 / distance, [f"u{i}" for i in range(10)])


def test_with_two_parameters_an_edge_is_looked_at_where_there_is_no_root():
    # the score of a bowl whose top lies beyond rho = 1: at the edge lam follows
    slope = np.array([[-2.0, 0.5], [0.5, -1.0]])
    top = np.array([1.4, 0.1])

    def at(p):
        return SimpleNamespace(value=lambda: slope @ (p - top), slope=lambda: slope)

    data = SimpleNamespace(n=100, bounds=np.array([[-1.0, 1.0], [-1.0, 1.0]]))
    score = SimpleNamespace(data=data, B=object(), M=object(), at=at)
    p, found = find_root(score)
    assert found.at_bound
    # the second score is zero where 0.5 (1 - 1.4) = p - 0.1
    np.testing.assert_allclose(p, [1.0, -0.1], atol=1e-6)


def test_scores_without_a_root_on_any_edge_are_refused():
    slope = -np.eye(2)

    def at(p):
        return SimpleNamespace(value=lambda: slope @ (p - 3.0), slope=lambda: slope)

    data = SimpleNamespace(n=100, bounds=np.array([[-1.0, 1.0], [-1.0, 1.0]]))
    score = SimpleNamespace(data=data, B=object(), M=object(), at=at)
    with pytest.raises(EstimationError, match=r"scores? of rho and lam has no root in \(-1, 1\)"):
        find_root(score)
