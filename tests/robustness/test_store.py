"""The store: whole files, one set of results, and a run that goes on where the last one ended."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.robustness import running
from bevdrivers.robustness.fitting import Work

from .grids import grid, panel, varied

parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture(scope="module")
def whole() -> bd.Panel:
    return panel()


def small() -> bd.SpecGrid:
    return grid(options={"cov_type": ["robust", "clustered"]}, controls=["z"])


def test_what_comes_out_of_a_store_is_what_went_in(whole, tmp_path: Path):
    constant = whole.with_columns(z=whole["z"] * 0)
    for data in (whole, constant):
        folder = tmp_path / f"store{data is whole}"
        kept = bd.run_grid(small(), data, store=folder)
        plain = bd.run_grid(small(), data)
        pd.testing.assert_frame_equal(kept.tidy(), plain.tidy(), check_exact=True)
        pd.testing.assert_frame_equal(kept.specifications, plain.specifications)
        pd.testing.assert_frame_equal(kept.rows, plain.rows, check_exact=True)


def test_a_finished_store_is_read_and_nothing_is_fitted(whole, tmp_path, monkeypatch):
    first = bd.run_grid(small(), whole, store=tmp_path)
    monkeypatch.setattr(Work, "fit_all", lambda *_: pytest.fail("fitted again"))
    again = bd.run_grid(small(), whole, store=tmp_path)
    pd.testing.assert_frame_equal(first.tidy(), again.tidy(), check_exact=True)


def test_a_run_that_is_cut_off_goes_on(whole, tmp_path, monkeypatch):
    """Ctrl-C after three portions: the next run does the others, and the table is the same."""
    monkeypatch.setattr(running, "MOST", 2)
    fit_all, done = Work.fit_all, []

    def cut_off(self, portion):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(len(portion))
        return fit_all(self, portion)

    monkeypatch.setattr(Work, "fit_all", cut_off)
    with pytest.raises(KeyboardInterrupt):
        bd.run_grid(small(), whole, store=tmp_path)
    assert len(list(tmp_path.glob("part-*.parquet"))) == 3
    fitted = []

    def counted(self, portion):
        fitted.extend(one.key for one in portion)
        return fit_all(self, portion)

    monkeypatch.setattr(Work, "fit_all", counted)
    resumed = bd.run_grid(small(), whole, store=tmp_path)
    assert len(fitted) == len(resumed.checked.to_fit) - 6
    monkeypatch.setattr(Work, "fit_all", fit_all)
    fresh = bd.run_grid(small(), whole)
    pd.testing.assert_frame_equal(resumed.tidy(), fresh.tidy(), check_exact=True)


def test_shards_fill_one_store(whole, tmp_path):
    for i in (1, 2):
        bd.run_grid(small(), whole, store=tmp_path, shard=(i, 2))
    gathered = bd.run_grid(small(), whole, store=tmp_path)
    assert gathered.glance()["not_run"].iloc[0] == 0
    fresh = bd.run_grid(small(), whole)
    pd.testing.assert_frame_equal(gathered.tidy(), fresh.tidy(), check_exact=True)


def test_what_two_runs_have_both_done_is_there_once(whole, tmp_path):
    bd.run_grid(small(), whole, store=tmp_path)
    part = next(tmp_path.glob("part-*.parquet"))
    (tmp_path / "part-copy.parquet").write_bytes(part.read_bytes())
    again = bd.run_grid(small(), whole, store=tmp_path)
    pd.testing.assert_frame_equal(again.tidy(), bd.run_grid(small(), whole).tidy())


def test_a_draft_that_a_kill_has_left_is_no_part(whole, tmp_path):
    bd.run_grid(small(), whole, store=tmp_path)
    (tmp_path / ".0123.parquet").write_bytes(b"half a fi")
    again = bd.run_grid(small(), whole, store=tmp_path)
    assert again.glance()["fitted"].iloc[0] == len(again.checked.to_fit)


def _other_panel(folder: Path, whole: bd.Panel) -> None:
    bd.run_grid(small(), whole.with_columns(x1=whole["x1"] + 1.0), store=folder)


def _other_grid(folder: Path, whole: bd.Panel) -> None:
    bd.run_grid(varied(), whole, store=folder)


def _other_version(folder: Path, whole: bd.Panel) -> None:
    path = folder / "grid.json"
    facts = json.loads(path.read_text()) | {"bevdrivers": "0.0.9"}
    path.write_text(json.dumps(facts))
    bd.run_grid(small(), whole, store=folder)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (_other_panel, "one of another panel"),
        (_other_grid, "one of another grid"),
        (_other_version, r"one of bevdrivers 0\.0\.9, where .* is installed"),
    ],
)
def test_a_store_of_something_else_is_refused_and_left(whole, tmp_path, other, said):
    bd.run_grid(small(), whole, store=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("part-*")}
    with pytest.raises(bd.FileError, match=said) as caught:
        other(tmp_path, whole)
    assert "another folder" in caught.value.remedy
    assert {path.name: path.read_bytes() for path in tmp_path.glob("part-*")} == before


def test_a_folder_of_somebody_else_is_refused(whole, tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(bd.FileError, match=r"thesis\.docx"):
        bd.run_grid(small(), whole, store=tmp_path)
    (tmp_path / "thesis.docx").rename(tmp_path / "grid.json")
    with pytest.raises(bd.FileError, match="another file"):
        bd.run_grid(small(), whole, store=tmp_path)


def test_a_part_that_is_damaged_is_named(whole, tmp_path):
    bd.run_grid(small(), whole, store=tmp_path)
    part = next(tmp_path.glob("part-*.parquet"))
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(bd.FileError, match=part.name) as caught:
        bd.run_grid(small(), whole, store=tmp_path)
    assert "Delete it" in caught.value.remedy
    part.unlink()
    again = bd.run_grid(small(), whole, store=tmp_path)
    pd.testing.assert_frame_equal(again.tidy(), bd.run_grid(small(), whole).tidy())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_cannot_be_written_is_one_clear_error(whole, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(bd.FileError, match="permission"):
        bd.run_grid(small(), whole, store=tmp_path / "store")


def test_a_full_disk_is_one_clear_error_and_the_next_run_goes_on(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "MOST", 4)
    write_table, written = parquet.write_table, []

    def full(table, path):
        if written:
            Path(path).write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        write_table(table, path)

    monkeypatch.setattr(parquet, "write_table", full)
    with pytest.raises(bd.FileError, match="room on the disk"):
        bd.run_grid(small(), whole, store=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setattr(parquet, "write_table", write_table)
    again = bd.run_grid(small(), whole, store=tmp_path)
    pd.testing.assert_frame_equal(again.tidy(), bd.run_grid(small(), whole).tidy())


def test_a_store_where_a_file_stands(whole, tmp_path):
    path = tmp_path / "store"
    path.write_text("not a folder")
    with pytest.raises(bd.FileError, match="a folder"):
        bd.run_grid(small(), whole, store=path)
    assert path.read_text() == "not a folder"


def test_any_program_reads_the_parts(whole, tmp_path):
    result = bd.run_grid(small(), whole, store=tmp_path)
    table = parquet.read_table(next(tmp_path.glob("part-*.parquet")))
    assert set(table.column_names) >= {"key", "term", "component", "estimate", "std_error"}
    assert set(table.column("key").to_pylist()) <= {one.key for one in result.checked.to_fit}
