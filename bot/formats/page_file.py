"""A quote's page as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from retrieval.errors import InputInvalid


def write_page(html: str, file: Path | None = None) -> Path:
    """Write a page to a file, a temporary one where none is named; return where it lies. Raises InputInvalid."""
    try:
        file = file or Path(tempfile.mkdtemp(prefix="quoth-")) / "quote.html"
        file.write_text(html, "utf-8", errors="replace")
    except OSError as error:
        what = f"The page {file or 'for the browser'}"
        raise InputInvalid(what, f"cannot be written ({error.strerror})", "name another file") from error
    return file
