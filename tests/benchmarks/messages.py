"""Lay out the answers to the seeds' gold questions as Discord messages, and count how much of what is read is quotes.

A character counts as Discord's apps show it: without Markdown's signs and addresses, dates written out, no white space.
Buttons count by their labels. What an article says of itself, its title and source, counts as no quote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.answering.links import citations_of, links_of
from bot.discord.interactions.buttons import answer_buttons
from bot.discord.outgoing.components import answer_layout
from bot.discord.outgoing.messages import answer_pages
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.views import laid_out
from retrieval import Engine
from retrieval.records import Answer
from tests.benchmarks.common import SEEDS, gold_questions, index, mean, median, table, temporary
from tests.discord_server.markdown import blocks, read_block
from tests.discord_server.records import nested


@dataclass(frozen=True, slots=True)
class Reading:
    """The characters of a message as it is read."""

    quotes: int
    others: int
    labels: int
    """Those of the buttons."""

    @property
    def share(self) -> float:
        """The share of the text that is quotes."""
        return self.quotes / (self.quotes + self.others)

    @property
    def share_with_buttons(self) -> float:
        """The share of all that is read."""
        return self.quotes / (self.quotes + self.others + self.labels)


def main() -> None:
    """Print the table."""
    with temporary() as folder:
        index(SEEDS, folder)
        engine = Engine.open(folder)
        answers = [engine.ask(question["question"]) for question in gold_questions()]
        answered = [answer for answer in answers if answer.answered]
        rows = []
        for name, lay_out in (("plain", answer_pages), ("in components", answer_layout)):
            pages = [lay_out(answer, _links(engine, answer))[0] for answer in answered]
            rows.append(_row(name, [reading(page) for page in pages]))
    table(
        f"Messages: {len(answered)} answers to the seeds' gold questions, as a member reads them",
        ("layout", "share of quotes, mean", "median", "least", "with buttons, mean", "characters, mean"),
        rows,
        "Bar: the mean share is at least 60 %; aim: 70 %",
    )


def reading(page: Outgoing) -> Reading:
    """Count a message with its buttons."""
    quotes = others = 0
    for text in page.texts:
        for is_quote, block in blocks(text):
            size = _size(read_block(block).text)
            quotes, others = (quotes + size, others) if is_quote else (quotes, others + size)
    view = answer_buttons(1, answered=True, hidden=False, more=True)
    components: Sequence[dict[str, Any]] = (
        laid_out(page.parts, view).to_components() if page.parts else view.to_components()  # type: ignore[no-untyped-call]
    )
    return Reading(quotes, others, sum(_size(part["label"]) for part in nested(components) if "label" in part))


def _links(engine: Engine, answer: Answer) -> dict[str, str]:
    return links_of(engine, citations_of(answer))


def _size(text: str) -> int:
    return len("".join(text.split()))


def _row(name: str, readings: Sequence[Reading]) -> tuple[str, ...]:
    shares = [one.share for one in readings]
    return (
        name,
        f"{mean(shares):.1%}",
        f"{median(shares):.1%}",
        f"{min(shares):.1%}",
        f"{mean([one.share_with_buttons for one in readings]):.1%}",
        f"{mean([float(one.quotes + one.others) for one in readings]):.0f}",
    )
