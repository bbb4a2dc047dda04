"""What data and weights do not identify is refused, whatever the units are called; what they do
identify never is.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.ml.identification import is_singular_end
from bevdrivers.models.ml.likelihood import Likelihood
from bevdrivers.numerics.eigenvalue_log_determinants import Spectrum
from bevdrivers.numerics.linalg import eigenvalues

from ...made_up import ALL, drawn, ring, scattered, uneven

BOTH_LAGS = [bd.SpatialCombined, bd.GeneralNesting]
EFFECTS = [None, "unit", "time", "two-way"]


def named(N: int) -> list[str]:
    return [f"u{i:02d}" for i in range(N)]


def blocks(number: int, size: int) -> np.ndarray:
    """Links of equal weights within blocks of units, (N, N)."""
    return np.kron(np.eye(number), np.ones((size, size)) - np.eye(size))


def renamed(links: np.ndarray, columns: dict, seed: int) -> tuple[bd.Panel, bd.SpatialWeights]:
    """Panel and weights of units whose names, and so their order, were drawn."""
    order = np.random.default_rng(seed).permutation(len(links))
    W = bd.SpatialWeights.from_matrix(links[np.ix_(order, order)], named(len(links)))
    moved = {name: values[:, order] for name, values in columns.items()}
    periods = range(2000, 2000 + len(columns["y"]))
    return bd.Panel.from_arrays(moved, units=named(len(links)), periods=periods), W


def noise(N: int, T: int = 6, seed: int = 0) -> dict[str, np.ndarray]:
    y, x, z = np.random.default_rng(seed).normal(size=(3, T, N))
    return {"y": 1 + x - 0.5 * z + y, "x": x, "z": z}


class TestRoles:
    """rho and lam in each other's place."""

    @pytest.mark.parametrize("seed", range(5))
    def test_equal_weights_within_blocks(self, seed):
        """Two eigenvalues of W: the variances within and between blocks cannot tell rho, lam and
        sigma2, and with all W x the means leave them free.
        """
        panel, W = renamed(blocks(3, 4), noise(12), seed)
        with pytest.raises(bd.IdentificationError, match="exchange their places"):
            bd.GeneralNesting("y ~ x + z", fixed_effects=None).fit(panel, W)
        # one W x less, and the means tell
        fit = bd.GeneralNesting("y ~ x + z", durbin=["x"], fixed_effects=None).fit(panel, W)
        assert np.isfinite(fit.std_errors).all()

    @pytest.mark.parametrize("model", BOTH_LAGS)
    @pytest.mark.parametrize("effects", EFFECTS)
    @pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
    def test_no_regressor(self, model, effects, scale):
        columns = noise(12)
        columns["y"] = scale * columns["y"]
        panel, W = renamed(scattered().dense, columns, 0)
        with pytest.raises(bd.IdentificationError, match="exchange their places"):
            model("y ~ 1", fixed_effects=effects).fit(panel, W)

    @pytest.mark.parametrize("options", [{"random_effects": "kkp"}, {"random_effects": "baltagi"}])
    def test_no_regressor_with_random_effects(self, options):
        panel, W = renamed(scattered().dense, noise(12), 0)
        with pytest.raises(bd.IdentificationError, match="exchange their places"):
            bd.SpatialCombined("y ~ 1", **options).fit(panel, W)

    def test_regressors_that_are_their_own_lags(self):
        """Dummies of the period, and of a region that has links within itself only."""
        columns = noise(12)
        columns["region"] = np.tile(np.repeat([0.0, 0.0, 1.0], 4), (6, 1))
        panel, W = renamed(blocks(3, 4), columns, 0)
        dummies = f"y ~ region + C({panel.time})"
        with pytest.raises(bd.IdentificationError, match="exchange their places"):
            bd.SpatialCombined(dummies, fixed_effects=None).fit(panel, W)

    def test_other_weights_of_the_error_tell(self):
        panel, W = renamed(scattered().dense, noise(12), 0)
        other = ring(12)
        fit = bd.SpatialCombined("y ~ 1", fixed_effects=None).fit(panel, W, error_weights=other)
        assert np.isfinite(fit.std_errors).all()

    @pytest.mark.parametrize("model", BOTH_LAGS)
    @pytest.mark.parametrize("seed", range(6))
    def test_the_higher_of_both_optima(self, model, seed):
        """A weak regressor: nearly exchangeable roles, two optima, one of them higher."""
        columns = noise(12, seed=seed)
        columns["y"] = columns["y"] - columns["x"] + 0.1 * columns["x"]
        panel, W = renamed(scattered(seed=seed).dense, columns, seed)
        fit = model("y ~ x", fixed_effects="unit").fit(panel, W)
        likelihood = Likelihood.of(fit.sample)
        shares = (1 - np.cos(np.pi * (np.arange(30) + 0.5) / 30)) / 2
        axes = [low + (high - low) * shares for low, high in likelihood.bounds]
        highest = max(likelihood.value(np.array(p)) for p in product(*axes))
        assert fit.loglik >= highest - 1e-8


