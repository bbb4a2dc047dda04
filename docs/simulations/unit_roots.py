"""Size and power of the panel unit root tests at N = 31; writes unit_roots.csv.

    python docs/simulations/unit_roots.py

Panels: independent random walks (size), walks with a common factor of loading one (size where units
depend on each other), and autoregressions with coefficient 0.7 around unit means (power). Each is
tested with one lagged difference and a constant, at 5 %, by the published distribution or table and
by that of 999 simulated panels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bevdrivers.diagnostics.time_series import unit_root_statistics as statistics
from bevdrivers.diagnostics.time_series.unit_root import usual_bandwidth

N, REPLICATIONS, DRAWS, BURN_IN = 31, 500, 999, 50
CASES = (
    ("llc", None),
    ("llc", 0),
    ("ips", None),
    ("fisher-adf", None),
    ("fisher-pp", None),
    ("cips", None),
)


def panels(kind: str, T: int, rng: np.random.Generator) -> np.ndarray:
    """Panels (REPLICATIONS, N, T)."""
    e = rng.standard_normal((REPLICATIONS, N, T + BURN_IN))
    if kind == "common factor":
        e = e + rng.standard_normal((REPLICATIONS, 1, T + BURN_IN))
    if kind != "stationary":
        return np.cumsum(e, axis=2)[:, :, BURN_IN:]
    y = np.zeros_like(e)
    for t in range(1, T + BURN_IN):
        y[:, :, t] = 0.7 * y[:, :, t - 1] + e[:, :, t]
    return y[:, :, BURN_IN:]


def main() -> None:
    rows = []
    for T in (10, 15, 30):
        for test, bandwidth in CASES:
            rng = np.random.default_rng([31, T])
            request = statistics.UnitRootRequest(
                test,
                "constant",
                lags=1,
                most_lags=1,
                bandwidth=usual_bandwidth(T, test) if bandwidth is None else bandwidth,
                truncated=False,
                demean=False,
            )
            reference = statistics.simulated_statistics((N, T), request, DRAWS, seed=T)
            for kind in ("walks", "common factor", "stationary"):
                parts = [
                    statistics.panel_statistics(part, request)
                    for part in np.array_split(panels(kind, T, rng), 5)
                ]
                for name in parts[0][0]:
                    values = np.concatenate([part[0][name] for part in parts])
                    drawn = reference[name]
                    p = [
                        (1 + (drawn >= v if name in statistics.UPPER_TAIL else drawn <= v).sum())
                        / (1 + DRAWS)
                        for v in values
                    ]
                    published = np.nan
                    if name != "IPS t-bar" and np.isfinite(values).all():
                        fit = parts[0][1]
                        results = [
                            statistics.by_published_distribution(
                                name, float(v), fit, (N, T), request
                            )
                            for v in values
                        ]
                        published = (
                            np.mean([result.rejected for result in results])
                            if results[0].applies
                            else np.nan
                        )
                    simulated = np.nan if np.isnan(drawn).any() else np.mean(np.array(p) < 0.05)
                    shown = f"{test}: {name}" + (
                        f", bandwidth {request.bandwidth}" if test == "llc" else ""
                    )
                    rows.append((shown, T, kind, published, simulated))
    frame = pd.DataFrame(rows, columns=["test", "periods", "panels", "published", "simulated"])
    frame.round(3).to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
