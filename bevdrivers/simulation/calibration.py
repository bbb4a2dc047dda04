"""What an estimator is worth in the user's own design: bias, coverage, size and power by
simulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar, overload, runtime_checkable

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import EstimationError, InputError, OptionError
from ..models import Estimator, FitResult
from ..models.interface import (
    COMPONENTS,
    Classical,
    Sample,
    check_fit,
    has_random_effects,
)
from ..numerics.streams import generator
from ..options import ErrorLaw, check_option
from ..results import TIDY_COLUMNS, Text, critical_value, two_sided_p
from .batch import Batch
from .disturbances import drawn_errors
from .process import Process
from .replication import check_replications, replicate, sample_beside

Found = TypeVar("Found", covariant=True)

MEASURES = ("bias", "rmse", "coverage", "size", "power")
LEVEL = 0.95


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Shown):
    """Figures of merit of estimators in one design.

    Attributes
    ----------
    fit : FitResult
        Whose N, T, W, regressors, effects and estimates are the design.
    frame : DataFrame
        One row an estimator, term and component ("main", "wx", "dynamic", "spatial"; "direct",
        "indirect", "total" for impacts): truth; bias, rmse, coverage of 95 % intervals, size and
        power of 5 % tests that the quantity is zero, and the Monte Carlo standard error of each
        (``bias_se`` and so on). Size is measured where the quantity is zero: rho or lam set to
        zero, or the coefficients of the variable and of its lag. Power is at the truth.
    counts : DataFrame
        One row an estimator: draws fitted, failed and at a bound, over all designs.
    replications : int
    errors : str
    seed : int or None
    """

    fit: FitResult
    frame: pd.DataFrame
    counts: pd.DataFrame
    replications: int
    errors: str
    seed: int | None

    @property
    def used(self) -> str:
        """Label of the estimator of the fit."""
        return str(self.counts.index[0])

    def tidy(self, level: float = LEVEL) -> pd.DataFrame:
        """One row a figure: columns `TIDY_COLUMNS`, then estimator and measure.

        `estimate` is the figure, `std_error` its Monte Carlo error; statistic and p-value compare
        it with what it should be: no bias, coverage of 95 %, size of 5 %.
        """
        target = {"bias": 0.0, "coverage": LEVEL, "size": 1 - LEVEL}
        half = critical_value(level)
        parts = []
        for measure in MEASURES:
            value = self.frame[measure]
            error = self.frame[f"{measure}_se"]
            gap = value - target.get(measure, np.nan)
            statistic = (gap / error.where(error > 0)).to_numpy()
            columns = (
                self.frame["term"],
                self.frame["component"],
                value,
                error,
                statistic,
                two_sided_p(statistic),
                value - half * error,
                value + half * error,
            )
            part = pd.DataFrame(dict(zip(TIDY_COLUMNS, columns, strict=True)))
            part["estimator"] = self.frame["estimator"]
            part["measure"] = measure
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: the design, and how it was simulated."""
        own = {
            "replications": self.replications,
            "errors": self.errors,
            "failed": int(self.counts["failed"].sum()),
            "at_bound": int(self.counts["at_bound"].sum()),
            "seed": self.seed,
            "level": LEVEL,
            "note": self.note,
        }
        return pd.DataFrame([{**self.fit.described, **own}])

    @property
    def note(self) -> str:
        """One line for a table note: the coverage of the spatial parameter, or of the worst
        coefficient.
        """
        of_impact = self.frame["component"].isin(COMPONENTS)
        of_fit = self.frame["estimator"] == self.used
        rows = self.frame[of_fit & ~of_impact]
        spatial = rows[rows["component"] == "spatial"]
        if not spatial.empty:
            rows = spatial
        row = rows.sort_values("coverage").iloc[0]
        return (
            f"nominal 95 % intervals for {row['term']} cover {100 * row['coverage']:.1f} % in "
            "this design "
            f"({self.replications} replications, Monte Carlo s.e. {100 * row['coverage_se']:.1f} "
            "points)"
        )

    def summary(self) -> Text:
        """The figures as text: all of the fit's own estimator, those of rho and lam of the
        others.
        """
        d = self.fit.described
        of_fit = self.frame["estimator"] == self.used
        lines = [
            f"Calibration of {d['model']}: N = {d['n_units']}, T = {d['n_periods']}, weights "
            f"{d['weights'] or 'none'}, "
            f"{self.errors} errors, {self.replications} replications, seed {self.seed}",
            f"{self.used}:",
            _text(self.frame[of_fit], ["term", "component"]),
        ]
        spatial = self.frame["component"] == "spatial"
        others = self.frame[~of_fit & spatial]
        if len(others):
            lines += ["For comparison:", _text(others, ["estimator", "term"])]
        error = _share_error(LEVEL, self.replications)
        lines.append(f"Monte Carlo s.e. of a coverage of 95 %: {error:.1%}.")
        for label, row in self.counts.iterrows():
            if row["failed"] > 0 or row["at_bound"] > 0:
                lines.append(
                    f"{label}: of {row['draws']} draws {row['failed']} could not be fitted, "
                    f"{row['at_bound']} lie at a bound."
                )
        note = self.note
        lines.append(note[0].upper() + note[1:] + ".")
        return Text("\n".join(lines))

    def __repr__(self) -> str:
        return f"Calibration: {self.note}"


