"""The page that shows a quote where it stands, in the text of its article and in the picture of its PDF's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bot.answering.links import link_of_place
from retrieval.articles.visible import ending_of
from retrieval.citations.page_pictures import PagePicture, pictures_of
from retrieval.citations.permalink import CitedSpan
from retrieval.extras import can_draw_pages, named

MISSING = f"To see the page itself here, install {named('documents')}"
SCANNED = "The page is scanned: the quote is marked in its text alone, which OCR has read."
TEXT = "Below is the text as it was read from the PDF."


Render = Callable[[CitedSpan, str | None, Sequence[PagePicture], str], str]
"""What makes a page of a cited span, its address, the pictures of its pages and a note, as `quote_page.page` does."""


def quote_page(span: CitedSpan, index: Path, render: Render | None = None) -> str:
    """Return the page of a cited quote as HTML, in a file of its own unless `render` makes another.

    Raises IndexDamaged, IndexUnreadable.
    """
    from bot.formats.quote_page import page as own_page  # loads the template engine

    page = render or own_page
    link = link_of_place(span)
    if ending_of(span.article) != "pdf":
        return page(span, link, (), "")
    if not can_draw_pages():
        return page(span, link, (), MISSING)
    pictures = tuple(pictures_of(span, index))
    is_marked = all(picture.boxes for picture in pictures)
    return page(span, link, pictures, (TEXT if is_marked else SCANNED) if pictures else "")
