"""An attack's tries, and the losses among them."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.table import Table

LONGEST = 600  # characters printed of a loss
PROGRESS_EACH = 10.0  # seconds between lines of progress
LOSSES_PRINTED = 25  # kinds of loss printed for one attack
KIND = 44  # losses with these first characters in common are of one kind
FIRST = 240  # characters of the first loss shown in the table
_VARIES = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+")

Try = Callable[[], object]
"""One try: returns, or raises Lost."""
Progress = Callable[[str], None]
"""Takes a line of progress."""


class Lost(Exception):
    """What a try lost, as a sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One attack, after its tries."""

    attack: str
    tries: int
    """How many tries were made."""
    losses: int
    """How many of them lost something."""
    first: str | None
    """The first loss as a sentence; None if nothing was lost."""
    seconds: float


class Interrupted(Exception):
    """An attack was interrupted."""

    def __init__(self, row: Row) -> None:
        """`row` has the tries and losses until then."""
        self.row = row
        super().__init__(row.attack)


class Run(Protocol):
    """Make so many tries, drawn by a seed."""

    def __call__(self, tries: int, seed: int, progress: Progress = ..., /) -> Row:
        """Return their number and losses."""


def silent(line: str) -> None:
    """Print nothing."""


def on_stderr(line: str) -> None:
    """Print a line to standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def expect(holds: object, loss: str) -> None:
    """Raise Lost unless it holds."""
    if not holds:
        raise Lost(loss)


def tally(attack: str, tries: Iterable[Try], progress: Progress = silent) -> Row:
    """Make the tries in turn; an unexpected error counts as a loss too."""
    began = last = time.monotonic()
    count, losses, kinds = 0, list[str](), set[str]()

    def row() -> Row:
        return Row(attack, count, len(losses), losses[0] if losses else None, time.monotonic() - began)

    try:
        for attempt in tries:
            count += 1
            loss = _loss_of(attempt)
            if loss is not None:
                losses.append(loss)
                kind = _VARIES.sub("#", loss)[:KIND]
                if kind not in kinds and len(kinds) < LOSSES_PRINTED:
                    kinds.add(kind)
                    progress(f"{attack}: lost by try {count:,}: {loss}")
            if time.monotonic() - last > PROGRESS_EACH:
                last = time.monotonic()
                progress(f"{attack}: {count:,} tries, {len(losses):,} losses")
    except KeyboardInterrupt:
        raise Interrupted(row()) from None
    return row()


def _loss_of(attempt: Try) -> str | None:
    try:
        attempt()
    except Lost as lost:
        return _short(str(lost))
    except Exception as error:  # noqa: BLE001 - whatever it is, the row has it
        return _short(f"{type(error).__name__}: {error}")
    return None


def _short(text: str) -> str:
    line = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    line = line.replace(f"{tempfile.gettempdir()}/", "")
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def show(rows: Sequence[Row]) -> None:
    """Print the table of all attacks."""
    grid = Table(title="Attacks; every loss is a fault", title_justify="left")
    for number, column in enumerate(("attack", "tries", "losses", "first loss", "seconds")):
        grid.add_column(column, justify="left" if number in (0, 3) else "right")
    for row in rows:
        grid.add_row(row.attack, f"{row.tries:,}", f"{row.losses:,}", (row.first or "")[:FIRST], f"{row.seconds:.0f}")
    Console(width=110, markup=False, highlight=False).print(grid)
