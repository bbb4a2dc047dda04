"""The regression table: which rows, which cells, which notes."""

import numpy as np
import pandas as pd
import pytest

from bevdrivers.errors import InputError, OptionError
from bevdrivers.tables import impacts_table, regression_table
from bevdrivers.tables.cells import Interval, Number, cell_text

from .results import FACTS, LEAST_SQUARES, Fake, fit, small, spill


def text_of(table, key, section=None):
    """The texts of a row, both lines."""
    rows = [
        row
        for part in table.sections
        if section in (None, part.name)
        for row in part.rows
        if row.key == key
    ]
    return [[cell_text(cell) for cell in line] for line in rows[0].lines]


def notes_of(table):
    return " ".join(table.notes).replace("\u00a0", " ")


def one(p_value=0.2, **facts):
    """A fit with a single estimate of a given p-value."""
    tidied = fit(main={"x": (1.0, 0.5)}).tidy()
    tidied["p_value"] = p_value
    return Fake(tidied, FACTS | facts)


def test_models_stand_side_by_side():
    fits, spills = small()
    table = regression_table(fits, spills)
    assert [heading.texts for heading in table.headings] == [
        ("log1p(bev_density)",) * 2,
        ("(1)", "(2)"),
        ("Non-spatial", "Spatial Durbin"),
    ]
    assert [section.name for section in table.sections] == [
        "main",
        "wx",
        "spatial",
        "direct",
        "indirect",
        "total",
        "foot",
    ]
    assert text_of(table, "log(gdp_pc)", "main") == [
        ["0.500***", "0.412***"],
        ["(0.100)", "(0.150)"],
    ]
    assert text_of(table, "W_log(gdp_pc)") == [["", "−0.200"], ["", "(0.210)"]]
    assert text_of(table, "log(gdp_pc)", "total") == [["", "0.300"], ["", "(0.310)"]]
    assert text_of(table, "nobs") == [["434", "434"]]


def test_spatial_parameters_have_their_letters_and_their_order():
    model = fit(
        main={"Intercept": (1, 1), "x": (1, 1)},
        spatial={"lam": (0.1, 1), "rho": (0.2, 1)},
        dynamic={"tau": (0.3, 1)},
    )
    table = regression_table([model])
    assert [row.key for row in table.rows][:6] == ["x", "Intercept", "tau", "rho", "lam", "sigma2"]
    assert [row.label for row in table.rows][2:6] == ["τ (𝑦ₜ₋₁)", "ρ (𝑊𝑦)", "λ (𝑊𝑢)", "σ²"]


def test_the_foot_says_which_effects_and_corrections():
    models = [one(fixed_effects=kind) for kind in ("two-way", "unit", "time", "none")]
    models.append(fit(LEAST_SQUARES, 380.0, main={"x": (1.0, 0.5)}))
    table = regression_table(models, rsquared="overall")
    assert text_of(table, "unit_effects") == [["Yes", "Yes", "No", "No", "Yes"]]
    assert text_of(table, "time_effects") == [["Yes", "No", "Yes", "No", "Yes"]]
    assert text_of(table, "correction") == [["Lee–Yu"] * 4 + ["–"]]
    assert text_of(table, "weights") == [["Queen"] * 4 + [""]]
    assert text_of(table, "rsquared_overall")[0][3] == "0.450"


def test_fit_between_units_is_not_shown_where_unit_effects_take_it_out():
    kinds = ("within", "between", "overall")
    keys = {row.key for row in regression_table([one()], rsquared=kinds).rows}
    assert "rsquared_within" in keys
    assert not keys & {"rsquared_between", "rsquared_overall"}


def test_rows_that_say_nothing_are_left_out():
    table = regression_table([one(weights="", correction="", loglik=np.nan)])
    assert not {row.key for row in table.rows} & {"weights", "correction", "loglik"}


@pytest.mark.parametrize(
    ("p_value", "stars"),
    [
        (0.1, 0),
        (0.0999999, 1),
        (0.05, 1),
        (0.0499999, 2),
        (0.01, 2),
        (0.0099999, 3),
        (0.0, 3),
        (1.0, 0),
        (np.nan, 0),
    ],
)
def test_stars_begin_below_their_level(p_value, stars):
    assert text_of(regression_table([one(p_value)]), "x")[0] == ["1.000" + "*" * stars]


@pytest.mark.parametrize("stars", [None, ()])
def test_no_stars(stars):
    table = regression_table([one(0.0)], stars=stars)
    assert text_of(table, "x")[0] == ["1.000"]
    assert "*" not in notes_of(table)


def test_levels_may_come_in_any_order():
    table = regression_table([one(0.003)], stars=[0.001, 0.05])
    assert text_of(table, "x")[0] == ["1.000*"]
    assert "* 𝑝 < 0.05, ** 𝑝 < 0.001." in notes_of(table)


