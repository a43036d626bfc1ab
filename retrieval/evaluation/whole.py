"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from retrieval.files import replace
from retrieval.paths import resolved


def write_whole(path: Path, data: bytes) -> None:
    """Write beside the path, then put that in its place: it is there whole, or as it was. Raises OSError.

    A link stays one, and a file that is not to be written is not. A pipe or a terminal, which nothing can take the
    place of, is written as it is.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    path = resolved(path)
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    replace(path, data, path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp"))
