"""A collection: one index, its service, and what a front end asks of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answering.service import AnswerService
from bot.formats.text_fragment import link
from retrieval.citations.permalink import Shown, resolve
from retrieval.citations.verifier import verify
from retrieval.engine import Engine
from retrieval.records import Answer, Citation, Match

Links = dict[str, str]
"""Permalink -> the address that lands on the cited words."""


@dataclass(frozen=True, slots=True)
class Collection:
    """The articles that one server or channel may ask."""

    name: str
    """What answers are stored under: the index' path."""
    index: Path
    service: AnswerService

    async def links(self, citations: Sequence[Citation]) -> Links:
        """Addresses of the citations whose sources have one."""
        return await self.service.run(lambda engine: _links(engine, citations))

    async def slices(self, citations: Sequence[Citation]) -> list[str]:
        """The cited words, each from the very version of its article that the citation names."""
        return await self.service.run(lambda engine: [_slice(engine, self.index, one) for one in citations])

    async def replay(self, ref: str) -> Shown:
        """A permalink's words in their paragraph; raises PermalinkInvalid or SourceChanged."""
        return await self.service.run(lambda engine: resolve(self.index, ref))

    async def verify(self, text: str) -> Match:
        """Whether the text stands in the collection; raises TextInvalid."""
        return await self.service.run(lambda engine: verify(engine, text))

    async def links_of(self, answer: Answer) -> Links:
        """Addresses of all that an answer cites."""
        cited = [one for quote in answer.quotes for one in (quote.citation, *quote.also_in)]
        return await self.links(cited)


def _links(engine: Engine, citations: Sequence[Citation]) -> Links:
    found: Links = {}
    for cited in citations:
        row = engine.generation.row_of(cited.article)
        if row is None or engine.generation.article(row).sha256 != cited.sha256:
            continue
        address = link(cited.url, engine.generation.article(row).text, cited.start, cited.end)
        if address:
            found[cited.ref] = address
    return found


def _slice(engine: Engine, index: Path, cited: Citation) -> str:
    row = engine.generation.row_of(cited.article)
    if row is not None and engine.generation.article(row).sha256 == cited.sha256:
        return engine.generation.article(row).text[cited.start : cited.end]
    return resolve(index, cited.ref).text
