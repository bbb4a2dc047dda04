"""Styles of the Word document, and what python-docx has no words for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable, _Cell, _Row
    from docx.text.paragraph import Paragraph

LATIN, EAST_ASIAN = "Times New Roman", "SimSun"
# points
PAGE, MARGIN = (595.3, 841.9), 71.0  # A4
PORTRAIT = PAGE[0] - 2 * MARGIN  # width of the text
SIZE, NOTE_SIZE, CAPTION_SIZE, CELL_MARGIN = 9.0, 8.0, 10.0, 3.0
# eighths of a point
HEAVY, THIN = "12", "4"


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
        """A length of python-docx."""
        from docx.shared import Pt

        return Pt(value)

    def lay(
        self,
        paragraph: Paragraph,
        *,
        centred: bool,
        keep: bool,
    ) -> None:
        """Give a paragraph its style and side; `keep` holds it on the page of the next one."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        # by its id: looking a style up for every cell takes most of the time
        if paragraph._p.style is None:
            paragraph._p.style = self.text_id
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if keep:
            paragraph.paragraph_format.keep_with_next = True

    def decimal_tab(self, paragraph: Paragraph, position: float) -> None:
        """Align the decimal point of a paragraph at `position`, in points."""
        from docx.enum.text import WD_TAB_ALIGNMENT

        tabs = paragraph.paragraph_format.tab_stops
        tabs.add_tab_stop(self.points(position), WD_TAB_ALIGNMENT.DECIMAL)

    def space_above(self, line: _Row) -> None:
        """Leave a little space above a line."""
        for cell in line.cells:
            cell.paragraphs[0].paragraph_format.space_before = self.points(SIZE / 3)

    def repeat(self, line: _Row) -> None:
        """Repeat a line of the head on every page."""
        header = _element("w:tblHeader", {"w:val": "true"})
        line._tr.get_or_add_trPr().append(header)


def make_styles(document: Document) -> TableStyles:
    """Add the styles to a document, each in Latin and East Asian fonts."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    names = TableStyles()
    styles: Any = document.styles
    _add_paragraph_style(styles, names.text, SIZE, above=0, below=0)
    _add_paragraph_style(styles, names.notes, NOTE_SIZE, above=3, below=12)
    styles[names.text].element.styleId = names.text_id

    caption = styles[names.caption]
    caption.font.size = Pt(CAPTION_SIZE)
    caption.font.bold = True
    caption.font.color.rgb = RGBColor(0, 0, 0)
    caption.paragraph_format.space_after = Pt(4)

    for name in ("Normal", names.text, names.notes, names.caption):
        _set_fonts(styles[name])
    table = styles.add_style(names.table, WD_STYLE_TYPE.TABLE)
    table.base_style = styles["Normal Table"]
    table.element.append(_table_properties())
    return names


def _add_paragraph_style(
    styles: Any,
    name: str,
    size: float,
    *,
    above: float,
    below: float,
) -> None:
    """Add a style of paragraphs with its size and the space around it, in points."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt

    style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = styles["Normal"]
    style.font.size = Pt(size)
    style.paragraph_format.space_after = Pt(below)
    style.paragraph_format.space_before = Pt(above)
    style.paragraph_format.line_spacing = 1.0


def _set_fonts(style: Any) -> None:
    """Name the fonts of a style instead of the theme's."""
    style.font.name = LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for name in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(_qualified(name), LATIN)
    fonts.set(_qualified("w:eastAsia"), EAST_ASIAN)


def _table_properties() -> Any:
    """Heavy rules above and below, narrow margins."""
    borders = _element("w:tblBorders")
    for side in ("top", "bottom"):
        borders.append(_line(side, HEAVY))
    margins = _element("w:tblCellMar")
    # twentieths of a point
    width = str(int(20 * CELL_MARGIN))
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", {"w:w": width, "w:type": "dxa"}))
    properties = _element("w:tblPr")
    properties.append(borders)
    properties.append(margins)
    return properties


def properties(table: WordTable, title: str) -> None:
    """Put the table in the middle, and give it the text that a screen reader announces."""
    from docx.enum.table import WD_TABLE_ALIGNMENT

    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    if title:
        table._tbl.tblPr.append(_element("w:tblCaption", {"w:val": title}))


def border(line_or_cell: _Row | _Cell, side: str) -> None:
    """Draw a thin rule on one side of a line or a cell."""
    cells = list(line_or_cell._tr.tc_lst) if hasattr(line_or_cell, "_tr") else [line_or_cell._tc]
    for cell in cells:
        cell_properties = cell.get_or_add_tcPr()
        borders = cell_properties.find(_qualified("w:tcBorders"))
        if borders is None:
            borders = _element("w:tcBorders")
            cell_properties.append(borders)
        # the schema has the top before the bottom
        if side == "top":
            borders.insert(0, _line(side, THIN))
        else:
            borders.append(_line(side, THIN))


def _line(side: str, weight: str) -> Any:
    """A black rule on a side."""
    attributes = {
        "w:val": "single",
        "w:sz": weight,
        "w:space": "0",
        "w:color": "000000",
    }
    return _element(f"w:{side}", attributes)


def orient(
    document: Document,
    *,
    landscape: bool,
    first: bool,
) -> float:
    """Turn the page if the table asks for it, on a new page but for the first; the width of the
    text in points.
    """
    from docx.enum.section import WD_ORIENT
    from docx.shared import Pt

    section = document.sections[-1]
    is_turned = section.orientation == WD_ORIENT.LANDSCAPE
    if not first and is_turned != landscape:
        section = document.add_section()
    width, height = reversed(PAGE) if landscape else PAGE
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width = Pt(width)
    section.page_height = Pt(height)
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Pt(MARGIN))
    return width - 2 * MARGIN


def sequence_number(
    paragraph: Paragraph,
    number: int,
    *,
    again: bool,
) -> None:
    r"""Write the table's number as a field that Word counts; ``\c`` repeats the last one."""
    instruction = r"SEQ Table \c" if again else r"SEQ Table \* ARABIC"
    field = _element("w:fldSimple", {"w:instr": instruction})
    run = _element("w:r")
    text = _element("w:t")
    text.text = str(number)
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _element(name: str, attributes: dict[str, str] | None = None) -> Any:
    """An element of a Word document, its names with their prefixes."""
    from docx.oxml import OxmlElement

    element = OxmlElement(name)
    for key, value in (attributes or {}).items():
        element.set(_qualified(key), value)
    return element


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))
