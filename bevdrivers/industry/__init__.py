"""The domain's measures: firms -> density and concentration, pilot programmes -> intensity, and the bundled panel."""

from .bundle import build_panel
from .density import entry_years, firm_density
from .policy import policy_intensity
from .shares import Concentration, concentration

__all__ = ["Concentration", "build_panel", "concentration", "entry_years", "firm_density", "policy_intensity"]
