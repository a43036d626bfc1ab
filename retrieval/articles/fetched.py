"""The mark in each folder that quoth fetched: what lies below came from elsewhere, and is quoth's own to remove.

It names its folder, so that a copy under another name is the user's.
"""

from __future__ import annotations

from pathlib import Path

from retrieval.regular_files import read_regular

MARK = ".quoth-fetched"
_FORMAT = "quoth-fetched 1"
_LARGEST = 1000


def put_mark(folder: Path) -> None:
    """Mark a folder as one that quoth fetches into; raises OSError."""
    (folder / MARK).write_text(f"{_FORMAT}\n{folder.name}\n", "utf-8")


def marked_name(folder: Path) -> str:
    """Return the name that a folder was marked with; "" where quoth did not mark it."""
    try:
        form, _, name = read_regular(folder / MARK, _LARGEST).decode().rstrip("\n").partition("\n")
    except (OSError, ValueError):
        return ""
    return name if form == _FORMAT else ""
