"""Checks of options that are numbers."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.options import real_number, whole_number


@pytest.mark.parametrize("value", [3, np.int64(3), np.int8(3)])
def test_whole_numbers_of_python_and_numpy(value):
    assert whole_number("draws", value, at_least=3) == 3
    assert type(whole_number("draws", value)) is int


@pytest.mark.parametrize("value", [2, 3.0, "3", None, True, np.nan])
def test_what_is_no_whole_number_from_three(value):
    with pytest.raises(bd.OptionError, match="^draws: expected a whole number, 3 or more; got"):
        whole_number("draws", value, at_least=3)


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.int64(1)])
def test_real_numbers_of_python_and_numpy(value):
    assert real_number("level", value, above=0.0) == float(value)
    assert type(real_number("level", value)) is float


@pytest.mark.parametrize("value", [0, 1, -0.1, "0.5", None, True, np.nan, np.inf])
def test_what_is_no_real_number_between_zero_and_one(value):
    with pytest.raises(bd.OptionError, match="^level: expected a number, above 0, below 1; got"):
        real_number("level", value, above=0.0, below=1.0)


def test_the_message_can_say_more_than_the_bound():
    with pytest.raises(bd.OptionError, match="^q: expected a number of orders from 0; got -1"):
        whole_number("q", -1, expected="a number of orders from 0")
