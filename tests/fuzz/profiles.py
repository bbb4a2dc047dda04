"""How many examples a test tries: a few of them always the same in every run of the tests, and many
new ones by night.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick",
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "nightly",
    settings.get_profile("quick"),
    derandomize=False,
    max_examples=1500,
    print_blob=True,
)

# a decorator, so that the other tests keep their own settings
fuzzed = settings(settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick")))
