"""An expression that cannot be computed is said of the argument that the user wrote it into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import bevdrivers as bd
from bevdrivers.errors import InputError

CALLS: dict[str, tuple[str, Callable[[bd.Panel, str], Any]]] = {
    "Panel.evaluate": ("expression", lambda panel, text: panel.evaluate(text)),
    "Panel.describe": ("columns", lambda panel, text: panel.describe([text])),
    "concentration": ("variable", bd.concentration),
    "correlations": ("columns", lambda panel, text: bd.correlations(panel, ["lpc", text])),
    "unit_root_test": ("variable", bd.unit_root_test),
    "cointegration_test": (
        "regressors",
        lambda panel, text: bd.cointegration_test(panel, "lpc", [text]),
    ),
    "outcome_check": ("outcome", bd.outcome_check),
    "EconomicDistance": ("column", lambda panel, text: bd.EconomicDistance(text).fit(panel)),
    "SpatialLag": ("formula", lambda panel, text: bd.NonSpatial(f"lpc ~ {text}").fit(panel)),
}


@pytest.mark.parametrize("text", ["lpcc", "log(lpcc)", "lpc +"])
@pytest.mark.parametrize("name", CALLS)
def test_the_argument_is_named(name: str, text: str, munnell: bd.Panel) -> None:
    argument, call = CALLS[name]
    with pytest.raises(InputError) as caught:
        call(munnell, text)
    assert caught.value.argument == argument


def test_statistics_name_their_variable(munnell: bd.Panel, states: bd.SpatialWeights) -> None:
    for statistic in (bd.Moran, bd.Geary, bd.LocalMoran):
        with pytest.raises(InputError, match=r"^variable: expected columns of the panel; got"):
            statistic("plant").fit(munnell, states)
