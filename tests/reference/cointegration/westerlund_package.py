"""python westerlund_package.py CIGAR.csv > westerlund.json: the package Westerlund, a port of
Stata's xtwest.

CIGAR.csv is plm's data set Cigar as R's write.csv gives it: log sales on log real price (and
income), 46 states.
"""

import contextlib
import io
import json
import sys

import numpy as np
import pandas as pd
from Westerlund import WesterlundTest

frame = pd.read_csv(sys.argv[1])
frame["ls"] = np.log(frame["sales"])
frame["lp"] = np.log(frame["price"] / frame["cpi"])
frame["li"] = np.log(frame["ndi"] / frame["cpi"])
out = {}
for kind, (constant, trend) in {
    "none": (False, False),
    "constant": (True, False),
    "trend": (True, True),
}.items():
    for names in (["lp"], ["lp", "li"]):
        for lags, leads, window in ((1, 0, 2), (2, 1, 3), (0, 0, 2)):
            with contextlib.redirect_stdout(io.StringIO()):
                test = WesterlundTest(
                    frame,
                    "ls",
                    names,
                    "state",
                    "year",
                    lags=lags,
                    leads=leads,
                    lrwindow=window,
                    constant=constant,
                    trend=trend,
                ).run()
            out[f"{kind}_{len(names)}_{lags}_{leads}_{window}"] = {
                "raw": {name: float(value) for name, value in test["test_stats"].items()},
                "z": {name: float(value) for name, value in test["z_scores"].items()},
            }
print(json.dumps(out, indent=1))
