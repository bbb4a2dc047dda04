"""Verbs that return copies, and files that are written whole or not at all."""

import dataclasses
import json
import pickle

import pandas as pd
import pytest

from bevdrivers.errors import InputError, OptionError
from bevdrivers.tables import Table, files, impacts_table, regression_table, save_tables
from bevdrivers.tables.cells import cell_text
from bevdrivers.tables.layout import Heading, Row, Section, Span
from bevdrivers.tables.split import parts

from .results import many, nasty, small


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
    assert [[cell_text(cell) for cell in row.cells] for row in longer.rows[-2:]] == [
        ["Yes", "No"],
        ["1.500", "12"],
    ]
    with pytest.raises(InputError, match="row 'Short': expected 2 cells; got 1"):
        table.add_rows({"Short": ["Yes"]})


def test_a_note_is_added_last(table):
    assert table.note("Own calculations.").notes == (*table.notes, "Own calculations.")


def shown(table, key="log(gdp_pc)"):
    return [cell_text(cell) for row in table.rows if row.key == key for cell in row.cells][:2]


def test_stars_are_counted_again_and_said(table):
    assert shown(table) == ["0.500***", "0.412***"]
    strict = table.stars([0.001])
    assert shown(strict) == ["0.500*", "0.412"]
    assert [note for note in strict.notes if "𝑝" in note] == ["*\u00a0𝑝\u00a0<\u00a00.001."]
    assert strict.notes.index("*\u00a0𝑝\u00a0<\u00a00.001.") == 1
    assert strict == regression_table(*small(), title="Drivers", label="tab:drivers", stars=[0.001])


def test_stars_go_and_come_back(table):
    plain = table.stars(None)
    assert plain == regression_table(*small(), title="Drivers", label="tab:drivers", stars=None)
    assert plain.stars((0.10, 0.05, 0.01)) == table
    with pytest.raises(InputError, match="stars"):
        table.stars([5])


def test_panels_share_the_head_and_keep_their_rows():
    fits, _ = small()
    early, late = (
        regression_table(fits[1], titles=["Durbin"]).keep(["rho"]).drop(["aic"]) for _ in range(2)
    )
    both = early.panel("A").panel("B", late)
    assert both.headings == early.headings
    assert [section.panel for section in both.sections] == ["A", "A", "B", "B"]
    assert both.notes == early.notes
    assert keys(both.drop(["bic"]), "spatial") == ["rho", "rho"]
    assert [title for _, title, _ in both.blocks] == ["A", "", "B", ""]


def test_panels_of_other_outcomes_name_them_and_what_else_differs():
    fits, _ = small()
    other = dataclasses.replace(
        fits[1], facts=fits[1].facts | {"outcome": "exports", "last_period": 2020}
    )
    both = regression_table(fits[1]).panel("A").panel("B", regression_table(other))
    assert "log1p(bev_density)" not in both.headings[0].texts
    assert [row.label for row in both.rows if row.key.startswith("heading")] == [
        "Dependent variable: log1p(bev_density)",
        "Dependent variable: exports",
    ]
    assert both.notes[-1].startswith("B: Sample:")
    with pytest.raises(InputError, match="a table of 1 columns; got one of 2"):
        regression_table(fits[1]).panel("B", regression_table(fits))


def test_every_panel_names_what_a_later_one_does_not_share():
    fits, _ = small()
    other = dataclasses.replace(fits[1], facts=fits[1].facts | {"outcome": "exports"})
    first, third = (regression_table(fit).keep(["rho"]) for fit in (fits[1], other))
    table = first.panel("A").panel("B", first).panel("C", third)
    heads = {
        section.panel: section.rows[0].label for section in table.sections if section.name == "head"
    }
    outcomes = ["log1p(bev_density)", "log1p(bev_density)", "exports"]
    assert heads == {
        panel: f"Dependent variable: {y}" for panel, y in zip("ABC", outcomes, strict=True)
    }


def test_panels_without_a_common_head_have_numbered_columns():
    upper, lower = (
        Table(
            (Heading("", (Span(name), Span("z"))),),
            (Section("main", (Row(name, name, ("1", "2")),)),),
        )
        for name in "xy"
    )
    table = upper.panel("A").panel("B", lower)
    assert table.headings[0].texts == ("(1)", "(2)")
    assert [row.cells for row in table.rows if row.key == "heading 1"] == [("x", "z"), ("y", "z")]


