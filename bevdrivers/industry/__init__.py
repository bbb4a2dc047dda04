"""Measures of an industry: where its firms are, how dense and how concentrated, and which
programmes support them.

In: registries of firms and programmes, points, or a panel. Out: frames of one row a region and
year, and results by period. Open `registry` first; `structure` has the measures of segments, `space`
those of points and lines; `bundle` puts together the panel that ships with the package, and alone
knows which industry and which country it is.
"""

from .belts import with_belts
from .bundle import BELTS, HU_LINE, build_panel
from .centre import CentreOfGravity, centre_of_gravity
from .coordination import Coordination, coupling_coordination
from .density import entry_years, firm_density
from .geodetector import Geodetector, GeodetectorResult
from .measures import Measures
from .policy import policy_intensity
from .registry import (
    PlacedFirms,
    Registry,
    firm_flows,
    firm_survival,
    place_firms,
    registry_panel,
)
from .shares import Concentration, concentration
from .space import duranton_overman, nearest_neighbour, ripley_l, share_east
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
    "BELTS",
    "CentreOfGravity",
    "Concentration",
    "Coordination",
    "EntropyIndex",
    "Geodetector",
    "GeodetectorResult",
    "HU_LINE",
    "Measures",
    "PlacedFirms",
    "Registry",
    "build_panel",
    "centre_of_gravity",
    "coagglomeration",
    "concentration",
    "coupling_coordination",
    "dagum",
    "duranton_overman",
    "ellison_glaeser",
    "entropy_index",
    "entry_years",
    "firm_density",
    "firm_flows",
    "firm_survival",
    "location_quotient",
    "nearest_neighbour",
    "place_firms",
    "policy_intensity",
    "registry_panel",
    "relatedness_density",
    "ripley_l",
    "share_east",
    "specialisation",
    "variety",
    "with_belts",
]
