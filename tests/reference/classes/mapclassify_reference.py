"""Writes mapclassify.json: run with `pip install mapclassify==2.10.0` in the folder of this
file.
"""

import json
from importlib.metadata import version
from pathlib import Path

import mapclassify
import numpy as np

values = np.round(np.random.default_rng(2013).pareto(1.2, size=60), 4)
answers = {"version": version("mapclassify"), "values": values.tolist()}
answers["std_mean"] = mapclassify.StdMean(values).bins.tolist()
answers["box"] = mapclassify.BoxPlot(values).bins.tolist()
answers["headtails"] = np.asarray(mapclassify.HeadTailBreaks(values).bins).tolist()
answers["fisher"] = mapclassify.FisherJenks(values, k=4).bins.tolist()
Path("mapclassify.json").write_text(json.dumps(answers, indent=1) + "\n")
