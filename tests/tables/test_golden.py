"""The whole text of small tables in every format, and LaTeX's own verdict on them."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from .cases import GOLDEN, cases

CASES = cases()
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs,dcolumn,threeparttable,rotating}
\begin{document}
%s
\end{document}
"""


@pytest.mark.parametrize("suffix", [".tex", ".md", ".html"])
@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_one_that_was_looked_at(name, suffix, tmp_path):
    written = CASES[name].save(tmp_path / f"{name}{suffix}").read_text(encoding="utf-8")
    assert written == (GOLDEN / f"{name}{suffix}").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not on PATH")
def test_latex_compiles_every_table_without_an_overfull_box(tmp_path):
    sources = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.tex"))]
    (tmp_path / "all.tex").write_text(DOCUMENT % "\n\\clearpage\n".join(sources), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    log = (tmp_path / "all.log").read_text(encoding="latin-1")
    assert done.returncode == 0, log[-2000:]
    assert not re.findall(r"^!.*|Overfull \\hbox.*|.*Float too large.*", log, flags=re.MULTILINE)


@pytest.mark.parametrize("name", CASES)
def test_latex_names_its_packages_and_is_balanced(name):
    source = CASES[name].to_latex()
    assert source.startswith(r"% \usepackage{booktabs,dcolumn,threeparttable")
    begun, ended = (re.findall(rf"\\{word}\{{([a-z*]+)\}}", source) for word in ("begin", "end"))
    assert sorted(begun) == sorted(ended)


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
    assert len({len(line) for line in lines}) == 1
