"""How bytes travel to a server and back: as text, in pieces that a field can hold, with a checksum."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator

PIECE = 60_000
"""Characters of a piece: a field of Milvus holds 65,535 bytes."""
DIGITS = 16
"""Of the checksum."""


class Unpackable(ValueError):
    """Text that is not what was packed."""


def pack(data: bytes) -> str:
    """Return bytes as text, compressed where that makes them shorter, with a checksum of theirs in front."""
    compressed = zlib.compress(data, 6)
    is_shorter = len(compressed) < len(data)
    body = b64encode(compressed if is_shorter else data).decode("ascii")
    return f"{digest(data)}{'z' if is_shorter else '='}{body}"


def unpack(text: str) -> bytes:
    """Return the bytes of a text; raises Unpackable where it is not what was packed."""
    checksum, kind, body = text[:DIGITS], text[DIGITS : DIGITS + 1], text[DIGITS + 1 :]
    try:
        data = b64decode(body, validate=True)
        data = zlib.decompress(data) if kind == "z" else data
    except (ValueError, zlib.error) as error:
        raise Unpackable("it cannot be read") from error
    if digest(data) != checksum:
        raise Unpackable("its checksum differs")
    return data


def digest(data: bytes) -> str:
    """Return the checksum of bytes."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def pieces(text: str) -> Iterator[str]:
    """Yield the pieces of a text, the first with how many there are; at least one."""
    parts = [text[at : at + PIECE] for at in range(0, len(text), PIECE)] or [""]
    yield f"{len(parts)}:{parts[0]}"
    yield from parts[1:]


def count_of(first: str) -> tuple[int, str]:
    """Return how many pieces there are, and the text of the first; raises Unpackable."""
    number, colon, text = first.partition(":")
    if not colon or not number.isdecimal():
        raise Unpackable("it cannot be read")
    return int(number), text
