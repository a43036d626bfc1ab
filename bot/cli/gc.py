"""`quoth gc`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import sentence
from bot.exit_status import FAULT
from bot.formats.numbers import count
from bot.formats.visible import one_line
from bot.leftovers import Leftover, leftovers, size_of
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.index_view import megabytes
from bot.terminal.screen import Screen, screen


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """Options of `quoth gc`."""

    dry_run: bool
    yes: bool
    """Whether nobody is asked."""
    caches: bool


def run(options: CollectOptions, settings: Settings) -> int:
    """Show what quoth has left on disk, and remove what nothing needs; 2 where something could not be removed."""
    items = leftovers(settings, caches=options.caches)
    output = screen()
    _show(output, items)
    going = [item for item in items if item.keeper is None]
    output.line()
    if not going:
        output.line("Nothing can go.")
        return 0
    output.line(f"{_things(going)} can go: {megabytes(_size(going))}.")
    output.flush()
    if options.dry_run or not (options.yes or _agrees(output)):
        output.line("Nothing was removed.")
        return 0
    return _remove(output, going)


def _show(output: Screen, items: Sequence[Leftover]) -> None:
    folder: Path | None = None
    width = max((len(megabytes(item.size)) for item in items), default=0)
    for item in items:
        if item.place.parent != folder:
            folder = item.place.parent
            output.line(one_line(str(folder)), wrap=False)
        fate = "can go" if item.keeper is None else f"stays: {item.keeper}"
        line = f"{item.place.name}: {item.what}; {fate}"
        output.line(one_line(line), first=f"  {megabytes(item.size):>{width}}  ")


def _agrees(output: Screen) -> bool:
    """Ask whether that is to be removed; without a terminal, nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        notice("Nobody can be asked here: pass --yes to have it removed.")
        return False
    output.console.file.write("Remove it? [y/N] ")
    output.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _remove(output: Screen, going: Sequence[Leftover]) -> int:
    """Remove what can go; one fault keeps nothing else from going."""
    faults = dict[str, None]()
    for item in going:
        try:
            item.remove()
        except Exception as error:  # noqa: BLE001 - what else can go goes all the same
            faults[sentence(error)] = None
    removed = [item for item in going if not os.path.lexists(item.place)]
    if not faults:
        remaining = [item.place for item in going if item not in removed]
        faults = {f"{place} holds files that quoth did not write: they stay.": None for place in remaining}
    for fault in faults:
        notice(f"quoth: {fault}")
    freed = _size(going) - sum(size_of(item.place) for item in going)
    output.line(f"Removed {_things(removed)}: {megabytes(freed)} freed.")
    return 0 if len(removed) == len(going) else FAULT


def _things(items: Sequence[Leftover]) -> str:
    return count(len(items), "thing")


def _size(items: Sequence[Leftover]) -> int:
    return sum(item.size for item in items)
