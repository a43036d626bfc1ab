"""The index folder: immutable generations beside each other, one of them current.

    INDEX/CURRENT                 the generations that are kept, the current one first
    INDEX/generations/000001/     one generation, never written again
    INDEX/building-XXXX/          a generation being written; left behind only by a killed build
    INDEX/lock, INDEX/builder     held by the build under way, and what it makes and takes away; else empty

A reader needs CURRENT alone, which is replaced in one step once the generation beside it is safe on disk: whatever
instant a build dies at, readers see the previous generation whole.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval import files
from retrieval.errors import (
    IndexDamaged,
    IndexLocked,
    IndexNotFound,
    IndexNotWritable,
    IndexUnreadable,
    NotAnIndex,
)
from retrieval.index import builder, listing
from retrieval.index.contents import (
    LOCK,
    check_parts,
    file_in_the_way,
    foreign_names,
    has_lock,
    is_own,
    made_by_builds,
    obstacle,
    remove_unless_index,
)
from retrieval.index.keeping import Keep, reasons_to_keep
from retrieval.index.listing import ListedGeneration
from retrieval.remedies import BuildIndex, beside

if TYPE_CHECKING:
    from filelock import FileLock


def listed(index: Path) -> tuple[ListedGeneration, ...]:
    """Return the generations that are kept, the current one first, then from the newest to the oldest.

    Raises IndexNotFound, IndexDamaged, IndexUnreadable.
    """
    try:
        return listing.load(index)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_found(index) from error
    except IndexDamaged as error:
        if listing.holds_generations(index):
            raise
        raise _not_found(index) from error  # anything may be called CURRENT


def _not_found(path: Path) -> IndexNotFound:
    from retrieval.articles.corpus import ENDINGS  # slow to import, with the parsers of all formats

    instead = obstacle(path)
    if instead is None:
        return IndexNotFound(path)
    is_special = path.exists() and not (path.is_file() or path.is_dir())  # a device, beside which no index belongs
    is_corpus = path.is_dir() or (path.is_file() and path.suffix.lower() in ENDINGS)
    corpus = str(path) if is_corpus else None
    place = beside(Path(path.name) if is_special else path)
    return IndexNotFound(path, instead, BuildIndex(place, corpus))


def current(index: Path) -> tuple[Path, bytes]:
    """Return the current generation's folder and the bytes of its manifest, checked."""
    generation = listed(index)[0]
    return generation.folder, generation.manifest()


def generations(index: Path) -> list[Path]:
    """Return the folders of all generations that are kept, oldest first, without those that lack a manifest."""
    try:
        newest_first = listed(index)
    except IndexNotFound:
        return []
    folders = [generation.folder for generation in reversed(newest_first)]
    return [folder for folder in folders if (folder / "manifest.json").is_file()]


def is_index(folder: Path) -> bool:
    """Return whether a build has made this folder an index, damaged or not, by its own records and not their names."""
    try:
        return bool(listed(folder))
    except IndexUnreadable:
        return True
    except (IndexNotFound, IndexDamaged):
        return listing.holds_generations(folder)


def is_part_of(index: Path) -> Callable[[Path, str], bool]:
    """Return a test of whether a name in a folder is part of this index, or of any other."""
    own = os.path.realpath(index.expanduser())
    return lambda folder, name: is_own(name) and (os.path.realpath(folder) == own or is_index(folder))


@contextmanager
def building(index: Path, wait: bool = False) -> Iterator[Path]:
    """Give a fresh folder to write a generation in, while no other build can; it is removed on leaving.

    So is all else that a build has made, where it leaves no index. Raises IndexLocked when another build is under way
    and `wait` is false, NotAnIndex, ListForeign, IndexNotWritable, IndexUnreadable.
    """
    from filelock import Timeout

    try:
        try:
            _check_use(index)
        except NotAnIndex:
            if not has_lock(index):  # checked again below, when no other build changes what is there
                raise
        check_parts(index)
        new = [path for path in made_by_builds(index) if not os.path.lexists(path)]
        lock = _locked(index, wait)
    except Timeout as error:
        raise IndexLocked(index, builder.owner(index)) from error
    except (OSError, NotImplementedError) as error:
        raise IndexNotWritable(index, _reason(error)) from error
    try:
        _check_use(index)
        listing.check_own(index)
        _clear(index)
        try:
            yield _begin(index)
        finally:
            with suppress(OSError):
                _clear(index)
    except OSError as error:
        raise IndexNotWritable(index, _reason(error)) from error
    finally:
        remove_unless_index(index, new)
        lock.release()


