"""The verdict on a text that was checked, in words; each medium escapes and lays them out its own way."""

from __future__ import annotations

from bot.formats.visible import one_line
from retrieval.citations.verifier import MOST_CITATIONS
from retrieval.records import Match

LONGEST_TITLE = 60  # characters


def verdict(match: Match) -> str:
    """Return what is to be said of a text whose words stand somewhere, without a mark at the end."""
    is_verbatim = match.verdict == "verbatim"
    sentence = "Verbatim" if is_verbatim else "The same but for typography"
    if match.is_elsewhere:
        title = one_line(match.claimed[0].title) or one_line(match.claimed[0].article)
        title = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
        sentence += f", {'but' if is_verbatim else 'and'} in another article than “{title}”"
    count = len(match.citations)
    if count > 1:
        sentence += f", in {count}{' or more' if count >= MOST_CITATIONS else ''} places"
    return sentence
