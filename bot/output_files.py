"""Files that a command writes because its user names them: whole, and over nothing but quoth's own of the same kind."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bot.chat_log.address import Place
from bot.chat_log.names import files_of
from bot.settings import Settings
from retrieval import indexes
from retrieval.articles.corpus import ENDINGS
from retrieval.errors import IndexFault, InputInvalid
from retrieval.files import open_at_once, write_whole
from retrieval.index import folder as folders
from retrieval.paths import resolved

PAGES = 20
"""The most pages for the browser that are kept."""
_PAGE_NAME = re.compile(r"[0-9a-f]{16}\.html")
_PIPES: list[int] = []
"""Descriptors of pipes that were checked, open until quoth ends: a reader takes it for the end when all are closed."""
Source = tuple[str, Path]
"""What a sentence calls a file or folder that is read, and where that lies."""


class Output(NamedTuple):
    """The files that one option of a command writes."""

    by: str
    begins: bytes = b""
    """What each of them begins with, by which it is known; empty where none is ever replaced."""


QUOTE_PAGE = Output("quoth show --html", b"<!doctype html>\n<!-- made by quoth show -->\n")
REPORT_PAGE = Output("quoth eval --html", b"<!doctype html>\n<!-- made by quoth eval -->\n")
RUN = Output("quoth eval --json", b'{"format": 1, "provenance": ')
EXPORT = Output("quoth feedback export")
"""Its lines are for a person to complete, so that an earlier file may hold somebody's work."""


def check_output(path: Path, settings: Settings, output: Output, *inputs: Source) -> None:
    """Raise InputInvalid for a file that must not be written: see `check_place` and `check_replaceable`."""
    check_place(path, settings, *inputs)
    check_replaceable(path, output)


def check_replaceable(path: Path, output: Output) -> None:
    """Raise InputInvalid for a file with content that an earlier run of the same command did not write."""
    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        return
    try:
        with path.open("rb") as file:
            beginning = file.read(max(1, len(output.begins)))
    except OSError as error:
        raise _unwritable(path, error) from error
    if beginning and not (output.begins and beginning == output.begins):
        what = f"is none that `{output.by}` wrote" if output.begins else "is there already"
        raise InputInvalid(f"The file {path}", f"{what}, and is not overwritten", "move it away, or name another")


def check_place(path: Path, settings: Settings, *inputs: Source) -> None:
    """Raise InputInvalid for a place where a command must not write.

    That is one that lies in an index, what the settings name or `inputs` says that the command
    reads, a file in a folder of these that is there already or has the ending of an article, a link that leads in a
    circle, a socket, and a pipe that nothing reads.
    """
    what, real = f"The file {path}", resolved(path)
    if os.path.islink(real):
        raise InputInvalid(what, "is a link that leads in a circle", "name another")
    _check_outside_indexes(what, real, settings)
    for name, source in (*inputs, *_sources(settings)):
        place = resolved(source)
        if real == place:
            raise InputInvalid(what, f"is {name} itself", "name another")
        if place in real.parents and os.path.lexists(real):
            reason = f"is there already, and lies in {name} {source}, where none is overwritten"
            raise InputInvalid(what, reason, "name one elsewhere")
        if place in real.parents and real.suffix.lower() in ENDINGS:
            raise InputInvalid(what, f"would lie among what quoth reads, in {name} {source}", "name one elsewhere")
    _check_is_read(what, path)


def database_files(store: Place) -> Iterator[Source]:
    """Yield the files of the Discord bot's database; one on a server has none here."""
    if isinstance(store, Path):
        for file in files_of(store):
            yield "the Discord bot's database", file


def write_output(path: Path, text: str, output: Output) -> None:
    """Write a file whole, or leave what is there as it is; raises InputInvalid."""
    check_replaceable(path, output)  # it may be there since the command began
    try:
        write_whole(path, text.encode("utf-8", errors="replace"))
    except OSError as error:
        raise _unwritable(path, error) from error


def write_page(html: str, file: Path | None = None) -> Path:
    """Write the page of a quote to a file, one for the browser where none is named; return where it lies.

    Raises InputInvalid.
    """
    file = file or _page_for_browser(html)
    write_output(file, html, QUOTE_PAGE)
    return file


def _unwritable(path: Path, error: OSError) -> InputInvalid:
    return InputInvalid(f"The file {path}", f"cannot be written ({error.strerror})", "name another")


def _page_for_browser(html: str) -> Path:
    """Return where a page is written that nobody names a file for: in the cache, which keeps the latest of them."""
    folder = _page_folder()
    file = folder / f"{hashlib.sha256(html.encode('utf-8', 'replace')).hexdigest()[:16]}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        others = [page for page in folder.iterdir() if _is_page(page) and page != file]
        for page in sorted(others, key=_written_at, reverse=True)[PAGES - 1 :]:
            page.unlink(missing_ok=True)
    except OSError as error:
        reason = f"cannot be written ({error.strerror})"
        raise InputInvalid("The page for the browser", reason, "name a file for it with --html") from error
    return file


def pages_for_browser() -> list[Path]:
    """Return the pages that were written where nobody named a file for them."""
    return sorted(file for file in _page_folder().glob("*.html") if _is_page(file))


def _page_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("quoth") / "pages"


def _is_page(file: Path) -> bool:
    return bool(_PAGE_NAME.fullmatch(file.name)) and file.is_file() and not file.is_symlink()


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # another process has removed it
        return 0.0


def _indexes(settings: Settings) -> list[Path]:
    """Return the indexes that the settings name."""
    return list(dict.fromkeys((settings.index.path, *settings.discord.collections.values())))


def _check_outside_indexes(what: str, real: Path, settings: Settings) -> None:
    indexes = set(map(resolved, _indexes(settings)))
    for folder in real.parents:
        if folder in indexes or (os.path.isdir(folder) and folders.is_index(folder)):
            raise InputInvalid(what, f"lies in the index {folder}, where only builds write", "name one elsewhere")


def _check_is_read(what: str, path: Path) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return
    try:
        _PIPES.append(open_at_once(path))
    except OSError as error:
        remedy = "start what reads it first, or name another"
        raise InputInvalid(what, f"cannot be written ({error.strerror})", remedy) from error


def _corpus(index: Path) -> Path | None:
    """Return what an index was built from; None where that cannot be read."""
    try:
        return Path(indexes.manifest(index).corpus)
    except IndexFault:
        return None


def _sources(settings: Settings) -> Iterator[Source]:
    """Yield what the settings name, and the corpora that the indexes were built from."""
    if settings.file is not None:
        yield "the settings file", settings.file
    yield from (("the corpus", corpus) for index in _indexes(settings) if (corpus := _corpus(index)))
    yield "the corpus", settings.corpus.path
    yield from (("the source", Path(each.address)) for each in settings.corpus.sources if each.kind == "folder")
    yield from (("the index", index) for index in _indexes(settings))
    yield "the cache of models", settings.model_cache()
    for name, model in (("the model", settings.model.name), ("the reranker", settings.answer.reranker)):
        if model is not None and os.path.isdir(os.path.expanduser(model)):
            yield name, Path(os.path.expanduser(model))
    if settings.discord.token_file is not None:
        yield "the file of the Discord token", settings.discord.token_file
    yield from database_files(settings.chat_database())