class TestEigenvalues:
    # the neighbours of seven units; W has zero as an eigenvalue of multiplicity four, with fewer
    # eigenvectors
    DEFECTIVE = [[1, 2], [2, 4, 6], [3], [1, 2], [0, 3], [2], [1, 3, 4]]

    def test_zero_is_zero(self):
        links = np.zeros((7, 7))
        for i, others in enumerate(self.DEFECTIVE):
            links[i, others] = 1 / len(others)
        # what the general solver makes of it
        order = np.random.default_rng(0).permutation(7)
        rough = np.linalg.eigvals(links[np.ix_(order, order)])
        assert 1e-7 < np.sort(np.abs(rough))[3] < 1e-4
        spectrum = eigenvalues(links)
        assert np.count_nonzero(spectrum == 0.0) == 4
        np.testing.assert_allclose(
            np.poly(spectrum), np.poly(rough), atol=1e-12, err_msg="characteristic polynomial"
        )

    @pytest.mark.parametrize("seed", range(40))
    def test_bounds_do_not_depend_on_the_order_of_units(self, seed):
        rng = np.random.default_rng(seed)
        N = int(rng.integers(5, 12))
        links = (rng.uniform(size=(N, N)) < 0.35) & ~np.eye(N, dtype=bool)
        links[links.sum(axis=1) == 0, -1] = True
        links[-1, -1], links[-1, 0] = False, True
        W = links / links.sum(axis=1, keepdims=True)
        orders = [rng.permutation(N) for _ in range(6)]
        bounds = np.array([Spectrum(eigenvalues(W[np.ix_(o, o)])).bounds for o in orders])
        np.testing.assert_allclose(bounds, np.broadcast_to(bounds[0], bounds.shape), rtol=1e-9)
        low, high = bounds[0]
        # both ends are where I - rho W is singular, or the stated floor
        for end in (low, high):
            singular = np.linalg.svd(np.eye(N) - end * W)[1][-1] < 1e-8
            assert singular or abs(end) == pytest.approx(10.0)

    def test_cliques_that_others_look_at(self):
        """-1/2 of a clique of three and of two units that link to it and each other: an eigenvalue
        of multiplicity three with two eigenvectors, which rounding moves off the real line.
        """
        links = np.zeros((5, 5))
        links[:3, :3] = 1 - np.eye(3)
        links[3, [4, 0]] = links[4, [3, 1]] = 1
        bounds = [Spectrum(eigenvalues(links[np.ix_(o, o)] / 2)).bounds for o in orders_of(5)]
        np.testing.assert_allclose(bounds, [(-2.0, 1.0)] * len(bounds), rtol=1e-12)

    def test_links_that_never_lead_back(self):
        chain = np.diag(np.ones(5), 1)
        assert (eigenvalues(chain) == 0.0).all()
        assert Spectrum(eigenvalues(chain)).bounds == (-10.0, 10.0)


def orders_of(N: int) -> list[np.ndarray]:
    return [np.random.default_rng(seed).permutation(N) for seed in range(8)]


WAYS = [
    *[{"fixed_effects": effects} for effects in EFFECTS],
    {"correction": None},
    {"method": "gmm"},
    {"method": "gmm", "random_effects": "kkp"},
    {"random_effects": "baltagi"},
    {"random_effects": "kkp", "mundlak": True},
    {"fixed_effects": None, "serial_errors": True},
    {"dynamic": "time"},
]
# least squares needs no instruments
ESTIMATED = [
    pytest.param(model, options, id=f"{model.short}-{options}")
    for model in ALL
    for options in WAYS
    if "method" not in options or model.lag_y or model.lag_u
]


