"""What a study was made of and what it made: everything by name and hash, nothing that differs
between two runs.
"""

from __future__ import annotations

import json
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ...files import write_whole
from ...results import fingerprint, installed_versions
from ..request.inputs import input_files
from ..request.plan import Plan
from .folder import files_in, sha256

# they draw figures and write tables: other versions make other bytes of the same numbers
WRITERS = ("matplotlib", "openpyxl", "python-docx")


def versions_here() -> dict[str, str]:
    """Versions of Python and of the packages that numbers and files depend on, and the kind of
    machine.
    """
    versions = {**installed_versions(), "machine": sysconfig.get_platform()}
    for name in WRITERS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def manifest_of(
    plan: Plan,
    folder: Path,
    warnings: list[str],
) -> dict[str, Any]:
    """The manifest of a study whose outputs stand in `folder`."""
    config, panel = plan.config, plan.panel
    columns = [values for _, values in sorted(panel.columns.items())]
    numbers = [values for values in columns if values.dtype.kind == "f"]
    outputs = {path.relative_to(folder).as_posix(): sha256(path) for path in files_in(folder)}
    return {
        "study": config.as_dict(),
        "seeds": {
            "moran": config.moran.seed,
            "impacts": config.impacts.seed,
            "calibration": config.calibration.seed,
        },
        "versions": versions_here(),
        "inputs": {name: sha256(path) for name, path in input_files(config).items()},
        "panel": {
            "units": [str(unit) for unit in panel.units],
            "periods": list(panel.periods),
            "notes": list(panel.notes),
            "sha256": fingerprint(*numbers),
        },
        "weights": {name: {"name": W.name, "sha256": W.sha256} for name, W in plan.weights.items()},
        "requests": {
            "models": {name: repr(model) for name, model in plan.models.items()},
            "main": repr(plan.main),
            "stages": {stage.title: repr(stage.model) for stage in plan.stages},
        },
        "left_out": dict(plan.left_out),
        "warnings": warnings,
        "outputs": outputs,
    }


def write_manifest(manifest: dict[str, Any], path: Path) -> None:
    """The manifest as JSON with sorted keys."""
    text = json.dumps(
        manifest,
        indent=2,
        sort_keys=True,
        ensure_ascii=False,
    )
    write_whole(path, text + "\n")
