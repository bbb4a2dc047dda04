"""Adjusted quasi scores: lags of y and of the error where cells are missing, weights differ by
period, or errors have unequal variances. In: `Stacked`, the cells that are there one below the
other. Out: a `ScoreEstimate` and its covariance. Start with `score`, which states the equations.
"""