@pytest.mark.parametrize(
    ("parentheses", "below", "said"),
    [
        ("std_error", "(0.500)", "Standard errors in parentheses."),
        ("statistic", "(2.000)", "𝑧 statistics in parentheses."),
        ("p_value", "(0.046)", "𝑝-values in parentheses."),
        ("conf_int", "[0.020, 1.980]", "95% confidence intervals in brackets."),
    ],
)
def test_what_stands_below_and_what_the_note_says_of_it(parentheses, below, said):
    table = regression_table([fit(main={"x": (1.0, 0.5)})], parentheses=parentheses)
    assert text_of(table, "x")[1] == [below]
    assert table.notes[0] == said


def test_mixed_statistics_are_said_by_column():
    fits, _ = small()
    note = notes_of(regression_table([*fits, fits[1]], parentheses="statistic"))
    assert note.startswith(
        "In parentheses: 𝑡 statistics in column (1); 𝑧 statistics in columns (2) and (3)."
    )
    assert notes_of(regression_table(fits[:1], parentheses="statistic")).startswith(
        "𝑡 statistics in parentheses."
    )


def test_the_level_of_intervals_is_read_off_them():
    model = fit(main={"x": (1.0, 0.5)})
    narrow = model.tidy().assign(conf_low=1 - 1.6448536 * 0.5, conf_high=1 + 1.6448536 * 0.5)
    assert "90% confidence" in notes_of(
        regression_table([Fake(narrow, FACTS)], parentheses="conf_int")
    )
    plain = fit(LEAST_SQUARES, 380.0, main={"x": (1.0, 0.5)})
    assert "95% confidence intervals in brackets" in notes_of(
        regression_table([plain], parentheses="conf_int")
    )


def test_the_note_is_made_from_what_was_done():
    fits, spills = small()
    note = notes_of(regression_table(fits[1:], spills[1:]))
    for sentence in [
        "𝑊: Queen, row-normalised (Hainan joined to Guangdong).",
        "Sample: 𝑁 = 31 units, 𝑇 = 14 periods, 2010–2023.",
        "Fixed effects: unit and time.",
        "Estimation: maximum likelihood after the transformation of Lee and Yu (2010) (𝑧 "
        "statistics).",
        "Covariance: from the expected information.",
        "Standard errors of impacts: delta method.",
    ]:
        assert sentence in note


@pytest.mark.parametrize(
    ("normalise", "words"),
    [
        ("spectral", "spectrally normalised"),
        ("min-max", "min-max normalised"),
        ("none", "not normalised"),
    ],
)
def test_the_note_says_how_the_weights_are_normalised(normalise, words):
    assert f"𝑊: Queen, {words} (Hainan" in notes_of(regression_table([one(normalise=normalise)]))


def test_the_note_tells_columns_apart():
    models = [
        one(),
        one(correction="none"),
        one(weights="KNearest", islands=""),
        one(fixed_effects="unit"),
    ]
    note = notes_of(regression_table(models))
    assert (
        "direct maximum likelihood, without correction for the fixed effects (𝑧 statistics) in "
        "column (2)" in note
    )
    assert "Queen, row-normalised (Hainan joined to Guangdong) in columns (1), (2) and (4)" in note
    assert "KNearest, row-normalised in column (3)" in note
    assert "Fixed effects: unit and time in columns (1)–(3); unit in column (4)." in note


def test_simulated_impacts_are_said_with_seed_and_rejections():
    facts = {"method": "simulated", "draws": 1000, "rejected": 12, "seed": 7}
    impacts = spill(facts, direct={"x": (1, 1)}, indirect={"x": (1, 1)}, total={"x": (1, 1)})
    note = notes_of(regression_table([one(), one()], [None, impacts]))
    said = "1,000 simulated draws (seed 7; 12 rejected as outside the stable range)"
    assert f"Standard errors of impacts: {said} in column (2)." in note
    assert f"Standard errors: {said}." in notes_of(impacts_table(impacts))


def test_a_search_that_did_not_converge_is_said():
    assert "did not converge in column (2)." in notes_of(
        regression_table([one(), one(converged=False)])
    )


def test_values_fixed_by_the_model_have_nothing_below():
    table = regression_table([fit(main={"x": (1.0, 0.5)}, wx={"W_x": (0.0, 0.0)})])
    assert text_of(table, "W_x") == [["0.000"]]
    assert "A value with nothing below it is fixed by the model." in table.notes


def test_missing_values_are_dashes():
    table = regression_table([fit(main={"x": (np.nan, np.nan), "z": (1.0, 0.5)})])
    assert text_of(table, "x") == [["–"]]


