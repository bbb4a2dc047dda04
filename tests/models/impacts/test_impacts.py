"""Impacts at values of variables that terms share, and by order of neighbour: differences,
matrices, spatialreg.
"""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd

from ...conftest import MUNNELL, reference
from ...made_up import scattered, uneven

# central differences of smooth predictions in steps of 1e-5
DIFFERENCES = 1e-7

N, T = 12, 9
KINDS = ["east", "north", "south"]


def curved(W: bd.SpatialWeights, seed: int = 0) -> bd.Panel:
    """A panel with two numbers, a positive one, and a category that changes over time."""
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal((2, T, N))
    v = rng.uniform(0.5, 3.0, (T, N))
    kind = rng.integers(3, size=(T, N))
    y = x + 0.5 * x**2 + x * z + np.log(v) + 0.3 * kind * x + rng.standard_normal((T, N))
    y = np.linalg.solve(np.eye(N) - 0.3 * W.dense, y.T).T
    columns = {"y": y, "x": x, "z": z, "v": v, "kind": np.array(KINDS)[kind]}
    index = {"id": np.tile(W.ids, T), "year": np.repeat(np.arange(2000, 2000 + T), N)}
    frame = pd.DataFrame({**index, **{name: values.ravel() for name, values in columns.items()}})
    return bd.Panel.from_frame(frame, unit="id", time="year")


def by_differences(fit: bd.FitResult, value, terms, step: float) -> np.ndarray:
    """Direct, indirect, total of a change of `value`, from the reduced form of a flat world.

    `terms` maps the values of the variable in the units (N,) to regressors by label.
    """
    W = fit.sample.W.dense if fit.sample.W is not None else np.zeros((N, N))
    Wx = fit.sample.Wx.dense if fit.sample.Wx is not None else np.zeros((N, N))
    rho = 0.0 if np.isnan(fit.rho) else fit.rho

    def predicted(x: np.ndarray) -> np.ndarray:
        total = np.zeros(N)
        for name, column in terms(x).items():
            column = np.broadcast_to(column, N)
            total = (
                total + fit.params[name] * column + fit.params.get(f"W_{name}", 0.0) * (Wx @ column)
            )
        return np.linalg.solve(np.eye(N) - rho * W, total)

    flat = np.full(N, value)
    own = [
        (predicted(flat + step * e)[i] - predicted(flat - step * e)[i]) / (2 * step)
        for i, e in enumerate(np.eye(N))
    ]
    total = np.mean(predicted(flat + step) - predicted(flat - step)) / (2 * step)
    direct = float(np.mean(own))
    return np.array([direct, total - direct, total])


CURVED = "y ~ x + I(x**2) + x:z + z + log(v) + I(log(v)**3) + log(v):z"


