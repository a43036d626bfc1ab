"""The pages of a PDF that a cited quote stands on, as pictures with the quote marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from retrieval import child, indexes
from retrieval.articles.pdf_picture import letters_of
from retrieval.citations.permalink import CitedSpan
from retrieval.index.documents import load_sources
from retrieval.records import page_number

MOST_PAGES = 4
"""Of one quote."""
_LONGEST = 20_000
"""Characters of the longest quote that is marked."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page."""

    label: str
    width: int
    height: int
    png: str
    """The picture, in base64."""
    boxes: tuple[tuple[int, int, int, int], ...]
    """The lines of the quote: left, top, right and bottom. None where the page is scanned."""


def pictures_of(span: CitedSpan, index: Path) -> Iterator[PagePicture]:
    """Yield the pages of a quote from a PDF; none where its file is not the one that was indexed, or cannot be drawn.

    Raises IndexDamaged, IndexUnreadable.
    """
    article, citation = span.article, span.citation
    generation = indexes.current(index)
    sources = {source.path: source.sha256 for source in load_sources(generation)[0]}
    sha256 = sources.get(article.path or "")
    if span.state != "current" or sha256 is None:
        return
    corpus = Path(generation.manifest.corpus)
    file = corpus if corpus.is_file() else corpus / (article.path or "")
    borders = [*article.places, (len(article.text), "", None)]
    pages = [(place, behind[0]) for place, behind in pairwise(borders)]
    pages = [(place, end) for place, end in pages if place[0] < citation.end and citation.start < end]
    for (start, label, address), end in pages[:MOST_PAGES]:
        words = article.text[max(start, citation.start) : min(end, citation.end)][:_LONGEST]
        before = letters_of(article.text[start : max(start, citation.start)]).count(letters_of(words) or " ")
        arguments = str(file.absolute()), sha256, str(page_number(address) or 0), str(before), words
        finished = child.run("retrieval.articles.pdf_picture", *arguments, variables={})
        if finished.returncode:
            return
        picture = json.loads(finished.stdout)
        yield PagePicture(
            label, picture["width"], picture["height"], picture["png"], tuple(map(tuple, picture["boxes"]))
        )
