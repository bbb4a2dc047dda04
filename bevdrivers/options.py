"""Every option that takes one of a few values, and the one function that checks it."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Literal, get_args

from .errors import OptionError

FixedEffects = Literal["auto", "two-way", "unit", "time", None]
RandomEffects = Literal["baltagi", "kkp", None]
Correction = Literal["auto", "lee-yu", "adjusted-score", "elhorst", None]
Dynamic = Literal["time", "space", "both", None]
Method = Literal["ml", "gmm"]
GmmWeights = Literal["initial", "weights", "fullweights", "robust", None]
TwoStage = Literal["gls", "error-components", "between", None]
PredictEffects = Literal[True, False, "unit"]
Demean = Literal["after-lag", "before-lag"]
CovType = Literal["classical", "hessian", "qml", "robust", "clustered", "driscoll-kraay", "spatial-hac"]
Cluster = Literal["unit", "time", "both", None]
Kernel = Literal["bartlett", "parzen", "quadratic-spectral", "uniform", None]
Normalise = Literal["row", "spectral", "min-max", None]
KernelShape = Literal["triangular", "uniform", "epanechnikov", "quartic", "gaussian"]
NestedBy = Literal["share", "product"]
CovariatePeriod = Literal["mean", "pre-sample"]
RatioTo = Literal["mean", "own"]
FlowRows = Literal["origin", "destination", "both"]
FileValues = Literal["weight", "binary", "distance"]
Alternative = Literal["two-sided", "greater", "less"]
Inference = Literal["auto", "permutation", "randomisation", "normal"]
LocalInference = Literal["auto", "permutation", "conditional", "total"]
Adjust = Literal["holm", "fdr", None]
Moves = Literal["pairs", "neighbour"]
HausmanForm = Literal["classical", "mundlak"]
BootstrapKind = Literal["parametric", "wild"]
BootstrapInterval = Literal["bootstrap-t", "percentile"]
WildBy = Literal["cell", "unit", "time", None]
Multipliers = Literal["rademacher", "mammen", None]
ErrorLaw = Literal["normal", "resampled", "heteroskedastic", "clustered"]
LmForm = Literal["corrected", "published"]
UnitRoot = Literal["llc", "ips", "fisher-adf", "fisher-pp", "cips"]
Deterministics = Literal["none", "constant", "trend"]
CorrelationOf = Literal["overall", "between", "within", "two-way"]
LagRule = Literal["aic", "bic", "hall"]
LmAgainst = Literal["sarar", "sdm", "sdem"]
BalanceBy = Literal["units", "periods"]
Parentheses = Literal["std_error", "statistic", "p_value", "conf_int"]
Language = Literal["en", "zh"]
LatexForm = Literal["float", "sideways", "longtable", "tabular", "document"]
LatexAlign = Literal["siunitx", "dcolumn", "plain"]
Arrangement = Literal["columns", "panels"]


def check_option(name: str, value: Any, allowed: Any) -> None:
    """Raise `OptionError` unless `value` is one of the values of the `Literal` alias `allowed`."""
    values = get_args(allowed)
    if not any(value is v or (isinstance(value, str) and value == v) for v in values):
        raise OptionError(name, expected=f"one of {list(values)}", got=repr(value))


def whole_number(name: str, value: Any, *, at_least: int) -> int:
    """`value` as an int, or an `OptionError` unless it is a whole number of `at_least` or more.

    Integers of NumPy are taken; booleans and floats are not.
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < at_least:
        raise OptionError(name, expected=f"a whole number, {at_least} or more", got=repr(value))
    return int(value)
