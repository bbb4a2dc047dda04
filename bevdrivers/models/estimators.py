"""The eight models: a request each, and three switches."""

from __future__ import annotations

from ..results import MODEL_TITLES
from .estimator import Estimator


class NonSpatial(Estimator):
    """Least squares with fixed effects: y = X beta + effects + e."""

    short = "OLS"
    title = MODEL_TITLES["NonSpatial"]


class SpatialLagX(Estimator):
    """SLX: y = X beta + W X theta + effects + e, by least squares."""

    lag_x = True
    short = "SLX"
    title = MODEL_TITLES["SpatialLagX"]


class SpatialLag(Estimator):
    """Spatial lag model (SAR): y = rho W y + X beta + effects + e."""

    lag_y = True
    short = "SAR"
    title = MODEL_TITLES["SpatialLag"]


class SpatialError(Estimator):
    """Spatial error model (SEM): y = X beta + effects + u, u = lam W u + e."""

    lag_u = True
    short = "SEM"
    title = MODEL_TITLES["SpatialError"]


class SpatialDurbin(Estimator):
    """Spatial Durbin model (SDM): y = rho W y + X beta + W X theta + effects + e."""

    lag_y = lag_x = True
    short = "SDM"
    title = MODEL_TITLES["SpatialDurbin"]


class SpatialDurbinError(Estimator):
    """Spatial Durbin error model (SDEM): y = X beta + W X theta + effects + u, u = lam W u + e."""

    lag_x = lag_u = True
    short = "SDEM"
    title = MODEL_TITLES["SpatialDurbinError"]


class SpatialCombined(Estimator):
    """SAC (SARAR): y = rho W y + X beta + effects + u, u = lam W u + e."""

    lag_y = lag_u = True
    short = "SAC"
    title = MODEL_TITLES["SpatialCombined"]


class GeneralNesting(Estimator):
    """General nesting model (GNS): y = rho W y + X beta + W X theta + effects + u, u = lam W u + e.

    All interactions at once: rho, lam and theta are only weakly told apart, so read it as a check,
    not as the model.
    """

    lag_y = lag_x = lag_u = True
    short = "GNS"
    title = MODEL_TITLES["GeneralNesting"]


# The abbreviations of the literature.
SLX, SAR, SEM = SpatialLagX, SpatialLag, SpatialError
SDM, SDEM = SpatialDurbin, SpatialDurbinError
SAC, GNS = SpatialCombined, GeneralNesting
