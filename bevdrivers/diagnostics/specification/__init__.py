"""Tests that choose a specification: which lags, which effects, which errors; and the path through all of them.

In: an estimator, a `Panel`, `SpatialWeights`. Out: `TestResult` and `TestGroup`; `select_model` gives a
`SelectionPath`. Open `lm` first, then `selection`.
"""
