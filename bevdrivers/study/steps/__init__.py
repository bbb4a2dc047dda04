"""What a study computes, step by step.

In: a `Plan`. Out: tables, figures and texts, each an `Output` with a name, a title and its files.
`steps` lists the steps in order; a module ``..._steps`` holds those of one kind. Fits that several
steps need are computed once, in `shared_results`. Open `steps` first.
"""
