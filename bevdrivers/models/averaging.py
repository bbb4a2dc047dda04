"""Bayesian model averaging: impacts over models, weights and sets of controls, each counted by its
posterior probability.

With the marginal likelihoods m_M of `bayes` and prior probabilities p(M) of model, W and set of
controls,

    P(M | y) = m_M p(M) / sum of all,
    E(I | y) = sum_M P(M | y) E(I | M, y),
    V(I | y) = sum_M P(M | y) V(I | M, y) + sum_M P(M | y) (E(I | M, y) - E(I | y))^2,

the variance within models and between them. Given rho (or lam) the coefficients follow a
multivariate t, and an impact is linear in them, so that its moments within a model are integrals over
rho alone, taken at the nodes of the marginal likelihood; nothing is drawn. The impact of a control
in a model without it is zero. Impacts of a lag of y have a pole at the end of the range of rho:
where the posterior reaches it, their variance exists for a prior Beta(a, a) with a > 2 only.
Intervals are quantiles of the whole mixture.

Source: Fernandez, Ley and Steel (2001), J. Econometrics 100, 381-427,
doi:10.1016/S0304-4076(00)00076-2; LeSage and Parent (2007), Geographical Analysis 39, 241-267, for
spatial models; Ley and Steel (2009), J. Applied Econometrics 24, 651-674, doi:10.1002/jae.1057, for
priors of models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import betaln, logsumexp, stdtr, stdtrit

from ..display import Plotted
from ..errors import DataError, OptionError, first_five
from ..options import real_number
from ..panel import MarginalChange, Panel, marginal_changes
from ..panel.terms import INTERCEPT, label_of, read_formula, written_term
from ..panel.tree import label
from ..results import TIDY_COLUMNS, Text, critical_value
from ..weights import SpatialWeights
from .bayes import COMPARED, Marginal, MarginalLikelihood, check_compared, weights_by_name
from .design.preparation import prepare
from .design.sample import Sample
from .estimator import Estimator
from .impacts.impacts import COMPONENTS, combine, selector
from .impacts.mean_multipliers import multipliers_at, without_lag_of_y
from .regularity import regular_request_only

# so many models are enumerated at most
MOST_MODELS = 4096
# what all models that are left out of the impacts may lack of the posterior probability
NEGLIGIBLE = 1e-10
# nodes of rho within a model, over so many posterior standard deviations to each side
NODES, REACH = 60, 10.0
# where the density of rho next to an end is looked at, as a share of the range
NEXT_TO_END = 1e-6
# of the range of all components, in the search for quantiles
HALVINGS = 50

Inclusion = float | Literal["beta-binomial"]


@dataclass(frozen=True, eq=False, repr=False)
class ModelAverage(Plotted):
    """Impacts averaged over models, weights and sets of controls.

    Attributes
    ----------
    models : DataFrame
        One row a model: model, weights, controls (those that are in), prior, log_marginal,
        probability, parameter ("rho", "lam" or ""), its posterior mean and std; most probable
        first.
    inclusion : DataFrame
        By control: prior and posterior probability that it is in.
    terms : tuple of str, length Q
        What changes by one.
    mean, within, between : arrays of shape (3, Q)
        Posterior means of direct, indirect and total impacts, and the two parts of their variances.
    mixture : Mixture
        The posterior distribution of the impacts.
    outcome, fixed_effects : str
    nobs : int
    g, concentration : float
    prior : float or str
        Of the inclusion of a control.
    """

    _figure = "impacts_plot"

    models: pd.DataFrame
    inclusion: pd.DataFrame
    terms: tuple[str, ...]
    mean: np.ndarray
    within: np.ndarray
    between: np.ndarray
    mixture: Mixture
    outcome: str
    fixed_effects: str
    nobs: int
    g: float
    concentration: float
    prior: Inclusion

    @property
    def model_probabilities(self) -> pd.Series:
        """Posterior probability of each kind of model, whichever W and controls."""
        return self._margin("model")

    @property
    def weights_probabilities(self) -> pd.Series:
        """Posterior probability of each W, whichever model and controls."""
        return self._margin("weights")

    def _margin(self, column: str) -> pd.Series:
        return self.models.groupby(column, sort=False)["probability"].sum()

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row a term and component: posterior mean and standard deviation, and the interval
        between quantiles of the posterior. There are no tests.
        """
        # the level is checked where critical values are made
        critical_value(level)
        tail = (1.0 - level) / 2
        Q = len(self.terms)
        frame = pd.DataFrame(
            {
                "term": list(self.terms) * 3,
                "component": np.repeat(COMPONENTS, Q),
                "estimate": self.mean.ravel(),
                "std_error": np.sqrt(self.within + self.between).ravel(),
                "conf_low": self.mixture.quantile(tail),
                "conf_high": self.mixture.quantile(1.0 - tail),
            }
        )
        return frame.reindex(columns=list(TIDY_COLUMNS))

    @property
    def variances(self) -> pd.DataFrame:
        """By term and component: posterior mean, variance within and between models, and the share
        of the variance that is between them.
        """
        index = pd.MultiIndex.from_product([COMPONENTS, self.terms], names=["component", "term"])
        within, between = self.within.ravel(), self.between.ravel()
        whole = within + between
        share = np.divide(between, whole, out=np.full(len(whole), np.nan), where=whole > 0.0)
        columns = {"mean": self.mean.ravel(), "within": within, "between": between}
        return pd.DataFrame({**columns, "share_between": share}, index=index)

    def glance(self) -> pd.DataFrame:
        """One row: how many models, under which priors, and which is most probable."""
        best = self.models.iloc[0]
        row = {
            "outcome": self.outcome,
            "n_models": len(self.models),
            "fixed_effects": self.fixed_effects,
            "nobs": self.nobs,
            "g": self.g,
            "concentration": self.concentration,
            "inclusion_prior": self.prior,
            "model": best["model"],
            "weights": best["weights"],
            "controls": best["controls"],
            "probability": best["probability"],
        }
        return pd.DataFrame([row])

    def summary(self, level: float = 0.95) -> Text:
        """Inclusion of controls, probabilities of models and weights, the most probable models, and
        the averaged impacts.
        """
        head = (
            f"Average over {len(self.models):,} models, {self.outcome}, {self.fixed_effects} "
            f"effects, n = {self.nobs}, g = {self.g:g}"
        )
        columns = ["model", "weights", "controls", "log_marginal", "probability"]
        impacts = self.tidy(level)[
            ["component", "term", "estimate", "std_error", "conf_low", "conf_high"]
        ]
        tables = {
            "Posterior inclusion": self.inclusion.reset_index(),
            "Models": self.model_probabilities.reset_index(),
            "Weights": self.weights_probabilities.reset_index(),
            "Most probable": self.models[columns].head(5),
            f"Impacts, {level:.0%} intervals": impacts,
        }
        shown = [
            f"{title}\n{table.to_string(index=False, float_format='{:.4f}'.format)}"
            for title, table in tables.items()
            if len(table)
        ]
        return Text("\n\n".join([head, *shown]))

    def _shown_heading(self) -> str:
        return f"Impacts on {self.outcome}, averaged over {len(self.models):,} models"

    def __repr__(self) -> str:
        return str(self.summary())


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of C t distributions of each of several quantities; a scale of zero is a point.

    Attributes
    ----------
    weights : array of shape (C,)
        They sum to one.
    locations, scales : arrays of shape (C, M)
    degrees : int
    """

    weights: np.ndarray
    locations: np.ndarray
    scales: np.ndarray
    degrees: int

    def without_dust(self) -> Mixture:
        """Without the components that all together weigh next to nothing."""
        kept = self.weights > NEGLIGIBLE / len(self.weights)
        left = self.weights[kept]
        return Mixture(
            left / left.sum(),
            self.locations[kept],
            self.scales[kept],
            self.degrees,
        )

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Probability that each quantity is at most x (M,), (M,)."""
        gap = x - self.locations
        points = self.scales == 0.0
        standard = np.divide(gap, self.scales, out=np.zeros_like(gap), where=~points)
        below = np.where(points, gap >= 0.0, stdtr(self.degrees, standard))
        return np.asarray(self.weights @ below)

    def quantile(self, share: float) -> np.ndarray:
        """The smallest x with cdf(x) of at least `share`, (M,), by bisection."""
        # no component has more than its share of the smaller tail beyond its own quantile of it
        tail = min(share, 1.0 - share)
        reach = -stdtrit(self.degrees, tail) * self.scales
        low = (self.locations - reach).min(axis=0)
        high = (self.locations + reach).max(axis=0)
        # an atom at zero is a bound that bisection should meet, not approach
        at_zero = self.cdf(np.zeros_like(low)) >= share
        before_zero = self.cdf(np.full_like(low, -1e-300)) < share
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            enough = self.cdf(middle) >= share
            high = np.where(enough, middle, high)
            low = np.where(enough, low, middle)
        return np.where(at_zero & before_zero, 0.0, high)


