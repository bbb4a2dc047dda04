"""From results to tables: one module a kind of table.

In: anything with `tidy()` and `glance()`; tests; frames. Out: a `Table`. Open `regression` first.
`results` is what all builders read, `style` how they show it, `rows` the rows and headings that
several share; `notes` and `methods` are what is said below a table: of any result, and of how a
model was estimated.
"""
