"""Results of tests as objects."""

from __future__ import annotations

from bevdrivers.results import TestResult


def test_results_are_equal_by_their_numbers_and_nan_equals_nan():
    one, other = (
        TestResult.not_applicable("Hausman", "no difference", "too short") for _ in range(2)
    )
    # two NaNs that are not one object
    object.__setattr__(other, "estimate", float("nan"))
    assert one == other
    assert hash(one) == hash(other)
    assert one != TestResult.not_applicable("Hausman", "no difference", "another reason")
    assert TestResult.chi2("LR", "", 2.0, 1) != TestResult.chi2("LR", "", 3.0, 1)
    assert one != "Hausman"
