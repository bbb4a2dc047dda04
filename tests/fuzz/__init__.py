"""Random requests on random data: each has an answer that keeps its promises, or one clear refusal.

In: the strategies of `data` (panels, weights) and `requests` (models, statistics). Out: nothing but
passing tests. `outcome` says what an answer and a refusal are, `invariants` what an answer keeps.
How long they search is chosen by HYPOTHESIS_PROFILE: "quick" (the default) or "nightly".
"""
