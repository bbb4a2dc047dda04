"""Maximum likelihood with fixed effects or none.

In: a `Sample`. Out: the maximum of its concentrated log-likelihood, the information matrix there, and corrections of
the bias. Open `likelihood` first, then `maximisation` and `information`.
"""