class TestAt:
    @pytest.mark.parametrize(
        "model", [bd.SpatialDurbin, bd.SpatialLag, bd.SpatialLagX, bd.NonSpatial]
    )
    @pytest.mark.parametrize("weights", [scattered, uneven])
    def test_derivative_of_the_prediction(self, model, weights):
        W = weights(N)
        fit = model(CURVED, fixed_effects="unit").fit(curved(W), W)
        at = {"x": 0.7, "z": -0.4, "v": 2.0}
        frame = fit.impacts(at=at).frame
        assert list(frame.index) == ["x", "z", "log(v)"]
        x, z, v = at.values()
        moved = {
            "x": (x, lambda x: {"x": x, "I(x ** 2)": x**2, "x:z": x * z}),
            "z": (z, lambda z: {"z": z, "x:z": x * z, "z:log(v)": np.log(v) * z}),
            "log(v)": (
                np.log(v),
                lambda s: {"log(v)": s, "I(log(v) ** 3)": s**3, "z:log(v)": s * z},
            ),
        }
        for name, (value, terms) in moved.items():
            known = {t.replace("log(v):z", "z:log(v)"): t for t in fit.sample.design.terms}

            def named(s, terms=terms, known=known):
                return {known.get(t, t): c for t, c in terms(s).items()}

            np.testing.assert_allclose(
                frame.loc[name], by_differences(fit, value, named, 1e-5), atol=DIFFERENCES
            )

    def test_delta_errors_are_those_of_numerical_derivatives(self):
        W = scattered(N)
        fit = bd.SpatialDurbin(CURVED, fixed_effects="unit").fit(curved(W), W)
        at = {"x": 0.7, "z": -0.4, "v": 2.0}
        point = fit.estimate.values

        def values(p: np.ndarray) -> np.ndarray:
            return replace(fit, estimate=replace(fit.estimate, values=p)).impacts(at=at).values

        steps = 1e-5 * np.eye(len(point))
        J = np.stack([(values(point + s) - values(point - s)) / 2e-5 for s in steps], axis=-1)
        expected = np.sqrt(np.einsum("ckp,pq,ckq->ck", J, fit.covariance, J))
        np.testing.assert_allclose(fit.impacts(at=at).errors, expected, rtol=1e-6)
        drawn = fit.impacts(at=at, draws=4000, seed=1)
        np.testing.assert_allclose(drawn.errors, expected, rtol=0.1)
        np.testing.assert_allclose(drawn.values, fit.impacts(at=at).values)

    def test_squares_as_columns_of_their_own(self):
        """The same sums from a fit whose terms are plain columns, with errors by hand from its
        covariance.
        """
        W = scattered(N)
        panel = curved(W)
        panel = panel.with_columns(square=panel["x"] ** 2)
        fit = bd.SpatialLagX("y ~ x + I(x**2)", fixed_effects="two-way").fit(panel, W)
        plain = bd.SpatialLagX("y ~ x + square", fixed_effects="two-way").fit(panel, W)
        impacts, parts = fit.impacts(at={"x": 1.5}), plain.impacts()
        for component in ("direct", "indirect", "total"):
            expected = parts.frame.loc["x", component] + 3.0 * parts.frame.loc["square", component]
            assert impacts.frame.loc["x", component] == pytest.approx(expected, abs=1e-11)
        two = plain.cov.loc[["x", "square"], ["x", "square"]].to_numpy()
        assert impacts.std_errors("direct")["x"] == pytest.approx(
            np.sqrt([1, 3] @ two @ [1, 3]), rel=1e-9
        )

    def test_means_are_the_default_values(self):
        W = scattered(N)
        panel = curved(W)
        fit = bd.SpatialDurbin("y ~ x*z").fit(panel, W)
        means = {"x": panel["x"].mean(), "z": panel["z"].mean()}
        np.testing.assert_allclose(
            fit.impacts(at={}).values, fit.impacts(at=means).values, atol=1e-11
        )
        half = fit.impacts(at={"z": 0.5})
        assert half.at == {"x": means["x"], "z": 0.5}
        assert "z = 0.5" in half.glance()["at"][0]
        # each derivative depends on the other variable only
        np.testing.assert_allclose(
            half.frame.loc["z"], fit.impacts(at={}).frame.loc["z"], atol=1e-11
        )

    def test_the_reference_of_a_coding(self):
        """Without a lag, and where x is 0, the impact of a level is the coefficient of its dummy."""
        panel = curved(scattered(N))
        coded = "C(kind, contr.treatment('south'))"
        fit = bd.NonSpatial(f"y ~ x*{coded}").fit(panel)
        total = fit.impacts(at={"x": 0.0, "kind": "south"}).total
        others = sorted({*panel["kind"].ravel()} - {"south"})
        assert list(total.index) == ["x", *(f"{coded}[T.{level}]" for level in others)]
        np.testing.assert_allclose(total, fit.params[total.index], atol=1e-9)

    def test_categories(self):
        """Dummies alone are contrasts; crossed with x they depend on where x is, and x on the
        category.
        """
        W = scattered(N)
        panel = curved(W)
        plain = bd.SpatialDurbin("y ~ x + C(kind)").fit(panel, W).impacts()
        assert plain.terms == ("x", "C(kind)[T.north]", "C(kind)[T.south]")
        fit = bd.SpatialDurbin("y ~ x*C(kind)").fit(panel, W)
        frame = fit.impacts(at={"kind": "south", "x": 2.0}).frame
        b = np.linalg.inv(np.eye(N) - fit.rho * fit.sample.W.dense)
        by_term = {
            "x": {"x": 1.0, "x:C(kind)[T.south]": 1.0},
            "C(kind)[T.north]": {"C(kind)[T.north]": 1.0, "x:C(kind)[T.north]": 2.0},
        }
        for name, parts in by_term.items():
            beta = sum(fit.params[t] * w for t, w in parts.items())
            theta = sum(fit.params[f"W_{t}"] * w for t, w in parts.items())
            S = b @ (beta * np.eye(N) + theta * fit.sample.Wx.dense)
            assert frame.loc[name, "direct"] == pytest.approx(np.trace(S) / N, abs=1e-11)
            assert frame.loc[name, "total"] == pytest.approx(S.sum() / N, abs=1e-11)
        with pytest.raises(bd.OptionError, match=r"a level of \['kind'\].*at=\{'kind': "):
            fit.impacts(at={"x": 1.0})
        with pytest.raises(bd.OptionError, match="'kind' one of"):
            fit.impacts(at={"kind": "west"})

    def test_periods_and_lags_in_time(self):
        W = scattered(N)
        fit = bd.SpatialLag("y ~ x:C(year) + lag(z, 1)*v + z").fit(curved(W), W)
        impacts = fit.impacts(at={"year": 2004, "z": 3.0})
        assert set(impacts.terms) == {"x", "lag(z, 1)", "v", "z"}
        multiplier = fit.impact_matrix("z").to_numpy().sum() / N / fit.params["z"]
        v = curved(W)["v"][1:].mean()
        expected = {
            "x": fit.params["x:C(year)[2004]"],
            "lag(z, 1)": fit.params["lag(z, 1)"] + v * fit.params["lag(z, 1):v"],
            "v": fit.params["v"] + 3.0 * fit.params["lag(z, 1):v"],
            "z": fit.params["z"],
        }
        for name, coefficient in expected.items():
            assert impacts.total[name] == pytest.approx(multiplier * coefficient, rel=1e-9)

    # the panel has no unit effects: phi is zero
    @pytest.mark.filterwarnings(
        "ignore:An estimate lies at the edge:bevdrivers.errors.BoundWarning"
    )
    @pytest.mark.parametrize(
        "options", [{"dynamic": "both"}, {"random_effects": "kkp"}, {"method": "gmm"}]
    )
    def test_other_estimators(self, options):
        """The product as a column of its own: impacts of x at z are those of x plus z times those
        of the column.
        """
        W = scattered(N)
        panel = curved(W)
        panel = panel.with_columns(both=panel["x"] * panel["z"])
        horizon = "long" if "dynamic" in options else "short"
        fit = bd.SpatialDurbin("y ~ x*z", **options).fit(panel, W)
        plain = (
            bd.SpatialDurbin("y ~ x + z + both", **options)
            .fit(panel, W)
            .impacts(horizon=horizon)
            .frame
        )
        frame = fit.impacts(horizon=horizon, at={"z": 0.5}).frame.loc["x"]
        np.testing.assert_allclose(frame, plain.loc["x"] + 0.5 * plain.loc["both"], atol=1e-9)

    def test_functions_of_one_variable(self):
        W = scattered(N)
        fit = bd.NonSpatial("y ~ v + log(v) + sqrt(v)").fit(curved(W))
        impacts = fit.impacts(at={"v": 2.0})
        b = fit.params
        expected = b["v"] + b["log(v)"] / 2 + b["sqrt(v)"] / (2 * np.sqrt(2))
        assert impacts.terms == ("v",)
        assert impacts.direct["v"] == pytest.approx(expected, rel=1e-10)
        # steps of the derivative may not leave the function's domain
        tiny = bd.NonSpatial("y ~ v + log(v)").fit(curved(W)).impacts(at={"v": 1e-3})
        c = bd.NonSpatial("y ~ v + log(v)").fit(curved(W)).params
        assert tiny.direct["v"] == pytest.approx(c["v"] + 1000 * c["log(v)"], rel=1e-7)

    def test_splines_and_centring_keep_their_state(self):
        """The same space of functions, the same derivative: a cubic by powers and by orthogonal
        polynomials.
        """
        W = scattered(N)
        panel = curved(W)
        powers = bd.NonSpatial("y ~ x + I(x**2) + I(x**3)").fit(panel).impacts(at={"x": 0.8})
        for other in ("poly(x, 3)", "center(x) + I(center(x)**2) + I(center(x)**3)"):
            impacts = bd.NonSpatial(f"y ~ {other}").fit(panel).impacts(at={"x": 0.8})
            assert len(impacts.terms) == 1
            assert impacts.direct.iloc[0] == pytest.approx(powers.direct["x"], rel=1e-8)
            assert impacts.errors[0, 0] == pytest.approx(powers.errors[0, 0], rel=1e-8)

    def test_refusals(self):
        W = scattered(N)
        panel = curved(W)
        fit = bd.SpatialDurbin("y ~ x*z + v").fit(panel, W)
        with pytest.raises(bd.OptionError, match=r"^at: .*\['x', 'z', 'x:z'\].*at=\{\}"):
            fit.impacts()
        with pytest.raises(bd.OptionError, match=r"^at: .*\['x', 'z'\]; got \['v'\]"):
            fit.impacts(at={"v": 1.0})
        with pytest.raises(bd.OptionError, match="a number for 'z'"):
            fit.impacts(at={"z": "much"})
        with pytest.raises(bd.OptionError, match="no terms of the formula share"):
            bd.SpatialDurbin("y ~ x").fit(panel, W).impacts(at={"x": 1.0})
        with pytest.raises(bd.OptionError, match="finite derivative"):
            bd.NonSpatial("y ~ v + sqrt(v)").fit(panel).impacts(at={"v": 0.0})
        with pytest.raises(bd.OptionError, match=r"no W\(\) in terms"):
            bd.NonSpatial("y ~ x + W(x)").fit(panel, W).impacts(at={})
        # an interaction alone is no variable either
        with pytest.raises(bd.OptionError, match=r"\['x:z'\]"):
            bd.NonSpatial("y ~ x:z").fit(panel).impacts()

    def test_matrix_and_shock_take_them_too(self):
        W = scattered(N)
        fit = bd.SpatialDurbin("y ~ x*z + v").fit(curved(W), W)
        at = {"z": 0.5}
        matrix = fit.impact_matrix("x", at=at).to_numpy()
        impacts = fit.impacts(at=at)
        assert np.trace(matrix) / N == pytest.approx(impacts.direct["x"], abs=1e-12)
        assert matrix.sum() / N == pytest.approx(impacts.total["x"], abs=1e-12)
        effects = fit.shock("x", {"u03": 2.0}, at=at).frame["estimate"]
        np.testing.assert_allclose(effects, 2.0 * matrix[:, 3], atol=1e-12)
        with pytest.raises(bd.OptionError, match="^at: "):
            fit.shock("x", {"u03": 2.0})
        # a term of its own needs no values
        assert fit.shock("v", {"u03": 1.0}).frame.shape == (N, 8)
        with pytest.raises(bd.InputError, match=r"a regressor, of \['v'\]"):
            fit.shock("w", {"u03": 1.0})


