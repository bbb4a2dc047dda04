"""python arch_pp.py CIGAR.csv > arch.json: Phillips-Perron Z_t of each state by the package arch,
log of sales.

CIGAR.csv is plm's data set Cigar as R's write.csv gives it.
"""

import json
import sys

import arch
import numpy as np
import pandas as pd
from arch.unitroot import PhillipsPerron

frame = pd.read_csv(sys.argv[1])
series = [
    np.log(group.sort_values("year")["sales"].to_numpy()) for _, group in frame.groupby("state")
]
out = {"versions": {"arch": arch.__version__}}
for trend in ("n", "c", "ct"):
    for lags in (0, 3):
        out[f"{trend}_{lags}"] = [
            float(PhillipsPerron(y, lags=lags, trend=trend).stat) for y in series
        ]
print(json.dumps(out))
