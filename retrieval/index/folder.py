"""The index folder: immutable generations beside each other, one of them current.

    INDEX/CURRENT                 the generations that are kept, the current one first
    INDEX/generations/000001/     one generation, never written again
    INDEX/building-XXXX/          a generation being written; left behind only by a killed build
    INDEX/lock, INDEX/builder     held by the build under way, and what it makes and takes away; else empty

A line of CURRENT has a generation's name, SHA-256 of its manifest and, of a former one, when it was replaced; the last
line is a checksum of those above. A reader needs CURRENT alone, which is replaced in one step once the generation
beside it is safe on disk: whatever instant a build dies at, readers see the previous generation whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from retrieval.errors import (
    GenerationMissing,
    IndexDamaged,
    IndexLocked,
    IndexNotFound,
    IndexNotWritable,
    IndexUnreadable,
    NotAnIndex,
    holding,
    unreadable,
)
from retrieval.files import replace, sync, write_new
from retrieval.index import builder
from retrieval.index.manifest import is_manifest
from retrieval.sealed import seal_lines, unseal_lines

_KEPT = re.compile(r"(?P<name>\d{6,}) (?P<digest>[0-9a-f]{64})(?: (?P<replaced>\S+))?")
INDEXED = ("CURRENT", "generations")
"""What an index has, one of the two at least."""
_OWN = frozenset({*INDEXED, "lock", builder.FILE, "calibration.json", "calibration.lock", "calibrated"})


@dataclass(frozen=True, slots=True)
class Keep:
    """How long a generation is kept once another is current."""

    generations: int = 1
    """So many of the latest former ones, however old."""
    days: float = 0.0
    """And each for so many days after it was replaced."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A generation that CURRENT lists."""

    folder: Path
    digest: str
    """SHA-256 of its manifest."""
    replaced: str | None = None
    """When another became current, ISO 8601 in UTC; None for the current one."""

    def manifest(self) -> bytes:
        """The bytes of its manifest, checked; raises GenerationMissing, IndexDamaged, IndexUnreadable."""
        file, home = self.folder / "manifest.json", self.folder.parent
        try:
            manifest = file.read_bytes()
        except FileNotFoundError as error:
            if self.folder.is_dir():
                raise unreadable(file, error) from error
            raise GenerationMissing(home.parent, self.folder.name, self.folder if home.is_dir() else home) from error
        except OSError as error:
            raise unreadable(file, error) from error
        if hashlib.sha256(manifest).hexdigest() != self.digest:
            raise IndexDamaged(file, "its checksum differs")
        return manifest


def listed(index: Path) -> tuple[Kept, ...]:
    """The generations that are kept, the current one first, then from the newest to the oldest.

    Raises IndexNotFound, IndexDamaged, IndexUnreadable.
    """
    try:
        return _listed(index)
    except IndexDamaged as error:
        if _holds_generations(index):
            raise
        raise IndexNotFound(index, _in_the_way(index)) from error  # anything may be called CURRENT


