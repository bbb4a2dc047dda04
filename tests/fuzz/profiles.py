"""How many examples a test tries: a few of them always the same in every run of the tests, and many
new ones by night.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "quick",
    derandomize=True,
    max_examples=40,
    deadline=None,
    # a failure is shown as it was found: to make it smaller takes minutes
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "nightly",
    settings.get_profile("quick"),
    derandomize=False,
    phases=tuple(Phase),
    max_examples=900,
    print_blob=True,
)

# a decorator, so that the other tests keep their own settings
fuzzed = settings(settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick")))
