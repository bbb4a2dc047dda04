"""One model over several weights and periods: does the conclusion hang on the matrix?

python robustness_over_weights.py [FOLDER]
"""

import sys
from pathlib import Path

import pandas as pd

import bevdrivers as bd

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
out.mkdir(parents=True, exist_ok=True)

DRIVER = "log1p(inventions)"
CAPITALS = ("capital_lon", "capital_lat")

panel = bd.load_panel()
sdm = bd.SpatialDurbin(f"log1p(bev_density) ~ log(gdp_pc) + tertiary_share + {DRIVER}")
joined = {"Hainan": ["Guangdong"]}
recipes = [
    bd.Queen(islands=joined),
    bd.Rook(islands=joined),
    bd.KNearest(4, points=CAPITALS),
    bd.KNearest(6, points=CAPITALS),
    bd.InverseDistance(1, points=CAPITALS),
    bd.InverseDistance(2, points=CAPITALS),
]
stages = {"all": range(2011, 2021), "2011–2015": range(2011, 2016), "2016–2020": range(2016, 2021)}

rows = []
for recipe in recipes:
    weights = recipe.fit(panel)
    for stage, years in stages.items():
        fit = sdm.fit(panel.select(periods=years), weights)
        impacts = fit.impacts()  # standard errors by the delta method
        total = impacts.tidy().query("term == @DRIVER and component == 'total'").iloc[0]
        rows.append(
            {
                "weights": weights.name,
                "years": stage,
                "rho": fit.rho,
                "rho_se": fit.std_errors["rho"],
                "direct": impacts.direct[DRIVER],
                "indirect": impacts.indirect[DRIVER],
                "total": total["estimate"],
                "total_se": total["std_error"],
                "total_p": total["p_value"],
            }
        )

table = pd.DataFrame(rows).set_index(["weights", "years"])
print(f"Impacts of {DRIVER} on {fit.described['outcome']}")
print(table.round(3).to_string())
table.to_csv(out / "robustness.csv")

share = (table["total_p"] < 0.05).groupby("years", sort=False).mean()
print("\nShare of weights with a total impact that differs from zero at 5 %:")
print(share.to_string())
