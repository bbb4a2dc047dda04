"""From results to tables: one builder a kind of table.

In: anything with `tidy()` and `glance()`. Out: a `Table`. Open `regression` first; `reading` is what all builders
read of a result, `notes` what they say below.
"""
