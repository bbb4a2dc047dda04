"""The domain's measures: firms -> density and concentration, pilot programmes -> intensity, and the bundled panel."""

from .bundle import build_panel
from .centre import CentreOfGravity, centre_of_gravity
from .density import entry_years, firm_density
from .policy import policy_intensity
from .shares import Concentration, concentration

__all__ = [
    "CentreOfGravity",
    "Concentration",
    "build_panel",
    "centre_of_gravity",
    "concentration",
    "entry_years",
    "firm_density",
    "policy_intensity",
]
