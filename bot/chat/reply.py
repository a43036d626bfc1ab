"""What the conversation says back: the same reply printed to read, or as JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.formats.json_output import dump
from bot.formats.visible import visible
from bot.streams import complain
from bot.terminal.screen import Screen


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply in both forms."""

    show: Callable[[Screen], None]
    objects: tuple[dict[str, Any], ...]
    """A line of JSON each."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A line about the conversation itself; scripts that read JSON lines are not told."""

    text: str


class Speaker:
    """Prints replies to standard output, faults to standard error."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.as_json = screen, False

    def say(self, reply: Reply | Notice) -> None:
        """Print a reply in the form that is on."""
        if isinstance(reply, Notice):
            if self.as_json and not self.screen.is_terminal:
                return
            self.screen.line(reply.text)
        elif self.as_json:
            for fields in reply.objects:
                sys.stdout.write(dump(fields) + "\n")
        else:
            reply.show(self.screen)
        self._space()

    def fault(self, sentence: str) -> None:
        """Print why a line was not answered; with JSON on as an object, so that every line gets one."""
        if self.as_json:
            sys.stdout.write(dump({"error": sentence}) + "\n")
        elif self.screen.is_terminal:
            self.screen.line(visible(sentence))
        else:
            complain(sentence)
            return
        self._space()

    def _space(self) -> None:
        if self.screen.is_terminal or not self.as_json:
            self.screen.line()
        sys.stdout.flush()
        self.screen.flush()
