"""Tables as LaTeX.

In: a `Layout` and the options of `Table.to_latex`. Out: LaTeX source that fits the page. Open
`document` first: the forms, from the float to the bare tabular; `body` is what stands inside each.
`page` chooses font and orientation from the `widths`, `alignment` aligns decimal points, `text`
spells Unicode in LaTeX.
"""
