"""The verdict on a text that was checked, in words; each medium escapes and lays them out its own way."""

from __future__ import annotations

from bot.formats.visible import short
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.citations.verifier import MOST_CITATIONS
from retrieval.records import Match

LONGEST_TITLE = 60  # characters
VERDICTS = {
    "verbatim": Message("Verbatim"),
    "extracted": Message("Verbatim in the extracted text"),
    "respaced": Message("Verbatim in the extracted text, but for its line breaks"),
    "changed": Message("Verbatim in the version that the permalink cites; the article has changed since"),
    "withdrawn": Message("Verbatim in the version that the permalink cites; the article is no longer there"),
    "typography": Message("The same but for typography"),
    "gaps": Message("The same but for gaps: “[…]” may stand for struck words, a picture or a field"),
}
"""Of what stands somewhere in the corpus."""


def verdict(match: Match, language: Language = ENGLISH) -> list[str]:
    """Return what is to be said of a text whose words stand somewhere, the verdict first, then where they stand."""
    is_verbatim = match.verdict == "verbatim"
    parts = [language.text(VERDICTS[_key(match)])]
    if match.is_elsewhere and not match.is_in_other_article:
        parts.append(language.text("in another version of the article than the permalink cites"))
    elif match.is_elsewhere:
        title = short(match.claimed[0].title, LONGEST_TITLE) or short(match.claimed[0].article, LONGEST_TITLE)
        but = language.text("but in another article than “{title}”", title=title)
        parts.append(but if is_verbatim else language.text("and in another article than “{title}”", title=title))
    count = len(match.citations)
    if count >= MOST_CITATIONS:
        parts.append(language.text("in {count} or more places", count=count))
    elif count > 1:
        parts.append(language.plural("in {count} place", "in {count} places", count))
    return parts


def _key(match: Match) -> str:
    if match.verdict != "verbatim":
        return match.verdict
    if match.version in VERDICTS:
        return match.version
    if match.is_respaced:
        return "respaced"
    return "extracted" if match.is_extracted else "verbatim"
