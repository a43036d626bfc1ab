"""The files of a corpus -> its articles, each with an id: read and split, or taken over where nothing changed."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from retrieval.articles.corpus import LINES, SourceFile, Unit, has_lines, settled, units, unreadable
from retrieval.articles.jsonl import FileChangedError
from retrieval.index.catalogue import Catalogue, Place
from retrieval.index.documents import Document, ListedSource, Progress
from retrieval.index.former import Former
from retrieval.index.journal import Journal
from retrieval.index.keys import SIZE
from retrieval.index.reading import Reading, parse_reading, unit_key
from retrieval.records import Warn

_UNKNOWN = bytes(SIZE)
"""The key of a reading that the next build is not to use."""


@dataclass(frozen=True, slots=True)
class Task:
    """A unit to read, of the file with a number."""

    document: int
    unit: Unit
    key: bytes


Read = Callable[[Iterator[Task]], Iterator[tuple[Task, bytes]]]
"""Reads units, and gives their readings as they are ready, in any order."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files of a corpus and their articles."""

    documents: list[Document]
    catalogue: Catalogue
    order: list[int]
    """The catalogue's rows by the ids of their articles, without those that are left out."""


@dataclass(slots=True)
class _Lines:
    """What is known of a JSONL file whose units come one by one."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    own: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """By the number of a line, its article's own id, digest, and the id it was read with."""


