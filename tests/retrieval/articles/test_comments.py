"""Finding what ends a comment."""

from __future__ import annotations

from retrieval.articles.comments import Finder


def test_a_place_before_the_last_one_is_searched_again() -> None:
    finder = Finder("a-b-c", "-")
    assert [match and match.start() for match in map(finder.find, (4, 2, 0, 1))] == [None, 3, 1, 1]