MODELS = [bd.SpatialDurbin, bd.SpatialLag, bd.SpatialLagX, bd.NonSpatial]


class TestOrders:
    def test_spatialreg(self, munnell, states):
        truth = reference("munnell/orders")["sar_1986"]
        fit = bd.SpatialLag("unemp ~ lgsp + lpcap", fixed_effects=None).fit(
            munnell.select(periods=[1986]), states
        )
        assert fit.rho == pytest.approx(truth["coefficients"]["rho"], abs=1e-5)
        orders = fit.impacts(draws=4000, seed=1).orders(4)
        for component in ("direct", "indirect", "total"):
            values = [list(orders.parts[str(q)].frame[component][truth["terms"]]) for q in range(5)]
            np.testing.assert_allclose(values, truth["point"][component], atol=1e-4)
            errors = [
                list(orders.parts[str(q)].std_errors(component)[truth["terms"]]) for q in range(5)
            ]
            # thousands of draws on both sides
            np.testing.assert_allclose(errors, truth["sim_sd"][component], rtol=0.06, atol=1e-12)

    @pytest.mark.parametrize("model", MODELS)
    @pytest.mark.parametrize("weights", [scattered, uneven])
    def test_powers_of_the_matrix_and_exact_sums(self, model, weights):
        W, other = weights(N), scattered(N, seed=5)
        request = model("y ~ x + v", fixed_effects="unit")
        of_x = {"x_weights": other} if request.lag_x else {}
        fit = request.fit(curved(W), W, **of_x)
        whole = fit.impacts(draws=50, seed=2)
        orders = whole.orders(3)
        rho, b, t = (fit.params.get(name, 0.0) for name in ("rho", "x", "W_x"))
        powers = [np.linalg.matrix_power(W.dense, q) for q in range(4)]
        for q in range(4):
            before = powers[q - 1] * rho ** (q - 1) if q else np.zeros((N, N))
            S = b * rho**q * powers[q] + t * before @ other.dense
            part = orders.parts[str(q)].frame.loc["x"]
            assert part["direct"] == pytest.approx(np.trace(S) / N, abs=1e-12)
            assert part["total"] == pytest.approx(S.sum() / N, abs=1e-12)
        parts = list(orders.parts.values())
        np.testing.assert_allclose(sum(part.values for part in parts), whole.values, atol=1e-13)
        np.testing.assert_allclose(
            sum(p.sample_of_draws for p in parts), whole.sample_of_draws, atol=1e-12
        )

    @pytest.mark.parametrize("horizon", ["short", 2, "long"])
    def test_dynamic(self, horizon, munnell, states):
        """Orders of the path by brute force: powers of W times the Taylor coefficients of the
        scalar multiplier.
        """
        fit = bd.SpatialDurbin(MUNNELL, dynamic="both").fit(munnell, states)
        tau, eta, rho = (fit.params[name] for name in ("tau", "eta", "rho"))

        def scalar(w: np.ndarray) -> np.ndarray:
            if horizon == "long":
                return 1 / (1 - tau - (rho + eta) * w)
            path = range(1 if horizon == "short" else horizon + 1)
            return sum(((tau + eta * w) / (1 - rho * w)) ** s for s in path) / (1 - rho * w)

        # coefficients of an analytic function from its values on a circle
        circle = 0.2 * np.exp(2j * np.pi * np.arange(64) / 64)
        d = (np.fft.fft(scalar(circle)) / 64 / 0.2 ** np.arange(64)).real[:4]
        W = states.align(munnell.units).dense
        whole = fit.impacts(horizon=horizon)
        orders = whole.orders(3)
        for q in range(4):
            theta = fit.params["W_lemp"] * d[q - 1] if q else 0.0
            S = (fit.params["lemp"] * d[q] + theta) * np.linalg.matrix_power(W, q)
            assert orders.parts[str(q)].direct["lemp"] == pytest.approx(np.trace(S) / 48, abs=1e-9)
            assert orders.parts[str(q)].total["lemp"] == pytest.approx(S.sum() / 48, abs=1e-9)
        np.testing.assert_allclose(
            sum(part.values for part in orders.parts.values()), whole.values, atol=1e-12
        )

    @pytest.mark.parametrize("horizon", ["short", 3, "long"])
    def test_delta_errors(self, horizon, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL, dynamic="both").fit(munnell, states)
        point = fit.estimate.values

        def values(p: np.ndarray) -> np.ndarray:
            moved = replace(fit, estimate=replace(fit.estimate, values=p))
            return np.stack(
                [part.values for part in moved.impacts(horizon=horizon).orders(2).parts.values()]
            )

        steps = 1e-6 * np.eye(len(point))
        J = np.stack([(values(point + s) - values(point - s)) / 2e-6 for s in steps], axis=-1)
        expected = np.sqrt(np.einsum("ockp,pq,ockq->ock", J, fit.covariance, J))
        orders = np.stack(
            [part.errors for part in fit.impacts(horizon=horizon).orders(2).parts.values()]
        )
        np.testing.assert_allclose(orders, expected, rtol=1e-5, atol=1e-9)

    def test_frames(self, munnell, states):
        orders = bd.SpatialLag(MUNNELL).fit(munnell, states).impacts().orders(1)
        assert list(orders.parts) == ["0", "1", "beyond"]
        tidy = orders.tidy()
        assert list(tidy.columns) == [
            "order",
            *bd.SpatialLag(MUNNELL).fit(munnell, states).tidy().columns,
        ]
        assert len(tidy) == 3 * 3 * 4
        assert orders.glance()["last_order"][0] == 1
        assert orders.frame.loc["0", "indirect"].abs().max() == 0.0
        assert "beyond" in repr(orders)
        again = pickle.loads(pickle.dumps(orders))
        np.testing.assert_array_equal(again.frame, orders.frame)
        with pytest.raises(bd.OptionError, match="^q: "):
            orders.whole.orders(-1)
