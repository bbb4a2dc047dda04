"""Fits against each other: by stage, by group, without a unit or a period, with and without a group of drivers.

In: an estimator, a `Panel`, `SpatialWeights`, or a `FitResult`. Out: results with `tidy()`. Open `stages` first.
"""
