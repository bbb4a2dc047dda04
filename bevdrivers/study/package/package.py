"""`bevdrivers package`: a study, its data, the code and the results in one zip file that reproduces
itself.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from importlib.resources import files
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ...datasets import data_path
from ...files import replacing
from ..errors import StudyError
from ..names import fault_of_names
from ..pipeline import Progress, check_study, run_study
from ..request.config import StudyConfig, load_config
from ..request.inputs import input_files
from ..results.folder import files_in
from .archive import check_archive
from .contents import CODE, HASHES, RESULTS, hash_list, hashes_in
from .readme import readme_of

REQUIREMENTS, README, SCRIPT = "requirements.txt", "README.md", "run.py"
OWN = (HASHES, RESULTS, CODE, REQUIREMENTS, README, SCRIPT)
# zip files hold local times without a zone; the first that they can hold makes two runs equal
TIME = (1980, 1, 1, 0, 0, 0)
NOT_CODE = ("__pycache__", "*.pyc")

RUN = '''"""Run the study again by the code in this package and compare every result: python run.py

This executes what is in code/. Where you do not trust the package, use a bevdrivers of your own,
which executes nothing of it: bevdrivers verify FOLDER
"""

import os
import sys
from pathlib import Path

# nothing is written beside the code: it would count as added to the package
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "code"))

from bevdrivers.cli import main  # noqa: E402

print("RUNNING THE CODE OF THIS PACKAGE, which is in code/, and no bevdrivers that is installed", flush=True)
sys.exit(main(["verify", str(HERE), *sys.argv[1:]]))
'''


def package_study(
    study: str | Path,
    out: str | Path,
    *,
    progress: Progress | None = None,
) -> Path:
    """Run a study and write its replication package.

    The zip file holds ``README.md`` (in the form that data editors of journals ask for), the study
    file, its data or a statement about them, the source of this package under ``code/``, the exact
    versions in ``requirements.txt``, the results with their manifest, ``run.py``, and
    ``hashes.txt`` over all of them. The same study gives the same bytes.

    Parameters
    ----------
    study : path
        A study file. What it names has to be below its folder.
    out : path
        The zip file; it takes its place when it is complete.
    progress : function, optional
        Called with a line of text when a step begins.

    Returns
    -------
    Path of the zip file

    Raises
    ------
    StudyError
        The study cannot be run, names a file outside its folder or with a name that not every
        system can hold, is larger than `verify_package` takes, or `out` is no name of a zip file.

    See Also
    --------
    verify_package : run such a package again and compare.
    """
    target = Path(out)
    if target.suffix.lower() != ".zip":
        raise StudyError(
            "--out",
            expected="a name that ends in .zip",
            got=repr(str(out)),
            remedy="Write --out study.zip, for instance.",
        )
    if target.is_dir():
        raise StudyError(
            "--out",
            expected="the name of a zip file",
            got=f"a folder, {str(out)!r}",
            remedy="Choose another name, or move the folder.",
        )
    config = load_config(study)
    refuse_places(config)
    plan = check_study(config)
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / target.stem
        folder.mkdir()
        began = time.monotonic()
        result = run_study(config, folder / RESULTS, progress=progress)
        minutes = int((time.monotonic() - began) // 60) + 1
        _put_inputs(config, Path(study), folder)
        packages = pinned()
        _write(
            folder / REQUIREMENTS,
            "".join(f"{name}=={number}\n" for name, number in packages.items()),
        )
        _write(folder / SCRIPT, RUN)
        _write(folder / README, readme_of(plan, result, minutes))
        _write(folder / HASHES, hash_list(hashes_in(folder)))
        return _zipped(folder, target)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def refuse_places(config: StudyConfig) -> None:
    """Refuse files that a package has no place for: outside the study's folder, or under names that
    are its own.

    Raises
    ------
    StudyError
    """
    names = {name: PurePosixPath(name).as_posix() for name in input_files(config)}
    for name, plain in names.items():
        if Path(name).is_absolute() or ".." in PurePosixPath(name.replace("\\", "/")).parts:
            raise StudyError(
                config.file,
                expected=(
                    "files below the folder of the study, which a package can hold under "
                    "the same names"
                ),
                got=repr(name),
                remedy="Move the file there and change the line that names it.",
            )
        if plain.partition("/")[0] in OWN:
            remedy = "Rename it and change the line that names it."
            raise StudyError(
                config.file,
                expected=f"names other than {', '.join(OWN)}",
                got=repr(name),
                remedy=remedy,
            )
    if fault := fault_of_names([config.file, *names.values()]):
        remedy = "Rename it and change the line that names it."
        raise StudyError(
            config.file,
            expected="plain names, which every system can hold",
            got=fault,
            remedy=remedy,
        )


def _put_inputs(
    config: StudyConfig,
    study: Path,
    folder: Path,
) -> None:
    """The study file, its data if they may be shared, and the code with the bundled data."""
    shutil.copyfile(study, folder / config.file)
    for name, path in input_files(config).items():
        if not name.startswith("bundled/") and (
            config.package.share_data or name not in config.data.paths
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
    package = Path(str(files("bevdrivers")))
    code = folder / CODE / package.name
    shutil.copytree(package, code, ignore=_left_out_of(package))
    for entry in distribution("bevdrivers").files or ():
        if entry.name == "LICENSE":
            shutil.copyfile(str(entry.locate()), folder / CODE / entry.name)
    shutil.copytree(
        data_path("datapackage.json").parent,
        code / "data",
        ignore=shutil.ignore_patterns(".*", "__*"),
    )


def _left_out_of(package: Path) -> Callable[[str, list[str]], set[str]]:
    """What is no code: bytecode anywhere, and the folder of data at the top, which is copied from
    where the data are.
    """
    bytecode = shutil.ignore_patterns(*NOT_CODE)

    def left_out(folder: str, names: list[str]) -> set[str]:
        data = {"data"} if Path(folder) == package else set()
        return bytecode(folder, names) | data

    return left_out


def pinned() -> dict[str, str]:
    """Name -> installed version of every package that this one needs, directly or not, in the order
    of their names.
    """
    versions: dict[str, str] = {}
    queue = ["bevdrivers"]
    while queue:
        for need in map(Requirement, requires(queue.pop()) or ()):
            name = canonicalize_name(need.name)
            if name in versions or (need.marker and not need.marker.evaluate({"extra": ""})):
                continue
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                continue
            queue.append(name)
    return dict(sorted(versions.items()))


def _zipped(folder: Path, target: Path) -> Path:
    """All files below `folder`, in one zip file under the folder's name."""
    with replacing(target) as draft:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(files_in(folder)):
                name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name, TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
        with zipfile.ZipFile(draft) as archive:
            check_archive(archive, target.name)  # what cannot be verified is not made
    return target
