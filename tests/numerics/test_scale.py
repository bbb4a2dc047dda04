"""Many units: factorisations, interpolation and probing against the exact small-sample path, and
what they cost.
"""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

import bevdrivers as bd
from bevdrivers.models.impacts import mean_multipliers
from bevdrivers.models.ml import operators
from bevdrivers.numerics import factored_log_determinants, linalg
from bevdrivers.numerics.eigenvalue_log_determinants import Spectrum
from bevdrivers.numerics.factored_log_determinants import FactoredSpectrum, factored_bounds
from bevdrivers.numerics.linalg import Pencil, eigenvalues
from bevdrivers.weights import weights as weights_module

from ..made_up import TRUTH


def nearest(N: int, k: int = 6, seed: int = 0) -> bd.SpatialWeights:
    """k nearest of random points, sparse, asymmetric."""
    at = np.random.default_rng(seed).uniform(size=(N, 2))
    near = cKDTree(at).query(at, k=k + 1)[1][:, 1:]
    links = sparse.csr_array(
        (np.ones(N * k), (np.repeat(np.arange(N), k), near.ravel())), shape=(N, N)
    )
    return bd.SpatialWeights.from_matrix(links, [f"u{i:06d}" for i in range(N)])


def grid(side: int) -> bd.SpatialWeights:
    """Rook contiguity on a square grid: symmetric links."""
    line = sparse.diags_array([np.ones(side - 1)] * 2, offsets=[-1, 1])
    links = sparse.kron(line, sparse.eye_array(side)) + sparse.kron(sparse.eye_array(side), line)
    return bd.SpatialWeights.from_matrix(
        sparse.csr_array(links), [f"u{i:06d}" for i in range(side**2)]
    )


def draw(
    W: bd.SpatialWeights, model=bd.SpatialDurbin, T: int = 6, effects="two-way", seed: int = 0
) -> bd.Panel:
    request = model("y ~ x1 + x2", fixed_effects=effects)
    names = {"x1", "x2"} | ({"W_x1", "W_x2"} if request.lag_x else set())
    names |= ({"rho"} if request.lag_y else set()) | ({"lam"} if request.lag_u else set())
    return bd.simulate_panel(request, W, params={n: TRUTH[n] for n in names}, periods=T, seed=seed)


@pytest.fixture
def forced(monkeypatch):
    """Send small samples down the path of large ones."""
    monkeypatch.setattr(weights_module, "EIGEN_UNITS", 0)
    monkeypatch.setattr(weights_module, "EIGEN_UNITS_ASYMMETRIC", 0)
    monkeypatch.setattr(weights_module, "DENSE_UNITS", 0)
    monkeypatch.setattr(weights_module, "SPARSE_SHARE", 2.0)
    monkeypatch.setattr(operators, "DENSE_UNITS", 0)
    monkeypatch.setattr(mean_multipliers, "DENSE_UNITS", 0)


@pytest.mark.parametrize("W", [nearest(150), grid(12)], ids=["asymmetric", "symmetric"])
@pytest.mark.parametrize("without_unit", [False, True])
def test_interpolated_determinant_equals_eigenvalues(W, without_unit):
    exact = Spectrum(eigenvalues(W.dense))
    factored = FactoredSpectrum(
        Pencil(W.sparse), factored_bounds(W.sparse, W.links, row_normalised=True), True
    )
    low, high = factored.bounds
    # inside the exact range, and nearly all of it unless complex eigenvalues lie farther left than
    # real ones
    assert exact.bounds[0] < low < 0.8 * exact.bounds[0]
    assert high == 1.0
    if without_unit:
        exact, factored = exact.without_unit, factored.without_unit
    for rho in (0.95 * low, -0.4, -1e-3, 0.2, 0.61, 0.93, 0.995):
        value, first, second = factored.at(rho)
        truth = exact.at(rho)
        # per unit: 1e-10 in the value, 1e-8 in the slope; the curvature loses two digits more
        assert value == pytest.approx(truth[0], abs=1e-10 * 150)
        assert first == pytest.approx(truth[1], rel=1e-7, abs=1e-8 * 150)
        assert second == pytest.approx(truth[2], rel=1e-5, abs=1e-5)
        assert factored.log_determinant(rho) == pytest.approx(truth[0], abs=1e-10)


def test_bounds_without_a_negative_side():
    """A directed ring of 40 units (-1 among its eigenvalues), and a matrix with positive
    eigenvalues only.
    """
    loops = sparse.csr_array(sparse.eye_array(40, k=1))
    W = loops + sparse.csr_array(([1.0], ([39], [0])), shape=(40, 40))
    low, high = factored_bounds(W, W, row_normalised=True)
    exact = Spectrum(eigenvalues(W.toarray())).bounds
    assert exact[0] <= low < 0
    assert high == 1.0
    positive = sparse.csr_array(np.diag(np.arange(1.0, 41)))
    assert factored_bounds(positive, positive, row_normalised=False)[0] == linalg.RHO_FLOOR


