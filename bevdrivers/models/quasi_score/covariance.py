"""Covariances of estimates by adjusted scores: J^-1 V J^-T, J the slope of the equations and V their
variance at the estimates.

Each equation is a linear and quadratic form in the errors v, a'v + v'Cv less its expectation, with a
symmetric C. For independent errors of variances w its covariance with another is

    sum_i a_i a'_i w_i + 2 sum_{i != j} c_ij c'_ij w_i w_j + what is of c_ii,

for v_i v_j (i < j) are uncorrelated with each other and with v_i (Kelejian and Prucha 2001, J.
Econometrics 104, 219-257, doi:10.1016/S0304-4076(01)00064-1). For errors of one distribution the rest
takes their third and fourth moments. The robust scores have c_ii = 0 by construction: nothing of
higher moments is left in their variance.

Of a, what effects and regressors add to R B y is not observed; what G e leaves of R B y has the error
of the effects in it, M_D G P v with P = I - M_D, whose square is taken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from ...errors import EstimationError
from ...numerics.streams import generator
from ..sandwich import CANCELLED, check_clusters
from .operators import FEWEST, PROBE_SEED, PROBES
from .projection import EXACT_CELLS, Orthonormal
from .score import State

# Rows of M_D whose powers are averaged in large samples, and how many are held at a time.
ROWS, ROWS_AT_A_TIME = 240, 40


@dataclass(frozen=True, eq=False)
class Forms:
    """The equations of (b, rho, lam, sigma2) as linear and quadratic forms in the errors.

    Attributes
    ----------
    state : State
        At the estimates.
    """

    state: State

    @property
    def P(self) -> int:
        """Number of equations."""
        return self.state.K + len(self.state.p) + 1

    @property
    def quadratic(self) -> range:
        """Which equations have a quadratic form."""
        return range(self.state.K, self.P)

    @cached_property
    def linear(self) -> np.ndarray:
        """a of each equation, (n, P)."""
        state = self.state
        K = state.K
        linear = np.zeros((state.of.data.n, self.P))
        linear[:, :K] = state.left[:, :K]
        if state.of.B is not None:
            of_errors = state.operators.G(state.e)
            own = state.filtered[:, -1] - of_errors
            linear[:, K] = state.projection.off(own)
        return linear

    @cached_property
    def corrections(self) -> list[np.ndarray | None]:
        """d of the robust scores of rho and lam, (M_D o M_D) d = (M_D G)_ii and (M_D H M_D)_ii; None
        for the others.
        """
        state = self.state
        diagonals = []
        if state.of.B is not None:
            diagonals.append(state.of_rho)
        if state.of.M is not None:
            diagonals.append(state.of_lam)
        if not state.of.robust:
            return [None] * len(diagonals)
        return [state.orthonormal.variances(diagonal) for diagonal in diagonals]

    @cached_property
    def of_probes(self) -> dict[int, np.ndarray]:
        """C z of each equation with a quadratic form, z what traces are taken with."""
        state = self.state
        off = state.projection.off
        plain = []
        if state.of.B is not None:
            both = off(state.Gz) + state.back_G
            plain.append(both / 2.0)
        if state.of.M is not None:
            both = off(state.HMz + state.back_H)
            plain.append(both / 2.0)
        products = []
        for place, product in enumerate(plain):
            corrected = self._corrected(place, product, state.Mz)
            products.append(corrected)
        products.append(state.Mz)
        return dict(zip(self.quadratic, products, strict=True))

    def times(self, k: int, values: np.ndarray) -> np.ndarray:
        """C of equation k times values of shape (n, m)."""
        state = self.state
        off = state.projection.off
        ops = state.operators
        place = k - state.K
        inside = off(values)
        if k == self.P - 1:
            return inside
        if place == 0 and state.of.B is not None:
            ahead = off(ops.G(values))
            back = ops.G(inside, transposed=True)
            product = (ahead + back) / 2.0
        else:
            ahead = ops.H(inside)
            back = ops.H(inside, transposed=True)
            product = off(ahead + back) / 2.0
        return self._corrected(place, product, inside)

    def _corrected(
        self,
        place: int,
        product: np.ndarray,
        inside: np.ndarray,
    ) -> np.ndarray:
        """C of rho or lam times values, less M_D diag(d) M_D in robust scores; `inside` is M_D times
        values.
        """
        d = self.corrections[place]
        if d is None:
            return product
        weighted = d[:, None] * inside
        corrected: np.ndarray = product - self.state.projection.off(weighted)
        return corrected

    @cached_property
    def diagonals(self) -> np.ndarray:
        """c_ii of each equation, (n, P)."""
        diagonals = np.zeros((self.state.of.data.n, self.P))
        for k in self.quadratic:
            diagonals[:, k] = self.state.diagonal(self.of_probes[k])
        return diagonals

    def of_diagonals(self, weights: np.ndarray) -> np.ndarray:
        """sum_i c_ii c'_ii weights_i of each two equations, (P, P): of probed diagonals from the two
        halves of the vectors, whose errors are independent.
        """
        z = self.state.of.z
        if len(z) == z.shape[1]:
            first = second = self.diagonals
        else:
            first = self._half(slice(0, None, 2))
            second = self._half(slice(1, None, 2))
        weighted = first * weights[:, None]
        products: np.ndarray = weighted.T @ second
        symmetric: np.ndarray = (products + products.T) / 2.0
        return symmetric

    def _half(self, vectors: slice) -> np.ndarray:
        """The diagonals c_ii of each equation from some of the probing vectors, (n, P)."""
        z = self.state.of.z
        some = z[:, vectors]
        share = some.shape[1] / z.shape[1]
        diagonals = np.zeros_like(self.diagonals)
        for k in self.quadratic:
            product = self.of_probes[k][:, vectors]
            of_some = np.einsum("ik,ik->i", some, product)
            diagonals[:, k] = of_some / share
        return diagonals

    def products(self, w: np.ndarray) -> np.ndarray:
        """sum_ij c_ij c'_ij w_i w_j of each two equations, (P, P)."""
        products = np.zeros((self.P, self.P))
        plain = self.of_probes
        weighted = {}
        for k in self.quadratic:
            weighted[k] = self._weighted(k, w)
        for k in self.quadratic:
            for m in range(self.state.K, k + 1):
                # tr C w C'w
                value = np.einsum("ik,i,ik->", plain[k], w, weighted[m])
                products[k, m] = value
                products[m, k] = value
        return products

    def _weighted(self, k: int, w: np.ndarray) -> np.ndarray:
        """C of equation k times w z."""
        if (w == w[0]).all():
            scaled: np.ndarray = w[0] * self.of_probes[k]
            return scaled
        return self.times(k, w[:, None] * self.state.of.z)

    def of_effects(self, w: np.ndarray) -> float:
        """What the effects' errors add to sum_i a_i^2 w_i of rho: the variance of v'P G'M_D v."""
        if self.state.of.B is None:
            return 0.0
        state = self.state
        off = state.projection.off
        across = off(state.Gz - state.GMz)
        if (w == w[0]).all():
            squares = np.sum(across**2)
            return float(w[0] ** 2 * squares)
        of_probes = w[:, None] * state.of.z
        removed = of_probes - off(of_probes)
        weighted = off(state.operators.G(removed))
        total = np.einsum("i,ik,ik->", w, across, weighted)
        return float(total)


