"""Whether words that were once cited are still in the corpus."""

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
    """The permalink of the words in the current version."""


def standing(ref: str, now: Generation, before: Sequence[Generation]) -> Standing:
    """Return what became of the words that a permalink cites; raises PermalinkInvalid.

    They stand while the article is the cited version, and while a later version has the same characters as one or more
    whole sentences anywhere. Otherwise they are changed, or withdrawn with their article. The cited version is looked
    up in the generations `before`; where none has it, the words are unknown and count as changed.
    """
    place = parse(ref)
    row = now.row_of(place.article)
    if row is None:
        return Standing("withdrawn")
    article = now.article(row)
    if article.sha256.startswith(place.digest) and place.end <= len(article.text):
        return Standing("stands", ref)
    words = next((words for words in (_words(place, generation) for generation in before) if words), None)
    starts = list(_starts(words, now, row)) if words else []
    if not words or not starts:
        return Standing("changed")
    start = min(starts, key=lambda start: (abs(start - place.start), start))
    return Standing("stands", f"{article.id}@{article.sha256[:12]}#{start}-{start + len(words)}")


def _words(place: Place, generation: Generation) -> str | None:
    """Return the cited words; None where this generation does not have the cited version."""
    row = generation.cited(place.article, place.digest)
    return None if row is None else generation.article(row).text[place.start : place.end]


def _starts(words: str, generation: Generation, row: int) -> Iterator[int]:
    """Yield where the words start in an article as whole sentences."""
    spans = generation.spans_in(row)
    starts, ends = set(spans[:, 0].tolist()), set(spans[:, 1].tolist())
    text = generation.article(row).text
    at = text.find(words)
    while at >= 0:
        if at in starts and at + len(words) in ends:
            yield at
        at = text.find(words, at + 1)