class Gathering:
    """Gathers a corpus' articles."""

    def __init__(self, sources: Sequence[SourceFile], former: Former | None, journal: Journal) -> None:
        self._sources, self._former, self._journal = sources, former, journal
        self._documents = [Document(source) for source in sources]
        self._catalogue = Catalogue()
        self._read: dict[int, list[tuple[int, Reading]]] = {}
        """By the number of a file, the first line and the reading of each of its units, their articles left out."""
        self._lines: dict[int, _Lines] = {}
        self._failures: dict[int, Warn] = {}
        self._errors: dict[int, Sequence[Warn]] = {}
        """By the row of an article, warnings about it."""
        self._left_out = set[int]()
        self._fresh = self._take_over()
        self._count = len(sources) - len(self._fresh)

    @property
    def size(self) -> int:
        """How many bytes the files have that are to be read."""
        return sum(self._sources[number].size for number in self._fresh)

    def gather(self, read: Read, progress: Progress) -> Gathered:
        """Read what is to be read and give every article its id."""
        total = len(self._sources) + sum(map(self._more_units, self._fresh))
        progress("read", self._count, total)
        for task, raw in read(self._tasks()):
            reading, begin = parse_reading(raw)
            self._note(task, reading, self._journal.add(task.key if reading.is_final else _UNKNOWN, raw), begin)
            progress("read", min(self._count, total), total)
        progress("read", total, total)
        for number in self._fresh:
            self._finish(number)
        order = self._by_id()
        self._warn(order)
        return Gathered(self._documents, self._catalogue, order)

    def _more_units(self, number: int) -> int:
        source = self._sources[number]
        return source.size // LINES if has_lines(source) else 0

    def _take_over(self) -> list[int]:
        """Take over the articles of files that did not change, and return the numbers of the others."""
        if self._former is None:
            return list(range(len(self._sources)))
        # A file whose articles were given other ids is read again: they may not need them any more.
        unchanged: dict[tuple[str, str, str], tuple[int, ListedSource]] = {
            (listed.path, listed.sha256, listed.metadata_digest): (row, listed)
            for row, listed in enumerate(self._former.sources)
            if not listed.renamed
        }
        fresh = list[int]()
        for number, source in enumerate(self._sources):
            row, listed = unchanged.get((source.path, source.sha256, source.metadata_digest), (-1, None))
            if listed is None or listed.is_readable_now:
                fresh.append(number)
                continue
            self._documents[number].warnings.extend(listed.warnings)
            for old in self._former.articles_of(row):
                self._catalogue.take_over(number, old, self._former.id_of(old), self._former.article_key(old))
        return fresh

    def _tasks(self) -> Iterator[Task]:
        """Yield the units to read, and note what was read of the others by a build that was ended."""
        for number in self._fresh:
            parts = units(self._sources[number])
            while True:
                try:
                    unit = next(parts, None)
                except (OSError, FileChangedError) as error:
                    self._failures[number] = unreadable(self._sources[number], error)
                    break
                if unit is None:
                    break
                task = Task(number, unit, unit_key(unit))
                row = self._journal.table.row(task.key)
                if row < 0:
                    yield task
                else:
                    record = self._journal.offset(row)
                    reading, begin = parse_reading(self._journal.read(record))
                    self._note(task, reading, record, begin)

    def _note(self, task: Task, reading: Reading, record: int, begin: int) -> None:
        number = task.document
        lines = self._lines.setdefault(number, _Lines()) if has_lines(self._sources[number]) else None
        for article in reading.articles:
            old = self._former.row_of(bytes.fromhex(article.key)) if self._former and article.is_known else -1
            row = self._catalogue.add(number, article, Place(record, begin, article.length), old)
            begin += article.length
            if lines is not None:
                lines.rows.append(row)
                lines.own[article.position] = article.own_id, article.sha256, article.id
            if article.warnings:
                self._errors[row] = article.warnings
        self._read.setdefault(number, []).append((task.unit.first, replace(reading, articles=())))
        self._count += 1

    def _finish(self, number: int) -> None:
        """Note the warnings about a file, and give the articles of its lines their ids."""
        about_file, lines = self._documents[number].warnings, self._lines.get(number)
        readings = [reading for _, reading in sorted(self._read.pop(number, []), key=lambda read: read[0])]
        if number in self._failures:
            about_file.append(self._failures[number])
            self._left_out.update(lines.rows if lines else ())
            return
        warnings = [warn for reading in readings for warn in reading.warnings]
        undated = [warn for reading in readings for warn in reading.undated]
        own = dict(sorted(lines.own.items())) if lines else {}
        ids, every = settled(self._sources[number], own, warnings, undated)
        about_file.extend(every)
        for row in lines.rows if lines else ():
            id_ = ids.get(self._catalogue.positions[row])
            if id_ is None:
                self._left_out.add(row)
            else:
                self._catalogue.ids[row] = id_

    def _by_id(self) -> list[int]:
        """Return the rows of all articles by id, each of which is another from here on.

        Of two articles with the same id the later gets another, with a warning about its file.
        """
        ids = self._catalogue.ids
        in_order = [row for row in self._catalogue.in_order() if row not in self._left_out]
        claimed = {ids[row] for row in in_order}
        owners: dict[str, int] = {}
        numbers: dict[str, int] = {}
        for row in in_order:
            own_id = id_ = ids[row]
            while id_ in owners or (id_ != own_id and id_ in claimed):
                numbers[own_id] = numbers.get(own_id, 1) + 1
                id_ = f"{own_id}-{numbers[own_id]}"
            if id_ != own_id:
                owner = self._document(owners[own_id]).source.path
                document = self._document(row)
                reason = f"has the id {own_id!r}, as {owner} has: it is given the id {id_!r}"
                document.renamed.append(Warn(document.source.path, reason, skipped=False))
                ids[row] = id_
            owners[id_] = row
        return [owners[id_] for id_ in sorted(owners)]

    def _document(self, row: int) -> Document:
        return self._documents[self._catalogue.documents[row]]

    def _warn(self, order: Sequence[int]) -> None:
        """Add the warnings about articles without passages to those about their files."""
        problems = self._catalogue.problems
        for row in order if problems or self._errors else ():
            document = self._document(row)
            path = document.source.path
            new = list(self._errors.get(row, ()))
            if problem := problems.get(row):
                named = f"holds the article {self._catalogue.ids[row]!r}, which " if has_lines(document.source) else ""
                new.append(Warn(path, f"{named}{problem}"))
            document.warnings.extend(warn for warn in new if warn not in document.warnings)
