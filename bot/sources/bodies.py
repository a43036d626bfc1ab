"""Bytes that are sent packed, unpacked as far as is allowed."""

from __future__ import annotations

import zlib

from bot.sources.faults import SourceFault

MEGABYTE = 1_000_000
_GZIP = b"\x1f\x8b"
_LONGEST_NAME = 60


def unpacked(body: bytes, most: int) -> bytes:
    """Return the bytes of a gzip file, any others as they are; raises SourceFault for too many."""
    if not body.startswith(_GZIP):
        return body
    try:
        return Decoder("gzip", most).decode(body)
    except zlib.error:
        raise SourceFault("is a damaged gzip file") from None


class Decoder:
    """Unpacks a body piece by piece, and never more of it than is allowed."""

    def __init__(self, encoding: str, most: int) -> None:
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise SourceFault(f"is packed in a way that was not asked for ({encoding[:_LONGEST_NAME]!r})")
        self._most, self._left = most, most
        self._unpacker = None if encoding in {"", "identity"} else zlib.decompressobj(47)

    def decode(self, data: bytes) -> bytes:
        """Return the next bytes; raises SourceFault for too many, and zlib.error."""
        unpacked = data if self._unpacker is None else self._unpacker.decompress(data, self._left + 1)
        self._left -= len(unpacked)
        if self._left < 0:
            raise too_large(self._most)
        return unpacked


def too_large(most: int) -> SourceFault:
    """Return the fault of having more bytes than that."""
    return SourceFault(f"has more than {most / MEGABYTE:g} MB")
