"""From a study file to a checked plan.

In: ``study.toml`` and the files that it names. Out: a `Plan` of panel, weights, models and stages,
all checked before anything is computed. `config` reads the file section by section into the frozen
records of `records`; `panel_input` and `weights_input` read what it names; `plan` puts all together
and checks it. Open `config` first, then `plan`.
"""
