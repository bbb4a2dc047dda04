"""Makes the input of own_data.py: a panel with known truth, and its matrix, as CSV files beside
this script.
"""

from pathlib import Path

import numpy as np

import bevdrivers as bd

HERE = Path(__file__).parent

rng = np.random.default_rng(2024)
districts = [f"D{i:02d}" for i in range(1, 25)]
at = rng.uniform(size=(24, 2))
distance = np.linalg.norm(at[:, None] - at[None], axis=2)
np.fill_diagonal(distance, np.inf)
near = distance <= np.sort(distance, axis=1)[:, [3]]
links = near | near.T
weights = bd.SpatialWeights.from_matrix(links.astype(float), districts, name="neighbours")

truth = {
    "wage": -0.6,
    "roads": 0.8,
    "subsidy": 0.3,
    "W_wage": 0.2,
    "W_roads": 0.4,
    "W_subsidy": -0.1,
    "rho": 0.4,
}
model = bd.SpatialDurbin("firms ~ wage + roads + subsidy")
panel = bd.simulate_panel(model, weights, params=truth, periods=8, sigma2=0.5, seed=rng)

frame = (
    panel.frame.rename(columns={"unit": "district"})
    .assign(year=lambda f: f["year"] + 2014)
    .round(4)
)
frame.to_csv(HERE / "own_panel.csv", index=False)
header = ",".join(["district", *districts])
rows = [
    ",".join([name, *map(str, row.astype(int))]) for name, row in zip(districts, links, strict=True)
]
(HERE / "own_weights.csv").write_text("\n".join([header, *rows, ""]))
