"""What became of cited words in an article that has changed: where they stand now, or what stands there instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retrieval import indexes
from retrieval.citations.permalink import Version, find_version
from retrieval.citations.survival import standing
from retrieval.errors import PermalinkInvalid, SourceChanged
from retrieval.index.generation import Generation
from retrieval.records import Citation

LEAST_ALIKE = 60.0
"""Similarity, 0 to 100, below which a sentence is not taken for the new wording of another."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of words that were cited."""

    old: str
    """The words as they were cited."""
    new: str | None
    """The same words where they still stand, or the sentence that is most like them; None where none is."""
    citation: Citation | None
    """Where that stands now."""
    seen: str
    """When a build first saw the article without the cited version, ISO 8601 in UTC."""

    @property
    def stands(self) -> bool:
        """Whether the same words still stand in the article."""
        return self.new == self.old


def change_of(index: Path, ref: str) -> Change | None:
    """Return what became of the words of a permalink; None where its article is as it was, or nothing is known.

    That is known as long as the generation that was cited is kept. Raises IndexFault.
    """
    now = indexes.current(index)
    try:
        version = find_version(index, now, ref)
    except (PermalinkInvalid, SourceChanged):
        return None
    return change_since(index, version, now)


def change_since(index: Path, version: Version, now: Generation) -> Change | None:
    """Return as `change_of` what became of the words of a version that is found; raises IndexFault."""
    if version.state == "current":
        return None
    place = version.place
    old = version.generation.article(version.row).text[place.start : place.end]
    seen = _seen(index, now, version)
    cited = f"{place.article}@{place.digest}#{place.start}-{place.end}"
    after = standing(cited, now, (version.generation,))
    if after.state == "withdrawn":
        return Change(old, None, None, seen)
    if after.ref is not None:
        row, start = now.row_of(place.article), int(after.ref.rpartition("#")[2].partition("-")[0])
        assert row is not None
        return Change(old, old, _cite(now, row, start, start + len(old)), seen)
    new = _most_alike(now, place.article, old)
    return Change(old, None, None, seen) if new is None else Change(old, *new, seen)


def _seen(index: Path, now: Generation, version: Version) -> str:
    """Return when the latest generation that has the cited version was replaced by one without it."""
    replaced = {listed.folder: listed.replaced for listed in indexes.listed(index)}
    return replaced.get(version.generation.folder) or now.manifest.created  # where a build has removed it meanwhile


def _cite(generation: Generation, row: int, start: int, end: int) -> Citation:
    spans = generation.spans_in(row)
    paragraph = next((int(number) for first, last, number in spans if first <= start < last), 1)
    return generation.cite(row, start, end, paragraph)


def _most_alike(now: Generation, article: str, old: str) -> tuple[str, Citation] | None:
    """Return the sentence of an article that is most like some words, the first of several; None where none is."""
    from rapidfuzz import fuzz

    row = now.row_of(article)
    if row is None:
        return None
    text = now.article(row).text
    spans = [(int(start), int(end)) for start, end, _ in now.spans_in(row)]
    scored = [(fuzz.ratio(old, text[start:end]), -start, end) for start, end in spans]
    score, start, end = max(scored, default=(0.0, 0, 0))
    if score < LEAST_ALIKE:
        return None
    return text[-start:end], _cite(now, row, -start, end)
