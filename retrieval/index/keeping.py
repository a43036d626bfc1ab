"""Which former generations of an index are kept: first those with a version of an article that no newer one has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from retrieval.errors import IndexFault
from retrieval.index.article_records import ArticleVersion, parse_version
from retrieval.index.blobs import Blobs
from retrieval.index.faults import reading
from retrieval.index.listing import ListedGeneration
from retrieval.index.store import Store


@dataclass(frozen=True, slots=True)
class Keep:
    """How long a generation is kept once another is current."""

    generations: int = 1
    """So many former ones, however old: the latest that hold what no newer one has, then the latest others."""
    days: float = 0.0
    """And each for so many days after it was replaced."""
    used: frozenset[str] = frozenset()
    """And those of these names, which a process still reads."""


def reasons_to_keep(newest_first: Sequence[ListedGeneration], keep: Keep) -> list[str | None]:
    """Return why each generation stays, the current one first; None where it does not."""
    rows = _rows_with_a_place(newest_first, keep.generations)
    since = datetime.now(UTC) - timedelta(days=keep.days)

    def reason(row: int, generation: ListedGeneration) -> str | None:
        if not row:
            return "it is current"
        if row in rows:
            return f"the index keeps so many former ones (keep = {keep.generations})"
        if _after(generation.replaced, since):
            return f"replaced less than {keep.days:g} days ago (keep_days)"
        return "a process reads it" if generation.folder.name in keep.used else None

    return [reason(row, generation) for row, generation in enumerate(newest_first)]


def _rows_with_a_place(newest_first: Sequence[ListedGeneration], places: int) -> set[int]:
    former = range(1, len(newest_first))
    if not places or len(former) <= places:  # nothing has to be read to choose between them
        return set(former) if places else set()
    rows = _rows_that_add(newest_first, places)
    others = [row for row in former if row not in rows]
    return {*rows, *others[: places - len(rows)]}


def _rows_that_add(newest_first: Sequence[ListedGeneration], most: int) -> list[int]:
    """Return the rows, at most so many, of former generations with a version of an article that no newer one has.

    One whose articles cannot be read counts as such: what it holds is not known.
    """
    rows = list[int]()
    newer = set(_versions(newest_first[0]) or ())
    for row, generation in enumerate(newest_first[1:], 1):
        versions = _versions(generation)
        if versions is None or not versions <= newer:
            rows.append(row)
        if len(rows) == most:
            break
        newer |= versions or set()
    return rows


def _versions(generation: ListedGeneration) -> set[ArticleVersion] | None:
    """Return the versions of articles that citations can open in a generation; None where that cannot be known."""
    file = generation.folder / "articles.bin"
    try:
        manifest = generation.parsed()
        with reading(generation.folder):
            records = Blobs(Store(generation.folder, manifest.files), file.stem)
        return {parse_version(records[row]) for row in range(len(records))}
    except (IndexFault, ValueError, TypeError, KeyError):
        return None


def _after(replaced: str | None, since: datetime) -> bool:
    try:
        return replaced is None or datetime.fromisoformat(replaced) > since
    except (ValueError, TypeError):  # a time that cannot be read has not passed
        return True
