"""The files of a corpus and their articles: read, or taken from the generation before where nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from retrieval.articles.conversion import Converter
from retrieval.articles.corpus import SourceFile, read
from retrieval.articles.pdf_ocr import NEEDED, missing
from retrieval.files import NewFiles
from retrieval.index.faults import damaged, unreadable
from retrieval.index.generation import Generation
from retrieval.records import Article, Warn
from retrieval.regular_files import read_regular

SOURCES = "sources.json"
"""The file of a generation that lists the corpus' files, and the warnings of its build."""

Progress = Callable[[str, int, int], None]
"""Called with (stage, count, total) as the build goes on; the stages are read, ocr, split, encode and write."""


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A file of the generation before, with the warnings about it."""

    path: str
    sha256: str
    metadata_digest: str
    """What was known of its articles besides its bytes."""
    warnings: list[Warn]
    renamed: list[Warn]
    """About its articles that were given other ids."""

    @property
    def all_warnings(self) -> list[Warn]:
        """All warnings about it."""
        return [*self.warnings, *self.renamed]

    @property
    def is_readable_now(self) -> bool:
        """Whether more of it can be read than then, by what is installed now."""
        return any(warn.needs == NEEDED for warn in self.warnings) and not missing()


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the corpus with its articles, and the warnings about it."""

    source: SourceFile
    articles: list[Article]
    warnings: list[Warn]
    renamed: list[Warn] = field(default_factory=list)
    """About its articles that were given other ids."""

    @property
    def all_warnings(self) -> list[Warn]:
        """All warnings about it."""
        return [*self.warnings, *self.renamed]

    @property
    def retry(self) -> bool:
        """Whether it could not be read this time."""
        return any(warn.retry for warn in self.warnings)


def gather(sources: Sequence[SourceFile], before: Generation | None, progress: Progress) -> list[Document]:
    """Return each file's articles and warnings: from the generation before where nothing changed, else read."""
    unchanged: dict[tuple[str, str, str], ListedSource] = {}
    stored: dict[str, list[Article]] = {}
    if before is not None:
        # A file whose articles were given other ids is read again: they may not need them any more.
        same = (listed for listed in load_sources(before)[0] if not listed.renamed)
        unchanged = {(listed.path, listed.sha256, listed.metadata_digest): listed for listed in same}
        for article in before.articles():
            stored.setdefault(article.path or "", []).append(article)
    documents = []
    with Converter(pages=lambda count, total: progress("ocr", count, total)) as converter:
        for row, source in enumerate(sources):
            progress("read", row, len(sources))
            known = unchanged.get((source.path, source.sha256, source.metadata_digest))
            if known is None or known.is_readable_now:
                articles, warnings = read(source, converter)
            else:
                articles, warnings = stored.get(source.path, []), known.warnings
            documents.append(Document(source, articles, warnings))
    progress("read", len(sources), len(sources))
    return documents


def by_id(documents: Sequence[Document]) -> list[Article]:
    """Return all articles by id. Of two with the same id the later gets another, with a warning about its file."""
    claimed = {article.id for document in documents for article in document.articles}
    articles: dict[str, Article] = {}
    numbers: dict[str, int] = {}
    for document in documents:
        for article in document.articles:
            id_ = article.id
            while id_ in articles or (id_ != article.id and id_ in claimed):
                numbers[article.id] = numbers.get(article.id, 1) + 1
                id_ = f"{article.id}-{numbers[article.id]}"
            if id_ != article.id:
                reason = f"has the id {article.id!r}, as {articles[article.id].path} has: it is given the id {id_!r}"
                document.renamed.append(Warn(document.source.path, reason, skipped=False))
            articles[id_] = replace(article, id=id_)
    return [articles[id_] for id_ in sorted(articles)]


def load_sources(generation: Generation) -> tuple[list[ListedSource], list[Warn]]:
    """Return the corpus' files as a generation lists them, and the warnings about files that were not opened.

    Raises IndexDamaged, IndexUnreadable.
    """
    file = generation.folder / SOURCES
    try:
        content: dict[str, Any] = json.loads(read_regular(file))
        sources = [
            ListedSource(
                entry["path"],
                entry["sha256"],
                entry["metadata"],
                [Warn(**warn) for warn in entry["warnings"]],
                [Warn(**warn) for warn in entry["renamed"]],
            )
            for entry in content["files"]
        ]
        return sources, [Warn(**warn) for warn in content["unopened"]]
    except OSError as error:
        raise unreadable(file, error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(file, "it lists no files") from error


def warnings_of(generation: Generation) -> tuple[Warn, ...]:
    """Return the warnings of the build that made a generation; raises IndexDamaged, IndexUnreadable."""
    sources, unopened = load_sources(generation)
    return (*unopened, *(warn for source in sources for warn in source.all_warnings))


def save_sources(files: NewFiles, documents: Sequence[Document], unopened: Sequence[Warn]) -> None:
    """Write the list of the corpus' files, and the warnings about those not opened, to a new generation."""
    entries = [
        {
            "path": document.source.path,
            "sha256": document.source.sha256,
            "metadata": document.source.metadata_digest,
            "warnings": [asdict(warn) for warn in document.warnings],
            "renamed": [asdict(warn) for warn in document.renamed],
        }
        for document in documents
    ]
    content = {"files": entries, "unopened": [asdict(warn) for warn in unopened]}
    files.write(SOURCES, json.dumps(content, indent=1).encode("ascii"))