@runtime_checkable
class Path(Protocol[Found]):
    """What `bevdrivers.select_model` returns: a path that can be gone again on new outcomes."""

    def calibrated(
        self,
        replications: int,
        *,
        errors: ErrorLaw,
        seed: int | None,
    ) -> Found: ...


@overload
def calibrate(
    fit: FitResult,
    replications: int = ...,
    *,
    params: Mapping[str, float] | None = ...,
    errors: ErrorLaw = ...,
    estimators: Mapping[str, Estimator] | None = ...,
    seed: int | None = ...,
) -> Calibration: ...
@overload
def calibrate(
    fit: Path[Found],
    replications: int = ...,
    *,
    errors: ErrorLaw = ...,
    seed: int | None = ...,
) -> Found: ...
def calibrate(
    fit: FitResult | Path[Any],
    replications: int = 500,
    *,
    params: Mapping[str, float] | None = None,
    errors: ErrorLaw = "normal",
    estimators: Mapping[str, Estimator] | None = None,
    seed: int | None = None,
) -> Any:
    """Simulate the fit's own design and see what the estimator, and the naive ones, make of it.

    Regressors, fixed effects, W and estimates are taken as the truth. Outcomes are drawn from it,
    and from the same with rho or lam, or with the coefficients of one variable and of its lag, set
    to zero, for the size of the tests; the errors are the same in all of these.

    A selection path is gone again on outcomes drawn from each of the models that it can end in, at
    their estimates on the panel and with the fixed effects that the path kept: how often would it
    pick SAR, SEM, SDM, SLX or least squares if each were the truth?

    Parameters
    ----------
    fit : FitResult or SelectionPath
        A path takes `replications`, `errors` and `seed` alone.
    replications : int
        Of each design. The Monte Carlo standard error of a coverage of 95 % is 1.0 points with 500,
        0.5 with 2,000.
    params : mapping, optional
        Other true values, by label: ``{"rho": 0.5}``; "sigma2" is the variance of e.
    errors : {"normal", "resampled", "heteroskedastic", "clustered"}
        "normal": iid. "resampled": the fit's residuals, iid. "heteroskedastic": normal, each unit
        with its own variance, that of its residuals. "clustered": whole paths of residuals, of
        units drawn with replacement, with their dependence over time. Under the last two the
        sandwich covariance is added to the estimators.
    estimators : mapping of str to Estimator, optional
        To compare with, by label. By default direct maximum likelihood, Elhorst's plug-in and the
        Lee-Yu transformation where they apply and are not what the fit used: with missing cells, or
        weights by period, none of them.
    seed : int, optional

    Returns
    -------
    Calibration, or PathCalibration of a path

    Raises
    ------
    InputError
        A true value outside its range, an estimator of other periods or cells, or random effects
        with errors that are not normal.
    OptionError
        `params` or `estimators` beside a path, or "clustered" errors with missing cells.
    EstimationError
        More than half of the draws cannot be fitted.

    Notes
    -----
    The figures hold at the estimates, which are not the truth: a rho that is estimated too small
    makes a design that is easier than the true one. See how much they move with `params`. Means,
    scales, polynomials and categories are those of the fit in every draw.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc)").fit(panel, queen)
    >>> calibration = bd.calibrate(fit, 200, seed=1)
    >>> list(calibration.counts.index)
    ['lee-yu', 'direct', 'elhorst']
    """
    if isinstance(fit, Path):
        _check_absent(params=params, estimators=estimators)
        return fit.calibrated(replications, errors=errors, seed=seed)
    check_fit(fit)
    check_option("errors", errors, ErrorLaw)
    check_replications(replications)
    if has_random_effects(fit.estimate) and errors != "normal":
        raise OptionError(
            "errors",
            expected="'normal' with random effects",
            got=repr(errors),
            remedy="Leave errors out, or calibrate a model with fixed effects.",
        )
    base = Process.of(fit).at(params or {})
    requests = _requests(fit, errors, estimators)

    def run(process: Process) -> list[Batch]:
        draw = partial(drawn_errors, process, errors)
        pairs = list(requests.values())
        # the same errors under each truth
        rng = generator(seed, "calibration")
        return replicate(process, draw, pairs, fit.panel, replications, rng)

    at_truth = run(base)
    under = {}
    for nulled in _nulls(fit):
        without = base.at(dict.fromkeys(nulled, 0.0))
        under[nulled] = run(without)
    truth = _truth(fit, base)
    frames = []
    counts = {}
    for k, label in enumerate(requests):
        at_null = {nulled: batches[k] for nulled, batches in under.items()}
        count = _count([at_truth[k], *at_null.values()])
        if count["failed"] > count["draws"] / 2:
            raise EstimationError(f"{count['failed']} of {count['draws']} draws of {label} fail.")
        counts[label] = count
        figures = _figures(at_truth[k], truth)
        for nulled, batch in at_null.items():
            _add_size(figures, batch, nulled)
        frames.append(figures.assign(estimator=label).reset_index())
    errors_of_measures = [f"{measure}_se" for measure in MEASURES]
    columns = ["estimator", "term", "component", "truth", *MEASURES, *errors_of_measures]
    frame = pd.concat(frames, ignore_index=True)[columns]
    return Calibration(fit, frame, pd.DataFrame(counts).T, replications, errors, seed)


