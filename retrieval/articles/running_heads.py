"""The pages of a document -> their lines without running heads: titles and page numbers that every page repeats."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from retrieval.articles.sentence_ends import ends_sentence, word_count

EDGE = 2
"""Lines at the top and at the bottom of a page that may be a running head."""
LEAST_PAGES = 3
"""Pages on which a running head stands; two are enough for the number of a page."""
LEAST_SHARE = 0.3
"""Of the pages that a running head stands on: books have one for even and one for odd pages."""
_LEAST_SENTENCE = 4  # words
_LONGEST = 120
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*0\W*|.{0,60}\b(?:page|pg?|seite|s|página|pág|pagina|pag|p|стр|sida|side|strona)\b\.? ?0.{0,20}", re.IGNORECASE
)


def without_running_heads(pages: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the pages' texts without their running heads, and the lines that were left out."""
    edges = [_edges(page) for page in pages]
    counts = Counter(form for page in edges for form in set(page.values()))
    is_head = {form for form, count in counts.items() if _is_head(form, count, len(pages))}
    texts: list[str] = []
    heads: list[str] = []
    for page, rows in zip(pages, edges, strict=True):
        lines = page.splitlines(keepends=True)
        heads += [lines[row].strip() for row, form in sorted(rows.items()) if form in is_head]
        texts.append("".join(line for row, line in enumerate(lines) if rows.get(row) not in is_head).rstrip("\n"))
    return texts, heads


def _is_head(form: str, count: int, pages: int) -> bool:
    """Return whether a line of this form, on so many of the pages, is a running head and says nothing."""
    if count < LEAST_SHARE * pages or (ends_sentence(form) and word_count(form) >= _LEAST_SENTENCE):
        return False
    if _PAGE_NUMBER.fullmatch(form):
        return count > 1
    return count >= LEAST_PAGES and any(map(str.isalpha, form))


def _edges(page: str) -> dict[int, str]:
    """Return the rows of the lines at a page's edges, each with its form: 0 stands for any number."""
    lines = page.splitlines()
    rows = [row for row, line in enumerate(lines) if line.strip()]
    edges = {*rows[:EDGE], *rows[-EDGE:]} if len(rows) > EDGE else set()
    return {row: _NUMBER.sub("0", " ".join(lines[row].split())) for row in edges if len(lines[row]) <= _LONGEST}
