"""The records of articles in a generation: each without its text, and its pieces that are never quoted."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict

from retrieval.records import Article, LeftOut, Reason

NAME_LENGTH = 100
"""Characters of a title, and of all aliases together, that are read with a passage."""
LEFT_OUT = "left-out"
"""The records of what is never quoted, one an article."""


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


def name_of(title: str, aliases: Sequence[str]) -> str:
    """Return an article's title, with its aliases where it has some, as it is read with its passages."""
    also = f" ({', '.join(aliases)})"[:NAME_LENGTH] if aliases else ""
    return " ".join(f"{title[:NAME_LENGTH]}{also}".split())


def place_of(article: Article, start: int) -> tuple[str | None, str | None]:
    """Return what the words at `start` are cited by: their time or page, if they have one, and their address."""
    before = bisect_right(article.places, start, key=lambda place: place[0]) - 1
    _, label, url = article.places[before] if before >= 0 else (0, "", None)
    return label or None, url or article.url


def describe_left_out(pieces: Sequence[LeftOut]) -> bytes:
    """Return the pieces of an article that are never quoted, as its record in left-out.bin."""
    rows = [(piece.reason, piece.characters, piece.opening) for piece in pieces]
    return json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")


def parse_left_out(record: bytes) -> tuple[LeftOut, ...]:
    """Return the pieces of an article that are never quoted, from its record in left-out.bin."""
    return tuple(LeftOut(Reason(reason), count, opening) for reason, count, opening in json.loads(record))