@dataclass(frozen=True)
class _Candidate:
    """A model, W and set of controls of the space."""

    request: Estimator
    weights: str
    inside: tuple[str, ...]
    log_prior: float


def average_models(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | Sequence[SpatialWeights] | Mapping[str, SpatialWeights],
    *,
    models: Sequence[type[Estimator]] = COMPARED,
    controls: Sequence[str] = (),
    inclusion: Inclusion = 0.5,
    g: float | None = None,
    concentration: float = 1.0,
) -> ModelAverage:
    """Average impacts over models, weights and sets of controls by posterior probability.

    All combinations are computed. Models and weights are equally likely before; the priors within a
    model are those of `compare_models`.

    Parameters
    ----------
    model : Estimator
        The request whose formula, effects and ``durbin`` all share.
    panel : Panel
    weights : SpatialWeights, or a sequence or a mapping of name to SpatialWeights
    models : sequence of estimator classes
        As in `compare_models`.
    controls : sequence of str
        Terms of the formula that may be out, with their W terms; the others are always in.
    inclusion : float or "beta-binomial"
        Prior probability that a control is in, independently of the others; 0.5, the default, makes
        all sets equally likely. "beta-binomial": all numbers of controls are equally likely (Ley
        and Steel 2009).
    g, concentration : float
        As in `compare_models`; g is the same for all, by default max(n, K^2) with K that of the
        largest model.

    Returns
    -------
    ModelAverage

    Raises
    ------
    OptionError
        As `compare_models`; controls that are no terms of the formula; more than 4,096 models;
        terms of the formula that share variables; a posterior of rho that reaches the end of its
        range, for a concentration of 2 or less.
    WeightsError, DataError, IdentificationError
        As `fit`.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands="nearest").fit(panel)
    >>> model = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)")
    >>> average = bd.average_models(model, panel, queen, controls=["log(gdp_pc)"])
    >>> len(average.models)
    10
    """
    check_compared(model, models, g, concentration)
    named = weights_by_name(weights)
    regular_request_only(model, panel, *named.values(), what="average_models()")
    space = _Space.of(model, models, controls, inclusion, list(named))
    whole = prepare(model, model.method_on, panel, next(iter(named.values())))
    changes, _ = marginal_changes(panel, whole.design, None)
    likelihoods = _Likelihoods(panel, named, _scale(space, panel, named, g), concentration)
    candidates = list(space)
    logs = np.array([likelihoods.log_marginal(one) for one in candidates])
    priors = np.array([one.log_prior for one in candidates])
    joint = logs + priors
    probabilities = np.exp(joint - logsumexp(joint))
    found = _Impacts.of(likelihoods, candidates, probabilities, tuple(c.label for c in changes))
    frame = _models_frame(candidates, probabilities, logs, priors, likelihoods)
    return ModelAverage(
        frame,
        _inclusion_frame(space, candidates, probabilities, priors),
        tuple(change.label for change in changes),
        *found.moments,
        found.mixture,
        whole.design.outcome,
        model.effects or "none",
        likelihoods.nobs,
        likelihoods.g,
        float(concentration),
        inclusion,
    )


