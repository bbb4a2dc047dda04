"""Are residuals correlated across units? Pesaran's CD, its weighted form, a bias-corrected LM, and
the exponent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from ...errors import DataError
from ...models.interface import check_fit, regular_only
from ...numerics.streams import generator
from ...options import real_number
from ...results import TestResult

if TYPE_CHECKING:
    from ...models import FitResult

NULL = "no correlation across units"
NAMES = ("Pesaran CD", "Weighted CD", "Scaled LM, bias-corrected")
# correlations over two periods are 1 or -1
LEAST_PERIODS = 3
CENTRED = (
    "with time effects the residuals of a period sum to zero, so that their correlations have "
    "mean -1/(N-1) under the "
    "null and the statistic falls near -sqrt(T/2)"
)


def cross_section_tests(
    e: np.ndarray,
    *,
    time_effects: bool,
    seed: int,
) -> list[TestResult]:
    """Pesaran's CD, the weighted CD of Juodis and Reese, and the bias-corrected scaled LM of
    Baltagi, Feng and Kao.

    Parameters
    ----------
    e : array of shape (T, N)
        Residuals.
    time_effects : bool
        Whether a time effect was removed.
    seed : int
        Of the signs of the weighted CD.
    """
    T, N = e.shape
    if T < LEAST_PERIODS:
        reason = f"fewer than {LEAST_PERIODS} periods"
        return [TestResult.not_applicable(name, NULL, reason) for name in NAMES]
    plain, weighted, scaled = map(float, cross_section_statistics(e, seed=seed))
    cd = TestResult.normal("Pesaran CD", NULL, plain)
    if time_effects:
        reason = f"It is {plain:.4g}, but {CENTRED}."
        cd = TestResult.not_applicable("Pesaran CD", NULL, reason)
    signs = f"signs drawn with seed {seed}"
    return [
        cd,
        TestResult.normal("Weighted CD", NULL, weighted, reason=signs),
        TestResult.normal("Scaled LM, bias-corrected", NULL, scaled),
    ]


def cross_section_statistics(e: np.ndarray, *, seed: int) -> np.ndarray:
    """The statistics of `cross_section_tests` for residuals (..., T, N), (3, ...)."""
    T, N = e.shape[-2:]
    if T < LEAST_PERIODS:
        return np.full((len(NAMES), *e.shape[:-2]), np.nan)
    r = _correlations(e)
    plain = np.sqrt(T / _pairs(N)) * r.sum(axis=-1)
    weighted = _weighted_cd(e, r, seed)
    scaled = _scaled_lm(r, T, N)
    return np.stack([plain, weighted, scaled])


def _weighted_cd(
    e: np.ndarray,
    r: np.ndarray,
    seed: int,
) -> np.ndarray:
    """The sum of correlations with random signs by unit, which time effects do not centre, and of
    the large ones.
    """
    T, N = e.shape[-2:]
    signs = generator(seed, "signs of units").choice([-1.0, 1.0], N)
    signed = _correlations(e * signs, centred=False)
    # The power enhancement: under the null hardly any correlation is beyond this bound.
    bound = 2 * np.sqrt(np.log(N) / T)
    size = np.abs(r)
    large = size > bound
    enhancement = np.sum(size * large, axis=-1)
    cd = np.sqrt(T / _pairs(N)) * signed.sum(axis=-1)
    return np.asarray(cd + enhancement)


def _scaled_lm(
    r: np.ndarray,
    T: int,
    N: int,
) -> np.ndarray:
    """The sum of squared correlations, scaled, less the bias that the estimated effects cause."""
    # under the null T r^2 has mean one
    excess = np.sum(T * r**2 - 1, axis=-1)
    scaled = excess / np.sqrt(2 * _pairs(N))
    bias = N / (2 * (T - 1))
    return np.asarray(scaled - bias)


def _pairs(N: int) -> float:
    return N * (N - 1) / 2


def cross_section_exponent(fit: FitResult, *, level: float = 0.05) -> float:
    """Exponent of cross-section dependence of the residuals: from 1/2, none or weak, to 1, a factor
    common to all.

    Parameters
    ----------
    fit : FitResult
    level : float
        Of the test that each pair's correlation is zero, before the correction for their number.

    Returns
    -------
    float, ln(number of pairs i, j (i = j too) whose correlation is not zero) / (2 ln N). A
    correlation counts when it exceeds z / sqrt(T), z the normal quantile of 1 - level / (N (N -
    1)).

    Raises
    ------
    InputError, OptionError, DataError
        No fit, a level outside (0, 1), or fewer than 3 periods.

    Notes
    -----
    With time effects a factor that moves all units alike is gone, and what is left is measured. At
    T of 12 only correlations beyond 0.9 can count among 31 units: the exponent says little in a
    short panel.

    References
    ----------
    Bailey, Kapetanios and Pesaran (2019), doi:10.1007/s13571-019-00196-9, for residuals; (2016), J.
    Appl. Econometrics 31, 929-960, for variables.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> fit = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc)", fixed_effects="unit").fit(bd.load_panel())
    >>> 0.5 <= bd.cross_section_exponent(fit) <= 1
    True
    """
    check_fit(fit)
    regular_only(fit, "cross_section_exponent()")
    expected = "the size of the test of each correlation, between 0 and 1, such as 0.05"
    real_number(
        "level",
        level,
        above=0,
        below=1,
        expected=expected,
    )
    e = fit.estimate.residuals
    T, N = e.shape
    if T < LEAST_PERIODS:
        raise DataError(
            "fit",
            expected=f"a fit of {LEAST_PERIODS} periods and more",
            got=f"{T}",
            remedy="Fit the model on a longer panel.",
        )
    # the level is shared among the pairs, and by the two tails
    tail = level / (N * (N - 1))
    z = float(special.ndtri(1 - tail))
    threshold = z / np.sqrt(T)
    size = np.abs(_correlations(e))
    large = int(np.sum(size > threshold))
    # pairs i, j and j, i are both counted, and each unit with itself
    count = N + 2 * large
    return float(np.log(count) / (2 * np.log(N)))


def _correlations(e: np.ndarray, *, centred: bool = True) -> np.ndarray:
    """Correlations of the units' series in e (..., T, N), each pair once, (..., N (N - 1) / 2)."""
    deviations = e
    if centred:
        deviations = e - e.mean(axis=-2, keepdims=True)
    lengths = np.sqrt(np.sum(deviations**2, axis=-2, keepdims=True))
    scaled = deviations / lengths
    all_pairs = np.swapaxes(scaled, -1, -2) @ scaled
    first, second = np.triu_indices(e.shape[-1], 1)
    each_pair: np.ndarray = all_pairs[..., first, second]
    return each_pair
