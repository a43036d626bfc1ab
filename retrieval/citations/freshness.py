"""Whether the files that articles were read from are still what was indexed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from retrieval.files import file_digest
from retrieval.index.generation import Generation
from retrieval.records import Article

LARGEST = 64 << 20
"""Bytes of the largest file that is read to tell whether it changed: an answer does not wait for more."""

State = Literal["changed", "gone"]


@dataclass(frozen=True, slots=True)
class OutdatedFile:
    """A file that is not what was indexed."""

    path: str
    """Below the corpus; that of the corpus itself where all of it is gone."""
    state: State


def outdated_files(generation: Generation, articles: Iterable[str]) -> tuple[OutdatedFile, ...]:
    """Return which files of the articles with these ids changed, or are gone, since they were indexed.

    What cannot be told is left out: a file that cannot be read, a large one, and one that holds several articles.
    """
    rows = [row for row in map(generation.row_of, dict.fromkeys(articles)) if row is not None]
    corpus = generation.manifest.corpus
    if rows and _is_gone(Path(corpus)):
        return (OutdatedFile(corpus, "gone"),)
    states = {article.path: _state_of(generation, article) for article in map(generation.article, rows)}
    return tuple(OutdatedFile(path, state) for path, state in states.items() if path and state)


def _state_of(generation: Generation, article: Article) -> State | None:
    """Return what became of an article's file since it was indexed; None where it is the same, or that is not known."""
    if article.path is None:
        return None
    corpus = Path(generation.manifest.corpus)
    file = corpus if corpus.is_file() else corpus / article.path
    if _is_gone(file):
        # The path of a name that is not UTF-8 is escaped, and none that can be looked up.
        return None if "\\" in article.path else "gone"
    try:
        if _has_own_digest(article) or not file.is_file() or file.stat().st_size > LARGEST:
            return None
        return "changed" if file_digest(file) != article.sha256 else None
    except OSError:
        return None


def _is_gone(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _has_own_digest(article: Article) -> bool:
    """Return whether an article's digest is not that of its file, which holds other articles too."""
    is_line = (article.path or "").endswith(".jsonl")
    return is_line or (article.converted and sha256(article.text.encode()).hexdigest() == article.sha256)