def expected_slope(forms: Forms) -> np.ndarray:
    """Minus the expected slope of the equations of (b, rho, lam, sigma2) for errors of one variance,
    (P, P).

    rho by rho: a'a + s2 [tr(G'M_D G) + tr(M_D G G)]; rho by lam: s2 [tr(G'M_D H) + tr(M_D G H)]; lam
    by rho: s2 [tr(M_D G'M_D H) + tr(M_D H M_D G)]; lam by lam: s2 [tr(M_D H'M_D H) + tr(M_D H M_D
    H)].
    """
    state = forms.state
    K = state.K
    s2 = state.sigma2
    off = state.projection.off
    linear = forms.linear[:, :-1]
    slope = np.zeros((forms.P, forms.P))
    slope[:-1, :-1] = linear.T @ linear
    slope[-1, -1] = state.degrees
    has_rho = state.of.B is not None
    has_lam = state.of.M is not None
    if has_rho:
        GMz = state.GMz
        squares = np.sum(off(GMz) * GMz)
        products = np.sum(state.back_G * state.Gz)
        slope[K, K] += s2 * (squares + products)
        slope[K, -1] = state.of_rho.sum()
    if has_lam:
        MHz = off(state.Hz)
        squares = np.sum(state.HMz * MHz)
        products = np.sum(state.back_H * MHz)
        slope[-2, -2] = s2 * (squares + products)
        slope[-2, -1] = state.of_lam.sum()
    if has_rho and has_lam:
        MGz = off(state.Gz)
        crossed = np.sum(state.Gz * MHz)
        products = np.sum(state.back_G * state.Hz)
        slope[K, K + 1] = s2 * (crossed + products)
        crossed = np.sum(GMz * MHz)
        products = np.sum(state.back_H * MGz)
        slope[K + 1, K] = s2 * (crossed + products)
    # of e'e - (n - r) s2 by rho and lam: twice what these have by sigma2
    of_sigma2 = slope[K:-1, -1]
    slope[-1, K:-1] = 2.0 * s2 * of_sigma2
    return slope


