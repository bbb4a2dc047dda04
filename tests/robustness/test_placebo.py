"""Placebo tests: each draw by hand through the public fit, links that keep their degrees, exact p-values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import bevdrivers as bd
from bevdrivers.numerics.streams import stream
from bevdrivers.robustness.placebo import exact_p
from bevdrivers.robustness.placebo_draws import random_links
from tests.robustness.grids import NEAR, panel

SAME_MAXIMUM = 1e-8
DRAWS = 19
KINDS = [
    "weight-labels",
    "random-weights",
    "units",
    "periods",
    "outcome-within-units",
    "outcome-within-periods",
]


def fitted(data: bd.Panel | None = None, W: bd.SpatialWeights = NEAR) -> bd.FitResult:
    return bd.SDM("y ~ x1 + exp(x2)").fit(panel() if data is None else data, W)


def run(kind: str, **options: object) -> bd.Placebo:
    term = "exp(x2)" if kind in ("units", "periods") else None
    return bd.placebo(fitted(), kind, term=term, draws=DRAWS, seed=2, **options)


def by_hand(kind: str, draw: int) -> bd.FitResult:
    """The fit of a draw through public names alone."""
    rng = np.random.default_rng(stream(2, "placebo").spawn(DRAWS)[draw])
    data = panel()
    if kind == "weight-labels":
        order = rng.permutation(12)
        links = NEAR.links.toarray()[np.ix_(order, order)]
        return fitted(W=bd.SpatialWeights.from_matrix(links, NEAR.ids, normalise=NEAR.normalise))
    if kind == "units":
        return fitted(data.with_columns(x2=data["x2"][:, rng.permutation(12)]))
    if kind == "periods":
        return fitted(data.with_columns(x2=data["x2"][rng.permutation(8)]))
    axis = 0 if kind == "outcome-within-units" else 1
    return fitted(data.with_columns(y=rng.permuted(data["y"], axis=axis)))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "random-weights"])
def test_a_draw_is_the_fit_of_the_permuted_data(kind):
    found = run(kind)
    for draw in (0, DRAWS - 1):
        fit = by_hand(kind, draw)
        impacts = fit.impacts().tidy().set_index(["term", "component"])["estimate"]
        for term, component in found.draws.columns:
            own = impacts.get((term, component), fit.params.get(term))
            assert found.draws.loc[draw, (term, component)] == pytest.approx(own, abs=SAME_MAXIMUM)


@pytest.mark.parametrize(
    ("kind", "components"),
    [
        ("weight-labels", {"wx", "spatial", "indirect"}),
        ("random-weights", {"wx", "spatial", "indirect"}),
        ("units", {"main", "wx", "direct", "indirect", "total"}),
        ("outcome-within-units", {"main", "wx", "spatial", "direct", "indirect", "total"}),
    ],
)
def test_only_what_the_permutation_makes_meaningless_is_tested(kind, components):
    tidy = run(kind).tidy()
    assert set(tidy["component"]) == components
    if kind == "units":
        assert set(tidy["term"]) == {"exp(x2)", "W_exp(x2)"}


@pytest.mark.slow
def test_draws_do_not_depend_on_processes():
    assert run("random-weights", n_jobs=2).draws.equals(run("random-weights").draws)


def test_mutual_links_keep_their_degrees_on_both_sides():
    rng = np.random.default_rng(1)
    upper = np.triu(rng.random((30, 30)) < 0.15, 1)
    links = (upper | upper.T).astype(float)
    before = links.copy()
    found = random_links(sparse.csr_array(links), rng).toarray()
    assert np.array_equal(links, before)
    assert np.array_equal(found, found.T)
    assert np.array_equal(found.sum(axis=1), links.sum(axis=1))
    assert not np.diag(found).any()
    # of 60 or so links few are where they were
    assert (found * links).sum() < 0.5 * links.sum()


def test_other_links_keep_the_weights_of_each_row():
    rng = np.random.default_rng(2)
    links = np.zeros((20, 20))
    for i in range(20):
        others = np.delete(np.arange(20), i)
        links[i, rng.choice(others, 3, replace=False)] = [1.0, 0.5, 0.25]
    found = random_links(sparse.csr_array(links), rng).toarray()
    assert np.array_equal(np.sort(found, axis=1), np.sort(links, axis=1))
    assert not np.diag(found).any()


def test_exact_p_values_by_hand():
    own = np.array([2.0, -1.0])
    drawn = np.array([[2.0, 0.5], [-2.5, 0.0], [1.9, 1.0], [0.0, 0.2]])
    assert exact_p(own, drawn).tolist() == [3 / 5, 2 / 5]
    # z without a standard error is no evidence against anything
    drawn[0] = np.nan
    assert (exact_p(own, drawn) >= [3 / 5, 2 / 5]).all()
    assert exact_p(own, np.full((4, 2), np.nan)).tolist() == [1.0, 1.0]


def test_p_values_of_the_frame():
    found = run("units")
    tidy = found.tidy().set_index(["term", "component"])
    own = fitted().impacts().tidy().set_index(["term", "component"]).loc[("exp(x2)", "total")]
    drawn = found.draws["exp(x2)", "total"]
    row = tidy.loc[("exp(x2)", "total")]
    assert row["estimate"] == own["estimate"]
    assert row["p_value"] == (1 + (drawn.abs() >= abs(own["estimate"])).sum()) / (1 + DRAWS)
    assert row["draws_mean"] == pytest.approx(drawn.mean())
    assert np.isnan(row["conf_low"])


@pytest.mark.slow
def test_a_random_regressor_is_as_often_rejected_as_it_should_be():
    """19 draws: under the null the p-value is 1/20 in 1 of 20 samples. Of 60 samples, 9 or more have
    it with a probability of 0.3 % only.
    """
    rng = np.random.default_rng(4)
    data = panel()
    rejected = 0
    for seed in range(60):
        path = np.broadcast_to(rng.normal(size=12), (8, 12)) * np.arange(8)[:, None]
        fit = bd.NonSpatial("y ~ placed").fit(data.with_columns(placed=path))
        p = bd.placebo(fit, "units", term="placed", draws=19, seed=seed).tidy()["p_value"].iloc[0]
        rejected += p <= 0.05
    assert rejected < 9


def test_frames_and_text():
    found = run("weight-labels")
    assert found.glance()["draws"].iloc[0] == DRAWS
    assert "names of the units of W permuted" in found.summary()
    assert bd.draws_table(found).to_markdown().count("| ρ (*Wy*)") == 1


@pytest.mark.parametrize(
    ("kind", "term", "match"),
    [
        ("units", None, "term"),
        ("units", "nosuch", "term"),
        ("weight-labels", "x1", "term"),
        ("nosuch", None, "kind"),
    ],
)
def test_requests_are_refused(kind, term, match):
    with pytest.raises(bd.OptionError, match=match):
        bd.placebo(fitted(), kind, term=term, draws=DRAWS)


def test_no_weights_and_an_outcome_on_both_sides():
    plain = bd.NonSpatial("y ~ x1").fit(panel())
    with pytest.raises(bd.OptionError, match="weights"):
        bd.placebo(plain, "weight-labels", draws=DRAWS)
    dynamic = bd.SAR("y ~ x1", dynamic="time").fit(panel(), NEAR)
    with pytest.raises(bd.InputError, match="outcome"):
        bd.placebo(dynamic, "outcome-within-units", draws=DRAWS)
