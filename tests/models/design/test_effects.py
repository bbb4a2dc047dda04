"""Recovered fixed effects and their standard errors: against explicit dummies, in least squares and
in likelihoods.
"""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.tools.numdiff import approx_hess3

import bevdrivers as bd

from ...conftest import MUNNELL
from ...made_up import ML, drawn, scattered

T, N = 8, 12
EFFECTS = ("two-way", "unit", "time")


def sum_to_zero(effects: str) -> np.ndarray:
    """Matrix (N + T + 1, D) from dummies of all units, or of all periods, or of all units and all
    but the first period, to unit effects, time effects and the intercept; effects that are not
    there are zero.
    """
    of_unit, of_time = effects != "time", effects != "unit"
    units = np.eye(N) if of_unit else np.zeros((N, 0))
    years = np.zeros((T, 0)) if not of_time else np.eye(T)[:, 1:] if of_unit else np.eye(T)
    u, t = units.shape[1], years.shape[1]
    mean = np.concatenate([np.full(u, 1 / N), years.mean(axis=0)])
    unit = np.column_stack([units - units.mean(axis=0), np.zeros((N, t))])
    time = np.column_stack([np.zeros((T, u)), years - years.mean(axis=0)])
    return np.vstack([unit, time, mean])


def explicit(effects: str) -> np.ndarray:
    """The dummies that `sum_to_zero` takes, (T, N, D)."""
    of_unit = np.broadcast_to(np.eye(N), (T, N, N))
    of_time = np.broadcast_to(np.eye(T)[:, None, :], (T, N, T))
    parts = {"unit": [of_unit], "time": [of_time], "two-way": [of_unit, of_time[:, :, 1:]]}
    return np.concatenate(parts[effects], axis=2)


