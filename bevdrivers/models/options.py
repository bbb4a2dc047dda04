"""The options of a regression: the record that every way of estimating reads.

In: what the user writes in the constructor. Out: a frozen record of it, each option checked by
itself. What options mean together is checked by the way of estimating that they ask for: see
`method` and `registry`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, NoReturn, Self

from ..errors import OptionError, suggestion
from ..options import (
    Cluster,
    ClusterType,
    Correction,
    CovType,
    CovTypeAlias,
    Demean,
    Dynamic,
    FixedEffects,
    GmmWeights,
    Kernel,
    Method,
    Missing,
    RandomEffects,
    TwoStage,
    check_flag,
    check_option,
)
from ..panel.terms import read_formula, read_terms

# The options that take one of a few values, in the order in which they are checked.
CHOICES = {
    "fixed_effects": FixedEffects,
    "random_effects": RandomEffects,
    "correction": Correction,
    "dynamic": Dynamic,
    "demean": Demean,
    "missing": Missing,
    "method": Method,
    "gmm": GmmWeights,
    "two_stage": TwoStage,
}
# The options of the covariance: they leave the sample and the estimates as they are.
OF_COVARIANCE = ("cov_type", "cluster", "cluster_type", "kernel", "bandwidth", "cutoff_km")
# What each correction of the bias of fixed effects needs.
CORRECTION_NEEDS = {
    "lee-yu": "fixed effects that it transforms away",
    "adjusted-score": "a lag or Durbin model, not dynamic, with fixed effects",
    "robust-score": "a model with a lag of y or of the error, not dynamic, without random effects",
    "second-order": "a model with a lag of y or of the error, not dynamic, without random effects",
    "elhorst": "a lag or Durbin model with unit or two-way effects",
}
# What other packages call the classical covariance.
ALIASES = {"unadjusted": "classical", "nonrobust": "classical"}


@dataclass(frozen=True)
class Options:
    """The model's three lags and the options of a request; `Estimator` says what each means."""

    formula: str
    durbin: Any = None
    fixed_effects: FixedEffects = "auto"
    absorb: Any = None
    random_effects: RandomEffects = None
    mundlak: bool = False
    serial_errors: bool = False
    correction: Correction = "auto"
    dynamic: Dynamic = None
    demean: Demean = "after-lag"
    cov_type: CovType | CovTypeAlias = "classical"
    cluster: Cluster = None
    cluster_type: ClusterType = None
    kernel: Kernel = None
    bandwidth: float | None = None
    cutoff_km: float | None = None
    method: Method = "ml"
    gmm: GmmWeights = None
    two_stage: TwoStage = None
    endogenous: Any = None
    instruments: Any = None
    missing: Missing = "cut"

    # the three switches that make the model
    lag_y: ClassVar[bool] = False
    lag_x: ClassVar[bool] = False
    lag_u: ClassVar[bool] = False

    # the model's abbreviation and its name in words
    short: ClassVar[str] = ""
    title: ClassVar[str] = ""

    @property
    def model(self) -> str:
        """The name of the model's class."""
        return type(self).__name__

    @property
    def effects(self) -> str | None:
        """The fixed effects, with "auto" settled."""
        if self.fixed_effects != "auto":
            return self.fixed_effects
        return "two-way" if self.random_effects is None else None

    @property
    def before_lag(self) -> bool:
        """Whether arrays are demeaned before they are lagged."""
        return self.demean == "before-lag"

    def replace(self, **options: Any) -> Self:
        """The same request with other options."""
        known = {f.name for f in fields(self)}
        unknown = sorted(set(options) - known)
        if unknown:
            raise OptionError(
                "replace",
                expected=f"options of {sorted(known)}",
                got=repr(unknown),
                remedy=suggestion(unknown[0], sorted(known)),
            )
        return replace(self, **options)


def refuse(
    option: str,
    expected: str,
    got: str,
    remedy: str,
) -> NoReturn:
    """Raise `OptionError`: every check of options ends here."""
    raise OptionError(
        option,
        expected=expected,
        got=got,
        remedy=remedy,
    )


