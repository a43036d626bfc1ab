"""A folder, or one file -> its files that hold articles, and those articles."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from retrieval.articles.conversion import CONVERTERS, Converter
from retrieval.articles.facts import NAMES
from retrieval.articles.folder_defaults import Folders, Known
from retrieval.articles.jsonl import FileChangedError, cut_lines, give_ids, read_lines
from retrieval.articles.metadata import BARE, Metadata, completed, id_among_sources
from retrieval.articles.text_files import read_text
from retrieval.articles.walk import LeaveOut, files_below, why_unreadable
from retrieval.errors import CorpusNotFound, CorpusUnreadable, QuothError
from retrieval.paths import cited_path
from retrieval.records import Article, Warn
from retrieval.settings import MetadataSettings

TEXTS = frozenset({".txt", ".md", ".markdown", ".mdx"})
ENDINGS = frozenset({*TEXTS, *CONVERTERS, ".jsonl"})
LARGEST = 64 * 2**20
"""Bytes of the largest file that is read whole."""
LARGEST_JSONL = 16 * 2**30
"""Bytes of the largest JSONL corpus, which is read line by line."""

LINES = 2**22
"""Bytes of a JSONL corpus that are read at a time."""
EMPTY = "is empty"
CHANGED = "changed while it was read: index again"

NOT_UTF8 = "has a name that is not UTF-8: it is cited by this one, which is escaped"
OTHER_HAS_NAME = "has a name that is not UTF-8, and another file has this one, which is escaped: rename it"

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # without a handler of the front end's, nothing is printed


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus, as it was when the corpus was scanned."""

    path: str
    """Below the corpus folder, with `/` between parts; the file's name where the corpus is one file.

    Escaped where it is not UTF-8; no other file has the same."""
    file: Path
    sha256: str
    size: int
    metadata: Metadata = BARE
    """What is known of its articles besides."""

    @property
    def metadata_digest(self) -> str:
        """What changes exactly when its articles change though its bytes are the same; "" for most files."""
        return self.metadata.digest(self.path)


def scan(
    corpus: Path, leave_out: LeaveOut = lambda folder, name: False, fields: MetadataSettings = NAMES
) -> tuple[list[SourceFile], list[Warn]]:
    """List the files to index, sorted by path, and what is skipped.

    `leave_out` returns whether a name in a folder is to be left out; `fields` are those of front matter.
    Raises CorpusNotFound and CorpusUnreadable for the corpus itself; a file that cannot be used is a warning.
    """
    try:
        root = corpus.resolve(strict=True)
        if not root.is_file():
            os.listdir(root)
    except FileNotFoundError:
        raise CorpusNotFound(corpus) from None
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        raise CorpusUnreadable(corpus, getattr(error, "strerror", None) or str(error)) from None
    files = [(corpus, corpus.name)] if root.is_file() else list(files_below(root, leave_out))
    names = {name for _, name in files}
    folders = Folders(root, fields)
    sources: list[SourceFile] = []
    warns: list[Warn] = []
    for file, name in files:
        source = file if isinstance(file, Warn) else _source(file, cited_path(name), folders.of(name))
        if isinstance(source, Warn):
            warns.append(source)
        elif source.path == name:
            sources.append(source)
        elif source.path in names:
            warns.append(Warn(source.path, OTHER_HAS_NAME))
        else:
            sources.append(source)
            warns.append(Warn(source.path, NOT_UTF8, skipped=False))
    return sorted(sources, key=lambda source: source.path), sorted(
        [*warns, *folders.warnings], key=lambda warn: warn.path
    )


def scan_as(
    file: Path, path: str, corpus: Path, fields: MetadataSettings = NAMES
) -> tuple[list[SourceFile], list[Warn]]:
    """Return a file as `scan` will list it once it has a path below a corpus, or the warning that it will skip it."""
    source = _source(file, path, Folders(corpus.resolve(), fields).of(path))
    return ([], [source]) if isinstance(source, Warn) else ([source], [])


def digest(sources: Sequence[SourceFile]) -> str:
    """Return the SHA-256 over the paths and digests of a corpus' files, and what is known of them besides."""
    listed = "".join(f"{source.sha256}{source.metadata_digest}  {source.path}\n" for source in sources)
    return hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Unit:
    """What is read at a time: a file, or lines of a JSONL file."""

    source: SourceFile
    first: int = 0
    """Number of the first of the lines."""
    lines: bytes = b""
    is_whole: bool = True
    """Whether this is all of the file."""
    data: bytes | None = None
    """The bytes of the file, where it is read elsewhere than it lies."""


@dataclass(frozen=True, slots=True)
class Part:
    """An article of a unit."""

    article: Article
    position: int
    """Its place in its file: the number of its line, if that has lines."""
    own_id: str
    """What it calls itself, or is called by its path: an article of lines that have the same id gets another."""


@dataclass(frozen=True, slots=True)
class UnitRead:
    """What was read of a unit."""

    parts: list[Part]
    warnings: list[Warn]
    undated: list[Warn]
    """Those about what the articles say of themselves, which come behind all others of their file."""


def units(source: SourceFile) -> Iterator[Unit]:
    """Yield the units of a file, in order; raises FileChangedError and OSError."""
    if not has_lines(source):
        yield Unit(source)
        return
    parts = cut_lines(source.file, source.sha256, LINES)
    before = next(parts, None)
    is_whole = True
    while before is not None:
        following = next(parts, None)
        is_whole = is_whole and following is None
        yield Unit(source, *before, is_whole=is_whole)
        before = following


