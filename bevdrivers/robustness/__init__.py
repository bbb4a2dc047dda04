"""How far results depend on what was assumed."""

from .bootstrap import BootstrapResult, bootstrap

__all__ = ["BootstrapResult", "bootstrap"]
