"""What is quoth's own among what was fetched: folders that have its mark, and no links. Nothing else is removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.sources.faults import SourceFault
from retrieval.articles.fetched import MARK, marked_name, put_mark

_GONE = ".gone-"
"""What the names of folders begin with that are being removed."""


def check_no_link(folder: Path) -> None:
    """Raise SourceFault for a folder that is a link."""
    if folder.is_symlink():
        raise SourceFault(f"is not fetched through a link ({folder}): remove the link, and a folder takes its place")


def remove_links(folder: Path) -> None:
    """Remove the links below a folder of quoth's own, which puts none there; raises OSError."""
    for above, folders, files in os.walk(folder):
        for path in (Path(above) / name for name in (*folders, *files)):
            if path.is_symlink():
                path.unlink(missing_ok=True)


def is_own(folder: Path) -> bool:
    """Return whether quoth made a folder."""
    return not folder.is_symlink() and marked_name(folder) == folder.name


def own_folders(above: Path) -> Iterator[Path]:
    """Yield the folders of quoth's own in another, those that are being removed among them."""
    if above.is_symlink() or not above.is_dir():
        return
    for folder in sorted(above.iterdir()):
        if is_own(folder) or _is_going(folder):
            yield folder


def own(folder: Path) -> None:
    """Make a folder quoth's own; raises OSError, and SourceFault for a link or what holds what quoth did not fetch."""
    check_no_link(folder)
    if is_own(folder):
        return
    if folder.exists() and any(folder.iterdir()):
        raise SourceFault(f"has the name of a folder that is there already ({folder}): move that, or rename the source")
    folder.mkdir(parents=True, exist_ok=True)
    put_mark(folder)


def remove(folder: Path) -> None:
    """Remove a folder of quoth's own, as far as that is possible; raises OSError.

    It first goes at once, under another name; its mark goes last, so that a kill leaves what can be gone on with.
    """
    if not _is_going(folder):
        folder = folder.rename(folder.with_name(f"{_GONE}{folder.name}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"))
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != MARK:
            with suppress(OSError):
                path.unlink()
    if [path.name for path in folder.iterdir()] == [MARK]:
        shutil.rmtree(folder, ignore_errors=True)


def _is_going(folder: Path) -> bool:
    name = "" if folder.is_symlink() else marked_name(folder)
    return bool(name) and folder.name.startswith(f"{_GONE}{name}-")
