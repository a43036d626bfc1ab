"""What is known of a file's articles besides the file: names of fields, and what its folders say of all below them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath

from retrieval.articles.facts import NAMES
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
    """Return a file's articles with their languages, and with dates in ISO 8601; a date that is none is a warning."""
    complete, warns = list[Article](), list[Warn]()
    for article in articles:
        language = article.language or language_of(article.text[article.body :])
        published = iso_date(article.published, metadata.names.date_order, language) if article.published else None
        if article.published and not published:
            warns.append(_undated(article))
        complete.append(replace(article, language=language, published=published))
    return complete, warns


def _undated(article: Article) -> Warn:
    path = article.path or article.id
    holds = f"holds the article {article.id!r}, which " if path.endswith(".jsonl") else ""
    written = hide_tokens(article.published or "")
    named = written if len(written) <= _LONGEST_DATE else f"{written[:_LONGEST_DATE]}…"
    reason = f"{holds}has a date that cannot be read without a guess (“{named}”): write it as 2023-06-30"
    return Warn(path, reason, skipped=False)
