"""The catalogue of bad input: one table a kind of it, one row a case, each with the message that it gets."""
