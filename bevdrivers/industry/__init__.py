"""Measures of an industry: where its firms are, how dense and how concentrated, and which
programmes support them.

In: registries of firms and programmes, or a panel. Out: frames of one row a region and year, and
results by period. Open `density` first; `bundle` puts the measures together to the panel that ships
with the package.
"""

from .bundle import build_panel
from .centre import CentreOfGravity, centre_of_gravity
from .coordination import Coordination, coupling_coordination
from .density import entry_years, firm_density
from .geodetector import Geodetector, GeodetectorResult
from .policy import policy_intensity
from .shares import Concentration, concentration

__all__ = [
    "CentreOfGravity",
    "Concentration",
    "Coordination",
    "Geodetector",
    "GeodetectorResult",
    "build_panel",
    "centre_of_gravity",
    "concentration",
    "coupling_coordination",
    "entry_years",
    "firm_density",
    "policy_intensity",
]
