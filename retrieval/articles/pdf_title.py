"""The title that a PDF gives itself, where it is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfReader

_LONGEST = 200
_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel|office)\b.*|untitled\b.*|unbenannt.*|sans titre.*|sin título.*|no title"
    r"|title|titel|(?:powerpoint|keynote) presentation"
    r"|(?:document|dokument|presentation|präsentation|book|slide|folie)[ _-]?\d*"
    r"|\W*(?:anonymous|unspecified)\W*|.*[\\\ufffd].*|/.*|\w+://.*|[^ ]*_[^ ]*|\W*"
    r"|.*\.(?:docx?|odt|rtf|tex|dvi|indd|qxd|pdf|pptx?|odp|xlsx?|ods|ps|eps|html?|txt|md|pages|key|pub|cdr|p65|fm)",
    re.IGNORECASE,
)
"""What programs write for want of a title: their own words, the name of a file, or a path."""


def title_of(reader: PdfReader, name: str) -> str | None:
    """Return the title that a document gives itself; None for none, and for the name of the file."""
    try:
        title = " ".join(str(reader.metadata.get("/Title") or "" if reader.metadata else "").split())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged PDF may raise anything; it has its file's name
        return None
    letters = "".join(filter(str.isalnum, title)).casefold()
    is_name = letters == "".join(filter(str.isalnum, name)).casefold()
    is_title = any(map(str.isalpha, letters)) and not is_name and not _NO_TITLE.fullmatch(title)
    return title if is_title and len(title) <= _LONGEST else None