def _check_absent(**options: Any) -> None:
    """Refuse options that are about one estimator."""
    for name, value in options.items():
        if value is not None:
            raise OptionError(
                name,
                expected="nothing beside a selection path",
                got=repr(value),
                remedy=f"Leave {name} out, or calibrate one fit.",
            )


def _requests(
    fit: FitResult,
    errors: str,
    estimators: Mapping[str, Estimator] | None,
) -> dict[str, tuple[Estimator, Sample]]:
    """The fit's own request and those to compare with, each with its sample."""
    own = fit.estimator
    irregular = fit.sample.irregular
    own_label = _label(own, irregular)
    wanted = {own_label: own}
    naive = []
    if estimators is not None:
        if own_label in estimators:
            raise InputError(
                "estimators",
                expected="labels other than that of the fit",
                got=repr([own_label]),
                remedy="Use another label.",
            )
        wanted |= estimators
    else:
        naive = [] if irregular else _naive(own)
        for other in naive:
            wanted[_label(other)] = other
        sandwich = {"heteroskedastic": "robust", "clustered": "clustered"}.get(errors)
        if sandwich is not None and isinstance(own.covariance_kind, Classical):
            with suppress(OptionError):  # dynamic models have the classical covariance alone
                wanted[f"{own_label}, {sandwich}"] = own.replace(cov_type=sandwich)
    samples = {}
    for label, request in wanted.items():
        try:
            sample = fit.sample if request is own else sample_beside(fit, request)
        except InputError:
            if request in naive:  # weights that a correction cannot do with
                continue
            raise
        if sample.shape != fit.sample.shape:
            raise InputError(
                "estimators",
                expected=f"samples of shape {fit.sample.shape}",
                got=f"{label}: {sample.shape}",
                remedy="Use estimators that take the same periods of the panel.",
            )
        if not np.array_equal(sample.there, fit.sample.there):
            raise InputError(
                "estimators",
                expected=f"samples of the {fit.nobs} observations of the fit",
                got=f"{label}: {sample.nobs} observations",
                remedy="Use estimators whose formulas have values in the same cells.",
            )
        samples[label] = request, sample
    return samples


