"""Files that a command writes because its user names them: whole, and never over what quoth reads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.settings import Settings
from retrieval.errors import IndexFault, InputInvalid
from retrieval.files import file_digest, write_whole
from retrieval.index import folder as folders
from retrieval.index.manifest import parse
from retrieval.paths import resolved

Source = tuple[str, Path]
"""What a sentence calls a file or folder that is read, and where that lies."""


def check_output(path: Path, settings: Settings, *sources: Source) -> None:
    """Raise InputInvalid for a file that lies in an index, or that is of the corpus or of what else is read."""
    real = resolved(path)
    for folder in real.parents:
        if folder == resolved(settings.index.path) or (os.path.isdir(folder) and folders.is_index(folder)):
            reason = f"lies in the index {folder}, where only builds write"
            raise InputInvalid(f"The file {path}", reason, "name one elsewhere")
    if not os.path.lexists(real):
        return
    for name, source in (*sources, *_sources(settings)):
        there = resolved(source)
        if real == there:
            raise InputInvalid(f"The file {path}", f"is {name} itself", "name another")
        if there in real.parents:
            reason = f"is there already, and lies in {name} {source}, where none is overwritten"
            raise InputInvalid(f"The file {path}", reason, "name one elsewhere")
    if _is_article(real, settings):
        raise InputInvalid(f"The file {path}", f"is an article of the index {settings.index.path}", "name another")


def write_output(path: Path, text: str) -> None:
    """Write a file whole, or leave what is there as it is; raises InputInvalid."""
    try:
        write_whole(path, text.encode("utf-8", errors="replace"))
    except OSError as error:
        raise InputInvalid(f"The file {path}", f"cannot be written ({error.strerror})", "name another") from error


def write_page(html: str, file: Path | None = None) -> Path:
    """Write a page to a file, a temporary one where none is named; return where it lies. Raises InputInvalid."""
    file = file or _temporary_page()
    write_output(file, html)
    return file


def _temporary_page() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="quoth-")) / "quote.html"
    except OSError as error:
        reason = f"cannot be written ({error.strerror})"
        raise InputInvalid("The page for the browser", reason, "name a file for it with --html") from error


def _is_article(file: Path, settings: Settings) -> bool:
    """Return whether the index was built from this file, or from one with the same bytes: a corpus may have moved."""
    try:
        folder, _ = folders.current(settings.index.path)
        return file.is_file() and file_digest(file).encode() in (folder / "sources.json").read_bytes()
    except (IndexFault, OSError):
        return False


def _sources(settings: Settings) -> Iterator[Source]:
    """What the settings name to be read, and the corpus that the index was built from."""
    yield "the corpus", settings.corpus.path
    if settings.file is not None:
        yield "the settings file", settings.file
    try:
        folder, manifest = folders.current(settings.index.path)
        yield "the corpus", Path(parse(manifest, folder / "manifest.json").corpus)
    except IndexFault:
        return
