"""Where lines are printed: wrapped and styled in a terminal, whole and plain anywhere else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from bot.terminal.hyperlinks import has_links, label

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDEST = 100  # columns of prose that are comfortable to read


class Screen:
    """Prints lines to a console. Text is never read as markup."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.is_terminal = console.is_terminal
        self.has_colour = console.is_terminal and not console.no_color and console.color_system is not None
        is_styled = console.is_terminal and console.color_system is not None and not console.legacy_windows
        self.has_links = is_styled and has_links(os.environ)

    def line(self, text: Text | str = "", first: str = "", rest: str | None = None, *, wrap: bool = True) -> None:
        """Print one line behind `first`; in a terminal it is wrapped, the lines that follow standing behind `rest`.

        With `wrap=False` a long line is left for the terminal to break, so that it can be copied whole.
        """
        from rich.text import Text

        styled = Text(text) if isinstance(text, str) else text
        if not self.is_terminal:
            self.console.file.write(f"{first}{styled.plain}".rstrip(" ") + "\n")
            return
        rest = " " * len(first) if rest is None else rest
        lines = [styled]
        if wrap:
            width = max(20, min(self.console.width, WIDEST) - len(first))
            lines = list(styled.wrap(self.console, width)) or [styled]
        for number, part in enumerate(lines):
            part.rstrip()
            lead = rest if number else first
            self.console.print(Text.assemble((lead if part else lead.rstrip(), "dim"), part), soft_wrap=True)

    def link(self, address: str, first: str) -> None:
        """Print a line that leads to an address: a short name of it, or else the whole, which can be copied."""
        from rich.text import Text

        if self.has_links:
            name = label(address, min(self.console.width, WIDEST) - len(first))
            self.line(Text(name, style=f"blue underline link {address}"), first, wrap=False)
        else:
            self.line(Text(address, style="blue underline"), first, wrap=False)

    def flush(self) -> None:
        """Hand on what was printed so far."""
        self.console.file.flush()


def screen() -> Screen:
    """Standard output."""
    from rich.console import Console

    return Screen(Console(highlight=False))


def error_console() -> Console:
    """Standard error, for progress and notices."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False)
