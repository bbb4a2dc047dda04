"""The linear algebra that spatial models share: spatial lags, solves, and log-determinants of I -
rho W.

In: arrays of shape (T, N) or (T, N, K) and N x N weights W. Out: arrays and numbers; nothing here
knows of panels, models or results. A log-determinant comes from eigenvalues for few units
(`eigenvalue_log_determinants`), from sparse factors with interpolation for many
(`factored_log_determinants`), from series where factors do not fit in memory
(`series_log_determinants`), and for what fixed effects leave of the units from one of these less a
correction (`contrast_log_determinants`). Open `linalg` first.
"""