def _listed(index: Path) -> tuple[Kept, ...]:
    file = index / "CURRENT"
    try:
        if file.is_fifo():  # to open it would wait for ever
            raise IndexDamaged(file, "it is a pipe")
        lines = unseal_lines(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexNotFound(index, _in_the_way(index)) from error
    except OSError as error:
        raise unreadable(file, error) from error
    except ValueError as error:
        raise IndexDamaged(file, str(error)) from error
    kept = [_kept(index, line) for line in lines]
    if (
        not kept
        or None in kept
        or any((one.replaced is None) != (row == 0) for row, one in enumerate(filter(None, kept)))
    ):
        raise IndexDamaged(file, "it names no generation")
    return tuple(filter(None, kept))


def _kept(index: Path, line: str) -> Kept | None:
    found = _KEPT.fullmatch(line)
    return Kept(index / "generations" / found["name"], found["digest"], found["replaced"]) if found else None


def current(index: Path) -> tuple[Path, bytes]:
    """The current generation's folder and the bytes of its manifest, checked."""
    kept = listed(index)[0]
    return kept.folder, kept.manifest()


def generations(index: Path) -> list[Path]:
    """Folders of all generations that are kept, oldest first; those without a manifest are as good as gone."""
    try:
        kept = listed(index)
    except IndexNotFound:
        return []
    return [one.folder for one in reversed(kept) if (one.folder / "manifest.json").is_file()]


def is_own(name: str) -> bool:
    """Whether a thing of this name in an index's folder is the index's."""
    return name in _OWN or bool(builder.MADE.fullmatch(name))


def is_index(folder: Path) -> bool:
    """Whether a build has made this folder an index, damaged or not: its own records say so, not their names."""
    try:
        return bool(listed(folder))
    except IndexUnreadable:
        return True
    except (IndexNotFound, IndexDamaged):
        return _holds_generations(folder)


def _holds_generations(folder: Path) -> bool:
    return bool(_told_rightly(folder)) or any(map(_is_generation, (folder / "generations").glob("[0-9]*")))


def _is_generation(folder: Path) -> bool:
    file = folder / "manifest.json"
    try:
        return file.is_file() and is_manifest(file.read_bytes())
    except OSError:
        return False


def is_part_of(index: Path) -> Callable[[Path, str], bool]:
    """Return what tells of a folder and a name in it whether that is part of this index, or of any other."""
    own = os.path.realpath(index.expanduser())
    return lambda folder, name: is_own(name) and (os.path.realpath(folder) == own or is_index(folder))


def _in_the_way(index: Path) -> str | None:
    """What keeps an index from being built in a folder; None where nothing does."""
    if index.is_symlink() and not index.exists():
        return "it is a link that leads nowhere"
    try:
        others = [] if _holds_generations(index) else _others(index)
    except NotADirectoryError:
        return "it is a file, or lies below one"
    except OSError:
        return None
    return holding(others) if others else None


@contextmanager
def building(index: Path, wait: bool = False) -> Iterator[Path]:
    """A fresh folder to write a generation in, while no other build can; removed on leaving.

    Raises IndexLocked when another build is under way and `wait` is false, NotAnIndex, IndexNotWritable.
    """
    from filelock import FileLock, Timeout

    try:
        try:
            _check_use(index)
        except NotAnIndex:
            if not _is_locked(index):  # looked at once more when no other build changes what is there
                raise
        _check_parts(index)
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / "lock", timeout=-1 if wait else 0)
        lock.acquire()
    except Timeout as error:
        raise IndexLocked(index, builder.owner(index)) from error
    except (OSError, NotImplementedError) as error:
        raise IndexNotWritable(index, _reason(error)) from error
    try:
        _check_use(index)
        _clear(index)
        try:
            yield _begin(index)
        finally:
            with suppress(OSError):
                _clear(index)
    except OSError as error:
        raise IndexNotWritable(index, _reason(error)) from error
    finally:
        lock.release()


def _begin(index: Path) -> Path:
    folder = index / f"building-{secrets.token_hex(8)}"
    builder.begin(index, folder.name)
    folder.mkdir()
    return folder


def _clear(index: Path) -> None:
    """Remove half a generation, one that never became current, and those that are kept no longer."""
    try:
        kept: set[str] | None = {f"generations/{one.folder.name}" for one in listed(index)}
    except IndexNotFound:
        kept = set()
    except (IndexDamaged, IndexUnreadable):
        kept = None
    builder.clear(index, kept)


def publish(index: Path, folder: Path, manifest: bytes, keep: Keep | None = None) -> Path:
    """Make the generation written in `folder` the current one; returns where it now lies."""
    write_new(folder / "manifest.json", manifest)
    for part in (*(folder / part for part in builder.PARTS), folder):
        if part.is_dir():
            sync(part)
    before = _still_there(index)
    home = index / "generations"
    home.mkdir(exist_ok=True)
    target = _free(home, before)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [Kept(target, hashlib.sha256(manifest).hexdigest())]
    lines += [Kept(one.folder, one.digest, one.replaced or now) for one in before if one.folder.is_dir()]
    builder.add(index, [f"generations/{target.name}"])
    folder.rename(target)
    sync(home)
    _list(index, lines, keep or Keep())
    return target


