"""What quoth has left on disk, how much space it takes, and what keeps it: for `quoth gc`.

Only what quoth's own records, names and markers show to be its own is listed at all, and so can ever be removed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot import evaluation_cache
from bot.chat_log.names import files_of, replaced
from bot.output_files import QUOTE_PAGE, pages_for_browser
from bot.processes import is_read, read_places
from bot.settings import Settings
from retrieval import builds, indexes
from retrieval.answering import tuned_reader
from retrieval.encoding import export_folder
from retrieval.errors import IndexFault, IndexNotFound
from retrieval.index import builder, folder
from retrieval.index.contents import is_locked
from retrieval.index.journal import journal_files, remove_journals
from retrieval.index.keeping import Keep, reasons_to_keep
from retrieval.index_address import is_address
from retrieval.regular_files import read_regular

DAY = 86_400.0
_PAGE_FOLDER = re.compile(r"quoth-[a-z0-9_]{8}")
"""What earlier versions called the folder in which each page for the browser lay."""
_PAGE = "quote.html"
_PAGE_BEGINS = b"<!doctype html>"
_DATABASE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that quoth wrote."""

    what: str
    place: Path
    size: int
    keeper: str | None
    """Why it stays; None where it can go."""
    remove: Callable[[], None]
    is_cache: bool = False
    """Whether it is made again when it is needed, and so goes only when that is asked for."""


def leftovers(settings: Settings, *, caches: bool) -> list[Leftover]:
    """Return all that quoth has left in the places that the settings name; with `caches` these can go, too.

    Raises IndexFault for an index whose list of generations cannot be read.
    """
    places = read_places()
    items = [
        *(part for index in _indexes(settings) for part in _of_index(index, settings, places)),
        *_copies(settings),
        *_databases(settings),
        *_models(settings, places),
        *_evaluations(places),
        *_pages(places),
    ]
    return items if caches else [_staying(item) for item in items]


def size_of(path: Path) -> int:
    """Return how many bytes the files of a folder have, or one file; links are not followed."""
    if not path.is_dir() or path.is_symlink():
        return path.lstat().st_size if os.path.lexists(path) else 0
    return sum(os.lstat(os.path.join(root, name)).st_size for root, _, names in os.walk(path) for name in names)


def _staying(item: Leftover) -> Leftover:
    return replace(item, keeper="a cache: --caches removes it") if item.is_cache and item.keeper is None else item


def _indexes(settings: Settings) -> list[Path]:
    return list(dict.fromkeys((settings.index.path, *settings.discord.collections.values())))


def _of_index(index: Path, settings: Settings, places: frozenset[str]) -> Iterator[Leftover]:
    if is_address(index):  # what its builds leave, the next one removes
        return
    try:
        listed = folder.listed(index)
    except IndexNotFound:
        listed = ()
    used = frozenset(generation.folder.name for generation in listed if is_read(generation.folder, places))
    keep = Keep(settings.index.keep, settings.index.keep_days, used)
    collect = partial(_collect, index, keep)
    for generation, keeper in zip(listed, reasons_to_keep(listed, keep), strict=True):
        what = f"former generation, replaced {generation.replaced[:10]}" if generation.replaced else "generation"
        yield Leftover(what, generation.folder, size_of(generation.folder), keeper, collect)
    names = {generation.place for generation in listed}
    for name in dict.fromkeys(builder.named(index)):
        if name not in names and os.path.lexists(index / name):
            what, keeper = "left by a build that was killed", _build_under_way(index)
            yield Leftover(what, index / name, size_of(index / name), keeper, collect)
    for file in journal_files(index):
        what, remove = "kept by a build that was ended, for the next one", partial(_remove_journals, index)
        yield Leftover(what, file, size_of(file), _build_under_way(index), remove, is_cache=True)
    if reader := tuned_reader.spare(index):
        keeper = "a process reads it" if is_read(reader, places) else None
        remove = partial(tuned_reader.remove_spare, index)
        yield Leftover("a former tuned reader", reader, size_of(reader), keeper, remove)


def _copies(settings: Settings) -> Iterator[Leftover]:
    """Yield the folders in which indexes on servers are built, those of indexes that no setting names too."""
    named = {builds.folder_of(index, settings.model_cache()): index for index in _indexes(settings)}
    for copy in builds.copies_in(settings.model_cache()):
        what = f"the copy that {named.get(copy, 'an index on a server')} is built in"
        yield Leftover(what, copy, size_of(copy), _build_under_way(copy), partial(shutil.rmtree, copy), is_cache=True)