@dataclass(frozen=True, eq=False)
class _Space:
    """All combinations of model, W and set of controls, with their prior probabilities."""

    model: Estimator
    kinds: tuple[type[Estimator], ...]
    controls: tuple[str, ...]
    inclusion: Inclusion
    weights: tuple[str, ...]

    @classmethod
    def of(
        cls,
        model: Estimator,
        kinds: Sequence[type[Estimator]],
        controls: Sequence[str],
        inclusion: Any,
        weights: list[str],
    ) -> _Space:
        _check_inclusion(inclusion)
        labels = _checked_controls(model, controls)
        number = len(kinds) * len(weights) * 2 ** len(labels)
        if number > MOST_MODELS:
            raise OptionError(
                "controls",
                expected=f"at most {MOST_MODELS:,} models, all of which are computed",
                got=(
                    f"{len(kinds)} kinds x {len(weights)} weights x 2^{len(labels)} sets of "
                    f"controls = {number:,}"
                ),
                remedy="Let fewer controls vary, or name fewer models or weights.",
            )
        return cls(model, tuple(kinds), labels, inclusion, tuple(weights))

    def __iter__(self) -> Iterator[_Candidate]:
        cells = np.log(len(self.kinds) * len(self.weights))
        for size in range(len(self.controls), -1, -1):
            prior = self._log_prior(size) - cells
            for inside in combinations(self.controls, size):
                request = self._with(inside)
                for kind in self.kinds:
                    of_kind = request.to(kind)
                    for name in self.weights:
                        yield _Candidate(of_kind, name, inside, float(prior))

    def _log_prior(self, size: int) -> float:
        """Log prior probability of one set of `size` controls."""
        K = len(self.controls)
        if self.inclusion == "beta-binomial":
            # the integral of p^size (1 - p)^(K - size) over p
            return float(betaln(size + 1, K - size + 1))
        share = float(self.inclusion)
        return float(size * np.log(share) + (K - size) * np.log1p(-share))

    def _with(self, inside: tuple[str, ...]) -> Estimator:
        """The request with these controls alone."""
        formula = read_formula(self.model.formula)
        out = set(self.controls) - set(inside)
        kept = [term for term in formula.terms if _label(term) not in out]
        intercept = "1" if INTERCEPT in kept else "0"
        right = " + ".join([intercept, *(written_term(t) for t in kept if t != INTERCEPT)])
        durbin = self.model.durbin
        if durbin is not None:
            durbin = tuple(text for text in durbin if label_of(text) not in out)
        return self.model.replace(formula=f"{formula.left} ~ {right}", durbin=durbin)


