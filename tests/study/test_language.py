"""A study in Chinese: no English is left in what the package says itself, and labels stay."""

from __future__ import annotations

import html
import re
from pathlib import Path
from string import Formatter

import pytest

from bevdrivers.language.chinese import CHINESE
from bevdrivers.language.chinese_figures import CHINESE_FIGURES
from bevdrivers.language.chinese_notes import CHINESE_NOTES
from bevdrivers.language.chinese_results import CHINESE_RESULTS
from bevdrivers.language.chinese_study import CHINESE_STUDY
from bevdrivers.language.words import Words
from bevdrivers.study import StudyError, StudyResult, check_study, run_study

from .conftest import edit

# the study's own names and labels, formats, code, and names of people and tests
ALLOWED = {
    "Driscoll",
    "Kraay",
    "HAC",
    "Place",
    # the study's columns of units and periods
    "place",
    "year",
    "Small",
    "study",
    "Innovation",
    "ideas",
    "output",
    "income",
    "innovation",
    "log",
    "data",
    "csv",
    "toml",
    "manifest",
    "json",
    "LaTeX",
    "Markdown",
    "HTML",
    "SVG",
    "OLS",
    "AIC",
    "BIC",
    "LR",
    "LM",
    "CD",
    "SDM",
    "SAR",
    "SEM",
    "SLX",
    "HR",
    "AR",
    "chi",
    "sqrt",
    "rho",
    "lam",
    "theta",
    "beta",
    "residual_tests",
    "bootstrap",
    "SpatialDurbin",
    "kkp",
    "geometry",
    "Wy",
    "W_log",
    "Hausman",
    "Mundlak",
    "Wald",
    "Pesaran",
    "Breusch",
    "Pagan",
    "Koenker",
    "Bartlett",
    "Wooldridge",
    "Born",
    "Breitung",
    "Jarque",
    "Bera",
    "Lee",
    "Yu",
    "Elhorst",
    "fit",
}
# what is code from end to end, and stays as it is typed
CODE = re.compile(r"Panel: .*|SpatialDurbin\(.*|python \d.*")


# boxes in figures where the machine has no Chinese font are the business of tests of figures
pytestmark = pytest.mark.filterwarnings("ignore::bevdrivers.errors.FontWarning")


@pytest.fixture
def chinese(small: Path, tmp_path: Path) -> StudyResult:
    edit(small, "seed = 7", 'seed = 7\nlanguage = "zh"')
    return run_study(small, tmp_path / "results")


def _texts(result: StudyResult) -> list[str]:
    """What the report shows and reads out, without its list of warnings; tables and texts."""
    page = result.report.read_text(encoding="utf-8")
    page = re.sub(r'<section id="warnings".*?</section>', "", page, flags=re.DOTALL)
    for tag in ("style", "script", "pre"):
        page = re.sub(rf"<{tag}\b.*?</{tag}>", "", page, flags=re.DOTALL)
    texts = re.findall(r'(?:alt|aria-label)="([^"]*)"', page) + re.split("<[^>]*>", page)
    for name in result.files:
        if name.endswith((".md", ".txt")):
            texts += (result.folder / name).read_text(encoding="utf-8").splitlines()
    return [html.unescape(text).replace("\\", "").strip() for text in texts]


def test_no_english_is_left_in_a_chinese_study(chinese: StudyResult) -> None:
    texts = [text for text in _texts(chinese) if not CODE.fullmatch(text)]
    words = {word for text in texts for word in re.findall("[A-Za-z_]{2,}", text)}
    assert words - ALLOWED == set()


def test_a_chinese_study_says_the_terms_of_the_field(chinese: StudyResult) -> None:
    page = chinese.report.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    for term in (
        "空间杜宾模型",
        "直接效应",
        "间接效应",
        "总效应",
        "莫兰指数",
        "空间权重矩阵",
        "标准误",
    ):
        assert term in page
    assert "Innovation &amp; ideas" in page
    path = (chinese.folder / "texts" / "selection_path.txt").read_text(encoding="utf-8")
    assert "结论：双向固定效应。" in path


def test_the_numbers_do_not_depend_on_the_language(small: Path, tmp_path: Path) -> None:
    def numbers(result: StudyResult, table: str) -> list[str]:
        text = (result.folder / "tables" / f"{table}.md").read_text(encoding="utf-8")
        return re.findall(r"\d+\.\d{3}", text.partition("\n|")[2].partition("\n\n")[0])

    english = run_study(small, tmp_path / "en")
    edit(small, "seed = 7", 'seed = 7\nlanguage = "zh"')
    chinese = run_study(small, tmp_path / "zh")
    assert english.files == chinese.files
    for table in ("models", "impacts", "tests", "residuals"):
        assert numbers(chinese, table) == numbers(english, table) != []


def test_english_asked_for_is_the_default(small: Path, tmp_path: Path) -> None:
    default = run_study(small, tmp_path / "default")
    edit(small, "seed = 7", 'seed = 7\nlanguage = "en"')
    asked = run_study(small, tmp_path / "asked")
    for name in default.files:
        assert (default.folder / name).read_bytes() == (asked.folder / name).read_bytes()


def test_another_language_is_refused(small: Path) -> None:
    edit(small, "seed = 7", 'seed = 7\nlanguage = "fr"')
    with pytest.raises(StudyError, match=r"\[study\] language"):
        check_study(small)


@pytest.mark.parametrize("words", [CHINESE_STUDY, CHINESE_RESULTS, CHINESE_FIGURES, CHINESE_NOTES])
def test_a_translation_has_the_parts_of_its_sentence(words: dict[str, str]) -> None:
    for sentence, translation in words.items():
        assert _parts(translation) == _parts(sentence), sentence


def test_a_sentence_has_one_translation() -> None:
    for said, other in ((CHINESE, CHINESE_STUDY), (CHINESE, CHINESE_FIGURES)):
        assert not set(said) & set(other)
    assert not set(CHINESE_STUDY) & set(CHINESE_FIGURES)
    assert not set(CHINESE_RESULTS) & set(CHINESE_NOTES)


@pytest.mark.parametrize(
    ("sentence", "chinese"),
    [
        ("Hainan joined to Guangdong; bandwidth 5.0 km", "Hainan与Guangdong相连；带宽5.0 km"),
        ("海南, 台湾 dropped, without neighbours", "剔除无邻居的海南、台湾"),
        ("2 units dropped for missing cells: 海南, 西藏", "因缺失值剔除2个个体：海南、西藏"),
        ("Queen, order 1 to 2", "Queen邻接，1至2阶"),
        ("data.csv read as GB 18030", "data.csv按GB 18030编码读取"),
        # whole or not at all: no mixture of languages
        ("not known here; bandwidth 5.0 km", "not known here; bandwidth 5.0 km"),
    ],
)
def test_notes_are_said_in_chinese(sentence: str, chinese: str) -> None:
    assert Words("zh").said(sentence) == chinese


def _parts(sentence: str) -> set[str]:
    return {part for _, part, _, _ in Formatter().parse(sentence) if part is not None}


def test_a_sentence_without_translation_stays_whole() -> None:
    assert Words("zh").said("Nobody has translated this yet.") == "Nobody has translated this yet."
    assert Words().said("Which fixed effects?") == "Which fixed effects?"
