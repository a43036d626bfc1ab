"""How much quoth says on standard error: its notices, and its logs from a level on."""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from typing import TextIO

import bot.streams

OWN = ("bot", "retrieval")
"""The loggers that are quoth's own; of others only warnings are shown."""


class Level(StrEnum):
    """From which level on logs are shown."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        """The level as `logging` has it."""
        return int(logging.getLevelNamesMapping()[self.upper()])


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what is standard error at the time."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(Lines("%(levelname)s %(name)s: %(message)s"))

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class Lines(logging.Formatter):
    """Formats a record whole, traceback included, and only then hides tokens."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or several with a traceback."""
        return self.hidden(super().format(record))

    def hidden(self, text: str) -> str:
        """Return a text without its tokens."""
        from retrieval.redaction import hide_tokens

        return hide_tokens(text)


_handler = _Stderr()
_chosen: list[Level] = []


def show_logs(level: Level | None) -> None:
    """Show quoth's logs from a level on; None for what Python does by itself, which is to print warnings."""
    _chosen[:] = [level] if level else []
    for name in OWN:
        logging.getLogger(name).setLevel(level.number if level else logging.NOTSET)
    root = logging.getLogger()
    root.removeHandler(_handler)
    if level is not None:
        _handler.setLevel(level.number)
        root.addHandler(_handler)
    bot.streams.be_quiet(level is Level.ERROR)


def level_or(default: int) -> int:
    """Return the level that the user has chosen, as `logging` has it, or else the default."""
    return _chosen[0].number if _chosen else default
