"""A PDF -> its article: the text of its pages, form fields and notes; pages without readable text are named."""

from __future__ import annotations

import hashlib
import io
import logging
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from retrieval.articles.ids import path_id
from retrieval.articles.made_by import made_by
from retrieval.articles.page_text import storable
from retrieval.articles.pdf_annotations import notes_of, resolved
from retrieval.articles.pdf_faults import Fault, Page, faults_of, why_empty
from retrieval.articles.pdf_forms import FlatPage, flattened
from retrieval.articles.pdf_ocr import MOST_PAGES, NEEDED, BeginPage, missing, recognized, recognizer
from retrieval.articles.pdf_outline import Bookmark, bookmarks_of, headings, numbered_headings
from retrieval.articles.pdf_pages import joined
from retrieval.articles.pdf_text import text_of, without_backward_lines
from retrieval.articles.pdf_title import title_of
from retrieval.articles.pdf_watch import Watch
from retrieval.articles.running_heads import without_running_heads
from retrieval.articles.text_files import path_title
from retrieval.records import Article, BlockPlace, Kind, Warn, page_address

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
_UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1f\ue000-\uf8ff\ufffd]")
_MOST_UNREADABLE = 0.1
"""Share of a page's characters that may be unreadable: more of them come from a font that does not name its letters."""
_LOSSES = frozenset({"pypdf._page", "pypdf.filters"})
"""Loggers that report streams that cannot be decoded."""
_SIGNATURE, _LONGEST_START = b"%PDF-", 1024
"""What a PDF begins with, within so many bytes."""
_FAR = 1e9
_RECOGNIZABLE = frozenset({Fault.SCANNED, Fault.BROKEN_FONT})
_DEEPEST = 100
_LONGEST_LABEL = 20


def read_pdf(
    data: bytes, path: str, sha256: str, begin_page: BeginPage = lambda count, total: None
) -> tuple[list[Article], list[Warn]]:
    """Extract a PDF's text layer, a blank line between its pages, and the text of its scanned pages where that can be.

    `begin_page` is called before each scanned page. An article with such a page has the digest of its text: whether it
    has that text depends on what is installed.
    """
    from pypdf.errors import DependencyError

    try:
        document = _opened(data, path)
    except DependencyError:  # ciphers that pypdf leaves to another library
        document = None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged PDF may raise anything; the file is named and skipped
        is_pdf = _SIGNATURE in data[:_LONGEST_START]
        return [], [Warn(path, "is a damaged PDF: export it again" if is_pdf else "is no PDF, though its name says so")]
    if document is None:
        return [], [Warn(path, "is an encrypted PDF: save it without a password")]
    unread = [row for row, page in enumerate(document.pages) if page.fault in _RECOGNIZABLE]
    remedy = missing() if unread else ""
    if unread and not remedy:
        document = replace(document, pages=_recognized(data, document.pages, unread, begin_page))
    article = _article(document, path, sha256)
    if article is None:
        return [], [Warn(path, why_empty(document.pages, remedy), needs=NEEDED if remedy else "")]
    return [article], [
        Warn(path, reason, skipped=False, needs=NEEDED if remedy and fault in _RECOGNIZABLE else "")
        for fault, reason in faults_of(document.pages, remedy)
    ]


@dataclass(frozen=True, slots=True)
class _Document:
    """What a PDF says of itself, and its pages as they are read."""

    title: str | None
    bookmarks: Sequence[Bookmark]
    pages: Sequence[Page]
    labels: Sequence[str]


def _opened(data: bytes, path: str) -> _Document | None:
    """Read the pages of a PDF; None where it asks for a password. May raise anything."""
    from pypdf import PdfReader

    with _losses() as losses:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return None
        pages = [_read(page, losses) for page in _pages(reader)]
        title = title_of(reader, path_title(path))
        return _Document(title, bookmarks_of(reader), pages, _labels(reader, len(pages)))


def _article(document: _Document, path: str, sha256: str) -> Article | None:
    """Return the article of a PDF, without the running heads of its pages; None where it has no text."""
    texts, heads = without_running_heads([page.text for page in document.pages])
    pages = [replace(page, text=text) for page, text in zip(document.pages, texts, strict=True)]
    whole = joined([(_UNSTORABLE.sub("\ufffd", page.text), page.notes) for page in pages])
    if not whole.text.strip():
        return None
    is_recognized = any(page.is_recognized for page in pages)
    found = headings(whole.text, whole.starts, document.bookmarks) or numbered_headings(whole.text)
    return Article(
        path_id(path),
        whole.text,
        storable(document.title) if document.title else path_title(path),
        hashlib.sha256(whole.text.encode()).hexdigest() if is_recognized else sha256,
        path=path,
        converted=True,
        converter=", ".join([made_by("pypdf"), *([recognizer()] if is_recognized else [])]),
        layout=(*whole.cells, *_outside_rows(found, whole.cells)),
        places=tuple(
            (start, f"{label} (OCR)" if page.is_recognized else label, page_address(number))
            for number, (start, label, page) in enumerate(zip(whole.starts, document.labels, pages, strict=True), 1)
        ),
        outside=(*heads, *(text for page in pages for text in page.struck)),
    )


