"""How far the regressors repeat each other once effects are out and lags are in: VIF and Belsley's diagnostics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import InputError
from ...models.interface import check_request, sample_of
from ...results import TIDY_COLUMNS

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

# Belsley, Kuh and Welsch (1980), section 3.3: a condition index of 30 with two proportions of a half and more
WEAK_INDEX = 30.0
SHARED = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class Collinearity:
    """Collinearity of a transformed design.

    Attributes
    ----------
    vif : Series, by term
        Variance inflation factors: how many times the variance of a coefficient is what it would be if the regressor
        were orthogonal to the others.
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
        """Condition indices of 30 and more -> terms with half of their variance and more there, where there are two."""
        found = {
            float(index): [str(term) for term in row.index[row >= SHARED]]
            for index, (_, row) in zip(self.indices, self.proportions.iterrows(), strict=True)
            if index >= WEAK_INDEX
        }
        return {index: terms for index, terms in found.items() if len(terms) > 1}

    def tidy(self) -> pd.DataFrame:
        """One row a term: the variance inflation factor as `estimate`."""
        frame = pd.DataFrame({"term": list(self.vif.index), "component": "vif", "estimate": self.vif.to_numpy()})
        return frame.reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: largest factor, condition number, number of near dependencies, and what the design was."""
        row = {
            "largest_vif": float(self.vif.max()),
            "condition_number": self.condition_number,
            "near_dependencies": len(self.near_dependencies),
        }
        return pd.DataFrame([{**row, **self.described}])

    def __str__(self) -> str:
        lines = ["Variance inflation factors", self.vif.to_string(float_format="{:.2f}".format)]
        lines.append(f"Condition number {self.condition_number:.1f}")
        lines += [f"  index {index:.1f}: {', '.join(terms)}" for index, terms in self.near_dependencies.items()]
        return "\n".join(lines)

    __repr__ = __str__


def collinearity(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | None = None,
    *,
    x_weights: SpatialWeights | None = None,
    error_weights: SpatialWeights | None = None,
) -> Collinearity:
    """Variance inflation factors, condition indices and variance proportions of the regression's own design.

    The design is what the coefficients are estimated from: regressors and their W terms after the fixed effects are
    taken out. Factors of the raw columns say little about a panel regression: they mix the variation between units,
    which the effects remove, with that within.

    Parameters
    ----------
    model : Estimator
    panel : Panel
    weights, x_weights, error_weights : SpatialWeights, optional
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
    Wy is not in the design. Columns are scaled to unit length for the condition indices, not centred (the intercept,
    in a model that has one, is a column); the factors are centred there.

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
    check_request(model)
    sample = sample_of(model, panel, weights, x_weights, error_weights)
    K = sample.n_regressors
    if K == 0:
        raise InputError("model", expected="a regressor", got=repr(model.formula))
    X = sample.columns[:, :, :K].reshape(-1, K)
    slopes = [k for k, name in enumerate(sample.names) if name != "Intercept"]
    centred = X[:, slopes] - X[:, slopes].mean(axis=0) if len(slopes) < K else X
    R: Any = np.linalg.qr(centred / np.linalg.norm(centred, axis=0), mode="r")
    vif = np.sum(np.linalg.inv(R) ** 2, axis=1)
    _, size, axes = np.linalg.svd(X / np.linalg.norm(X, axis=0), full_matrices=False)
    parts = (axes / size[:, None]) ** 2
    indices = pd.Series(size[0] / size, index=pd.RangeIndex(1, K + 1), name="condition_index")
    W = sample.W or sample.Wx or sample.M
    T, N = sample.shape
    return Collinearity(
        pd.Series(vif, index=[sample.names[k] for k in slopes], name="vif"),
        indices,
        pd.DataFrame(parts / parts.sum(axis=0), index=indices.index, columns=list(sample.names)),
        {
            "model": type(model).__name__,
            "fixed_effects": sample.within.name,
            "weights": "" if W is None else W.name,
            "n_units": N,
            "n_periods": T,
        },
    )
