"""Links in the folders that sources are fetched into: what they lead to is the user's, and nothing is done to it."""

from __future__ import annotations

import os
from pathlib import Path

from bot.sources.faults import SourceFault


def check_no_link(folder: Path) -> None:
    """Raise SourceFault for a folder that is a link."""
    if folder.is_symlink():
        raise SourceFault(f"is not fetched through a link ({folder}): remove the link, and a folder takes its place")


def remove_links(folder: Path) -> None:
    """Remove the links below a folder of quoth's own, which puts none there; raises OSError."""
    for above, folders, files in os.walk(folder):
        for path in (Path(above) / name for name in (*folders, *files)):
            if path.is_symlink():
                path.unlink(missing_ok=True)
