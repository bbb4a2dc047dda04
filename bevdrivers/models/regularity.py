"""What is made for complete panels under one W: it refuses the others by name."""

from __future__ import annotations

from typing import Any

from ..errors import OptionError
from ..panel import Panel
from ..panel.missing_cells import lost_by, observed_cells
from ..panel.terms import read_formula
from ..weights.given import is_by_period
from .design.irregular import absorbed_columns
from .design.preparation import check_panel
from .design.sample import Sample
from .fitted import Fitted
from .options import Options

# Why what refuses does so, where more than its derivation is missing.
REASONS = {
    "select_model()": "its steps compare likelihoods, and adjusted scores have none; its LM tests are "
    "centred for complete panels under one W",
    "predictions on another panel with spatial lags": "W among the units of its cells is not that of "
    "the sample",
    "intervals by profile": "adjusted scores have no likelihood to profile",
    "common_factor_test()": "it compares likelihoods, and adjusted scores have none",
    "spatial_hausman_test()": "the covariance that it compares with is that of a likelihood",
}


def regular_only(subject: Fitted[Any] | Sample, what: str) -> None:
    """Refuse a fit, or a sample, with missing cells or weights by period.

    Parameters
    ----------
    subject : Fitted or Sample
    what : str
        What is made for complete panels under one W, for the message: "residual_tests()".

    Raises
    ------
    OptionError
    """
    sample = subject if isinstance(subject, Sample) else subject.sample
    if sample.irregular:
        _refuse("fit", what, sample.y.size - sample.nobs)


def missing_cells(model: Options, panel: Panel) -> int:
    """How many cells a request would leave out because something in its formula is missing there; of
    the periods that its lags use up none is counted.
    """
    observed = observed_cells(panel, model.formula, absorbed_columns(model.absorb, panel))
    if observed is None:
        return 0
    lost = lost_by(read_formula(model.formula))
    return int((~observed[lost:]).sum())


def regular_request_only(
    model: Options,
    panel: Panel,
    *weights: Any,
    what: str,
) -> None:
    """Refuse a panel with cells that are missing in a request's formula, or weights by period.

    Parameters
    ----------
    model : Estimator
    panel : Panel
    *weights : SpatialWeights, recipes, mappings or None
        As the user gives them.
    what : str
        As `regular_only` takes it.

    Raises
    ------
    OptionError
    """
    check_panel(panel)
    if any(map(is_by_period, weights)):
        _refuse("weights", what, 0)
    missing = missing_cells(model, panel)
    if missing:
        _refuse("panel", what, missing)


def _refuse(argument: str, what: str, missing: int) -> None:
    reason = f", since {REASONS[what]}" if what in REASONS else ""
    if missing:
        raise OptionError(
            argument,
            expected=f"a panel without missing cells for {what}{reason}",
            got=f"{missing} cells that are missing in a column of the formula",
            remedy='Make the panel complete: panel.balance(drop="units") or drop="periods".',
        )
    raise OptionError(
        argument,
        expected=f"the same weights in all periods for {what}{reason}",
        got="weights by period",
        remedy="Use one SpatialWeights for all periods.",
    )
