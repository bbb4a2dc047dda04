"""Your own data: a CSV file with one row a unit and year, and a CSV file with the links between the
units.

python own_data.py [PANEL.csv WEIGHTS.csv [FOLDER]]
"""

import sys
from pathlib import Path

import pandas as pd

import bevdrivers as bd

HERE = Path(__file__).parent
panel_file = sys.argv[1] if len(sys.argv) > 1 else HERE / "own_panel.csv"
weights_file = sys.argv[2] if len(sys.argv) > 2 else HERE / "own_weights.csv"
out = Path(sys.argv[3] if len(sys.argv) > 3 else "out")
out.mkdir(parents=True, exist_ok=True)

# Rows in any order. Duplicates, gaps and text among numbers are refused with the cells named.
panel = bd.Panel.from_csv(panel_file, unit="district", time="year")
print(panel)
print(panel.describe())

# The first column and the first row hold the same ids as the panel, in any order: they are matched
# by id.
links = pd.read_csv(weights_file, index_col=0)
weights = bd.SpatialWeights.from_matrix(
    links[links.index].to_numpy(), links.index, name="neighbours"
)
print(weights.summary())

# Two-way fixed effects and Lee and Yu's correction are the defaults.
sdm = bd.SpatialDurbin("firms ~ wage + roads + subsidy")
fit = sdm.fit(panel, weights)
print(fit.summary())

# Coefficients of a model with a lag of y are not marginal effects: report impacts.
impacts = fit.impacts(draws=1000, seed=1)
print(impacts.tidy())

# Does the Durbin model reduce to a simpler one?
path = bd.select_model(sdm, panel, weights)
print(path.summary())

lag = sdm.to(bd.SpatialLag).fit(panel, weights)
table = bd.regression_table(
    [lag, fit], impacts=[lag.impacts(draws=1000, seed=1), impacts], title="Where firms settle"
)
for ending in ("tex", "md", "html"):
    print("Wrote", table.save(out / f"own_data.{ending}"))
