"""A real panel with missing cells: turnover of China's technology markets, where Tibet enters in 2017.

python unbalanced_provinces.py [FOLDER]

The figures are provincial statistics of the National Bureau of Statistics of China, bundled with the
package: the bureau printed no turnover for Tibet before 2017. Origin and licence of each column stand
in data/SOURCE_nbs.md; the map is of Natural Earth, in the public domain.
"""

import sys
from pathlib import Path

import bevdrivers as bd

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
out.mkdir(parents=True, exist_ok=True)

statistics = bd.load_statistics().reset_index()
statistics = statistics[statistics["year"] >= 2011]
panel = bd.Panel.from_frame(
    statistics, unit="province", time="year", geometry=bd.load_provinces()
).with_columns(
    turnover=lambda p: p["tech_market_100m_yuan"] / p["population_10k"],
    gdp_pc=lambda p: p["gdp_100m_yuan"] / p["population_10k"],
)
queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
model = bd.SpatialLag("log(turnover) ~ log(gdp_pc) + urban_share_pct", cov_type="clustered")

# what is there, and two ways to a complete panel
columns = ["turnover", "gdp_pc", "urban_share_pct"]
without_tibet = panel.balance(drop="units", columns=columns)
from_2017 = panel.balance(drop="periods", columns=columns)
fits = {
    "All cells": model.fit(panel, queen),
    "Zero for the absent": model.replace(missing="keep-weights").fit(panel, queen),
    "Without Tibet": model.fit(without_tibet, queen),
    "From 2017": model.fit(from_2017, queen),
}
for name, fit in fits.items():
    total = fit.impacts().frame.loc["log(gdp_pc)", "total"]
    print(
        f"{name:20s} {fit.nobs} observations, rho {fit.rho:.3f} ({fit.std_errors['rho']:.3f}), "
        f"total impact of log(gdp_pc) {total:.3f}"
    )

# Tibet's own effect, and what a change there does to its neighbours while it is there
fit = fits["All cells"]
effect = fit.with_cov("classical").effects.tidy().query("term == 'Tibet'").iloc[0]
print(f"Unit effect of Tibet {effect['estimate']:.2f} ({effect['std_error']:.2f})")
response = fit.shock("log(gdp_pc)", {"Tibet": 0.1}).frame["estimate"]
print("Response to 10 % more income in Tibet, by log points of turnover:")
print(response.sort_values(ascending=False).head(4).round(5).to_string())

table = bd.regression_table(fits, title="Turnover of technology markets, 2011-2024")
table.save(out / "unbalanced.md")
print(table.to_markdown())
