"""Styles of the Word document, and what python-docx has no words for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable
    from docx.table import _Cell, _Row
    from docx.text.paragraph import Paragraph

LATIN, EAST_ASIAN = "Times New Roman", "SimSun"
PAGE, MARGIN = (595.3, 841.9), 71.0  # A4 in points
PORTRAIT = PAGE[0] - 2 * MARGIN  # width of the text
SIZE, NOTE_SIZE, CELL_MARGIN = 9.0, 8.0, 3.0


@dataclass(frozen=True)
class TableStyles:
    """The names of the styles, and the measures that go with them (points)."""

    table: str = "Journal table"
    text: str = "Table text"
    text_id: str = "TableText"
    caption: str = "Caption"
    notes: str = "Table notes"
    size: float = SIZE
    margins: float = 2 * CELL_MARGIN

    def points(self, value: float) -> Any:
        from docx.shared import Pt

        return Pt(value)

    def lay(self, paragraph: Paragraph, *, centred: bool, keep: bool) -> None:
        """Style and place of a paragraph; `keep` holds it on the page of the next one."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        if paragraph._p.style is None:  # by its id: looking a style up for every cell takes most of the time
            paragraph._p.style = self.text_id
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if keep:
            paragraph.paragraph_format.keep_with_next = True

    def decimal_tab(self, paragraph: Paragraph, position: float) -> None:
        from docx.enum.text import WD_TAB_ALIGNMENT

        paragraph.paragraph_format.tab_stops.add_tab_stop(self.points(position), WD_TAB_ALIGNMENT.DECIMAL)

    def space_above(self, row: _Row) -> None:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.space_before = self.points(SIZE / 3)

    def repeat(self, row: _Row) -> None:
        """Repeat a row of the head on every page."""
        row._tr.get_or_add_trPr().append(_element("w:tblHeader", {"w:val": "true"}))


def make_styles(document: Document) -> TableStyles:
    """Add the styles to a document, each in Latin and East Asian fonts."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    names = TableStyles()
    styles: Any = document.styles
    for name, size in ((names.text, SIZE), (names.notes, NOTE_SIZE)):
        styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
        styles[name].font.size = Pt(size)
        styles[name].paragraph_format.space_after = Pt(0 if name == names.text else 12)
        styles[name].paragraph_format.space_before = Pt(0 if name == names.text else 3)
        styles[name].paragraph_format.line_spacing = 1.0
    styles[names.text].element.styleId = names.text_id
    caption = styles[names.caption]
    caption.font.size, caption.font.bold, caption.font.color.rgb = Pt(10), True, RGBColor(0, 0, 0)
    caption.paragraph_format.space_after = Pt(4)
    for name in ("Normal", names.text, names.notes, names.caption):
        _set_fonts(styles[name])
    style = styles.add_style(names.table, WD_STYLE_TYPE.TABLE)
    style.base_style = styles["Normal Table"]
    style.element.append(_table_properties())
    return names


def _set_fonts(style: Any) -> None:
    style.font.name = LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for name, font in (("w:ascii", LATIN), ("w:hAnsi", LATIN), ("w:cs", LATIN), ("w:eastAsia", EAST_ASIAN)):
        fonts.set(_qualified(name), font)


def _table_properties() -> Any:
    """Heavy rules above and below, narrow margins."""
    properties = _element("w:tblPr")
    borders = _element("w:tblBorders")
    for side in ("top", "bottom"):
        borders.append(_element(f"w:{side}", {"w:val": "single", "w:sz": "12", "w:space": "0", "w:color": "000000"}))
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", {"w:w": str(int(20 * CELL_MARGIN)), "w:type": "dxa"}))
    properties.append(borders)
    properties.append(margins)
    return properties


def properties(table: WordTable, title: str) -> None:
    """Place in the middle, and the text that a screen reader announces."""
    from docx.enum.table import WD_TABLE_ALIGNMENT

    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    if title:
        table._tbl.tblPr.append(_element("w:tblCaption", {"w:val": title}))


def border(place: _Row | _Cell, side: str) -> None:
    """A thin rule on one side of a row or a cell."""
    cells = list(place._tr.tc_lst) if hasattr(place, "_tr") else [place._tc]
    for cell in cells:
        found = cell.get_or_add_tcPr()
        borders = found.find(_qualified("w:tcBorders"))
        if borders is None:
            borders = _element("w:tcBorders")
            found.append(borders)
        line = _element(f"w:{side}", {"w:val": "single", "w:sz": "4", "w:space": "0", "w:color": "000000"})
        borders.insert(0, line) if side == "top" else borders.append(line)


def orient(document: Document, *, landscape: bool, first: bool) -> float:
    """Turn the page if the table asks for it, on a new page but for the first; the width of the text in points."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Pt

    section = document.sections[-1]
    if not first and (section.orientation == WD_ORIENT.LANDSCAPE) != landscape:
        section = document.add_section()
    width, height = (PAGE[1], PAGE[0]) if landscape else PAGE
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Pt(width), Pt(height)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Pt(MARGIN)
    return width - 2 * MARGIN


def sequence_number(paragraph: Paragraph, number: int, *, again: bool) -> None:
    r"""The table's number as a field that Word counts; ``\c`` repeats the last one."""
    field = _element("w:fldSimple", {"w:instr": r"SEQ Table \c" if again else r"SEQ Table \* ARABIC"})
    run = _element("w:r")
    text = _element("w:t")
    text.text = str(number)
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _element(name: str, attributes: dict[str, str] | None = None) -> Any:
    from docx.oxml import OxmlElement

    made = OxmlElement(name)
    for key, value in (attributes or {}).items():
        made.set(_qualified(key), value)
    return made


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))
