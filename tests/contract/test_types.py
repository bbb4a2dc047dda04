"""What a user's type checker sees: the types of the package and, with pandas-stubs, those of pandas
in it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is not installed")

SCRIPT = """
import bevdrivers as bd

panel = bd.load_panel()
queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
fit = bd.SDM("log1p(bev_density) ~ log(gdp_pc)").fit(panel, queen)
impacts = fit.impacts(draws=10, seed=1)
table = bd.regression_table([fit], impacts=[impacts])
reveal_type(panel)
reveal_type(queen)
reveal_type(fit)
reveal_type(fit.params)
reveal_type(fit.cov)
reveal_type(fit.rho)
reveal_type(fit.tidy())
reveal_type(impacts.direct)
reveal_type(bd.tables.regression_table)
reveal_type(table.to_latex())


def lag_of(any_fit: bd.FitResult) -> float:
    return any_fit.rho
"""
SEEN = [
    "bevdrivers.panel.panel.Panel",
    "bevdrivers.weights.weights.SpatialWeights",
    "bevdrivers.models.result.FitResult",
    "pandas.core.series.Series[Any]",
    "pandas.core.frame.DataFrame",
    "float",
    "pandas.core.frame.DataFrame",
    "pandas.core.series.Series[Any]",
    "def (",
    "str",
]


def checked(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(script, encoding="utf-8")
    options = ["--follow-imports=silent", "--strict", "--config-file=", "--cache-dir=cache"]
    return subprocess.run(
        [sys.executable, "-m", "mypy", *options, "script.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_types_of_a_script(tmp_path, monkeypatch):
    monkeypatch.setenv("MYPYPATH", str(Path(__file__).parents[2]))
    done = checked(SCRIPT, tmp_path)
    assert done.returncode == 0, done.stdout
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    assert len(revealed) == len(SEEN), done.stdout
    for seen, expected in zip(revealed, SEEN, strict=True):
        assert seen.startswith(expected)
    wrong = checked(SCRIPT.replace("fit.rho", "fit.roh"), tmp_path)
    assert wrong.returncode == 1
    assert 'has no attribute "roh"' in wrong.stdout
