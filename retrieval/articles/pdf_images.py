"""The pages of a PDF as pictures, drawn by pdfium, which comes with the extras `documents` and `ocr`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

POINTS = 72
"""Of the measure of a page, in an inch."""
_MOST_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Image:
    """A picture without compression."""

    width: int
    height: int
    rows: bytes
    """One byte for each pixel in grey, three in colour, from the top left."""


def drawn(page: Any, dots: float, *, in_grey: bool) -> tuple[Image, Any]:
    """Return a page of pdfium's as a picture with so many dots an inch, fewer for a poster, and its bitmap."""
    width, height = page.get_size()
    scale = min(dots / POINTS, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=in_grey, rev_byteorder=not in_grey, prefer_bgrx=False)
    length = bitmap.width * bitmap.n_channels
    raw = memoryview(bitmap.buffer).cast("B")
    rows = b"".join(raw[row * bitmap.stride :][:length] for row in range(bitmap.height))
    return Image(bitmap.width, bitmap.height, rows), bitmap
