"""What a filter admits."""

from __future__ import annotations

import pytest

from retrieval.dates import Period, period
from retrieval.errors import FilterInvalid
from retrieval.filters import ArticleFacts, filter_of, matches
from retrieval.records import Filter

ARTICLE = ArticleFacts(
    "Velmora Courier, “A crossing reopens”", "news/2023/bridge.md", period("2023-05-17"), ("Sea wall",), "en"
)


def admits(**values: str) -> bool:
    """Whether the filter admits the article."""
    within = filter_of(**values)
    assert within is not None
    return matches(within, ARTICLE)


@pytest.mark.parametrize(
    "values",
    [
        {"since": "2023"}, {"since": "2023-05"}, {"since": "2023-05-17"},
        {"until": "2023"}, {"until": "2023-05-17"},
        {"source": "Velmora Courier"}, {"source": "velmora  COURIER"}, {"source": "A crossing reopens"},
        {"path": "news"}, {"path": "./news/2023/"}, {"path": "news/*"}, {"path": "*.md"},
        {"path": "news/2023/bridge.md"},
        {"tag": "sea WALL"}, {"language": "EN"}, {"language": "en-GB"},
        {"since": "2023", "until": "2023", "tag": "sea wall"},
    ],
)  # fmt: skip
def test_what_is_such_matches(values: dict[str, str]) -> None:
    assert admits(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"since": "2024"}, {"since": "2023-05-18"}, {"until": "2022"}, {"until": "2023-05-16"},
        {"source": "Velmora Cour"}, {"source": "Gazette"}, {"path": "new"}, {"path": "News"},
        {"path": "bridge.md"}, {"path": "*.txt"},
        {"tag": "sea"}, {"language": "de"}, {"since": "2023", "tag": "bees"},
    ],
)  # fmt: skip
def test_what_is_not_such_does_not(values: dict[str, str]) -> None:
    assert not admits(**values)


def test_nothing_is_known_of_an_article_that_says_nothing() -> None:
    for values in (
        {"since": "1000"},
        {"until": "3000"},
        {"source": "x"},
        {"path": "*"},
        {"tag": "x"},
        {"language": "en"},
    ):
        within = filter_of(**values)
        assert within is not None
        assert matches(within, ArticleFacts()) == (values == {"path": "*"})


def test_a_date_of_a_year_has_to_lie_within_whole() -> None:
    article = ArticleFacts(published=Period("2023-01-01", "2023-12-31"))
    assert matches(Filter(since="2023-01-01", until="2023-12-31"), article)
    assert not matches(Filter(since="2023-01-02"), article)
    assert not matches(Filter(until="2023-12-30"), article)


def test_a_filter_without_values_is_none() -> None:
    assert filter_of() is None
    assert filter_of(since=None, tag=None) is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"since": "May"}, "The date 'May' cannot be read: write it as 2023, 2023-06 or 2023-06-30."),
        ({"until": "2023-02-30"}, "The date '2023-02-30' cannot be read: write it as 2023, 2023-06 or 2023-06-30."),
        (
            {"since": "2024", "until": "2023-06"},
            "The filter begins on 2024-01-01 and ends before that, on 2023-06-30: swap the two dates.",
        ),
        ({"tag": " "}, "The tag to filter by is empty: name one, or leave it out."),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(FilterInvalid) as refused:
        filter_of(**values)
    assert str(refused.value) == sentence


def test_a_filter_is_stored_and_read_again() -> None:
    within = filter_of(since="2023", source="Velmora  Courier", path="news/*", language="en")
    assert within is not None
    assert within.criteria == {
        "since": "2023-01-01", "source": "Velmora Courier", "path": "news/*", "language": "en",
    }  # fmt: skip
    assert filter_of(**within.criteria) == within
