"""How far the regressors repeat each other once effects are out and lags are in: VIF and Belsley's
diagnostics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...display import Shown
from ...errors import InputError
from ...models.interface import sample_of
from ...results import TIDY_COLUMNS
from ..fit_or_request import subject_with_three_weights

if TYPE_CHECKING:
    from ...models import FitResult
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights.given import GivenWeights

# Belsley, Kuh and Welsch (1980), section 3.3: a condition index of 30 with two proportions of a
# half and more
WEAK_INDEX = 30.0
SHARED = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class Collinearity(Shown):
    """Collinearity of a transformed design.

    Attributes
    ----------
    vif : Series, by term
        Variance inflation factors: how many times the variance of a coefficient is what it would be
        if the regressor were orthogonal to the others.
    indices : Series of length K, ascending
        Condition indices: the largest singular value of the scaled design over each of them.
    proportions : DataFrame, condition indices x terms
        Shares of the variance of each coefficient that belong to each index; columns sum to one.
    described : dict
        Model, effects, weights, N, T.
    """

    vif: pd.Series
    indices: pd.Series
    proportions: pd.DataFrame
    described: dict[str, Any]

    @property
    def condition_number(self) -> float:
        """The largest condition index."""
        return float(self.indices.iloc[-1])

    @property
    def near_dependencies(self) -> dict[float, list[str]]:
        """Condition indices of 30 and more -> terms with half of their variance and more there,
        where there are two.
        """
        dependencies = {}
        for index, (_, shares) in zip(self.indices, self.proportions.iterrows(), strict=True):
            if index < WEAK_INDEX:
                continue
            terms = [str(term) for term in shares.index[shares >= SHARED]]
            if len(terms) > 1:
                dependencies[float(index)] = terms
        return dependencies

    def tidy(self) -> pd.DataFrame:
        """One row a term: the variance inflation factor as `estimate`."""
        frame = pd.DataFrame(
            {
                "term": list(self.vif.index),
                "component": "vif",
                "estimate": self.vif.to_numpy(),
            }
        )
        return frame.reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: largest factor, condition number, number of near dependencies, and what the
        design was.
        """
        row = {
            "largest_vif": float(self.vif.max()),
            "condition_number": self.condition_number,
            "near_dependencies": len(self.near_dependencies),
        }
        return pd.DataFrame([{**row, **self.described}])

    def __str__(self) -> str:
        lines = [
            "Variance inflation factors",
            self.vif.to_string(float_format="{:.2f}".format),
            f"Condition number {self.condition_number:.1f}",
        ]
        for index, terms in self.near_dependencies.items():
            lines.append(f"  index {index:.1f}: {', '.join(terms)}")
        return "\n".join(lines)

    __repr__ = __str__


def collinearity(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    x_weights: GivenWeights | None = None,
    error_weights: GivenWeights | None = None,
) -> Collinearity:
    """Variance inflation factors, condition indices and variance proportions of the regression's
    own design.

    The design is what the coefficients are estimated from: regressors and their W terms after the
    fixed effects are taken out. Factors of the raw columns say little about a panel regression:
    they mix the variation between units, which the effects remove, with that within.

    Parameters
    ----------
    model : Estimator or FitResult
        A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights, x_weights, error_weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        As in `fit`.

    Returns
    -------
    Collinearity

    Raises
    ------
    IdentificationError
        A regressor is an exact combination of others, or absorbed by the effects.
    InputError
        The model has no regressor.

    Notes
    -----
    Wy is not in the design. Columns are scaled to unit length for the condition indices, not
    centred (the intercept, in a model that has one, is a column); the factors are centred there.

    References
    ----------
    Belsley, Kuh and Welsch (1980), Regression Diagnostics, chapter 3, doi:10.1002/0471725153.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> model = bd.NonSpatial("bev_density ~ log(gdp_pc) + urban_share")
    >>> bd.collinearity(model, bd.load_panel()).vif.round(2)
    log(gdp_pc)    1.13
    urban_share    1.13
    Name: vif, dtype: float64
    """
    subject = subject_with_three_weights(
        model, panel, weights, x_weights, error_weights, what="collinearity()"
    )
    sample = sample_of(*subject)
    K = sample.n_regressors
    if K == 0:
        raise InputError(
            "model",
            expected="a regressor",
            got=repr(subject.model.formula),
            remedy="Add one to the formula.",
        )
    X = sample.columns[:, :, :K].reshape(-1, K)
    slopes = [k for k, name in enumerate(sample.names) if name != "Intercept"]
    without_intercept = X[:, slopes]
    if len(slopes) < K:
        without_intercept = without_intercept - without_intercept.mean(axis=0)
    labels = list(sample.names)
    indices, proportions = _condition(X)
    W = sample.W or sample.Wx or sample.M
    T, N = sample.shape
    described = {
        "model": type(subject.model).__name__,
        "fixed_effects": sample.within.name,
        "weights": "" if W is None else W.name,
        "n_units": N,
        "n_periods": T,
    }
    by_index = pd.RangeIndex(1, K + 1)
    return Collinearity(
        pd.Series(
            _vif(without_intercept),
            index=[labels[k] for k in slopes],
            name="vif",
        ),
        pd.Series(indices, index=by_index, name="condition_index"),
        pd.DataFrame(proportions, index=by_index, columns=labels),
        described,
    )


def _vif(X: np.ndarray) -> np.ndarray:
    """Variance inflation factors of the columns of X (n, K): the diagonal of (X'X)^-1 for columns
    of unit length.
    """
    scaled = X / np.linalg.norm(X, axis=0)
    R = np.linalg.qr(scaled, mode="r")
    vif: np.ndarray = np.sum(np.linalg.inv(R) ** 2, axis=1)
    return vif


def _condition(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Belsley's condition indices (K,) of X (n, K), and the shares of each coefficient's variance
    (K, K).
    """
    scaled = X / np.linalg.norm(X, axis=0)
    _, singular_values, axes = np.linalg.svd(scaled, full_matrices=False)
    # Var(b_k) is proportional to the sum over j of v_kj^2 / d_j^2
    shares = (axes / singular_values[:, None]) ** 2
    return singular_values[0] / singular_values, shares / shares.sum(axis=0)
