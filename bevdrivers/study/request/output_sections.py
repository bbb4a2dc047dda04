"""The sections of a study file that say how results look: labels, formats and the package."""

from __future__ import annotations

from importlib.util import find_spec

from ...panel.terms import label_of
from .records import OutputConfig, PackageConfig
from .section import Section

TABLE_FORMATS = ("tex", "md", "html", "docx", "xlsx", "csv", "json")
FIGURE_FORMATS = ("pdf", "png", "svg")
# format -> the module that writes it, and what pip calls that
OFFICE_PACKAGES = {"docx": ("docx", "python-docx"), "xlsx": ("openpyxl", "openpyxl")}


def label_pairs(section: Section) -> tuple[tuple[str, str], ...]:
    """The section ``[labels]``: a term, column or statistic, and what is printed for it."""
    return tuple((label_of(key), section.text(key) or key) for key in section.values)


def output_config(section: Section) -> OutputConfig:
    """The section ``[outputs]``; formats whose package is not installed are refused."""
    tables = section.choices("tables", TABLE_FORMATS, ("tex", "md", "html"))
    for suffix, (module, package) in OFFICE_PACKAGES.items():
        if suffix in tables and find_spec(module) is None:
            expected = f"the package {package} for {suffix} files"
            remedy = (
                "Install it with pip install 'bevdrivers[excel-word]', or leave the format out."
            )
            section.reject("tables", expected, "no such package", remedy)
    return OutputConfig(
        tables=tables,
        figures=section.choices("figures", FIGURE_FORMATS, ("pdf", "png")),
        digits=section.whole("digits", 3, at_least=0),
    )


def package_config(section: Section) -> PackageConfig:
    """The section ``[package]``."""
    return PackageConfig(
        authors=section.text("authors") or "",
        statement=section.text("statement") or "",
        licence=section.text("licence") or "",
        share_data=section.flag("share_data", True),
    )
