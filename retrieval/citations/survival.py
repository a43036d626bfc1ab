"""Whether words that were cited once still stand in the corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.citations.permalink import Place, parse
from retrieval.index.generation import Generation


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of cited words."""

    state: Literal["stands", "changed", "withdrawn"]
    ref: str | None = None
    """The permalink of the words where they stand now."""


def standing(ref: str, now: Generation, before: Sequence[Generation]) -> Standing:
    """What became of the words that a permalink cites; raises PermalinkInvalid.

    They stand while the article is the version that was cited, and also while a later version has the same characters
    as one or more whole sentences, wherever in it: they are then verbatim as before. Otherwise they are changed, or
    withdrawn with their article. `before` holds the generations that the cited version is looked for in; where none of
    them has it, the words are not known, and count as changed.
    """
    place = parse(ref)
    row = now.row_of(place.article)
    if row is None:
        return Standing("withdrawn")
    article = now.article(row)
    if article.sha256.startswith(place.digest) and place.end <= len(article.text):
        return Standing("stands", ref)
    words = next((words for words in (_words(place, one) for one in before) if words), None)
    found = list(_starts(words, now, row)) if words else []
    if not words or not found:
        return Standing("changed")
    start = min(found, key=lambda start: (abs(start - place.start), start))
    return Standing("stands", f"{article.id}@{article.sha256[:12]}#{start}-{start + len(words)}")


def _words(place: Place, generation: Generation) -> str | None:
    """The cited words, where this generation has the version that was cited."""
    row = generation.cited(place.article, place.digest)
    return None if row is None else generation.article(row).text[place.start : place.end]


def _starts(words: str, generation: Generation, row: int) -> Iterator[int]:
    """Where the words stand in an article as whole sentences."""
    spans = generation.spans_in(row)
    starts, ends = set(spans[:, 0].tolist()), set(spans[:, 1].tolist())
    text = generation.article(row).text
    at = text.find(words)
    while at >= 0:
        if at in starts and at + len(words) in ends:
            yield at
        at = text.find(words, at + 1)
