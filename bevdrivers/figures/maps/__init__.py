"""Maps: values, clusters, links, flows, movements of a centre.

In: geometry and values by unit. Out: `Axes` or a `Figure`. Open `choropleth` first; `sheet` lays the maps out.
"""
