"""Ways of estimating as objects: which one a request asks for, what it takes, and what its search
says of itself.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.errors import InputError
from bevdrivers.models.covariance import KINDS, Clustered, DriscollKraay, SpatialHac
from bevdrivers.models.interface import cross_covariance
from bevdrivers.models.ml.maximisation import maximise
from bevdrivers.models.ml.optimum import Search
from bevdrivers.models.options import Options
from bevdrivers.models.registry import METHODS

from ..made_up import ALL, ML, drawn, scattered

FORMULA = "y ~ x1 + x2"


@pytest.mark.parametrize(
    ("request_", "method"),
    [
        (bd.NonSpatial(FORMULA), "LeastSquares"),
        (bd.SpatialLagX(FORMULA, dynamic="time"), "LeastSquares"),
        (bd.SpatialDurbin(FORMULA), "MaximumLikelihood"),
        (bd.SpatialError(FORMULA, fixed_effects=None), "MaximumLikelihood"),
        (bd.NonSpatial(FORMULA, random_effects="kkp"), "RandomEffectsLikelihood"),
        (bd.SpatialLag(FORMULA, serial_errors=True, fixed_effects=None), "RandomEffectsLikelihood"),
        (bd.SpatialCombined(FORMULA, method="gmm"), "GeneralisedMoments"),
        (bd.SpatialCombined(FORMULA, method="gmm", random_effects="kkp"), "RandomEffectsMoments"),
    ],
)
def test_a_request_names_its_method(request_, method):
    assert type(request_.method_object).__name__ == method


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)
def test_a_method_has_covariances_among_the_kinds(method):
    assert set(method.covariances) <= set(KINDS)
    assert "classical" in method.covariances


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)
def test_a_method_is_a_frozen_record_of_plain_options(method):
    known = {f.name for f in fields(Options)}
    assert not {f.name for f in fields(method)} & {"formula", "panel", "estimator"}
    assert len(fields(method)) < len(known) / 3
    assert method.__dataclass_params__.frozen


def test_methods_compare_by_their_options():
    a, b = bd.SpatialLag(FORMULA), bd.SpatialDurbin("y ~ x1")
    assert a.method_object == b.method_object
    assert a.method_object != a.replace(correction=None).method_object


def test_kinds_of_covariance_settle_their_defaults():
    of = bd.NonSpatial(FORMULA).replace
    assert of(cov_type="clustered").covariance_kind == Clustered("unit")
    assert of(cov_type="driscoll-kraay").covariance_kind == DriscollKraay("bartlett", None)
    assert of(cov_type="spatial-hac", cutoff_km=300.0).covariance_kind == SpatialHac(
        300.0, "bartlett"
    )


@pytest.mark.parametrize("alias", ["unadjusted", "nonrobust"])
def test_other_names_of_the_classical_covariance(alias):
    request = bd.SpatialLag(FORMULA, cov_type=alias)
    assert request.cov_type == "classical"
    assert request == bd.SpatialLag(FORMULA)
    W = scattered()
    fit = request.fit(drawn(bd.SpatialLag, W), W).with_cov("robust").with_cov(alias)
    assert fit.estimator == request


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_what_a_request_makes_of_its_options_is_no_part_of_it(model):
    """Requests are compared, hashed, shown and pickled by their options alone, resolved or not."""
    request = model(FORMULA)
    fresh = pickle.loads(pickle.dumps(request))
    assert fresh == request == copy.copy(request)
    assert hash(fresh) == hash(request)
    assert set(vars(fresh)) == {f.name for f in fields(request)}
    assert fresh.method_object == request.method_object
    assert "method_object" not in repr(request)


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_models_carry_their_names(model):
    assert model.short.isupper()
    assert model.title[0].isupper()


@pytest.mark.parametrize("model", ML, ids=lambda model: model.__name__)
@pytest.mark.parametrize("options", [{}, {"random_effects": "kkp"}, {"correction": None}], ids=str)
def test_fits_converge_far_below_what_is_reported(model, options):
    W = scattered()
    fit = model(FORMULA, **options).fit(drawn(model, W), W)
    assert fit.converged is True
    assert fit.estimate.search.steps > 0
    # a quadratically convergent iteration stops with its last step, which is a thousandth of this
    # and less
    assert fit.estimate.search.remaining < 1e-6


@dataclass
class Ridge:
    """A roof -|p - 0.3|, whose slope never fades: no method that looks for a zero of it can find
    its top.
    """

    bounds: np.ndarray
    nobs: int = 1
    n_regressors: int = 0
    has_rho: bool = False
    has_lam: bool = False
    has_both_lags: bool = False
    spectra: tuple[()] = ()

    def value(self, p: np.ndarray) -> float:
        return -float(abs(p[0] - 0.3))

    def score(self, p: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        return self.value(p), np.array([1.0 if p[0] < 0.3 else -1.0]), np.array([[-1e-3]])

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]:
        return np.zeros(0), 1.0


def test_a_search_that_stops_on_a_ridge_says_so():
    point, search = maximise(Ridge(np.array([[-1.0, 1.0]])))
    assert point.p == pytest.approx([0.3], abs=1e-6)
    # |slope| / curvature^(1/2)
    assert search.remaining == pytest.approx(1e-3**-0.5)
    assert not search.converged


def test_the_summary_says_that_a_search_did_not_arrive():
    W = scattered()
    fit = bd.SpatialLag(FORMULA).fit(drawn(bd.SpatialLag, W), W)
    assert "gradient" not in str(fit.summary())
    stopped = replace(fit, estimate=replace(fit.estimate, search=Search(fit.loglik, remaining=0.5)))
    assert not stopped.converged
    assert not stopped.glance()["converged"].iloc[0]
    assert "The search stopped where the gradient is not zero, 0.5 standard errors" in str(
        stopped.summary()
    )


def test_adjusted_scores_have_their_own_estimate_without_a_likelihood():
    W = scattered()
    fit = bd.SpatialLag(FORMULA, correction="adjusted-score").fit(drawn(bd.SpatialLag, W), W)
    assert np.isnan(fit.loglik)
    assert np.isfinite(fit.estimate.search.value)


@pytest.mark.parametrize(
    "options", [{}, {"correction": "adjusted-score"}, {"absorb": ["group:year"]}], ids=str
)
@pytest.mark.filterwarnings("ignore:.*clusters:bevdrivers.errors.SampleWarning")
def test_the_covariance_between_a_fit_and_itself_is_its_own(options):
    """Between fits of two stages the same sums are taken; under the adjusted score with the slope
    of that score.
    """
    W = scattered()
    panel = drawn(bd.SpatialLag, W)
    group = np.broadcast_to(np.arange(panel.n_units) % 3, panel.present.shape)
    fit = bd.SpatialLag(FORMULA, cov_type="clustered", **options).fit(
        panel.with_columns(group=group), W
    )
    np.testing.assert_allclose(cross_covariance(fit, fit), fit.covariance, rtol=1e-9, atol=1e-15)


def test_a_term_that_the_model_has_not_is_refused_by_name(munnell, states):
    fit = bd.SpatialLag("log(gsp) ~ log(pcap)").fit(munnell, states)
    assert fit.value("rho") == fit.params["rho"]
    assert np.isnan(fit.tau)
    with pytest.raises(InputError, match=r"term: expected a term of the model; got 'nope'.*rho"):
        fit.value("nope")