def _outside_rows(headings: Sequence[BlockPlace], cells: Sequence[BlockPlace]) -> list[BlockPlace]:
    """Return the headings but for what stands in the row of a table, whose number may look like theirs."""
    rows = [cell for cell in cells if cell[2] != Kind.PROSE]
    starts = [start for start, *_ in rows]
    before = (bisect_left(starts, place[1]) - 1 for place in headings)
    return [place for place, at in zip(headings, before, strict=True) if at < 0 or rows[at][1] <= place[0]]


def _recognized(data: bytes, pages: Sequence[Page], rows: Sequence[int], begin_page: BeginPage) -> list[Page]:
    """Return the pages, those at the rows with the text that can be read in their pictures."""
    read = dict.fromkeys(rows, None)
    try:
        read |= dict(zip(rows, recognized(data, rows[:MOST_PAGES], begin_page), strict=False))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pdfium may refuse what pypdf has read; the other pages have their text
        read = dict.fromkeys(rows, "")
    return [_with_text(page, read[row]) if row in read else page for row, page in enumerate(pages)]


def _with_text(page: Page, text: str | None) -> Page:
    """Return a page with the text in its picture: None where reading it takes too long."""
    if text:
        return replace(page, text=text, fault=None, is_recognized=True)
    if page.fault is not Fault.SCANNED:
        return page
    return replace(page, fault=Fault.SLOW_SCAN if text is None else Fault.EMPTY_SCAN)


@contextmanager
def _losses() -> Iterator[list[str]]:
    """Collect what pypdf logs about text that it cannot read, and keep it from being printed."""
    losses: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name in _LOSSES:
                losses.append(record.getMessage())

    logger, collector = logging.getLogger("pypdf"), Collector()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(collector)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield losses
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
        logger.propagate = propagate


def _pages(reader: PdfReader) -> list[PageObject]:
    """Return the pages of a document, also where a list of them stands in itself."""
    from pypdf.errors import PdfReadError

    try:
        return list(reader.pages)
    except PdfReadError:
        _cut_loops(resolved(reader.root_object.get("/Pages")), (), set())
        return list(reader.pages)


def _labels(reader: PdfReader, count: int) -> list[str]:
    """Return the labels of a document's pages; their places in it where it has none that make sense."""
    try:
        labels = [" ".join(_UNSTORABLE.sub("", label).split())[:_LONGEST_LABEL] for label in reader.page_labels]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged PDF may raise anything
        labels = []
    numbers = [str(number) for number in range(1, count + 1)]
    return [label or number for label, number in zip(labels, numbers, strict=True)] if len(labels) == count else numbers


def _cut_loops(pages: Any, around: tuple[int, ...], seen: set[int]) -> None:
    """Take the lists of pages that a list of pages stands in out of it."""
    kids = resolved(pages.get("/Kids")) if isinstance(pages, Mapping) else None
    if not isinstance(kids, list) or id(pages) in seen or len(around) > _DEEPEST:
        return
    seen.add(id(pages))
    around = (*around, id(pages))
    kids[:] = [kid for kid in kids if id(resolved(kid)) not in around]
    for kid in kids:
        _cut_loops(resolved(kid), around, seen)


def _read(page: PageObject, losses: list[str]) -> Page:
    from pypdf.errors import DependencyError, LimitReachedError

    losses.clear()
    try:
        flat = flattened(page)
        watch = Watch(_box(page))
        text, backward = without_backward_lines(text_of(flat.page, watch), flat.page)
        watch.struck += backward
        notes = list(notes_of(page))
        return _judged(
            Page(
                text,
                tuple(watch.struck),
                tuple(filter(None, notes)),
                is_hidden=watch.has_hidden or flat.is_clipped,
                has_unread_box=any(note is None for note in notes),
            ),
            flat,
            is_damaged=bool(losses),
        )
    except (MemoryError, DependencyError):
        raise
    except LimitReachedError:
        return Page("", fault=Fault.TOO_LARGE)
    except Exception:  # noqa: BLE001 - a damaged page may raise anything; it is named, and the others are read
        return Page("", fault=Fault.DAMAGED)


def _box(page: PageObject) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of what is shown of a page; everything, where its own box makes no sense."""
    try:
        x, y, other_x, other_y = map(float, page.cropbox)
    except (ValueError, TypeError, AttributeError):
        x = other_x = y = other_y = 0.0
    if x == other_x or y == other_y:
        return -_FAR, -_FAR, _FAR, _FAR
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def _judged(read: Page, flat: FlatPage, *, is_damaged: bool) -> Page:
    """Add a page's fault; text in a broken font is left out."""
    if flat.is_too_large:
        return replace(read, fault=Fault.TOO_LARGE)
    unreadable = len(_UNREADABLE.findall(read.text))
    if unreadable > _MOST_UNREADABLE * len("".join(read.text.split())):
        return replace(read, text="", fault=Fault.BROKEN_FONT)
    if is_damaged or flat.is_damaged:
        return replace(read, fault=Fault.DAMAGED)
    if not any(map(str.isalpha, read.text)) and flat.has_image:
        return replace(read, fault=Fault.SCANNED)
    return replace(read, fault=Fault.UNREADABLE) if "\ufffd" in read.text else read
