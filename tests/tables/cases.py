"""The tables whose text is kept in `golden/`, each looked at in print when it was put there.

After a deliberate change, write them again with ``cd tests && python -m tables.cases`` and read the
difference.
"""

from __future__ import annotations

from pathlib import Path as FilePath

import numpy as np
import pandas as pd

from bevdrivers.results import TestGroup, TestResult
from bevdrivers.tables import (
    Table,
    correlation_table,
    descriptive_table,
    estimates_table,
    impacts_table,
    moran_table,
    regression_table,
    selection_table,
    tests_table as table_of_tests,
)

from .results import LONG_LABELS, NASTY, Path, chinese, many, moran, nasty, small

GOLDEN = FilePath(__file__).parent / "golden"

POOLED = TestGroup(
    "Pooled",
    (
        TestResult.chi2("LM lag", "rho = 0", 326.143, 1),
        TestResult.chi2("LM error", "lam = 0", 771.854, 1),
        TestResult.f("Unit effects", "mu = 0", 1.5, (30, 380)),
        TestResult.not_applicable(
            "Hausman", "no correlation", "the difference is not positive definite"
        ),
    ),
)
TWO_WAY = TestGroup(
    "Two-way",
    (TestResult.chi2("LM lag", "rho = 0", 3.0, 1), TestResult.chi2("LR", "theta = 0", 9, 4)),
)

STATISTICS = pd.DataFrame(
    {
        "N": [434, 434, 410],
        "mean": [9.25, 0.4, 123456.7],
        "std": [1.0, 0.2, np.nan],
        "min": [-3.0, 0.0, 1.0],
        "max": [12.0, 0.95, 2e6],
    },
    index=["log(gdp_pc)", "R&D_share", "firms"],
)


CORRELATIONS = pd.DataFrame(
    [[1.0, 0.61, -0.2], [0.61, 1.0, 0.05], [-0.2, 0.05, 1.0]],
    index=["log(gdp_pc)", "R&D_share", "policy"],
    columns=["log(gdp_pc)", "R&D_share", "policy"],
)
P_VALUES = CORRELATIONS.abs().rsub(0.65).clip(lower=0.0)


def cases() -> dict[str, Table]:
    """The tables by the name of their files."""
    fits, spills = small()
    six, impacts = many(6)
    one, spread = many(1)
    given = [each for each in impacts if each is not None]
    nearest = moran({"weights": "KNearest(k=4)", "islands": ""}, shift=0.1)
    return {
        "regression": regression_table(
            fits, spills, title="Drivers of BEV density", label="tab:drivers"
        ),
        "intervals": regression_table(
            fits, parentheses="conf_int", labels={"log(gdp_pc)": "GDP"}, stars=None
        ),
        "groups": regression_table({"East": fits, "West": fits[1:]}, stars=None, title="Regions"),
        "six": regression_table(six, labels=LONG_LABELS, title="Six models"),
        "tall": regression_table(
            one, spread, labels=LONG_LABELS, title="One model with impacts", label="tab:tall"
        ),
        "nasty": regression_table(
            nasty(), labels=NASTY, stars=None, title="研发_&_50% of {R&D} # ~ ^ \\ $"
        ),
        "chinese": regression_table(
            *chinese()[:2], labels=chinese()[2], language="zh", title="空间杜宾模型的估计结果"
        ),
        "impacts": impacts_table(spills[1], title="Impacts"),
        "three_impacts": impacts_table(
            given, labels=LONG_LABELS, parentheses="p_value", title="Three models"
        ),
        "impact_panels": impacts_table(
            given, arrange="panels", parentheses="statistic", title="In panels"
        ),
        "panels": impacts_table(given[0])
        .panel("Panel A: 2010")
        .panel("Panel B: 2020", impacts_table(given[1])),
        "tests": table_of_tests(
            {"Pooled": POOLED, "Two-way fixed effects": TWO_WAY}, title="Tests"
        ),
        "selection": selection_table({"Queen": Path(), "Nearest": Path(9.0)}, title="The path"),
        "moran": moran_table([moran(), nearest], title="Moran’s I"),
        "descriptive": descriptive_table(
            STATISTICS, title="50% of R&D_share: {#1} ~ ^ \\ $", digits=2
        ),
        "correlation": correlation_table(CORRELATIONS, P_VALUES, below=True, title="Correlations"),
        "estimates": estimates_table(
            {"2011–2015": spills[1:], "2016–2020": spills[1:]},
            statistics=["nobs", "model"],
            title="Any results",
        ),
    }


# one table in the other forms and alignments of LaTeX: the name of the file is of both
OTHER_FORMS = {
    "regression_sideways": {"form": "sideways"},
    "regression_longtable": {"form": "longtable"},
    "regression_tabular": {"form": "tabular"},
    "regression_document": {"form": "document"},
    "regression_dcolumn": {"align": "dcolumn"},
    "regression_plain": {"align": "plain"},
}


if __name__ == "__main__":
    for name, table in cases().items():
        for suffix in (".tex", ".md", ".html"):
            table.save(GOLDEN / f"{name}{suffix}")
    for name, options in OTHER_FORMS.items():
        cases()["regression"].save(GOLDEN / f"{name}.tex", **options)
