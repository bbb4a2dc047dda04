"""The model with both lags in dense matrices, for comparison with the tests that do without
them.
"""

from __future__ import annotations

import numpy as np

import bevdrivers as bd


def contrasts(n: int) -> np.ndarray:
    return np.linalg.svd(np.eye(n) - 1.0 / n)[0][:, : n - 1]


class Dense:
    """A drawn panel in explicit contrasts of units and periods, with V = I (x) W* as a dense
    matrix.
    """

    def __init__(
        self, W: bd.SpatialWeights, panel: bd.Panel, effects: str | None, lags: bool = False
    ):
        T, N = panel["y"].shape
        F_T = contrasts(T) if effects in ("unit", "two-way") else np.eye(T)
        F_N = contrasts(N) if effects in ("time", "two-way") else np.eye(N)

        def turn(values):
            return (F_T.T @ values @ F_N).ravel()

        self.y = turn(panel["y"])
        plain = [panel[name] for name in ("x1", "x2")] + (
            [np.ones((T, N))] if effects is None else []
        )
        self.X = np.column_stack([turn(x) for x in plain])
        self.WX = np.column_stack([turn(panel[name] @ W.dense.T) for name in ("x1", "x2")])
        if lags:
            self.X = np.hstack([self.X, self.WX])
        self.V = np.kron(np.eye(F_T.shape[1]), F_N.T @ W.dense @ F_N)
        self.eye = np.eye(len(self.y))

    def likelihood(self, rho: float, lam: float, b: np.ndarray, s2: float) -> float:
        A, B = self.eye - rho * self.V, self.eye - lam * self.V
        e = B @ (A @ self.y - self.X @ b)
        volume = np.linalg.slogdet(A)[1] + np.linalg.slogdet(B)[1]
        return float(volume - len(e) / 2 * np.log(2 * np.pi * s2) - e @ e / (2 * s2))

    def restricted(self, rho: float, lam: float) -> tuple[np.ndarray, float]:
        A, B = self.eye - rho * self.V, self.eye - lam * self.V
        b = np.linalg.lstsq(B @ self.X, B @ A @ self.y, rcond=None)[0]
        e = B @ (A @ self.y - self.X @ b)
        return b, float(e @ e) / len(e)

    def lm(self, rho: float, lam: float, tested: list[int]) -> float:
        """Numerical score of (rho, lam); information of a normal model from its mean and variance
        (Magnus 1978).
        """
        b, s2 = self.restricted(rho, lam)
        h = 1e-5
        score = np.array(
            [
                (self.likelihood(rho + h, lam, b, s2) - self.likelihood(rho - h, lam, b, s2))
                / (2 * h),
                (self.likelihood(rho, lam + h, b, s2) - self.likelihood(rho, lam - h, b, s2))
                / (2 * h),
            ]
        )[tested]
        A, B = np.linalg.inv(self.eye - rho * self.V), np.linalg.inv(self.eye - lam * self.V)
        variance = s2 * A @ B @ B.T @ A.T
        G, H = A @ self.V, B @ self.V
        of_rho = G @ variance + variance @ G.T
        inner = H @ B @ B.T
        of_lam = s2 * A @ (inner + inner.T) @ A.T
        zero = np.zeros_like(variance)
        slopes = [*[zero] * self.X.shape[1], of_rho, of_lam, variance / s2]
        means = [*(A @ self.X).T, G @ A @ self.X @ b, 0 * self.y, 0 * self.y]
        inverse = np.linalg.inv(variance)
        parts = [inverse @ S for S in slopes]
        information = np.array(
            [
                [np.sum(p * q.T) / 2 + m @ inverse @ n for q, n in zip(parts, means, strict=True)]
                for p, m in zip(parts, means, strict=True)
            ]
        )
        places = self.X.shape[1] + np.array(tested)
        return float(score @ np.linalg.inv(information)[np.ix_(places, places)] @ score)