class TestExactFits:
    @pytest.mark.parametrize(("model", "options"), ESTIMATED)
    @pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
    def test_are_refused(self, model, options, scale):
        columns = noise(12)
        columns["y"] = scale * (3.0 + 2.0 * columns["x"] - columns["z"])
        panel, W = renamed(scattered().dense, columns, 0)
        given = [W] if model is not bd.NonSpatial else []
        with pytest.raises(bd.IdentificationError, match="explain exactly"):
            model("y ~ x + z", **options).fit(panel, *given)

    def test_by_the_lag_of_y(self):
        columns, W = noise(12), scattered()
        columns["y"] = np.linalg.solve(np.eye(12) - 0.4 * W.dense, columns["x"].T).T
        panel, W = renamed(W.dense, columns, 0)
        with pytest.raises(bd.IdentificationError, match="with the lag of y explain exactly"):
            bd.SpatialLag("y ~ x", fixed_effects=None).fit(panel, W)
        assert bd.SpatialError("y ~ x", fixed_effects=None).fit(panel, W).sigma2 > 0

    def test_by_random_effects(self):
        """y is x and a constant of the unit: pooled there are errors, with unit effects none."""
        columns = noise(12)
        columns["y"] = columns["x"] + np.random.default_rng(1).normal(size=12)
        panel, W = renamed(scattered().dense, columns, 0)
        assert bd.SpatialError("y ~ x", fixed_effects=None).fit(panel, W).sigma2 > 0
        for options in ({"random_effects": "kkp"}, {"random_effects": "baltagi"}, {}):
            with pytest.raises(bd.IdentificationError, match="explain exactly"):
                bd.SpatialError("y ~ x", **options).fit(panel, W)

    def test_as_many_parameters_as_observations(self):
        columns = {name: values[:1, :4] for name, values in noise(4, T=1).items()}
        panel, W = renamed(blocks(2, 2), columns, 0)
        with pytest.raises(bd.IdentificationError, match="fewer regressors than observations"):
            bd.SpatialLag("y ~ x + z", fixed_effects=None).fit(panel, W)

    @pytest.mark.parametrize("share", [1e-9, 1e-6])
    def test_small_errors_are_none(self, share):
        """An error of a billionth of the outcome is an error."""
        columns = noise(12)
        e = np.random.default_rng(5).normal(size=(6, 12))
        columns["y"] = 3.0 + 2.0 * columns["x"] + share * e
        panel, W = renamed(scattered().dense, columns, 0)
        fit = bd.NonSpatial("y ~ x").fit(panel)
        assert fit.sigma2 == pytest.approx(share**2, rel=0.5)

    def test_a_scale_without_squares(self):
        columns = noise(12)
        columns["y"] = 1e-300 * columns["y"]
        panel, W = renamed(scattered().dense, columns, 0)
        with pytest.raises(bd.DataError, match="other units"):
            bd.SpatialLag("y ~ x").fit(panel, W)


