"""What the data are like before any regression: descriptive statistics, collinearity, the outcome's
shape.

In: a `Panel` and names of its columns, or an estimator, a panel and weights (or a fit). Out:
results with `tidy()`. Open `descriptive` first: statistics within and between units, and
correlations. `collinearity` looks at the design that a model estimates from, `outcome` at zeros,
outliers and skewness of what is to be explained.
"""
