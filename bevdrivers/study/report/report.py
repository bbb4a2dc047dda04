"""The report: one HTML page that holds every table and figure and needs nothing else."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import replace
from html import escape
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path
from string import Template
from typing import Any

from ...figures import save_figure
from ...files import write_whole
from ...language.labels import plain_name
from ...language.words import Words
from ...results import installed_versions
from ...tables.html import STYLE, escape_html
from ..request.inputs import input_files
from ..request.plan import Plan
from ..request.weights_input import StudyWeights
from ..steps.outputs import Output
from .description import data_html

# of a figure on the page against its size on paper: text of 8 points reads like the page's own
# small print
ENLARGED = 1.3
# what a page calls its language
LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}
# sharp on a telephone's screen and on paper at the widths of the page, without making it heavy
DPI = 220


def write_report(
    plan: Plan,
    outputs: list[Output],
    warnings: list[str],
    path: Path,
) -> None:
    """Write the page of a study.

    Parameters
    ----------
    plan : Plan
    outputs : list of Output
        In the order of the page, saved: their files are linked.
    warnings : list of str
    path : Path
    """
    words = plan.words
    sections = [
        ("data", words.say("Data"), data_html(plan)),
        *((output.name, output.title, _body(output, path, words)) for output in outputs),
    ]
    if warnings:
        listed = "".join(f"<li>{escape(text)}</li>" for text in warnings)
        sections.append(("warnings", words.say("Warnings"), f"<ul>{listed}</ul>"))
    sections.append(("provenance", words.say("Provenance"), _provenance(plan)))
    script = Template(_resource("report.js").rstrip()).substitute(
        copy=words.say("Copy as LaTeX"),
        copied=words.say("Copied"),
    )
    page = Template(_resource("report.html")).substitute(
        lang=LANGUAGE_TAGS[words.language],
        skip=words.say("To the results"),
        contents_title=words.say("Contents"),
        title=escape(plan.config.title),
        css=_resource("report.css").rstrip(),
        script=script,
        table_style=STYLE,
        lead=escape(_lead(plan)),
        contents="\n".join(
            f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title, _ in sections
        ),
        sections="\n".join(
            f'<section id="{name}" aria-labelledby="{name}-title">\n'
            f'<h2 id="{name}-title">{escape(title)}</h2>\n{body}\n</section>'
            for name, title, body in sections
        ),
    )
    write_whole(path, page)


def _resource(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _lead(plan: Plan) -> str:
    """The study in a sentence or two."""
    panel, labels = plan.panel, plan.labels
    named = [labels.get(term) or plain_name(term) for term in plan.terms if term != "Intercept"]
    return plan.words.say(
        "{outcome} in {count} units, {first}–{last}. Explained by: {terms}.",
        outcome=labels.get(plan.outcome) or plain_name(plan.outcome),
        count=panel.n_units,
        first=panel.periods[0],
        last=panel.periods[-1],
        terms=plan.words.listed(named),
    )


def _body(output: Output, page: Path, words: Words) -> str:
    """An output with the links to its files, which are in the page, so that it can be sent alone, but
    for frames.
    """
    links = [
        f'<a href="{_address(output, page.parent, file)}" '
        f'download="{Path(file).name}">{words.say(_format(file))}</a>'
        for file in output.files
    ]
    download = words.say("Download: {links}", links=words.listed(links))
    return f'{_shown(output, words)}\n<p class="files">{download}</p>'


def _address(output: Output, folder: Path, file: str) -> str:
    """Where a link leads: to the file in the page, or beside it where it may be large."""
    return file if output.kind == "frame" else _data_uri(folder / file)


def _format(file: str) -> str:
    """What a format is called."""
    suffix = Path(file).suffix
    return {
        ".tex": "LaTeX",
        ".md": "Markdown",
        ".docx": "Word",
        ".xlsx": "Excel",
        ".txt": "text",
    }.get(suffix, suffix[1:].upper())


def _data_uri(path: Path) -> str:
    """A file within a link; browsers hand it out under the name in the link's `download`."""
    kind = (
        "text/plain"
        if path.suffix in (".tex", ".md")
        else guess_type(path.name)[0] or "application/octet-stream"
    )
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _shown(output: Output, words: Words) -> str:
    if output.kind == "table":
        return _table(output, words)
    if output.kind == "figure":
        width = round(_inches(output.content) * 96 * ENLARGED)
        return (
            f'<figure><img src="{_embedded(output)}" width="{width}" '
            f'alt="{escape(output.alt)}"></figure>'
        )
    if output.kind == "frame":
        rows, columns = output.content.shape
        said = words.say("{rows} rows, {columns} columns.", rows=f"{rows:,}", columns=columns)
        return f"<p>{said}</p>"
    return output.html or f"<pre>{escape(output.content)}</pre>"


