"""Averaged impacts: every part by brute force on a small case, the priors by their sums, and what
is refused.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import bevdrivers as bd
from bevdrivers.errors import DataError, OptionError
from bevdrivers.models.averaging import Mixture

from ..made_up import drawn, scattered

KINDS = (bd.NonSpatial, bd.SpatialLagX, bd.SpatialLag, bd.SpatialDurbin, bd.SpatialDurbinError)
# one rule of 300 points over the whole range of rho
BRUTE_FORCE = 1e-6
G = 50.0
# in so small a panel rho may be near one
CONCENTRATION = 3.0


@pytest.fixture(scope="module")
def small() -> tuple[bd.Panel, dict[str, bd.SpatialWeights]]:
    weights = {"three": scattered(9, k=3), "four": scattered(9, k=4)}
    return drawn(bd.SpatialDurbin, weights["three"], T=4, seed=5), weights


@pytest.fixture(scope="module")
def average(small) -> bd.ModelAverage:
    panel, weights = small
    model = bd.SpatialDurbin("y ~ x1 + x2")
    return bd.average_models(
        model, panel, weights, models=KINDS, controls=["x2"], g=G, concentration=CONCENTRATION
    )


def contrasts(n: int) -> np.ndarray:
    """Orthonormal columns that are orthogonal to the constant, (n, n - 1)."""
    return np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]


def by_brute_force(panel, W, kind, terms) -> dict:
    """One model on explicit contrasts: regressors, filters and determinants as matrices, sums over
    a rule over rho or lam; the impacts from the inverse of I - rho W.
    """
    Ft, Fn = contrasts(panel.n_periods), contrasts(panel.n_units)

    def moved(values):
        return (Ft.T @ values @ Fn).ravel()

    D = W.align(panel.units).dense
    inside = [panel[name] for name in terms]
    lagged = [values @ D.T for values in inside] if kind.lag_x else []
    Z = np.column_stack([moved(v) for v in [*inside, *lagged]])
    y = moved(panel["y"])
    Wn = Fn.T @ D @ Fn
    T1, N1 = panel.n_periods - 1, panel.n_units - 1
    n, K = T1 * N1, Z.shape[1]
    lag = np.kron(np.eye(T1), Wn)
    low, high = W.rho_bounds
    spatial = kind.lag_y or kind.lag_u
    share, mass = np.polynomial.legendre.leggauss(300)
    # of the prior, whose density is that of Beta(a, a) on the range
    share = (share + 1) / 2
    prior = np.log(mass / 2) + stats.beta(CONCENTRATION, CONCENTRATION).logpdf(share)
    if not spatial:
        share, prior = np.zeros(1), np.zeros(1)
    logs, means, variances = [], [], []
    for p, log_prior in zip(low + share * (high - low), prior, strict=True):
        filtered_Z, filtered_y, volume = Z, y, log_prior
        if spatial:
            volume += T1 * np.linalg.slogdet(np.eye(N1) - p * Wn)[1]
        if kind.lag_y:
            filtered_y = y - p * lag @ y
        if kind.lag_u:
            filtered_y, filtered_Z = y - p * lag @ y, Z - p * lag @ Z
        products = filtered_Z.T @ filtered_Z
        b = np.linalg.solve(products, filtered_Z.T @ filtered_y)
        left = np.sum((filtered_y - filtered_Z @ b) ** 2)
        S = filtered_y @ filtered_y / (1 + G) + left * G / (1 + G)
        logs.append(volume - K / 2 * np.log(1 + G) - n / 2 * np.log(S))
        mean = G / (1 + G) * b
        covariance = G / (1 + G) * np.linalg.inv(products) * S / (n - 2)
        B = np.linalg.inv(np.eye(panel.n_units) - p * D) if kind.lag_y else np.eye(panel.n_units)
        rows = []
        for k in range(len(terms)):
            direct, total = np.zeros(K), np.zeros(K)
            direct[k], total[k] = np.trace(B) / len(B), B.sum() / len(B)
            if kind.lag_x:
                direct[len(terms) + k] = np.trace(B @ D) / len(B)
                total[len(terms) + k] = (B @ D).sum() / len(B)
            rows.append([direct, total - direct, total])
        L = np.array(rows).transpose(1, 0, 2)
        means.append(L @ mean)
        variances.append(np.einsum("ckp,pq,ckq->ck", L, covariance, L))
    logs, means, variances = np.array(logs), np.array(means), np.array(variances)
    share = np.exp(logs - logsumexp(logs))
    mean = np.einsum("r,rck->ck", share, means)
    second = np.einsum("r,rck->ck", share, variances + means**2)
    return {"log": logsumexp(logs), "mean": mean, "variance": second - mean**2}


def test_probabilities_and_impacts_are_those_of_brute_force(small, average) -> None:
    panel, weights = small
    parts, keys = [], []
    for kind, name, terms in product(KINDS, weights, (["x1", "x2"], ["x1"])):
        found = by_brute_force(panel, weights[name], kind, terms)
        for part in ("mean", "variance"):
            # a control that is out has no impact
            found[part] = np.pad(found[part], ((0, 0), (0, 2 - len(terms))))
        parts.append(found)
        keys.append((kind.__name__, name, "x2" if len(terms) == 2 else ""))
    logs = np.array([part["log"] for part in parts])
    probabilities = np.exp(logs - logsumexp(logs))
    frame = average.models.set_index(["model", "weights", "controls"])["probability"]
    mine = np.array([frame[key] for key in keys])
    np.testing.assert_allclose(mine, probabilities, atol=BRUTE_FORCE)
    means = np.array([part["mean"] for part in parts])
    within = np.einsum("m,mck->ck", probabilities, [part["variance"] for part in parts])
    mean = np.einsum("m,mck->ck", probabilities, means)
    between = np.einsum("m,mck->ck", probabilities, (means - mean) ** 2)
    assert average.terms == ("x1", "x2")
    np.testing.assert_allclose(average.mean, mean, rtol=1e-5, atol=BRUTE_FORCE)
    np.testing.assert_allclose(average.within, within, rtol=1e-5, atol=BRUTE_FORCE)
    np.testing.assert_allclose(average.between, between, rtol=1e-5, atol=BRUTE_FORCE)
    frame = average.tidy()
    errors = np.sqrt(within + between).ravel()
    np.testing.assert_allclose(frame["std_error"], errors, rtol=1e-4, atol=BRUTE_FORCE)


def test_probabilities_sum_and_agree_with_compare_models(small, average) -> None:
    panel, weights = small
    assert average.models["probability"].sum() == pytest.approx(1.0)
    assert average.models["prior"].sum() == pytest.approx(1.0)
    with_x2 = average.models.query("controls == 'x2'")
    whole = bd.compare_models(
        bd.SpatialDurbin("y ~ x1 + x2"),
        panel,
        weights,
        models=KINDS,
        g=G,
        concentration=CONCENTRATION,
    ).frame.set_index(["model", "weights"])
    mine = with_x2.set_index(["model", "weights"])["log_marginal"]
    for key, value in mine.items():
        assert value == pytest.approx(whole.loc[key, "log_marginal"], abs=1e-10)
    assert average.inclusion.loc["x2", "posterior"] == pytest.approx(with_x2["probability"].sum())
    assert average.inclusion.loc["x2", "prior"] == pytest.approx(0.5)
    assert average.weights_probabilities.sum() == pytest.approx(1.0)
    assert average.model_probabilities.sum() == pytest.approx(1.0)


def test_one_model_is_the_posterior_of_that_model(small) -> None:
    """Least squares under the g-prior: a t distribution in closed form, and no variance between."""
    panel, weights = small
    model = bd.NonSpatial("y ~ x1 + x2")
    average = bd.average_models(model, panel, weights["three"], models=[bd.NonSpatial], g=G)
    fit = model.fit(panel)
    np.testing.assert_allclose(average.mean[0], G / (1 + G) * fit.values, rtol=1e-9)
    np.testing.assert_allclose(average.between, 0.0, atol=1e-25)
    T, N = panel.present.shape
    n = (T - 1) * (N - 1)
    y = contrasts(T).T @ panel["y"] @ contrasts(N)
    left = np.sum(fit.resids.to_numpy() ** 2)
    S = np.sum(y**2) / (1 + G) + left * G / (1 + G)
    # the covariance of least squares is s2 (Z'Z)^-1
    inverse = fit.covariance / (left / fit.df_resid)
    scale = np.sqrt(G / (1 + G) * np.diag(inverse) * S / n)
    low = G / (1 + G) * fit.values + stats.t.ppf(0.05, n) * scale
    direct = average.tidy(0.9).query("component == 'direct'")
    np.testing.assert_allclose(direct["conf_low"], low, rtol=1e-7)


def test_priors_of_sets(small) -> None:
    panel, weights = small
    model = bd.SpatialDurbin("y ~ x1 + x2 + x3 + x4")
    rng = np.random.default_rng(0)
    more = {name: rng.normal(size=panel.present.shape) for name in ("x3", "x4")}
    panel = panel.with_columns(**more)
    controls = ["x2", "x3", "x4"]

    def prior_by_size(inclusion) -> np.ndarray:
        average = bd.average_models(
            model,
            panel,
            weights["three"],
            models=[bd.SpatialLagX],
            controls=controls,
            inclusion=inclusion,
        )
        sizes = [len(text.split(" + ")) if text else 0 for text in average.models["controls"]]
        assert average.models["prior"].sum() == pytest.approx(1.0)
        return np.bincount(sizes, weights=average.models["prior"])

    np.testing.assert_allclose(prior_by_size("beta-binomial"), 1 / 4)
    np.testing.assert_allclose(prior_by_size(0.2), stats.binom.pmf(range(4), 3, 0.2))


def test_quantiles_of_a_mixture() -> None:
    """An atom at zero takes the quantiles that fall on it; elsewhere the distribution function gives
    the share back.
    """
    mixture = Mixture(
        np.array([0.3, 0.7]),
        np.array([[0.0, 0.0], [1.0, -2.0]]),
        np.array([[0.0, 0.0], [1.0, 0.5]]),
        20,
    )
    for share in (0.025, 0.5, 0.975):
        x = mixture.quantile(share)
        at_zero = x == 0.0
        np.testing.assert_allclose(mixture.cdf(x)[~at_zero], share, atol=1e-9)
    # P(x < 0) = 0.7 F(-1) = 0.11, and with the atom 0.41
    assert mixture.quantile(0.2)[0] == 0.0
    assert mixture.quantile(0.025)[0] < 0.0
    few = Mixture(np.ones(1), np.zeros((1, 1)), np.ones((1, 1)), 3)
    assert few.quantile(0.0005)[0] == pytest.approx(stats.t.ppf(0.0005, 3), rel=1e-6)


def test_more_models_than_are_computed() -> None:
    panel = drawn(bd.SpatialLag, scattered(9), T=4)
    names = [f"z{k}" for k in range(12)]
    formula = " + ".join(["y ~ x1", *names])
    with pytest.raises(OptionError, match=r"at most 4,096 models.*5 kinds x 1 weights x 2\^12"):
        bd.average_models(bd.SpatialDurbin(formula), panel, scattered(9), controls=names)


def test_what_is_refused(small) -> None:
    panel, weights = small
    model = bd.SpatialDurbin("y ~ x1 + x2")

    def ask(**options):
        return bd.average_models(model, panel, weights, **options)

    with pytest.raises(DataError, match=r"controls: expected terms of the formula.*\['x3'\]"):
        ask(controls=["x3"])
    with pytest.raises(OptionError, match="controls: expected a list"):
        ask(controls="x1")
    with pytest.raises(OptionError, match="always in"):
        ask(controls=["x1", "x2"])
    for inclusion in (0.0, 1.0, "beta", True, np.nan):
        with pytest.raises(OptionError, match="inclusion: expected a probability"):
            ask(controls=["x2"], inclusion=inclusion)
    with pytest.raises(OptionError, match="g: expected a finite number"):
        ask(controls=["x2"], models=[bd.SpatialLagX], g=np.inf)
    with pytest.raises(OptionError, match="at: expected values"):
        bd.average_models(bd.SpatialDurbin("y ~ x1 * x2"), panel, weights)
    with pytest.raises(OptionError, match="concentration: expected a number above 2"):
        ask()
    with pytest.raises(OptionError, match="random_effects"):
        bd.average_models(model.replace(random_effects="kkp"), panel, weights)


def test_durbin_terms_of_controls_go_with_them(small) -> None:
    panel, weights = small
    model = bd.SpatialDurbin("y ~ x1 + x2", durbin=["x2"])
    average = bd.average_models(
        model, panel, weights["three"], models=[bd.SpatialLagX], controls=["x2"]
    )
    assert average.models["controls"].tolist() in (["x2", ""], ["", "x2"])
    # x1 has no W term, and without x2 nobody has
    row = average.variances.loc[("indirect", "x1")]
    assert row["mean"] == row["within"] == row["between"] == 0.0


def test_a_table_and_a_figure(average) -> None:
    table = bd.estimates_table(average, statistics=["n_models"]).to_markdown()
    assert "x1" in table
    assert "20" in table
    ax = average.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x1", "x2"]
    assert "Posterior inclusion" in average.summary()
    assert average.glance()["n_models"].iloc[0] == 20
