"""What an answer says, in parts; each medium escapes and lays them out its own way."""

from __future__ import annotations

from collections.abc import Sequence

from bot.formats.visible import one_line
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.analysis import words
from retrieval.answering.confidence import level
from retrieval.readable import readable
from retrieval.records import Answer, Citation, Filtered, Quote

MOST_HEADINGS = 2  # of the section, the innermost ones
MOST_CONTEXTS = 2  # of what a quote stands under, besides headings
MOST_ALSO = 3  # other articles with the same line that are named
MOST_PHRASES = 4  # of a quote, that another source does not have
LEAST = 0.005
"""Belief below which a place is no nearer to a question than any other."""
SEARCHED = Message("Searched for: {searched}")
FILTER = Message("Filter: {criteria} ({left})")
CRITERIA = {
    "since": Message("since {value}"),
    "until": Message("until {value}"),
    "source": Message("source: {value}"),
    "path": Message("path: {value}"),
    "tag": Message("tag: {value}"),
    "language": Message("language: {value}"),
}
AS_OF = Message("As of {day}, when the first source was published")
MOST_SECTIONS = 3  # that are named where there is no answer
ABSTAINED = Message("The corpus does not answer that.")
LEVELS = {"high": Message("high"), "fair": Message("fair"), "low": Message("low")}
"""What a confidence is called."""


def confidence(value: float, language: Language = ENGLISH) -> str:
    """Return the confidence in a word and a number."""
    return f"{language.text(LEVELS[level(value)])} ({language.figure(f'{value:.2f}')})"


def searched_for(question: str, searched: str, language: Language = ENGLISH) -> str | None:
    """Return what was searched for, where it has words that were not typed, or in another order."""
    typed = iter(words(question))
    differs = not all(word in typed for word in words(searched))
    return language.text(SEARCHED, searched=one_line(searched)) if differs else None


def filter_line(filtered: Filtered | None, language: Language = ENGLISH) -> str | None:
    """Return the filter that was searched under, and what it left; None without one."""
    if filtered is None:
        return None
    criteria = [
        language.text(CRITERIA[name], value=one_line(value)) for name, value in filtered.filter.criteria.items()
    ]
    left = [language.plural("{count} article", "{count} articles", filtered.articles)]
    if filtered.undated:
        left.append(
            language.plural("{count} without a date left out", "{count} without dates left out", filtered.undated)
        )
    return language.text(FILTER, criteria=" · ".join(criteria), left=", ".join(left))


def as_of(answer: Answer, language: Language = ENGLISH) -> str | None:
    """Return the date that an answer went by, where the question asks for the latest, or as of a time."""
    return language.text(AS_OF, day=answer.as_of) if answer.as_of else None


def unanswered(answer: Answer, language: Language = ENGLISH) -> list[str]:
    """Return a line for each question of a message that the corpus does not answer while it answers another."""
    return [
        language.text("The corpus does not answer: {question}", question=one_line(question))
        for question in answer.unanswered
    ]


def differences(answer: Answer, language: Language = ENGLISH) -> list[str]:
    """Return a line for each pair of quotes whose sources differ: the words that the other does not have."""
    lines = []
    for difference in answer.differences:
        sides = zip(difference.quotes, difference.words, strict=True)
        sources = ", ".join(_has(place + 1, phrases, language) for place, phrases in sides)
        lines.append(language.text("These sources differ: {sources}", sources=sources))
    return lines


def _has(number: int, phrases: Sequence[str], language: Language) -> str:
    if not phrases:
        return language.text("quote {number} does not", number=number)
    named = ", ".join(language.quoted(one_line(phrase)) for phrase in phrases[:MOST_PHRASES])
    return language.text("quote {number} has {words}", number=number, words=named)


def details(citation: Citation) -> list[str]:
    """Title with its section, source, date, time and paragraph of a citation, each on one line; those that it has."""
    place = " › ".join([citation.title, *citation.section[-MOST_HEADINGS:]])
    parts = (place, citation.source, citation.published, citation.locator, f"¶ {citation.paragraph}")
    return [one_line(part) for part in parts if part]


def context_lines(quote: Quote, language: Language = ENGLISH) -> list[str]:
    """Return a line for each of the innermost things that a quote stands under, and which part of a list it is."""
    path, labels = quote.citation.path, quote.citation.labels
    contexts = [one_line(readable(context, path, labels)) for context in quote.context[-MOST_CONTEXTS:]]
    lines = [language.text("under: {context}", context=context) for context in contexts]
    if quote.items is None:
        return lines
    first, last, count = quote.items
    if first == last:
        return [*lines, language.text("item {number} of {total}", number=first, total=count)]
    return [*lines, language.text("items {first} to {last} of {total}", first=first, last=last, total=count)]


def also_in(quote: Quote) -> tuple[tuple[Citation, ...], int]:
    """Other articles with the same line: those that are named, and how many more there are."""
    return quote.also_in[:MOST_ALSO], max(0, len(quote.also_in) - MOST_ALSO)


def sections_near(answer: Answer) -> list[Citation]:
    """Return places in the sections that come nearest to a question that is not answered, one in each, best first.

    The answer has to have its weak quotes. The confidence is the probability that the first of them answers the
    question, and the beliefs in them compare them with each other; what is then believed of a quote less than the
    engine believes of any further quote of an answer says nothing of the question, and is left out.
    """
    sections: dict[tuple[str, tuple[str, ...]], Citation] = {}
    most = max((quote.score for quote in answer.quotes), default=0.0)
    for quote in answer.quotes:
        cited = quote.citation
        if most > 0 and answer.confidence * quote.score / most >= LEAST:
            sections.setdefault((cited.article, cited.section[-1:]), cited)
    return list(sections.values())[:MOST_SECTIONS]
