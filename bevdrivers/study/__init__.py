"""A study file in TOML -> tables, figures, a report and a manifest; the bundled study is one such
file.
"""

from .errors import PackageError, StudyError
from .package.package import package_study
from .package.verify import Verification, verify_package
from .pipeline import StudyResult, bundled_study, check_study, run_study
from .request.config import StudyConfig, load_config
from .template import init_study

__all__ = [
    "PackageError",
    "StudyConfig",
    "StudyError",
    "StudyResult",
    "Verification",
    "bundled_study",
    "check_study",
    "init_study",
    "load_config",
    "package_study",
    "run_study",
    "verify_package",
]
