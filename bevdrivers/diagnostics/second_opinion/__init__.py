"""A second opinion on a fit from independent programs, with the known reasons for differences.

In: a `FitResult`. Out: `CrossCheck`, a row a number. Open `crosscheck` first; `programs` calls the others.
"""
