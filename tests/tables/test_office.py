"""Word and Excel files, read back."""

import pickle
import sys

import pytest

from bevdrivers.errors import MissingPackageError
from bevdrivers.tables import regression_table, save_tables
from bevdrivers.tables.cells import Number, cell_text
from bevdrivers.tables.office.excel import number_format

from .cases import cases
from .results import small

docx = pytest.importorskip("docx")
openpyxl = pytest.importorskip("openpyxl")

CASES = cases()


def read_word(path):
    return docx.Document(path)


def texts(row):
    """The texts of a row of a Word table, a merged cell once."""
    return [cell.text for cell in dict.fromkeys(row.cells)]


def test_word_has_the_rows_of_the_table(tmp_path):
    table = CASES["regression"]
    document = read_word(table.save(tmp_path / "a.docx"))
    (made,) = document.tables
    assert document.paragraphs[0].text == "Table . Drivers of BEV density"  # the number is a field
    assert "SEQ Table" in document.paragraphs[0]._p.xml
    assert texts(made.rows[0]) == ["Dependent variable", "log1p(bev_density)"]
    assert [cell.text for cell in made.rows[3].cells] == ["log(gdp_pc)", "0.500***", "0.412***"]
    assert [cell.text for cell in made.rows[4].cells] == ["log(gdp_pc)", "(0.100)", "(0.150)"]
    assert texts(made.rows[14]) == ["Direct impacts"]
    assert document.paragraphs[-1].text.startswith(
        "Notes: Standard errors in parentheses. *\u00a0p\u00a0<"
    )


def test_word_uses_styles_and_fonts_that_show_chinese(tmp_path):
    document = read_word(CASES["chinese"].save(tmp_path / "a.docx"))
    (made,) = document.tables
    assert made.style.name == "Journal table"
    assert {cell.paragraphs[0].style.name for row in made.rows for cell in row.cells} == {
        "Table text"
    }
    for name in ("Normal", "Table text", "Table notes", "Caption"):
        fonts = document.styles[name].element.rPr.rFonts
        assert 'w:eastAsia="SimSun"' in fonts.xml
        assert "Theme" not in fonts.xml
    assert document.paragraphs[0].text == "表 　空间杜宾模型的估计结果"
    assert document.paragraphs[-1].text.startswith("注：括号内为标准误。")


def test_word_splits_at_nine_columns_and_turns_wide_tables(tmp_path):
    document = read_word(CASES["nasty"].save(tmp_path / "a.docx"))
    assert [len(made.columns) for made in document.tables] == [7, 7]
    assert [section.orientation for section in document.sections] == [
        docx.enum.section.WD_ORIENT.LANDSCAPE
    ]
    assert ["SEQ Table \\c" in p._p.xml for p in document.paragraphs if "SEQ" in p._p.xml] == [
        False,
        True,
    ]
    assert any("研发_&_50% of {R&D} # ~ ^ \\ $" in p.text for p in document.paragraphs)


def test_word_aligns_decimal_points_and_raises_stars(tmp_path):
    (made,) = read_word(CASES["regression"].save(tmp_path / "a.docx")).tables
    paragraph = made.rows[3].cells[1].paragraphs[0]
    assert [run.text for run in paragraph.runs] == ["0.500", "***"]
    assert paragraph.runs[1].font.superscript
    (tab,) = paragraph.paragraph_format.tab_stops
    assert tab.alignment == docx.enum.text.WD_TAB_ALIGNMENT.DECIMAL


def test_several_tables_share_a_document(tmp_path):
    document = read_word(save_tables(CASES.values(), tmp_path / "all.docx"))
    assert len(document.tables) == len(CASES) + 1  # the nasty one in two parts
    turned = [section.orientation for section in document.sections]
    assert len(turned) == len({k for k, _ in enumerate(turned)}) > 1
    assert all(a != b for a, b in zip(turned, turned[1:], strict=False))


def test_captions_are_numbered_as_word_counts_them(tmp_path):
    document = read_word(
        save_tables([CASES["intervals"], CASES["six"], CASES["nasty"]], tmp_path / "all.docx")
    )
    fields = [p._p.xml.split("<w:fldSimple")[1] for p in document.paragraphs if "SEQ" in p._p.xml]
    assert [field.split("<w:t>")[1][0] for field in fields] == ["1", "2", "2"]


