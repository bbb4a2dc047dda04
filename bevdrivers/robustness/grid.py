"""`SpecGrid`: a base model and what is varied around it."""

from __future__ import annotations

from dataclasses import dataclass

from ..panel import Panel
from .axes import Choices
from .specifications import Specifications, specifications_of


@dataclass(frozen=True)
class SpecGrid(Choices):
    """A request for many specifications of one regression: a base model and axes around it.

    The base model is specification 0, and its value comes first on every axis. A list gives further
    values; a mapping gives them names. Frozen and hashable, like the estimators.

    Parameters
    ----------
    base : Estimator
        The main specification: ``bd.SpatialDurbin("log(y) ~ x + z")``.
    weights : SpatialWeights or recipe, list or mapping of them
        The first ones are those of the base model. A recipe is fitted on each sample, weights that
        are made already are cut; both as `Estimator.fit` does.
    models : list of classes, optional
        Other models, as ``bd.SpatialLag``. Options that do not apply there fall back to their
        defaults, as in `Estimator.to`.
    outcomes : list or mapping of str, optional
        Other outcomes or transformations of it, as in a formula: ``["asinh(y)", "y"]``.
    controls : list of str, optional
        Terms that may be in or out; all their subsets are varied. Those of the base model's formula
        are in it, the others are out of it. All other terms of the formula are always in.
    lags : list of int, optional
        All regressors but categories so many periods before: ``lag(x, 1)``.
    options : mapping, optional
        Option of the estimator -> other values: ``{"fixed_effects": ["unit"], "cov_type":
        ["robust"], "durbin": [["x"]]}``. Or any name -> mapping of labels to options that go
        together: ``{"errors": {"HAC 300 km": {"cov_type": "spatial-hac", "cutoff_km": 300}}}``.
    samples : list or mapping of Subsample, optional
        Parts of the panel. `Subsample.without_each_unit` and `Subsample.without_each_period` give
        those of a jackknife.
    outliers : list or mapping of Winsorise or Trim, optional
        What is done about outliers, on each sample. Weights are made before.
    focus : list of str, optional
        Terms whose estimates are kept: all terms of the base model that are always in by default.
    cross : bool
        True: all combinations. False: one change at a time.

    Raises
    ------
    OptionError, InputError
        Values of another kind than the axis has, or a focus that is not in every specification.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> grid = bd.SpecGrid(
    ...     bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + science_share"),
    ...     weights={"queen": bd.Queen(islands="nearest"), "4 nearest": bd.KNearest(4)},
    ...     models=[bd.SpatialLag],
    ...     controls=["science_share", "tertiary_share"],
    ...     options={"fixed_effects": ["two-way", "unit"]},
    ... )
    >>> len(grid)
    48
    >>> print(grid.check(bd.load_panel()).summary())
    Grid of 48 specifications: 32 to fit, 16 the same as another, 0 that make no sense
      science_share: True, False
      tertiary_share: False, True
      weights: queen, 4 nearest
      model: SpatialDurbin, SpatialLag
      fixed_effects: auto, two-way, unit
    """

    def check(self, panel: Panel) -> Specifications:
        """The specifications on a panel, settled and counted, before any is fitted.

        Raises
        ------
        InputError
            The panel lacks columns, units or values that the grid names, or the base model does not
            fit to it.
        """
        return specifications_of(self, panel)
