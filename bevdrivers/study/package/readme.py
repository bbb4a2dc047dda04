"""The README of a replication package, in the sections of the social science data editors'
template.

Vilhuber, Connolly, Koren, Llull and Morrow (2022), A template README for social science replication
packages, v1.1, doi:10.5281/zenodo.7293838.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from ...datasets.files import data_catalogue
from ...results import installed_versions
from ..pipeline import StudyResult
from ..request.inputs import input_files
from ..request.plan import Plan
from ..results.folder import sha256

MAPPED = {"provinces_natural_earth.geojson"}
SHARED = "All data that the results need are in this package."
WITHHELD = (
    "The data file `{file}` is **not** in this package. Put it in the place "
    "of that name beside the study file before running; its SHA-256 is `{hash}`."
)
UNSTATED = "(To be completed by the authors: `statement` in `[package]` of the study file.)"


def readme_of(
    plan: Plan,
    result: StudyResult,
    minutes: int,
) -> str:
    """The README of a package.

    Parameters
    ----------
    plan : Plan
    result : StudyResult
    minutes : int
        Within how many minutes the study ran.
    """
    config, panel = plan.config, plan.panel
    made_by = config.package
    versions = installed_versions()
    return Template((files(__package__) / "replication.md").read_text(encoding="utf-8")).substitute(
        title=config.title,
        authors=f"{made_by.authors}\n\n" if made_by.authors else "",
        overview=_overview(plan),
        availability=_availability(plan),
        statement=made_by.statement or ("" if config.data.source else UNSTATED),
        licence=made_by.licence
        or "(To be completed by the authors: `licence` in `[package]` of the study file.)",
        sources=_sources(config.uses_bundled_map, bool(config.data.source)),
        datasets=_datasets(plan),
        sample="; ".join(repr(panel).splitlines()),
        python=versions["python"],
        bevdrivers=versions["bevdrivers"],
        packages=", ".join(
            f"{name} {number}"
            for name, number in versions.items()
            if name not in ("python", "bevdrivers")
        ),
        seeds=(
            f"Moran's I: {config.moran.seed}; impacts: {config.impacts.seed}; calibration: "
            f"{config.calibration.seed}"
        ),
        minutes="less than a minute" if minutes == 1 else f"less than {minutes} minutes",
        study=config.file,
        exhibits=_exhibits(result),
    )


def _overview(plan: Plan) -> str:
    panel, outcome = plan.panel, plan.labels.get(plan.outcome, plan.outcome)
    return (
        f"The code in this package estimates spatial panel models of {outcome} "
        f"in {panel.n_units} units, {panel.periods[0]} to {panel.periods[-1]}, "
        "and makes every table and figure of the study. "
        "One command runs everything and compares the results with those in this package."
    )


def _availability(plan: Plan) -> str:
    data = plan.config.data
    if plan.config.package.share_data or data.source:
        return SHARED
    inputs = input_files(plan.config)
    said = [WITHHELD.format(file=name, hash=sha256(inputs[name])) for name in data.paths]
    return "\n\n".join(said)


def _sources(uses_map: bool, uses_panel: bool) -> str:
    """Titles, sources and licences of the bundled files that the study read, from their
    descriptor.
    """
    if not uses_map:
        return ""
    wanted = {"bev_panel.csv", *MAPPED} if uses_panel else MAPPED
    entries = [entry for entry in data_catalogue()["resources"] if entry["path"] in wanted]
    return "\n".join(["### Data that come with the code", "", *map(_source, entries), "", ""])


def _source(entry: Mapping[str, Any]) -> str:
    """A bundled file in a line: what it is, where it comes from, under which licence."""
    named = [
        f"{source['title']} {source.get('path', '')}".strip() for source in entry.get("sources", ())
    ]
    licences = [
        licence.get("title", licence.get("name", "")) for licence in entry.get("licenses", ())
    ]
    said = f"- `code/bevdrivers/data/{entry['path']}`: {entry.get('title', entry['name'])}."
    said += f" Sources: {'; '.join(named)}." if named else ""
    return said + (f" Licence: {', '.join(licences)}." if licences else "")


def _datasets(plan: Plan) -> str:
    config = plan.config
    rows = []
    for name in input_files(config):
        packaged = name.replace("bundled/", "code/bevdrivers/data/")
        shared = config.package.share_data or name not in config.data.paths
        rows.append(f"| `{packaged}` | {'yes' if shared else 'no'} |")
    return "\n".join(rows)


def _exhibits(result: StudyResult) -> str:
    """A row for each table, figure and text: what makes it and where it is."""
    rows = []
    for output in result.outputs:
        where = ", ".join(f"`results/{file}`" for file in output.files)
        rows.append(
            f"| {output.title} | {output.kind} | `bevdrivers/study/steps/steps.py`, step "
            f"“{output.step}” | {where} |"
        )
    return "\n".join(rows)