def tidy(index: Path, keep: Keep) -> None:
    """Remove the generations that are kept no longer, while `building`."""
    before = listed(index)
    there = _still_there(index)
    if len(_within(there, keep)) < len(before):
        _list(index, there, keep)


def _list(index: Path, lines: Sequence[Kept], keep: Keep) -> None:
    """Have CURRENT list these, the newest first, without those that are not to be kept.

    What it lists no longer is removed on leaving `building`.
    """
    kept = _within(lines, keep)
    beside = index / f"CURRENT-{secrets.token_hex(8)}"
    builder.add(index, [beside.name, *(f"generations/{one.folder.name}" for one in lines if one not in kept)])
    said = [f"{one.folder.name} {one.digest}{f' {one.replaced}' if one.replaced else ''}" for one in kept]
    replace(index / "CURRENT", seal_lines(said), beside)


def _within(lines: Sequence[Kept], keep: Keep) -> list[Kept]:
    since = datetime.now(UTC) - timedelta(days=keep.days)
    return [one for row, one in enumerate(lines) if row <= keep.generations or _after(one.replaced, since)]


def _after(replaced: str | None, since: datetime) -> bool:
    try:
        return replaced is None or datetime.fromisoformat(replaced) > since
    except (ValueError, TypeError):  # a time that nobody can tell is not over
        return True


def _still_there(index: Path) -> list[Kept]:
    """The generations that are listed and were not taken away; of a damaged list those that it tells rightly."""
    try:
        kept = listed(index)
    except IndexNotFound:
        return []
    except IndexDamaged:
        return _told_rightly(index)
    return [one for row, one in enumerate(kept) if row == 0 or one.folder.is_dir()]


def _told_rightly(index: Path) -> list[Kept]:
    """The generations of a damaged list whose lines tell what is there."""
    file = index / "CURRENT"
    try:
        lines = file.read_bytes().decode("ascii", "replace").splitlines() if file.is_file() else []
    except OSError:
        return []
    return [one for one in (_kept(index, line) for line in lines) if one and _is_right(one)]


def _is_right(kept: Kept) -> bool:
    try:
        return bool(kept.manifest())
    except (IndexDamaged, IndexUnreadable):
        return False


def _free(home: Path, before: Sequence[Kept]) -> Path:
    """A name behind all others that quoth gave, which nobody else has taken."""
    taken = {path.name for path in home.iterdir()}
    number = max((int(one.folder.name) for one in before), default=0) + 1
    while f"{number:06d}" in taken:
        number += 1
    return home / f"{number:06d}"


def _check_parts(index: Path) -> None:
    """Raise IndexNotWritable where what a build would write to is somebody's own."""
    for name in ("lock", "generations"):
        if (index / name).is_symlink():
            raise IndexNotWritable(index, f"{name} in it is a link")
    if (index / "lock").exists() and not _is_locked(index):
        raise IndexNotWritable(index, "lock in it is somebody's own file")


def _is_locked(index: Path) -> bool:
    """Whether a build has had the folder, as far as it can be told while another goes on."""
    lock = index / "lock"
    return lock.is_file() and lock.stat().st_size == 0


def _check_use(index: Path) -> None:
    """Raise NotAnIndex for a folder in use for something else."""
    if is_index(index):
        return
    try:
        others = _others(index)
    except (FileNotFoundError, NotADirectoryError):
        return
    if others:
        raise NotAnIndex(index, others)


def _others(index: Path) -> list[str]:
    """Names of what is in a folder and no build that was killed has made."""
    return [name for name in sorted(os.listdir(index)) if not _begun(index, name)]


def _begun(index: Path, name: str) -> bool:
    """Whether a first build that was killed made the thing of this name."""
    path = index / name
    if name == "generations" and path.is_dir():
        return all(f"{name}/{one}" in builder.named(index) for one in os.listdir(path))
    if name == "lock":
        return _is_locked(index)
    return name in builder.named(index) or (name == builder.FILE and builder.is_builder(path))


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
