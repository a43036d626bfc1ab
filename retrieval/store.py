"""The index folder: immutable generations beside each other, one of them current.

    INDEX/CURRENT                 name of the current generation and SHA-256 of its manifest
    INDEX/generations/000001/     one generation, never written again
    INDEX/building-XXXX/          a generation being written; left behind only by a killed build
    INDEX/lock, INDEX/builder     held by, and naming, the build under way

A reader needs CURRENT alone, which is replaced in one step once the generation beside it is safe on disk: whatever
instant a build dies at, readers see the previous generation whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from retrieval.errors import IndexDamaged, IndexLocked, IndexNotFound, IndexNotWritable

KEPT = 2  # the current generation and the one before: readers that opened it, permalinks into it


def pointer(index: Path) -> tuple[str, str]:
    """Name of the current generation, and SHA-256 of its manifest."""
    file = index / "CURRENT"
    try:
        name, _, digest = file.read_text("ascii").strip().partition(" ")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexNotFound(index) from error
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(file, "it cannot be read") from error
    if not name.isdigit() or len(digest) != 64:
        raise IndexDamaged(file, "it names no generation")
    return name, digest


def current(index: Path) -> tuple[Path, bytes]:
    """The current generation's folder and the bytes of its manifest, checked."""
    name, digest = pointer(index)
    folder = index / "generations" / name
    try:
        manifest = (folder / "manifest.json").read_bytes()
    except OSError as error:
        raise IndexDamaged(folder / "manifest.json", "it cannot be read") from error
    if hashlib.sha256(manifest).hexdigest() != digest:
        raise IndexDamaged(folder / "manifest.json", "its checksum differs")
    return folder, manifest


def generations(index: Path) -> list[Path]:
    """Folders of all generations, oldest first."""
    found = (index / "generations").glob("[0-9]*")
    return sorted(folder for folder in found if (folder / "manifest.json").is_file())


@contextmanager
def building(index: Path, wait: bool = False) -> Iterator[Path]:
    """A fresh folder to write a generation in, while no other build can; removed on leaving.

    Raises IndexLocked when another build is under way and `wait` is false, IndexNotWritable.
    """
    from filelock import FileLock, Timeout

    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / "lock", timeout=-1 if wait else 0)
        lock.acquire()
    except Timeout as error:
        raise IndexLocked(index, _builder(index)) from error
    except (OSError, NotImplementedError) as error:
        raise IndexNotWritable(index, _reason(error)) from error
    folder: Path | None = None
    try:
        _clear(index)
        (index / "builder").write_text(f"process {os.getpid()}, since {datetime.now(UTC):%H:%M:%S} UTC", "ascii")
        folder = Path(tempfile.mkdtemp(prefix="building-", dir=index))
        folder.chmod(0o755)
        yield folder
    except OSError as error:
        raise IndexNotWritable(index, _reason(error)) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        (index / "builder").unlink(missing_ok=True)
        lock.release()


def publish(index: Path, folder: Path, manifest: bytes) -> Path:
    """Make the generation written in `folder` the current one; returns where it now lies."""
    (folder / "manifest.json").write_bytes(manifest)
    for file in folder.rglob("*"):
        _sync(file)
    _sync(folder)
    home = index / "generations"
    home.mkdir(exist_ok=True)
    names = [int(path.name) for path in home.iterdir() if path.name.isdigit()]
    target = home / f"{max(names, default=0) + 1:06d}"
    folder.rename(target)
    _sync(home)
    file = index / "CURRENT.new"
    file.write_text(f"{target.name} {hashlib.sha256(manifest).hexdigest()}\n", "ascii")
    _sync(file)
    file.replace(index / "CURRENT")
    _sync(index)
    _prune(home, target)
    return target


def _clear(index: Path) -> None:
    """Remove what killed builds left: half a generation, and one that was whole but never became current."""
    for left in index.glob("building-*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        last = current(index)[0]
    except (IndexNotFound, IndexDamaged):
        return
    for left in last.parent.iterdir():
        if left.name.isdigit() and left.name > last.name:
            shutil.rmtree(left, ignore_errors=True)


def _prune(home: Path, current_folder: Path) -> None:
    older = sorted(path for path in home.iterdir() if path.name.isdigit() and path.name < current_folder.name)
    for folder in older[: -(KEPT - 1)]:
        shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _builder(index: Path) -> str:
    try:
        return (index / "builder").read_text("ascii")
    except OSError:
        return "another process"


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
