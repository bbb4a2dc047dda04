"""From a sample to its estimate: which method, which correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import BoundWarning, warn
from .design.sample import Sample
from .estimate import Estimate
from .gmm.instruments import make_instruments
from .gmm.moments import generalised_moments
from .gmm.random_effects import random_effects_moments
from .least_squares import least_squares
from .ml.dynamic import corrected_least_squares, warn_if_unstable, yu_de_jong_lee
from .ml.elhorst import elhorst
from .ml.information import residuals
from .ml.likelihood import Likelihood
from .ml.maximisation import MlFit, maximise
from .random.likelihood import random_effects_ml, random_residuals

if TYPE_CHECKING:
    from .estimator import Estimator


def estimate(sample: Sample, request: Estimator) -> Estimate:
    """Estimate by the request's method, then correct."""
    if request.method == "gmm":
        if request.random_effects is not None:
            form = request.two_stage or "gls"
            found = random_effects_moments(sample, request.random_effects, form, request.moments)
        else:
            found = generalised_moments(sample, make_instruments(sample), request.moments)
        _warn_outside(sample, found)
        return found
    if request.random_effects is not None or request.serial_errors:
        return _random_effects(sample, request.random_effects)
    if not request.is_ml:
        return _least_squares(sample, corrected=request.corrected)
    optimum = maximise(Likelihood.of(sample))
    if optimum.at_bound:
        _warn_of_bound(sample, optimum)
    if request.correction == "elhorst":
        optimum = elhorst(sample, optimum)
    if sample.dynamic:
        optimum = yu_de_jong_lee(sample, optimum) if request.lee_yu and sample.within.unit else optimum
        warn_if_unstable(sample, dict(zip(labels(sample), (*optimum.b, *optimum.p), strict=True)))
    return _fixed_effects(sample, optimum)


def _least_squares(sample: Sample, *, corrected: bool) -> Estimate:
    found = least_squares(sample)
    if sample.dynamic:
        found = corrected_least_squares(sample, found) if corrected else found
        warn_if_unstable(sample, dict(zip(sample.names, found.values, strict=True)))
    return found


def _spatial_names(sample: Sample) -> tuple[str, ...]:
    return ("rho",) * (sample.W is not None) + ("lam",) * (sample.M is not None)


def labels(sample: Sample) -> tuple[str, ...]:
    return (*sample.names, *_spatial_names(sample))


def _fixed_effects(sample: Sample, found: MlFit) -> Estimate:
    return Estimate(
        values=np.concatenate([found.b, found.p]),
        sigma2=found.sigma2,
        # the integral of an adjusted score is no likelihood
        loglik=np.nan if sample.contrasts.adjusted else found.loglik,
        residuals=residuals(sample, found),
        df_resid=None,
        optimum=found,
        spatial=_spatial_names(sample),
    )


def _random_effects(sample: Sample, kind: str | None) -> Estimate:
    found, part = random_effects_ml(sample, kind)
    if found.at_bound:
        _warn_of_bound(sample, found, random=True)
    return Estimate(
        values=np.concatenate([found.b, found.p[:-1]]),
        sigma2=found.sigma2,
        loglik=found.loglik,
        residuals=random_residuals(sample, found, part.unit_effects),
        df_resid=None,
        optimum=found,
        spatial=(*_spatial_names(sample), *["psi"] * sample.serial),
        random=part,
    )


def _warn_outside(sample: Sample, found: Estimate) -> None:
    """Moments know no bounds: say where they lead out of the range in which the model means something."""
    for name, W in (("rho", sample.W), ("lam", sample.M)):
        if W is None or name not in found.spatial:
            continue
        value = float(found.values[found.spatial.index(name) - len(found.spatial)])
        low, high = W.spectrum.bounds
        if not low < value < high:
            warn(
                f"{name} = {value:.4g} lies outside its range ({low:.4g}, {high:.4g}): the instruments may be weak or "
                "invalid (see fit.first_stage and fit.overidentification), and impacts mean nothing.",
                BoundWarning,
            )


def _warn_of_bound(sample: Sample, found: MlFit, *, random: bool = False) -> None:
    names = (*_spatial_names(sample), *["psi"] * sample.serial, *["phi"] * random)
    at = ", ".join(f"{name} = {value:.6g}" for name, value in zip(names, found.p, strict=True))
    warn(
        f"An estimate lies at the edge of its range ({at}): standard errors do not hold there."
        + (" With phi = 0 this is the pooled fit." if random and found.p[-1] == 0.0 else ""),
        BoundWarning,
    )
