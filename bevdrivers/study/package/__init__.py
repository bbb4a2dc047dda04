"""Replication packages: made, and taken from strangers as data.

In: a study file, or a package. Out: a zip file that holds study, data, code and results; or a
`Verification`. Open `package` first, then `verify`.
"""
