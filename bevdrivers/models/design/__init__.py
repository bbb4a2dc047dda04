"""From a request, a panel and weights to the sample of a regression.

In: an estimator, a `Panel`, one to three `SpatialWeights`. Out: a `Sample` of (T, N, K) arrays, lagged and demeaned,
whose regressors were checked for identification. Open `preparation` first, then `sample` and `transforms`.
"""
