"""Two-stage least squares and generalised moments, with fixed or random unit effects.

In: a `Sample` and its instruments. Out: estimates of b, rho and lam, their joint covariance, and
tests of the instruments. Open `fixed_effects` first, then `two_stage`, `error_moments` and
`instruments`; `random_effects` is the same with random unit effects, and `method` what both have
in common.
"""
