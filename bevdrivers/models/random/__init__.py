"""Maximum likelihood with random unit effects or autocorrelated errors.

In: a `Sample`. Out: the maximum over rho, lam, psi and phi, with information matrix, covariances and variance
components. Open `likelihood` first.
"""