def test_resolvent_solves_and_transposes():
    W = nearest(60)
    A = np.eye(60) - 0.4 * W.dense
    right = np.random.default_rng(0).normal(size=(60, 3))
    for operator in (W.sparse, W.dense):
        resolvent = Pencil(operator).at(0.4)
        np.testing.assert_allclose(resolvent.solve(right), np.linalg.solve(A, right))
        np.testing.assert_allclose(
            resolvent.solve(right, transposed=True), np.linalg.solve(A.T, right)
        )
        np.testing.assert_allclose(resolvent.over_units(right.T), np.linalg.solve(A, right).T)
        assert resolvent.log_determinant == pytest.approx(np.linalg.slogdet(A)[1])


@pytest.mark.parametrize(
    "model", [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin, bd.GeneralNesting]
)
@pytest.mark.parametrize("effects", ["two-way", "unit"])
def test_estimates_at_the_seam_agree(model, effects, request):
    W = nearest(150)
    panel = draw(W, model, effects=effects)
    exact = model("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)
    assert isinstance(
        exact.sample.W.spectrum if exact.sample.W else exact.sample.M.spectrum, Spectrum
    )
    request.getfixturevalue("forced")
    again = nearest(150)
    large = model("y ~ x1 + x2", fixed_effects=effects).fit(panel, again)
    assert isinstance(again.spectrum, FactoredSpectrum)
    np.testing.assert_allclose(large.params, exact.params, atol=2e-7)
    assert large.loglik == pytest.approx(exact.loglik, abs=1e-6)
    # 427 probing vectors on 150 units: traces to 0.3 %, standard errors to half of it; rho and lam
    # share theirs
    np.testing.assert_allclose(large.std_errors, exact.std_errors, rtol=4e-3)
    np.testing.assert_allclose(
        large.with_cov("robust").std_errors, exact.with_cov("robust").std_errors, rtol=1e-2
    )
    a, b = exact.impacts(), large.impacts()
    np.testing.assert_allclose(b.frame, a.frame, atol=1e-6)
    np.testing.assert_allclose(b.errors, a.errors, rtol=4e-3)
    assert "Traces by probing with 427 vectors" in large.summary()


def test_probed_traces_report_their_error():
    W = nearest(300)
    G = W.dense @ np.linalg.inv(np.eye(300) - 0.5 * W.dense)
    G = G - G.mean(axis=0)
    exact = np.sum(G * G.T) + np.sum(G * G)
    from bevdrivers.models.design.transforms import Contrasts

    held = operators.DENSE_UNITS
    operators.DENSE_UNITS = 0
    try:
        computed = operators.traces((operators.LagOperator(W, 0.5),), Contrasts(5, 299, True))
    finally:
        operators.DENSE_UNITS = held
    assert computed.first[0] == pytest.approx(np.trace(G), abs=1e-7)
    assert computed.square[0] == pytest.approx(np.sum(G * G.T), rel=1e-7)
    assert abs(computed.second[0, 0] / exact - 1) < 4 * computed.relative_error
    assert 1e-4 < computed.relative_error < 4e-3


def test_impacts_with_another_w_for_x(forced):
    W, V = nearest(150), nearest(150, k=4, seed=9)
    panel = draw(W)
    large = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W, x_weights=V).impacts().frame
    B = np.linalg.inv(
        np.eye(150) - bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W, x_weights=V).rho * W.dense
    )
    fit = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W, x_weights=V)
    S = B @ (fit.params["x1"] * np.eye(150) + fit.params["W_x1"] * V.dense)
    simulated = fit.impacts(draws=200, seed=1)
    # through Chebyshev nodes over the draws; 200 draws: standard deviations to 5 %
    np.testing.assert_allclose(simulated.errors, fit.impacts().errors, rtol=0.25)
    # tr B Vx by probing
    assert large.loc["x1", "direct"] == pytest.approx(np.trace(S) / 150, rel=5e-3)
    assert large.loc["x1", "total"] == pytest.approx(S.sum() / 150, rel=1e-9)


