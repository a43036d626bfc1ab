"""Which terms of a question a passage has, whole or by their letters."""

from __future__ import annotations

import pytest

from retrieval.answering.term_matches import TermMatches


def matches(*asked: str, among: str, weights: tuple[float, ...] = ()) -> TermMatches:
    """The matches of terms of equal weight, unless other ones are given."""
    return TermMatches(asked, weights or (1.0,) * len(asked), frozenset(among.split()), 4.0)


def test_the_share_is_of_the_weights() -> None:
    found = matches("schiff", "alt", among="schiff neu", weights=(3.0, 1.0))
    assert (found.share, found.by_letters, found.rarest) == (0.75, 0.75, 0.75)


def test_a_term_with_another_ending_is_found_by_its_letters() -> None:
    found = matches("talossa", among="talo")
    assert (found.share, found.rarest) == (0.0, 0.0)
    assert found.by_letters == pytest.approx(2 / 6)  # " tal" and "talo" of those and "alos", "loss", "ossa" and "ssa "
    assert matches("talossa", among="kirja").by_letters == 0.0


def test_parts_of_a_compound_are_found_by_their_letters() -> None:
    assert matches("dampfschiff", among="dampf schiff").by_letters > 0.5


@pytest.mark.parametrize("term", ["ab", "京", "a"])
def test_a_short_term_is_found_whole_or_not_at_all(term: str) -> None:
    assert matches(term, among=f"{term} other").by_letters == 1.0
    assert matches(term, among=f"{term}{term} other").by_letters == 0.0


def test_nothing_is_found_of_a_question_without_terms() -> None:
    found = matches(among="talo")
    assert (found.share, found.by_letters, found.rarest) == (0.0, 0.0, 0.0)
