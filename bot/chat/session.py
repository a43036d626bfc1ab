"""One conversation: what was asked, what was quoted, and what a line that is typed means."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from bot.answering.links import citations_of, links_of
from bot.answering.service import AnswerService
from bot.chat.reply import Notice, Reply
from bot.formats.json_output import answer_object, with_outdated
from bot.terminal.answers import Link, show_answer
from bot.terminal.outdated import outdated_line
from bot.terminal.screen import Screen
from retrieval.citations.freshness import OutdatedFile, outdated_files
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.records import Answer, Citation, Filter, Quote, Turn

TURNS = 8  # earlier questions that a follow-up may lean on


@dataclass(frozen=True, slots=True)
class Given:
    """The last answer, with what was said before it."""

    answer: Answer
    history: tuple[Turn, ...]

    def quote(self, number: int) -> Quote:
        """Return the quote with this number, from 1; raises InputInvalid."""
        if not self.answer.quotes:
            raise InputInvalid("There is", "no quote", "the last question was not answered; ask another first")
        if not 1 <= number <= len(self.answer.quotes):
            last = len(self.answer.quotes)
            remedy = "the last answer has one quote, 1" if last == 1 else f"the last answer has quotes 1 to {last}"
            raise InputInvalid("There is", f"no quote {number}", remedy)
        return self.answer.quotes[number - 1]


@dataclass(frozen=True, slots=True)
class Outdated:
    """The files of a reply that are not what was indexed."""

    files: tuple[OutdatedFile, ...] = ()
    line: str | None = None

    def added_to(self, reply: Reply) -> Reply:
        """Return the reply that says so, in both of its forms."""
        if self.line is None:
            return reply
        line = Text(self.line, style="yellow")

        def show(screen: Screen) -> None:
            reply.show(screen)
            screen.line(line)

        return Reply(show, tuple(with_outdated(fields, self.files) for fields in reply.objects))


class Session:
    """A conversation with one index."""

    def __init__(self, service: AnswerService, index: Path) -> None:
        self.service, self.index = service, index
        self.turns: deque[Turn] = deque(maxlen=TURNS)
        self.last: Given | None = None
        self.within: Filter | None = None
        """The filter that questions are asked under until another is set."""

    async def ask(self, question: str) -> Reply:
        """Return the answer; it joins the conversation once it is there."""
        history = tuple(self.turns)
        answer = await self.service.ask(question, history, within=self.within)
        link = await self.links(citations_of(answer))
        self.turns.append(Turn(answer.question, tuple(quote.text for quote in answer.quotes)))
        self.last = Given(answer, history)
        outdated = await self.outdated(quote.citation.article for quote in answer.quotes)
        return outdated.added_to(Reply(lambda screen: show_answer(screen, answer, link), (answer_object(answer),)))

    def forget(self) -> Notice:
        """Start anew."""
        self.turns.clear()
        self.last = None
        return Notice("The conversation is forgotten.")

    def given(self) -> Given:
        """Return the last answer; raises InputInvalid before there is one."""
        if self.last is None:
            raise InputInvalid("There is", "no quote yet", "ask a question first")
        return self.last

    async def links(self, citations: Iterable[Citation]) -> Link:
        """Return the addresses of citations, all found at once on the service's thread."""
        to_link = list(citations)
        links = await self.service.run(lambda engine: links_of(engine, to_link)) if to_link else {}
        return lambda citation: links.get(citation.ref)

    async def outdated(self, articles: Iterable[str]) -> Outdated:
        """Return which files of the articles are not what was indexed."""
        cited = list(articles)

        def look(engine: Engine) -> Outdated:
            files = outdated_files(engine.generation, cited)
            return Outdated(files, outdated_line(files, engine.generation, self.index))

        return await self.service.run(look) if cited else Outdated()


def in_terminal() -> bool:
    """Return whether somebody types and reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()
