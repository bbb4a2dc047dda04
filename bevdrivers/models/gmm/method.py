"""What two-stage least squares and generalised moments have in common, with fixed or random
effects.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

import numpy as np

from ...errors import BoundWarning, IdentificationError, warn
from ...panel import Panel
from ...results import TestGroup, TestResult
from ..covariance import CovarianceKind
from ..design.sample import EXACT_SHARE_BY_INSTRUMENTS, Sample
from ..dynamic import check_dynamic
from ..estimate import Estimate
from ..method import Method
from ..ml.operators import MATRIX_UNITS
from ..options import Options, check_demean, refuse

E = TypeVar("E", bound=Estimate)


class MomentsMethod(Method[E]):
    """Two-stage least squares with moments of lam where the model has a lag of the error.

    Attributes
    ----------
    moments : str or None
        The moments of lam; None without a lag of the error.
    """

    moments: str | None

    by_moments = True

    @abstractmethod
    def first_stage(self, sample: Sample, estimate: E) -> TestGroup:
        """Tests of the strength of the instruments, on the data before any spatial filter."""

    @abstractmethod
    def overidentification(
        self,
        sample: Sample,
        estimate: E,
        kind: CovarianceKind,
        panel: Panel,
    ) -> TestResult:
        """Test of the surplus instruments; on filtered data where the model has lam."""

    @property
    def error_moments(self) -> str | None:
        return self.moments

    def check_sample(self, sample: Sample) -> None:
        """Refuse more units than the N x N matrices of the moments of lam can be held for, and more
        coefficients than leave anything for the errors.
        """
        T, N = sample.shape
        columns = n_columns(sample)
        effects = sample.within.absorbed(T, N)
        if effects + columns >= T * N:
            raise IdentificationError(
                "formula",
                expected="fewer coefficients than observations",
                got=f"{columns} coefficients and {effects} effects for {T * N} observations",
                remedy="Leave regressors out, choose fewer effects, or use a larger panel.",
            )
        if self.moments is not None and N > MATRIX_UNITS:
            refuse(
                "method",
                f"'ml' for a lag of the error with more than {MATRIX_UNITS} units",
                f"'gmm' with {N} units",
                'Use method="ml", or a model without a lag of the error.',
            )

    @property
    def in_short(self) -> str:
        if self.moments is None:
            return "2SLS"
        return "GMM"

    def in_words(self, sample: Sample) -> str:
        words = [self.in_short]
        if self.moments is not None:
            words.append(f"{self.moments} moments")
        if self.two_stage_form != "none":
            words.append(self.two_stage_form)
        return ", ".join(words)

    def remarks(
        self,
        sample: Sample,
        estimate: E,
        covariance: np.ndarray,
        kind: CovarianceKind,
        panel: Panel,
    ) -> list[str]:
        tests = [str(test) for test in self.first_stage(sample, estimate) if test.applies]
        return [*tests, str(self.overidentification(sample, estimate, kind, panel))]


def check_moments(options: Options, kind: CovarianceKind) -> None:
    """Refuse what no method of moments takes.

    Raises
    ------
    OptionError
    """
    if options.dynamic is not None:
        check_dynamic(options, kind)
    for name in ("dynamic", "serial_errors"):
        given = getattr(options, name)
        if given:
            refuse(
                "method",
                f"'ml' with {name}={given!r}",
                "'gmm'",
                f"Leave {name} out, or leave method out.",
            )
    if (options.endogenous is None) != (options.instruments is None):
        missing = "instruments"
        if options.endogenous is None:
            missing = "endogenous"
        refuse(
            missing,
            "endogenous= and instruments= together",
            f"no {missing}=",
            "Name both: the regressor in endogenous, what moves it from outside in instruments.",
        )
    if not (options.lag_y or options.lag_u or options.endogenous):
        refuse(
            "method",
            f"'ml' for {options.model} without endogenous=",
            "'gmm'",
            "Leave method out, or use a model with a lag of y or of the error.",
        )
    if options.correction not in ("auto", None):
        refuse(
            "correction",
            "'auto' or None with method='gmm', which has no such bias",
            repr(options.correction),
            "Leave correction out.",
        )
    if options.mundlak and options.endogenous is not None:
        refuse(
            "mundlak",
            "False with endogenous=",
            "True",
            "The unit means of an endogenous regressor are endogenous too. fixed_effects='unit' "
            "has the same slopes.",
        )
    if options.gmm is not None and not options.lag_u:
        refuse(
            "gmm",
            "None for a model without a lag of the error",
            repr(options.gmm),
            "Leave gmm out, or use a model with a lag of the error such as SpatialError.",
        )
    check_demean(options)


def n_columns(sample: Sample) -> int:
    """Regressors of the regression: those of the formula with their lags, and Wy."""
    return sample.n_regressors + (sample.W is not None)


def check_residuals(sample: Sample, e: np.ndarray) -> None:
    """Refuse residuals (T, N) of an exact fit, which are rounding.

    Exact fits by least squares were refused when the sample was made. This is for what is left: a
    rho outside its range, and one part of the errors alone, by a tolerance of their own.
    """
    outcome = sample.columns[:, :, sample.n_regressors]
    if np.linalg.norm(e) <= EXACT_SHARE_BY_INSTRUMENTS * np.linalg.norm(outcome):
        raise IdentificationError(
            "formula",
            expected="an outcome with errors",
            got=f"{sample.design.outcome!r}, which regressors and effects explain exactly",
            remedy=(
                "An identity has no standard errors: drop the regressors that the outcome is made "
                "of, or add observations."
            ),
        )


def coefficients(sample: Sample, estimate: Estimate) -> tuple[float, np.ndarray]:
    """lam (0 where there is none) and the coefficients of (Z, Wy)."""
    if sample.M is None:
        return 0.0, estimate.values
    return float(estimate.values[-1]), estimate.values[:-1]


def warn_at_bound(sample: Sample, lam: float) -> None:
    """Warn of a lam that the moments press against the end of its range."""
    if sample.M is not None and lam in sample.M.spectrum.bounds:
        warn(
            f"lam lies at the edge of its range ({lam:.6g}): no minimum of its moments inside; "
            "standard errors do "
            "not hold there.",
            BoundWarning,
        )


def warn_outside(sample: Sample, estimate: Estimate) -> None:
    """Moments know no bounds: say where they lead out of the range in which the model means
    something.
    """
    for name, W in sample.lags.items():
        value = estimate.parameter(name)
        low, high = W.spectrum.bounds
        if not low < value < high:
            warn(
                f"{name} = {value:.4g} lies outside its range ({low:.4g}, {high:.4g}): the "
                "instruments may be weak or "
                "invalid (see fit.first_stage and fit.overidentification), and impacts mean "
                "nothing.",
                BoundWarning,
            )
