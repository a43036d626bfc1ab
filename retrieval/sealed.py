"""JSON files that carry a checksum: no byte of one changes, is added or is cut off unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

DIFFERS = "its checksum differs"


def seal(content: Mapping[str, Any]) -> bytes:
    """The bytes of a file with this content; raises ValueError for numbers that JSON does not have."""
    plain = json.dumps(content, sort_keys=True, allow_nan=False)
    sealed = {**content, "sha256": hashlib.sha256(plain.encode()).hexdigest()}
    return json.dumps(sealed, indent=1, ensure_ascii=False).encode() + b"\n"


def unseal(raw: bytes) -> dict[str, Any]:
    """The content of a file; raises ValueError, which says DIFFERS where it is not, to the byte, what was sealed."""
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