def recovered(fit: bd.FitResult) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and standard errors in the order of `sum_to_zero`, rows of absent effects zero."""
    estimates = {
        name: np.zeros((2, size)) for name, size in (("unit", N), ("time", T), ("intercept", 1))
    }
    for name, rows in fit.effects.tidy().groupby("component"):
        estimates[name] = rows[["estimate", "std_error"]].to_numpy().T
    return tuple(
        np.concatenate([estimates[name][k] for name in ("unit", "time", "intercept")])
        for k in (0, 1)
    )


@pytest.mark.parametrize("effects", EFFECTS)
def test_least_squares_equal_explicit_dummies(effects):
    W = scattered()
    panel = drawn(bd.SpatialLagX, W, T=T)
    fit = bd.SpatialLagX("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)
    D = explicit(effects).reshape(T * N, -1)
    X = [v.ravel() for v in (panel["x1"], panel["x2"], W.lag(panel["x1"]), W.lag(panel["x2"]))]
    theirs = sm.OLS(panel["y"].ravel(), np.column_stack([*X, D])).fit()
    L = np.column_stack([np.zeros((N + T + 1, 4)), sum_to_zero(effects)])
    values, errors = recovered(fit)
    np.testing.assert_allclose(values, L @ theirs.params, atol=1e-10)
    np.testing.assert_allclose(errors, np.sqrt(np.diag(L @ theirs.cov_params() @ L.T)), atol=1e-10)
    # t distribution with the same degrees of freedom
    row = fit.effects.tidy(level=0.9).iloc[0]
    wide = theirs.t_test(L[0 if effects != "time" else N]).conf_int(alpha=0.1)[0]
    np.testing.assert_allclose([row["conf_low"], row["conf_high"]], wide, atol=1e-9)


@pytest.mark.parametrize("model", ML)
@pytest.mark.parametrize("effects", EFFECTS)
def test_direct_maximum_likelihood_equals_dummies_as_regressors(model, effects):
    """Expected and observed information of the same model without fixed effects, its dummies in the
    formula.
    """
    W = scattered()
    panel = drawn(model, W, T=T)
    names = [f"d{k}" for k in range(explicit(effects).shape[2])]
    longer = panel.with_columns(
        **dict(zip(names, np.moveaxis(explicit(effects), 2, 0), strict=True))
    )
    request = model("y ~ x1 + x2", fixed_effects=effects, correction=None)
    fit = request.fit(panel, W)
    formula = f"y ~ x1 + x2 + {' + '.join(names)} - 1"
    durbin = ["x1", "x2"] if model.lag_x else None
    theirs = request.replace(formula=formula, fixed_effects=None, durbin=durbin).fit(longer, W)
    L = sum_to_zero(effects)
    for cov_type in ("classical", "hessian"):
        values, errors = recovered(fit.with_cov(cov_type))
        cov = theirs.with_cov(cov_type).cov.loc[names, names].to_numpy()
        np.testing.assert_allclose(values, L @ theirs.params[names], atol=1e-6)
        np.testing.assert_allclose(errors, np.sqrt(np.diag(L @ cov @ L.T)), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialError, bd.SpatialCombined])
def test_numerical_information_with_dummies(model):
    """The log-likelihood written out with dummies; its numerical Hessian in (b, rho, lam, sigma2,
    dummies) inverted.
    """
    W = scattered()
    panel = drawn(model, W, T=T)
    fit = model("y ~ x1 + x2", correction=None, cov_type="hessian").fit(panel, W)
    D, L = explicit("two-way"), sum_to_zero("two-way")
    y, identity = panel["y"], np.eye(N)
    X = np.stack([panel["x1"], panel["x2"]], axis=2)
    spatial = [name in fit.terms for name in ("rho", "lam")]

    def negative(p: np.ndarray) -> float:
        values = iter(p[2 : 2 + sum(spatial)])
        A, R = (identity - next(values) * W.dense if has else identity for has in spatial)
        s2, d = p[2 + sum(spatial)], p[3 + sum(spatial) :]
        e = (y @ A.T - X @ p[:2] - D @ d) @ R.T
        volume = T * (np.linalg.slogdet(A)[1] + np.linalg.slogdet(R)[1])
        return e.size / 2 * np.log(2 * np.pi * s2) + np.sum(e**2) / (2 * s2) - volume

    values, errors = recovered(fit)
    d = np.linalg.lstsq(D.reshape(T * N, -1), np.asarray(fit.fixed_part).ravel(), rcond=None)[0]
    at = np.concatenate([fit.params, [fit.sigma2], d])
    assert -negative(at) == pytest.approx(fit.loglik, abs=1e-7)
    cov = np.linalg.inv(approx_hess3(at, negative))[len(at) - len(d) :, len(at) - len(d) :]
    np.testing.assert_allclose(values, L @ d, atol=1e-9)
    # second differences of a likelihood of size 100 are good to four digits
    np.testing.assert_allclose(errors, np.sqrt(np.diag(L @ cov @ L.T)), rtol=2e-4)


def test_residual_of_an_error_model_is_e_through_the_filter(munnell, states):
    """y - fitted is u with (I - lam M) u = e exactly: the effects are those of maximum likelihood,
    not plain means.
    """
    for model in (bd.SpatialError, bd.GeneralNesting):
        fit = model(MUNNELL).fit(munnell, states)
        u = munnell["lgsp"] - fit.fitted_values.to_numpy()
        e = u - fit.lam * states.align(munnell.units).lag(u)
        np.testing.assert_allclose(e, fit.resids, atol=1e-9)


def test_two_stage_least_squares_with_dummies(munnell, states):
    """The dummies as exogenous regressors of the same two-stage least squares."""
    fit = bd.SpatialLag(MUNNELL, fixed_effects="unit", method="gmm").fit(munnell, states)
    W, sample = states.align(munnell.units), fit.sample
    dummies = np.broadcast_to(np.eye(48), (17, 48, 48)).reshape(-1, 48)
    Z = sample.Z.reshape(-1, 4)
    lags = [W.lag(sample.Z).reshape(-1, 4), W.lag(W.lag(sample.Z)).reshape(-1, 4)]
    H, X = (
        np.column_stack([Z, *lags, dummies]),
        np.column_stack([Z, W.lag(sample.y).ravel(), dummies]),
    )
    first = H @ np.linalg.lstsq(H, X, rcond=None)[0]
    b = np.linalg.solve(first.T @ X, first.T @ sample.y.ravel())
    e = sample.y.ravel() - X @ b
    cov = e @ e / (len(e) - X.shape[1]) * np.linalg.inv(first.T @ first)
    L = np.column_stack([np.zeros((48, 5)), np.eye(48) - 1 / 48])
    frame = fit.effects.tidy().query("component == 'unit'")
    np.testing.assert_allclose(frame["estimate"], L @ b, atol=1e-7)
    # instruments explain Wy but for a part that is orthogonal to the dummies: unit means agree
    np.testing.assert_allclose(frame["std_error"], np.sqrt(np.diag(L @ cov @ L.T)), rtol=1e-6)


class TestWhatIsOffered:
    def test_frame_and_row(self, munnell, states):
        effects = bd.SpatialDurbin(MUNNELL).fit(munnell, states).effects
        frame = effects.tidy()
        assert list(frame["component"].unique()) == ["unit", "time", "intercept"]
        assert list(frame["term"][:2]) == list(munnell.units[:2])
        np.testing.assert_allclose(frame["estimate"][:48], effects.unit)
        row = effects.glance().iloc[0]
        assert (row["fixed_effects"], row["n_units"], row["n_periods"]) == ("two-way", 48, 17)
        assert row["sd_unit"] == pytest.approx(effects.unit.std())

    def test_without_effects_the_intercept_is_a_parameter(self, munnell, states):
        fit = bd.SpatialLag(MUNNELL, fixed_effects=None).fit(munnell, states)
        frame = fit.effects.tidy()
        assert list(frame["component"]) == ["intercept"]
        assert frame["std_error"].item() == pytest.approx(fit.std_errors["Intercept"])
        assert (
            len(
                bd.SpatialLag(f"{MUNNELL} - 1", fixed_effects=None)
                .fit(munnell, states)
                .effects.tidy()
            )
            == 0
        )

    def test_refusals(self, munnell, states):
        random = bd.SpatialLag(MUNNELL, random_effects="baltagi").fit(munnell, states)
        with pytest.raises(bd.OptionError, match="random ones, which are predicted"):
            random.effects.tidy()
        robust = bd.SpatialLag(MUNNELL, cov_type="robust").fit(munnell, states)
        with pytest.raises(bd.OptionError, match="with_cov\\('classical'\\)"):
            robust.effects.tidy()
        absorbed = bd.SpatialLag(MUNNELL, absorb=["state[year]"]).fit(munnell, states)
        with pytest.raises(bd.OptionError, match="no unique values"):
            _ = absorbed.effects
