"""The panel that ships is the one that the tables give."""

from __future__ import annotations

import io

import pandas as pd

import bevdrivers as bd
from bevdrivers.datasets import data_path


def test_the_shipped_panel_is_rebuilt_to_the_last_byte() -> None:
    written = io.StringIO()
    bd.build_panel().to_csv(written, index=False, lineterminator="\n")
    assert written.getvalue() == data_path("bev_panel.csv").read_text(encoding="utf-8")


def test_load_panel_reads_what_build_panel_makes() -> None:
    built = bd.build_panel(range(2011, 2021)).sort_values(["year", "province"], ignore_index=True)
    pd.testing.assert_frame_equal(
        bd.load_panel().frame, built, check_dtype=False, rtol=1e-15, atol=0
    )


def test_counts_add_up() -> None:
    built = bd.build_panel()
    parts = built[["firms_upstream", "firms_midstream", "firms_downstream"]].sum(axis=1)
    assert (parts == built["firms"]).all()
    assert (built["policy_cities"] <= built["policy"]).all()
    assert built.groupby("year")["firms"].sum().between(100, 289).all()
