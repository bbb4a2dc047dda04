"""From a study file to a checked plan.

In: ``study.toml`` and the files that it names. Out: a `Plan`: panel, weights, models and stages,
all checked before anything is computed. Open `config` first, then `plan`.
"""
