"""What became of cited words, as a terminal shows it."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from bot.formats.visible import visible
from bot.terminal.answers import show_citation
from bot.terminal.screen import Screen
from retrieval.citations.changes import Change


def show_change(screen: Screen, change: Change) -> None:
    """Show what the article says instead of the words that were cited, and when that was seen."""
    if change.citation is None:
        screen.line(Text(f"As of {date_of(change.seen)}, nothing there says that.", style="yellow"))
        return
    lead = "The same words still stand there:" if change.stands else f"As of {date_of(change.seen)}, it says instead:"
    screen.line(Text(lead, style="yellow"))
    for line in visible(change.new or "").split("\n"):
        screen.line(line, first="   │ ", rest="   │ ")
    show_citation(screen, change.citation)


def date_of(created: str) -> str:
    """Return the date of a time in ISO 8601; what is none as it is."""
    try:
        return f"{datetime.fromisoformat(created):%Y-%m-%d}"
    except ValueError:
        return created
