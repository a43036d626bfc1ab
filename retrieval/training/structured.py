"""Structured passages with questions, in the form in which the reader is given an index's passages.

Question files hold paragraphs of prose. What people ask about also stands in sections of which only the heading names
the subject, in lists of keys and values, in rows of tables, in steps and in commands; these are derived here.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

ABSENT = 0.28  # share of the questions about something that is not on the page
MOST_BESIDE = 6  # passages without an answer that are kept with a question


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence, list item, table row or step."""

    text: str
    lead: str = ""
    """The number before it, which is read but is no part of it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A passage of an article."""

    title: str
    above: tuple[str, ...]
    """What it stands under: headings, the header of a table, the step of which it is a part."""
    items: tuple[Item, ...]

    def readable(self) -> tuple[str, list[tuple[int, int]]]:
        """Return the text and its sentences' spans, as `answering.reading` gives them to the reader."""
        text = "".join(f"{part} " if part[-1] in ".:?!" else f"{part}. " for part in self.above)
        spans = list[tuple[int, int]]()
        for item in self.items:
            text += f"{item.lead} " if item.lead else ""
            spans.append((len(text), len(text) + len(item.text)))
            text += f"{item.text} "
        return text, spans


@dataclass(frozen=True, slots=True)
class Slice:
    """An answer: part of an item."""

    item: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Example:
    """A question about a page."""

    set: str
    article: str
    """Title of the article that it was made from."""
    question: str
    page: Page
    answers: tuple[Slice, ...]
    """Empty where the page does not answer."""
    beside: tuple[Page, ...]
    """Pages that seem to answer and do not."""
    history: tuple[str, ...] = ()
    """Earlier questions, the latest last."""


def whole(page: Page, *items: int) -> tuple[Slice, ...]:
    """Return whole items as answers; all items of the page where none is named."""
    return tuple(Slice(item, 0, len(page.items[item].text)) for item in items or range(len(page.items)))


def part(page: Page, item: int, text: str) -> tuple[Slice, ...]:
    """Return the last occurrence of a text in an item as the answer."""
    start = page.items[item].text.rindex(text)
    return (Slice(item, start, start + len(text)),)


def items(texts: Iterable[str], *, numbered: bool = False) -> tuple[Item, ...]:
    """Return texts as items, numbered from 1 where they are steps."""
    return tuple(Item(text, f"{number}." if numbered else "") for number, text in enumerate(texts, 1))


def keywords(question: str, stop: frozenset[str]) -> str:
    """Return a question as the keywords that someone types into a search box."""
    stripped = [word.strip("?.,!\"'()") for word in question.split()]
    return " ".join(word for word in stripped if word and word.lower() not in stop).lower()


def record(example: Example, number: int) -> dict[str, Any]:
    """Return a question as a line of a question file."""
    text, spans = example.page.readable()
    answers = []
    for answer in example.answers:
        start = spans[answer.item][0] + answer.start
        answers.append({"start": start, "text": text[start : start + answer.end - answer.start]})
    return {
        "id": f"{example.set}-{number}",
        "set": example.set,
        "question": example.question,
        "history": [f"user: {turn}" for turn in example.history],
        "context": text,
        "title": example.page.title,
        "answers": answers,
        "answerable": bool(answers),
        "sentences": spans,
        "article": example.article,
        "beside": [_beside(page) for page in example.beside[:MOST_BESIDE]],
    }


def _beside(page: Page) -> dict[str, Any]:
    text, spans = page.readable()
    return {"context": text, "title": page.title, "sentences": spans}


def lines(questions: Iterable[Example]) -> Iterator[str]:
    """Yield the lines of a question file."""
    for number, example in enumerate(questions):
        yield json.dumps(record(example, number), ensure_ascii=False) + "\n"


def mixed(kinds: Sequence[Iterator[Example]], counts: Sequence[int], drawn: random.Random) -> Iterator[Example]:
    """Yield so many questions of each kind, in a random order."""
    order = [kind for kind, count in enumerate(counts) for _ in range(count)]
    drawn.shuffle(order)
    for kind in order:
        example = next(kinds[kind], None)
        if example is not None:
            yield example
