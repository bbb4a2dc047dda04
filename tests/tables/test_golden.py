"""The whole text of small tables in every format, and LaTeX's own verdict on them."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from bevdrivers.language.symbols import display_width
from bevdrivers.tables import save_tables

from .cases import GOLDEN, OTHER_FORMS, cases

CASES = cases()
CHINESE = ("nasty", "chinese")
FAULTS = r"^!.*|Overfull \\hbox.*|.*Float too large.*|.*[Uu]ndefined.*|Missing character.*"


@pytest.mark.parametrize("suffix", [".tex", ".md", ".html"])
@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_one_that_was_looked_at(name, suffix, tmp_path):
    written = CASES[name].save(tmp_path / f"{name}{suffix}").read_text(encoding="utf-8")
    assert written == (GOLDEN / f"{name}{suffix}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OTHER_FORMS)
def test_other_forms_of_latex_are_those_that_were_looked_at(name, tmp_path):
    written = (
        CASES["regression"]
        .save(tmp_path / "a.tex", **OTHER_FORMS[name])
        .read_text(encoding="utf-8")
    )
    assert written == (GOLDEN / f"{name}.tex").read_text(encoding="utf-8")


def compiled(program, source, folder, runs=1):
    """The faults that TeX finds in a document."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on PATH")
    (folder / "all.tex").write_text(source, encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "all.tex"]
    for _ in range(runs):
        subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    log = (folder / "all.log").read_text(encoding="utf-8", errors="replace")
    missing = re.search(r"File `([^']*)' not found", log)
    if missing:
        pytest.skip(f"TeX lacks {missing.group(1)}")
    return re.findall(FAULTS, log, flags=re.MULTILINE)


def document(names, *options):
    """All tables of these names in one document, each on a page of its own, in each of the forms
    and alignments.
    """
    sources = [
        CASES[name].to_latex(form=form, align=align) for form, align in options for name in names
    ]
    preamble = {
        line[2:] for source in sources for line in source.splitlines() if line.startswith("% ")
    }
    lines = [
        r"\documentclass{article}",
        *sorted(preamble),
        r"\begin{document}",
        "\n\\clearpage\n".join(sources),
    ]
    return "\n".join([*lines, r"\end{document}"])


def test_latex_compiles_every_table_without_an_overfull_box(tmp_path):
    names = [name for name in CASES if name not in CHINESE]
    options = [
        ("float", "siunitx"),
        ("float", "dcolumn"),
        ("float", "plain"),
        ("sideways", "siunitx"),
    ]
    assert compiled("pdflatex", document(names, *options), tmp_path) == []


def test_latex_compiles_every_table_over_several_pages(tmp_path):
    names = [name for name in CASES if name not in CHINESE]
    # a longtable knows its columns' widths in the second run, and what follows from them in the
    # third
    assert compiled("pdflatex", document(names, ("longtable", "siunitx")), tmp_path, runs=3) == []


def test_xelatex_compiles_chinese_tables_without_an_overfull_box(tmp_path):
    options = [("float", "siunitx"), ("float", "dcolumn"), ("longtable", "siunitx")]
    assert compiled("xelatex", document(CHINESE, *options), tmp_path, runs=3) == []


def test_the_document_and_the_bare_tabular_compile_as_they_are(tmp_path):
    assert compiled("pdflatex", CASES["regression"].to_latex(form="document"), tmp_path) == []
    # the tabular alone is as wide as it is: it has no float, no caption and no notes that could be
    # missing
    tabular = CASES["impacts"].to_latex(form="tabular")
    lines = [line.removeprefix("% ") for line in tabular.splitlines()]
    source = "\n".join(
        [r"\documentclass{article}", lines[0], r"\begin{document}", *lines[1:], r"\end{document}"]
    )
    assert compiled("pdflatex", source, tmp_path) == []


def test_a_column_too_wide_for_any_page_is_scaled(tmp_path):
    wide = CASES["impacts"].add_rows({"Text": ["one-very-long-text-without-a-blank-" * 5] * 3})
    source = wide.to_latex(form="document", columns=None)
    assert r"\resizebox{\linewidth}" in source
    assert compiled("pdflatex", source, tmp_path) == []


@pytest.mark.parametrize("name", CASES)
def test_latex_names_its_packages_and_is_balanced(name):
    source = CASES[name].to_latex()
    assert source.startswith(r"% \usepackage{booktabs,siunitx")
    begun, ended = (re.findall(rf"\\{word}\{{([a-z*]+)\}}", source) for word in ("begin", "end"))
    assert sorted(begun) == sorted(ended)


def test_several_tables_name_their_packages_once(tmp_path):
    path = save_tables([CASES["impacts"], CASES["six"], CASES["chinese"]], tmp_path / "all.tex")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "usepackage" in line] == lines[:2]
    assert lines[0] == r"% \usepackage{booktabs,siunitx,threeparttable,rotating}"
    assert lines[1].startswith(r"% \usepackage{ctex}")


class Grid(HTMLParser):
    """The width of each row of an HTML table, spans counted; and what the page would load."""

    def __init__(self):
        super().__init__()
        self.rows, self.open, self.loads, self.hanging = [], [], [], 0

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.loads += [name for name in known if name in ("src", "href")]
        if tag == "tr":
            self.rows.append(self.hanging)
            self.hanging = 0
        if tag in ("td", "th"):
            self.rows[-1] += int(known.get("colspan", 1))
            self.hanging += known.get("rowspan") == "2"
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", CASES)
def test_html_is_well_formed_rectangular_and_loads_nothing(name):
    grid = Grid()
    grid.feed(CASES[name].to_html())
    assert not grid.open
    assert not grid.loads
    assert set(grid.rows) == {CASES[name].width + 1}


@pytest.mark.parametrize("name", CASES)
def test_markdown_rows_are_equally_wide(name):
    lines = [line for line in CASES[name].to_markdown().splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {CASES[name].width + 2}
    assert len({display_width(line) for line in lines}) == 1
