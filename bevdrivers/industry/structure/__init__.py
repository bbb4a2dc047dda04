"""What an industry's regions are made of: segments, their variety, and how they lie together.

In: a panel with a column, or an expression, for each segment. Out: `Measures`, a row a period and
region, segment or pair. Open `segments` first: it reads the values and says what they must be.
"""

from .agglomeration import coagglomeration, ellison_glaeser
from .composite import EntropyIndex, entropy_index
from .gini import dagum
from .quotient import location_quotient
from .relatedness import relatedness_density
from .specialisation import specialisation
from .variety import variety

__all__ = [
    "EntropyIndex",
    "coagglomeration",
    "dagum",
    "ellison_glaeser",
    "entropy_index",
    "location_quotient",
    "relatedness_density",
    "specialisation",
    "variety",
]
