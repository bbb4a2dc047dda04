"""The models that a study file can name, by the abbreviations of the literature."""

from __future__ import annotations

from ..models import (
    Estimator,
    GeneralNesting,
    NonSpatial,
    SpatialCombined,
    SpatialDurbin,
    SpatialDurbinError,
    SpatialError,
    SpatialLag,
    SpatialLagX,
)

SPATIAL: dict[str, type[Estimator]] = {
    kind.short.lower(): kind
    for kind in (
        SpatialLagX,
        SpatialLag,
        SpatialError,
        SpatialDurbin,
        SpatialDurbinError,
        SpatialCombined,
        GeneralNesting,
    )
}
# least squares without effects, with fixed effects and with random ones stand beside the others
MODELS: dict[str, type[Estimator]] = {
    "pooled": NonSpatial,
    "fe": NonSpatial,
    "re": NonSpatial,
    **SPATIAL,
}
# the main model has a spatial parameter of its own, rho or lam
MAIN_MODELS = [name for name, kind in SPATIAL.items() if kind.lag_y or kind.lag_u]