def read_excel(path):
    return openpyxl.load_workbook(path)


def test_excel_has_numbers_as_numbers(tmp_path):
    sheet = read_excel(CASES["regression"].save(tmp_path / "a.xlsx")).active
    assert sheet.title == "drivers"
    cell = sheet["B5"]
    assert (cell.value, cell.data_type) == (0.5, "n")
    assert cell.number_format == '0.000"***";-0.000"***"'
    assert sheet["B6"].value == 0.1
    assert sheet["B6"].number_format == '"("0.000")"_*_*;"("-0.000")"_*_*'
    assert "B2:C2" in {str(area) for area in sheet.merged_cells.ranges}


def test_excel_holds_every_cell_of_every_table(tmp_path):
    book = read_excel(save_tables(CASES.values(), tmp_path / "all.xlsx"))
    assert len(book.sheetnames) == len(CASES) == len({name.lower() for name in book.sheetnames})
    assert all(len(name) <= 31 for name in book.sheetnames)
    for table, sheet in zip(CASES.values(), book, strict=True):
        computed = [
            cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "n" and cell.value is not None
        ]
        numbers = [
            c.value
            for row in table.rows
            for line in row.lines
            for c in line
            if isinstance(c, Number)
        ]
        finite = [value for value in numbers if abs(value) < 1e300]
        # openpyxl writes sixteen significant digits
        assert computed == pytest.approx(finite, rel=1e-15, abs=0)


def test_a_label_is_no_formula_and_holds_no_control_character(tmp_path):
    table = CASES["nasty"].label({"R&D_share": "a\x00b\tc"})
    sheet = read_excel(table.save(tmp_path / "a.xlsx")).active
    labels = {cell.value: cell.data_type for (cell,) in sheet.iter_rows(max_col=1) if cell.value}
    assert labels[next(label for label in labels if label.startswith("=SUM"))] == "s"
    assert labels["ab c"] == "s"
    (made, _) = read_word(table.save(tmp_path / "a.docx")).tables
    assert "ab c" in {row.cells[0].text for row in made.rows}


def test_sheet_names_are_legal_and_differ(tmp_path):
    one = regression_table(small()[0], title="a/b: [c]? " + "long " * 20)
    names = read_excel(save_tables([one, one, one], tmp_path / "a.xlsx")).sheetnames
    assert names[0] == "a b   c   long long long long l"
    assert names[1:] == ["a b   c   long long long lo (2)", "a b   c   long long long lo (3)"]


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        (
            Number(0.0001, 3, parentheses=True, floor=True),
            '[<0.001]"(""<0.001"")"_*_*;"("0.000")"_*_*',
        ),
        (Number(46500, 0), "#,##0_*_*_*;-#,##0_*_*_*"),
        (Number(-1234.5, 1, stars=3), '#,##0.0"***";-#,##0.0"***"'),
    ],
)
def test_number_formats(cell, form):
    assert number_format(cell, 3) == form


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
def test_the_same_table_gives_the_same_bytes(suffix, tmp_path):
    first, second = (save_tables(CASES.values(), tmp_path / f"{name}{suffix}") for name in "ab")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("suffix", "package"), [(".docx", "python-docx"), (".xlsx", "openpyxl")])
def test_a_missing_package_is_named_with_its_remedy(suffix, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package.removeprefix("python-"), None)
    remedy = (
        rf"needs {package}, which is not installed. Run: pip install 'bevdrivers\[excel-word\]'"
    )
    with pytest.raises(MissingPackageError, match=remedy) as caught:
        CASES["impacts"].save(tmp_path / f"a{suffix}")
    assert isinstance(caught.value, ImportError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert not list(tmp_path.iterdir())


def test_texts_of_word_are_those_of_the_table(tmp_path):
    """Every cell of a table with merged heads, panels and texts, in its order."""
    table = CASES["panels"]
    (made,) = read_word(table.save(tmp_path / "a.docx")).tables
    shown = [cell.text for row in made.rows for cell in row.cells[1:]]
    for row in table.rows:
        for line in row.lines:
            for cell in line:
                if cell != "":
                    assert cell_text(cell) in shown
