"""`quoth show`."""

from __future__ import annotations

import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from bot.answering.links import link_of_place
from bot.answering.quote_pages import quote_page
from bot.formats.shell import quoted
from bot.output_files import QUOTE_PAGE, check_output, write_page
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.answers import show_place
from bot.terminal.changes import show_change
from bot.terminal.outdated import outdated_line
from bot.terminal.screen import screen
from retrieval.citations.changes import change_since
from retrieval.citations.permalink import replay


@dataclass(frozen=True, slots=True)
class ShowOptions:
    """Options of `quoth show`."""

    permalink: str
    html: Path | None
    """`-` for standard output."""
    open_page: bool


def run(options: ShowOptions, settings: Settings) -> int:
    """Replay a permalink in the terminal, or as a page."""
    html, open_page = options.html, options.open_page
    if html is not None and str(html) != "-":
        check_output(html, settings, QUOTE_PAGE)
    replayed = replay(settings.index.path, options.permalink)
    span = replayed.span
    if html is None and not open_page:
        output = screen()
        show_place(output, span, lambda citation: link_of_place(span))
        if change := change_since(settings.index.path, replayed.version, replayed.current):
            output.line()
            show_change(output, change)
        output.flush()
        if line := outdated_line(replayed.outdated, replayed.current, settings.index.path):
            notice(line)
        return 0
    written = quote_page(span, settings.index.path)
    if str(html) == "-":
        sys.stdout.write(written)
        return 0
    file = write_page(written, html)
    opened = open_page and webbrowser.open(f"{file.absolute().as_uri()}#quote")
    notice(f"Wrote {quoted(str(file))}" + (", but no browser could be opened" if open_page and not opened else ""))
    return 0
