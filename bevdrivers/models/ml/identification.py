"""Whether data and weights tell the spatial parameters apart.

In: a likelihood before or after its maximum is looked for, or a sample with its estimates. Out:
nothing, or an error that says which parameters cannot be told apart. Four ways to find out: the
roles of rho and lam are exchanged, the likelihood is followed to the ends of the range of lam, the
ends are looked at where a search came to, and the rank of the information is taken at several
points. Where a parameter and its mirror image have one likelihood, the image is given.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import EstimationError, IdentificationError
from ...numerics.eigenvalue_log_determinants import Spectrum
from ..design.sample import EXACT_SHARE, Sample
from ..design.transforms import AnySpectrum
from .information import score_terms
from .likelihood import Likelihood
from .operators import DENSE_UNITS, traces
from .optimum import Maximand, Point

# Where likelihoods are compared, and ranks taken: rho and lam as shares of their ranges on either
# side of zero. Any points would do that no symmetry singles out.
ROLES = ((0.45, -0.3), (0.2, 0.7), (-0.55, 0.35))
# Log-likelihoods per observation that differ by less are one: rounding leaves 1e-12, and the least
# that a regressor of pure chance makes of exchanged roles is of order 1 / nobs.
SAME_LIKELIHOOD = 1e-9
# Parameters are not told apart when the information of one that is not in those of the others is
# below this share of it: rounding leaves 1e-14, and standard errors 1e4 times those of the
# parameter alone are no estimates.
SINGULAR_SHARE = 1e-9
# Regressors count as gone where a filter leaves less than this share of them.
GONE_SHARE = 1e-10
# Two distances from the end of a range, as shares of it, between which a likelihood without bound
# rises by at least ln(100): half an observation's worth of that is neither rounding nor curvature.
NEARING = (1e-4, 1e-6)
RISE = np.log(NEARING[0] / NEARING[1]) / 2
# Nearer to the end of its range than this share of it, a search has come to that end: twice as near
# as it counts as pressed there.
AT_END = 2e-7
# Both parameters that nearly are at such ends, one of them pressed there or the climb still going
# on after all its steps, are on their way into the corner.
BESIDE_END = 1e-4
# A maximum and its mirror image that are one but for what a search leaves of a flat top; and a
# point beside it, as a share of it.
SAME_AS_IMAGE = 1e-4
BESIDE = 0.9
# Between no eigenvalue and one: what the others add at that distance is of order N / 1e6.
HALF_AN_EIGENVALUE = 0.5


def at_shares(bounds: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Points within ranges (q, 2) that hold zero, by the share of the way from there to an end."""
    share = np.array(shares)
    low, high = bounds.T
    points: np.ndarray = np.where(share > 0, share * high, -share * low)
    return points


