"""The eight models: a request each, and three switches."""

from __future__ import annotations

from .estimator import Estimator


class NonSpatial(Estimator):
    """Least squares with fixed effects: y = X beta + effects + e."""

    short = "OLS"
    title = "Non-spatial"


class SpatialLagX(Estimator):
    """SLX: y = X beta + W X theta + effects + e, by least squares."""

    lag_x = True
    short = "SLX"
    title = "Spatial lag of X"


class SpatialLag(Estimator):
    """Spatial lag model (SAR): y = rho W y + X beta + effects + e."""

    lag_y = True
    short = "SAR"
    title = "Spatial lag"


class SpatialError(Estimator):
    """Spatial error model (SEM): y = X beta + effects + u, u = lam W u + e."""

    lag_u = True
    short = "SEM"
    title = "Spatial error"


class SpatialDurbin(Estimator):
    """Spatial Durbin model (SDM): y = rho W y + X beta + W X theta + effects + e."""

    lag_y = lag_x = True
    short = "SDM"
    title = "Spatial Durbin"


class SpatialDurbinError(Estimator):
    """Spatial Durbin error model (SDEM): y = X beta + W X theta + effects + u, u = lam W u + e."""

    lag_x = lag_u = True
    short = "SDEM"
    title = "Spatial Durbin error"


class SpatialCombined(Estimator):
    """SAC (SARAR): y = rho W y + X beta + effects + u, u = lam W u + e."""

    lag_y = lag_u = True
    short = "SAC"
    title = "Spatial lag and error"


class GeneralNesting(Estimator):
    """General nesting model (GNS): y = rho W y + X beta + W X theta + effects + u, u = lam W u + e.

    All interactions at once: rho, lam and theta are only weakly told apart, so read it as a check,
    not as the model.
    """

    lag_y = lag_x = lag_u = True
    short = "GNS"
    title = "General nesting spatial"


# The abbreviations of the literature.
SLX, SAR, SEM = SpatialLagX, SpatialLag, SpatialError
SDM, SDEM = SpatialDurbin, SpatialDurbinError
SAC, GNS = SpatialCombined, GeneralNesting
