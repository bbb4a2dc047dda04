"""A second opinion on a fit or on Moran's I from independent programs, with the known reasons for
differences.

In: a `FitResult` or a `MoranResult`. Out: `CrossCheck`, a row a number. Open `crosscheck` first.
Each program has its module (`spreg_bridge`, `python_least_squares`, `spatialreg`, `esda_moran`) and
answers with a `ProgramResult`, or says why it cannot. `to_spreg` in `spreg_bridge` hands a fit's
arrays to spreg in its form, for whoever goes on there.
"""
