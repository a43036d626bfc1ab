"""What quoth runs in: Python, its own files, the settings file, optional parts and free disk space."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.doctor.findings import State
from bot.settings import HOME, Settings, is_checkout, usual_files
from bot.version import installed_version
from retrieval.extras import EXTRAS, is_installed
from retrieval.index_address import is_address
from retrieval.installing import install_command

OLDEST = (3, 11)
"""The oldest Python that quoth runs on, as pyproject.toml names it."""
LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000
"""Bytes of free disk space below which it is scarce, and below which a build may fail."""


def python() -> Iterator[tuple[State, str]]:
    """Yield which Python runs."""
    name = f"{platform.python_version()}, {sys.executable}"
    if sys.version_info < OLDEST:
        yield State.PROBLEM, f"{name} is older than 3.11: install quoth with a newer Python."
    else:
        yield State.OK, f"{name}."


def quoth() -> Iterator[tuple[State, str]]:
    """Yield which quoth runs, and from where."""
    number = installed_version()
    if number is None:
        yield State.OK, f"the checkout {HOME}, which is not installed."
        return
    yield State.OK, f"{number}, {'the checkout' if is_checkout() else 'installed in'} {HOME}."


def settings_file(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield which settings file holds, which has no mistakes where there are settings."""
    if settings.file is None:
        places = " or ".join(map(str, usual_files()))
        yield State.OK, f"no file, so the defaults hold; `quoth setup` writes one. quoth looks for {places}."
    else:
        yield State.OK, f"{settings.file}."


def extras() -> Iterator[tuple[State, str]]:
    """Yield which optional parts are installed, and how to install another."""
    there = [name for name in EXTRAS if is_installed(name)]
    missing = [name for name in EXTRAS if name not in there]
    parts = f"installed: {', '.join(there) or 'none'}"
    if missing:
        parts += f"; not installed: {', '.join(missing)}. To add one: `{install_command(missing[0])}`"
    yield State.OK, f"{parts}."


def disk(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield how much space is free where the index and the bot's database lie."""
    places = (settings.index.path, settings.chat_database())
    folders = dict.fromkeys(existing(place) for place in places if isinstance(place, Path) and not is_address(place))
    devices = {folder.stat().st_dev: folder for folder in reversed(folders)}
    for folder in devices.values():
        free = shutil.disk_usage(folder).free
        text = f"{free / 1e9:,.1f} GB free in {folder}"
        if not os.access(folder, os.W_OK):
            yield State.WARNING, f"{folder} cannot be written: make it writable, or name another place."
        elif free < TOO_LITTLE:
            yield State.PROBLEM, f"{text}, too little to build an index: free some space."
        elif free < LITTLE:
            yield State.WARNING, f"{text}, which is little: free some space before you index much."
        else:
            yield State.OK, f"{text}."


def existing(path: Path) -> Path:
    """Return the folder that a path lies in, or will once it is made: the nearest one that is there."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
