"""Files that carry a checksum, of JSON or of lines: no byte of one changes, is added or is cut off unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

DIFFERS = "its checksum differs"


def seal(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of a file with this content; raises ValueError for numbers that JSON does not have."""
    plain = json.dumps(content, sort_keys=True, allow_nan=False)
    sealed = {**content, "sha256": hashlib.sha256(plain.encode()).hexdigest()}
    return json.dumps(sealed, indent=1, ensure_ascii=False).encode() + b"\n"


def unseal(raw: bytes) -> dict[str, Any]:
    """Return the content of a file; raises ValueError, which says DIFFERS where it is not exactly what was sealed."""
    try:
        content: dict[str, Any] = json.loads(raw)
        del content["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("it has no checksum") from error
    try:
        sealed = seal(content)
    except ValueError as error:
        raise ValueError(DIFFERS) from error
    if sealed != raw:
        raise ValueError(DIFFERS)
    return content


def seal_lines(lines: Sequence[str]) -> bytes:
    """Return the bytes of a file with these lines, and their checksum as the last one."""
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return "".join(f"{line}\n" for line in (*lines, digest)).encode("ascii")


def unseal_lines(raw: bytes) -> list[str]:
    """Return the lines of a file; raises ValueError, which says DIFFERS where it is not exactly what was sealed."""
    lines = raw.decode("ascii", "replace").split("\n")[:-2]
    if not raw.isascii() or seal_lines(lines) != raw:
        raise ValueError(DIFFERS)
    return lines
