"""Dates of publication."""

from __future__ import annotations

from itertools import pairwise

import pytest

from retrieval.dates import Period, period, period_in


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-6-5", "2023-06-05", "2023-06-05"),
        (" 2023-06-05 ", "2023-06-05", "2023-06-05"),
    ],
)
def test_a_date_in_iso_8601_names_all_its_days(text: str, first: str, last: str) -> None:
    assert period(text) == period_in(text) == Period(first, last)


@pytest.mark.parametrize(
    "text", ["", "now", "2023-13", "2023-02-30", "0000", "5 May 2023", "May 2023", "20230504", "²⁰²³"]
)
def test_nothing_else_is_a_date_to_filter_by(text: str) -> None:
    assert period(text) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2022-02-04T23:10:00-05:00", "2022-02-04", "2022-02-04"),
        ("2022-02-04 10:00:00", "2022-02-04", "2022-02-04"),
        ("20220204", "2022-02-04", "2022-02-04"),
        ("2022/02/04", "2022-02-04", "2022-02-04"),
        ("04.02.2022", "2022-02-04", "2022-02-04"),
        ("Friday, 4th February 2022", "2022-02-04", "2022-02-04"),
        ("Feb. 4,\n2022", "2022-02-04", "2022-02-04"),
        ("February 2022", "2022-02-01", "2022-02-28"),
        ("spring 2022", "2022-01-01", "2022-12-31"),
        ("4. Februar 2022", "2022-01-01", "2022-12-31"),
        ("4/2/2022", "2022-01-01", "2022-12-31"),
    ],
)
def test_documents_write_dates_in_many_forms(text: str, first: str, last: str) -> None:
    assert period_in(text) == Period(first, last)


@pytest.mark.parametrize("text", ["", "yesterday", "12,023 copies", "99", "0000-00-00"])
def test_what_holds_no_date_names_no_days(text: str) -> None:
    assert period_in(text) is None


def test_the_later_a_period_begins_the_smaller_is_its_age() -> None:
    ages = [Period(day, "9999-12-31").age for day in ("1999-12-31", "2000-01-01", "2023-01-01")]
    assert all(later < earlier < 0 for earlier, later in pairwise(ages))
