"""A text that somebody wants checked: what it may stand for, and which article it is said to be from."""

from __future__ import annotations

import re
from dataclasses import replace

from retrieval.citations.permalink import find_version, parse
from retrieval.citations.verifier import verify, verify_in
from retrieval.engine import Engine
from retrieval.errors import InputInvalid, PermalinkInvalid
from retrieval.index.generation import Generation
from retrieval.records import ArticleRef, Match
from retrieval.remedies import index_of

_QUOTED = re.compile(r"^(?:>>> |> ?)", re.MULTILINE)
_JOINED = re.compile(r"(?<=\s)> ")
"""Where a form without lines has joined those of a block quote."""
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_BOLD = re.compile(r"(?<!\\)\*\*")


class SourceUnknown(InputInvalid):
    """A source that names no article, or too many."""

    def __init__(self, source: str, articles: int = 0) -> None:
        self.articles = articles
        fault = f"may be any of {articles:,} articles" if articles else "is no article of this corpus"
        super().__init__(f"The source {source!r}", fault, "name its title, its id, its path or a permalink")


def check(engine: Engine, text: str, source: str | None = None) -> Match:
    """Verify a text as it may have been copied from a chat, first of all in the source it is said to be from.

    `source` is a title, an id, a path below the corpus or a permalink, which means the version that it cites. Raises
    TextInvalid, SourceUnknown, PermalinkInvalid, SourceChanged.
    """
    generation = engine.generation
    if source is not None and _is_permalink(generation, source):
        return _check_version(engine, text, source)
    rows = rows_named(generation, source) if source is not None else []
    claimed = tuple(generation.ref(row) for row in rows)
    return replace(verify(engine, text, readings(text), rows), claimed=claimed)


def _is_permalink(generation: Generation, source: str) -> bool:
    if any(generation.row_of(id_) is not None for id_ in (source, source.strip())):
        return False
    return _article_of(source) is not None


def _check_version(engine: Engine, text: str, ref: str) -> Match:
    """Verify a text first of all in the version of an article that a permalink cites."""
    now = engine.generation
    version = find_version(index_of(now.folder), now, ref)
    claimed = (version.generation.ref(version.row),)
    row = now.row_of(claimed[0].article)
    if version.state == "current":
        return replace(verify(engine, text, readings(text), (version.row,)), claimed=claimed)
    former = verify_in(version.generation, text, readings(text), version.row)
    if former is None:
        match = verify(engine, text, readings(text), () if row is None else (row,))
        return replace(match, claimed=claimed, version="other")
    current = None if row is None else verify_in(now, text, readings(text), row)
    if current is not None and current.verdict == former.verdict:
        return replace(current, claimed=claimed)
    return replace(former, claimed=claimed, version=version.state)


def readings(text: str) -> list[str]:
    """Return what a text is that has Discord's marks: those of block quotes and bold, and backslashes before signs."""
    quoted = [line for line in text.strip().split("\n") if line.startswith(">")]
    body = _QUOTED.sub("", "\n".join(quoted)) if quoted else text
    if len(quoted) == 1:
        body = _JOINED.sub("", body)
    return [_ESCAPED.sub(r"\1", marked) for marked in (body, _BOLD.sub("", body))]


def rows_named(generation: Generation, source: str) -> list[int]:
    """Return the rows of the articles that a title, an id, a path or a permalink names; raises SourceUnknown."""
    for id_ in (source, source.strip(), _article_of(source)):
        row = generation.row_of(id_) if id_ else None
        if row is not None:
            return [row]
    if rows := [row for row in range(len(generation)) if generation.facts(row).path == source.strip()]:
        return rows
    refs = {row: generation.ref(row) for row in range(len(generation))}
    title = _folded(source)
    rows = [row for row, ref in refs.items() if title and _folded(ref.title) == title]
    rows = rows or [row for row, ref in refs.items() if title and title in _names(ref)]
    titles = {_folded(refs[row].title) for row in rows}
    if len(titles) != 1:
        raise SourceUnknown(source, len(rows))
    return rows


def _article_of(ref: str) -> str | None:
    try:
        return parse(ref.strip()).article
    except PermalinkInvalid:
        return None


def _names(ref: ArticleRef) -> str:
    return f"{_folded(ref.title)}\n{ref.article.casefold()}"


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())
