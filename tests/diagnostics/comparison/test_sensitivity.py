"""Sensitivity to a driver left out: published figures, drivers that are made and put in, and what
must hold of bounds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.comparison.sensitivity import robustness_value
from bevdrivers.results import TIDY_COLUMNS, critical_value

FORMULA = "log1p(bev_density) ~ log(gdp_pc) + policy + tertiary_share"
MODELS = {
    "NonSpatial": bd.NonSpatial(FORMULA),
    "SLX": bd.SpatialLagX(FORMULA, fixed_effects="unit"),
    "SAR": bd.SpatialLag(FORMULA),
    "SDM": bd.SpatialDurbin(FORMULA),
    "SDM, direct": bd.SpatialDurbin(FORMULA, correction=None),
    "SDM, part": bd.SpatialDurbin(FORMULA, durbin=["policy"], fixed_effects=None),
    "SDEM": bd.SpatialDurbinError(FORMULA),
    "GNS": bd.GeneralNesting(FORMULA),
}


def test_published_figures():
    # Cinelli and Hazlett's example of exposure to violence in Darfur, as the R package sensemakr
    # prints it (http://carloscinelli.com/sensemakr/reference/print.sensemakr.html): t = 4.18445 with
    # 783 degrees of freedom, robustness value 0.13878, 0.07626 at 5 %
    assert robustness_value(4.18445, 783) == pytest.approx(0.13878, abs=5e-6)
    assert robustness_value(4.18445, 783, level=0.95) == pytest.approx(0.0763, abs=5e-5)


def test_robustness_value_is_where_the_estimate_is_overturned(bev, queen):
    fit = MODELS["SDM"].fit(bev, queen)
    found = bd.sensitivity(fit, "policy")
    half = bd.sensitivity(fit, "policy", q=0.5)
    for component, row in found.frame.iterrows():
        share = row["robustness_value"]
        left = found.adjusted(share, share, component)
        assert left["estimate"] == pytest.approx(0.0, abs=1e-12)
        share = half.frame.loc[component, "robustness_value"]
        left = half.adjusted(share, share, component)
        assert left["estimate"] == pytest.approx(row["estimate"] / 2, rel=1e-9)


@pytest.mark.parametrize(("t", "df"), [(4.2, 783), (2.1, 40), (9.0, 12), (30.0, 5)])
def test_robustness_value_is_where_significance_ends(t, df):
    share = robustness_value(t, df, level=0.95)
    shares = np.linspace(0.0, share, 400)[1:-1]
    wanted = critical_value(0.95, df - 1.0)

    def least_t(most: float) -> float:
        # the driver that does most, both of its shares up to `most`: that of the outcome at its
        # limit need not be it, since it also shrinks the standard error
        r2_term, r2_outcome = most, np.linspace(0.0, most, 4001)
        left = t / np.sqrt(df) - np.sqrt(r2_outcome * r2_term / (1 - r2_term))
        error = np.sqrt((1 - r2_outcome) / (1 - r2_term) / (df - 1))
        return float((left / error).min())

    assert all(least_t(each) > wanted for each in shares)
    assert least_t(share) == pytest.approx(wanted, rel=1e-4)


def dummies(fit) -> np.ndarray:
    """Columns of the fixed effects over the cells, periods first."""
    T, N = fit.sample.shape
    columns = [np.zeros((T * N, 0))]
    if fit.sample.within.unit:
        columns.append(np.tile(np.eye(N), (T, 1)))
    if fit.sample.within.time:
        columns.append(np.repeat(np.eye(T), N, axis=0))
    return np.concatenate(columns, axis=1)


def residual(y: np.ndarray, X: np.ndarray) -> np.ndarray:
    return y - X @ np.linalg.lstsq(X, y, rcond=None)[0]


def filtered(fit):
    """R Z, R (y - rho W y) and R D over the cells by Kronecker products."""
    sample = fit.sample
    T, N = sample.shape
    R, A = np.eye(N), np.eye(N)
    if sample.M is not None:
        R = R - fit.lam * sample.M.dense
    if sample.W is not None:
        A = A - fit.rho * sample.W.dense
    over = np.kron(np.eye(T), R)
    y = over @ np.kron(np.eye(T), A) @ sample.y.ravel()
    return over @ sample.Z.reshape(T * N, -1), y, over @ dummies(fit)


def combinations(fit, term):
    """What makes each estimate out of the coefficients, from N x N inverses."""
    sample = fit.sample
    N, names = sample.shape[1], list(sample.names)
    unit = np.eye(len(names))
    made = {"main": unit[names.index(term)]}
    lagged = f"W_{term}" in names
    if lagged:
        made["wx"] = unit[names.index(f"W_{term}")]
    if sample.W is None and not sample.lagged:
        return made
    B = np.eye(N)
    if sample.W is not None:
        B = np.linalg.inv(np.eye(N) - fit.rho * sample.W.dense)
    BW = B @ sample.Wx.dense if lagged else np.zeros((N, N))
    of_lag = made.get("wx", np.zeros(len(names)))
    made["direct"] = made["main"] * np.trace(B) / N + of_lag * np.trace(BW) / N
    made["total"] = made["main"] * B.sum() / N + of_lag * BW.sum() / N
    made["indirect"] = made["total"] - made["direct"]
    return {name: c for name, c in made.items() if np.abs(c).max() > 1e-12}


@pytest.mark.parametrize("name", MODELS)
def test_a_driver_that_is_put_in_moves_the_estimate_as_said(name, bev, queen):
    fit = MODELS[name].fit(bev, queen)
    Z, y, D = filtered(fit)
    n = len(y)
    rng = np.random.default_rng(7)
    for term in ("policy", "tertiary_share"):
        found = bd.sensitivity(fit, term)
        expected = combinations(fit, term)
        assert set(found.frame.index) == set(expected)
        for component, c in expected.items():
            row = found.frame.loc[component]
            # a driver that goes with the term and with what is left of the outcome, some of each
            X = np.column_stack([Z, D])
            a = np.zeros(X.shape[1])
            a[: len(c)] = c / (c @ c)
            of_c = np.zeros(X.shape[1])
            of_c[: len(c)] = c
            others = X @ np.linalg.svd(of_c[None, :])[2][1:].T
            term_left, e = residual(X @ a, others), residual(y, X)
            u = term_left / np.linalg.norm(term_left) * rng.uniform(0.2, 1.0)
            u = u + np.sign(row["estimate"]) * rng.uniform(0.2, 1.0) * e / np.linalg.norm(e)
            u = u + rng.standard_normal(n) / np.sqrt(n)

            r2_term = 1 - np.sum(residual(X @ a, np.column_stack([others, u])) ** 2) / np.sum(
                term_left**2
            )
            longer = np.column_stack([X, u])
            r2_outcome = 1 - np.sum(residual(y, longer) ** 2) / np.sum(e**2)
            b = np.linalg.lstsq(longer, y, rcond=None)[0]
            df = n - np.linalg.matrix_rank(longer)
            s2 = np.sum(residual(y, longer) ** 2) / df
            error = np.sqrt(s2 * (of_c @ np.linalg.pinv(X.T @ X) @ of_c) / (1 - r2_term))

            left = found.adjusted(r2_term, r2_outcome, component)
            assert left["estimate"] == pytest.approx(of_c @ b[:-1], rel=1e-6)
            assert left["std_error"] == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("name", ["NonSpatial", "SDM", "GNS"])
def test_statistics_are_those_of_least_squares_at_given_rho_and_lam(name, bev, queen):
    fit = MODELS[name].fit(bev, queen)
    Z, y, D = filtered(fit)
    X = np.column_stack([Z, D])
    e = residual(y, X)
    df = len(y) - np.linalg.matrix_rank(X)
    found = bd.sensitivity(fit, "policy").frame.loc["main"]
    k = list(fit.sample.names).index("policy")
    own = residual(Z[:, k], np.delete(X, k, axis=1))
    assert found["df"] == df
    assert found["estimate"] == pytest.approx(fit.params["policy"], rel=1e-8)
    assert found["std_error"] == pytest.approx(np.sqrt(e @ e / df / (own @ own)), rel=1e-9)
    share = 1 - e @ e / np.sum(residual(y, np.delete(X, k, axis=1)) ** 2)
    assert found["partial_r2"] == pytest.approx(share, rel=1e-8)


def test_bound_by_a_benchmark_is_reached_and_not_passed(bev):
    # drivers at right angles to the benchmark, given the other regressors, and as strong as it in
    # both shares, taken at all angles to what is left of the outcome
    fit = MODELS["NonSpatial"].fit(bev)
    found = bd.sensitivity(fit, "policy", benchmarks=["tertiary_share"], times=[1.0, 0.5])
    Z, y, D = filtered(fit)
    names = list(fit.sample.names)
    rest = np.column_stack([Z[:, names.index("log(gdp_pc)")], D])
    d, x, y = (
        residual(column, rest)
        for column in (Z[:, names.index("policy")], Z[:, names.index("tertiary_share")], y)
    )
    x = x / np.linalg.norm(x)
    d_left = residual(d, x[:, None])
    of_term = (x @ d) ** 2 / (d @ d)
    of_outcome = _share(y, x, d[:, None])
    e = residual(y, np.column_stack([d, x]))
    axis = d_left / np.linalg.norm(d_left)
    other = residual(np.random.default_rng(1).standard_normal(len(y)), np.column_stack([d, x, e]))
    for times in (1.0, 0.5):
        row = found.benchmarks[found.benchmarks["times"] == times].iloc[0]
        along = np.sqrt(times * of_term / (1 - of_term))
        assert row["r2_term"] == pytest.approx(along**2, rel=1e-9)
        reached = []
        for sign in (1.0, -1.0):
            for cosine in np.linspace(-1.5, 1.5, 2001) * np.sqrt(row["r2_outcome"]):
                free = cosine * e / np.linalg.norm(e)
                free = free + np.sqrt(1 - cosine**2) * other / np.linalg.norm(other)
                u = sign * along * axis + np.sqrt(1 - along**2) * free
                strength = _share(y, u, d[:, None])
                if strength <= times * of_outcome:
                    reached.append(_share(y, u, np.column_stack([d, x])))
        assert max(reached) <= row["r2_outcome"] * (1 + 1e-9)
        assert max(reached) == pytest.approx(row["r2_outcome"], rel=0.02)


def _share(y, u, X) -> float:
    """The share of what X leaves of y that u explains."""
    left_y, left_u = residual(y, X), residual(u, X)
    return float((left_y @ left_u) ** 2 / (left_y @ left_y) / (left_u @ left_u))


def test_impossible_benchmarks_are_missing(bev, queen):
    fit = MODELS["SDM"].fit(bev, queen)
    found = bd.sensitivity(fit, "policy", benchmarks=["tertiary_share"], times=[1.0, 1e6])
    assert found.benchmarks.loc[found.benchmarks["times"] == 1.0, "estimate"].notna().all()
    assert found.benchmarks.loc[found.benchmarks["times"] == 1e6, "estimate"].isna().all()


def test_layout(bev, queen):
    fit = MODELS["SDM"].fit(bev, queen)
    found = bd.sensitivity(fit, "policy", benchmarks=["tertiary_share"])
    tidy = found.tidy()
    assert list(tidy.columns)[: len(TIDY_COLUMNS)] == list(TIDY_COLUMNS)
    assert list(tidy["component"]) == list(found.frame.index)
    assert list(tidy["robustness_value"]) == list(found.frame["robustness_value"])
    glance = found.glance().iloc[0]
    assert glance["robustness_total"] == found.frame.loc["total", "robustness_value"]
    assert "policy" in str(found.summary())
    assert repr(found).startswith("Sensitivity: ")
    assert isinstance(found.adjusted(0.1, 0.1), pd.Series)


def test_it_does_not_depend_on_the_order_of_units(bev, queen):
    fit = MODELS["SDM"].fit(bev, queen)
    swapped = bev.select(units=bev.units[::-1])
    again = MODELS["SDM"].fit(swapped, queen)
    one, two = (
        bd.sensitivity(each, "policy", benchmarks=["tertiary_share"]) for each in (fit, again)
    )
    pd.testing.assert_frame_equal(one.frame, two.frame, rtol=1e-7)
    pd.testing.assert_frame_equal(one.benchmarks, two.benchmarks, rtol=1e-7)


REFUSED = {
    "random": (bd.SpatialLag(FORMULA, random_effects="baltagi"), {}, "fixed effects or none"),
    "gmm": (bd.SpatialError(FORMULA, method="gmm"), {}, "least squares or maximum likelihood"),
    "dynamic": (bd.SpatialLag(FORMULA, dynamic="time"), {}, "not dynamic"),
    "elhorst": (bd.SpatialLag(FORMULA, correction="elhorst"), {}, "correction"),
    "term": (bd.SpatialLag(FORMULA), {"term": "gdp"}, "a regressor whose variable"),
    "shared": (
        bd.SpatialLag(FORMULA + " + I(policy**2)"),
        {"term": "policy"},
        "a regressor whose variable",
    ),
    "itself": (bd.SpatialLag(FORMULA), {"benchmarks": ["policy"]}, "benchmarks"),
    "q": (bd.SpatialLag(FORMULA), {"q": 0}, "a positive number"),
    "times": (bd.SpatialLag(FORMULA), {"times": [-1]}, "a positive number"),
    "level": (bd.SpatialLag(FORMULA), {"level": 95}, "a share between 0 and 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case, bev, queen):
    model, options, text = REFUSED[case]
    fit = model.fit(bev, queen)
    with pytest.raises((bd.OptionError, bd.InputError), match=text):
        bd.sensitivity(fit, **{"term": "policy", **options})


@pytest.mark.parametrize("shares", [(1.0, 0.5), (-0.1, 0.5), (0.5, 1.1), ("a", 0.5), (0.5, None)])
def test_shares_outside_their_range(shares, bev):
    found = bd.sensitivity(MODELS["NonSpatial"].fit(bev), "policy")
    with pytest.raises(bd.OptionError, match="a share from 0"):
        found.adjusted(*shares)
    with pytest.raises(bd.OptionError, match="component"):
        found.adjusted(0.1, 0.1, "totl")
