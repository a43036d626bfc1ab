"""What the files of a packed document say about it apart from its text: .docx, .odt and .epub are archives of XML."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_FILES = {"docx": "docProps/core.xml", "odt": "meta.xml"}
_CONTAINER = "META-INF/container.xml"
_FIELDS = {
    "title": ("title",),
    "source": ("initial-creator", "creator"),
    "published": ("date", "issued", "created", "creation-date", "modified"),
    "language": ("language",),
    "tags": ("subject", "keyword", "keywords"),
}
"""The local names of elements that may hold each fact, the first before the others."""
_LARGEST = 2**20
"""Bytes of the largest file of properties that is unpacked."""
_GENERATED = re.compile(
    r"(?:microsoft (?:word|powerpoint)\b.*|word document|powerpoint presentation|document ?\d*|untitled ?\d*|title)",
    re.IGNORECASE,
)
"""Titles that programs give."""
_LIBRARY = "python-docx"
"""The author that a library's template names, whose date is that of the template."""
_COMMAS = re.compile(r"\s*[,;]\s*")


def properties(data: bytes, form: str) -> dict[str, object]:
    """Return what a document of one of pandoc's formats says about itself; nothing where that cannot be read."""
    if form not in {*_FILES, "epub"}:
        return {}
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            texts = dict(_texts(archive, _FILES.get(form) or _package(archive)))
    except (KeyError, OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return {}
    facts = {name: [text for field in fields for text in texts.get(field, ())] for name, fields in _FIELDS.items()}
    if _LIBRARY in facts["source"]:
        facts["source"] = facts["published"] = []
    title = next((title for title in facts["title"] if not _GENERATED.fullmatch(title)), "")
    authors = texts.get("initial-creator") or facts["source"]
    tags = [tag for text in facts["tags"] for tag in _COMMAS.split(text) if tag]
    known: dict[str, object] = {
        "title": title,
        "source": ", ".join(authors),
        "published": next(iter(facts["published"]), ""),
        "language": next(iter(facts["language"]), ""),
        "tags": tags,
    }
    return {name: fact for name, fact in known.items() if fact}


def _package(archive: zipfile.ZipFile) -> str:
    """Return the name of the file of an EPUB that describes it."""
    root = _parsed(archive, _CONTAINER)
    return next(str(element.get("full-path")) for element in root.iter("{*}rootfile"))


def _texts(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the local names of a file's elements, each with the texts of all elements of that name."""
    texts: dict[str, list[str]] = {}
    for element in _parsed(archive, name).iter("{*}*"):
        if text := " ".join((element.text or "").split()):
            texts.setdefault(element.tag.rpartition("}")[2], []).append(text)
    yield from texts.items()


def _parsed(archive: zipfile.ZipFile, name: str) -> _Element:
    """Parse a file of an archive; raises ValueError for one that is too large, or no XML."""
    from lxml.etree import XMLParser, XMLSyntaxError, fromstring

    with archive.open(name) as opened:
        xml = opened.read(_LARGEST + 1)
    if len(xml) > _LARGEST:
        raise ValueError
    try:
        return fromstring(xml, XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True))
    except XMLSyntaxError:
        raise ValueError from None
