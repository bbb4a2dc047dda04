"""What a policy did, and what it did to neighbours, by years since it came.

In: a `Panel` with a column of first treatment years, and weights. Out: effects by event time on the
treated and on their neighbours, with simultaneous bands. `adoption` reads the column, `paths` holds
effects by event time with their bands, `event_study` is the regression, `imputation` the form for
staggered adoption, `placebo` permutes adoption.
"""

from .event_study import EventStudy, EventStudyResult
from .imputation import Imputation, ImputationResult
from .placebo import adoption_placebo

__all__ = [
    "EventStudy",
    "EventStudyResult",
    "Imputation",
    "ImputationResult",
    "adoption_placebo",
]
