"""Every option that takes one of a few values, and the functions that check values and numbers."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from .errors import OptionError, suggestion

FixedEffects = Literal["auto", "two-way", "unit", "time", None]
RandomEffects = Literal["baltagi", "kkp", None]
Correction = Literal[
    "auto", "lee-yu", "second-order", "adjusted-score", "robust-score", "elhorst", None
]
Dynamic = Literal["time", "space", "both", None]
Method = Literal["ml", "gmm"]
GmmWeights = Literal["initial", "weights", "fullweights", "robust", None]
TwoStage = Literal["gls", "error-components", "between", None]
PredictEffects = Literal[True, False, "unit"]
Demean = Literal["after-lag", "before-lag"]
CovType = Literal[
    "classical", "hessian", "qml", "robust", "clustered", "driscoll-kraay", "spatial-hac"
]
CovTypeAlias = Literal["unadjusted", "nonrobust"]
Cluster = Literal["unit", "time", "both", None]
ClusterType = Literal["CR1", "CR2", "CR3", None]
Kernel = Literal["bartlett", "parzen", "quadratic-spectral", "uniform", None]
Normalise = Literal["row", "spectral", "min-max", None]
KernelShape = Literal["triangular", "uniform", "epanechnikov", "quartic", "gaussian"]
NestedBy = Literal["share", "product"]
CovariatePeriod = Literal["mean", "pre-sample", "each"]
RatioTo = Literal["mean", "own"]
CouplingForm = Literal["corrected", "usual"]
QInference = Literal["permutation", "F", "noncentral"]
Strata = Literal["quantiles", "equal"]
FlowRows = Literal["origin", "destination", "both"]
FileValues = Literal["weight", "binary", "distance"]
Alternative = Literal["two-sided", "greater", "less"]
Inference = Literal["auto", "permutation", "randomisation", "normal"]
LocalInference = Literal["auto", "permutation", "conditional", "total"]
Adjust = Literal["holm", "fdr", None]
Moves = Literal["pairs", "neighbour"]
HausmanForm = Literal["classical", "mundlak"]
PValues = Literal["asymptotic", "bootstrap"]
BootstrapKind = Literal["parametric", "wild"]
BootstrapInterval = Literal["bootstrap-t", "percentile"]
Interval = Literal[
    "delta", "simulated", "percentile", "bootstrap-t", "bca", "profile", "fieller", "wild"
]
WildBy = Literal["cell", "unit", "time", None]
SignsBy = Literal["unit", "cell"]
PlaceboKind = Literal[
    "weight-labels",
    "random-weights",
    "units",
    "periods",
    "outcome-within-units",
    "outcome-within-periods",
]
ResampleKind = Literal["pairs", "blocks", "jackknife"]
Multipliers = Literal["rademacher", "mammen", None]
ErrorLaw = Literal["normal", "resampled", "heteroskedastic", "clustered"]
LmForm = Literal["corrected", "published"]
UnitRoot = Literal["llc", "ips", "fisher-adf", "fisher-pp", "cips"]
Deterministics = Literal["none", "constant", "trend"]
CorrelationOf = Literal["overall", "between", "within", "two-way"]
LagRule = Literal["aic", "bic", "hall"]
LmAgainst = Literal["sarar", "sdm", "sdem"]
BalanceBy = Literal["units", "periods"]
Missing = Literal["cut", "keep-weights"]
Parentheses = Literal["std_error", "statistic", "p_value", "conf_int"]
RSquared = Literal["correlation", "within", "between", "overall", "inclusive"]
Language = Literal["en", "zh"]
LatexForm = Literal["float", "sideways", "longtable", "tabular", "document"]
LatexAlign = Literal["siunitx", "dcolumn", "plain"]
Arrangement = Literal["columns", "panels"]


def check_option(
    name: str,
    value: Any,
    allowed: Any,
) -> None:
    """Raise `OptionError` unless `value` is one of the values of the `Literal` alias `allowed`."""
    values = get_args(allowed)
    if not any(value is v or (isinstance(value, str) and value == v) for v in values):
        raise OptionError(
            name,
            expected=f"one of {list(values)}",
            got=repr(value),
            remedy=suggestion(value, values),
        )


def check_flag(name: str, value: Any) -> None:
    """Raise `OptionError` unless `value` is True or False; 1 and "no" are neither."""
    if not isinstance(value, bool):
        raise OptionError(
            name,
            expected="True or False",
            got=repr(value),
            remedy="Write True or False, without quotes.",
        )


def whole_number(
    name: str,
    value: Any,
    at_least: int = 0,
    *,
    expected: str = "",
) -> int:
    """The option `name` as an int, refused unless it is a whole number of at least `at_least`.

    Python and numpy integers are whole numbers; booleans, floats such as 3.0 and texts are not.

    Parameters
    ----------
    name : str
        The option, for the message.
    value : object
        What the user gave.
    at_least : int
        The smallest value that is allowed.
    expected : str, optional
        What the message says was expected, where it can say more than the bound.

    Raises
    ------
    OptionError
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < at_least:
        default = f"a whole number, {at_least} or more"
        raise OptionError(
            name,
            expected=expected or default,
            got=repr(value),
            remedy=_whole_example(at_least, whole),
        )
    return int(value)


def real_number(
    name: str,
    value: Any,
    at_least: float = -np.inf,
    *,
    above: float = -np.inf,
    below: float = np.inf,
    expected: str = "",
) -> float:
    """The option `name` as a float, refused unless it is a finite number within its bounds.

    Booleans and texts are no numbers; NaN and infinity are not finite.

    Parameters
    ----------
    name : str
        The option, for the message.
    value : object
        What the user gave.
    at_least : float
        The smallest value that is allowed.
    above, below : float
        Bounds that the value must not touch.
    expected : str, optional
        What the message says was expected, where it can say more than the bounds.

    Raises
    ------
    OptionError
    """
    kinds = (int, float, np.integer, np.floating)
    number = isinstance(value, kinds) and not isinstance(value, bool) and bool(np.isfinite(value))
    if not number or not (value >= at_least and above < value < below):
        default = ["a number"]
        default += [f"{at_least:g} or more"] * bool(np.isfinite(at_least))
        default += [f"above {above:g}"] * bool(np.isfinite(above))
        default += [f"below {below:g}"] * bool(np.isfinite(below))
        raise OptionError(
            name,
            expected=expected or ", ".join(default),
            got=repr(value),
            remedy=f"Write a number such as {_real_example(at_least, above, below):g}, without quotes.",
        )
    return float(value)


def _whole_example(at_least: int, whole: bool) -> str:
    """What to write for something that is no whole number, or for one that is too small."""
    if whole:
        return f"Raise it to {at_least} or more."
    return f"Write it in digits, without quotes and without a decimal point: {at_least}."


def _real_example(
    at_least: float,
    above: float,
    below: float,
) -> float:
    """A number within its bounds."""
    lowest = max(at_least, above)
    if np.isfinite(lowest) and np.isfinite(below):
        return (lowest + below) / 2
    if np.isfinite(below):
        return below - 1
    return lowest + 1 if np.isfinite(lowest) else 1.0
