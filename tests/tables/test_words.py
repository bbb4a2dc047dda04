"""The package's words in Chinese."""

import re
import string

import pytest

from bevdrivers.errors import OptionError
from bevdrivers.language import labels
from bevdrivers.language.chinese import CHINESE
from bevdrivers.language.words import Words
from bevdrivers.results import MODEL_TITLES
from bevdrivers.tables import (
    impacts_table,
    moran_table,
    regression_table,
    selection_table,
    tests_table as table_of_tests,
)
from bevdrivers.tables.builders import methods, moran as moran_module, notes

from .cases import POOLED, cases
from .results import LEAST_SQUARES, Path, chinese, fit, moran, spill

# what is a name or a symbol in Chinese too
NAMES = {"Driscoll–Kraay", "𝑊", "𝑁", "AIC", "BIC"}


def parts(sentence):
    return sorted(
        field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None
    )


@pytest.mark.parametrize("sentence", CHINESE)
def test_a_translation_has_the_parts_of_its_sentence(sentence):
    assert parts(CHINESE[sentence]) == parts(sentence)
    assert CHINESE[sentence] != sentence


@pytest.mark.parametrize(
    "texts",
    [
        {name: labels.model_name(name) for name in MODEL_TITLES},
        labels.STATISTICS,
        labels.DESCRIPTIVES,
        moran_module.TAILS,
        methods.EFFECTS,
        methods.RANDOM,
        methods.CORRECTIONS,
        methods.CORRECTIONS_OF_DYNAMIC,
        methods.MOMENT_ESTIMATORS,
        methods.LEAST_SQUARES_OF_DYNAMIC,
        methods.TWO_STAGE_DATA,
        methods.SERIAL,
        methods.COVARIANCES,
        notes.NORMALISATIONS,
        notes.BELOW,
    ],
)
def test_every_name_has_a_translation(texts):
    assert set(texts.values()) - NAMES <= set(CHINESE)


def chinese_tables():
    """Tables with as many sentences of notes as there are."""
    simulated = {
        "method": "simulated",
        "draws": 1000,
        "rejected": 12,
        "seed": 7,
        "dynamic": "time",
        "horizon": 3,
    }
    rows = {name: {"x": (1, 1), "z": (1, 0)} for name in ("direct", "indirect", "total")}
    models = [
        fit(LEAST_SQUARES, 380.0, main={"x": (1.0, 0.5)}),
        fit({"converged": False, "random_effects": "kkp"}, main={"x": (1.0, 0.5)}),
        fit(
            {"correction": "none", "dynamic": "time"},
            main={"x": (1.0, 0.5)},
            wx={"W_x": (0.0, 0.0)},
        ),
        fit({"correction": "none", "fixed_effects": "none"}, main={"x": (1.0, 0.5)}),
        fit(
            {"correction": "none", "estimation": "GMM", "two_stage": "between"},
            main={"x": (1.0, 0.5)},
        ),
        fit(
            LEAST_SQUARES | {"correction": "yu-de-jong-lee", "dynamic": "time"},
            380.0,
            main={"x": (1.0, 0.5)},
        ),
        fit({"serial_errors": "ar1"}, main={"x": (1.0, 0.5)}),
        fit({"absorb": "甲, 乙", "correction": "adjusted-score"}, main={"x": (1.0, 0.5)}),
    ]
    spills = [
        None,
        spill(**rows),
        spill(simulated | {"horizon": "long"}, **rows),
        spill(simulated, **rows),
        *[None] * 4,
    ]
    options = {"labels": {"x": "甲", "z": "乙", "log1p(bev_density)": "密度"}, "language": "zh"}
    for parentheses in ("std_error", "statistic", "p_value", "conf_int"):
        yield regression_table(models, spills, parentheses=parentheses, **options)
    yield impacts_table(spills[1:4], arrange="panels", **options)
    yield table_of_tests(POOLED, **options)
    yield moran_table([moran(), moran({"inference": "normal", "alternative": "less"})], **options)
    yield selection_table(Path(), **options)


def test_no_sentence_of_a_chinese_table_lacks_its_translation(monkeypatch):
    missing = set()
    say = Words.say

    def recorded(self, sentence, **named):
        if sentence not in CHINESE and re.search("[a-z]{2}", sentence):
            missing.add(sentence)
        return say(self, sentence, **named)

    monkeypatch.setattr(Words, "say", recorded)
    for table in chinese_tables():
        for text in (table.to_latex(), table.to_markdown(), table.to_html()):
            assert text
    assert missing <= NAMES | {"Lee–Yu", "Elhorst", "Yu–de Jong–Lee"}


def test_chinese_notes_read_as_chinese():
    fits, spills, named = chinese()
    note = "".join(
        regression_table(fits[1:], spills[1:], labels=named, language="zh").notes
    ).replace("\u00a0", " ")
    assert note.startswith(
        "括号内为标准误。* 𝑝 < 0.10，** 𝑝 < 0.05，*** 𝑝 < 0.01。𝑊：Queen，行标准化"
    )
    assert "样本：𝑁 = 31个个体，𝑇 = 14个时期，2010–2023。固定效应：个体与时间。" in note


def test_stars_of_a_chinese_table_are_said_in_chinese():
    table = cases()["chinese"].stars([0.05])
    assert "*\u00a0𝑝\u00a0<\u00a00.05。" in table.notes
    assert not any("0.10" in note for note in table.notes)


def test_another_language_is_refused():
    with pytest.raises(OptionError, match="language"):
        regression_table(fit(main={"x": (1.0, 0.5)}), language="fr")
