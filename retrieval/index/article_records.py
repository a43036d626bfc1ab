"""The records of articles in a generation: each without its text, and its pieces that are never quoted."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

from retrieval.records import Article, LeftOut, Reason, page_number

NAME_LENGTH = 100
"""Characters of a title, and of all aliases together, that are read with a passage."""
LEFT_OUT = "left-out"
"""The records of what is never quoted, one an article."""


class ArticleVersion(NamedTuple):
    """What a permalink names an article by."""

    id: str
    sha256: str


def describe(article: Article) -> bytes:
    """Return an article without its text, as its record in articles.bin."""
    described = asdict(article)
    del described["text"], described["layout"], described["outside"]
    return json.dumps(described, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def parse_article(record: bytes, text: bytes) -> Article:
    """Return an article from its record in articles.bin and its text; raises ValueError, TypeError, KeyError."""
    described = json.loads(record)
    described |= {name: tuple(described[name]) for name in ("tags", "aliases")}
    described["places"] = tuple(map(tuple, described["places"]))
    return Article(text=text.decode("utf-8", "surrogatepass"), **described)


def parse_version(record: bytes) -> ArticleVersion:
    """Return which version of an article a record in articles.bin describes; raises ValueError, TypeError, KeyError."""
    described = json.loads(record)
    return ArticleVersion(described["id"], described["sha256"])


def name_of(title: str, aliases: Sequence[str]) -> str:
    """Return an article's title, with its aliases where it has some, as it is read with its passages."""
    also = f" ({', '.join(aliases)})"[:NAME_LENGTH] if aliases else ""
    return " ".join(f"{title[:NAME_LENGTH]}{also}".split())


def place_of(article: Article, start: int, end: int) -> tuple[str | None, str | None]:
    """Return what the words from `start` to `end` are cited by, their time or pages, if any, and their address.

    A page's address is the article's own with the page behind it, where that is one of the web.
    """
    first, last = _row_of(article, start), _row_of(article, end - 1)
    if first < 0:
        return None, article.url
    _, label, address = article.places[first]
    if page_number(address) is None:
        return label or None, address or article.url
    url = article.url
    if url and url.lower().startswith(("http://", "https://")) and "#" not in url:
        url = f"{url}{address}"
    return (f"p. {label}" if first == last else f"pp. {label}–{article.places[last][1]}"), url


def _row_of(article: Article, offset: int) -> int:
    """Return the row of the place that a character belongs to; -1 for none."""
    return bisect_right(article.places, offset, key=lambda place: place[0]) - 1


def describe_left_out(pieces: Sequence[LeftOut]) -> bytes:
    """Return the pieces of an article that are never quoted, as its record in left-out.bin."""
    rows = [(piece.reason, piece.characters, piece.opening) for piece in pieces]
    return json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")


def parse_left_out(record: bytes) -> tuple[LeftOut, ...]:
    """Return the pieces of an article that are never quoted, from its record in left-out.bin."""
    return tuple(LeftOut(Reason(reason), count, opening) for reason, count, opening in json.loads(record))
