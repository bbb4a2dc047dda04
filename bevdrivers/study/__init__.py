"""A study file in TOML becomes tables, figures, a report and a manifest.

In: ``study.toml``; the bundled study is one such file. Out: a folder of results, or a package that
others run again. Each room uses only those before it: `request` (the file becomes a checked plan),
`results` (the folder), `steps` (what is computed), `report` (one page), `pipeline` (the whole run),
`package` (packages made and verified). Open `pipeline` first.
"""

from .errors import PackageError, StudyError
from .package.package import package_study
from .package.verify import Verification, verify_package
from .pipeline import (
    StudyResult,
    bundled_study,
    check_study,
    fill_store,
    run_robustness,
    run_study,
)
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
    "fill_store",
    "init_study",
    "load_config",
    "package_study",
    "run_robustness",
    "run_study",
    "verify_package",
]
