"""Moments where there is little to estimate from: no regressor, redundant moments, weights whose lag
only turns the errors round, models that leave nothing over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.gmm.two_stage import check_filtered
from bevdrivers.models.interface import sample_of

from ...made_up import drawn, ring, scattered, uneven


def made_up(N: int, T: int, seed: int = 0) -> bd.Panel:
    rng = np.random.default_rng(seed)
    columns = {name: rng.standard_normal((T, N)) for name in ("y", "x1", "x2")}
    return bd.Panel.from_arrays(
        columns, units=[f"u{k:02d}" for k in range(N)], periods=list(range(2001, 2001 + T))
    )


def directed_ring(panel: bd.Panel, order: Any = None) -> bd.SpatialWeights:
    """Each unit follows one other: M'M = I, so that all eigenvalues have length one."""
    units = list(panel.units) if order is None else [panel.units[k] for k in order]
    links = np.zeros((len(units), len(units)))
    for unit, follower in zip(panel.units, (*panel.units[1:], panel.units[0]), strict=True):
        links[units.index(unit), units.index(follower)] = 1.0
    return bd.SpatialWeights.from_matrix(links, units)


@pytest.mark.parametrize("moments", ["initial", "fullweights", "robust"])
def test_an_error_model_needs_no_regressor(moments: Any) -> None:
    """With unit effects `y ~ 1` has lam alone, which is that of y taken as its own residuals."""
    panel = made_up(8, 5)
    W = directed_ring(panel)
    fit = bd.SEM("y ~ 1", method="gmm", gmm=moments, fixed_effects="unit").fit(panel, W)
    assert fit.terms == ("lam",)
    assert np.isfinite(fit.std_errors["lam"])
    assert "lam" in fit.summary()


@pytest.mark.parametrize("moments", ["initial", "fullweights"])
def test_of_lam_and_its_inverse_the_admissible_one_is_taken(moments: Any) -> None:
    """M'M = I makes the moments of iid errors the same for both, up to a factor of sigma2."""
    panel = made_up(9, 6)
    W = directed_ring(panel)
    fit = bd.SEM("y ~ x1", method="gmm", gmm=moments, fixed_effects=None).fit(panel, W)
    assert -1.0 < fit.lam < 1.0


@pytest.mark.parametrize("effects", [None, "unit", "time"])
def test_names_change_nothing_where_a_moment_is_rounding(effects: Any) -> None:
    """The robust moments have M'M without its diagonal, which is zero for a directed ring."""
    panel = made_up(10, 6)
    order = np.random.default_rng(3).permutation(10)
    here, there = (
        bd.SEM("y ~ x1", method="gmm", fixed_effects=effects).fit(panel, W)
        for W in (directed_ring(panel), directed_ring(panel, order))
    )
    np.testing.assert_allclose(there.params, here.params, rtol=1e-8)
    np.testing.assert_allclose(there.std_errors, here.std_errors, rtol=1e-6)


def test_redundant_moments_add_nothing() -> None:
    """Of three units that are all neighbours M'M is a combination of M and I: two moments remain for
    two unknowns, and no weighting changes where they are zero.
    """
    panel = made_up(3, 40)
    W = bd.SpatialWeights.from_matrix(1.0 - np.eye(3), panel.units)
    lams = [
        bd.SEM("y ~ x1", method="gmm", gmm=moments, fixed_effects="unit").fit(panel, W).lam
        for moments in ("initial", "fullweights")
    ]
    assert lams[1] == pytest.approx(lams[0], rel=1e-6)


