"""What a study computes, step by step.

In: a `Plan`. Out: tables, figures and texts, each an output with a name, a title and its files;
fits that several steps need are computed once. Open `steps` first.
"""
