"""Writes pointpats.json: run with `pip install pointpats==2.5.5` in the folder of this file."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pointpats.centrography import ellipse, std_distance, weighted_mean_center

rng = np.random.default_rng(1971)
points = np.round(
    rng.multivariate_normal([300.0, -120.0], [[900.0, 350.0], [350.0, 400.0]], size=12), 2
)
weights = rng.integers(1, 15, size=12).astype(float)
answers = {"version": version("pointpats"), "points": points.tolist(), "weights": weights.tolist()}
answers["center"] = weighted_mean_center(points, weights).tolist()
for name, w in (("weighted", weights), ("plain", None)):
    plain = ellipse(points, weights=w, method="yuill", crimestatCorr=False, degfreedCorr=False)
    answers[f"yuill_{name}"] = [float(number) for number in plain]
    answers[f"crimestat_{name}"] = [float(number) for number in ellipse(points, weights=w)]
answers["std_distance"] = float(std_distance(points))
Path("pointpats.json").write_text(json.dumps(answers, indent=1) + "\n")