def _naive(own: Estimator) -> list[Estimator]:
    """The other corrections for the same request."""
    if not own.is_ml or own.effects is None:
        return []
    others = []
    for correction in ("lee-yu", None, "elhorst"):
        try:
            other = own.replace(correction=correction, demean="after-lag")
        except OptionError:
            continue
        if _label(other) != _label(own):
            others.append(other)
    return others


def _label(request: Estimator, irregular: bool = False) -> str:
    """The way of estimating, and the covariance where it is not the classical one."""
    way = _way_of_estimating(request, irregular)
    kind = request.covariance_kind
    if isinstance(kind, Classical):
        return way
    return f"{way}, {kind.name}"


def _way_of_estimating(request: Estimator, irregular: bool) -> str:
    """`irregular`: with missing cells, or weights by period."""
    if request.method == "gmm":
        return "gmm"
    if request.correction == "robust-score":
        return "robust-score"
    if not request.is_ml:
        return "least squares"
    if request.random_effects is not None:
        return f"random effects, {request.random_effects}"
    if request.serial_errors:
        return "ml, ar1"
    if request.correction == "second-order":
        return "second-order"
    if irregular:
        return "adjusted-score"
    if request.effects is None:
        return "ml"
    if request.lee_yu:
        return "lee-yu"
    return request.correction or "direct"


def _nulls(fit: FitResult) -> list[tuple[str, ...]]:
    """Sets of parameters that are zero together: each spatial and dynamic one, each variable with
    its lag.
    """
    sample = fit.sample
    alone = [*fit.estimate.spatial, *sample.dynamic]
    nulls: list[tuple[str, ...]] = [(name,) for name in alone]
    for name in sample.names:
        if name not in sample.design.terms or name in sample.design.never_lagged:
            continue
        if name in sample.lagged:
            nulls.append((name, f"W_{name}"))
        else:
            nulls.append((name,))
    return nulls


def _truth(fit: FitResult, process: Process) -> pd.Series:
    """True parameters and impacts by (term, component)."""
    values = np.array([process.values[name] for name in fit.terms])
    components = fit.tidy()["component"]
    of_parameters = zip(fit.terms, components, strict=True)
    # the impacts are those of the fit with the true values as its estimates
    there = Batch.of(replace(fit, estimate=replace(fit.estimate, values=values)))
    of_impacts = _labels(there)[len(values) :]
    labels = [*of_parameters, *of_impacts]
    [numbers] = there.estimates
    return pd.Series(dict(zip(labels, numbers, strict=True)))


def _labels(batch: Batch) -> list[tuple[str, str]]:
    """(term, component) of `batch.estimates`; the component of a parameter is that of the fit, and
    not known here.
    """
    parameters = [(term, "") for term in batch.terms]
    impacts = [(term, component) for component in COMPONENTS for term in batch.impact_terms]
    return [*parameters, *impacts]