@pytest.mark.filterwarnings("ignore:An estimate lies at the edge:bevdrivers.errors.BoundWarning")
@pytest.mark.parametrize("seed", range(200))
def test_no_well_posed_panel_is_refused(seed):
    """Two regressors that matter, ten to fifteen units, five to eight periods, three kinds of
    weights, and each model in turn with each kind of effects.
    """
    rng = np.random.default_rng(seed)
    N, T = int(rng.integers(10, 16)), int(rng.integers(5, 9))
    W = [scattered(N, seed), uneven(N, seed, "row"), scattered(N, seed, k=4)][seed % 3]
    model, effects = ALL[seed % 8], EFFECTS[(seed // 8) % 4]
    fit = model("y ~ x1 + x2", fixed_effects=effects).fit(
        drawn(model, W, T=T, seed=seed, effects=effects), W
    )
    assert np.isfinite(fit.params).all()
    assert (fit.std_errors > 0).all()


def spectral_blocks(sizes: list[int]) -> np.ndarray:
    """Equal weights within blocks of several sizes, of spectral radius one, (N, N)."""
    number = np.repeat(np.arange(len(sizes)), sizes)
    links = (number[:, None] == number) & ~np.eye(len(number), dtype=bool)
    return links / (max(sizes) - 1)


def by_hand(panel: bd.Panel, W: np.ndarray, lags_of_x: bool, p: np.ndarray) -> float:
    """The log-likelihood of y on an intercept, x and perhaps Wx at (rho, lam), from its formula,
    period by period.
    """
    y, x = (panel.frame[name].to_numpy().reshape(-1, len(W)) for name in ("y", "x"))
    A, R = (np.eye(len(W)) - value * W for value in p)
    regressors = [np.ones_like(x), x, *([x @ W.T] if lags_of_x else [])]
    Z = np.stack([(column @ R.T).ravel() for column in regressors], axis=1)
    filtered = (y @ A.T @ R.T).ravel()
    e = filtered - Z @ np.linalg.lstsq(Z, filtered, rcond=None)[0]
    volume = sum(np.linalg.slogdet(matrix)[1] for matrix in (A, R))
    return float(len(y) * volume - e.size / 2 * (np.log(2 * np.pi * (e @ e) / e.size) + 1))


def small_panel(links: np.ndarray, T: int, seed: int) -> tuple[bd.Panel, bd.SpatialWeights]:
    N = len(links)
    y, x = np.random.default_rng(seed).normal(size=(2, T, N))
    W = bd.SpatialWeights.from_matrix(links, named(N), normalise=None)
    columns = {"y": 1 + x + y, "x": x}
    return bd.Panel.from_arrays(columns, units=named(N), periods=range(2000, 2000 + T)), W


def highest_over_rho(panel: bd.Panel, W: np.ndarray, lam: float, low: float) -> float:
    """The highest log-likelihood without Wx at a lam, by grids over rho that close in on it."""
    left, right = low + 1e-3, 1 - 1e-3
    best = -np.inf
    for _ in range(8):
        grid = np.linspace(left, right, 41)
        values = [by_hand(panel, W, False, np.array([rho, lam])) for rho in grid]
        top = int(np.argmax(values))
        best = max(best, values[top])
        left, right = grid[max(top - 2, 0)], grid[min(top + 2, 40)]
    return best


# Two groups of units that are all each other's neighbours, and one that looks at both.
CLIQUES = np.zeros((9, 9))
CLIQUES[:8, :8] = blocks(2, 4) / 3
CLIQUES[8, [0, 1, 4]] = 1 / 3


class TestWithoutBound:
    @pytest.mark.parametrize("seed", range(6))
    def test_corner(self, seed):
        """Blocks of six and of four: rho = -5 and lam = 1 take away all but the second block's mean
        in either period, and what the regressors have left fits these two.
        """
        links = spectral_blocks([6, 4])
        panel, W = small_panel(links, 2, seed)
        ways = [np.array([-5 + 6 * d, 1 - 6 * d]) for d in (1e-4, 1e-5, 1e-6)]
        heights = [by_hand(panel, links, True, p) for p in ways]
        np.testing.assert_allclose(np.diff(heights), 2 * np.log(10), rtol=0.02)
        with pytest.raises(bd.IdentificationError, match="without bound towards lam"):
            bd.GeneralNesting("y ~ x", fixed_effects=None).fit(panel, W)

    @pytest.mark.parametrize("seed", range(3))
    def test_another_period_bounds_it(self, seed):
        """The fit is then the highest of a grid over the whole range, and climbs stay off its
        ends.
        """
        links = spectral_blocks([6, 4])
        panel, W = small_panel(links, 4, seed)
        fit = bd.GeneralNesting("y ~ x", fixed_effects=None).fit(panel, W)
        shares = (1 - np.cos(np.pi * (np.arange(20) + 0.5) / 20)) / 2
        points = product(-5 + 6 * shares, repeat=2)
        highest = max(by_hand(panel, links, True, np.array(p)) for p in points)
        assert fit.loglik >= highest - 1e-8
        at_fit = by_hand(panel, links, True, fit.params[["rho", "lam"]].to_numpy())
        assert fit.loglik == pytest.approx(at_fit, abs=1e-8)

    @pytest.mark.parametrize("seed", range(24))
    def test_nearest_neighbours(self, seed):
        """One period: lam = -3 leaves three observations to an intercept, x and rho. Where the rho
        that fits them lies outside its range, there is a maximum.
        """
        panel, W = small_panel(CLIQUES, 1, seed)
        far, near = (highest_over_rho(panel, CLIQUES, -3 + d, -3.0) for d in (1e-3, 1e-5))
        request = bd.SpatialCombined("y ~ x", fixed_effects=None)
        if near > far:
            with pytest.raises(bd.IdentificationError, match="without bound towards lam = -3"):
                request.fit(panel, W)
        else:
            assert np.isfinite(request.fit(panel, W).std_errors).all()

    def test_error_lag_alone(self):
        """All are neighbours, and there are as many regressors as means of periods."""
        links = blocks(1, 6) / 5
        panel, W = small_panel(links, 2, 0)
        with pytest.raises(bd.IdentificationError, match="without bound towards lam = -5"):
            bd.SpatialError("y ~ x", fixed_effects=None).fit(panel, W)
        panel, W = small_panel(links, 3, 0)
        assert bd.SpatialError("y ~ x", fixed_effects=None).fit(panel, W).sigma2 > 0


def several(links: np.ndarray, T: int, K: int, seed: int) -> tuple[bd.Panel, bd.SpatialWeights]:
    """An outcome and K regressors x0, x1, ..., all drawn."""
    N = len(links)
    y, *x = np.random.default_rng(seed).normal(size=(K + 1, T, N))
    columns = {"y": 1 + sum(x) + y, **{f"x{k}": values for k, values in enumerate(x)}}
    W = bd.SpatialWeights.from_matrix(links, named(N), normalise=None)
    return bd.Panel.from_arrays(columns, units=named(N), periods=range(2000, 2000 + T)), W


def with_unit_effects(
    panel: bd.Panel, M: np.ndarray, regressors: list[str], lam: float, phi: float, effects: str
) -> float:
    """The log-likelihood of an error model with random effects from the covariance matrix of all
    observations, period by period; without an intercept.
    """
    N = len(M)
    y = panel.frame["y"].to_numpy()
    Z = panel.frame[regressors].to_numpy()
    T = y.size // N
    inverse = np.linalg.inv(np.eye(N) - lam * M)
    of_errors = inverse @ inverse.T
    of_units = of_errors if effects == "kkp" else np.eye(N)
    V = np.kron(np.eye(T), of_errors) + phi * np.kron(np.ones((T, T)), of_units)
    root = np.linalg.cholesky(V)
    v, X = np.linalg.solve(root, y), np.linalg.solve(root, Z)
    e = v - X @ np.linalg.lstsq(X, v, rcond=None)[0]
    volume = np.log(np.diag(root)).sum()
    return float(-volume - y.size / 2 * (np.log(2 * np.pi * (e @ e) / y.size) + 1))


class TestWithoutBoundWithRandomEffects:
    @pytest.mark.parametrize("effects", ["kkp", "baltagi"])
    @pytest.mark.parametrize("model", [bd.SpatialError, bd.SpatialCombined])
    def test_pooled(self, effects, model):
        """Four periods, an intercept and three regressors, all neighbours: lam = -3 leaves means of
        periods alone, and the regressors fit them.
        """
        panel, W = several(blocks(1, 4) / 3, 4, 3, 1)
        names = ["ones", "x0", "x1", "x2"]
        ones = bd.Panel.from_frame(
            panel.frame.assign(ones=1.0).reset_index(), unit=panel.unit, time=panel.time
        )
        heights = [
            with_unit_effects(ones, blocks(1, 4) / 3, names, -3 + d, 0.5, "kkp")
            for d in (1e-2, 1e-3, 1e-4)
        ]
        # sixteen observations, twelve eigenvalues that vanish
        np.testing.assert_allclose(np.diff(heights), 4 * np.log(10), rtol=0.05)
        with pytest.raises(bd.IdentificationError, match="without bound towards lam = -3"):
            model("y ~ x0 + x1 + x2", random_effects=effects).fit(panel, W)

    def test_of_deviations_from_unit_means_alone(self):
        """Without an intercept the regressors fit the deviations of period means, and not their
        level: that is left to the unit effects, whose variance phi grows as lam comes near.
        """
        links = blocks(1, 4) / 3
        panel, W = several(links, 4, 3, 1)
        names = ["x0", "x1", "x2"]
        near = (1e-1, 1e-2, 1e-3)
        held = [with_unit_effects(panel, links, names, -3 + d, 1.0, "baltagi") for d in near]
        grown = [with_unit_effects(panel, links, names, -3 + d, d**-2, "baltagi") for d in near]
        assert held[2] < held[1]
        # (T - 1) (N - k) with k = 3 eigenvalues that vanish
        np.testing.assert_allclose(np.diff(grown), 3 * np.log(10), rtol=0.1)
        with pytest.raises(bd.IdentificationError, match="without bound towards lam = -3"):
            bd.SpatialError("y ~ x0 + x1 + x2 - 1", random_effects="baltagi").fit(panel, W)
        fit = bd.SpatialError("y ~ x0 + x1 + x2 - 1", fixed_effects=None).fit(panel, W)
        assert fit.sigma2 > 1e-6

    @pytest.mark.filterwarnings("ignore:An estimate lies at the edge")
    @pytest.mark.parametrize("effects", ["kkp", "baltagi"])
    def test_more_periods_bound_it(self, effects):
        panel, W = several(blocks(1, 4) / 3, 7, 2, 1)
        fit = bd.SpatialError("y ~ x0 + x1", random_effects=effects).fit(panel, W)
        assert fit.sigma2 > 1e-3

    def test_autocorrelated_errors(self):
        panel, W = several(blocks(1, 4) / 3, 4, 3, 1)
        request = bd.SpatialError("y ~ x0 + x1 + x2", fixed_effects=None, serial_errors=True)
        with pytest.raises(bd.IdentificationError, match="without bound towards lam = -3"):
            request.fit(panel, W)


def height_of_corner(
    panel: bd.Panel, W: np.ndarray, corner: tuple[float, float], inward: tuple[float, float]
) -> float:
    """What the log-likelihood of the lag model with lagged errors comes to near a corner of the
    ranges, over directions into them.
    """
    ways = [(1e-5, 1e-5 * slant) for slant in np.geomspace(1e-3, 1e3, 61)]
    return max(by_hand(panel, W, False, np.array(corner) + np.array(inward) * w) for w in ways)


class TestEnds:
    # of forty panels those at which a corner is highest, and some at which it is not
    HIGHEST = (7, 8, 14)

    @pytest.mark.parametrize("seed", [0, 1, 3, 7, 8, 14])
    def test_corner_of_finite_height(self, seed):
        """All are neighbours: W has two eigenvalues, and rho = -4, lam = 1 (or the other way round)
        takes away both parts of y. The log-determinants fall as the sum of squares does, and the
        likelihood rises towards a height that it does not reach.
        """
        links = blocks(1, 5) / 4
        panel, W = small_panel(links, 4, seed)
        sides = [((-4.0, 1.0), (1.0, -1.0)), ((1.0, -4.0), (-1.0, 1.0))]
        height = max(height_of_corner(panel, links, *side) for side in sides)
        shares = (1 - np.cos(np.pi * (np.arange(16) + 0.5) / 16)) / 2
        points = product(-4 + 5 * shares, repeat=2)
        inside = max(by_hand(panel, links, False, np.array(p)) for p in points)
        assert (height > inside) == (seed in self.HIGHEST)
        request = bd.SpatialCombined("y ~ x", fixed_effects=None)
        if height > inside:
            with pytest.raises(bd.IdentificationError, match="highest at an end"):
                request.fit(panel, W)
        else:
            assert request.fit(panel, W).loglik >= max(inside, height) - 1e-8

    def test_an_end_that_contrasts_leave_regular(self):
        """A circle of seven has one eigenvalue 1, that of the constant, which time effects take out:
        towards rho = 1 the likelihood falls without bound unless they do, and then has the height
        of the contrasts by hand.
        """
        around = np.roll(np.eye(7), 1, axis=1)
        links = (around + around.T) / 2
        panel, W = small_panel(links, 4, 0)
        contrasts = np.linalg.svd(np.ones((1, 7)))[2][1:]
        y, x = (panel[name] @ contrasts.T for name in ("y", "x"))
        lag = panel["y"] @ links.T @ contrasts.T

        def height(rho: float) -> float:
            left = (y - rho * lag).ravel()
            left = left - x.ravel() * (x.ravel() @ left) / (x.ravel() @ x.ravel())
            inside = np.eye(6) - rho * contrasts @ links @ contrasts.T
            return 4 * np.linalg.slogdet(inside)[1] - 24 / 2 * np.log(left @ left)

        for effects in (None, "time"):
            request = bd.SpatialLag("y ~ x", fixed_effects=effects)
            likelihood = Likelihood.of(request.fit(panel, W).sample)
            [spectrum], [bounds] = likelihood.spectra, likelihood.bounds
            beside = 1.0 - 1e-6
            assert bounds[1] == pytest.approx(1.0)
            assert is_singular_end(spectrum, beside, bounds) == (effects is None)
        rise = likelihood.value(np.array([beside])) - likelihood.value(np.array([0.0]))
        assert rise == pytest.approx(height(beside) - height(0.0), abs=1e-9)

    @pytest.mark.parametrize("number", [100, 135])
    def test_without_bound_beyond_the_reach_of_eigenvalues(self, number):
        """Units in threes, y of a group 1 + x but for deviations that sum to zero: I + 2 M leaves the
        means alone, which are exact. Above 400 units the range is drawn in by a thousandth of its end,
        and the search warns that it stopped there.
        """
        rng = np.random.default_rng(0)
        x = rng.normal(size=(2, number)).repeat(3, axis=1)
        e = rng.normal(size=(2, number, 3))
        e = e - e.mean(axis=2, keepdims=True)
        columns = {"y": 1 + x + e.reshape(2, -1), "x": x}
        panel, W = renamed(blocks(number, 3) / 2, columns, 0)
        request = bd.SpatialError("y ~ x", fixed_effects=None)
        if number == 100:
            with pytest.raises(
                bd.IdentificationError, match=r"towards lam = -2, where the fit is exact"
            ):
                request.fit(panel, W)
            return
        with pytest.warns(bd.BoundWarning, match=r"at the edge of its range \(lam = -1\.998\)"):
            assert request.fit(panel, W).lam == pytest.approx(-1.998, abs=1e-6)


DIRECTED = {N: np.roll(np.eye(N), 1, axis=1) for N in (5, 6, 7)}
# three units in a circle, more weight to the left than to the right, three times; and seven of
# which each beats three, any two of them one in common
CIRCLES = np.kron(np.eye(3), 0.7 * np.roll(np.eye(3), 1, axis=1) + 0.3 * np.roll(np.eye(3), 2, 1))
TOURNAMENT = np.array([[(j - i) % 7 in (1, 2, 4) for j in range(7)] for i in range(7)]) / 3
MIRRORED = {"ring of 5": DIRECTED[5], "ring of 7": DIRECTED[7]}
SHIFTED = {"circles": CIRCLES, "tournament": TOURNAMENT}


def circle_of(M: np.ndarray) -> tuple[float, float]:
    """b and s with M = b I + s O, O'O = I, from M'M = (s^2 - b^2) I + b (M + M')."""
    pair = (M + M.T)[0].argmax()
    b = (M.T @ M)[0, pair] / (M + M.T)[0, pair] if pair and (M.T @ M)[0, pair] else 0.0
    s = np.linalg.norm(M - b * np.eye(len(M))) / np.sqrt(len(M))
    O = (M - b * np.eye(len(M))) / s  # noqa: E741
    np.testing.assert_allclose(O.T @ O, np.eye(len(M)), atol=1e-12)
    return float(b), float(s)


def image_of(lam: float, M: np.ndarray) -> float:
    b, s = circle_of(M)
    t = lam * s / (1 - lam * b)
    return float(1 / (t * s + b))


def lam_or_none(request: bd.SpatialError, panel: bd.Panel, W: bd.SpatialWeights) -> float:
    """The estimate, or NaN where it and its mirror image meet, or the weights leave it free."""
    try:
        return request.fit(panel, W).lam
    except bd.EstimationError as error:
        if "mirror image" in str(error):
            return np.nan
        raise
    except bd.IdentificationError as error:
        if error.argument == "weights":
            return np.nan
        raise


class TestMirrorImages:
    """(I - lam M)'(I - lam M) is proportional to that of another lam."""

    @pytest.mark.parametrize("name", [*MIRRORED, *SHIFTED])
    @pytest.mark.parametrize("lam", [-0.3, -0.8, 0.2])
    def test_algebra(self, name, lam):
        M = (MIRRORED | SHIFTED)[name]
        other = image_of(lam, M)
        R, S = (np.eye(len(M)) - value * M for value in (lam, other))
        factor = np.trace(S.T @ S) / np.trace(R.T @ R)
        np.testing.assert_allclose(S.T @ S, factor * R.T @ R, atol=1e-12 * factor)
        both = [np.linalg.slogdet(matrix)[1] for matrix in (R, S)]
        assert both[1] - both[0] == pytest.approx(len(M) / 2 * np.log(factor))

    @pytest.mark.filterwarnings("ignore:An estimate lies at the edge")
    @pytest.mark.parametrize("name", [*MIRRORED, *SHIFTED])
    @pytest.mark.parametrize(
        "options",
        [
            {"fixed_effects": None},
            {"fixed_effects": "unit"},
            {"fixed_effects": "two-way", "correction": None},
            {"random_effects": "kkp"},
            {"random_effects": "baltagi"},
        ],
    )
    def test_the_one_nearer_to_zero(self, name, options):
        """Whatever the order of the units; or both meet, which is refused by name."""
        M = (MIRRORED | SHIFTED)[name]
        N = len(M)
        for seed in range(2):
            x, e = np.random.default_rng([5, seed]).normal(size=(2, 4, N))
            u = np.linalg.solve(np.eye(N) + 0.5 * M, e.T).T
            answers = []
            for order in range(2):
                panel, W = renamed(M, {"y": 1 + x + u, "x": x}, order)
                answers.append(lam_or_none(bd.SpatialError("y ~ x", **options), panel, W))
            np.testing.assert_allclose(answers, np.full(2, answers[0]), atol=1e-7)
            assert not abs(answers[0]) > abs(image_of(answers[0], M))

    def test_both_are_as_high(self):
        """By the formula, for the error's lag beside any lag of y."""
        M = DIRECTED[5]
        panel, _ = small_panel(M, 4, 0)
        for rho in (-0.4, 0.0, 0.3):
            here = by_hand(panel, M, False, np.array([rho, -0.6]))
            there = by_hand(panel, M, False, np.array([rho, -1 / 0.6]))
            assert here == pytest.approx(there, abs=1e-10)
            other_rho = by_hand(panel, M, False, np.array([-1 / 0.6, rho]))
            assert abs(other_rho - by_hand(panel, M, False, np.array([-0.6, rho]))) > 1e-3

    def test_of_rho_only_where_regressors_are_their_own_lags(self):
        M = DIRECTED[5]
        for seed in range(6):
            x, e = np.random.default_rng(seed).normal(size=(2, 20, 5))
            y = np.linalg.solve(np.eye(5) + 2.5 * M, e.T).T
            panel, W = renamed(M, {"y": y, "x": x}, seed)
            plain = bd.SpatialLag("y ~ 1", fixed_effects=None).fit(panel, W)
            assert abs(plain.rho) < 1
            likelihood = Likelihood.of(plain.sample)
            image = likelihood.value(np.array([1 / plain.rho]))
            assert image == pytest.approx(plain.loglik, abs=1e-8)

    def test_even_rings_have_none(self):
        """Minus one is an eigenvalue: the range ends before any image."""
        assert Spectrum(eigenvalues(DIRECTED[6])).bounds == pytest.approx((-1.0, 1.0))

    @pytest.mark.parametrize("W", [scattered(), ring(12), uneven(12, 0, "row")])
    def test_ordinary_weights_have_no_circle(self, W):
        assert W.spectrum.circle is None


def star(N: int) -> np.ndarray:
    """A hub and N - 1 leaves, each of which has the hub alone, (N, N); rows sum to one."""
    links = np.zeros((N, N))
    links[0, 1:] = 1 / (N - 1)
    links[1:, 0] = 1.0
    return links


class TestStars:
    """A star has two eigenvalues, 1 and -1, that are not zero; with h the hub, m the mean of the
    n leaves,

        h_t = rho m_t + ...,    m_t = rho h_t + ...,    the leaves' deviations from m_t know no rho.

    The deviations identify b and s2, and rho and lam come from (h, m), two numbers a period.

    Without time effects the means of (h, m) are linear in x of the hub and in the mean x of the
    leaves, with coefficients c1 = (b + rho theta) / (1 - rho^2) and c2 = (theta + rho b) /
    (1 - rho^2), so that rho = (c1 - b) / c2 wherever c2 is not zero, lagged X or not; the
    covariance of (h, m) then gives lam. All models are identified, but for both lags without a
    regressor.

    With time effects h - m alone is left, with mean (b - theta) / (1 + rho) times x of it, and
    variance s2 (1 + 1/n) / [(1 + rho) (1 + lam)]^2. Two equations: without lagged X they give rho
    and then lam; without a lag of the error, rho and then theta; GNS has three unknowns, and is not
    identified, unless a regressor without a lag gives rho.
    """

    @pytest.mark.filterwarnings("ignore:An estimate lies at the edge")
    @pytest.mark.parametrize("N", [4, 7, 11])
    @pytest.mark.parametrize("effects", [None, "unit", "time", "two-way"])
    @pytest.mark.parametrize("model", [model for model in ALL if model is not bd.NonSpatial])
    def test_what_is_identified(self, N, effects, model):
        panel, W = renamed(star(N), noise(N, seed=N), 0)
        request = model("y ~ x + z", fixed_effects=effects)
        if model is bd.GeneralNesting and effects in ("time", "two-way"):
            with pytest.raises(bd.IdentificationError, match="exchange their places"):
                request.fit(panel, W)
            request = request.replace(durbin=["x"])
        assert np.isfinite(request.fit(panel, W).params).all()

    def test_one_product_of_both_lags(self):
        """With time effects and lagged X the likelihood knows (1 + rho)(1 + lam) alone, up to what
        theta takes up: by the formula, on contrasts.
        """
        N, T = 6, 5
        W, contrasts = star(N), np.linalg.svd(np.ones((1, N)))[2][1:]
        y, x = np.random.default_rng(0).normal(size=(2, T, N))

        def height(rho: float, lam: float) -> float:
            A, R = np.eye(N) - rho * W, np.eye(N) - lam * W
            X = np.stack([(v @ R.T @ contrasts.T).ravel() for v in (x, x @ W.T)], axis=1)
            v = (y @ A.T @ R.T @ contrasts.T).ravel()
            e = v - X @ np.linalg.lstsq(X, v, rcond=None)[0]
            volume = T * np.log((1 + rho) * (1 + lam))
            return float(volume - e.size / 2 * np.log(e @ e))

        heights = [height(rho, 0.9 / (1 + rho) - 1) for rho in (-0.05, 0.2, 0.6)]
        np.testing.assert_allclose(heights, heights[0], rtol=1e-12)
        assert abs(height(0.2, 0.0) - heights[0]) > 1e-3

    def test_no_regressor(self):
        panel, W = renamed(star(7), noise(7), 0)
        with pytest.raises(bd.IdentificationError, match="exchange their places"):
            bd.SpatialCombined("y ~ 1", fixed_effects=None).fit(panel, W)