def _label(term: Any) -> str:
    return ":".join(map(label, term))


def _check_inclusion(inclusion: Any) -> None:
    if inclusion == "beta-binomial":
        return
    expected = "a probability between 0 and 1, or 'beta-binomial'"
    real_number("inclusion", inclusion, above=0.0, below=1.0, expected=expected)


def _checked_controls(model: Estimator, controls: Any) -> tuple[str, ...]:
    """The labels of the controls, each a term of the formula, with another one left beside them."""
    if isinstance(controls, str):
        raise OptionError(
            "controls",
            expected="a list of terms of the formula",
            got=repr(controls),
            remedy=f"Write controls=[{controls!r}].",
        )
    labels = tuple(dict.fromkeys(label_of(text) for text in controls))
    terms = [_label(t) for t in read_formula(model.formula).terms if t != INTERCEPT]
    unknown = [text for text in labels if text not in terms]
    if unknown:
        raise DataError(
            "controls",
            expected=f"terms of the formula, of {first_five(terms)}",
            got=first_five(unknown),
            remedy="A term that may be out stands in the formula of the model.",
        )
    if len(labels) == len(terms):
        raise OptionError(
            "controls",
            expected="a term of the formula that is always in",
            got=f"all of them: {first_five(labels)}",
            remedy="Take the term that the study is about out of controls.",
        )
    return labels


