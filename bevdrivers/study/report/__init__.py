"""The report of a study: one HTML page that needs nothing from elsewhere.

In: a `Plan` and its outputs. Out: ``report.html``. Open `report` first.
"""