def needs_every_cell(options: Options) -> str:
    """What in a request needs a complete panel and the same weights in all periods, as it is
    written; empty where nothing does.
    """
    needy = {
        "method": options.method == "gmm",
        "random_effects": options.random_effects is not None,
        "serial_errors": options.serial_errors,
        "dynamic": options.dynamic is not None,
        "demean": options.before_lag,
        "cluster_type": options.cluster_type is not None,
    }
    written = (f"{name}={getattr(options, name)!r}" for name, needs in needy.items() if needs)
    return next(written, "")


def check_choices(options: Options) -> None:
    """Refuse values that an option does not have."""
    for name, allowed in CHOICES.items():
        check_option(name, getattr(options, name), allowed)


def check_flags(options: Options) -> None:
    """Refuse a formula that is no text, and switches that are neither True nor False."""
    if not isinstance(options.formula, str):
        refuse(
            "formula",
            "a text such as 'y ~ x1 + x2'",
            repr(options.formula),
            "Write the outcome, ~ and the regressors in quotes.",
        )
    read_formula(options.formula)
    for name in ("mundlak", "serial_errors"):
        check_flag(name, getattr(options, name))
    if options.mundlak and options.random_effects is None:
        refuse(
            "mundlak",
            "random_effects='baltagi' or 'kkp' beside it",
            "random_effects=None",
            "Leave mundlak out, or add random_effects='baltagi'.",
        )


def listed_names(options: Options) -> dict[str, tuple[str, ...]]:
    """The options that are lists of names as tuples, which can be hashed.

    Raises
    ------
    OptionError
        Something else than names, or a list that the model or its way of estimating has no use for.
    """
    names: dict[str, tuple[str, ...]] = {}
    if options.durbin is not None:
        if not options.lag_x:
            refuse(
                "durbin",
                "a model with lags of X",
                options.model,
                "Leave durbin out, or use SpatialDurbin.",
            )
        if not _are_names(options.durbin):
            refuse(
                "durbin",
                "a list of regressors",
                repr(options.durbin),
                'Write durbin=["x1", "x2"], with square brackets around the list.',
            )
        names["durbin"] = tuple(options.durbin)
    for name in ("endogenous", "instruments"):
        given = getattr(options, name)
        if given is None:
            continue
        if not _are_names(given) or not len(given):
            refuse(
                name,
                "a list of names",
                repr(given),
                f'Write {name}=["x1", "x2"], with square brackets around the list.',
            )
        names[name] = tuple(given)
    for text in names.get("instruments", ()):  # endogenous= names terms of the formula
        read_terms(text, "instruments")
    return names


def _are_names(given: Any) -> bool:
    listed = isinstance(given, Collection) and not isinstance(given, str)
    return listed and all(isinstance(one, str) for one in given)


def refuse_moments(options: Options) -> None:
    """Refuse the options of generalised moments in another way of estimating."""
    for name in ("gmm", "two_stage", "endogenous", "instruments"):
        if getattr(options, name) is not None:
            refuse(
                "method",
                f"'gmm' with {name}=",
                "'ml'",
                "Add method='gmm', or leave this option out.",
            )


def check_demean(options: Options) -> None:
    """Refuse demeaning before lagging where nothing is demeaned, or where there is no lag of y or
    of the error.

    Only these lags are taken before or after demeaning; W X is a regressor like others.
    """
    if not options.before_lag:
        return
    if options.random_effects is not None or options.effects is None:
        expected = "'after-lag' without fixed effects, which nothing is demeaned for"
        refuse(
            "demean",
            expected,
            repr(options.demean),
            "Leave demean out.",
        )
    if not (options.lag_y or options.lag_u or options.method == "gmm"):
        got = f"{options.demean!r} in {options.model}"
        refuse(
            "demean",
            "'after-lag' in a model without a lag of y or of the error",
            got,
            "Leave demean out.",
        )


def refuse_correction(options: Options) -> NoReturn:
    """Refuse the correction, saying what it needs."""
    got = "fixed_effects=None" if options.correction == "lee-yu" else in_words(options)
    refuse(
        "correction",
        CORRECTION_NEEDS[options.correction or ""],
        got,
        "Leave correction out.",
    )


def in_words(options: Options) -> str:
    """The model and its effects, for messages about what a correction needs."""
    dynamic = "" if options.dynamic is None else f", dynamic={options.dynamic!r}"
    return f"{options.model} with fixed_effects={options.effects!r}{dynamic}"
