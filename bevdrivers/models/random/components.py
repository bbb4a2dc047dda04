"""The variances of the unit effects and of e."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from ...display import Shown
from ...results import tidy_frame


@dataclass(frozen=True, eq=False, repr=False)
class VarianceComponents(Shown):
    """The variances of a fit with random effects.

    Attributes
    ----------
    params : Series
        phi = sigma2_mu / sigma2_e, sigma2_mu, sigma2_e.
    cov : DataFrame
        NaN for phi and sigma2_mu where phi = 0: standard errors do not hold at the bound; for all
        with ``method="gmm"``, whose moments take them as given. For a test of phi = 0 see
        `random_effects_test`, not the ratio of phi to its standard error.
    """

    params: pd.Series
    cov: pd.DataFrame

    @classmethod
    def of(
        cls,
        phi: float,
        sigma2: float,
        covariance: np.ndarray,
    ) -> Self:
        """From phi and sigma2 with their covariance (2, 2); sigma2_mu by the delta method."""
        names = ["phi", "sigma2_mu", "sigma2_e"]
        sigma2_mu = phi * sigma2
        params = pd.Series([phi, sigma2_mu, sigma2], names, name="estimate")

        # derivatives of the three, in rows, by phi and sigma2
        jacobian = np.array(
            [
                [1.0, 0.0],
                [sigma2, phi],
                [0.0, 1.0],
            ]
        )
        full = jacobian @ covariance @ jacobian.T
        full[2, 2] = covariance[1, 1]  # 0 times NaN where phi is at its bound
        return cls(params, pd.DataFrame(full, names, names))

    @property
    def phi(self) -> float:
        return float(self.params["phi"])

    @property
    def sigma2_mu(self) -> float:
        return float(self.params["sigma2_mu"])

    @property
    def sigma2_e(self) -> float:
        return float(self.params["sigma2_e"])

    @property
    def std_errors(self) -> pd.Series:
        errors = np.sqrt(np.diag(self.cov))
        return pd.Series(errors, index=self.params.index, name="std_error")

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Long frame, one row a component. Without statistics: none of them is normal where the
        component is zero.
        """
        frame = tidy_frame(
            list(self.params.index),
            ["variance"] * 3,
            self.params.to_numpy(),
            self.std_errors.to_numpy(),
            level=level,
        )
        frame[["statistic", "p_value"]] = np.nan
        return frame

    def glance(self) -> pd.DataFrame:
        """One row: the components, and the share of the variance of mu + e that mu has."""
        share_mu = self.phi / (1.0 + self.phi)
        return pd.DataFrame([{**self.params, "share_mu": share_mu}])

    def __repr__(self) -> str:
        frame = pd.DataFrame({"estimate": self.params, "std_error": self.std_errors})
        return f"VarianceComponents\n{frame}"
