"""Files that are to be articles, examined before they are: what the corpus' readers make of them, and whose ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retrieval.articles.corpus import read, scan_as
from retrieval.articles.sentences import segment, why_none
from retrieval.index.documents import load_sources
from retrieval.index.generation import Generation
from retrieval.records import Article, Warn
from retrieval.settings import MetadataSettings

LINES = ".jsonl"
"""The ending of files that hold an article on each line."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What the readers make of a file."""

    path: str
    """The one it is to have below the corpus."""
    ids: tuple[str, ...] = ()
    """Those of its articles, of which at least one can be quoted."""
    quotable: int = 0
    """How many of its articles can be quoted."""
    warnings: tuple[Warn, ...] = ()
    """What they say of the file and its lines."""

    @property
    def left_out(self) -> int:
        """How many lines or articles of it cannot be quoted."""
        return sum(warn.skipped for warn in self.warnings)

    @property
    def reason(self) -> str:
        """Why none of it can be quoted, as part of a sentence."""
        first = next(warn for warn in self.warnings if warn.skipped)
        line = self.line(first)
        return f"has no line that I can use (line {line} {first.reason})" if line else first.reason

    def line(self, warn: Warn) -> int:
        """Return the number of the line that a warning is about; 0 where it is about the file."""
        number = warn.path.removeprefix(f"{self.path}:")
        return int(number) if number.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Collision:
    """An id that two articles would have."""

    id: str
    path: str
    """Of the file that has it already."""


def examine(file: Path, path: str, corpus: Path, fields: MetadataSettings) -> Examined:
    """Read a file as a build will once it has this path below the corpus: with the fields, and what its folder says.

    Raises QuothError where the readers cannot start.
    """
    sources, unopened = scan_as(file, path, corpus, fields)
    if not sources:
        return Examined(path, warnings=tuple(unopened))
    articles, warnings = read(sources[0])
    unquotable = [article for article in articles if not segment(article)]
    warnings += [Warn(path, _why_left_out(article, path)) for article in unquotable]
    quotable = len(articles) - len(unquotable)
    return Examined(path, tuple(article.id for article in articles), quotable, tuple(warnings))


def same_as(sha256: str, corpus: Path, index: Generation) -> str | None:
    """Return the path of a file of the index that has these very bytes, and is still there; None where none has."""
    same = [listed.path for listed in load_sources(index)[0] if listed.sha256 == sha256]
    return next((path for path in same if (corpus / path).is_file()), None)


def collision(examined: Examined, corpus: Path, index: Generation, others: Iterable[Examined] = ()) -> Collision | None:
    """Return an id of a file that an article has already: one of the index whose file is there, or of other files."""
    owners = {id_: other.path for other in others for id_ in other.ids}
    for id_ in examined.ids:
        path = _owner(index, id_)
        if path not in (None, examined.path) and (corpus / path).is_file():
            return Collision(id_, path)
        if id_ in owners:
            return Collision(id_, owners[id_])
    return None


def collision_in(index: Generation, examined: Examined, warnings: Iterable[Warn]) -> Collision | None:
    """Return an id that both a file and another have, of a build with these warnings: one of them was given another.

    The index before it knows nothing of files that the operator has put there since.
    """
    for id_ in examined.ids:
        path = _owner(index, id_)
        if path not in (None, examined.path):
            return Collision(id_, path)
    for warn in warnings:
        if examined.path in warn.reason.split():
            return Collision(next(id_ for id_ in examined.ids if repr(id_) in warn.reason), warn.path)
    return None


def is_indexed(examined: Examined, index: Generation) -> bool:
    """Return whether an article of a file is in an index, and can be quoted."""
    rows = [index.row_of(id_) for id_ in examined.ids]
    return any(
        row is not None and index.article(row).path == examined.path and bool(index.passages_of(row)) for row in rows
    )


def _owner(index: Generation, id_: str) -> str | None:
    """Return the path of the file whose article has an id."""
    row = index.row_of(id_)
    return index.article(row).path if row is not None else None


def _why_left_out(article: Article, path: str) -> str:
    named = f"holds the article {article.id!r}, which " if path.endswith(LINES) else ""
    return f"{named}{why_none(article)}"
