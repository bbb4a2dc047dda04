"""A study file in TOML -> tables, figures, a report and a manifest; the bundled study is one such file."""

from .config import StudyConfig, load_config
from .errors import StudyError
from .pipeline import StudyResult, bundled_study, check_study, run_study
from .template import init_study

__all__ = [
    "StudyConfig",
    "StudyError",
    "StudyResult",
    "bundled_study",
    "check_study",
    "init_study",
    "load_config",
    "run_study",
]
