"""Dates as people, programs and sites write them."""

from __future__ import annotations

import pytest

from retrieval.articles.publication_dates import iso_date


@pytest.mark.parametrize(
    "text",
    [
        "2021",
        "2021-03",
        "2021-03-03",
        "2021-3-3",
        "2022-02-04T23:10:00-05:00",
        "2022-02-04 10:00:00",
        "2015-09-02 21:57:00 -0700",
        "2020-07-20 20:00:00 +7",
        "2020-07-20T13:00:00.000Z",
        "2024-05-01T07:32",
    ],
)
def test_a_date_in_iso_8601_stays_as_it_is(text: str) -> None:
    assert iso_date(f" {text}\n") == text


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("3 March 2021", "2021-03-03"),
        ("3. März 2021", "2021-03-03"),
        ("3 mars 2021", "2021-03-03"),
        ("3 de marzo de 2021", "2021-03-03"),
        ("2021年3月3日", "2021-03-03"),
        ("March 3rd, 2021 at 5pm PST", "2021-03-03"),
        ("Friday, 4th February 2022", "2022-02-04"),
        ("Feb. 4,\n2022", "2022-02-04"),
        ("Thu, 04 Feb 2022 23:30:00 -0800", "2022-02-04"),
        ("03-Mar-2021", "2021-03-03"),
        ("March 2021", "2021-03"),
        ("März 2021", "2021-03"),
        ("spring 2022", "2022"),
        ("Q3 2022", "2022"),
        ("20220204", "2022-02-04"),
        ("2022/2/4", "2022-02-04"),
        ("2022/02/04 10:30", "2022-02-04"),
        ("04.02.2022", "2022-02-04"),
        ("4. 2. 2022", "2022-02-04"),
        ("03/04/2021", "2021-04-03"),
        ("25/12/2021", "2021-12-25"),
        ("12/25/2021", "2021-12-25"),
        ("1614729600", "2021-03-03"),
        ("1614729600000", "2021-03-03"),
    ],
)
def test_a_date_is_read_in_many_forms(text: str, date: str) -> None:
    assert iso_date(text) == date


def test_the_order_of_day_and_month_is_a_setting_where_it_is_open() -> None:
    assert [iso_date(text, "MDY") for text in ("03/04/2021", "25/12/2021", "12-25-2021", "04.02.2022")] == [
        "2021-03-04", "2021-12-25", "2021-12-25", "2022-02-04",
    ]  # fmt: skip


def test_the_language_of_the_article_says_which_month_is_meant() -> None:
    assert (iso_date("3. listopada 2021", language="hr"), iso_date("3 listopada 2021", language="pl")) == (
        "2021-10-03",
        "2021-11-03",
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "12", "v2", "v2 2021", "2", "99", "0000-00-00", "2022-13-45", "2021-02-30", "31 February 2021",
        "13/13/2021",
        "03/04/21", "yesterday", "today", "today 2021", "2 days ago", "in 2021", "next year", "no 3 2021", "se 2021",
        "version 3 2021", "Monday", "3 March", "12,023 copies", "March 32, 2021", "3 March 2021 to 5 May 2022", "10:30",
        "May the 4th be with you 2021", "123456789", "1234567890123456", "9999-01-01", "3 March 2021" + " x" * 40,
        "true",
        "２０２１", "2021 Monday / ２", "2021 Monday 2", "2021 10:30 and v2 of March", "March 3 and 4, 2021",
        "2021-03 10:30", "2021-03-03 or so", "3 March 2021 page 4", "March 2021 at noon", "5pm March 2021",
        "²⁰²¹-03-03",
    ],
)  # fmt: skip
def test_nothing_is_guessed(text: str) -> None:
    assert iso_date(text) is None