class TestRefusals:
    def test_a_saturated_model(self) -> None:
        panel = made_up(3, 2)
        line = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
        W = bd.SpatialWeights.from_matrix(line, panel.units)
        with pytest.raises(bd.IdentificationError, match="3 effects for 6 observations"):
            bd.SAR("y ~ x1 + x2", method="gmm", fixed_effects="unit").fit(panel, W)

    @pytest.mark.parametrize("model", [bd.SAR, bd.SEM, bd.SAC])
    @pytest.mark.parametrize("options", [{"fixed_effects": "unit"}, {"random_effects": "kkp"}])
    def test_an_exact_fit(self, model: Any, options: Any) -> None:
        panel = made_up(9, 4)
        panel = panel.with_columns(y=1.0 + 2.0 * panel["x1"])
        with pytest.raises(bd.IdentificationError, match="explain exactly"):
            model("y ~ x1", method="gmm", **options).fit(panel, directed_ring(panel))

    @pytest.mark.parametrize("factor", [1e-300, 1e200])
    def test_numbers_whose_squares_no_computer_holds(self, factor: float) -> None:
        panel = made_up(9, 4)
        panel = panel.with_columns(y=factor * panel["y"])
        with pytest.raises(bd.DataError, match="other units"):
            bd.SAR("y ~ x1", method="gmm").fit(panel, directed_ring(panel))


@pytest.mark.parametrize("seed", [12, 13, 19])
def test_small_weights_have_the_estimate_of_large_ones(seed: int) -> None:
    """Where links are small beside one the moment of M'M has next to no say beside that of M, and
    lam times the size of the links is the same for all of them.
    """
    panel = made_up(12, 6, seed)
    links = np.random.default_rng(seed).exponential(size=(12, 12)) * (1.0 - np.eye(12)) / 12
    scaled = []
    for size in (1e-2, 1e-4):
        W = bd.SpatialWeights.from_matrix(size * links, panel.units, normalise=None)
        fit = bd.SAC("y ~ x1 + x2", method="gmm", fixed_effects="unit").fit(panel, W)
        scaled.append(fit.lam * size)
    assert scaled[0] == pytest.approx(scaled[1], rel=1e-3)


@pytest.mark.filterwarnings("ignore::bevdrivers.errors.BevdriversWarning")
@pytest.mark.parametrize("gmm", ["initial", "fullweights", "robust"])
@pytest.mark.parametrize("model", [bd.SpatialError, bd.SpatialCombined, bd.GeneralNesting])
def test_small_panels_give_estimates_or_say_why_not(model, gmm):
    """At the end of its range lam may take out a regressor, or the inverse of the filter: figures of
    1e14 were printed then.
    """
    refused = 0
    for seed in range(5):
        for W in (ring(4), scattered(4, seed, k=2), uneven(4, seed, "row")):
            for effects in (None, "two-way"):
                panel = drawn(model, W, T=4, seed=seed, effects=effects)
                request = model("y ~ x1 + x2", fixed_effects=effects, method="gmm", gmm=gmm)
                try:
                    fit = request.fit(panel, W)
                except bd.IdentificationError:
                    refused += 1
                    continue
                assert np.abs(fit.values).max() < 1e3
                assert fit.errors.max() < 1e4
    assert refused < 30


class TestFilteredRegressors:
    """Where rows of M sum to one, I - M takes out all that is constant over units: the intercept, and
    a regressor of the periods alone. At any other lam a share 1 - lam of them is left.
    """

    def sample(self):
        W = scattered(12)
        x, y = np.random.default_rng(3).normal(size=(2, 4, 12))
        by_period = np.repeat([[0.5], [-1.0], [2.0], [0.25]], 12, axis=1)
        # some of the units are above the others in all periods
        columns = {
            "y": y + 3 * np.random.default_rng(4).normal(size=12),
            "x": x,
            "price": by_period,
        }
        panel = bd.Panel.from_arrays(columns, units=W.ids, periods=range(2000, 2004))
        request = bd.SpatialCombined("y ~ x + price", method="gmm", random_effects="kkp")
        return sample_of(request, panel, W)

    def test_at_one(self):
        with pytest.raises(bd.IdentificationError) as refused:
            check_filtered(self.sample(), 1.0)
        assert "lam = 1, which takes out ['Intercept', 'price']" in str(refused.value)

    @pytest.mark.parametrize("lam", [-1.0, 0.0, 0.5, 0.999])
    def test_elsewhere(self, lam):
        check_filtered(self.sample(), lam)
