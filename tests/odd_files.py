"""Files that are no regular ones: to open one may wait for ever, and to read one may never end."""

from __future__ import annotations

import os
import socket
from pathlib import Path

KINDS = ("pipe", "socket", "device")


def put_odd_file(file: Path, kind: str) -> None:
    """Put such a file in a place."""
    file.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    else:
        here = Path.cwd()
        os.chdir(file.parent)  # the address of a socket is short
        try:
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(file.name)
        finally:
            os.chdir(here)
