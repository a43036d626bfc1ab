"""A collection: one index, its service, and what a front end asks of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answering.links import Links, citations_of, links_of
from bot.answering.service import AnswerService
from bot.answering.verification import check
from retrieval import indexes
from retrieval.articles.corpus import scan
from retrieval.citations.changes import Change, change_since
from retrieval.citations.permalink import CitedSpan, replay, resolve
from retrieval.engine import Engine
from retrieval.errors import CorpusError, CorpusNotFound
from retrieval.index.documents import load_sources
from retrieval.records import Answer, Citation, Match


@dataclass(frozen=True, slots=True)
class Collection:
    """The articles that one server or channel may ask."""

    name: str
    """What answers are stored under: the index' path."""
    index: Path
    service: AnswerService

    async def links(self, citations: Sequence[Citation]) -> Links:
        """Return the addresses of the citations whose sources have one."""
        return await self.service.run(lambda engine: links_of(engine, citations))

    async def slices(self, citations: Sequence[Citation]) -> list[str]:
        """Return the cited words, each from the very version of its article that the citation names."""
        return await self.service.run(lambda engine: [_slice(engine, self.index, citation) for citation in citations])

    async def replay(self, ref: str) -> CitedSpan:
        """Return a permalink's words in their paragraph; raises PermalinkInvalid or SourceChanged."""
        return await self.service.run(lambda engine: resolve(self.index, ref))

    async def replay_with_change(self, ref: str) -> tuple[CitedSpan, Change | None]:
        """Return what `replay` does, and what became of the words; None where their article is as it was."""

        def find(engine: Engine) -> tuple[CitedSpan, Change | None]:
            replayed = replay(self.index, ref)
            return replayed.span, change_since(self.index, replayed.version, replayed.current)

        return await self.service.run(find)

    async def verify(self, text: str, source: str | None = None) -> Match:
        """Return whether the text stands in the collection, and in that source; raises TextInvalid, SourceUnknown."""
        return await self.service.run(lambda engine: check(engine, text, source))

    async def links_of(self, answer: Answer) -> Links:
        """Return the addresses of all citations of an answer."""
        return await self.links(citations_of(answer))


def corpus_of(collection: Collection) -> Path:
    """Return the folder that a collection's index was built from; raises IndexFault."""
    return Path(indexes.manifest(collection.index).corpus)


class CorpusLost(CorpusError):
    """A corpus that has none of the files that its index was built from, as where a disk is not mounted."""

    def __init__(self, corpus: Path, index: Path) -> None:
        self.corpus, self.index = corpus, index
        super().__init__(
            f"The corpus {corpus} has none of the files that the index {index} was built from: put them back, as by "
            "mounting their disk, or index what is there by hand."
        )


def check_there(corpus: Path, index: Path) -> None:
    """Raise CorpusNotFound or CorpusLost where nothing is left of what an index was built from; also IndexFault.

    Files that were all moved are still there. To build from nothing, or from what was put there since, would drop every
    article.
    """
    if not corpus.exists():
        raise CorpusNotFound(corpus)
    if corpus.is_file():
        return
    former, _ = load_sources(indexes.current(index))
    if any((corpus / listed.path).is_file() for listed in former):
        return
    if {listed.sha256 for listed in former}.isdisjoint(source.sha256 for source in scan(corpus)[0]):
        raise CorpusLost(corpus, index)


def _slice(engine: Engine, index: Path, citation: Citation) -> str:
    row = engine.generation.cited(citation.article, citation.sha256)
    if row is None:
        return resolve(index, citation.ref).text
    return engine.generation.article(row).text[citation.start : citation.end]