def test_a_panel_keeps_its_title_when_its_first_section_goes(table):
    assert "Panel A" in table.panel("Panel A").drop(["log(gdp_pc)", "R&D_share"]).to_markdown()


def test_wide_tables_come_in_equal_parts():
    table = regression_table(nasty())
    assert [part.width for part in parts(table, 9)] == [6, 6]
    assert [part.width for part in parts(table, 5)] == [4, 4, 4]
    assert parts(table, None) == parts(table, 12) == [table]
    first, second = parts(dataclasses.replace(table, title="T", anchor="tab:t"), 9)
    assert (first.title, second.title, first.anchor, second.anchor) == (
        "T",
        "T (continued)",
        "tab:t",
        "",
    )
    assert first.notes == ()
    assert second.notes == table.notes
    assert "only_in_1" not in {row.key for row in second.rows}


def test_parts_do_not_cut_what_stands_under_one_heading():
    _, impacts = many(12)
    table = impacts_table([each for each in impacts if each is not None][:4])
    assert [part.width for part in parts(table, 9)] == [6, 6]
    assert [part.width for part in parts(table, 8)] == [6, 6]
    # two columns hold no group of three: it is cut
    assert [part.width for part in parts(table, 2)] == [2] * 6


def test_cells_as_data(table):
    frame = table.tidy()
    row = frame[(frame.key == "log(gdp_pc)") & (frame.section == "main") & (frame.column == 1)]
    assert list(row.line) == ["above", "below"]
    assert list(row.value) == [0.5, 0.1]
    assert list(row.text) == ["0.500***", "(0.100)"]
    assert row.p_value.iloc[0] == small()[0][0].tidy().p_value[0]
    assert row.heading.iloc[0] == "log1p(bev_density) / (1) / Non-spatial"
    assert (frame.text != "").all()


def test_data_files_hold_the_cells(table, tmp_path):
    read = pd.read_csv(table.save(tmp_path / "a.csv"), keep_default_na=False, na_values=[""])
    pd.testing.assert_frame_equal(read[["value", "text"]], table.tidy()[["value", "text"]])
    records = json.loads(table.save(tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [record["text"] for record in records] == list(table.tidy().text)
    both = pd.read_csv(save_tables([table, table.drop(["rho"])], tmp_path / "b.csv"))
    assert len(both) == len(table.tidy()) + len(table.drop(["rho"]).tidy())
    assert set(both.table) == {"tab:drivers"}


def test_several_tables_in_one_page(table, tmp_path):
    page = save_tables([table, table.drop(["rho"])], tmp_path / "all.html").read_text(
        encoding="utf-8"
    )
    assert (page.count("<table"), page.count("<style>")) == (2, 1)
    text = save_tables([table, table], tmp_path / "all.md").read_text(encoding="utf-8")
    assert text == f"{table.to_markdown()}\n{table.to_markdown()}"


@pytest.mark.parametrize(("tables", "got"), [([], "none"), (["x"], "str")])
def test_something_else_is_no_table(tables, got, tmp_path):
    with pytest.raises(InputError, match=got):
        save_tables(tables, tmp_path / "all.md")


@pytest.mark.parametrize("options", [{"form": "figure"}, {"align": "left"}, {"columns": 0}])
def test_unknown_options_of_latex(table, options):
    with pytest.raises(InputError, match=next(iter(options))):
        table.to_latex(**options)


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
    with pytest.raises(OptionError, match=r"one of \['.tex', '.docx', .*\]; got 'a.pdf'"):
        table.save(tmp_path / "a.pdf")
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
    monkeypatch.setitem(files.WRITERS, ".md", lambda *_: "not encodable \ud800")
    with pytest.raises(UnicodeEncodeError):
        table.save(path)
    assert path.read_text(encoding="utf-8") == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]


def test_east_asian_text_says_which_engine_it_needs(table):
    assert "ctex" not in table.to_latex()
    assert "XeLaTeX" in table.label({"log(gdp_pc)": "人均GDP"}).to_latex().splitlines()[1]
