"""Filters with dates as people write them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.answering.filters import filter_named
from retrieval.errors import FilterInvalid
from retrieval.records import Filter


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("2021", "2021-01-01"),
        ("2021-03", "2021-03-01"),
        ("3 March 2021", "2021-03-03"),
        ("March 3, 2021", "2021-03-03"),
        ("3. März 2021", "2021-03-03"),
        ("le 3 mars 2021", "2021-03-03"),
        ("March 2021", "2021-03-01"),
        ("03.03.2021", "2021-03-03"),
        ("Wednesday, 3rd of March 2021", "2021-03-03"),
        ("2021/03/03", "2021-03-03"),
        ("2021-03-03T10:00:00Z", "2021-03-03"),
    ],
)
def test_a_date_is_read_in_any_common_form(text: str, since: str) -> None:
    assert filter_named(since=text) == Filter(since=since)


@pytest.mark.parametrize(
    "text",
    [
        "May",
        "soon",
        "2021-02-30",
        "yesterday",
        "the 3rd",
        "spring 2023",
        "Q3 2023",
        "late 2023",
        "circa 2023",
        "about March 2023",
        "after 3 March 2023",
        "cerca marzo 2023",
        "3rd Monday March 2023",
        "March 2023 at noon",
    ],
)
def test_what_would_be_a_guess_is_refused(text: str) -> None:
    with pytest.raises(FilterInvalid, match=r"cannot be read: write it as 2023, 2023-06, 2023-06-30 or 30 June 2023"):
        filter_named(until=text)


def test_dates_in_iso_8601_load_no_parser() -> None:
    code = "import sys\nfrom bot.answering.filters import filter_named\nfilter_named(since='2023-06')\n"
    code += "assert 'dateparser' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
