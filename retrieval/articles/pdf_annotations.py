"""What stands on a PDF's page beside its text: text boxes, stamps, and what form fields were filled in with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PageObject

_HIDDEN = 2 | 32  # flags of an annotation: hidden, and not shown on a screen
_PASSWORD = 1 << 13  # flag of a text field
_UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1f\ue000-\uf8ff\ufffd]")


def notes_of(page: PageObject) -> Iterator[str | None]:
    """Yield the text that each annotation of a page shows; None for a text box that cannot be read.

    A reader of PDFs draws an annotation's appearance, where it has one, whatever text it was made of.
    """
    for reference in resolved(page.get("/Annots")) or ():
        annotation = resolved(reference)
        if not isinstance(annotation, Mapping) or _number(annotation.get("/F")) & _HIDDEN:
            continue
        kind = annotation.get("/Subtype")
        if kind == "/Widget":
            text = _field_value(annotation)
        elif kind in {"/FreeText", "/Stamp"}:
            text = resolved(annotation.get("/Contents")) if kind == "/FreeText" else None
        else:
            continue
        text = text if isinstance(text, str) else ""
        if kind == "/Stamp" or text.strip():
            yield _shown(page, annotation, text, is_box=kind == "/FreeText")


def _shown(page: PageObject, annotation: Mapping[str, Any], text: str, *, is_box: bool) -> str | None:
    """Return what an annotation with this text shows."""
    appearance = resolved((resolved(annotation.get("/AP")) or {}).get("/N"))
    if not hasattr(appearance, "get_data") or not appearance.get_data().strip():
        return _lines(text)
    drawn = page.extract_xform_text(appearance)
    if "".join(drawn.split()) == "".join(text.split()):
        return _lines(text)
    if drawn.strip() and not _UNREADABLE.search(drawn):
        return _lines(drawn)
    return None if is_box else ""


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _field_value(widget: Mapping[str, Any]) -> str | None:
    """Return the text that a field shows; None for buttons, passwords and empty fields."""
    kind = inherited(widget, "/FT")
    value = inherited(widget, "/V")
    if kind not in {"/Tx", "/Ch"} or (kind == "/Tx" and _number(inherited(widget, "/Ff")) & _PASSWORD):
        return None
    if hasattr(value, "get_data"):
        value = value.get_data().decode("utf-8", "replace")
    values = [resolved(each) for each in (value if isinstance(value, list) else [value])]
    options = resolved(inherited(widget, "/Opt")) if kind == "/Ch" else None
    pairs = [pair for pair in map(resolved, options or ()) if isinstance(pair, list) and len(pair) == 2]
    names = {str(resolved(export)): str(resolved(name)) for export, name in pairs}
    return ", ".join(names.get(each, each) for each in values if isinstance(each, str)) or None


def inherited(field: Mapping[str, Any], key: str) -> Any:
    """Return an entry of a field, or of the fields around it."""
    for _ in range(20):
        if key in field:
            return resolved(field[key])
        parent = resolved(field.get("/Parent"))
        if not isinstance(parent, Mapping):
            return None
        field = parent
    return None


def resolved(entry: Any) -> Any:
    """Return an entry, or what it refers to."""
    return entry.get_object() if hasattr(entry, "get_object") else entry


def _number(entry: Any) -> int:
    entry = resolved(entry)
    return int(entry) if isinstance(entry, (int, float)) else 0
