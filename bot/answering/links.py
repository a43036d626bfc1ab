"""Web addresses that land on cited words: the one way that every front end makes a link."""

from __future__ import annotations

from collections.abc import Iterable

from bot.formats.text_fragment import link, web_address
from retrieval.articles.rendered import rendered
from retrieval.articles.visible import ending_of
from retrieval.citations.permalink import CitedSpan
from retrieval.engine import Engine
from retrieval.records import Answer, Article, Citation

Links = dict[str, str]
"""Permalink -> the address that lands on the cited words; without those that have no web address."""
_NO_PAGES = frozenset({"pdf", "csv", "tsv"})
"""Endings of files in which a browser does not look for the words of a text fragment."""


def link_of(engine: Engine, citation: Citation) -> str | None:
    """Return the address that lands on a citation's words, or None where its source has none.

    The page's own address where the engine no longer has the version that was cited.
    """
    if citation.url is None:
        return None
    row = engine.generation.cited(citation.article, citation.sha256)
    if row is None:
        return web_address(citation.url)
    return _landing(engine.generation.article(row), citation)


def links_of(engine: Engine, citations: Iterable[Citation]) -> Links:
    """Return the addresses of all citations that have one."""
    addresses = {citation.ref: link_of(engine, citation) for citation in citations}
    return {ref: address for ref, address in addresses.items() if address}


def link_of_place(span: CitedSpan) -> str | None:
    """Return the address that lands on the words of a permalink, in the version that is shown."""
    return _landing(span.article, span.citation)


def _landing(article: Article, citation: Citation) -> str | None:
    """Return the address that lands on the words as the page of the article shows them; of a PDF, on their page.

    Of a file that a browser shows as no page, it is the address of the file.
    """
    if ending_of(article) in _NO_PAGES:
        return web_address(citation.url)
    page = rendered(article)
    return link(citation.url, page.text, page.place(citation.start), page.place(citation.end))


def citations_of(answer: Answer) -> list[Citation]:
    """Return every citation of an answer: of its quotes, and of where else their words are printed."""
    return [citation for quote in answer.quotes for citation in (quote.citation, *quote.also_in)]