def with_data(unit: Unit) -> Unit:
    """Return a unit with the bytes of its file, unless it has lines; raises FileChangedError and OSError."""
    return unit if unit.first else replace(unit, data=_data(unit.source))


def read_unit(unit: Unit, converter: Converter) -> UnitRead:
    """Read the articles of a unit, with their languages and dates; what cannot be used is a warning, never an error.

    Raises ConverterNotStarted, TemporaryFilesUnusable.
    """
    source = unit.source
    try:
        if unit.first:
            articles, warnings = read_lines(unit.lines, unit.first, source.path, source.metadata)
        else:
            whole, warnings = _read(unit, converter)
            articles = dict(enumerate(whole))
    except (MemoryError, QuothError):
        raise
    except Exception as error:  # noqa: BLE001 - one document never ends the build
        return UnitRead([], [unforeseen(source.path, error)], [])
    is_alone = len(articles) == 1 and unit.is_whole
    complete, undated = completed(list(articles.values()), source.metadata, is_alone=is_alone)
    parts = [
        Part(article, position, own.id) for article, (position, own) in zip(complete, articles.items(), strict=True)
    ]
    return UnitRead(parts, warnings, undated)


def settled(
    source: SourceFile, own: Mapping[int, tuple[str, str, str]], warnings: Sequence[Warn], undated: Sequence[Warn]
) -> tuple[dict[int, str], list[Warn]]:
    """Return the ids of a file's articles by their places in it, and all warnings about it, in order.

    Lines that repeat one get none. `own` are by the place of an article the id that it has (of its own), its digest,
    and the id that it was read with.
    """
    if not has_lines(source):
        return {place: id_ for place, (_, _, id_) in own.items()}, [*warnings, *undated]
    given, renamed = give_ids({place: (own_id, sha256) for place, (own_id, sha256, _) in own.items()}, source.path)
    ids = {
        place: own[place][2] if id_ == own[place][0] else id_among_sources(id_, source.path, source.metadata)
        for place, id_ in given.items()
    }
    every = [*warnings, *renamed, *undated]
    return ids, every if own or every else [Warn(source.path, EMPTY)]


def read(source: SourceFile, converter: Converter | None = None) -> tuple[list[Article], list[Warn]]:
    """Read a file's articles, with their languages and dates; a file that cannot be used is a warning, never an error.

    `converter`, or one for this file alone, reads what is to be converted. Raises ConverterNotStarted.
    """
    if converter is None:
        with Converter() as converter:
            return read(source, converter)
    try:
        readings = [read_unit(unit, converter) for unit in units(source)]
    except (OSError, FileChangedError) as error:
        return [], [unreadable(source, error)]
    warnings = [warn for reading in readings for warn in reading.warnings]
    undated = [warn for reading in readings for warn in reading.undated]
    parts = [part for reading in readings for part in reading.parts]
    own = {part.position: (part.own_id, part.article.sha256, part.article.id) for part in parts}
    ids, every = settled(source, own, warnings, undated)
    return [replace(part.article, id=ids[part.position]) for part in parts if part.position in ids], every


def has_lines(source: SourceFile) -> bool:
    """Return whether a file is read line by line."""
    return source.file.suffix.lower() == ".jsonl"


def unreadable(source: SourceFile, error: OSError | FileChangedError) -> Warn:
    """Return the warning for a file that cannot be read now."""
    if isinstance(error, FileNotFoundError):
        return Warn(source.path, "vanished while the corpus was read", retry=True)
    return Warn(source.path, why_unreadable(error) if isinstance(error, OSError) else CHANGED, retry=True)


def _data(source: SourceFile) -> bytes:
    with source.file.open("rb") as opened:
        data = opened.read(source.size + 1)
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise FileChangedError
    return data


def _read(unit: Unit, converter: Converter) -> tuple[list[Article], list[Warn]]:
    source, ending = unit.source, unit.source.file.suffix.lower()
    try:
        data = _data(source) if unit.data is None else unit.data
        if ending in TEXTS:
            return read_text(data, source.path, source.sha256, source.metadata)
        return converter.read(ending, data, source.path, source.sha256)
    except (OSError, FileChangedError) as error:
        return [], [unreadable(source, error)]


def unforeseen(path: str, error: Exception) -> Warn:
    """Return the warning for a document that met an unforeseen error; the log gets the rest."""
    _LOG.error("%s met an error that nobody foresaw", path, exc_info=error)
    return Warn(
        path, f"cannot be read ({type(error).__name__}, which should not have happened: the log has more)", retry=True
    )


def _source(file: Path, path: str, known: Known) -> SourceFile | Warn:
    """Return a file with its digest, or the warning that it is skipped."""
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        named = ending or "no ending"
        return Warn(path, f"is of a format that is not read ({named})", unread=named)
    limit = LARGEST_JSONL if ending == ".jsonl" else LARGEST
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):  # opening a pipe would wait for ever
            return Warn(path, "is not a regular file")
        if about.st_size == 0:
            return Warn(path, EMPTY)
        if about.st_size > limit:
            return Warn(path, f"is larger than {limit >> 20} MiB")
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            return SourceFile(path, file, digest, opened.tell(), Metadata(known.names, known.defaults, known.fetched))
    except OSError as error:
        return Warn(path, why_unreadable(error), retry=True)