def _table(output: Output, words: Words) -> str:
    """A table that scrolls where it is wider than the screen, its notes below, where they need not,
    and its LaTeX.
    """
    bare = replace(output.content, notes=()).to_html().removeprefix(STYLE).strip()
    notes = words.gap.join(escape_html(note) for note in output.content.notes)
    heading = words.say("Notes:")
    said = f'\n<p class="notes"><i>{heading}</i>{words.gap}{notes}</p>' if notes else ""
    return (
        '<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(output.title)}">\n{bare}\n</div>{said}\n'
        f'<details class="source"><summary>LaTeX</summary>'
        f'<button type="button" data-copy="{output.name}-tex" hidden>{words.say("Copy as LaTeX")}</button>'
        f'<pre id="{output.name}-tex" '
        f'tabindex="0">{escape(output.content.to_latex())}</pre></details>'
    )


def _inches(figure: Any) -> float:
    """Width of a figure, or of the figure of some axes."""
    return float(getattr(figure, "figure", figure).get_size_inches()[0])


def _embedded(output: Output) -> str:
    """A figure as a data URI."""
    with tempfile.TemporaryDirectory() as folder:
        return _data_uri(save_figure(output.content, Path(folder) / f"{output.name}.png", dpi=DPI))


def _provenance(plan: Plan) -> str:
    config, words = plan.config, plan.words
    versions = installed_versions()
    facts = {
        words.say("Study file"): config.file,
        words.say("Data"): words.listed(list(input_files(config))),
        words.say("Sample"): words.say("; ").join(
            _sample_in_words(line, words) for line in repr(plan.panel).splitlines()
        ),
        words.say("Weights"): words.say("; ").join(
            _weights_in_words(W, words) for W in plan.weights.values()
        ),
        words.say("Model"): repr(plan.main),
        words.say("Seeds"): words.say(
            "Moran's I {moran}, impacts {impacts}",
            moran=config.moran.seed,
            impacts=config.impacts.seed,
        ),
        words.say("Versions"): words.listed(
            [f"{name} {number}" for name, number in versions.items()]
        ),
        **{
            words.say("Left out: {step}", step=words.say(step)): words.said(reason)
            for step, reason in plan.left_out.items()
        },
    }
    rows = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts.items()
    )
    link = '<a href="manifest.json">manifest.json</a>'
    hashes = words.say("Hashes of all inputs and outputs: {link}", link=link)
    return f'<dl class="provenance">\n{rows}\n</dl>\n<p class="files">{hashes}</p>'


def _sample_in_words(line: str, words: Words) -> str:
    """A line of what a panel says of itself; the English one keeps the blanks before its notes."""
    return line if words.language == "en" else words.said(line.strip())


def _weights_in_words(weights: StudyWeights, words: Words) -> str:
    """The name with the number of links and the normalisation, then islands and notes."""
    head = words.say(
        "{name}: {links} links, {normalised}",
        name=weights.name,
        links=weights.n_links,
        normalised=words.say(f"{weights.normalise or 'not'} normalised"),
    )
    return words.listed([head, *map(words.said, (*weights.islands, *weights.notes))])
