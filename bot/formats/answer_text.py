"""What an answer says, in parts; each medium escapes and lays them out its own way."""

from __future__ import annotations

from collections.abc import Sequence

from bot.formats.visible import one_line
from retrieval.analysis import words
from retrieval.answering.confidence import level
from retrieval.readable import readable
from retrieval.records import Answer, Citation, Quote
from retrieval.settings import AnswerSettings

MOST_HEADINGS = 2  # of the section, the innermost ones
MOST_CONTEXTS = 2  # of what a quote stands under, besides headings
MOST_ALSO = 3  # other articles with the same line that are named
MOST_PHRASES = 4  # of a quote, that another source does not have
LEAST = AnswerSettings().least
"""Belief below which a place is no nearer to a question than any other."""
SEARCHED = "Searched for: "
MOST_SECTIONS = 3  # that are named where there is no answer
ABSTAINED = "The corpus does not answer that."


def confidence(value: float) -> str:
    """Return the confidence in a word and a number."""
    return f"{level(value)} ({value:.2f})"


def searched_for(answer: Answer) -> str | None:
    """Return what was searched for, where it has words that were not typed, or in another order."""
    typed = iter(words(answer.question))
    differs = not all(word in typed for word in words(answer.searched))
    return f"{SEARCHED}{one_line(answer.searched)}" if differs else None


def unanswered(answer: Answer) -> list[str]:
    """Return a line for each question of a message that the corpus does not answer while it answers another."""
    return [f"The corpus does not answer: {one_line(question)}" for question in answer.unanswered]


def differences(answer: Answer) -> list[str]:
    """Return a line for each pair of quotes whose sources differ: the words that the other does not have."""
    return [
        "These sources differ: "
        + ", ".join(
            f"quote {place + 1} {_has(phrases)}"
            for place, phrases in zip(difference.quotes, difference.words, strict=True)
        )
        for difference in answer.differences
    ]


def _has(phrases: Sequence[str]) -> str:
    return "has " + ", ".join(f"“{one_line(phrase)}”" for phrase in phrases[:MOST_PHRASES]) if phrases else "does not"


def details(citation: Citation) -> list[str]:
    """Title with its section, source, date and paragraph of a citation, each on one line; those that it has."""
    place = " › ".join([citation.title, *citation.section[-MOST_HEADINGS:]])
    parts = (place, citation.source, citation.published, f"¶ {citation.paragraph}")
    return [one_line(part) for part in parts if part]


def context_lines(quote: Quote) -> list[str]:
    """Return a line for each of the innermost things that a quote stands under, and which part of a list it is."""
    path, labels = quote.citation.path, quote.citation.labels
    lines = [f"under: {one_line(readable(context, path, labels))}" for context in quote.context[-MOST_CONTEXTS:]]
    if quote.items is None:
        return lines
    first, last, count = quote.items
    return [*lines, f"item {first} of {count}" if first == last else f"items {first} to {last} of {count}"]


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
