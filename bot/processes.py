"""Which processes read what lies in a folder, where the system tells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
"""Where Linux lists them. Other systems do not say, and Windows removes no file that is read."""


def read_places() -> frozenset[str]:
    """Return the real paths of all files that other processes read, or have their working directory in."""
    return frozenset(place for process in _others() for place in _places(process))


def is_read(folder: Path, places: frozenset[str]) -> bool:
    """Return whether one of these places is a folder, or lies in it."""
    real = os.path.realpath(folder)
    return any(place == real or place.startswith(real + os.sep) for place in places)


def _others() -> Iterator[Path]:
    with suppress(OSError):
        for process in PROCESSES.iterdir():
            if process.name.isdecimal() and int(process.name) != os.getpid():
                yield process


def _places(process: Path) -> Iterator[str]:
    with suppress(OSError):  # it has ended, or is another user's
        for line in (process / "maps").read_text(errors="surrogateescape").splitlines():
            _, slash, path = line.partition(" /")
            if slash:
                yield f"/{path}"
    with suppress(OSError):
        for link in (process / "cwd", *(process / "fd").iterdir()):
            with suppress(OSError):
                yield os.readlink(link)
