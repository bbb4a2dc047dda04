"""Verbs that return copies, and files that are written whole or not at all."""

import dataclasses
import pickle

import pytest

from bevdrivers.errors import InputError, OptionError
from bevdrivers.tables import Table, regression_table
from bevdrivers.tables import table as module
from bevdrivers.tables.layout import cell_text

from .results import small


@pytest.fixture
def table():
    return regression_table(*small(), title="Drivers", label="tab:drivers")


def keys(table, name):
    return [row.key for section in table.sections if section.name == name for row in section.rows]


def test_a_table_is_immutable_comparable_and_travels(table):
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.title = "other"
    assert table == regression_table(*small(), title="Drivers", label="tab:drivers")
    assert hash(table) == hash(pickle.loads(pickle.dumps(table)))


def test_keep_leaves_the_foot(table):
    kept = table.keep(["log(gdp_pc)", "rho"])
    assert keys(kept, "main") == ["log(gdp_pc)"]
    assert keys(kept, "wx") == []
    assert keys(kept, "spatial") == ["rho"]
    assert keys(kept, "foot") == keys(table, "foot")
    assert isinstance(kept, Table)
    assert keys(table, "main") == ["log(gdp_pc)", "R&D_share"]


def test_drop_takes_terms_and_statistics(table):
    dropped = table.drop(["R&D_share", "aic"])
    assert keys(dropped, "total") == ["log(gdp_pc)"]
    assert "aic" not in keys(dropped, "foot")
    assert keys(dropped, "wx") == ["W_log(gdp_pc)", "W_R&D_share"]


def test_order_moves_terms_to_the_front_of_their_sections(table):
    ordered = table.order(["R&D_share"])
    assert keys(ordered, "main") == ["R&D_share", "log(gdp_pc)"]
    assert keys(ordered, "wx") == ["W_R&D_share", "W_log(gdp_pc)"]
    assert keys(ordered, "foot") == keys(table, "foot")


@pytest.mark.parametrize("verb", ["keep", "drop", "order"])
def test_unknown_terms_are_named(table, verb):
    with pytest.raises(InputError, match=r"got \['nonsense'\]"):
        getattr(table, verb)(["nonsense", "rho"])


def test_rows_are_added_at_the_foot(table):
    longer = table.add_rows({"Controls": ["Yes", "No"], "Mean": [1.5, 12]})
    assert [[cell_text(cell) for cell in row.cells] for row in longer.rows[-2:]] == [["Yes", "No"], ["1.500", "12"]]
    with pytest.raises(InputError, match="row 'Short': expected 2 cells; got 1"):
        table.add_rows({"Short": ["Yes"]})


def test_a_note_is_added_last(table):
    assert table.note("Own calculations.").notes == (*table.notes, "Own calculations.")


def test_unknown_labels_are_passed_over(table):
    assert table.label({"nobody": "x"}) == table


def test_a_table_shows_itself(table):
    assert str(table) == table.to_markdown().rstrip("\n")
    assert table._repr_html_() == table.to_html()


@pytest.mark.parametrize(
    ("name", "start"), [("a.tex", "% \\use"), ("b.md", "**Drivers"), ("c.HTML", "<!DOCTYPE html>")]
)
def test_save_by_suffix_makes_folders(table, tmp_path, name, start):
    path = table.save(tmp_path / "new" / "folder" / name)
    assert path.read_text(encoding="utf-8").startswith(start)
    assert [each.name for each in path.parent.iterdir()] == [name]


def test_an_unknown_suffix_is_refused(table, tmp_path):
    with pytest.raises(OptionError, match=r"one of \['.tex', '.md', '.html'\]; got 'a.docx'"):
        table.save(tmp_path / "a.docx")
    assert not list(tmp_path.iterdir())


def test_an_older_file_survives_a_failing_render(table, tmp_path):
    path = table.save(tmp_path / "a.tex")
    before = path.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="label"):
        dataclasses.replace(table, anchor="tab:{drivers}").save(path)
    assert path.read_text(encoding="utf-8") == before


def test_an_older_file_survives_a_failing_write(table, tmp_path, monkeypatch):
    path = table.save(tmp_path / "a.md")
    before = path.read_text(encoding="utf-8")
    monkeypatch.setitem(module.WRITERS, ".md", lambda _: "not encodable \ud800")
    with pytest.raises(UnicodeEncodeError):
        table.save(path)
    assert path.read_text(encoding="utf-8") == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]


def test_east_asian_text_says_which_engine_it_needs(table):
    assert "ctex" not in table.to_latex()
    assert "XeLaTeX" in table.label({"log(gdp_pc)": "人均GDP"}).to_latex().splitlines()[1]
