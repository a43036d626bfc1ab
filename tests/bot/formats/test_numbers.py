"""Numbers and times as terminal and page both print them."""

from __future__ import annotations

from math import inf, nan

import pytest

from bot.formats.numbers import chance, change, count, interval, moment, number, threshold_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.7571, "", "0.757"),
        (0.9996, "", "1.000"),
        (-0.0261, "", "−0.026"),
        (-0.0001, "", "0.000"),
        (0.0724, "%", "7.2 %"),
        (0.99949, "%", "99.9 %"),
        (0.9996, "%", "> 99.9 %"),
        (1.0, "%", "100.0 %"),
        (-0.5, "%", "−50.0 %"),
        (3.14, "ms", "3.1 ms"),
        (99.96, "ms", "100 ms"),
        (1234.5, "ms", "1,234 ms"),
        (5, "/s", "5.0/s"),
        (23.44, "words", "23.4"),
        (nan, "%", "–"),
        (inf, "ms", "–"),
    ],
)
def test_a_number_has_its_unit(value: float, unit: str, text: str) -> None:
    assert number(value, unit) == text


@pytest.mark.parametrize(
    ("difference", "unit", "text"),
    [
        (0.1, "", "+0.100"),
        (-0.0261, "", "−0.026"),
        (0.0, "", "0.000"),
        (-0.0001, "", "0.000"),
        (0.0001, "%", "0.0 points"),
        (-0.1, "%", "−10.0 points"),
        (0.9996, "%", "+100.0 points"),
        (-2.5, "ms", "−2.5 ms"),
        (1234.5, "words", "+1,234"),
        (nan, "%", "–"),
    ],
)
def test_a_difference_has_its_sign(difference: float, unit: str, text: str) -> None:
    assert change(difference, unit) == text


def test_both_ends_of_an_interval_have_equally_many_places() -> None:
    assert [interval(0.1, 0.2), interval(0.1, 0.2, "%"), interval(92.14, 108.3, "ms"), interval(3, 50.04, "/s")] == [
        *("0.100 to 0.200", "10.0 to 20.0", "92 to 108", "3.0 to 50.0")
    ]
    assert interval(0.9996, 1.0, "%") == "> 99.9 to 100.0"
    assert [interval(0, inf), interval(nan, 0.1)] == ["–", "–"]


def test_both_ends_of_the_interval_of_a_difference_are_signed() -> None:
    assert interval(-0.02, 0.04, signed=True) == "−0.020 to +0.040"
    assert interval(0, 0, "%", signed=True) == "0.0 to 0.0"
    assert interval(-120, -1, "ms", signed=True) == "−120 to −1"


def test_other_numbers() -> None:
    assert [chance(0.0004), chance(0.001), chance(1)] == ["<0.001", "0.001", "1.000"]
    assert [threshold_text(0.3), threshold_text(0.43214), threshold_text(0)] == ["0.3", "0.4321", "0"]
    assert [count(0, "tag"), count(1, "tag"), count(1200, "tag")] == ["0 tags", "1 tag", "1,200 tags"]


def test_a_time_that_is_none_is_as_it_was() -> None:
    assert [moment("2026-01-02T03:04:05+00:00"), moment("2026-01-02T03:04:05"), moment("yesterday")] == [
        *("2 January 2026, 03:04 UTC", "2 January 2026, 03:04", "yesterday")
    ]
