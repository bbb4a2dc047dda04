"""Panels with known truth, and fitted models run again: bootstrap, and calibration in one's own design.

In: arrays of shape (T, N, ...) and N x N matrices of weights. Out: spatial lags, eigenvalues, log-determinants of I -
rho W and their derivatives, exact for small N, by factors for large and by series for the largest, and integrals of
likelihoods. Open `linalg` first, then `log_determinants`.
"""