def publish(
    index: Path,
    folder: Path,
    manifest: bytes,
    keep: Keep | None = None,
    instead_of: ListedGeneration | None = None,
) -> Path:
    """Make the generation written in `folder` the current one; return where it now lies.

    A former one that it is `instead_of` is not kept.
    """
    files.write_new(folder / "manifest.json", manifest)
    for part in (*(folder / part for part in builder.PARTS), folder):
        if part.is_dir():
            files.sync(part)
    before = _still_there(index)
    home = index / listing.HOME
    home.mkdir(exist_ok=True)
    target = _free(home, before)
    new = ListedGeneration(target, hashlib.sha256(manifest).hexdigest())
    now = datetime.now(UTC).isoformat(timespec="seconds")
    staying = (old for old in before if old.folder.is_dir() and old != instead_of)
    former = [replace(old, replaced=old.replaced or now) for old in staying]
    builder.add(index, [new.place, *([instead_of.place] if instead_of else [])])
    folder.rename(target)
    files.sync(home)
    _list(index, [new, *former], keep or Keep())
    return target


def tidy(index: Path, keep: Keep) -> None:
    """Remove the generations that are kept no longer, while `building`."""
    before = listed(index)
    there = _still_there(index)
    if len(_within(there, keep)) < len(before):
        _list(index, there, keep)


def _locked(index: Path, wait: bool) -> FileLock:
    """Return the lock of an index, held; raises Timeout, OSError, NotImplementedError."""
    from filelock import FileLock

    while True:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / LOCK, timeout=-1 if wait else 0)
        try:
            lock.acquire()
        except FileNotFoundError:
            if index.is_dir():
                raise
            continue  # the build before has failed, and removed the folder that it had made
        return lock


def _begin(index: Path) -> Path:
    folder = index / f"building-{secrets.token_hex(8)}"
    builder.begin(index, folder.name)
    folder.mkdir()
    return folder


def _clear(index: Path) -> None:
    """Remove half a generation, one that never became current, and those that are kept no longer."""
    try:
        places: set[str] | None = {generation.place for generation in listed(index)}
    except IndexNotFound:
        places = set()
    except (IndexDamaged, IndexUnreadable):
        places = None
    builder.clear(index, places)


def _list(index: Path, newest_first: Sequence[ListedGeneration], keep: Keep) -> None:
    """Have CURRENT list these, the newest first, without those that are not to be kept.

    What it lists no longer is removed on leaving `building`.
    """
    staying = _within(newest_first, keep)
    beside = index / f"{listing.FILE}-{secrets.token_hex(8)}"
    builder.add(index, [beside.name, *(generation.place for generation in newest_first if generation not in staying)])
    files.replace(index / listing.FILE, listing.dump(staying), beside)


def _within(newest_first: Sequence[ListedGeneration], keep: Keep) -> list[ListedGeneration]:
    reasons = reasons_to_keep(newest_first, keep)
    return [generation for generation, reason in zip(newest_first, reasons, strict=True) if reason]


def _still_there(index: Path) -> list[ListedGeneration]:
    """Return the generations that are listed and were not taken away; of a damaged list those that are intact."""
    try:
        newest_first = listed(index)
    except IndexNotFound:
        return []
    except IndexDamaged:
        return listing.intact(index)
    return [generation for row, generation in enumerate(newest_first) if row == 0 or generation.folder.is_dir()]


def _free(home: Path, before: Sequence[ListedGeneration]) -> Path:
    """Return a name after all others that quoth gave, which nobody else has taken."""
    taken = {path.name for path in home.iterdir()}
    number = max((int(generation.folder.name) for generation in before), default=0) + 1
    while f"{number:06d}" in taken:
        number += 1
    return home / f"{number:06d}"


def _check_use(index: Path) -> None:
    """Raise NotAnIndex for a folder in use for something else."""
    if is_index(index):
        return
    try:
        names = foreign_names(index)
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise NotAnIndex(index, (), file_in_the_way(index)) from error
    if names:
        raise NotAnIndex(index, names)


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
