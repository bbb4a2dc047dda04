"""What a study's data are, as the report's first section: sample, columns that the model uses,
where they come from.
"""

from __future__ import annotations

from html import escape

import numpy as np

from ...datasets.files import data_catalogue
from ...language.words import Words
from ...models.interface import missing_cells
from ..request.panel_input import columns_in
from ..request.plan import Plan

PANEL = "bev_panel.csv"


def data_html(plan: Plan) -> str:
    """The sample in sentences, then a row for each column that the formula or the map uses."""
    panel = plan.panel
    units = plan.words.listed([str(unit) for unit in panel.units])
    words = plan.words
    sample = words.say(
        "{units} units in {years} years, {first} to {last}: {observations} observations.",
        units=panel.n_units,
        years=panel.n_periods,
        first=panel.periods[0],
        last=panel.periods[-1],
        observations=panel.n_units * panel.n_periods - missing_cells(plan.main, panel),
    )
    said = [sample]
    if panel.notes:
        # names of files keep their letters, so that no note begins a sentence
        notes = words.say("; ").join(words.said(note.rstrip(".")) for note in panel.notes)
        said.append(words.topic(words.say("Notes"), notes))
    definitions = _definitions(words) if plan.config.data.source else {}
    names = list(dict.fromkeys([*columns_in(plan.config.model.formula, panel), plan.map_variable]))
    rows = "\n".join(_row(plan, name, definitions.get(name, "")) for name in names)
    what = f"<th>{words.say('definition')}</th>" if definitions else ""
    numbers = "".join(
        f'<th class="number">{words.say(head)}</th>'
        for head in ("mean", "least", "largest", "missing")
    )
    unit_names = words.say("The {count} units", count=panel.n_units)
    columns, column = words.say("Columns of the data"), words.say("column")
    return (
        f"<p>{escape(words.gap.join(said))}</p>\n"
        f"<details><summary>{unit_names}</summary><p>{escape(units)}</p></details>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{columns}">\n'
        f'<table class="columns"><thead><tr><th>{column}</th>{what}{numbers}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>"
        "</table>\n</div>"
    )


def _definitions(words: Words) -> dict[str, str]:
    """Column -> definition of the bundled panel, in the language."""
    key = "description" if words.language == "en" else f"description_{words.language}"
    entry = next(entry for entry in data_catalogue()["resources"] if entry["path"] == PANEL)
    return {field["name"]: field.get(key, "") for field in entry["schema"]["fields"]}


def _row(
    plan: Plan,
    name: str,
    definition: str,
) -> str:
    """A column with its numbers as the file has them, before the formula transforms them."""
    values = plan.panel.columns[name]
    label = plan.labels.get(name, "")
    named = plan.words.say("{name}: {label}", name=name, label=label) if label else name
    head = f'<th scope="row">{escape(named)}</th>'
    what = f"<td>{escape(definition)}</td>" if plan.config.data.source else ""
    if values.dtype.kind != "f":
        categories = plan.words.say("{count} categories", count=len(set(values.ravel())))
        return f'<tr>{head}{what}<td colspan="4">{categories}</td></tr>'
    known = values[np.isfinite(values)]
    numbers = [
        *map(_plain, (known.mean(), known.min(), known.max())),
        f"{values.size - known.size}",
    ]
    cells = "".join(f'<td class="number">{text}</td>' for text in numbers)
    return f"<tr>{head}{what}{cells}</tr>"


def _plain(value: float) -> str:
    """A number as people write it: 54,150 and 0.0874."""
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")
