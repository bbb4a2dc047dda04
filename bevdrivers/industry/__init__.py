"""Measures of an industry: where its firms are, how dense and how concentrated, and which
programmes support them.

In: registries of firms and programmes, or a panel. Out: frames of one row a region and year, and
results by period. Open `density` first; `bundle` puts the measures together to the panel that ships
with the package.
"""

from .bundle import build_panel
from .centre import CentreOfGravity, centre_of_gravity
from .density import entry_years, firm_density
from .measures import Measures
from .policy import policy_intensity
from .shares import Concentration, concentration
from .structure import (
    EntropyIndex,
    coagglomeration,
    dagum,
    ellison_glaeser,
    entropy_index,
    location_quotient,
    relatedness_density,
    specialisation,
    variety,
)

__all__ = [
    "CentreOfGravity",
    "Concentration",
    "EntropyIndex",
    "Measures",
    "build_panel",
    "centre_of_gravity",
    "coagglomeration",
    "concentration",
    "dagum",
    "ellison_glaeser",
    "entropy_index",
    "entry_years",
    "firm_density",
    "location_quotient",
    "policy_intensity",
    "relatedness_density",
    "specialisation",
    "variety",
]
