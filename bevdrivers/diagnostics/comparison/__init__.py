"""Fits beside each other: two stages, groups of units, without one unit or period, with and without
drivers.

In: an estimator, a `Panel` and `SpatialWeights`, or a `FitResult`, which has all three. Out:
results with `tidy()`. Open `stages` first: it compares two stages split at a given period;
`break_search` looks for the period. `groups` compares groups of units within one regression,
`influence` leaves out each unit and period, `sensitivity` asks of a driver that was left out, and
`driver_contributions` shares out the fit among groups of drivers. `resampling` draws the bootstrap
outcomes.
"""
