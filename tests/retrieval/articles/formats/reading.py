"""Reads a file as the index does, and says what may be quoted of it."""

from __future__ import annotations

from retrieval.articles.formats.table import FORMATS
from retrieval.articles.sentences import segment
from retrieval.index.article_records import place_of
from retrieval.records import Article, Warn

DIGEST = "0" * 64


def articles(name: str, data: bytes | str) -> list[Article]:
    """The articles of a file that is read without a complaint."""
    read, warns = outcome(name, data)
    assert warns == []
    return read


def only(name: str, data: bytes | str) -> Article:
    """The one article of a file."""
    (article,) = articles(name, data)
    return article


def outcome(name: str, data: bytes | str) -> tuple[list[Article], list[Warn]]:
    ending = name[name.rindex(".") :]
    return FORMATS[ending](data.encode() if isinstance(data, str) else data, name, DIGEST)


def complaint(name: str, data: bytes | str) -> str:
    """Why a file is skipped."""
    read, (warn,) = outcome(name, data)
    assert (read, warn.path, warn.skipped) == ([], name, True)
    return warn.reason


def quotable(article: Article) -> list[tuple[str, ...]]:
    """What may be quoted of an article, each with what it stands under before it."""
    return [
        (*(article.text[start:end] for start, end in sentence.context), article.text[sentence.start : sentence.end])
        for sentence in segment(article)
    ]


def place(article: Article, words: str) -> tuple[str | None, str | None]:
    """What words of an article are cited by, and their address."""
    start = article.text.index(words)
    return place_of(article, start, start + len(words))
