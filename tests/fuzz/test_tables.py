"""Every table in every format: no cell is NaN, whatever the results are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from hypothesis import given, strategies as st

import bevdrivers as bd
from bevdrivers import options as of
from bevdrivers.tables.files import WRITERS

from .data import Data, data
from .invariants import check_text
from .outcome import answer, is_refusal
from .profiles import fuzzed
from .requests import Call, calls
from .test_models import fitted

STYLE = st.fixed_dictionaries(
    {},
    optional={
        "stars": st.sampled_from([(0.1, 0.05, 0.01), (0.5,), (), None]),
        "digits": st.sampled_from([0, 1, 3, 8]),
        "language": st.sampled_from(get_args(of.Language)),
        "labels": st.sampled_from([{"x1": "First & <last>"}, {"x1": "人均GDP"}, {"nobody": "x"}]),
        "title": st.sampled_from(["", "A title_1"]),
    },
)
SUFFIXES = st.sampled_from(sorted(WRITERS))
PARENTHESES = st.sampled_from(get_args(of.Parentheses))


def check_table(table: bd.Table, folder: Path, suffix: str) -> None:
    """The texts have no NaN, and the table can be written in a format."""
    for text in (table.to_markdown(), table.to_html(), table.to_latex()):
        check_text(text)
    path = folder / f"table{suffix}"
    table.save(path)
    assert path.stat().st_size


def check_answer(found: Any, tmp_path_factory: Any, suffix: str) -> None:
    if not is_refusal(found):
        folder = tmp_path_factory.getbasetemp()
        written = answer(lambda: check_table(found, folder, suffix))
        assert not is_refusal(written), written


@fuzzed
@given(
    data(units=3, periods=2),
    st.lists(calls(), min_size=1, max_size=3),
    STYLE,
    PARENTHESES,
    SUFFIXES,
)
def test_tables_of_regressions(
    tmp_path_factory: Any,
    given: Data,
    calls: list[Call],
    style: dict[str, Any],
    shown: Any,
    suffix: str,
) -> None:
    fits = [fitted(given, call) for call in calls]
    fits = [fit for fit in fits if not is_refusal(fit)]
    impacts = [answer(fit.impacts) for fit in fits]
    beside = [None if is_refusal(found) else found for found in impacts]

    def estimates() -> bd.Table:
        return bd.regression_table(fits, impacts=beside, parentheses=shown, **style)

    check_answer(answer(estimates), tmp_path_factory, suffix)
    check_answer(
        answer(lambda: bd.estimates_table(fits, statistics=["nobs", "aic"], **style)),
        tmp_path_factory,
        suffix,
    )
    rest = [found for found in beside if found is not None]
    for arrange in get_args(of.Arrangement):
        check_answer(
            answer(lambda how=arrange: bd.impacts_table(rest, arrange=how, **style)),
            tmp_path_factory,
            suffix,
        )


@fuzzed
@given(data(units=3, periods=2), calls(), STYLE, SUFFIXES)
def test_tables_of_tests(
    tmp_path_factory: Any, given: Data, call: Call, style: dict[str, Any], suffix: str
) -> None:
    request = answer(call.request)
    if is_refusal(request):
        return
    groups = [
        answer(lambda: bd.lm_tests(request, given.panel, given.weights)),
        answer(lambda: bd.effects_tests(request, given.panel, given.weights)),
    ]
    fit = answer(lambda: request.fit(given.panel, given.weights))
    groups += [] if is_refusal(fit) else [answer(lambda: bd.residual_tests(fit))]
    for group in groups:
        if not is_refusal(group):
            check_answer(
                answer(lambda group=group: bd.tests_table(group, **style)), tmp_path_factory, suffix
            )
    path = answer(lambda: bd.select_model(request, given.panel, given.weights, permutations=9))
    if not is_refusal(path):
        check_answer(answer(lambda: bd.selection_table(path, **style)), tmp_path_factory, suffix)


@fuzzed
@given(data(units=2), STYLE, st.sampled_from([bd.Moran, bd.Geary, bd.GetisOrd]), SUFFIXES)
def test_tables_of_data(
    tmp_path_factory: Any, given: Data, style: dict[str, Any], statistic: Any, suffix: str
) -> None:
    columns = ["y", "x1", "x2"]
    plain = {name: value for name, value in style.items() if name != "stars"}
    check_answer(
        answer(lambda: bd.descriptive_table(given.panel.describe(columns), **plain)),
        tmp_path_factory,
        suffix,
    )
    check_answer(
        answer(lambda: bd.correlation_table(bd.correlations(given.panel, columns), **style)),
        tmp_path_factory,
        suffix,
    )
    found = answer(lambda: statistic("y", permutations=9).fit(given.panel, given.weights))
    if not is_refusal(found):
        check_answer(answer(lambda: bd.moran_table(found, **style)), tmp_path_factory, suffix)
