"""Tests that choose a specification: which lags, which effects, which errors; and the path through
all of them.

In: an estimator, a `Panel` and `SpatialWeights`, or a `FitResult`, which has all three. Out:
`TestResult` and `TestGroup`; `select_model` gives a `SelectionPath`. Open `lm` first, then
`selection`, which asks them one by one. Lags: `lm`, `conditional_lm`, `common_factor`, `j_test`.
Effects: `fixed_effects`, `hausman`, `random_effects`, `random_effects_lm`, whose likelihood is in
`error_components`.
"""