def test_no_square_array_for_many_units():
    """4,000 units: an N x N array of floats would be 128 MB."""
    W = nearest(4000)
    panel = draw(W, T=3)
    tracemalloc.start()
    fit = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)
    fit.impacts()
    fit.impacts(draws=50, seed=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6


def test_factorisations_are_few_and_kept(monkeypatch):
    count = [0]
    plain = linalg.splu

    def counted(*args, **kwargs):
        count[0] += 1
        return plain(*args, **kwargs)

    monkeypatch.setattr(linalg, "splu", counted)
    W = nearest(600)
    panel = draw(W)
    model = bd.SpatialDurbin("y ~ x1 + x2")
    count[0] = 0
    model.fit(panel, W).impacts()
    # one for the order, nine of the first look, eight a cell for one or two cells, one for the
    # solves
    assert count[0] <= 27
    count[0] = 0
    model.fit(panel, W).impacts()
    assert count[0] == 1


def test_order_is_found_once_and_keeps_the_fill():
    W = nearest(600).sparse
    pencil = Pencil(W)
    whole = sparse.csc_array(sparse.eye_array(600) - 0.3 * W)
    plain = splu(
        whole, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.001, options={"SymmetricMode": True}
    )
    assert pencil.factor(0.3).nnz == plain.nnz
    assert pencil.order is pencil.order


@pytest.mark.parametrize("W", [nearest(120), grid(11)], ids=["asymmetric", "symmetric"])
def test_cross_trace_equals_brute_force(W):
    N = W.n_units
    cross = factored_log_determinants.CrossTrace(W.dense, W.spectrum.bounds)
    for rho in (-0.7, 0.0, 0.3, 0.9, 0.99, 1 - 1e-6):
        G = W.dense @ np.linalg.inv(np.eye(N) - rho * W.dense)
        centred = G - G.mean(axis=0)
        # six nodes a cell
        assert cross.at(rho, over_units=False) == pytest.approx(np.sum(G * G), rel=1e-6)
        assert cross.at(rho, over_units=True) == pytest.approx(np.sum(centred * centred), rel=1e-6)


@pytest.mark.parametrize(
    "model", [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin, bd.GeneralNesting]
)
def test_standard_errors_between_dense_and_probed(model, monkeypatch):
    """From 200 to 400 units: sparse solves, traces from interpolated exact values, no probing."""
    W = nearest(250)
    panel = draw(W, model)
    fit = model("y ~ x1 + x2").fit(panel, W)
    assert isinstance(W.spectrum, FactoredSpectrum)
    assert "probing" not in fit.summary()
    monkeypatch.setattr(weights_module, "DENSE_UNITS", 300)
    monkeypatch.setattr(weights_module, "EIGEN_UNITS_ASYMMETRIC", 300)
    again = model("y ~ x1 + x2").fit(panel, nearest(250))
    np.testing.assert_allclose(fit.params, again.params, atol=2e-7)
    np.testing.assert_allclose(fit.std_errors, again.std_errors, rtol=1e-6)
    robust = [computed.with_cov("robust").std_errors for computed in (fit, again)]
    np.testing.assert_allclose(*robust, rtol=1e-6)


def test_a_grid_reads_its_formula_once(monkeypatch):
    """What belongs to formula and panel is kept with the panel, whatever the model, its covariance
    and its weights.
    """
    from bevdrivers.panel import formula

    count = [0]
    plain = formula._evaluate

    def counted(*args):
        count[0] += 1
        return plain(*args)

    monkeypatch.setattr(formula, "_evaluate", counted)
    W = nearest(40)
    panel = draw(W)
    count[0] = 0
    for weights in (W, nearest(40, k=4)):
        for model in (bd.SpatialLag, bd.SpatialDurbin):
            for cov_type in ("classical", "robust"):
                model("y ~ x1 + x2", cov_type=cov_type).fit(panel, weights)
    assert count[0] == 1


def test_samples_are_kept_few_and_apart(monkeypatch):
    """Fits that share all but the covariance share their sample; any other option, weights or panel
    has its own.
    """
    W, V = nearest(40), nearest(40, k=4)
    panel = draw(W)
    model = bd.SpatialDurbin("y ~ x1 + x2")
    first = model.fit(panel, W)
    assert model.replace(cov_type="robust").fit(panel, W).sample is first.sample
    others = [
        model.fit(panel, V),
        model.fit(panel, W, x_weights=V),
        model.replace(durbin=["x1"]).fit(panel, W),
        model.replace(correction=None).fit(panel, W),
        model.replace(formula="y ~ x1").fit(panel, W),
        bd.SpatialLag("y ~ x1 + x2").fit(panel, W),
        model.fit(panel.with_columns(y=2 * panel["y"]), W),
        model.fit(panel.select(periods=panel.periods[1:]), W),
    ]
    assert len({id(fit.sample) for fit in (first, *others)}) == 9
    for k in range(30):
        model.fit(panel, nearest(40, seed=k))
    assert len(panel._cache["samples"]) == 16
    np.testing.assert_array_equal(model.fit(panel, W).params, first.params)
    monkeypatch.setattr("bevdrivers.models.design.preparation.KEPT_CELLS", 10)
    assert model.fit(panel, V).sample is not model.fit(panel, V).sample


def test_spectrum_is_computed_once(monkeypatch):
    count = [0]
    plain = weights_module.eigenvalues

    def counted(*args):
        count[0] += 1
        return plain(*args)

    monkeypatch.setattr(weights_module, "eigenvalues", counted)
    W = nearest(50)
    panel = draw(W)
    for model in (bd.SpatialDurbin, bd.SpatialLag, bd.SpatialError):
        model("y ~ x1 + x2").fit(panel, W).impacts()
    assert count[0] == 1


def test_sandwiches_that_need_the_matrix_are_refused_where_it_does_not_fit(forced, monkeypatch):
    monkeypatch.setattr(operators, "MATRIX_UNITS", 100)
    W = nearest(150)
    fit = bd.SpatialDurbin("y ~ x1 + x2").fit(draw(W), W)
    with pytest.raises(bd.OptionError, match="more than 100 units"):
        fit.with_cov("robust")


class TestDynamic:
    """Dynamic models take all eigenvalues whatever N, for stability and the bias, and the rest of
    the large path.
    """

    PARAMS = {"x1": 1.0, "x2": -0.5, "W_x1": 0.4, "W_x2": 0.3, "tau": 0.4, "eta": 0.1, "rho": 0.3}
    MODEL = bd.SpatialDurbin("y ~ x1 + x2", dynamic="both")

    def test_the_large_path_agrees_with_the_small_one(self, monkeypatch):
        W = nearest(150)
        panel = bd.simulate_panel(self.MODEL, W, params=self.PARAMS, periods=6, seed=1)
        exact = self.MODEL.fit(panel, W)
        small = {horizon: exact.impacts(horizon=horizon) for horizon in ("short", 3, "long")}
        monkeypatch.setattr(weights_module, "EIGEN_UNITS", 0)
        monkeypatch.setattr(weights_module, "EIGEN_UNITS_ASYMMETRIC", 0)
        monkeypatch.setattr(weights_module, "SPARSE_SHARE", 2.0)
        again = nearest(150)
        assert isinstance(again.spectrum, FactoredSpectrum)
        fit = self.MODEL.fit(panel, again)
        np.testing.assert_allclose(fit.params, exact.params, atol=2e-7)
        assert fit.largest_root == pytest.approx(exact.largest_root, abs=2e-7)
        for horizon, expected in small.items():
            impacts = fit.impacts(horizon=horizon)
            np.testing.assert_allclose(impacts.values, expected.values, atol=1e-6)
            np.testing.assert_allclose(impacts.errors, expected.errors, atol=1e-6)

    def test_simulated_impacts_of_the_short_run(self, forced):
        W = nearest(150)
        fit = self.MODEL.fit(
            bd.simulate_panel(self.MODEL, W, params=self.PARAMS, periods=6, seed=1), W
        )
        impacts = fit.impacts(draws=200, seed=1)
        np.testing.assert_allclose(impacts.errors, fit.impacts().errors, rtol=0.25)

    def test_too_many_units_for_eigenvalues(self, monkeypatch):
        W = nearest(150)
        panel = bd.simulate_panel(self.MODEL, W, params=self.PARAMS, periods=6, seed=1)
        monkeypatch.setattr("bevdrivers.models.dynamic.MATRIX_UNITS", 100)
        with pytest.raises(bd.OptionError, match="more than 100 units"):
            self.MODEL.check(panel, W)


class TestMoments:
    """Two-stage least squares and generalised moments ask the weights for no more than products and
    a range.
    """

    @pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialError, bd.GeneralNesting])
    def test_the_large_path_agrees_with_the_small_one(self, model, forced, monkeypatch):
        W = nearest(150)
        panel = draw(W, model)
        large = model("y ~ x1 + x2", method="gmm").fit(panel, W)
        assert isinstance(W.spectrum, FactoredSpectrum)
        monkeypatch.undo()
        small = model("y ~ x1 + x2", method="gmm").fit(panel, nearest(150))
        np.testing.assert_allclose(large.params, small.params, rtol=1e-9)
        np.testing.assert_allclose(large.std_errors, small.std_errors, rtol=1e-9)

    def test_too_many_units_for_matrices(self, monkeypatch):
        W = nearest(150)
        panel = draw(W, bd.SpatialError)
        monkeypatch.setattr("bevdrivers.models.gmm.method.MATRIX_UNITS", 100)
        with pytest.raises(bd.OptionError, match="more than 100 units"):
            bd.SpatialError("y ~ x1 + x2", method="gmm").check(panel, W)
        assert bd.SpatialLag("y ~ x1 + x2", method="gmm").check(panel, W)
