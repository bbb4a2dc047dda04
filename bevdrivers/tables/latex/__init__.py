"""Tables as LaTeX.

In: a `Table`. Out: LaTeX source that fits the page. Open `latex` first.
"""