def _positions(batch: Batch, truth: pd.Series) -> dict[tuple[str, str], int]:
    """Columns of `batch.estimates` for the quantities that have a truth."""
    components = {term: kind for term, kind in truth.index if kind not in COMPONENTS}
    columns = {}
    for column, (term, kind) in enumerate(_labels(batch)):
        label = (term, kind or components.get(term, ""))
        if label in truth.index:
            columns[label] = column
    return columns


def _figures(batch: Batch, truth: pd.Series) -> pd.DataFrame:
    """Truth, bias, rmse, coverage and power with their Monte Carlo errors, by (term, component)."""
    positions = _positions(batch, truth)
    columns = list(positions.values())
    kept = ~batch.failed
    estimates = batch.estimates[kept][:, columns]
    errors = batch.std_errors[kept][:, columns]
    true = truth[list(positions)].to_numpy()
    R = len(estimates)
    gap = estimates - true
    square = gap**2
    rmse = np.sqrt(square.mean(axis=0))
    # by the delta method: the root of a mean has the mean's error over twice the root
    with np.errstate(invalid="ignore", divide="ignore"):
        rmse_error = square.std(axis=0, ddof=1) / (2 * rmse * np.sqrt(R))
    reach = critical_value(LEVEL, batch.df_resid) * errors
    covered = np.abs(gap) <= reach
    rejected = np.abs(estimates) > reach
    # a quantity that the model fixes (an indirect impact without any lag) has no interval
    free = (errors > 0).all(axis=0)
    coverage = np.where(free, covered.mean(axis=0), np.nan)
    power = np.where(free, rejected.mean(axis=0), np.nan)
    figures = {
        "truth": true,
        "bias": gap.mean(axis=0),
        "rmse": rmse,
        "coverage": coverage,
        "size": np.nan,
        "power": power,
        "bias_se": gap.std(axis=0, ddof=1) / np.sqrt(R),
        "rmse_se": rmse_error,
        "coverage_se": _share_error(coverage, R),
        "size_se": np.nan,
        "power_se": _share_error(power, R),
    }
    index = pd.MultiIndex.from_tuples(positions, names=["term", "component"])
    return pd.DataFrame(figures, index=index)


def _add_size(
    figures: pd.DataFrame,
    batch: Batch,
    nulled: tuple[str, ...],
) -> None:
    """Rejections of zero where `nulled` are zero, written into `figures`."""
    kept = ~batch.failed
    estimates = batch.estimates[kept]
    errors = batch.std_errors[kept]
    R = len(estimates)
    reach = critical_value(LEVEL, batch.df_resid) * errors
    rejected = np.abs(estimates) > reach
    for label, column in _positions(batch, figures["truth"]).items():
        term, _ = label
        free = (errors[:, column] > 0).all()
        if term in nulled and free:
            share = float(np.mean(rejected[:, column]))
            figures.loc[label, ["size", "size_se"]] = share, _share_error(share, R)


def _share_error(share: Any, R: int) -> Any:
    """Standard error of a share of R draws."""
    return np.sqrt(share * (1 - share) / R)


def _count(batches: list[Batch]) -> dict[str, int]:
    """Draws, those that failed and those at a bound, of all batches together."""
    count = {"draws": 0, "failed": 0, "at_bound": 0}
    for batch in batches:
        count["draws"] += len(batch.values)
        count["failed"] += int(batch.failed.sum())
        count["at_bound"] += int(batch.at_bound.sum())
    return count


def _text(frame: pd.DataFrame, labels: list[str]) -> str:
    shown = frame[[*labels, "truth", *MEASURES]].copy()
    for measure in ("coverage", "size", "power"):
        shown[measure] = [_percent(value) for value in shown[measure]]
    return str(shown.to_string(index=False, float_format=lambda value: f"{value:.4g}"))


def _percent(share: float) -> str:
    """A share as text; nothing where there is none."""
    return "" if np.isnan(share) else f"{share:.1%}"
