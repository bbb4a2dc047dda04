"""Charts: scatter plots, intervals, curves, lines over time.

In: frames and results with `tidy()`. Out: `Axes`, or a `Figure` of several plots. Open `impacts`
first, then `intervals`, which draws what impacts, coefficients and shares have in common.
"""
