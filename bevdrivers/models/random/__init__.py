"""Maximum likelihood with random unit effects or autocorrelated errors.

In: a `Sample`. Out: a `RandomMlEstimate`, the maximum over rho, lam, psi and phi, with its
covariances and variance components. Open `method` first, then `likelihood` and `information`.
"""