class _Likelihoods:
    """Marginal likelihoods of the candidates on a panel."""

    def __init__(
        self,
        panel: Panel,
        weights: dict[str, Any],
        g: float,
        concentration: float,
    ):
        self.panel, self.weights = panel, weights
        self.g, self.concentration = g, float(concentration)
        self.nobs = 0
        self.posteriors: dict[_Candidate, Marginal] = {}

    def of(self, one: _Candidate) -> tuple[Sample, MarginalLikelihood]:
        """The sample of a candidate and its marginal likelihood."""
        sample = prepare(one.request, one.request.method_on, self.panel, self.weights[one.weights])
        return sample, MarginalLikelihood.of(sample, self.g)

    def log_marginal(self, one: _Candidate) -> float:
        """ln m of a candidate; the posterior of rho or lam is kept."""
        _, likelihood = self.of(one)
        self.nobs = likelihood.nobs
        self.posteriors[one] = likelihood.integrate(self.concentration)
        return self.posteriors[one].log_value


def _scale(
    space: _Space,
    panel: Panel,
    weights: dict[str, Any],
    g: float | None,
) -> float:
    """g, the same for all models."""
    sizes = []
    first = next(iter(weights.values()))
    for kind in space.kinds:
        request = space.model.to(kind)
        sample = prepare(request, request.method_on, panel, first)
        likelihood = MarginalLikelihood.of(sample, 1.0)
        sizes.append(likelihood.n_regressors - likelihood.n_flat)
    if g is None:
        return float(max(likelihood.nobs, max(sizes) ** 2))
    if np.isinf(g) and (len(set(sizes)) > 1 or space.controls):
        raise OptionError(
            "g",
            expected="a finite number for models with different numbers of regressors",
            got="a flat prior",
            remedy="Leave g out.",
        )
    return float(g)


@dataclass(frozen=True, eq=False)
class _Impacts:
    """Impacts over all candidates: moments (3, Q) each, and the mixture of (C, 3 Q)."""

    moments: tuple[np.ndarray, np.ndarray, np.ndarray]
    mixture: Mixture

    @classmethod
    def of(
        cls,
        likelihoods: _Likelihoods,
        candidates: list[_Candidate],
        probabilities: np.ndarray,
        terms: tuple[str, ...],
    ) -> _Impacts:
        enough = np.flatnonzero(probabilities > NEGLIGIBLE / len(candidates))
        share = probabilities[enough] / probabilities[enough].sum()
        parts = [_impacts_of(likelihoods, candidates[k], terms) for k in enough]
        means = np.array([part.weights @ part.locations for part in parts])
        spreads = np.array([_variance(part) for part in parts])
        mean = share @ means
        within = share @ spreads
        between = share @ (means - mean) ** 2
        shape = (len(COMPONENTS), len(terms))
        weights = [p * part.weights for p, part in zip(share, parts, strict=True)]
        mixture = Mixture(
            np.concatenate(weights),
            np.concatenate([part.locations for part in parts]),
            np.concatenate([part.scales for part in parts]),
            parts[0].degrees,
        )
        mixture = mixture.without_dust()
        moments = (mean.reshape(shape), within.reshape(shape), between.reshape(shape))
        return cls(moments, mixture)


def _variance(part: Mixture) -> np.ndarray:
    """Variances of the quantities of a mixture, (M,)."""
    mean = part.weights @ part.locations
    of_t = part.degrees / (part.degrees - 2.0) * part.scales**2
    variance: np.ndarray = part.weights @ (of_t + (part.locations - mean) ** 2)
    return variance


def _impacts_of(
    likelihoods: _Likelihoods,
    one: _Candidate,
    terms: tuple[str, ...],
) -> Mixture:
    """The posterior of the impacts in one model, (R, 3 Q): t distributions at nodes of rho or lam."""
    sample, likelihood = likelihoods.of(one)
    nodes, weights = _nodes(likelihood, likelihoods.posteriors[one], likelihoods.concentration)
    posterior = likelihood.coefficients(nodes)
    changes, _ = marginal_changes(likelihoods.panel, sample.design, None)
    along = _along(sample, likelihood, changes, nodes, terms)
    R = len(nodes)
    locations = np.einsum("rmk,rk->rm", along, posterior.means)
    squares = np.einsum("rmk,rkl,rml->rm", along, posterior.scales, along)
    scales = np.sqrt(np.maximum(squares, 0.0))
    return Mixture(weights, locations.reshape(R, -1), scales.reshape(R, -1), posterior.degrees)


