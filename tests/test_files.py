"""Every writer of the package: whole files or none, and what the system refuses in words."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.errors import FileError
from bevdrivers.files import replacing, write_whole


def small_table() -> Any:
    panel = bd.Panel.from_arrays(
        {"x": np.arange(6.0).reshape(2, 3)}, units=list("abc"), periods=[1, 2]
    )
    return bd.descriptive_table(panel.describe(), title="Small")


def small_weights() -> Any:
    return bd.SpatialWeights.from_matrix(np.ones((3, 3)) - np.eye(3), list("abc"))


def small_figure() -> Any:
    return bd.moran_scatter([1.0, 2.0, 4.0], [2.0, 2.5, 3.0])


WRITERS: dict[str, Callable[[Path], Any]] = {
    "table.tex": lambda path: small_table().save(path),
    "tables.md": lambda path: bd.save_tables([small_table(), small_table()], path),
    "table.xlsx": lambda path: small_table().save(path),
    "figure.svg": lambda path: bd.save_figure(small_figure(), path),
    "figure.png": lambda path: bd.save_figure(small_figure(), path, dpi=50),
    "figure.pdf": lambda path: bd.save_figure(small_figure(), path),
    "weights.gal": lambda path: small_weights().to_gal(path),
    "weights.csv": lambda path: small_weights().to_csv(path),
    "weights.mat": lambda path: small_weights().to_mat(path),
    "text.txt": lambda path: write_whole(path, "text"),
}
# smaller than what any of the writers writes
FULL = 16 * 1024


@pytest.fixture(params=WRITERS)
def writer(request: pytest.FixtureRequest) -> tuple[str, Callable[[Path], Any]]:
    if request.param.endswith(".xlsx"):
        pytest.importorskip("openpyxl")
    return request.param, WRITERS[request.param]


def test_a_folder_in_the_way_is_named_and_left(
    writer: tuple[str, Callable[[Path], Any]], tmp_path: Path
) -> None:
    name, write = writer
    (tmp_path / name).mkdir()
    with pytest.raises(FileError, match="expected a file; got a folder of this name") as caught:
        write(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_a_link_is_replaced_and_never_written_through(
    writer: tuple[str, Callable[[Path], Any]], tmp_path: Path
) -> None:
    name, write = writer
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    write(tmp_path / name)
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert (tmp_path / name).is_file()
    assert not (tmp_path / name).is_symlink()


def test_a_refused_rename_leaves_the_old_file_and_no_draft(
    writer: tuple[str, Callable[[Path], Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where another program holds the file open on Windows."""
    name, write = writer
    (tmp_path / name).write_text("old")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(errno.EACCES, "Permission denied", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(
        FileError, match="expected permission to use it; got permission denied. What stood"
    ) as caught:
        write(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert (tmp_path / name).read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / name]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 KiB, where the system lets a test mount one."""
    position = tmp_path / "disk"
    position.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={FULL}", "none", str(position)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("the system lets no test mount a disk")
    yield position
    subprocess.run(["umount", str(position)], check=True)


def test_a_full_disk_leaves_the_old_file(
    writer: tuple[str, Callable[[Path], Any]], tiny_disk: Path
) -> None:
    name, write = writer
    (tiny_disk / name).write_text("old")
    (tiny_disk / "ballast").write_bytes(
        b"0" * (FULL - 4096 - os.path.getsize(tiny_disk / name) // 4096 * 4096)
    )
    with pytest.raises(
        FileError, match="expected room on the disk; got no space left on device. What"
    ) as caught:
        write(tiny_disk / name)
    assert str(caught.value).startswith(f"{tiny_disk / name}: ")
    assert (tiny_disk / name).read_text() == "old"
    assert sorted(path.name for path in tiny_disk.iterdir()) == sorted(["ballast", name])


def test_two_writers_have_drafts_of_their_own(tmp_path: Path) -> None:
    """The one that ends last has its file there, whole; each had its own."""
    target = tmp_path / "file.txt"
    with replacing(target) as one, replacing(target) as other:
        one.write_text("one")
        other.write_text("other")
        assert one != other
    assert target.read_text() == "one"
    assert list(tmp_path.iterdir()) == [target]


def test_long_names_have_drafts_too(tmp_path: Path) -> None:
    """A name as long as the system takes leaves no room for more letters in its draft's."""
    target = tmp_path / ("n" * 251 + ".txt")
    assert write_whole(target, "text").read_text() == "text"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileError) as caught:
        write_whole(tmp_path / "file" / "below" / "text.txt", "text")
    assert "Errno" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "mine"


def test_line_ends_are_the_same_everywhere(tmp_path: Path) -> None:
    small_weights().to_csv(tmp_path / "w.csv")
    small_weights().to_gal(tmp_path / "w.gal")
    assert b"\r" not in (tmp_path / "w.csv").read_bytes() + (tmp_path / "w.gal").read_bytes()
