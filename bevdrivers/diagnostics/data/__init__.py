"""What the data are like before any regression: descriptive statistics, collinearity, the outcome's shape.

In: a `Panel`, or an estimator and a panel. Out: results with `tidy()`. Open `descriptive` first.
"""