def _nodes(
    likelihood: MarginalLikelihood,
    posterior: Marginal,
    concentration: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes over the bulk of the posterior of rho or lam, and their shares, (R,) each;
    one node without either.
    """
    if not posterior.spatial:
        return np.zeros(1), np.ones(1)
    x, w = np.polynomial.legendre.leggauss(NODES)
    low = max(likelihood.bounds[0], posterior.mean - REACH * posterior.std)
    high = min(likelihood.bounds[1], posterior.mean + REACH * posterior.std)
    nodes = (low + high) / 2 + (high - low) / 2 * x
    density = likelihood.with_prior(nodes, concentration)
    if likelihood.spatial == "rho" and concentration <= 2.0:
        _check_moments(likelihood, float(density.max()), concentration)
    logs = np.log(w) + density
    return nodes, np.exp(logs - logsumexp(logs))


def _check_moments(
    likelihood: MarginalLikelihood,
    peak: float,
    concentration: float,
) -> None:
    """Refuse a posterior of rho that reaches an end of its range, where impacts have a pole: with
    time effects the determinant does not keep it away from 1.
    """
    low, high = likelihood.bounds
    step = NEXT_TO_END * (high - low)
    ends = likelihood.with_prior(np.array([low + step, high - step]), concentration)
    if ends.max() - peak > np.log(NEGLIGIBLE):
        raise OptionError(
            "concentration",
            expected=(
                "a number above 2 where the posterior of rho reaches the end of its range: "
                "without that the impacts have no posterior variance"
            ),
            got=f"{concentration:g}",
            remedy="Write concentration=3, or leave models with a lag of y out.",
        )


def _along(
    sample: Sample,
    likelihood: MarginalLikelihood,
    changes: Sequence[MarginalChange],
    nodes: np.ndarray,
    terms: tuple[str, ...],
) -> np.ndarray:
    """What makes the impacts out of the coefficients of Z at each node, (R, 3 Q, K)."""
    beta, theta = selector(sample, changes)
    columns = slice(likelihood.n_flat, likelihood.n_regressors)
    places = [terms.index(change.label) for change in changes]
    whole = np.zeros((2, len(terms), likelihood.n_regressors - likelihood.n_flat))
    whole[0, places] = beta[:, columns]
    whole[1, places] = theta[:, columns]
    multipliers = multipliers_at(sample, "short")
    if multipliers is None:
        means = np.tile(without_lag_of_y(sample.Wx), (len(nodes), 1))
    else:
        means = multipliers.many(nodes[:, None], ("rho",))
    by_component = combine(means.T[:, :, None, None], whole[0], whole[1])
    return np.moveaxis(by_component, 0, 1).reshape(len(nodes), 3 * len(terms), -1)


def _models_frame(
    candidates: list[_Candidate],
    probabilities: np.ndarray,
    logs: np.ndarray,
    priors: np.ndarray,
    likelihoods: _Likelihoods,
) -> pd.DataFrame:
    """One row a candidate, most probable first."""
    posteriors = [likelihoods.posteriors[one] for one in candidates]
    frame = pd.DataFrame(
        {
            "model": [type(one.request).__name__ for one in candidates],
            "weights": [one.weights for one in candidates],
            "controls": [" + ".join(one.inside) for one in candidates],
            "prior": np.exp(priors),
            "log_marginal": logs,
            "probability": probabilities,
            "parameter": [one.spatial for one in posteriors],
            "mean": [one.mean for one in posteriors],
            "std": [one.std for one in posteriors],
        }
    )
    return frame.sort_values("probability", ascending=False, kind="stable", ignore_index=True)


def _inclusion_frame(
    space: _Space,
    candidates: list[_Candidate],
    probabilities: np.ndarray,
    priors: np.ndarray,
) -> pd.DataFrame:
    """Prior and posterior probability of each control."""
    rows = {}
    for control in space.controls:
        inside = np.array([control in one.inside for one in candidates])
        rows[control] = (np.exp(priors)[inside].sum(), probabilities[inside].sum())
    columns = ["prior", "posterior"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return frame.rename_axis(index="control")
