"""Tests of the variables of a panel over time: unit roots and cointegration.

In: a `Panel` and the names of its columns. Out: a `SeriesTest`: the panel statistics and the units'
own regressions. Open `unit_root` or `cointegration` first: they hold the public functions and the
checks of what is asked. The numbers are made in `unit_root_statistics` (from the regressions in
`dickey_fuller`) and `westerlund`, from arrays alone; what the papers tabulate is in
`published_moments`.
"""