def exchanged(p: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """rho and lam in each other's place, as shares of their ranges; what comes after stays."""
    lags = p[:2]
    others = p[2:]
    low, high = bounds[:2].T
    share = np.where(lags > 0, lags / high, -lags / low)
    exchanged_lags = at_shares(bounds[:2], tuple(share[::-1]))
    return np.concatenate([exchanged_lags, others])


def check_roles(likelihood: Maximand) -> None:
    """Refuse a lag of y and a lag of the error whose places can be exchanged: a pair of estimates
    would be reported in one order or the other by chance.

    With no regressor but those that W takes into a multiple of themselves (the intercept, period
    dummies), and with regressors that are all lagged under equal weights within blocks of one size,
    the likelihood depends on (I - rho W)(I - lam W) alone.

    Raises
    ------
    IdentificationError
    """
    if not likelihood.has_both_lags:
        return
    bounds = likelihood.bounds
    others = bounds[2:].mean(axis=1)
    for shares in ROLES:
        lags = at_shares(bounds[:2], shares)
        p = np.append(lags, others)
        in_exchange = exchanged(p, bounds)
        gap = likelihood.value(p) - likelihood.value(in_exchange)
        if not abs(gap) <= SAME_LIKELIHOOD * likelihood.nobs:
            return
    raise IdentificationError(
        "formula",
        expected="regressors that tell the lag of y from the lag of the error",
        got="a likelihood that stays as it is when rho and lam exchange their places",
        remedy=(
            "Use SpatialLag or SpatialError (SpatialDurbin or SpatialDurbinError with lags of X), "
            "add a regressor, or give the error weights of its own: "
            "fit(panel, W, error_weights=...)."
        ),
    )


def check_bounded(likelihood: Maximand) -> None:
    """Refuse a likelihood that rises without bound towards an end of the range of lam.

    There I - lam M is singular and takes away all that varies in one way (within groups of units
    that are each other's neighbours, or between them). Let it take away all but r observations. If
    the regressors and the lag of y explain these r exactly, the sum of squares vanishes as d^2 with
    the distance d from the end, and the log-likelihood is -r ln(d): no maximum exists, and what a
    search finds in the interior is a local one. The rho that makes the fit exact may itself be an
    end of its range, so that this finds the corners, too. With rho alone the same is an exact fit.

    With random effects it is enough that deviations from unit means are explained: the variance of
    the unit effects takes up the means as q = (1 + T phi)^(-1/2) goes to zero with d.

    Raises
    ------
    IdentificationError
    """
    if not likelihood.has_lam:
        return
    for end in likelihood.bounds[int(likelihood.has_rho)]:
        corner = exact_corner(likelihood, float(end))
        if corner is None or not _rises_to(likelihood, corner):
            continue
        raise IdentificationError(
            "formula",
            expected="fewer regressors than observations that are left where lam ends its range",
            got=f"a likelihood that rises without bound towards lam = {end:.4g}, where the fit is exact",
            remedy=(
                "Use a model without a lag of the error, fewer regressors (or lags of X), more "
                "periods, or weights without groups of units that are all each other's neighbours."
            ),
        )


def exact_corner(likelihood: Maximand, lam: float) -> np.ndarray | None:
    """The point of the range with this lam at which the residuals are zero; None where there is
    none.

    Where any rho will do it is the middle of its range.
    """
    # the columns after the filter, as shares of what they are without it
    K = likelihood.n_regressors
    (plain, lagged), others = likelihood.exact_columns
    size = np.linalg.norm(plain, axis=0) + abs(lam) * np.linalg.norm(lagged, axis=0)
    filtered = (plain - lam * lagged) / np.where(size > 0, size, 1.0)

    # what the regressors that are not gone leave of [y, Wy]
    axes, lengths, _ = np.linalg.svd(filtered[:, :K], full_matrices=False)
    kept = axes[:, lengths > GONE_SHARE]
    outcomes = filtered[:, K:]
    left = outcomes - kept @ (kept.T @ outcomes)
    if not likelihood.has_rho:
        if np.linalg.norm(left) <= EXACT_SHARE:
            return np.array([lam, *others])
        return None

    low, high = likelihood.bounds[0]
    rho, share = _exact_rho(left, size[K:])
    if rho is None:
        rho = (low + high) / 2
    of_y, of_lag = left.T
    residual = np.linalg.norm(of_y - share * of_lag)
    if residual > EXACT_SHARE * (1.0 + abs(share)):
        return None

    rounding = NEARING[1] * (high - low)
    if not low - rounding <= rho <= high + rounding:
        return None
    return np.array([np.clip(rho, low, high), lam, *others])


def _exact_rho(left: np.ndarray, size: np.ndarray) -> tuple[float | None, float]:
    """The rho at which the lag explains what is left of y best, None where nothing is left of the
    lag; and the same as a slope of columns of length one.

    Parameters
    ----------
    left : array of shape (m, 2)
        [y, Wy] as shares of their sizes.
    size : array of shape (2,)
    """
    of_y, of_lag = left.T
    square = float(of_lag @ of_lag)
    if np.sqrt(square) <= EXACT_SHARE:
        return None, 0.0
    share = float(of_y @ of_lag) / square
    rho = share * size[0] / size[1]
    return rho, share


def _rises_to(likelihood: Maximand, corner: np.ndarray) -> bool:
    """Whether the likelihood still rises near a point at the edge: it need not where the filters
    take away all that varies.
    """
    low, high = likelihood.bounds.T
    inwards = (low + high) / 2 - corner
    values = []
    for distance in NEARING:
        p = corner + 2 * distance * inwards
        values.append(likelihood.value(p))
    far, near = values
    return bool(near - far > RISE)


def check_ends(likelihood: Maximand, p: np.ndarray) -> None:
    """Refuse a search that came to p (q,), beside a corner at which I - rho W and
    I - lam M are singular.

    With k eigenvalues that vanish the log-determinants of t periods fall as t k ln(d) with the
    distance d, and the sum of squares of n observations, if it vanishes as d^2, adds -n ln(d). A
    likelihood with n > t k has no bound. With n = t k, all observations being taken away, it has a
    height that it nears and does not reach. Anything else falls. One filter alone cannot take all
    away (the trace of W is zero): near an end of rho or of lam alone there is a maximum.

    An end at which the log-determinant stays finite is none of these (one, in contrasts over
    units), and nor is one where only the search stops.

    Raises
    ------
    IdentificationError
    """
    if not likelihood.has_both_lags:
        return
    # rho and lam come first
    lags = zip(likelihood.spectra, p, likelihood.bounds, strict=False)
    at_ends = [is_singular_end(spectrum, float(x), ends) for spectrum, x, ends in lags]
    if not all(at_ends):
        return
    raise IdentificationError(
        "formula",
        expected="a likelihood with a maximum inside the ranges of rho and lam",
        got="one that is highest at an end, where I - rho W and I - lam M have no inverse",
        remedy=(
            "Use a model with fewer lags or regressors, more periods, or weights without groups "
            "of units that are all each other's neighbours."
        ),
    )


def is_singular_end(
    spectrum: AnySpectrum,
    x: float,
    bounds: np.ndarray,
) -> bool:
    """Whether x lies beside an end of its range (low, high) at which the log-determinant falls without
    bound.

    Near such an end its slope times the distance from it is the number of eigenvalues that vanish
    there, one or more.
    """
    low, high = map(float, bounds)
    if x - low < high - x:
        end = low
        inwards = high - low
    else:
        end = high
        inwards = low - high
    if abs(x - end) > BESIDE_END * (high - low):
        return False
    distance = NEARING[1] * inwards
    slope, _ = spectrum.derivatives(end + distance)
    return bool(slope * distance > HALF_AN_EIGENVALUE)


def mirror_image(likelihood: Maximand, p: np.ndarray) -> np.ndarray | None:
    """The point with the likelihood of p (q,) at which rho or lam is nearer to zero; None where
    there is none.

    Let M be b I + s O with O'O = I: a directed ring (b = 0), or three units in a circle with one
    weight to the left and another one to the right. With t = lam s / (1 - lam b),

        R'R = (1 - lam b)^2 [(1 + t^2) I - t (O + O')],

    which t and 1/t make proportional, to each other and to the squared determinant, so that sigma2
    takes up the factor. Both lie in the range of lam where minus one is no eigenvalue of O, as in
    rings of odd length. For rho the same holds where the regressors are their own lags. All
    eigenvalues of M then lie on a circle about b; whether M is b I + s O, and the regressors are
    their own lags, the likelihood itself tells.
    """
    for k in range(len(likelihood.spectra)):
        image = mirror_of(likelihood, p, k)
        if image is not None and abs(image[k]) < abs(p[k]):
            return image
    return None


def mirror_of(
    likelihood: Maximand,
    p: np.ndarray,
    k: int,
) -> np.ndarray | None:
    """The point of the range with the mirror image of the k-th parameter, and the likelihood of p
    (q,); None where there is none.
    """
    circle = circle_of(likelihood.spectra[k])
    if circle is None:
        return None
    value, factor = mirrored(float(p[k]), circle)
    low, high = likelihood.bounds[k]
    if not low < value < high:
        return None
    image = likelihood.with_filter(p, k, float(value), float(factor))
    gap = likelihood.value(image) - likelihood.value(p)
    if abs(gap) <= SAME_LIKELIHOOD * likelihood.nobs:
        return image
    return None


def check_fold(likelihood: Maximand, p: np.ndarray) -> None:
    """Refuse a maximum p (q,) at which rho or lam is its own mirror image: the likelihood is even
    about it there, and says nothing of first order.

    Raises
    ------
    EstimationError
    """
    for k, spectrum in enumerate(likelihood.spectra):
        circle = circle_of(spectrum)
        if circle is None:
            continue
        x = float(p[k])
        image, _ = mirrored(x, circle)
        if not abs(image - x) <= SAME_AS_IMAGE * abs(x):
            continue
        beside = p.copy()
        beside[k] = BESIDE * image
        if mirror_of(likelihood, beside, k) is None:
            continue
        name = "rho" if likelihood.has_rho and k == 0 else "lam"
        raise EstimationError(
            f"The information matrix is singular at the estimates ({name} = {x:.4g}): under these "
            f"weights {name} and its mirror image have one likelihood, and they meet there. Use "
            f"other weights, or a model without {name}."
        )


def circle_of(spectrum: AnySpectrum) -> tuple[float, float] | None:
    """Where all eigenvalues are known, the circle that they lie on. Without them the range of rho or
    lam ends before any mirror image.
    """
    if not isinstance(spectrum, Spectrum):
        return None
    return spectrum.circle


def mirrored(x: Any, circle: tuple[float, float]) -> tuple[Any, Any]:
    """The mirror image of x, a number or an array, and by how much R'R is multiplied there; see
    `mirror_image`.
    """
    centre, radius = circle
    with np.errstate(divide="ignore", invalid="ignore"):
        t = x * radius / (1.0 - x * centre)
        image = 1.0 / (radius * t + centre)
        root = (1.0 - image * centre) / (t * (1.0 - x * centre))
    return image, root**2


def check_rank(
    sample: Sample,
    likelihood: Likelihood,
    point: Point,
) -> None:
    """Refuse estimates of rho, lam and sigma2 at which their information is singular.

    Raises
    ------
    IdentificationError
        It is so elsewhere, too: the data and weights identify them nowhere.
    EstimationError
        It is so at the estimates.
    """
    # beyond, traces are probed, and the inverse of the information tells
    if sample.shape[1] > DENSE_UNITS or not is_singular(sample, point):
        return
    names = [*sample.lags, "sigma2"]
    elsewhere = [_concentrated(likelihood, shares) for shares in ROLES]
    if all(is_singular(sample, other) for other in elsewhere):
        raise IdentificationError(
            "weights",
            expected="data and weights that tell " + ", ".join(names) + " apart",
            got="an information matrix without full rank wherever it is taken",
            remedy="Use other weights, or a model with fewer lags.",
        )
    pairs = zip(sample.lags, point.p, strict=True)
    where = ", ".join(f"{name} = {x:.4g}" for name, x in pairs)
    raise EstimationError(
        f"The information matrix is singular at the estimates ({where}): these data and weights do "
        f"not tell {', '.join(names)} apart. Use a model with fewer lags."
    )


def _concentrated(likelihood: Likelihood, shares: tuple[float, ...]) -> Point:
    """A point at shares of the ranges, with the coefficients and the variance that go with it."""
    bounds = likelihood.bounds
    p = at_shares(bounds, shares[: len(bounds)])
    b, ssr = likelihood.solve(p)
    return Point(b, p, ssr / likelihood.nobs)


def is_singular(sample: Sample, point: Point) -> bool:
    """Whether the expected information of (rho, lam, sigma2) is singular, that of b taken out.

    The explained parts of the lags enter by what the regressors leave of them, so that neither the
    scale of the data nor collinear regressors matter.
    """
    terms = score_terms(sample, point)
    dims = sample.contrasts
    lag_traces = traces(terms.operators, dims)
    q = len(terms.operators)

    # what the regressors leave of the explained parts
    regressors = terms.Z.reshape(terms.e.size, -1)
    basis, _ = np.linalg.qr(regressors)
    means = np.column_stack([mean.ravel() for mean in terms.means])
    left = means - basis @ (basis.T @ means)

    # in units of the variance: s2 times the information of s2
    information = np.empty((q + 1, q + 1))
    of_means = left.T @ left / point.sigma2
    information[:q, :q] = of_means + dims.periods * lag_traces.second
    by_sigma2 = dims.periods * lag_traces.first
    information[:q, q] = by_sigma2
    information[q, :q] = by_sigma2
    information[q, q] = dims.nobs / 2

    size = np.sqrt(np.diag(information))
    scaled = information / np.outer(size, size)
    smallest = np.linalg.eigvalsh(scaled)[0]
    return bool(smallest < SINGULAR_SHARE)
