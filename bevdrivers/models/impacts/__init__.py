"""Direct, indirect and total impacts of a fit, and what a change in some units does to every unit.

In: a `FitResult`. Out: `Impacts`, `ImpactOrders`, `Shock`, with standard errors by the delta method
or by draws. Open `impacts` first, then `multipliers`.
"""