def _build_under_way(index: Path) -> str | None:
    return "a build is under way" if is_locked(index) else None


def _collect(index: Path, keep: Keep) -> None:
    """Remove all that an index does not keep; raises IndexFault."""
    with folder.building(index):  # which clears what killed builds left
        if folder.generations(index):
            folder.tidy(index, keep)


def _remove_journals(index: Path) -> None:
    """Remove what the next build would go on from; raises IndexFault."""
    with folder.building(index):
        remove_journals(index)


def _databases(settings: Settings) -> Iterator[Leftover]:
    """Yield the databases that `quoth store restore` has replaced: after a time they hold what nobody may keep."""
    store, days = settings.chat_database(), settings.discord.retention_days
    if not isinstance(store, Path):
        return
    for path, moment in replaced(store):
        if path.is_symlink() or not _begins(path, _DATABASE):
            continue
        age = (datetime.now() - moment).total_seconds() / DAY
        keeper = f"replaced less than {days:g} days ago" if age < days else None
        files = files_of(path)
        yield Leftover("a database that was replaced", path, sum(map(size_of, files)), keeper, partial(_unlink, files))


def _models(settings: Settings, places: frozenset[str]) -> Iterator[Leftover]:
    encoders = settings.model_cache() / "encoders"
    needed = {export_folder.encoder_folder(digest, settings.model_cache()) for digest in _encoders(settings)}
    for path in sorted(encoders.glob("*")):
        if export_folder.is_unfinished(path):
            keeper = "an export is under way" if is_read(path, places) else None
            remove = partial(export_folder.remove, path)
            yield Leftover("left by an export that was killed", path, size_of(path), keeper, remove)
        elif export_folder.is_own(path):
            current = export_folder.is_of_this_format(path)
            keeper = "an index needs it" if path in needed else "a process reads it" if is_read(path, places) else None
            what = f"the exported model {_model_name(path)}{'' if current else ', of an earlier version of quoth'}"
            yield Leftover(what, path, size_of(path), keeper, partial(export_folder.remove, path), is_cache=current)


def _model_name(folder: Path) -> str:
    try:
        return str(json.loads(read_regular(folder / "encoder.json"))["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return "whose name cannot be read"


def _encoders(settings: Settings) -> Iterator[str]:
    """Yield the digests of the encoders of all indexes that the settings name."""
    for index in _indexes(settings):
        try:
            yield indexes.manifest(index).encoder.digest
        except IndexFault:
            continue


def _evaluations(places: frozenset[str]) -> Iterator[Leftover]:
    for path in evaluation_cache.own_folders():
        keeper = "a process reads it" if is_read(path, places) else None
        remove = partial(shutil.rmtree, path)
        yield Leftover("articles or an index of an evaluation", path, size_of(path), keeper, remove, is_cache=True)


def _pages(places: frozenset[str]) -> Iterator[Leftover]:
    """Yield the pages for the browser: those in the cache, and what earlier versions left among temporary files."""
    for page in pages_for_browser():
        if _begins(page, QUOTE_PAGE.begins):
            remove = partial(_unlink, [page])
            yield Leftover("a page for the browser", page, size_of(page), _keeper(page, places), remove)
    for path in sorted(Path(tempfile.gettempdir()).glob("quoth-*")):
        if not _is_page_folder(path):
            continue
        remove = partial(_remove_page, path)
        yield Leftover("a page for the browser", path, size_of(path), _keeper(path, places), remove)


def _keeper(page: Path, places: frozenset[str]) -> str | None:
    if is_read(page, places):
        return "a process reads it"
    return "less than a day old" if time.time() - page.lstat().st_mtime < DAY else None


def _is_page_folder(path: Path) -> bool:
    try:
        if (
            not _PAGE_FOLDER.fullmatch(path.name)
            or path.is_symlink()
            or path.lstat().st_uid != Path.home().stat().st_uid
        ):
            return False
        return os.listdir(path) == [_PAGE] and _begins(path / _PAGE, _PAGE_BEGINS)
    except OSError:
        return False


def _remove_page(path: Path) -> None:
    (path / _PAGE).unlink(missing_ok=True)
    path.rmdir()


def _begins(file: Path, beginning: bytes) -> bool:
    try:
        if file.is_symlink() or not file.is_file():
            return False
        with file.open("rb") as stream:
            return stream.read(len(beginning)) == beginning
    except OSError:
        return False


def _unlink(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
