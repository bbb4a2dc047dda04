"""From a request, a panel and weights to the sample of a regression.

In: options, a `Panel`, one to three `SpatialWeights`. Out: a `Sample` of (T, N, K) arrays, lagged
and demeaned, whose regressors were checked for identification. Open `preparation` first, then
`formulas`, the only module of the models that reads formulas, `sample` and `transforms`.
"""