def one_variance(forms: Forms, *, normal: bool) -> np.ndarray:
    """The variance of the equations for errors of one distribution, (P, P)."""
    state = forms.state
    K = state.K
    s2 = state.sigma2
    n = state.of.data.n
    w = np.full(n, s2)
    linear = forms.linear
    variance: np.ndarray = s2 * linear.T @ linear + 2.0 * forms.products(w)
    if state.of.B is not None:
        variance[K, K] -= forms.of_effects(w)
    if normal:
        return variance
    third, fourth = moments_of_errors(state)
    skew = third * linear.T @ forms.diagonals
    beyond_normal = fourth - 3.0 * s2**2
    of_fourth = beyond_normal * forms.of_diagonals(np.ones(n))
    variance += skew + skew.T + of_fourth
    return variance


def unequal_variances(forms: Forms) -> np.ndarray:
    """The variance of the equations for independent errors with a variance each, (P, P)."""
    state = forms.state
    K = state.K
    linear = forms.linear
    w = cell_variances(state)
    pairs = 2.0 * forms.products(w)
    if state.of.robust:
        weighted = linear * w[:, None]
        variance: np.ndarray = weighted.T @ linear + pairs
    else:
        # c_ii (v_i^2 - sigma2) counts as it stands
        errors = np.sign(state.e) * np.sqrt(w)
        beyond = w - state.sigma2
        sums = linear * errors[:, None]
        squares = forms.diagonals * beyond[:, None]
        across = sums.T @ squares
        variance = sums.T @ sums + across + across.T + pairs
        variance += forms.of_diagonals(beyond**2 - 2.0 * w**2)
    if state.of.B is not None:
        variance[K, K] -= forms.of_effects(w)
    return variance


def cell_variances(state: State) -> np.ndarray:
    """The variance of each cell's error by its squared residual, (n,), of which effects and
    regressors have taken a part.

    For the robust scores unbiased under any variances, below zero here and there (Cattaneo, Jansson
    and Newey 2018, doi:10.1080/01621459.2017.1328360); for the others unbiased under one variance.
    """
    K = state.K
    projection = state.projection
    squares = state.e**2
    if not isinstance(projection, Orthonormal):
        return squares * state.of.data.n / (state.degrees - K)
    whole = projection.and_columns(state.filtered[:, :K])
    if state.of.robust:
        return whole.variances(squares)
    shares = whole.diagonal
    seen = shares > CANCELLED
    variances: np.ndarray = np.zeros_like(squares)
    variances[seen] = squares[seen] / shares[seen]
    return variances


