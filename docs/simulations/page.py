"""Writes the tables of docs/explanation/simulations.md from the CSV files: python
docs/simulations/page.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
PAGE = HERE.parent / "explanation" / "simulations.md"
ESTIMATORS = {"direct": "direct", "elhorst": "Elhorst", "lee-yu": "Lee-Yu", "gmm": "2SLS"}
WEIGHTS = ("queen", "4 nearest", "1/d")
QUANTITIES = {
    ("rho", "spatial"): "rho",
    ("x1", "main"): "x1",
    ("x2", "main"): "x2",
    ("W_x1", "wx"): "W x1",
    ("W_x2", "wx"): "W x2",
    ("x1", "direct"): "direct x1",
    ("x1", "indirect"): "indirect x1",
    ("x1", "total"): "total x1",
    ("x2", "direct"): "direct x2",
    ("x2", "indirect"): "indirect x2",
    ("x2", "total"): "total x2",
}
BAND = (0.93, 0.97)
_PLACE = re.compile(r"(<!-- table: (?P<name>[\w: ]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def tables() -> dict[str, str]:
    """Each table of the page in Markdown, by name."""
    cells = pd.read_csv(HERE / "estimators.csv")
    cells["quantity"] = [
        QUANTITIES[key] for key in zip(cells["term"], cells["component"], strict=True)
    ]
    uneven = pd.read_csv(HERE / "covariances.csv")
    return {
        "bias": _by_estimator(cells, "bias", "{:.3f}"),
        "rmse": _by_estimator(cells, "rmse", "{:.3f}"),
        "coverage": _by_estimator(cells, "coverage", "{:.1%}"),
        "size": _by_estimator(cells, "size", "{:.1%}"),
        "quantities": _by_quantity(cells),
        "outside": _outside(cells),
        "covariances": _sandwiches(uneven),
        "second order": _second_order(pd.read_csv(HERE / "second_order.csv")),
        "missing cells": _missing_cells(pd.read_csv(HERE / "adjusted_score.csv")),
        "missing cells: coverage": _missing_coverage(pd.read_csv(HERE / "adjusted_score.csv")),
        "missing cells: second order": _missing_second_order(
            pd.read_csv(HERE / "adjusted_second_order.csv")
        ),
    }


def _by_estimator(cells: pd.DataFrame, measure: str, form: str) -> str:
    """rho = 0.3: rows N and T, columns W and estimator."""
    rho = cells[(cells["quantity"] == "rho") & (cells["rho"] == 0.3)]
    wide = rho.pivot(index=["N", "T"], columns=["weights", "estimator"], values=measure)
    wide = wide[[(W, e) for W in WEIGHTS for e in ESTIMATORS]]
    heads = [
        "N",
        "T",
        *(
            f"{W}: {name}" if name == "direct" else name
            for W in WEIGHTS
            for name in ESTIMATORS.values()
        ),
    ]
    return _markdown(
        heads,
        [
            [*map(str, at), *map(form.format, row)]
            for at, row in zip(wide.index, wide.values, strict=True)
        ],
    )


def _by_quantity(cells: pd.DataFrame) -> str:
    """Lee-Yu, rho = 0.3: coverage of every quantity."""
    own = cells[(cells["estimator"] == "lee-yu") & (cells["rho"] == 0.3)]
    wide = own.pivot(index=["weights", "N", "T"], columns="quantity", values="coverage")[
        list(QUANTITIES.values())
    ]
    wide = wide.loc[list(WEIGHTS)]
    rows = [
        [*map(str, at), *map("{:.1%}".format, row)]
        for at, row in zip(wide.index, wide.values, strict=True)
    ]
    return _markdown(["W", "N", "T", *wide.columns], rows)


def _outside(cells: pd.DataFrame) -> str:
    """Lee-Yu, any rho: coverage outside the band."""
    own = cells[(cells["estimator"] == "lee-yu") & ~cells["coverage"].between(*BAND)]
    own = own.sort_values(["N", "weights", "T", "rho", "quantity"])
    rows = [
        [
            str(r.N),
            str(r.T),
            r.weights,
            f"{r.rho:g}",
            r.quantity,
            f"{r.coverage:.1%}",
            f"{100 * r.coverage_se:.1f}",
            f"{r.bias:.3g}",
        ]
        for r in own.itertuples()
    ]
    return _markdown(
        ["N", "T", "W", "rho", "quantity", "coverage", "Monte Carlo s.e., points", "bias"], rows
    )


def _sandwiches(uneven: pd.DataFrame) -> str:
    """Coverage of rho, x1 and the total impact of x1 by covariance."""
    names = {"lee-yu": "classical", "sandwich": "sandwich", "gmm": "2SLS, sandwich"}
    kind = (
        uneven["estimator"]
        .str.split(", ")
        .map(
            lambda parts: (
                "gmm" if parts[0] == "gmm" else parts[0] if len(parts) == 1 else "sandwich"
            )
        )
    )
    quantity = [QUANTITIES[key] for key in zip(uneven["term"], uneven["component"], strict=True)]
    uneven = uneven.assign(kind=kind, quantity=quantity)
    wide = uneven.pivot(
        index=["errors", "weights", "N", "T"], columns=["quantity", "kind"], values="coverage"
    )
    shown = ("rho", "x1", "total x1")
    wide = wide[[(q, k) for q in shown for k in names]].loc[["heteroskedastic", "clustered"]]
    heads = [
        "errors",
        "W",
        "N",
        "T",
        *(f"{q}: {name}" if k == "lee-yu" else name for q in shown for k, name in names.items()),
    ]
    rows = [
        [*map(str, at), *map("{:.1%}".format, row)]
        for at, row in zip(wide.index, wide.values, strict=True)
    ]
    return _markdown(heads, rows)


def _second_order(cells: pd.DataFrame) -> str:
    """Rows weights, N, T and rho; columns errors and correction: bias over standard deviation."""
    heads = ["W", "N", "T", "rho"]
    kinds = list(dict.fromkeys(cells["errors"]))
    heads += [f"{kind}: {name}" for kind in kinds for name in ("Lee-Yu", "second order")]
    rows = []
    for at, cell in cells.groupby(["weights", "N", "T", "rho"], sort=False):
        found = cell.set_index(["errors", "correction"])
        row = [str(value) for value in at]
        for kind in kinds:
            for correction in ("lee-yu", "second-order"):
                one = found.loc[(kind, correction)]
                row.append(f"{one['bias']:.3f} ({one['sd']:.3f})")
        rows.append(row)
    return _markdown(heads, rows)


MISSING_CELL = ["N", "T", "missing", "weights", "errors"]
SCORES = {"adjusted": "adjusted", "robust": "robust", "balanced": "complete part"}


def _missing_cells(cells: pd.DataFrame) -> str:
    """Bias of rho, its standard deviation and coverage, and how many samples end at the bound, by
    estimator.
    """
    rho = cells[cells["quantity"] == "rho"]
    heads = ["N", "T", "missing", "W", "errors"]
    heads += [f"{name}: bias (sd), coverage, at the end" for name in SCORES.values()]
    rows = []
    for at, cell in rho.groupby(MISSING_CELL, sort=False):
        found = cell.set_index("estimator")
        row = [str(value) for value in at]
        for name in SCORES:
            row.append(_of_rho(found.loc[name]) if name in found.index else "")
        rows.append(row)
    return _markdown(heads, rows)


def _of_rho(one: pd.Series) -> str:
    return (
        f"{one['bias']:.3f} ({one['sd']:.3f}), {one['coverage']:.1%}, "
        f"{int(one['at_bound'])} of {int(one['replications'])}"
    )


def _missing_coverage(cells: pd.DataFrame) -> str:
    """Coverage of coefficients and impacts of x1 by the two scores."""
    shown = ("x1", "W_x1", "direct x1", "indirect x1", "total x1")
    scores = ("adjusted", "robust")
    heads = ["N", "T", "missing", "W", "errors"]
    heads += [f"{name.replace('_', ' ')}: {score}" for name in shown for score in scores]
    rows = []
    for at, cell in cells.groupby(MISSING_CELL, sort=False):
        found = cell.set_index(["quantity", "estimator"])["coverage"]
        row = [str(value) for value in at]
        row += [f"{found[name, score]:.1%}" for name in shown for score in scores]
        rows.append(row)
    return _markdown(heads, rows)


def _missing_second_order(cells: pd.DataFrame) -> str:
    """Bias of rho and coverage of rho and the total impact, with the correction and without."""
    heads = ["N", "T", "missing", "W", "errors"]
    for name in ("adjusted", "second order"):
        heads += [f"{name}: bias (s.e.), sd", "coverage", "median total", "its coverage"]
    rows = []
    for at, cell in cells.groupby(MISSING_CELL, sort=False):
        found = cell.set_index("correction")
        row = [str(value) for value in at]
        for correction in ("adjusted-score", "second-order"):
            one = found.loc[correction]
            row += [
                f"{one['bias']:.3f} ({one['bias_se']:.3f}), {one['sd']:.3f}",
                f"{one['coverage']:.1%}",
                f"{one['total_median']:.2f}",
                f"{one['total_coverage']:.1%}",
            ]
        rows.append(row)
    return _markdown(heads, rows)


def _markdown(heads: list[str], rows: list[list[str]]) -> str:
    line = (
        "| "
        + " | ".join(
            "---" if head in ("W", "errors", "missing", "quantity") else "--:" for head in heads
        )
        + " |"
    )
    return "\n".join(
        ["| " + " | ".join(heads) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)]
    )


def filled(text: str) -> str:
    """The page with its tables written anew."""
    made = tables()
    return _PLACE.sub(lambda place: f"{place[1]}\n{made[place['name']]}\n\n{place[3]}", text)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
