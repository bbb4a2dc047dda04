"""The bundled study of China's battery electric vehicle (BEV) industry, in Python rather than from
its TOML file.

python bev_study.py [FOLDER]
"""

import sys
from pathlib import Path

import bevdrivers as bd

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
out.mkdir(parents=True, exist_ok=True)

LABELS = {
    "log1p(bev_density)": "BEV firm density (log)",
    "log(gdp_pc)": "GDP per head (log)",
    "tertiary_share": "Tertiary share (%)",
    "log1p(inventions)": "Inventions per head (log)",
    "policy": "Pilot programmes",
}
FORMULA = "log1p(bev_density) ~ log(gdp_pc) + tertiary_share + log1p(inventions) + policy"

panel = bd.load_panel()  # 31 provinces, 2011-2020
queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)  # across the Qiongzhou Strait

# 1. Is the industry clustered?
moran = bd.Moran("log1p(bev_density)", permutations=999, seed=1).fit(panel, queen)
bd.moran_table(moran, labels=LABELS).save(out / "moran.tex")
figure = bd.choropleth_years(
    panel.geometry, panel["bev_density"], panel.periods, legend_title="Firms per 10,000 km²"
)
bd.save_figure(figure, out / "map.png", dpi=150)

# 2. Which model? Every test and the rule by which it decided are kept.
sdm = bd.SpatialDurbin(FORMULA)
path = bd.select_model(sdm, panel, queen, seed=1)
print(path.summary())
bd.tests_table(path.tests).save(out / "tests.tex")

# 3. Models side by side, and what a driver does at home and next door.
requests = [sdm.to(bd.NonSpatial), sdm.to(bd.SpatialLag), sdm.to(bd.SpatialError), sdm]
fits = [request.fit(panel, queen) for request in requests]
bd.regression_table(fits, labels=LABELS).save(out / "models.tex")
impacts = fits[-1].impacts(draws=1000, seed=1)
table = bd.impacts_table(impacts, labels=LABELS)
table.save(out / "impacts.tex")
print(table.to_markdown())
bd.save_figure(bd.impacts_plot(impacts, labels=LABELS), out / "impacts.pdf")

# 4. Two stages. No pilot programme is in force after 2015, so that it drops out of the second.
stages = {
    "2011–2015": (FORMULA, range(2011, 2016)),
    "2016–2020": (FORMULA.removesuffix(" + policy"), range(2016, 2021)),
}
by_stage = [
    sdm.replace(formula=formula).fit(panel.select(periods=years), queen)
    for formula, years in stages.values()
]
bd.regression_table(by_stage, titles=list(stages), labels=LABELS).save(out / "stages.tex")

print(f"{len(list(out.iterdir()))} files in {out}/")