def clusters_of_units(forms: Forms) -> np.ndarray:
    """The variance of the equations for errors that are independent over units, with any dependence
    within, (P, P).

    Sums over a unit's cells take the place of cells, products of two units' sums that of v_i v_j.
    """
    state = forms.state
    e = state.e
    unit = np.unique(state.of.data.unit, return_inverse=True)[1]
    n = len(unit)
    N = int(unit.max()) + 1
    check_clusters("unit", (1, N))
    places = (unit, np.arange(n))
    indicator = sparse.csr_array((np.ones(n), places), shape=(N, n))
    sums = indicator @ (forms.linear * e[:, None])
    expected = np.zeros_like(sums)
    if not state.of.robust:
        expected = state.sigma2 * (indicator @ forms.diagonals)
    z = _probes_of_units(n, N)
    of_cells = e[:, None] * z[unit]
    pairs: dict[int, np.ndarray] = {}
    own: dict[int, np.ndarray] = {}
    for k in forms.quadratic:
        products = e[:, None] * forms.times(k, of_cells)
        pairs[k] = indicator @ products
        own[k] = np.einsum("gk,gk->g", z, pairs[k])
        sums[:, k] += own[k] - expected[:, k]
    variance = np.zeros((forms.P, forms.P))
    for k in forms.quadratic:
        for m in forms.quadratic:
            all_pairs = np.sum(pairs[k] * pairs[m])
            variance[k, m] = 2.0 * (all_pairs - own[k] @ own[m])
    scale = N / (N - 1)
    whole: np.ndarray = (variance + sums.T @ sums) * scale
    return whole


def _probes_of_units(n: int, N: int) -> np.ndarray:
    """What sums over pairs of units are taken with, (N, k): the unit vectors, or signs of units in
    large samples.
    """
    if n <= EXACT_CELLS:
        return np.eye(N)
    vectors = max(FEWEST, PROBES // n)
    rng = generator(PROBE_SEED, "signs of units in adjusted scores")
    signs = rng.choice([-1.0, 1.0], size=(N, vectors))
    z: np.ndarray = signs / np.sqrt(vectors)
    return z


def moments_of_errors(state: State) -> tuple[float, float]:
    """Third and fourth moment of the errors from those of the residuals e_i = sum_j (M_D)_ij v_j: E
    e_i^3 = mu3 sum m^3 and E e_i^4 = mu4 sum m^4 + 3 s2^2 [(sum m^2)^2 - sum m^4], averaged over
    the cells, in large samples over some of them.
    """
    n = state.of.data.n
    e = state.e
    chosen = np.arange(n)
    if n > EXACT_CELLS:
        rng = generator(PROBE_SEED, "rows of projections")
        chosen = rng.choice(n, ROWS, replace=False)
    powers = np.zeros(3)
    for start in range(0, len(chosen), ROWS_AT_A_TIME):
        cells = chosen[start : start + ROWS_AT_A_TIME]
        powers += _powers_of_rows(state, cells)
    cubes, fourths, squares = powers / len(chosen)
    third = 0.0
    if cubes > CANCELLED:
        third = float(np.mean(e**3)) / cubes
    beyond = 3.0 * state.sigma2**2 * (squares - fourths)
    fourth = (np.mean(e**4) - beyond) / fourths
    return third, float(fourth)


def _powers_of_rows(state: State, cells: np.ndarray) -> np.ndarray:
    """Sums of m^3, of m^4 and of (sum m^2)^2 over some rows m of M_D, (3,)."""
    k = len(cells)
    unit = np.zeros((state.of.data.n, k))
    unit[cells, np.arange(k)] = 1.0
    rows = state.projection.off(unit)
    square = rows * rows
    cubes = np.sum(square * rows)
    fourths = np.sum(square * square)
    lengths = np.sum(square, axis=0)
    return np.array([cubes, fourths, np.sum(lengths**2)])


def sandwich(forms: Forms, variance: np.ndarray) -> np.ndarray:
    """The covariance of (b, rho, lam), given the variance of the equations.

    Raises
    ------
    EstimationError
        The slope has no inverse.
    """
    if forms.state.of.robust:
        slope = -forms.state.jacobian()
    else:
        slope = expected_slope(forms)
    size = np.sqrt(np.abs(np.diag(slope)))
    has_size = np.isfinite(size) & (size > 0.0)
    if not has_size.all():
        raise _not_identified()
    units = np.outer(size, size)
    scaled = slope / units
    if np.linalg.cond(scaled) > 1e12:
        raise _not_identified()
    bread = np.linalg.inv(scaled) / units
    covariance = bread @ variance @ bread.T
    of_estimates = (covariance + covariance.T)[:-1, :-1]
    symmetric: np.ndarray = of_estimates / 2.0
    return symmetric


def _not_identified() -> EstimationError:
    return EstimationError(
        "The slope of the adjusted scores is singular at the estimates: these data and weights do "
        "not identify the parameters. Drop nearly collinear regressors, or use a model with fewer "
        "lags."
    )
