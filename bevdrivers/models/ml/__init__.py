"""Maximum likelihood with fixed effects or none.

In: a `Sample`. Out: an `MlEstimate`, the maximum of its concentrated log-likelihood corrected for
the bias of the effects, with the record of the search; and its covariances. Open `method` first,
then `likelihood`, `maximisation`, `information` and `covariance`.
"""
