"""Tests of the series of a panel: unit roots and cointegration.

In: a `Panel` and columns of it. Out: `SeriesTest`. Open `unit_root` first.
"""
