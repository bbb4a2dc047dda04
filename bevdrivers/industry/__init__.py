"""The domain's measures: a registry of firms -> density, pilot programmes -> intensity, and the bundled panel."""

from .bundle import build_panel
from .density import entry_years, firm_density
from .policy import policy_intensity

__all__ = ["build_panel", "entry_years", "firm_density", "policy_intensity"]
