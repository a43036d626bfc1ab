"""The page of a PDF that a quote stands on, as a picture, and where the quote is on it; a module for a child process.

It is called with a file, its digest, the number of a page, which of the places of the words on that page is meant, and
the words. It prints a line of JSON: the picture, and the quote's lines in its dots; or nothing where there is none.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import unicodedata
import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from retrieval.articles.pdf_images import Image, drawn
from retrieval.limits import limit_memory, limit_time

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in dots."""
_SECONDS = 30
_MEMORY = 2 * 2**30
_DOTS = 144
"""An inch: sharp on a screen, and small enough to send."""
_LEAST = 8
"""Letters of the shortest part of a quote that is looked for by itself."""


def main(arguments: list[str]) -> int:
    """Print a page of a file, with the boxes of a quote on it."""
    limit_memory(_MEMORY)
    limit_time(_SECONDS)
    file, sha256, number, count, words = arguments
    data = Path(file).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        return 1
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    page = document[int(number) - 1]
    image, bitmap = drawn(page, _DOTS, in_grey=False)
    text = page.get_textpage()
    to_dots = bitmap.get_posconv(page).to_bitmap
    boxes = lines([_in_dots(text.get_charbox(at), to_dots) for at in _places(text, words, int(count))])
    picture = b64encode(png(image)).decode("ascii")
    sys.stdout.write(json.dumps({"width": image.width, "height": image.height, "png": picture, "boxes": boxes}))
    return 0


def letters_of(text: str) -> str:
    """Return the letters and figures of a text as they are looked for: without capitals, ligatures and raised forms."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _places(text: Any, words: str, count: int) -> Iterator[int]:
    """Yield the characters of a page that are the words of a quote."""
    from pypdfium2.raw import FPDFText_GetUnicode

    letters: list[str] = []
    places: list[int] = []
    for at in range(text.count_chars()):
        folded = letters_of(chr(FPDFText_GetUnicode(text, at)))
        letters.append(folded)
        places += [at] * len(folded)
    for start, end in spans("".join(letters), words, count):
        yield from dict.fromkeys(places[start:end])


def spans(page: str, words: str, count: int) -> Iterator[tuple[int, int]]:
    """Yield where the words of a quote stand in the letters of a page: at once, or in as large parts as there are.

    `count` says before which of the places of the whole quote so many others stand.
    """
    parts = [part for part in map(letters_of, words.split()) if part]
    whole, start = "".join(parts), -1
    for _ in range(count + 1):
        if (following := page.find(whole, start + 1)) >= 0:
            start = following
    if whole and start >= 0:
        yield start, start + len(whole)
        return
    first = behind = 0
    while first < len(parts):
        last, place = first, -1
        while last < len(parts) and (found := _find(page, "".join(parts[first : last + 1]), behind)) >= 0:
            last, place = last + 1, found
        if sum(map(len, parts[first:last])) >= _LEAST:
            behind = place + sum(map(len, parts[first:last]))
            yield place, behind
            first = last
        else:
            first += 1


def _find(page: str, part: str, behind: int) -> int:
    """Return the first place of a part, preferably behind the part before it."""
    place = page.find(part, behind)
    return place if place >= 0 else page.find(part)


def _in_dots(box: tuple[float, float, float, float], to_dots: Any) -> Box:
    left, bottom, right, top = box
    (x, y), (other_x, other_y) = to_dots(left, top), to_dots(right, bottom)
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def lines(boxes: Sequence[Box]) -> list[Box]:
    """Join the boxes of letters that stand on one line, one behind the other."""
    joined: list[Box] = []
    for box in boxes:
        if joined and _are_beside(joined[-1], box):
            before = joined[-1]
            joined[-1] = (
                min(before[0], box[0]),
                min(before[1], box[1]),
                max(before[2], box[2]),
                max(before[3], box[3]),
            )
        else:
            joined.append(box)
    return joined


def _are_beside(line: Box, box: Box) -> bool:
    middle, height = (box[1] + box[3]) / 2, line[3] - line[1]
    return line[1] <= middle <= line[3] and -height <= box[0] - line[2] <= 3 * height


def png(image: Image) -> bytes:
    """Return a picture in colour as a PNG file."""
    stride = 3 * image.width
    rows = b"".join(b"\0" + image.rows[row * stride :][:stride] for row in range(image.height))
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
