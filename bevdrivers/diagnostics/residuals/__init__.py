"""What the residuals of a fit say of the errors that it supposes.

In: a `FitResult`. Out: a `TestGroup`. Open `residuals` first.
"""
