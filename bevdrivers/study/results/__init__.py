"""The folder of results: whole or as it was, whatever happens.

In: the files of a run, in a draft beside their place. Out: the folder, its files exchanged as one,
with a manifest. Open `staging` first, then `exchange`.
"""
