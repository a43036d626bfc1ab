"""What is known of a file's articles besides the file: names of fields, and what its folders say of all below them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath

from retrieval.articles.facts import NAMES, Facts
from retrieval.articles.folder_defaults import NOTHING, Defaults
from retrieval.articles.ids import fitted, path_id
from retrieval.articles.language import language_of
from retrieval.articles.publication_dates import iso_date
from retrieval.readable import MARKDOWN
from retrieval.records import Article, Warn
from retrieval.redaction import hide_tokens
from retrieval.settings import MetadataSettings

_FORMATS_WITH_FIELDS = frozenset({*MARKDOWN, "jsonl"})
_COMMIT = re.compile(r"\S+@[0-9a-f]{12}")
"""What quoth gives the articles of a git repository as their source."""
_SLASHES = re.compile(r"[/\\]")
_LONGEST_DATE = 40
"""Characters of a date that are repeated."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What holds for the articles of a file."""

    names: MetadataSettings = NAMES
    defaults: Defaults = NOTHING
    fetched: str = ""
    """The folder of the source that the file was fetched from, with a slash at its end; "" for a file of the user's."""

    def digest(self, path: str) -> str:
        """Return what changes exactly when a file at this path is to be read again; "" for what holds by itself."""
        return _digest(self, PurePosixPath(path).suffix.lower()[1:] in _FORMATS_WITH_FIELDS)


BARE = Metadata()
"""That of a file of which nothing is known but itself."""


@lru_cache(maxsize=1024)
def _digest(metadata: Metadata, has_fields: bool) -> str:
    names = metadata.names if has_fields else replace(NAMES, date_order=metadata.names.date_order)
    known = replace(metadata, names=names)
    return hashlib.sha256(json.dumps(asdict(known), sort_keys=True).encode()).hexdigest() if known != BARE else ""


def with_facts(article: Article, facts: Facts, metadata: Metadata) -> Article:
    """Return an article with what it says about itself; its author is its source where nothing else is."""
    return replace(
        article,
        source=facts.source or metadata.defaults.source or facts.author,
        url=facts.url,
        published=facts.published,
        tags=facts.tags,
        aliases=facts.aliases,
        language=facts.language,
    )


def completed(articles: Sequence[Article], metadata: Metadata, *, is_alone: bool) -> tuple[list[Article], list[Warn]]:
    """Return a file's articles with what their folders say, their languages, and dates in ISO 8601.

    A date that is none is a warning. `is_alone` where an article is all of its file.
    """
    complete, warns = list[Article](), list[Warn]()
    for article in articles:
        known = _with_defaults(article, metadata.defaults, is_alone=is_alone)
        if metadata.fetched:
            known, climbs = _of_source(known, metadata.fetched, is_alone=is_alone)
            warns += climbs
        language = known.language or language_of(article.text[article.body :])
        published = iso_date(known.published, metadata.names.date_order, language) if known.published else None
        if known.published and not published:
            warns.append(_undated(known))
        complete.append(replace(known, language=language, published=published or metadata.defaults.date))
    return complete, warns


def id_among_sources(id_: str, path: str, metadata: Metadata) -> str:
    """Return the id that an article of a file with several gets for its own, by the source it was fetched from."""
    if not metadata.fetched:
        return id_
    return _of_source(Article(id_, "", "", "", path=path), metadata.fetched, is_alone=False)[0].id


def _with_defaults(article: Article, defaults: Defaults, *, is_alone: bool) -> Article:
    """Return an article with what its folders say where it says nothing; an address, if it is all of its file."""
    path = article.path or article.id
    has_address = is_alone and not path.lower().endswith(".jsonl")
    return replace(
        article,
        source=article.source or defaults.source or defaults.author,
        url=article.url or (defaults.address(path) if has_address else None),
        tags=article.tags or defaults.tags,
        language=article.language or defaults.language,
    )


def _of_source(article: Article, folder: str, *, is_alone: bool) -> tuple[Article, list[Warn]]:
    """Return an article that was fetched, with no id and no commit of another source than its own.

    What is fetched may be anybody's, and would otherwise stand in for the articles that others have cited.
    """
    path, id_, source = article.path or article.id, article.id, article.source
    warns = list[Warn]()
    if ".." in _SLASHES.split(id_):
        rest = [part for part in _SLASHES.split(id_) if part not in {"", ".", ".."}]
        id_ = path_id(path) if is_alone else "/".join([path_id(path), *rest])
        reason = f"has an id that leads out of its folder ({hide_tokens(article.id)!r}): it is given the id {id_!r}"
        warns.append(Warn(path, reason, skipped=False))
    if source and _COMMIT.fullmatch(source) and not source.startswith(f"{folder[:-1]}@"):
        source = f"{folder}{source}"
    id_ = id_ if id_.startswith(folder) else fitted(f"{folder}{id_}")
    return replace(article, id=id_, source=source), warns


def _undated(article: Article) -> Warn:
    path = article.path or article.id
    holds = f"holds the article {article.id!r}, which " if path.endswith(".jsonl") else ""
    written = hide_tokens(article.published or "")
    named = written if len(written) <= _LONGEST_DATE else f"{written[:_LONGEST_DATE]}…"
    reason = f"{holds}has a date that cannot be read without a guess (“{named}”): write it as 2023-06-30"
    return Warn(path, reason, skipped=False)
