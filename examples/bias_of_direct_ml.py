"""How often does the 95 % interval of rho hold the truth, on the map and the sample size of a
provincial study?

Two-way effects, 31 provinces, 12 years. Direct maximum likelihood against the transformation of Lee
and Yu (2010).

    python bias_of_direct_ml.py [DRAWS]
"""

import sys

import numpy as np
import pandas as pd

import bevdrivers as bd

draws = int(sys.argv[1]) if len(sys.argv) > 1 else 500

CAPITALS = ("capital_lon", "capital_lat")
TRUE_RHO = 0.0
TRUTH = {"x1": 1.0, "x2": -0.5, "W_x1": 0.5, "W_x2": 0.25, "rho": TRUE_RHO}

china = bd.load_panel()
recipes = [
    bd.Queen(islands={"Hainan": ["Guangdong"]}),
    bd.KNearest(4, points=CAPITALS),
    bd.InverseDistance(2, points=CAPITALS),
    bd.InverseDistance(1, points=CAPITALS),
]
lee_yu = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects="two-way")
models = {"Lee-Yu": lee_yu, "direct": lee_yu.replace(correction=None)}

rows = []
for recipe in recipes:
    weights = recipe.fit(china)
    rng = np.random.default_rng(1)
    for _ in range(draws):
        panel = bd.simulate_panel(lee_yu, weights, params=TRUTH, periods=12, seed=rng)
        for name, model in models.items():
            fit = model.fit(panel, weights)
            low, high = fit.conf_int().loc["rho"]
            rows.append(
                {
                    "weights": weights.name,
                    "estimator": name,
                    "rho": fit.rho,
                    "held": low <= TRUE_RHO <= high,
                }
            )

found = pd.DataFrame(rows).groupby(["weights", "estimator"], sort=False).mean()
error = (0.95 * 0.05 / draws) ** 0.5
print(
    f"True rho = {TRUE_RHO}, {draws} samples. A coverage of 0.95 has a standard error of "
    f"{error:.3f}."
)
print(found.rename(columns={"rho": "mean estimate", "held": "coverage"}).round(3).to_string())
