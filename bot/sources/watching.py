"""Hears of changed files below folders; needs the extra `sources`."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from retrieval.paths import resolved

LeaveOut = Callable[[Path, str], bool]
Identity = tuple[int, int] | None
"""The device and inode of a folder; None where it is away."""

QUIET = 1.0
"""Seconds without a change after which the changes before are told."""
LONGEST = 60.0
"""Seconds after which they are told though there is no end to them."""
LOOK_EVERY = 0.5
"""Seconds between two looks at whether a folder was replaced, which no event tells."""
_POLLING = 5.0
"""Seconds between two looks at all files, where the system does not tell of changes."""


class FolderWatch:
    """Watches folders, or single files, also such as are replaced, or are away for a while."""

    def __init__(self, paths: Sequence[Path], leave_out: LeaveOut, *, quiet: float = QUIET) -> None:
        """Watch from now on; `leave_out` tells of a folder and a name in it whether that is of no account."""
        self._paths, self._leave_out, self._quiet = tuple(paths), leave_out, quiet
        self._changes: Iterator[AbstractSet[tuple[object, str]]] | None = None
        self._start()

    def wait(self, seconds: float = math.inf) -> frozenset[Path]:
        """Return the folders in which something changed, once that is over; none where nothing did for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if changed := self._replaced():
                self._start()
                return changed
            if self._changes is None:
                time.sleep(min(LOOK_EVERY, max(0.0, end - time.monotonic())))
            elif files := next(self._changes):
                return frozenset(path for path in self._paths if any(_is_below(file, path) for _, file in files))
        return frozenset()

    def _replaced(self) -> frozenset[Path]:
        """Return the folders that are others now, that went, or that came back."""
        return frozenset(path for path, before in self._identities.items() if _identity(path) != before)

    def _start(self) -> None:
        self._identities = {path: _identity(path) for path in self._paths}
        there = [resolved(path) for path, identity in self._identities.items() if identity is not None]
        self._changes = _changes(there, self._is_of_account, self._quiet) if there else None
        if self._changes is not None:
            next(self._changes)  # it hears from here on

    def _is_of_account(self, change: object, name: str) -> bool:
        """Return whether a build would read a file."""
        file = Path(name)
        root = next((real for path in self._paths if file.is_relative_to(real := resolved(path))), None)
        if root is None:
            return False
        below = [file, *file.parents][: len(file.parts) - len(root.parts)]
        return not any(path.name.startswith(".") or self._leave_out(path.parent, path.name) for path in below)


def _changes(
    paths: Sequence[Path], is_of_account: Callable[[object, str], bool], quiet: float
) -> Iterator[AbstractSet[tuple[object, str]]]:
    from watchfiles import watch

    def watching(force_polling: bool | None) -> Iterator[AbstractSet[tuple[object, str]]]:
        yield from watch(
            *paths,
            watch_filter=is_of_account,
            debounce=int(1000 * LONGEST),
            step=int(1000 * quiet),
            rust_timeout=int(1000 * LOOK_EVERY),
            yield_on_timeout=True,
            force_polling=force_polling,
            poll_delay_ms=int(1000 * _POLLING),
            ignore_permission_denied=True,
        )

    try:
        yield from watching(None)
    except (OSError, RuntimeError):  # a folder has gone, or the system's limit for watched folders is reached
        yield set()
    try:
        yield from watching(True)
    except (OSError, RuntimeError):
        while True:  # it is away, which its identity tells
            time.sleep(LOOK_EVERY)
            yield set()


def _identity(path: Path) -> Identity:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _is_below(file: str, path: Path) -> bool:
    return Path(file).is_relative_to(resolved(path))
