"""What a build did not read of a corpus, and what it read with a warning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bot.formats.visible import one_line
from bot.terminal.screen import Screen
from retrieval.installing import install_command
from retrieval.records import Warn

MOST_WARNINGS = 20
_INSTALL = re.compile(r"pip install 'quoth\[(\w+)\]'")
"""How an index, which may be read on another machine, says that an extra is missing."""


def unread_text(warnings: Sequence[Warn]) -> str:
    """Return how many files were not read, and why; "nothing" where all were read."""
    skipped = sum(warn.skipped and not warn.unread for warn in warnings)
    parts = [f"{_formats(warnings)} (not supported)"] if any(warn.unread for warn in warnings) else []
    parts += [f"{skipped:,} skipped"] if skipped else []
    return ", ".join(parts) or "nothing"


def warned_text(warnings: Sequence[Warn]) -> str:
    """Return how many warnings are about what was read all the same."""
    return f"{sum(not warn.skipped for warn in warnings):,}"


def show_warnings(output: Screen, warnings: Sequence[Warn], most: int | None) -> None:
    """Print the files that were skipped, and warnings about what was read."""
    if most is not None and (formats := _formats(warnings)):
        output.line()
        output.line(f"not read, since their formats are not supported: {formats} (--verbose names them)")
        warnings = [warn for warn in warnings if not warn.unread]
    if not warnings:
        return
    skipped = sum(warn.skipped for warn in warnings)
    warned = len(warnings) - skipped
    counted = ((skipped, "skipped"), (warned, "warnings" if warned > 1 else "warning"))
    output.line()
    output.line(", ".join(f"{count:,} {what}" for count, what in counted if count) + ":")
    listed = warnings[:most]
    width = max(len(one_line(warn.path)) for warn in listed)
    for warn in listed:
        word = "skipped" if warn.skipped else "warning"
        reason = _INSTALL.sub(lambda hint: install_command(hint[1]), one_line(warn.reason))
        output.line(f"{one_line(warn.path):{min(width, 40)}}  {reason}", first=f"  {word}  ", rest=" " * 13)
    if len(warnings) > len(listed):
        output.line(f"  and {len(warnings) - len(listed):,} more (--verbose names all)")


def _formats(warnings: Sequence[Warn]) -> str:
    formats = Counter(warn.unread for warn in warnings if warn.unread)
    return ", ".join(f"{count:,} {ending}" for ending, count in formats.most_common())
