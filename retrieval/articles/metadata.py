"""What is known of a file's articles besides the file: names of fields, and what its folders say of all below them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath

from retrieval.articles.facts import NAMES
from retrieval.articles.folder_defaults import NOTHING, Defaults
from retrieval.articles.language import language_of
from retrieval.articles.publication_dates import iso_date
from retrieval.readable import MARKDOWN
from retrieval.records import Article, Warn
from retrieval.redaction import hide_tokens
from retrieval.settings import MetadataSettings

_FORMATS_WITH_FIELDS = frozenset({*MARKDOWN, "jsonl"})
_LONGEST_DATE = 40
"""Characters of a date that are repeated."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What holds for the articles of a file."""

    names: MetadataSettings = NAMES
    defaults: Defaults = NOTHING

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


def completed(articles: Sequence[Article], metadata: Metadata) -> tuple[list[Article], list[Warn]]:
    """Return a file's articles with what their folders say, their languages, and dates in ISO 8601.

    A date that is none is a warning.
    """
    complete, warns = list[Article](), list[Warn]()
    for article in articles:
        known = _with_defaults(article, metadata.defaults, is_alone=len(articles) == 1)
        language = known.language or language_of(article.text[article.body :])
        published = iso_date(known.published, metadata.names.date_order, language) if known.published else None
        if known.published and not published:
            warns.append(_undated(known))
        complete.append(replace(known, language=language, published=published or metadata.defaults.date))
    return complete, warns


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


def _undated(article: Article) -> Warn:
    path = article.path or article.id
    holds = f"holds the article {article.id!r}, which " if path.endswith(".jsonl") else ""
    written = hide_tokens(article.published or "")
    named = written if len(written) <= _LONGEST_DATE else f"{written[:_LONGEST_DATE]}…"
    reason = f"{holds}has a date that cannot be read without a guess (“{named}”): write it as 2023-06-30"
    return Warn(path, reason, skipped=False)
