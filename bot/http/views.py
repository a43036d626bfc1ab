"""What the search page shows, laid out as records that a template prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from bot.answering.links import Links, citations_of, links_of
from bot.answering.replies import Answered
from bot.formats.answer_text import (
    also_in,
    as_of,
    confidence,
    context_lines,
    details,
    differences,
    filter_line,
    searched_for,
    unanswered,
)
from bot.formats.text_fragment import web_address
from bot.formats.visible import one_line
from retrieval.citations.freshness import OutdatedFile
from retrieval.engine import Engine
from retrieval.errors import first_few
from retrieval.readable import readable
from retrieval.records import Citation, Quote, SearchResult

MARK = "quote"
"""The id that the marked quote has on its page."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where words stand."""

    title: str
    details: str
    page: str
    """The address of the page that shows them in their article."""
    web: str | None
    """The web address that lands on them."""


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A quote or a passage."""

    text: str
    """As it reads, without the marks of Markdown."""
    language: str
    source: Source
    contexts: tuple[str, ...] = ()
    also_in: tuple[Source, ...] = ()
    more: int = 0
    """How many more articles have the same words."""


@dataclass(frozen=True, slots=True)
class NearArticle:
    """An article that is named where there is no answer."""

    title: str
    web: str | None
    """Its web address."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer, or a refusal."""

    answered: bool
    quotes: tuple[ShownQuote, ...]
    notes: tuple[str, ...]
    """What stands above the quotes: what was searched for, under which filter."""
    remarks: tuple[str, ...]
    """What stands below them: what sources differ in, what is not answered, which files have changed."""
    confidence: str
    nearest: tuple[NearArticle, ...]


@dataclass(frozen=True, slots=True)
class PassagesView:
    """A page of passages."""

    passages: tuple[ShownQuote, ...]
    notes: tuple[str, ...]
    first: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last one on the page."""
        return self.first + len(self.passages) - 1


def answer_view(engine: Engine, answered: Answered) -> AnswerView:
    """Return what is shown of an answer."""
    answer, corpus = answered.answer, engine.generation.manifest.corpus
    links = links_of(engine, citations_of(answer))
    remarks = (*differences(answer), *unanswered(answer), as_of(answer), outdated_note(answered.outdated, corpus))
    return AnswerView(
        answer.answered,
        tuple(_quote(engine, each, links) for each in answer.quotes),
        _present(searched_for(answer.question, answer.searched), filter_line(answer.filtered)),
        _present(*remarks),
        confidence(answer.confidence),
        tuple(NearArticle(near.title, web_address(near.url)) for near in answer.nearest),
    )


def passages_view(engine: Engine, result: SearchResult) -> PassagesView:
    """Return what is shown of a search."""
    links = links_of(engine, [passage.citation for passage in result.passages])
    passages = tuple(_passage(engine, passage.text, passage.citation, links) for passage in result.passages)
    notes = _present(searched_for(result.words, result.searched), filter_line(result.filtered))
    return PassagesView(passages, notes, result.skipped + 1, result.total)


def outdated_note(files: Sequence[OutdatedFile], corpus: str) -> str | None:
    """Return a sentence on files that are not what was indexed; None where all are."""
    if any(file.path == corpus for file in files):
        return "The articles are no longer where they were: these are their words as they were indexed."
    names = first_few([one_line(file.path) for file in files])
    return f"Changed or gone since it was indexed: {names}." if files else None


def page_of(citation: Citation) -> str:
    """Return the address, on this server, of the page that shows a citation's words."""
    return f"/quote/{quote(citation.ref, errors='surrogatepass')}#{MARK}"


def address(fields: Mapping[str, str], **changes: str) -> str:
    """Return the address of the search page with these fields."""
    return f"/?{urlencode({**fields, **changes}, errors='replace')}"


def _quote(engine: Engine, quote_: Quote, links: Links) -> ShownQuote:
    others, more = also_in(quote_)
    passage = _passage(engine, quote_.text, quote_.citation, links)
    also = tuple(_source(other, links) for other in others)
    return ShownQuote(passage.text, passage.language, passage.source, tuple(context_lines(quote_)), also, more)


def _passage(engine: Engine, text: str, citation: Citation, links: Links) -> ShownQuote:
    row = engine.generation.row_of(citation.article)
    language = engine.generation.article(row).language if row is not None else ""
    return ShownQuote(readable(text, citation.path, citation.labels), language, _source(citation, links))


def _source(citation: Citation, links: Links) -> Source:
    title, *others = details(citation)
    return Source(title, " · ".join(others), page_of(citation), links.get(citation.ref))


def _present(*lines: str | None) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
