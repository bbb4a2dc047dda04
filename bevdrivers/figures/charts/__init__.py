"""Charts: scatter plots, intervals, curves, lines over time.

In: frames and results. Out: `Axes` or a `Figure`. Open `impacts` first, then `intervals`.
"""
