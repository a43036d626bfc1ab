"""What an answer says, in parts; each medium escapes and lays them out its own way."""

from __future__ import annotations

from bot.formats.visible import one_line
from retrieval.analysis import words
from retrieval.records import Answer, Citation, Quote

HIGH, FAIR = 0.8, 0.5  # confidence from which it is called so; below that it is low
MOST_HEADINGS = 2  # of the section, the innermost ones
MOST_ALSO = 3  # other articles with the same line that are named
ABSTAINED = "The corpus does not answer that."


def confidence(value: float) -> str:
    """The confidence in a word and a number."""
    word = "high" if value >= HIGH else "fair" if value >= FAIR else "low"
    return f"{word} ({value:.2f})"


def searched_for(answer: Answer) -> str | None:
    """What was searched for, where it has words that were not typed, or in another order."""
    typed = iter(words(answer.question))
    differs = not all(word in typed for word in words(answer.searched))
    return f"Searched for: {one_line(answer.searched)}" if differs else None


def unanswered(answer: Answer) -> list[str]:
    """Return a line for each question of a message that the corpus does not answer while it answers another."""
    return [f"The corpus does not answer: {one_line(question)}" for question in answer.unanswered]


def details(citation: Citation) -> list[str]:
    """Title with its section, source, date and paragraph of a citation, each on one line; those that it has."""
    place = " › ".join([citation.title, *citation.section[-MOST_HEADINGS:]])
    parts = (place, citation.source, citation.published, f"¶ {citation.paragraph}")
    return [one_line(part) for part in parts if part]


def also_in(quote: Quote) -> tuple[tuple[Citation, ...], int]:
    """Other articles with the same line: those that are named, and how many more there are."""
    return quote.also_in[:MOST_ALSO], max(0, len(quote.also_in) - MOST_ALSO)