def test_labels_serve_terms_lags_impacts_interactions_and_the_outcome():
    impacts = spill(direct={"x": (1, 1)}, indirect={"x": (1, 1)}, total={"x": (1, 1)})
    labels = {"x": "GDP", "log1p(bev_density)": "Density", "nobs": "𝑁𝑇"}
    model = fit(main={"x": (1, 1), "x:z": (1, 1)}, wx={"W_x": (1, 1)})
    for table in (
        regression_table([model], [impacts], labels=labels),
        regression_table([model], [impacts]).label(labels),
    ):
        shown = [row.label for row in table.rows]
        assert shown[:3] == ["GDP", "GDP × z", "𝑊 × GDP"]
        assert shown[4:7] == ["GDP", "GDP", "GDP"]
        assert "𝑁𝑇" in shown
        assert table.headings[0].texts == ("Density",)


def test_titles_take_the_place_of_model_names():
    fits, _ = small()
    assert regression_table(fits, titles=["A", "B"]).headings[-1].texts == ("A", "B")


def test_cells_keep_their_values_unrounded():
    value = 0.123456789
    (cell,) = (
        regression_table([fit(main={"x": (value, 0.5)})], parentheses="conf_int").rows[0].cells
    )
    assert isinstance(cell, Number)
    assert cell.value == value
    assert isinstance(regression_table([one()], parentheses="conf_int").rows[0].below[0], Interval)


def test_the_order_of_terms_follows_the_models():
    first = fit(main={"a": (1, 1), "b": (1, 1)})
    second = fit(main={"a": (1, 1), "c": (1, 1), "b": (1, 1), "d": (1, 1)})
    assert [row.key for row in regression_table([first, second]).sections[0].rows] == [
        "a",
        "c",
        "b",
        "d",
    ]


def test_refusals():
    fits, spills = small()
    with pytest.raises(InputError, match=r"impacts: expected one for each of the 2 fits; got 1"):
        regression_table(fits, spills[:1])
    with pytest.raises(InputError, match=r"titles: expected one for each of the 2 fits; got 3"):
        regression_table(fits, titles=["a", "b", "c"])
    with pytest.raises(InputError, match="fits: expected at least one result"):
        regression_table([])
    with pytest.raises(InputError, match=r"tidy\(\) and glance\(\); got \['str'\]"):
        regression_table(["no fit"])
    with pytest.raises(OptionError, match="parentheses"):
        regression_table(fits, parentheses="t")
    with pytest.raises(InputError, match="stars"):
        regression_table(fits, stars=(0.05, 5))
    with pytest.raises(InputError, match="digits"):
        regression_table(fits, digits=-1)
    with pytest.raises(InputError, match=r"'x' twice in 'main'"):
        regression_table([Fake(pd.concat([one().tidy()] * 2), FACTS)])
    with pytest.raises(InputError, match="std_error"):
        regression_table([Fake(one().tidy().drop(columns="std_error"), FACTS)])


def test_a_single_fit_needs_no_list():
    assert regression_table(one()) == regression_table([one()])


def test_inputs_stay_as_they_were():
    fits, spills = small()
    before = [each.tidy().copy() for each in (*fits, spills[1])]
    labels = {"x": "y"}
    regression_table(fits, spills, labels=labels)
    for old, each in zip(before, (*fits, spills[1]), strict=True):
        pd.testing.assert_frame_equal(old, each.tidy())
    assert labels == {"x": "y"}


def test_decimals_follow_the_standard_error():
    table = regression_table(
        [fit(main={"x": (-0.0001, 0.002), "z": (0.00004, 0.00001)}, wx={"W_x": (0.0001, 0.0)})]
    )
    assert text_of(table, "x") == [["−0.0001"], ["(0.0020)"]]
    assert text_of(table, "z") == [["0.000040***"], ["(0.000010)"]]
    assert text_of(table, "W_x") == [["0.0001"]]


def test_estimates_too_small_for_decimals_are_powers_of_ten():
    tiny = fit(main={"x": (4.8e-15, 2.1e-16)}, wx={})
    assert text_of(regression_table([tiny]), "x") == [["4.80e-15***"], ["(2.1e-16)"]]
    assert text_of(regression_table([tiny], parentheses="statistic"), "x")[1] == ["(22.857)"]
    for table in (regression_table([tiny]), regression_table([tiny], parentheses="conf_int")):
        assert "e-15" in table.to_latex()
        assert "0.000000" not in table.to_markdown()


def test_intervals_of_impacts():
    rows = {name: {"x": (1.0, 0.5)} for name in ("direct", "indirect", "total")}
    simulated = spill({"method": "simulated", "draws": 1000, "rejected": 0, "seed": 1}, **rows)
    note = notes_of(impacts_table([spill(**rows), simulated], parentheses="conf_int"))
    assert (
        "In brackets: 95% confidence intervals in column (1); confidence intervals in column (2)."
        in note
    )
    assert (
        "percentiles of 1,000 simulated draws (seed 1; 0 rejected as outside the stable range) "
        "in column (2)." in note
    )
    unknown = notes_of(
        impacts_table(spill({"model": "SpatialLagX"}, **rows), parentheses="conf_int")
    )
    assert unknown.startswith("Confidence intervals in brackets.")
