"""Weights of your own: links by hand, a matrix of flows, economic distance, a libpysal graph.

python custom_weights.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np
from libpysal.graph import Graph

import bevdrivers as bd

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
out.mkdir(parents=True, exist_ok=True)

panel = bd.load_panel()
units = list(panel.units)
N = len(units)

# 1. Links by hand, onto a matrix that is there: Queen contiguity and a ferry.
queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
links = (queen.dense > 0).astype(float)
for a, b in [("Liaoning", "Shandong")]:  # across the Bohai Strait
    links[units.index(a), units.index(b)] = links[units.index(b), units.index(a)] = 1.0
ferry = bd.SpatialWeights.from_matrix(links, units, name="Queen and ferry")

# 2. Flows: row i, column j is what i receives from j. Here a gravity guess; put your table in its
# place.
gdp = panel["gdp_100m_yuan"][0]
nearness = (
    bd.InverseDistance(1, points=("capital_lon", "capital_lat"), normalise=None).fit(panel).dense
)
flows = np.outer(gdp, gdp) * nearness  # with a zero diagonal: nobody is their own neighbour
trade = bd.SpatialWeights.from_matrix(flows, units, name="Flows")

# 3. Economic distance: neighbours count the more, the closer their GDP per head. Values from before
# the sample keep the matrix exogenous; here the first year stands in for them.
income = panel["gdp_pc"][0]
gap = np.abs(income[:, None] - income[None, :])
alike = np.where(queen.dense > 0, 1.0 / np.maximum(gap, 1.0), 0.0)
economic = bd.SpatialWeights.from_matrix(alike, units, name="Economic, neighbours")

# 4. Anything that libpysal can make.
flat = panel.geometry.to_crs(
    "+proj=aea +lat_1=25 +lat_2=47 +lat_0=36 +lon_0=105"
)  # metres, not degrees
graph = Graph.build_kernel(flat.centroid, kernel="gaussian", k=6)
kernel = bd.SpatialWeights.from_libpysal(graph, name="Gaussian kernel")

model = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + tertiary_share + log1p(inventions)")
everything = [queen, ferry, trade, economic, kernel]
fits = [model.fit(panel, weights) for weights in everything]
table = bd.regression_table(fits, titles=[weights.name for weights in everything])
print(table.to_markdown())
table.save(out / "custom_weights.tex")
print("Wrote", ferry.to_gal(out / "ferry.gal"), "and", trade.to_csv(out / "flows.csv"))
