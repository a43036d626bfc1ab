"""The files of a corpus and their articles: read, or taken from the generation before where nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from retrieval.articles.corpus import SourceFile
from retrieval.articles.pdf_ocr import NEEDED, missing
from retrieval.files import NewFiles
from retrieval.index.faults import damaged, unreadable
from retrieval.index.generation import Generation
from retrieval.records import Warn

SOURCES = "sources.json"
"""The file of a generation that lists the corpus' files, and the warnings of its build."""

Progress = Callable[[str, int, int], None]
"""Called with (stage, count, total) as the build goes on; the stages are read, ocr, encode, write and upload."""


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
    """A file of the corpus, and the warnings about it."""

    source: SourceFile
    warnings: list[Warn] = field(default_factory=list)
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


def load_sources(generation: Generation) -> tuple[list[ListedSource], list[Warn]]:
    """Return the corpus' files as a generation lists them, and the warnings about files that were not opened.

    Raises IndexDamaged, IndexUnreadable.
    """
    file = generation.folder / SOURCES
    try:
        content: dict[str, Any] = json.loads(generation.read_file(SOURCES))
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
