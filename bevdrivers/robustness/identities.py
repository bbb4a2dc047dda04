"""What specifications are known by: hashes of the data, and texts of requests with all options settled.

Two requests with one text are one regression, to the last bit.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from typing import Any

import numpy as np

from ..models import Estimator
from ..models.interface import OF_COVARIANCE
from ..panel import Panel
from ..panel.terms import read_formula
from ..results import fingerprint
from ..weights.given import made_weights

# options that the way of estimating and the kind of covariance have settled in records of their own
_SETTLED_ELSEWHERE = {"formula", "fixed_effects", "correction", *OF_COVARIANCE}


def identity_of_estimate(request: Estimator) -> str:
    """A text that is the same for requests of one estimate, whatever its covariance."""
    correction, method = _settled_correction(request)
    formula = read_formula(request.formula)
    options = [
        f"{field.name}={getattr(request, field.name)!r}"
        for field in fields(request)
        if field.name not in _SETTLED_ELSEWHERE
    ]
    parts = [
        request.model,
        f"{formula.left} ~ {formula.right}",
        f"effects={request.effects!r}",
        f"correction={correction!r}",
        *options,
        repr(method),
    ]
    return "; ".join(parts)


def _settled_correction(request: Estimator) -> tuple[str | None, Any]:
    """The correction that "auto" stands for, where options alone decide it, and the way of
    estimating with it.
    """
    method: Any = request.method_object
    alone = request.absorb is None and request.dynamic is None
    if request.correction != "auto" or not (alone and hasattr(method, "correction")):
        return request.correction, method
    correction = "lee-yu" if request.lee_yu else None
    return correction, replace(method, correction=correction)


def hash_of_panel(panel: Panel) -> str:
    """SHA-256 of units, periods, columns and geometry of a panel."""
    digest = hashlib.sha256(repr((panel.unit, panel.time, panel.units, panel.periods)).encode())
    digest.update(np.packbits(panel.present).tobytes())
    for name in sorted(panel.columns):
        values = panel.columns[name]
        is_number = values.dtype.kind == "f"
        held = fingerprint(values) if is_number else repr(values.tolist())
        digest.update(f"\n{name}: {held}".encode())
    if panel.geometry is not None:
        digest.update(repr(panel.geometry.crs).encode())
        for shape in panel.geometry.geometry:
            digest.update(b"none" if shape is None else shape.wkb)
    return digest.hexdigest()


def identity_of_weights(weights: Any, panel: Panel) -> str:
    """A text that is the same for weights that make the same fits on any part of the panel.

    A recipe is known by what it asks for and by what it makes of the whole panel, for a file that
    it reads may have changed.
    """
    if weights is None:
        return "none"
    made = made_weights(weights, panel)
    return f"{type(weights).__name__} {weights!r} {made.sha256} {made.normalise}"
